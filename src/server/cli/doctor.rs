//! `zhengming doctor`: what is wrong with an installation, before its users find out.

mod examine;

use clap::Args;

use super::{Global, Outcome, UsageError, opened::block_on, print};

/// Options of `doctor`: none.
#[derive(Debug, Args)]
pub struct Doctor {}

/// How one part of the installation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// As it should be.
    Good,
    /// Somebody should know.
    Note,
    /// It has to be mended.
    Wrong,
}

/// What was found out about one part.
struct Diagnosis {
    part: &'static str,
    verdict: Verdict,
    text: String,
}

impl Doctor {
    /// Looks at everything, changes nothing, and prints a line for each part.
    ///
    /// # Errors
    /// The configuration cannot be used.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let config = global.load()?;
        let found = block_on(async move { Ok(examine::all(&config).await) })?;
        let line = |d: &Diagnosis| {
            let verdict = match d.verdict {
                Verdict::Good => "ok",
                Verdict::Note => "note",
                Verdict::Wrong => "WRONG",
            };
            format!("{verdict:<6}{:<11}{}\n", d.part, d.text)
        };
        print(&found.iter().map(line).collect::<String>())?;
        let wrong = found.iter().any(|d| d.verdict == Verdict::Wrong);
        Ok(if wrong { Outcome::Found } else { Outcome::Done })
    }
}
