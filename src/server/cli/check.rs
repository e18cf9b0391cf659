//! `zhengming check`: all that is wrong with a domain pack, at once.

mod against;
mod performance;
mod scenario;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use zhengming_engine::{
    diagnostic::{Diagnostic, Severity},
    explore::{self, Exploration, Explored},
    pack::Pack,
};

use self::performance::Performance;
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
    /// Explore at most so many states of each procedure
    #[arg(long, value_name = "NUMBER", default_value_t = explore::STATES)]
    pub states: usize,
    /// Write the shortest way to each fault that the exploration finds into this folder, as scenario files
    #[arg(long, value_name = "DIR")]
    pub scenario_out: Option<PathBuf>,
    /// Also compare it with every open case of a database (URL) or data directory, and show what its maps would do
    #[arg(long, value_name = "DATABASE")]
    pub against: Option<String>,
    /// Also play the scenarios of a file or folder, and say which ways of their procedures none of them takes
    #[arg(long, value_name = "PATH")]
    pub scenarios: Option<PathBuf>,
}

impl Check {
    /// Prints every diagnostic as `file:line:code: message` and how many states were explored; finds something where a
    /// diagnostic is an error.
    ///
    /// # Errors
    /// The folder cannot be read, or that of the scenarios not written.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let (files, place) = self.files(global)?;
        let (pack, mut found) = workflows::compile(&files);
        let exploration = pack.as_ref().map(|pack| explore::explore(pack, self.states));
        if let (Some(pack), Some(exploration)) = (&pack, &exploration) {
            self.keep(pack, exploration)?;
        }
        let exploration = exploration.unwrap_or_default();
        found.extend(exploration.diagnostics());
        let loaded = pack.is_some();
        let performance = match (&self.scenarios, &pack) {
            (Some(path), Some(pack)) => Performance::of(pack, path)?,
            _ => Performance::default(),
        };
        found.extend(performance.gaps());
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
        found.extend(performance.failures.clone());
        found.sort();
        match (&rehearsal, self.json) {
            (None, true) => print(&format!("{}\n", serde_json::to_string_pretty(&found)?))?,
            (Some(rehearsal), true) => {
                let cases: Vec<_> = rehearsal.plans.iter().map(plans::json).collect();
                let answer = serde_json::json!({ "diagnostics": found, "cases": cases });
                print(&format!("{}\n", serde_json::to_string_pretty(&answer)?))?;
            }
            (rehearsal, false) => {
                let explored: String = exploration.procedures.iter().map(told).collect();
                print(&format!(
                    "{}{explored}{}",
                    listed(&found, files.len()),
                    performance.told()
                ))?;
                if let Some(rehearsal) = rehearsal {
                    print(&rehearsal.plans.iter().map(plans::told).collect::<String>())?;
                    print(&plans::summary(&rehearsal.walk, true))?;
                }
            }
        }
        let faultless = loaded && found.iter().all(|d| d.severity != Severity::Error);
        let sound = faultless && rehearsal.is_none_or(|rehearsal| rehearsal.is_sound());
        Ok(if sound { Outcome::Done } else { Outcome::Found })
    }

    /// Writes the ways to the faults as scenario files.
    fn keep(&self, pack: &Pack, exploration: &Exploration) -> Result<(), UsageError> {
        let Some(dir) = &self.scenario_out else { return Ok(()) };
        let failed = |error: std::io::Error| UsageError::Other(format!("{}: {error}", dir.display()));
        fs::create_dir_all(dir).map_err(failed)?;
        for (number, finding) in exploration.findings.iter().enumerate() {
            let story = finding.story.as_ref();
            let Some(text) = story.and_then(|story| scenario::file(pack, &finding.diagnostic, story)) else {
                continue;
            };
            let code = finding.diagnostic.code.to_lowercase();
            let procedure = story.map_or("", |story| story.procedure.as_str());
            let name = format!("{code}-{procedure}-{}.yaml", number + 1);
            fs::write(dir.join(name), text).map_err(failed)?;
        }
        Ok(())
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

/// How much of a procedure was explored, on a line.
fn told(explored: &Explored) -> String {
    let args = [
        ("procedure", explored.procedure.as_str().into()),
        ("version", explored.version.into()),
        ("states", explored.states.into()),
        ("steps", explored.steps.into()),
    ];
    let mut text = say("cli-check-explored", &args);
    if explored.bounded {
        text.push_str(&say("cli-check-bounded", &[]));
    }
    if !explored.one_followed.is_empty() {
        let names = explored.one_followed.join(", ");
        text.push_str(&say("cli-check-one-followed", &[("subcases", names.as_str().into())]));
    }
    text.push('\n');
    text
}
