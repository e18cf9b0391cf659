//! Spelling: letters that look or sound alike, an edit distance that knows them, and the keys derived from them.

use std::{collections::BTreeSet, ops::Range, sync::LazyLock};

use crate::spelling::{CODES, Code, code};

/// Cost of one plain insertion, deletion or substitution.
const PLAIN: f64 = 1.0;
/// The beginning of a word is what people read and say first: an edit there weighs this much more.
const FIRST_LETTER: f64 = 1.3;
const REPEATED: f64 = 0.4;
const TRANSPOSED: f64 = 0.7;
const VOWEL: f64 = 0.6;

/// Characters that are taken for each other in most typefaces.
const SAME_SHAPE: [(char, char); 7] = [
    ('0', 'o'),
    ('1', 'i'),
    ('1', 'l'),
    ('i', 'l'),
    ('2', 'z'),
    ('5', 's'),
    ('8', 'b'),
];
/// Characters of nearly the same outline, small or capital: mirrored, turned or one stroke apart.
const NEAR_SHAPE: [(char, char); 18] = [
    ('a', 'o'),
    ('b', 'd'),
    ('b', 'p'),
    ('c', 'e'),
    ('c', 'o'),
    ('d', 'q'),
    ('e', '3'),
    ('e', 'f'),
    ('a', '4'),
    ('h', 'n'),
    ('i', 'j'),
    ('m', 'n'),
    ('n', 'u'),
    ('o', 'q'),
    ('p', 'q'),
    ('p', 'r'),
    ('u', 'v'),
    ('v', 'y'),
];
/// Groups of letters drawn like another one.
pub(crate) const SHAPE_GROUPS: [(&str, &str); 4] = [("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m")];
/// Letters that are often the same sound.
const NEAR_SOUND: [(char, char); 12] = [
    ('c', 'k'),
    ('c', 's'),
    ('d', 't'),
    ('f', 'v'),
    ('g', 'j'),
    ('g', 'k'),
    ('i', 'y'),
    ('k', 'q'),
    ('s', 'x'),
    ('s', 'z'),
    ('v', 'w'),
    ('x', 'z'),
];
/// Groups of letters that sound like another letter or group.
pub(crate) const SOUND_GROUPS: [(&str, &str); 8] = [
    ("ph", "f"),
    ("ck", "k"),
    ("ks", "x"),
    ("cs", "x"),
    ("ee", "i"),
    ("oo", "u"),
    ("ou", "u"),
    ("ai", "i"),
];

/// What an alignment found: the cost, and what it is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alignment {
    /// Weighted cost of all edits; 0 for the same spelling.
    pub cost: f64,
    /// Edits that no likeness of shape explains.
    pub edits: u32,
    /// Pairs that look alike, in the form `0/o`, `rn/m`: the digit first, else in alphabetical order.
    pub look_alikes: BTreeSet<String>,
    /// Where each pair that looks alike stands in both spellings, from the end to the beginning.
    pub pieces: Vec<(Range<usize>, Range<usize>, String)>,
    /// The spellings from beginning to end, in runs of letters that are the same, look alike, or are neither.
    pub runs: Vec<Run>,
}

/// Letters that answer each other in two spellings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Place in the one spelling; empty where it lacks them.
    pub a: Range<usize>,
    /// Place in the other.
    pub b: Range<usize>,
    /// How they are alike.
    pub kind: RunKind,
}

/// How letters that answer each other are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunKind {
    /// The same letters.
    Kept,
    /// Letters that look alike, as [`Alignment::look_alikes`] names them.
    LookAlike(String),
    /// Others.
    Edited,
}

#[derive(Clone, Copy)]
enum Step {
    Start,
    Kept,
    Edit { a: usize, b: usize },
    LookAlike { a: usize, b: usize },
}

impl Step {
    /// How many letters of each side the step takes.
    fn lengths(self) -> (usize, usize) {
        match self {
            Self::Start => (0, 0),
            Self::Kept => (1, 1),
            Self::Edit { a, b } | Self::LookAlike { a, b } => (a, b),
        }
    }
}

#[derive(Clone, Copy)]
struct Cell {
    cost: f64,
    step: Step,
}

/// Table of the cheapest way to each pair of prefixes, row by row.
struct Table<'a> {
    a: &'a [char],
    b: &'a [char],
    cells: Vec<Cell>,
}

impl<'a> Table<'a> {
    fn fill(a: &'a [char], b: &'a [char]) -> Self {
        let mut table = Self {
            a,
            b,
            cells: Vec::with_capacity((a.len() + 1) * (b.len() + 1)),
        };
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                let cell = table.cheapest(i, j);
                table.cells.push(cell);
            }
        }
        table
    }

    fn cell(&self, i: usize, j: usize) -> Cell {
        // Only filled cells are asked for; an absent one is simply never the cheapest.
        self.cells.get(i * (self.b.len() + 1) + j).copied().unwrap_or(Cell {
            cost: f64::INFINITY,
            step: Step::Start,
        })
    }

    fn cheapest(&self, i: usize, j: usize) -> Cell {
        if i == 0 && j == 0 {
            return Cell {
                cost: 0.0,
                step: Step::Start,
            };
        }
        let mut best = Cell {
            cost: f64::INFINITY,
            step: Step::Start,
        };
        let mut offer = |taken_a: usize, taken_b: usize, cost: f64, step: Step| {
            let first = i == taken_a && j == taken_b;
            let cost = self.cell(i - taken_a, j - taken_b).cost + if first { cost * FIRST_LETTER } else { cost };
            if cost < best.cost {
                best = Cell { cost, step };
            }
        };
        if i > 0 && j > 0 {
            let (x, y) = (self.a[i - 1], self.b[j - 1]);
            if x == y {
                offer(1, 1, 0.0, Step::Kept);
            } else if let Some(cost) = shape_cost(x, y) {
                offer(1, 1, cost, Step::LookAlike { a: 1, b: 1 });
            } else {
                offer(1, 1, substitution_cost(x, y), Step::Edit { a: 1, b: 1 });
            }
        }
        if i > 0 {
            offer(1, 0, gap_cost(self.a, i - 1), Step::Edit { a: 1, b: 0 });
        }
        if j > 0 {
            offer(0, 1, gap_cost(self.b, j - 1), Step::Edit { a: 0, b: 1 });
        }
        let (head_a, head_b) = (&self.a[..i], &self.b[..j]);
        if let ([.., p, q], [.., r, s]) = (head_a, head_b)
            && p == s
            && q == r
        {
            offer(2, 2, TRANSPOSED, Step::Edit { a: 2, b: 2 });
        }
        for (group, single) in SHAPE_GROUPS {
            if let Some((a, b)) = group_at(head_a, head_b, group, single) {
                offer(a, b, 0.2, Step::LookAlike { a, b });
            }
        }
        for (group, single) in SOUND_GROUPS {
            if let Some((a, b)) = group_at(head_a, head_b, group, single) {
                offer(a, b, 0.4, Step::Edit { a, b });
            }
        }
        best
    }

    fn alignment(&self) -> Alignment {
        let (mut i, mut j) = (self.a.len(), self.b.len());
        let mut found = Alignment {
            cost: self.cell(i, j).cost,
            ..Alignment::default()
        };
        while i > 0 || j > 0 {
            let step = self.cell(i, j).step;
            let (a, b) = step.lengths();
            match step {
                Step::Start => break,
                Step::Kept => found.run(i - a..i, j - b..j, RunKind::Kept),
                Step::Edit { .. } => {
                    found.edits += 1;
                    found.run(i - a..i, j - b..j, RunKind::Edited);
                }
                Step::LookAlike { .. } => {
                    let x: String = self.a[i - a..i].iter().collect();
                    let y: String = self.b[j - b..j].iter().collect();
                    let pair = pair_name(&x, &y);
                    found.pieces.push((i - a..i, j - b..j, pair.clone()));
                    found.run(i - a..i, j - b..j, RunKind::LookAlike(pair.clone()));
                    found.look_alikes.insert(pair);
                }
            }
            i -= a;
            j -= b;
        }
        found.runs.reverse();
        found
    }
}

impl Alignment {
    /// Adds what stands before the runs found so far.
    fn run(&mut self, a: Range<usize>, b: Range<usize>, kind: RunKind) {
        match self.runs.last_mut() {
            Some(after) if after.kind == kind && !matches!(kind, RunKind::LookAlike(_)) => {
                after.a.start = a.start;
                after.b.start = b.start;
            }
            _ => self.runs.push(Run { a, b, kind }),
        }
    }
}

/// `0/o`, `b/d`, `rn/m`: longer side first, else in order of code.
fn pair_name(x: &str, y: &str) -> String {
    if (y.len(), x) > (x.len(), y) {
        format!("{y}/{x}")
    } else {
        format!("{x}/{y}")
    }
}

/// Letters taken of each side if one head ends in the group and the other in its counterpart.
fn group_at(head_a: &[char], head_b: &[char], group: &str, single: &str) -> Option<(usize, usize)> {
    let ends = |head: &[char], tail: &str| {
        let mut letters = head.iter().rev();
        tail.chars().rev().all(|c| letters.next() == Some(&c))
    };
    let (long, short) = (group.len(), single.len());
    if ends(head_a, group) && ends(head_b, single) {
        Some((long, short))
    } else if ends(head_a, single) && ends(head_b, group) {
        Some((short, long))
    } else {
        None
    }
}

fn listed(pairs: &[(char, char)], x: char, y: char) -> bool {
    pairs.iter().any(|&(a, b)| (a, b) == (x, y) || (a, b) == (y, x))
}

fn shape_cost(x: char, y: char) -> Option<f64> {
    if listed(&SAME_SHAPE, x, y) {
        Some(0.2)
    } else if listed(&NEAR_SHAPE, x, y) {
        Some(0.5)
    } else {
        None
    }
}

fn substitution_cost(x: char, y: char) -> f64 {
    if listed(&NEAR_SOUND, x, y) {
        0.5
    } else if is_vowel(x) && is_vowel(y) {
        VOWEL
    } else {
        PLAIN
    }
}

/// Cost of one letter in place of another, from 0 to 1, by look and by sound.
pub(crate) fn substitution(x: char, y: char) -> f64 {
    if x == y {
        return 0.0;
    }
    shape_cost(x, y).unwrap_or(PLAIN).min(substitution_cost(x, y))
}

/// Sets of letters that a name keeps to when it is carried into Chinese sounds, and what a change within one costs.
const CARRIED: [(&str, f64); 9] = [
    ("aeiouy", 0.3),
    ("bp", 0.2),
    ("dt", 0.2),
    ("gkqcx", 0.25),
    ("jqxczs", 0.3),
    ("lr", 0.2),
    ("fvw", 0.3),
    ("mn", 0.5),
    ("fh", 0.5),
];

/// Cost of one letter of a spelling against one of the pinyin that stands for it, from 0 to 1.
pub(crate) fn carried(x: char, y: char) -> f64 {
    if x == y {
        return 0.0;
    }
    let within = CARRIED.iter().filter(|(set, _)| set.contains(x) && set.contains(y));
    within.map(|(_, cost)| *cost).fold(PLAIN, f64::min)
}

/// A letter that only repeats its neighbour is hardly noticed.
fn gap_cost(letters: &[char], at: usize) -> f64 {
    let here = letters.get(at);
    let before = at.checked_sub(1).and_then(|i| letters.get(i));
    if here == before || here == letters.get(at + 1) {
        REPEATED
    } else {
        PLAIN
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// Aligns two spellings at the least weighted cost. Symmetric in cost; work grows with the product of the lengths.
pub fn align(a: &[char], b: &[char]) -> Alignment {
    Table::fill(a, b).alignment()
}

/// Likeness of two spellings from 0 to 1: 1 less the weighted cost over the longer length. Two empty ones are alike.
pub fn ratio(a: &[char], b: &[char]) -> f64 {
    let longest = a.len().max(b.len());
    if longest == 0 {
        return 1.0;
    }
    let table = Table::fill(a, b);
    let cost = table.cell(a.len(), b.len()).cost;
    (1.0 - cost / (longest as f64 - 1.0 + FIRST_LETTER)).clamp(0.0, 1.0)
}

/// Folds what looks the same to one letter: `nlke`, `n1ke` and `nike` share a key, and `rnars` and `mars` do.
pub fn shape_key(form: &str) -> String {
    let mut key = String::with_capacity(form.len());
    let mut letters = form.chars().peekable();
    while let Some(c) = letters.next() {
        let folded = match (c, letters.peek()) {
            ('r', Some('n')) => Some('m'),
            ('v', Some('v')) => Some('w'),
            _ => None,
        };
        if let Some(folded) = folded {
            letters.next();
            key.push(folded);
            continue;
        }
        key.push(match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '2' => 'z',
            '5' => 's',
            '8' => 'b',
            other => other,
        });
    }
    key
}

/// Consonant classes in order, without vowels: what remains when a name is carried into another writing. `nike` and
/// `naike` share `nk`, `adidas` and `adidasi` share `tts`.
pub fn skeleton(form: &str) -> String {
    let codes: Vec<Code> = form.chars().map(code).collect();
    consonants(&codes)
        .into_iter()
        .map(|code| char::from(b'a' + code - 1))
        .collect()
}

/// [`skeleton`] on codes.
pub(crate) fn consonants(codes: &[Code]) -> Vec<Code> {
    classes(codes).collect()
}

/// Whether the consonants of some codes are these.
pub(crate) fn has_consonants(codes: &[Code], these: &[Code]) -> bool {
    classes(codes).eq(these.iter().copied())
}

/// The first consonant.
pub(crate) fn first_consonant(codes: &[Code]) -> Option<Code> {
    classes(codes).next()
}

fn classes(codes: &[Code]) -> impl Iterator<Item = Code> + '_ {
    // Class of the letter just before, if that was a consonant: `ck`, `ll` and `sch` are one sound.
    let mut before = 0;
    codes.iter().enumerate().filter_map(move |(at, here)| {
        let class = consonant_class(*here, codes.get(at + 1).copied().unwrap_or(0), before);
        let heard = class != 0 && before != class;
        before = class;
        heard.then_some(class)
    })
}

const fn letter(c: u8) -> Code {
    c - b'a' + 1
}

/// Class of a consonant, as the code of one of it; 0 for what is none.
fn consonant_class(here: Code, next: Code, before: Code) -> Code {
    let front = |code: Code| [letter(b'e'), letter(b'i'), letter(b'y'), letter(b'h')].contains(&code);
    let vowel = |code: Code| [b'a', b'e', b'i', b'o', b'u', b'y'].iter().any(|v| letter(*v) == code);
    let Some(plain) = here.checked_sub(1).filter(|at| *at < 26).map(|at| b'a' + at) else {
        return 0;
    };
    let class = match plain {
        b'p' if next == letter(b'h') => b'f',
        b'b' | b'p' => b'p',
        b'd' | b't' => b't',
        b'c' if front(next) => b's',
        // The tail of -ng is no sound of its own.
        b'g' if before == letter(b'n') && !vowel(next) => return 0,
        b'c' | b'g' | b'k' | b'q' => b'k',
        b's' | b'z' | b'x' | b'j' => b's',
        b'f' | b'v' => b'f',
        b'l' | b'r' => b'l',
        b'm' => b'm',
        b'n' => b'n',
        _ => return 0,
    };
    letter(class)
}

/// Codes that look like a code.
pub(crate) fn shape_partners(of: Code) -> &'static [Code] {
    PARTNERS.get(usize::from(of)).map(Vec::as_slice).unwrap_or_default()
}

static PARTNERS: LazyLock<Vec<Vec<Code>>> = LazyLock::new(|| {
    let mut partners = vec![Vec::new(); CODES];
    for (a, b) in SAME_SHAPE.iter().chain(&NEAR_SHAPE) {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(list) = partners.get_mut(usize::from(code(*from))) {
                list.push(code(*to));
            }
        }
    }
    partners
});

/// The form without immediate repetitions: `娃娃哈`, `娃哈哈` and `娃哈` share a key.
pub fn undoubled(form: &[char]) -> Vec<char> {
    let mut key = form.to_vec();
    key.dedup();
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    fn aligned(a: &str, b: &str) -> Alignment {
        align(&chars(a), &chars(b))
    }

    fn alike(a: &str, b: &str) -> f64 {
        ratio(&chars(a), &chars(b))
    }

    #[test]
    fn look_alikes_are_cheap_and_named() {
        for (a, b, pair) in [
            ("g00gle", "google", "0/o"),
            ("nlke", "nike", "i/l"),
            ("n1ke", "nike", "1/i"),
            ("rnars", "mars", "rn/m"),
            ("vvalmart", "walmart", "vv/w"),
            ("abibas", "adidas", "b/d"),
        ] {
            let found = aligned(a, b);
            assert_eq!(found.edits, 0, "{a} {b}");
            assert!(found.look_alikes.contains(pair), "{a} {b}: {:?}", found.look_alikes);
            assert_eq!(aligned(b, a).look_alikes, found.look_alikes, "{b} {a}");
        }
        assert!(alike("nlke", "nike") > alike("nuke", "nike"));
    }

    #[test]
    fn edits_are_counted_and_the_first_letter_weighs_more() {
        assert_eq!(aligned("guccy", "gucci").edits, 1);
        assert_eq!(aligned("pmua", "puma").edits, 1);
        assert!(alike("kuma", "puma") < alike("pumo", "puma"));
        assert!((alike("puma", "puma") - 1.0).abs() < f64::EPSILON);
        assert!((alike("", "puma")).abs() < 0.3);
    }

    #[test]
    fn keys_fold_what_they_promise() {
        assert_eq!(shape_key("nlke"), shape_key("n1ke"));
        assert_eq!(shape_key("nlke"), shape_key("nike"));
        assert_eq!(shape_key("rnars"), shape_key("mars"));
        assert_eq!(skeleton("nike"), "nk");
        assert_eq!(skeleton("naike"), "nk");
        assert_eq!(skeleton("adidas"), skeleton("adidasi"));
        assert_eq!(skeleton("kang"), "kn");
        assert_eq!(undoubled(&chars("娃娃哈")), undoubled(&chars("娃哈哈")));
    }
}
