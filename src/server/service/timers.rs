//! Clocks that run out: the durable timers, each fired exactly once.

use std::sync::Arc;

use zhengming_engine::{
    decide,
    decision::{ProblemCode, Timer},
};

use super::{
    Error, Result,
    cases::{pinned, recorder},
    deadlines,
    record::{Around, By, view},
};
use crate::{
    app::App,
    store::{CaseCommand, CommitError, Needs, Target, TimerRow},
};

/// Fires the timers that are due, oldest first, at most `limit`. Returns how many fired.
///
/// # Errors
/// Those of the database when the due timers cannot be listed. A timer that fails is counted and parked after five
/// attempts; the others go on.
pub async fn fire_due(app: &Arc<App>, limit: u64) -> Result<usize> {
    let mut fired = 0;
    for timer in app.store.due_timers(app.now(), limit).await? {
        match fire(app, &timer).await {
            Ok(true) => fired += 1,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(timer.id = %timer.id, error.code = error.code(), "timer failed");
                app.store.timer_failed(&timer.id).await?;
            }
        }
    }
    Ok(fired)
}

/// Fires one timer. `false`: somebody else did, or the clock has moved on.
async fn fire(app: &Arc<App>, timer: &TimerRow) -> Result<bool> {
    let now = app.now();
    let case = app.store.case(&timer.case_id).await?.ok_or(Error::NotFound)?;
    // A date of an older law is no date to expire by. Where it moved, the timer is void below.
    deadlines::follow_case(app, &case).await?;
    let definition = pinned(app, &case)?;
    let recorder = recorder(app);
    let series = recorder.series(&case.organisation_id, now);
    let due = Timer {
        clock: timer.clock.clone(),
        generation: u32::try_from(timer.generation).unwrap_or(0),
        rung: timer.rung.clone(),
        due_at: timer.due_at,
    };
    let command = CaseCommand {
        target: Target::Timer {
            timer_id: timer.id.clone(),
        },
        idempotency: None,
        needs: Needs {
            documents: false,
            links: false,
            ..Needs::ALL
        },
        series,
        decide: Box::new(move |loaded| {
            let case = loaded.case.ok_or(Error::NotFound)?;
            let decision = decide::fire(&definition, &recorder.pack.law, &view(case, loaded.assignments)?, &due)?;
            let by = By {
                account: None,
                role: "clock".to_owned(),
                at: now,
            };
            let mut around = Around {
                personal: loaded.personal,
                identity: None,
                assignments: loaded.assignments,
                numbers: &mut *loaded.numbers,
            };
            recorder.change(&definition, case, &decision, &by, &mut around)
        }),
    };
    match app.store.commit(command).await {
        Ok(_) => {
            app.feed.publish(&timer.case_id);
            app.metrics.timers_fired.with_label_values(&["fired"]).inc();
            Ok(true)
        }
        Err(CommitError::TimerGone) => Ok(false),
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
