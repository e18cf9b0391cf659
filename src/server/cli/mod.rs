//! The command line. Each subcommand has a file of its own.

mod generate;
mod serve;

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
    workflows::PackError,
};

pub use self::{generate::Generate, serve::Serve};

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
        Command::Gen(generate) => generate.run(),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::FAILURE,
        Err(error) => {
            // Nothing can be done when stderr is closed, and the exit code still tells.
            let _ = writeln!(io::stderr(), "zhengming: {error}");
            ExitCode::from(2)
        }
    }
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

/// An error of opening in words; the defects of a pack each on a line of their own.
pub(super) fn explain(error: &OpenError) -> String {
    match error {
        OpenError::Pack(PackError::Defective(found)) => {
            let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
            format!("{error}\n{}", lines.join("\n"))
        }
        other => other.to_string(),
    }
}
