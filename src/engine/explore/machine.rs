//! A procedure made ready to be explored: its positions, and for each what every event does there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use indexmap::IndexSet;
use time::Date;

use super::{
    domain::Domain,
    outcome::{Move, Outcome, Setting, why},
    packed::{Forgets, Layout, Slot},
    relevance::Live,
    trial::{Forest, Node, NodeIx, Sent, Trial},
    variables::{Var, Variables},
};
use crate::{
    chart::Position,
    decide::course,
    decision::Refusal,
    definition::model::{Definition, Event, FiledRange, FormField, Subcase},
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
    /// What each subcase can tell.
    pub(super) tellings: Vec<Telling>,
    /// The event by which the case hears that it is called off.
    pub(super) called_off: Option<u16>,
    /// By clock: the other clocks of its group.
    pub(super) groups: Vec<Vec<u16>>,
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
    pub(super) splits: Vec<(Slot, Vec<u64>)>,
    /// Detached subcases, a bit each, of which it still matters whether they were opened.
    pub(super) followed: u64,
    /// What makes no difference there.
    pub(super) forgets: Forgets,
}

/// The events by which a subcase is heard of, by number, and the tracked fields that it brings.
#[derive(Debug, Default)]
pub(super) struct Telling {
    pub(super) mirrors: Vec<u16>,
    pub(super) outcomes: Vec<u16>,
    pub(super) brings: Vec<(u16, bool)>,
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

impl Place {
    /// Whether it still matters that a detached subcase was opened.
    pub(super) fn follows(&self, alias: usize) -> bool {
        follow_bit(alias) == 0 || self.followed & follow_bit(alias) != 0
    }
}

/// The bit of a subcase in a set of them; none where there is no room.
pub(super) fn follow_bit(alias: usize) -> u64 {
    u32::try_from(alias)
        .ok()
        .and_then(|alias| 1_u64.checked_shl(alias))
        .unwrap_or(0)
}

impl Slots {
    /// Where a variable stands.
    pub(super) fn of(&self, var: Var) -> Option<Slot> {
        let list = match var {
            Var::Field(i) => self.fields.get(usize::from(i)),
            Var::Clock(i) => self.clocks.get(usize::from(i)),
            Var::Held(i) => self.held.get(usize::from(i)),
            Var::Made(i) => self.made.get(usize::from(i)),
            Var::By(_) | Var::Late(_) => None,
        };
        list.copied().flatten()
    }

    /// All variables that have room.
    pub(super) fn variables(&self) -> impl Iterator<Item = (Var, Slot)> {
        let numbered = |list: &[Option<Slot>]| -> Vec<(u16, Slot)> {
            let slots = list.iter().enumerate();
            slots
                .filter_map(|(i, slot)| Some((u16::try_from(i).ok()?, (*slot)?)))
                .collect()
        };
        let fields = numbered(&self.fields)
            .into_iter()
            .map(|(i, slot)| (Var::Field(i), slot));
        let clocks = numbered(&self.clocks)
            .into_iter()
            .map(|(i, slot)| (Var::Clock(i), slot));
        let held = numbered(&self.held).into_iter().map(|(i, slot)| (Var::Held(i), slot));
        let made = numbered(&self.made).into_iter().map(|(i, slot)| (Var::Made(i), slot));
        fields.chain(clocks).chain(held).chain(made)
    }
}

impl<'p> Machine<'p> {
    /// Prepares a procedure. One that is not `reduced` tells states apart that lead to the same: tests compare the two.
    pub(super) fn new(definition: &'p Definition, reduced: bool) -> Self {
        let vars = Arc::new(Variables::of(definition));
        let mut machine = Self {
            definition,
            positions: IndexSet::new(),
            places: Vec::new(),
            forest: Forest::default(),
            outcomes: IndexSet::new(),
            begin: 0,
            slots: Slots::default(),
            tellings: tellings(definition, &vars),
            called_off: definition
                .called_off
                .as_deref()
                .and_then(|name| number(definition, name)),
            groups: groups(definition),
            dates: dates(definition),
            incomplete: false,
            costly: BTreeSet::new(),
            vars,
        };
        machine.prepare();
        machine.lay_out();
        machine.weigh(reduced);
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
                off: layout.room(2).filter(|_| !subcase.detached),
                mirrored: layout.room(subcase.mirrors.len().min(16)).filter(|_| !subcase.detached),
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
        self.incomplete |= !self.vars.fields.values().all(Domain::is_whole);
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

fn number(definition: &Definition, event: &str) -> Option<u16> {
    definition
        .events
        .get_index_of(event)
        .and_then(|i| u16::try_from(i).ok())
}

fn tellings(definition: &Definition, vars: &Variables) -> Vec<Telling> {
    let telling = |subcase: &Subcase| {
        // An event without a number is heard nowhere.
        let numbers = |events: &mut dyn Iterator<Item = &String>| -> Vec<u16> {
            events
                .map(|event| number(definition, event).unwrap_or(u16::MAX))
                .collect()
        };
        let brings = subcase
            .brings
            .iter()
            .filter_map(|(own, _)| Some((vars.field(own)?, false)));
        Telling {
            mirrors: numbers(&mut subcase.mirrors.values()),
            outcomes: numbers(&mut subcase.outcomes.values()),
            brings: brings.collect(),
        }
    };
    definition.subcases.values().map(telling).collect()
}

fn groups(definition: &Definition) -> Vec<Vec<u16>> {
    let clocks = || definition.clocks.values().map(|clock| clock.group.as_ref()).enumerate();
    let others = |(own, group): (usize, Option<&String>)| {
        let same = clocks().filter(|(other, of)| *other != own && group.is_some() && *of == group);
        same.filter_map(|(other, _)| u16::try_from(other).ok()).collect()
    };
    clocks().map(others).collect()
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
