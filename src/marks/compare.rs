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
pub(crate) use self::han::{LEAST_SHARED, SHARED};
use self::weights::{Least, Weights};
use crate::{
    brands::names_of,
    parts::{ESSENCE, Part},
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
/// What two names of the same characters in another order score at least.
const REORDERED: f32 = 0.6;
/// A part of a name says something only where it is itself as alike as this.
pub(crate) const LEAST_PART: f32 = 0.8;
/// More than rounding does to a likeness.
const NEARLY_NOTHING: f32 = 1e-4;
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

impl Rules {
    const ALL: [Self; 3] = [Self::Han, Self::Latin, Self::Cross];
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
    /// Characters of a Han query of two and more, in order of code.
    sorted: Vec<char>,
    /// Forms of the other names of the brand that the query names.
    brand: Vec<u64>,
    characters: han::Characters,
    /// The query with two of its characters written as the one that they make.
    joined: Vec<han::Characters>,
    letters: latin::Letters,
    carried: cross::Carried,
    rows: Rows,
    /// The score asked for last, and what it takes by each rules.
    least: (f32, [Least; 3]),
}

impl Query {
    pub(crate) fn new(profile: &Profile, statistics: Arc<Statistics>) -> Self {
        let form = hash(&profile.units);
        let view = View::of(profile);
        Self {
            form,
            han: holds_han(&profile.units),
            sorted: in_order(&profile.units),
            brand: brand_forms(form),
            characters: han::Characters::new(&view, &statistics),
            joined: joined(&profile.units)
                .iter()
                .map(|other| han::Characters::new(&view.written(&other.units), &statistics))
                .collect(),
            letters: latin::Letters::new(&view, &statistics),
            carried: cross::Carried::new(profile),
            rows: Rows::default(),
            least: (0.0, Rules::ALL.map(Least::any)),
            statistics,
        }
    }

    /// Measures a name; `renown` from 0 to 1.
    pub(crate) fn measure(&mut self, name: &View, renown: f32) -> Measures {
        let rules = self.rules(name);
        self.measure_from(rules, name, renown, &Least::any(rules))
            .unwrap_or(Measures {
                rules,
                values: [0.0; RESPECTS],
            })
    }

    fn rules(&self, name: &View) -> Rules {
        match (self.han, holds_han(name.units())) {
            (true, true) => Rules::Han,
            (false, false) => Rules::Latin,
            _ => Rules::Cross,
        }
    }

    /// The measures of a name; none once it is known to come to less than `least`.
    fn measure_from(&mut self, rules: Rules, name: &View, renown: f32, least: &Least) -> Option<Measures> {
        let mut values = [0.0; RESPECTS];
        values[RENOWN] = renown;
        let hopeful = match rules {
            Rules::Han => {
                // Whichever way to write the query is told, it is the one that scores most.
                let mut hopeful =
                    self.characters.measure(name, &self.statistics, &mut values, least) && least.reached(&values);
                for joined in &mut self.joined {
                    let mut other = [0.0; RESPECTS];
                    other[RENOWN] = renown;
                    if joined.measure(name, &self.statistics, &mut other, least) && least.reached(&other) {
                        let weights = Weights::of(Rules::Han);
                        if !hopeful || weights.score(&other) > weights.score(&values) {
                            values = other;
                        }
                        hopeful = true;
                    }
                }
                hopeful
            }
            Rules::Latin => self
                .letters
                .measure(name, &self.statistics, &mut self.rows, &mut values, least),
            Rules::Cross if self.han => self
                .carried
                .measure_letters(name.units(), &mut self.rows, &mut values, least),
            Rules::Cross => self
                .carried
                .measure_characters(name.units(), &mut self.rows, &mut values, least),
        };
        hopeful.then_some(Measures { rules, values })
    }

    /// The score of a name, from 0 to 1; 1 for the query's own form alone.
    pub(crate) fn score(&mut self, name: &View, renown: f32) -> f32 {
        self.score_from(name, renown, 0.0).unwrap_or(0.0)
    }

    /// [`Query::score`], if it is not less than `least`. Where it is, that is mostly found out without all that a score takes, and then
    /// it is none; it may be told all the same.
    pub(crate) fn score_from(&mut self, name: &View, renown: f32, least: f32) -> Option<f32> {
        let form = hash(name.units());
        if self.form == form {
            return Some(1.0);
        }
        let same_brand = !self.brand.is_empty() && self.brand.contains(&form);
        let rules = self.rules(name);
        if self.least.0 != least {
            self.least = (least, Rules::ALL.map(|rules| Least::of(rules, least)));
        }
        let reordered = rules == Rules::Han && self.is_reordered(name.units());
        let least = if same_brand || reordered {
            Least::any(rules)
        } else {
            self.least.1[rules as usize]
        };
        let measures = self.measure_from(rules, name, renown, &least)?;
        let mut score = Weights::of(rules).score(&measures.values).min(NEARLY);
        if rules == Rules::Cross && measures.values[cross::SPELLED] >= 1.0 {
            score = score.max(PINYIN);
        }
        if reordered {
            score = score.max(REORDERED);
        }
        Some(if same_brand { score.max(SAME_BRAND) } else { score })
    }

    fn is_reordered(&self, units: &[char]) -> bool {
        // Most names are of another length, or hold a character that the query lacks.
        self.sorted.len() == units.len()
            && units.iter().all(|unit| self.sorted.contains(unit))
            && in_order(units) == self.sorted
    }
}

/// A name prepared to be compared with many, as a whole and by each of its parts, and by what those are beside generic words.
pub(crate) struct Asked {
    whole: Query,
    parts: Vec<(f32, Query)>,
    /// Parts that only a name of the same form answers to, by its hash.
    exact: Vec<(f32, u64)>,
}

impl Asked {
    pub(crate) fn new(profile: &Profile, parts: &[Part], statistics: &Arc<Statistics>) -> Self {
        let exact = parts.iter().filter(|part| part.exact);
        let exact = exact.map(|part| (part.share, hash(&part.profile.units)));
        let near = parts.iter().filter(|part| !part.exact);
        let near = near.map(|part| {
            let query = Query::new(&part.profile, Arc::clone(statistics));
            (part.share, query)
        });
        Self {
            parts: near.collect(),
            exact: exact.collect(),
            whole: Query::new(profile, Arc::clone(statistics)),
        }
    }

    /// The best score of a name beside the whole and the parts; 1 for the whole's own form alone.
    pub(crate) fn score(&mut self, name: &View, renown: f32) -> f32 {
        self.score_from(name, renown, 0.0).unwrap_or(0.0)
    }

    /// [`Asked::score`], left off as [`Query::score_from`] is.
    pub(crate) fn score_from(&mut self, name: &View, renown: f32, least: f32) -> Option<f32> {
        let mut best = self.whole.score_from(name, renown, least);
        let mut by_part = |part: &mut Query, name: &View, share: f32| {
            let wanted = best.unwrap_or(least).max(least) / share;
            let score = part.score_from(name, renown, wanted.max(LEAST_PART));
            if let Some(score) = score.filter(|score| *score >= LEAST_PART) {
                best = Some(best.unwrap_or(0.0).max(score * share));
            }
        };
        // Not by a part of both: of what is generic in both nothing would be left that tells.
        if let Some(essence) = name.essence() {
            by_part(&mut self.whole, &essence, ESSENCE);
        }
        for (share, part) in &mut self.parts {
            by_part(part, name, *share);
        }
        if !self.exact.is_empty() {
            let form = hash(name.units());
            let same = self.exact.iter().filter(|(_, exact)| *exact == form);
            best = same.fold(best, |best, (share, _)| Some(best.unwrap_or(0.0).max(*share)));
        }
        best
    }
}

fn in_order(units: &[char]) -> Vec<char> {
    let mut sorted = units.to_vec();
    sorted.sort_unstable();
    sorted
}

/// Forms of the other names of a brand.
fn brand_forms(form: u64) -> Vec<u64> {
    let names = names_of(form).map(|name| hash(&Profile::new(name).units));
    names.filter(|other| *other != form).collect()
}
