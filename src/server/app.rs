//! The application: everything that use cases need, built once and shared.

use std::sync::{Arc, RwLock};

use time::{OffsetDateTime, UtcOffset};
use zhengming_engine::{diagnostic::Diagnostic, pack::Pack};

use crate::{
    access::OrganisationTree,
    clock::{Ids, SharedClock, SharedEntropy},
    config::Config,
    feed::CaseFeed,
    limit::RateLimits,
    mail::Mailer,
    search::MarkSearch,
    secret::{Passwords, Secrets},
    store::{CaseCommand, CommitError, Committed, Store, StoreError},
    telemetry::Metrics,
    workflows::PackError,
};

/// The domain pack that runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// The pack.
    pub pack: Arc<Pack>,
    /// Since when: when it was published, or read at a start.
    pub since: OffsetDateTime,
    /// Why the one in the folder does not run, if it was looked at and found bad.
    pub rejected: Option<Arc<Rejected>>,
}

/// A domain pack in the folder that does not run because of its faults.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// When it was looked at.
    pub at: OffsetDateTime,
    /// What is wrong with it as a whole.
    pub error: String,
    /// Every fault.
    pub found: Vec<Diagnostic>,
}

impl Rejected {
    /// Why a pack could not be used, seen now.
    #[must_use]
    pub fn new(error: &PackError, at: OffsetDateTime) -> Self {
        let found = match error {
            PackError::Defective(found) => found.clone(),
            PackError::Unreadable { .. } => Vec::new(),
        };
        Self {
            at,
            error: error.to_string(),
            found,
        }
    }
}

/// The parts of the running service. Endpoints, jobs and commands share one behind an [`Arc`].
pub struct App {
    /// Configuration.
    pub config: Config,
    /// Database.
    pub store: Store,
    /// What runs; see [`App::pack`] and [`App::running`].
    pub(crate) running: RwLock<Running>,
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: Arc<Ids>,
    /// Randomness.
    pub entropy: SharedEntropy,
    /// Keys made on the first start.
    pub secrets: Arc<Secrets>,
    /// Password hashing.
    pub passwords: Passwords,
    /// Rate limits.
    pub limits: RateLimits,
    /// Metrics.
    pub metrics: Metrics,
    /// Outgoing mail.
    pub mailer: Arc<dyn Mailer>,
    /// Similar marks.
    pub marks: MarkSearch,
    /// Names in cases.
    pub names: MarkSearch,
    /// Watched names.
    pub watched: MarkSearch,
    /// News of changed cases.
    pub feed: CaseFeed,
    /// Whether the data are invented; every page says so then.
    pub demo: bool,
    /// The organisations and the revision at which they were read.
    pub(crate) organisations: RwLock<(i64, Arc<OrganisationTree>)>,
}

/// The application as everybody holds it.
pub type SharedApp = Arc<App>;

impl App {
    /// Now, in UTC and to the microsecond: as the database keeps it, so that a replay from the database is exact.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        let now = self.clock.now().to_offset(UtcOffset::UTC);
        now.replace_nanosecond(now.nanosecond() / 1_000 * 1_000).unwrap_or(now)
    }

    /// The domain pack that runs: procedures, law, notices, documents. Another may take its place at any moment, so whoever
    /// needs it twice for one thing asks once.
    #[must_use]
    pub fn pack(&self) -> Arc<Pack> {
        // A writer that panicked cannot have left half a pack.
        self.running
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .pack
            .clone()
    }

    /// The running pack with what is known of the one in the folder.
    #[must_use]
    pub fn running(&self) -> Running {
        self.running
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    /// Lets another pack run from now on.
    pub(crate) fn run_pack(&self, running: Running) {
        *self.running.write().unwrap_or_else(std::sync::PoisonError::into_inner) = running;
    }

    /// Notes what is wrong with the pack in the folder, or that nothing is.
    pub(crate) fn reject(&self, rejected: Option<Arc<Rejected>>) {
        self.running
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .rejected = rejected;
    }

    /// [`Store::commit`], counted and timed.
    ///
    /// # Errors
    /// As there.
    pub async fn commit<R: Send + 'static>(&self, command: CaseCommand<R>) -> Result<Committed, CommitError<R>> {
        let began = self.clock.monotonic();
        let outcome = self.store.commit(command).await;
        let waited = self.clock.monotonic().saturating_sub(began);
        self.metrics.commit_seconds.observe(waited.as_secs_f64());
        self.count_commit(&outcome);
        outcome
    }

    /// Counts how a command ended.
    pub(crate) fn count_commit<R>(&self, outcome: &Result<Committed, CommitError<R>>) {
        let label = match outcome {
            Ok(committed) if committed.replayed => "replayed",
            Ok(_) => "committed",
            Err(CommitError::Store(_)) => "failed",
            Err(_) => "rejected",
        };
        self.metrics.commits.with_label_values(&[label]).inc();
    }

    /// Whether the data directory has too little room left for a busy minute.
    #[must_use]
    pub fn disk_is_full(&self) -> bool {
        const ENOUGH: u64 = 8 << 20;
        rustix::fs::statvfs(&self.config.data_dir).is_ok_and(|fs| fs.f_bavail.saturating_mul(fs.f_frsize) < ENOUGH)
    }

    /// The organisations as last read.
    #[must_use]
    pub fn organisations(&self) -> Arc<OrganisationTree> {
        // A reader that panicked cannot have changed the tree.
        self.organisations
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .1
            .clone()
    }

    /// Reads the organisations again, after one was added or changed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn reload_organisations(&self) -> Result<(), StoreError> {
        // Read before the rows: a change in between is seen again rather than missed.
        let revision = self.store.revisions().await?.organisations;
        let tree = Arc::new(OrganisationTree::new(self.store.organisations().await?));
        *self
            .organisations
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = (revision, tree);
        Ok(())
    }

    /// Reads the organisations again if another process has changed them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn catch_up_organisations(&self) -> Result<(), StoreError> {
        let seen = self
            .organisations
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .0;
        if self.store.revisions().await?.organisations == seen {
            return Ok(());
        }
        self.reload_organisations().await
    }
}
