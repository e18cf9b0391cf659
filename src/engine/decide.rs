//! The kernel: what an event does to a case, as a pure function.
//!
//! One external event is one step: the innermost state that knows the event wins, its branches are tried in file order,
//! effects of the event come before those of the branch, clocks follow from the states left and entered.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use time::{Date, OffsetDateTime};

use crate::{
    clock::{ClockState, ClockStatus, Law, local_date},
    decision::{Actor, Available, CaseView, Command, Decision, Effect, Opening, Problem, ProblemCode, Refusal, Timer},
    definition::model::{Branch, Definition, EffectRule, Event, FormField, StateIx, Storage},
    form,
    guard::Facts,
    timing::{self, Change},
};

struct Sheet<'c> {
    data: &'c Map<String, Json>,
    clocks: &'c IndexMap<String, ClockState>,
    held: &'c BTreeSet<String>,
    actor: &'c BTreeSet<String>,
}

impl Facts for Sheet<'_> {
    fn field(&self, name: &str) -> Option<&Json> {
        self.data.get(name)
    }
    fn expired(&self, clock: &str) -> bool {
        self.clocks.get(clock).is_some_and(|c| c.status == ClockStatus::Expired)
    }
    fn running(&self, clock: &str) -> bool {
        self.clocks.get(clock).is_some_and(|c| c.status == ClockStatus::Running)
    }
    fn holds(&self, role: &str) -> bool {
        self.held.contains(role)
    }
    fn by(&self, role: &str) -> bool {
        self.actor.contains(role)
    }
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
    if opening.complete && !filing.by.iter().any(|role| opening.actor.roles.contains(role)) {
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
    let asked = asked_on_filing(definition, opening.mode);
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
        data: Map::new(),
        clocks: IndexMap::new(),
        filed_on: today,
        held: BTreeSet::new(),
    };
    let step = Step {
        definition,
        law,
        view: &nothing,
        kind: "opened".to_owned(),
        event: "",
        timer: None,
        legal_moment: now,
    };
    let rules: Vec<&EffectRule> = filing.effects.iter().collect();
    step.take(
        None,
        Some(definition.initial),
        answers,
        &rules,
        Vec::new(),
        filing.law.clone(),
    )
}

/// The filing form for one way of filing: an anonymous filer is not asked who they are.
pub fn asked_on_filing(definition: &Definition, mode: crate::definition::model::FilingMode) -> Vec<FormField> {
    let anonymous = mode == crate::definition::model::FilingMode::Anonymous;
    let identity = |field: &FormField| {
        definition
            .fields
            .get(&field.field)
            .is_some_and(|f| f.storage == Storage::Identity)
    };
    definition
        .filing
        .form()
        .filter(|field| !(anonymous && identity(field)))
        .cloned()
        .collect()
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
    let leaf = active(definition, view)?;
    let (event, branches) = find(definition, leaf, &command.event)
        .filter(|(event, _)| !event.by.is_empty())
        .ok_or_else(|| Problem::new(ProblemCode::EventNotAvailable))?;
    may_send(event, &command.actor)?;
    let asked: Vec<&FormField> = event.form.iter().collect();
    let answers = form::read(definition, &asked, &command.fields, day(now)?, command.complete)
        .map_err(|problems| Refusal { problems })?;
    let merged = merge(definition, &view.data, &answers);
    let sheet = Sheet {
        data: &merged,
        clocks: &view.clocks,
        held: &view.held,
        actor: &command.actor.roles,
    };
    let (branch, guards) = choose(event, branches, &sheet)?;
    let rules: Vec<&EffectRule> = event.effects.iter().chain(branch.effects.iter()).collect();
    let step = Step {
        definition,
        law,
        view,
        kind: command.event.clone(),
        event: &command.event,
        timer: None,
        legal_moment: now,
    };
    step.take(Some(leaf), branch.to, answers, &rules, guards, event.law.clone())
}

/// Lets a timer of a clock fire. The legal moment is when it was due, however late the machine is.
///
/// # Errors
/// [`ProblemCode::ClockNotRunning`] when the clock has moved on since the timer was armed: the timer is then void.
pub fn fire(definition: &Definition, law: &Law, view: &CaseView, timer: &Timer) -> Result<Decision, Refusal> {
    let leaf = active(definition, view)?;
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
    let nobody = Actor::default();
    let mut step = Step {
        definition,
        law,
        view,
        kind: "clock_warned".to_owned(),
        event: "",
        timer: Some(timer.clone()),
        legal_moment: timer.due_at,
    };
    if let Some(rung) = timing::warning(rule, &timer.rung) {
        let rule = EffectRule::Notify {
            to: rung.notify.clone(),
            notice: rung.notice.clone(),
        };
        return step.take(
            Some(leaf),
            None,
            Map::new(),
            &[&rule],
            Vec::new(),
            Some(running.terms.legal_basis.clone()),
        );
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
        return step.take(
            Some(leaf),
            None,
            Map::new(),
            &[],
            Vec::new(),
            Some(running.terms.legal_basis.clone()),
        );
    };
    step.event = name;
    let sheet = Sheet {
        data: &expired.data,
        clocks: &expired.clocks,
        held: &expired.held,
        actor: &nobody.roles,
    };
    let event = definition.events.get(name);
    let mut rules: Vec<&EffectRule> = event.map(|e| e.effects.iter().collect()).unwrap_or_default();
    let law_ref = event
        .and_then(|e| e.law.clone())
        .or_else(|| Some(running.terms.legal_basis.clone()));
    match find(definition, leaf, name).and_then(|(event, branches)| choose(event, branches, &sheet).ok()) {
        Some((branch, guards)) => {
            rules.extend(branch.effects.iter());
            step.take(Some(leaf), branch.to, Map::new(), &rules, guards, law_ref)
        }
        // Nothing moves, the duty stays; who must know is told.
        None => step.take(Some(leaf), None, Map::new(), &rules, Vec::new(), law_ref),
    }
}

/// The events that an actor may send now, with what blocks them. Events of other roles are left out.
pub fn available(definition: &Definition, view: &CaseView, actor: &Actor) -> Vec<Available> {
    let Ok(leaf) = active(definition, view) else {
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut list = Vec::new();
    for (_, state) in definition.lineage(leaf) {
        for (name, branches) in &state.transitions {
            let Some(event) = definition.events.get(name) else {
                continue;
            };
            if !seen.insert(name.as_str()) || !event.by.iter().any(|role| actor.roles.contains(role)) {
                continue;
            }
            list.push(Available {
                event: name.clone(),
                blocked_by: blocked(view, actor, event, branches),
            });
        }
    }
    list
}

fn blocked(view: &CaseView, actor: &Actor, event: &Event, branches: &[Branch]) -> Vec<Problem> {
    if actor.excluded {
        return vec![Problem::new(ProblemCode::Excluded)];
    }
    let sheet = Sheet {
        data: &view.data,
        clocks: &view.clocks,
        held: &view.held,
        actor: &actor.roles,
    };
    // What the event itself asks is not known yet, so conditions on it cannot block beforehand.
    let asked = |name: &str| event.form.iter().any(|f| f.field == name);
    let known = |branch: &&Branch| {
        let fields = branch.when.iter().flat_map(|g| g.fields()).collect::<Vec<_>>();
        !fields.iter().any(|name| asked(name))
    };
    let open: Vec<&Branch> = branches
        .iter()
        .filter(|b| !known(b) || b.when.as_ref().is_none_or(|g| g.holds(&sheet)))
        .collect();
    if open.is_empty() {
        return vec![Problem {
            law: event.law.clone(),
            ..Problem::new(ProblemCode::NoBranch)
        }];
    }
    let blocks = |branch: &&Branch| -> Vec<Problem> {
        let requires = branch.requires.iter();
        requires
            .filter(|r| !r.guard.fields().iter().any(|name| asked(name)) && !r.guard.holds(&sheet))
            .map(requirement)
            .collect()
    };
    let mut fewest: Vec<Problem> = Vec::new();
    for (i, branch) in open.iter().enumerate() {
        let problems = blocks(branch);
        if problems.is_empty() {
            return Vec::new();
        }
        if i == 0 {
            fewest = problems;
        }
    }
    fewest
}

fn day(at: OffsetDateTime) -> Result<Date, Refusal> {
    local_date(at).map_err(|_| mismatch())
}

/// The definition and the case do not fit: a fault of whoever brought them together.
fn mismatch() -> Refusal {
    Problem::new(ProblemCode::DefinitionMismatch).into()
}

fn requirement(requirement: &crate::definition::model::Requirement) -> Problem {
    Problem {
        requirement: Some((requirement.code.clone(), requirement.reason.clone())),
        law: requirement.law.clone(),
        ..Problem::new(ProblemCode::RequirementNotMet)
    }
}

fn active(definition: &Definition, view: &CaseView) -> Result<StateIx, Refusal> {
    let id = view.states.first().ok_or_else(mismatch)?;
    definition.state(id).ok_or_else(mismatch)
}

fn find<'d>(definition: &'d Definition, leaf: StateIx, event: &str) -> Option<(&'d Event, &'d [Branch])> {
    let declared = definition.events.get(event)?;
    let branches = definition
        .lineage(leaf)
        .find_map(|(_, state)| state.transitions.get(event))?;
    Some((declared, branches.as_slice()))
}

fn may_send(event: &Event, actor: &Actor) -> Result<(), Refusal> {
    if actor.excluded {
        return Err(Problem::new(ProblemCode::Excluded).into());
    }
    if event.by.iter().any(|role| actor.roles.contains(role)) {
        return Ok(());
    }
    Err(Problem {
        law: event.law.clone(),
        ..Problem::new(ProblemCode::RoleRequired)
    }
    .into())
}

fn choose<'b>(event: &Event, branches: &'b [Branch], sheet: &Sheet<'_>) -> Result<(&'b Branch, Vec<String>), Refusal> {
    for branch in branches {
        if branch.when.as_ref().is_some_and(|guard| !guard.holds(sheet)) {
            continue;
        }
        let unmet: Vec<Problem> = branch
            .requires
            .iter()
            .filter(|r| !r.guard.holds(sheet))
            .map(requirement)
            .collect();
        if !unmet.is_empty() {
            return Err(Refusal { problems: unmet });
        }
        let guards = branch.when.iter().chain(branch.requires.iter().map(|r| &r.guard));
        return Ok((branch, guards.map(|g| g.source().to_owned()).collect()));
    }
    Err(Problem {
        law: event.law.clone(),
        ..Problem::new(ProblemCode::NoBranch)
    }
    .into())
}

fn merge(definition: &Definition, data: &Map<String, Json>, answers: &Map<String, Json>) -> Map<String, Json> {
    let mut merged = data.clone();
    for (name, value) in answers {
        if definition.fields.get(name).is_some_and(|f| f.storage == Storage::Case) {
            merged.insert(name.clone(), value.clone());
        }
    }
    merged
}

struct Step<'s> {
    definition: &'s Definition,
    law: &'s Law,
    view: &'s CaseView,
    kind: String,
    event: &'s str,
    timer: Option<Timer>,
    legal_moment: OffsetDateTime,
}

impl Step<'_> {
    fn take(
        self,
        from: Option<StateIx>,
        to: Option<StateIx>,
        answers: Map<String, Json>,
        rules: &[&EffectRule],
        guards: Vec<String>,
        law_ref: Option<crate::clock::LawRef>,
    ) -> Result<Decision, Refusal> {
        let definition = self.definition;
        let target = to.or(from).ok_or_else(mismatch)?;
        let mut data = merge(definition, &self.view.data, &answers);
        let part = |storage: Storage| -> Map<String, Json> {
            let of = |name: &&String| definition.fields.get(*name).is_some_and(|f| f.storage == storage);
            answers
                .iter()
                .filter(|(name, _)| of(name))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect()
        };
        let mut extended = Vec::new();
        let mut effects = Vec::new();
        for rule in rules {
            if let EffectRule::Extend { clock } = rule {
                extended.push(clock.as_str());
            }
            self.effect(rule, &mut data, &mut effects)?;
        }
        let change = Change {
            from,
            to: target,
            event: self.event,
            extended: &extended,
            data: &data,
            filed_on: self.filed_on(),
            moment: self.legal_moment,
        };
        let clocks = timing::follow(definition, self.law, &self.view.clocks, &change)?;
        let state = definition.at(target).ok_or_else(mismatch)?;
        let moved = from != Some(target);
        Ok(Decision {
            raises_version: moved || data != self.view.data || !answers.is_empty(),
            from: self.view.states.clone(),
            to: vec![state.id.clone()],
            phase: state.phase.clone(),
            outcome: state.outcome.clone(),
            answers: part(Storage::Case),
            timer: self.timer,
            personal: part(Storage::Personal),
            identity: part(Storage::Identity),
            timers: if state.outcome.is_some() {
                Vec::new()
            } else {
                timing::timers(definition, self.law, &clocks)
            },
            kind: self.kind,
            law: law_ref,
            data,
            clocks,
            effects,
            guards,
        })
    }

    fn filed_on(&self) -> Date {
        self.view.filed_on
    }

    fn effect(
        &self,
        rule: &EffectRule,
        data: &mut Map<String, Json>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let text = |data: &Map<String, Json>, field: &str| -> Result<String, Refusal> {
            let value = data.get(field).and_then(Json::as_str).map(str::to_owned);
            value.ok_or_else(|| Problem::field(ProblemCode::MissingField, field).into())
        };
        effects.push(match rule {
            EffectRule::Notify { to, notice } => Effect::Notify {
                to: to.clone(),
                notice: notice.clone(),
                superior: false,
            },
            EffectRule::Escalate { to, notice } => Effect::Notify {
                to: to.clone(),
                notice: notice.clone(),
                superior: true,
            },
            EffectRule::Document { kind } => Effect::Document { kind: kind.clone() },
            EffectRule::MoveTo { field } => Effect::MoveTo {
                organisation: text(data, field)?,
            },
            EffectRule::ReturnToIntake => Effect::ReturnToIntake,
            EffectRule::Assign { role, field } => {
                let account = field.as_ref().map(|f| text(data, f)).transpose()?;
                Effect::Assign {
                    role: role.clone(),
                    account,
                }
            }
            EffectRule::Delegate { role, field } => Effect::Delegate {
                role: role.clone(),
                organisation: text(data, field)?,
            },
            EffectRule::Release { role } => Effect::Release { role: role.clone() },
            EffectRule::Exclude { role } => Effect::Exclude { role: role.clone() },
            EffectRule::Open {
                procedure,
                link,
                with,
                identity,
            } => Effect::Open {
                procedure: procedure.clone(),
                link: link.clone(),
                with: with.clone(),
                identity: *identity,
            },
            EffectRule::Set { field, value } => {
                data.insert(field.clone(), value.clone());
                return Ok(());
            }
            EffectRule::Clear { field } => {
                data.remove(field);
                return Ok(());
            }
            // Clocks are not effects: they are part of the case and follow in `timing`.
            EffectRule::Extend { .. } => return Ok(()),
        });
        Ok(())
    }
}
