//! `zhengming keys`: what is left to do when the keys of an installation are lost.

use clap::{Args, Subcommand};

use super::{
    Global, Outcome, UsageError,
    language::say,
    opened::{block_on, demand_data},
    warn,
};
use crate::{
    backends::KEYS,
    clock::{Clock as _, SystemClock, SystemEntropy},
    config::Config,
    secret::Secrets,
    store::{AuditOutcome, NewAudit, Store, StoreConfig},
};

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Go on with the keys that are there, or with new ones, after those that the data were made with are lost
    Accept(Accept),
}

/// Options of `keys accept`.
#[derive(Debug, Args)]
pub struct Accept {
    /// Confirm that every receipt that people hold becomes void, and that drafts and who filed become unreadable
    #[arg(long, required = true)]
    pub void_receipts: bool,
}

impl Keys {
    /// Lets the database know the keys of the data directory as its own; an entry of the audit log says so.
    ///
    /// # Errors
    /// There are no data, the keys cannot be read or made, or the database fails.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let Self::Accept(_) = self;
        let config = global.load()?;
        demand_data(&config)?;
        block_on(accept(config))
    }
}

async fn accept(config: Config) -> Result<Outcome, UsageError> {
    let store = Store::open(&StoreConfig {
        url: config.database_url().reveal().to_owned(),
        read_connections: 1,
    })
    .await?;
    store.migrate().await?;
    let secrets =
        Secrets::open(&config.data_dir, &SystemEntropy).map_err(|error| UsageError::Other(error.to_string()))?;
    let fingerprint = secrets.fingerprint();
    let file = [("path", Secrets::file(&config.data_dir).display().to_string().into())];
    if store.setting(KEYS).await?.as_ref() == Some(&fingerprint) {
        warn(&say("cli-keys-same", &file));
    } else {
        let entry = NewAudit {
            at: SystemClock::new().now(),
            actor_account: None,
            action: "keys.accept".to_owned(),
            object: format!("keys:{fingerprint}"),
            outcome: AuditOutcome::Allowed,
            purpose: None,
        };
        store.audit(entry).await?;
        store.put_setting(KEYS, &fingerprint).await?;
        warn(&say("cli-keys-accepted", &file));
    }
    store.close().await?;
    Ok(Outcome::Done)
}
