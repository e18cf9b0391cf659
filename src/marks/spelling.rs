//! Spellings compared quickly: letters as small numbers, a distance that knows which letters look or sound alike, and keys.

use std::sync::LazyLock;

use crate::{letters, profile::COMPARED_CHARS};

/// Code of a letter: 1 to 26 for a to z, then the digits, then others folded together.
pub(crate) type Code = u8;

/// Number of codes, 0 among them, which is none.
pub(crate) const CODES: usize = 64;
/// Cost of a plain edit.
const PLAIN: u16 = 100;
const FIRST_LETTER: u32 = 130;
const REPEATED: u16 = 40;
const TRANSPOSED: u32 = 70;
const GROUP: u16 = 30;

/// Which likenesses of letters count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ear {
    /// Looks and sounds, as between two spellings.
    Spelled,
    /// Sounds alone, and vowels hardly, as between a spelling and the pinyin of Han characters.
    Carried,
}

impl Ear {
    fn costs(self) -> &'static [[u16; CODES]; CODES] {
        match self {
            Self::Spelled => &SPELLED,
            Self::Carried => &CARRIED,
        }
    }
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
    /// Bit of every code that occurs.
    held: u64,
    /// Bit of every code that two letters of it make.
    made: u64,
    /// Bit of every code that takes part in making one.
    making: u64,
    /// Bit of every two neighbours; others may share it.
    neighbours: u64,
}

/// The bit of two neighbours.
fn neighbours(first: Code, second: Code) -> u64 {
    1 << (first.wrapping_mul(7).wrapping_add(second.wrapping_mul(3)) & 63)
}

impl Spelling {
    pub(crate) fn of(codes: impl Iterator<Item = Code>) -> Self {
        let groups = &**GROUPS;
        let mut spelling = Self {
            codes: [0; COMPARED_CHARS],
            groups: [0; COMPARED_CHARS],
            length: 0,
            held: 0,
            made: 0,
            making: 0,
            neighbours: 0,
        };
        let mut before = 0;
        for (at, code) in codes.take(COMPARED_CHARS).enumerate() {
            let code = code % CODES as Code;
            let group = groups[usize::from(before) % CODES][usize::from(code)];
            spelling.codes[at] = code;
            if group != 0 {
                spelling.groups[at] = group;
                spelling.made |= 1 << group;
                spelling.making |= 1 << before | 1 << code;
            }
            spelling.held |= 1 << code;
            spelling.neighbours |= neighbours(before, code);
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

    /// How often each code occurs.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = [0; CODES];
        for code in self.codes() {
            counts[usize::from(*code) % CODES] += 1;
        }
        counts
    }
}

/// How often each code occurs in a spelling.
pub(crate) type Counts = [u8; CODES];

/// Letter that two letters make, by both codes.
static GROUPS: LazyLock<Box<[[Code; CODES]; CODES]>> = LazyLock::new(|| {
    let mut groups = Box::new([[0; CODES]; CODES]);
    for (group, single) in letters::SHAPE_GROUPS.iter().chain(&letters::SOUND_GROUPS) {
        let codes: Vec<Code> = group.chars().map(code).collect();
        if let ([first, second], Some(single)) = (codes.as_slice(), single.chars().next()) {
            groups[usize::from(*first) % CODES][usize::from(*second) % CODES] = code(single);
        }
    }
    groups
});

/// Rows of a distance table, kept between comparisons.
#[derive(Debug)]
pub(crate) struct Rows {
    rows: [[u32; COMPARED_CHARS + 1]; 3],
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
    /// `INSIDE`, the second may begin and end anywhere in the first, and `most` is not asked.
    fn distance<const INSIDE: bool>(&mut self, a: &Spelling, b: &Spelling, ear: Ear, most: u16) -> u16 {
        let table = ear.costs();
        let (x, y) = (a.codes(), b.codes());
        let m = y.len().min(COMPARED_CHARS);
        let most = u32::from(most);
        let [one, two, three] = &mut self.rows;
        let (mut above2, mut above, mut row) = (one, two, three);
        let mut gaps = [0_u32; COMPARED_CHARS];
        let gaps = &mut gaps[..m];
        row[0] = 0;
        for (j, cost) in gaps.iter_mut().enumerate() {
            *cost = u32::from(gap(y, j, ear));
            row[j + 1] = row[j] + if j == 0 { (*cost).max(FIRST_LETTER) } else { *cost };
        }
        let mut best = row[m];
        let mut least_above = 0;
        let mut before = 0;
        for (i, here) in x.iter().enumerate() {
            // The names change places, not the rows.
            (above2, above, row) = (above, row, above2);
            let drop = u32::from(gap(x, i, ear));
            row[0] = if INSIDE {
                0
            } else {
                above[0] + if i == 0 { drop.max(FIRST_LETTER) } else { drop }
            };
            let costs = &table[usize::from(*here) % CODES];
            let turned = i > 0 && b.neighbours & neighbours(*here, before) != 0;
            let mut left = row[0];
            let mut least = left;
            let mut corner = above[0];
            let group = a.groups[i];
            let grouped = b.made >> *here & 1 == 1 || group != 0 && b.held >> group & 1 == 1;
            if i == 0 || turned || grouped {
                for j in 0..m {
                    let mut substituted = u32::from(costs[usize::from(y[j]) % CODES]);
                    if i == 0 && j == 0 {
                        substituted = substituted * 13 / 10;
                    }
                    let up = above[j + 1];
                    let mut cell = (corner + substituted).min(up + drop).min(left + gaps[j]);
                    if turned && j > 0 && y[j - 1] == *here && y[j] == before {
                        cell = cell.min(above2[j - 1] + TRANSPOSED);
                    }
                    if grouped {
                        cell = cell.min(stands_for(a, b, (i, j), above2, above));
                    }
                    (left, corner) = (cell, up);
                    row[j + 1] = cell;
                    least = least.min(cell);
                }
            } else {
                let cells = row[1..=m].iter_mut().zip(&above[1..=m]);
                for ((cell, up), (other, gap)) in cells.zip(y.iter().zip(&*gaps)) {
                    let substituted = corner + u32::from(costs[usize::from(*other) % CODES]);
                    left = substituted.min(up + drop).min(left + gap);
                    corner = *up;
                    *cell = left;
                    least = least.min(left);
                }
            }
            best = best.min(left);
            // A cell may follow from the row above the one before, so both must be beyond hope.
            if !INSIDE && least > most && least_above > most {
                return u16::MAX;
            }
            least_above = least;
            before = *here;
        }
        // No spelling costs more than its letters do.
        (if INSIDE { best } else { row[m] }) as u16
    }

    /// Likeness of two spellings from 0 to 1: 1 less the weighted cost over the longer length.
    pub(crate) fn likeness(&mut self, a: &Spelling, b: &Spelling, ear: Ear) -> f32 {
        self.likeness_from(a, b, ear, 0.0)
    }

    /// The same, and 0 for what is less than `least`, which is found out sooner.
    pub(crate) fn likeness_from(&mut self, a: &Spelling, b: &Spelling, ear: Ear, least: f32) -> f32 {
        if a.length == 0 || b.length == 0 {
            return 0.0;
        }
        let all = whole(a.length.max(b.length));
        let cost = self.distance::<false>(a, b, ear, (all * (1.0 - least)) as u16);
        let likeness = 1.0 - f32::from(cost) / all;
        if likeness >= least { likeness.max(0.0) } else { 0.0 }
    }

    /// How much of the shorter spelling stands somewhere in the longer, 0 to 1.
    pub(crate) fn inside(&mut self, a: &Spelling, b: &Spelling, ear: Ear) -> f32 {
        let (longer, shorter) = if a.length >= b.length { (a, b) } else { (b, a) };
        if shorter.length == 0 {
            return 0.0;
        }
        let cost = self.distance::<true>(longer, shorter, ear, u16::MAX);
        (1.0 - f32::from(cost) / whole(shorter.length)).max(0.0)
    }
}

/// Cost of a whole spelling of so many letters.
fn whole(length: usize) -> f32 {
    length as f32 * 100.0 + 30.0
}

/// Cost if two letters of one side stand for one of the other here.
fn stands_for(a: &Spelling, b: &Spelling, (i, j): (usize, usize), above2: &[u32], above: &[u32]) -> u32 {
    let (x, y) = (a.codes[i], b.codes[j]);
    let (gx, gy) = (a.groups[i], b.groups[j]);
    let mut cost = u32::MAX;
    if gx != 0 && gx == y && i > 0 {
        cost = above2[j] + u32::from(GROUP);
    }
    if gy != 0 && gy == x && j > 0 {
        cost = cost.min(above[j - 1] + u32::from(GROUP));
    }
    cost
}

/// The least that edits between a spelling and others can cost, told from which letters they hold alone: what cannot be like
/// enough by that need not be aligned.
#[derive(Debug)]
pub(crate) struct Floor {
    letters: Vec<Letter>,
    length: usize,
    made: u64,
    making: u64,
}

/// A letter of the spelling.
#[derive(Debug)]
struct Letter {
    code: Code,
    count: u8,
    /// The least that leaving one out costs.
    gap: u16,
    /// Letters that may stand in its place by what that costs, the cheapest first; others cost a plain edit.
    instead: [(u64, u16); COSTS],
}

/// Different costs that letters have in the place of one, and more.
const COSTS: usize = 6;

impl Floor {
    pub(crate) fn of(spelling: &Spelling, ear: Ear) -> Self {
        let counts = spelling.counts();
        let held = (0..CODES as Code).filter(|code| counts[usize::from(*code)] > 0);
        let letter = |code: Code| {
            let places = spelling.codes().iter().enumerate().filter(|(_, here)| **here == code);
            let gaps = places.map(|(at, _)| gap(spelling.codes(), at, ear));
            let mut instead: Vec<(u64, u16)> = Vec::new();
            for (other, cost) in ear.costs()[usize::from(code) % CODES].iter().enumerate() {
                if other == usize::from(code) || *cost >= PLAIN {
                    continue;
                }
                match instead.iter_mut().find(|(_, known)| known == cost) {
                    Some((letters, _)) => *letters |= 1 << other,
                    None => instead.push((1 << other, *cost)),
                }
            }
            instead.sort_unstable_by_key(|(_, cost)| *cost);
            // Were there more, the last would count for less than it costs.
            while let [.., (letters, cost), (more, _)] = instead.as_slice()
                && instead.len() > COSTS
            {
                let merged = (letters | more, *cost);
                instead.truncate(instead.len() - 2);
                instead.push(merged);
            }
            instead.resize(COSTS, (0, PLAIN));
            Letter {
                code,
                count: counts[usize::from(code)],
                gap: gaps.min().unwrap_or(PLAIN),
                instead: instead.try_into().unwrap_or([(u64::MAX, 0); COSTS]),
            }
        };
        Self {
            letters: held.map(letter).collect(),
            length: spelling.length,
            made: spelling.made,
            making: spelling.making,
        }
    }

    /// What the letters that the other spelling does not have cost at least, where one that two of the other stand for costs
    /// `doubled`.
    fn missing(&self, other: &Spelling, counts: &Counts, doubled: u16) -> u16 {
        // Two letters for one are an edit between them.
        let halved = if self.made & other.held == 0 { 0 } else { self.making };
        let mut sum = 0;
        for letter in &self.letters {
            let missing = letter.count.saturating_sub(counts[usize::from(letter.code) % CODES]);
            if missing == 0 {
                continue;
            }
            let instead = letter.instead.iter().find(|(letters, _)| letters & other.held != 0);
            let mut cost = instead.map_or(PLAIN, |(_, cost)| *cost).min(letter.gap);
            if other.made >> letter.code & 1 == 1 {
                cost = cost.min(doubled);
            }
            if halved >> letter.code & 1 == 1 {
                cost = cost.min(GROUP / 2);
            }
            sum += u16::from(missing) * cost;
        }
        sum
    }

    /// No less than [`Rows::likeness`] of the two.
    pub(crate) fn likeness(&self, other: &Spelling, counts: &Counts) -> f32 {
        // A longer spelling has that many letters more, each left out or, with a neighbour, taken for one, which is counted here.
        let more = other.length.saturating_sub(self.length) as u16;
        let doubled = if more == 0 { GROUP } else { 0 };
        let cost = self.missing(other, counts, doubled) + more * GROUP.min(REPEATED);
        (1.0 - f32::from(cost) / whole(self.length.max(other.length))).max(0.0)
    }

    /// No less than [`Rows::inside`] of the two.
    pub(crate) fn inside(&self, other: &Spelling, counts: &Counts) -> f32 {
        // Of two of the same length the other is the one that is looked for.
        if self.length >= other.length {
            return 1.0;
        }
        (1.0 - f32::from(self.missing(other, counts, GROUP)) / whole(self.length)).max(0.0)
    }
}

/// Three neighbouring codes as one number; 0 stands before the first letter and after the last.
pub(crate) fn triples(codes: &[Code]) -> impl Iterator<Item = u32> + '_ {
    let following = codes.iter().skip(1).copied().chain(std::iter::once(0));
    let mut before = 0;
    codes.iter().zip(following).map(move |(here, next)| {
        let triple = before << 12 | u32::from(*here) << 6 | u32::from(next);
        before = u32::from(*here);
        triple
    })
}

/// Codes that sound nearly the same folded together: vowels, and consonants made in one place.
pub(crate) fn folded(codes: &[Code]) -> Vec<Code> {
    let mut folded = vec![0; codes.len()];
    let length = fold(codes, &SOUNDS, &mut folded).len();
    folded.truncate(length);
    folded
}

/// Codes drawn nearly alike folded together, and what is repeated once, written into a place of the same length at least: `abibas` and
/// `addidas` are the same.
pub(crate) fn drawn<'a>(codes: &[Code], into: &'a mut [Code]) -> &'a [Code] {
    fold(codes, &DRAWINGS, into)
}

fn fold<'a>(codes: &[Code], folds: &[Code; CODES], into: &'a mut [Code]) -> &'a [Code] {
    let mut length = 0;
    let mut before = None;
    for code in codes {
        let class = folds.get(usize::from(*code)).copied().unwrap_or(*code);
        if before != Some(class)
            && let Some(place) = into.get_mut(length)
        {
            *place = class;
            length += 1;
            before = Some(class);
        }
    }
    into.get(..length).unwrap_or_default()
}

static SOUNDS: LazyLock<[Code; CODES]> = LazyLock::new(|| {
    let mut folds = classes(&["aeiouy1", "bp8", "dt", "cgkq", "szxj52", "fvw", "mn", "lr", "0o"]);
    folds[usize::from(code('o'))] = code('a');
    folds[usize::from(code('0'))] = code('a');
    folds
});

/// The near shapes of letters, small or capital, parted where they would run into each other.
static DRAWINGS: LazyLock<[Code; CODES]> =
    LazyLock::new(|| classes(&["bdpq", "oc0ea", "mnuh", "vyw", "il1j", "s5", "z2"]));

/// Each code of a class as the first of it, any other as itself.
fn classes(classes: &[&str]) -> [Code; CODES] {
    let mut folds = std::array::from_fn(|at| at as Code);
    for class in classes {
        let mut members = class.chars().map(code);
        if let Some(first) = members.next() {
            for member in members {
                folds[usize::from(member) % CODES] = first;
            }
        }
    }
    folds
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    #[test]
    fn drawings_hide_what_looks_alike_and_is_repeated() {
        let drawn = |name: &str| {
            let codes: Vec<Code> = name.chars().map(code).collect();
            drawn(&codes, &mut [0; 16]).to_vec()
        };
        assert_eq!(drawn("abibas"), drawn("addidas"));
        assert_eq!(drawn("n1ke"), drawn("nlke"));
        assert_ne!(drawn("puma"), drawn("tuma"));
        assert!(drawn("").is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_floor_is_no_less_than_the_likeness(a in "[a-fhiklmnoprsuvwx012]{1,9}", b in "[a-fhiklmnoprsuvwx012]{1,9}") {
            let mut rows = Rows::default();
            let (a, b) = (spelling(&a), spelling(&b));
            for ear in [Ear::Spelled, Ear::Carried] {
                let floor = Floor::of(&a, ear);
                let counts = b.counts();
                prop_assert!(floor.likeness(&b, &counts) >= rows.likeness(&a, &b, ear));
                prop_assert!(floor.inside(&b, &counts) >= rows.inside(&a, &b, ear));
            }
        }
    }
}
