//! Plays the planned cases for real, all on one time line: filings and events as people would send them, timers when due.

use std::{collections::BTreeSet, sync::Arc};

use time::{Duration, OffsetDateTime};
use zhengming_engine::contribution::{Contribution, EvidenceItem, EvidenceKind};

use super::{
    DemoError, Stage,
    plan::{Plan, PlannedStep},
    world::Cast,
};
use crate::{
    access::{Actor, standing},
    app::App,
    clock::{Clock as _, TestClock},
    jobs,
    service::{
        cases,
        contributions::{self, ContributionRequest},
        intake, timers,
    },
};

/// Timers that are fired in one go.
const BATCH: u64 = 64;

/// One entry of the time line: a filing (`step` is `None`) or an event of a case.
struct Entry {
    at: OffsetDateTime,
    plan: usize,
    step: Option<usize>,
}

/// Plays all plans and leaves the clock at `now`; `told` hears how far it is. Returns how many cases were filed.
///
/// # Errors
/// Those of the services: a plan was rehearsed, so none is expected.
pub(super) async fn play(
    app: &Arc<App>,
    clock: &TestClock,
    cast: &Cast,
    plans: &[Plan],
    now: OffsetDateTime,
    told: &(dyn Fn(Stage) + Sync),
) -> Result<usize, DemoError> {
    let mut ids: Vec<Option<String>> = vec![None; plans.len()];
    let mut ended = BTreeSet::new();
    let mut line = Line {
        app,
        clock,
        delivered: clock.now(),
    };
    let entries = time_line(plans);
    let of = entries.len();
    for (done, entry) in entries.into_iter().enumerate() {
        told(Stage::Playing { done, of });
        line.pass(entry.at).await?;
        let Some(plan) = plans.get(entry.plan).filter(|_| !ended.contains(&entry.plan)) else {
            continue;
        };
        let id = ids.get_mut(entry.plan).ok_or(DemoError::Plan("time line"))?;
        match entry.step.and_then(|step| Some((step, plan.steps.get(step)?))) {
            None => *id = Some(file(app, cast, plan, entry.plan).await?),
            Some((n, step)) => {
                let own = id.as_deref().ok_or(DemoError::Plan("an event before its filing"))?;
                let case_id = match &step.case {
                    Some(procedure) => opened(app, own, procedure).await?,
                    None => own.to_owned(),
                };
                match perform(app, cast, &case_id, step, n).await {
                    Err(DemoError::Step { .. }) if !plan.strict => {
                        ended.insert(entry.plan);
                        continue;
                    }
                    done => done?,
                }
                // What one case of a story brings about, the others hear before it goes on.
                if plan.steps.iter().any(|step| step.case.is_some()) {
                    line.deliver().await?;
                }
            }
        }
    }
    line.pass(now).await?;
    line.deliver().await?;
    Ok(ids.iter().flatten().count())
}

fn time_line(plans: &[Plan]) -> Vec<Entry> {
    let mut line = Vec::new();
    for (plan, planned) in plans.iter().enumerate() {
        line.push(Entry {
            at: planned.filed_at,
            plan,
            step: None,
        });
        line.extend(planned.steps.iter().enumerate().map(|(n, step)| Entry {
            at: step.at,
            plan,
            step: Some(n),
        }));
    }
    line.sort_by_key(|entry| (entry.at, entry.plan, entry.step));
    line
}

/// How often timers of one moment are tried again: a failing one is parked by then.
const TRIES: u32 = 5;

/// The time line: the clock, and when notices and the like were last seen to.
struct Line<'a> {
    app: &'a Arc<App>,
    clock: &'a TestClock,
    delivered: OffsetDateTime,
}

impl Line<'_> {
    /// Moves the clock, stopping wherever a timer is due: each fires at its own moment, or at once where that is over already.
    ///
    /// What follows a commit waits up to a week and goes in batches: nothing on the time line depends on it, and each
    /// batch costs the disk far less than its parts.
    async fn pass(&mut self, until: OffsetDateTime) -> Result<(), DemoError> {
        let (mut before, mut tried) = (None, 0);
        while let Some(due) = self.app.store.next_timer_due().await?.filter(|due| *due <= until) {
            tried = if before == Some(due) { tried + 1 } else { 0 };
            if tried > TRIES {
                return Err(DemoError::Plan("a timer cannot fire"));
            }
            before = Some(due);
            self.clock.set(due.max(self.clock.now()));
            while timers::fire_due(self.app, BATCH).await? > 0 {}
        }
        self.clock.set(until);
        if until - self.delivered >= Duration::WEEK {
            self.deliver().await?;
        }
        Ok(())
    }

    async fn deliver(&mut self) -> Result<(), DemoError> {
        self.delivered = self.clock.now();
        Ok(jobs::run_due(self.app).await?)
    }
}

async fn file(app: &Arc<App>, cast: &Cast, plan: &Plan, n: usize) -> Result<String, DemoError> {
    let actor = match &plan.by {
        Some(login) => cast
            .login(login)
            .cloned()
            .ok_or_else(|| DemoError::Unknown(login.clone()))?,
        None => Actor::Anonymous,
    };
    let request = intake::FileRequest {
        procedure: plan.procedure.clone(),
        mode: plan.mode,
        fields: plan.fields.clone(),
        idempotency_key: format!("demo-filing-{n:08}"),
    };
    Ok(intake::file(app, &actor, request).await?.case_id)
}

/// The latest case of a procedure that a case opened, directly or through another.
async fn opened(app: &App, own: &str, procedure: &str) -> Result<String, DemoError> {
    let mut openers = vec![own.to_owned()];
    while let Some(opener) = openers.pop() {
        let links = app.store.links_of(std::slice::from_ref(&opener)).await?;
        let children = links
            .into_iter()
            .filter(|link| link.from_case == opener)
            .map(|link| link.to_case);
        for child in children.collect::<Vec<_>>().into_iter().rev() {
            let case = app
                .store
                .case(&child)
                .await?
                .ok_or(DemoError::Plan("an opened case is gone"))?;
            if case.procedure == procedure {
                return Ok(child);
            }
            openers.push(child);
        }
    }
    Err(DemoError::Plan("a story names a case that nothing opened"))
}

async fn perform(app: &Arc<App>, cast: &Cast, case_id: &str, step: &PlannedStep, n: usize) -> Result<(), DemoError> {
    let case = app
        .store
        .case(case_id)
        .await?
        .ok_or(DemoError::Plan("a case is gone"))?;
    let pack = app.pack();
    let definition = pack
        .pinned(&case.procedure, &case.definition_hash)
        .ok_or(DemoError::Plan("no definition"))?;
    let ids = [case.id.clone()];
    let parties = app.store.parties_of(&ids).await?;
    let assignments = app.store.assignments_of(&ids).await?;
    let tree = app.organisations();
    let plays = |actor: &&Actor| {
        standing(actor, definition, &case, &parties, &assignments, &tree)
            .roles
            .contains(&step.role)
    };
    // A visitor comes back with the receipt.
    let receipt = Actor::Receipt {
        case_id: case.id.clone(),
    };
    let actor = cast.actors.iter().find(plays).unwrap_or(&receipt);
    for wanted in definition
        .events
        .get(&step.event)
        .iter()
        .flat_map(|event| &event.evidence)
    {
        let kind = wanted.kind.unwrap_or(EvidenceKind::Documentary);
        let item = EvidenceItem::called_after(kind);
        let request = ContributionRequest {
            case_id: case.id.clone(),
            contribution: Contribution::Evidence(item),
            idempotency_key: format!("demo-{case_id}-{n:04}-evidence-{}", wanted.line),
        };
        contributions::contribute(app, actor, request).await?;
    }
    let request = cases::TransitionRequest {
        case_id: case.id.clone(),
        event: step.event.clone(),
        fields: step.fields.clone(),
        expected_version: case.version,
        idempotency_key: format!("demo-{case_id}-{n:04}"),
    };
    cases::perform(app, actor, request)
        .await
        .map_err(|source| DemoError::Step {
            procedure: case.procedure.clone(),
            event: step.event.clone(),
            source,
        })?;
    Ok(())
}
