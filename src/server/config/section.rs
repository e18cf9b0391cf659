//! The sections of the configuration, one struct each. What a key does stands in `default.toml`.

use std::{
    fmt,
    num::{NonZeroU16, NonZeroU32, NonZeroU64},
    path::{Path, PathBuf},
    time::Duration,
};

use lettre::message::Mailbox;
use serde::{Deserialize, Deserializer, de::Error as _};

/// How another domain pack comes to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workflows {
    /// Whether one person proposes it and another publishes it.
    pub two_persons: bool,
}

/// The database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Its URL; none stands for SQLite in the data directory.
    #[serde(deserialize_with = "optional_database_url")]
    pub(super) url: Option<DatabaseUrl>,
    /// Connections for reading.
    pub read_connections: NonZeroU32,
}

/// A database's URL. It can hold a password, so `Debug` shows the scheme only.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The URL of an SQLite file.
    #[must_use]
    pub fn sqlite(file: &Path) -> Self {
        Self(format!("sqlite://{}", file.display()))
    }

    /// The whole URL, for opening the database.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.split_once(':').map_or("", |(scheme, _)| scheme);
        write!(f, "DatabaseUrl({scheme}, hidden)")
    }
}

/// Deadlines and bounds of connections.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Open connections at most.
    pub max_connections: NonZeroU16,
    /// Open connections of one machine at most; a /64 network of IPv6 counts as one.
    pub max_connections_per_address: NonZeroU16,
    head_seconds: NonZeroU32,
    keep_alive_seconds: NonZeroU32,
    body_seconds: NonZeroU32,
    /// Bytes of a body that earn its sender one more second.
    pub body_bytes_per_second: NonZeroU32,
    write_seconds: NonZeroU32,
    drain_seconds: u32,
}

impl Http {
    /// Time in which a whole request head must arrive.
    #[must_use]
    pub fn head(&self) -> Duration {
        seconds(self.head_seconds)
    }

    /// Time that an unused connection stays open after an answer.
    #[must_use]
    pub fn keep_alive(&self) -> Duration {
        seconds(self.keep_alive_seconds)
    }

    /// Time for a request body, beside what its size earns.
    #[must_use]
    pub fn body(&self) -> Duration {
        seconds(self.body_seconds)
    }

    /// Time after which a client is dropped that takes nothing of its answer.
    #[must_use]
    pub fn write(&self) -> Duration {
        seconds(self.write_seconds)
    }

    /// Time that running requests get when the server stops.
    #[must_use]
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds.into())
    }
}

fn seconds(count: NonZeroU32) -> Duration {
    Duration::from_secs(count.get().into())
}

/// Sizes and rates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a GraphQL request.
    pub graphql_body_bytes: NonZeroU32,
    /// Bytes of a form of the portal, without files.
    pub form_body_bytes: NonZeroU32,
    /// Bytes of one uploaded file.
    pub upload_bytes: NonZeroU64,
    /// Keys that one rate limit remembers at most.
    pub remembered_keys: NonZeroU32,
    /// Sign-ins by one address.
    pub sign_in_by_address: Rate,
    /// Failed sign-ins to one account.
    pub sign_in_by_account: Rate,
    /// Filings by one address.
    pub filing: Rate,
    /// Look-ups by receipt or number by one address.
    pub receipt_lookup: Rate,
    /// Uploads by one address.
    pub upload: Rate,
    /// Without effect: no visitor can cause a mail. It is read so that files which set it stay valid.
    pub mail_request: Rate,
    /// GraphQL operations of one address without an account.
    pub graphql_anonymous: Rate,
    /// GraphQL operations of one account.
    pub graphql_signed_in: Rate,
    /// Pages of the portal by one address.
    pub page: Rate,
}

/// So many at once, then so many per period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many at once.
    pub burst: NonZeroU32,
    /// How many come back in each period.
    pub refill: NonZeroU32,
    /// The period.
    pub per: Period,
}

impl Rate {
    /// Time after which one more is allowed.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.per.length() / self.refill.get()
    }
}

/// The period of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// One second.
    Second,
    /// One minute.
    Minute,
    /// One hour.
    Hour,
    /// 24 hours.
    Day,
}

impl Period {
    fn length(self) -> Duration {
        Duration::from_secs(match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        })
    }
}

/// Cost of password hashes and what a password must be like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Password {
    /// Memory of one hash, in KiB.
    pub memory_kib: NonZeroU32,
    /// Passes over the memory.
    pub iterations: NonZeroU32,
    /// Lanes.
    pub lanes: NonZeroU32,
    /// Hashes that run at once.
    pub workers: NonZeroU16,
    /// Sign-ins that wait for a hash; more are refused.
    pub queue: u16,
    /// Characters that a new password has at least.
    pub min_length: NonZeroU16,
    /// Whether new passwords need three kinds of characters.
    pub complexity: bool,
}

/// How long a sign-in lasts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    idle_minutes: NonZeroU32,
    absolute_hours: NonZeroU32,
    bearer_days: NonZeroU32,
}

impl Session {
    /// Time without a request after which a session ends.
    #[must_use]
    pub fn idle(&self) -> Duration {
        Period::Minute.length() * self.idle_minutes.get()
    }

    /// Time after which a session ends in any case.
    #[must_use]
    pub fn absolute(&self) -> Duration {
        Period::Hour.length() * self.absolute_hours.get()
    }

    /// Time that a bearer token lasts.
    #[must_use]
    pub fn bearer(&self) -> Duration {
        Period::Day.length() * self.bearer_days.get()
    }
}

/// Outgoing mail.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Whether mails are sent or written to files.
    pub transport: MailTransport,
    /// Sender of all mails.
    pub from: Mailbox,
    /// The SMTP server.
    pub host: String,
    /// Its port.
    pub port: NonZeroU16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// File with certificates (PEM) of authorities that are trusted beside the public ones.
    #[serde(deserialize_with = "optional_path")]
    pub ca_file: Option<PathBuf>,
    /// Name to sign in with.
    #[serde(deserialize_with = "optional_text")]
    pub username: Option<String>,
    /// File whose first line is the password.
    #[serde(deserialize_with = "optional_path")]
    pub password_file: Option<PathBuf>,
    timeout_seconds: NonZeroU32,
}

impl Mail {
    /// Time after which a send is given up.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        seconds(self.timeout_seconds)
    }
}

/// Where mails go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// To `.eml` files in the data directory.
    Spool,
    /// To an SMTP server.
    Smtp,
}

/// How the connection to the SMTP server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// Not at all: for a relay on the same machine.
    None,
    /// By STARTTLS (RFC 3207), which is required, not tried.
    Starttls,
    /// By TLS from the first byte (RFC 8314).
    Tls,
}

/// Where similar marks are looked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    #[serde(deserialize_with = "optional_server_url")]
    meilisearch_url: Option<String>,
    #[serde(deserialize_with = "optional_hidden")]
    meilisearch_key: Option<Hidden>,
    #[serde(deserialize_with = "index_name")]
    meilisearch_index: String,
    timeout_seconds: NonZeroU32,
}

impl Search {
    /// The Meilisearch server that holds the index; none where the index is in the data directory.
    #[must_use]
    pub fn meilisearch(&self) -> Option<Meilisearch> {
        Some(Meilisearch {
            url: self.meilisearch_url.clone()?,
            key: self.meilisearch_key.clone(),
            index: self.meilisearch_index.clone(),
            timeout: seconds(self.timeout_seconds),
        })
    }
}

/// A Meilisearch server, and the index on it.
#[derive(Debug, Clone)]
pub struct Meilisearch {
    /// Its URL, `http://` or `https://`.
    pub url: String,
    /// Key that it is asked with.
    pub key: Option<Hidden>,
    /// Name of the index.
    pub index: String,
    /// Time after which a request is given up.
    pub timeout: Duration,
}

/// A text that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

/// What is logged and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Form of a line.
    pub format: LogFormat,
    /// Filter in the syntax of `tracing-subscriber`'s `EnvFilter`.
    pub level: String,
}

/// Form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How long each kind of row is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    ended_session_days: NonZeroU32,
    draft_days: NonZeroU32,
    #[serde(deserialize_with = "at_least::<24, _>")]
    idempotency_hours: u32,
    sent_mail_days: NonZeroU32,
    #[serde(deserialize_with = "at_least::<183, _>")]
    audit_days: u32,
    closed_case_days: NonZeroU32,
}

impl Retention {
    /// Sessions, counted from their end.
    #[must_use]
    pub fn ended_session(&self) -> Duration {
        days(self.ended_session_days.get())
    }

    /// Drafts, counted from the last change.
    #[must_use]
    pub fn draft(&self) -> Duration {
        days(self.draft_days.get())
    }

    /// Answers kept for repeated requests: 24 hours at least.
    #[must_use]
    pub fn idempotency(&self) -> Duration {
        Period::Hour.length() * self.idempotency_hours
    }

    /// Mails, counted from sending.
    #[must_use]
    pub fn sent_mail(&self) -> Duration {
        days(self.sent_mail_days.get())
    }

    /// Audit entries: six months at least (Cybersecurity Law 2016 art. 21(3)).
    #[must_use]
    pub fn audit(&self) -> Duration {
        days(self.audit_days)
    }

    /// Personal data of a case, counted from its closing (PIPL art. 19: no longer than needed).
    #[must_use]
    pub fn closed_case(&self) -> Duration {
        days(self.closed_case_days.get())
    }
}

fn days(count: u32) -> Duration {
    Period::Day.length() * count
}

/// Reads a number that a law or a promise bounds from below.
fn at_least<'de, const MINIMUM: u32, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let value = u32::deserialize(deserializer)?;
    if value < MINIMUM {
        return Err(D::Error::custom(format_args!("expected {MINIMUM} or more")));
    }
    Ok(value)
}

/// Reads a text; an empty one stands for none.
fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Reads a path; an empty text stands for none.
pub(super) fn optional_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    Ok(optional_text(deserializer)?.map(PathBuf::from))
}

/// Reads a database URL without repeating it in an error; an empty text stands for none.
fn optional_database_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DatabaseUrl>, D::Error> {
    let Some(url) = optional_text(deserializer)? else {
        return Ok(None);
    };
    let known = ["sqlite:", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| url.starts_with(scheme)) {
        Ok(Some(DatabaseUrl(url)))
    } else {
        Err(D::Error::custom("expected sqlite:// or postgres://"))
    }
}

fn optional_hidden<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hidden>, D::Error> {
    Ok(optional_text(deserializer)?.map(Hidden))
}

/// Reads the URL of a server; an empty text stands for none.
fn optional_server_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let Some(url) = optional_text(deserializer)? else {
        return Ok(None);
    };
    let parsed: Option<http::Uri> = url.parse().ok();
    let usable = parsed.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.query().is_none()
            && uri.authority().is_some_and(|host| !host.as_str().contains('@'))
    });
    if usable {
        Ok(Some(url))
    } else {
        Err(D::Error::custom(
            "expected http:// or https:// and a host, without user name and query",
        ))
    }
}

/// Reads the name of an index.
fn index_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if (1..=200).contains(&name.len()) && name.chars().all(known) {
        Ok(name)
    } else {
        Err(D::Error::custom("expected 1 to 200 letters of a to z, digits, - and _"))
    }
}
