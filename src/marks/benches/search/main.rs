//! Times the search in a register, beside rapidfuzz and pg_trgm over the same names.
//!
//! `MARK_NAMES` names the register, a file of one name a line; without it, names are made from a seed, and the output says so.
//! With `MARK_TIMES=10` each name comes with so many imitations, for a register larger than the file: ten of them take minutes
//! to index; `MARK_INDEX` names a directory in which the index is kept for the next run. `MARK_POSTGRES` is the address of a database in which a temporary table may be made.
#![expect(clippy::unwrap_used, reason = "a bench stops where its data are wrong")]
#![expect(clippy::print_stderr, reason = "it says which register was used")]

mod postgres;

use std::{
    env, fs,
    hint::black_box,
    path::Path,
    sync::LazyLock,
    time::{Duration, Instant},
};

use divan::{Bencher, counter::ItemsCount};
use rapidfuzz::fuzz::RatioBatchComparator;
use rustix::time::{ClockId, clock_gettime};
use zhengming_marks::{
    Index, Mark, MatchOptions,
    eval::{Change, Sequence, imitation},
};

/// Names made where no register is given.
const MADE: usize = 100_000;
/// Imitations of names that are looked for, for the distribution of times.
const LOOKED_FOR: usize = 500;
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
    let given = env::var_os("MARK_NAMES").map(|file| fs::read_to_string(file).unwrap());
    let Some(text) = given else {
        eprintln!("SKIPPED the register of MARK_NAMES, which is not set: {MADE} names made from a seed instead");
        return made();
    };
    let times: usize = env::var("MARK_TIMES")
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

/// An index of names, with the directory that goes with it if it is its own.
struct Filled {
    index: Index,
    _directory: Option<tempfile::TempDir>,
}

/// The index of the register, as a run before left it or made anew.
fn kept() -> Filled {
    let Some(directory) = env::var_os("MARK_INDEX") else {
        return filled(&NAMES);
    };
    let index = Index::open(Path::new(&directory)).unwrap();
    if index.is_empty() {
        fill(&index, &NAMES);
    }
    Filled {
        index,
        _directory: None,
    }
}

fn filled(names: &[String]) -> Filled {
    let directory = tempfile::tempdir().unwrap();
    let index = Index::open(directory.path()).unwrap();
    fill(&index, names);
    Filled {
        index,
        _directory: Some(directory),
    }
}

fn fill(index: &Index, names: &[String]) {
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
}

static INDEX: LazyLock<Filled> = LazyLock::new(kept);

fn main() {
    if env::args().any(|argument| argument == "--bench") {
        let begun = Instant::now();
        let names = INDEX.index.len();
        let rate = names as f64 / begun.elapsed().as_secs_f64();
        eprintln!("{names} names, made and indexed at {rate:.0}/s");
        let searched = distribution(&imitations(), |query| {
            INDEX.index.match_name(query, &MatchOptions::default()).unwrap().len()
        });
        eprintln!("search, {LOOKED_FOR} imitations: {searched}");
        eprintln!("rescoring, {}", rescored(&imitations()));
        postgres::beside(&NAMES, &QUERIES);
    }
    divan::main();
}

/// Imitations of names all over the register.
fn imitations() -> Vec<String> {
    let mut sequence = Sequence::new(2);
    let mut queries = Vec::new();
    while queries.len() < LOOKED_FOR {
        let name = &NAMES[sequence.below(NAMES.len())];
        let change = Change::ALL[sequence.below(Change::ALL.len())];
        queries.extend(imitation(name, change, &mut sequence));
    }
    queries
}

/// What this thread has computed for so far: what else runs on the machine is not counted.
fn computed() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

/// Computing times of single searches, in words.
fn distribution(queries: &[String], search: impl Fn(&str) -> usize) -> String {
    // Once for the pages that are not in memory yet.
    for query in queries.iter().take(20) {
        black_box(search(query));
    }
    let mut spent: Vec<Duration> = queries
        .iter()
        .map(|query| {
            let begun = computed();
            black_box(search(query));
            computed() - begun
        })
        .collect();
    spent.sort_unstable();
    let at = |share: usize| spent[(spent.len() * share / 100).min(spent.len() - 1)];
    format!("p50 {:.2?}, p90 {:.2?}, p99 {:.2?}", at(50), at(90), at(99))
}

/// Computing time of rescoring a candidate, the mean of all candidates of some queries, in words.
fn rescored(queries: &[String]) -> String {
    let (mut candidates, mut searched, mut to_the_end) = (0, Duration::ZERO, Duration::ZERO);
    for query in queries {
        let rescoring = INDEX.index.rescoring(query).unwrap();
        candidates += rescoring.len();
        let begun = computed();
        black_box(rescoring.best());
        searched += computed() - begun;
        let begun = computed();
        black_box(rescoring.best_of_all());
        to_the_end += computed() - begun;
    }
    let each = |spent: Duration| spent.as_nanos() / candidates.max(1) as u128;
    format!(
        "{candidates} candidates: {} ns each as a search does, {} ns each to the end",
        each(searched),
        each(to_the_end)
    )
}

#[divan::bench(args = QUERIES)]
fn search(bencher: Bencher<'_, '_>, query: &str) {
    let options = MatchOptions::default();
    bencher.bench(|| INDEX.index.match_name(black_box(query), &options).unwrap().len());
}

/// The same question answered by rapidfuzz: the ratio of the query to every name, as one core goes through them.
#[divan::bench(args = QUERIES, sample_count = 20)]
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
    bencher.bench(|| INDEX.index.compare(black_box("康帅傅"), black_box("康师傅")));
}

/// Rescoring alone, as a search for ten matches does it, an item being a candidate.
#[divan::bench(args = QUERIES)]
fn rescoring(bencher: Bencher<'_, '_>, query: &str) {
    let candidates = INDEX.index.rescoring(query).unwrap();
    bencher
        .counter(ItemsCount::new(candidates.len()))
        .bench_local(|| candidates.best());
}

/// The same, every candidate to the end.
#[divan::bench(args = QUERIES)]
fn rescoring_to_the_end(bencher: Bencher<'_, '_>, query: &str) {
    let candidates = INDEX.index.rescoring(query).unwrap();
    bencher
        .counter(ItemsCount::new(candidates.len()))
        .bench_local(|| candidates.best_of_all());
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn import(bencher: Bencher<'_, '_>) {
    let names = &NAMES[..NAMES.len().min(500_000)];
    bencher
        .counter(ItemsCount::new(names.len()))
        .bench(|| filled(names).index.len());
}
