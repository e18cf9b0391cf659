//! When an office works: spans of the day on the working days of the calendar, and arithmetic on working time.

use time::Date;
use zhengming_engine::clock::Calendar;

use crate::moment::{DAY, Second, midnight};

/// Hours of work within a day, in order and without overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours(Vec<(Second, Second)>);

impl Hours {
    /// Reads `09:00-12:00 13:30-17:30`.
    ///
    /// # Errors
    /// What is wrong with the text, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut spans: Vec<(Second, Second)> = Vec::new();
        for span in text.split_whitespace() {
            let ends = span.split_once('-').and_then(|(a, b)| Some((clock(a)?, clock(b)?)));
            let Some((from, to)) = ends else {
                return Err(format!("`{span}` is not a span of hours like 09:00-17:00"));
            };
            if from >= to || spans.last().is_some_and(|last| from < last.1) {
                return Err(format!(
                    "`{span}` ends before it begins, or begins before the span before it ended"
                ));
            }
            spans.push((from, to));
        }
        if spans.is_empty() {
            return Err("no hours are given".to_owned());
        }
        Ok(Self(spans))
    }

    /// Seconds of work in a day.
    pub(crate) fn daily(&self) -> Second {
        self.0.iter().map(|(from, to)| to - from).sum()
    }

    /// The second of the day at which so much of the day's work time has passed.
    pub(crate) fn within(&self, mut worked: Second) -> Second {
        for (from, to) in &self.0 {
            if worked <= to - from {
                return from + worked;
            }
            worked -= to - from;
        }
        self.0.last().map_or(DAY, |last| last.1)
    }

    fn passed(&self, second: Second) -> Second {
        self.0.iter().map(|(from, to)| (second.min(*to) - from).max(0)).sum()
    }
}

fn clock(text: &str) -> Option<Second> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (Second, Second) = (hour.parse().ok()?, minute.parse().ok()?);
    let second = hour * 3_600 + minute * 60;
    ((0..60).contains(&minute) && (0..=DAY).contains(&second)).then_some(second)
}

/// Hours of work laid on the days of a run.
#[derive(Clone, Debug)]
pub(crate) struct Roster {
    hours: Hours,
    daily: Second,
    /// 00:00 of the first day.
    origin: Second,
    /// Working days before each day, from the first on.
    before: Vec<Second>,
    /// The working days, as days after the first.
    days: Vec<Second>,
}

impl Roster {
    /// A roster from one day to another, both included; on every day, or on the working days of the calendar.
    pub(crate) fn new(calendar: &Calendar, hours: &Hours, every_day: bool, (from, to): (Date, Date)) -> Self {
        let (mut before, mut days) = (Vec::new(), Vec::new());
        let all = std::iter::successors(Some(from), |day| day.next_day()).take_while(|day| *day <= to);
        for (day, date) in (0..).zip(all) {
            before.push(Second::try_from(days.len()).unwrap_or(Second::MAX));
            if every_day || calendar.is_working(date) {
                days.push(day);
            }
        }
        Self {
            daily: hours.daily(),
            hours: hours.clone(),
            origin: midnight(from),
            before,
            days,
        }
    }

    /// Seconds of work from the first day until a moment.
    pub(crate) fn worked(&self, at: Second) -> Second {
        let (day, second) = ((at - self.origin).div_euclid(DAY), (at - self.origin).rem_euclid(DAY));
        let total = || Second::try_from(self.days.len()).unwrap_or(Second::MAX);
        let Ok(index) = usize::try_from(day) else { return 0 };
        let Some(before) = self.before.get(index).copied() else {
            return total() * self.daily;
        };
        let works = self.before.get(index + 1).copied().unwrap_or_else(total) > before;
        before * self.daily + if works { self.hours.passed(second) } else { 0 }
    }

    /// Whether work is done right after a moment.
    pub(crate) fn at_work(&self, at: Second) -> bool {
        self.worked(at + 1) > self.worked(at)
    }

    /// The first moment from `at` on at which work is done. `None`: not within the roster.
    pub(crate) fn opening(&self, at: Second) -> Option<Second> {
        if self.at_work(at) {
            return Some(at);
        }
        // One second of work later, one second back.
        self.reached(self.worked(at) + 1).map(|moment| moment - 1)
    }

    /// When work of so many seconds is done that begins at `at`, a moment of work. `None`: not within the roster.
    pub(crate) fn finish(&self, at: Second, seconds: Second) -> Option<Second> {
        if seconds <= 0 {
            return Some(at);
        }
        self.reached(self.worked(at) + seconds)
    }

    /// The first moment at which so many seconds, at least one, were worked.
    fn reached(&self, worked: Second) -> Option<Second> {
        let full = (worked - 1).div_euclid(self.daily.max(1));
        let day = self.days.get(usize::try_from(full).ok()?)?;
        Some(self.origin + day * DAY + self.hours.within(worked - full * self.daily))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;
    use crate::tests::law;

    fn roster() -> Roster {
        let hours = Hours::parse("09:00-12:00 13:30-17:30").unwrap();
        Roster::new(
            &law().calendar,
            &hours,
            false,
            (date!(2026 - 09 - 01), date!(2026 - 10 - 31)),
        )
    }

    #[test]
    fn work_rests_over_noon_over_night_and_over_holidays_and_is_done_on_make_up_days() {
        let roster = roster();
        let at = |moment: time::OffsetDateTime| moment.unix_timestamp();
        // Wednesday 30 September at five: half an hour is left, then come eight days off.
        let start = at(datetime!(2026-09-30 17:00 +8));
        assert_eq!(roster.finish(start, 1_800), Some(at(datetime!(2026-09-30 17:30 +8))));
        assert_eq!(roster.finish(start, 3_600), Some(at(datetime!(2026-10-08 09:30 +8))));
        assert_eq!(
            roster.opening(at(datetime!(2026-10-03 11:00 +8))),
            Some(at(datetime!(2026-10-08 09:00 +8)))
        );
        assert_eq!(
            roster.opening(at(datetime!(2026-10-09 12:00 +8))),
            Some(at(datetime!(2026-10-09 13:30 +8)))
        );
        // Saturday 10 October is worked.
        assert_eq!(
            roster.opening(at(datetime!(2026-10-09 17:30 +8))),
            Some(at(datetime!(2026-10-10 09:00 +8)))
        );
        let day = roster.worked(at(datetime!(2026-10-10 23:00 +8))) - roster.worked(at(datetime!(2026-10-10 00:00 +8)));
        assert_eq!(day, 7 * 3_600);
    }

    #[test]
    fn nothing_is_finished_after_the_last_day_of_the_roster() {
        let roster = roster();
        let late = datetime!(2026-10-30 17:00 +8).unix_timestamp();
        assert_eq!(roster.finish(late, 3_600 * 8), None);
        assert_eq!(roster.opening(datetime!(2026-10-30 18:00 +8).unix_timestamp()), None);
    }

    #[test]
    fn hours_that_overlap_or_run_backwards_are_refused() {
        for text in [
            "",
            "9-17",
            "17:00-09:00",
            "09:00-12:00 11:00-13:00",
            "09:70-10:00",
            "09:00-25:00",
        ] {
            assert!(Hours::parse(text).is_err(), "{text}");
        }
    }
}
