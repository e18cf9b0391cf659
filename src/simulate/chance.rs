//! Randomness as a parameter: one stream of numbers for each case, so that another number of officers meets the same cases.

use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, Exp1, LogNormal};
use rand_pcg::Pcg64Mcg;

use crate::moment::Second;

/// A stream of random numbers, the same on every machine for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Chance(Pcg64Mcg);

impl Chance {
    /// The stream of one thing: `parts` say of which (office, procedure, number of the case).
    pub(crate) fn new(seed: u64, parts: [u64; 3]) -> Self {
        // SplitMix64's finaliser keeps neighbouring numbers apart.
        let mixed = parts.iter().fold(seed, |state, part| {
            let mut z = (state ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        });
        Self(Pcg64Mcg::seed_from_u64(mixed))
    }

    /// Evenly from 0 up to 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// The gap to the next of things that come at random, 1 on average.
    pub(crate) fn gap(&mut self) -> f64 {
        Exp1.sample(&mut self.0)
    }

    /// The index that a fraction falls on, by weights; none where all are zero.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> Option<usize> {
        let total: f64 = weights.clone().sum();
        if total <= 0.0 {
            return None;
        }
        let mut left = self.fraction() * total;
        let mut last = None;
        for (index, weight) in weights.enumerate() {
            if weight > 0.0 {
                last = Some(index);
                if left < weight {
                    return last;
                }
                left -= weight;
            }
        }
        last
    }
}

/// How long something takes: a mean, and how much it varies around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    mean: f64,
    shape: Option<LogNormal<f64>>,
}

impl Spread {
    /// A length of `mean` seconds, log-normal with the coefficient of variation `cv` (0: always the mean).
    #[must_use]
    pub fn new(mean: f64, cv: f64) -> Self {
        let shape = if cv > 0.0 && mean > 0.0 {
            LogNormal::from_mean_cv(mean, cv).ok()
        } else {
            None
        };
        Self { mean, shape }
    }

    pub(crate) fn draw(&self, chance: &mut Chance) -> Second {
        let seconds = match &self.shape {
            Some(shape) => shape.sample(&mut chance.0),
            None => self.mean,
        };
        // Ten years are as good as never, and keep sums of moments representable.
        seconds.round().clamp(0.0, 315_360_000.0) as Second
    }
}
