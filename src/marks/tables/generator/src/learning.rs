//! Learns what letters each syllable stands for, by expectation and maximisation over all ways to part the letters of a
//! name among the syllables of its Chinese form.

use std::{collections::BTreeMap, error::Error, fmt::Write};

use crate::{
    Table,
    characters::Characters,
    pairs::{self, Pair},
    sources::Sources,
    transliteration::{LONGEST_CHUNK, Model},
};

/// Rounds of learning.
const ROUNDS: usize = 12;
/// How many sightings of a syllable weigh as much as what its initial and final say of it.
const PRIOR: f64 = 4.0;
/// From this round on, names that are a translation rather than a transliteration no longer take part.
const SORTED_OUT: usize = 4;
/// What makes a name a transliteration: the part of its letters that the syllables explain.
const LEAST_LIKENESS: f32 = 0.3;
/// A chunk seen more seldom than this with a syllable is an accident: only its initial and final speak for it.
const LEAST_SEEN: f64 = 1.5;
/// Chunks rarer than this for a syllable are left out of the table.
const LEAST_PROBABILITY: f64 = 0.002;
/// A syllable stands for at most so many letters more than it has in pinyin itself.
const LONGER_BY: usize = 2;
/// A syllable hardly ever stands for nothing: where the data seem to say so, a word for what a place is was left over.
const MOST_EMPTY: f64 = 0.05;
/// The commonest reading of a character has this share, the others the rest.
const FIRST_READING: f64 = 0.8;

const INITIALS: [&str; 23] = [
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s", "y",
    "w",
];

/// Probabilities or counts of chunks for each unit.
type Emissions = BTreeMap<String, BTreeMap<String, f64>>;

/// What is learned: chunks for each initial and final, and for each syllable seen.
#[derive(Default)]
struct Beliefs {
    initials: Emissions,
    finals: Emissions,
    syllables: Emissions,
}

fn split(syllable: &str) -> (&str, &str) {
    let initial = INITIALS.into_iter().find(|i| syllable.starts_with(i)).unwrap_or("");
    syllable.split_at(initial.len())
}

/// First guess for a unit: chunks that share letters with it are likely, long ones are not.
fn guess(unit: &str, chunk: &str) -> f64 {
    let common = chunk.chars().filter(|c| unit.contains(*c)).count();
    let alike = 2.0 * common as f64 / (unit.len() + chunk.len()).max(1) as f64;
    (0.05 + alike) * 0.4_f64.powi(chunk.len() as i32)
}

impl Beliefs {
    fn unit(table: &Emissions, unit: &str, chunk: &str) -> f64 {
        match table.get(unit) {
            Some(chunks) => chunks.get(chunk).copied().unwrap_or(1e-7),
            None => guess(unit, chunk),
        }
    }

    /// Longest chunk for any of the readings of a character.
    fn reach(readings: &[String]) -> usize {
        let longest = readings.iter().map(String::len).max().unwrap_or_default();
        (longest + LONGER_BY).min(LONGEST_CHUNK)
    }

    /// What initial and final say of a syllable, and how much each way to part the chunk between them contributes.
    fn parted(&self, syllable: &str, chunk: &str) -> Vec<f64> {
        let (initial, last) = split(syllable);
        (0..=chunk.len())
            .map(|at| {
                let (head, tail) = chunk.split_at(at);
                Self::unit(&self.initials, initial, head) * Self::unit(&self.finals, last, tail)
            })
            .collect()
    }

    fn probability(&self, syllable: &str, chunk: &str) -> f64 {
        let general: f64 = self.parted(syllable, chunk).iter().sum();
        match self.syllables.get(syllable) {
            Some(counts) => {
                let total: f64 = counts.values().sum();
                (counts.get(chunk).copied().unwrap_or_default() + PRIOR * general) / (total + PRIOR)
            }
            None => general,
        }
    }

    /// Expected counts of chunks for the syllables of one pair.
    fn expect(&self, pair: &Pair, cache: &mut BTreeMap<(String, String), f64>, counts: &mut Emissions) {
        let (n, m) = (pair.readings.len(), pair.latin.len());
        let mut emit = |i: usize, from: usize, to: usize| -> Vec<f64> {
            let chunk = &pair.latin[from..to];
            let readings = &pair.readings[i];
            readings
                .iter()
                .enumerate()
                .map(|(at, syllable)| {
                    let share = match (at, readings.len()) {
                        (_, 1) => 1.0,
                        (0, _) => FIRST_READING,
                        (_, count) => (1.0 - FIRST_READING) / (count - 1) as f64,
                    };
                    let key = (syllable.clone(), chunk.to_owned());
                    share * *cache.entry(key).or_insert_with(|| self.probability(syllable, chunk))
                })
                .collect()
        };
        let mut arcs: Vec<(usize, usize, usize, Vec<f64>)> = Vec::new();
        let mut forward = vec![vec![0.0_f64; m + 1]; n + 1];
        forward[0][0] = 1.0;
        for i in 0..n {
            for from in 0..=m {
                if forward[i][from] == 0.0 {
                    continue;
                }
                for to in from..=(from + Self::reach(&pair.readings[i])).min(m) {
                    let emitted = emit(i, from, to);
                    forward[i + 1][to] += forward[i][from] * emitted.iter().sum::<f64>();
                    arcs.push((i, from, to, emitted));
                }
            }
        }
        let mut backward = vec![vec![0.0_f64; m + 1]; n + 1];
        backward[n][m] = 1.0;
        for (i, from, to, emitted) in arcs.iter().rev() {
            let onward = backward[i + 1][*to] * emitted.iter().sum::<f64>();
            backward[*i][*from] += onward;
        }
        let whole = forward[n][m];
        if whole <= 0.0 {
            return;
        }
        for (i, from, to, emitted) in arcs {
            for (syllable, probability) in pair.readings[i].iter().zip(emitted) {
                let posterior = forward[i][from] * probability * backward[i + 1][to] / whole;
                if posterior > 1e-6 {
                    let chunks = counts.entry(syllable.clone()).or_default();
                    *chunks.entry(pair.latin[from..to].to_owned()).or_default() += posterior;
                }
            }
        }
    }

    /// New beliefs from expected counts.
    fn maximise(&self, counts: Emissions) -> Self {
        let mut next = Self::default();
        for (syllable, chunks) in &counts {
            let (initial, last) = split(syllable);
            for (chunk, count) in chunks {
                let parted = self.parted(syllable, chunk);
                let whole: f64 = parted.iter().sum();
                for (at, part) in parted.iter().enumerate().filter(|_| whole > 0.0) {
                    let (head, tail) = chunk.split_at(at);
                    let share = count * part / whole;
                    *next
                        .initials
                        .entry(initial.to_owned())
                        .or_default()
                        .entry(head.to_owned())
                        .or_default() += share;
                    *next
                        .finals
                        .entry(last.to_owned())
                        .or_default()
                        .entry(tail.to_owned())
                        .or_default() += share;
                }
            }
        }
        for table in [&mut next.initials, &mut next.finals] {
            for chunks in table.values_mut() {
                let total: f64 = chunks.values().sum();
                chunks.retain(|_, count| {
                    *count /= total;
                    *count > 1e-5
                });
            }
        }
        next.syllables = counts;
        next
    }
}

/// Learns from pairs and writes the rows that [`Model::read`] reads, for every syllable of Mandarin given.
pub(crate) fn learn(pairs: &[&Pair], syllables: &[String], letters: &[&str]) -> String {
    let mut beliefs = Beliefs::default();
    let background = letter_row(letters);
    let mut taking_part: Vec<&Pair> = pairs.to_vec();
    for round in 0..ROUNDS {
        if round >= SORTED_OUT {
            let rows = rows(&beliefs, syllables, &background);
            let model = Model::read(rows.lines());
            taking_part = pairs
                .iter()
                .copied()
                .filter(|pair| likeness(&model, pair, &pair.latin) >= LEAST_LIKENESS)
                .collect();
        }
        let mut counts = Emissions::new();
        let mut cache = BTreeMap::new();
        for pair in &taking_part {
            beliefs.expect(pair, &mut cache, &mut counts);
        }
        beliefs = beliefs.maximise(counts);
    }
    for chunks in beliefs.syllables.values_mut() {
        chunks.retain(|_, seen| *seen >= LEAST_SEEN);
    }
    rows(&beliefs, syllables, &background)
}

/// `transliteration.tsv`: syllable, then what it stands for with costs, the likeliest first. Learned from names of places and
/// languages alone, so that no name of a brand is both lesson and test.
pub(crate) fn table(sources: &Sources, characters: &Characters) -> Result<Table, Box<dyn Error>> {
    let places = pairs::places(sources, characters)?;
    let lessons: Vec<&Pair> = places.iter().collect();
    let letters: Vec<&str> = places.iter().map(|pair| pair.latin.as_str()).collect();
    let text = format!(
        "# What letters a syllable stands for in transliterated names, each with its cost: the negative natural logarithm \
         of its probability,\n# in hundredths; _ is nothing, and * are single letters by themselves. Learned from {} names \
         of places and languages in CLDR 41\n# (Debian unicode-cldr-core 41-0.1), Unicode licence.\n{}",
        places.len(),
        learn(&lessons, &pairs::syllables(), &letters)
    );
    Ok(Table {
        name: "transliteration.tsv",
        text,
    })
}

/// Likeness by the model that the crate itself asks.
pub(crate) fn likeness(model: &Model, pair: &Pair, latin: &str) -> f32 {
    let readings: Vec<Vec<u16>> = pair
        .readings
        .iter()
        .map(|readings| {
            readings
                .iter()
                .filter_map(|syllable| model.syllable(syllable))
                .collect()
        })
        .collect();
    model.plain_likeness(&readings, latin)
}

/// Costs of single letters, by how often they occur.
fn letter_row(names: &[&str]) -> String {
    let mut counts: BTreeMap<char, usize> = ('a'..='z').map(|letter| (letter, 1)).collect();
    for c in names.iter().flat_map(|name| name.chars()) {
        *counts.entry(c).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    let cells: Vec<String> = counts
        .iter()
        .map(|(letter, count)| format!("{letter}:{}", hundredths(*count as f64 / total as f64)))
        .collect();
    format!("*\t{}", cells.join(" "))
}

fn hundredths(probability: f64) -> u16 {
    (-probability.ln() * 100.0).round().max(0.0) as u16
}

fn rows(beliefs: &Beliefs, syllables: &[String], background: &str) -> String {
    let mut text = format!("{background}\n");
    let chunks_of = |table: &Emissions, unit: &str| -> Vec<String> {
        let likely = table.get(unit).into_iter().flatten();
        likely
            .filter(|(_, p)| **p > LEAST_PROBABILITY / 4.0)
            .map(|(chunk, _)| chunk.clone())
            .collect()
    };
    for syllable in syllables {
        let (initial, last) = split(syllable);
        let mut chunks: Vec<String> = beliefs
            .syllables
            .get(syllable)
            .into_iter()
            .flatten()
            .map(|(c, _)| c.clone())
            .collect();
        for head in chunks_of(&beliefs.initials, initial) {
            for tail in chunks_of(&beliefs.finals, last) {
                chunks.push(format!("{head}{tail}"));
            }
        }
        chunks.sort_unstable();
        chunks.dedup();
        let mut likely: Vec<(f64, String)> = chunks
            .into_iter()
            .filter(|chunk| chunk.len() <= (syllable.len() + LONGER_BY).min(LONGEST_CHUNK))
            .map(|chunk| {
                let probability = beliefs.probability(syllable, &chunk);
                let most = if chunk.is_empty() { MOST_EMPTY } else { 1.0 };
                (probability.min(most), chunk)
            })
            .filter(|(probability, _)| *probability >= LEAST_PROBABILITY)
            .collect();
        likely.sort_by(|(p, a), (q, b)| q.total_cmp(p).then(a.cmp(b)));
        let cells: Vec<String> = likely
            .iter()
            .map(|(p, chunk)| format!("{}:{}", if chunk.is_empty() { "_" } else { chunk }, hundredths(*p)))
            .collect();
        let _ = writeln!(text, "{syllable}\t{}", cells.join(" "));
    }
    text
}
