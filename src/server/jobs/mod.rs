//! Work after the commit: timers that fall due, the outbox, housekeeping. Each piece is idempotent and may run again.

mod outbox;

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::{
    app::App,
    service::{register, timers},
};

pub use self::outbox::deliver_due;

/// Longest sleep between two looks: the database is the truth, waking early is only a courtesy.
const PAUSE: Duration = Duration::from_secs(1);
/// How many timers and effects are taken at once.
const BATCH: u64 = 64;

/// Runs everything that is due now, until nothing is. What the background does, on demand: tests and the demo use it.
///
/// # Errors
/// Those of the database.
pub async fn run_due(app: &Arc<App>) -> crate::service::Result<()> {
    loop {
        let fired = timers::fire_due(app, BATCH).await?;
        let delivered = outbox::deliver_due(app, BATCH).await?;
        if fired == 0 && delivered == 0 {
            return Ok(());
        }
    }
}

/// Works until told to stop. A failure is logged and tried again after a pause; nothing is lost by it.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut swept = app.now();
    while !*stop.borrow() {
        if let Err(error) = catch_up(&app).await {
            tracing::error!(error.code = error.code(), "catching up with other processes failed");
        }
        if let Err(error) = run_due(&app).await {
            tracing::error!(error.code = error.code(), "background work failed");
        }
        if app.now() - swept > time::Duration::hours(1) {
            swept = app.now();
            if let Err(error) = sweep(&app).await {
                tracing::error!(error.code = error.code(), "housekeeping failed");
            }
        }
        let _ = tokio::time::timeout(PAUSE, stop.changed()).await;
    }
}

/// Takes over what other processes, commands for instance, have entered: marks and organisations.
///
/// # Errors
/// Those of the database and of the index.
pub async fn catch_up(app: &App) -> crate::service::Result<()> {
    app.catch_up_organisations().await?;
    register::catch_up(app).await?;
    Ok(())
}

/// Throws away what has had its time: drafts, replies, ended sessions.
///
/// # Errors
/// Those of the database.
pub async fn sweep(app: &App) -> crate::service::Result<()> {
    let now = app.now();
    app.store.delete_expired(now).await?;
    app.store
        .delete_expired_sessions(now - app.config.retention.ended_session())
        .await?;
    Ok(())
}
