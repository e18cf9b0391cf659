//! The portal, over HTTP and without scripts.

mod desk;
pub(crate) mod fixture;
mod public;
mod safety;
mod workflows;
