//! `zhengming migrate-cases`: running cases move to a later version of their procedure.

use clap::Args;

use super::{
    Global, Outcome, UsageError,
    opened::{Data, with_app},
    plans, print,
};
use crate::service::{self, migration};

/// Options of `migrate-cases`.
#[derive(Debug, Args)]
pub struct MigrateCases {
    /// Key of the procedure
    #[arg(value_name = "PROCEDURE")]
    pub procedure: String,
    /// The version that its open cases move to, by the `migrates` map in its file
    #[arg(long, value_name = "VERSION")]
    pub to: u32,
    /// Only show what would become of each case
    #[arg(long)]
    pub dry_run: bool,
}

impl MigrateCases {
    /// Moves each open case in a transaction of its own and prints what changed. May be stopped and run again: what has
    /// moved is left alone. Finds something where a case cannot move.
    ///
    /// # Errors
    /// There are no data, no such version, or the database fails.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        with_app(global, Data::MustExist, |app| async move {
            let mut printed = Ok(());
            let tell = |plan: &migration::Plan| {
                if printed.is_ok() {
                    printed = print(&plans::told(plan));
                }
            };
            let walk = migration::migrate(&app, &self.procedure, self.to, self.dry_run, tell).await;
            printed?;
            let walk = walk.map_err(|error| match error {
                service::Error::Invalid { .. } => UsageError::Other(format!(
                    "there is no version {} of `{}` in the pack that runs: see `zhengming doctor`, and reload the service first",
                    self.to, self.procedure
                )),
                other => other.into(),
            })?;
            print(&plans::summary(&walk, self.dry_run))?;
            Ok(if walk.stuck == 0 { Outcome::Done } else { Outcome::Found })
        })
    }
}
