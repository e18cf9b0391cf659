//! The tasks that own all case commits: commands that wait together share one commit.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbBackend};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;

use crate::store::group::{self, Command, Outcome};
use crate::store::{Counters, StoreError, begin_write, discard};

/// Commands that share a commit at most: one fsync for all of them, while the first waits little longer than alone.
const GROUP: usize = 64;
/// How often a transaction of PostgreSQL is tried that another one got in the way of, or that lost its connection before the
/// commit.
const ATTEMPTS: u32 = 5;

/// How long commands are tried again: who waits for a connection in vain so long need not wait five times.
const HELD_UP: Duration = Duration::from_secs(4);

/// Commands that wait for the writer or its helper.
pub(super) type Waiting = Arc<Mutex<mpsc::Receiver<Job>>>;

/// A command and who waits for its outcome.
pub(super) struct Job {
    pub(super) command: Command,
    pub(super) answer: oneshot::Sender<Outcome>,
}

/// How an attempt to commit what waits together failed.
pub(super) enum Failure {
    /// Before the commit: nothing was written, and smaller attempts may succeed.
    Statement(StoreError),
    /// In the commit itself: it is not known whether it holds, so only the caller, with its idempotency key, may repeat.
    Commit(StoreError),
}

impl Failure {
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Statement(error) | Self::Commit(error) => error,
        }
    }
}

/// Serves commands until the last [`Store`](crate::store::Store) is gone. Takes whatever waits, and never waits for more.
pub(super) async fn run(connection: DatabaseConnection, waiting: Waiting, activity: Arc<Counters>) {
    let mut jobs = Vec::with_capacity(GROUP);
    while waiting.lock().await.recv_many(&mut jobs, GROUP).await > 0 {
        serve(&connection, &mut jobs, &activity).await;
    }
}

/// How long a helper leaves the commands that wait to the writer proper, looking so often.
const PATIENCE: Duration = Duration::from_millis(50);
const LOOK: Duration = Duration::from_millis(5);

/// Serves commands beside [`run`], on PostgreSQL: where as many wait as one group takes, or some for long, because the writer
/// is held up at a row that another process has. Else one writer does better alone: larger groups share a commit, and all
/// documents of an office draw their numbers from one row, which is locked up to the commit.
pub(super) async fn help(connection: DatabaseConnection, waiting: Waiting, activity: Arc<Counters>) {
    let (mut jobs, mut seen) = (Vec::with_capacity(GROUP), Duration::ZERO);
    loop {
        let mut queue = waiting.lock().await;
        if queue.is_closed() && queue.is_empty() {
            return;
        }
        if queue.is_empty() || (queue.len() < GROUP && seen < PATIENCE) {
            seen = if queue.is_empty() { Duration::ZERO } else { seen + LOOK };
            drop(queue);
            tokio::time::sleep(LOOK).await;
            continue;
        }
        queue.recv_many(&mut jobs, GROUP).await;
        drop(queue);
        seen = Duration::ZERO;
        serve(&connection, &mut jobs, &activity).await;
    }
}

/// Carries out what was taken, and answers.
async fn serve(connection: &DatabaseConnection, jobs: &mut Vec<Job>, activity: &Counters) {
    let (mut commands, answers): (Vec<_>, Vec<_>) = jobs.drain(..).map(|job| (job.command, job.answer)).unzip();
    let outcomes = commit_group(connection, &mut commands, activity).await;
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // A caller that has gone away does not undo what is committed.
        drop(answer.send(outcome));
    }
}

/// Carries out commands in one transaction; where one spoils it for all, in one for each.
pub(super) async fn commit_group(
    connection: &DatabaseConnection,
    commands: &mut [Command],
    activity: &Counters,
) -> Vec<Outcome> {
    match persist(connection, commands, activity).await {
        Ok(outcomes) => outcomes,
        // One command spoilt the statements of all: each for itself, so that it alone fails.
        Err(Failure::Statement(error)) if commands.len() > 1 && !matches!(error, StoreError::Unavailable) => {
            one_by_one(connection, commands, activity).await
        }
        Err(failure) => {
            let error = failure.into_error();
            commands.iter().map(|_| Err(error.clone().into())).collect()
        }
    }
}

/// Carries out each command in its own transaction. Where the database is lost meanwhile, those that are left do not wait for
/// it one after the other.
async fn one_by_one(connection: &DatabaseConnection, commands: &mut [Command], activity: &Counters) -> Vec<Outcome> {
    let (mut outcomes, mut lost) = (Vec::with_capacity(commands.len()), false);
    for command in commands.chunks_mut(1) {
        let done = match lost {
            true => Err(StoreError::Unavailable),
            false => persist(connection, command, activity)
                .await
                .map_err(Failure::into_error),
        };
        match done {
            Ok(outcome) => outcomes.extend(outcome),
            Err(error) => {
                lost = matches!(error, StoreError::Unavailable);
                outcomes.push(Err(error.into()));
            }
        }
    }
    outcomes
}

/// Carries out commands in one transaction; on PostgreSQL again where another process got in the way, or a connection was lost
/// before the commit and there is another.
async fn persist(
    connection: &DatabaseConnection,
    commands: &mut [Command],
    activity: &Counters,
) -> Result<Vec<Outcome>, Failure> {
    let shared = connection.get_database_backend() == DbBackend::Postgres;
    let (mut tries, begun) = (1, Instant::now());
    loop {
        match attempt(connection, commands, activity).await {
            Err(Failure::Statement(StoreError::Contention | StoreError::Unavailable))
                if shared && tries < ATTEMPTS && begun.elapsed() < HELD_UP =>
            {
                tries += 1;
            }
            done => return done,
        }
    }
}

/// Carries out commands in one transaction.
async fn attempt(
    connection: &DatabaseConnection,
    commands: &mut [Command],
    activity: &Counters,
) -> Result<Vec<Outcome>, Failure> {
    let tx = begin_write(connection).await.map_err(Failure::Statement)?;
    match group::run(&tx, commands).await {
        Ok(done) if done.written > 0 => {
            if let Err(error) = tx.commit().await {
                discard(connection).await;
                return Err(Failure::Commit(error.into()));
            }
            activity.committed(done.written);
            Ok(done.outcomes)
        }
        // Replays and refusals wrote nothing: no reason for an fsync.
        Ok(done) => {
            tx.rollback().await.map_err(|error| Failure::Statement(error.into()))?;
            Ok(done.outcomes)
        }
        Err(error) => {
            // The first failure is the one to report, whatever becomes of the roll-back.
            drop(tx.rollback().await);
            discard(connection).await;
            Err(Failure::Statement(error))
        }
    }
}
