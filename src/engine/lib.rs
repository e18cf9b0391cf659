//! Procedures and legal clocks of Zhengming, as pure functions.
//!
//! Nothing in this crate reads a clock, a file, a database or a random source, and nothing in it panics on any YAML or
//! payload: `now`, ids and texts are parameters, effects are values, refusals and diagnostics are values too.

pub mod clock;
pub mod diagnostic;
pub mod text;
