//! What the pack would do to the cases of an installation. Nothing is written.

use std::path::Path;

use time::OffsetDateTime;
use zhengming_engine::{clock::local_date, diagnostic::Diagnostic, pack::Pack};
use zhengming_migrations::{Migrator, MigratorTrait as _};

use crate::{
    cli::{UsageError, opened::block_on},
    service::{
        definitions, governance,
        migration::{self, Plan, Walk},
        publication,
    },
    store::{Store, StoreConfig},
};

/// What was found.
pub(super) struct Rehearsal {
    /// Versions that were changed although cases are pinned to them, or taken away although they govern filings of today.
    pub(super) conflicts: Vec<Diagnostic>,
    /// Cases that would move, or could not.
    pub(super) plans: Vec<Plan>,
    pub(super) walk: Walk,
}

impl Rehearsal {
    pub(super) fn is_sound(&self) -> bool {
        self.conflicts.is_empty() && self.walk.stuck == 0
    }
}

/// Compares a pack with every case of a database, and rehearses the moves that its maps make possible.
///
/// # Errors
/// There is no such database, it has another schema, or it fails.
pub(super) fn rehearse(pack: Pack, target: &str, now: OffsetDateTime) -> Result<Rehearsal, UsageError> {
    let url = url(target)?;
    block_on(async move {
        let store = Store::open(&StoreConfig {
            url,
            read_connections: 2,
        })
        .await?;
        let done = with_store(&store, pack, now).await;
        store.close().await?;
        done
    })
}

async fn with_store(store: &Store, pack: Pack, now: OffsetDateTime) -> Result<Rehearsal, UsageError> {
    let applied = store.migrations().await?;
    if let Some(step) = Migrator::migrations()
        .iter()
        .find(|step| !applied.iter().any(|a| a == step.name()))
    {
        return Err(UsageError::Other(format!(
            "the database has not gone through {}: start the service of this version on it once",
            step.name()
        )));
    }
    let pack = definitions::complete(store, pack).await?;
    let mut conflicts = definitions::conflicts(store, &pack).await?;
    if let (Some(running), Ok(today)) = (publication::last(store).await?, local_date(now)) {
        conflicts.extend(governance::ungoverned(&running, &pack, today));
    }
    let mut plans = Vec::new();
    let walk = migration::rehearse(store, &pack, now, |plan| plans.push(plan.clone())).await?;
    Ok(Rehearsal { conflicts, plans, walk })
}

/// The URL of a database, or that of the SQLite file in a data directory.
fn url(target: &str) -> Result<String, UsageError> {
    if ["sqlite:", "postgres:", "postgresql:"]
        .iter()
        .any(|scheme| target.starts_with(scheme))
    {
        return Ok(target.to_owned());
    }
    let file = Path::new(target).join("zhengming.sqlite");
    if !file.is_file() {
        return Err(UsageError::Other(format!(
            "{} is not there: name a data directory, or a database as sqlite://PATH or postgres://…",
            file.display()
        )));
    }
    Ok(format!("sqlite://{}", file.display()))
}
