//! How good a table is, measured on data that it was not made from.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

use crate::{
    characters::Characters,
    decomposition::Decomposition,
    learning::{learn, likeness},
    pairs::{self, Pair},
    shape::{MEASURES, Shapes, Weights},
    sources::Sources,
    transliteration::{Model, plain},
};

/// Pairs that everyone takes for each other at a glance, each the first neighbour of the other's.
const KNOWN: [(char, char); 6] = [
    ('师', '帅'),
    ('雪', '雷'),
    ('兔', '免'),
    ('快', '抉'),
    ('鸟', '乌'),
    ('动', '劫'),
];

/// A measure to be tried: its name, and the likeness that it makes of the single measures.
type Trial = (String, Box<dyn Fn(&Shapes, usize) -> Vec<f32>>);

/// How high the wanted characters ranked.
#[derive(Clone, Default)]
struct Ranks {
    reciprocal: f64,
    first: usize,
    twelve: usize,
    twenty: usize,
    known: Vec<f64>,
}

/// For each measure of shape and for combinations: how high the members of a group of known look-alikes (one group a line)
/// rank among all characters, ties counting half, and where [`KNOWN`] pairs rank.
pub(crate) fn shape(sources: &Sources, groups: &Path) -> Result<(), Box<dyn Error>> {
    let characters = Characters::read(sources)?;
    let decomposition = Decomposition::read(sources)?;
    let shapes = Shapes::new(sources, &characters, &decomposition)?;
    let index: BTreeMap<char, usize> = characters.all.iter().enumerate().map(|(at, c)| (*c, at)).collect();
    let questions = questions(&fs::read_to_string(groups)?, &index);
    let trials = trials();
    let mut ranks = vec![Ranks::default(); trials.len()];
    let mut ask = |a: usize, wanted: &[usize], known: bool| {
        for ((_, likeness), ranks) in trials.iter().zip(&mut ranks) {
            let scores = likeness(&shapes, a);
            for b in wanted {
                let others = || (0..scores.len()).filter(|at| *at != a && !wanted.contains(at));
                let better = others().filter(|at| scores[*at] > scores[*b]).count();
                let tied = others().filter(|at| scores[*at] == scores[*b]).count();
                let rank = 1.0 + better as f64 + tied as f64 / 2.0;
                if known {
                    ranks.known.push(rank);
                } else {
                    ranks.reciprocal += 1.0 / rank;
                    ranks.first += usize::from(rank <= 1.0);
                    ranks.twelve += usize::from(rank <= 12.0);
                    ranks.twenty += usize::from(rank <= 20.0);
                }
            }
        }
    };
    for (a, wanted) in &questions {
        ask(*a, wanted, false);
    }
    for (a, b) in KNOWN {
        if let (Some(a), Some(b)) = (index.get(&a), index.get(&b)) {
            ask(*a, &[*b], true);
        }
    }
    let pairs: usize = questions.values().map(Vec::len).sum();
    println!(
        "{} characters, {} of them asked, {pairs} pairs",
        index.len(),
        questions.len()
    );
    println!("MRR    first  in 12  in 20  ranks of {KNOWN:?}");
    for ((name, _), ranks) in trials.iter().zip(ranks) {
        let share = |count: usize| count as f64 / pairs as f64;
        println!(
            "{:.3}  {:.3}  {:.3}  {:.3}  {:?}  {name}",
            ranks.reciprocal / pairs as f64,
            share(ranks.first),
            share(ranks.twelve),
            share(ranks.twenty),
            ranks.known,
        );
    }
    Ok(())
}

/// The other members of every group that a character belongs to.
fn questions(groups: &str, index: &BTreeMap<char, usize>) -> BTreeMap<usize, Vec<usize>> {
    let mut questions: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for line in groups.lines() {
        let members: Vec<usize> = line.chars().filter_map(|c| index.get(&c).copied()).collect();
        for a in &members {
            let others = members.iter().copied().filter(|b| b != a);
            questions.entry(*a).or_default().extend(others);
        }
    }
    for wanted in questions.values_mut() {
        wanted.sort_unstable();
        wanted.dedup();
    }
    questions
}

fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = Vec::new();
    for (at, name) in MEASURES.iter().enumerate() {
        let single = move |shapes: &Shapes, a| {
            let built = shapes.built(a).into_iter().enumerate();
            built.map(|(b, built)| shapes.measures(a, b, built)[at]).collect()
        };
        trials.push(((*name).to_owned(), Box::new(single)));
    }
    for (components, corners, structure, stretch) in [
        (0.0, 0.0, 0.0, 0.0),
        (0.3, 0.0, 0.0, 0.0),
        (0.3, 0.1, 0.0, 0.0),
        (0.3, 0.0, 0.0, 1.0),
        (0.45, 0.0, 0.0, 1.0),
        (0.0, 0.0, 0.45, 1.0),
        (0.0, 0.0, 0.6, 1.0),
        (0.0, 0.0, 0.75, 1.0),
    ] {
        let weights = Weights {
            ink: 0.15,
            components,
            corners,
            structure,
            stretch,
        };
        trials.push((
            format!("{weights:?}"),
            Box::new(move |shapes, a| shapes.likenesses(a, weights)),
        ));
    }
    trials
}

/// Parts of a cross-validation.
const FOLDS: usize = 5;
/// Latin names among which a name is looked for.
const POOL: usize = 10_000;

/// How high the Latin name of a held-out pair ranks among others, for each source of pairs, by what was learned from.
pub(crate) fn transliteration(sources: &Sources) -> Result<(), Box<dyn Error>> {
    let characters = Characters::read(sources)?;
    let places = pairs::places(sources, &characters)?;
    let brands = pairs::brands(sources, &characters)?;
    println!("{} pairs of places, {} of brands", places.len(), brands.len());
    let pool = latin_names(sources)?;
    let syllables = pairs::syllables();
    let (place_pairs, brand_pairs): (Vec<&Pair>, Vec<&Pair>) = (places.iter().collect(), brands.iter().collect());
    println!("learned from      tested on  likeness  R@1    R@10   R@100  MRR");
    for (learned, test, lessons, questions) in [
        ("places", "brands", [&place_pairs, &place_pairs], None),
        (
            "places, 4/5",
            "places, 1/5",
            [&place_pairs, &place_pairs],
            Some(&place_pairs),
        ),
        (
            "both, 4/5",
            "brands, 1/5",
            [&place_pairs, &brand_pairs],
            Some(&brand_pairs),
        ),
    ] {
        let mut found = Found::default();
        match &questions {
            None => found.ask(
                &Model::read(learn(lessons[0], &syllables, &letters_of(lessons[0])).lines()),
                &brand_pairs,
                &pool,
            ),
            Some(questions) => {
                // One part of the places is enough to ask; of the brands all are few.
                let folds = if std::ptr::eq(*questions, &place_pairs) {
                    1
                } else {
                    FOLDS
                };
                for fold in 0..folds {
                    let held = |pair: &Pair| hash(&pair.latin) % FOLDS as u64 == fold as u64;
                    let taught: Vec<&Pair> = lessons[0]
                        .iter()
                        .chain(lessons[1].iter().filter(|_| !std::ptr::eq(lessons[0], lessons[1])))
                        .copied()
                        .filter(|pair| !held(pair))
                        .collect();
                    let model = Model::read(learn(&taught, &syllables, &letters_of(&taught)).lines());
                    let asked: Vec<&Pair> = questions.iter().copied().filter(|pair| held(pair)).collect();
                    found.ask(&model, &asked, &pool);
                }
            }
        }
        found.print(learned, test);
    }
    Ok(())
}

/// Where the right names ranked, by whether they are transliterations at all.
#[derive(Default)]
struct Found {
    ranks: Vec<(f32, f64)>,
}

impl Found {
    fn ask(&mut self, model: &Model, pairs: &[&Pair], pool: &[String]) {
        for pair in pairs {
            let right = likeness(model, pair, &pair.latin);
            let mut rank = 1.0;
            for name in pool.iter().filter(|name| **name != pair.latin) {
                let other = likeness(model, pair, name);
                rank += if other > right {
                    1.0
                } else if other == right {
                    0.5
                } else {
                    0.0
                };
            }
            self.ranks.push((right, rank));
        }
    }

    fn print(&self, learned: &str, test: &str) {
        for least in [0.0_f32, 0.3] {
            let ranks: Vec<f64> = self
                .ranks
                .iter()
                .filter(|(right, _)| *right >= least)
                .map(|(_, rank)| *rank)
                .collect();
            let within = |most: f64| ranks.iter().filter(|rank| **rank <= most).count() as f64 / ranks.len() as f64;
            let reciprocal: f64 = ranks.iter().map(|rank| 1.0 / rank).sum::<f64>() / ranks.len() as f64;
            println!(
                "{learned:16}  {test:12}  >= {least}  {:.3}  {:.3}  {:.3}  {reciprocal:.3}  ({} asked)",
                within(1.0),
                within(10.0),
                within(100.0),
                ranks.len()
            );
        }
    }
}

fn letters_of<'a>(pairs: &[&'a Pair]) -> Vec<&'a str> {
    pairs.iter().map(|pair| pair.latin.as_str()).collect()
}

/// Names in letters of the Name Suggestion Index, evenly taken.
fn latin_names(sources: &Sources) -> Result<Vec<String>, Box<dyn Error>> {
    let index = sources.json("npm/name-suggestion-index/dist/json/nsi.json")?;
    let mut names: Vec<String> = pairs::brand_tags(&index)
        .filter_map(|(_, tags)| tags.get("name").or_else(|| tags.get("brand"))?.as_str())
        .filter_map(pairs::letters)
        .map(|name| plain(&name))
        .filter(|name| (2..=24).contains(&name.len()))
        .collect();
    names.sort_by_key(|name| (hash(name), name.clone()));
    names.dedup();
    names.truncate(POOL);
    Ok(names)
}

/// FNV-1a: parts names evenly and always alike.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
