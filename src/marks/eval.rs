//! How well the search finds what it should, by a protocol that a stranger can repeat.
//!
//! The register is every name of a list, less the queries of the pairs (unless one is also a mark), plus the marks of the
//! pairs; names are compared by normal form. A mark counts as found only where the search itself returns it, so a mark that
//! candidate generation misses has no rank, however like the query it is. Its rank is one, plus the marks of a strictly
//! better score, plus half of those with the same.

mod figures;
mod pairs;
mod report;
mod variants;

pub use self::{
    figures::{Evaluation, Found, Separation, Speed},
    pairs::{Pair, PairError, PairScript, read_pairs, register},
    report::{Report, report},
    variants::{Change, Sequence, imitation, in_pinyin},
};

use std::{collections::BTreeSet, time::Duration};

use crate::{
    index::{Index, IndexError, MatchOptions},
    normalize::normalize,
};

/// Matches looked at for the rank of a mark: what is further down is not found.
const DEPTH: usize = 200;

/// What an evaluation is made from, besides the index.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// Pairs whose positives are looked for in the index and whose negatives are told apart from them.
    pub pairs: &'a [Pair],
    /// Further negatives, such as brands that coexist, for the separation only.
    pub coexisting: &'a [Pair],
}

/// Looks for the mark of every positive pair, and measures how far the scores of positives and negatives lie apart.
/// `elapsed` is a clock that only runs forward, from any beginning; the crate itself keeps none.
///
/// # Errors
/// Those of the index.
pub fn evaluate(index: &Index, trial: Trial<'_>, elapsed: &dyn Fn() -> Duration) -> Result<Evaluation, IndexError> {
    let options = MatchOptions {
        limit: DEPTH,
        least_score: 0.0,
        ..MatchOptions::default()
    };
    let mut found = Vec::new();
    let mut spent = Vec::new();
    for pair in trial.pairs.iter().filter(|pair| pair.positive) {
        let begun = elapsed();
        index.match_name(&pair.query, &MatchOptions::default())?;
        spent.push(elapsed().saturating_sub(begun));
        let matches = index.match_name(&pair.query, &options)?;
        let wanted = normalize(&pair.mark).form;
        let names: Vec<(String, f64)> = matches
            .iter()
            .map(|hit| (normalize(&hit.mark.name).form, hit.score))
            .collect();
        found.push(Found {
            pair: pair.clone(),
            rank: rank(&names, &wanted),
            candidate: candidates(index, &pair.query)?.contains(&wanted),
            first: matches.first().map(|hit| hit.mark.name.clone()),
        });
    }
    let separations = separations(index, trial);
    Ok(Evaluation {
        names: index.len(),
        found,
        separations,
        speed: Speed::of(spent),
    })
}

fn candidates(index: &Index, query: &str) -> Result<BTreeSet<String>, IndexError> {
    let candidates = index.candidates(query, usize::MAX)?;
    Ok(candidates.iter().map(|found| normalize(&found.name).form).collect())
}

/// Rank of a form among matches that are best first: ties count half.
fn rank(names: &[(String, f64)], wanted: &str) -> Option<f64> {
    let (_, score) = names.iter().find(|(form, _)| form == wanted)?;
    let others = names.iter().filter(|(form, _)| form != wanted);
    let (better, tied) = others.fold((0_u32, 0_u32), |(better, tied), (_, other)| {
        if other > score {
            (better + 1, tied)
        } else {
            (better, tied + u32::from(other >= score))
        }
    });
    Some(1.0 + f64::from(better) + f64::from(tied) / 2.0)
}

/// How far positives and negatives of each writing lie apart, by the score of the two names alone.
fn separations(index: &Index, trial: Trial<'_>) -> Vec<Separation> {
    let scores = |pairs: &[Pair], script: PairScript, positive: bool, kind: Option<&str>| -> Vec<f64> {
        pairs
            .iter()
            .filter(|pair| pair.script() == script && pair.positive == positive)
            .filter(|pair| kind.is_none_or(|kind| pair.kind == kind))
            .map(|pair| index.compare(&pair.query, &pair.mark).score)
            .collect()
    };
    let mut separations = Vec::new();
    for script in [PairScript::Han, PairScript::Latin] {
        let sets = [
            ("negatives", scores(trial.pairs, script, false, None)),
            ("coexisting", scores(trial.coexisting, script, false, None)),
        ];
        for kind in [None, Some("glyph")] {
            let positives = scores(trial.pairs, script, true, kind);
            for (against, negatives) in &sets {
                separations.extend(Separation::between(
                    script,
                    kind.unwrap_or("all"),
                    against,
                    &positives,
                    negatives,
                ));
            }
        }
    }
    separations
}

/// What the search measured of one candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Respects {
    /// Normal form of the candidate, as far as it is compared.
    pub form: String,
    /// Writings that were compared, which decide what the values mean.
    pub script: PairScript,
    /// The measures, each from 0 to 1; the last is how well known the name is.
    pub values: Vec<f32>,
}

/// What the search measures of the candidates of a query, for learning what each measure counts for.
///
/// # Errors
/// Those of the index.
pub fn measures(index: &Index, query: &str) -> Result<Vec<Respects>, IndexError> {
    index.measures(query)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(names: &[(&str, f64)], wanted: &str) -> Option<f64> {
        let names: Vec<(String, f64)> = names.iter().map(|(n, s)| ((*n).to_owned(), *s)).collect();
        rank(&names, wanted)
    }

    #[test]
    fn a_rank_counts_better_names_whole_and_equal_ones_half() {
        let names = [("a", 0.9), ("b", 0.8), ("c", 0.8), ("d", 0.8), ("e", 0.1)];
        assert_eq!(ranked(&names, "a"), Some(1.0));
        assert_eq!(ranked(&names, "c"), Some(3.0));
        assert_eq!(ranked(&names, "e"), Some(5.0));
        assert_eq!(ranked(&names, "x"), None);
    }

    #[test]
    fn a_mark_that_the_search_does_not_return_has_no_rank() {
        let index = Index::in_memory().unwrap();
        let mut writer = index.writer().unwrap();
        for (id, name) in ["雪碧", "ADIDAS", "苹果"].iter().enumerate() {
            let mark = crate::Mark {
                id: id.to_string(),
                name: (*name).to_owned(),
                ..crate::Mark::default()
            };
            writer.add(&mark).unwrap();
        }
        writer.commit().unwrap();
        let pair = |query: &str, mark: &str| Pair {
            query: query.to_owned(),
            mark: mark.to_owned(),
            positive: true,
            kind: "edit".to_owned(),
        };
        let pairs = [pair("雷碧", "雪碧"), pair("ABIBAS", "ADIDAS"), pair("···", "雪碧")];
        let trial = Trial {
            pairs: &pairs,
            coexisting: &[],
        };
        let figures = evaluate(&index, trial, &|| Duration::ZERO).unwrap();
        let ranks: Vec<Option<f64>> = figures.found.iter().map(|found| found.rank).collect();
        assert_eq!(ranks, [Some(1.0), Some(1.0), None]);
        assert!(!figures.found[2].candidate);
    }
}
