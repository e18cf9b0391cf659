//! How a case is filed, and who gets it.

use serde::Serialize;

use super::model::EffectRule;
use crate::{clock::LawRef, text::Label};

/// Who takes filings in where the file does not say: market regulation runs the service.
pub const USUAL_RECEIVER: &str = "market_regulation";

/// How a person may file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingMode {
    /// With a name that the handling office sees.
    Named,
    /// With a name that only an audited, purpose-bound call shows.
    Confidential,
    /// Without any name.
    Anonymous,
}

/// Whom a procedure serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Who bought something, or saw something.
    Consumers,
    /// Who owns or may use a mark.
    RightHolders,
    /// The sides of a dispute.
    Disputants,
    /// Traders on whom something was imposed.
    Businesses,
    /// Officers.
    Offices,
}

/// The form that opens a case.
#[derive(Clone, Debug)]
pub struct Filing {
    /// Who files.
    pub by: Vec<String>,
    /// Allowed modes, the first is the default.
    pub modes: Vec<FilingMode>,
    /// Who files this way, and what for: what a person reads before the form.
    pub hint: Option<Label>,
    /// Whom it serves.
    pub audience: Audience,
    /// The answer that names the organisation which gets the case; without one, one of `received_by` does.
    pub to: Option<String>,
    /// The answer that names the day on which something came that is registered later: that is the filing day then.
    pub received: Option<String>,
    /// Kinds of organisations that take filings of the public in, the first that the installation has.
    pub received_by: Vec<String>,
    /// One thing per page.
    pub pages: Vec<Page>,
    /// What happens on filing.
    pub effects: Vec<EffectRule>,
    /// The rule that allows it.
    pub law: Option<LawRef>,
}

impl Filing {
    /// All asked fields, page after page, those of pages for some roles too.
    pub fn form(&self) -> impl Iterator<Item = &FormField> {
        self.pages.iter().flat_map(|page| page.fields.iter())
    }
}

/// A page of the filing form.
#[derive(Clone, Debug)]
pub struct Page {
    /// Stable key, used in the address.
    pub key: String,
    /// Heading.
    pub title: Label,
    /// Help under the heading.
    pub hint: Option<Label>,
    /// Roles that are asked it, of those that file; empty: all are.
    pub by: Vec<String>,
    /// What is asked.
    pub fields: Vec<FormField>,
}

/// A field asked by a form.
#[derive(Clone, Debug)]
pub struct FormField {
    /// Its name in [`Definition::fields`](super::model::Definition::fields).
    pub field: String,
    /// Whether an answer is required.
    pub required: bool,
}
