//! What money the law speaks of: compensation for consumers, damages for right holders, thresholds of offences, and hints who
//! is liable and who may sue. The figures are data (`workflows/remedies/`), the arithmetic is here.
//!
//! Everything is a help for people: a threshold never gates a transfer (Order 310 art 3(2)), and a court decides on damages.

mod compute;
pub(crate) mod read;

#[cfg(test)]
mod tests;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::{clock::LawRef, text::Label};

pub use compute::{Award, Basis, Claim, DamagesBase, DamagesEstimate, Facts, Indication, Tier, TooMuch};

/// Fen in a yuan.
const FEN: i64 = 100;
/// Largest sum that is reckoned with, in fen: ten billion yuan.
pub const MOST: i64 = 1_000_000_000_000;

/// A sum in fen.
pub type Fen = i64;

/// All figures of a pack.
#[derive(Clone, Debug, Default)]
pub struct Remedies {
    /// What consumers may claim over and above their loss, by key.
    pub compensations: IndexMap<String, Compensation>,
    /// Damages for infringement, by key.
    pub damages: IndexMap<String, Damages>,
    /// Offences with their thresholds, by key.
    pub offences: IndexMap<String, Offence>,
    /// Who is liable, and who may sue, by key.
    pub hints: IndexMap<String, Hint>,
}

/// Compensation over and above the loss.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compensation {
    /// What it is for.
    pub title: Label,
    /// Where it stands.
    pub law: LawRef,
    /// How many times the price.
    pub price_times: Option<u32>,
    /// How many times the loss.
    pub loss_times: Option<u32>,
    /// The multiple is a ceiling: the court decides below it.
    #[serde(default)]
    pub up_to: bool,
    /// The least, in yuan.
    pub at_least: Option<i64>,
    /// What must be the case.
    pub needs: Label,
    /// When it is not owed.
    #[serde(default)]
    pub except: Vec<Exception>,
}

/// A case in which something is not owed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// In words.
    pub text: Label,
    /// Where it stands.
    pub law: LawRef,
}

/// What was infringed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// The exclusive right to use a registered trademark.
    Trademark,
    /// Protection against confusion.
    Confusion,
}

/// In which order the bases of damages are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bases {
    /// The loss; the profit only where the loss is hard to establish.
    InTurn,
    /// Loss or profit, as the right holder chooses.
    AtChoice,
}

/// Damages for infringement under one law.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Damages {
    /// What was infringed.
    pub right: Right,
    /// What it is for.
    pub title: Label,
    /// Where the bases stand. The instrument's time in force, on the day of the act, decides which law governs.
    pub law: LawRef,
    /// In which order they are taken.
    pub bases: Bases,
    /// Whether a multiple of the licence fee stands in where loss and profit are hard to establish.
    pub licence: bool,
    /// Punitive damages, where the law knows them.
    pub punitive: Option<Punitive>,
    /// Where nothing can be established.
    pub statutory: Statutory,
    /// Where the reasonable costs of the right holder come on top.
    pub costs: LawRef,
}

/// Punitive damages: a multiple of the base.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Punitive {
    /// The least multiple.
    pub from: u32,
    /// The largest.
    pub to: u32,
    /// What must be the case.
    pub needs: Label,
    /// Where it stands.
    pub law: LawRef,
}

/// Damages that a court sets where nothing can be established; never a base of punitive ones.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statutory {
    /// At most so many yuan.
    pub most: i64,
    /// Where it stands.
    pub law: LawRef,
}

/// What a threshold measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Illegal gains, in yuan.
    Gains,
    /// Illegal business volume or sales, in yuan.
    Volume,
    /// Value of what is not yet sold, with what is, in yuan.
    Stock,
    /// Labels, in pieces.
    Pieces,
}

/// One threshold; the number itself counts (`以上` includes it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// What is measured.
    pub measure: Measure,
    /// From how much on, in yuan or pieces.
    pub at_least: i64,
}

/// When the lower thresholds hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lower {
    /// Two or more marks.
    pub two_marks: bool,
    /// Again within two years of a conviction or penalty.
    pub again: bool,
}

/// An offence with its thresholds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offence {
    /// Article of the Criminal Law.
    pub article: String,
    /// Its name.
    pub title: Label,
    /// Any of these makes the circumstances serious.
    pub tests: Vec<Threshold>,
    /// When the lower ones hold.
    #[serde(default)]
    pub lower: Lower,
    /// The lower ones.
    #[serde(default)]
    pub lower_tests: Vec<Threshold>,
    /// So many times a threshold makes them especially serious.
    pub grave_times: i64,
    /// The figures were not checked against a published text.
    #[serde(default)]
    pub unverified: bool,
}

/// What a hint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HintGroup {
    /// Who is liable, and with whose fault.
    Liability,
    /// Who may sue in the public interest.
    PublicInterest,
}

/// A hint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// What it is about.
    pub group: HintGroup,
    /// Whom or what it concerns.
    pub title: Label,
    /// In a sentence or two.
    pub text: Label,
    /// Where it stands.
    pub law: Option<LawRef>,
    /// It was not checked against a published text.
    #[serde(default)]
    pub unverified: bool,
}
