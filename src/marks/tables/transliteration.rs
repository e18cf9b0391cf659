//! Names carried from one writing into another by their sound: 耐克 and Nike.
//!
//! What letters a syllable stands for is learned from names of places and languages, which are transliterated by the same
//! habits as names of goods. A likeness is the part of the letters that the syllables explain.

mod model;

use std::sync::LazyLock;

use model::{MOST_SYLLABLES, Model, Reading, plain};

use super::rows;
use crate::{
    letters::skeleton,
    sound::{Syllable, letters, syllables},
};

pub(super) const TRANSLITERATION: &str = include_str!("transliteration.tsv");

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::read(rows(TRANSLITERATION)));

/// The model's number of each syllable.
static NUMBERS: LazyLock<Vec<Option<u16>>> = LazyLock::new(|| {
    let spelled = (0..).map(letters).take_while(|letters| !letters.is_empty());
    spelled
        .map(|letters| MODEL.syllable(&String::from_utf8_lossy(letters)))
        .collect()
});

/// The sounds of a Han name, prepared to be compared with many names in letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sounds {
    readings: Vec<Reading>,
}

impl Sounds {
    /// Prepares the readings of each character, as [`crate::readings`] gives them. Characters without a reading are
    /// passed over, and so is what follows the first twelve syllables.
    pub fn new<'a>(characters: impl IntoIterator<Item = &'a [Syllable]>) -> Self {
        let readings = characters.into_iter().filter_map(|syllables| {
            let reading: Reading = syllables
                .iter()
                .filter_map(|syllable| MODEL.syllable(&syllable.spelled()))
                .collect();
            (!reading.is_empty()).then_some(reading)
        });
        Self {
            readings: readings.take(MOST_SYLLABLES).collect(),
        }
    }

    /// The same of the characters themselves, which takes no time for spelling them.
    pub(crate) fn of(characters: &[char]) -> Self {
        let readings = characters.iter().filter_map(|c| {
            let reading: Reading = syllables(*c)
                .iter()
                .filter_map(|id| NUMBERS.get(usize::from(*id)).copied().flatten())
                .collect();
            (!reading.is_empty()).then_some(reading)
        });
        Self {
            readings: readings.take(MOST_SYLLABLES).collect(),
        }
    }

    /// How far a name in letters is the sound of this one, from 0 to 1: the part of the information in its letters that the
    /// syllables explain. Above .3 it is hardly ever chance; a good transliteration has .5 and more. Letters other than `a`
    /// to `z` do not count, nor do those after the first 32.
    pub fn likeness(&self, letters: &str) -> f32 {
        MODEL.likeness(&self.readings, letters)
    }

    /// Likely spellings in letters, the likeliest first, no two with the same [`sound_key`]; at most `most`.
    pub fn spellings(&self, most: usize) -> Vec<String> {
        let spellings = MODEL.spellings(&self.readings, most, sound_key);
        spellings.into_iter().map(|(letters, _)| letters).collect()
    }

    /// Keys under which the name may be found beside names in letters: the [`sound_key`] of each of the likeliest
    /// spellings, the likeliest first, without the empty one.
    pub fn sound_keys(&self, most: usize) -> Vec<String> {
        let keys = self.spellings(most).into_iter().map(|letters| sound_key(&letters));
        keys.filter(|key| !key.is_empty()).collect()
    }
}

/// How far a name in letters is the sound of a Han name; see [`Sounds::likeness`].
///
/// ```
/// use zhengming_marks::{readings, tables::transliteration};
///
/// let han: Vec<_> = "阿迪达斯".chars().map(readings).collect();
/// assert!(transliteration::likeness(&han, "adidas") > 0.5);
/// assert!(transliteration::likeness(&han, "starbucks") < 0.2);
/// ```
pub fn likeness(han: &[Vec<Syllable>], letters: &str) -> f32 {
    Sounds::new(han.iter().map(Vec::as_slice)).likeness(letters)
}

/// Consonant classes of a name in letters, the alphabet in which both writings of a name meet: `nk` of `nike` as of `naike`.
/// The spelling is made plain first, so that `philips` and `filips` share a key; only `a` to `z` count.
pub fn sound_key(letters: &str) -> String {
    skeleton(&plain(letters))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sound::readings;

    fn sounds(han: &str) -> Sounds {
        let characters: Vec<Vec<Syllable>> = han.chars().map(readings).collect();
        Sounds::new(characters.iter().map(Vec::as_slice))
    }

    #[test]
    fn transliterations_are_told_from_other_names() {
        for (han, name, other) in [
            ("伦敦", "london", "paris"),
            ("马德里", "madrid", "lisbon"),
            ("加利福尼亚", "california", "colorado"),
            ("阿迪达斯", "adidas", "oddset"),
            ("沃尔玛", "walmart", "carrefour"),
            ("西门子", "siemens", "samsung"),
            ("特斯拉", "tesla", "toyota"),
        ] {
            let (right, wrong) = (sounds(han).likeness(name), sounds(han).likeness(other));
            assert!(
                right > 0.3 && right > wrong + 0.15,
                "{han}: {name} {right}, {other} {wrong}"
            );
        }
    }

    #[test]
    fn characters_sound_as_their_readings_do() {
        for name in ["阿迪达斯", "重庆", "长x城", "女人", "绿"] {
            let units: Vec<char> = name.chars().collect();
            assert_eq!(Sounds::of(&units), sounds(name), "{name}");
        }
    }

    #[test]
    fn both_writings_of_a_name_share_a_key() {
        for (han, name) in [
            ("耐克", "nike"),
            ("阿迪达斯", "adidas"),
            ("特斯拉", "tesla"),
            ("加利福尼亚", "california"),
        ] {
            let keys = sounds(han).sound_keys(8);
            assert!(
                keys.contains(&sound_key(name)),
                "{han} {keys:?}, {name} {}",
                sound_key(name)
            );
            assert!(keys.len() <= 8);
        }
    }

    #[test]
    fn spelling_is_made_plain() {
        for (name, plainly) in [
            ("Philips", "filips"),
            ("gillette", "gilet"),
            ("Cadbury", "kadburi"),
            ("McDonald's", "mkdonalds"),
            ("nike", "nik"),
            ("Chanel", "chanel"),
            ("康 1", ""),
        ] {
            assert_eq!(plain(name), plainly);
        }
    }

    #[test]
    fn every_syllable_of_the_readings_is_in_the_table() {
        for c in '\u{4E00}'..='\u{9FFF}' {
            for syllable in readings(c) {
                assert!(
                    MODEL.syllable(&syllable.spelled()).is_some(),
                    "{c} {}",
                    syllable.spelled()
                );
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_two_names_have_a_likeness(han in "\\PC{0,30}", letters in any::<String>()) {
            let likeness = sounds(&han).likeness(&letters);
            prop_assert!((0.0..=1.0).contains(&likeness));
            prop_assert!(sounds(&han).sound_keys(4).len() <= 4);
        }
    }
}
