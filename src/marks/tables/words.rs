//! Words that people know by themselves, whatever goods they stand on.

use std::sync::LazyLock;

use super::rows;
use crate::statistics::hash;

pub(super) const WORDS: &str = include_str!("words.tsv");

/// Hashes of all words, in order: a fifth of the room that a set of them takes, and asked only when an index is opened.
static HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut hashes = Vec::new();
    let mut word: Vec<char> = Vec::with_capacity(4);
    for (first, rests) in rows(WORDS).filter_map(|row| row.split_once('\t')) {
        for rest in rests.split(' ') {
            word.clear();
            word.extend(first.chars().chain(rest.chars()));
            hashes.push(hash(&word));
        }
    }
    hashes.sort_unstable();
    hashes
});

/// Whether a name, by the hash of its form, is a noun or a name of the dictionary.
pub(crate) fn is_word(form: u64) -> bool {
    HASHES.binary_search(&form).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_and_made_up_names_are_not() {
        let known = |word: &str| is_word(hash(&word.chars().collect::<Vec<_>>()));
        assert!(known("茅台") && known("康师傅") && known("苹果"));
        assert!(!known("康帅傅") && !known("苹") && !known("apple"));
        assert!(HASHES.len() > 150_000);
    }
}
