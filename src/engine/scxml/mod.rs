//! SCXML (W3C Recommendation of 2015), in and out.
//!
//! [`Document`] is an SCXML document without a data model, read onto the kernel in [`crate::chart`]; a [`Session`] runs
//! it. So the public conformance cases test the code that runs the cases. [`export()`] writes a procedure as SCXML, and
//! [`procedure()`] reads one back: states, events, targets and conditions are SCXML's own elements, what SCXML has no word
//! for (roles, law, clocks, forms, effects) stands in the namespace [`OWN`].

#[cfg(test)]
mod conformance_tests;
mod content;
mod document;
mod export;
mod procedure;
#[cfg(test)]
mod procedure_tests;
mod session;
mod tree;
mod value;
mod write;
mod xml;

pub use document::Document;
pub use export::{Unwritable, export};
pub use procedure::procedure;
pub use session::Session;

/// The namespace of SCXML.
pub const SCXML: &str = "http://www.w3.org/2005/07/scxml";
/// The namespace of what only a procedure has.
pub const OWN: &str = "urn:zhengming:procedure";
/// What our conditions are written in, as the value of `datamodel`.
pub const CEL: &str = "cel";
