//! What each respect counts for.
//!
//! Learned by the example `learn`, from a seed, among the brands in `brands.tsv`, the words of a dictionary (PyPI jieba 0.42.1, MIT)
//! and coined names: that the brand comes before all other candidates of its imitations, which are made by the rules that
//! imitators follow, and of its name in the other writing; and that it scores above brands that live beside each other though
//! they are alike. Pairs of cases have no part in it. The README has the command.
//!
//! One thing is not learned there: the weight of renown (the last respect), since every name imitated there is a brand. It was set
//! after looking at how the development pairs fare in a large register, so figures on those pairs are somewhat better than on
//! others. The middles put the middle imitation of a Han brand at the beginning of
//! the band high, and the other rules where the learned order puts them beside it.

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
    middle: 10.733,
    respects: [
        1.514, 1.791, 1.969, 1.747, 1.017, 0.855, 1.195, 0.240, 2.559, 0.627, 1.749, 2.474, 0.847, 0.000, 0.000, 2.000,
    ],
};
const LATIN: Weights = Weights {
    middle: 11.155,
    respects: [
        1.109, 0.989, 1.639, 0.807, 2.269, 0.470, 1.147, 0.603, 0.207, 0.198, 1.897, 1.869, 3.304, 0.328, 1.868, 2.000,
    ],
};
const CROSS: Weights = Weights {
    middle: 9.986,
    respects: [
        1.260, 0.000, 2.328, 1.530, 0.776, 0.103, 1.884, 3.000, 2.303, 0.000, 2.213, 0.924, 0.000, 0.000, 0.000, 2.000,
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
