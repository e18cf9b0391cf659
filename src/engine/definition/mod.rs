//! Procedures as files: read ([`source`]), decoded (`authored`), compiled ([`compile`]), checked ([`check`]).

pub mod act;
mod actors;
pub(crate) mod authored;
pub mod check;
mod clock_rule;
mod clocks;
pub mod compile;
pub(crate) mod decode;
mod duties;
mod effect;
mod evidence;
mod extension;
mod field;
pub mod filing;
pub(crate) mod grammar;
pub mod migration;
pub mod model;
mod names;
mod needs;
pub(crate) mod order;
mod periods;
mod reach;
pub mod schema;
pub mod source;
mod subcase;
mod tree;
pub mod uses;
