//! The portal, over HTTP and without scripts.

mod amounts;
mod competence;
mod contributions;
mod desk;
mod drafts;
pub(crate) mod fixture;
mod language;
mod public;
mod safety;
mod transfers;
mod workflows;
