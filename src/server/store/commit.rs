//! The one commit pattern: load, decide, write everything together, answer.

use std::any::Any;

use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::store::group::Command;
use crate::store::writer::{self, Job};
use crate::store::{CaseCommand, CommitError, Committed, Store, StoreError};

impl Store {
    /// Carries out a command: loads the case, lets it decide, and writes the case, its event, timers and effects in one
    /// transaction, or nothing. Commands that wait together share one commit; on PostgreSQL it locks the rows of their cases.
    ///
    /// Once it is in the queue it runs to its end, even if the caller goes away.
    ///
    /// # Errors
    /// [`CommitError`]; nothing was written then. After a lost connection during the commit itself that is not known:
    /// repeat with the same idempotency key.
    pub async fn commit<R: Send + 'static>(&self, command: CaseCommand<R>) -> Result<Committed, CommitError<R>> {
        let (command, (answer, outcome)) = (erase(command), oneshot::channel());
        let outcome = match self.inner.queue.send(Job { command, answer }).await {
            Ok(()) => outcome.await.unwrap_or(Err(StoreError::Closed.into())),
            Err(_) => Err(StoreError::Closed.into()),
        };
        outcome.map_err(restore)
    }

    /// Carries out commands that wait for nobody: timers that are due. On PostgreSQL they share a transaction that passes
    /// over the cases that others hold; on SQLite the writer takes them as it takes all.
    ///
    /// # Errors
    /// One outcome for each command, in order; see [`Store::commit`].
    pub async fn commit_all<R: Send + 'static>(
        &self,
        commands: Vec<CaseCommand<R>>,
    ) -> Vec<Result<Committed, CommitError<R>>> {
        if !self.is_postgres() {
            return join_all(commands.into_iter().map(|command| self.commit(command))).await;
        }
        let (store, count) = (self.clone(), commands.len());
        let mut commands: Vec<Command> = commands.into_iter().map(erase).collect();
        let task = tokio::spawn(async move {
            writer::commit_group(&store.inner.write, &mut commands, &store.inner.activity).await
        });
        let outcomes = task
            .await
            .unwrap_or_else(|_| (0..count).map(|_| Err(StoreError::Closed.into())).collect());
        outcomes.into_iter().map(|outcome| outcome.map_err(restore)).collect()
    }
}

/// Hides the type of the rejection, so that commands of all kinds share one queue.
fn erase<R: Send + 'static>(command: CaseCommand<R>) -> Command {
    let CaseCommand {
        target,
        idempotency,
        needs,
        series,
        mut decide,
    } = command;
    CaseCommand {
        target,
        idempotency,
        needs,
        series,
        decide: Box::new(move |loaded| decide(loaded).map_err(|rejection| Box::new(rejection) as Box<dyn Any + Send>)),
    }
}

/// The opposite of [`erase`].
fn restore<R: 'static>(error: CommitError<Box<dyn Any + Send>>) -> CommitError<R> {
    match error {
        CommitError::Rejected(rejection) => match rejection.downcast::<R>() {
            Ok(rejection) => CommitError::Rejected(*rejection),
            // `erase` put an `R` in: another type would be a fault of this file.
            Err(_) => CommitError::Store(StoreError::DecisionPanicked),
        },
        CommitError::IdempotencyConflict => CommitError::IdempotencyConflict,
        CommitError::NotFound => CommitError::NotFound,
        CommitError::AlreadyExists => CommitError::AlreadyExists,
        CommitError::TimerGone => CommitError::TimerGone,
        CommitError::Store(error) => CommitError::Store(error),
    }
}
