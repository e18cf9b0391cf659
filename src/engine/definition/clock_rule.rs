//! A legal clock as a procedure declares it.

use serde::Serialize;

use crate::{
    chart::StateIx,
    clock::{LawRef, Period, ledger::Duty},
    definition::model::FiledRange,
    text::Label,
};

/// How binding a clock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// Set by law.
    Statutory,
    /// Promised by the service; a design choice, not law.
    Service,
}

/// How long a clock runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Length {
    /// A period.
    Period(Period),
    /// Until the date in a field (a date set in a notice).
    Until(String),
}

/// A legal clock of the procedure.
#[derive(Clone, Debug)]
pub struct ClockRule {
    /// Its name.
    pub title: Label,
    /// How long.
    pub length: Length,
    /// Date field whose day is the one that the period counts from, where the step that starts it asks for it.
    pub from: Option<String>,
    /// Clocks whose last day is the one that the period counts from, where their end starts this one.
    pub follows: Vec<String>,
    /// Article that sets it; its instrument decides how days count.
    pub law: LawRef,
    /// Whose duty.
    pub duty: Duty,
    /// Nothing is owed by its end, it only has to be over before something may follow.
    pub waits: bool,
    /// How binding.
    pub force: Force,
    /// States in which it runs: it starts when the first is entered and stops when all are left.
    pub runs_in: Vec<StateIx>,
    /// States (inside `runs_in`) in which it is suspended, each with the cause that the ledger records.
    pub suspended_in: Vec<(StateIx, String)>,
    /// Events that start it anew.
    pub restart_on: Vec<String>,
    /// Filing dates for which the clock exists.
    pub filed: FiledRange,
    /// Clocks of one group: the earliest due warns, expiry fires when the last has expired.
    pub group: Option<String>,
    /// Warnings before it is due.
    pub warn: Vec<Rung>,
    /// Event raised at expiry.
    pub expiry: Option<String>,
    /// Extension rule.
    pub extension: Option<ExtensionRule>,
    /// Line in the file.
    pub line: u32,
}

/// A warning before a clock is due.
#[derive(Clone, Debug)]
pub struct Rung {
    /// How long before.
    pub before: Period,
    /// Who is told.
    pub notify: Vec<String>,
    /// With which notice.
    pub notice: String,
    /// Line in the file.
    pub line: u32,
}

/// How a clock may be extended.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionRule {
    /// By how much each time.
    pub by: Period,
    /// How often at most.
    pub max: u32,
    /// Role that approves it; the events that extend the clock are sent by nobody else.
    pub approver: Option<String>,
    /// Field with the reason; the events that extend the clock require it.
    pub reason: Option<String>,
}
