//! Pictures of a procedure, generated from its definition: a drawing (SVG), texts for other drawing programs (Mermaid, DOT),
//! a state machine for XState, and a table for lawyers.
//!
//! All say the same: what [`content`] gathers. They are pure functions of the definition and the wording; equal input gives
//! equal bytes.

mod block;
mod content;
pub mod layout;
mod legend;
mod svg;
mod text;
mod wording;

pub use self::{
    block::Whereabouts,
    svg::{Frame, svg},
    wording::{Language, Wording},
};
