//! The best marks among the candidates of a query, and how little the others may score to be of no account.

use std::{collections::BTreeMap, sync::Arc};

use super::{filter::MatchOptions, gather::Place};
use crate::{
    compare::{Asked, rounded},
    parts::parts,
    profile::Profile,
    signature::View,
    statistics::Statistics,
};

/// Matches wanted beyond which no candidate is left out for the sake of the best.
const MOST_WANTED: usize = 500;
/// A score is told to four places.
const PLACES: f32 = 1e-4;

/// A name compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scored {
    pub(super) score: f32,
    pub(super) place: Place,
    pub(super) renown: f32,
}

/// The best name of each mark so far.
pub(super) struct Ranking {
    marks: BTreeMap<u64, Scored>,
    /// The best marks with what they score, as many as are wanted.
    first: Vec<(u64, f32)>,
    wanted: usize,
    least_score: f64,
    least: f32,
}

impl Ranking {
    pub(super) fn new(wanted: usize, least_score: f64) -> Self {
        Self {
            marks: BTreeMap::new(),
            first: Vec::new(),
            wanted,
            least_score,
            least: least_score as f32 - PLACES,
        }
    }

    /// What scores less can be neither among the best nor as good as the last of them.
    pub(super) fn least(&self) -> f32 {
        self.least
    }

    /// Enters a name of the mark with this key.
    pub(super) fn offer(&mut self, found: Scored, key: impl FnOnce() -> u64) {
        if rounded(found.score) < self.least_score {
            return;
        }
        let key = key();
        let known = self.marks.entry(key).or_insert(found);
        // Of names that score the same the first in the index, whatever order they came in.
        if known.score < found.score || (known.score <= found.score && found.place < known.place) {
            *known = found;
        }
        let score = known.score;
        if self.wanted > MOST_WANTED || score < self.least {
            return;
        }
        if let Some((_, known)) = self.first.iter_mut().find(|(of, _)| *of == key) {
            *known = score;
        } else if self.first.len() < self.wanted {
            self.first.push((key, score));
        } else if let Some(last) = self.first.iter_mut().min_by(|a, b| a.1.total_cmp(&b.1))
            && last.1 < score
        {
            *last = (key, score);
        }
        if self.first.len() == self.wanted {
            let last = self.first.iter().map(|(_, score)| *score).fold(f32::INFINITY, f32::min);
            self.least = self.least.max(last);
        }
    }

    /// The marks, in no order; those that score less than the last of the best may be missing.
    pub(super) fn into_scored(self) -> Vec<Scored> {
        self.marks.into_values().collect()
    }
}

/// A candidate read from the index.
pub(super) struct Rescored {
    pub(super) view: View,
    pub(super) renown: f32,
    pub(super) key: u64,
    pub(super) place: Place,
}

/// The candidates of one query; see [`crate::Index::rescoring`].
pub struct Rescoring {
    query: Profile,
    statistics: Arc<Statistics>,
    names: Vec<Rescored>,
}

impl Rescoring {
    pub(super) fn new(query: Profile, statistics: Arc<Statistics>, names: Vec<Rescored>) -> Self {
        Self {
            query,
            statistics,
            names,
        }
    }

    /// Number of candidates.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True if there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Scores all as far as a search by the default options does, which leaves off where a candidate cannot be among them, and gives the
    /// best score.
    #[must_use]
    pub fn best(&self) -> f64 {
        let options = MatchOptions::default();
        let scored = self.ranked(options.limit, options.least_score).into_scored();
        rounded(scored.iter().map(|found| found.score).fold(0.0, f32::max))
    }

    /// Scores every candidate to the end, and gives the best score.
    #[must_use]
    pub fn best_of_all(&self) -> f64 {
        let mut query = self.asked();
        let scores = self.names.iter().map(|name| query.score(&name.view, name.renown));
        rounded(scores.fold(0.0, f32::max))
    }

    fn asked(&self) -> Asked {
        Asked::new(&self.query, &parts(&self.query), &self.statistics)
    }

    fn ranked(&self, wanted: usize, least_score: f64) -> Ranking {
        let mut query = self.asked();
        let mut ranking = Ranking::new(wanted, least_score);
        for name in &self.names {
            if let Some(score) = query.score_from(&name.view, name.renown, ranking.least()) {
                let found = Scored {
                    score,
                    place: name.place,
                    renown: name.renown,
                };
                ranking.offer(found, || name.key);
            }
        }
        ranking
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        compare::Query,
        eval::{Change, Sequence, imitation},
        index::Index,
        mark::Mark,
    };

    /// Best first, equal ones in the order of the index, down to the last that is as good as the last one wanted.
    fn in_order(mut scored: Vec<Scored>, wanted: usize) -> Vec<Scored> {
        scored.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.place.cmp(&b.place)));
        let last = scored.get(wanted - 1).map_or(0.0, |last| last.score);
        scored.retain(|found| found.score >= last);
        scored
    }

    /// The same, of what scores every candidate to the end.
    fn of_all(rescoring: &Rescoring, wanted: usize) -> Vec<Scored> {
        let mut query = rescoring.asked();
        let mut best: BTreeMap<u64, Scored> = BTreeMap::new();
        for name in &rescoring.names {
            let found = Scored {
                score: query.score(&name.view, name.renown),
                place: name.place,
                renown: name.renown,
            };
            let known = best.entry(name.key).or_insert(found);
            if known.score < found.score || (known.score <= found.score && found.place < known.place) {
                *known = found;
            }
        }
        in_order(best.into_values().collect(), wanted)
    }

    /// Names of brands, and imitations of each under its own id or under the brand's.
    fn register(seed: u64) -> (Index, Vec<String>) {
        let brands = include_str!("../brands.tsv");
        let mut sequence = Sequence::new(seed);
        let names: Vec<&str> = brands
            .lines()
            .skip(2)
            .flat_map(|row| row.split('\t'))
            .filter(|name| sequence.below(if name.chars().any(crate::is_han) { 4 } else { 40 }) == 0)
            .collect();
        let index = Index::in_memory().unwrap();
        let mut writer = index.writer().unwrap();
        let mut queries = Vec::new();
        for (number, name) in names.iter().enumerate() {
            let mut aliases = Vec::new();
            for change in Change::ALL {
                let Some(made) = imitation(name, change, &mut sequence) else {
                    continue;
                };
                match sequence.below(4) {
                    0 => aliases.push(made),
                    1 => queries.push(made),
                    other => writer
                        .add(&Mark {
                            id: format!("{number} {change:?}"),
                            name: made,
                            fame: (other == 2).then_some(60),
                            ..Mark::default()
                        })
                        .unwrap(),
                }
            }
            writer
                .add(&Mark {
                    id: number.to_string(),
                    name: (*name).to_owned(),
                    aliases,
                    ..Mark::default()
                })
                .unwrap();
        }
        writer.commit().unwrap();
        (index, queries)
    }

    #[test]
    fn leaving_off_changes_nothing_among_the_best() {
        let (index, queries) = register(11);
        assert!(queries.len() > 300, "{}", queries.len());
        let han = queries.iter().filter(|query| query.chars().any(crate::is_han)).count();
        assert!(han > 50, "{han}");
        // Some of either writing, since each is scored six times over.
        for query in queries.iter().step_by(3) {
            let rescoring = index.rescoring(query).unwrap();
            for wanted in [1, 10, 40] {
                let shortened = in_order(rescoring.ranked(wanted, 0.0).into_scored(), wanted);
                assert_eq!(shortened, of_all(&rescoring, wanted), "{query} {wanted}");
            }
        }
    }

    #[test]
    fn leaving_off_leaves_most_candidates_unscored() {
        let (index, queries) = register(12);
        let (mut all, mut scored) = (0, 0);
        for query in queries.iter().take(100) {
            let rescoring = index.rescoring(query).unwrap();
            all += rescoring.len();
            scored += rescoring.ranked(10, 0.0).into_scored().len();
        }
        assert!(scored * 3 < all, "{scored} of {all}");
    }

    #[test]
    fn of_two_ways_to_write_a_query_the_better_is_told_or_none() {
        let mut prepared = Query::new(&Profile::new("女子利傅帅"), Arc::new(Statistics::default()));
        let view = View::of(&Profile::new("利女"));
        let whole = prepared.score(&view, 0.0);
        for hundredths in 0..=10_u8 {
            let told = prepared.score_from(&view, 0.0, f32::from(hundredths) / 100.0);
            assert!(told.is_none_or(|score| score == whole), "{hundredths} {told:?} {whole}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_score_is_told_wherever_it_is_asked_for(
            query in "([a-z]{1,9}|[天师帅傅康好女子吃点占奥粤利]{1,5}|[a-z]{2,5} [a-z]{2,6})",
            name in "([a-z]{1,9}|[天师帅傅康好女子吃点占奥粤利]{1,5}|[a-z]{2,5} [a-z]{2,6})",
            renown in 0_u8..=255,
            least in 0.0_f32..1.0,
        ) {
            let statistics = Arc::new(Statistics::default());
            let mut prepared = Query::new(&Profile::new(&query), statistics);
            let view = View::of(&Profile::new(&name));
            let renown = f32::from(renown) / 255.0;
            let whole = prepared.score(&view, renown);
            for least in [least, whole, whole - 0.01, whole + 0.01] {
                match prepared.score_from(&view, renown, least) {
                    Some(score) => prop_assert_eq!(score, whole),
                    None => prop_assert!(whole < least, "{} {}", whole, least),
                }
            }
        }

        #[test]
        fn imitations_are_scored_wherever_it_is_asked_for(
            name in "[a-z]{3,9}( [a-z]{3,8})?|[天师帅傅康好女子吃点占奥粤利]{2,5}",
            seed in any::<u64>(),
            least in 0.3_f32..1.0,
        ) {
            let mut sequence = Sequence::new(seed);
            let mut prepared = Query::new(&Profile::new(&name), Arc::new(Statistics::default()));
            for change in Change::ALL {
                let Some(made) = imitation(&name, change, &mut sequence) else { continue };
                let view = View::of(&Profile::new(&made));
                let whole = prepared.score(&view, 0.0);
                for least in [least, whole] {
                    match prepared.score_from(&view, 0.0, least) {
                        Some(score) => prop_assert_eq!(score, whole),
                        None => prop_assert!(whole < least, "{} {} {}", made, whole, least),
                    }
                }
            }
        }
    }
}
