//! The candidates of a query: on each channel the names that share the most of its rarest tokens, for their length.
//!
//! A channel's postings are added up document by document, in windows of documents whose sums stay near the processor. That costs a
//! nanosecond or two a posting, less than keeping a queue of thirty cursors in order, and it is bounded: tokens that are too common
//! to be afforded add nothing, since what they would say the rescoring finds out anyway.

use std::sync::{Mutex, PoisonError};

use tantivy::{
    DocId, Term,
    postings::{BlockSegmentPostings, TermInfo},
    schema::{Field, IndexRecordOption},
};

use super::{Fields, IndexError, filter::Allowed, snapshot::Snapshot};
use crate::{
    candidates::{Channel, Sought},
    profile::COMPARED_CHARS,
};

/// Names that each channel contributes.
const CHANNEL_LIMIT: usize = 500;
/// Postings read of a channel beyond the rarest tokens.
const AFFORDED: usize = 500_000;
/// Rarest tokens that are read whatever they cost.
const RAREST: usize = 3;
/// Documents of the same whole form.
const SAME_FORM: usize = 2_000;
/// How much being well known moves a name forward among the candidates.
const RENOWN: f32 = 0.5;
/// Sum of all tokens' weights in the units that documents are credited in.
const FULL: f32 = 60_000.0;
/// Documents whose sums are kept at a time: with the blocks of some hundred tokens they fit into a processor's second cache.
const WINDOW: usize = 1 << 17;
/// Sums that are passed over together.
const TOGETHER: usize = 32;

/// Segment and document.
pub(super) type Place = (u32, DocId);

/// A channel to read.
pub(super) struct Reading<'a> {
    pub(super) channel: Channel,
    pub(super) tokens: &'a [Sought],
    /// Compared characters that a name of the query's extent would have on this channel.
    pub(super) length: f32,
}

struct Posted {
    segment: u32,
    weight: f32,
    info: TermInfo,
}

/// Sums of single documents, kept from one search to the next.
static SUMS: Mutex<Vec<Vec<u16>>> = Mutex::new(Vec::new());

/// The best documents so far.
struct Best {
    found: Vec<(f32, Place)>,
    least: f32,
}

impl Best {
    fn offer(&mut self, score: f32, place: Place) {
        if score <= self.least {
            return;
        }
        self.found.push((score, place));
        if self.found.len() >= 2 * CHANNEL_LIMIT {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.found.len() <= CHANNEL_LIMIT {
            return;
        }
        // Of the same score the document that came first, so that the choice does not depend on chance.
        let order = |a: &(f32, Place), b: &(f32, Place)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        let (_, last, _) = self.found.select_nth_unstable_by(CHANNEL_LIMIT - 1, order);
        self.least = last.0;
        self.found.truncate(CHANNEL_LIMIT);
    }
}

/// The documents of one token in one segment that are still to be credited.
struct Cursor {
    postings: BlockSegmentPostings,
    /// Documents credited of the block at hand.
    done: usize,
    credit: u16,
}

impl Cursor {
    /// Credits the documents of a window that begins at `from`. False once there is none left.
    fn credit(&mut self, sums: &mut [u16], from: usize) -> bool {
        let end = from + sums.len();
        loop {
            let rest = self.postings.docs().get(self.done..).unwrap_or_default();
            let Some(last) = rest.last() else { return false };
            let whole = (*last as usize) < end;
            let within = if whole {
                rest.len()
            } else {
                rest.partition_point(|document| (*document as usize) < end)
            };
            for document in rest.iter().take(within) {
                if let Some(sum) = sums.get_mut((*document as usize).wrapping_sub(from)) {
                    *sum = sum.saturating_add(self.credit);
                }
            }
            if !whole {
                self.done += within;
                return true;
            }
            self.done = 0;
            self.postings.advance();
        }
    }
}

/// What a document's sum is worth: more for a name of the query's extent, and for one that is well known.
struct Worth {
    by_length: [f32; COMPARED_CHARS + 1],
    by_renown: [f32; 256],
}

impl Worth {
    fn new(longest: f32, length: f32) -> Self {
        Self {
            by_length: std::array::from_fn(|units| {
                let extent = 1.0 + (units as f32 / length).min(4.0);
                2.0 / (longest * extent)
            }),
            by_renown: std::array::from_fn(|known| 1.0 + RENOWN * known as f32 / 255.0),
        }
    }

    /// Sums, by length, that even the best known name needs more than to be worth more than `least`.
    fn needed(&self, least: f32) -> [u16; COMPARED_CHARS + 1] {
        // One less, for what rounding does.
        let known = self.by_renown[255];
        self.by_length
            .map(|by_length| (least / (by_length * known) - 1.0) as u16)
    }

    fn of(&self, sum: u16, length: u8, renown: u8) -> f32 {
        let by_length = self.by_length[usize::from(length).min(COMPARED_CHARS)];
        f32::from(sum) * by_length * self.by_renown[usize::from(renown)]
    }
}

/// The best names on one channel, with what brought them there.
pub(super) fn gather(
    snapshot: &Snapshot,
    fields: &Fields,
    reading: &Reading<'_>,
    allowed: &[Allowed],
) -> Result<Vec<(f32, Place)>, IndexError> {
    let field = fields.channel(reading.channel);
    let total = snapshot.searcher().num_docs().max(1) as f32;
    let (posted, whole) = lookup(snapshot, field, reading.tokens, total)?;
    let mut best = Best {
        found: Vec::new(),
        least: 0.0,
    };
    let scale = FULL / posted_weight(&posted, snapshot).max(f32::EPSILON);
    let worth = Worth::new(whole * scale, reading.length);
    let mut sums = SUMS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop()
        .unwrap_or_default();
    for (number, (segment, names)) in snapshot.segments().enumerate() {
        let number = number as u32;
        let inverted = segment.inverted_index(field)?;
        let mut cursors = Vec::new();
        for one in posted.iter().filter(|one| one.segment == number) {
            let postings = inverted
                .read_block_postings_from_terminfo(&one.info, IndexRecordOption::Basic)
                .map_err(tantivy::TantivyError::from)?;
            cursors.push(Cursor {
                postings,
                done: 0,
                credit: (one.weight * scale) as u16,
            });
        }
        let deleted = segment.alive_bitset();
        let allowed = allowed.get(number as usize);
        let documents = segment.max_doc() as usize;
        for from in (0..documents).step_by(WINDOW) {
            if cursors.is_empty() {
                break;
            }
            sums.clear();
            sums.resize(WINDOW.min(documents - from).next_multiple_of(TOGETHER), 0);
            cursors.retain_mut(|cursor| cursor.credit(&mut sums, from));
            let mut needed = worth.needed(best.least);
            let groups = sums.as_chunks::<TOGETHER>().0.iter();
            let lengths = names.lengths.get(from..).unwrap_or_default().chunks(TOGETHER);
            for (group, (part, lengths)) in groups.zip(lengths).enumerate() {
                // What even the best known name of no length could not bring among the best is not looked at: most documents.
                let hopeless = needed[0];
                if part.iter().fold(0, |most: u16, sum| most.max(*sum)) <= hopeless {
                    continue;
                }
                let least = best.least;
                for (at, (sum, length)) in part.iter().zip(lengths).enumerate() {
                    if *sum <= needed[usize::from(*length).min(COMPARED_CHARS)] {
                        continue;
                    }
                    let at = from + group * TOGETHER + at;
                    let document = at as DocId;
                    let score = worth.of(*sum, *length, names.renown.get(at).copied().unwrap_or(0));
                    if score > best.least
                        && deleted.is_none_or(|alive| alive.is_alive(document))
                        && allowed.is_none_or(|allowed| allowed.holds(document))
                    {
                        best.offer(score, (number, document));
                    }
                }
                if best.least > least {
                    needed = worth.needed(best.least);
                }
            }
        }
    }
    SUMS.lock().unwrap_or_else(PoisonError::into_inner).push(sums);
    best.cut();
    Ok(best.found)
}

/// The most that a document of any segment can be credited.
fn posted_weight(posted: &[Posted], snapshot: &Snapshot) -> f32 {
    let mut sums = vec![0.0_f32; snapshot.segments().count()];
    for one in posted {
        if let Some(sum) = sums.get_mut(one.segment as usize) {
            *sum += one.weight;
        }
    }
    sums.into_iter().fold(0.0, f32::max)
}

/// Where each token stands, the rarest first as far as can be afforded, and the weight of the query's own tokens.
fn lookup(snapshot: &Snapshot, field: Field, tokens: &[Sought], total: f32) -> Result<(Vec<Posted>, f32), IndexError> {
    let mut found: Vec<(u32, f32, f32, Vec<Posted>)> = Vec::with_capacity(tokens.len());
    let inverted = snapshot
        .segments()
        .map(|(segment, _)| segment.inverted_index(field))
        .collect::<Result<Vec<_>, _>>()?;
    for (token, weight) in tokens {
        let term = Term::from_field_u64(field, *token);
        let mut posted = Vec::new();
        let mut count = 0;
        for (number, inverted) in inverted.iter().enumerate() {
            if let Some(info) = inverted.get_term_info(&term).map_err(tantivy::TantivyError::from)? {
                count += info.doc_freq;
                posted.push(Posted {
                    segment: number as u32,
                    weight: 0.0,
                    info,
                });
            }
        }
        let rarity = (1.0 + total / count.max(1) as f32).ln();
        for one in &mut posted {
            one.weight = weight * rarity;
        }
        let own = if *weight >= 1.0 { rarity } else { 0.0 };
        found.push((count, own, *weight, posted));
    }
    let whole = found.iter().map(|(_, own, ..)| own).sum();
    found.sort_by_key(|(count, ..)| *count);
    let mut read = 0;
    let mut kept = Vec::new();
    for (rank, (count, _, _, posted)) in found.into_iter().enumerate() {
        read += count as usize;
        if rank >= RAREST && read > AFFORDED {
            break;
        }
        kept.extend(posted);
    }
    Ok((kept, whole))
}

/// The names of one whole form, before all others.
pub(super) fn same_form(
    snapshot: &Snapshot,
    fields: &Fields,
    form: u64,
    allowed: &[Allowed],
) -> Result<Vec<(f32, Place)>, IndexError> {
    let field = fields.channel(Channel::Exact);
    let term = Term::from_field_u64(field, form);
    let mut found = Vec::new();
    for (number, (segment, _)) in snapshot.segments().enumerate() {
        let inverted = segment.inverted_index(field)?;
        let postings = inverted
            .read_block_postings(&term, IndexRecordOption::Basic)
            .map_err(tantivy::TantivyError::from)?;
        let Some(mut postings) = postings else { continue };
        while !postings.docs().is_empty() && found.len() < SAME_FORM {
            let kept = postings.docs().iter().copied().filter(|document| {
                !segment.is_deleted(*document) && allowed.get(number).is_none_or(|allowed| allowed.holds(*document))
            });
            found.extend(kept.map(|document| (f32::INFINITY, (number as u32, document))));
            postings.advance();
        }
    }
    Ok(found)
}
