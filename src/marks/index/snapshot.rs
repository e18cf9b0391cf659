//! What a search sees: the documents of one commit, and for each the little that choosing candidates needs.

use std::sync::Arc;

use tantivy::{DocId, Searcher, SegmentReader, columnar::Column, index::SegmentId};

use super::IndexError;
use crate::{
    brands::is_known,
    signature::View,
    statistics::{Statistics, hash},
    tables::familiarity,
};

/// One segment's documents.
pub(super) struct Names {
    id: SegmentId,
    statistics: Arc<Statistics>,
    /// Compared characters of each document.
    pub(super) lengths: Vec<u8>,
    /// How well known each document's name is, in 255ths.
    pub(super) renown: Vec<u8>,
    signatures: Column<u64>,
    /// None where no name of the segment has generic words.
    generics: Option<Column<u64>>,
    pub(super) keys: Column<u64>,
}

impl Names {
    fn read(segment: &SegmentReader, statistics: &Arc<Statistics>) -> Result<Self, IndexError> {
        let columns = segment.fast_fields();
        let signatures = columns.u64("signature")?;
        let fame = columns.u64("fame")?;
        let mut names = Self {
            id: segment.segment_id(),
            statistics: Arc::clone(statistics),
            lengths: Vec::with_capacity(segment.max_doc() as usize),
            renown: Vec::with_capacity(segment.max_doc() as usize),
            keys: columns.u64("key")?,
            generics: columns.column_opt("generic")?,
            signatures,
        };
        let mut view = View::EMPTY;
        for document in 0..segment.max_doc() {
            names.view(document, &mut view);
            let fame = fame.first(document).unwrap_or(0).min(100) as f32 / 100.0;
            names.lengths.push(view.units().len() as u8);
            names
                .renown
                .push((renown(view.units(), fame, statistics) * 255.0) as u8);
        }
        Ok(names)
    }

    /// How well known a document's name is, 0 to 1.
    pub(super) fn renown(&self, document: DocId) -> f32 {
        f32::from(self.renown.get(document as usize).copied().unwrap_or(0)) / 255.0
    }

    /// Reads the characters of a document's name.
    pub(super) fn view(&self, document: DocId, view: &mut View) {
        view.read(self.signatures.values_for_doc(document));
        view.generic = self
            .generics
            .as_ref()
            .and_then(|bits| bits.first(document))
            .unwrap_or(0);
    }
}

/// How well known a name is, 0 to 1: by the fame that the register gives its mark, by public lists of brands, by the
/// names that build on it, and by how often it is written in texts.
pub(crate) fn renown(units: &[char], fame: f32, statistics: &Statistics) -> f32 {
    let form = hash(units);
    let listed = if is_known(form) {
        LISTED * statistics.listing()
    } else {
        0.0
    };
    let word = WORD * familiarity(form);
    let reach = REACH * statistics.reach(form);
    // Each is evidence by itself, so they add up towards 1 without passing it.
    1.0 - (1.0 - fame.clamp(0.0, 1.0)) * (1.0 - listed) * (1.0 - reach) * (1.0 - word)
}

/// Renown of a name on a public list of brands, in a register of which few names are.
const LISTED: f32 = 0.6;
/// Renown of a name that is among the commonest words in texts.
const WORD: f32 = 0.7;
/// Renown of a name that a hundred names build on.
const REACH: f32 = 0.7;

/// The documents of one commit.
pub(super) struct Snapshot {
    searcher: Searcher,
    statistics: Arc<Statistics>,
    segments: Vec<Arc<Names>>,
}

impl Snapshot {
    /// Reads what changed since another snapshot.
    pub(super) fn take(
        searcher: Searcher,
        statistics: Arc<Statistics>,
        before: Option<&Self>,
    ) -> Result<Self, IndexError> {
        // The same counts read again are still the same.
        let statistics = match before {
            Some(before) if *before.statistics == *statistics => Arc::clone(&before.statistics),
            _ => statistics,
        };
        let segments = searcher
            .segment_readers()
            .iter()
            .map(|segment| {
                let known = before.into_iter().flat_map(|before| &before.segments);
                let same = |names: &&Arc<Names>| {
                    names.id == segment.segment_id() && Arc::ptr_eq(&names.statistics, &statistics)
                };
                match known.into_iter().find(same) {
                    Some(names) => Ok(Arc::clone(names)),
                    None => Names::read(segment, &statistics).map(Arc::new),
                }
            })
            .collect::<Result<_, IndexError>>()?;
        Ok(Self {
            searcher,
            statistics,
            segments,
        })
    }

    pub(super) fn searcher(&self) -> &Searcher {
        &self.searcher
    }

    pub(super) fn statistics(&self) -> &Arc<Statistics> {
        &self.statistics
    }

    /// The segments, in the order of their readers.
    pub(super) fn segments(&self) -> impl Iterator<Item = (&SegmentReader, &Names)> {
        self.searcher
            .segment_readers()
            .iter()
            .zip(self.segments.iter().map(AsRef::as_ref))
    }

    pub(super) fn names(&self, segment: u32) -> Option<&Names> {
        self.segments.get(segment as usize).map(AsRef::as_ref)
    }

    /// Counts all names.
    pub(super) fn count(&self) -> Result<Statistics, IndexError> {
        Ok(Statistics::of(|| {
            self.segments().flat_map(|(segment, names)| {
                segment.doc_ids_alive().map(|document| {
                    let mut view = View::EMPTY;
                    names.view(document, &mut view);
                    view
                })
            })
        }))
    }
}
