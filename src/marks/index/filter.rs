//! How to search, and the documents that the options leave.

use tantivy::{
    DocId, Searcher, SegmentReader, TERMINATED, Term,
    query::{BooleanQuery, EnableScoring, Occur, Query, TermSetQuery, Weight},
};

use super::{CLASSES_UNKNOWN, Fields, IndexError};

/// How to search.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchOptions {
    /// Matches returned at most.
    pub limit: usize,
    /// Nice classes of interest: marks of these and marks whose classes are unknown. Empty means all.
    pub classes: Vec<u8>,
    /// Statuses of interest, as the register words them, whatever their case. Empty means all.
    pub statuses: Vec<String>,
    /// Only the marks of this owner, whatever the case of the name.
    pub owner: Option<String>,
    /// Only marks of at least this fame, 0 to 100.
    pub least_fame: u8,
    /// Matches below this score, 0 to 1, are left out.
    pub least_score: f64,
}

impl Default for MatchOptions {
    fn default() -> Self {
        Self {
            limit: 10,
            classes: Vec::new(),
            statuses: Vec::new(),
            owner: None,
            least_fame: 0,
            least_score: 0.3,
        }
    }
}

/// Tells which documents may be returned.
pub(super) struct Filter {
    weight: Option<Box<dyn Weight>>,
    least_fame: u8,
}

impl Filter {
    pub(super) fn new(options: &MatchOptions, fields: &Fields, searcher: &Searcher) -> Result<Self, IndexError> {
        let mut must: Vec<TermSetQuery> = Vec::new();
        if !options.classes.is_empty() {
            let classes = options
                .classes
                .iter()
                .map(|class| u64::from(*class))
                .chain([CLASSES_UNKNOWN]);
            must.push(TermSetQuery::new(
                classes.map(|class| Term::from_field_u64(fields.class, class)),
            ));
        }
        let written = |text: &String| text.trim().to_lowercase();
        if !options.statuses.is_empty() {
            let statuses = options.statuses.iter().map(written);
            must.push(TermSetQuery::new(
                statuses.map(|status| Term::from_field_text(fields.status, &status)),
            ));
        }
        if let Some(owner) = &options.owner {
            must.push(TermSetQuery::new([Term::from_field_text(
                fields.owner,
                &written(owner),
            )]));
        }
        let weight = if must.is_empty() {
            None
        } else {
            let all = must
                .into_iter()
                .map(|query| (Occur::Must, Box::new(query) as Box<dyn Query>));
            let all = BooleanQuery::new(all.collect());
            Some(all.weight(EnableScoring::disabled_from_searcher(searcher))?)
        };
        Ok(Self {
            weight,
            least_fame: options.least_fame,
        })
    }

    /// The documents of a segment that may be returned.
    pub(super) fn of(&self, segment: &SegmentReader) -> Result<Allowed, IndexError> {
        if self.weight.is_none() && self.least_fame == 0 {
            return Ok(Allowed(None));
        }
        let mut bits = vec![0_u64; segment.max_doc() as usize / 64 + 1];
        let mut allow = |document: DocId| {
            if let Some(part) = bits.get_mut(document as usize / 64) {
                *part |= 1 << (document % 64);
            }
        };
        match &self.weight {
            Some(weight) => {
                let mut documents = weight.scorer(segment, 1.0)?;
                while documents.doc() != TERMINATED {
                    allow(documents.doc());
                    documents.advance();
                }
            }
            None => (0..segment.max_doc()).for_each(allow),
        }
        if self.least_fame > 0 {
            let fame = segment.fast_fields().u64("fame")?;
            for document in 0..segment.max_doc() {
                if fame.first(document).unwrap_or(0) < u64::from(self.least_fame)
                    && let Some(part) = bits.get_mut(document as usize / 64)
                {
                    *part &= !(1 << (document % 64));
                }
            }
        }
        Ok(Allowed(Some(bits)))
    }
}

/// The documents of one segment that may be returned; all of them if there are no bits.
pub(super) struct Allowed(Option<Vec<u64>>);

impl Allowed {
    pub(super) fn holds(&self, document: DocId) -> bool {
        let Some(bits) = &self.0 else { return true };
        bits.get(document as usize / 64)
            .is_some_and(|part| part >> (document % 64) & 1 == 1)
    }
}
