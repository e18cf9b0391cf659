//! Moments of a run: whole seconds since 1970, days in China's time.

use time::{Date, OffsetDateTime};
use zhengming_engine::clock::CHINA;

/// Whole seconds since 1970-01-01 00:00 UTC.
pub(crate) type Second = i64;

/// Seconds of a day.
pub(crate) const DAY: Second = 86_400;

/// A moment as the engine wants it. A model spans dates that can be represented, so the fallback is never taken.
pub(crate) fn moment(at: Second) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .to_offset(CHINA)
}

/// The date in China.
pub(crate) fn day(at: Second) -> Date {
    moment(at).date()
}

/// 00:00 of a date in China.
pub(crate) fn midnight(date: Date) -> Second {
    date.midnight().assume_offset(CHINA).unix_timestamp()
}
