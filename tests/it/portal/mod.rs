//! The portal, over HTTP and without scripts.

mod account;
mod amounts;
mod branches;
mod competence;
mod contributions;
mod desk;
mod drafts;
mod draws;
mod erasure;
mod expired;
pub(crate) mod fixture;
mod language;
mod parties;
mod public;
mod safety;
mod transfers;
mod workflows;
