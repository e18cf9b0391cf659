//! What each respect counts for.

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

static HAN: Weights = Weights {
    middle: 9.248,
    respects: [2.439, 3.206, 0.150, 0.934, 1.255, 0.426, 0.463, 1.424, 1.940, 1.451, 0.717, 2.956, 0.000, 0.000, 0.000, 3.000],
};
static LATIN: Weights = Weights {
    middle: 8.466,
    respects: [0.764, 1.897, 3.921, 1.453, 2.626, 0.473, 1.405, 0.523, 0.000, 0.000, 1.039, 1.410, 4.867, 0.282, 0.000, 3.000],
};
static CROSS: Weights = Weights {
    middle: 7.738,
    respects: [0.000, 0.000, 1.809, 1.006, 1.763, 0.000, 0.660, 4.566, 4.011, 0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 3.000],
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
        if let Some(w) = &*HACK { let off = if std::ptr::eq(self, &CROSS) { *HACK2 } else { 0.0 }; let sum: f32 = self.respects.iter().zip(values).map(|(weight, value)| weight * value).sum::<f32>() + values[15]*(w-self.respects[15]); return 1.0 / (1.0 + (STEEPNESS * (self.middle + off - sum)).exp()); }
        let sum: f32 = self.respects.iter().zip(values).map(|(weight, value)| weight * value).sum();
        1.0 / (1.0 + (STEEPNESS * (self.middle - sum)).exp())
    }
}

static HACK: std::sync::LazyLock<Option<f32>> = std::sync::LazyLock::new(|| std::env::var("HACK").ok().and_then(|v| v.parse().ok()));

static HACK2: std::sync::LazyLock<f32> = std::sync::LazyLock::new(|| std::env::var("HACK2").ok().and_then(|v| v.parse().ok()).unwrap_or(0.0));
