//! The API as other programs use it: over HTTP, with the committed operations, on both engines.

mod acts;
pub(crate) mod client;
mod competence;
mod contributions;
mod disclosures;
mod filing;
mod following;
mod privacy;
mod reading;
mod remedies;
mod sessions;
mod workflows;
