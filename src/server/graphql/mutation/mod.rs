//! The mutation root, one file per subject. Every mutation takes one `input` and answers a payload with `userErrors`.

pub mod act;
pub mod contribution;
pub mod filing;
pub mod opening;
pub mod privacy;
pub mod register;
pub mod telling;
pub mod transfer;
pub mod transition;
pub mod watch;
pub mod workflows;

use async_graphql::MergedObject;

use self::{
    act::ActMutation, contribution::ContributionMutation, filing::FilingMutation, opening::OpeningMutation,
    privacy::PrivacyMutation, register::RegisterMutation, telling::TellingMutation, transfer::TransferMutation,
    transition::TransitionMutation, watch::WatchMutation, workflows::WorkflowMutation,
};

/// What can be done.
#[derive(Default, MergedObject)]
pub struct Mutation(
    FilingMutation,
    TransitionMutation,
    RegisterMutation,
    PrivacyMutation,
    WorkflowMutation,
    TransferMutation,
    ActMutation,
    OpeningMutation,
    WatchMutation,
    ContributionMutation,
    TellingMutation,
);
