//! Moments, days and suspensions as they are written on the command line.

use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};
use zhengming_engine::clock::{CHINA, Suspension, local_date};

/// The start of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The moment; for a mere date its first in China.
    pub at: OffsetDateTime,
    /// Whether a time of day was given.
    pub has_time: bool,
}

/// Reads `2026-09-23T10:00:00+08:00` or `2026-09-23`.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(Moment { at, has_time: true });
    }
    let date = iso(text).ok_or("write a moment like 2026-09-23T10:00:00+08:00 or a date like 2026-09-23")?;
    Ok(Moment {
        at: date.midnight().assume_offset(CHINA),
        has_time: false,
    })
}

/// Reads `2026-09-23`; of a moment, its date in China.
pub(super) fn day(text: &str) -> Result<Date, String> {
    if let Some(date) = iso(text) {
        return Ok(date);
    }
    let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "write a date like 2026-09-23")?;
    local_date(at).map_err(|error| error.to_string())
}

/// Reads `2026-09-24/2026-09-28`, or `2026-09-24/` for a suspension that goes on.
pub(super) fn suspension(text: &str) -> Result<Suspension, String> {
    let (from, to) = text
        .split_once('/')
        .ok_or("write FROM/TO, or FROM/ while the clock still stands")?;
    let to = if to.is_empty() { None } else { Some(day(to)?) };
    Suspension::new(day(from)?, to).map_err(|error| error.to_string())
}

fn iso(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_date_begins_at_midnight_in_china() {
        let read = moment("2026-09-23").expect("a date");
        assert_eq!((read.at, read.has_time), (datetime!(2026-09-22 16:00 UTC), false));
    }

    #[test]
    fn a_moment_of_another_zone_has_its_day_in_china() {
        assert_eq!(day("2026-09-22T23:30:00Z"), Ok(date!(2026 - 09 - 23)));
    }

    #[test]
    fn an_open_suspension_has_no_end_and_a_reversed_one_is_refused() {
        assert_eq!(suspension("2026-09-24/").map(|s| s.to()), Ok(None));
        assert!(suspension("2026-09-24/2026-09-23").is_err());
        assert!(suspension("2026-09-24").is_err() && suspension("/").is_err());
    }
}
