//! Imitations made by the rules that imitators follow: for learning weights without anybody's cases, and for registers larger
//! than any that can be had. The same seed makes the same imitations.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::{
    candidates::spelled,
    letters::shape_partners,
    profile::Profile,
    sound::{SyllableId, fuzzy, syllables},
    spelling::{Code, code},
    tables::look_alikes,
};

/// What is done to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// A character of the same or a merged sound, a letter of like sound.
    Sound,
    /// A character or letter that looks alike.
    Shape,
    /// A character or letter repeated.
    Doubling,
    /// Two neighbours, or words, exchanged.
    Order,
    /// A character or letter more.
    Insertion,
    /// A character or letter less.
    Omission,
    /// Another character or letter.
    Replacement,
    /// Words of trade before or behind.
    Tail,
}

impl Change {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Sound,
        Self::Shape,
        Self::Doubling,
        Self::Order,
        Self::Insertion,
        Self::Omission,
        Self::Replacement,
        Self::Tail,
    ];
}

const HAN_TAILS: [&str; 12] = [
    "集团",
    "食品",
    "国际",
    "烤肉",
    "旗舰店",
    "超市",
    "酒店",
    "科技",
    "服饰",
    "奶茶",
    "官方",
    "优选",
];
const LATIN_TAILS: [&str; 12] = [
    " Official",
    " Store",
    " Coffee",
    " Group",
    " Foods",
    " Tech",
    " Home",
    " Club",
    " Studio",
    " Shop",
    " Pro",
    " Plus",
];
const NEAR_SOUND: [(char, char); 12] = [
    ('c', 'k'),
    ('s', 'z'),
    ('f', 'v'),
    ('i', 'y'),
    ('k', 'q'),
    ('d', 't'),
    ('b', 'p'),
    ('g', 'k'),
    ('x', 's'),
    ('v', 'w'),
    ('l', 'r'),
    ('m', 'n'),
];

/// A sequence of numbers that a seed determines (SplitMix64).
#[derive(Clone, Debug)]
pub struct Sequence(u64);

impl Sequence {
    /// Begins the sequence of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below a bound; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let at = self.below(of.len());
        of.get(at)
    }
}

/// Common characters by their sound, merged sounds together.
static HOMOPHONES: LazyLock<FxHashMap<SyllableId, Vec<char>>> = LazyLock::new(|| {
    let mut by_sound: FxHashMap<SyllableId, Vec<char>> = FxHashMap::default();
    for c in ('\u{4E00}'..='\u{9FA5}').filter(|c| !look_alikes(*c).is_empty()) {
        if let Some(id) = syllables(c).first() {
            by_sound.entry(fuzzy(*id)).or_default().push(c);
        }
    }
    by_sound
});

/// A name with one change; none where the change cannot be made.
#[must_use]
pub fn imitation(name: &str, change: Change, sequence: &mut Sequence) -> Option<String> {
    let profile = Profile::new(name);
    let changed = if profile.is_han() {
        han(&profile.units, change, sequence)
    } else {
        latin(&profile, change, sequence)
    }?;
    (Profile::new(&changed).units != profile.units).then_some(changed)
}

fn han(units: &[char], change: Change, sequence: &mut Sequence) -> Option<String> {
    let at = sequence.below(units.len());
    let here = *units.get(at)?;
    let mut changed = units.to_vec();
    match change {
        Change::Sound => {
            let same = HOMOPHONES.get(&fuzzy(*syllables(here).first()?))?;
            changed[at] = *sequence.pick(same)?;
        }
        Change::Shape => {
            let near = look_alikes(here);
            changed[at] = sequence.pick(near.get(..5).unwrap_or(near))?.0;
        }
        Change::Doubling => changed.insert(at, here),
        Change::Order => {
            let next = at + 1;
            (next < changed.len()).then(|| changed.swap(at, next))?;
        }
        Change::Insertion => changed.insert(sequence.below(units.len() + 1), any_character(sequence)?),
        Change::Omission => {
            (units.len() > 2).then(|| changed.remove(at))?;
        }
        Change::Replacement => changed[at] = any_character(sequence)?,
        Change::Tail => changed.extend(sequence.pick(&HAN_TAILS)?.chars()),
    }
    Some(changed.into_iter().collect())
}

fn any_character(sequence: &mut Sequence) -> Option<char> {
    let id = SyllableId::try_from(sequence.below(400)).ok()?;
    HOMOPHONES.get(&fuzzy(id)).and_then(|same| sequence.pick(same)).copied()
}

fn latin(profile: &Profile, change: Change, sequence: &mut Sequence) -> Option<String> {
    let words = &profile.name.words;
    let letters: Vec<char> = words.join(" ").chars().collect();
    let at = sequence.below(letters.len());
    let here = *letters.get(at)?;
    let mut changed = letters.clone();
    match change {
        Change::Sound => {
            let pairs: Vec<char> = NEAR_SOUND
                .iter()
                .filter_map(|(a, b)| {
                    if *a == here {
                        Some(*b)
                    } else {
                        (*b == here).then_some(*a)
                    }
                })
                .collect();
            changed[at] = *sequence.pick(&pairs)?;
        }
        Change::Shape => changed[at] = letter_of(*sequence.pick(shape_partners(code(here)))?)?,
        Change::Doubling => changed.insert(at, here),
        Change::Order if words.len() > 1 => {
            let mut turned = words.clone();
            turned.rotate_left(1);
            return Some(turned.join(" "));
        }
        Change::Order => {
            let next = at + 1;
            (next < changed.len()).then(|| changed.swap(at, next))?;
        }
        Change::Insertion => changed.insert(at, any_letter(sequence)),
        Change::Omission => {
            (letters.len() > 3).then(|| changed.remove(at))?;
        }
        Change::Replacement => changed[at] = any_letter(sequence),
        Change::Tail => changed.extend(sequence.pick(&LATIN_TAILS)?.chars()),
    }
    Some(changed.into_iter().collect())
}

fn any_letter(sequence: &mut Sequence) -> char {
    char::from(b'a' + sequence.below(26) as u8)
}

fn letter_of(code: Code) -> Option<char> {
    match code {
        1..=26 => Some(char::from(b'a' + code - 1)),
        27..=36 => Some(char::from(b'0' + code - 27)),
        _ => None,
    }
}

/// The pinyin of a Han name, as somebody types it who lacks the characters; none for a name without them.
#[must_use]
pub fn in_pinyin(name: &str) -> Option<String> {
    let profile = Profile::new(name);
    profile
        .is_han()
        .then(|| spelled(&profile.units).into_iter().filter_map(letter_of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_imitations_and_another_seed_others() {
        let made = |seed: u64| -> Vec<Option<String>> {
            let mut sequence = Sequence::new(seed);
            Change::ALL
                .iter()
                .map(|change| imitation("康师傅", *change, &mut sequence))
                .collect()
        };
        assert_eq!(made(7), made(7));
        assert_ne!(made(7), made(8));
    }

    #[test]
    fn imitations_differ_from_their_name() {
        let mut sequence = Sequence::new(1);
        for name in ["康师傅", "Hard Rock Cafe", "adidas", "耐克"] {
            for change in Change::ALL {
                for _ in 0..20 {
                    if let Some(made) = imitation(name, change, &mut sequence) {
                        assert_ne!(crate::normalize(&made).form, crate::normalize(name).form);
                    }
                }
            }
        }
        assert_eq!(imitation("", Change::Sound, &mut sequence), None);
    }

    #[test]
    fn pinyin_is_spelled_without_spaces() {
        assert_eq!(in_pinyin("周黑鸭").as_deref(), Some("zhouheiya"));
        assert_eq!(in_pinyin("Nike"), None);
    }
}
