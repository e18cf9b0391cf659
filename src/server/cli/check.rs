//! `zhengming check`: all that is wrong with a domain pack, at once.

mod against;

use std::path::{Path, PathBuf};

use clap::Args;
use zhengming_engine::diagnostic::{Diagnostic, Severity};

use super::{Global, Outcome, UsageError, language::say, plans, print};
use crate::{
    clock::{Clock as _, SystemClock},
    workflows::{self, PackFile},
};

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
    /// Also compare it with every open case of a database (URL) or data directory, and show what its maps would do
    #[arg(long, value_name = "DATABASE")]
    pub against: Option<String>,
}

impl Check {
    /// Prints every diagnostic as `file:line:code: message`; finds something where one is an error.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let (files, place) = self.files(global)?;
        let (pack, mut found) = workflows::compile(&files);
        let sound = pack.is_some();
        let rehearsal = match (&self.against, pack) {
            (Some(target), Some(pack)) => Some(against::rehearse(pack, target, SystemClock::new().now())?),
            _ => None,
        };
        found.extend(rehearsal.iter().flat_map(|r| r.conflicts.clone()));
        if let Some(place) = place {
            for diagnostic in &mut found {
                // Editors jump to paths that are seen from the working directory.
                diagnostic.file = place.join(&diagnostic.file).display().to_string();
            }
        }
        match (&rehearsal, self.json) {
            (None, true) => print(&format!("{}\n", serde_json::to_string_pretty(&found)?))?,
            (Some(rehearsal), true) => {
                let cases: Vec<_> = rehearsal.plans.iter().map(plans::json).collect();
                let answer = serde_json::json!({ "diagnostics": found, "cases": cases });
                print(&format!("{}\n", serde_json::to_string_pretty(&answer)?))?;
            }
            (rehearsal, false) => {
                print(&listed(&found, files.len()))?;
                if let Some(rehearsal) = rehearsal {
                    print(&rehearsal.plans.iter().map(plans::told).collect::<String>())?;
                    print(&plans::summary(&rehearsal.walk, true))?;
                }
            }
        }
        let sound = sound && rehearsal.is_none_or(|rehearsal| rehearsal.is_sound());
        Ok(if sound { Outcome::Done } else { Outcome::Found })
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
