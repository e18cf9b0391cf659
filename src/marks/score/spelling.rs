//! Names in letters: spelling, look-alike letters, words in another order.

use crate::{
    letters::{Alignment, align, ratio},
    profile::Profile,
    reason::Reason,
    score::containment,
};

/// The same letters once look-alikes are folded together.
const SAME_SHAPE: f64 = 0.95;
/// The same words in another order.
const REORDERED: f64 = 0.92;
/// The same but for repeated letters.
const DOUBLED: f64 = 0.93;

pub(super) fn likeness(a: &Profile, b: &Profile) -> f64 {
    let (forms_a, forms_b) = (a.forms(), b.forms());
    let mut best = spelled(&forms_a, &forms_b)
        .max(containment(&forms_a, &forms_b, 3))
        .max(REORDERED * shared_words(&a.name.words, &b.name.words));
    if a.shape_key == b.shape_key {
        best = best.max(SAME_SHAPE);
    }
    if a.undoubled == b.undoubled {
        best = best.max(DOUBLED);
    }
    if same_consonants(a, b) {
        best += (1.0 - best) * 0.25;
    }
    best
}

/// Likeness of spelling: weighted edits, and the runs of letters that stay together.
pub(super) fn spelled(a: &[char], b: &[char]) -> f64 {
    0.75 * ratio(a, b) + 0.25 * shared_pairs(a, b)
}

/// Share of neighbouring letter pairs in common (Dice over multisets), the ends of the name counting as letters.
fn shared_pairs(a: &[char], b: &[char]) -> f64 {
    let pairs = |letters: &[char]| -> Vec<[char; 2]> {
        let bounded: Vec<char> = std::iter::once('^')
            .chain(letters.iter().copied())
            .chain(std::iter::once('$'))
            .collect();
        let mut pairs: Vec<[char; 2]> = bounded.windows(2).map(|w| [w[0], w[1]]).collect();
        pairs.sort_unstable();
        pairs
    };
    let (a, b) = (pairs(a), pairs(b));
    let (mut i, mut j, mut common) = (0, 0, 0_usize);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                (i, j) = (i + 1, j + 1);
                common += 1;
            }
        }
    }
    2.0 * common as f64 / (a.len() + b.len()).max(1) as f64
}

/// Share of whole words in common, weighted by their length; 1 for the same words in any order. Names of one word have
/// no order.
fn shared_words(a: &[String], b: &[String]) -> f64 {
    if a.len() < 2 || b.len() < 2 {
        return 0.0;
    }
    let mut left: Vec<&String> = b.iter().collect();
    let mut common = 0_usize;
    for word in a {
        if let Some(at) = left.iter().position(|other| *other == word) {
            left.swap_remove(at);
            common += word.len();
        }
    }
    let total: usize = a.iter().chain(b).map(String::len).sum();
    2.0 * common as f64 / total.max(1) as f64
}

/// The same consonants in the same order, if there are enough of them to mean something.
pub(super) fn same_consonants(a: &Profile, b: &Profile) -> bool {
    a.skeleton.len() >= 2 && a.skeleton == b.skeleton
}

pub(super) fn reasons(query: &Profile, mark: &Profile) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if query.name.form != mark.name.form && shared_words(&query.name.words, &mark.name.words) >= 1.0
    {
        reasons.push(Reason::Reordered);
    }
    let alignment = align(&query.forms(), &mark.forms());
    reasons.extend(alignment_reasons(
        alignment,
        query.units.len().max(mark.units.len()),
    ));
    if same_consonants(query, mark) {
        reasons.push(Reason::SameConsonants(mark.skeleton.clone()));
    }
    reasons
}

/// Look-alikes say something only where they explain the difference; the number of edits is given with them or alone.
pub(super) fn alignment_reasons(alignment: Alignment, longest: usize) -> Vec<Reason> {
    let Alignment {
        edits, look_alikes, ..
    } = alignment;
    let mut reasons: Vec<Reason> = Vec::new();
    if (edits as usize) * 2 <= longest {
        reasons.extend(look_alikes.into_iter().map(Reason::LookAlikeLetters));
    }
    if edits > 0 || reasons.is_empty() {
        reasons.push(Reason::EditDistance(edits));
    }
    reasons
}
