//! The mutation root, one file per subject. Every mutation takes one `input` and answers a payload with `userErrors`.

mod filing;
mod privacy;
mod register;
mod transition;

use async_graphql::MergedObject;

pub use self::{
    filing::FilingMutation, privacy::PrivacyMutation, register::RegisterMutation, transition::TransitionMutation,
};

/// What can be done.
#[derive(Default, MergedObject)]
pub struct Mutation(FilingMutation, TransitionMutation, RegisterMutation, PrivacyMutation);
