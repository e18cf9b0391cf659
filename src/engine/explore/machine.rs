//! A procedure made ready to be explored: its positions, and for each what every event does there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use indexmap::IndexSet;
use time::Date;

use super::{
    outcome::{Move, Outcome, Setting, why},
    packed::{Layout, Slot},
    trial::{Forest, Node, NodeIx, Sent, Trial},
    variables::{Var, Variables},
};
use crate::{
    chart::Position,
    decide::course,
    decision::Refusal,
    definition::model::{Definition, Event, FiledRange, FormField},
};

/// More positions than this are not prepared.
const POSITIONS: usize = 100_000;

/// What the exploration knows of a procedure before it starts.
pub(super) struct Machine<'p> {
    pub(super) definition: &'p Definition,
    pub(super) vars: Arc<Variables>,
    pub(super) positions: IndexSet<Position>,
    /// Same order as `positions`.
    pub(super) places: Vec<Place>,
    pub(super) forest: Forest,
    pub(super) outcomes: IndexSet<Outcome>,
    pub(super) begin: NodeIx,
    pub(super) slots: Slots,
    /// By class of filing days: whether each clock exists.
    pub(super) dates: Vec<Vec<bool>>,
    /// Whether not all of it could be prepared.
    pub(super) incomplete: bool,
    /// Events that depend on more facts than can be tried, in one position at least.
    pub(super) costly: BTreeSet<String>,
}

/// A position, with what can happen there.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// The case has an outcome.
    pub(super) closed: bool,
    /// What people may send.
    pub(super) sends: Vec<Sending>,
    /// Clocks that may run there: clock, expiry event.
    pub(super) expiries: Vec<(u16, Option<NodeIx>)>,
    /// What other cases make happen, by number of the event.
    pub(super) hears: BTreeMap<u16, NodeIx>,
    /// Variables whose value still makes a difference.
    pub(super) live: Live,
    /// Variables that decide something right here: sets of values that lead to the same.
    pub(super) splits: Vec<(Var, Vec<u64>)>,
}

/// An event that somebody sends, with the tracked fields that it asks for; `true` where an answer is required.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) event: u16,
    pub(super) tree: NodeIx,
    pub(super) answers: Vec<(u16, bool)>,
}

/// Where in a state everything stands.
#[derive(Debug, Default)]
pub(super) struct Slots {
    pub(super) position: Option<Slot>,
    pub(super) dates: Option<Slot>,
    pub(super) clocks: Vec<Option<Slot>>,
    pub(super) fields: Vec<Option<Slot>>,
    pub(super) held: Vec<Option<Slot>>,
    pub(super) made: Vec<Option<Slot>>,
    pub(super) subcases: Vec<SubcaseSlots>,
}

/// Room for one subcase.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SubcaseSlots {
    /// 0: none is open; else the class that it is in, and one.
    pub(super) class: Option<Slot>,
    /// 0: not called off, 1: it will hear of it, 2: it has.
    pub(super) off: Option<Slot>,
    /// States that it entered and that the opening case will hear of.
    pub(super) mirrored: Option<Slot>,
}

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

    /// Whether the variable is in the set; one that has no place in it always is.
    pub(super) fn has(self, var: Var) -> bool {
        let one = Self::one(var);
        one.0 == 0 || self.0 & one.0 != 0
    }
}

impl<'p> Machine<'p> {
    pub(super) fn new(definition: &'p Definition) -> Self {
        let vars = Arc::new(Variables::of(definition));
        let mut machine = Self {
            definition,
            positions: IndexSet::new(),
            places: Vec::new(),
            forest: Forest::default(),
            outcomes: IndexSet::new(),
            begin: 0,
            slots: Slots::default(),
            dates: dates(definition),
            incomplete: false,
            costly: BTreeSet::new(),
            vars,
        };
        machine.prepare();
        machine.lay_out();
        machine.live();
        machine.split();
        machine
    }

    /// The tracked fields that a form asks for.
    pub(super) fn answers<'f>(&self, form: impl Iterator<Item = &'f FormField>) -> Vec<(u16, bool)> {
        form.filter_map(|asked| Some((self.vars.field(&asked.field)?, asked.required)))
            .collect()
    }

    /// The number of a position, a new one if it was not known.
    fn place(&mut self, position: Position) -> u32 {
        u32::try_from(self.positions.insert_full(position).0).unwrap_or(u32::MAX)
    }

    fn prepare(&mut self) {
        let definition = self.definition;
        let nowhere = Position::default();
        self.begin = self.tree(&nowhere, "", None, |trial| course::begin(definition, trial));
        let mut next = 0;
        while let Some(position) = self.positions.get_index(next).cloned() {
            next += 1;
            if next > POSITIONS {
                self.incomplete = true;
                break;
            }
            let place = self.happenings(&position);
            self.places.push(place);
        }
    }

    fn happenings(&mut self, position: &Position) -> Place {
        let definition = self.definition;
        let mut place = Place {
            closed: definition
                .chart
                .leaves(position)
                .filter_map(|ix| definition.at(ix))
                .any(|state| state.outcome.is_some()),
            ..Place::default()
        };
        let known = |name: &str| {
            let mut active = position.active.iter().filter_map(|ix| definition.at(*ix));
            active.any(|state| state.transitions.contains_key(name))
        };
        for (number, (name, event)) in definition.events.iter().enumerate() {
            if event.by.is_empty() || !known(name) {
                continue;
            }
            let tree = self.tree(position, name, None, |trial| {
                let sent = Sent {
                    trial,
                    definition,
                    by: &event.by,
                };
                course::send(definition, position, (name, event), &sent)
            });
            place.sends.push(Sending {
                event: u16::try_from(number).unwrap_or(u16::MAX),
                tree,
                answers: self.answers(event.form.iter()),
            });
        }
        if place.closed {
            return place;
        }
        for (number, clock) in definition.clocks.values().enumerate() {
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            if clock.runs_in.iter().any(|state| position.contains(*state)) {
                let tree = clock.expiry.as_deref().map(|name| {
                    self.tree(position, name, Some(number), |trial| {
                        course::happen(definition, position, name, trial)
                    })
                });
                place.expiries.push((number, tree));
            }
        }
        for (number, name) in definition
            .events
            .keys()
            .enumerate()
            .filter(|(_, e)| definition.hears(e))
        {
            let tree = self.tree(position, name, None, |trial| {
                course::happen(definition, position, name, trial)
            });
            place.hears.insert(u16::try_from(number).unwrap_or(u16::MAX), tree);
        }
        place
    }

    /// The decision tree of one event in one position.
    fn tree<'d>(
        &mut self,
        from: &Position,
        event: &str,
        expired: Option<u16>,
        run: impl Fn(&Trial<'_>) -> Result<(Position, course::Done<'d>), Refusal>,
    ) -> NodeIx {
        let mut forest = std::mem::take(&mut self.forest);
        let vars = self.vars.clone();
        let definition = self.definition;
        let setting = Setting {
            definition,
            vars: &vars,
            from,
            event,
            expired,
        };
        let (root, complete) = forest.grow(&vars, |trial| {
            let outcome = match run(trial) {
                Ok((to, done)) => match setting.outcome(trial, &to, &done) {
                    Ok(change) => Outcome::Goes(Move {
                        to: self.place(to),
                        ..change
                    }),
                    Err(why) => Outcome::Refused(why),
                },
                Err(refusal) => Outcome::Refused(why(&refusal)),
            };
            u32::try_from(self.outcomes.insert_full(outcome).0).unwrap_or(u32::MAX)
        });
        self.forest = forest;
        if !complete {
            self.incomplete = true;
            self.costly.insert(event.to_owned());
        }
        root
    }

    fn lay_out(&mut self) {
        let mut layout = Layout::default();
        let bits = |values: usize| usize::BITS as usize - values.leading_zeros() as usize;
        self.slots.position = layout.room(bits(self.positions.len()));
        self.slots.dates = layout.room(bits(self.dates.len()));
        self.slots.clocks = self.vars.clocks.iter().map(|_| layout.room(2)).collect();
        for subcase in self.definition.subcases.values() {
            let room = SubcaseSlots {
                class: layout.room(if subcase.detached { 1 } else { 16 }),
                off: layout.room(2),
                mirrored: layout.room(subcase.mirrors.len().min(16)),
            };
            self.slots.subcases.push(room);
        }
        self.slots.held = self.vars.held.iter().map(|_| layout.room(2)).collect();
        self.slots.made = self.vars.made.iter().map(|_| layout.room(2)).collect();
        self.slots.fields = self
            .vars
            .fields
            .values()
            .map(|domain| layout.room(domain.size()))
            .collect();
        // What has no room keeps every value at every time.
        let full = |slots: &[Option<Slot>]| slots.iter().any(Option::is_none);
        self.incomplete |=
            full(&self.slots.clocks) || full(&self.slots.fields) || full(&self.slots.held) || full(&self.slots.made);
    }

    /// Finds where the value of a variable still makes a difference; elsewhere states that differ in it count as one.
    fn live(&mut self) {
        let mut flows: Vec<Flow> = Vec::new();
        for (number, place) in self.places.iter().enumerate() {
            let sends = place
                .sends
                .iter()
                .map(|sending| (sending.tree, sending.answers.as_slice()));
            let others = place.expiries.iter().filter_map(|(_, tree)| *tree);
            let others = others.chain(place.hears.values().copied()).map(|tree| (tree, &[][..]));
            for (tree, answers) in sends.chain(others) {
                flows.extend(self.flow(number, tree, answers));
            }
        }
        let mut into: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (i, flow) in flows.iter().enumerate() {
            for (to, _) in &flow.to {
                into.entry(*to).or_default().push(i);
            }
        }
        let mut waiting: Vec<usize> = (0..flows.len()).collect();
        while let Some(i) = waiting.pop() {
            let Some(flow) = flows.get(i) else { continue };
            let mut live = flow.reads.0;
            for (to, kept) in &flow.to {
                live |= self.places.get(*to as usize).map_or(0, |place| place.live.0) & kept.0;
            }
            live &= !flow.answered.0;
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

    /// Finds what each position asks, so that a state there is split into those that go on alike.
    fn split(&mut self) {
        let places = std::mem::take(&mut self.places);
        let with = |mut place: Place| {
            let mut splits: BTreeMap<Var, Vec<u64>> = BTreeMap::new();
            for sending in &place.sends {
                let answered = sending.answers.iter().filter(|(_, required)| *required);
                let answered: Vec<Var> = answered.map(|(field, _)| Var::Field(*field)).collect();
                self.forest.partition(sending.tree, &answered, &mut splits);
            }
            let others = place.expiries.iter().filter_map(|(_, tree)| *tree);
            for tree in others.chain(place.hears.values().copied()) {
                self.forest.partition(tree, &[], &mut splits);
            }
            place.splits = splits.into_iter().collect();
            place
        };
        self.places = places.into_iter().map(with).collect();
    }

    fn flow(&self, from: usize, tree: NodeIx, answers: &[(u16, bool)]) -> Option<Flow> {
        let (mut asks, mut leaves) = (Vec::new(), Vec::new());
        self.forest.asks(tree, &mut asks, &mut leaves);
        let all = |vars: &mut dyn Iterator<Item = Var>| Live(vars.fold(0, |live, var| live | Live::one(var).0));
        let to = leaves
            .iter()
            .filter_map(|leaf| match self.outcomes.get_index(*leaf as usize) {
                Some(Outcome::Goes(change)) => {
                    let fields = change.fields.iter().map(|(field, _)| Var::Field(*field));
                    let held = change.held.iter().map(|(role, _)| Var::Held(*role));
                    let made = change.made.iter().map(|kind| Var::Made(*kind));
                    let written = all(&mut fields.chain(held).chain(made));
                    Some((change.to, Live(Live::ALL.0 & !written.0)))
                }
                _ => None,
            });
        Some(Flow {
            from,
            to: to.collect(),
            reads: all(&mut asks.iter().copied()),
            answered: all(&mut answers
                .iter()
                .filter(|(_, required)| *required)
                .map(|(f, _)| Var::Field(*f))),
        })
    }

    /// The name and the declaration of an event.
    pub(super) fn event(&self, number: u16) -> Option<(&'p String, &'p Event)> {
        self.definition.events.get_index(usize::from(number))
    }

    /// What is decided at the end of a tree.
    pub(super) fn outcome(&self, number: u32) -> Option<&Outcome> {
        self.outcomes.get_index(number as usize)
    }

    /// The node of a decision tree.
    pub(super) fn node(&self, ix: NodeIx) -> Option<&Node> {
        self.forest.node(ix)
    }
}

/// How variables flow through one event in one position.
struct Flow {
    from: usize,
    /// Positions after it, with the variables that it does not write on the way there.
    to: Vec<(u32, Live)>,
    reads: Live,
    /// What it asks and gets before it reads.
    answered: Live,
}

/// The classes of filing days that clocks can tell apart: for each, whether each clock exists.
fn dates(definition: &Definition) -> Vec<Vec<bool>> {
    let clocks = || definition.clocks.values().map(|clock| clock.filed);
    let edges = |range: FiledRange| [range.from, range.to.and_then(Date::next_day)];
    let mut days: Vec<Date> = clocks().chain([definition.filed]).flat_map(edges).flatten().collect();
    days.extend(definition.filed.to);
    let before = days.iter().min().and_then(|first| first.previous_day());
    days.extend(before);
    days.retain(|day| definition.filed.contains(*day));
    if days.is_empty() {
        days.push(time::macros::date!(2026 - 01 - 05));
    }
    let mut classes: Vec<Vec<bool>> = Vec::new();
    for day in days {
        let class: Vec<bool> = clocks().map(|range| range.contains(day)).collect();
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    classes
}
