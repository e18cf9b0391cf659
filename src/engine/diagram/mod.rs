//! Pictures of a procedure, generated from its definition: a drawing (SVG), texts for other drawing programs (Mermaid, DOT),
//! a state machine for XState, and a table for lawyers.
//!
//! All say the same: what `content` gathers. They are pure functions of the definition and the wording; equal input gives
//! equal bytes.

mod block;
mod content;
mod dot;
pub mod layout;
mod legend;
mod mermaid;
mod pen;
mod svg;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod wording;
mod xstate;

pub use self::{
    block::Whereabouts,
    dot::dot,
    mermaid::mermaid,
    svg::{Frame, svg},
    table::table,
    wording::{Language, Wording},
    xstate::xstate,
};
