//! What procedures, staff and clocks lead to: discrete-event runs of offices that decide by the engine.
//!
//! A [`Model`] is what an analyst assumes about one kind of office: how many filings come, who works when, how long things
//! take, which way cases go. [`run()`] plays it: every step of every case is a decision of [`zhengming_engine::decide`]
//! under the pack's own law and calendar, and a [`Report`] says what came of it. Nothing here reads a clock, a file or the
//! system's randomness: the same model and seed give the same report, on however many threads.
//!
//! * [`read`]: the YAML file, all its faults at once; [`model`]: what it says;
//! * `book`: decisions, remembered by situation, so that a national year takes minutes;
//! * `office`: one office through its time; `desk`: its queues; `tally`: what is counted;
//! * [`report`] and [`chart`]: tables, CSV, SVG.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]
#![warn(missing_docs)]

mod answers;
mod book;
mod case;
mod chance;
pub mod chart;
mod desk;
mod hours;
pub mod model;
mod moment;
mod office;
pub mod read;
pub mod report;
mod run;
mod step;
mod tally;
#[cfg(test)]
mod tests;

pub use model::Model;
pub use report::Report;
pub use run::{run, run_telling};
