//! What ends a request without its page.

use poem::{
    error::{ReadBodyError, ResponseError},
    http::StatusCode,
};

use crate::{limit::RetryAfter, service};

/// Why a page cannot be shown. The visitor sees the text for the kind; none of it holds personal data.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// There is no such page, or the visitor may not know of it.
    #[error("page not found")]
    NotFound,
    /// Signing in is needed.
    #[error("sign-in is required")]
    SignIn,
    /// The receipt with which a case was followed is to be typed in again.
    #[error("the receipt is needed again")]
    Closed,
    /// The visitor may not do this.
    #[error("not permitted")]
    Forbidden,
    /// The form came from another site, or its token does not belong to the visitor's cookie.
    #[error("form does not come from this site")]
    Foreign,
    /// The request is not readable: no form, or with characters that no text has.
    #[error("form is not readable")]
    Malformed,
    /// More was sent than is taken.
    #[error("form is too large")]
    TooLarge,
    /// Too many requests.
    #[error("too many requests")]
    RateLimited(RetryAfter),
    /// Nothing can be filed yet.
    #[error("no organisation takes filings in")]
    NotSetUp,
    /// A fault of ours, by its code.
    #[error("internal fault {0}")]
    Internal(&'static str),
}

impl Failure {
    /// Last part of the keys of its texts.
    pub(super) fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Closed => "closed",
            Self::SignIn | Self::Forbidden => "forbidden",
            Self::Foreign => "foreign",
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::RateLimited(_) => "rate-limited",
            Self::NotSetUp => "not-set-up",
            Self::Internal(_) => "internal",
        }
    }
}

impl ResponseError for Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::Closed => StatusCode::NOT_FOUND,
            Self::SignIn | Self::Forbidden | Self::Foreign => StatusCode::FORBIDDEN,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotSetUp => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<service::Error> for Failure {
    fn from(error: service::Error) -> Self {
        use service::Error;
        match error {
            Error::NotFound => Self::NotFound,
            Error::Unauthenticated => Self::SignIn,
            Error::Forbidden => Self::Forbidden,
            Error::RateLimited(wait) => Self::RateLimited(wait),
            Error::Invalid { .. } | Error::IdempotencyConflict | Error::Refused(_) | Error::StaleVersion { .. } => {
                Self::Malformed
            }
            Error::NotSetUp => Self::NotSetUp,
            Error::Busy => Self::Internal("BUSY"),
            Error::Unsearchable(_) => Self::Internal("SEARCH_UNAVAILABLE"),
            Error::Store(error) => Self::Internal(error.code()),
            Error::Internal(_) => Self::Internal("INTERNAL"),
        }
    }
}

impl From<ReadBodyError> for Failure {
    fn from(error: ReadBodyError) -> Self {
        match error {
            ReadBodyError::PayloadTooLarge => Self::TooLarge,
            _ => Self::Malformed,
        }
    }
}

impl From<askama::Error> for Failure {
    fn from(_: askama::Error) -> Self {
        Self::Internal("TEMPLATE")
    }
}
