//! Use cases: what people and programs can ask of the service. Each authorises, decides or commits; none knows HTTP.

pub mod accounts;
pub mod acts;
pub mod amendment;
pub mod case_view;
pub mod cases;
pub mod competence;
pub mod deadlines;
pub mod definitions;
pub mod directory;
pub mod drafts;
mod error;
pub mod feedback;
pub mod governance;
pub mod intake;
pub mod integrity;
pub mod laws;
pub mod migration;
mod numbering;
pub mod organisations;
mod past;
mod payload;
pub mod privacy;
pub mod publication;
mod record;
pub mod register;
pub mod replay;
pub mod seal;
pub mod subcases;
pub mod telling;
pub mod timers;
pub mod transfer;
mod witness;
pub mod wording;

pub use error::{Error, Result};
