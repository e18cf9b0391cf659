//! The command line. Each subcommand has a file of its own.

mod backup;
mod busy;
mod check;
mod deadline;
mod diagram;
mod doctor;
mod draw;
mod generate;
mod import;
mod keys;
mod language;
mod law;
mod marks;
mod migrate_cases;
mod opened;
mod permissions;
mod plans;
mod reindex;
mod serve;
mod simulate;
mod transfer;
mod user;
mod verify;

use std::{
    ffi::OsString,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{
    backends::OpenError,
    config::{Config, ConfigError, Flags},
    locale::find_text,
    service,
    store::StoreError,
    workflows::PackError,
};

pub use self::{
    backup::{Backup, Restore},
    check::Check,
    deadline::Deadline,
    diagram::Diagram,
    doctor::Doctor,
    draw::Draw,
    generate::Generate,
    import::Import,
    keys::Keys,
    law::Law,
    marks::Marks,
    migrate_cases::MigrateCases,
    reindex::Reindex,
    serve::Serve,
    simulate::Simulate,
    transfer::Transfer,
    user::User,
    verify::Verify,
};

/// Cases of brand infringement for a city: API, portal and jobs in one process.
#[derive(Debug, Parser)]
#[command(name = "zhengming", version, propagate_version = true)]
pub struct Cli {
    /// Options of every subcommand.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every subcommand.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Directory of everything that is not in a database elsewhere
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Configuration file instead of ./zhengming.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Global {
    /// The configuration with these options over it.
    ///
    /// # Errors
    /// See [`Config::load`].
    pub fn load(&self) -> Result<Config, ConfigError> {
        self.load_with(None)
    }

    /// The configuration with these options and an address to listen on over it.
    ///
    /// # Errors
    /// See [`Config::load`].
    pub fn load_with(&self, listen: Option<String>) -> Result<Config, ConfigError> {
        let flags = Flags {
            config: self.config.clone(),
            data_dir: self.data_dir.clone(),
            listen,
        };
        // A variable that is not Unicode cannot be one of ours.
        let environment =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Config::load(&flags, environment)
    }
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run API, portal and jobs until SIGTERM
    Serve(Serve),
    /// Look for faults in a domain pack
    Check(Check),
    /// Compute when a legal period ends, and show why
    Deadline(Deadline),
    /// Draw a procedure, or print it as a table or for other programs
    Diagram(Diagram),
    /// Draw positions from a pool by a published seed, so that anyone can draw them again
    Draw(Draw),
    /// List the legal instruments that deadlines are counted by
    Law(Law),
    /// Read a procedure from SCXML and write it as YAML
    Import(Import),
    /// Run cases of procedures through an office that does not exist: what would more officers or another clock do
    Simulate(Simulate),
    /// Similar marks
    #[command(subcommand)]
    Marks(Marks),
    /// Accounts and roles
    #[command(subcommand)]
    User(User),
    /// Cases that go to an organisation without access here, and back, as signed files
    #[command(subcommand)]
    Transfer(Transfer),
    /// Move open cases to a later version of their procedure
    MigrateCases(MigrateCases),
    /// Prove that the records were not altered and lead to the state that the cases are in
    Verify(Verify),
    /// Write a backup of one moment into a new directory
    Backup(Backup),
    /// Restore a backup into an empty data directory
    Restore(Restore),
    /// Make the search index anew from the database
    Reindex(Reindex),
    /// The keys of the installation, when those it was begun with are lost
    #[command(subcommand)]
    Keys(Keys),
    /// Look at the installation: directory, keys, database, intake, jobs, clock, workflows, disk, mail
    Doctor(Doctor),
    /// Print what the code defines
    #[command(subcommand)]
    Gen(Generate),
}

/// How a command ended, as the exit code that scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done, nothing found: 0.
    Done,
    /// The check found something, or the work failed: 1.
    Found,
}

/// A command was used wrongly or got wrong input: exit code 2. The text says what is wrong and how
/// to mend it.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Input or output failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A use case refused or failed.
    #[error("{}", refused(.0))]
    Service(#[from] service::Error),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
    /// An answer could not be written as JSON.
    #[error("the answer cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Anything else, with its cure.
    #[error("{0}")]
    Other(String),
}

/// Runs the command in `arguments` (the first is the program's name).
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        // Help and version are no errors; clap knows which stream and code each has.
        Err(answer) => {
            let shown = answer.print();
            return if shown.is_ok() && answer.exit_code() == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(2)
            };
        }
    };
    let result = match cli.command {
        Command::Serve(serve) => serve.run(&cli.global),
        Command::Check(check) => check.run(&cli.global),
        Command::Deadline(deadline) => deadline.run(&cli.global),
        Command::Diagram(diagram) => diagram.run(&cli.global),
        Command::Draw(draw) => draw.run(),
        Command::Law(law) => law.run(&cli.global),
        Command::Import(import) => import.run(),
        Command::Simulate(simulate) => simulate.run(&cli.global),
        Command::Marks(marks) => marks.run(&cli.global),
        Command::Transfer(transfer) => transfer.run(&cli.global),
        Command::User(user) => user.run(&cli.global),
        Command::MigrateCases(migrate) => migrate.run(&cli.global),
        Command::Verify(verify) => verify.run(&cli.global),
        Command::Backup(backup) => backup.run(&cli.global),
        Command::Restore(restore) => restore.run(&cli.global),
        Command::Reindex(reindex) => reindex.run(&cli.global),
        Command::Keys(keys) => keys.run(&cli.global),
        Command::Doctor(doctor) => doctor.run(&cli.global),
        Command::Gen(generate) => generate.run(&cli.global),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::FAILURE,
        // Whoever reads along has seen enough (`zhengming law | head`).
        Err(UsageError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done when stderr is closed, and the exit code still tells.
            let _ = writeln!(io::stderr(), "zhengming: {error}");
            ExitCode::from(2)
        }
    }
}

/// An error of opening in words; the defects of a pack each on a line of their own.
fn explain(error: &OpenError) -> String {
    match error {
        OpenError::Pack(pack) => explain_pack(pack).to_string(),
        other => other.to_string(),
    }
}

/// An error of loading the domain pack, each defect on a line of its own.
fn explain_pack(error: &PackError) -> UsageError {
    UsageError::Other(match error {
        PackError::Defective(found) => {
            let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
            format!("{error}\n{}", lines.join("\n"))
        }
        unreadable @ PackError::Unreadable { .. } => unreadable.to_string(),
    })
}

/// A refusal in the words of its code, where there are any: those of the commands, else those that everybody reads.
fn refused(error: &service::Error) -> String {
    let code = error.code().to_lowercase().replace('_', "-");
    let words = |prefix: &str| find_text(language::locale(), &format!("{prefix}-{code}"), &[]);
    words("cli-refused")
        .or_else(|| words("error").filter(|_| code.starts_with("transfer-") || code == "invalid-public-key"))
        .unwrap_or_else(|| error.to_string())
}

/// Writes to stdout.
fn print(text: &str) -> Result<(), UsageError> {
    Ok(io::stdout().lock().write_all(text.as_bytes())?)
}

/// Writes a line to stderr that is no error.
fn warn(line: &str) {
    // Nothing can be done when stderr is closed.
    let _ = writeln!(io::stderr(), "zhengming: {line}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_may_stand_before_or_after_the_subcommand() {
        for line in [
            "zhengming --data-dir d serve --demo",
            "zhengming serve --demo --data-dir d",
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).expect("valid");
            assert_eq!(cli.global.data_dir, Some(PathBuf::from("d")));
            assert!(matches!(cli.command, Command::Serve(Serve { demo: true, .. })));
        }
    }
}
