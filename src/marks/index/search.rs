//! From a name to the marks it resembles.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use tantivy::{
    DocAddress, Searcher, TantivyDocument, Term,
    collector::TopDocs,
    query::{BooleanQuery, ConstScoreQuery, Occur, Query, TermQuery, TermSetQuery},
    schema::{Field, IndexRecordOption, Value},
};

use super::{CLASSES_UNKNOWN, Index, IndexError};
use crate::{
    candidates::sought_tokens,
    mark::Mark,
    profile::Profile,
    reason::{Band, Reason},
    score::{explain, score},
};

/// Names that each channel contributes, best first.
const CHANNEL_LIMIT: usize = 400;
/// Names compared for one query.
const COMPARED_NAMES: usize = 2_400;

/// How to search.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchOptions {
    /// Matches returned at most.
    pub limit: usize,
    /// Nice classes of interest: marks of these and marks whose classes are unknown. Empty means all.
    pub classes: Vec<u8>,
    /// Matches below this score, 0 to 1, are left out.
    pub least_score: f64,
}

impl Default for MatchOptions {
    fn default() -> Self {
        Self {
            limit: 10,
            classes: Vec::new(),
            least_score: 0.3,
        }
    }
}

/// A mark that a name resembles.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Match {
    /// The mark as it was indexed.
    pub mark: Mark,
    /// Likeness from 0 to 1, to four places; 1 only for the same normal form.
    pub score: f64,
    /// The score in words.
    pub band: Band,
    /// In what the likeness consists, the strongest reason first; never empty.
    pub reasons: Vec<Reason>,
}

/// A name worth comparing with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Id of the mark.
    pub mark_id: String,
    /// The mark's name, or that of its aliases which was found.
    pub name: String,
}

/// The best name of a mark, so far.
struct Scored {
    score: f64,
    address: DocAddress,
    name: String,
}

impl Index {
    /// The marks that a name resembles, best first; of equal scores the better known mark, then the lower id. A name of
    /// nothing but spaces and punctuation resembles none.
    pub fn match_name(&self, query: &str, options: &MatchOptions) -> Result<Vec<Match>, IndexError> {
        let query = Profile::new(query);
        if query.is_empty() || options.limit == 0 {
            return Ok(Vec::new());
        }
        let searcher = self.reader.searcher();
        let mut best: BTreeMap<String, Scored> = BTreeMap::new();
        for address in self.addresses(&searcher, &query, &options.classes, COMPARED_NAMES)? {
            let document: TantivyDocument = searcher.doc(address)?;
            let name = text(&document, self.fields.name);
            let score = rounded(score(&query, &Profile::new(&name)));
            if score < options.least_score {
                continue;
            }
            let id = text(&document, self.fields.id);
            let found = Scored { score, address, name };
            match best.get_mut(&id) {
                // Of a mark's names of the same score the first in order is kept, whatever order they were found in.
                Some(known) if (known.score, &found.name) < (found.score, &known.name) => *known = found,
                Some(_) => {}
                None => {
                    best.insert(id, found);
                }
            }
        }
        self.ranked(&searcher, &query, best, options.limit)
    }

    /// Names worth comparing with a query, at most `limit`, the best of every channel first.
    pub fn candidates(&self, query: &str, limit: usize) -> Result<Vec<Candidate>, IndexError> {
        let searcher = self.reader.searcher();
        self.addresses(&searcher, &Profile::new(query), &[], limit)?
            .into_iter()
            .map(|address| {
                let document: TantivyDocument = searcher.doc(address)?;
                Ok(Candidate {
                    mark_id: text(&document, self.fields.id),
                    name: text(&document, self.fields.name),
                })
            })
            .collect()
    }

    /// The channels' best documents, taken in turn.
    fn addresses(
        &self,
        searcher: &Searcher,
        query: &Profile,
        classes: &[u8],
        limit: usize,
    ) -> Result<Vec<DocAddress>, IndexError> {
        let mut found: Vec<Vec<DocAddress>> = Vec::new();
        if query.is_empty() {
            return Ok(Vec::new());
        }
        for (channel, tokens) in sought_tokens(query) {
            if tokens.is_empty() {
                continue;
            }
            let sought = self.sought(self.fields.channel(channel), &tokens, classes);
            let top = searcher.search(&sought, &TopDocs::with_limit(CHANNEL_LIMIT).order_by_score())?;
            found.push(top.into_iter().map(|(_, address)| address).collect());
        }
        let longest = found.iter().map(Vec::len).max().unwrap_or(0);
        let mut seen: HashSet<DocAddress> = HashSet::new();
        let mut addresses = Vec::new();
        for rank in 0..longest {
            for address in found.iter().filter_map(|channel| channel.get(rank)) {
                if addresses.len() < limit && seen.insert(*address) {
                    addresses.push(*address);
                }
            }
        }
        Ok(addresses)
    }

    /// Any of the tokens, the rarer the better, in any of the classes.
    fn sought(&self, field: Field, tokens: &[String], classes: &[u8]) -> BooleanQuery {
        let any = tokens
            .iter()
            .map(|token| -> Box<dyn Query> {
                Box::new(TermQuery::new(
                    Term::from_field_text(field, token),
                    IndexRecordOption::Basic,
                ))
            })
            .collect();
        let any = BooleanQuery::union(any);
        if classes.is_empty() {
            return any;
        }
        let classes = classes
            .iter()
            .map(|class| u64::from(*class))
            .chain([CLASSES_UNKNOWN])
            .map(|class| Term::from_field_u64(self.fields.class, class));
        let in_classes = ConstScoreQuery::new(Box::new(TermSetQuery::new(classes)), 0.0);
        BooleanQuery::new(vec![(Occur::Must, Box::new(any)), (Occur::Must, Box::new(in_classes))])
    }

    fn ranked(
        &self,
        searcher: &Searcher,
        query: &Profile,
        best: BTreeMap<String, Scored>,
        limit: usize,
    ) -> Result<Vec<Match>, IndexError> {
        let mut scored: Vec<Scored> = best.into_values().collect();
        // The map was in order of id, and the sorts are stable.
        scored.sort_by(|a, b| b.score.total_cmp(&a.score));
        let Some(last) = scored.get(limit.min(scored.len()).wrapping_sub(1)) else {
            return Ok(Vec::new());
        };
        let last = last.score;
        let mut matches = scored
            .iter()
            .take_while(|scored| scored.score >= last)
            .map(|scored| self.explained(searcher, query, scored))
            .collect::<Result<Vec<Match>, IndexError>>()?;
        matches.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| b.mark.fame.cmp(&a.mark.fame)));
        matches.truncate(limit);
        Ok(matches)
    }

    fn explained(&self, searcher: &Searcher, query: &Profile, scored: &Scored) -> Result<Match, IndexError> {
        let document: TantivyDocument = searcher.doc(scored.address)?;
        let record = document.get_first(self.fields.mark);
        let mark: Mark = serde_json::from_slice(record.as_ref().and_then(Value::as_bytes).unwrap_or_default())?;
        let mut reasons = explain(query, &Profile::new(&scored.name));
        if scored.name != mark.name {
            reasons.push(Reason::Alias(scored.name.clone()));
        }
        Ok(Match {
            mark,
            score: scored.score,
            band: Band::of(scored.score),
            reasons,
        })
    }
}

fn text(document: &TantivyDocument, field: Field) -> String {
    let value = document.get_first(field);
    value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn rounded(score: f64) -> f64 {
    (score * 10_000.0).round() / 10_000.0
}
