//! A name in Han characters beside one in letters: how the one sounds when it is carried into the other.

use crate::{
    candidates::{codes, skeleton, spelled},
    profile::Profile,
    sound::{letters, syllables},
    spelling::{Code, Ear, Rows, Spelling, code},
    tables::transliteration::Sounds,
};

/// Place of the measure that is 1 for the pinyin itself.
pub(super) const SPELLED: usize = 2;
/// Spellings of a query whose characters have several readings.
const SPELLINGS: usize = 6;
/// Characters of a name that are spelled.
const COMPARED: usize = 12;

/// The query as it is spelled.
pub(super) struct Carried {
    spellings: Vec<Spelling>,
    bones: Vec<Code>,
    /// Sounds of the characters of a Han query.
    sounds: Sounds,
    /// Letters of a query in letters.
    letters: String,
}

/// Spellings less alike than this are not held against the model of transliteration.
const LEAST_CARRIED: f32 = 0.5;
/// Spellings less alike than this have nothing to do with each other.
const LEAST_SPELLED: f32 = 0.45;

fn sounds_of(units: &[char]) -> Sounds {
    Sounds::of(units.get(..COMPARED).unwrap_or(units))
}

fn spelling(codes: &[Code]) -> Spelling {
    Spelling::of(codes.iter().copied())
}

impl Carried {
    pub(super) fn new(query: &Profile) -> Self {
        let all = if query.is_han() {
            all_spellings(&query.units)
        } else {
            vec![codes(query)]
        };
        Self {
            bones: all.first().map(|first| skeleton(first)).unwrap_or_default(),
            spellings: all.iter().map(|codes| spelling(codes)).collect(),
            sounds: if query.is_han() {
                sounds_of(&query.units)
            } else {
                Sounds::default()
            },
            letters: query.units.iter().collect(),
        }
    }

    /// Measures a name in letters against a Han query.
    pub(super) fn measure_letters(&self, units: &[char], rows: &mut Rows, values: &mut [f32]) {
        let codes: Vec<Code> = units.iter().copied().map(code).collect();
        self.measure(&codes, rows, values);
        if values[0] >= LEAST_CARRIED {
            values[10] = self.sounds.likeness(&units.iter().collect::<String>());
            values[11] = values[10] * values[10];
        }
    }

    /// Measures a Han name against a query in letters.
    pub(super) fn measure_characters(&self, units: &[char], rows: &mut Rows, values: &mut [f32]) {
        let units = units.get(..COMPARED).unwrap_or(units);
        self.measure(&spelled(units), rows, values);
        if values[0] >= LEAST_CARRIED {
            values[10] = sounds_of(units).likeness(&self.letters);
            values[11] = values[10] * values[10];
        }
    }

    /// 0 sounds as carried (6 squared, 8 to the fourth), 2 spelled as pinyin, 3 the shorter inside the longer, 4 extent, 5 the first
    /// consonant.
    fn measure(&self, codes: &[Code], rows: &mut Rows, values: &mut [f32]) {
        let other = spelling(codes);
        let bones = skeleton(codes);
        for own in &self.spellings {
            let carried = rows.likeness_from(own, &other, Ear::Carried, LEAST_SPELLED);
            let (n, m) = (own.codes().len(), codes.len());
            values[4] = values[4].max(n.min(m) as f32 / n.max(m).max(1) as f32);
            if carried == 0.0 {
                // Another reading of a character or two does not bring them together.
                break;
            }
            values[0] = values[0].max(carried);
            values[2] = values[2].max(rows.likeness(own, &other, Ear::Spelled));
            values[3] = values[3].max(rows.inside(own, &other, Ear::Carried));
        }
        values[6] = values[0] * values[0];
        values[7] = values[2] * values[2];
        values[8] = values[0].powi(4);
        values[5] = f32::from(u8::from(!self.bones.is_empty() && self.bones.first() == bones.first()));
    }
}

/// All choices of readings up to [`SPELLINGS`]; later characters with several readings keep their commonest.
fn all_spellings(units: &[char]) -> Vec<Vec<Code>> {
    let mut all: Vec<Vec<Code>> = vec![Vec::new()];
    for unit in units.iter().take(COMPARED) {
        let mut choices: Vec<Vec<Code>> = syllables(*unit)
            .iter()
            .map(|id| letters(*id).iter().map(|letter| code(char::from(*letter))).collect())
            .collect();
        if choices.is_empty() {
            choices.push(vec![code(*unit)]);
        }
        choices.truncate((SPELLINGS / all.len()).max(1));
        all = choices
            .iter()
            .flat_map(|choice| all.iter().map(move |begun| [begun.as_slice(), choice].concat()))
            .collect();
    }
    all
}

/// How a Han name sounds beside one in letters.
pub(super) struct Heard {
    /// Likeness of sound, 0 to 1.
    pub(super) carried: f32,
    /// Likeness to the pinyin as it is spelled; 1 for the pinyin itself.
    pub(super) spelled: f32,
    /// Consonants of the letters.
    pub(super) bones: Vec<Code>,
    pub(super) same_bones: bool,
    /// By the model of transliteration, 0 to 1.
    pub(super) transliterated: f32,
}

/// Compares the two by sound.
pub(super) fn sounds(han: &[char], in_letters: &[char]) -> Heard {
    let codes: Vec<Code> = in_letters.iter().copied().map(code).collect();
    let other = spelling(&codes);
    let bones = skeleton(&codes);
    let mut heard = Heard {
        carried: 0.0,
        spelled: 0.0,
        same_bones: false,
        transliterated: sounds_of(han).likeness(&in_letters.iter().collect::<String>()),
        bones,
    };
    let mut rows = Rows::default();
    for own in all_spellings(han) {
        heard.same_bones |= skeleton(&own) == heard.bones;
        let own = spelling(&own);
        heard.carried = heard.carried.max(rows.likeness(&own, &other, Ear::Carried));
        heard.spelled = heard.spelled.max(rows.likeness(&own, &other, Ear::Spelled));
    }
    heard
}
