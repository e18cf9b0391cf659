//! A name in Han characters beside one in letters: how the one sounds when it is carried into the other.

use super::{NEARLY_NOTHING, RESPECTS, weights::Least};
use crate::{
    candidates::{codes, each_letter, skeleton},
    letters::first_consonant,
    profile::{COMPARED_CHARS, Profile},
    sound::{letters, syllables},
    spelling::{Code, Ear, Floor, Rows, Spelling, code},
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
    spellings: Vec<Way>,
    /// First consonant of the commonest spelling.
    first: Option<Code>,
    /// Sounds of the characters of a Han query.
    sounds: Sounds,
    /// Letters of a query in letters.
    letters: String,
}

/// One way to spell the query.
struct Way {
    spelling: Spelling,
    carried: Floor,
    spelled: Floor,
}

/// Spellings less alike than this are not held against the model of transliteration.
const LEAST_CARRIED: f32 = 0.5;
/// Spellings less alike than this have nothing to do with each other.
const LEAST_SPELLED: f32 = 0.45;
/// Letters of [`COMPARED`] characters, at most.
const LETTERS: usize = 6 * COMPARED;

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
            first: all.first().and_then(|first| first_consonant(first)),
            spellings: all
                .iter()
                .map(|codes| {
                    let spelling = spelling(codes);
                    Way {
                        carried: Floor::of(&spelling, Ear::Carried),
                        spelled: Floor::of(&spelling, Ear::Spelled),
                        spelling,
                    }
                })
                .collect(),
            sounds: if query.is_han() {
                sounds_of(&query.units)
            } else {
                Sounds::default()
            },
            letters: query.units.iter().collect(),
        }
    }

    /// Measures a name in letters against a Han query. False once it is known to come to less than `least`.
    pub(super) fn measure_letters(
        &self,
        units: &[char],
        rows: &mut Rows,
        values: &mut [f32; RESPECTS],
        least: &Least,
    ) -> bool {
        let mut codes = [0; COMPARED_CHARS];
        for (place, unit) in codes.iter_mut().zip(units) {
            *place = code(*unit);
        }
        let codes = codes.get(..units.len()).unwrap_or(&codes);
        self.measure(codes, rows, values, least, || {
            self.sounds.likeness(&units.iter().collect::<String>())
        })
    }

    /// Measures a Han name against a query in letters, likewise.
    pub(super) fn measure_characters(
        &self,
        units: &[char],
        rows: &mut Rows,
        values: &mut [f32; RESPECTS],
        least: &Least,
    ) -> bool {
        let units = units.get(..COMPARED).unwrap_or(units);
        let mut codes = [0; LETTERS];
        let mut length = 0;
        each_letter(units, |code| {
            if let Some(place) = codes.get_mut(length) {
                *place = code;
                length += 1;
            }
        });
        let codes = codes.get(..length).unwrap_or(&codes);
        self.measure(codes, rows, values, least, || sounds_of(units).likeness(&self.letters))
    }

    /// 0 sounds as carried (6 squared, 8 to the fourth), 2 spelled as pinyin (7 squared), 3 the shorter inside the longer, 4 extent,
    /// 5 the first consonant, 10 carried by the model of transliteration (11 squared).
    fn measure(
        &self,
        codes: &[Code],
        rows: &mut Rows,
        values: &mut [f32; RESPECTS],
        least: &Least,
        by_model: impl Fn() -> f32,
    ) -> bool {
        let other = spelling(codes);
        let counts = other.counts();
        values[5] = f32::from(u8::from(self.first.is_some() && self.first == first_consonant(codes)));
        let extent = |way: &Way| {
            let (n, m) = (way.spelling.codes().len(), codes.len());
            n.min(m) as f32 / n.max(m).max(1) as f32
        };

        // The most that each can be, for as long as there is hope.
        let mut ways = [AtMost::default(); SPELLINGS];
        for (at_most, way) in ways.iter_mut().zip(&self.spellings) {
            *at_most = AtMost {
                carried: way.carried.likeness(&other, &counts),
                spelled: way.spelled.likeness(&other, &counts),
                inside: way.carried.inside(&other, &counts),
                extent: extent(way),
            };
        }
        let ways = &ways[..self.spellings.len().min(SPELLINGS)];
        let unlike = ways.first().is_none_or(|first| first.carried < LEAST_SPELLED);
        if !unlike {
            ways.iter().for_each(|way| way.raise(values));
            hope(values);
            let most = *values;
            if !reached(&most, least) || most[SPELLED] < 1.0 && self.nowhere_enough(&other, rows, &most, least) {
                return false;
            }
            (values[0], values[2], values[3], values[4]) = (0.0, 0.0, 0.0, 0.0);
        }

        let mut counted = [false; SPELLINGS];
        for (at, (way, at_most)) in self.spellings.iter().zip(ways).enumerate() {
            values[4] = values[4].max(at_most.extent);
            let carried = if at_most.carried < LEAST_SPELLED {
                0.0
            } else {
                rows.likeness_from(&way.spelling, &other, Ear::Carried, LEAST_SPELLED)
            };
            if carried > 0.0 {
                counted[at] = true;
                values[0] = values[0].max(carried);
            } else if at == 0 {
                // Another reading of a character or two does not bring them together.
                break;
            }
        }
        let counted = || {
            self.spellings
                .iter()
                .zip(ways)
                .zip(counted)
                .filter(|(_, counted)| *counted)
        };
        let most = |of: fn(&AtMost) -> f32| counted().map(|((_, way), _)| of(way)).fold(0.0, f32::max);
        (values[2], values[3]) = (most(|way| way.spelled), most(|way| way.inside));
        hope(values);
        if !reached(values, least) {
            return false;
        }
        if values[10] > 0.0 {
            values[10] = by_model();
            values[11] = values[10] * values[10];
            if !reached(values, least) {
                return false;
            }
        }
        let mut spelled = 0.0_f32;
        for ((way, at_most), _) in counted() {
            if at_most.spelled > spelled {
                spelled = spelled.max(rows.likeness_from(&way.spelling, &other, Ear::Spelled, spelled));
            }
        }
        values[2] = spelled;
        values[7] = spelled * spelled;
        if !reached(values, least) {
            return false;
        }
        let mut inside = 0.0_f32;
        for ((way, at_most), _) in counted() {
            if at_most.inside > inside {
                inside = inside.max(rows.inside(&way.spelling, &other, Ear::Carried));
            }
        }
        values[3] = inside;
        true
    }

    /// Whether no spelling sounds as much alike as it takes, all else being the most that it can be.
    fn nowhere_enough(&self, other: &Spelling, rows: &mut Rows, most: &[f32; RESPECTS], least: &Least) -> bool {
        let slope = least.weight(0) + least.weight(6) * most[0] + least.weight(8) * most[0].powi(3);
        let enough = most[0] - least.room(most) / slope.max(f32::EPSILON) - NEARLY_NOTHING;
        enough > LEAST_SPELLED
            && self
                .spellings
                .iter()
                .all(|way| rows.likeness_from(&way.spelling, other, Ear::Carried, enough) < enough)
    }
}

/// Whether there is hope: the pinyin itself scores whatever else is measured.
fn reached(values: &[f32; RESPECTS], least: &Least) -> bool {
    values[SPELLED] >= 1.0 || least.reached(values)
}

/// What follows from the others, and the most that the model of transliteration may say.
fn hope(values: &mut [f32; RESPECTS]) {
    values[6] = values[0] * values[0];
    values[7] = values[2] * values[2];
    values[8] = values[0].powi(4);
    values[10] = if values[0] >= LEAST_CARRIED { 1.0 } else { 0.0 };
    values[11] = values[10];
}

/// The most that can be measured of one way to spell the query.
#[derive(Clone, Copy, Default)]
struct AtMost {
    carried: f32,
    spelled: f32,
    inside: f32,
    extent: f32,
}

impl AtMost {
    fn raise(&self, values: &mut [f32; RESPECTS]) {
        for (respect, most) in [(0, self.carried), (2, self.spelled), (3, self.inside), (4, self.extent)] {
            values[respect] = values[respect].max(most);
        }
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
