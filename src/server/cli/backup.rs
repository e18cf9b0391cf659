//! `zhengming backup` and `zhengming restore`: all tables of one moment, as JSON lines with checksums.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{
    Global, Outcome, UsageError,
    language::say,
    opened::{Data, block_on, with_app},
    print, warn,
};
use crate::{
    app::App,
    service::register,
    store::{Manifest, StoreError},
};

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// New or empty directory to write to
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// Directory that `zhengming backup` wrote
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

impl Backup {
    /// Writes the backup while the service may go on working.
    ///
    /// # Errors
    /// There are no data, the directory is not empty or cannot be written, or the database fails.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        with_app(global, Data::MustExist, |app| async move {
            let made = app.store.backup(&self.dir, app.clock.now()).await;
            let manifest = made.map_err(|error| refused(error, &self.dir, "name a new or empty directory"))?;
            print(&format!("{}\n", counted("cli-backup-done", &manifest)))?;
            warn(&keys(&app, "cli-backup-keys"));
            Ok(Outcome::Done)
        })
    }
}

impl Restore {
    /// Restores the backup, wholly or not at all, and makes the search index.
    ///
    /// # Errors
    /// The directory is no backup or was altered, the database has rows already, or it fails.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        // A wrong path must not leave an empty installation behind.
        let manifest = self.dir.join("manifest.json");
        if let Err(error) = std::fs::metadata(&manifest) {
            return Err(UsageError::Other(format!(
                "{} is no backup: {}: {error}; name the directory that `zhengming backup` wrote",
                self.dir.display(),
                manifest.display()
            )));
        }
        let cure = "restore a backup as this version wrote it, into a data directory without rows";
        // Looked at before a data directory is begun: a damaged backup leaves nothing behind.
        block_on(async {
            let read = Manifest::read(&self.dir).await;
            read.map_err(|error| refused(error, &self.dir, cure))
        })?;
        with_app(global, Data::MayBegin, |app| async move {
            let restored = app.store.restore(&self.dir).await;
            let manifest = restored.map_err(|error| refused(error, &self.dir, cure))?;
            app.reload_organisations().await?;
            register::reindex(&app).await?;
            print(&format!("{}\n", counted("cli-restore-done", &manifest)))?;
            warn(&keys(&app, "cli-restore-keys"));
            Ok(Outcome::Done)
        })
    }
}

fn refused(error: StoreError, dir: &Path, cure: &str) -> UsageError {
    match error {
        StoreError::Backup { reason } => UsageError::Other(format!("{}: {reason}; {cure}", dir.display())),
        other => other.into(),
    }
}

fn counted(key: &str, manifest: &Manifest) -> String {
    let rows: u64 = manifest.tables.iter().map(|table| table.rows).sum();
    say(key, &[("tables", manifest.tables.len().into()), ("rows", rows.into())])
}

/// Where the keys are: they are no part of a backup, so that a stolen one opens nothing.
fn keys(app: &App, key: &str) -> String {
    let directory = app.config.data_dir.join("secrets").display().to_string();
    say(key, &[("directory", directory.into())])
}
