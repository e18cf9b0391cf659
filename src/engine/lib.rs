//! Procedures and legal clocks of Zhengming, as pure functions.
//!
//! Nothing in this crate reads a clock, a file, a database or a random source, and nothing in it panics on any YAML or
//! payload: `now`, ids and texts are parameters, effects are values, refusals and diagnostics are values too.
//!
//! [`pack::Pack::load`] turns the files of `workflows/` into checked [`definition::model::Definition`]s;
//! [`decide::open`], [`decide::perform`] and [`decide::fire`] say what a filing, an event or a timer does to a case.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]
#![warn(missing_docs)]

#[cfg(test)]
mod actors_tests;
#[cfg(test)]
mod author_rules_tests;
#[cfg(test)]
mod author_tests;
pub mod chart;
pub mod clock;
pub mod contribution;
pub mod decide;
pub mod decision;
pub mod definition;
pub mod diagnostic;
pub mod diagram;
pub mod division;
pub mod dossier;
#[cfg(test)]
mod dossier_tests;
pub mod draw;
pub mod duty;
#[cfg(test)]
mod duty_tests;
pub mod explore;
#[cfg(test)]
mod faults_tests;
pub mod feedback;
#[cfg(test)]
mod filing_tests;
pub mod form;
pub mod guard;
#[cfg(test)]
mod lot_tests;
#[cfg(test)]
mod migration_tests;
pub mod notice;
pub mod pack;
#[cfg(test)]
mod parallel_tests;
#[cfg(test)]
mod procedure_tests;
pub mod remedy;
pub mod routing;
pub mod scxml;
pub mod sheet;
#[cfg(test)]
mod steps_tests;
#[cfg(test)]
mod subcase_tests;
pub mod text;
mod timing;
#[cfg(test)]
mod timing_tests;
#[cfg(test)]
mod uses_tests;
#[cfg(test)]
mod walk_tests;
mod yaml;
