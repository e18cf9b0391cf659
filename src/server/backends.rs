//! Where embedded and scale-out differ: database, mail and the index of marks are chosen here and nowhere else.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
};

use zhengming_engine::pack::Pack;

use crate::{
    access::OrganisationTree,
    app::{App, SharedApp},
    clock::{Entropy, Ids, SharedClock, SharedEntropy},
    config::Config,
    feed::CaseFeed,
    limit::RateLimits,
    mail::{self, MailError, Mailer},
    search::{MarkSearch, SearchError},
    secret::{KeyError, PasswordError, Passwords, Secrets},
    service,
    store::{CaseFilter, Store, StoreConfig, StoreError},
    telemetry::{Metrics, TelemetryError},
    workflows::{self, PackError},
};

/// Why the application could not be opened; each says what to mend.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data directory cannot be used.
    #[error("data directory {directory}: {source}")]
    DataDirectory {
        /// Which.
        directory: String,
        /// Why.
        source: io::Error,
    },
    /// Keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// There are data, and the keys that they were made with are gone.
    #[error(
        "{} is missing, and the database holds data that were made with it: put it back from your copy. \
         If there is none, `zhengming keys accept --void-receipts` goes on with new keys",
        .0.display()
    )]
    KeysLost(PathBuf),
    /// The keys are those of another installation.
    #[error(
        "{} holds other keys than those that the database was made with: put the right ones in their place. \
         If they are lost, `zhengming keys accept --void-receipts` goes on with these",
        .0.display()
    )]
    KeysForeign(PathBuf),
    /// Database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Domain pack.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Mail.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// Index of marks.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// Password hashing.
    #[error(transparent)]
    Passwords(#[from] PasswordError),
    /// Metrics.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// A use case needed for opening failed.
    #[error(transparent)]
    Service(#[from] service::Error),
}

/// What differs between the running service, its commands and its tests.
pub struct Surroundings {
    /// Configuration.
    pub config: Config,
    /// Time.
    pub clock: SharedClock,
    /// Randomness.
    pub entropy: SharedEntropy,
    /// A pack that is already compiled; else the configured or compiled-in one is loaded.
    pub pack: Option<Arc<Pack>>,
    /// A way to send mail; else the configured one.
    pub mailer: Option<Arc<dyn Mailer>>,
}

/// The setting that remembers the fingerprint of the keys.
pub(crate) const KEYS: &str = "keys";

/// The keys that the data were made with; new ones only where nothing was made yet. With other keys the service would run,
/// and every receipt that people hold would be void without anybody noticing.
async fn secrets(store: &Store, data_dir: &Path, entropy: &dyn Entropy) -> Result<Secrets, OpenError> {
    let known = store.setting(KEYS).await?;
    let secrets = match Secrets::find(data_dir)? {
        Some(found) if known.as_ref().is_none_or(|known| *known == found.fingerprint()) => found,
        Some(_) => return Err(OpenError::KeysForeign(Secrets::file(data_dir))),
        None if known.is_some() || store.count_cases(&CaseFilter::default()).await? > 0 => {
            return Err(OpenError::KeysLost(Secrets::file(data_dir)));
        }
        None => Secrets::open(data_dir, entropy)?,
    };
    if known.is_none() {
        store.put_setting(KEYS, &secrets.fingerprint()).await?;
    }
    Ok(secrets)
}

/// Opens everything: data directory (0700), secrets, database with its migrations, domain pack, index of marks.
///
/// # Errors
/// [`OpenError`]; nothing is half-open then.
pub async fn open(around: Surroundings) -> Result<SharedApp, OpenError> {
    let Surroundings {
        config,
        clock,
        entropy,
        pack,
        mailer,
    } = around;
    make_private(&config.data_dir)?;
    let pack = match pack {
        Some(pack) => Ok(Arc::unwrap_or_clone(pack)),
        None => workflows::load_sound(config.workflows_dir.as_deref()),
    };
    let store = Store::open(&StoreConfig {
        url: config.database_url().reveal().to_owned(),
        read_connections: config.database.read_connections.get(),
    })
    .await?;
    store.migrate().await?;
    let secrets = secrets(&store, &config.data_dir, entropy.as_ref()).await?;
    let running = service::publication::begin(&store, pack, config.workflows.two_persons, clock.now()).await??;
    let mailer = match mailer {
        Some(mailer) => mailer,
        None => mail::mailer(&config)?,
    };
    let index = |name: &str| MarkSearch::open(&config.data_dir.join(name));
    let marks = match config.search.meilisearch() {
        Some(server) => MarkSearch::on_meilisearch(&server).await?,
        None => index("marks-index")?,
    };
    // What names stand in cases and are watched stays in the data directory, whatever server holds the public register.
    let (names, watched) = (index("names-index")?, index("watches-index")?);
    let demo = store.setting("demo").await?.is_some();
    let revisions = store.revisions().await?;
    let organisations = Arc::new(OrganisationTree::new(store.organisations().await?));
    let metrics = Metrics::new()?;
    let app = Arc::new(App {
        ids: Arc::new(Ids::new(clock.clone(), entropy.clone())),
        passwords: Passwords::new(&config.password, entropy.clone())?,
        limits: RateLimits::new(&config.limits, &clock, metrics.rate_limited.clone()),
        metrics,
        organisations: RwLock::new((revisions.organisations, organisations)),
        config,
        store,
        running: RwLock::new(running),
        clock,
        entropy,
        secrets: Arc::new(secrets),
        mailer,
        marks,
        names,
        watched,
        feed: CaseFeed::default(),
        demo,
    });
    service::register::catch_up(&app).await?;
    service::imitations::catch_up(&app).await?;
    service::watches::catch_up(&app).await?;
    Ok(app)
}

/// Makes the data directory, readable by its owner alone, or checks that it is one.
fn make_private(directory: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::DataDirectory {
        directory: directory.display().to_string(),
        source,
    };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(failed)?;
    let mode = fs::metadata(directory).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}
