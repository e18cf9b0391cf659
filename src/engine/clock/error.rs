//! Why a clock cannot do what it is asked.

use thiserror::Error;
use time::OffsetDateTime;

use super::{ledger::ClockStatus, period::Unit};

/// Why a deadline cannot be computed or a clock cannot change.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClockError {
    /// No file describes the instrument.
    #[error("no instrument `{0}`")]
    UnknownInstrument(String),
    /// The answer lies beyond the dates that can be represented.
    #[error("the deadline lies beyond the representable dates")]
    OutOfRange,
    /// A suspension ends before it starts.
    #[error("a suspension from {from} cannot end on {to}")]
    SuspensionReversed {
        /// When the suspension starts.
        from: OffsetDateTime,
        /// When it ends.
        to: OffsetDateTime,
    },
    /// An extension is not in the unit of the period that it extends.
    #[error("an extension in {extension} cannot lengthen a period in {budget}")]
    UnitMismatch {
        /// Unit of the period.
        budget: Unit,
        /// Unit of the extension.
        extension: Unit,
    },
    /// The clock's status does not allow the step.
    #[error("the clock is {0}")]
    WrongStatus(ClockStatus),
    /// The step would come before one that is already recorded.
    #[error("the step lies before one that is already recorded")]
    OutOfOrder,
    /// The period is over, so it can no longer be suspended or extended.
    #[error("the period is over")]
    AlreadyDue,
    /// The period is not over, so it cannot expire.
    #[error("the period is not over")]
    NotDue,
    /// The period was already extended as often as the rule allows.
    #[error("the period can be extended at most {max_times} times")]
    TooManyExtensions {
        /// How often the rule allows an extension.
        max_times: u32,
    },
    /// A suspension or an extension needs a recorded reason.
    #[error("a reason is required")]
    ReasonMissing,
}
