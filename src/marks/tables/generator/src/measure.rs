//! How good a table is, measured on data that it was not made from.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

use crate::{
    characters::Characters,
    decomposition::Decomposition,
    shape::{MEASURES, Shapes, Weights, combined},
    sources::Sources,
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
type Trial = (String, Box<dyn Fn(&[f32; MEASURES.len()]) -> f32>);

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
        let measures: Vec<_> = (0..index.len()).map(|b| shapes.measures(a, b)).collect();
        for ((_, likeness), ranks) in trials.iter().zip(&mut ranks) {
            let scores: Vec<f32> = measures.iter().map(likeness).collect();
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
        trials.push(((*name).to_owned(), Box::new(move |measures| measures[at])));
    }
    for ink in [0.0, 0.15, 0.3, 0.5] {
        for components in [0.0, 0.15, 0.3, 0.45] {
            for corners in [0.0, 0.1] {
                let weights = Weights {
                    ink,
                    components,
                    corners,
                };
                trials.push((
                    format!("{weights:?}"),
                    Box::new(move |measures| combined(measures, weights)),
                ));
            }
        }
    }
    trials
}
