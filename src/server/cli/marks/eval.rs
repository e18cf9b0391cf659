//! `zhengming marks eval`: how well, and how fast, the search finds the marks of pairs of which they are known.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use serde_json::json;
use zhengming_marks::{
    Index, Mark,
    eval::{Pair, Trial, evaluate, read_pairs, register},
};

use crate::cli::{Outcome, UsageError, print};

/// Options of `marks eval`.
#[derive(Debug, Args)]
pub struct Eval {
    /// Pairs with a verdict: columns query, mark, label, kind, source, parted by tabs
    #[arg(value_name = "PAIRS.tsv")]
    pub pairs: PathBuf,
    /// Register to look in, one name a line
    #[arg(long, value_name = "NAMES")]
    pub register: PathBuf,
    /// Pairs of brands that live beside each other, as negatives
    #[arg(long, value_name = "PAIRS.tsv")]
    pub coexisting: Option<PathBuf>,
    /// Print a JSON object
    #[arg(long)]
    pub json: bool,
}

impl Eval {
    /// Fills an index of its own with the register, looks for every pair, and prints what was found, how fast, and how large
    /// the index is. The data of the installation are not touched.
    ///
    /// # Errors
    /// A file that cannot be read or used.
    pub(super) fn run(&self) -> Result<Outcome, UsageError> {
        let pairs = pairs(&self.pairs)?;
        let coexisting = match &self.coexisting {
            Some(path) => self::pairs(path)?,
            None => Vec::new(),
        };
        let lines = BufReader::new(File::open(&self.register).map_err(unusable(&self.register))?).lines();
        let lines: Vec<String> = lines.collect::<Result<_, _>>().map_err(unusable(&self.register))?;
        let names = register(lines.into_iter(), &pairs);
        let directory = tempfile::tempdir()?;
        let begun = Instant::now();
        let index = filled(directory.path(), &names)?;
        let filling = begun.elapsed().as_secs_f64();
        let bytes = size(directory.path())?;
        let clock = Instant::now();
        let trial = Trial {
            pairs: &pairs,
            coexisting: &coexisting,
        };
        let result = evaluate(&index, trial, &|| clock.elapsed()).map_err(told)?;
        // Counts of names stay far below what a float holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "figures for reading")]
        let (per_second, per_name) = (names.len() as f64 / filling, bytes as f64 / names.len().max(1) as f64);
        let text = if self.json {
            let mut json = result.json();
            json["index"] = json!({ "namesPerSecond": per_second.round(), "bytesPerName": per_name.round() });
            serde_json::to_string_pretty(&json)?
        } else {
            format!(
                "{}\n{} {per_second:.0}  {} {per_name:.0}",
                result.table(),
                "names/s",
                "bytes/name"
            )
        };
        print(&format!("{text}\n"))?;
        Ok(Outcome::Done)
    }
}

fn pairs(path: &Path) -> Result<Vec<Pair>, UsageError> {
    let file = File::open(path).map_err(unusable(path))?;
    read_pairs(file).map_err(|error| UsageError::Other(format!("{}: {error}", path.display())))
}

fn unusable(path: &Path) -> impl Fn(std::io::Error) -> UsageError + '_ {
    move |error| UsageError::Other(format!("{}: {error}", path.display()))
}

fn told(error: impl std::fmt::Display) -> UsageError {
    UsageError::Other(error.to_string())
}

fn filled(directory: &Path, names: &[String]) -> Result<Index, UsageError> {
    let index = Index::open(directory).map_err(told)?;
    let mut writer = index.writer().map_err(told)?;
    for (number, name) in names.iter().enumerate() {
        let mark = Mark {
            id: number.to_string(),
            name: name.clone(),
            ..Mark::default()
        };
        writer.add(&mark).map_err(told)?;
    }
    writer.commit().map_err(told)?;
    Ok(index)
}

fn size(directory: &Path) -> Result<u64, UsageError> {
    let mut sum = 0;
    for entry in std::fs::read_dir(directory)? {
        sum += entry?.metadata()?.len();
    }
    Ok(sum)
}
