//! A name prepared for comparison.

use crate::{
    normalize::{NormalName, Script, is_character, normalize},
    tables::composed,
};

/// Characters of a name that take part in the comparison. Longer names are compared by their beginning, so that no
/// input makes a comparison slow; identity is still decided on the whole.
pub const COMPARED_CHARS: usize = 64;

/// A name beside the characters it is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The name and its normal form.
    pub name: NormalName,
    /// The first [`COMPARED_CHARS`] characters of the normal form.
    pub units: Vec<char>,
    /// Bit `i` is set where a word begins at unit `i`.
    pub(crate) starts: u64,
}

impl Profile {
    /// Prepares a name. Never fails.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::from_normal(normalize(name))
    }

    /// Prepares a name that is in normal form already.
    #[must_use]
    pub fn from_normal(name: NormalName) -> Self {
        let units: Vec<char> = name.form.chars().take(COMPARED_CHARS).collect();
        let mut starts = 0;
        let mut at = 0;
        for word in &name.words {
            if at >= COMPARED_CHARS {
                break;
            }
            starts |= 1 << at;
            at += word.chars().count();
        }
        Self { name, units, starts }
    }

    /// True for a name of nothing but spaces and punctuation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// True if the name is read character by character rather than spelled.
    #[must_use]
    pub fn is_han(&self) -> bool {
        matches!(self.name.script, Script::Han | Script::Mixed)
    }
}

/// Pairs of neighbours of a name that are also read as one character.
const JOINED: usize = 3;
/// Characters of a name that are looked at for such pairs.
const LOOKED_AT: usize = 12;

/// A name with two neighbours written as the one character that they make: 女子吃占 as 好吃占.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Joined {
    /// Place of the first of the two.
    pub(crate) at: usize,
    /// All characters, the two as one.
    pub(crate) units: Vec<char>,
}

/// All ways to write two neighbours of a Han name as one, at most [`JOINED`].
pub(crate) fn joined(units: &[char]) -> Vec<Joined> {
    let pairs = units.iter().zip(units.iter().skip(1)).take(LOOKED_AT).enumerate();
    let made = pairs.filter_map(|(at, (left, right))| {
        let one = composed(*left, *right)?;
        let mut units = units.to_vec();
        units.splice(at..at + 2, [one]);
        Some(Joined { at, units })
    });
    made.take(JOINED).collect()
}

/// True if a name with these characters is read character by character rather than spelled.
pub(crate) fn holds_han(units: &[char]) -> bool {
    units.iter().copied().any(is_character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_on_a_name_is_bounded() {
        let profile = Profile::new(&"乐行重 ".repeat(10_000));
        assert_eq!(profile.units.len(), COMPARED_CHARS);
        assert!(Profile::new(" ·!").is_empty());
    }

    #[test]
    fn words_begin_where_they_did() {
        assert_eq!(Profile::new("Hard Rock").starts, 0b1_0001);
        assert!(Profile::new("百乐").is_han() && !Profile::new("Rock").is_han());
    }
}
