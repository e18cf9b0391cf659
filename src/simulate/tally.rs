//! What is counted in a run. All numbers are sums, so that offices may be counted in any order.

use std::collections::BTreeMap;

/// A distribution of whole numbers: exact below 64, then with steps of at most a 32nd.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Spectrum {
    counts: Vec<u64>,
    pub(crate) total: u64,
    pub(crate) most: u64,
}

/// Steps between two powers of two.
const STEPS: u64 = 32;

impl Spectrum {
    pub(crate) fn add(&mut self, value: u64) {
        let slot = slot(value);
        if self.counts.len() <= slot {
            self.counts.resize(slot + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(slot) {
            *count += 1;
        }
        self.total += 1;
        self.most = self.most.max(value);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
        self.most = self.most.max(other.most);
    }

    /// The value that so many hundredths do not exceed; the upper end of its step. None without values.
    pub(crate) fn percentile(&self, hundredths: u64) -> Option<u64> {
        let rank = (self.total * hundredths).div_ceil(100).max(1);
        let mut seen = 0;
        let slot = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        })?;
        Some(upper(slot).min(self.most))
    }
}

fn slot(value: u64) -> usize {
    let slot = if value < 2 * STEPS {
        value
    } else {
        // The exponent beyond the exact part, and the leading bits.
        let shift = u64::from(58 - value.leading_zeros());
        shift * STEPS + (value >> shift)
    };
    usize::try_from(slot).unwrap_or(usize::MAX)
}

/// The greatest value of a slot.
fn upper(slot: usize) -> u64 {
    let slot = slot as u64;
    if slot < 2 * STEPS {
        return slot;
    }
    let shift = slot / STEPS - 1;
    let leading = slot - shift * STEPS;
    ((leading + 1) << shift) - 1
}

/// What is counted of a procedure. Only cases filed on counted days are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ProcedureTally {
    pub(crate) filed: u64,
    /// Of these, opened by other cases.
    pub(crate) opened_by_cases: u64,
    /// Filings that the engine refused, by code.
    pub(crate) not_filed: BTreeMap<String, u64>,
    /// Closed cases by outcome, with minutes from filing to the end.
    pub(crate) closed: BTreeMap<String, Spectrum>,
    /// Open at the end, by the state that they are in.
    pub(crate) open: BTreeMap<String, u64>,
    /// Of these, cases for which nothing can happen any more.
    pub(crate) stuck: BTreeMap<String, u64>,
    /// Drawn events that were refused: state, event, code.
    pub(crate) refused: BTreeMap<(String, String, String), u64>,
    /// Cases of procedures outside of the model that were opened.
    pub(crate) opened_outside: BTreeMap<String, u64>,
    /// By index of the clock.
    pub(crate) clocks: Vec<ClockTally>,
    /// Steps decided, warm-up included.
    pub(crate) steps: u64,
}

/// What is counted of a clock, each of its runs apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ClockTally {
    pub(crate) started: u64,
    pub(crate) met: u64,
    pub(crate) expired: u64,
    /// Started anew before they ended.
    pub(crate) restarted: u64,
    pub(crate) cancelled: u64,
    /// Running or suspended at the end.
    pub(crate) running: u64,
    /// Of the expired, minutes until the duty was done.
    pub(crate) late: Spectrum,
}

/// What is counted of a desk.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DeskTally {
    /// Tasks begun.
    pub(crate) tasks: u64,
    /// Minutes of work time that tasks lay there.
    pub(crate) waits: Spectrum,
    /// Seconds of officers' work in the counted days.
    pub(crate) worked: u64,
    /// Seconds that officers were there.
    pub(crate) present: u64,
}

/// The end of one day.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DayTally {
    /// Tasks that lie at each desk.
    pub(crate) waiting: Vec<u64>,
    /// Officers of each desk who are in the middle of a task.
    pub(crate) in_work: Vec<u64>,
    /// Open cases of each procedure.
    pub(crate) open: Vec<u64>,
}

/// Everything that is counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) offices: u64,
    pub(crate) procedures: Vec<ProcedureTally>,
    pub(crate) desks: Vec<DeskTally>,
    /// By day from the first counted one.
    pub(crate) days: Vec<DayTally>,
}

impl Tally {
    /// Adds what another office counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.offices += other.offices;
        each(&mut self.procedures, &other.procedures, ProcedureTally::merge);
        each(&mut self.desks, &other.desks, DeskTally::merge);
        each(&mut self.days, &other.days, |day, more| {
            each(&mut day.waiting, &more.waiting, |a, b| *a += b);
            each(&mut day.in_work, &more.in_work, |a, b| *a += b);
            each(&mut day.open, &more.open, |a, b| *a += b);
        });
    }
}

impl ProcedureTally {
    fn merge(&mut self, other: &Self) {
        self.filed += other.filed;
        self.opened_by_cases += other.opened_by_cases;
        self.steps += other.steps;
        sum(&mut self.not_filed, &other.not_filed);
        sum(&mut self.open, &other.open);
        sum(&mut self.stuck, &other.stuck);
        sum(&mut self.refused, &other.refused);
        sum(&mut self.opened_outside, &other.opened_outside);
        for (outcome, lengths) in &other.closed {
            self.closed.entry(outcome.clone()).or_default().merge(lengths);
        }
        each(&mut self.clocks, &other.clocks, |clock, more| {
            clock.started += more.started;
            clock.met += more.met;
            clock.expired += more.expired;
            clock.restarted += more.restarted;
            clock.cancelled += more.cancelled;
            clock.running += more.running;
            clock.late.merge(&more.late);
        });
    }
}

impl DeskTally {
    fn merge(&mut self, other: &Self) {
        self.tasks += other.tasks;
        self.waits.merge(&other.waits);
        self.worked += other.worked;
        self.present += other.present;
    }
}

fn each<T: Clone + Default>(own: &mut Vec<T>, others: &[T], add: impl Fn(&mut T, &T)) {
    if own.len() < others.len() {
        own.resize(others.len(), T::default());
    }
    for (own, other) in own.iter_mut().zip(others) {
        add(own, other);
    }
}

fn sum<K: Clone + Ord>(own: &mut BTreeMap<K, u64>, others: &BTreeMap<K, u64>) {
    for (key, count) in others {
        *own.entry(key.clone()).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_percentile_is_at_most_a_thirtysecond_above_the_true_one(
            mut values in proptest::collection::vec(0_u64..5_000_000, 1..200),
            hundredths in 1_u64..=100,
        ) {
            let mut spectrum = Spectrum::default();
            values.iter().for_each(|value| spectrum.add(*value));
            values.sort_unstable();
            let rank = (values.len() * hundredths as usize).div_ceil(100).max(1);
            let truth = values[rank - 1];
            let found = spectrum.percentile(hundredths).unwrap();
            prop_assert!(found >= truth && found <= truth + truth / STEPS, "{truth} {found}");
        }
    }
}
