//! Marks of the register and what resembles them.

use async_graphql::{ID, Object, SimpleObject};
use serde_json::Value as Json;
use zhengming_marks::{Mark as IndexedMark, Match};

use super::code::Band;
use crate::{
    graphql::{id::NodeKind, scalar::DateTime},
    search::indexed,
    store::{MarkRow, SimilarMarkRow},
};

/// A mark of the public register.
pub struct Mark(IndexedMark);

impl From<&MarkRow> for Mark {
    fn from(row: &MarkRow) -> Self {
        Self(indexed(row))
    }
}

/// A mark of the public register.
#[Object]
impl Mark {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        NodeKind::Mark.id(&self.0.id)
    }

    /// Wording.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Number given by the trademark office.
    async fn registration_no(&self) -> Option<&str> {
        self.0.registration_no.as_deref()
    }

    /// Registered owner.
    async fn owner(&self) -> Option<&str> {
        self.0.owner.as_deref()
    }

    /// Classes of goods and services (Nice), 1 to 45; empty if unknown.
    async fn classes(&self) -> &[u8] {
        &self.0.classes
    }

    /// Status as the source words it, for example `registered`.
    async fn status(&self) -> Option<&str> {
        self.0.status.as_deref()
    }

    /// Other names of the same mark.
    async fn aliases(&self) -> &[String] {
        &self.0.aliases
    }
}

/// A mark that a name resembles.
#[derive(SimpleObject)]
pub struct MarkMatch {
    /// The mark.
    mark: Mark,
    /// Likeness from 0 to 1.
    score: f64,
    /// What the score means.
    band: Band,
    /// Why, as codes with particulars, for example `edit_distance(1)`.
    reasons: Vec<String>,
}

impl From<Match> for MarkMatch {
    fn from(found: Match) -> Self {
        Self {
            mark: Mark(found.mark),
            score: found.score,
            band: found.band.into(),
            reasons: found.reasons.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A mark that a name in a case resembles.
#[derive(SimpleObject)]
pub struct SimilarMark {
    /// The mark.
    mark: Mark,
    /// Likeness from 0 to 1.
    score: f64,
    /// What the score means.
    band: Band,
    /// Why, as codes with particulars, for example `edit_distance(1)`.
    reasons: Vec<String>,
    /// When it was found.
    found_at: DateTime,
}

impl SimilarMark {
    pub(crate) fn new(found: &SimilarMarkRow, mark: &MarkRow) -> Self {
        let reasons = found.reasons.as_array().into_iter().flatten().filter_map(Json::as_str);
        Self {
            mark: mark.into(),
            score: found.score,
            band: Band::of_code(&found.band),
            reasons: reasons.map(str::to_owned).collect(),
            found_at: DateTime(found.found_at),
        }
    }
}
