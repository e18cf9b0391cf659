//! A case moves to a later version of its procedure, by the map that the later version gives.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};
use time::OffsetDateTime;

use super::{
    course::Done,
    day, position,
    step::{Answers, Step},
};
use crate::{
    chart::{Arrow, Behaviour, Position, Shape, StateIx, Trigger},
    clock::Law,
    decision::{CaseView, Decision, MIGRATED, Problem, ProblemCode, Refusal},
    definition::{
        migration::Migration,
        model::{DONE, Definition, FormField, Storage},
    },
    form,
    timing::carry::{Carried, carry},
};

/// Moves a case from one version of its procedure to another. Nothing else happens: no effect comes about, nobody is told,
/// and the case is open after it.
///
/// # Errors
/// A [`Refusal`] with everything that does not come along: states (`STATE_NOT_MIGRATABLE`), clocks
/// (`CLOCK_NOT_MIGRATABLE`), answers that do not fit their fields or are missing.
pub fn migrate(
    old: &Definition,
    new: &Definition,
    migration: &Migration,
    law: &Law,
    view: &CaseView,
    now: OffsetDateTime,
) -> Result<Decision, Refusal> {
    let from = position(old, view)?;
    let mut problems = Vec::new();
    let to = states(old, new, migration, &from).unwrap_or_else(|found| {
        problems.extend(found);
        Position::default()
    });
    let data = fields(new, migration, &view.data, &mut problems);
    problems.extend(unfit(new, &data, now)?);
    if !problems.is_empty() {
        return Err(Refusal { problems });
    }
    let clocks = carry(
        law,
        &view.clocks,
        &Carried {
            old,
            new,
            migration,
            from: &from,
            to: &to,
            data: &data,
            filed_on: view.filed_on,
            moment: now,
        },
    )?;
    let moved = CaseView {
        data,
        clocks,
        ..view.clone()
    };
    let step = Step {
        definition: new,
        law,
        view: &moved,
        kind: MIGRATED.to_owned(),
        event: "",
        timer: None,
        signal: None,
        sender: None,
        legal_moment: now,
    };
    let decision = step.take(&to, &to, Answers::none(&moved), &Done::default(), None)?;
    Ok(Decision {
        raises_version: true,
        migration: Some(migration.clone()),
        ..decision
    })
}

/// Enters states, and nothing follows from it.
struct Quiet;

impl<'d> Behaviour<'d> for Quiet {
    fn enabled(&self, _: StateIx, _: Trigger<'_>, _: &Position) -> Option<Arrow<'d>> {
        None
    }
    fn leave(&mut self, _: StateIx, _: &mut Vec<String>) {}
    fn take(&mut self, _: &Arrow<'d>, _: bool, _: &mut Vec<String>) {}
    fn enter(&mut self, _: StateIx, _: &mut Vec<String>) {}
    fn finished(&self, _: &Position) -> bool {
        true
    }
}

/// Where the case is in the new version. Regions that the old one had not are entered at their beginning.
fn states(
    old: &Definition,
    new: &Definition,
    migration: &Migration,
    from: &Position,
) -> Result<Position, Vec<Problem>> {
    let name = |ix: StateIx| old.at(ix).map(|state| state.id.as_str()).unwrap_or_default();
    let stuck = |ix: StateIx| Problem::field(ProblemCode::StateNotMigratable, name(ix));
    let mut problems = Vec::new();
    let mut targets: Vec<StateIx> = Vec::new();
    for leaf in old.chart.leaves(from) {
        match migration.state(new, name(leaf)).filter(|ix| can_hold(new, *ix)) {
            Some(target) if !targets.contains(&target) => targets.push(target),
            Some(_) => {}
            None => problems.push(stuck(leaf)),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let whole = || old.chart.leaves(from).map(stuck).collect::<Vec<_>>();
    if new.chart.apart(&targets).is_some() {
        return Err(whole());
    }
    let mut to = new.chart.begin(&targets, &mut Quiet).map_err(|_| whole())?;
    let reached = new.chart.is_legal(&to) && targets.iter().all(|ix| to.contains(*ix));
    // What is done there already would wait for ever for the moment at which it is done.
    let over = to.active.iter().any(|ix| {
        let waits = new.at(*ix).is_some_and(|state| state.transitions.contains_key(DONE));
        waits && new.chart.done(&to, *ix)
    });
    if !reached || over {
        return Err(whole());
    }
    to.remembered = remembered(old, new, migration, from);
    Ok(to)
}

/// Whether a case can be put into a state: it is none that is only a target, and nothing in it closes the case.
pub(crate) fn can_hold(new: &Definition, ix: StateIx) -> bool {
    let closes = |ix: &StateIx| new.at(*ix).is_none_or(|state| state.outcome.is_some());
    !matches!(new.chart.shape(ix), Shape::History { .. }) && !new.entered(ix).iter().any(closes)
}

/// What history states remember, as far as all of it is still there.
fn remembered(
    old: &Definition,
    new: &Definition,
    migration: &Migration,
    from: &Position,
) -> BTreeMap<StateIx, Vec<StateIx>> {
    let target = |ix: &StateIx| migration.state(new, &old.at(*ix)?.id);
    let kept = from.remembered.iter().filter_map(|(history, states)| {
        let history = target(history).filter(|ix| matches!(new.chart.shape(*ix), Shape::History { .. }))?;
        let around = new.chart.node(history)?.parent?;
        let states: Vec<StateIx> = states.iter().map(target).collect::<Option<_>>()?;
        let inside = states.iter().all(|ix| new.chart.inside(*ix, around));
        (inside && new.chart.apart(&states).is_none()).then_some((history, states))
    });
    kept.collect()
}

fn fields(
    new: &Definition,
    migration: &Migration,
    data: &Map<String, Json>,
    problems: &mut Vec<Problem>,
) -> Map<String, Json> {
    let mut after = Map::new();
    for (name, value) in data {
        let Some(to) = migration.field(name) else { continue };
        if new.fields.get(to).is_none_or(|field| field.storage != Storage::Case) {
            problems.push(Problem::field(ProblemCode::UnknownField, name));
            continue;
        }
        after.insert(to.to_owned(), value.clone());
    }
    for (name, value) in &migration.set {
        after.entry(name.clone()).or_insert_with(|| value.clone());
    }
    after
}

/// Values that do not fit their fields, and those that the new version counts on and are not there.
fn unfit(new: &Definition, data: &Map<String, Json>, now: OffsetDateTime) -> Result<Vec<Problem>, Refusal> {
    let asked: Vec<FormField> = data
        .keys()
        .map(|field| FormField {
            field: field.clone(),
            required: false,
        })
        .collect();
    let asked: Vec<&FormField> = asked.iter().collect();
    let mut problems = form::read(new, &asked, data, day(now)?, false)
        .err()
        .unwrap_or_default();
    let known: BTreeSet<&String> = data.keys().collect();
    let of_case = |name: &String| new.fields.get(name).is_some_and(|f| f.storage == Storage::Case);
    let needed = new.filing.form().filter(|f| f.required && of_case(&f.field));
    let missing = needed.filter(|f| !known.contains(&f.field));
    problems.extend(missing.map(|f| Problem::field(ProblemCode::MissingField, &f.field)));
    Ok(problems)
}
