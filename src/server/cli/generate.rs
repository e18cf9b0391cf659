//! `zhengming gen`: prints what the code defines, so that a committed copy can be compared.

use std::io::{self, Write as _};

use clap::Subcommand;

use super::{Outcome, UsageError};
use crate::config;

/// What to print.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Generate {
    /// Every setting with its default and what it does, as zhengming.toml
    Config,
}

impl Generate {
    /// Prints it on stdout.
    ///
    /// # Errors
    /// stdout is closed.
    pub fn run(self) -> Result<Outcome, UsageError> {
        let text = match self {
            Self::Config => config::DEFAULTS,
        };
        io::stdout().write_all(text.as_bytes())?;
        Ok(Outcome::Done)
    }
}
