//! Words that people know by themselves, whatever goods they stand on, and how often they write them.

use std::sync::LazyLock;

use super::rows;
use crate::statistics::hash;

pub(super) const WORDS: &str = include_str!("words.tsv");

/// Levels of how often a word is written.
const LEVELS: f32 = 9.0;

/// Hashes of all words, in order, and the level of each: a fraction of the room that a map of them takes, and asked only when an index
/// is opened.
static LEVEL_OF: LazyLock<(Vec<u64>, Vec<u8>)> = LazyLock::new(|| {
    let mut levels = Vec::new();
    let mut word: Vec<char> = Vec::with_capacity(8);
    for (first, rests) in rows(WORDS).filter_map(|row| row.split_once('\t')) {
        for rest in rests.split(' ') {
            word.clear();
            word.extend(first.chars().chain(rest.chars()));
            let level = word.pop().and_then(|level| level.to_digit(10)).unwrap_or(0);
            levels.push((hash(&word), level as u8));
        }
    }
    levels.sort_unstable();
    levels.into_iter().unzip()
});

/// How common a name is as a word or a name in texts, by the hash of its form: from 0 for what hardly anybody writes to 1 for the words
/// that everybody does.
pub(crate) fn familiarity(form: u64) -> f32 {
    let (hashes, levels) = &*LEVEL_OF;
    let place = hashes.binary_search(&form).ok();
    place
        .and_then(|at| levels.get(at))
        .map_or(0.0, |level| f32::from(*level) / LEVELS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_and_made_up_names_are_not() {
        let known = |word: &str| familiarity(hash(&word.chars().collect::<Vec<_>>()));
        for word in ["茅台", "康师傅", "苹果", "adidas", "nokia"] {
            assert!(known(word) > 0.2 && known(word) <= 1.0, "{word} {}", known(word));
        }
        for word in ["康帅傅", "苹", "abibas", "bfj", ""] {
            assert!(known(word) < f32::EPSILON, "{word}");
        }
        assert!(known("苹果") > known("茅台酒") && known("apple") > known("adidas"));
        let (hashes, levels) = &*LEVEL_OF;
        assert!(hashes.len() > 150_000 && hashes.windows(2).all(|two| two[0] < two[1]));
        assert!(levels.iter().all(|level| (2..=9).contains(level)));
    }
}
