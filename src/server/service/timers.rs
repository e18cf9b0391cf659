//! Clocks that run out: the durable timers, each fired exactly once.

use std::{collections::HashMap, sync::Arc};

use serde_json::Map;
use zhengming_engine::{
    decide,
    decision::{ProblemCode, Timer},
};

use super::{
    Error, Result,
    case_state::view,
    cases::{pinned, recorder, still_under},
    deadlines,
    numbering::series_of_intake,
    past::needs_documents,
    record::{Around, By},
};
use crate::{
    access::Actor,
    app::App,
    store::{CaseCommand, CaseRow, CommitError, Committed, Needs, Target, TimerRow},
};

/// Fires the timers that are due, oldest first, at most `limit`. Returns how many fired.
///
/// # Errors
/// Those of the database when the due timers cannot be listed. A timer that fails is counted and parked after five
/// attempts; the others go on.
pub async fn fire_due(app: &Arc<App>, limit: u64) -> Result<usize> {
    fire(app, app.store.due_timers(app.now(), limit).await?).await
}

/// Fires what is due on one case before something else happens to it: what ended by law ended before what comes now, however
/// late the machine is.
///
/// # Errors
/// As [`fire_due`].
pub(super) async fn fire_due_of(app: &Arc<App>, case: &CaseRow) -> Result<usize> {
    let now = app.now();
    if case.next_due_at.is_none_or(|due| due > now) {
        return Ok(0);
    }
    // One end may begin what has ended by now too.
    let mut all = 0;
    loop {
        match fire(app, app.store.due_timers_of(&case.id, now).await?).await? {
            0 => return Ok(all),
            fired => all += fired,
        }
    }
}

/// Timers that are committed together; the next are made ready meanwhile.
const CHUNK: usize = 64;

async fn fire(app: &Arc<App>, timers: Vec<TimerRow>) -> Result<usize> {
    let (mut ready, mut fired) = (Ready::default(), 0);
    for chunk in timers.chunks(CHUNK) {
        let (done, next) = futures_util::join!(ready.commit(app), Ready::of(app, chunk));
        fired += done?;
        ready = next?;
    }
    Ok(fired + ready.commit(app).await?)
}

/// Timers with what fires them.
#[derive(Default)]
struct Ready {
    timers: Vec<TimerRow>,
    commands: Vec<CaseCommand<Error>>,
}

impl Ready {
    /// Makes timers ready; those that cannot be are counted.
    async fn of(app: &Arc<App>, timers: &[TimerRow]) -> Result<Self> {
        let ids: Vec<String> = timers.iter().map(|timer| timer.case_id.clone()).collect();
        let cases = app.store.cases_by_ids(&ids).await?.into_iter();
        let cases: HashMap<String, CaseRow> = cases.map(|case| (case.id.clone(), case)).collect();
        let mut ready = Self::default();
        for timer in timers {
            let command = match cases.get(&timer.case_id) {
                // A date of an older law is no date to expire by. Where it moved, the timer is void when it fires.
                Some(case) => match deadlines::follow_case(app, case).await {
                    Ok(_) => command(app, case, timer).await,
                    Err(error) => Err(error),
                },
                None => Err(Error::NotFound),
            };
            match command {
                Ok(command) => {
                    ready.timers.push(timer.clone());
                    ready.commands.push(command);
                }
                Err(error) => failed(app, timer, &error).await?,
            }
        }
        Ok(ready)
    }

    /// Fires them. Returns how many fired.
    async fn commit(self, app: &Arc<App>) -> Result<usize> {
        let mut fired = 0;
        for (timer, outcome) in self.timers.iter().zip(app.store.commit_all(self.commands).await) {
            app.count_commit(&outcome);
            match settle(app, timer, outcome).await {
                Ok(true) => fired += 1,
                Ok(false) => {}
                // The database's trouble is not the timer's: it stays armed, however long that lasts.
                Err(Error::Store(error)) if error.concerns_all() => return Err(error.into()),
                Err(error) => failed(app, timer, &error).await?,
            }
        }
        Ok(fired)
    }
}

async fn failed(app: &App, timer: &TimerRow, error: &Error) -> Result<()> {
    tracing::error!(timer.id = %timer.id, error.code = error.code(), "timer failed");
    app.metrics.timers_fired.with_label_values(&["failed"]).inc();
    Ok(app.store.timer_failed(&timer.id).await?)
}

/// What fires one timer.
async fn command(app: &Arc<App>, case: &CaseRow, timer: &TimerRow) -> Result<CaseCommand<Error>> {
    let now = app.now();
    let definition = pinned(app, case)?;
    let recorder = recorder(app);
    let expiry = definition
        .clocks
        .get(&timer.clock)
        .and_then(|clock| clock.expiry.as_deref());
    let event = expiry.unwrap_or_default();
    let mut series = recorder.series_of_event(&definition, event, case, &Map::new(), &Actor::System, now);
    series.extend(series_of_intake(app, &definition, event, case, now).await?);
    let due = Timer {
        clock: timer.clock.clone(),
        generation: u32::try_from(timer.generation).unwrap_or(0),
        rung: timer.rung.clone(),
        due_at: timer.due_at,
    };
    Ok(CaseCommand {
        target: Target::Timer {
            timer_id: timer.id.clone(),
        },
        idempotency: None,
        needs: Needs {
            documents: needs_documents(&recorder.pack, &definition, event),
            links: false,
            identity: false,
            ..Needs::ALL
        },
        series,
        decide: Box::new(move |loaded| {
            let case = loaded.case.ok_or(Error::NotFound)?;
            still_under(case, &definition)?;
            let decision = decide::fire(
                &definition,
                &recorder.pack.law,
                &view(case, loaded.assignments, loaded.documents)?,
                &due,
            )?;
            let by = By {
                account: None,
                role: "clock".to_owned(),
                organisation: None,
                at: now,
            };
            let mut around = Around {
                personal: loaded.personal,
                identity: None,
                assignments: loaded.assignments,
                parties: loaded.parties,
                documents: loaded.documents,
                numbers: &mut *loaded.numbers,
            };
            recorder.change(&definition, case, &decision, &by, &mut around)
        }),
    })
}

/// What became of it. `false`: somebody else fired it or has the case in hand, or the clock has moved on.
async fn settle(
    app: &App,
    timer: &TimerRow,
    outcome: std::result::Result<Committed, CommitError<Error>>,
) -> Result<bool> {
    match outcome {
        Ok(_) => {
            app.feed.publish(&timer.case_id);
            app.metrics.timers_fired.with_label_values(&["fired"]).inc();
            Ok(true)
        }
        Err(CommitError::TimerGone) => {
            app.metrics.timers_fired.with_label_values(&["gone"]).inc();
            Ok(false)
        }
        // The case has moved to another version meanwhile: its timers are those of that one.
        Err(CommitError::Rejected(Error::StaleVersion { .. })) => Ok(false),
        // The clock moved on in the moment between listing and firing; its timers were replaced then.
        Err(CommitError::Rejected(Error::Refused(problems)))
            if problems.iter().any(|p| p.code == ProblemCode::ClockNotRunning) =>
        {
            app.store.cancel_timer(&timer.id).await?;
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}
