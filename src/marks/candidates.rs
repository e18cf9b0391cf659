//! Which names are worth comparing: each name is broken into tokens on several channels, and a query reads the channels
//! that can lead from its writing to a similar name. The channels stay apart, since one sum over all of them would let
//! the common tokens of one drown the rare tokens of another.
//!
//! Tokens are numbers. Look-alikes are sought at query time, so that they cost no room in the index.

use rphonetic::{DoubleMetaphone, Encoder as _};
use rustc_hash::FxHashMap;

use crate::{
    compare::{LEAST_SHARED, SHARED},
    letters::shape_partners,
    parts::Part,
    profile::{Profile, joined},
    sound::{Syllable, SyllableId, fuzzy, letters, read_pinyin, readings, syllables},
    spelling::{Code, code, folded, triples},
    statistics::{hash, words},
    tables::{
        look_alikes, sharing_components,
        transliteration::{Sounds, sound_key},
    },
};

/// One way of finding a similar name; each is a field of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Channel {
    /// The whole normal form.
    Exact,
    /// Characters and pairs of characters of a Han name.
    Characters,
    /// Syllables and pairs of syllables of a Han name, with the sounds that accents merge folded.
    Sounds,
    /// Triples of letters of a name in letters.
    Letters,
    /// The same, with letters of like sound folded.
    Folds,
    /// Consonants of a name in letters.
    Consonants,
    /// Consonants of the pinyin of a Han name.
    SpelledConsonants,
    /// Words of letters and how they sound in English.
    Words,
}

impl Channel {
    pub(crate) const ALL: [Self; 8] = [
        Self::Exact,
        Self::Characters,
        Self::Sounds,
        Self::Letters,
        Self::Folds,
        Self::Consonants,
        Self::SpelledConsonants,
        Self::Words,
    ];

    /// Name of the index field.
    pub(crate) fn field_name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Characters => "characters",
            Self::Sounds => "sounds",
            Self::Letters => "letters",
            Self::Folds => "folds",
            Self::Consonants => "consonants",
            Self::SpelledConsonants => "spelled_consonants",
            Self::Words => "words",
        }
    }
}

/// A token and how much it counts for, up to 1.
pub(crate) type Sought = (u64, f32);

/// Characters looked at of a name; the rest of a long one adds nothing to finding it.
const GRAMMED: usize = 32;
/// Look-alikes sought for each character.
const LOOK_ALIKES: usize = 12;
/// Characters sought that share the most components with each character.
const SHARING: usize = 8;
const START: u64 = 1;
const END: u64 = 2;
const CHARACTER_BITS: u32 = 21;
const SYLLABLE_BITS: u32 = 16;
/// Syllable numbers begin above the anchors.
const SYLLABLES_FROM: u64 = 4;
/// Readings of a character under which it is stored and sought.
const READINGS: usize = 3;

/// Characters of a Han name that are spelled in letters, and the spellings sought.
const CARRIED_CHARACTERS: usize = 6;
const CARRIED_KEYS: usize = 6;

/// Tokens under which a name of the register is stored: its own, and those of the part that holds all of it but generic words.
pub(crate) fn stored(name: &Profile, essence: Option<&Part>) -> Vec<(Channel, Vec<u64>)> {
    let mut tokens = of_name(name);
    if let Some(part) = essence {
        for (channel, of_part) in of_name(&part.profile) {
            let of_part = match channel {
                Channel::Exact => vec![exact_part(&part.profile.units)],
                _ => of_part,
            };
            match tokens.iter_mut().find(|(known, _)| *known == channel) {
                Some((_, tokens)) => tokens.extend(of_part),
                None => tokens.push((channel, of_part)),
            }
        }
    }
    for (_, tokens) in &mut tokens {
        tokens.sort_unstable();
        tokens.dedup();
    }
    tokens
}

fn of_name(name: &Profile) -> Vec<(Channel, Vec<u64>)> {
    let mut tokens = vec![(Channel::Exact, vec![hash(&name.units)])];
    if name.is_han() {
        let units = grammed(name);
        tokens.push((Channel::Characters, characters(units)));
        tokens.push((Channel::Sounds, sounds(units)));
        tokens.push((Channel::SpelledConsonants, consonants(&skeleton(&spelled(units)))));
    } else {
        let codes = codes(name);
        tokens.push((Channel::Letters, grams(&codes)));
        tokens.push((Channel::Folds, grams(&folded(&codes))));
        tokens.push((Channel::Consonants, consonants(&bones(name))));
        tokens.push((Channel::Words, word_tokens(name)));
    }
    tokens
}

/// Tokens that a query looks for: those of its own writing, and its spelling among the names in the other.
pub(crate) fn sought(query: &Profile) -> Vec<(Channel, Vec<Sought>)> {
    let plain = |tokens: Vec<u64>| tokens.into_iter().map(|token| (token, 1.0)).collect::<Vec<Sought>>();
    let mut tokens = if query.is_han() {
        let units = grammed(query);
        let letters = spelled(units);
        let mut characters = like_characters(units);
        for other in joined(units) {
            let tokens = like_characters(&other.units).into_iter();
            // Less than the name's own, which its length is told by.
            characters.extend(tokens.map(|(token, weight)| (token, weight * 0.95)));
        }
        vec![
            (Channel::Characters, characters),
            (Channel::Sounds, plain(sounds(units))),
            (Channel::Letters, plain(grams(&letters))),
            (Channel::Consonants, carried_consonants(units)),
        ]
    } else {
        let codes = codes(query);
        let mut tokens = vec![
            (Channel::Letters, like_letters(&codes)),
            (Channel::Folds, plain(grams(&folded(&codes)))),
            (Channel::Consonants, plain(consonants(&bones(query)))),
            (Channel::SpelledConsonants, plain(consonants(&skeleton(&codes)))),
            (Channel::Words, plain(word_tokens(query))),
        ];
        if let Some(read) = pinyin(query) {
            tokens.push((
                Channel::Sounds,
                plain(sound_grams(&read.iter().map(|id| vec![*id]).collect::<Vec<_>>())),
            ));
        }
        tokens
    };
    for (_, tokens) in &mut tokens {
        distinct(tokens);
    }
    tokens
}

/// Token of a whole form.
pub(crate) fn exact(units: &[char]) -> u64 {
    hash(units)
}

/// Token of a whole form that is but a part of a name; apart from those of names, which would be lost among them.
pub(crate) fn exact_part(units: &[char]) -> u64 {
    exact(units) ^ 1
}

/// The query read as pinyin, if it can be.
pub(crate) fn pinyin(query: &Profile) -> Option<Vec<SyllableId>> {
    let ascii: Option<Vec<u8>> = query.units.iter().map(|c| u8::try_from(*c).ok()).collect();
    read_pinyin(&ascii?)
}

fn grammed(name: &Profile) -> &[char] {
    name.units.get(..GRAMMED).unwrap_or(&name.units)
}

pub(crate) fn codes(name: &Profile) -> Vec<Code> {
    grammed(name).iter().copied().map(code).collect()
}

/// The commonest pinyin of a name, letter by letter; what is not Han stands for itself.
pub(crate) fn spelled(units: &[char]) -> Vec<Code> {
    let mut spelled = Vec::with_capacity(units.len() * 4);
    each_letter(units, |code| spelled.push(code));
    spelled
}

/// [`spelled`], a letter at a time.
pub(crate) fn each_letter(units: &[char], mut letter: impl FnMut(Code)) {
    for unit in units {
        match syllables(*unit).first() {
            Some(id) => letters(*id)
                .iter()
                .for_each(|spelled| letter(code(char::from(*spelled)))),
            None => letter(code(*unit)),
        }
    }
}

fn pair(first: u64, second: u64, bits: u32) -> u64 {
    first << bits | second
}

fn characters(units: &[char]) -> Vec<u64> {
    let mut tokens: Vec<u64> = units
        .iter()
        .map(|c| pair(u64::from(*c as u32), 0, CHARACTER_BITS))
        .collect();
    tokens.extend(
        anchored(units)
            .windows(2)
            .map(|two| pair(two[0], two[1], CHARACTER_BITS)),
    );
    tokens
}

fn anchored(units: &[char]) -> Vec<u64> {
    let codes = units.iter().map(|c| u64::from(*c as u32));
    std::iter::once(START)
        .chain(codes)
        .chain(std::iter::once(END))
        .collect()
}

/// The name's characters and pairs, and those that arise when one character is taken for a look-alike.
fn like_characters(units: &[char]) -> Vec<Sought> {
    let mut tokens: Vec<Sought> = characters(units).into_iter().map(|token| (token, 1.0)).collect();
    let around = anchored(units);
    for (at, unit) in units.iter().enumerate() {
        let looks = look_alikes(*unit).iter().copied().take(LOOK_ALIKES);
        let shares = sharing_components(*unit, LEAST_SHARED).into_iter().take(SHARING);
        for (other, likeness) in looks.chain(shares.map(|(other, share)| (other, SHARED * share))) {
            let other = u64::from(other as u32);
            tokens.push((pair(other, 0, CHARACTER_BITS), likeness * 0.8));
            if let (Some(before), Some(after)) = (around.get(at), around.get(at + 2)) {
                tokens.push((pair(*before, other, CHARACTER_BITS), likeness * 0.9));
                tokens.push((pair(other, *after, CHARACTER_BITS), likeness * 0.9));
            }
        }
    }
    tokens
}

fn sounds(units: &[char]) -> Vec<u64> {
    let readings: Vec<Vec<SyllableId>> = units
        .iter()
        .map(|unit| {
            let ids = syllables(*unit);
            let mut read: Vec<SyllableId> = ids.iter().take(READINGS).map(|id| fuzzy(*id)).collect();
            if read.is_empty() {
                // Above all syllables, so that a digit or letter meets only itself.
                read.push(0x8000 | (*unit as u32 & 0x7FFF) as u16);
            }
            read.dedup();
            read
        })
        .collect();
    sound_grams(&readings)
}

fn sound_grams(readings: &[Vec<SyllableId>]) -> Vec<u64> {
    let number = |id: &SyllableId| u64::from(fuzzy(*id)) + SYLLABLES_FROM;
    let mut tokens: Vec<u64> = readings
        .iter()
        .flatten()
        .map(|id| pair(number(id), 0, SYLLABLE_BITS + 1))
        .collect();
    let mut before: Vec<u64> = vec![START];
    for choices in readings {
        let here: Vec<u64> = choices.iter().map(number).collect();
        tokens.extend(
            before
                .iter()
                .flat_map(|a| here.iter().map(move |b| pair(*a, *b, SYLLABLE_BITS + 1))),
        );
        before = here;
    }
    tokens.extend(before.iter().map(|a| pair(*a, END, SYLLABLE_BITS + 1)));
    tokens
}

/// Triples of letters, and the first two and last two letters.
fn grams(codes: &[Code]) -> Vec<u64> {
    let mut tokens: Vec<u64> = triples(codes).map(u64::from).collect();
    if let ([first, .., last], true) = (codes, codes.len() >= 3) {
        tokens.push(1 << 20 | u64::from(*first));
        tokens.push(1 << 21 | u64::from(*last));
    }
    tokens
}

/// The name's triples, and those that arise when one letter is taken for a look-alike.
fn like_letters(codes: &[Code]) -> Vec<Sought> {
    let mut tokens: Vec<Sought> = grams(codes).into_iter().map(|token| (token, 1.0)).collect();
    let mut changed = codes.to_vec();
    for at in 0..codes.len() {
        for other in shape_partners(codes[at]) {
            changed[at] = *other;
            let touched = triples(&changed).enumerate().filter(|(i, _)| i.abs_diff(at) <= 1);
            tokens.extend(touched.map(|(_, token)| (u64::from(token), 0.7)));
        }
        changed[at] = codes[at];
    }
    tokens
}

/// Consonant classes in order, without vowels: what remains when a name is carried into another writing.
pub(crate) fn skeleton(codes: &[Code]) -> Vec<Code> {
    crate::letters::consonants(codes)
}

/// Consonants of a name in letters, once it is plainly spelled.
fn bones(name: &Profile) -> Vec<Code> {
    let letters: String = grammed(name).iter().collect();
    sound_key(&letters).chars().map(code).collect()
}

/// Tokens of the consonants that the spellings of a Han name in letters are likely to have, its pinyin among them.
fn carried_consonants(units: &[char]) -> Vec<Sought> {
    let pinyin = consonants(&skeleton(&spelled(units)));
    let mut tokens: Vec<Sought> = pinyin.into_iter().map(|token| (token, 1.0)).collect();
    let readings: Vec<Vec<Syllable>> = units.iter().take(CARRIED_CHARACTERS).map(|c| readings(*c)).collect();
    for key in Sounds::new(readings.iter().map(Vec::as_slice)).sound_keys(CARRIED_KEYS) {
        let bones: Vec<Code> = key.chars().map(code).collect();
        tokens.extend(consonants(&bones).into_iter().map(|token| (token, 0.9)));
    }
    tokens
}

fn consonants(bones: &[Code]) -> Vec<u64> {
    if bones.is_empty() {
        return Vec::new();
    }
    let mut tokens: Vec<u64> = triples(bones).map(u64::from).collect();
    let edges: Vec<u64> = std::iter::once(0)
        .chain(bones.iter().map(|b| u64::from(*b)))
        .chain(std::iter::once(0))
        .collect();
    tokens.extend(edges.windows(2).map(|two| 1 << 20 | two[0] << 6 | two[1]));
    tokens.push(1 << 40 | bones.iter().take(6).fold(0, |sum, bone| sum << 6 | u64::from(*bone)));
    tokens
}

/// Each word, and its sound as Double Metaphone has it.
fn word_tokens(name: &Profile) -> Vec<u64> {
    let encoder = DoubleMetaphone::default();
    let mut tokens = Vec::new();
    for word in words(grammed(name), name.starts).take(8) {
        tokens.push(hash(word));
        let text: String = word.iter().collect();
        if word.len() >= 3 && text.is_ascii() {
            let sound: Vec<char> = std::iter::once('~').chain(encoder.encode(&text).chars()).collect();
            tokens.push(hash(&sound));
        }
    }
    tokens
}

/// Each token once, at its highest weight.
fn distinct(tokens: &mut Vec<Sought>) {
    let mut best: FxHashMap<u64, f32> = FxHashMap::default();
    for (token, weight) in tokens.iter() {
        let known = best.entry(*token).or_insert(*weight);
        *known = known.max(*weight);
    }
    *tokens = best.into_iter().collect();
    tokens.sort_unstable_by_key(|(token, _)| *token);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tokens: &[(Channel, Vec<u64>)], channel: Channel) -> Vec<u64> {
        tokens
            .iter()
            .filter(|(of, _)| *of == channel)
            .flat_map(|(_, tokens)| tokens.clone())
            .collect()
    }

    /// Share of a query's tokens on a channel under which a mark is stored.
    fn met(query: &str, mark: &str, channel: Channel) -> usize {
        let stored = of(&stored(&Profile::new(mark), None), channel);
        let sought = sought(&Profile::new(query));
        let sought = sought
            .iter()
            .filter(|(of, _)| *of == channel)
            .flat_map(|(_, tokens)| tokens);
        sought.filter(|(token, _)| stored.contains(token)).count()
    }

    #[test]
    fn a_query_meets_its_mark_in_its_own_writing() {
        assert!(met("康帅傅", "康师傅", Channel::Characters) >= 6);
        assert!(met("赖克", "耐克", Channel::Sounds) >= 5);
        assert!(met("nlke", "nike", Channel::Letters) >= 4);
        assert!(met("zupr", "supr", Channel::Folds) >= 4);
        assert!(met("kressco", "cresco", Channel::Words) >= 1);
    }

    #[test]
    fn a_character_taken_apart_is_sought_whole() {
        let met = |query: &str| met(query, "好吃点", Channel::Characters);
        assert!(met("女子吃占") > met("男子吃占"));
    }

    #[test]
    fn a_query_meets_its_mark_in_the_other_writing() {
        assert!(met("naike", "耐克", Channel::Sounds) >= 5);
        assert!(met("NIKE", "耐克", Channel::SpelledConsonants) >= 3);
        assert!(met("耐克", "NIKE", Channel::Consonants) >= 3);
    }

    #[test]
    fn a_long_name_has_few_tokens() {
        let name = Profile::new(&"乐行重".repeat(5_000));
        for (_, tokens) in sought(&name) {
            assert!(tokens.len() < 2_000);
        }
    }
}
