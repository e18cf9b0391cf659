//! Evaluates the search: `eval PAIRS.tsv REGISTER.txt [COEXISTING.tsv] [--json] [--misses]`. The register is one name a line.
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::{
    error::Error,
    fs::File,
    io::{BufRead, BufReader},
    time::Instant,
};

use zhengming_marks::eval::{Trial, read_pairs, register, report};

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, files): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let has = |flag: &str| flags.iter().any(|f| f == flag);
    let [pairs, names, more @ ..] = files.as_slice() else {
        return Err("usage: eval PAIRS.tsv REGISTER.txt [COEXISTING.tsv] [--json] [--misses]".into());
    };
    let pairs = read_pairs(File::open(pairs)?)?;
    let coexisting = match more {
        [file, ..] => read_pairs(File::open(file)?)?,
        [] => Vec::new(),
    };
    let lines: Vec<String> = BufReader::new(File::open(names)?).lines().collect::<Result<_, _>>()?;
    let names = register(lines.into_iter(), &pairs);
    let directory = tempfile::tempdir()?;
    let clock = Instant::now();
    let trial = Trial {
        pairs: &pairs,
        coexisting: &coexisting,
    };
    let found = report(directory.path(), &names, trial, &|| clock.elapsed())?;
    if has("--misses") {
        print!("{}", found.misses());
    }
    if has("--json") {
        println!("{}", serde_json::to_string_pretty(&found.json())?);
    } else {
        println!("{}", found.table());
    }
    Ok(())
}
