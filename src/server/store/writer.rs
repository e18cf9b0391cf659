//! The task that owns all case commits on SQLite: commands that wait together share one commit.

use std::sync::Arc;

use sea_orm::DatabaseConnection;
use tokio::sync::{mpsc, oneshot};

use crate::store::group::{self, Command, Outcome};
use crate::store::{Counters, StoreError, begin_write, discard};

/// Commands that share a commit at most: one fsync for all of them, while the first waits little longer than alone.
const GROUP: usize = 64;

/// A command and who waits for its outcome.
pub(super) struct Job {
    pub(super) command: Command,
    pub(super) answer: oneshot::Sender<Outcome>,
}

/// How an attempt to commit commands failed.
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
pub(super) async fn run(connection: DatabaseConnection, mut jobs: mpsc::Receiver<Job>, activity: Arc<Counters>) {
    let mut waiting = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut waiting, GROUP).await > 0 {
        let (mut commands, answers): (Vec<_>, Vec<_>) =
            waiting.drain(..).map(|job: Job| (job.command, job.answer)).unzip();
        let outcomes = commit_group(&connection, &mut commands, &activity).await;
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            // A caller that has gone away does not undo what is committed.
            drop(answer.send(outcome));
        }
    }
}

/// Carries out commands in one transaction; where one spoils it for all, in one for each.
pub(super) async fn commit_group(
    connection: &DatabaseConnection,
    commands: &mut [Command],
    activity: &Counters,
) -> Vec<Outcome> {
    let failure = match attempt(connection, commands, activity).await {
        Ok(outcomes) => return outcomes,
        Err(failure) => failure,
    };
    match failure {
        // One command spoilt the statements of all: each for itself, so that it alone fails.
        Failure::Statement(_) if commands.len() > 1 => {
            let mut outcomes = Vec::with_capacity(commands.len());
            for command in commands.chunks_mut(1) {
                match attempt(connection, command, activity).await {
                    Ok(outcome) => outcomes.extend(outcome),
                    Err(failure) => outcomes.push(Err(failure.into_error().into())),
                }
            }
            outcomes
        }
        failure => {
            let error = failure.into_error();
            commands.iter().map(|_| Err(error.clone().into())).collect()
        }
    }
}

/// Carries out commands in one transaction.
pub(super) async fn attempt(
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
