//! Which domain pack runs. What is in the folder is read, judged, and runs at once or after one person has proposed and
//! another published it; a bad pack never takes the place of a good one.

use std::{path::Path, sync::Arc};

use time::OffsetDateTime;
use zhengming_engine::{clock::local_date, diagnostic::Diagnostic, pack::Pack};

use super::{
    Error, Result,
    accounts::{audit, demand},
    definitions::{self, complete, conflicts},
    governance::ungoverned,
    intake::{check_key, key_hash},
};
use crate::{
    access::{Action, Actor, Standing},
    app::{App, Rejected, Running},
    store::{AuditOutcome, PublicationRow, Store},
    workflows::{self, PackError},
};

/// Longest note of a proposal, in characters.
const LONGEST_NOTE: usize = 500;
/// Proposals shown at most, newest first.
const PROPOSALS: u64 = 20;
/// What a signal leaves as the note of its proposal, and a start as that of its publication.
const BY_SIGNAL: &str = "SIGHUP";
const BY_START: &str = "start";

/// What became of the pack in the folder.
#[derive(Clone, Debug)]
pub enum Reloaded {
    /// There is no folder: the pack compiled in runs.
    BuiltIn,
    /// It is the one that runs.
    Unchanged,
    /// It runs from now on.
    Published,
    /// It runs when somebody publishes this.
    Proposed(PublicationRow),
    /// It has errors; the one that ran goes on.
    Refused(Arc<Rejected>),
}

/// The pack that a process begins with: the one in the folder, or, where that is bad or somebody has to publish it first,
/// the one that was published last. The inner error is that of a folder without anything to fall back on.
///
/// # Errors
/// Those of the database.
pub async fn begin(
    store: &Store,
    found: std::result::Result<Pack, PackError>,
    two_persons: bool,
    now: OffsetDateTime,
) -> Result<std::result::Result<Running, PackError>> {
    let last = last_published(store).await?;
    let (pack, since, rejected) = match (found, last) {
        (found, Some((row, pack))) if two_persons => {
            let rejected = found.err().map(|error| Rejected::new(&error, now));
            (pack, row.published_at.unwrap_or(now), rejected)
        }
        (Err(error), Some((row, pack))) => {
            let rejected = Rejected::new(&error, now);
            (pack, row.published_at.unwrap_or(now), Some(rejected))
        }
        (Err(error), None) => return Ok(Err(error)),
        (Ok(pack), last) => {
            let pack = complete(store, pack).await?;
            let known = store.pack(pack.version()).await?.is_some();
            let mut faults = if known {
                Vec::new()
            } else {
                conflicts(store, &pack).await?
            };
            if let (Some((_, last)), Ok(today)) = (&last, local_date(now)) {
                faults.extend(ungoverned(last, &pack, today));
            }
            let rejected = (!faults.is_empty()).then(|| Rejected::new(&PackError::Defective(faults), now));
            match (rejected, last) {
                (Some(rejected), Some((row, pack))) => (pack, row.published_at.unwrap_or(now), Some(rejected)),
                (rejected, _) => (pack, now, rejected),
            }
        }
    };
    if let Some(rejected) = &rejected {
        log(rejected);
    }
    definitions::keep(store, &pack, now).await?;
    Ok(Ok(Running {
        pack: Arc::new(complete(store, pack).await?),
        since,
        rejected: rejected.map(Arc::new),
    }))
}

/// The pack that was published last and can still be read: the one that runs, or ran when the service ended.
///
/// # Errors
/// Those of the database.
pub async fn last(store: &Store) -> Result<Option<Pack>> {
    Ok(last_published(store).await?.map(|(_, pack)| pack))
}

async fn last_published(store: &Store) -> Result<Option<(PublicationRow, Pack)>> {
    let Some(row) = store.last_published().await? else {
        return Ok(None);
    };
    match definitions::pack(store, &row.pack).await {
        Ok(pack) => Ok(Some((row, pack))),
        Err(Error::Store(error)) => Err(error.into()),
        Err(error) => {
            tracing::error!(
                error.code = error.code(),
                "the pack that was published last cannot be read"
            );
            Ok(None)
        }
    }
}

/// Notes which pack a service began with, unless it is the one that was published last.
///
/// # Errors
/// Those of the database.
pub async fn record_start(app: &App) -> Result<()> {
    let running = app.running();
    let last = app.store.last_published().await?;
    if last.is_some_and(|row| row.pack == running.pack.version()) {
        return Ok(());
    }
    published(app, running.pack.version(), BY_START, app.now()).await
}

/// Reads the folder again, as on SIGHUP. Where two persons publish, it is only proposed.
///
/// # Errors
/// Those of the database. A pack with errors is no error: it is logged, kept for whoever asks, and does not run.
pub async fn reload(app: &App) -> Result<Reloaded> {
    let Some(folder) = app.config.workflows_dir.as_deref() else {
        return Ok(Reloaded::BuiltIn);
    };
    let pack = match read(app, folder).await? {
        Ok(pack) => pack,
        Err(rejected) => return Ok(Reloaded::Refused(reject(app, rejected))),
    };
    let running = app.running();
    if pack.version() == running.pack.version() {
        app.reject(None);
        return Ok(Reloaded::Unchanged);
    }
    if app.config.workflows.two_persons {
        app.reject(None);
        let id = key_hash(&format!("{BY_SIGNAL}:{}", pack.version()));
        return Ok(Reloaded::Proposed(proposed(app, &pack, id, None, BY_SIGNAL).await?));
    }
    let now = app.now();
    run(app, pack, now).await?;
    let version = app.pack().version().to_owned();
    published(app, &version, BY_SIGNAL, now).await?;
    let code = Action::PublishWorkflows.code();
    audit(
        app,
        None,
        code,
        &format!("pack:{version}"),
        AuditOutcome::Allowed,
        Some("signal"),
    )
    .await?;
    Ok(Reloaded::Published)
}

/// Proposes what is in the folder now: exactly that runs when another person publishes it, whatever becomes of the folder.
/// A repeat under the same key answers the same proposal.
///
/// # Errors
/// [`Error::Forbidden`] unless the actor is an analyst or administrator; [`Error::Invalid`] `NO_WORKFLOWS_DIR`,
/// `NOTE_MISSING`, `TOO_LONG`, `ALREADY_RUNNING`, or `DEFECTIVE_WORKFLOWS` with the faults in [`App::running`].
pub async fn propose(app: &App, actor: &Actor, note: &str, idempotency_key: &str) -> Result<PublicationRow> {
    demand(app, actor, Action::PublishWorkflows, &Standing::default(), "workflows").await?;
    let account = actor.account_id().ok_or(Error::Unauthenticated)?;
    let id = key_hash(&format!("proposal:{account}:{}", check_key(idempotency_key)?));
    if let Some(row) = app.store.publication(&id).await? {
        return Ok(row);
    }
    let note = note.trim();
    if note.is_empty() {
        return Err(invalid("note", "NOTE_MISSING"));
    }
    if note.chars().count() > LONGEST_NOTE {
        return Err(invalid("note", "TOO_LONG"));
    }
    let folder = app.config.workflows_dir.as_deref();
    let folder = folder.ok_or(invalid("workflows", "NO_WORKFLOWS_DIR"))?;
    let pack = match read(app, folder).await? {
        Ok(pack) => pack,
        Err(rejected) => {
            reject(app, rejected);
            return Err(invalid("workflows", "DEFECTIVE_WORKFLOWS"));
        }
    };
    // What is in the folder is sound: what was said of its faults is over.
    app.reject(None);
    if pack.version() == app.pack().version() {
        return Err(invalid("workflows", "ALREADY_RUNNING"));
    }
    let row = proposed(app, &pack, id, Some(account), note).await?;
    let object = format!("pack:{}", row.pack);
    audit(
        app,
        Some(account),
        "workflows.propose",
        &object,
        AuditOutcome::Allowed,
        None,
    )
    .await?;
    Ok(row)
}

/// Publishes a proposal: its pack runs from now on, here at once and in other processes when they look next.
///
/// # Errors
/// [`Error::Forbidden`] unless the actor is an analyst or administrator, [`Error::NotFound`], [`Error::Invalid`]
/// `SAME_PERSON`, `ALREADY_PUBLISHED`, or `DEFECTIVE_WORKFLOWS` when it does not fit the cases any more.
pub async fn publish(app: &App, actor: &Actor, proposal: &str, idempotency_key: &str) -> Result<PublicationRow> {
    demand(app, actor, Action::PublishWorkflows, &Standing::default(), "workflows").await?;
    let account = actor.account_id().ok_or(Error::Unauthenticated)?;
    check_key(idempotency_key)?;
    let row = app.store.publication(proposal).await?.ok_or(Error::NotFound)?;
    if row.published_by.as_deref() == Some(account) {
        return Ok(row);
    }
    let object = format!("pack:{}", row.pack);
    let code = Action::PublishWorkflows.code();
    if row.proposed_by.as_deref() == Some(account) {
        audit(
            app,
            Some(account),
            code,
            &object,
            AuditOutcome::Denied,
            Some("same_person"),
        )
        .await?;
        return Err(invalid("proposalId", "SAME_PERSON"));
    }
    if row.published_at.is_some() {
        return Err(invalid("proposalId", "ALREADY_PUBLISHED"));
    }
    let pack = complete(&app.store, definitions::pack(&app.store, &row.pack).await?).await?;
    let found = unfit(app, &pack).await?;
    if !found.is_empty() {
        reject(app, Rejected::new(&PackError::Defective(found), app.now()));
        return Err(invalid("workflows", "DEFECTIVE_WORKFLOWS"));
    }
    let now = app.now();
    definitions::keep(&app.store, &pack, now).await?;
    if !app.store.publish(&row.id, account, now).await? {
        return Err(invalid("proposalId", "ALREADY_PUBLISHED"));
    }
    audit(app, Some(account), code, &object, AuditOutcome::Allowed, None).await?;
    run(app, pack, now).await?;
    app.store.publication(proposal).await?.ok_or(Error::NotFound)
}

/// Proposals that nobody has published, newest first.
///
/// # Errors
/// [`Error::Forbidden`] unless the actor is an analyst or administrator; those of the database.
pub async fn proposals(app: &App, actor: &Actor) -> Result<Vec<PublicationRow>> {
    demand(app, actor, Action::PublishWorkflows, &Standing::default(), "workflows").await?;
    Ok(app.store.proposals(PROPOSALS).await?)
}

/// Takes over what other processes have done: lets run what a person has published there, and takes in versions under which
/// cases may have been opened or to which they may have been moved there, and templates by which messages may have been
/// sent. Returns whether another pack runs now.
///
/// # Errors
/// Those of the database; [`Error::Internal`] when what was published cannot be read here.
pub async fn catch_up(app: &App) -> Result<bool> {
    let running = app.running();
    if !definitions::is_complete(&app.store, &running.pack).await? {
        let pack = complete(&app.store, Pack::clone(&running.pack)).await?;
        app.run_pack(Running {
            pack: Arc::new(pack),
            ..running
        });
    }
    let Some(row) = app.store.last_published().await? else {
        return Ok(false);
    };
    let running = app.running();
    let (Some(at), Some(_)) = (row.published_at, &row.published_by) else {
        return Ok(false);
    };
    if at <= running.since || row.pack == running.pack.version() {
        return Ok(false);
    }
    run(app, definitions::pack(&app.store, &row.pack).await?, at).await?;
    Ok(true)
}

async fn run(app: &App, pack: Pack, since: OffsetDateTime) -> Result<()> {
    definitions::keep(&app.store, &pack, since).await?;
    let pack = Arc::new(complete(&app.store, pack).await?);
    tracing::info!(pack.version = pack.version(), "another domain pack runs");
    app.run_pack(Running {
        pack,
        since,
        rejected: None,
    });
    Ok(())
}

/// Reads and judges the folder.
async fn read(app: &App, folder: &Path) -> Result<std::result::Result<Pack, Rejected>> {
    let folder = folder.to_owned();
    // Compiling and checking everything takes as long as a hundred requests.
    let loaded = tokio::task::spawn_blocking(move || workflows::load_sound(Some(&folder))).await;
    let pack = match loaded.map_err(|_| Error::Internal("the workflows cannot be read"))? {
        Ok(pack) => complete(&app.store, pack).await?,
        Err(error) => return Ok(Err(Rejected::new(&error, app.now()))),
    };
    let found = unfit(app, &pack).await?;
    Ok(if found.is_empty() {
        Ok(pack)
    } else {
        Err(Rejected::new(&PackError::Defective(found), app.now()))
    })
}

/// Why a pack cannot take the place of the one that runs: what it would do to the cases, and to the filings of today.
async fn unfit(app: &App, pack: &Pack) -> Result<Vec<Diagnostic>> {
    let mut found = conflicts(&app.store, pack).await?;
    if let Ok(today) = local_date(app.now()) {
        found.extend(ungoverned(&app.pack(), pack, today));
    }
    Ok(found)
}

fn reject(app: &App, rejected: Rejected) -> Arc<Rejected> {
    log(&rejected);
    let rejected = Arc::new(rejected);
    app.reject(Some(rejected.clone()));
    rejected
}

fn log(rejected: &Rejected) {
    tracing::error!(error = %rejected.error, "the domain pack in the folder does not run");
    for diagnostic in &rejected.found {
        tracing::error!(%diagnostic, "domain pack");
    }
}

async fn proposed(app: &App, pack: &Pack, id: String, by: Option<&str>, note: &str) -> Result<PublicationRow> {
    definitions::keep_files(&app.store, pack, app.now()).await?;
    let row = PublicationRow {
        id,
        pack: pack.version().to_owned(),
        note: note.to_owned(),
        proposed_by: by.map(str::to_owned),
        proposed_at: app.now(),
        published_by: None,
        published_at: None,
    };
    app.store.propose(row.clone()).await?;
    Ok(row)
}

/// Notes that a pack runs without anybody having published it.
async fn published(app: &App, version: &str, note: &str, now: OffsetDateTime) -> Result<()> {
    let row = PublicationRow {
        id: app.ids.next().to_string(),
        pack: version.to_owned(),
        note: note.to_owned(),
        proposed_by: None,
        proposed_at: now,
        published_by: None,
        published_at: Some(now),
    };
    Ok(app.store.propose(row).await?)
}

fn invalid(field: &'static str, code: &'static str) -> Error {
    Error::Invalid { field, code }
}
