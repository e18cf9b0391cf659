//! `zhengming marks eval`: how well, and how fast, the search finds the marks of pairs of which they are known.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use zhengming_marks::eval::{Pair, Trial, read_pairs, register, report};

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
    /// Print first what was not among the first ten
    #[arg(long)]
    pub misses: bool,
    /// Print a JSON object
    #[arg(long, conflicts_with = "misses")]
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
        let clock = Instant::now();
        let trial = Trial {
            pairs: &pairs,
            coexisting: &coexisting,
        };
        let found = report(directory.path(), &names, trial, &|| clock.elapsed())
            .map_err(|error| UsageError::Other(error.to_string()))?;
        if self.misses {
            print(&found.misses())?;
        }
        let text = if self.json {
            serde_json::to_string_pretty(&found.json())?
        } else {
            found.table()
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
