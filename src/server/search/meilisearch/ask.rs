//! Candidates from Meilisearch: what is asked, and the best of what is answered.
//!
//! Meilisearch reads ten words of a query and drops the rest, and a name that lacks the first of them, or the rarest, is not
//! found at all, whatever else it shares. So no query holds more than two words. A first request asks for every token by
//! itself, and only how many names have it. A second one reads the rare words in full; those that are too common for that are
//! asked for two by two, since of the names that share two of them there are far fewer. The answers are put together here.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

use meilisearch_sdk::{
    indexes::Index,
    search::{MatchingStrategies, MultiSearchQuery, SearchQuery, Selectors},
};
use zhengming_marks::{
    MatchOptions,
    external::{Likeness, Question, RegisterCounts, Scorer},
};

use super::{
    Failure,
    connection::Connection,
    document::{HIT_FIELDS, Hit, MOST_HITS, filter},
};

/// Words asked for on a channel, the weightiest first.
const WORDS: usize = 48;
/// Names of a channel's rare words that are read, together; as many as the embedded index takes of a channel.
const WHOLE: usize = 500;
/// Words of a channel, beyond those, that are asked for two by two, the rarest first.
const COMMON: usize = 6;
/// Names that two words give at most, the best known first.
const PAIRED: usize = 50;
/// Names that a common word gives by itself.
const ALONE: usize = 30;
/// Marks of the same score as the last one wanted that are read to order them.
const TIED: usize = 200;

/// One query: its words, and how many names it gives at most.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    /// Channel, for pairing; none for whole forms.
    channel: Option<usize>,
    text: String,
    limit: usize,
}

/// The queries of the first request: whole forms, and each word for the number of its names.
fn words(question: &Question) -> Vec<Asked> {
    let forms = question.forms.iter().map(|form| Asked {
        channel: None,
        text: form.clone(),
        limit: MOST_HITS,
    });
    let words = question.channels.iter().enumerate().flat_map(|(channel, (_, words))| {
        words.iter().take(WORDS).map(move |asked| Asked {
            channel: Some(channel),
            text: asked.word.clone(),
            limit: 0,
        })
    });
    forms.chain(words).collect()
}

/// The queries of the second request, by how many names each word has.
fn readings(asked: &[Asked], found: &[usize]) -> Vec<Asked> {
    let mut channels: BTreeMap<usize, Vec<(usize, &str)>> = BTreeMap::new();
    for (one, found) in asked.iter().zip(found) {
        if let Some(channel) = one.channel.filter(|_| *found > 0) {
            channels.entry(channel).or_default().push((*found, &one.text));
        }
    }
    let mut readings = Vec::new();
    for (channel, mut words) in channels {
        let mut read = |text: String, limit| {
            readings.push(Asked {
                channel: Some(channel),
                text,
                limit,
            });
        };
        words.sort_unstable();
        let mut left = WHOLE;
        let mut common = Vec::new();
        for (found, word) in words {
            if found <= left {
                left -= found;
                read(word.to_owned(), found);
            } else {
                common.push(word);
            }
        }
        common.truncate(COMMON);
        for (at, one) in common.iter().enumerate() {
            read((*one).to_owned(), ALONE);
            for other in common.iter().skip(at + 1) {
                read(format!("{one} {other}"), PAIRED);
            }
        }
    }
    readings
}

/// The names that share a token with the query, each once.
pub(super) async fn candidates(
    index: &Index<Connection>,
    question: &Question,
    options: &MatchOptions,
) -> Result<Vec<Hit>, Failure> {
    let filter = filter(options);
    let asked = words(question);
    let mut names: HashMap<String, Hit> = HashMap::new();
    let found = ask(index, &asked, &filter, &mut names).await?;
    let asked = readings(&asked, &found);
    if !asked.is_empty() {
        ask(index, &asked, &filter, &mut names).await?;
    }
    Ok(names.into_values().collect())
}

/// Asks, and says how many names each query would have.
async fn ask(
    index: &Index<Connection>,
    asked: &[Asked],
    filter: &str,
    names: &mut HashMap<String, Hit>,
) -> Result<Vec<usize>, Failure> {
    let mut request = MultiSearchQuery::new(&index.client);
    for one in asked {
        let mut query = SearchQuery::new(index);
        query
            .with_query(&one.text)
            .with_limit(one.limit)
            .with_matching_strategy(MatchingStrategies::ALL)
            .with_attributes_to_retrieve(Selectors::Some(&HIT_FIELDS));
        if !filter.is_empty() {
            query.with_filter(filter);
        }
        request.with_search_query(query);
    }
    let answer = request.execute::<Hit>().await?;
    let mut found = Vec::with_capacity(asked.len());
    for result in answer.results {
        found.push(result.estimated_total_hits.unwrap_or(0));
        for hit in result.hits {
            names.entry(hit.result.id.clone()).or_insert(hit.result);
        }
    }
    Ok(found)
}

/// The name of a mark that the query resembles most.
#[derive(Debug, Clone)]
pub(super) struct Best {
    pub(super) id: String,
    pub(super) fame: Option<u8>,
    pub(super) likeness: Likeness,
}

/// Scores names and keeps, best first, the best name of each mark: as many marks as are wanted, and those that score like the
/// last of them.
pub(super) fn best(query: &str, counts: &RegisterCounts, names: Vec<Hit>, options: &MatchOptions) -> Vec<Best> {
    let mut scorer = Scorer::new(query, counts);
    let mut marks: HashMap<String, Best> = HashMap::new();
    for hit in names {
        let likeness = scorer.score(&hit.signature(), hit.fame);
        if likeness.score() < options.least_score {
            continue;
        }
        let mark = hit.mark().to_owned();
        let new = Best {
            id: hit.id,
            fame: hit.fame,
            likeness,
        };
        match marks.get_mut(&mark) {
            Some(known) if order(&new, known).is_lt() => *known = new,
            Some(_) => {}
            None => {
                marks.insert(mark, new);
            }
        }
    }
    let mut best: Vec<Best> = marks.into_values().collect();
    best.sort_unstable_by(order);
    let Some(last) = best.get(options.limit.min(best.len()).wrapping_sub(1)) else {
        return Vec::new();
    };
    let last = last.likeness;
    let tied = best
        .iter()
        .take(options.limit.saturating_add(TIED))
        .take_while(|one| one.likeness.first(&last).is_le())
        .count();
    best.truncate(tied);
    best
}

/// The more alike first, then the better known, then by the document's id, so that nothing depends on chance.
fn order(one: &Best, other: &Best) -> Ordering {
    let likeness = one.likeness.first(&other.likeness);
    likeness
        .then_with(|| other.fame.cmp(&one.fame))
        .then_with(|| one.id.cmp(&other.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(channel: usize, text: &str, limit: usize) -> Asked {
        Asked {
            channel: Some(channel),
            text: text.to_owned(),
            limit,
        }
    }

    #[test]
    fn no_query_holds_more_words_than_meilisearch_reads() {
        let long = "康师傅 Master Kong ".repeat(30);
        for name in ["康帅傅", "ABIBAS", "naike", long.as_str()] {
            let question = Question::of(name);
            let first = words(&question);
            let channels = question.channels.len();
            assert!(channels <= 8 && first.len() <= channels * WORDS + question.forms.len());
            assert!(first.iter().all(|one| !one.text.contains(' ')));
            let second = readings(&first, &vec![WHOLE + 1; first.len()]);
            assert!(second.iter().all(|one| one.text.split(' ').count() <= 2));
            assert!(second.len() <= channels * (COMMON + COMMON * (COMMON - 1) / 2));
        }
    }

    #[test]
    fn rare_words_are_read_in_full_and_common_ones_two_by_two_within_their_channel() {
        let first = [
            asked(0, "a", 0),
            asked(0, "b", 0),
            asked(0, "c", 0),
            asked(0, "d", 0),
            asked(1, "e", 0),
        ];
        let found = [WHOLE, 3, WHOLE + 1, 0, 7];
        let second = [
            asked(0, "b", 3),
            asked(0, "a", ALONE),
            asked(0, "a c", PAIRED),
            asked(0, "c", ALONE),
            asked(1, "e", 7),
        ];
        assert_eq!(readings(&first, &found), second);
    }

    #[test]
    fn a_name_of_nothing_asks_for_nothing() {
        assert_eq!(words(&Question::of(" · ")), []);
    }
}
