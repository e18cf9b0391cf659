//! What makes a difference where: variables that are still read, subcases that are still heard, values that decide.
//!
//! All else a position forgets, so that states which lead to the same are one.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{
    domain::{ABSENT, Set},
    leeway::Leeway,
    machine::{Machine, Place, Telling, follow_bit},
    outcome::Outcome,
    packed::Forgets,
    trial::NodeIx,
    variables::Var,
};

/// A set of variables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Live(u128);

impl Live {
    const ALL: Self = Self(u128::MAX);

    fn one(var: Var) -> Self {
        let bit = match var {
            Var::Field(field) if field < 64 => Some(field),
            Var::Held(role) if role < 16 => Some(64 + role),
            Var::Made(kind) if kind < 16 => Some(80 + kind),
            Var::Clock(clock) if clock < 32 => Some(96 + clock),
            _ => None,
        };
        Self(bit.map_or(0, |bit| 1 << bit))
    }

    fn all(vars: impl Iterator<Item = Var>) -> Self {
        Self(vars.fold(0, |all, var| all | Self::one(var).0))
    }

    /// Whether the variable is in the set; one that has no place in it always is.
    pub(super) fn has(self, var: Var) -> bool {
        Self::one(var).0 == 0 || self.contains(var)
    }

    /// Whether the variable is in the set for certain.
    fn contains(self, var: Var) -> bool {
        self.0 & Self::one(var).0 != 0
    }
}

/// How variables flow through one event in one position.
struct Flow {
    from: usize,
    tree: NodeIx,
    /// Positions after it, with the variables that it does not write on the way there.
    to: Vec<(u32, Live)>,
    /// What its conditions ask.
    asks: Vec<Var>,
    /// What it asks and gets before it reads.
    answered: Live,
    /// What remains of its tree where some of that can be chosen, in the forest of [`Leeway`].
    left: Option<NodeIx>,
}

impl Machine<'_> {
    /// Finds it for every position; not `reduced`, only what is never read is forgotten.
    pub(super) fn weigh(&mut self, reduced: bool) {
        let mut flows = self.flows();
        let mut leeway = Leeway::default();
        self.live(&mut flows, &mut leeway, reduced);
        self.followed(&flows, reduced);
        self.split(&flows, &leeway);
        self.forget();
    }

    /// All events of all positions.
    fn flows(&self) -> Vec<Flow> {
        let mut flows: Vec<Flow> = Vec::new();
        for (number, place) in self.places.iter().enumerate() {
            let sends = place
                .sends
                .iter()
                .map(|sending| (sending.tree, sending.answers.as_slice()));
            let others = place.expiries.iter().filter_map(|(_, tree)| *tree);
            let others = others.chain(place.hears.values().copied()).map(|tree| (tree, &[][..]));
            for (tree, answers) in sends.chain(others) {
                flows.push(self.flow(number, tree, answers));
            }
        }
        flows
    }

    fn flow(&self, from: usize, tree: NodeIx, answers: &[(u16, bool)]) -> Flow {
        let to = self.forest.decisions(tree).into_iter();
        let to = to.filter_map(|decided| match self.outcome(decided) {
            Some(Outcome::Goes(change)) => {
                let fields = change.fields.iter().map(|(field, _)| Var::Field(*field));
                let held = change.held.iter().map(|(role, _)| Var::Held(*role));
                let made = change.made.iter().map(|kind| Var::Made(*kind));
                let written = Live::all(fields.chain(held).chain(made));
                Some((change.to, Live(Live::ALL.0 & !written.0)))
            }
            _ => None,
        });
        let required = answers.iter().filter(|(_, required)| *required);
        Flow {
            from,
            tree,
            to: to.collect(),
            answered: Live::all(required.map(|(f, _)| Var::Field(*f))),
            asks: self.forest.asks(tree),
            left: None,
        }
    }

    /// Finds where the value of a variable still makes a difference; elsewhere states that differ in it count as one.
    fn live(&mut self, flows: &mut [Flow], leeway: &mut Leeway, reduced: bool) {
        let mut into: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (i, flow) in flows.iter().enumerate() {
            for (to, _) in &flow.to {
                into.entry(*to).or_default().push(i);
            }
        }
        let mut known: FxHashMap<(NodeIx, u128), Option<NodeIx>> = FxHashMap::default();
        let mut waiting: Vec<usize> = (0..flows.len()).collect();
        while let Some(i) = waiting.pop() {
            let Some(flow) = flows.get_mut(i) else { continue };
            let mut after = Live::default();
            for (to, kept) in &flow.to {
                after.0 |= self.places.get(*to as usize).map_or(0, |place| place.live.0) & kept.0;
            }
            if reduced {
                // Whoever makes the step chooses who it is, and answers that matter no more afterwards.
                let chosen = Live(flow.answered.0 & !after.0);
                let by = flow.asks.iter().any(|var| matches!(var, Var::By(_)));
                let free = by || flow.asks.iter().any(|var| chosen.contains(*var));
                flow.left = match free {
                    true => *known
                        .entry((flow.tree, chosen.0))
                        .or_insert_with(|| self.left(leeway, flow.tree, chosen)),
                    false => None,
                };
            }
            let reads = match flow.left {
                Some(left) => Live::all(leeway.forest.asks(left).into_iter()),
                None => Live::all(flow.asks.iter().copied()),
            };
            let live = (after.0 | reads.0) & !flow.answered.0;
            let Some(place) = self.places.get_mut(flow.from) else {
                continue;
            };
            if live & !place.live.0 != 0 {
                place.live.0 |= live;
                let from = u32::try_from(flow.from).unwrap_or(u32::MAX);
                waiting.extend(into.get(&from).into_iter().flatten());
            }
        }
    }

    /// What remains of a tree when these answers, and who gives them, can be chosen.
    fn left(&self, leeway: &mut Leeway, tree: NodeIx, chosen: Live) -> Option<NodeIx> {
        let values = |var: Var| match var {
            Var::By(_) => Some(Set::MAX),
            Var::Field(field) if chosen.contains(var) => self.vars.domain(field).map(|domain| domain.present()),
            _ => None,
        };
        let shows = |outcome: u32| self.outcome(outcome).is_none_or(Outcome::shows);
        leeway.of(&self.forest, tree, &values, &shows)
    }

    /// Finds where it still matters whether a detached subcase was opened: what it tells changes something there or later.
    fn followed(&mut self, flows: &[Flow], reduced: bool) {
        let all = (0..self.definition.subcases.len()).fold(0_u64, |all, alias| all | follow_bit(alias));
        let heard = |(number, place): (usize, &Place)| {
            let telling = self.tellings.iter().enumerate();
            let loud = telling.filter(|(_, telling)| !reduced || !self.is_silent(number, place, telling));
            loud.fold(0, |all, (alias, _)| all | follow_bit(alias))
        };
        let own: Vec<u64> = self.places.iter().enumerate().map(heard).collect();
        for (place, own) in self.places.iter_mut().zip(own) {
            place.followed = if place.closed { 0 } else { own };
        }
        let mut grown = true;
        while std::mem::take(&mut grown) {
            for flow in flows {
                let later = |(to, _): &(u32, Live)| self.places.get(*to as usize).map_or(0, |place| place.followed);
                let later = flow.to.iter().map(later).fold(0, |all, followed| all | followed) & all;
                if let Some(place) = self.places.get_mut(flow.from).filter(|place| !place.closed) {
                    grown |= later & !place.followed != 0;
                    place.followed |= later;
                }
            }
        }
    }

    /// Whether nothing that a subcase can tell changes anything in a position.
    fn is_silent(&self, number: usize, place: &Place, telling: &Telling) -> bool {
        let events = telling.mirrors.iter().chain(&telling.outcomes);
        let mut trees = events.filter_map(|event| place.hears.get(event)).peekable();
        if trees.peek().is_none() {
            return true;
        }
        let brings = telling
            .brings
            .iter()
            .any(|(field, _)| place.live.has(Var::Field(*field)));
        let silent = |tree: &NodeIx| {
            let decisions = self.forest.decisions(*tree).into_iter();
            let mut outcomes = decisions.map(|decided| self.outcome(decided));
            outcomes.all(|outcome| outcome.is_some_and(|outcome| outcome.is_silent(number)))
        };
        !brings && trees.all(silent)
    }

    /// Finds what each position asks, so that a state there is split into those that go on alike.
    fn split(&mut self, flows: &[Flow], leeway: &Leeway) {
        let mut splits: Vec<BTreeMap<Var, Vec<u64>>> = self.places.iter().map(|_| BTreeMap::new()).collect();
        for flow in flows {
            let Some(splits) = splits.get_mut(flow.from) else {
                continue;
            };
            let answered = |var: Var| flow.answered.contains(var);
            match flow.left {
                Some(left) => leeway.forest.partition(left, &answered, splits),
                None => self.forest.partition(flow.tree, &answered, splits),
            }
        }
        for (place, splits) in self.places.iter_mut().zip(splits) {
            let told_apart = |(var, parts)| Some((self.slots.of(var)?, parts));
            place.splits = splits.into_iter().filter_map(told_apart).collect();
        }
    }

    /// Notes what each position forgets.
    fn forget(&mut self) {
        for place in &mut self.places {
            let mut forgets = Forgets::default();
            for (var, slot) in self.slots.variables() {
                if place.live.has(var) {
                    continue;
                }
                match var {
                    Var::Field(field) => {
                        forgets.anything(slot, self.vars.domain(field).map_or(ABSENT, |domain| domain.all()));
                    }
                    Var::Clock(_) if place.closed => forgets.nothing(slot),
                    Var::Clock(_) => forgets.three(slot),
                    _ => forgets.anything(slot, 0b11),
                }
            }
            for (alias, subcase) in self.definition.subcases.values().enumerate() {
                let slot = self.slots.subcases.get(alias).and_then(|slots| slots.class);
                let forgotten = subcase.detached && !place.follows(alias);
                if let Some(slot) = slot.filter(|_| forgotten) {
                    forgets.nothing(slot);
                }
            }
            place.forgets = forgets;
        }
    }
}
