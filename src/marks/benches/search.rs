//! `cargo bench -p zhengming-marks`: a search, a comparison and an import, beside rapidfuzz over the same names. The register is
//! the file that `ZHENGMING_NAMES` names, one name a line; without it, names made from a seed, and the output says so. With
//! `ZHENGMING_TIMES=10` each name comes with so many imitations, for a register larger than the file.
#![expect(clippy::unwrap_used, reason = "a bench stops where its data are wrong")]
#![expect(clippy::print_stderr, reason = "it says which register was used")]

use std::{env, fs, hint::black_box, sync::LazyLock};

use divan::{Bencher, counter::ItemsCount};
use rapidfuzz::fuzz::RatioBatchComparator;
use zhengming_marks::{
    Index, Mark, MatchOptions,
    eval::{Change, Sequence, imitation},
};

/// Names made where no register is given.
const MADE: usize = 100_000;
const QUERIES: [&str; 8] = [
    "康帅傅",
    "雷碧",
    "粤利粤",
    "上海星巴克",
    "ABIBAS",
    "Starbuck Coffe",
    "naike",
    "麦当劳",
];

static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let given = env::var_os("ZHENGMING_NAMES").map(|file| fs::read_to_string(file).unwrap());
    let Some(text) = given else {
        eprintln!("SKIPPED the register of ZHENGMING_NAMES, which is not set: {MADE} names made from a seed instead");
        return made();
    };
    let times: usize = env::var("ZHENGMING_TIMES")
        .ok()
        .and_then(|times| times.parse().ok())
        .unwrap_or(0);
    let mut sequence = Sequence::new(1);
    let mut names = Vec::new();
    for name in text.lines() {
        names.push(name.to_owned());
        for at in 0..times {
            names.extend(imitation(name, Change::ALL[at % Change::ALL.len()], &mut sequence));
        }
    }
    names
});

fn made() -> Vec<String> {
    let mut sequence = Sequence::new(1);
    let mut names: Vec<String> = QUERIES.iter().map(|name| (*name).to_owned()).collect();
    while names.len() < MADE {
        let from = names[sequence.below(names.len())].clone();
        let change = Change::ALL[sequence.below(Change::ALL.len())];
        names.extend(imitation(&from, change, &mut sequence).filter(|name| name.chars().count() < 20));
    }
    names
}

fn filled(names: &[String]) -> Index {
    let index = Index::in_memory().unwrap();
    let mut writer = index.writer().unwrap();
    for (id, name) in names.iter().enumerate() {
        let mark = Mark {
            id: id.to_string(),
            name: name.clone(),
            ..Mark::default()
        };
        writer.add(&mark).unwrap();
    }
    writer.commit().unwrap();
    index
}

static INDEX: LazyLock<Index> = LazyLock::new(|| filled(&NAMES));

fn main() {
    eprintln!("{} names", INDEX.len());
    divan::main();
}

#[divan::bench(args = QUERIES)]
fn search(bencher: Bencher<'_, '_>, query: &str) {
    let options = MatchOptions::default();
    bencher.bench(|| INDEX.match_name(black_box(query), &options).unwrap().len());
}

/// The same question answered by rapidfuzz: the ratio of the query to every name, as one core goes through them.
#[divan::bench(args = QUERIES)]
fn rapidfuzz_over_all(bencher: Bencher<'_, '_>, query: &str) {
    bencher.bench(|| {
        let comparator = RatioBatchComparator::new(black_box(query).chars());
        NAMES
            .iter()
            .map(|name| comparator.similarity(name.chars()))
            .fold(0.0, f64::max)
    });
}

#[divan::bench]
fn comparison_with_reasons(bencher: Bencher<'_, '_>) {
    bencher.bench(|| INDEX.compare(black_box("康帅傅"), black_box("康师傅")));
}

/// Rescoring alone: what is measured of every candidate of a query.
#[divan::bench(args = QUERIES)]
fn rescoring(bencher: Bencher<'_, '_>, query: &str) {
    let candidates = INDEX.rescoring(query).unwrap();
    bencher
        .counter(ItemsCount::new(candidates.len()))
        .bench_local(|| candidates.best());
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn import(bencher: Bencher<'_, '_>) {
    let names = &NAMES[..NAMES.len().min(100_000)];
    bencher
        .counter(ItemsCount::new(names.len()))
        .bench(|| filled(names).len());
}
