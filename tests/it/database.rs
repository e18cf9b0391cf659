//! Databases for tests: a SQLite file and a private PostgreSQL server, both gone when the tests are.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use zhengming::store::{Store, StoreConfig};

/// A migrated, empty database.
pub(crate) struct Database {
    pub(crate) store: Store,
    pub(crate) url: String,
    /// A directory of the test's own; the SQLite file is in it.
    pub(crate) dir: TempDir,
}

impl Database {
    /// A SQLite file.
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite://{}", dir.path().join("test.db").display());
        Self::at(url, dir).await
    }

    /// A database of the private PostgreSQL server; `None` where the machine has no server binaries.
    pub(crate) async fn postgres() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = Server::get()?;
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        run(Command::new(server.bin.join("createdb"))
            .arg("-h")
            .arg(&server.dir)
            .args(["-U", "postgres", &name]));
        let url = format!("postgres://postgres@localhost/{name}?host={}", server.dir.display());
        Some(Self::at(url, tempfile::tempdir().expect("a temporary directory")).await)
    }

    /// Another empty database on the same engine.
    pub(crate) async fn like(other: &Self) -> Self {
        if other.store.is_postgres() {
            Self::postgres().await.expect("the server that the other one is on")
        } else {
            Self::sqlite().await
        }
    }

    /// Name of a PostgreSQL database.
    pub(crate) fn name(&self) -> &str {
        let (path, _) = self.url.split_once('?').expect("a URL with a socket");
        path.rsplit('/').next().expect("a name")
    }

    async fn at(url: String, dir: TempDir) -> Self {
        let store = Store::open(&StoreConfig {
            url: url.clone(),
            read_connections: 4,
        })
        .await
        .expect("open");
        store.migrate().await.expect("migrate");
        Self { store, url, dir }
    }
}

/// Runs a test on each engine. Where no PostgreSQL is installed it says so; in CI that is a failure.
pub(crate) async fn each_engine<F: Future<Output = ()>>(name: &str, test: impl Fn(Database) -> F) {
    test(Database::sqlite().await).await;
    match Database::postgres().await {
        Some(database) => {
            let store = database.store.clone();
            test(database).await;
            store.close().await.expect("close");
        }
        None => skipped(name),
    }
}

/// Says that the PostgreSQL half of a test did not run.
pub(crate) fn skipped(name: &str) {
    eprintln!("SKIPPED {name}: no PostgreSQL server binaries");
    assert!(
        std::env::var("CI").is_ok_and(|ci| ci == "true").eq(&false),
        "CI must have PostgreSQL"
    );
}

/// A PostgreSQL server of this process: a cluster in a temporary directory, reached through a socket in it.
struct Server {
    bin: PathBuf,
    dir: PathBuf,
    /// It reads from a pipe that ends with this process, however that ends; then it stops the server and removes its
    /// directory.
    _watcher: Child,
}

impl Server {
    fn get() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        SERVER.get_or_init(|| newest_binaries().map(Self::start)).as_ref()
    }

    fn start(bin: PathBuf) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("zhengming-pg-")
            .tempdir()
            .expect("a temporary directory")
            .keep();
        let data = dir.join("data");
        // PostgreSQL refuses to run as root.
        let as_root = unprivileged_user_needed(&dir);
        if as_root {
            run(Command::new("chown").arg("postgres").arg(&dir));
        }
        run(as_server(as_root, &bin.join("initdb"))
            .args([
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C",
                "--data-checksums",
                "-D",
            ])
            .arg(&data));
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories={} -c max_connections=200",
            dir.display()
        );
        run(as_server(as_root, &bin.join("pg_ctl"))
            .arg("-D")
            .arg(&data)
            .arg("-l")
            .arg(dir.join("log"))
            .args(["-w", "-o", &options, "start"]));
        let watcher = watch(as_root, &bin, &data, &dir).expect("a watcher for the server");
        Self {
            bin,
            dir,
            _watcher: watcher,
        }
    }
}

fn newest_binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |path: &Path| {
        path.file_name()
            .and_then(OsStr::to_str)
            .and_then(|name| name.parse::<u32>().ok())
    };
    let newest = versions
        .flatten()
        .map(|entry| entry.path())
        .max_by_key(|path| version(path))?
        .join("bin");
    newest.join("initdb").try_exists().ok()?.then_some(newest)
}

/// Whether this process is root: then a directory that it made belongs to user 0.
fn unprivileged_user_needed(dir: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    dir.metadata().expect("metadata of a directory just made").uid() == 0
}

fn as_server(as_root: bool, program: &Path) -> Command {
    if as_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

fn watch(as_root: bool, bin: &Path, data: &Path, dir: &Path) -> io::Result<Child> {
    let script =
        "trap '' INT HUP TERM; read _; \"$1\" -D \"$2\" -m immediate stop; rm -rf \"$3\"/data \"$3\"/log; rmdir \"$3\"";
    as_server(as_root, Path::new("sh"))
        .args(["-c", script, "sh"])
        .args([bin.join("pg_ctl").as_os_str(), data.as_os_str(), dir.as_os_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

fn run(command: &mut Command) {
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(
        status.as_ref().is_ok_and(std::process::ExitStatus::success),
        "{command:?}: {status:?}"
    );
}
