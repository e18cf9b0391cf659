//! Opening the database, its settings that make an acknowledged write durable, and its schema.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tokio::sync::{Mutex, mpsc};
use zhengming_migrations::{Migrator, MigratorTrait, SchemaManager};

use crate::store::entity::setting;
use crate::store::table::{self, OnExisting};
use crate::store::{Counters, Inner, SettingRow, Store, StoreError, audit, writer};

/// How long a statement waits for a lock.
const BUSY: Duration = Duration::from_secs(5);
/// How long a caller waits for a connection: less than an operation may take, so that whoever asks while the database is
/// lost is told that, and in words.
const ACQUIRE: Duration = Duration::from_secs(5);
/// Prepared statements kept for each connection: a group's multi-row statements differ by their number of rows.
const STATEMENT_CACHE: usize = 512;
/// Rows that SQLite's thread may read ahead; a group's rows fit in.
const ROW_BUFFER: usize = 1_024;
/// Pages of 4 KiB in SQLite's log before it is folded into the file.
const LOG_PAGES: &str = "8000";
/// Memory for pages, of each connection; SQLite takes a negative number as KiB.
const CACHE_KIB: &str = "-32000";
/// Commands that may wait for the writer before callers have to wait themselves.
const QUEUE: usize = 1_024;
/// The table in which the migration library keeps what was applied.
const MIGRATION_TABLE: &str = "seaql_migrations";

/// Where the database is.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// `sqlite://path` or `postgres://…`. May hold a password: keep it out of logs.
    pub url: String,
    /// Connections for reading; on PostgreSQL connections in all.
    pub read_connections: u32,
}

impl Store {
    /// Opens the database and checks that it keeps what it acknowledges. Does not change its schema.
    ///
    /// # Errors
    /// [`StoreError::UnsupportedUrl`], [`StoreError::Unavailable`], [`StoreError::NotDurable`],
    /// [`StoreError::NewerDatabase`] for a schema of a later version of the program.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let store = if config.url.starts_with("sqlite:") {
            open_sqlite(config).await?
        } else if config.url.starts_with("postgres:") || config.url.starts_with("postgresql:") {
            open_postgres(config).await?
        } else {
            return Err(StoreError::UnsupportedUrl);
        };
        store.refuse_newer().await?;
        Ok(store)
    }

    /// Brings the schema to the version of this program.
    ///
    /// # Errors
    /// [`StoreError::NewerDatabase`], or the failure of a step; steps are transactions, so none is half done.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.refuse_newer().await?;
        Migrator::up(&self.inner.write, None).await?;
        Ok(())
    }

    /// Names of the migrations that were applied, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn migrations(&self) -> Result<Vec<String>, StoreError> {
        let connection = &self.inner.write;
        if !SchemaManager::new(connection).has_table(MIGRATION_TABLE).await? {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT version FROM {MIGRATION_TABLE} ORDER BY version");
        let rows = connection
            .query_all_raw(Statement::from_string(connection.get_database_backend(), sql))
            .await?;
        rows.iter().map(|row| Ok(row.try_get("", "version")?)).collect()
    }

    async fn refuse_newer(&self) -> Result<(), StoreError> {
        let known: Vec<String> = Migrator::migrations()
            .iter()
            .map(|step| step.name().to_owned())
            .collect();
        match self
            .migrations()
            .await?
            .into_iter()
            .find(|applied| !known.contains(applied))
        {
            Some(found) => Err(StoreError::NewerDatabase {
                found,
                known: known.last().cloned().unwrap_or_default(),
            }),
            None => Ok(()),
        }
    }

    /// Asks the database for an answer, as reads do.
    ///
    /// # Errors
    /// The database's.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.inner.read.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Proves that the database still takes writes, by one.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`], [`StoreError::ReadOnly`] or [`StoreError::Unavailable`], as the case may be.
    pub async fn probe_write(&self, now: time::OffsetDateTime) -> Result<(), StoreError> {
        let row = SettingRow {
            key: "probe.write".to_owned(),
            value: now.unix_timestamp().to_string(),
        };
        self.write(move |tx| Box::pin(table::insert::<setting::Entity, _>(tx, vec![row], OnExisting::Replace)))
            .await
    }
}

fn quiet(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    // Statements carry complaint texts: neither logs nor spans may show them.
    options
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false);
    options
}

async fn open_sqlite(config: &StoreConfig) -> Result<Store, StoreError> {
    create_private(&config.url)?;
    let durable = |options: SqliteConnectOptions| {
        options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            // What is erased must leave no bytes behind, and a crafted file must not call functions from its schema.
            .pragma("secure_delete", "ON")
            .pragma("trusted_schema", "OFF")
            // Pages that many commits touch are copied from the log to the file once for all of them.
            .pragma("wal_autocheckpoint", LOG_PAGES)
            .pragma("cache_size", CACHE_KIB)
            // What a statement of many rows would need to undo itself stays in memory; none of it outlives the commit.
            .pragma("temp_store", "MEMORY")
            .statement_cache_capacity(STATEMENT_CACHE)
            .row_buffer_size(ROW_BUFFER)
    };
    let mut options = quiet(&config.url);
    options
        .max_connections(1)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .map_sqlx_sqlite_opts(durable);
    let write = Database::connect(options).await?;

    let mut options = quiet(&config.url);
    options
        .max_connections(config.read_connections.max(1))
        .max_lifetime(None::<Duration>)
        .map_sqlx_sqlite_opts(move |options| durable(options).pragma("query_only", "ON"));
    let read = Database::connect(options).await?;

    let audit = keep_audit_log(&write);
    let (queue, activity) = start_writers(&write);
    Ok(Store {
        inner: Arc::new(Inner {
            write,
            read,
            queue,
            audit,
            activity,
        }),
    })
}

/// Starts the task that writes cases, on PostgreSQL with a helper.
fn start_writers(connection: &DatabaseConnection) -> (mpsc::Sender<writer::Job>, Arc<Counters>) {
    let activity = Arc::new(Counters::default());
    let (queue, jobs) = mpsc::channel(QUEUE);
    let waiting = Arc::new(Mutex::new(jobs));
    let work = || (connection.clone(), Arc::clone(&waiting), Arc::clone(&activity));
    let (to, from, count) = work();
    tokio::spawn(writer::run(to, from, count));
    if connection.get_database_backend() == DbBackend::Postgres {
        let (to, from, count) = work();
        tokio::spawn(writer::help(to, from, count));
    }
    (queue, activity)
}

/// Starts the task that writes the audit log.
fn keep_audit_log(connection: &DatabaseConnection) -> mpsc::Sender<audit::Job> {
    let (queue, jobs) = mpsc::channel(QUEUE);
    tokio::spawn(audit::run(connection.clone(), jobs));
    queue
}

/// Makes the file before SQLite does, readable by its owner alone; SQLite gives the log files the same rights.
fn create_private(url: &str) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|_| StoreError::UnsupportedUrl)?;
    let path = options.get_filename();
    // A database in memory has a name that no file can have; each connection to it would see one of its own.
    if path.to_string_lossy().starts_with("file:") || path.as_os_str() == ":memory:" {
        return Err(StoreError::UnsupportedUrl);
    }
    let mut file = std::fs::OpenOptions::new();
    file.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop).map_err(|_| StoreError::Unavailable)
}

async fn open_postgres(config: &StoreConfig) -> Result<Store, StoreError> {
    let mut options = quiet(&config.url);
    options
        .max_connections(config.read_connections.max(3))
        .set_application_name("zhengming")
        .test_before_acquire_if_idle_for(BUSY)
        .map_sqlx_postgres_opts(|options| options.statement_cache_capacity(STATEMENT_CACHE));
    let pool = Database::connect(options).await?;
    refuse_lossy(&pool).await?;
    let audit = keep_audit_log(&pool);
    let (queue, activity) = start_writers(&pool);
    Ok(Store {
        inner: Arc::new(Inner {
            write: pool.clone(),
            read: pool,
            queue,
            audit,
            activity,
        }),
    })
}

/// Refuses a server that acknowledges what it may lose.
async fn refuse_lossy(pool: &DatabaseConnection) -> Result<(), StoreError> {
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let sql = format!("SELECT current_setting('{setting}') AS value");
        let row = pool
            .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await?;
        let value: Option<String> = row.map(|row| row.try_get("", "value")).transpose()?;
        if value.is_none_or(|value| value == "off") {
            return Err(StoreError::NotDurable {
                setting: setting.to_owned(),
            });
        }
    }
    Ok(())
}
