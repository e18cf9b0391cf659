//! The law as it stood: every law that cases were decided by is kept with them, so that a replay counts as they did.

use std::{collections::BTreeMap, sync::Arc};

use zhengming_engine::clock::Law;

use super::{Error, Result};
use crate::{app::App, store::Store};

/// Where the files of a law are kept among the settings.
fn key(version: &str) -> String {
    format!("law:{version}")
}

/// Keeps a law, unless it is kept already.
///
/// # Errors
/// Those of the database.
pub async fn keep(store: &Store, law: &Law) -> Result<()> {
    let key = key(law.version());
    if store.setting(&key).await?.is_none() {
        let files = serde_json::to_string(law.files()).map_err(|_| Error::Internal("a law does not serialise"))?;
        store.put_setting(&key, &files).await?;
    }
    Ok(())
}

/// The laws that one replay or several need, each read once.
#[derive(Debug, Default)]
pub(super) struct Laws {
    kept: BTreeMap<String, Arc<Law>>,
}

impl Laws {
    /// The law of a version.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is not kept, or when what is kept is not that law; those of the database.
    pub(super) async fn of(&mut self, app: &App, version: &str) -> Result<Arc<Law>> {
        if let Some(law) = self.kept.get(version) {
            return Ok(law.clone());
        }
        let pack = app.pack();
        let law = Arc::new(if version == pack.law.version() {
            pack.law.clone()
        } else {
            read(&app.store, version).await?
        });
        self.kept.insert(version.to_owned(), law.clone());
        Ok(law)
    }
}

/// A kept law.
///
/// # Errors
/// [`Error::Internal`] when it is not kept, or when what is kept is not that law; those of the database.
pub(super) async fn read(store: &Store, version: &str) -> Result<Law> {
    let text = store.setting(&key(version)).await?;
    let text = text.ok_or(Error::Internal("a law that cases were decided by is not kept"))?;
    let files: Vec<(String, String)> =
        serde_json::from_str(&text).map_err(|_| Error::Internal("a kept law is unreadable"))?;
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let law = Law::load(&files).0.filter(|law| law.version() == version);
    law.ok_or(Error::Internal("a kept law is not what it was"))
}
