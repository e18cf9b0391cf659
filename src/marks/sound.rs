//! How Han characters sound: pinyin of every reading, and the pairs of sounds that many speakers do not tell apart.

mod syllables;

use std::fmt;

use pinyin::{Pinyin, ToPinyinMulti};

pub(crate) use self::syllables::{
    SyllableId, fuzzy, letters, read_pinyin, same_tone, sound_likeness, sound_match, syllables,
};

/// A pair of initials or finals that southern or northern accents merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FuzzyClass {
    /// 拉 / 那
    LN,
    /// 知 / 资
    ZhZ,
    /// 吃 / 次
    ChC,
    /// 诗 / 思
    ShS,
    /// 胡 / 福
    FH,
    /// 山 / 商
    AnAng,
    /// 真 / 蒸
    EnEng,
    /// 金 / 京
    InIng,
}

impl fmt::Display for FuzzyClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LN => "l/n",
            Self::ZhZ => "zh/z",
            Self::ChC => "ch/c",
            Self::ShS => "sh/s",
            Self::FH => "f/h",
            Self::AnAng => "an/ang",
            Self::EnEng => "en/eng",
            Self::InIng => "in/ing",
        })
    }
}

/// One toneless reading of a Han character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Syllable {
    initial: &'static str,
    last: &'static str,
}

/// How two syllables, or two characters by their nearest readings, relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SoundMatch {
    /// Nothing in common.
    Different,
    /// The same initial before another final.
    SameInitial,
    /// The same final after another initial.
    SameFinal,
    /// The same final after initials made in the same place, such as b and p.
    NearInitial,
    /// Alike for a speaker who merges the classes named; the second is there when both halves differ.
    Fuzzy(FuzzyClass, Option<FuzzyClass>),
    /// The same syllable, whatever the tone.
    Same,
}

impl SoundMatch {
    /// Nearness from 0 (different) to 1 (the same syllable).
    pub fn nearness(self) -> f64 {
        match self {
            Self::Different => 0.0,
            Self::SameInitial => 0.2,
            Self::SameFinal => 0.35,
            Self::NearInitial => 0.6,
            Self::Fuzzy(_, Some(_)) => 0.75,
            Self::Fuzzy(_, None) => 0.85,
            Self::Same => 1.0,
        }
    }
}

const INITIALS: [&str; 23] = [
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s", "y",
    "w",
];

impl Syllable {
    fn new(plain: &'static str) -> Self {
        let initial = INITIALS
            .into_iter()
            .find(|initial| plain.starts_with(initial))
            .unwrap_or("");
        Self {
            initial,
            last: plain.strip_prefix(initial).unwrap_or(plain),
        }
    }

    /// The syllable in plain letters; `ü` is spelled `u`, as on shop signs and passports without the dots.
    pub fn spelled(self) -> String {
        let mut letters = String::with_capacity(6);
        letters.push_str(self.initial);
        letters.extend(self.last.chars().map(|c| if c == 'ü' { 'u' } else { c }));
        letters
    }

    /// A key that all syllables share which differ only by [`FuzzyClass`]es.
    pub fn fuzzy_key(self) -> String {
        let initial = match self.initial {
            "zh" => "z",
            "ch" => "c",
            "sh" => "s",
            "n" => "l",
            "h" => "f",
            other => other,
        };
        let last = match nasal(self.last) {
            Some(_) => self.last.strip_suffix('g').unwrap_or(self.last),
            None => self.last,
        };
        format!("{initial}{last}")
    }

    /// Compares two syllables, half by half. Symmetric.
    pub fn compare(self, other: Self) -> SoundMatch {
        let initials = initial_relation(self.initial, other.initial);
        let finals = final_relation(self.last, other.last);
        match (initials, finals) {
            (Half::Same, Half::Same) => SoundMatch::Same,
            (Half::Fuzzy(a), Half::Fuzzy(b)) => SoundMatch::Fuzzy(a, Some(b)),
            (Half::Fuzzy(class), Half::Same) | (Half::Same, Half::Fuzzy(class)) => SoundMatch::Fuzzy(class, None),
            (Half::Near, Half::Same | Half::Fuzzy(_)) => SoundMatch::NearInitial,
            (Half::Different, Half::Same | Half::Fuzzy(_)) => SoundMatch::SameFinal,
            (Half::Same | Half::Fuzzy(_), _) => SoundMatch::SameInitial,
            _ => SoundMatch::Different,
        }
    }
}

enum Half {
    Same,
    Fuzzy(FuzzyClass),
    Near,
    Different,
}

fn initial_relation(a: &str, b: &str) -> Half {
    if a == b {
        return Half::Same;
    }
    let (first, second) = if a < b { (a, b) } else { (b, a) };
    match (first, second) {
        ("l", "n") => Half::Fuzzy(FuzzyClass::LN),
        ("z", "zh") => Half::Fuzzy(FuzzyClass::ZhZ),
        ("c", "ch") => Half::Fuzzy(FuzzyClass::ChC),
        ("s", "sh") => Half::Fuzzy(FuzzyClass::ShS),
        ("f", "h") => Half::Fuzzy(FuzzyClass::FH),
        ("b", "p") | ("d", "t") | ("g", "k") | ("l", "r") => Half::Near,
        ("j", "q" | "x") | ("q", "x") => Half::Near,
        ("c" | "ch", "s" | "sh" | "z" | "zh") | ("s" | "sh", "z" | "zh") => Half::Near,
        _ => Half::Different,
    }
}

fn final_relation(a: &str, b: &str) -> Half {
    if a == b {
        return Half::Same;
    }
    let class = match (nasal(a), nasal(b)) {
        (Some(class), Some(_)) => class,
        _ => return Half::Different,
    };
    if a.strip_suffix('g').unwrap_or(a) == b.strip_suffix('g').unwrap_or(b) {
        Half::Fuzzy(class)
    } else {
        Half::Different
    }
}

/// The class of a final that ends in -an(g), -en(g) or -in(g).
fn nasal(last: &str) -> Option<FuzzyClass> {
    let stem = last.strip_suffix('g').unwrap_or(last);
    if stem.ends_with("an") {
        Some(FuzzyClass::AnAng)
    } else if stem.ends_with("en") {
        Some(FuzzyClass::EnEng)
    } else if stem.ends_with("in") {
        Some(FuzzyClass::InIng)
    } else {
        None
    }
}

/// All toneless readings of a character, the commonest first; empty for what has no pinyin.
pub fn readings(c: char) -> Vec<Syllable> {
    let mut syllables: Vec<Syllable> = Vec::with_capacity(1);
    let Some(all) = c.to_pinyin_multi() else {
        return syllables;
    };
    for plain in all.into_iter().map(Pinyin::plain) {
        let syllable = Syllable::new(plain);
        if !syllables.contains(&syllable) {
            syllables.push(syllable);
        }
    }
    syllables
}

/// The syllables of a character with their tones, such as `nai4`, the commonest first.
fn toned(c: char) -> Vec<&'static str> {
    let all = c.to_pinyin_multi().into_iter().flatten();
    all.map(Pinyin::with_tone_num_end).collect()
}

/// The nearest relation between any reading of one character and any reading of the other. Symmetric.
pub fn nearest(a: &[Syllable], b: &[Syllable]) -> SoundMatch {
    let mut best = SoundMatch::Different;
    for x in a {
        for y in b {
            let found = x.compare(*y);
            if found.nearness() > best.nearness() {
                best = found;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(a: char, b: char) -> SoundMatch {
        nearest(&readings(a), &readings(b))
    }

    #[test]
    fn every_reading_of_a_character_counts() {
        let spelled: Vec<String> = readings('乐').into_iter().map(Syllable::spelled).collect();
        assert!(spelled.contains(&"le".to_owned()) && spelled.contains(&"yue".to_owned()));
        assert_eq!(sound('乐', '月'), SoundMatch::Same);
        assert!(readings('x').is_empty());
    }

    #[test]
    fn merged_sounds_are_fuzzy_and_named() {
        assert_eq!(sound('耐', '赖'), SoundMatch::Fuzzy(FuzzyClass::LN, None));
        assert_eq!(sound('福', '湖'), SoundMatch::Fuzzy(FuzzyClass::FH, None));
        assert_eq!(sound('京', '金'), SoundMatch::Fuzzy(FuzzyClass::InIng, None));
        assert_eq!(
            sound('张', '咱'),
            SoundMatch::Fuzzy(FuzzyClass::ZhZ, Some(FuzzyClass::AnAng))
        );
    }

    #[test]
    fn fuzzy_syllables_share_a_key_and_others_do_not() {
        let key = |c: char| readings(c).first().map(|s| s.fuzzy_key());
        assert_eq!(key('耐'), key('赖'));
        assert_eq!(key('双'), key('酸'));
        assert_eq!(key('京'), key('金'));
        assert_ne!(key('东'), key('敦'));
        assert_ne!(key('雷'), key('雪'));
    }

    #[test]
    fn the_dots_of_u_are_dropped_in_spelling_only() {
        assert_eq!(readings('绿').first().map(|s| s.spelled()), Some("lu".to_owned()));
        assert_ne!(sound('绿', '路'), SoundMatch::Different);
    }
}
