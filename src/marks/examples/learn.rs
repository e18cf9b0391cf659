//! Learns what each measure counts for: `learn BRANDS.tsv WORDS.txt [PAIRS.tsv]`. The register is the names of the brands and the
//! words, one a line, as neighbours in a crowd; the lessons are imitations of brands made from a seed, and the positive pairs,
//! if given. Prints the weights, and what they find of pairs that they were not learned from: the pairs are parted into five
//! by their mark, and each part is tried with weights learned without it.
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs::{self, File},
};

use zhengming_marks::{
    Index, Mark,
    eval::{Change, Measured, Pair, PairScript, Respects, Sequence, imitation, in_pinyin, measured, read_pairs},
    normalize,
};

const SEED: u64 = 20_260_101;
/// Imitations of each change and writing.
const LESSONS: usize = 60;
const FOLDS: usize = 5;
/// Others kept of a lesson: the nearest teach the most.
const OTHERS: usize = 250;
/// Coined names for each brand.
const COINED: usize = 6;
/// Coined short names.
const SHORT: usize = 200_000;
/// Changes that make a coined name of another.
const COINING: [Change; 4] = [
    Change::Replacement,
    Change::Insertion,
    Change::Omission,
    Change::Replacement,
];
const ROUNDS: usize = 400;
const RATE: f32 = 0.5;
const DECAY: f32 = 0.002;
/// What a pair counts for beside an imitation.
const PAIR: f32 = 8.0;

struct Candidate {
    /// Where its weights begin.
    at: usize,
    values: [f32; WIDTH],
}

impl Candidate {
    fn dot(&self, weights: &[f32]) -> f32 {
        let weights = weights.get(self.at..self.at + WIDTH).unwrap_or_default();
        weights
            .iter()
            .zip(&self.values)
            .map(|(weight, value)| weight * value)
            .sum()
    }

    fn add(&self, slope: &mut [f32], times: f32) {
        let slope = slope.get_mut(self.at..self.at + WIDTH).unwrap_or_default();
        for (slope, value) in slope.iter_mut().zip(&self.values) {
            *slope += times * value;
        }
    }
}

struct Lesson {
    script: PairScript,
    target: Candidate,
    others: Vec<Candidate>,
    weight: f32,
    /// Normal form of the mark; empty for an imitation made here.
    mark: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [brands, words, pairs @ ..] = files.as_slice() else {
        return Err("usage: learn BRANDS.tsv WORDS.txt [PAIRS.tsv]".into());
    };
    let text = fs::read_to_string(brands)?;
    let rows = text.lines().filter(|line| !line.starts_with("# "));
    let brands: Vec<&str> = rows.flat_map(|row| row.split('\t')).collect();
    let words = fs::read_to_string(words)?;
    let pairs: Vec<Pair> = match pairs {
        [file, ..] => read_pairs(File::open(file)?)?
            .into_iter()
            .filter(|pair| pair.positive)
            .collect(),
        [] => Vec::new(),
    };
    let crowd = crowd(&brands, &words);
    let marks = pairs.iter().map(|pair| pair.mark.as_str());
    let names = brands
        .iter()
        .copied()
        .chain(words.lines())
        .chain(crowd.iter().map(String::as_str));
    let index = filled(marks.chain(names))?;
    let mut lessons = Vec::new();
    for pair in imitations(&brands) {
        if let Some(measured) = measured(&index, &pair)? {
            lessons.push(lesson(&measured, 1.0, String::new()));
        }
    }
    for pair in &pairs {
        if let Some(measured) = measured(&index, pair)? {
            lessons.push(lesson(&measured, PAIR, normalize(&pair.mark).form));
        }
    }
    report(&lessons);
    Ok(())
}

/// Names as nobody bears them, since a register is fuller of coined names than a dictionary.
fn crowd(brands: &[&str], words: &str) -> Vec<String> {
    let mut sequence = Sequence::new(SEED + 1);
    let mut crowd = Vec::new();
    let many = brands
        .iter()
        .map(|name| (*name, COINED))
        .chain(words.lines().map(|word| (word, 1)));
    for (name, count) in many {
        for _ in 0..count {
            let change = COINING[sequence.below(COINING.len())];
            let once = imitation(name, change, &mut sequence);
            let twice = once.and_then(|once| imitation(&once, COINING[sequence.below(COINING.len())], &mut sequence));
            crowd.extend(twice);
        }
    }
    // Short names are dense: nearly every two characters that go together are somebody's name.
    let parts: Vec<Vec<char>> = words.lines().map(|word| word.chars().collect()).collect();
    for _ in 0..SHORT {
        let mut name = String::new();
        for _ in 0..2 + sequence.below(2) {
            let word = &parts[sequence.below(parts.len())];
            name.extend(word.get(sequence.below(word.len())));
        }
        crowd.push(name);
    }
    crowd
}

fn filled<'a>(names: impl Iterator<Item = &'a str>) -> Result<Index, Box<dyn Error>> {
    let index = Index::in_memory()?;
    let mut writer = index.writer()?;
    let mut known = BTreeSet::new();
    for (id, name) in names.filter(|name| known.insert(normalize(name).form)).enumerate() {
        writer.add(&Mark {
            id: id.to_string(),
            name: name.to_owned(),
            ..Mark::default()
        })?;
    }
    writer.commit()?;
    Ok(index)
}

/// Imitations of brands: some of every change, in both writings, and Han brands spelled in pinyin.
fn imitations(brands: &[&str]) -> Vec<Pair> {
    let mut sequence = Sequence::new(SEED);
    let (han, latin): (Vec<&str>, Vec<&str>) = brands
        .iter()
        .partition(|name| name.chars().any(zhengming_marks::is_han));
    let pair = |query: String, mark: &str, kind: String| Pair {
        query,
        mark: mark.to_owned(),
        positive: true,
        kind,
    };
    let mut pairs = Vec::new();
    for names in [&han, &latin] {
        for change in Change::ALL {
            // Who leans on a Han name adds to it or changes it, and hardly leaves out one of its few characters.
            let count = if change == Change::Omission && std::ptr::eq(names, &han) {
                0
            } else {
                LESSONS
            };
            for _ in 0..count {
                let Some(name) = names.get(sequence.below(names.len())) else {
                    continue;
                };
                let once = imitation(name, change, &mut sequence);
                // Half of the imitations change a second thing.
                let twice = match (&once, sequence.below(2)) {
                    (Some(once), 0) => imitation(once, Change::ALL[sequence.below(8)], &mut sequence),
                    _ => None,
                };
                pairs.extend(twice.or(once).map(|made| pair(made, name, format!("{change:?}"))));
            }
        }
    }
    for _ in 0..4 * LESSONS {
        let Some(name) = han.get(sequence.below(han.len())) else {
            continue;
        };
        let Some(spelled) = in_pinyin(name) else { continue };
        let change = Change::ALL[sequence.below(7)];
        let spelled = imitation(&spelled, change, &mut sequence).unwrap_or(spelled);
        let (query, mark) = if sequence.below(2) == 0 {
            (spelled, (*name).to_owned())
        } else {
            ((*name).to_owned(), spelled)
        };
        pairs.push(pair(query, &mark, "pinyin".to_owned()));
    }
    pairs
}

/// Measures of each writing, and one more that is always 1.
const WIDTH: usize = 17;

/// A candidate's measures at the place of its writings, so that one set of weights serves all.
fn spread(respects: &Respects) -> Candidate {
    let at = PairScript::ALL
        .iter()
        .position(|script| *script == respects.script)
        .unwrap_or(0)
        * WIDTH;
    let mut values = [0.0; WIDTH];
    for (place, value) in values.iter_mut().zip(&respects.values) {
        *place = *value;
    }
    // How well known a name is says nothing here: all imitated names are brands, and the words beside them are not.
    values[WIDTH - 2] = 0.0;
    values[WIDTH - 1] = 1.0;
    Candidate { at, values }
}

/// Keeps the others of each writing whose measures add up to the most.
fn lesson(measured: &Measured, weight: f32, mark: String) -> Lesson {
    let mut others: Vec<Candidate> = measured.others.iter().map(spread).collect();
    let sum = |of: &Candidate| of.values.iter().sum::<f32>();
    others.sort_by(|a, b| a.at.cmp(&b.at).then(sum(b).total_cmp(&sum(a))));
    let mut kept = [0_usize; 3];
    others.retain(|other| {
        let count = &mut kept[other.at / WIDTH];
        *count += 1;
        *count <= OTHERS
    });
    Lesson {
        script: measured.mark.script,
        target: spread(&measured.mark),
        others,
        weight,
        mark,
    }
}

/// Descends the cross entropy of the mark among all candidates (softmax), weights of measures kept from 0 up.
fn learned(lessons: &[&Lesson]) -> Vec<f32> {
    let mut weights = vec![1.0_f32; 3 * WIDTH];
    let mut speed = vec![0.0_f32; 3 * WIDTH];
    let total: f32 = lessons.iter().map(|lesson| lesson.weight).sum();
    for _ in 0..ROUNDS {
        let mut slope: Vec<f32> = weights.iter().map(|weight| DECAY * weight).collect();
        for lesson in lessons {
            let own = lesson.target.dot(&weights);
            let sums: Vec<f32> = lesson.others.iter().map(|other| other.dot(&weights)).collect();
            let top = sums.iter().copied().fold(own, f32::max);
            let all: f32 = sums.iter().map(|sum| (sum - top).exp()).sum::<f32>() + (own - top).exp();
            let share = lesson.weight / total / all;
            for (other, sum) in lesson.others.iter().zip(&sums) {
                other.add(&mut slope, share * (sum - top).exp());
            }
            lesson
                .target
                .add(&mut slope, share * (own - top).exp() - lesson.weight / total);
        }
        for (at, weight) in weights.iter_mut().enumerate() {
            speed[at] = 0.9 * speed[at] - RATE * slope[at];
            *weight += speed[at];
            if at % WIDTH != WIDTH - 1 {
                *weight = weight.max(0.0);
            }
        }
    }
    weights
}

fn rank(weights: &[f32], lesson: &Lesson) -> f32 {
    let own = lesson.target.dot(weights);
    let counts = lesson.others.iter().map(|other| {
        let other = other.dot(weights);
        if other > own {
            1.0
        } else if other < own {
            0.0
        } else {
            0.5
        }
    });
    1.0 + counts.sum::<f32>()
}

fn report(lessons: &[Lesson]) {
    let all: Vec<&Lesson> = lessons.iter().collect();
    let weights = learned(&all);
    for (script, part) in PairScript::ALL.iter().zip(weights.chunks(WIDTH)) {
        let written: Vec<String> = part.iter().map(|weight| format!("{weight:.3}")).collect();
        println!("{}: [{}]", script.code(), written.join(", "));
        let of: Vec<&Lesson> = lessons.iter().filter(|lesson| lesson.script == *script).collect();
        println!(
            "  {} lessons, middle sum of the marks {:.2}",
            of.len(),
            middle(&weights, &of)
        );
    }
    let fold = |mark: &str| {
        mark.bytes()
            .fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
            % FOLDS
    };
    let mut ranks: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for part in 0..FOLDS {
        let (held, rest): (Vec<&Lesson>, Vec<&Lesson>) = lessons
            .iter()
            .partition(|lesson| !lesson.mark.is_empty() && fold(&lesson.mark) == part);
        let weights = learned(&rest);
        for lesson in held {
            let name = format!("{} pairs held out", lesson.script.code());
            ranks.entry(name).or_default().push(rank(&weights, lesson));
        }
    }
    for lesson in lessons.iter().filter(|lesson| lesson.mark.is_empty()) {
        let name = format!("{} imitations", lesson.script.code());
        ranks.entry(name).or_default().push(rank(&weights, lesson));
    }
    for (name, ranks) in ranks {
        let share = |least: f32| ranks.iter().filter(|rank| **rank <= least).count() as f32 / ranks.len().max(1) as f32;
        println!("{name}: {} R@1 {:.3} R@10 {:.3}", ranks.len(), share(1.0), share(10.0));
    }
}

fn middle(weights: &[f32], lessons: &[&Lesson]) -> f32 {
    let mut sums: Vec<f32> = lessons.iter().map(|lesson| lesson.target.dot(weights)).collect();
    sums.sort_by(f32::total_cmp);
    sums.get(sums.len() / 2).copied().unwrap_or(0.0)
}
