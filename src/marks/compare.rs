//! How alike two names are, by the rules of their writings.
//!
//! A query is prepared once; each candidate is then read from its packed characters and measured in some ten respects, each
//! from 0 to 1. A weighted sum of them, through the logistic function, is the score. The weights are learned
//! (`compare/weights.rs` says from what); only the same normal form scores 1.

mod cross;
mod explain;
mod han;
mod latin;
mod weights;

use std::sync::Arc;

pub(crate) use self::explain::rounded;
pub use self::explain::{Aspects, Comparison, Piece};
pub(crate) use self::{
    han::{LEAST_SHARED, SHARED},
    weights::Weights,
};
use crate::{
    brands::names_of,
    profile::{Profile, holds_han, joined},
    signature::View,
    spelling::Rows,
    statistics::{Statistics, hash},
};

/// The best that unequal names can score.
const NEARLY: f32 = 0.99;
/// What two names of one brand score, if public lists know them as such.
const SAME_BRAND: f32 = 0.98;
/// What a Han name and its pinyin score at least.
const PINYIN: f32 = 0.985;
/// Respects that names are measured in, at most.
pub(crate) const RESPECTS: usize = 19;
/// Place of the measure that says how well known a name is, whatever the rules.
pub(crate) const RENOWN: usize = 15;

/// The rules that two names are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rules {
    /// Both hold Han characters.
    Han,
    /// Both are spelled in letters.
    Latin,
    /// One of each.
    Cross,
}

/// What was measured of two names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measures {
    pub(crate) rules: Rules,
    pub(crate) values: [f32; RESPECTS],
}

/// A name prepared to be compared with many.
pub(crate) struct Query {
    statistics: Arc<Statistics>,
    form: u64,
    han: bool,
    /// Forms of the other names of the brand that the query names.
    brand: Vec<u64>,
    characters: han::Characters,
    /// The query with two of its characters written as the one that they make.
    joined: Vec<han::Characters>,
    letters: latin::Letters,
    carried: cross::Carried,
    rows: Rows,
}

impl Query {
    pub(crate) fn new(profile: &Profile, statistics: Arc<Statistics>) -> Self {
        let form = hash(&profile.units);
        let view = View::of(profile);
        Self {
            form,
            han: holds_han(&profile.units),
            brand: brand_forms(form),
            characters: han::Characters::new(&view, &statistics),
            joined: joined(&profile.units)
                .iter()
                .map(|other| han::Characters::new(&view.written(&other.units), &statistics))
                .collect(),
            letters: latin::Letters::new(&view, &statistics),
            carried: cross::Carried::new(profile),
            rows: Rows::default(),
            statistics,
        }
    }

    /// Measures a name; `renown` from 0 to 1.
    pub(crate) fn measure(&mut self, name: &View, renown: f32) -> Measures {
        let units = name.units();
        let mut values = [0.0; RESPECTS];
        let rules = match (self.han, holds_han(units)) {
            (true, true) => {
                self.characters.measure(name, &self.statistics, &mut values);
                for joined in &mut self.joined {
                    let mut other = [0.0; RESPECTS];
                    joined.measure(name, &self.statistics, &mut other);
                    let weights = Weights::of(Rules::Han);
                    if weights.score(&other) > weights.score(&values) {
                        values = other;
                    }
                }
                Rules::Han
            }
            (false, false) => {
                self.letters
                    .measure(name, &self.statistics, &mut self.rows, &mut values);
                Rules::Latin
            }
            (true, false) => {
                self.carried.measure_letters(units, &mut self.rows, &mut values);
                Rules::Cross
            }
            (false, true) => {
                self.carried.measure_characters(units, &mut self.rows, &mut values);
                Rules::Cross
            }
        };
        values[RENOWN] = renown;
        Measures { rules, values }
    }

    /// The score of a name, from 0 to 1; 1 for the query's own form alone.
    pub(crate) fn score(&mut self, name: &View, renown: f32) -> f32 {
        if self.form == hash(name.units()) {
            return 1.0;
        }
        let measures = self.measure(name, renown);
        let mut score = Weights::of(measures.rules).score(&measures.values).min(NEARLY);
        if measures.rules == Rules::Cross && measures.values[cross::SPELLED] >= 1.0 {
            score = score.max(PINYIN);
        }
        if self.brand.is_empty() || !self.brand.contains(&hash(name.units())) {
            score
        } else {
            score.max(SAME_BRAND)
        }
    }
}

/// Forms of the other names of a brand.
fn brand_forms(form: u64) -> Vec<u64> {
    let names = names_of(form).map(|name| hash(&Profile::new(name).units));
    names.filter(|other| *other != form).collect()
}
