//! Legal clocks: which day is a working day, how long a period runs under which law, and why it is due on that day.
//!
//! * [`calendar`]: the State Council's holiday notices; [`instrument`] and [`law`]: the laws as data;
//! * [`period`]: "7 working days"; [`deadline()`] and [`trace()`]: when it ends, and why;
//! * [`ledger`]: one clock of one case through suspension, extension and expiry.
//!
//! Dates are those of China (UTC+8, no daylight saving), whatever the offset of the moments that come in.

pub mod calendar;
pub mod deadline;
pub mod error;
pub mod instrument;
pub mod law;
pub mod law_ref;
pub mod ledger;
pub mod period;
pub mod trace;

#[cfg(test)]
mod by_hand_tests;
#[cfg(test)]
pub(crate) mod samples;
pub(crate) mod source;

use time::Date;

pub use calendar::{Calendar, DayKind};
pub use deadline::{CHINA, Deadline, Due, DueAt, Remaining, Suspension, deadline, deadline_date, local_date};
pub use error::ClockError;
pub use instrument::Instrument;
pub use law::Law;
pub use law_ref::LawRef;
pub use ledger::{ClockState, ClockStatus, ClockTerms, Duty, Extension};
pub use period::{Period, Unit};
pub use trace::{DayReason, Trace, TraceDay, trace};

time::serde::format_description!(pub(crate) mod iso_date [Date] = "[year]-[month]-[day]");

/// The day that a text says, written as days are written everywhere: `2026-10-10`.
pub fn iso_day(text: &str) -> Option<Date> {
    Date::parse(text, source::ISO_DATE).ok()
}
