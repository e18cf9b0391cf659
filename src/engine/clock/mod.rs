//! Legal clocks: which day is a working day, how long a period runs under which law, and why it is due on that day.
//!
//! * [`calendar`]: the State Council's holiday notices; [`instrument`] and [`law`]: the laws as data;
//! * [`period`]: "7 working days"; [`deadline`] and [`trace`]: when it ends, and why;
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
pub(crate) mod samples;
mod source;

use time::Date;

pub use calendar::Calendar;
pub use calendar::DayKind;
pub use deadline::Deadline;
pub use deadline::Due;
pub use deadline::DueAt;
pub use deadline::Remaining;
pub use deadline::Suspension;
pub use deadline::deadline;
pub use deadline::deadline_date;
pub use deadline::local_date;
pub use error::ClockError;
pub use instrument::Instrument;
pub use law::Law;
pub use law_ref::LawRef;
pub use ledger::ClockState;
pub use ledger::ClockStatus;
pub use period::Period;
pub use period::Unit;
pub use trace::DayReason;
pub use trace::Trace;
pub use trace::TraceDay;
pub use trace::trace;

time::serde::format_description!(pub(crate) mod iso_date [Date] = "[year]-[month]-[day]");
