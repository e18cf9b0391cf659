//! `zhengming simulate`: what staff, clocks and filings lead to, run with the engine's own decisions.

use std::{
    fs, io,
    num::NonZero,
    path::{Path, PathBuf},
    thread,
};

use clap::Args;
use serde_json::json;
use zhengming_simulate::{Model, Report, chart, read, report, run_telling};

use super::{Global, Outcome, UsageError, explain_pack, language::say, print, warn};
use crate::workflows;

/// Models that extend each other at most.
const DEEPEST: usize = 8;
/// From so many authorities on a run takes long enough to say how far it is, so often.
const MANY: u32 = 100;
const STEPS: u32 = 50;

/// Options of `simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// Models in YAML; several are run one after the other and shown side by side
    #[arg(value_name = "FILE", required_unless_present = "profile")]
    pub files: Vec<PathBuf>,
    /// Another model; may be repeated
    #[arg(long, value_name = "FILE")]
    pub profile: Vec<PathBuf>,
    /// Where the random numbers start, instead of the models' own `seed`
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Threads that run authorities beside each other; the result does not depend on it
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZero<usize>>,
    /// Write summary.json, clocks.csv, queues.csv and queues.svg into this directory
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write the queues of each day as CSV
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw the queues as SVG
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Print a JSON object instead of the table
    #[arg(long)]
    pub json: bool,
}

impl Simulate {
    /// Runs the models and prints what came of them.
    ///
    /// # Errors
    /// A model or its domain pack cannot be used; each fault with file, line and cure. Files cannot be written.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let paths: Vec<&PathBuf> = self.files.iter().chain(&self.profile).collect();
        let mut models = Vec::new();
        for path in &paths {
            models.push(load(path, global)?);
        }
        tell_apart(&mut models, &paths);
        let threads = self.threads.or_else(|| thread::available_parallelism().ok());
        let mut reports = Vec::new();
        for mut model in models {
            model.seed = self.seed.unwrap_or(model.seed);
            reports.push(run_telling(&model, threads.map_or(1, NonZero::get), &tell));
        }
        self.write(&reports)?;
        let text = if self.json {
            summary(&reports)?
        } else {
            report::table(&reports)
        };
        print(&text)?;
        Ok(Outcome::Done)
    }

    fn write(&self, reports: &[Report]) -> Result<(), UsageError> {
        let csv = |text: Result<String, csv::Error>| text.map_err(|error| UsageError::Other(error.to_string()));
        if let Some(directory) = &self.out {
            fs::create_dir_all(directory).map_err(named(directory))?;
            let files = [
                ("summary.json", summary(reports)?),
                ("clocks.csv", csv(report::clocks_csv(reports))?),
                ("queues.csv", csv(report::queues_csv(reports))?),
                ("queues.svg", chart::queues(reports)),
            ];
            for (name, text) in files {
                save(&directory.join(name), &text)?;
            }
        }
        if let Some(path) = &self.csv {
            save(path, &csv(report::queues_csv(reports))?)?;
        }
        if let Some(path) = &self.svg {
            save(path, &chart::queues(reports))?;
        }
        Ok(())
    }
}

/// Says now and then how far a run with many authorities has come.
fn tell(done: u32, of: u32) {
    let step = (of / STEPS).max(1);
    if of >= MANY && (done.is_multiple_of(step) || done == of) {
        warn(&say(
            "cli-simulate-progress",
            &[("done", done.into()), ("of", of.into())],
        ));
    }
}

/// Reads a model with those that it extends, against the domain pack that it names, or else the configured one.
fn load(path: &Path, global: &Global) -> Result<Model, UsageError> {
    let mut files: Vec<read::File> = Vec::new();
    let mut next = Some(path.to_owned());
    let mut pack_at = None;
    while let Some(path) = next.take() {
        if files.len() == DEEPEST {
            let message = format!(
                "{}: more than {DEEPEST} models extend each other: break the circle",
                path.display()
            );
            return Err(UsageError::Other(message));
        }
        let text = fs::read_to_string(&path).map_err(named(&path))?;
        let beside = |name: String| path.parent().unwrap_or(Path::new("")).join(name);
        pack_at = pack_at.or_else(|| read::path(&text, "workflows").map(beside));
        next = read::path(&text, "extends").map(beside);
        files.push((path.display().to_string(), text));
    }
    let configured = global.load()?.workflows_dir;
    let pack = workflows::load(pack_at.as_deref().or(configured.as_deref())).map_err(|error| explain_pack(&error))?;
    let (model, found) = read::read(&files, &pack);
    model.ok_or_else(|| {
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        UsageError::Other(format!("{} cannot be simulated\n{}", path.display(), lines.join("\n")))
    })
}

/// Models of one name are called by their files.
fn tell_apart(models: &mut [Model], paths: &[&PathBuf]) {
    let names: Vec<String> = models.iter().map(|model| model.name.clone()).collect();
    let repeated = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
    for (model, path) in models.iter_mut().zip(paths).filter(|(model, _)| repeated(&model.name)) {
        model.name = path.display().to_string();
    }
}

fn summary(reports: &[Report]) -> Result<String, UsageError> {
    Ok(format!(
        "{}\n",
        serde_json::to_string_pretty(&json!({ "runs": reports }))?
    ))
}

fn save(path: &Path, text: &str) -> Result<(), UsageError> {
    Ok(fs::write(path, text).map_err(named(path))?)
}

/// Which file it is says more than that there was one.
fn named(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
