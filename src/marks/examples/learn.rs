//! Learns what each measure counts for: `learn BRANDS.tsv WORDS.txt [PAIRS.tsv [NAMES.txt]]`. The registers are the names of the brands and the
//! words, one a line, as neighbours in a crowd, and the brands alone. The lessons are imitations of brands made from a seed, and brands with a name
//! in either writing; the counter-examples are brands that live beside each other though they are alike. Nothing is learned from
//! the pairs, if they are given: their names are left out of the lessons, and it is told how the weights fare on them.
//!
//! With a register of real names beside the pairs, the weights go on from there with the pairs among those names, and it is told how
//! weights fare that were learned so without the pairs of the mark looked for.
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs::{self, File},
};

use zhengming_marks::{
    Index, Mark,
    eval::{Change, Pair, PairScript, Respects, Sequence, imitation, in_pinyin, measures, read_pairs, register},
    is_han, normalize,
};

const SEED: u64 = 20_260_101;
/// How often imitators do what, by own estimate: they take what sounds or looks alike, or another character, before all else.
const SHARES: [(Change, usize); 8] = [
    (Change::Sound, 5),
    (Change::Shape, 6),
    (Change::Replacement, 5),
    (Change::Insertion, 2),
    (Change::Tail, 2),
    (Change::Doubling, 1),
    (Change::Order, 1),
    (Change::Omission, 2),
];
/// Imitations of each writing for one share.
const LESSONS: usize = 30;
/// Imitations in pinyin.
const SPELLED: usize = 180;
/// Others kept of a lesson for each writing: the nearest teach the most.
const OTHERS: usize = 250;
/// Brands whose neighbours are counter-examples, of each writing, and how many of each.
const COEXISTING: usize = 400;
const NEIGHBOURS: usize = 6;
/// Names of one brand in two writings that sound less alike are translations, of which form says nothing.
const CARRIED: f32 = 0.15;
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
const ROUNDS: usize = 300;
const RATE: f32 = 0.5;
const DECAY: f32 = 0.01;
/// Score of the middle imitation in the one writing, Han or Latin, whose imitations score less: the beginning of the band high.
const MIDDLE: f32 = 0.8;
/// As in the crate.
const STEEPNESS: f32 = 0.5;

/// Measures of each writing, and one more that is always 1.
const WIDTH: usize = 20;
const RENOWN: usize = 15;
const TRANSLITERATION: usize = 10;
/// What renown counts for before the second step, for Han, Latin and names across writings.
const KNOWN_FROM: [f32; 3] = [3.0, 2.5, 3.0];
/// What the square of the distance from the first weights counts for in the second step. From .002 to .02 the weights fare the same, as far
/// as some hundred pairs can tell, where their marks are left out.
const HELD_BACK: f32 = 0.003;
/// Parts that the pairs are parted into by mark.
const PARTS: usize = 5;

/// Whether it counts how well known a name is. Among imitations it says nothing: all imitated names are brands, and the words beside
/// them are not.
#[derive(Clone, Copy, PartialEq)]
enum Renown {
    Asked,
    Unasked,
}

#[derive(Clone)]
struct Candidate {
    /// Which rules it was measured by.
    rules: usize,
    values: [f32; WIDTH],
}

impl Candidate {
    /// A candidate's measures at the place of its writings, so that one set of weights serves all.
    fn new(respects: &Respects, renown: Renown) -> Self {
        let mut values = [0.0; WIDTH];
        for (place, value) in values.iter_mut().zip(&respects.values) {
            *place = *value;
        }
        if renown == Renown::Unasked {
            values[RENOWN] = 0.0;
        }
        values[WIDTH - 1] = 1.0;
        Self {
            rules: PairScript::ALL
                .iter()
                .position(|script| *script == respects.script)
                .unwrap_or(0),
            values,
        }
    }

    fn dot(&self, weights: &Weights) -> f32 {
        let weights = &weights.0[self.rules];
        weights
            .iter()
            .zip(&self.values)
            .map(|(weight, value)| weight * value)
            .sum()
    }

    /// The sum without what is always 1.
    fn sum(&self, weights: &Weights) -> f32 {
        self.dot(weights) - weights.0[self.rules][WIDTH - 1]
    }

    fn add(&self, slope: &mut Weights, times: f32) {
        for (slope, value) in slope.0[self.rules].iter_mut().zip(&self.values) {
            *slope += times * value;
        }
    }

    /// The same, but for what is always 1.
    fn add_measures(&self, slope: &mut Weights, times: f32) {
        self.add(slope, times);
        slope.0[self.rules][WIDTH - 1] -= times;
    }
}

/// Weights by rules.
#[derive(Clone)]
struct Weights([[f32; WIDTH]; 3]);

struct Lesson {
    target: Candidate,
    others: Vec<Candidate>,
}

impl Lesson {
    /// Adds the slope of the cross entropy of the mark among all.
    fn descend(&self, weights: &Weights, slope: &mut Weights, share: f32) {
        let own = self.target.dot(weights);
        let sums: Vec<f32> = self.others.iter().map(|other| other.dot(weights)).collect();
        let top = sums.iter().copied().fold(own, f32::max);
        let all: f32 = sums.iter().map(|sum| (sum - top).exp()).sum::<f32>() + (own - top).exp();
        for (other, sum) in self.others.iter().zip(&sums) {
            other.add(slope, share / all * (sum - top).exp());
        }
        self.target.add(slope, share * ((own - top).exp() / all - 1.0));
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [brands, words, pairs @ ..] = files.as_slice() else {
        return Err("usage: learn BRANDS.tsv WORDS.txt [PAIRS.tsv [NAMES.txt]]".into());
    };
    let text = fs::read_to_string(brands)?;
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|row| row.split('\t').collect())
        .collect();
    let words = fs::read_to_string(words)?;
    let names_file = pairs.get(1);
    let pairs: Vec<Pair> = match pairs {
        [file, ..] => read_pairs(File::open(file)?)?,
        [] => Vec::new(),
    };
    let brands: Vec<&str> = rows.iter().flatten().copied().collect();
    let crowd = crowd(&brands, &words);
    let marks = pairs.iter().map(|pair| pair.mark.as_str());
    let names = brands.iter().copied().chain(words.lines());
    let index = filled(marks.chain(names).chain(crowd.iter().map(String::as_str)))?;

    let kept: BTreeSet<String> = pairs
        .iter()
        .flat_map(|pair| [normalize(&pair.mark).form, normalize(&pair.query).form])
        .collect();
    let rows: Vec<Vec<&str>> = rows
        .into_iter()
        .filter(|row| !row.iter().any(|name| kept.contains(&normalize(name).form)))
        .collect();
    // Among brands alone most neighbours are in the other writing, in the crowd most are in the same.
    let alone = filled(brands.iter().copied())?;
    let mut lessons = Vec::new();
    for (query, mark) in taught(&rows) {
        for register in [&index, &alone] {
            lessons.extend(lesson(register, &query, &mark, Renown::Unasked)?);
        }
    }
    let coexisting = coexisting(&index, &rows)?;
    let weights = learned(&lessons, &coexisting);
    report(&weights, &lessons);
    told("not learned from", &ranks(&index, &pairs, &weights, Renown::Unasked)?);
    if let Some(file) = names_file {
        let text = fs::read_to_string(file)?;
        go_on(&weights, &pairs, text.lines().map(str::to_owned))?;
    }
    Ok(())
}

fn told(how: &str, ranks: &BTreeMap<&str, Vec<f32>>) {
    for (script, found) in ranks {
        let share = |least: f32| found.iter().filter(|rank| **rank <= least).count() as f32 / found.len().max(1) as f32;
        println!(
            "{script} pairs, {how}: {} R@1 {:.3} R@10 {:.3}",
            found.len(),
            share(1.0),
            share(10.0)
        );
    }
}

/// The second step: with the pairs among real names, from the weights of the first.
fn go_on(first: &Weights, pairs: &[Pair], names: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let names = register(names, pairs);
    let index = filled(names.iter().map(String::as_str))?;
    let mut from = first.clone();
    for (rules, renown) in from.0.iter_mut().zip(KNOWN_FROM) {
        rules[RENOWN] = renown;
    }
    let mut marks: Vec<&str> = pairs.iter().map(|pair| pair.mark.as_str()).collect();
    marks.sort_unstable();
    marks.dedup();
    let part = |pair: &Pair| marks.binary_search(&pair.mark.as_str()).unwrap_or(0) % PARTS;
    let mut lessons: Vec<(usize, Lesson)> = Vec::new();
    for pair in pairs.iter().filter(|pair| pair.positive) {
        let taught = lesson(&index, &pair.query, &pair.mark, Renown::Asked)?;
        lessons.extend(taught.map(|taught| (part(pair), taught)));
    }
    let mut left_out: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
    for without in 0..PARTS {
        let others: Vec<&Lesson> = lessons
            .iter()
            .filter(|(of, _)| *of != without)
            .map(|(_, taught)| taught)
            .collect();
        let asked: Vec<Pair> = pairs.iter().filter(|pair| part(pair) == without).cloned().collect();
        for (script, found) in ranks(&index, &asked, &held_back(&from, &others), Renown::Asked)? {
            left_out.entry(script).or_default().extend(found);
        }
    }
    told("their marks left out", &left_out);
    let all: Vec<&Lesson> = lessons.iter().map(|(_, taught)| taught).collect();
    let weights = held_back(&from, &all);
    told("learned from", &ranks(&index, pairs, &weights, Renown::Asked)?);
    report(
        &weights,
        &lessons.into_iter().map(|(_, taught)| taught).collect::<Vec<_>>(),
    );
    Ok(())
}

/// Descends the cross entropy of the mark among all candidates, and the square of the distance from other weights.
fn held_back(from: &Weights, lessons: &[&Lesson]) -> Weights {
    let mut weights = from.clone();
    let mut speed = Weights([[0.0; WIDTH]; 3]);
    let share = 1.0 / lessons.len().max(1) as f32;
    for _ in 0..ROUNDS {
        let mut slope = Weights([[0.0; WIDTH]; 3]);
        for ((slope, weights), from) in slope.0.iter_mut().zip(&weights.0).zip(&from.0) {
            for ((slope, weight), from) in slope.iter_mut().zip(weights).zip(from) {
                *slope = 2.0 * HELD_BACK * (weight - from);
            }
        }
        for lesson in lessons {
            lesson.descend(&weights, &mut slope, share);
        }
        for ((weights, speed), slope) in weights.0.iter_mut().zip(&mut speed.0).zip(&slope.0) {
            for (at, weight) in weights.iter_mut().enumerate() {
                speed[at] = 0.9 * speed[at] - RATE * slope[at];
                *weight += speed[at];
                if at != WIDTH - 1 {
                    *weight = weight.max(0.0);
                }
            }
        }
    }
    weights
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

/// Which of the changes comes next.
fn drawn(sequence: &mut Sequence) -> Change {
    let mut at = sequence.below(SHARES.iter().map(|(_, share)| share).sum());
    for (change, share) in SHARES {
        if at < share {
            return change;
        }
        at -= share;
    }
    Change::Sound
}

/// Names by writing, Han first.
fn by_writing<'a>(rows: &[Vec<&'a str>]) -> [Vec<&'a str>; 2] {
    let (han, latin) = rows.iter().flatten().partition(|name| name.chars().any(is_han));
    [han, latin]
}

/// Queries with their marks: imitations in both writings, Han brands spelled in pinyin, brands by their other name.
fn taught(rows: &[Vec<&str>]) -> Vec<(String, String)> {
    let mut sequence = Sequence::new(SEED);
    let writings = by_writing(rows);
    let mut pairs = Vec::new();
    for (writing, names) in writings.iter().enumerate() {
        for (change, share) in SHARES {
            // Who leans on a Han name adds to it or changes it, and hardly leaves out one of its few characters.
            let count = if change == Change::Omission && writing == 0 {
                0
            } else {
                share * LESSONS
            };
            for _ in 0..count {
                let Some(name) = names.get(sequence.below(names.len())) else {
                    continue;
                };
                let once = imitation(name, change, &mut sequence);
                // Half of the imitations change a second thing.
                let twice = match (&once, sequence.below(2)) {
                    (Some(once), 0) => imitation(once, drawn(&mut sequence), &mut sequence),
                    _ => None,
                };
                pairs.extend(twice.or(once).map(|made| (made, (*name).to_owned())));
            }
        }
    }
    let mut either_way = |one: String, other: String| {
        if sequence.below(2) == 0 {
            (one, other)
        } else {
            (other, one)
        }
    };
    for row in rows {
        let han = row.iter().find(|name| name.chars().any(is_han));
        let latin = row.iter().find(|name| !name.chars().any(is_han));
        if let (Some(han), Some(latin)) = (han, latin) {
            pairs.push(either_way((*han).to_owned(), (*latin).to_owned()));
        }
    }
    let mut sequence = Sequence::new(SEED + 2);
    for _ in 0..SPELLED {
        let Some(name) = writings[0].get(sequence.below(writings[0].len())) else {
            continue;
        };
        let Some(spelled) = in_pinyin(name) else { continue };
        let spelled = imitation(&spelled, drawn(&mut sequence), &mut sequence).unwrap_or(spelled);
        pairs.push((spelled, (*name).to_owned()));
    }
    pairs
}

/// None where the mark is not among the candidates, or has nothing in common with the query but the brand.
fn lesson(index: &Index, query: &str, mark: &str, renown: Renown) -> Result<Option<Lesson>, Box<dyn Error>> {
    let (own, wanted) = (normalize(query).form, normalize(mark).form);
    let mut target = None;
    let mut others = Vec::new();
    for respects in measures(index, query)? {
        if respects.form == wanted {
            target = Some(respects);
        } else if respects.form != own {
            others.push(Candidate::new(&respects, renown));
        }
    }
    let Some(target) = target else { return Ok(None) };
    let carried = target
        .values
        .get(TRANSLITERATION)
        .is_some_and(|value| *value >= CARRIED);
    let spelled = target.values.get(2).is_some_and(|value| *value >= 0.6);
    if target.script == PairScript::Cross && !carried && !spelled {
        return Ok(None);
    }
    // The others of each writing whose measures add up to the most.
    let sum = |of: &Candidate| of.values.iter().sum::<f32>();
    others.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
    let mut kept = [0_usize; 3];
    others.retain(|other| {
        let count = &mut kept[other.rules];
        *count += 1;
        *count <= OTHERS
    });
    Ok(Some(Lesson {
        target: Candidate::new(&target, renown),
        others,
    }))
}

/// Brands beside those that resemble them the most: each is used for its own goods, and nobody takes one for the other.
fn coexisting(index: &Index, rows: &[Vec<&str>]) -> Result<Vec<Candidate>, Box<dyn Error>> {
    let mut row_of: BTreeMap<String, usize> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        for name in row {
            row_of.insert(normalize(name).form, at);
        }
    }
    let mut sequence = Sequence::new(SEED + 3);
    let mut coexisting = Vec::new();
    for names in by_writing(rows) {
        for _ in 0..COEXISTING {
            let Some(name) = names.get(sequence.below(names.len())) else {
                continue;
            };
            let own = row_of.get(&normalize(name).form);
            let is_other = |form: &String| row_of.get(form).is_some_and(|row| Some(row) != own);
            let mut near: Vec<Candidate> = measures(index, name)?
                .iter()
                .filter(|respects| is_other(&respects.form))
                .map(|respects| Candidate::new(respects, Renown::Unasked))
                .collect();
            near.sort_by(|a, b| (b.values[0] + b.values[1]).total_cmp(&(a.values[0] + a.values[1])));
            near.truncate(NEIGHBOURS);
            coexisting.extend(near);
        }
    }
    Ok(coexisting)
}

/// Descends two cross entropies: that of the mark among all candidates of its query (softmax), and that of marks beside
/// coexisting brands (logistic, from a threshold of its own for each rules). Weights of measures are kept from 0 up.
fn learned(lessons: &[Lesson], coexisting: &[Candidate]) -> Weights {
    let mut weights = Weights([[1.0; WIDTH]; 3]);
    let mut speed = Weights([[0.0; WIDTH]; 3]);
    let mut thresholds = [[6.0_f32, 0.0]; 3];
    for rules in &mut weights.0 {
        rules[WIDTH - 1] = 0.0;
    }
    let share = 1.0 / lessons.len().max(1) as f32;
    let share_coexisting = 1.0 / coexisting.len().max(1) as f32;
    for _ in 0..ROUNDS {
        let mut slope = weights.clone();
        for rules in &mut slope.0 {
            rules.iter_mut().for_each(|weight| *weight *= DECAY);
            rules[WIDTH - 1] = 0.0;
        }
        let mut thresholds_slope = [0.0_f32; 3];
        for lesson in lessons {
            lesson.descend(&weights, &mut slope, share);
            let rules = lesson.target.rules;
            let wrong = logistic(lesson.target.sum(&weights) - thresholds[rules][0]) - 1.0;
            lesson.target.add_measures(&mut slope, share * wrong);
            thresholds_slope[rules] -= share * wrong;
        }
        for one in coexisting {
            let wrong = share_coexisting * logistic(one.sum(&weights) - thresholds[one.rules][0]);
            one.add_measures(&mut slope, wrong);
            thresholds_slope[one.rules] -= wrong;
        }
        for ((weights, speed), slope) in weights.0.iter_mut().zip(&mut speed.0).zip(&slope.0) {
            for (at, weight) in weights.iter_mut().enumerate() {
                speed[at] = 0.9 * speed[at] - RATE * slope[at];
                *weight += speed[at];
                if at != WIDTH - 1 {
                    *weight = weight.max(0.0);
                }
            }
        }
        for ([threshold, speed], slope) in thresholds.iter_mut().zip(thresholds_slope) {
            *speed = 0.9 * *speed - RATE * slope;
            *threshold += *speed;
        }
    }
    weights
}

fn logistic(sum: f32) -> f32 {
    1.0 / (1.0 + (-sum).exp())
}

/// Prints the weights, and for each rules the sum at which the score is one half.
fn report(weights: &Weights, lessons: &[Lesson]) {
    let middle = |rules: usize| {
        let of = lessons.iter().filter(|lesson| lesson.target.rules == rules);
        let mut sums: Vec<f32> = of.map(|lesson| lesson.target.dot(weights)).collect();
        sums.sort_by(f32::total_cmp);
        sums.get(sums.len() / 2).copied().unwrap_or(0.0)
    };
    let half = middle(0).min(middle(1)) - (MIDDLE / (1.0 - MIDDLE)).ln() / STEEPNESS;
    for (script, of) in PairScript::ALL.iter().zip(&weights.0) {
        let written: Vec<String> = of.iter().take(WIDTH - 1).map(|weight| format!("{weight:.3}")).collect();
        let count = lessons
            .iter()
            .filter(|lesson| PairScript::ALL[lesson.target.rules] == *script)
            .count();
        println!(
            "{}: middle {:.3} [{}]",
            script.code(),
            half - of[WIDTH - 1],
            written.join(", ")
        );
        println!("  {count} lessons");
    }
}

/// Ranks of the marks of positive pairs, by their writing; beyond all where the mark is no candidate.
fn ranks(
    index: &Index,
    pairs: &[Pair],
    weights: &Weights,
    renown: Renown,
) -> Result<BTreeMap<&'static str, Vec<f32>>, Box<dyn Error>> {
    let mut ranks: BTreeMap<&'static str, Vec<f32>> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| pair.positive) {
        let (query, wanted) = (normalize(&pair.query).form, normalize(&pair.mark).form);
        let all: Vec<(String, f32)> = measures(index, &pair.query)?
            .iter()
            .map(|respects| (respects.form.clone(), Candidate::new(respects, renown).dot(weights)))
            .collect();
        let own = all.iter().find(|(form, _)| *form == wanted).map(|(_, sum)| *sum);
        let rank = own.map_or(f32::INFINITY, |own| {
            let others = all.iter().filter(|(form, _)| *form != wanted && *form != query);
            let before = others.map(|(_, sum)| f32::from(u8::from(*sum > own)) + f32::from(u8::from(*sum >= own)));
            1.0 + before.sum::<f32>() / 2.0
        });
        ranks.entry(pair.script().code()).or_default().push(rank);
    }
    Ok(ranks)
}
