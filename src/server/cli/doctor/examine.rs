//! The parts of an installation, each looked at by one function. Nothing is made or changed, a probe of writing apart.

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use time::format_description::well_known::Rfc3339;
use tokio::time::timeout;
use zhengming_engine::clock::{CHINA, local_date};
use zhengming_migrations::{Migrator, MigratorTrait as _};

use super::{Diagnosis, Verdict};
use crate::{
    backends::KEYS,
    cli::{explain_pack, language::say, opened::own_database_file},
    clock::{Clock as _, SystemClock},
    config::{Config, MailTransport},
    locale::Value,
    mail::SmtpMailer,
    secret::Secrets,
    service::intake::is_city,
    store::{AuditFilter, CaseFilter, PublicationRow, Store, StoreConfig, moment},
    workflows,
};

/// Free bytes below which the disk is called full, and nearly full.
const FULL: u64 = 256 << 20;
const NEARLY_FULL: u64 = 2 << 30;
/// How far the clock may run behind what the database already holds.
const SLACK: time::Duration = time::Duration::minutes(5);
/// Month from which the holidays of the next year are published.
const NOTICE_MONTH: time::Month = time::Month::December;

/// Looks at every part.
pub(super) async fn all(config: &Config) -> Vec<Diagnosis> {
    let mut found = vec![directory(config)];
    let now = SystemClock::new().now();
    let mut published = None;
    match open(config).await {
        Opened::Not(diagnosis) => found.extend([keys(config, None), diagnosis]),
        Opened::Yes(store) => {
            let begun = begun_with(&store).await;
            found.push(keys(config, Some(&begun)));
            found.push(database(&store, now).await);
            found.push(migrations(&store).await);
            found.push(work(&store).await);
            found.push(intake(&store).await);
            found.extend(closed(config, &store, now).await);
            found.push(clock(&store, now).await);
            published = store.last_published().await.ok().flatten();
            if store.close().await.is_err() {
                found.push(Diagnosis {
                    part: "database",
                    verdict: Verdict::Wrong,
                    text: say("cli-doctor-database-close", &[]),
                });
            }
        }
    }
    found.push(match pack(config, now) {
        bad if bad.verdict == Verdict::Wrong => running(bad, published),
        other => other,
    });
    found.push(disk(config));
    found.push(mail_way(config).await);
    found
}

fn diagnosis(part: &'static str, verdict: Verdict, key: &str, args: &[(&'static str, Value<'_>)]) -> Diagnosis {
    Diagnosis {
        part,
        verdict,
        text: say(key, args),
    }
}

fn failed(part: &'static str, error: &dyn std::fmt::Display) -> Diagnosis {
    Diagnosis {
        part,
        verdict: Verdict::Wrong,
        text: error.to_string(),
    }
}

fn path_arg(path: &Path) -> (&'static str, Value<'static>) {
    ("path", path.display().to_string().into())
}

fn directory(config: &Config) -> Diagnosis {
    let dir = &config.data_dir;
    match fs::metadata(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => diagnosis(
            "directory",
            Verdict::Note,
            "cli-doctor-directory-missing",
            &[path_arg(dir)],
        ),
        Err(error) => failed("directory", &format_args!("{}: {error}", dir.display())),
        Ok(metadata) if !metadata.is_dir() => diagnosis(
            "directory",
            Verdict::Wrong,
            "cli-doctor-directory-file",
            &[path_arg(dir)],
        ),
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => diagnosis(
            "directory",
            Verdict::Wrong,
            "cli-doctor-directory-open",
            &[path_arg(dir)],
        ),
        Ok(_) => diagnosis(
            "directory",
            Verdict::Good,
            "cli-doctor-directory-good",
            &[path_arg(dir)],
        ),
    }
}

/// With which keys a database was begun.
struct Begun {
    /// Their fingerprint, if it remembers it.
    fingerprint: Option<String>,
    /// Whether it holds cases, whose receipts were made with them.
    used: bool,
}

/// A database that cannot tell says so at its own place.
async fn begun_with(store: &Store) -> Begun {
    Begun {
        fingerprint: store.setting(KEYS).await.ok().flatten(),
        used: store
            .count_cases(&CaseFilter::default())
            .await
            .is_ok_and(|cases| cases > 0),
    }
}

/// Keys are made on the first start only: a database without those that it was begun with has lost them.
fn keys(config: &Config, begun: Option<&Begun>) -> Diagnosis {
    let file = Secrets::file(&config.data_dir);
    let known = begun.and_then(|begun| begun.fingerprint.as_ref());
    match Secrets::find(&config.data_dir) {
        Err(error) => failed("keys", &error),
        Ok(None) if known.is_some() || begun.is_some_and(|begun| begun.used) => {
            diagnosis("keys", Verdict::Wrong, "cli-doctor-keys-lost", &[path_arg(&file)])
        }
        Ok(None) => diagnosis("keys", Verdict::Note, "cli-doctor-keys-none", &[path_arg(&file)]),
        Ok(Some(found)) if known.is_some_and(|known| *known != found.fingerprint()) => {
            diagnosis("keys", Verdict::Wrong, "cli-doctor-keys-foreign", &[path_arg(&file)])
        }
        Ok(Some(_)) => diagnosis("keys", Verdict::Good, "cli-doctor-keys-good", &[path_arg(&file)]),
    }
}

enum Opened {
    Yes(Store),
    Not(Diagnosis),
}

async fn open(config: &Config) -> Opened {
    if let Some(file) = own_database_file(config)
        && matches!(fs::metadata(&file), Err(error) if error.kind() == io::ErrorKind::NotFound)
    {
        return Opened::Not(diagnosis(
            "database",
            Verdict::Note,
            "cli-doctor-database-none",
            &[path_arg(&file)],
        ));
    }
    let wanted = StoreConfig {
        url: config.database_url().reveal().to_owned(),
        read_connections: config.database.read_connections.get(),
    };
    match Store::open(&wanted).await {
        Ok(store) => Opened::Yes(store),
        Err(error) => Opened::Not(failed("database", &error)),
    }
}

/// Opening has compared the settings that make a commit durable; what is left is whether it writes.
async fn database(store: &Store, now: time::OffsetDateTime) -> Diagnosis {
    let engine = if store.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let migrated = store.migrations().await.is_ok_and(|applied| !applied.is_empty());
    let answer = if migrated {
        store.probe_write(now).await
    } else {
        store.ping().await
    };
    match answer {
        Ok(()) => diagnosis(
            "database",
            Verdict::Good,
            "cli-doctor-database-good",
            &[("engine", engine.into())],
        ),
        Err(error) => failed("database", &error),
    }
}

async fn migrations(store: &Store) -> Diagnosis {
    match store.migrations().await {
        Err(error) => failed("migrations", &error),
        Ok(applied) => {
            let known = Migrator::migrations();
            let pending: Vec<&str> = known
                .iter()
                .map(|step| step.name())
                .filter(|name| !applied.iter().any(|done| done == name))
                .collect();
            if pending.is_empty() {
                diagnosis(
                    "migrations",
                    Verdict::Good,
                    "cli-doctor-migrations-good",
                    &[("applied", applied.len().into())],
                )
            } else {
                let names = pending.join(" ");
                diagnosis(
                    "migrations",
                    Verdict::Note,
                    "cli-doctor-migrations-pending",
                    &[("names", names.into())],
                )
            }
        }
    }
}

/// Somebody must take in what the public files.
async fn intake(store: &Store) -> Diagnosis {
    match store.organisations().await {
        Err(error) => failed("intake", &error),
        Ok(rows) => match rows.iter().find(|row| is_city(row)) {
            Some(row) => {
                let args = [("organisation", row.name_zh.clone().into())];
                diagnosis("intake", Verdict::Good, "cli-doctor-intake-good", &args)
            }
            None => diagnosis("intake", Verdict::Wrong, "cli-doctor-intake-none", &[]),
        },
    }
}

/// Heads of offices delete the personal data of closed cases. What is kept longer than the page on personal data says is told.
async fn closed(config: &Config, store: &Store, now: time::OffsetDateTime) -> Option<Diagnosis> {
    let kept = config.retention.closed_case();
    let filter = CaseFilter {
        personal_since: Some(now - kept),
        ..CaseFilter::default()
    };
    match store.count_cases(&filter).await {
        Ok(0) => None,
        Ok(cases) => {
            let args = [("cases", cases.into()), ("days", (kept.as_secs() / 86_400).into())];
            Some(diagnosis("cases", Verdict::Note, "cli-doctor-cases-kept", &args))
        }
        Err(error) => Some(failed("cases", &error)),
    }
}

/// Work after the commit that was given up.
async fn work(store: &Store) -> Diagnosis {
    let refused = store.failed_mails().await.unwrap_or_default();
    match (store.dead_outbox(1_000).await, store.parked_timers().await) {
        (Ok(dead), Ok(parked)) if dead.is_empty() && parked.is_empty() && refused == 0 => {
            diagnosis("jobs", Verdict::Good, "cli-doctor-jobs-good", &[])
        }
        (Ok(dead), Ok(parked)) if dead.is_empty() && parked.is_empty() => {
            let args = [("mails", refused.into())];
            diagnosis("jobs", Verdict::Note, "cli-doctor-jobs-mails", &args)
        }
        (Ok(dead), Ok(parked)) => {
            let args = [("dead", dead.len().into()), ("parked", parked.len().into())];
            diagnosis("jobs", Verdict::Wrong, "cli-doctor-jobs-stuck", &args)
        }
        (Err(error), _) | (_, Err(error)) => failed("jobs", &error),
    }
}

/// Legal periods follow the machine's clock, so one that was set back is a fault.
async fn clock(store: &Store, now: time::OffsetDateTime) -> Diagnosis {
    match store.audit_log(&AuditFilter::default(), 1).await {
        Err(error) => failed("clock", &error),
        Ok(rows) => match rows.first().filter(|row| row.at > now + SLACK) {
            Some(row) => {
                let args = [("now", in_china(now).into()), ("last", in_china(row.at).into())];
                diagnosis("clock", Verdict::Wrong, "cli-doctor-clock-back", &args)
            }
            None => diagnosis(
                "clock",
                Verdict::Good,
                "cli-doctor-clock-good",
                &[("now", in_china(now).into())],
            ),
        },
    }
}

/// A moment in China, to the second.
fn in_china(at: time::OffsetDateTime) -> String {
    let local = at.to_offset(CHINA);
    let whole = local.replace_nanosecond(0).unwrap_or(local);
    whole.format(&Rfc3339).unwrap_or_default()
}

fn pack(config: &Config, now: time::OffsetDateTime) -> Diagnosis {
    let pack = match workflows::load_sound(config.workflows_dir.as_deref()) {
        Ok(pack) => pack,
        Err(error) => return failed("workflows", &explain_pack(&error)),
    };
    let last = *pack.law.calendar.coverage().end();
    let args = [
        ("procedures", pack.procedures.len().into()),
        ("last", last.to_string().into()),
    ];
    match local_date(now) {
        Ok(today) if last < today => diagnosis("workflows", Verdict::Wrong, "cli-doctor-calendar-over", &args),
        Ok(today) if today.month() == NOTICE_MONTH && last.year() == today.year() => {
            diagnosis("workflows", Verdict::Note, "cli-doctor-calendar-ends", &args)
        }
        _ => diagnosis("workflows", Verdict::Good, "cli-doctor-workflows-good", &args),
    }
}

/// Which pack a service runs by while the one in the folder is bad.
fn running(bad: Diagnosis, published: Option<PublicationRow>) -> Diagnosis {
    let since = published.and_then(|row| row.published_at);
    Diagnosis {
        text: match since {
            Some(since) => {
                let running = say("cli-doctor-workflows-running", &[("since", moment(since).into())]);
                format!("{}\n{running}", bad.text)
            }
            None => bad.text,
        },
        ..bad
    }
}

fn disk(config: &Config) -> Diagnosis {
    // A directory that does not exist yet will be on the disk of the nearest one that does.
    let place = config
        .data_dir
        .ancestors()
        .find(|path| fs::metadata(path).is_ok())
        .unwrap_or(Path::new("."));
    match rustix::fs::statvfs(place) {
        Err(error) => failed("disk", &format_args!("{}: {error}", place.display())),
        Ok(facts) => {
            let free = facts.f_bavail.saturating_mul(facts.f_frsize);
            let args = [("mebibytes", (free >> 20).into())];
            let verdict = match free {
                ..FULL => (Verdict::Wrong, "cli-doctor-disk-full"),
                FULL..NEARLY_FULL => (Verdict::Note, "cli-doctor-disk-nearly"),
                NEARLY_FULL.. => (Verdict::Good, "cli-doctor-disk-good"),
            };
            diagnosis("disk", verdict.0, verdict.1, &args)
        }
    }
}

async fn mail_way(config: &Config) -> Diagnosis {
    match config.mail.transport {
        MailTransport::Spool => diagnosis(
            "mail",
            Verdict::Note,
            "cli-doctor-mail-spool",
            &[path_arg(&config.mail_spool())],
        ),
        MailTransport::Smtp => {
            let mailer = match SmtpMailer::open(&config.mail) {
                Ok(mailer) => mailer,
                Err(error) => return failed("mail", &error),
            };
            let server = format!("{}:{}", config.mail.host, config.mail.port);
            let wait = config.mail.timeout().min(Duration::from_secs(10));
            let (verdict, key, reason) = match timeout(wait, mailer.probe()).await {
                Ok(Ok(())) => (Verdict::Good, "cli-doctor-mail-good", String::new()),
                Ok(Err(error)) => (Verdict::Wrong, "cli-doctor-mail-refuses", error.to_string()),
                Err(_) => (Verdict::Wrong, "cli-doctor-mail-unreachable", String::new()),
            };
            diagnosis(
                "mail",
                verdict,
                key,
                &[("server", server.into()), ("reason", reason.into())],
            )
        }
    }
}
