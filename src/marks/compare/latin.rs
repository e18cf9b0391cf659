//! Names in letters: spelling, look-alike letters, sound, words in another order.

use super::{NEARLY_NOTHING, RESPECTS, weights::Least};
use crate::{
    candidates::skeleton,
    letters::has_consonants,
    signature::View,
    spelling::{Code, Counts, Ear, Floor, Rows, Spelling, code, drawn, is_vowel, triples},
    statistics::{Statistics, words},
};

/// Words of a name that are compared.
const WORDS: usize = 6;
/// Words less alike than this are other words.
const LEAST_WORD: f32 = 0.55;
/// Letters of a name that are compared; a longer one is told by its beginning.
const COMPARED: usize = 40;

/// The letters of a query.
pub(super) struct Letters {
    spelling: Spelling,
    floor: Floor,
    words: Vec<Word>,
    /// Consonants, in classes.
    bones: Vec<Code>,
    /// The letters without those of generic words, if there are such.
    core: Option<Spelling>,
    triples: Marked,
    /// Triples of the letters with those that look alike as one.
    drawn: Marked,
    undoubled: Vec<Code>,
    counts: Counts,
}

/// A word of the query.
struct Word {
    spelling: Spelling,
    floor: Floor,
    weight: f32,
}

/// Whether a name begins with a vowel.
fn opens(codes: &[Code]) -> bool {
    codes.first().is_some_and(|code| is_vowel(*code))
}

/// A set of triples, as one bit each.
struct Marked {
    bits: Box<[u64; 1 << 12]>,
    count: usize,
}

impl Marked {
    fn new(codes: &[Code]) -> Self {
        let mut marked = Self {
            bits: Box::new([0; 1 << 12]),
            count: codes.len(),
        };
        for triple in triples(codes) {
            marked.bits[triple as usize >> 6 & 0xFFF] |= 1 << (triple & 63);
        }
        marked
    }

    /// Share of triples in common with another spelling (Dice).
    fn shared(&self, codes: &[Code]) -> f32 {
        let held = |triple: u32| (self.bits[triple as usize >> 6 & 0xFFF] >> (triple & 63) & 1) as usize;
        let common: usize = triples(codes).map(held).sum();
        (2.0 * common as f32 / (self.count + codes.len()).max(1) as f32).min(1.0)
    }
}

/// The compared letters of a name.
fn spelling(name: &View) -> Spelling {
    Spelling::of(name.units().iter().take(COMPARED).copied().map(code))
}

/// A name without its generic words; none where it has none.
fn core(name: &View) -> Option<Spelling> {
    if name.generic == 0 {
        return None;
    }
    let own = name.units().iter().enumerate().take(COMPARED);
    let own = own.filter(|(at, _)| name.generic >> at & 1 == 0);
    Some(Spelling::of(own.map(|(_, c)| code(*c))))
}

fn weighed<'a>(
    units: &'a [char],
    starts: u64,
    statistics: &'a Statistics,
) -> impl Iterator<Item = (Spelling, f32)> + 'a {
    words(units, starts).take(WORDS).map(|word| {
        let weight = statistics.word(word) * (word.len() as f32).sqrt();
        (Spelling::of(word.iter().copied().map(code)), weight)
    })
}

/// Letters that both begin with.
fn together<'a>(one: impl Iterator<Item = &'a Code>, other: impl Iterator<Item = &'a Code>) -> f32 {
    one.zip(other).take_while(|(a, b)| a == b).count() as f32
}

impl Letters {
    pub(super) fn new(name: &View, statistics: &Statistics) -> Self {
        let spelling = spelling(name);
        let codes = spelling.codes();
        let mut undoubled = codes.to_vec();
        undoubled.dedup();
        Self {
            floor: Floor::of(&spelling, Ear::Spelled),
            words: weighed(name.units(), name.words, statistics)
                .map(|(spelling, weight)| Word {
                    floor: Floor::of(&spelling, Ear::Spelled),
                    spelling,
                    weight,
                })
                .collect(),
            bones: skeleton(codes),
            core: core(name),
            triples: Marked::new(codes),
            drawn: Marked::new(drawn(codes, &mut [0; COMPARED])),
            undoubled,
            counts: spelling.counts(),
            spelling,
        }
    }

    /// Measures a name: 0 spelling, 1 the shorter inside the longer, 2 triples of letters, 3 triples of letters as they are drawn, 4 words
    /// in any order, 6 extent, 7 common beginning, 8 common end, 9 doubled, 10 the distinctive word,
    /// 14 spelling without generic words, 16 letters in any order, 17 as many words, 18 the same consonants after the same
    /// beginning. False, and the measures then no less than they are, once the name is known to come to less than `least`.
    pub(super) fn measure(
        &self,
        name: &View,
        statistics: &Statistics,
        rows: &mut Rows,
        values: &mut [f32; RESPECTS],
        least: &Least,
    ) -> bool {
        let spelled = spelling(name);
        let (own, codes) = (self.spelling.codes(), spelled.codes());
        let (n, m) = (own.len(), codes.len());
        if n == 0 || m == 0 {
            return least.reached(values);
        }
        let counts = spelled.counts();
        let many = self.words.len() > 1 || name.words.count_ones() > 1;
        self.measure_quickly(&spelled, &counts, values);
        values[17] = f32::from(u8::from(many && self.words.len() == name.words.count_ones() as usize));

        // What takes an alignment is taken for the most that it can be, and found out one by one while there is hope.
        values[0] = self.floor.likeness(&spelled, &counts);
        values[1] = if n == m {
            values[0]
        } else {
            self.floor.inside(&spelled, &counts)
        };
        values[13] = f32::from(u8::from(values[1] > 0.99));
        let core = core(name);
        let whole = core.is_none() && self.core.is_none();
        let words = if many { 1.0 } else { values[0] };
        (values[4], values[10]) = (words, words);
        values[14] = if whole { values[0] } else { 1.0 };
        values[11] = values[0] * values[0];
        values[12] = words * words;
        if !least.reached(values) {
            return false;
        }
        if many {
            (values[4], values[10]) = self.words_alike(weighed(name.units(), name.words, statistics), rows);
            values[12] = values[4] * values[4];
        }
        let room = least.room(values);
        if room < 0.0 {
            return false;
        }

        let straight = [(0, true), (1, n == m), (4, !many), (10, !many), (14, whole)];
        let squared = [(11, true), (12, !many)];
        let weigh = |of: &[(usize, bool)]| -> f32 {
            let counted = of.iter().filter(|(_, counts)| *counts);
            counted.map(|(respect, _)| least.weight(*respect)).sum()
        };
        // Less likeness than this loses more than there is room for, since the slope is no less.
        let slope = weigh(&straight) + weigh(&squared) * values[0];
        let enough = values[0] - room / slope.max(f32::EPSILON) - NEARLY_NOTHING;
        values[0] = rows.likeness_from(&self.spelling, &spelled, Ear::Spelled, enough.max(0.0));
        if values[0] < enough {
            return false;
        }
        values[11] = values[0] * values[0];
        if !many {
            (values[4], values[10]) = (values[0], values[0]);
            values[12] = values[11];
        }
        if whole {
            values[14] = values[0];
        }
        if n == m {
            values[1] = values[0];
            values[13] = f32::from(u8::from(values[1] > 0.995));
        }
        if !least.reached(values) {
            return false;
        }
        if n != m {
            values[1] = rows.inside(&self.spelling, &spelled, Ear::Spelled);
            values[13] = f32::from(u8::from(values[1] > 0.995));
            if !least.reached(values) {
                return false;
            }
        }
        if !whole {
            values[14] = rows.likeness(
                self.core.as_ref().unwrap_or(&self.spelling),
                core.as_ref().unwrap_or(&spelled),
                Ear::Spelled,
            );
            if !least.reached(values) {
                return false;
            }
        }
        true
    }

    /// What needs no alignment.
    fn measure_quickly(&self, spelled: &Spelling, counts: &Counts, values: &mut [f32; RESPECTS]) {
        let (own, codes) = (self.spelling.codes(), spelled.codes());
        let (n, m) = (own.len(), codes.len());
        values[2] = self.triples.shared(codes);
        values[3] = self.drawn.shared(drawn(codes, &mut [0; COMPARED]));
        let same = !self.bones.is_empty() && opens(codes) == opens(own) && has_consonants(codes, &self.bones);
        values[18] = f32::from(u8::from(same));
        let common: u32 = self
            .counts
            .iter()
            .zip(counts)
            .map(|(own, other)| u32::from(*other.min(own)))
            .sum();
        values[16] = 2.0 * common as f32 / (n + m) as f32;
        values[6] = n.min(m) as f32 / n.max(m) as f32;
        let shorter = n.min(m).min(5) as f32;
        values[7] = (together(own.iter(), codes.iter()) / shorter).min(1.0);
        values[8] = (together(own.iter().rev(), codes.iter().rev()) / shorter).min(1.0);
        values[9] = f32::from(u8::from(
            self.undoubled.len() < n.max(m) && once(codes).eq(self.undoubled.iter()),
        ));
    }

    /// Likeness of the words of both names to their nearest counterparts, in any order, and that of the mark's most
    /// distinctive word.
    fn words_alike(&self, theirs: impl Iterator<Item = (Spelling, f32)>, rows: &mut Rows) -> (f32, f32) {
        let mut nearest = [0.0_f32; WORDS];
        let (mut sum, mut total) = (0.0, 0.0);
        let mut heaviest = (0.0, 0.0);
        for (word, weight) in theirs {
            let mut best = 0.0_f32;
            let counts = word.counts();
            for (own, near) in self.words.iter().zip(&mut nearest) {
                if own.spelling.shares_letters(&word) && own.floor.likeness(&word, &counts) >= LEAST_WORD {
                    let alike = rows.likeness_from(&own.spelling, &word, Ear::Spelled, LEAST_WORD);
                    best = best.max(alike);
                    *near = near.max(alike);
                }
            }
            sum += best * weight;
            total += weight;
            if weight > heaviest.0 {
                heaviest = (weight, best);
            }
        }
        for (own, alike) in self.words.iter().zip(nearest) {
            sum += alike * own.weight;
            total += own.weight;
        }
        (sum / f32::max(total, f32::EPSILON), heaviest.1)
    }
}

/// Letters without immediate repetition.
fn once(codes: &[Code]) -> impl Iterator<Item = &Code> {
    let before = std::iter::once(None).chain(codes.iter().map(Some));
    codes
        .iter()
        .zip(before)
        .filter(|(here, before)| Some(*here) != *before)
        .map(|(here, _)| here)
}
