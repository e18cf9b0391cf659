//! The figures of an evaluation.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Map, Value as Json, json};

use super::pairs::{Pair, PairScript};

/// What became of a positive pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The pair.
    pub pair: Pair,
    /// Rank of the mark among the matches, from 1; ties count half. None if it was not among them.
    pub rank: Option<f64>,
    /// Whether the mark was among the names compared at all.
    pub candidate: bool,
    /// The best match.
    pub first: Option<String>,
}

/// Time of single searches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Speed {
    /// Half of the searches took no longer.
    pub p50: Duration,
    /// All but one in a hundred took no longer.
    pub p99: Duration,
}

impl Speed {
    pub(super) fn of(mut spent: Vec<Duration>) -> Self {
        spent.sort_unstable();
        let at = |share: usize| {
            let place = (spent.len() * share).div_ceil(100).saturating_sub(1);
            spent.get(place).copied().unwrap_or_default()
        };
        Self {
            p50: at(50),
            p99: at(99),
        }
    }
}

/// How well a score tells positives from negatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Separation {
    /// Writing of the pairs.
    pub script: PairScript,
    /// Kind of the positives, or `all`.
    pub kind: String,
    /// What they were held against.
    pub against: String,
    /// Area under the receiver's curve: the chance that a positive scores above a negative, ties counting half.
    pub auc: f64,
    /// Number of positives and of negatives.
    pub counts: (usize, usize),
}

impl Separation {
    /// None where there is nothing to compare.
    pub(super) fn between(
        script: PairScript,
        kind: &str,
        against: &str,
        positives: &[f64],
        negatives: &[f64],
    ) -> Option<Self> {
        let all = positives.len() * negatives.len();
        if all == 0 {
            return None;
        }
        let won: f64 = positives
            .iter()
            .flat_map(|p| {
                negatives.iter().map(move |n| {
                    if p > n {
                        1.0
                    } else if p < n {
                        0.0
                    } else {
                        0.5
                    }
                })
            })
            .sum();
        Some(Self {
            script,
            kind: kind.to_owned(),
            against: against.to_owned(),
            auc: won / all as f64,
            counts: (positives.len(), negatives.len()),
        })
    }
}

/// The figures of an evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Names in the index.
    pub names: u64,
    /// Every positive pair, in the order given.
    pub found: Vec<Found>,
    /// How scores part positives and negatives.
    pub separations: Vec<Separation>,
    /// Time of the searches.
    pub speed: Speed,
}

/// Summary of some positive pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Summary {
    pairs: usize,
    first: f64,
    tenth: f64,
    reciprocal: f64,
    candidates: f64,
}

impl Summary {
    fn of<'a>(found: impl Iterator<Item = &'a Found>) -> Self {
        let mut sum = Self::default();
        for one in found {
            sum.pairs += 1;
            sum.candidates += f64::from(u8::from(one.candidate));
            if let Some(rank) = one.rank {
                sum.first += f64::from(u8::from(rank <= 1.0));
                sum.tenth += f64::from(u8::from(rank <= 10.0));
                sum.reciprocal += 1.0 / rank;
            }
        }
        let all = sum.pairs.max(1) as f64;
        Self {
            pairs: sum.pairs,
            first: sum.first / all,
            tenth: sum.tenth / all,
            reciprocal: sum.reciprocal / all,
            candidates: sum.candidates / all,
        }
    }

    fn json(self) -> Json {
        json!({
            "pairs": self.pairs,
            "r1": rounded(self.first),
            "r10": rounded(self.tenth),
            "mrr": rounded(self.reciprocal),
            "candidateRecall": rounded(self.candidates),
        })
    }
}

fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

impl Evaluation {
    /// Summaries by writing, by writing and kind, and of all, under names such as `zh`, `zh glyph`, `all`.
    fn summaries(&self) -> BTreeMap<String, Summary> {
        let mut groups: BTreeMap<String, Vec<&Found>> = BTreeMap::new();
        for found in &self.found {
            let script = found.pair.script().code();
            for group in [
                "all".to_owned(),
                script.to_owned(),
                format!("{script} {}", found.pair.kind),
            ] {
                groups.entry(group).or_default().push(found);
            }
        }
        groups
            .into_iter()
            .map(|(group, found)| (group, Summary::of(found.into_iter())))
            .collect()
    }

    /// Everything as JSON: `recall` by writing and kind, `auc`, `milliseconds`, `names`.
    #[must_use]
    pub fn json(&self) -> Json {
        let recall: Map<String, Json> = self
            .summaries()
            .into_iter()
            .map(|(group, summary)| (group, summary.json()))
            .collect();
        let auc: Vec<Json> = self
            .separations
            .iter()
            .map(|one| {
                json!({
                    "script": one.script.code(),
                    "positives": one.kind,
                    "against": one.against,
                    "auc": rounded(one.auc),
                    "counts": [one.counts.0, one.counts.1],
                })
            })
            .collect();
        json!({
            "names": self.names,
            "recall": recall,
            "auc": auc,
            "milliseconds": {"p50": milliseconds(self.speed.p50), "p99": milliseconds(self.speed.p99)},
        })
    }

    /// Everything as a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut lines = vec![
            format!("{} names", self.names),
            "                    pairs    R@1   R@10    MRR  candidates".to_owned(),
        ];
        lines.extend(self.summaries().into_iter().map(|(group, of)| {
            format!(
                "{group:<18}  {:>5}  {:.3}  {:.3}  {:.3}  {:.3}",
                of.pairs, of.first, of.tenth, of.reciprocal, of.candidates
            )
        }));
        lines.extend(self.separations.iter().map(|one| {
            format!(
                "AUC {} {} against {}: {:.3} ({} and {})",
                one.script.code(),
                one.kind,
                one.against,
                one.auc,
                one.counts.0,
                one.counts.1
            )
        }));
        lines.push(format!(
            "milliseconds a query: p50 {:.2}, p99 {:.2}",
            milliseconds(self.speed.p50),
            milliseconds(self.speed.p99)
        ));
        lines.join("\n")
    }
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 100_000.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_counts_pairs_in_the_right_order() {
        let area = |positives: &[f64], negatives: &[f64]| {
            Separation::between(PairScript::Han, "all", "negatives", positives, negatives).map(|one| one.auc)
        };
        assert_eq!(area(&[0.9, 0.8], &[0.1, 0.2]), Some(1.0));
        assert_eq!(area(&[0.5], &[0.5]), Some(0.5));
        assert_eq!(area(&[0.1], &[0.5, 0.6]), Some(0.0));
        assert_eq!(area(&[], &[0.5]), None);
    }

    #[test]
    fn speeds_are_those_of_the_middle_and_of_the_slowest() {
        let spent: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        let speed = Speed::of(spent);
        assert_eq!(speed.p50, Duration::from_millis(50));
        assert_eq!(speed.p99, Duration::from_millis(99));
        assert_eq!(Speed::of(Vec::new()), Speed::default());
    }
}
