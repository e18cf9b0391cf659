//! Commands that work on the data of an installation.

use std::{io, path::Path, sync::Arc};

use tokio::runtime;

use super::{Global, Outcome, UsageError, explain};
use crate::{
    app::SharedApp,
    backends::{self, Surroundings},
    clock::{SystemClock, SystemEntropy},
    config::Config,
    telemetry,
};

/// Whether a command may begin an installation where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    /// There must be data already: looking must not make any.
    MustExist,
    /// The directory and the database are made where they are missing.
    MayBegin,
}

/// Runs `work` to its end.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, UsageError>>) -> Result<T, UsageError> {
    runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Opens the application, lets `work` use it, and closes the database.
pub(super) fn with_app<F>(global: &Global, data: Data, work: impl FnOnce(SharedApp) -> F) -> Result<Outcome, UsageError>
where
    F: Future<Output = Result<Outcome, UsageError>>,
{
    let config = global.load()?;
    telemetry::start_warnings();
    if data == Data::MustExist {
        demand_data(&config)?;
    }
    block_on(async move {
        let app = backends::open(Surroundings {
            config,
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SystemEntropy),
            pack: None,
            mailer: None,
        })
        .await
        .map_err(|error| UsageError::Other(explain(&error)))?;
        let done = work(Arc::clone(&app)).await;
        app.store.close().await?;
        done
    })
}

/// The file of the database, where it is a file in the data directory; `None` for a database elsewhere.
pub(super) fn own_database_file(config: &Config) -> Option<std::path::PathBuf> {
    let file = config.data_dir.join("zhengming.sqlite");
    (config.database_url().reveal() == format!("sqlite://{}", file.display())).then_some(file)
}

/// Demands that there is an installation: looking must not make one.
pub(super) fn demand_data(config: &Config) -> Result<(), UsageError> {
    let missing = |path: &Path| {
        UsageError::Other(format!(
            "there are no data at {}: name the directory of the installation with --data-dir, or begin one with `zhengming serve`",
            path.display()
        ))
    };
    let file = own_database_file(config);
    let path = file.as_deref().unwrap_or(&config.data_dir);
    match std::fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(missing(path)),
        Err(error) => Err(UsageError::Other(format!("{}: {error}", path.display()))),
    }
}
