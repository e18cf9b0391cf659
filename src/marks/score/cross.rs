//! A name in Han characters beside one in letters, compared through pinyin.

use crate::{
    letters::{align, ratio},
    profile::Profile,
    reason::Reason,
    score::{
        containment,
        spelling::{alignment_reasons, same_consonants, spelled},
    },
};

/// One is exactly the pinyin of the other.
const PINYIN: f64 = 0.93;
/// What likeness of a spelling to the pinyin counts for at most.
const NEAR_PINYIN: f64 = 0.85;
/// Half-alike spellings are common between short names of two writings and mean little, so likeness falls off faster
/// than within one writing.
const SHARPNESS: f64 = 2.0;

pub(super) fn likeness(han: &Profile, latin: &Profile) -> f64 {
    let letters = latin.forms();
    if is_pinyin_of(han, &letters) {
        return PINYIN;
    }
    let spelling = han
        .spellings
        .iter()
        .map(|pinyin| spelled(pinyin, &letters))
        .fold(0.0_f64, f64::max);
    // Vowels change when a name is carried into another writing, consonants hardly do.
    let consonants = ratio(&chars(&han.skeleton), &chars(&latin.skeleton));
    let enough = han.skeleton.len().min(latin.skeleton.len()) >= 2;
    let carried = if enough {
        0.6 * spelling + 0.4 * consonants
    } else {
        spelling
    };
    (NEAR_PINYIN * carried.powf(SHARPNESS)).max(containment(&han.forms(), &letters, 3))
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn is_pinyin_of(han: &Profile, letters: &[char]) -> bool {
    han.spellings.iter().any(|pinyin| pinyin == letters)
}

pub(super) fn reasons(han: &Profile, latin: &Profile) -> Vec<Reason> {
    let letters = latin.forms();
    if is_pinyin_of(han, &letters) {
        return vec![Reason::PinyinOf];
    }
    let mut reasons = Vec::new();
    if same_consonants(han, latin) {
        reasons.push(Reason::SameConsonants(latin.skeleton.clone()));
    }
    let nearest = han
        .spellings
        .iter()
        .map(|pinyin| (align(pinyin, &letters), pinyin.len().max(letters.len())))
        .min_by(|(a, _), (b, _)| a.cost.total_cmp(&b.cost));
    if let Some((alignment, longest)) = nearest {
        reasons.extend(alignment_reasons(alignment, longest));
    }
    reasons
}
