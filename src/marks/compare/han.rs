//! Names read character by character: alike in shape or sound, in place or out of it, whole or as a part.

use rustc_hash::FxHashMap;

use super::{RESPECTS, weights::Least};
use crate::{
    letters::substitution,
    signature::View,
    sound::{same_tone, sound_likeness},
    statistics::Statistics,
    tables::{shape_likeness, shared_components},
};

/// Characters of a name that are compared; a longer one is told by its beginning.
const COMPARED: usize = 24;
/// A clearly different first character tells marks apart where a later one does not, so it weighs this much more.
const FIRST: f32 = 1.25;
/// What a character weighs as part of a generic word.
const GENERIC: f32 = 0.35;
/// Characters that share fewer of their components are not taken for each other.
pub(crate) const LEAST_SHARED: f32 = 0.6;
/// How alike two characters look that share all components.
pub(crate) const SHARED: f32 = 0.8;
/// Letters and digits in a Han name are small beside the characters.
const LETTER: f32 = 0.5;

/// The characters of a query, and how like them those of other names are.
pub(super) struct Characters {
    units: Vec<char>,
    weights: Vec<f32>,
    /// Sum of the weights.
    weight: f32,
    undoubled: Vec<char>,
    /// What each unit stands for in the pattern of the name's repetitions.
    pattern: Pattern,
    /// Row of each character met so far in `alike`, which has a column for each unit of the query.
    met: FxHashMap<char, usize>,
    alike: Vec<Alike>,
}

/// In what two characters are alike, each from 0 to 1: in either, the same, in sound, in look.
type Alike = [f32; 4];
const EITHER: usize = 0;
const SAME: usize = 1;
const SOUND: usize = 2;
const LOOK: usize = 3;

/// Place of the first unit like each unit: 0, 1, 0 for 奥利奥.
type Pattern = [u8; COMPARED];

fn pattern(units: &[char]) -> Pattern {
    let mut pattern = [0; COMPARED];
    for (at, place) in pattern.iter_mut().enumerate().take(units.len()) {
        let first = units.iter().position(|unit| *unit == units[at]);
        *place = first.unwrap_or(at) as u8;
    }
    pattern
}

/// Whether some unit comes back.
fn repeats(pattern: &Pattern, length: usize) -> bool {
    pattern
        .iter()
        .enumerate()
        .take(length)
        .any(|(at, first)| usize::from(*first) != at)
}

/// How like each other two characters are, 0 to 1: by shape, by sound, and more by both.
pub(crate) fn likeness(a: char, b: char) -> f32 {
    alike(a, b)[EITHER]
}

/// All that makes two characters alike.
fn alike(a: char, b: char) -> Alike {
    if a == b {
        return [1.0; 4];
    }
    let sound = sound_likeness(a, b);
    let looks = looks(a, b);
    let either = if a.is_ascii() || b.is_ascii() {
        0.6 * (1.0 - substitution(a, b) as f32)
    } else {
        let seen = (1.1 * looks - 0.15).clamp(0.0, 1.0);
        let heard = 0.75 * sound * sound;
        1.0 - (1.0 - seen) * (1.0 - heard)
    };
    [either, 0.0, sound * sound, looks]
}

/// How alike two characters look: as their drawings do, or, if they are no neighbours, by the components that they share.
pub(crate) fn looks(a: char, b: char) -> f32 {
    let shape = shape_likeness(a, b);
    if shape > 0.0 {
        return shape;
    }
    let share = shared_components(a, b);
    if share >= LEAST_SHARED { SHARED * share } else { 0.0 }
}

/// What the character at a place of a name weighs: less where many names have it, for the generic words of the name (烤肉 of
/// 百度烤肉), and for letters; more at the beginning.
fn weight(at: usize, c: char, generic: u64, statistics: &Statistics) -> f32 {
    let own = if c.is_ascii() { LETTER } else { statistics.character(c) };
    let own = if generic >> at & 1 == 1 { own * GENERIC } else { own };
    if at == 0 { own * FIRST } else { own }
}

fn undoubled(units: &[char]) -> Vec<char> {
    let mut once = units.to_vec();
    once.dedup();
    once
}

impl Characters {
    pub(super) fn new(name: &View, statistics: &Statistics) -> Self {
        let units: Vec<char> = name.units().iter().copied().take(COMPARED).collect();
        let weights: Vec<f32> = units
            .iter()
            .enumerate()
            .map(|(at, c)| weight(at, *c, name.generic, statistics))
            .collect();
        Self {
            weight: weights.iter().sum(),
            weights,
            undoubled: undoubled(&units),
            pattern: pattern(&units),
            met: FxHashMap::default(),
            alike: Vec::new(),
            units,
        }
    }

    /// Row of a character's likenesses.
    fn row(&mut self, c: char) -> usize {
        if let Some(row) = self.met.get(&c) {
            return *row;
        }
        let row = self.alike.len();
        self.alike.extend(self.units.iter().map(|unit| alike(*unit, c)));
        self.met.insert(c, row);
        row
    }

    /// Measures a name: 0 aligned, 1 in any order, 2 the name's share found in the query in one piece, 3 the query's in
    /// the name, 4 extent, 5 first characters, 6 last characters, 7 doubled, 8 aligned by the same characters, 9 the whole
    /// mark contained, 13 aligned by sound alone, 14 by look alone, 16 repeated in the same places, 17 the share of syllables of
    /// the same tone in the same place. False, and the measures then no less than they are, once the name is known to come to less
    /// than `least`.
    pub(super) fn measure(
        &mut self,
        name: &View,
        statistics: &Statistics,
        values: &mut [f32; RESPECTS],
        least: &Least,
    ) -> bool {
        let units = name.units();
        let units = units.get(..COMPARED).unwrap_or(units);
        let (n, m) = (self.units.len(), units.len());
        if n == 0 || m == 0 {
            return least.reached(values);
        }
        let mut rows = [0_usize; COMPARED];
        let mut theirs = [0.0_f32; COMPARED];
        for (at, c) in units.iter().enumerate() {
            rows[at] = self.row(*c);
            theirs[at] = weight(at, *c, name.generic, statistics);
        }
        let mut columns: [&[Alike]; COMPARED] = [&[]; COMPARED];
        for (column, row) in columns.iter_mut().zip(rows.iter().take(m)) {
            *column = self.alike.get(*row..row + n).unwrap_or_default();
        }
        let table = Table {
            columns: &columns[..m],
            ours: &self.weights,
            theirs: &theirs[..m],
            weight: self.weight,
            their_weight: theirs[..m].iter().sum(),
        };
        values[4] = n.min(m) as f32 / n.max(m) as f32;
        values[5] = table.at(0, 0);
        values[6] = table.at(n - 1, m - 1);
        values[7] = f32::from(u8::from(n != m && self.undoubled.iter().eq(undoubled_of(units))));
        values[12] = f32::from(u8::from(n == m));
        if n == m {
            let same = repeats(&self.pattern, n) && pattern(units) == self.pattern;
            values[16] = f32::from(u8::from(same));
            let toned = self.units.iter().zip(units).filter(|(a, b)| same_tone(**a, **b));
            values[17] = toned.count() as f32 / n as f32;
        }

        // In any order every character has its nearest counterpart, so no order gives more.
        let bag = table.bag();
        values[1] = bag.either;
        values[11] = values[1] * values[1];
        let most = table.over_the_weightier(bag.sums);
        values[0] = most[EITHER];
        values[10] = values[0] * values[0];
        values[8] = most[SAME];
        (values[13], values[14]) = (most[SOUND], most[LOOK]);
        (values[2], values[3]) = (bag.theirs / table.their_weight, bag.ours / table.weight);
        values[9] = f32::from(u8::from(values[2] > 0.99 && n > m));
        if !least.reached(values) {
            return false;
        }

        let aligned = table.aligned();
        values[0] = aligned[EITHER];
        values[10] = values[0] * values[0];
        values[8] = aligned[SAME];
        (values[13], values[14]) = (aligned[SOUND], aligned[LOOK]);
        if !least.reached(values) {
            return false;
        }
        (values[2], values[3]) = table.pieces();
        values[9] = f32::from(u8::from(values[2] > 0.995 && n > m));
        true
    }
}

/// A name without immediate repetition, without allocation.
fn undoubled_of(units: &[char]) -> impl Iterator<Item = &char> {
    units
        .iter()
        .enumerate()
        .filter(|(at, c)| at.checked_sub(1).and_then(|before| units.get(before)) != Some(c))
        .map(|(_, c)| c)
}

/// The greater in each way. Written so that four are compared at once.
fn greater(a: Alike, b: Alike) -> Alike {
    std::array::from_fn(|way| if a[way] > b[way] { a[way] } else { b[way] })
}

/// A sum in each way.
fn plus(sum: Alike, alike: Alike, weight: f32) -> Alike {
    std::array::from_fn(|way| sum[way] + alike[way] * weight)
}

/// Likenesses of a query's characters to each character of a name, with the weights of both.
struct Table<'a> {
    columns: &'a [&'a [Alike]],
    ours: &'a [f32],
    theirs: &'a [f32],
    weight: f32,
    their_weight: f32,
}

/// Characters beside their nearest counterparts, wherever those stand.
struct Bag {
    /// Likeness, over the weight of all.
    either: f32,
    /// Likeness in each way, by weight, of all characters.
    sums: Alike,
    /// Of the query's and of the name's.
    ours: f32,
    theirs: f32,
}

impl Table<'_> {
    fn at(&self, i: usize, j: usize) -> f32 {
        self.columns
            .get(j)
            .and_then(|column| column.get(i))
            .map_or(0.0, |alike| alike[EITHER])
    }

    /// Over the weightier name: a name that lacks a character is no nearer than one that has another in its place.
    fn over_the_weightier(&self, sums: Alike) -> Alike {
        sums.map(|sum| sum / (2.0 * self.weight.max(self.their_weight)))
    }

    /// Best order-keeping alignments: likeness of the characters paired, over the weight of all. One for each way to be alike,
    /// side by side.
    fn aligned(&self) -> Alike {
        let mut best = [Alike::default(); COMPARED + 1];
        for (column, theirs) in self.columns.iter().zip(self.theirs) {
            let mut corner = Alike::default();
            let mut before = Alike::default();
            for ((alike, ours), place) in column.iter().zip(self.ours).zip(&mut best[1..]) {
                let above = *place;
                let paired = plus(corner, *alike, ours + theirs);
                before = greater(greater(before, above), paired);
                corner = above;
                *place = before;
            }
        }
        self.over_the_weightier(best[self.ours.len()])
    }

    /// Likeness of every character to its nearest counterpart, wherever it stands.
    fn bag(&self) -> Bag {
        let mut nearest = [Alike::default(); COMPARED];
        let mut of_theirs = [0.0_f32; COMPARED];
        let mut sums = Alike::default();
        for ((column, weight), of_theirs) in self.columns.iter().zip(self.theirs).zip(&mut of_theirs) {
            let mut best = Alike::default();
            for (alike, ours) in column.iter().zip(&mut nearest) {
                best = greater(best, *alike);
                *ours = greater(*ours, *alike);
            }
            *of_theirs = weight * best[EITHER];
            sums = plus(sums, best, *weight);
        }
        let mut sum = 0.0;
        for (best, weight) in nearest.iter().zip(self.ours) {
            sum += weight * best[EITHER];
            sums = plus(sums, *best, *weight);
        }
        let theirs = of_theirs.iter().take(self.theirs.len()).sum::<f32>();
        Bag {
            either: (sum + theirs) / (self.weight + self.their_weight),
            sums,
            ours: sum,
            theirs,
        }
    }

    /// The name's share that stands in the query without a gap, and the query's that stands in the name.
    fn pieces(&self) -> (f32, f32) {
        let (n, m) = (self.ours.len(), self.theirs.len());
        let (mut name, mut query) = (0.0_f32, 0.0_f32);
        // Each place of the query beside the first of the name, then each of the name beside the first of the query.
        for (from_ours, from_theirs) in (0..n).rev().map(|at| (at, 0)).chain((1..m).map(|at| (0, at))) {
            let (mut of_name, mut of_query) = (0.0, 0.0);
            let ours = self.ours.iter().enumerate().skip(from_ours);
            let theirs = self.columns.iter().zip(self.theirs).skip(from_theirs);
            for ((at, ours), (column, theirs)) in ours.zip(theirs) {
                let alike = column.get(at).map_or(0.0, |alike| alike[EITHER]);
                of_name += alike * theirs;
                of_query += alike * ours;
            }
            name = name.max(of_name);
            query = query.max(of_query);
        }
        (name / self.their_weight, query / self.weight)
    }
}
