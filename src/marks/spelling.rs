//! Spellings compared quickly: letters as small numbers, a distance that knows which letters look or sound alike, and keys.

use std::sync::LazyLock;

use crate::{letters, profile::COMPARED_CHARS};

/// Code of a letter: 1 to 26 for a to z, then the digits, then others folded together.
pub(crate) type Code = u8;

/// Number of codes, 0 among them, which is none.
pub(crate) const CODES: usize = 64;
/// Cost of a plain edit.
const PLAIN: u16 = 100;
const FIRST_LETTER: u16 = 130;
const REPEATED: u16 = 40;
const TRANSPOSED: u16 = 70;
const GROUP: u16 = 30;

/// Which likenesses of letters count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ear {
    /// Looks and sounds, as between two spellings.
    Spelled,
    /// Sounds alone, and vowels hardly, as between a spelling and the pinyin of Han characters.
    Carried,
}

type Costs = Box<[[u16; CODES]; CODES]>;

static SPELLED: LazyLock<Costs> = LazyLock::new(|| costs(|a, b| letters::substitution(a, b) * 100.0));
static CARRIED: LazyLock<Costs> = LazyLock::new(|| costs(|a, b| letters::carried(a, b) * 100.0));

fn costs(cost: impl Fn(char, char) -> f64) -> Costs {
    let mut table = Box::new([[PLAIN; CODES]; CODES]);
    let known: Vec<char> = ('a'..='z').chain('0'..='9').collect();
    for a in &known {
        for b in &known {
            table[usize::from(code(*a))][usize::from(code(*b))] = cost(*a, *b) as u16;
        }
    }
    for (at, row) in table.iter_mut().enumerate() {
        row[at] = 0;
    }
    table
}

/// The code of a character.
pub(crate) fn code(c: char) -> Code {
    match c {
        'a'..='z' => c as u8 - b'a' + 1,
        '0'..='9' => c as u8 - b'0' + 27,
        other => 37 + (other as u32 % 27) as u8,
    }
}

/// A spelling of at most [`COMPARED_CHARS`] letters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spelling {
    codes: [Code; COMPARED_CHARS],
    /// At each letter the one that it makes together with the letter before: m for the n of rn. 0 for none.
    groups: [Code; COMPARED_CHARS],
    length: usize,
    grouped: bool,
    /// Bit of every code that occurs.
    held: u64,
}

impl Spelling {
    pub(crate) fn of(codes: impl Iterator<Item = Code>) -> Self {
        let mut spelling = Self {
            codes: [0; COMPARED_CHARS],
            groups: [0; COMPARED_CHARS],
            length: 0,
            grouped: false,
            held: 0,
        };
        let mut before = 0;
        for (at, code) in codes.take(COMPARED_CHARS).enumerate() {
            spelling.codes[at] = code & (CODES as u8 - 1);
            let group = GROUPS
                .get(usize::from(before) * CODES + usize::from(code))
                .copied()
                .unwrap_or(0);
            spelling.groups[at] = group;
            spelling.grouped |= group != 0;
            spelling.held |= 1 << spelling.codes[at];
            spelling.length = at + 1;
            before = code;
        }
        spelling
    }

    pub(crate) fn codes(&self) -> &[Code] {
        self.codes.get(..self.length).unwrap_or_default()
    }

    /// Whether at least half of the different letters of the one with fewer stand in the other: else they are other words.
    pub(crate) fn shares_letters(&self, other: &Self) -> bool {
        let common = (self.held & other.held).count_ones();
        2 * common >= self.held.count_ones().min(other.held.count_ones())
    }

    fn groups(&self) -> &[Code] {
        self.groups.get(..self.length).unwrap_or_default()
    }
}

/// Letter that two letters make, by both codes.
static GROUPS: LazyLock<Vec<Code>> = LazyLock::new(|| {
    let mut groups = vec![0; CODES * CODES];
    for (group, single) in letters::SHAPE_GROUPS.iter().chain(&letters::SOUND_GROUPS) {
        let codes: Vec<Code> = group.chars().map(code).collect();
        if let ([first, second], Some(single)) = (codes.as_slice(), single.chars().next())
            && let Some(place) = groups.get_mut(usize::from(*first) * CODES + usize::from(*second))
        {
            *place = code(single);
        }
    }
    groups
});

/// Rows of a distance table, kept between comparisons.
#[derive(Debug)]
pub(crate) struct Rows {
    rows: [[u16; COMPARED_CHARS + 1]; 3],
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            rows: [[0; COMPARED_CHARS + 1]; 3],
        }
    }
}

/// Cost of leaving out a letter: one that repeats its neighbour is hardly noticed, and a vowel hardly carried.
fn gap(codes: &[Code], at: usize, ear: Ear) -> u16 {
    let here = codes[at];
    let repeats = at > 0 && codes[at - 1] == here || codes.get(at + 1) == Some(&here);
    if repeats || ear == Ear::Carried && is_vowel(here) {
        REPEATED
    } else {
        PLAIN
    }
}

pub(crate) fn is_vowel(code: Code) -> bool {
    // a, e, i, o, u
    matches!(code, 1 | 5 | 9 | 15 | 21)
}

impl Rows {
    /// Weighted edits between two spellings, over 100 each; the highest number where they come to more than `most`. With
    /// `inside`, the second may begin and end anywhere in the first, and `most` is not asked.
    fn distance(&mut self, a: &Spelling, b: &Spelling, ear: Ear, inside: bool, most: u16) -> u16 {
        let table = match ear {
            Ear::Spelled => &*SPELLED,
            Ear::Carried => &*CARRIED,
        };
        let (x, y) = (a.codes(), b.codes());
        let groups = a.grouped || b.grouped;
        let [above2, above, row] = &mut self.rows;
        let mut gaps = [0_u16; COMPARED_CHARS];
        row[0] = 0;
        for j in 0..y.len() {
            gaps[j] = gap(y, j, ear);
            row[j + 1] = row[j] + if j == 0 { gaps[j].max(FIRST_LETTER) } else { gaps[j] };
        }
        let mut best = row[y.len()];
        let mut least_above = 0;
        for i in 0..x.len() {
            std::mem::swap(above2, above);
            std::mem::swap(above, row);
            let drop = gap(x, i, ear);
            row[0] = if inside {
                0
            } else {
                above[0] + if i == 0 { drop.max(FIRST_LETTER) } else { drop }
            };
            let mut least = row[0];
            let costs = &table[usize::from(x[i]) % CODES];
            for j in 0..y.len() {
                let mut substituted = costs[usize::from(y[j]) % CODES];
                if i == 0 && j == 0 {
                    substituted = substituted * 13 / 10;
                }
                let mut cell = (above[j] + substituted).min(above[j + 1] + drop).min(row[j] + gaps[j]);
                if i > 0 && j > 0 && x[i] == y[j - 1] && x[i - 1] == y[j] {
                    cell = cell.min(above2[j - 1] + TRANSPOSED);
                }
                if groups {
                    cell = cell.min(grouped(a, b, (i, j), above2, above));
                }
                row[j + 1] = cell;
                least = least.min(cell);
            }
            best = best.min(row[y.len()]);
            // A cell may follow from the row above the one before, so both must be beyond hope.
            if !inside && least > most && least_above > most {
                return u16::MAX;
            }
            least_above = least;
        }
        if inside { best } else { row[y.len()] }
    }

    /// Likeness of two spellings from 0 to 1: 1 less the weighted cost over the longer length.
    pub(crate) fn likeness(&mut self, a: &Spelling, b: &Spelling, ear: Ear) -> f32 {
        self.likeness_from(a, b, ear, 0.0)
    }

    /// The same, and 0 for what is less than `least`, which is found out sooner.
    pub(crate) fn likeness_from(&mut self, a: &Spelling, b: &Spelling, ear: Ear, least: f32) -> f32 {
        let longest = a.length.max(b.length);
        if a.length == 0 || b.length == 0 {
            return 0.0;
        }
        let all = longest as f32 * 100.0 + 30.0;
        let cost = self.distance(a, b, ear, false, (all * (1.0 - least)) as u16);
        let likeness = 1.0 - f32::from(cost) / all;
        if likeness >= least { likeness.max(0.0) } else { 0.0 }
    }

    /// How much of the shorter spelling stands somewhere in the longer, 0 to 1.
    pub(crate) fn inside(&mut self, a: &Spelling, b: &Spelling, ear: Ear) -> f32 {
        let (longer, shorter) = if a.length >= b.length { (a, b) } else { (b, a) };
        if shorter.length == 0 {
            return 0.0;
        }
        let cost = self.distance(longer, shorter, ear, true, u16::MAX);
        (1.0 - f32::from(cost) / (shorter.length as f32 * 100.0 + 30.0)).max(0.0)
    }
}

/// Cost if two letters of one side stand for one of the other here.
fn grouped(a: &Spelling, b: &Spelling, (i, j): (usize, usize), above2: &[u16], above: &[u16]) -> u16 {
    let (x, y) = (a.codes()[i], b.codes()[j]);
    let (gx, gy) = (a.groups()[i], b.groups()[j]);
    let mut cost = u16::MAX;
    if gx != 0 && gx == y && i > 0 {
        cost = above2[j] + GROUP;
    }
    if gy != 0 && gy == x && j > 0 {
        cost = cost.min(above[j - 1] + GROUP);
    }
    cost
}

/// Three neighbouring codes as one number; 0 stands before the first letter and after the last.
pub(crate) fn triples(codes: &[Code]) -> impl Iterator<Item = u32> + '_ {
    let at = |i: usize| u32::from(i.checked_sub(1).and_then(|i| codes.get(i)).copied().unwrap_or(0));
    (1..=codes.len()).map(move |i| at(i - 1) << 12 | at(i) << 6 | at(i + 1))
}

/// Codes that sound or look nearly the same folded together: vowels, and consonants made in one place.
pub(crate) fn folded(codes: &[Code]) -> Vec<Code> {
    let mut folded: Vec<Code> = Vec::with_capacity(codes.len());
    for code in codes {
        let class = FOLDS.get(usize::from(*code)).copied().unwrap_or(*code);
        if folded.last() != Some(&class) {
            folded.push(class);
        }
    }
    folded
}

static FOLDS: LazyLock<[Code; CODES]> = LazyLock::new(|| {
    let mut folds = [0; CODES];
    for (at, fold) in folds.iter_mut().enumerate() {
        *fold = at as Code;
    }
    for class in ["aeiouy1", "bp8", "dt", "cgkq", "szxj52", "fvw", "mn", "lr", "0o"] {
        let mut members = class.chars().map(code);
        if let Some(first) = members.next() {
            for member in members {
                folds[usize::from(member) % CODES] = first;
            }
        }
    }
    folds[usize::from(code('o'))] = code('a');
    folds[usize::from(code('0'))] = code('a');
    folds
});

#[cfg(test)]
mod tests {
    use super::*;

    fn spelling(name: &str) -> Spelling {
        Spelling::of(name.chars().map(code))
    }

    fn alike(a: &str, b: &str) -> f32 {
        Rows::default().likeness(&spelling(a), &spelling(b), Ear::Spelled)
    }

    #[test]
    fn look_alikes_cost_less_than_other_letters() {
        assert!(alike("nlke", "nike") > alike("nuke", "nike"));
        assert!(alike("abibas", "adidas") > alike("akikas", "adidas"));
        assert!(alike("rnars", "mars") > alike("rtars", "mars"));
        assert!(alike("kuma", "puma") < alike("pumo", "puma"));
        assert!((alike("puma", "puma") - 1.0).abs() < 1e-6);
        assert!(alike("", "puma") < 1e-6);
    }

    #[test]
    fn a_distance_is_symmetric() {
        for (a, b) in [
            ("adidas", "adidoss"),
            ("phone", "fone"),
            ("rnars", "mars"),
            ("", "x"),
            ("pmua", "puma"),
        ] {
            assert!((alike(a, b) - alike(b, a)).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn a_likeness_below_what_is_asked_for_is_none_and_one_above_is_the_same() {
        let mut rows = Rows::default();
        for (a, b) in [
            ("adidas", "abibas"),
            ("pmua", "puma"),
            ("rnars", "mars"),
            ("nike", "puma"),
            ("kfc", "starbucks"),
        ] {
            let (a, b) = (spelling(a), spelling(b));
            let whole = rows.likeness(&a, &b, Ear::Spelled);
            for least in [0.2, 0.5, 0.7, 0.9] {
                let found = rows.likeness_from(&a, &b, Ear::Spelled, least);
                let wanted = if whole >= least { whole } else { 0.0 };
                assert!((found - wanted).abs() < 1e-6, "{found} {wanted}");
            }
        }
    }

    #[test]
    fn a_name_inside_another_is_found_whole() {
        let mut rows = Rows::default();
        assert!((rows.inside(&spelling("westlife"), &spelling("west"), Ear::Spelled) - 1.0).abs() < 1e-6);
        assert!(rows.inside(&spelling("kiapmou"), &spelling("mou"), Ear::Spelled) > 0.99);
        assert!(rows.inside(&spelling("adidas"), &spelling("xyz"), Ear::Spelled) < 0.4);
    }

    #[test]
    fn folds_hide_voice_and_vowels() {
        let fold = |name: &str| folded(&name.chars().map(code).collect::<Vec<_>>());
        assert_eq!(fold("buta"), fold("pote"));
        assert_eq!(fold("zupr"), fold("supr"));
        assert_ne!(fold("puma"), fold("kuma"));
    }
}
