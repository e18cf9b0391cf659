//! When filings come: a Poisson process whose rate follows the days.

use crate::{
    chance::Chance,
    hours::Hours,
    moment::{DAY, Second},
    run::Plan,
};

/// Filings of one procedure in one office.
#[derive(Debug)]
pub(super) struct Stream {
    chance: Chance,
    day: usize,
    /// Filings expected on that day until the one that came last.
    passed: f64,
}

impl Stream {
    /// The streams of an office, by procedure.
    pub(super) fn all(plan: &Plan<'_>, office: u64) -> Vec<Self> {
        let procedures = 0..plan.model.procedures.len() as u64;
        let stream = |procedure| Self {
            chance: Chance::new(plan.model.seed, [office, procedure, u64::MAX]),
            day: 0,
            passed: 0.0,
        };
        procedures.map(stream).collect()
    }

    /// The next filing; none when the days are over. `expected`: filings of each day from `start` on.
    pub(super) fn next(&mut self, expected: &[f64], hours: &Hours, start: Second) -> Option<Second> {
        let mut gap = self.chance.gap();
        loop {
            let today = *expected.get(self.day)?;
            let left = today - self.passed;
            if gap < left {
                self.passed += gap;
                let share = self.passed / today * hours.daily() as f64;
                return Some(start + self.day as Second * DAY + hours.within(share as Second));
            }
            gap -= left.max(0.0);
            self.day += 1;
            self.passed = 0.0;
        }
    }
}
