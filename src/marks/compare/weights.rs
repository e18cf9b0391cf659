//! What each respect counts for.
//!
//! Learned by logistic regression of the mark among all candidates of a query, on imitations that a seed makes of the brands in
//! `brands.tsv` and on decided pairs (eight times as heavy), among those brands, the words of a dictionary (PyPI jieba 0.42.1, MIT)
//! and coined names. So figures on the development pairs are better than on others; the README tells how weights fare that were
//! learned without them. The example `learn` leaves the pairs out altogether. Its weights were not taken: they put more Han
//! marks first, and fewer Latin marks and transliterations among the first ten. Respects that came later have the weight 0.
//!
//! Two things are not learned. The weight of renown (the last respect), since every name imitated there is a brand, and how far
//! the middle of names across writings lies above that of Han names: both were set after looking at how the development pairs
//! fare in a large register. The middles put the middle imitation near the band high.

use super::{RESPECTS, Rules};

/// Weights of one set of rules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weights {
    /// Sum at which the score is one half.
    pub(crate) middle: f32,
    /// What each respect adds to the sum.
    pub(crate) respects: [f32; RESPECTS],
}

/// How steeply the score rises about its middle.
const STEEPNESS: f32 = 0.5;

const HAN: Weights = Weights {
    middle: 8.246,
    respects: [
        2.549, 2.703, 0.411, 0.000, 1.603, 0.366, 0.838, 1.723, 1.114, 1.913, 0.615, 2.474, 0.352, 0.000, 0.000, 2.000,
    ],
};
const LATIN: Weights = Weights {
    middle: 10.127,
    respects: [
        1.238, 2.904, 4.193, 1.358, 2.110, 0.027, 1.365, 0.510, 0.000, 0.000, 0.474, 1.880, 4.193, 0.000, 0.000, 2.000,
    ],
};
const CROSS: Weights = Weights {
    middle: 7.581,
    respects: [
        0.000, 0.000, 0.746, 0.591, 1.822, 0.000, 0.000, 4.028, 3.504, 0.000, 2.518, 0.543, 0.000, 0.000, 0.000, 3.000,
    ],
};

impl Weights {
    pub(crate) fn of(rules: Rules) -> &'static Self {
        match rules {
            Rules::Han => &HAN,
            Rules::Latin => &LATIN,
            Rules::Cross => &CROSS,
        }
    }

    /// Score of some measures, between 0 and 1.
    pub(crate) fn score(&self, values: &[f32; RESPECTS]) -> f32 {
        let sum: f32 = self
            .respects
            .iter()
            .zip(values)
            .map(|(weight, value)| weight * value)
            .sum();
        1.0 / (1.0 + (STEEPNESS * (self.middle - sum)).exp())
    }
}
