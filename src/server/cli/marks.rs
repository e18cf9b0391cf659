//! `zhengming marks`: fills the register from a file, and looks for the registered marks that a name resembles.

mod eval;

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::PathBuf,
    sync::Arc,
};

use self::eval::Eval;
use clap::{Args, Subcommand, ValueEnum, value_parser};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value as Json, json};
use zhengming_marks::{ImportError, ImportOptions, Match, MatchOptions, RegisterFormat, RowError, read_marks};

use super::{
    Global, Outcome, UsageError,
    busy::busy,
    language::say,
    opened::{Data, with_app},
    print, warn,
};
use crate::{
    app::App,
    service::{self, register},
};

/// What to do with marks.
#[derive(Debug, Subcommand)]
pub enum Marks {
    /// Enter the marks of a file into the register, all or none
    Import(Import),
    /// List the registered marks that a name resembles, best first
    Match(Look),
    /// Measure how well the search finds the marks of pairs with a verdict in a register
    Eval(Eval),
}

/// Form of a register's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// CSV whose header has name and any of registration_no owner classes groups status fame aliases (classes like 25;35, fame 0 to
    /// 100); or one name a line
    Csv,
    /// XML of WIPO Standard ST.96, as trademark offices exchange it
    #[value(name = "st96")]
    St96,
}

impl From<Format> for RegisterFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Csv => Self::Csv,
            Format::St96 => Self::St96,
        }
    }
}

/// Options of `marks import`.
#[derive(Debug, Args)]
pub struct Import {
    /// File to read
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Its form
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,
    /// Take the good rows and name the bad ones, instead of taking none
    #[arg(long)]
    pub skip_bad: bool,
}

/// Options of `marks match`.
#[derive(Debug, Args)]
pub struct Look {
    /// Name to look for; else one name a line on stdin, and a JSON array for each on stdout
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Matches at most
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u8).range(1..=100))]
    pub limit: u8,
    /// Nice classes to look in, for example 25,35; else all
    #[arg(long, value_delimiter = ',', value_parser = value_parser!(u8).range(1..=45))]
    pub classes: Vec<u8>,
    /// Statuses to look in, as the register words them, for example registered,pending; else all
    #[arg(long, value_delimiter = ',')]
    pub statuses: Vec<String>,
    /// Only the marks of this owner
    #[arg(long)]
    pub owner: Option<String>,
    /// Only marks of at least this fame
    #[arg(long, default_value_t = 0, value_parser = value_parser!(u8).range(0..=100))]
    pub least_fame: u8,
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
}

impl Marks {
    /// Does it.
    ///
    /// # Errors
    /// A file or name that cannot be used; those of the database and of the index.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        match self {
            Self::Import(import) => import.run(global),
            Self::Eval(eval) => eval.run(),
            Self::Match(look) => with_app(global, Data::MustExist, |app| look.run(app)),
        }
    }
}

impl Import {
    fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let unreadable = |error: &dyn std::fmt::Display| UsageError::Other(format!("{}: {error}", self.file.display()));
        let file = File::open(&self.file).map_err(|error| unreadable(&error))?;
        let progress = progress(&file);
        let import = read_marks(
            BufReader::new(progress.wrap_read(file)),
            ImportOptions {
                format: self.format.into(),
                skip_bad: self.skip_bad,
            },
        );
        progress.finish_and_clear();
        let import = import.map_err(|error| match error {
            ImportError::Rows(rows) => UsageError::Other(self.faults(&rows)),
            ImportError::Read(error) => unreadable(&error),
            other => unreadable(&other),
        })?;
        if import.rows.is_empty() && import.skipped.is_empty() && import.wordless == 0 {
            return Err(unreadable(&say("cli-marks-empty", &[])));
        }
        for fault in &import.skipped {
            warn(&format!("{}: {fault}", self.file.display()));
        }
        if import.wordless > 0 {
            let args = [("marks", import.wordless.into())];
            warn(&say("cli-marks-wordless", &args));
        }
        with_app(global, Data::MayBegin, |app| async move {
            let progress = busy(&say("cli-marks-entering", &[("marks", import.rows.len().into())]));
            let done = register::import(&app, import.rows).await;
            let settled = app.marks.settle().await;
            progress.finish_and_clear();
            let done = done?;
            settled.map_err(register::failed)?;
            let args = [
                ("entered", done.entered.into()),
                ("updated", done.updated.into()),
                ("unchanged", done.unchanged.into()),
                ("skipped", import.skipped.len().into()),
            ];
            print(&format!("{}\n", say("cli-marks-imported", &args)))?;
            Ok(Outcome::Done)
        })
    }

    fn faults(&self, rows: &[RowError]) -> String {
        let lines: Vec<String> = rows
            .iter()
            .map(|fault| format!("{}: {fault}", self.file.display()))
            .collect();
        let lead = say("cli-marks-faults", &[("faults", rows.len().into())]);
        format!("{lead}\n{}", lines.join("\n"))
    }
}

/// How far a file has been read, on a terminal; nothing elsewhere.
fn progress(file: &File) -> ProgressBar {
    let length = file.metadata().map_or(0, |about| about.len());
    let style = ProgressStyle::with_template("{bar:40} {bytes} / {total_bytes}  {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}

impl Look {
    fn options(&self) -> MatchOptions {
        MatchOptions {
            limit: self.limit.into(),
            classes: self.classes.clone(),
            statuses: self.statuses.clone(),
            owner: self.owner.clone(),
            least_fame: self.least_fame,
            ..MatchOptions::default()
        }
    }

    async fn run(self, app: Arc<App>) -> Result<Outcome, UsageError> {
        let Some(name) = &self.name else {
            return self.each_line(&app).await;
        };
        let found = register::match_marks(&app, name, self.options()).await?;
        let text = if self.json {
            format!("{}\n", serde_json::to_string_pretty(&records(&found))?)
        } else if found.is_empty() {
            format!("{}\n", say("cli-marks-none", &[]))
        } else {
            found.iter().map(line).collect()
        };
        print(&text)?;
        Ok(Outcome::Done)
    }

    /// One array for each line, also for a line that cannot be looked for: then it is empty, and stderr says why.
    async fn each_line(&self, app: &App) -> Result<Outcome, UsageError> {
        let mut outcome = Outcome::Done;
        for (number, line) in io::stdin().lock().split(b'\n').enumerate() {
            let line = line?;
            let found = match std::str::from_utf8(&line).map(str::trim) {
                Ok(name) => register::match_marks(app, name, self.options()).await,
                Err(_) => Err(service::Error::Invalid {
                    field: "name",
                    code: "NOT_UTF8",
                }),
            };
            let found = found.or_else(|error| match error {
                service::Error::Invalid { .. } => {
                    warn(&format!("line {}: {}", number + 1, UsageError::from(error)));
                    outcome = Outcome::Found;
                    Ok(Vec::new())
                }
                other => Err(other),
            })?;
            print(&format!("{}\n", serde_json::to_string(&records(&found))?))?;
        }
        Ok(outcome)
    }
}

fn records(found: &[Match]) -> Vec<Json> {
    let record = |hit: &Match| {
        json!({
            "name": hit.mark.name,
            "registrationNo": hit.mark.registration_no,
            "score": hit.score,
            "band": hit.band,
            "reasons": hit.reasons,
        })
    };
    found.iter().map(record).collect()
}

fn line(hit: &Match) -> String {
    let reasons: Vec<String> = hit.reasons.iter().map(ToString::to_string).collect();
    let number = hit.mark.registration_no.as_deref().unwrap_or("-");
    format!(
        "{:.4}  {:<9}  {}  {number}  {}\n",
        hit.score,
        hit.band.code(),
        hit.mark.name,
        reasons.join(" ")
    )
}
