//! What an analyst assumes about an office, names resolved against the procedures.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use time::{Date, Duration};
use zhengming_engine::{
    clock::Law,
    decision::Signal,
    definition::model::{Branch, Definition, EffectRule, FieldKind, FilingMode, StateIx},
    guard::Guard,
};

pub use crate::{
    answers::{Answer, Form, Question},
    chance::Spread,
    hours::Hours,
};

/// At most so many different events can leave one state: those that happened are kept in a word of bits.
pub const MOST_EVENTS: usize = 64;

/// A model, ready to run. Made by [`crate::read::read`].
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// The law and calendar by which clocks count.
    pub law: Law,
    /// First day whose filings are counted.
    pub from: Date,
    /// Last day whose filings are counted.
    pub to: Date,
    /// Days of work before `from`, so that the first counted case does not meet empty desks.
    pub warm_up: u32,
    /// Days after `to` in which counted cases may still come to their end; filings go on, uncounted.
    pub follow: u32,
    /// Where the random numbers start.
    pub seed: u64,
    /// How many offices like this there are.
    pub authorities: u32,
    /// One of so many offices is run; counts are multiplied by it.
    pub sample: u32,
    /// How cases of each procedure come and go.
    pub procedures: Vec<Conduct>,
    /// Who works, by role; at most one desk a role, for all procedures.
    pub desks: Vec<Desk>,
}

/// Officers of one role.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The role.
    pub role: String,
    /// How many there are. `None`: always enough.
    pub count: Option<u32>,
    /// When they work.
    pub hours: Hours,
    /// Whether they work on every day, not on working days alone.
    pub every_day: bool,
    /// Whether what is due first is done first, instead of what came first.
    pub due_first: bool,
}

/// How cases of one procedure come and go.
#[derive(Clone, Debug)]
pub struct Conduct {
    /// The procedure, clocks changed as the model wants it.
    pub definition: Arc<Definition>,
    /// How filings come. `None`: other cases open these.
    pub arrivals: Option<Arrivals>,
    /// How they are filed.
    pub mode: FilingMode,
    /// Who files.
    pub filer: String,
    /// Answers on filing.
    pub filing: Form,
    /// Everything that somebody does, in the order of the procedure's events.
    pub actions: Vec<Action>,
    /// By index of a state: what happens in it; empty where nothing does.
    pub leaves: Vec<Vec<Choice>>,
}

/// How filings come: at random, so many a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrivals {
    /// On a working day, and on Saturdays, Sundays and holidays by a factor of it.
    pub per_day: f64,
    /// The factor of each weekday, Monday first; days on which work is made up have that of Mondays.
    pub weekdays: [f64; 7],
    /// The factor of statutory holidays. `None`: that of Sundays.
    pub holidays: Option<f64>,
    /// The factor of single days, whatever day of the week or holiday they are.
    pub days: BTreeMap<Date, f64>,
    /// Hours of the day in which they come.
    pub hours: Hours,
}

/// Something that somebody does to a case.
#[derive(Clone, Debug)]
pub struct Action {
    /// The event.
    pub event: String,
    /// The role that sends it.
    pub role: String,
    /// For what a case outside of the model makes happen: what it tells.
    pub signal: Option<Signal>,
    /// Index of the desk that works on it. `None`: nobody here has to.
    pub desk: Option<usize>,
    /// Time of an officer that it costs.
    pub takes: Spread,
    /// Time before it can happen, or before the work on it can begin.
    pub after: Option<Spread>,
    /// Answers to its form.
    pub form: Form,
    /// Number of the first of its variants among all of the procedure.
    pub first: usize,
}

/// One of the things that can happen in a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Index of the action.
    pub action: usize,
    /// How likely, beside the others.
    pub weight: f64,
}

impl Model {
    /// The first and the last day of the run, those that are not counted included.
    #[must_use]
    pub fn days(&self) -> (Date, Date) {
        whole((self.from, self.to), self.warm_up, self.follow)
    }
}

/// Counted days with the days of warm-up before and those that follow.
pub(crate) fn whole((from, to): (Date, Date), warm_up: u32, follow: u32) -> (Date, Date) {
    let first = from.saturating_sub(Duration::days(i64::from(warm_up)));
    (first, to.saturating_add(Duration::days(i64::from(follow))))
}

impl Conduct {
    /// Numbers that steps of this procedure may have: variants of actions, then the expiries of its clocks.
    pub(crate) fn steps(&self) -> usize {
        self.expiry(0) + self.definition.clocks.len()
    }

    /// Number of the step with which a clock expires.
    pub(crate) fn expiry(&self, clock: usize) -> usize {
        let last = self.actions.last();
        last.map_or(0, |action| action.first + action.form.variants()) + clock
    }

    pub(crate) fn choices(&self, leaf: StateIx) -> &[Choice] {
        self.leaves.get(leaf.index()).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Fields whose values decide something: conditions read them, or other cases are given them. Of all others it matters
/// at most whether they have a value.
pub(crate) fn watched(definition: &Definition) -> BTreeSet<&str> {
    let mut fields = guarded(definition);
    for effect in definition.effects() {
        if let EffectRule::Open { with, .. } = effect {
            fields.extend(with.iter().map(|(_, own)| own.as_str()));
        }
    }
    for subcase in definition.subcases.values() {
        fields.extend(subcase.with.iter().map(|(_, own)| own.as_str()));
    }
    fields
}

/// Fields that conditions read.
pub(crate) fn guarded(definition: &Definition) -> BTreeSet<&str> {
    fn of(branch: &Branch) -> Vec<&str> {
        let guards = branch.when.iter().chain(branch.requires.iter().map(|r| &r.guard));
        guards.flat_map(Guard::fields).collect()
    }
    definition
        .states
        .iter()
        .flat_map(|state| state.branches())
        .flat_map(of)
        .collect()
}

/// Whether an effect writes a date by itself.
pub(crate) fn sets_dates(definition: &Definition) -> bool {
    definition.effects().any(|effect| match effect {
        EffectRule::Set { field, .. } => {
            let kind = definition.fields.get(field).map(|field| &field.kind);
            matches!(kind, Some(FieldKind::Date { .. }))
        }
        _ => false,
    })
}
