//! Work after the commit: timers that fall due, the outbox, housekeeping. Each piece is idempotent and may run again.

mod outbox;

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::{
    app::App,
    service::{alert_mails, deadlines, imitations, publication, register, timers, watches},
    store::StoreError,
};

pub use self::outbox::deliver_due;

/// Longest sleep between two looks: the database is the truth, waking early is only a courtesy.
const PAUSE: Duration = Duration::from_secs(1);
/// How long mails about alerts rest after the mail server took none.
const MAIL_REST: time::Duration = time::Duration::minutes(5);
/// How many timers are taken at once.
const TIMERS: u64 = 512;
/// How many effects are taken at once.
const BATCH: u64 = 64;
/// How many effects that were given up are taken up at a start.
const GIVEN_UP: u64 = 1_000;
/// How many cases follow a changed law before a stop is heard again.
const WALK: u64 = 256;

/// Runs everything that is due now, until nothing is. What the background does, on demand: tests and the demo use it.
///
/// # Errors
/// Those of the database.
pub async fn run_due(app: &Arc<App>) -> crate::service::Result<()> {
    loop {
        let fired = timers::fire_due(app, TIMERS).await?;
        let delivered = outbox::deliver_due(app, BATCH).await?;
        if fired == 0 && delivered == 0 {
            return Ok(());
        }
    }
}

/// Lets all open cases follow the law that is loaded, from where an earlier walk was stopped. Returns how many deadlines
/// moved cases. What the background does after a start, on demand.
///
/// # Errors
/// Those of the database.
pub async fn follow_law(app: &Arc<App>) -> crate::service::Result<usize> {
    let mut moved = 0;
    loop {
        let batch = deadlines::follow_law(app, WALK).await?;
        moved += batch.moved;
        if batch.done {
            return Ok(moved);
        }
    }
}

/// The next batch of the walk of [`follow_law`].
async fn follow_on(app: &Arc<App>) -> Walk {
    match deadlines::follow_law(app, WALK).await {
        Ok(batch) => {
            if batch.moved > 0 {
                tracing::info!(cases = batch.moved, "deadlines moved with the law");
            }
            if batch.done { Walk::Done } else { Walk::GoesOn }
        }
        Err(error) => {
            tracing::error!(error.code = error.code(), "open cases do not follow the law yet");
            Walk::Failed
        }
    }
}

/// How the walk through the open cases stands.
enum Walk {
    GoesOn,
    Failed,
    Done,
}

/// Works until told to stop, which is heard between two pieces of work. A failure is logged and tried again after a pause;
/// nothing is lost by it. Timers do not wait for the outbox: a mail server that does not answer delays no deadline.
pub async fn run(app: Arc<App>, stop: watch::Receiver<bool>) {
    if let Err(error) = try_again(&app).await {
        tracing::error!(error.code = error.code(), "what was given up is not tried again");
    }
    tokio::join!(
        fire(&app, stop.clone()),
        deliver(&app, stop.clone()),
        keep_house(&app, stop)
    );
}

/// Takes up what was given up: whoever mended the cause starts the service anew, and a deadline must not be passed over for ever.
async fn try_again(app: &App) -> crate::service::Result<()> {
    let timers = app.store.parked_timers().await?;
    let effects = app.store.dead_outbox(GIVEN_UP).await?;
    if !timers.is_empty() || !effects.is_empty() {
        tracing::info!(
            timers = timers.len(),
            effects = effects.len(),
            "what was given up is tried again"
        );
    }
    for timer in timers {
        unless_gone(app.store.unpark_timer(&timer.id).await)?;
    }
    for effect in effects {
        unless_gone(app.store.revive_outbox(&effect.id, app.now()).await)?;
    }
    Ok(())
}

/// What was written of a row. Somebody else may have dealt with it meanwhile: an erasure, another process.
fn unless_gone<T: Default>(written: Result<T, StoreError>) -> crate::service::Result<T> {
    match written {
        Err(StoreError::NotFound) => Ok(T::default()),
        written => Ok(written?),
    }
}

async fn fire(app: &Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let fired = timers::fire_due(app, TIMERS).await;
        rest(fired, "timers", &mut stop).await;
    }
}

async fn deliver(app: &Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let asked = stop.clone();
        let delivered = outbox::deliver_while(app, BATCH, || !*asked.borrow()).await;
        rest(delivered, "outbox", &mut stop).await;
    }
}

/// Sleeps unless there may be more to do.
async fn rest(done: crate::service::Result<usize>, work: &'static str, stop: &mut watch::Receiver<bool>) {
    match done {
        Ok(0) => {}
        Ok(_) => return,
        Err(error) => tracing::error!(error.code = error.code(), work, "background work failed"),
    }
    let _ = tokio::time::timeout(PAUSE, stop.changed()).await;
}

/// What other processes have done, what has had its time, and a law that changed.
async fn keep_house(app: &Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut swept = app.now();
    // Once a start and not again: of two processes with different packs none undoes what the other did, for ever.
    let mut followed = None;
    let mut mails_from = app.now();
    while !*stop.borrow() {
        let more = match turn(app).await {
            Ok(told) => told > 0,
            Err(error) => {
                tracing::error!(error.code = error.code(), "catching up with other processes failed");
                false
            }
        };
        if app.now() >= mails_from
            && let Err(error) = alert_mails::send(app).await
        {
            tracing::error!(
                error.code = error.code(),
                "who watches a mark could not be told by mail"
            );
            mails_from = app.now() + MAIL_REST;
        }
        if app.now() - swept > time::Duration::hours(1) {
            swept = app.now();
            if let Err(error) = sweep(app).await {
                tracing::error!(error.code = error.code(), "housekeeping failed");
            }
        }
        // Another pack may run when the batch is done: then its law is followed next.
        let law = app.pack().law.version().to_owned();
        if followed.as_deref() != Some(law.as_str()) {
            match follow_on(app).await {
                Walk::GoesOn => continue,
                Walk::Failed => {}
                Walk::Done => followed = Some(law),
            }
        }
        if !more {
            let _ = tokio::time::timeout(PAUSE, stop.changed()).await;
        }
    }
}

/// What [`catch_up`] does, with so much of what is new told to those who watch that nothing else waits for it long. Returns how
/// many names were looked at: none if nobody waits to be told.
async fn turn(app: &App) -> crate::service::Result<usize> {
    take_over(app).await?;
    watches::tell_some(app).await
}

async fn take_over(app: &App) -> crate::service::Result<()> {
    app.catch_up_organisations().await?;
    register::catch_up(app).await?;
    imitations::catch_up(app).await?;
    publication::catch_up(app).await?;
    Ok(())
}

/// Takes over what other processes, commands for instance, have entered: marks, names in cases, organisations, published packs;
/// and tells those who watch a mark.
///
/// # Errors
/// Those of the database and of the index.
pub async fn catch_up(app: &App) -> crate::service::Result<()> {
    take_over(app).await?;
    watches::tell(app).await?;
    Ok(())
}

/// Throws away what has had its time: drafts, replies, ended sessions, to whom mails went and what they said. Looks again at the
/// alerts of which nobody was told.
///
/// # Errors
/// Those of the database.
pub async fn sweep(app: &App) -> crate::service::Result<()> {
    let now = app.now();
    app.store.delete_expired(now).await?;
    app.store
        .delete_expired_sessions(now - app.config.retention.ended_session())
        .await?;
    while app.store.forget_mails(now - app.config.retention.sent_mail()).await? > 0 {}
    alert_mails::look_again(app).await
}
