//! The configuration: what every setting is, and where its value came from.
//!
//! Later layers win: `default.toml` (compiled in), `zhengming.toml`, the environment
//! (`ZHENGMING_*`), the command line. Every value is parsed into its type here, so that the rest
//! of the program cannot meet a bad one, and each error names the layer, the key and the cure.

mod address;
mod layer;
mod section;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use serde::Deserialize;

use crate::secret::case_number::Prefix;

pub use self::{
    address::{PublicUrl, TrustedProxies, line_behind},
    layer::{ConfigError, Source},
    section::{
        Database, DatabaseUrl, Hidden, Http, Limits, Log, LogFormat, Mail, MailTls, MailTransport, Meilisearch,
        Password, Period, Rate, Retention, Search, Session, Workflows,
    },
};

/// The documented defaults, as `gen config` prints them.
pub const DEFAULTS: &str = include_str!("default.toml");

/// Name of the file that is read from the working directory when no other is named.
pub const FILE_NAME: &str = "zhengming.toml";

/// Every setting of the service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port of the HTTP server.
    pub listen: SocketAddr,
    /// How people reach the service; empty stands for the listen address.
    #[serde(deserialize_with = "address::optional_url")]
    public_url: Option<PublicUrl>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Where everything is kept that is not in a database elsewhere.
    pub data_dir: PathBuf,
    /// A domain pack instead of the compiled-in one.
    #[serde(deserialize_with = "section::optional_path")]
    pub workflows_dir: Option<PathBuf>,
    /// How another domain pack comes to run.
    pub workflows: Workflows,
    /// Letters in front of case numbers.
    pub case_number_prefix: Prefix,
    /// The database.
    pub database: Database,
    /// Deadlines and bounds of connections.
    pub http: Http,
    /// Sizes and rates.
    pub limits: Limits,
    /// Cost of password hashes and what a password must be like.
    pub password: Password,
    /// How long a sign-in lasts.
    pub session: Session,
    /// Outgoing mail.
    pub mail: Mail,
    /// Where similar marks are looked for.
    pub search: Search,
    /// What is logged and how.
    pub log: Log,
    /// How long each kind of row is kept.
    pub retention: Retention,
}

/// What the command line can set.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config FILE`: this file instead of `zhengming.toml`; it must be there.
    pub config: Option<PathBuf>,
    /// `--data-dir DIR`.
    pub data_dir: Option<PathBuf>,
    /// `--listen ADDRESS`.
    pub listen: Option<String>,
}

impl Config {
    /// Reads every layer: `flags`, `environment` (all variables of the process; others than
    /// `ZHENGMING_*` are skipped), the file, the defaults.
    ///
    /// # Errors
    /// The first layer that cannot be read or holds an unknown key or a wrong value.
    pub fn load(flags: &Flags, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let environment: BTreeMap<String, String> = environment.into_iter().collect();
        layer::load(flags, &environment)
    }

    /// How people reach the service.
    #[must_use]
    pub fn public_url(&self) -> PublicUrl {
        self.public_url
            .clone()
            .unwrap_or_else(|| PublicUrl::of_listener(self.listen))
    }

    /// The database's URL; SQLite in the data directory unless another is set.
    #[must_use]
    pub fn database_url(&self) -> DatabaseUrl {
        self.database.url.clone().unwrap_or_else(|| {
            let file = self.data_dir.join("zhengming.sqlite");
            DatabaseUrl::sqlite(&file)
        })
    }

    /// The directory of mails that are not sent but written to files.
    #[must_use]
    pub fn mail_spool(&self) -> PathBuf {
        self.data_dir.join("mail")
    }
}

impl Default for Config {
    /// The compiled-in defaults.
    fn default() -> Self {
        layer::defaults().unwrap_or_else(|error| unreachable!("the compiled-in defaults are valid: {error}"))
    }
}
