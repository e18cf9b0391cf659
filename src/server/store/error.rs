//! What can go wrong with the database, as stable codes. Messages never carry values: those may be personal.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr, SqlxError};
use thiserror::Error;

/// A failure of the store.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// The URL names no engine that the store knows, or no file.
    #[error("database url must begin with sqlite: or postgres:")]
    UnsupportedUrl,
    /// The schema was made by a newer version of the program.
    #[error("database has migration {found}, newer than the last one known here, {known}")]
    NewerDatabase {
        /// A migration that was applied and is unknown here.
        found: String,
        /// The last migration known here.
        known: String,
    },
    /// A server setting would let acknowledged writes be lost.
    #[error("postgresql setting {setting} is off: acknowledged writes could be lost")]
    NotDurable {
        /// Name of the setting.
        setting: String,
    },
    /// A unique value exists already.
    #[error("a row with this unique value exists")]
    Duplicate,
    /// A row refers to one that does not exist.
    #[error("a row refers to a missing row")]
    DanglingReference,
    /// The row to be changed does not exist, or is not in the state that the change needs.
    #[error("no such row")]
    NotFound,
    /// The disk is full.
    #[error("the disk of the database is full")]
    DiskFull,
    /// The connection to the database was lost or refused.
    #[error("the database is not reachable")]
    Unavailable,
    /// In the time that a caller may wait no connection became free or could be made.
    #[error("no connection to the database in time")]
    Busy,
    /// The database may only be read.
    #[error("the database is read-only")]
    ReadOnly,
    /// The database file is damaged or no database.
    #[error("the database is damaged")]
    Damaged,
    /// Another transaction was in the way; trying again is safe.
    #[error("another transaction was in the way")]
    Contention,
    /// A value in the database cannot be read as what it should be.
    #[error("a stored value cannot be read")]
    UnreadableValue,
    /// A command asked for a number of a series that it had not declared.
    #[error("number series was not declared by the command")]
    UndeclaredSeries,
    /// A number series has no number left: its counter was set to the highest.
    #[error("number series has no number left")]
    ExhaustedSeries,
    /// A decision panicked. Nothing was written.
    #[error("a decision panicked")]
    DecisionPanicked,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// Reading or writing a backup failed.
    #[error("backup: {reason}")]
    Backup {
        /// What is wrong, without any value of a row.
        reason: String,
    },
    /// Any other failure of the database.
    #[error("the database refused a statement (code {code})")]
    Database {
        /// The engine's own error code; empty if it gave none.
        code: String,
    },
}

impl StoreError {
    /// Whether the connection on which it happened may be in a state that nobody knows.
    pub(super) const fn spoils_the_connection(&self) -> bool {
        matches!(
            self,
            Self::DiskFull | Self::Damaged | Self::ReadOnly | Self::Database { .. }
        )
    }

    /// A stable code for programs and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnsupportedUrl => "STORE_UNSUPPORTED_URL",
            Self::NewerDatabase { .. } => "STORE_NEWER_DATABASE",
            Self::NotDurable { .. } => "STORE_NOT_DURABLE",
            Self::Duplicate => "STORE_DUPLICATE",
            Self::DanglingReference => "STORE_DANGLING_REFERENCE",
            Self::NotFound => "STORE_NOT_FOUND",
            Self::DiskFull => "STORE_DISK_FULL",
            Self::Unavailable => "STORE_UNAVAILABLE",
            Self::Busy => "STORE_BUSY",
            Self::ReadOnly => "STORE_READ_ONLY",
            Self::Damaged => "STORE_DAMAGED",
            Self::Contention => "STORE_CONTENTION",
            Self::UnreadableValue => "STORE_UNREADABLE_VALUE",
            Self::UndeclaredSeries => "STORE_UNDECLARED_SERIES",
            Self::ExhaustedSeries => "STORE_EXHAUSTED_SERIES",
            Self::DecisionPanicked => "STORE_DECISION_PANICKED",
            Self::Closed => "STORE_CLOSED",
            Self::Backup { .. } => "STORE_BACKUP",
            Self::Database { .. } => "STORE_DATABASE",
        }
    }

    /// Whether any request would have failed at that moment: the fault is the database's, not the request's.
    #[must_use]
    pub const fn concerns_all(&self) -> bool {
        self.is_transient() || matches!(self, Self::DiskFull | Self::ReadOnly | Self::Damaged | Self::Closed)
    }

    /// Whether the same request may succeed a moment later without any change.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable | Self::Busy | Self::Contention)
    }
}

/// Engine's code → what it means. SQLite gives primary or extended result codes, PostgreSQL gives SQLSTATE.
fn by_engine_code(code: &str) -> StoreError {
    // An SQLite result code is a number below 10000 whose low byte is the primary code; a SQLSTATE has five characters.
    if code.len() < 5
        && let Ok(number) = code.parse::<u32>()
    {
        return match number & 0xff {
            5 | 6 => StoreError::Contention,
            8 => StoreError::ReadOnly,
            10 | 14 => StoreError::Unavailable,
            11 | 26 => StoreError::Damaged,
            13 => StoreError::DiskFull,
            _ => StoreError::Database { code: code.to_owned() },
        };
    }
    match code {
        "53100" => StoreError::DiskFull,
        "25006" => StoreError::ReadOnly,
        "40001" | "40P01" | "55P03" | "57014" => StoreError::Contention,
        "XX001" | "XX002" => StoreError::Damaged,
        "53300" => StoreError::Unavailable,
        _ if code.starts_with("08") || code.starts_with("57P") => StoreError::Unavailable,
        _ => StoreError::Database { code: code.to_owned() },
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => return Self::Duplicate,
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => return Self::DanglingReference,
            _ => {}
        }
        match error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Self::Busy,
            DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => Self::Closed,
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => match &*error {
                SqlxError::Database(error) => by_engine_code(error.code().as_deref().unwrap_or_default()),
                SqlxError::Io(_) | SqlxError::Tls(_) | SqlxError::WorkerCrashed => Self::Unavailable,
                SqlxError::PoolTimedOut => Self::Busy,
                SqlxError::PoolClosed => Self::Closed,
                SqlxError::ColumnDecode { .. } | SqlxError::Decode(_) => Self::UnreadableValue,
                _ => Self::Database { code: String::new() },
            },
            DbErr::Conn(_) => Self::Unavailable,
            DbErr::TryIntoErr { .. } | DbErr::Type(_) | DbErr::Json(_) => Self::UnreadableValue,
            DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => Self::NotFound,
            _ => Self::Database { code: String::new() },
        }
    }
}

/// Why a command was not carried out. Nothing of it was written.
#[derive(Debug, Error)]
pub enum CommitError<R> {
    /// The decision refused it.
    #[error("rejected")]
    Rejected(R),
    /// Its idempotency key was used for another request.
    #[error("idempotency key was used for another request")]
    IdempotencyConflict,
    /// The case does not exist.
    #[error("no such case")]
    NotFound,
    /// A case with the id to be opened exists.
    #[error("case exists")]
    AlreadyExists,
    /// The timer is no longer armed.
    #[error("timer is no longer armed")]
    TimerGone,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::{StoreError, by_engine_code};

    #[test]
    fn a_full_disk_is_recognised_on_both_engines() {
        assert_eq!(by_engine_code("13").code(), "STORE_DISK_FULL");
        assert_eq!(by_engine_code("53100").code(), "STORE_DISK_FULL");
    }

    #[test]
    fn a_lost_server_is_transient() {
        assert!(by_engine_code("57P01").is_transient());
        assert!(by_engine_code("08006").is_transient());
        assert!(!StoreError::DiskFull.is_transient());
    }
}
