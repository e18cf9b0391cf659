//! Names in letters: spelling, look-alike letters, sound, words in another order.

use crate::{
    candidates::skeleton,
    signature::View,
    spelling::{CODES, Code, Ear, Rows, Spelling, code, folded, is_vowel, triples},
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
    codes: Vec<Code>,
    spelling: Spelling,
    words: Vec<(Spelling, f32)>,
    /// Consonants, in classes.
    bones: Vec<Code>,
    /// The letters without those of generic words, if there are such.
    core: Option<Spelling>,
    triples: Marked,
    folds: Marked,
    undoubled: Vec<Code>,
    /// How often each letter stands in the name.
    counts: Counts,
}

/// How often each code stands in a name.
type Counts = [u8; CODES];

fn counts(codes: &[Code]) -> Counts {
    let mut counts = [0; CODES];
    for code in codes {
        counts[usize::from(*code) % CODES] += 1;
    }
    counts
}

/// Whether a name begins with a vowel.
fn opens(codes: &[Code]) -> bool {
    codes.first().is_some_and(|code| is_vowel(*code))
}

/// A set of triples, as one bit each.
struct Marked {
    bits: Vec<u64>,
    count: usize,
}

impl Marked {
    fn new(codes: &[Code]) -> Self {
        let mut marked = Self {
            bits: vec![0; 1 << 12],
            count: codes.len(),
        };
        for triple in triples(codes) {
            if let Some(part) = marked.bits.get_mut(triple as usize >> 6) {
                *part |= 1 << (triple & 63);
            }
        }
        marked
    }

    /// Share of triples in common with another spelling (Dice).
    fn shared(&self, codes: &[Code]) -> f32 {
        let held = |triple: &u32| {
            self.bits
                .get(*triple as usize >> 6)
                .is_some_and(|part| part >> (triple & 63) & 1 == 1)
        };
        let common = triples(codes).filter(held).count();
        (2.0 * common as f32 / (self.count + codes.len()).max(1) as f32).min(1.0)
    }
}

fn codes(units: &[char]) -> Vec<Code> {
    units.iter().take(COMPARED).copied().map(code).collect()
}

fn spelling(codes: &[Code]) -> Spelling {
    Spelling::of(codes.iter().copied())
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

impl Letters {
    pub(super) fn new(name: &View, statistics: &Statistics) -> Self {
        let codes = codes(name.units());
        let mut undoubled = codes.clone();
        undoubled.dedup();
        Self {
            spelling: spelling(&codes),
            words: weighed(name.units(), name.words, statistics).collect(),
            bones: skeleton(&codes),
            core: core(name),
            triples: Marked::new(&codes),
            folds: Marked::new(&folded(&codes)),
            undoubled,
            counts: counts(&codes),
            codes,
        }
    }

    /// Measures a name: 0 spelling, 1 the shorter inside the longer, 2 triples of letters, 3 triples of folded letters, 4 words
    /// in any order, 6 extent, 7 common beginning, 8 common end, 9 doubled, 10 the distinctive word,
    /// 14 spelling without generic words, 16 letters in any order, 17 as many words, 18 the same consonants after the same
    /// beginning.
    pub(super) fn measure(&self, name: &View, statistics: &Statistics, rows: &mut Rows, values: &mut [f32]) {
        let codes = codes(name.units());
        let spelled = spelling(&codes);
        let (n, m) = (self.codes.len(), codes.len());
        if n == 0 || m == 0 {
            return;
        }
        values[0] = rows.likeness(&self.spelling, &spelled, Ear::Spelled);
        values[1] = if n == m {
            values[0]
        } else {
            rows.inside(&self.spelling, &spelled, Ear::Spelled)
        };
        values[2] = self.triples.shared(&codes);
        values[3] = self.folds.shared(&folded(&codes));
        let many = self.words.len() > 1 || name.words.count_ones() > 1;
        (values[4], values[10]) = if many {
            self.words_alike(weighed(name.units(), name.words, statistics), rows)
        } else {
            (values[0], values[0])
        };
        let bones = skeleton(&codes);
        let same = bones == self.bones && !bones.is_empty() && opens(&codes) == opens(&self.codes);
        values[18] = f32::from(u8::from(same));
        let common = self
            .counts
            .iter()
            .zip(counts(&codes))
            .map(|(own, other)| u32::from(other.min(*own)));
        values[16] = 2.0 * common.sum::<u32>() as f32 / (n + m) as f32;
        values[17] = f32::from(u8::from(many && self.words.len() == name.words.count_ones() as usize));
        values[6] = n.min(m) as f32 / n.max(m) as f32;
        let same = |pairs: &mut dyn Iterator<Item = (&Code, &Code)>| pairs.take_while(|(a, b)| a == b).count() as f32;
        let shorter = n.min(m).min(5) as f32;
        values[7] = (same(&mut self.codes.iter().zip(&codes)) / shorter).min(1.0);
        values[8] = (same(&mut self.codes.iter().rev().zip(codes.iter().rev())) / shorter).min(1.0);
        values[9] = f32::from(u8::from(
            self.undoubled.len() < n.max(m) && {
                let mut once = codes.clone();
                once.dedup();
                once == self.undoubled
            },
        ));
        values[11] = values[0] * values[0];
        values[12] = values[4] * values[4];
        values[13] = f32::from(u8::from(values[1] > 0.995));
        values[14] = match (&self.core, core(name)) {
            (None, None) => values[0],
            (own, other) => rows.likeness(
                own.as_ref().unwrap_or(&self.spelling),
                other.as_ref().unwrap_or(&spelled),
                Ear::Spelled,
            ),
        };
    }

    /// Likeness of the words of both names to their nearest counterparts, in any order, and that of the mark's most
    /// distinctive word.
    fn words_alike(&self, theirs: impl Iterator<Item = (Spelling, f32)>, rows: &mut Rows) -> (f32, f32) {
        let mut nearest = [0.0_f32; WORDS];
        let (mut sum, mut total) = (0.0, 0.0);
        let mut heaviest = (0.0, 0.0);
        for (word, weight) in theirs {
            let mut best = 0.0_f32;
            for ((own, _), near) in self.words.iter().zip(&mut nearest) {
                if own.shares_letters(&word) {
                    let alike = rows.likeness_from(own, &word, Ear::Spelled, LEAST_WORD);
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
        for ((_, weight), alike) in self.words.iter().zip(nearest) {
            sum += alike * weight;
            total += weight;
        }
        (sum / f32::max(total, f32::EPSILON), heaviest.1)
    }
}
