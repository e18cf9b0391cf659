//! When a period ends.
//!
//! A period in days is laid on the calendar from the day after its start; suspended days are left out; the day on which
//! the count is complete is the *strict* last day, and the instrument's own rule moves it to the *due* date. The period
//! ends at 24:00 of the due date, written as 00:00 of the next day, in China's time.

use serde::{Deserialize, Serialize};
use time::{Date, Duration, Month, OffsetDateTime, UtcOffset, macros::offset};

use super::{
    calendar::{Calendar, DayKind},
    error::ClockError,
    instrument::{HourStart, Instrument, LastDay},
    law::Law,
    period::{Period, Unit},
    trace::{Trace, trace},
};

/// China's offset: one zone, no daylight saving in the years that the calendar covers.
pub const CHINA: UtcOffset = offset!(+8);

/// The date in China at a moment.
///
/// # Errors
/// [`ClockError::OutOfRange`] at the far ends of the representable time.
pub fn local_date(at: OffsetDateTime) -> Result<Date, ClockError> {
    Ok(local(at)?.date())
}

/// A moment as China's clocks show it.
pub(super) fn local(at: OffsetDateTime) -> Result<OffsetDateTime, ClockError> {
    at.checked_to_offset(CHINA).ok_or(ClockError::OutOfRange)
}

/// A time during which a clock stands still, from one moment to another.
///
/// A period of hours gets exactly that time back. Of a period in days, months or years the days after that of `from` are
/// left out, up to and with that of `to`: the day on which the cause arises is still counted, the day on which it ends is
/// not, as at the start of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "SuspensionMoments", into = "SuspensionMoments")]
pub struct Suspension {
    from: OffsetDateTime,
    to: Option<OffsetDateTime>,
}

#[derive(Serialize, Deserialize)]
struct SuspensionMoments {
    #[serde(with = "time::serde::rfc3339")]
    from: OffsetDateTime,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    to: Option<OffsetDateTime>,
}

impl From<Suspension> for SuspensionMoments {
    fn from(Suspension { from, to }: Suspension) -> Self {
        Self { from, to }
    }
}

impl TryFrom<SuspensionMoments> for Suspension {
    type Error = ClockError;

    fn try_from(SuspensionMoments { from, to }: SuspensionMoments) -> Result<Self, Self::Error> {
        Self::new(from, to)
    }
}

impl Suspension {
    /// A suspension from one moment to another, or still going on. Moments are kept in China's time.
    ///
    /// # Errors
    /// [`ClockError::SuspensionReversed`] when it would end before it starts, [`ClockError::OutOfRange`] at the far ends of
    /// the representable time.
    pub fn new(from: OffsetDateTime, to: Option<OffsetDateTime>) -> Result<Self, ClockError> {
        let (from, to) = (local(from)?, to.map(local).transpose()?);
        match to {
            Some(to) if to < from => Err(ClockError::SuspensionReversed { from, to }),
            _ => Ok(Self { from, to }),
        }
    }

    /// A suspension known by its days alone, for periods that are not in hours.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn days(from: Date, to: Option<Date>) -> Result<Self, ClockError> {
        let start = |date: Date| date.midnight().assume_offset(CHINA);
        Self::new(start(from), to.map(start))
    }

    /// When the clock stopped.
    #[must_use]
    pub const fn from(&self) -> OffsetDateTime {
        self.from
    }

    /// When the clock went on. `None` while it still stands.
    #[must_use]
    pub const fn to(&self) -> Option<OffsetDateTime> {
        self.to
    }

    /// The days left out of a period that is not in hours.
    pub(super) const fn pause(&self) -> Pause {
        Pause {
            from: self.from.date(),
            to: match self.to {
                Some(to) => Some(to.date()),
                None => None,
            },
        }
    }
}

/// A suspension as a period in days sees it: the days after `from` up to and with `to` are not counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    pub(super) from: Date,
    pub(super) to: Option<Date>,
}

impl Pause {
    /// Whether the clock stands still on a date.
    pub(super) fn covers(&self, date: Date) -> bool {
        self.from < date && self.ends_after(date.previous_day().unwrap_or(date))
    }

    fn ends_after(&self, date: Date) -> bool {
        self.to.is_none_or(|to| to > date)
    }
}

/// The end of a period that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DueAt {
    /// Last day of the period, after the instrument's rule on last days.
    #[serde(with = "super::iso_date")]
    pub due_date: Date,
    /// The moment at which the period is over. For periods in days the 24:00 of `due_date`, which is 00:00 of the next
    /// day at +08:00; for periods in hours the exact moment.
    #[serde(with = "time::serde::rfc3339")]
    pub due_at: OffsetDateTime,
    /// Last day of the period before that rule.
    #[serde(with = "super::iso_date")]
    pub strict_date: Date,
    /// Whether the result rests on a year whose holidays are not published.
    pub provisional: bool,
}

/// What is left of a suspended period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remaining {
    /// Working days.
    WorkingDays(u32),
    /// Calendar days, also for periods of months and years.
    Days(u32),
    /// Seconds, for periods of hours.
    Seconds(u64),
}

/// When a period ends, if that can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Due {
    /// It ends then.
    At(DueAt),
    /// It stands still, and so has no due date and can be neither overdue nor expire.
    Suspended {
        /// What is left when it goes on.
        remaining: Remaining,
    },
}

impl Due {
    /// The end of the period; `None` while it is suspended.
    #[must_use]
    pub const fn at(&self) -> Option<&DueAt> {
        match self {
            Self::At(due) => Some(due),
            Self::Suspended { .. } => None,
        }
    }
}

/// A due date with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// When the period ends.
    pub due: Due,
    /// The calendar that it was computed with.
    pub calendar_version: String,
    /// Day by day, what was counted and why.
    pub trace: Trace,
}

/// When a period ends, with the trace that explains it.
///
/// # Errors
/// [`ClockError::OutOfRange`] when it would end beyond the representable dates.
pub fn deadline(
    law: &Law,
    instrument: &Instrument,
    period: Period,
    from: OffsetDateTime,
    suspensions: &[Suspension],
) -> Result<Deadline, ClockError> {
    Ok(Deadline {
        due: deadline_date(law, instrument, period, from, suspensions)?,
        calendar_version: law.calendar.version().to_owned(),
        trace: trace(law, instrument, period, from, suspensions)?,
    })
}

/// When a period ends, without the trace. Allocates nothing.
///
/// Suspensions may overlap and come in any order. A clock that is suspended on its last day, or between the strict and the
/// moved last day, has used up its budget but cannot expire while it stands: it ends on the day on which it goes on.
///
/// # Errors
/// [`ClockError::OutOfRange`] when it would end beyond the representable dates.
pub fn deadline_date(
    law: &Law,
    instrument: &Instrument,
    period: Period,
    from: OffsetDateTime,
    suspensions: &[Suspension],
) -> Result<Due, ClockError> {
    let start = local(from)?;
    match Plan::new(period, start.date())? {
        Some(plan) => plan.lay(&law.calendar, instrument.counting.last_day, start.date(), suspensions),
        None => hours(instrument.counting.hours, period.amount(), start, suspensions),
    }
}

/// Which days count towards a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Calendar,
    Working,
}

impl Measure {
    fn add(self, calendar: &Calendar, from: Date, days: u32) -> Result<Date, ClockError> {
        let end = match self {
            Self::Calendar => from.checked_add(Duration::days(i64::from(days))),
            Self::Working => calendar.add_working_days(from, days).map(|(end, _)| end),
        };
        end.ok_or(ClockError::OutOfRange)
    }

    fn between(self, calendar: &Calendar, after: Date, to: Date) -> u32 {
        match self {
            Self::Calendar => u32::try_from((to - after).whole_days()).unwrap_or(0),
            Self::Working => calendar.working_days_between(after, to),
        }
    }

    /// The first day not before `date` on which a period of this measure can end.
    fn on_or_after(self, calendar: &Calendar, date: Date) -> Result<Date, ClockError> {
        match self {
            Self::Working if !calendar.is_working(date) => self.add(calendar, date, 1),
            _ => Ok(date),
        }
    }

    fn remaining(self, days: u32) -> Remaining {
        match self {
            Self::Calendar => Remaining::Days(days),
            Self::Working => Remaining::WorkingDays(days),
        }
    }
}

/// A period in days: how many, and of which. Months and years are the calendar days up to the corresponding day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) measure: Measure,
    pub(super) days: u32,
}

impl Plan {
    /// The days of a period that starts on `start`; `None` for a period in hours.
    pub(super) fn new(period: Period, start: Date) -> Result<Option<Self>, ClockError> {
        let until = |months: i64| {
            let end = corresponding_day(start, months).ok_or(ClockError::OutOfRange)?;
            u32::try_from((end - start).whole_days()).map_err(|_| ClockError::OutOfRange)
        };
        let amount = i64::from(period.amount());
        Ok(Some(match period.unit() {
            Unit::Hours => return Ok(None),
            Unit::WorkingDays => Self {
                measure: Measure::Working,
                days: period.amount(),
            },
            Unit::Days => Self {
                measure: Measure::Calendar,
                days: period.amount(),
            },
            Unit::Months => Self {
                measure: Measure::Calendar,
                days: until(amount)?,
            },
            Unit::Years => Self {
                measure: Measure::Calendar,
                days: until(amount * 12)?,
            },
        }))
    }

    fn lay(
        self,
        calendar: &Calendar,
        rule: LastDay,
        start: Date,
        suspensions: &[Suspension],
    ) -> Result<Due, ClockError> {
        let suspended = |days| {
            Ok(Due::Suspended {
                remaining: self.measure.remaining(days),
            })
        };
        let mut strict = match self.count(calendar, start, suspensions)? {
            Count::Complete(strict) => strict,
            Count::Stopped { left } => return suspended(left),
        };
        let mut due = roll(calendar, rule, strict)?;
        while let Some(pause) = suspensions
            .iter()
            .map(Suspension::pause)
            .find(|s| s.from <= due && s.ends_after(s.from) && s.ends_after(strict))
        {
            let Some(to) = pause.to else {
                return suspended(0);
            };
            strict = self.measure.on_or_after(calendar, to)?;
            due = roll(calendar, rule, strict)?;
        }
        let provisional = self.is_provisional(calendar, rule, start, strict, due);
        Ok(Due::At(DueAt {
            due_date: due,
            due_at: end_of_day(due)?,
            strict_date: strict,
            provisional,
        }))
    }

    /// Counts the days from `start` on, jumping over the suspensions.
    fn count(self, calendar: &Calendar, start: Date, suspensions: &[Suspension]) -> Result<Count, ClockError> {
        let mut at = start;
        let mut left = self.days;
        loop {
            let end = self.measure.add(calendar, at, left);
            let next = next_pause(suspensions, at).filter(|next| end.as_ref().map_or(true, |end| next.from < *end));
            let Some(next) = next else {
                return end.map(Count::Complete);
            };
            left = left.saturating_sub(self.measure.between(calendar, at, next.from));
            match next.to {
                Some(to) => at = to,
                None => return Ok(Count::Stopped { left }),
            }
        }
    }

    fn is_provisional(self, calendar: &Calendar, rule: LastDay, start: Date, strict: Date, due: Date) -> bool {
        let covered = calendar.covers(strict) && calendar.covers(due);
        match self.measure {
            Measure::Calendar => rule != LastDay::None && !covered,
            Measure::Working => !covered || !calendar.covers(start),
        }
    }
}

/// How counting the days of a period ended.
enum Count {
    /// On this day all are counted.
    Complete(Date),
    /// At a suspension that is still going on, with so many days left.
    Stopped { left: u32 },
}

/// The first pause that takes effect on or after `at`; one that is going on takes effect at once.
fn next_pause(suspensions: &[Suspension], at: Date) -> Option<Pause> {
    let pauses = suspensions.iter().map(Suspension::pause);
    let ahead = pauses.filter(|pause| pause.ends_after(at));
    ahead
        .map(|s| Pause {
            from: s.from.max(at),
            to: s.to,
        })
        .min_by_key(|s| s.from)
}

/// The day in a later month with the same number, or that month's last day where it has none (民法典 art 202).
fn corresponding_day(date: Date, months: i64) -> Option<Date> {
    let index = i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1 + months;
    let year = i32::try_from(index.div_euclid(12)).ok()?;
    let month = Month::try_from(u8::try_from(index.rem_euclid(12) + 1).ok()?).ok()?;
    Date::from_calendar_date(year, month, date.day().min(month.length(year))).ok()
}

/// The last day after the instrument's rule on last days.
fn roll(calendar: &Calendar, rule: LastDay, strict: Date) -> Result<Date, ClockError> {
    let mut due = strict;
    match rule {
        LastDay::None => {}
        LastDay::StatutoryHoliday => {
            while calendar.day(due) == DayKind::StatutoryHoliday {
                due = due.next_day().ok_or(ClockError::OutOfRange)?;
            }
        }
        LastDay::RestDay => due = Measure::Working.on_or_after(calendar, strict)?,
    }
    Ok(due)
}

/// 24:00 of a date in China.
fn end_of_day(date: Date) -> Result<OffsetDateTime, ClockError> {
    let next = date.next_day().ok_or(ClockError::OutOfRange)?;
    Ok(next.midnight().assume_offset(CHINA))
}

/// The moment from which a period of hours runs.
pub(super) fn hours_begin(rule: HourStart, from: OffsetDateTime) -> Result<OffsetDateTime, ClockError> {
    match rule {
        HourStart::FromTheMoment => Ok(from),
        HourStart::StartingHourExcluded => {
            let midnight = from.date().midnight().assume_offset(CHINA);
            let begin = midnight.checked_add(Duration::hours(i64::from(from.hour()) + 1));
            begin.ok_or(ClockError::OutOfRange)
        }
    }
}

/// A period of hours: each suspension moves its end by exactly the time during which the clock would have run.
fn hours(rule: HourStart, amount: u32, from: OffsetDateTime, suspensions: &[Suspension]) -> Result<Due, ClockError> {
    let mut at = hours_begin(rule, from)?;
    let mut due = at.checked_add(Duration::hours(i64::from(amount)));
    loop {
        let due_at = due.ok_or(ClockError::OutOfRange)?;
        match next_suspension(suspensions, at).filter(|next| next.from < due_at) {
            None => {
                let due_date = last_date(due_at)?;
                return Ok(Due::At(DueAt {
                    due_date,
                    due_at,
                    strict_date: due_date,
                    provisional: false,
                }));
            }
            Some(Suspension { from, to: None }) => {
                let left = (due_at - from).whole_seconds();
                let remaining = Remaining::Seconds(u64::try_from(left).unwrap_or(0));
                return Ok(Due::Suspended { remaining });
            }
            Some(Suspension { from, to: Some(to) }) => {
                due = due_at.checked_add(to - from);
                at = to;
            }
        }
    }
}

/// The first suspension that takes effect at or after `at`; one that is going on takes effect at once.
pub(super) fn next_suspension(suspensions: &[Suspension], at: OffsetDateTime) -> Option<Suspension> {
    let ahead = suspensions
        .iter()
        .filter(|suspension| suspension.to.is_none_or(|to| to > at && to > suspension.from));
    ahead
        .map(|s| Suspension {
            from: s.from.max(at),
            to: s.to,
        })
        .min_by_key(|s| s.from)
}

/// The date on which a period ends that ends at a moment: an end at 24:00 belongs to the day that ends then.
pub(super) fn last_date(end: OffsetDateTime) -> Result<Date, ClockError> {
    let last = end.checked_sub(Duration::NANOSECOND).ok_or(ClockError::OutOfRange)?;
    Ok(last.date())
}

#[cfg(test)]
#[path = "deadline_tests.rs"]
mod tests;
