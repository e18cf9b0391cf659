//! One clock of one case: what its budget was, when it stood still, and how it ended.
//!
//! A record is never changed in place: every step gives a new one or says why it cannot be taken. What can be computed
//! (remaining time, overdue) is not stored; the due date is, so that timers can be armed from the record, and
//! [`ClockState::reproject`] computes it again after the calendar changed.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    deadline::{Deadline, Due, Remaining, Suspension, deadline_date, local_date},
    error::ClockError,
    law::Law,
    law_ref::LawRef,
    period::{Period, Unit},
    trace::trace,
};

/// Who has to act within the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// An authority: screens warn by the strict date.
    Authority,
    /// A party: screens warn by the due date.
    Party,
}

/// Where a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockStatus {
    /// It runs.
    Running,
    /// It stands still and has no due date.
    Suspended,
    /// What it waited for was done, in time or late.
    Met,
    /// It no longer matters.
    Cancelled,
    /// Its period is over; the duty may remain.
    Expired,
}

impl fmt::Display for ClockStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Suspended => "suspended",
            Self::Met => "met",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        })
    }
}

/// What a procedure says about a clock, before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClockTerms {
    /// Name in the procedure.
    pub name: String,
    /// Key of the instrument by whose rules it counts.
    pub instrument: String,
    /// The article that sets the period.
    pub legal_basis: LawRef,
    /// The period, before any extension.
    pub period: Period,
    /// Who has to act within it.
    pub duty: Duty,
}

/// A time during which a clock stood still, and why.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SuspensionEntry {
    /// From when to when.
    #[serde(flatten)]
    pub time: Suspension,
    /// Code of the cause, for example `appraisal`.
    pub cause: String,
}

/// A lengthening of the period.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Extension {
    /// How much is added, in the unit of the period.
    pub period: Period,
    /// The reason from the procedure's closed list, or the event that granted it where the reason is told in words:
    /// those are personal data and stand with the event.
    pub reason_code: String,
    /// Role that approved it, where the rule asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// When it was granted.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// The record of one clock of one case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClockState {
    /// What the procedure says about it.
    #[serde(flatten)]
    pub terms: ClockTerms,
    /// 1 for the first run; a restart makes the next. Timers of earlier generations are void.
    pub generation: u32,
    /// Where it stands.
    pub status: ClockStatus,
    /// When it started.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// When it was met, cancelled or expired.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub stopped_at: Option<OffsetDateTime>,
    /// When it stood still, in order.
    pub suspensions: Vec<SuspensionEntry>,
    /// How it was lengthened, in order.
    pub extensions: Vec<Extension>,
    /// When it ends, as computed last.
    pub due: Due,
    /// The calendar that `due` was computed with.
    pub calendar_version: String,
}

impl ClockState {
    /// Starts a clock.
    ///
    /// # Errors
    /// [`ClockError::UnknownInstrument`], or [`ClockError::OutOfRange`] for a period beyond the representable dates.
    pub fn start(law: &Law, terms: ClockTerms, at: OffsetDateTime) -> Result<Self, ClockError> {
        Self::begin(law, terms, 1, at)
    }

    /// Starts the clock anew with its whole period, as when a merged report counts from its last receipt
    /// (市场监督管理投诉举报处理办法 art 35). Suspensions and extensions of the earlier generation do not carry over.
    ///
    /// # Errors
    /// [`ClockError::OutOfOrder`] for a moment before the present start, [`ClockError::WrongStatus`] for a clock that was
    /// met or cancelled, and those of [`Self::start`].
    pub fn restart(&self, law: &Law, at: OffsetDateTime) -> Result<Self, ClockError> {
        self.require(&[ClockStatus::Running, ClockStatus::Suspended, ClockStatus::Expired])?;
        if at < self.started_at {
            return Err(ClockError::OutOfOrder);
        }
        Self::begin(law, self.terms.clone(), self.generation.saturating_add(1), at)
    }

    /// Stops the clock for a cause. Of a period in days the day of `at` is still counted; one in hours stops that moment.
    ///
    /// # Errors
    /// [`ClockError::WrongStatus`] unless it runs, [`ClockError::AlreadyDue`] when its period is over,
    /// [`ClockError::OutOfOrder`] before its start or its last resumption, [`ClockError::ReasonMissing`] without a cause.
    pub fn suspend(&self, law: &Law, at: OffsetDateTime, cause: &str) -> Result<Self, ClockError> {
        self.require(&[ClockStatus::Running])?;
        self.require_time_left(at)?;
        require_reason(cause)?;
        let resumed = self.suspensions.iter().filter_map(|entry| entry.time.to()).max();
        if at < self.started_at || resumed.is_some_and(|resumed| at < resumed) {
            return Err(ClockError::OutOfOrder);
        }
        let mut next = Self {
            status: ClockStatus::Suspended,
            ..self.clone()
        };
        next.suspensions.push(SuspensionEntry {
            time: Suspension::new(at, None)?,
            cause: cause.to_owned(),
        });
        next.reproject(law)
    }

    /// Lets the clock go on. Of a period in days the day of `at` is not counted.
    ///
    /// # Errors
    /// [`ClockError::WrongStatus`] unless it is suspended, [`ClockError::SuspensionReversed`] for a moment before that at
    /// which it stopped.
    pub fn resume(&self, law: &Law, at: OffsetDateTime) -> Result<Self, ClockError> {
        self.require(&[ClockStatus::Suspended])?;
        let mut next = Self {
            status: ClockStatus::Running,
            ..self.clone()
        };
        for entry in &mut next.suspensions {
            if entry.time.to().is_none() {
                entry.time = Suspension::new(entry.time.from(), Some(at))?;
            }
        }
        next.reproject(law)
    }

    /// Notes that what the clock waited for was done, in time or late.
    ///
    /// # Errors
    /// [`ClockError::WrongStatus`] when it was already met or cancelled, [`ClockError::OutOfOrder`] before its start.
    pub fn stop(&self, at: OffsetDateTime) -> Result<Self, ClockError> {
        self.require(&[ClockStatus::Running, ClockStatus::Suspended, ClockStatus::Expired])?;
        self.ended(ClockStatus::Met, at)
    }

    /// Notes that the clock no longer matters.
    ///
    /// # Errors
    /// As [`Self::stop`].
    pub fn cancel(&self, at: OffsetDateTime) -> Result<Self, ClockError> {
        self.require(&[ClockStatus::Running, ClockStatus::Suspended, ClockStatus::Expired])?;
        self.ended(ClockStatus::Cancelled, at)
    }

    /// Notes that the period is over. A clock that stands still cannot expire.
    ///
    /// # Errors
    /// [`ClockError::WrongStatus`] unless it runs, [`ClockError::NotDue`] before its end.
    pub fn expire(&self, at: OffsetDateTime) -> Result<Self, ClockError> {
        self.require(&[ClockStatus::Running])?;
        if !self.is_over(at) {
            return Err(ClockError::NotDue);
        }
        self.ended(ClockStatus::Expired, at)
    }

    /// Lengthens the period: the total is counted from the start again, as one period.
    ///
    /// # Errors
    /// [`ClockError::WrongStatus`] unless it runs or is suspended, [`ClockError::AlreadyDue`] when its period is over,
    /// [`ClockError::TooManyExtensions`] after `max_times`, [`ClockError::UnitMismatch`] for another unit,
    /// [`ClockError::ReasonMissing`] without a reason.
    pub fn extend(&self, law: &Law, extension: Extension, max_times: u32) -> Result<Self, ClockError> {
        self.require(&[ClockStatus::Running, ClockStatus::Suspended])?;
        self.require_time_left(extension.at)?;
        require_reason(&extension.reason_code)?;
        if extension.at < self.started_at {
            return Err(ClockError::OutOfOrder);
        }
        if self.extensions.len() >= usize::try_from(max_times).unwrap_or(usize::MAX) {
            return Err(ClockError::TooManyExtensions { max_times });
        }
        let mut next = self.clone();
        next.extensions.push(extension);
        next.reproject(law)
    }

    /// Computes the due date again, as after a new or amended calendar. An ended clock keeps the date it ended by.
    ///
    /// # Errors
    /// [`ClockError::UnknownInstrument`], [`ClockError::OutOfRange`] or [`ClockError::UnitMismatch`].
    pub fn reproject(&self, law: &Law) -> Result<Self, ClockError> {
        if !matches!(self.status, ClockStatus::Running | ClockStatus::Suspended) {
            return Ok(self.clone());
        }
        let instrument = law.instrument(&self.terms.instrument)?;
        let due = deadline_date(law, instrument, self.budget()?, self.started_at, &self.pauses())?;
        Ok(Self {
            due,
            calendar_version: law.calendar.version().to_owned(),
            ..self.clone()
        })
    }

    /// The due date with its trace, computed afresh.
    ///
    /// # Errors
    /// As [`Self::reproject`].
    pub fn deadline(&self, law: &Law) -> Result<Deadline, ClockError> {
        let instrument = law.instrument(&self.terms.instrument)?;
        let (budget, pauses) = (self.budget()?, self.pauses());
        Ok(Deadline {
            due: deadline_date(law, instrument, budget, self.started_at, &pauses)?,
            calendar_version: law.calendar.version().to_owned(),
            trace: trace(law, instrument, budget, self.started_at, &pauses)?,
        })
    }

    /// The period with all its extensions.
    ///
    /// # Errors
    /// [`ClockError::UnitMismatch`] when an extension is in another unit, [`ClockError::OutOfRange`] when the sum is too
    /// large.
    pub fn budget(&self) -> Result<Period, ClockError> {
        self.extensions.iter().try_fold(self.terms.period, |budget, extension| {
            let by = extension.period;
            if budget.unit() != by.unit() {
                return Err(ClockError::UnitMismatch {
                    budget: budget.unit(),
                    extension: by.unit(),
                });
            }
            budget.lengthened(by).ok_or(ClockError::OutOfRange)
        })
    }

    /// What is left at a moment, in the unit of the period (calendar days for months and years); nothing once it is over.
    /// `None` for a clock that ended.
    ///
    /// # Errors
    /// [`ClockError::OutOfRange`] at the far ends of the representable time.
    pub fn remaining(&self, law: &Law, now: OffsetDateTime) -> Result<Option<Remaining>, ClockError> {
        let due = match (self.status, &self.due) {
            (ClockStatus::Suspended, Due::Suspended { remaining }) => return Ok(Some(*remaining)),
            (ClockStatus::Running | ClockStatus::Suspended, Due::At(due)) => due,
            _ => return Ok(None),
        };
        let today = local_date(now)?;
        Ok(Some(match self.terms.period.unit() {
            Unit::Hours => Remaining::Seconds(u64::try_from((due.due_at - now).whole_seconds()).unwrap_or(0)),
            Unit::WorkingDays => Remaining::WorkingDays(law.calendar.working_days_between(today, due.due_date)),
            Unit::Days | Unit::Months | Unit::Years => {
                Remaining::Days(u32::try_from((due.due_date - today).whole_days()).unwrap_or(0))
            }
        }))
    }

    /// Whether the period is over and what it waited for is not done.
    #[must_use]
    pub fn overdue(&self, now: OffsetDateTime) -> bool {
        matches!(self.status, ClockStatus::Running | ClockStatus::Expired) && self.is_over(now)
    }

    /// Whether it was met only after its period was over.
    #[must_use]
    pub fn met_late(&self) -> bool {
        self.status == ClockStatus::Met && self.stopped_at.is_some_and(|at| self.is_over(at))
    }

    fn begin(law: &Law, terms: ClockTerms, generation: u32, at: OffsetDateTime) -> Result<Self, ClockError> {
        let instrument = law.instrument(&terms.instrument)?;
        let due = deadline_date(law, instrument, terms.period, at, &[])?;
        Ok(Self {
            terms,
            generation,
            status: ClockStatus::Running,
            started_at: at,
            stopped_at: None,
            suspensions: Vec::new(),
            extensions: Vec::new(),
            due,
            calendar_version: law.calendar.version().to_owned(),
        })
    }

    fn pauses(&self) -> Vec<Suspension> {
        self.suspensions.iter().map(|entry| entry.time).collect()
    }

    fn ended(&self, status: ClockStatus, at: OffsetDateTime) -> Result<Self, ClockError> {
        if at < self.started_at {
            return Err(ClockError::OutOfOrder);
        }
        Ok(Self {
            status,
            stopped_at: Some(at),
            ..self.clone()
        })
    }

    fn is_over(&self, at: OffsetDateTime) -> bool {
        self.due.at().is_some_and(|due| at >= due.due_at)
    }

    fn require(&self, allowed: &[ClockStatus]) -> Result<(), ClockError> {
        if allowed.contains(&self.status) {
            Ok(())
        } else {
            Err(ClockError::WrongStatus(self.status))
        }
    }

    fn require_time_left(&self, at: OffsetDateTime) -> Result<(), ClockError> {
        if self.is_over(at) {
            Err(ClockError::AlreadyDue)
        } else {
            Ok(())
        }
    }
}

fn require_reason(reason: &str) -> Result<(), ClockError> {
    if reason.trim().is_empty() {
        Err(ClockError::ReasonMissing)
    } else {
        Ok(())
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
