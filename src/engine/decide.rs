//! The kernel: what an event does to a case, as a pure function.
//!
//! One event from outside is one step, run to completion by [`crate::chart`]: in each active region the innermost state
//! with a branch that fits wins, effects of the event come before those of the branch, clocks follow from the states in
//! which the case was before and is after.

mod append;
pub(crate) mod course;
mod lot;
mod migrate;
mod recompute;
mod step;
mod take_over;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use time::{Date, OffsetDateTime};

use crate::{
    chart::Position,
    clock::{ClockStatus, Duty, Law, LawRef, local_date},
    decision::{Actor, Available, CaseView, Command, Decision, Opening, Problem, ProblemCode, Refusal, Signal, Timer},
    definition::{
        filing::Told,
        model::{Branch, Definition, EffectRule, Event, FilingMode, FormField, Page, StateIx, Storage},
    },
    dossier::{self, Dossier},
    duty::{self, Acting, Roster},
    form, timing,
};

pub use append::{append, contributor};
use course::{Done, Here, Sheet};
pub(crate) use migrate::can_hold;
pub use migrate::migrate;
pub use recompute::recompute;
use step::{Answers, Step};
pub use take_over::take_over;

/// The filing day of what is filed today: the day of receipt where staff tell one that lies before it.
pub fn filing_day(definition: &Definition, fields: &Map<String, Json>, today: Date) -> Date {
    let told = definition.filing.received.as_ref().and_then(|field| fields.get(field));
    let told = told.and_then(|day| form::date(day).ok());
    told.filter(|day| *day < today).unwrap_or(today)
}

/// Opens a case under a definition that governs its filing day.
///
/// # Errors
/// A [`Refusal`] with every missing or unfit answer, or that this way of filing is not allowed.
pub fn open(definition: &Definition, law: &Law, opening: &Opening, now: OffsetDateTime) -> Result<Decision, Refusal> {
    let filing = &definition.filing;
    let today = day(now)?;
    let mut problems = Vec::new();
    if opening.actor.excluded {
        problems.push(Problem::new(ProblemCode::Excluded));
    }
    let acting = duty::acting(definition, &Roster::default(), &filing.by, &opening.actor)?;
    if opening.complete && acting.role.is_none() {
        problems.push(Problem {
            law: filing.law.clone(),
            ..Problem::new(ProblemCode::RoleRequired)
        });
    }
    if opening.complete && !filing.modes.contains(&opening.mode) {
        problems.push(Problem {
            law: filing.law.clone(),
            ..Problem::new(ProblemCode::ModeNotAllowed)
        });
    }
    let asked = if opening.complete {
        let files = |role: &str| opening.actor.roles.contains(role);
        asked_on_filing(definition, opening.mode, files, &opening.fields)
    } else {
        // What another case brings is asked of nobody.
        filing.form().cloned().collect()
    };
    let asked: Vec<&FormField> = asked.iter().collect();
    let answers = match form::read(definition, &asked, &opening.fields, today, opening.complete) {
        Ok(answers) => answers,
        Err(more) => {
            problems.extend(more);
            Map::new()
        }
    };
    if !problems.is_empty() {
        return Err(Refusal { problems });
    }
    let nothing = CaseView {
        states: Vec::new(),
        remembered: BTreeMap::new(),
        data: Map::new(),
        clocks: IndexMap::new(),
        filed_on: filing_day(definition, &opening.fields, today),
        held: BTreeSet::new(),
        roster: Roster::default(),
        dossier: Dossier::default(),
    };
    let answers = Answers::to(definition, &nothing, answers);
    let sheet = Sheet {
        data: &answers.data,
        clocks: &nothing.clocks,
        held: &nothing.held,
        dossier: &nothing.dossier,
        actor: &acting.roles,
    };
    let (to, done) = course::begin(definition, &sheet)?;
    let step = Step {
        definition,
        law,
        view: &nothing,
        kind: "opened".to_owned(),
        event: "",
        timer: None,
        signal: None,
        sender: sender(&opening.actor, &acting),
        legal_moment: now,
    };
    step.take(&Position::default(), &to, answers, &done, filing.law.clone())
}

/// The pages of the filing form for one way of filing, the roles in which somebody files and the answers so far: an anonymous
/// filer is not asked who they are, pages for some roles are for those alone, and pages under a condition are asked where the
/// answers to those before them are such. Each with what it asks, in the order of the file; pages that ask nothing are left out.
pub fn pages_on_filing<'d>(
    definition: &'d Definition,
    mode: FilingMode,
    files: impl Fn(&str) -> bool,
    answers: &Map<String, Json>,
) -> Vec<(&'d Page, Vec<FormField>)> {
    let anonymous = mode == FilingMode::Anonymous;
    let mut told = Told::default();
    let mut asked = Vec::new();
    for page in &definition.filing.pages {
        let for_them = page.by.is_empty() || page.by.iter().any(|role| files(role));
        if !for_them || page.when.as_ref().is_some_and(|when| !when.holds(&told)) {
            continue;
        }
        let mut questions = Vec::new();
        for question in &page.fields {
            let field = definition.fields.get(&question.field);
            if anonymous && field.is_some_and(|field| field.storage == Storage::Identity) {
                continue;
            }
            told.add(&question.field, field, answers.get(&question.field));
            questions.push(FormField {
                required: question.required || page.needed.contains(&question.field),
                ..question.clone()
            });
        }
        if !questions.is_empty() {
            asked.push((page, questions));
        }
    }
    asked
}

/// The questions of [`pages_on_filing`], page after page.
pub fn asked_on_filing(
    definition: &Definition,
    mode: FilingMode,
    files: impl Fn(&str) -> bool,
    answers: &Map<String, Json>,
) -> Vec<FormField> {
    let pages = pages_on_filing(definition, mode, files, answers);
    pages.into_iter().flat_map(|(_, questions)| questions).collect()
}

/// Makes an event happen.
///
/// # Errors
/// A [`Refusal`] that names everything in the way: state, role, requirements, answers.
pub fn perform(
    definition: &Definition,
    law: &Law,
    view: &CaseView,
    command: &Command,
    now: OffsetDateTime,
) -> Result<Decision, Refusal> {
    let from = position(definition, view)?;
    let event = definition
        .events
        .get(&command.event)
        .filter(|event| !event.by.is_empty());
    let event = event
        .filter(|_| knows(definition, &from, &command.event))
        .ok_or_else(|| Problem {
            law: definition
                .events
                .get(&command.event)
                .and_then(|event| event.law.clone()),
            ..Problem::new(ProblemCode::EventNotAvailable)
        })?;
    let acting = may_send(definition, view, event, &command.actor)?;
    let lot = event.draws.as_ref().map(|lot| {
        (
            lot,
            FormField {
                field: lot.into.clone(),
                required: false,
            },
        )
    });
    let asked: Vec<&FormField> = event.form.iter().chain(lot.iter().map(|(_, into)| into)).collect();
    let mut answers =
        form::read(definition, &asked, &command.fields, day(now)?, command.complete).map_err(|mut problems| {
            problems.extend(dossier::lacking(
                event,
                |kind| view.dossier.has(kind),
                |kind| view.dossier.holds(kind),
            ));
            Refusal { problems }
        })?;
    // After an erasure a replay has nothing to draw from.
    if let Some((lot, _)) = lot
        .as_ref()
        .filter(|(lot, _)| command.complete || lot.is_told(&answers))
    {
        lot.draw(definition, &mut answers)?;
    }
    let answers = Answers::to(definition, view, answers);
    let sheet = Sheet {
        data: &answers.data,
        clocks: &view.clocks,
        held: &view.held,
        dossier: &view.dossier,
        actor: &acting.roles,
    };
    let (to, done) = course::send(definition, &from, (&command.event, event), &sheet)?;
    let step = Step {
        definition,
        law,
        view,
        kind: command.event.clone(),
        event: &command.event,
        timer: None,
        signal: None,
        sender: sender(&command.actor, &acting),
        legal_moment: now,
    };
    step.take(&from, &to, answers, &done, event.law.clone())
}

/// Lets a timer of a clock fire. The legal moment is when it was due, however late the machine is.
///
/// # Errors
/// [`ProblemCode::ClockNotRunning`] when the clock has moved on since the timer was armed: the timer is then void.
pub fn fire(definition: &Definition, law: &Law, view: &CaseView, timer: &Timer) -> Result<Decision, Refusal> {
    let from = position(definition, view)?;
    let running = view
        .clocks
        .get(&timer.clock)
        .filter(|c| c.generation == timer.generation && c.status == ClockStatus::Running)
        .ok_or_else(|| Problem::new(ProblemCode::ClockNotRunning))?;
    let rule = definition.clocks.get(&timer.clock).ok_or_else(mismatch)?;
    let current = timing::timers(definition, law, &view.clocks);
    if !current.iter().any(|t| t == timer) {
        return Err(Problem::new(ProblemCode::ClockNotRunning).into());
    }
    let mut step = Step {
        definition,
        law,
        view,
        kind: "clock_warned".to_owned(),
        event: "",
        timer: Some(timer.clone()),
        signal: None,
        sender: None,
        legal_moment: timer.due_at,
    };
    let basis = Some(running.terms.legal_basis.clone());
    if let Some(rung) = timing::warning(rule, &timer.rung) {
        let told = EffectRule::Notify {
            to: rung.notify.clone(),
            notice: rung.notice.clone(),
        };
        let done = Done {
            effects: vec![&told],
            ..Done::default()
        };
        return step.take(&from, &from, Answers::none(view), &done, basis);
    }
    "clock_expired".clone_into(&mut step.kind);
    let mut clocks = view.clocks.clone();
    if let Some(clock) = clocks.get_mut(&timer.clock) {
        *clock = clock
            .expire(timer.due_at)
            .map_err(|_| Problem::new(ProblemCode::ClockNotRunning))?;
    }
    let expired = CaseView { clocks, ..view.clone() };
    step.view = &expired;
    let last = timing::group_expired(definition, &expired.clocks, &timer.clock);
    let Some(name) = rule.expiry.as_deref().filter(|_| last) else {
        return step.take(&from, &from, Answers::none(view), &Done::default(), basis);
    };
    step.event = name;
    by_itself(step, &from, Map::new(), basis)
}

/// Lets another case make something happen: an outcome, a state on its way, the calling off. `fields` are what it brings.
///
/// # Errors
/// [`ProblemCode::EventNotAvailable`] when this procedure does not hear of it; answers that do not fit their fields.
pub fn hear(
    definition: &Definition,
    law: &Law,
    view: &CaseView,
    signal: &Signal,
    fields: &Map<String, Json>,
    now: OffsetDateTime,
) -> Result<Decision, Refusal> {
    let from = position(definition, view)?;
    let name = definition
        .heard(signal)
        .ok_or_else(|| Problem::new(ProblemCode::EventNotAvailable))?;
    let asked: Vec<FormField> = fields
        .keys()
        .map(|field| FormField {
            field: field.clone(),
            required: false,
        })
        .collect();
    let asked: Vec<&FormField> = asked.iter().collect();
    let answers = form::read(definition, &asked, fields, day(now)?, false).map_err(|problems| Refusal { problems })?;
    let step = Step {
        definition,
        law,
        view,
        kind: name.clone(),
        event: name,
        timer: None,
        signal: Some(signal.clone()),
        sender: None,
        legal_moment: now,
    };
    let basis = definition.events.get(name).and_then(|e| e.law.clone());
    by_itself(step, &from, answers, basis)
}

/// An event that nobody sends: where no state knows it, nothing moves, the duty stays, and who must know is told.
fn by_itself(
    step: Step<'_>,
    from: &Position,
    answers: Map<String, Json>,
    basis: Option<LawRef>,
) -> Result<Decision, Refusal> {
    let (definition, view) = (step.definition, step.view);
    let answers = Answers::to(definition, view, answers);
    let nobody = Actor::default();
    let sheet = Sheet {
        data: &answers.data,
        clocks: &view.clocks,
        held: &view.held,
        dossier: &view.dossier,
        actor: &nobody.roles,
    };
    let (to, done) = course::happen(definition, from, step.event, &sheet)?;
    let event = definition.events.get(step.event);
    let law_ref = event.and_then(|e| e.law.clone()).or(basis);
    step.take(from, &to, answers, &done, law_ref)
}

/// The events that an actor may send now, with what blocks them. Events of other roles are left out.
pub fn available(definition: &Definition, view: &CaseView, actor: &Actor) -> Vec<Available> {
    let Ok(position) = position(definition, view) else {
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut list = Vec::new();
    for (_, state) in definition
        .chart
        .leaves(&position)
        .flat_map(|leaf| definition.lineage(leaf))
    {
        for name in state.transitions.keys() {
            let Some(event) = definition.events.get(name) else {
                continue;
            };
            if !seen.insert(name.as_str()) || !event.by.iter().any(|role| actor.roles.contains(role)) {
                continue;
            }
            list.push(Available {
                event: name.clone(),
                blocked_by: blocked(definition, view, &position, actor, (name, event)),
            });
        }
    }
    list
}

/// What stands against an event in the regions that know it.
fn blocked(
    definition: &Definition,
    view: &CaseView,
    position: &Position,
    actor: &Actor,
    (name, event): (&str, &Event),
) -> Vec<Problem> {
    if actor.excluded {
        return vec![Problem::new(ProblemCode::Excluded)];
    }
    let acting = match duty::acting(definition, &view.roster, &event.by, actor) {
        Ok(acting) => acting,
        Err(refusal) => return refusal.problems,
    };
    let sheet = Sheet {
        data: &view.data,
        clocks: &view.clocks,
        held: &view.held,
        dossier: &view.dossier,
        actor: &acting.roles,
    };
    let facts = Here {
        evidence: &sheet,
        definition,
        position,
    };
    // What the event itself asks is not known yet, so conditions on it cannot block beforehand.
    let asked = |name: &str| event.form.iter().any(|f| f.field == name);
    let may_hold = |branch: &&Branch| {
        let open = |guard: &crate::guard::Guard| guard.fields().iter().any(|name| asked(name)) || guard.holds(&facts);
        branch.when.as_ref().is_none_or(open)
    };
    let unmet = |branch: &&Branch| -> Vec<Problem> {
        let requires = branch.requires.iter();
        requires
            .filter(|r| !r.guard.fields().iter().any(|name| asked(name)) && !r.guard.holds(&facts))
            .map(step::requirement)
            .collect()
    };
    let mut problems: Vec<Problem> = Vec::new();
    problems.extend(duty::unapproved(&view.roster, event, &acting, actor));
    problems.extend(dossier::lacking(
        event,
        |kind| view.dossier.has(kind),
        |kind| view.dossier.holds(kind),
    ));
    problems.extend(timing::not_extended(definition, &view.clocks, (name, event)));
    let mut possible = false;
    for leaf in definition.chart.leaves(position) {
        let branches = definition
            .lineage(leaf)
            .filter_map(|(_, state)| state.transitions.get(name));
        let open: Vec<&Branch> = branches.flatten().filter(may_hold).collect();
        let Some(first) = open.first() else { continue };
        possible = true;
        if open.iter().all(|branch| !unmet(branch).is_empty()) {
            for problem in unmet(first) {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
    }
    if !possible {
        problems.push(no_branch(event));
    }
    problems
}

/// Whether somebody is late with what a clock of a case waits for: the one rule for everything that says so. An authority's duty
/// stays a duty after its last day, where that day did not lead the case on; what a party may do just ends, and where its timer
/// waits for a year's holidays it has not ended yet.
#[must_use]
pub fn is_late(definition: &Definition, view: &CaseView, clock: &str, now: OffsetDateTime) -> bool {
    let Some(state) = view.clocks.get(clock).filter(|state| state.overdue(now)) else {
        return false;
    };
    // Its timer has not fired yet.
    if state.status == ClockStatus::Running {
        return state.terms.duty == Duty::Authority;
    }
    position(definition, view)
        .is_ok_and(|position| timing::is_owed(definition, &position, &view.clocks, (clock, state)))
}

fn day(at: OffsetDateTime) -> Result<Date, Refusal> {
    local_date(at).map_err(|_| mismatch())
}

/// The definition and the case do not fit: a fault of whoever brought them together.
fn mismatch() -> Refusal {
    Problem::new(ProblemCode::DefinitionMismatch).into()
}

/// One event set off steps without end: `check` finds such procedures, and nothing of it happens.
fn endless() -> Refusal {
    Problem::new(ProblemCode::Endless).into()
}

fn no_branch(event: &Event) -> Problem {
    Problem {
        law: event.law.clone(),
        ..Problem::new(ProblemCode::NoBranch)
    }
}

/// Where a case is in the chart of its definition.
pub(crate) fn position(definition: &Definition, view: &CaseView) -> Result<Position, Refusal> {
    let named = |ids: &[String]| -> Option<Vec<StateIx>> { ids.iter().map(|id| definition.state(id)).collect() };
    let leaves = named(&view.states)
        .filter(|leaves| !leaves.is_empty())
        .ok_or_else(mismatch)?;
    let mut position = definition.chart.at(leaves);
    for (history, states) in &view.remembered {
        let key = definition.state(history).ok_or_else(mismatch)?;
        position.remembered.insert(key, named(states).ok_or_else(mismatch)?);
    }
    Ok(position)
}

/// Whether an active state knows the event.
fn knows(definition: &Definition, position: &Position, event: &str) -> bool {
    let active = position.active.iter().filter_map(|ix| definition.at(*ix));
    active.into_iter().any(|state| state.transitions.contains_key(event))
}

/// The account that a step gives roles to where it names nobody, with the role that it acts in.
fn sender<'s>(actor: &'s Actor, acting: &'s Acting) -> Option<(&'s str, Option<&'s str>)> {
    Some((actor.account.as_deref()?, acting.role.as_deref()))
}

fn may_send(definition: &Definition, view: &CaseView, event: &Event, actor: &Actor) -> Result<Acting, Refusal> {
    if actor.excluded {
        return Err(Problem::new(ProblemCode::Excluded).into());
    }
    let acting = duty::acting(definition, &view.roster, &event.by, actor)?;
    if let Some(problem) = duty::unapproved(&view.roster, event, &acting, actor) {
        return Err(problem.into());
    }
    if acting.role.is_some() {
        return Ok(acting);
    }
    Err(Problem {
        law: event.law.clone(),
        ..Problem::new(ProblemCode::RoleRequired)
    }
    .into())
}
