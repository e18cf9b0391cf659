//! `zhengming reindex`: the search index anew from the database, which is the truth.

use clap::Args;

use super::{
    Global, Outcome, UsageError,
    language::say,
    opened::{Data, with_app},
    print,
};
use crate::service::{imitations, register};

/// Options of `reindex`: none.
#[derive(Debug, Args)]
pub struct Reindex {}

impl Reindex {
    /// Throws the index of marks away and fills it again.
    ///
    /// # Errors
    /// There are no data, another process writes the index, or the database fails.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        with_app(global, Data::MustExist, |app| async move {
            let marks = register::reindex(&app).await?;
            let names = imitations::reindex(&app).await?;
            print(&format!(
                "{}\n",
                say("cli-reindexed", &[("marks", marks.into()), ("names", names.into())])
            ))?;
            Ok(Outcome::Done)
        })
    }
}
