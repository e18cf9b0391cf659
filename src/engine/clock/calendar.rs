//! The working-day calendar: the State Council's holiday notices, year by year, as data.
//!
//! Two words of the law are kept apart. 法定节假日 (statutory holidays) are the days off that a year's notice names, with
//! the rest days inside such a block; a plain Saturday or Sunday beside it is not one. 法定休假日 (rest days) are all days
//! that are not working days. A make-up day is a working day under both.

mod load;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use time::Date;

use crate::diagnostic::Diagnostic;

/// What a date is by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// A plain Monday to Friday.
    WorkingDay,
    /// A Saturday or Sunday on which work is made up (调休上班).
    MakeUpWorkingDay,
    /// A plain Saturday or Sunday.
    Weekend,
    /// A day off in the notice of its year, rest days inside the block included.
    StatutoryHoliday,
    /// A date of a year whose notice is not loaded. Arithmetic assumes Monday to Friday and marks its result provisional.
    Unpublished,
}

/// The holiday notices of an unbroken run of years, prepared for constant-time arithmetic.
///
/// Made by [`Calendar::load`]. Dates outside the covered years are counted as Monday to Friday, and every result that
/// rests on such a date is provisional: loading the next year's notice may move it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Julian day of the first covered date.
    first: i32,
    /// Julian day of the last covered date.
    last: i32,
    range: RangeInclusive<Date>,
    kinds: Vec<DayKind>,
    /// Working days from the first covered date up to and with each date.
    worked: Vec<u32>,
    /// Offset of the n-th covered working day from the first covered date, counted from 0.
    working: Vec<u32>,
    version: String,
}

impl Calendar {
    /// Reads the year files of one calendar, given as (name, text) in any order.
    ///
    /// All faults of all files come back at once, codes `WF700` to `WF709`; the calendar only when none is an error.
    #[must_use]
    pub fn load(files: &[(&str, &str)]) -> (Option<Self>, Vec<Diagnostic>) {
        load::load(files)
    }

    /// What a date is. `Unpublished` for every date outside [`Self::coverage`].
    #[must_use]
    pub fn day(&self, date: Date) -> DayKind {
        self.index(date.to_julian_day())
            .and_then(|index| self.kinds.get(index).copied())
            .unwrap_or(DayKind::Unpublished)
    }

    /// Whether work is done on a date; Monday to Friday is assumed outside the coverage.
    #[must_use]
    pub fn is_working(&self, date: Date) -> bool {
        match self.day(date) {
            DayKind::WorkingDay | DayKind::MakeUpWorkingDay => true,
            DayKind::Weekend | DayKind::StatutoryHoliday => false,
            DayKind::Unpublished => is_weekday(date),
        }
    }

    /// Whether a date lies in a year whose notice is loaded.
    #[must_use]
    pub fn covers(&self, date: Date) -> bool {
        self.range.contains(&date)
    }

    /// The `n`-th working day after `date`, and whether it is provisional (the count touches an uncovered year).
    ///
    /// `n` = 0 gives `date` itself. `None` when the answer lies beyond the dates that can be represented.
    #[must_use]
    pub fn add_working_days(&self, date: Date, n: u32) -> Option<(Date, bool)> {
        if n == 0 {
            return Some((date, !self.covers(date)));
        }
        let day = self.select(self.count(date.to_julian_day()) + i64::from(n));
        let day = Date::from_julian_day(i32::try_from(day).ok()?).ok()?;
        Some((day, !self.covers(date) || !self.covers(day)))
    }

    /// The `n`-th working day before `date`; `n` = 0 gives `date` itself. `None` beyond the dates that can be represented.
    #[must_use]
    pub fn working_days_back(&self, date: Date, n: u32) -> Option<Date> {
        if n == 0 {
            return Some(date);
        }
        let day = self.select(self.count(date.to_julian_day() - 1) + 1 - i64::from(n));
        Date::from_julian_day(i32::try_from(day).ok()?).ok()
    }

    /// Working days in `(after, to]`; 0 when `to` is not later than `after`.
    #[must_use]
    pub fn working_days_between(&self, after: Date, to: Date) -> u32 {
        let days = self.count(to.to_julian_day()) - self.count(after.to_julian_day());
        u32::try_from(days).unwrap_or(0)
    }

    /// First and last date of the years whose notices are loaded.
    #[must_use]
    pub fn coverage(&self) -> RangeInclusive<Date> {
        self.range.clone()
    }

    /// Short hash of the days themselves: equal calendars have equal versions, whatever the files' comments say.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    fn index(&self, day: i32) -> Option<usize> {
        if day > self.last {
            None
        } else {
            usize::try_from(i64::from(day) - i64::from(self.first)).ok()
        }
    }

    /// Working days from the first covered date up to and with `day`; negative before the coverage.
    fn count(&self, day: i32) -> i64 {
        if let Some(worked) = self.index(day).and_then(|index| self.worked.get(index)) {
            i64::from(*worked)
        } else if day < self.first {
            weekdays_until(i64::from(day)) - weekdays_until(i64::from(self.first) - 1)
        } else {
            self.total() + weekdays_until(i64::from(day)) - weekdays_until(i64::from(self.last))
        }
    }

    /// The day on which [`Self::count`] first reaches `count`.
    fn select(&self, count: i64) -> i64 {
        let covered = usize::try_from(count - 1).ok().and_then(|nth| self.working.get(nth));
        if let Some(offset) = covered {
            i64::from(self.first) + i64::from(*offset)
        } else if count <= 0 {
            nth_weekday(count + weekdays_until(i64::from(self.first) - 1))
        } else {
            nth_weekday(count - self.total() + weekdays_until(i64::from(self.last)))
        }
    }

    fn total(&self) -> i64 {
        i64::try_from(self.working.len()).unwrap_or(i64::MAX)
    }
}

/// Whether a date is a Monday to Friday.
pub(super) fn is_weekday(date: Date) -> bool {
    date.weekday().number_days_from_monday() < 5
}

/// Mondays to Fridays from Julian day 0 (a Monday) up to and with `day`; negative for earlier days.
fn weekdays_until(day: i64) -> i64 {
    (day + 1).div_euclid(7) * 5 + (day + 1).rem_euclid(7).min(5)
}

/// The day on which [`weekdays_until`] first reaches `count`.
fn nth_weekday(count: i64) -> i64 {
    (count - 1).div_euclid(5) * 7 + (count - 1).rem_euclid(5)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;
    use crate::clock::samples::{cases, law};

    #[test]
    fn the_notice_of_2026_is_the_published_one() {
        let calendar = &law().calendar;
        assert_eq!(
            calendar.working_days_between(date!(2025 - 12 - 31), date!(2026 - 12 - 31)),
            248
        );
        for day in [
            date!(2026 - 01 - 04),
            date!(2026 - 02 - 14),
            date!(2026 - 02 - 28),
            date!(2026 - 05 - 09),
        ] {
            assert_eq!(calendar.day(day), DayKind::MakeUpWorkingDay, "{day}");
        }
        assert_eq!(calendar.day(date!(2026 - 09 - 20)), DayKind::MakeUpWorkingDay);
        assert_eq!(calendar.day(date!(2026 - 10 - 10)), DayKind::MakeUpWorkingDay);
        assert_eq!(
            calendar.day(date!(2026 - 10 - 03)),
            DayKind::StatutoryHoliday,
            "a Saturday inside the block"
        );
        assert_eq!(calendar.day(date!(2026 - 10 - 11)), DayKind::Weekend);
        assert_eq!(calendar.day(date!(2026 - 10 - 08)), DayKind::WorkingDay);
        assert_eq!(calendar.coverage(), date!(2004 - 01 - 01)..=date!(2026 - 12 - 31));
    }

    #[test]
    fn the_notice_of_2025_is_the_published_one() {
        let calendar = &law().calendar;
        let off = |from: Date, to: Date| {
            let mut day = Some(from);
            while let Some(date) = day.filter(|date| *date <= to) {
                assert_eq!(calendar.day(date), DayKind::StatutoryHoliday, "{date}");
                day = date.next_day();
            }
        };
        off(date!(2025 - 01 - 01), date!(2025 - 01 - 01));
        off(date!(2025 - 01 - 28), date!(2025 - 02 - 04));
        off(date!(2025 - 04 - 04), date!(2025 - 04 - 06));
        off(date!(2025 - 05 - 01), date!(2025 - 05 - 05));
        off(date!(2025 - 05 - 31), date!(2025 - 06 - 02));
        off(date!(2025 - 10 - 01), date!(2025 - 10 - 08));
        for day in [
            date!(2025 - 01 - 26),
            date!(2025 - 02 - 08),
            date!(2025 - 04 - 27),
            date!(2025 - 10 - 11),
        ] {
            assert_eq!(calendar.day(day), DayKind::MakeUpWorkingDay, "{day}");
        }
    }

    #[test]
    fn a_count_into_an_unpublished_year_is_provisional_and_assumes_monday_to_friday() {
        let calendar = &law().calendar;
        assert_eq!(calendar.day(date!(2027 - 01 - 04)), DayKind::Unpublished);
        assert_eq!(
            calendar.add_working_days(date!(2026 - 12 - 31), 1),
            Some((date!(2027 - 01 - 01), true))
        );
        assert_eq!(
            calendar.add_working_days(date!(2026 - 12 - 31), 2),
            Some((date!(2027 - 01 - 04), true))
        );
        assert_eq!(
            calendar.add_working_days(date!(2026 - 12 - 30), 1),
            Some((date!(2026 - 12 - 31), false))
        );
        assert_eq!(
            calendar.add_working_days(date!(2003 - 12 - 31), 1),
            Some((date!(2004 - 01 - 02), true))
        );
    }

    #[test]
    fn nothing_lies_beyond_the_last_representable_date() {
        let calendar = &law().calendar;
        assert_eq!(calendar.add_working_days(Date::MAX, 1), None);
        assert_eq!(calendar.add_working_days(Date::MIN, u32::MAX), None);
        assert_eq!(calendar.add_working_days(Date::MAX, 0), Some((Date::MAX, true)));
    }

    proptest! {
    #![proptest_config(cases(256))]

        #[test]
        fn adding_and_counting_agree_with_a_walk_day_by_day(
            start in date!(2003 - 01 - 01).to_julian_day()..date!(2028 - 01 - 01).to_julian_day(),
            n in 1_u32..400,
        ) {
            let calendar = &law().calendar;
            let start = Date::from_julian_day(start).unwrap();
            let mut day = start;
            let mut left = n;
            while left > 0 {
                day = day.next_day().unwrap();
                left -= u32::from(calendar.is_working(day));
            }
            let (sum, _) = calendar.add_working_days(start, n).unwrap();
            prop_assert_eq!(sum, day);
            prop_assert_eq!(calendar.working_days_between(start, day), n);
            prop_assert_eq!(calendar.working_days_between(day, start), 0);
            let mut earlier = start;
            let mut left = n;
            while left > 0 {
                earlier = earlier.previous_day().unwrap();
                left -= u32::from(calendar.is_working(earlier));
            }
            prop_assert_eq!(calendar.working_days_back(start, n), Some(earlier));
        }

        #[test]
        fn no_date_and_no_amount_panics(
            start in Date::MIN.to_julian_day()..=Date::MAX.to_julian_day(),
            n in any::<u32>(),
        ) {
            let calendar = &law().calendar;
            let start = Date::from_julian_day(start).unwrap();
            if let Some(back) = calendar.working_days_back(start, n) {
                prop_assert!(n == 0 || calendar.is_working(back));
            }
            if let Some((sum, _)) = calendar.add_working_days(start, n) {
                prop_assert!(n == 0 || calendar.is_working(sum));
                prop_assert_eq!(calendar.working_days_between(start, sum), n);
            }
        }
    }
}
