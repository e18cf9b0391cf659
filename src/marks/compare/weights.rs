//! What each respect counts for.
//!
//! Learned by logistic regression of the mark among all candidates of a query, in two steps. The example `learn` learns from
//! imitations that a seed makes of the brands in `brands.tsv`, among those brands, the words of a dictionary (PyPI jieba 0.42.1, MIT)
//! and coined names. From there the same regression goes on with decided pairs, among real names, held back by the square of the
//! distance from the first weights; no measure counts against a name for being more alike. So figures on the development pairs
//! are better than on others: the README tells those where the pairs of a mark were left out of what their weights were learned from.
//!
//! The weight of renown (the respect before the last three) comes from the second step alone, since every name imitated in the first
//! is a brand; it begins at 3, 2.5 and 3. The middles put the middle imitation of the pairs at the beginning of the band high.

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
    middle: 8.923,
    respects: [
        0.776, 0.936, 0.879, 0.796, 0.450, 0.164, 1.884, 0.561, 1.374, 0.520, 1.047, 1.738, 0.938, 0.000, 2.262, 3.517,
        0.379, 1.783, 0.000,
    ],
};
const LATIN: Weights = Weights {
    middle: 9.709,
    respects: [
        0.916, 2.008, 2.423, 1.206, 1.402, 0.000, 1.334, 0.630, 0.519, 0.053, 0.349, 1.268, 2.368, 0.241, 2.178, 1.885,
        2.502, 1.328, 0.552,
    ],
};
const CROSS: Weights = Weights {
    middle: 9.656,
    respects: [
        0.766, 0.000, 2.060, 1.223, 0.586, 0.690, 1.486, 2.779, 1.881, 0.000, 2.814, 1.065, 0.000, 0.000, 0.000, 3.894,
        0.000, 0.000, 0.000,
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
