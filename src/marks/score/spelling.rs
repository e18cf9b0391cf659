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
/// Words less alike than this are other words.
const LEAST_WORD: f64 = 0.5;
/// The same but for repeated letters.
const DOUBLED: f64 = 0.93;

pub(super) fn likeness(a: &Profile, b: &Profile) -> f64 {
    let (forms_a, forms_b) = (a.forms(), b.forms());
    let mut best = spelled(&forms_a, &forms_b)
        .max(containment(&forms_a, &forms_b, 3))
        .max(REORDERED * words_alike(&a.words, &b.words));
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

/// Likeness of the words of two names, whatever their order: of each word to its nearest counterpart, weighted by
/// length. Names of one word have no order.
fn words_alike(a: &[Vec<char>], b: &[Vec<char>]) -> f64 {
    if a.len() < 2 || b.len() < 2 {
        return 0.0;
    }
    let alike = found_in(a, b) + found_in(b, a);
    let total: usize = a.iter().chain(b).map(Vec::len).sum();
    alike / total.max(1) as f64
}

/// Letters of the words that have a counterpart among the others, each as far as it is alike.
fn found_in(words: &[Vec<char>], others: &[Vec<char>]) -> f64 {
    words
        .iter()
        .map(|word| {
            let nearest = others.iter().map(|other| ratio(word, other)).fold(0.0_f64, f64::max);
            if nearest < LEAST_WORD {
                0.0
            } else {
                nearest * word.len() as f64
            }
        })
        .sum()
}

/// The same words, in another order.
fn reordered(a: &[Vec<char>], b: &[Vec<char>]) -> bool {
    let sorted = |words: &[Vec<char>]| {
        let mut words = words.to_vec();
        words.sort_unstable();
        words
    };
    a != b && sorted(a) == sorted(b)
}

/// The same consonants in the same order, if there are enough of them to mean something.
pub(super) fn same_consonants(a: &Profile, b: &Profile) -> bool {
    a.skeleton.len() >= 2 && a.skeleton == b.skeleton
}

pub(super) fn reasons(query: &Profile, mark: &Profile) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if reordered(&query.words, &mark.words) {
        reasons.push(Reason::Reordered);
    }
    let alignment = align(&query.forms(), &mark.forms());
    reasons.extend(alignment_reasons(alignment, query.units.len().max(mark.units.len())));
    if same_consonants(query, mark) {
        reasons.push(Reason::SameConsonants(mark.skeleton.clone()));
    }
    reasons
}

/// Look-alikes say something only where they explain the difference; the number of edits is given with them or alone.
pub(super) fn alignment_reasons(alignment: Alignment, longest: usize) -> Vec<Reason> {
    let Alignment { edits, look_alikes, .. } = alignment;
    let mut reasons: Vec<Reason> = Vec::new();
    if (edits as usize) * 2 <= longest {
        reasons.extend(look_alikes.into_iter().map(Reason::LookAlikeLetters));
    }
    if edits > 0 || reasons.is_empty() {
        reasons.push(Reason::EditDistance(edits));
    }
    reasons
}
