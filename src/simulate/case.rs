//! A case in a run: what the engine keeps of it, as small as it gets, and what it waits for.

use time::{Date, OffsetDateTime};
use zhengming_engine::{
    clock::ledger::SuspensionEntry,
    clock::{ClockError, ClockState, ClockStatus, ClockTerms, Duty, Extension, Law, Period, Suspension, deadline_date},
    definition::model::{ClockRule, Definition, StateIx},
};

use crate::{
    chance::Chance,
    moment::{Second, moment},
};

/// Names a case for as long as it is open: places are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CaseId {
    pub(crate) place: usize,
    pub(crate) stamp: u32,
}

/// A case that is open.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Index of its procedure.
    pub(crate) procedure: usize,
    /// What the engine knows of it, clocks and dates apart; a number of the procedure's book.
    pub(crate) situation: u32,
    /// By index of the clock in the definition.
    pub(crate) clocks: Vec<Option<Clock>>,
    /// Values of date fields, by index of the field; they differ from case to case, so they are no part of the situation.
    pub(crate) dates: Vec<(usize, Date)>,
    pub(crate) filed_at: Second,
    /// Whether it was filed on a day that counts.
    pub(crate) counted: bool,
    pub(crate) chance: Chance,
    pub(crate) stays: Vec<Stay>,
    /// The case that opened it, and the kind of the link.
    pub(crate) opener: Option<(CaseId, String)>,
    /// Cases that it opened: which, of which procedure, by which link.
    pub(crate) opened: Vec<(CaseId, usize, String)>,
}

impl Case {
    /// When the first of the authority's duties that are still owed is due; one that is late was due long ago. A clock keeps
    /// its end when the duty is done, so those are left out.
    pub(crate) fn due(&self, definition: &Definition) -> Option<Second> {
        let clocks = self.clocks.iter().zip(definition.clocks.values());
        let owed = clocks.filter_map(|(clock, rule)| {
            let clock = clock.as_ref().filter(|_| rule.duty == Duty::Authority)?;
            let ended = matches!(clock.status, ClockStatus::Met | ClockStatus::Cancelled);
            clock.due.filter(|_| !ended)
        });
        owed.min()
    }
}

/// A stay in one leaf.
#[derive(Clone, Debug)]
pub(crate) struct Stay {
    pub(crate) leaf: StateIx,
    pub(crate) since: Second,
    /// Bits of the choices that happened during this stay.
    pub(crate) happened: u64,
    /// Bits of the choices that were refused since the case changed last.
    pub(crate) refused: u64,
    pub(crate) pending: Option<Pending>,
}

/// What will happen next in a stay.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// Tells it from earlier ones of the case.
    pub(crate) token: u64,
    /// Index among the leaf's choices.
    pub(crate) choice: usize,
    pub(crate) variant: usize,
    /// Officer's time that it will cost.
    pub(crate) work: Second,
    /// The desk at which it lies.
    pub(crate) waits_at: Option<usize>,
}

/// A clock of a case, without the texts that its rule repeats.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clock {
    pub(crate) status: ClockStatus,
    pub(crate) generation: u32,
    pub(crate) period: Period,
    pub(crate) started: Second,
    pub(crate) stopped: Option<Second>,
    /// When it ends; none while it is suspended.
    pub(crate) due: Option<Second>,
    pub(crate) pauses: Vec<Suspension>,
    pub(crate) extensions: u8,
}

impl Clock {
    /// The record that the engine keeps, shortened.
    pub(crate) fn of(state: &ClockState) -> Self {
        Self {
            status: state.status,
            generation: state.generation,
            period: state.terms.period,
            started: state.started_at.unix_timestamp(),
            stopped: state.stopped_at.map(OffsetDateTime::unix_timestamp),
            due: state.due.at().map(|due| due.due_at.unix_timestamp()),
            pauses: state.suspensions.iter().map(|entry| entry.time).collect(),
            extensions: u8::try_from(state.extensions.len()).unwrap_or(u8::MAX),
        }
    }

    /// The whole record again.
    ///
    /// # Errors
    /// Those of the engine, for a rule that does not fit.
    pub(crate) fn whole(&self, law: &Law, name: &str, rule: &ClockRule) -> Result<ClockState, ClockError> {
        let started_at = moment(self.started);
        let extension = rule.extension.as_ref().map(|extension| Extension {
            period: extension.by,
            reason_code: "simulated".to_owned(),
            approved_by: extension.approver.clone(),
            at: started_at,
        });
        let pauses = self.pauses.iter().map(|time| SuspensionEntry {
            time: *time,
            cause: "simulated".to_owned(),
        });
        Ok(ClockState {
            terms: ClockTerms {
                name: name.to_owned(),
                instrument: rule.law.instrument().to_owned(),
                legal_basis: rule.law.clone(),
                period: self.period,
                duty: rule.duty,
            },
            generation: self.generation,
            status: self.status,
            started_at,
            stopped_at: self.stopped.map(moment),
            suspensions: pauses.collect(),
            extensions: extension
                .into_iter()
                .cycle()
                .take(usize::from(self.extensions))
                .collect(),
            due: self.projected(law, rule)?,
            calendar_version: law.calendar.version().to_owned(),
        })
    }

    /// When it ends by the law, suspensions and extensions included.
    fn projected(&self, law: &Law, rule: &ClockRule) -> Result<zhengming_engine::clock::Due, ClockError> {
        let instrument = law.cited(&rule.law)?;
        let by = rule.extension.as_ref().map(|extension| extension.by);
        let budget = (0..self.extensions).try_fold(self.period, |budget, _| by.and_then(|by| budget.lengthened(by)));
        let budget = budget.ok_or(ClockError::OutOfRange)?;
        deadline_date(law, instrument, budget, moment(self.started), &self.pauses)
    }

    /// Computes the end anew.
    pub(crate) fn lay(&mut self, law: &Law, rule: &ClockRule) -> Result<(), ClockError> {
        self.due = self.projected(law, rule)?.at().map(|due| due.due_at.unix_timestamp());
        Ok(())
    }

    /// Whether its period is running or stands still.
    pub(crate) fn open(&self) -> bool {
        matches!(self.status, ClockStatus::Running | ClockStatus::Suspended)
    }
}
