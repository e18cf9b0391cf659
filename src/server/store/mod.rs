//! Persistence: the only place that opens transactions and knows entities.
//!
//! Two engines stand behind the same functions: a SQLite file and a PostgreSQL server. Everything that changes a case goes
//! through [`Store::commit`]; everything else is a named function of its aggregate.

mod accounts;
mod audit;
mod backup;
mod cases;
mod chain;
mod code;
mod column;
mod command;
mod commit;
mod connect;
mod disclosure;
mod entity;
mod erase;
mod error;
mod group;
mod history;
mod marks;
mod names;
mod organisations;
mod outbox;
mod peers;
mod reach;
mod register;
mod revision;
mod row;
mod settings;
mod table;
mod telling;
mod timers;
mod verify;
mod workflows;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::mpsc;

pub use self::audit::{AuditFilter, NewAudit};
pub use self::backup::{Manifest, TableManifest};
pub use self::cases::{CaseBundle, CaseCount, CaseCursor, CaseFilter, CaseOrder, EXCLUDED};
pub use self::chain::{Entry, GENESIS, canonical, canonical_json, entry_hash, moment, payload_hash};
pub use self::code::{AuditOutcome, CaseStatus, FilingMode, MailState, SessionKind, TimerState, UnknownCode};
pub use self::column::{from_micros, micros};
pub use self::command::{
    CaseChange, CaseCommand, Committed, Decide, Idempotency, Loaded, Needs, NewDisclosure, NewEvent, NewIdentity,
    NewNotice, NewOutbox, NewTimer, Numbers, Target,
};
pub use self::connect::StoreConfig;
pub use self::disclosure::{Disclosed, DisclosedBefore};
pub use self::erase::{DRAWN, NOTICE};
pub use self::error::{CommitError, StoreError};
pub use self::history::{CaseHistory, DocumentNumber};
pub use self::marks::RegisterChange;
pub use self::outbox::NEWS;
pub use self::reach::{OfficeReach, Reach};
pub use self::register::Imported;
pub use self::revision::Revisions;
pub use self::row::*;
pub use self::telling::NoticeMail;
pub use self::verify::{Finding, Flaw, VerifyReport};

use self::writer::Job;

/// The database. Cloning is cheap: all clones share connections and the writer.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    /// SQLite: the one connection that writes. PostgreSQL: the pool.
    write: DatabaseConnection,
    /// SQLite: connections that only read. PostgreSQL: the same pool.
    read: DatabaseConnection,
    /// The queue of the writer.
    queue: mpsc::Sender<Job>,
    /// The queue of the task that writes the audit log.
    audit: mpsc::Sender<audit::Job>,
    activity: Arc<Counters>,
}

/// Running totals since the store was opened.
#[derive(Default)]
struct Counters {
    commands: AtomicU64,
    commits: AtomicU64,
}

impl Counters {
    fn committed(&self, commands: usize) {
        self.commands
            .fetch_add(u64::try_from(commands).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Relaxed);
    }
}

/// How much the writer did since the store was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Case commands that were written.
    pub commands: u64,
    /// Transactions that they took; fewer than `commands` where several shared one.
    pub commits: u64,
}

/// What a transaction body gives back.
type Body<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

impl Store {
    /// Whether the database is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.inner.write.get_database_backend() == DbBackend::Postgres
    }

    /// How much was committed since the store was opened.
    #[must_use]
    pub fn activity(&self) -> Activity {
        Activity {
            commands: self.inner.activity.commands.load(Ordering::Relaxed),
            commits: self.inner.activity.commits.load(Ordering::Relaxed),
        }
    }

    /// Closes all connections after the running statements; on SQLite the log is folded into the file.
    ///
    /// # Errors
    /// The engine's refusal to close.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.inner.read.close_by_ref().await?;
        self.inner.write.close_by_ref().await?;
        Ok(())
    }

    /// Where reads go.
    fn reader(&self) -> &DatabaseConnection {
        &self.inner.read
    }

    /// Runs `body` in one write transaction of its own. It runs as a task: a caller that goes away (a closed browser)
    /// cannot leave the transaction half done.
    async fn write<T, F>(&self, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a DatabaseTransaction) -> Body<'a, T> + Send + 'static,
    {
        let connection = self.inner.write.clone();
        let task = tokio::spawn(async move { transact(&connection, body).await });
        task.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Begins a transaction that sees one snapshot and cannot write.
    #[expect(clippy::disallowed_methods, reason = "the one place where read transactions begin")]
    async fn snapshot(&self) -> Result<DatabaseTransaction, StoreError> {
        let options = match self.inner.read.get_database_backend() {
            DbBackend::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
            // A deferred SQLite transaction in WAL mode keeps the snapshot of its first read.
            _ => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
                ..TransactionOptions::default()
            },
        };
        Ok(self.inner.read.begin_with_options(options).await?)
    }
}

/// Runs `body` in one write transaction.
async fn transact<T, F>(connection: &DatabaseConnection, body: F) -> Result<T, StoreError>
where
    F: for<'a> FnOnce(&'a DatabaseTransaction) -> Body<'a, T>,
{
    let tx = begin_write(connection).await?;
    match body(&tx).await {
        Ok(value) => match tx.commit().await {
            Ok(()) => Ok(value),
            Err(error) => {
                discard(connection).await;
                Err(error.into())
            }
        },
        Err(error) => {
            // The first failure is the one to report, whatever becomes of the roll-back.
            let clean = tx.rollback().await.is_ok();
            if !clean || error.spoils_the_connection() {
                discard(connection).await;
            }
            Err(error)
        }
    }
}

/// Closes the one connection that writes a SQLite file, after a failure inside a transaction.
///
/// On a full disk SQLite may have rolled back by itself, or not: a connection of which that is not known could take later
/// writes into a transaction that never commits, and they would be acknowledged. Its successor begins clean.
async fn discard(connection: &DatabaseConnection) {
    if connection.get_database_backend() == DbBackend::Sqlite
        && let Ok(spoilt) = connection.get_sqlite_connection_pool().acquire().await
    {
        drop(spoilt.close().await);
    }
}

/// Begins a write transaction. SQLite takes the write lock at once, so that it cannot fail half-way for another writer.
#[expect(clippy::disallowed_methods, reason = "the one place where write transactions begin")]
async fn begin_write(connection: &DatabaseConnection) -> Result<DatabaseTransaction, StoreError> {
    let options = TransactionOptions {
        sqlite_transaction_mode: (connection.get_database_backend() == DbBackend::Sqlite)
            .then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    Ok(connection.begin_with_options(options).await?)
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use sea_orm::ConnectionTrait as _;

    use super::{AuditFilter, AuditOutcome, NewAudit, Store, StoreConfig, StoreError};

    /// A store and its directory.
    async fn fresh() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite://{}", dir.path().join("test.db").display());
        let store = Store::open(&StoreConfig {
            url,
            read_connections: 2,
        })
        .await
        .expect("open");
        store.migrate().await.expect("migrate");
        (dir, store)
    }

    /// A store in which there is no room for more, and its directory.
    async fn full() -> (tempfile::TempDir, Store) {
        let (dir, store) = fresh().await;
        // The engine's own way to say that there is no room: no page beyond those that exist.
        store
            .inner
            .write
            .execute_unprepared("PRAGMA max_page_count = 1")
            .await
            .expect("the pragma");
        (dir, store)
    }

    #[tokio::test]
    async fn after_a_full_disk_the_next_write_is_committed_and_seen_by_readers() {
        let (_dir, store) = full().await;
        let refused = store.put_setting("big", &"x".repeat(1 << 20)).await;
        assert!(matches!(refused, Err(StoreError::DiskFull)), "{refused:?}");
        store.put_setting("small", "kept").await.expect("there is room again");
        assert_eq!(store.setting("small").await.expect("read").as_deref(), Some("kept"));
        assert_eq!(store.setting("big").await.expect("read"), None);
    }

    fn entry(object: &str) -> NewAudit {
        NewAudit {
            at: time::OffsetDateTime::UNIX_EPOCH,
            actor_account: None,
            action: "session.open".to_owned(),
            object: object.to_owned(),
            outcome: AuditOutcome::Allowed,
            purpose: None,
        }
    }

    #[tokio::test]
    async fn an_audit_entry_that_is_refused_fails_alone_among_those_that_wait_with_it() {
        let (_dir, store) = fresh().await;
        let refusing = "CREATE TRIGGER refusing BEFORE INSERT ON audit WHEN NEW.object = 'bad' \
                        BEGIN SELECT RAISE(ABORT, 'refused'); END";
        let made = store.inner.write.execute_unprepared(refusing).await;
        made.expect("the trigger");
        let objects = ["session:a", "bad", "session:b"];
        let written = join_all(objects.map(|object| store.audit(entry(object)))).await;
        let ids: Vec<Option<i64>> = written.into_iter().map(|row| row.ok().map(|row| row.id)).collect();
        assert_eq!(ids, [Some(1), None, Some(2)]);
        let report = store.verify(|_| {}).await.expect("verified");
        assert_eq!((report.audit_entries, report.findings), (2, vec![]));
    }

    #[tokio::test]
    async fn after_a_full_disk_the_audit_log_goes_on() {
        let (_dir, store) = full().await;
        let refused = store.audit(entry(&"x".repeat(1 << 20))).await;
        assert!(matches!(refused, Err(StoreError::DiskFull)), "{refused:?}");
        let written = store.audit(entry("session:a")).await;
        written.expect("there is room again");
        let log = store.audit_log(&AuditFilter::default(), 9).await.expect("read");
        let objects: Vec<&str> = log.iter().map(|row| row.object.as_str()).collect();
        assert_eq!(objects, ["session:a"]);
    }
}
