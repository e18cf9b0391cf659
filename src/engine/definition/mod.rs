//! Procedures as files: read ([`source`]), decoded (`authored`), compiled ([`compile`]), checked ([`check`]).

pub(crate) mod authored;
pub mod check;
pub mod compile;
mod effect;
pub mod model;
pub mod source;
