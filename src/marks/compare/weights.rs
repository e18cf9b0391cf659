//! What each respect counts for.
//!
//! Learned by the cross entropy of the mark among all candidates of a query, in two steps of the example `learn`, which prints
//! these very numbers (the README has the command). The first learns from imitations that a seed makes of the brands in
//! `brands.tsv`, among those brands, the words of a dictionary (PyPI jieba 0.42.1, MIT) and coined names. From there the second goes on with decided pairs, among real names, held back by the square of the
//! distance from the first weights; no measure counts against a name for being more alike. So figures on the development pairs
//! are better than on others: the README tells those where the pairs of a mark were left out of what their weights were learned from.
//!
//! The weight of renown (the respect before the last three) comes from the second step alone, since every name imitated in the first
//! is a brand; it begins at 3, 2.5 and 3. The middles put the middle imitation of the pairs at the beginning of the band high.

use super::{NEARLY, RESPECTS, Rules};

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
    middle: 11.422,
    respects: [
        1.038, 0.933, 1.011, 0.931, 0.640, 0.325, 2.009, 0.912, 1.863, 0.711, 1.218, 1.769, 1.000, 0.000, 2.807, 4.792,
        1.062, 1.873, 0.000,
    ],
};
const LATIN: Weights = Weights {
    middle: 11.592,
    respects: [
        0.781, 2.456, 2.528, 2.439, 1.492, 0.000, 1.334, 0.603, 0.419, 0.000, 0.496, 0.990, 2.264, 0.000, 2.415, 2.228,
        2.977, 1.659, 0.840,
    ],
};
const CROSS: Weights = Weights {
    middle: 12.617,
    respects: [
        1.119, 0.000, 2.580, 1.184, 1.312, 0.512, 1.829, 3.235, 1.944, 0.000, 3.683, 1.266, 0.000, 0.000, 0.000, 4.460,
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

/// What a sum of measures has to come to for a score: less is not worth finding out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Least {
    weights: &'static Weights,
    sum: f32,
}

/// What sums of the same measures in another order may differ by, and far more.
const SLACK: f32 = 0.01;

impl Least {
    /// No score is too little.
    pub(crate) fn any(rules: Rules) -> Self {
        Self {
            weights: Weights::of(rules),
            sum: f32::NEG_INFINITY,
        }
    }

    /// What a score takes.
    pub(crate) fn of(rules: Rules, score: f32) -> Self {
        let weights = Weights::of(rules);
        let sum = if score > 0.0 {
            let score = score.min(NEARLY);
            weights.middle + (score / (1.0 - score)).ln() / STEEPNESS - SLACK
        } else {
            f32::NEG_INFINITY
        };
        Self { weights, sum }
    }

    /// Whether measures come to as much. No weight is less than nothing, so measures that are no less than the true ones come to
    /// it wherever those do.
    pub(crate) fn reached(&self, values: &[f32; RESPECTS]) -> bool {
        self.room(values) >= 0.0
    }

    /// What a measure counts for.
    pub(crate) fn weight(&self, respect: usize) -> f32 {
        self.weights.respects[respect]
    }

    /// By how much the measures come to more.
    pub(crate) fn room(&self, values: &[f32; RESPECTS]) -> f32 {
        // Side by side, since a sum in order waits for each of its parts.
        let mut sums = [0.0_f32; LANES];
        let (weights, rest) = self.weights.respects.as_chunks::<LANES>();
        let (values, rest_of_values) = values.as_chunks::<LANES>();
        for (weights, values) in weights.iter().zip(values) {
            for (sum, (weight, value)) in sums.iter_mut().zip(weights.iter().zip(values)) {
                *sum += weight * value;
            }
        }
        let rest: f32 = rest
            .iter()
            .zip(rest_of_values)
            .map(|(weight, value)| weight * value)
            .sum();
        sums.iter().sum::<f32>() + rest - self.sum
    }
}

const LANES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_measure_counts_against_a_name() {
        for rules in [Rules::Han, Rules::Latin, Rules::Cross] {
            assert!(Weights::of(rules).respects.iter().all(|weight| *weight >= 0.0));
        }
    }

    #[test]
    fn what_a_score_takes_is_what_gives_it() {
        let mut values = [0.0; RESPECTS];
        for step in 0_u8..=20 {
            values[0..15].fill(f32::from(step) / 20.0);
            for rules in [Rules::Han, Rules::Latin, Rules::Cross] {
                let score = Weights::of(rules).score(&values);
                assert!(Least::of(rules, score).reached(&values));
                assert!(Least::any(rules).reached(&values));
                assert!(score >= 0.98 || !Least::of(rules, score + 0.01).reached(&values));
            }
        }
    }
}
