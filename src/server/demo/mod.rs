//! The demo: a city with its offices, people, brands and cases in every state.
//!
//! Nothing is inserted by hand: accounts, filings, events and timers go through the real services, with a clock that is
//! moved from the first filing to today. A setting marks the database as a demo; anything else is refused.

mod answers;
mod data;
mod plan;
mod play;
mod route;
mod world;

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::future::{BoxFuture, try_join};
use time::{Duration, OffsetDateTime};

use self::{answers::Answers, data::Data, plan::Planner};
use crate::{
    app::SharedApp,
    backends::{self, OpenError, Surroundings},
    clock::{SharedEntropy, TestClock},
    config::{Config, DatabaseUrl},
    jobs,
    mail::{MailError, Mailer, Message},
    service,
    store::{Store, StoreConfig, StoreError},
};

/// The setting that marks a database as a demo.
const SETTING: &str = "demo";
/// Its value while the demo is being made, and afterwards.
const MAKING: &str = "making";
const READY: &str = "ready";
/// File with the logins, within the data directory.
const LOGINS_FILE: &str = "demo-logins.txt";
/// The database within the data directory, where none is configured.
const DATABASE_FILE: &str = "zhengming.sqlite";
/// Offices and people are there this long before the first filing.
const BEFORE_FILINGS: Duration = Duration::days(60);

/// Why the demo could not be made; each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The data directory or the database belongs to something else.
    #[error("{0} holds data that --demo did not make: choose an empty directory with --data-dir")]
    Foreign(String),
    /// An earlier start was interrupted.
    #[error("{0} holds a demo that was not finished: delete the directory and start again")]
    Unfinished(String),
    /// Files.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The application could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
    /// A service refused.
    #[error("the demo could not be made: {0}")]
    Service(#[from] service::Error),
    /// An event was refused.
    #[error("the demo could not be made: {procedure}, {event}: {source}")]
    Step {
        /// Procedure of the case.
        procedure: String,
        /// The event.
        event: String,
        /// Why.
        source: service::Error,
    },
    /// The compiled-in data cannot be read.
    #[error("the demo's {file} is damaged: {source}")]
    Data {
        /// Which file.
        file: &'static str,
        /// Why.
        source: Box<toml::de::Error>,
    },
    /// The compiled-in register cannot be read.
    #[error("the demo's register is damaged: {0}")]
    Register(#[from] zhengming_marks::ImportError),
    /// The data name somebody who is not there.
    #[error("the demo's data name `{0}`, which is not there")]
    Unknown(String),
    /// A plan and the world do not fit.
    #[error("the demo could not be made: {0}")]
    Plan(&'static str),
}

/// An account of the demo with its password.
#[derive(Clone)]
pub struct Login {
    /// Name to sign in with.
    pub login: String,
    /// Password.
    pub password: String,
    /// Who it is.
    pub name: String,
    /// Roles as `role@organisation`; none for a member of the public.
    pub roles: Vec<String>,
}

/// What [`prepare`] did.
pub enum Prepared {
    /// It made the demo.
    Made {
        /// Cases that were filed; cases opened by them are not counted.
        cases: usize,
        /// Who can sign in.
        logins: Vec<Login>,
        /// Where that stands.
        file: PathBuf,
    },
    /// The demo was there already; nothing was changed.
    Found {
        /// Where the logins stand.
        file: PathBuf,
    },
}

/// What the making of the demo has come to, for whoever waits; accounts come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Cases are planned.
    Planning,
    /// The cases are played.
    Playing {
        /// Filings and events that have been sent.
        done: usize,
        /// Of so many.
        of: usize,
    },
    /// What follows the last events is done.
    Indexing,
}

/// Makes the demo in an empty data directory and database, or finds one that it made before.
///
/// `now` is where its time line ends, `told` hears how far it is. Mails that would have gone out on the way are not sent.
///
/// # Errors
/// [`DemoError::Foreign`] without touching anything; else see [`DemoError`].
pub async fn prepare(
    config: &Config,
    entropy: SharedEntropy,
    now: OffsetDateTime,
    told: &(dyn Fn(Stage) + Sync),
) -> Result<Prepared, DemoError> {
    let file = config.data_dir.join(LOGINS_FILE);
    let place = config.data_dir.display().to_string();
    match look(config).await? {
        Found::Demo => return Ok(Prepared::Found { file }),
        Found::Unfinished => return Err(DemoError::Unfinished(place)),
        Found::Other => return Err(DemoError::Foreign(place)),
        Found::Nothing => {}
    }
    let data = Data::read()?;
    let clock = TestClock::at(now);
    let app = backends::open(Surroundings {
        config: config.clone(),
        clock: Arc::new(clock.clone()),
        entropy,
        pack: None,
        mailer: Some(Arc::new(Nowhere)),
    })
    .await?;
    let made = make(&app, &clock, &data, now, told).await;
    let made = match made {
        Ok(made) => finish(&app, &file, made).await,
        Err(error) => Err(error),
    };
    app.store.close().await?;
    let (cases, logins) = made?;
    Ok(Prepared::Made { cases, logins, file })
}

async fn make(
    app: &SharedApp,
    clock: &TestClock,
    data: &Data,
    now: OffsetDateTime,
    told: &(dyn Fn(Stage) + Sync),
) -> Result<(usize, Vec<Login>), DemoError> {
    app.store.put_setting(SETTING, MAKING).await?;
    clock.set(founding(app, now));
    let cast = world::found(app, data).await?;
    let answers = Answers {
        data,
        names: &cast.names,
    };
    told(Stage::Planning);
    let plans = Planner {
        pack: &app.pack(),
        data,
        answers: &answers,
        now,
    }
    .plans();
    let (cases, ()) = try_join(
        play::play(app, clock, &cast, &plans, now, told),
        world::let_in(app, &cast),
    )
    .await?;
    told(Stage::Indexing);
    world::write_letters(app, data, &cast).await?;
    jobs::catch_up(app).await?;
    Ok((cases, cast.logins))
}

/// Keeps the logins, and says only then that the demo is made: one that is found has them.
async fn finish(
    app: &SharedApp,
    file: &Path,
    (cases, logins): (usize, Vec<Login>),
) -> Result<(usize, Vec<Login>), DemoError> {
    write_logins(file, &logins)?;
    app.store.put_setting(SETTING, READY).await?;
    Ok((cases, logins))
}

/// A day before every filing of the demo: a year ago, or before the last filings under the oldest rules.
fn founding(app: &SharedApp, now: OffsetDateTime) -> OffsetDateTime {
    let pack = app.pack();
    let ends = pack
        .procedures
        .values()
        .flatten()
        .filter_map(|definition| definition.filed.to);
    let first = ends.min().map(|day| day.midnight().assume_utc());
    let year = now - Duration::days(365);
    first.map_or(year, |first| (first - BEFORE_FILINGS).min(year))
}

/// What is in the data directory and the database.
enum Found {
    Nothing,
    Demo,
    Unfinished,
    Other,
}

/// Looks before anything is touched.
async fn look(config: &Config) -> Result<Found, DemoError> {
    let used = has_entries(&config.data_dir)?;
    let file = config.data_dir.join(DATABASE_FILE);
    let inside = config.database_url() == DatabaseUrl::sqlite(&file);
    if inside {
        if !used {
            return Ok(Found::Nothing);
        }
        // Opening a database that is not there would make one.
        if !file
            .try_exists()
            .map_err(|source| DemoError::Io { path: file, source })?
        {
            return Ok(Found::Other);
        }
    }
    let url = config.database_url().reveal().to_owned();
    let store = Store::open(&StoreConfig {
        url,
        read_connections: 1,
    })
    .await?;
    let found = inspect(&store, used).await;
    store.close().await?;
    found
}

/// A database elsewhere may have been set up as long as nobody used it; its keys are in the data directory.
async fn inspect(store: &Store, used: bool) -> Result<Found, DemoError> {
    let set_up = !store.migrations().await?.is_empty();
    let mark = if set_up { store.setting(SETTING).await? } else { None };
    Ok(match (mark.as_deref(), used) {
        (Some(READY), true) => Found::Demo,
        (Some(_), true) => Found::Unfinished,
        (None, false) if !set_up || store.is_unused().await? => Found::Nothing,
        _ => Found::Other,
    })
}

fn has_entries(directory: &Path) -> Result<bool, DemoError> {
    match std::fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(DemoError::Io {
            path: directory.to_owned(),
            source,
        }),
    }
}

/// Keeps the logins where only the owner of the data directory can read them: the whole file or none.
fn write_logins(path: &Path, logins: &[Login]) -> Result<(), DemoError> {
    let written = || -> io::Result<()> {
        let directory = path.parent().unwrap_or(Path::new("."));
        // Nobody else may read such a file from the moment it is there.
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(table(logins).as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        File::open(directory)?.sync_all()
    };
    written().map_err(|source| DemoError::Io {
        path: path.to_owned(),
        source,
    })
}

/// The logins as lines of login, password, name and roles, parted by tabs.
#[must_use]
pub fn table(logins: &[Login]) -> String {
    let mut text = String::new();
    for Login {
        login,
        password,
        name,
        roles,
    } in logins
    {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{login}\t{password}\t{name}\t{}", roles.join(","));
    }
    text
}

/// Takes mails of past days and sends none.
struct Nowhere;

impl Mailer for Nowhere {
    fn send<'a>(&'a self, _: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::{Login, table, write_logins};

    #[test]
    fn the_logins_are_a_whole_file_that_its_owner_alone_reads() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("demo-logins.txt");
        let logins = [Login {
            login: "intake".to_owned(),
            password: "a password".to_owned(),
            name: "李受理".to_owned(),
            roles: vec!["intake_officer@bureau".to_owned()],
        }];
        write_logins(&path, &logins).expect("written");
        assert_eq!(fs::read_to_string(&path).expect("read"), table(&logins));
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        let entries = fs::read_dir(directory.path()).expect("listed").count();
        assert_eq!(entries, 1, "nothing else is left");
    }
}
