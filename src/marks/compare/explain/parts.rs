//! Two names compared by their parts: whichever of them are most alike, told in the places of the whole names.

use std::{ops::Range, sync::Arc};

use super::{Aspects, Comparison, Piece, rounded};
use crate::{
    compare::{LEAST_PART, Query},
    letters::align,
    parts::{Part, essence, parts},
    profile::Profile,
    reason::{Band, Reason},
    signature::View,
    statistics::Statistics,
};

/// A name with its parts.
type Parted<'a> = (&'a Profile, &'a [Part]);

impl Comparison {
    /// Compares two names, either as a whole or by one of its parts.
    pub(crate) fn of(query: &Profile, mark: &Profile, renown: f32, statistics: &Arc<Statistics>) -> Self {
        Self::best((query, &parts(query)), (mark, &parts(mark)), renown, statistics)
    }

    /// Compares a name or one of its parts with a mark or what that is beside generic words, as a search does.
    pub(crate) fn found(query: Parted, mark: &Profile, renown: f32, statistics: &Arc<Statistics>) -> Self {
        let essence = essence(mark);
        Self::best(query, (mark, essence.as_slice()), renown, statistics)
    }

    fn best((query, own): Parted, (mark, theirs): Parted, renown: f32, statistics: &Arc<Statistics>) -> Self {
        if query.is_empty() || mark.is_empty() {
            return Self::begun(query, mark);
        }
        let mut best: Option<(f32, Option<&Part>, Option<&Part>)> = None;
        for ours in std::iter::once(None).chain(own.iter().map(Some)) {
            let name = ours.map_or(query, |part| &part.profile);
            let mut prepared = None;
            for other in std::iter::once(None).chain(theirs.iter().map(Some)) {
                let of = other.map_or(mark, |part| &part.profile);
                let alike = if [ours, other].into_iter().flatten().any(|part| part.exact) {
                    f32::from(u8::from(name.units == of.units))
                } else {
                    let prepared = prepared.get_or_insert_with(|| Query::new(name, Arc::clone(statistics)));
                    prepared.score(&View::of(of), renown)
                };
                let score = alike * share(ours).min(share(other));
                let says = ours.is_none() && other.is_none() || alike >= LEAST_PART;
                if says && best.is_none_or(|(known, ..)| score > known) {
                    best = Some((score, ours, other));
                }
            }
        }
        let (score, ours, theirs) = best.unwrap_or_default();
        let (name, of) = (
            ours.map_or(query, |part| &part.profile),
            theirs.map_or(mark, |part| &part.profile),
        );
        let mut comparison = Self::begun(name, of);
        comparison.explain(name, of, statistics);
        if ours.is_some() || theirs.is_some() {
            comparison.widen((query, ours), (mark, theirs));
        }
        comparison.score = rounded(score);
        comparison.band = Band::of(comparison.score);
        comparison.aspects.whole = comparison.score;
        comparison
    }

    /// Makes a comparison of parts one of the wholes.
    fn widen(&mut self, (query, ours): (&Profile, Option<&Part>), (mark, theirs): (&Profile, Option<&Part>)) {
        self.query = query.units.iter().collect();
        self.mark = mark.units.iter().collect();
        let share = f64::from(share(ours).min(share(theirs)));
        let Aspects {
            form, sound, meaning, ..
        } = self.aspects;
        self.aspects = Aspects {
            form: form.map(|form| form * share),
            sound: sound * share,
            meaning: meaning.map(|meaning| meaning * share),
            whole: 0.0,
        };
        if self.reasons.first() == Some(&Reason::Identical) {
            self.reasons.remove(0);
            match (ours, theirs) {
                (Some(_), None) => self.reasons.push(Reason::ContainsMark),
                (None, _) => self.reasons.push(Reason::ContainedInMark),
                (Some(_), Some(_)) => {}
            }
        }
        let generic = ours.into_iter().flat_map(|part| part.generic.iter().cloned());
        self.reasons.extend(generic.map(Reason::GenericTail));
        if self.reasons.is_empty() {
            let edits = align(&query.units, &mark.units).edits;
            self.reasons.push(Reason::EditDistance(edits.max(1)));
        }
        let span = |part: Option<&Part>, units: &[char]| part.map_or(0..units.len(), |part| part.span.clone());
        let (ours, theirs) = (span(ours, &query.units), span(theirs, &mark.units));
        for piece in &mut self.pieces {
            shift(&mut piece.query, ours.start);
            shift(&mut piece.mark, theirs.start);
        }
        let beside = |query: Range<usize>, mark: Range<usize>| Piece {
            query,
            mark,
            reason: None,
        };
        let before = [beside(0..ours.start, 0..0), beside(0..0, 0..theirs.start)];
        let after = [
            beside(ours.end..query.units.len(), 0..0),
            beside(0..0, theirs.end..mark.units.len()),
        ];
        let told = |piece: &Piece| !piece.query.is_empty() || !piece.mark.is_empty();
        self.pieces.splice(0..0, before.into_iter().filter(told));
        self.pieces.extend(after.into_iter().filter(told));
    }
}

fn share(part: Option<&Part>) -> f32 {
    part.map_or(1.0, |part| part.share)
}

/// Moves a place; what has no counterpart has none elsewhere.
fn shift(place: &mut Range<usize>, by: usize) {
    if place.start < place.end {
        *place = place.start + by..place.end + by;
    }
}

#[cfg(test)]
mod tests;
