//! Why a period ends on its day: every date from the start, whether it was counted, and the reason.

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use super::{
    calendar::{Calendar, DayKind, is_weekday},
    deadline::{Measure, Plan, Suspension, deadline_date, hours_begin, last_date, local, local_date, next_suspension},
    error::ClockError,
    instrument::Instrument,
    law::Law,
    period::Period,
};

/// Why a date was or was not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayReason {
    /// The day on which the period starts; never counted, but for periods of hours that run from the moment.
    StartDay,
    /// A plain working day.
    WorkingDay,
    /// A Saturday or Sunday on which work is made up.
    MakeUpWorkingDay,
    /// A Monday to Friday of a year whose holidays are not published, taken for a working day.
    AssumedWorkingDay,
    /// A Saturday or Sunday without work.
    Weekend,
    /// A day off in the notice of its year.
    StatutoryHoliday,
    /// A day of a period in calendar days, months or years.
    CalendarDay,
    /// A day on which a period of hours ran.
    Hours,
    /// The clock stood still.
    Suspended,
    /// All days are counted, but the instrument's rule moves the last day on.
    RolledOver,
    /// The clock went on on this day with nothing left, so it ends here.
    ResumptionDay,
}

/// One date of a [`Trace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TraceDay {
    /// The date in China.
    #[serde(with = "super::iso_date")]
    pub date: Date,
    /// Whether it counts towards the period.
    pub counted: bool,
    /// Why.
    pub reason: DayReason,
}

/// Every date from the start of a period to its due date; for a period that stands still, to the day on which it stopped.
///
/// The counted days add up to the period's amount, for months and years to the calendar days up to the corresponding day.
/// Of a period in hours every touched date is listed, and counted if the clock ran on it, however briefly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trace {
    days: Vec<TraceDay>,
}

impl Trace {
    /// The dates in order.
    #[must_use]
    pub fn days(&self) -> &[TraceDay] {
        &self.days
    }

    /// How many dates were counted.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.days.iter().filter(|day| day.counted).count()
    }
}

/// Explains [`deadline_date`] day by day.
///
/// # Errors
/// [`ClockError::OutOfRange`] when the period would end beyond the representable dates.
pub fn trace(
    law: &Law,
    instrument: &Instrument,
    period: Period,
    from: OffsetDateTime,
    suspensions: &[Suspension],
) -> Result<Trace, ClockError> {
    let start = local_date(from)?;
    let due = deadline_date(law, instrument, period, from, suspensions)?;
    let days = match Plan::new(period, start)? {
        Some(plan) => {
            let end = due
                .at()
                .map_or_else(|| stopped_on(start, suspensions), |due| due.due_date);
            explain(&law.calendar, plan, start, end, suspensions)
        }
        None => {
            let begin = hours_begin(instrument.counting.hours, local(from)?)?;
            let end = due
                .at()
                .map_or_else(|| stopped_at(begin, suspensions), |due| due.due_at);
            explain_hours(start, begin, end, suspensions)?
        }
    };
    Ok(Trace { days })
}

/// The day on which the first suspension without an end took effect.
fn stopped_on(start: Date, suspensions: &[Suspension]) -> Date {
    let open = suspensions
        .iter()
        .map(Suspension::pause)
        .filter(|pause| pause.to.is_none());
    open.map(|pause| pause.from.max(start)).min().unwrap_or(start)
}

/// The moment at which the first suspension without an end took effect.
fn stopped_at(begin: OffsetDateTime, suspensions: &[Suspension]) -> OffsetDateTime {
    let open = suspensions.iter().filter(|suspension| suspension.to().is_none());
    open.map(|suspension| suspension.from().max(begin))
        .min()
        .unwrap_or(begin)
}

fn dates(start: Date, end: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(start), |date| date.next_day()).take_while(move |date| *date <= end)
}

fn explain(calendar: &Calendar, plan: Plan, start: Date, end: Date, suspensions: &[Suspension]) -> Vec<TraceDay> {
    let mut left = plan.days;
    dates(start, end)
        .map(|date| {
            let (counted, reason) = if date == start {
                (false, DayReason::StartDay)
            } else if is_suspended(date, suspensions) {
                (
                    false,
                    if left == 0 && date == end {
                        DayReason::ResumptionDay
                    } else {
                        DayReason::Suspended
                    },
                )
            } else if left == 0 {
                (false, DayReason::RolledOver)
            } else {
                judge(calendar, plan.measure, date)
            };
            left -= u32::from(counted);
            TraceDay { date, counted, reason }
        })
        .collect()
}

fn judge(calendar: &Calendar, measure: Measure, date: Date) -> (bool, DayReason) {
    if measure == Measure::Calendar {
        return (true, DayReason::CalendarDay);
    }
    match calendar.day(date) {
        DayKind::WorkingDay => (true, DayReason::WorkingDay),
        DayKind::MakeUpWorkingDay => (true, DayReason::MakeUpWorkingDay),
        DayKind::Weekend => (false, DayReason::Weekend),
        DayKind::StatutoryHoliday => (false, DayReason::StatutoryHoliday),
        DayKind::Unpublished if is_weekday(date) => (true, DayReason::AssumedWorkingDay),
        DayKind::Unpublished => (false, DayReason::Weekend),
    }
}

/// A date of a period in hours counts if the clock ran at any moment of it.
fn explain_hours(
    start: Date,
    begin: OffsetDateTime,
    end: OffsetDateTime,
    suspensions: &[Suspension],
) -> Result<Vec<TraceDay>, ClockError> {
    let mut runs = Vec::new();
    let mut at = begin;
    while at < end {
        let stop = next_suspension(suspensions, at).filter(|next| next.from() < end);
        let until = stop.map_or(end, |stop| stop.from());
        if at < until {
            runs.push((at.date(), last_date(until)?));
        }
        at = stop.map_or(end, |stop| stop.to().unwrap_or(end));
    }
    let last = last_date(end)?.max(start);
    let days = dates(start, last).map(|date| {
        let counted = runs.iter().any(|(from, to)| *from <= date && date <= *to);
        let reason = if counted {
            DayReason::Hours
        } else if date < begin.date() {
            DayReason::StartDay
        } else {
            DayReason::Suspended
        };
        TraceDay { date, counted, reason }
    });
    Ok(days.collect())
}

fn is_suspended(date: Date, suspensions: &[Suspension]) -> bool {
    suspensions.iter().any(|suspension| suspension.pause().covers(date))
}
