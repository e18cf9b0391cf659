//! All states that a procedure can be in, breadth first, so that the way to each is a shortest one.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashSet};

use super::{
    interface::Interface,
    machine::Machine,
    outcome::{Outcome, Why},
    packed::Packed,
    steps::{Found, Label, Steps},
    variables::Standing,
};
use crate::definition::model::{Force, State, StateIx};

/// Something that must not happen, found at a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// A clock expired, or another case told something, and neither a branch nor an effect of the event answers.
    Unnoticed(Label),
    /// Another case has ended, and this state, which goes on with another outcome of it, has no branch for this one.
    WaitsOn(Label, StateIx),
    /// The case closed while this subcase goes on.
    LeftOpen(u16),
    /// A clock was suspended (with this number) and no other clock runs.
    Unbounded(u16),
    /// An event cannot come about because this field may have no value.
    Missing(Label, String),
    /// An effect publishes a document of this kind when none was made.
    Unmade(Label, String),
}

/// Where a fault was found: the state before, the position there, and the step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) before: u32,
    pub(super) label: Label,
}

/// Numbers that were seen.
#[derive(Debug, Default)]
pub(super) struct Seen(Vec<bool>);

impl Seen {
    fn insert(&mut self, number: usize) {
        if self.0.len() <= number {
            self.0.resize(number + 1, false);
        }
        if let Some(seen) = self.0.get_mut(number) {
            *seen = true;
        }
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        self.0.get(number) == Some(&true)
    }

    /// All of them, in order.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        let seen = self.0.iter().enumerate();
        seen.filter_map(|(number, seen)| seen.then_some(number))
    }
}

/// A state that a step leads to, and the number of what the kernel said, where it ran.
struct Arrival {
    to: Packed,
    label: Label,
    outcome: Option<u32>,
}

/// What was explored.
pub(super) struct Graph {
    pub(super) states: IndexSet<Packed, FxBuildHasher>,
    /// By state: the one it was first reached from (itself for the first), and how.
    pub(super) origin: Vec<(u32, Label)>,
    /// By state that was looked at: where its steps begin in `targets`.
    starts: Vec<u32>,
    targets: Vec<(u32, Label)>,
    /// Steps that were found, those that lead nowhere new too.
    pub(super) steps: u64,
    /// Outcomes of the kernel that came about.
    pub(super) seen: Seen,
    /// Events that somebody could send.
    pub(super) sent: Seen,
    /// Clocks that ran.
    pub(super) ran: Seen,
    /// By fault and position: the first place where it was found.
    pub(super) faults: BTreeMap<(Fault, usize), Spot>,
    /// Whether it stopped at the bound.
    pub(super) bounded: bool,
    /// Subcases of which more than one could be open; one was followed.
    pub(super) crowded: FxHashSet<u16>,
    /// Detached subcases, with the states right after they were opened.
    opened: FxHashSet<(u16, u32)>,
}

impl Graph {
    /// Explores until everything was seen, or `bound` states.
    pub(super) fn explore(machine: &Machine<'_>, children: &[Option<Interface>], bound: usize) -> Self {
        let steps = Steps { machine, children };
        let mut graph = Self {
            states: IndexSet::default(),
            origin: Vec::new(),
            starts: Vec::new(),
            targets: Vec::new(),
            steps: 0,
            seen: Seen::default(),
            sent: Seen::default(),
            ran: Seen::default(),
            faults: BTreeMap::new(),
            bounded: machine.incomplete,
            crowded: FxHashSet::default(),
            opened: FxHashSet::default(),
        };
        let mut found = Vec::new();
        steps.first(&mut |step| graph.take(&steps, None, step, &mut found));
        for arrival in &found {
            graph.arrive(&steps, arrival, None);
        }
        let mut next: usize = 0;
        while let Some(state) = graph.states.get_index(next).copied() {
            if graph.states.len() > bound {
                graph.bounded = true;
                break;
            }
            let ix = u32::try_from(next).unwrap_or(u32::MAX);
            found.clear();
            steps.after(&state, &mut |step| {
                graph.take(&steps, Some((ix, &state)), step, &mut found)
            });
            graph
                .starts
                .push(u32::try_from(graph.targets.len()).unwrap_or(u32::MAX));
            let begin = graph.targets.len();
            for arrival in &found {
                let to = graph.arrive(&steps, arrival, Some(ix));
                if to != ix {
                    graph.targets.push((to, arrival.label));
                }
            }
            if let Some(own) = graph.targets.get_mut(begin..) {
                own.sort_unstable();
            }
            dedup_from(&mut graph.targets, begin);
            next += 1;
        }
        graph
            .starts
            .push(u32::try_from(graph.targets.len()).unwrap_or(u32::MAX));
        graph.told(&steps);
        graph
    }

    /// Number of states whose steps are known.
    pub(super) fn expanded(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Where a state leads, itself left out.
    pub(super) fn after(&self, state: usize) -> &[(u32, Label)] {
        let at = |i: usize| self.starts.get(i).and_then(|start| usize::try_from(*start).ok());
        match (at(state), at(state + 1)) {
            (Some(begin), Some(end)) => self.targets.get(begin..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The number of a state that a step leads to, a new one if it was not known.
    fn arrive(&mut self, steps: &Steps<'_, '_>, arrival: &Arrival, from: Option<u32>) -> u32 {
        let (ix, new) = self.states.insert_full(arrival.to);
        let ix = u32::try_from(ix).unwrap_or(u32::MAX);
        if new {
            self.origin
                .push(from.map_or((ix, Label::Filed), |from| (from, arrival.label)));
        }
        if let Some(Outcome::Goes(change)) = arrival.outcome.and_then(|outcome| steps.machine.outcome(outcome)) {
            let detached = change.opens.iter().filter(|alias| steps.is_detached(**alias));
            self.opened.extend(detached.map(|alias| (*alias, ix)));
        }
        ix
    }

    /// Notes what detached cases can tell where states do not say any more whether one was opened: nothing comes of it
    /// there but that a branch is taken.
    fn told(&mut self, steps: &Steps<'_, '_>) {
        let aliases: BTreeSet<u16> = self.opened.iter().map(|(alias, _)| *alias).collect();
        for alias in aliases {
            let untold = |state: usize| {
                let place = self.states.get_index(state).and_then(|state| steps.place(state));
                place.is_some_and(|place| !place.closed && !place.follows(usize::from(alias)))
            };
            let begin = self.opened.iter().filter(|(opened, _)| *opened == alias);
            let mut waiting: Vec<usize> = begin.map(|(_, state)| *state as usize).collect();
            let mut known = vec![false; self.states.len()];
            let mut heard = Seen::default();
            while let Some(state) = waiting.pop() {
                match known.get_mut(state) {
                    Some(known) if !*known => *known = true,
                    _ => continue,
                }
                waiting.extend(self.after(state).iter().map(|(to, _)| *to as usize));
                let packed = self.states.get_index(state).filter(|_| untold(state));
                if let Some((packed, place)) = packed.and_then(|packed| Some((packed, steps.place(packed)?))) {
                    steps.whatever(packed, place, alias, &mut |found| {
                        if let Some((number, _)) = found.outcome {
                            heard.insert(number as usize);
                        }
                    });
                }
            }
            heard.numbers().for_each(|number| self.seen.insert(number));
        }
    }

    /// Notes a step and the states that it leads to.
    fn take(&mut self, steps: &Steps<'_, '_>, before: Option<(u32, &Packed)>, found: Found<'_>, to: &mut Vec<Arrival>) {
        let machine = steps.machine;
        let spot = Spot {
            before: before.map_or(0, |(ix, _)| ix),
            label: found.label,
        };
        let position = before.map_or(usize::MAX, |(_, state)| steps.position(state));
        let mut fault = |fault: Fault| {
            self.faults.entry((fault, position)).or_insert(spot);
        };
        let change = match found.outcome {
            Some((number, outcome)) => {
                self.seen.insert(number as usize);
                match outcome {
                    Outcome::Refused(Why::Missing(field)) => {
                        fault(Fault::Missing(found.label, field.clone()));
                        return;
                    }
                    Outcome::Refused(Why::Unmade(kind)) => {
                        fault(Fault::Unmade(found.label, kind.clone()));
                        return;
                    }
                    Outcome::Refused(_) => return,
                    Outcome::Goes(change) => Some(change),
                }
            }
            None => None,
        };
        self.steps += 1;
        if let Label::Sent(event) = found.label {
            self.sent.insert(usize::from(event));
        }
        let nobody = matches!(
            found.label,
            Label::Expired(_) | Label::Ended(..) | Label::Entered(..) | Label::CalledOff
        );
        if nobody && change.is_some_and(|change| change.unnoticed) {
            fault(Fault::Unnoticed(found.label));
        } else if change.is_none_or(|change| change.taken.is_empty())
            && let Some(state) = waiting_on(machine, found.label, position)
        {
            fault(Fault::WaitsOn(found.label, state));
        }
        let mut after = found.to;
        let closed = steps.place(&after).is_some_and(|place| place.closed);
        for (clock, _) in change.iter().flat_map(|change| &change.clocks) {
            let standing = steps.standing(&after, *clock);
            if standing == Standing::Running {
                self.ran.insert(usize::from(*clock));
            }
            let was = before.map(|(_, state)| steps.standing(state, *clock));
            let suspended = standing == Standing::Suspended && was != Some(Standing::Suspended);
            let rule = machine.definition.clocks.get_index(usize::from(*clock));
            let statutory = rule.is_some_and(|(_, rule)| rule.force == Force::Statutory);
            if suspended && !closed && statutory {
                let all = 0..u16::try_from(machine.definition.clocks.len()).unwrap_or(u16::MAX);
                let mut others = all.filter(|other| other != clock);
                if !others.any(|other| steps.standing(&after, other) == Standing::Running) {
                    fault(Fault::Unbounded(*clock));
                }
            }
        }
        let opens = change.map(|change| change.opens.as_slice()).unwrap_or_default();
        if opens.is_empty() && !closed && before.is_some_and(|(_, state)| *state == after) {
            return;
        }
        let mut put = |state: Packed| {
            let arrival = |to| Arrival {
                to,
                label: found.label,
                outcome: found.outcome.map(|(number, _)| number),
            };
            if steps.is_split(&state) {
                to.push(arrival(state));
            } else {
                to.extend(steps.split(state).into_iter().map(arrival));
            }
        };
        if opens.is_empty() && !closed {
            put(after);
            return;
        }
        for alias in opens {
            let slots = machine
                .slots
                .subcases
                .get(usize::from(*alias))
                .copied()
                .unwrap_or_default();
            let taken = slots.class.is_some_and(|slot| after.get(slot) != 0);
            if taken && steps.children.get(usize::from(*alias)).is_some_and(Option::is_some) {
                self.crowded.insert(*alias);
            }
        }
        if closed {
            let left: Vec<u16> = steps.waiting_for(&after).chain(self.unheard(steps, opens)).collect();
            for alias in left {
                self.faults.entry((Fault::LeftOpen(alias), position)).or_insert(spot);
            }
            steps.part(&mut after);
            put(after);
            return;
        }
        steps.opened(after, opens).into_iter().for_each(put);
    }

    /// Subcases that are opened by the very step that closes the case, and that it should wait for.
    fn unheard<'s>(&self, steps: &'s Steps<'_, '_>, opens: &'s [u16]) -> impl Iterator<Item = u16> + 's {
        let waits = |alias: &&u16| steps.children.get(usize::from(**alias)).is_some_and(Option::is_some);
        opens.iter().filter(waits).copied()
    }

    /// The steps of the shortest way to a state: number of the state before, label.
    pub(super) fn way(&self, state: u32) -> Vec<(u32, Label)> {
        let mut way = Vec::new();
        let mut at = state;
        while let Some((from, label)) = self.origin.get(at as usize) {
            if *from == at {
                break;
            }
            way.push((*from, *label));
            at = *from;
        }
        way.reverse();
        way
    }

    /// Whether a step has such a label.
    pub(super) fn has_step(&self, wanted: impl Fn(Label) -> bool) -> bool {
        self.targets.iter().any(|(_, label)| wanted(*label))
    }

    /// The steps that `allowed` lets pass, by where they lead.
    pub(super) fn backward(&self, allowed: impl Fn(Label) -> bool) -> Backward {
        let count = self.states.len();
        let mut into: Vec<u32> = vec![0; count + 1];
        let steps = || {
            (0..self.expanded()).flat_map(|from| {
                let to = self.after(from).iter().filter(|(_, label)| allowed(*label));
                to.map(move |(to, _)| (from, *to as usize))
            })
        };
        for (_, to) in steps() {
            if let Some(slot) = into.get_mut(to + 1) {
                *slot += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut into {
            sum += *slot;
            *slot = sum;
        }
        let mut sources: Vec<u32> = vec![0; sum as usize];
        let mut fill = into.clone();
        for (from, to) in steps() {
            if let Some(slot) = fill.get_mut(to) {
                if let Some(place) = sources.get_mut(*slot as usize) {
                    *place = u32::try_from(from).unwrap_or(u32::MAX);
                }
                *slot += 1;
            }
        }
        Backward { into, sources }
    }
}

/// Steps by where they lead.
pub(super) struct Backward {
    /// By state: where the steps that lead to it begin in `sources`.
    into: Vec<u32>,
    /// Where they come from.
    sources: Vec<u32>,
}

impl Backward {
    /// By state: whether one of `good` can be reached.
    pub(super) fn reaching(&self, good: impl Fn(usize) -> bool) -> Vec<bool> {
        let count = self.into.len().saturating_sub(1);
        let mut reached: Vec<bool> = (0..count).map(good).collect();
        let mut waiting: Vec<usize> = (0..count).filter(|i| reached.get(*i) == Some(&true)).collect();
        while let Some(at) = waiting.pop() {
            let bounds = (self.into.get(at).copied(), self.into.get(at + 1).copied());
            let (Some(begin), Some(end)) = bounds else { continue };
            for from in self.sources.get(begin as usize..end as usize).unwrap_or_default() {
                let from = *from as usize;
                if let Some(known) = reached.get_mut(from).filter(|known| !**known) {
                    *known = true;
                    waiting.push(from);
                }
            }
        }
        reached
    }
}

fn dedup_from(list: &mut Vec<(u32, Label)>, begin: usize) {
    let mut kept = begin;
    let mut last = None;
    for i in begin..list.len() {
        let Some(item) = list.get(i).copied() else { break };
        if last != Some(item) {
            if let Some(place) = list.get_mut(kept) {
                *place = item;
            }
            kept += 1;
            last = Some(item);
        }
    }
    list.truncate(kept);
}

/// The innermost state of a position that waits for the case that has ended, as its branches for other outcomes show.
fn waiting_on(machine: &Machine<'_>, label: Label, position: usize) -> Option<StateIx> {
    let Label::Ended(alias, route) = label else { return None };
    let definition = machine.definition;
    let (_, subcase) = definition.subcases.get_index(usize::from(alias))?;
    let (_, heard) = subcase.outcomes.get_index(usize::from(route))?;
    let moves = |state: &State, event: &String| {
        let mut branches = state.transitions.get(event).into_iter().flatten();
        branches.any(|branch| !branch.to.is_empty())
    };
    let waits = |ix: &&StateIx| {
        let mut others = subcase.outcomes.values().filter(|event| *event != heard);
        definition
            .at(**ix)
            .is_some_and(|state| others.any(|event| moves(state, event)))
    };
    let active = machine.positions.get_index(position)?.active.iter();
    active.rev().find(waits).copied().filter(|_| !subcase.detached)
}
