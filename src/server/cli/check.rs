//! `zhengming check`: all that is wrong with a domain pack, at once.

use std::path::{Path, PathBuf};

use clap::Args;
use zhengming_engine::diagnostic::{Diagnostic, Severity};

use super::{Global, Outcome, UsageError, language::say, print};
use crate::workflows::{self, PackFile};

/// The folder that is checked when no other is named, if it is there.
const USUAL: &str = "workflows";

/// Options of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Folder of the domain pack; else the configured one, ./workflows, or the one compiled in
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Print an array of JSON objects
    #[arg(long)]
    pub json: bool,
}

impl Check {
    /// Prints every diagnostic as `file:line:code: message`; finds something where one is an error.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let (files, place) = self.files(global)?;
        let (pack, mut found) = workflows::compile(&files);
        if let Some(place) = place {
            for diagnostic in &mut found {
                // Editors jump to paths that are seen from the working directory.
                diagnostic.file = place.join(&diagnostic.file).display().to_string();
            }
        }
        if self.json {
            print(&format!("{}\n", serde_json::to_string_pretty(&found)?))?;
        } else {
            print(&listed(&found, files.len()))?;
        }
        Ok(if pack.is_some() { Outcome::Done } else { Outcome::Found })
    }

    fn files(&self, global: &Global) -> Result<(Vec<PackFile>, Option<PathBuf>), UsageError> {
        let named = match &self.dir {
            Some(dir) => Some(dir.clone()),
            None => global.load()?.workflows_dir,
        };
        let dir = named.or_else(|| Path::new(USUAL).is_dir().then(|| PathBuf::from(USUAL)));
        let Some(dir) = dir else {
            return Ok((workflows::built_in(), None));
        };
        let files = workflows::read_directory(&dir).map_err(|error| {
            UsageError::Other(format!("{error}; name a folder with procedures/, law/ and calendar/"))
        })?;
        Ok((files, Some(dir)))
    }
}

fn listed(found: &[Diagnostic], files: usize) -> String {
    let mut text: String = found.iter().map(|diagnostic| format!("{diagnostic}\n")).collect();
    let errors = found.iter().filter(|d| d.severity == Severity::Error).count();
    let args = [
        ("files", files.into()),
        ("errors", errors.into()),
        ("warnings", (found.len() - errors).into()),
    ];
    text.push_str(&say("cli-check-done", &args));
    text.push('\n');
    text
}
