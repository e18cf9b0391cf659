//! Evaluates the search: `eval PAIRS.tsv REGISTER.txt [COEXISTING.tsv] [--index DIR] [--json] [--misses]`. The register is one
//! name a line.
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::{
    error::Error,
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    time::Instant,
};

use serde_json::json;
use zhengming_marks::{
    Index, Mark,
    eval::{Pair, Trial, evaluate, read_pairs, register},
};

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, files): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let has = |flag: &str| flags.iter().any(|f| f == flag);
    let [pairs, names, more @ ..] = files.as_slice() else {
        return Err("usage: eval PAIRS.tsv REGISTER.txt [COEXISTING.tsv] [--json] [--misses]".into());
    };
    let pairs: Vec<Pair> = read_pairs(File::open(pairs)?)?;
    let coexisting = match more {
        [file, ..] => read_pairs(File::open(file)?)?,
        [] => Vec::new(),
    };
    let lines = BufReader::new(File::open(names)?).lines().map_while(Result::ok);
    let names = register(lines, &pairs);
    let directory = tempfile::tempdir()?;
    let begun = Instant::now();
    let index = filled(directory.path(), &names)?;
    let import = begun.elapsed();
    let bytes = size(directory.path())?;
    let clock = Instant::now();
    let trial = Trial {
        pairs: &pairs,
        coexisting: &coexisting,
    };
    let result = evaluate(&index, trial, &|| clock.elapsed())?;
    let per_second = names.len() as f64 / import.as_secs_f64();
    let per_name = bytes as f64 / names.len() as f64;
    if has("--misses") {
        for found in result
            .found
            .iter()
            .filter(|found| found.rank.is_none_or(|rank| rank > 10.0))
        {
            println!(
                "{} {} → {} rank {:?} candidate {} first {:?}",
                found.pair.kind, found.pair.query, found.pair.mark, found.rank, found.candidate, found.first
            );
        }
    }
    if has("--json") {
        let mut json = result.json();
        json["index"] = json!({"namesPerSecond": per_second.round(), "bytesPerName": per_name.round()});
        println!("{}", serde_json::to_string_pretty(&json)?);
    } else {
        println!(
            "{}\nimport {per_second:.0} names/s, index {per_name:.0} bytes a name",
            result.table()
        );
    }
    Ok(())
}

fn filled(directory: &Path, names: &[String]) -> Result<Index, Box<dyn Error>> {
    let index = Index::open(directory)?;
    let mut writer = index.writer()?;
    for (number, name) in names.iter().enumerate() {
        writer.add(&Mark {
            id: number.to_string(),
            name: name.clone(),
            ..Mark::default()
        })?;
    }
    writer.commit()?;
    Ok(index)
}

fn size(directory: &Path) -> Result<u64, std::io::Error> {
    let mut sum = 0;
    for entry in std::fs::read_dir(directory)? {
        let path: PathBuf = entry?.path();
        sum += path.metadata()?.len();
    }
    Ok(sum)
}
