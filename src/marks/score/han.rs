//! Names read character by character: the same characters, in the same places, of the same sound.

use std::collections::BTreeSet;

use crate::{
    letters::align,
    profile::{Profile, Unit},
    reason::Reason,
    score::{containment, shared},
    sound::{FuzzyClass, SoundMatch, nearest},
};

/// A clearly different first character tells marks apart where a later one does not, so it weighs this much more.
const FIRST: f64 = 1.25;
/// What another character of the same sound counts for.
const SAME_SOUND: f64 = 0.7;
/// What quite another character counts for: a name of the same length is nearer than one that lacks a character.
const OTHER: f64 = 0.15;
/// Share of the likeness that is lost when one name has no counterpart for any character of the other.
const LENGTH: f64 = 0.5;
/// A short name inside another is often chance.
const INSIDE: f64 = 0.9;
/// The same characters in another order, or doubled.
const REARRANGED: f64 = 0.9;

pub(super) fn likeness(a: &Profile, b: &Profile) -> f64 {
    let (forms_a, forms_b) = (a.forms(), b.forms());
    let mut best = aligned(&a.units, &b.units)
        .max(REARRANGED * shared(&forms_a, &forms_b))
        .max(INSIDE * containment(&forms_a, &forms_b, 2));
    if a.undoubled == b.undoubled {
        best = best.max(REARRANGED);
    }
    best
}

/// Best order-keeping alignment: likeness of the units paired, over the weight of all.
fn aligned(a: &[Unit], b: &[Unit]) -> f64 {
    let weight = |at: usize| if at == 0 { FIRST } else { 1.0 };
    let total: f64 = (0..a.len()).chain(0..b.len()).map(weight).sum();
    let mut above = vec![0.0_f64; b.len() + 1];
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        let mut left = 0.0_f64;
        row.push(left);
        for ((j, y), corner) in b.iter().enumerate().zip(above.windows(2)) {
            let paired = corner[0] + nearness(x, y) * (weight(i) + weight(j));
            left = left.max(corner[1]).max(paired);
            row.push(left);
        }
        above = row;
    }
    let unpaired = a.len().abs_diff(b.len()) as f64 / a.len().max(b.len()) as f64;
    above.last().copied().unwrap_or(0.0) / total * (1.0 - LENGTH * unpaired)
}

fn nearness(a: &Unit, b: &Unit) -> f64 {
    if a.form == b.form {
        1.0
    } else {
        OTHER + (SAME_SOUND - OTHER) * nearest(&a.readings, &b.readings).nearness()
    }
}

pub(super) fn reasons(query: &Profile, mark: &Profile) -> Vec<Reason> {
    let (forms_q, forms_m) = (query.forms(), mark.forms());
    let mut reasons = sound_reasons(&query.units, &mark.units);
    if shared(&forms_q, &forms_m) >= 1.0 && forms_q != forms_m {
        reasons.push(Reason::Reordered);
    }
    let alignment = align(&forms_q, &forms_m);
    reasons.extend(alignment.look_alikes.into_iter().map(Reason::LookAlikeLetters));
    let edits = alignment.edits;
    if edits > 0 || reasons.is_empty() {
        reasons.push(Reason::EditDistance(edits));
    }
    reasons
}

/// Sound reasons hold only if every character sounds like its counterpart.
fn sound_reasons(a: &[Unit], b: &[Unit]) -> Vec<Reason> {
    if a.len() != b.len() {
        return Vec::new();
    }
    let mut classes: BTreeSet<FuzzyClass> = BTreeSet::new();
    for (x, y) in a.iter().zip(b) {
        if x.form == y.form {
            continue;
        }
        match nearest(&x.readings, &y.readings) {
            SoundMatch::Same => {}
            SoundMatch::Fuzzy(class, more) => classes.extend(std::iter::once(class).chain(more)),
            _ => return Vec::new(),
        }
    }
    if classes.is_empty() {
        vec![Reason::SamePinyin]
    } else {
        classes.into_iter().map(Reason::FuzzyPinyin).collect()
    }
}
