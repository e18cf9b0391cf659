//! A name prepared for comparison: normal form, sounds, spellings and keys, each computed once.

use crate::{
    letters::{shape_key, skeleton, undoubled},
    normalize::{NormalName, Script, normalize},
    sound::{Syllable, readings},
};

/// Characters of a name that take part in the comparison. Longer names are compared by their beginning, so that no
/// input makes a comparison slow; identity is still decided on the whole.
pub const COMPARED_CHARS: usize = 64;

/// Words of a name that take part in the comparison of words.
const COMPARED_WORDS: usize = 12;

/// Spellings kept of a name whose characters have several readings.
const SPELLINGS: usize = 8;

/// One character and, if it is Han, its readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The character, in normal form.
    pub form: char,
    /// Readings, the commonest first; empty for what is not Han.
    pub readings: Vec<Syllable>,
}

/// A name prepared for comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The name and its normal form.
    pub name: NormalName,
    /// The first [`COMPARED_CHARS`] characters with their sounds.
    pub units: Vec<Unit>,
    /// The name in plain letters: itself if it is letters, else its pinyin, one spelling for each choice of readings,
    /// the commonest first. Never empty unless the name is.
    pub spellings: Vec<Vec<char>>,
    /// The first words, each cut to [`COMPARED_CHARS`].
    pub words: Vec<Vec<char>>,
    /// Units without immediate repetition.
    pub undoubled: Vec<char>,
    /// Normal form with look-alike letters folded together.
    pub shape_key: String,
    /// Consonant classes of the first spelling.
    pub skeleton: String,
}

impl Profile {
    /// Prepares a name. Never fails.
    pub fn new(name: &str) -> Self {
        Self::from_normal(normalize(name))
    }

    /// Prepares a name that is in normal form already.
    pub fn from_normal(name: NormalName) -> Self {
        let units: Vec<Unit> = name
            .form
            .chars()
            .take(COMPARED_CHARS)
            .map(|form| Unit {
                form,
                readings: readings(form),
            })
            .collect();
        let spellings = spellings(&units);
        let words = name
            .words
            .iter()
            .take(COMPARED_WORDS)
            .map(|word| word.chars().take(COMPARED_CHARS).collect())
            .collect();
        let forms: Vec<char> = units.iter().map(|unit| unit.form).collect();
        let first: String = spellings.first().into_iter().flatten().collect();
        Self {
            undoubled: undoubled(&forms),
            shape_key: shape_key(&forms.iter().collect::<String>()),
            skeleton: skeleton(&first),
            words,
            name,
            units,
            spellings,
        }
    }

    /// True for a name of nothing but spaces and punctuation.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// True if the name is read character by character rather than spelled.
    pub fn is_han(&self) -> bool {
        matches!(self.name.script, Script::Han | Script::Mixed)
    }

    /// The characters compared, without their sounds.
    pub fn forms(&self) -> Vec<char> {
        self.units.iter().map(|unit| unit.form).collect()
    }
}

/// All choices of readings up to [`SPELLINGS`]; later characters with several readings keep their commonest.
fn spellings(units: &[Unit]) -> Vec<Vec<char>> {
    if units.is_empty() {
        return Vec::new();
    }
    let mut spelled: Vec<Vec<char>> = vec![Vec::with_capacity(units.len() * 3)];
    for unit in units {
        let mut choices: Vec<String> = unit.readings.iter().map(|s| s.spelled()).collect();
        if choices.is_empty() {
            choices.push(unit.form.to_string());
        }
        let room = (SPELLINGS / spelled.len()).max(1);
        choices.dedup();
        choices.truncate(room);
        spelled = choices
            .iter()
            .flat_map(|choice| {
                spelled.iter().map(move |begun| {
                    let mut longer = begun.clone();
                    longer.extend(choice.chars());
                    longer
                })
            })
            .collect();
    }
    for spelling in &mut spelled {
        spelling.truncate(COMPARED_CHARS);
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn han_names_are_spelled_in_pinyin_in_all_readings() {
        let spelled: Vec<String> = Profile::new("康师傅")
            .spellings
            .iter()
            .map(|s| s.iter().collect())
            .collect();
        assert_eq!(spelled, ["kangshifu"]);
        let music: Vec<String> = Profile::new("百乐")
            .spellings
            .iter()
            .map(|s| s.iter().collect())
            .collect();
        assert!(music.contains(&"baile".to_owned()) && music.contains(&"baiyue".to_owned()));
    }

    #[test]
    fn work_on_a_name_is_bounded() {
        let profile = Profile::new(&"乐行重".repeat(10_000));
        assert_eq!(profile.units.len(), COMPARED_CHARS);
        assert!(profile.spellings.len() <= SPELLINGS);
        assert!(Profile::new(" ·!").is_empty());
    }
}
