//! Moments, days and suspensions as they are written on the command line.

use time::{Date, Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use zhengming_engine::clock::{CHINA, Suspension, Unit, iso_day, local_date};

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
    let date = iso_day(text).ok_or("write a moment like 2026-09-23T10:00:00+08:00 or a date like 2026-09-23")?;
    Ok(Moment {
        at: date.midnight().assume_offset(CHINA),
        has_time: false,
    })
}

/// Reads `2026-09-23`; of a moment, its date in China.
pub(super) fn day(text: &str) -> Result<Date, String> {
    if let Some(date) = iso_day(text) {
        return Ok(date);
    }
    let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "write a date like 2026-09-23")?;
    local_date(at).map_err(|error| error.to_string())
}

/// A time during which the clock stands still, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    from: Moment,
    to: Option<Moment>,
}

impl Pause {
    /// The suspension of a period in this unit. The day of a mere date is counted when the clock stops on it and not when
    /// it goes on, so that a period of hours stands still from 24:00 to 24:00.
    pub(super) fn of(&self, unit: Unit) -> Result<Suspension, String> {
        let at = |moment: Moment| match unit {
            Unit::Hours if !moment.has_time => moment.at.checked_add(Duration::DAY).unwrap_or(moment.at),
            _ => moment.at,
        };
        Suspension::new(at(self.from), self.to.map(at)).map_err(|error| error.to_string())
    }
}

/// Reads `2026-09-24/2026-09-28`, or `2026-09-24/` for a suspension that goes on; either end may be a moment.
pub(super) fn suspension(text: &str) -> Result<Pause, String> {
    let (from, to) = text
        .split_once('/')
        .ok_or("write FROM/TO, or FROM/ while the clock still stands")?;
    let to = if to.is_empty() { None } else { Some(moment(to)?) };
    let pause = Pause {
        from: moment(from)?,
        to,
    };
    pause.of(Unit::Days)?;
    Ok(pause)
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
    fn hours_stand_still_between_moments_or_from_the_end_of_a_day_to_the_end_of_another() {
        let of = |text: &str, unit| suspension(text).and_then(|pause| pause.of(unit));
        let exact = of("2026-09-24T10:00:00+08:00/2026-09-24T15:00:00+08:00", Unit::Hours).expect("two moments");
        assert_eq!(
            (exact.from(), exact.to()),
            (datetime!(2026-09-24 10:00 +8), Some(datetime!(2026-09-24 15:00 +8)))
        );
        let days = of("2026-09-24/2026-09-25", Unit::Hours).expect("two days");
        assert_eq!(
            (days.from(), days.to()),
            (datetime!(2026-09-25 00:00 +8), Some(datetime!(2026-09-26 00:00 +8)))
        );
        assert_eq!(
            of("2026-09-24/2026-09-25", Unit::Days),
            Suspension::days(date!(2026 - 09 - 24), Some(date!(2026 - 09 - 25))).map_err(|e| e.to_string())
        );
    }

    #[test]
    fn an_open_suspension_has_no_end_and_a_reversed_one_is_refused() {
        assert_eq!(suspension("2026-09-24/").map(|s| s.to), Ok(None));
        assert!(suspension("2026-09-24/2026-09-23").is_err());
        assert!(suspension("2026-09-24").is_err() && suspension("/").is_err());
    }
}
