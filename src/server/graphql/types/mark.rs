//! Marks of the register and what resembles them.

use std::ops::Range;

use async_graphql::{Enum, ID, Object, SimpleObject};
use serde_json::Value as Json;
use zhengming_marks::{Aspect, Aspects, Comparison, Mark as IndexedMark, Match, Nearness};

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

    /// Similar groups of goods and services (类似群), four digits each; empty if unknown.
    async fn similar_groups(&self) -> Vec<String> {
        self.0.groups.iter().map(ToString::to_string).collect()
    }

    /// Status as the source words it, for example `registered`.
    async fn status(&self) -> Option<&str> {
        self.0.status.as_deref()
    }

    /// How well known the mark is, 0 to 100, as the register says; none if it does not.
    async fn fame(&self) -> Option<u8> {
        self.0.fame
    }

    /// Other names of the same mark.
    async fn aliases(&self) -> &[String] {
        &self.0.aliases
    }
}

/// How alike two names are in each aspect, from 0 to 1. Of a name in characters and one in letters only the sound is compared.
#[derive(SimpleObject)]
pub struct MarkAspects {
    /// How they look (形); null where that was not compared.
    form: Option<f64>,
    /// How they sound (音).
    sound: f64,
    /// What they mean (义), as far as they share words or are known as names of one brand; null where that was not compared.
    meaning: Option<f64>,
    /// As a whole (整体): the score.
    whole: f64,
}

impl From<Aspects> for MarkAspects {
    fn from(aspects: Aspects) -> Self {
        Self {
            form: aspects.form,
            sound: aspects.sound,
            meaning: aspects.meaning,
            whole: aspects.whole,
        }
    }
}

/// In what respect two names are alike, as the guide of the trademark office has it.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum ReasonGroup {
    /// How they look (形).
    Form,
    /// How they sound (音).
    Sound,
    /// What they mean (义).
    Meaning,
    /// As a whole (整体).
    Whole,
}

impl From<Aspect> for ReasonGroup {
    fn from(aspect: Aspect) -> Self {
        match aspect {
            Aspect::Form => Self::Form,
            Aspect::Sound => Self::Sound,
            Aspect::Meaning => Self::Meaning,
            Aspect::Whole => Self::Whole,
        }
    }
}

/// A reason with the respect that it belongs to.
#[derive(SimpleObject)]
pub struct MatchReason {
    /// The reason, as a code with particulars, for example `look_alike(帅~师 .87)`.
    reason: String,
    /// In what respect the names are alike by it.
    group: ReasonGroup,
}

/// Reasons as they are written, in the order of the law: form, sound, meaning, whole; within each the strongest first.
pub(crate) fn grouped<'r>(reasons: impl Iterator<Item = &'r str>) -> Vec<MatchReason> {
    let mut grouped: Vec<(Aspect, &str)> = reasons.map(|reason| (Aspect::of_written(reason), reason)).collect();
    // Stable: the order within a group stays.
    grouped.sort_by_key(|(aspect, _)| *aspect);
    let reasons = grouped.into_iter().map(|(aspect, reason)| MatchReason {
        reason: reason.to_owned(),
        group: aspect.into(),
    });
    reasons.collect()
}

/// A piece of a name and the piece of the mark that it answers to.
#[derive(SimpleObject)]
pub struct MarkPiece {
    /// Characters of the name; empty where the mark has some that the name lacks.
    name: String,
    /// Characters of the mark; empty where the name has some that the mark lacks.
    mark: String,
    /// In what they are alike, as a code; null for the same characters and for those without a counterpart.
    reason: Option<String>,
}

/// What goods and services have in common.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum GoodsShared {
    /// A similar group: presumed similar.
    SameGroup,
    /// A class, and no group that is known: they may be similar.
    SameClass,
    /// Neither: seldom similar.
    Apart,
    /// Of one of the two nothing is known.
    Unknown,
}

/// How near goods and services are to each other by their classes and similar groups.
#[derive(SimpleObject)]
pub struct GoodsNearness {
    /// Which they share.
    nearness: GoodsShared,
    /// The similar groups or, where no group is shared, the classes that both have.
    shared: Vec<String>,
    /// For a bar beside the aspects: 1 for a group, a half for a class alone, 0 for neither; null where nothing is known.
    score: Option<f64>,
}

impl From<&Nearness> for GoodsNearness {
    fn from(found: &Nearness) -> Self {
        Self {
            nearness: match found {
                Nearness::SameGroup(_) => GoodsShared::SameGroup,
                Nearness::SameClass(_) => GoodsShared::SameClass,
                Nearness::Apart => GoodsShared::Apart,
                Nearness::Unknown => GoodsShared::Unknown,
            },
            shared: found.shared(),
            score: found.score(),
        }
    }
}

/// Two names side by side. Help for whoever decides, never a finding.
#[derive(SimpleObject)]
pub struct MarkComparison {
    /// Likeness from 0 to 1.
    score: f64,
    /// What the score means.
    band: Band,
    /// What it is made of.
    aspects: MarkAspects,
    /// The names, piece by piece.
    pieces: Vec<MarkPiece>,
    /// Why, as codes with particulars, the strongest first.
    reasons: Vec<String>,
    /// The same reasons grouped as the law compares: form (形), sound (音), meaning (义), whole (整体).
    grouped_reasons: Vec<MatchReason>,
    /// How near the goods are.
    goods: GoodsNearness,
}

impl MarkComparison {
    /// A comparison of names beside that of their goods.
    pub(crate) fn new(found: Comparison, goods: &Nearness) -> Self {
        let (name, mark): (Vec<char>, Vec<char>) = (found.query.chars().collect(), found.mark.chars().collect());
        let cut = |of: &[char], span: Range<usize>| of.get(span).into_iter().flatten().collect::<String>();
        let pieces = found.pieces.iter().map(|piece| MarkPiece {
            name: cut(&name, piece.query.clone()),
            mark: cut(&mark, piece.mark.clone()),
            reason: piece.reason.as_ref().map(ToString::to_string),
        });
        let reasons: Vec<String> = found.reasons.iter().map(ToString::to_string).collect();
        Self {
            pieces: pieces.collect(),
            score: found.score,
            band: found.band.into(),
            aspects: found.aspects.into(),
            grouped_reasons: grouped(reasons.iter().map(String::as_str)),
            reasons,
            goods: goods.into(),
        }
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
    /// What the score is made of.
    aspects: MarkAspects,
    /// Why, as codes with particulars, for example `edit_distance(1)`.
    reasons: Vec<String>,
    /// The same reasons grouped as the law compares: form (形), sound (音), meaning (义), whole (整体).
    grouped_reasons: Vec<MatchReason>,
}

impl From<Match> for MarkMatch {
    fn from(found: Match) -> Self {
        let reasons: Vec<String> = found.reasons.iter().map(ToString::to_string).collect();
        Self {
            mark: Mark(found.mark),
            score: found.score,
            band: found.band.into(),
            aspects: found.aspects.into(),
            grouped_reasons: grouped(reasons.iter().map(String::as_str)),
            reasons,
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
    /// The same reasons grouped as the law compares: form (形), sound (音), meaning (义), whole (整体).
    grouped_reasons: Vec<MatchReason>,
    /// When it was found.
    found_at: DateTime,
}

impl SimilarMark {
    pub(crate) fn new(found: &SimilarMarkRow, mark: &MarkRow) -> Self {
        let reasons = || found.reasons.as_array().into_iter().flatten().filter_map(Json::as_str);
        Self {
            mark: mark.into(),
            score: found.score,
            band: Band::of_code(&found.band),
            reasons: reasons().map(str::to_owned).collect(),
            grouped_reasons: grouped(reasons()),
            found_at: DateTime(found.found_at),
        }
    }
}
