//! What can stand in the way of a use case. Codes are stable; no variant carries personal data.

use zhengming_engine::decision::{Problem, Refusal};

use crate::{
    limit::RetryAfter,
    store::{CommitError, StoreError},
};

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a use case did not do what was asked. Nothing was written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the actor may not know of it: the same answer on purpose.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in where somebody must be.
    #[error("sign-in is required")]
    Unauthenticated,
    /// The actor knows of the object and may not do this to it.
    #[error("not permitted")]
    Forbidden,
    /// The procedure says no; every reason is listed.
    #[error("the procedure does not allow this")]
    Refused(Vec<Problem>),
    /// The case has moved on since it was read.
    #[error("the case has changed: its version is {current}")]
    StaleVersion {
        /// Version now.
        current: i64,
    },
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyConflict,
    /// An input is malformed.
    #[error("input {field} is not usable: {code}")]
    Invalid {
        /// Name of the input.
        field: &'static str,
        /// Stable code.
        code: &'static str,
    },
    /// Too many requests.
    #[error("too many requests, try again in {} s", .0.seconds())]
    RateLimited(RetryAfter),
    /// Too many sign-ins are being checked.
    #[error("busy, try again")]
    Busy,
    /// No organisation takes filings in yet: the installation lacks its city's market regulation.
    #[error("no organisation takes filings in")]
    NotSetUp,
    /// The search server cannot be asked; what was to be saved is saved.
    #[error("similar marks cannot be looked for: {0}")]
    Unsearchable(String),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
    /// A fault of ours.
    #[error("internal fault: {0}")]
    Internal(&'static str),
}

impl Error {
    /// Stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::Refused(problems) => problems.first().map_or("REFUSED", |p| p.code.as_str()),
            Self::StaleVersion { .. } => "STALE_VERSION",
            Self::IdempotencyConflict => "IDEMPOTENCY_CONFLICT",
            Self::Invalid { code, .. } => code,
            Self::RateLimited(_) => "RATE_LIMITED",
            Self::Busy => "BUSY",
            Self::NotSetUp => "NO_INTAKE_ORGANISATION",
            Self::Unsearchable(_) => "SEARCH_UNAVAILABLE",
            Self::Store(error) => error.code(),
            Self::Internal(_) => "INTERNAL",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.problems)
    }
}

impl From<CommitError<Self>> for Error {
    fn from(error: CommitError<Self>) -> Self {
        match error {
            CommitError::Rejected(error) => error,
            CommitError::IdempotencyConflict => Self::IdempotencyConflict,
            CommitError::NotFound | CommitError::TimerGone => Self::NotFound,
            CommitError::AlreadyExists => Self::Internal("an id was made twice"),
            CommitError::Store(error) => Self::Store(error),
        }
    }
}
