//! From a name to the marks it resembles.

use std::sync::Arc;

use serde::Serialize;
use tantivy::{
    DocAddress, TantivyDocument,
    schema::{Field, Value},
};

use super::{
    Index, IndexError,
    damage::caught,
    filter::{Allowed, Filter, MatchOptions},
    gather::{Place, Reading, gather, same_form},
    ranking::{Ranking, Rescored, Rescoring, Scored},
    snapshot::Snapshot,
};
use crate::{
    brands::names_of,
    candidates::{Channel, exact, exact_part, pinyin, sought, spelled},
    compare::{Asked, Aspects, Comparison, Piece, Query, Rules, rounded},
    eval::{PairScript, Respects},
    mark::Mark,
    parts::{Part, parts, says_all},
    profile::Profile,
    reason::{Band, Reason},
    signature::View,
    statistics::Statistics,
};

/// Letters of the pinyin of one character, on average.
const LETTERS_A_CHARACTER: f32 = 2.8;
/// Marks of the same score as the last one wanted that are read to order them.
const TIED: usize = 200;
/// A mark's own name is explained in place of its best alias where it scores no less than this below.
const NEARLY_AS_WELL: f64 = 0.1;
/// Candidates that are compared before the others.
const LIKELIEST: usize = 64;

/// A mark that a name resembles.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Match {
    /// The mark as it was indexed.
    pub mark: Mark,
    /// The name of the mark that is explained, as registered: the one that the query resembles most, or its own where that is nearly as
    /// alike as the best of its aliases, which [`Reason::Alias`] tells then.
    pub name: String,
    /// Likeness from 0 to 1, to four places; 1 only for the same normal form.
    pub score: f64,
    /// The score in words.
    pub band: Band,
    /// How alike the names are in form, sound and meaning.
    pub aspects: Aspects,
    /// Which piece of the query answers which of [`Match::name`].
    pub pieces: Vec<Piece>,
    /// In what the likeness consists, the strongest reason first; never empty.
    pub reasons: Vec<Reason>,
}

impl Match {
    /// Explains a mark found through one of its names, with its score and how well known it is.
    pub(crate) fn told(
        (query, parts): (&Profile, &[Part]),
        (mark, name): (Mark, String),
        (score, renown): (f32, f32),
        statistics: &Arc<Statistics>,
    ) -> Self {
        let with = |name: &str| Comparison::found((query, parts), &Profile::new(name), renown, statistics);
        let mut compared = with(&name);
        let (mut told, mut alias) = (name, None);
        if told != mark.name {
            // What the mark itself is called says more to a reader than an alias that is hardly nearer.
            let own = with(&mark.name);
            if score < 1.0 && own.score >= rounded(score) - NEARLY_AS_WELL {
                compared = own;
                alias = Some(std::mem::replace(&mut told, mark.name.clone()));
            } else {
                alias = Some(told.clone());
            }
        }
        let (mut reasons, mut aspects) = (compared.reasons, compared.aspects);
        aspects.whole = rounded(score);
        if let Some(alias) = alias {
            // How many edits lie between says nothing beside another reason, but is one where there is no other.
            let is_distance = |reason: &Reason| matches!(reason, Reason::EditDistance(_));
            if !reasons.iter().all(is_distance) {
                reasons.retain(|reason| !is_distance(reason));
            }
            let says_it =
                |reason: &Reason| matches!(reason, Reason::Alias(names) if names.split('=').any(|name| name == alias));
            if !reasons.iter().any(says_it) {
                reasons.push(Reason::Alias(alias));
            }
        }
        Self {
            mark,
            name: told,
            score: rounded(score),
            band: Band::of(rounded(score)),
            aspects,
            pieces: compared.pieces,
            reasons,
        }
    }
}

/// A name worth comparing with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Id of the mark.
    pub mark_id: String,
    /// The mark's name, or that of its aliases which was found.
    pub name: String,
}

impl Index {
    /// The marks that a name resembles, best first; of equal scores the better known mark, then the lower id. A name of
    /// nothing but spaces and punctuation resembles none.
    ///
    /// # Errors
    /// [`IndexError`] where the index cannot be read.
    pub fn match_name(&self, query: &str, options: &MatchOptions) -> Result<Vec<Match>, IndexError> {
        caught(self.directory.as_deref(), || self.matches(query, options))
    }

    fn matches(&self, query: &str, options: &MatchOptions) -> Result<Vec<Match>, IndexError> {
        let query = Profile::new(query);
        if query.is_empty() || options.limit == 0 {
            return Ok(Vec::new());
        }
        let snapshot = self.snapshot();
        let parts = parts(&query);
        let places = self.places(&snapshot, (&query, &parts), options)?;
        let mut prepared = Asked::new(&query, &parts, snapshot.statistics());
        let mut ranking = Ranking::new(options.limit, options.least_score);
        let mut view = View::EMPTY;
        for place in places {
            let Some(names) = snapshot.names(place.0) else { continue };
            names.view(place.1, &mut view);
            let renown = names.renown(place.1);
            if let Some(score) = prepared.score_from(&view, renown, ranking.least()) {
                ranking.offer(Scored { score, place, renown }, || {
                    names.keys.first(place.1).unwrap_or(0)
                });
            }
        }
        self.ranked(&snapshot, (&query, &parts), ranking.into_scored(), options.limit)
    }

    /// Compares two names as the index would, by what is common in it. The mark counts as no better known than any name.
    #[must_use]
    pub fn compare(&self, query: &str, mark: &str) -> Comparison {
        let snapshot = self.snapshot();
        Comparison::of(&Profile::new(query), &Profile::new(mark), 0.0, snapshot.statistics())
    }

    /// Names worth comparing with a query, at most `limit`, in no order.
    ///
    /// # Errors
    /// [`IndexError`] where the index cannot be read.
    pub fn candidates(&self, query: &str, limit: usize) -> Result<Vec<Candidate>, IndexError> {
        let query = Profile::new(query);
        let snapshot = self.snapshot();
        caught(self.directory.as_deref(), || {
            let places = self.places(&snapshot, (&query, &parts(&query)), &MatchOptions::default())?;
            places
                .into_iter()
                .take(limit)
                .map(|place| {
                    let (mark, name) = self.stored(&snapshot, place)?;
                    Ok(Candidate { mark_id: mark.id, name })
                })
                .collect()
        })
    }

    /// The candidates of a query, read from the index and ready to be rescored: for measuring what rescoring alone costs.
    ///
    /// # Errors
    /// [`IndexError`] where the index cannot be read.
    pub fn rescoring(&self, query: &str) -> Result<Rescoring, IndexError> {
        let query = Profile::new(query);
        let snapshot = self.snapshot();
        let mut names = Vec::new();
        for place in self.places(&snapshot, (&query, &parts(&query)), &MatchOptions::default())? {
            if let Some(segment) = snapshot.names(place.0) {
                let mut view = View::EMPTY;
                segment.view(place.1, &mut view);
                names.push(Rescored {
                    view,
                    renown: segment.renown(place.1),
                    key: segment.keys.first(place.1).unwrap_or(0),
                    place,
                });
            }
        }
        Ok(Rescoring::new(query, Arc::clone(snapshot.statistics()), names))
    }

    /// What is measured of every candidate of a query.
    pub(crate) fn measures(&self, query: &str) -> Result<Vec<Respects>, IndexError> {
        let query = Profile::new(query);
        let snapshot = self.snapshot();
        let mut prepared = Query::new(&query, Arc::clone(snapshot.statistics()));
        let mut view = View::EMPTY;
        let mut measures = Vec::new();
        for place in self.places(&snapshot, (&query, &parts(&query)), &MatchOptions::default())? {
            let Some(names) = snapshot.names(place.0) else { continue };
            names.view(place.1, &mut view);
            let measured = prepared.measure(&view, names.renown(place.1));
            let script = match measured.rules {
                Rules::Han => PairScript::Han,
                Rules::Latin => PairScript::Latin,
                Rules::Cross => PairScript::Cross,
            };
            measures.push(Respects {
                form: view.units().iter().collect(),
                script,
                values: measured.values.to_vec(),
            });
        }
        Ok(measures)
    }

    /// The documents worth comparing with a query, each once: the likeliest few first, since what those score tells how little is
    /// worth finding out of the others.
    pub(super) fn places(
        &self,
        snapshot: &Snapshot,
        (query, parts): (&Profile, &[Part]),
        options: &MatchOptions,
    ) -> Result<Vec<Place>, IndexError> {
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let filter = Filter::new(options, &self.fields, snapshot.searcher())?;
        let allowed = snapshot
            .segments()
            .map(|(segment, _)| filter.of(segment))
            .collect::<Result<Vec<Allowed>, IndexError>>()?;
        let other_writing = [Channel::Letters, Channel::Consonants];
        let left_out = if query.is_han() && says_all(parts) {
            &other_writing[..]
        } else {
            &[]
        };
        let mut gathered = self.gathered(snapshot, query, left_out, &allowed)?;
        for part in parts {
            gathered.extend(if part.exact {
                same_form(snapshot, &self.fields, exact(&part.profile.units), &allowed)?
            } else {
                self.gathered(snapshot, &part.profile, &[], &allowed)?
            });
        }
        Ok(likeliest_first(gathered))
    }

    /// The documents worth comparing with one name on all channels but some, a few more than once.
    fn gathered(
        &self,
        snapshot: &Snapshot,
        query: &Profile,
        left_out: &[Channel],
        allowed: &[Allowed],
    ) -> Result<Vec<(f32, Place)>, IndexError> {
        let form = exact(&query.units);
        let mut gathered = same_form(snapshot, &self.fields, form, allowed)?;
        gathered.extend(same_form(snapshot, &self.fields, exact_part(&query.units), allowed)?);
        for name in names_of(form) {
            let form = exact(&Profile::new(name).units);
            gathered.extend(same_form(snapshot, &self.fields, form, allowed)?);
        }
        for (channel, tokens) in sought(query) {
            let reading = Reading {
                channel,
                tokens: &tokens,
                length: extent(channel, query),
            };
            if !tokens.is_empty() && !left_out.contains(&channel) {
                gathered.extend(gather(snapshot, &self.fields, &reading, allowed)?);
            }
        }
        Ok(gathered)
    }

    fn ranked(
        &self,
        snapshot: &Snapshot,
        query: (&Profile, &[Part]),
        mut scored: Vec<Scored>,
        limit: usize,
    ) -> Result<Vec<Match>, IndexError> {
        scored.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.place.cmp(&b.place)));
        let Some(last) = scored
            .get(limit.min(scored.len()).wrapping_sub(1))
            .map(|last| last.score)
        else {
            return Ok(Vec::new());
        };
        let tied = scored
            .iter()
            .take(limit.saturating_add(TIED))
            .take_while(|scored| scored.score >= last);
        let mut read = tied
            .map(|scored| Ok((*scored, self.stored(snapshot, scored.place)?)))
            .collect::<Result<Vec<_>, IndexError>>()?;
        read.sort_by(|(a, (one, _)), (b, (other, _))| {
            let fame = || other.fame.cmp(&one.fame).then_with(|| one.id.cmp(&other.id));
            b.score.total_cmp(&a.score).then_with(fame)
        });
        read.truncate(limit);
        let explained = read
            .into_iter()
            .map(|(scored, stored)| Match::told(query, stored, (scored.score, scored.renown), snapshot.statistics()));
        Ok(explained.collect())
    }

    /// The mark of a document, and the one of its names that the document is about.
    fn stored(&self, snapshot: &Snapshot, place: Place) -> Result<(Mark, String), IndexError> {
        let address = DocAddress::new(place.0, place.1);
        let document: TantivyDocument = snapshot.searcher().doc(address)?;
        let record = document.get_first(self.fields.mark);
        let mark: Mark = serde_json::from_slice(record.as_ref().and_then(Value::as_bytes).unwrap_or_default())?;
        let name = text(&document, self.fields.alias).unwrap_or_else(|| mark.name.clone());
        Ok((mark, name))
    }
}

/// Each place once, at the best that it has on any channel, the likeliest few first.
fn likeliest_first(mut gathered: Vec<(f32, Place)>) -> Vec<Place> {
    gathered.sort_unstable_by(|a, b| a.1.cmp(&b.1).then(b.0.total_cmp(&a.0)));
    gathered.dedup_by_key(|(_, place)| *place);
    if gathered.len() > LIKELIEST {
        gathered.select_nth_unstable_by(LIKELIEST, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let (first, others) = gathered.split_at_mut(LIKELIEST);
        // In the order of the index again, so that its columns are read forwards.
        first.sort_unstable_by_key(|(_, place)| *place);
        others.sort_unstable_by_key(|(_, place)| *place);
    }
    gathered.into_iter().map(|(_, place)| place).collect()
}

/// Characters that a name of the query's extent has on a channel.
fn extent(channel: Channel, query: &Profile) -> f32 {
    let units = query.units.len() as f32;
    match channel {
        Channel::Letters | Channel::Consonants if query.is_han() => spelled(&query.units).len() as f32,
        Channel::Sounds if !query.is_han() => pinyin(query).map_or(units, |read| read.len() as f32),
        Channel::SpelledConsonants if !query.is_han() => (units / LETTERS_A_CHARACTER).max(1.0),
        _ => units,
    }
    .max(1.0)
}

fn text(document: &TantivyDocument, field: Field) -> Option<String> {
    let value = document.get_first(field)?;
    value.as_str().map(str::to_owned)
}
