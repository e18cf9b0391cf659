//! The audit log: append-only, hash-chained, written by one task so that entries that wait together share a commit.

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, EntityTrait,
};
use sea_orm::{QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

use crate::store::chain::{self, GENESIS};
use crate::store::column::Micros;
use crate::store::entity::audit;
use crate::store::row::rows_of;
use crate::store::table::{self, OnExisting};
use crate::store::writer::Failure;
use crate::store::{AuditOutcome, AuditRow, Store, StoreError, begin_write, discard};

/// Entries that share a commit at most.
const GROUP: usize = 256;
/// Version of the entry format.
const VERSION: u8 = 1;

/// A security event before it has a place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAudit {
    /// When.
    pub at: OffsetDateTime,
    /// Who, if signed in.
    pub actor_account: Option<String>,
    /// Action code.
    pub action: String,
    /// What it was done to, as `kind:id`. Never personal data: it cannot be erased.
    pub object: String,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Why, where the law asks for a reason.
    pub purpose: Option<String>,
}

/// Which entries to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By this account.
    pub actor_account: Option<String>,
    /// On this object.
    pub object: Option<String>,
    /// Before this position: for paging.
    pub before: Option<i64>,
}

/// An entry and who waits for it to be durable.
pub(super) struct Job {
    entry: NewAudit,
    answer: oneshot::Sender<Result<AuditRow, StoreError>>,
}

/// What the hash of an entry covers.
#[derive(Serialize)]
struct Covered<'a> {
    v: u8,
    id: i64,
    at: String,
    actor: Option<&'a str>,
    action: &'a str,
    object: &'a str,
    outcome: &'a str,
    purpose: Option<&'a str>,
    prev: &'a str,
}

/// The hash that an entry must have.
pub(super) fn hash_of(row: &AuditRow) -> String {
    chain::entry_hash(chain::canonical(&Covered {
        v: VERSION,
        id: row.id,
        at: chain::moment(row.at),
        actor: row.actor_account.as_deref(),
        action: &row.action,
        object: &row.object,
        outcome: row.outcome.as_str(),
        purpose: row.purpose.as_deref(),
        prev: &row.prev_hash,
    }))
}

impl Store {
    /// Appends a security event; returns when it is durable. Entries that wait together share a commit.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit(&self, entry: NewAudit) -> Result<AuditRow, StoreError> {
        let (answer, row) = oneshot::channel();
        let job = Job { entry, answer };
        self.inner.audit.send(job).await.map_err(|_| StoreError::Closed)?;
        row.await.unwrap_or(Err(StoreError::Closed))
    }

    /// What an action was allowed on, ever.
    ///
    /// # Errors
    /// The database's.
    pub async fn audited_objects(&self, action: &str) -> Result<HashSet<String>, StoreError> {
        let objects = audit::Entity::find()
            .select_only()
            .column(audit::Column::Object)
            .filter(audit::Column::Action.eq(action))
            .filter(audit::Column::Outcome.eq(AuditOutcome::Allowed.as_str()))
            .distinct();
        let objects: Vec<String> = objects.into_tuple().all(self.reader()).await?;
        Ok(objects.into_iter().collect())
    }

    /// Security events, last first.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit_log(&self, filter: &AuditFilter, limit: u64) -> Result<Vec<AuditRow>, StoreError> {
        let condition = Condition::all()
            .add_option(
                filter
                    .actor_account
                    .as_ref()
                    .map(|account| audit::Column::ActorAccount.eq(account.as_str())),
            )
            .add_option(
                filter
                    .object
                    .as_ref()
                    .map(|object| audit::Column::Object.eq(object.as_str())),
            )
            .add_option(filter.before.map(|before| audit::Column::Id.lt(before)));
        let rows = audit::Entity::find()
            .filter(condition)
            .order_by_desc(audit::Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }
}

/// Serves entries until the last store is gone.
pub(super) async fn run(connection: DatabaseConnection, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut waiting, GROUP).await > 0 {
        let (entries, answers): (Vec<_>, Vec<_>) = waiting.drain(..).map(|job: Job| (job.entry, job.answer)).unzip();
        for (answer, row) in answers.into_iter().zip(append_group(&connection, entries).await) {
            // A caller that has gone away does not undo what is committed.
            drop(answer.send(row));
        }
    }
}

/// Appends entries in one transaction; where one spoils it for all, in one for each.
async fn append_group(connection: &DatabaseConnection, entries: Vec<NewAudit>) -> Vec<Result<AuditRow, StoreError>> {
    match append(connection, entries.clone()).await {
        Ok(rows) => rows.into_iter().map(Ok).collect(),
        Err(Failure::Statement(error)) if entries.len() > 1 && !error.is_transient() => {
            one_by_one(connection, entries).await
        }
        // What failed in the commit itself may hold: appended again, it would stand there twice.
        Err(failure) => {
            let error = failure.into_error();
            entries.iter().map(|_| Err(error.clone())).collect()
        }
    }
}

/// Appends each entry in its own transaction. Where the database is lost meanwhile, those that are left do not wait for it one after the
/// other.
async fn one_by_one(connection: &DatabaseConnection, entries: Vec<NewAudit>) -> Vec<Result<AuditRow, StoreError>> {
    let (mut outcomes, mut lost) = (Vec::with_capacity(entries.len()), None);
    for entry in entries {
        let done = match &lost {
            Some(error) => Err(StoreError::clone(error)),
            None => append(connection, vec![entry]).await.map_err(Failure::into_error),
        };
        if let Err(error) = &done
            && error.is_transient()
        {
            lost = Some(error.clone());
        }
        outcomes.push(done.and_then(|rows| rows.into_iter().next().ok_or(StoreError::Closed)));
    }
    outcomes
}

async fn append(connection: &DatabaseConnection, entries: Vec<NewAudit>) -> Result<Vec<AuditRow>, Failure> {
    let tx = begin_write(connection).await.map_err(Failure::Statement)?;
    match append_in(&tx, entries).await {
        Ok(rows) => match tx.commit().await {
            Ok(()) => Ok(rows),
            Err(error) => {
                discard(connection).await;
                Err(Failure::Commit(error.into()))
            }
        },
        Err(error) => {
            // The first failure is the one to report, whatever becomes of the roll-back.
            drop(tx.rollback().await);
            discard(connection).await;
            Err(Failure::Statement(error))
        }
    }
}

async fn append_in(tx: &DatabaseTransaction, entries: Vec<NewAudit>) -> Result<Vec<AuditRow>, StoreError> {
    if tx.get_database_backend() == DbBackend::Postgres {
        // Other processes append too, and a chain has one end. Readers are not held up.
        tx.execute_unprepared("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE")
            .await?;
    }
    let last = audit::Entity::find().order_by_desc(audit::Column::Id).one(tx).await?;
    let (mut id, mut prev) = last.map_or_else(|| (0, GENESIS.to_owned()), |row| (row.id, row.hash));
    let rows: Vec<AuditRow> = entries
        .into_iter()
        .map(|entry| {
            id += 1;
            let mut row = AuditRow {
                id,
                at: Micros::from(entry.at).into(),
                actor_account: entry.actor_account,
                action: entry.action,
                object: entry.object,
                outcome: entry.outcome,
                purpose: entry.purpose,
                prev_hash: prev.clone(),
                hash: String::new(),
            };
            row.hash = hash_of(&row);
            prev.clone_from(&row.hash);
            row
        })
        .collect();
    table::insert::<audit::Entity, _>(tx, rows.clone(), OnExisting::Fail).await?;
    Ok(rows)
}
