//! Anything that an id names.

use async_graphql::{ID, Interface};

use super::{case::Case, mark::Mark, organisation::Organisation, procedure::Procedure};

/// An object with an id of its own, which `node` finds again.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque id."))]
pub enum Node {
    /// A case.
    Case(Box<Case>),
    /// A mark.
    Mark(Mark),
    /// An organisation.
    Organisation(Organisation),
    /// One version of a procedure.
    Procedure(Procedure),
}
