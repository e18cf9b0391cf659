//! What cases are pinned to: every pack that ran is kept, so that a case stays readable and goes on under the version that
//! it was opened under, whatever became of the files.

use std::collections::BTreeMap;

use serde_json::json;
use time::OffsetDateTime;
use zhengming_engine::{
    definition::model::Definition,
    diagnostic::{Diagnostic, Severity},
    pack::{Kept, Pack, Wording},
};

use super::{Error, Result, laws};
use crate::store::{DefinitionRow, PackRow, Store, WordingRow};

/// Keeps a pack with its law and the templates of its messages, unless it is kept already.
///
/// # Errors
/// Those of the database.
pub async fn keep(store: &Store, pack: &Pack, now: OffsetDateTime) -> Result<()> {
    keep_files(store, pack, now).await?;
    keep_wordings(store, pack).await?;
    let kept = store.definitions().await?;
    let all = pack.procedures.values().flatten();
    let new = all.filter(|definition| !kept.iter().any(|row| row.hash == definition.hash));
    let new: Vec<DefinitionRow> = new
        .map(|definition| DefinitionRow {
            hash: definition.hash.clone(),
            procedure: definition.key.clone(),
            version: i64::from(definition.version),
            pack: pack.version().to_owned(),
        })
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    Ok(store.keep_definitions(new).await?)
}

/// Keeps the files of a pack and its law, unless they are kept already.
///
/// # Errors
/// Those of the database.
pub(super) async fn keep_files(store: &Store, pack: &Pack, now: OffsetDateTime) -> Result<()> {
    laws::keep(store, &pack.law).await?;
    if store.pack(pack.version()).await?.is_some() {
        return Ok(());
    }
    let row = PackRow {
        version: pack.version().to_owned(),
        law: pack.law.version().to_owned(),
        files: json!(pack.files()),
        kept_at: now,
    };
    Ok(store.keep_pack(row).await?)
}

async fn keep_wordings(store: &Store, pack: &Pack) -> Result<()> {
    let kept = store.wording_hashes().await?;
    let new = pack
        .wordings()
        .filter(|wording| !kept.iter().any(|hash| hash == wording.hash()));
    let new: Vec<WordingRow> = new
        .map(|wording| WordingRow {
            hash: wording.hash().to_owned(),
            body: json!(wording),
        })
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    Ok(store.keep_wordings(new).await?)
}

/// Whether what other processes have kept since is in the pack: versions of procedures, templates of messages.
///
/// # Errors
/// Those of the database.
pub(super) async fn is_complete(store: &Store, pack: &Pack) -> Result<bool> {
    let kept = store.definitions().await?;
    if kept.iter().any(|row| !pack.knows(&row.procedure, &row.hash)) {
        return Ok(false);
    }
    Ok(store.wording_hashes().await?.iter().all(|hash| pack.has_wording(hash)))
}

/// A pack together with every kept version that its files do not hold, and every template by which something may have
/// been sent. A version that cannot be read again is logged and left out: its cases are unreadable, and no others.
///
/// # Errors
/// Those of the database.
pub async fn complete(store: &Store, pack: Pack) -> Result<Pack> {
    let mut pack = with_versions(store, pack).await?;
    let kept = store.wording_hashes().await?;
    let missing: Vec<String> = kept.into_iter().filter(|hash| !pack.has_wording(hash)).collect();
    if missing.is_empty() {
        return Ok(pack);
    }
    for row in store.wordings(missing).await? {
        match serde_json::from_value::<Wording>(row.body) {
            Ok(wording) => pack.keep_wording(row.hash, wording),
            Err(_) => {
                tracing::error!(wording = %row.hash, "the template of sent messages cannot be read again");
                pack.lose(&row.hash);
            }
        }
    }
    Ok(pack)
}

async fn with_versions(store: &Store, mut pack: Pack) -> Result<Pack> {
    let mut missing: BTreeMap<String, Vec<DefinitionRow>> = BTreeMap::new();
    for row in store.definitions().await? {
        if !pack.knows(&row.procedure, &row.hash) {
            missing.entry(row.pack.clone()).or_default().push(row);
        }
    }
    for (version, rows) in missing {
        let again = read_again(store, &version, &rows).await;
        let found = match again {
            Ok(found) => found,
            Err(Error::Store(error)) => return Err(error.into()),
            Err(_) => Vec::new(),
        };
        for row in &rows {
            if !found.iter().any(|kept| kept.definition.hash == row.hash) {
                tracing::error!(
                    procedure = %row.procedure,
                    procedure.version = row.version,
                    "a kept version of a procedure cannot be read again"
                );
                pack.lose(&row.hash);
            }
        }
        found.into_iter().for_each(|kept| pack.keep(kept));
    }
    Ok(pack)
}

async fn read_again(store: &Store, version: &str, rows: &[DefinitionRow]) -> Result<Vec<Kept>> {
    let row = store.pack(version).await?;
    let row = row.ok_or(Error::Internal("a kept pack is missing"))?;
    let law = laws::read(store, &row.law).await?;
    let files = files(&row)?;
    let kept = rows.iter().filter_map(|row| Kept::read(&law, &files, &row.hash));
    Ok(kept.collect())
}

/// The files of a kept pack, without its law.
pub(super) fn files(row: &PackRow) -> Result<Vec<(String, String)>> {
    serde_json::from_value(row.files.clone()).map_err(|_| Error::Internal("a kept pack is unreadable"))
}

/// A kept pack as a whole, read and checked again.
///
/// # Errors
/// [`Error::Internal`] when it is not kept, or this program finds fault with it; those of the database.
pub(super) async fn pack(store: &Store, version: &str) -> Result<Pack> {
    let row = store.pack(version).await?;
    let row = row.ok_or(Error::Internal("a kept pack is missing"))?;
    let law = laws::read(store, &row.law).await?;
    let own = files(&row)?;
    let all = law.files().iter().chain(&own);
    let all: Vec<(&str, &str)> = all.map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Pack::load(&all).0.ok_or(Error::Internal("a kept pack has errors"))
}

/// Versions that a pack holds with another text than the one that cases are pinned to (`WF602`). `pack` must be
/// complete. The range of filing days may be closed; what a version says to its cases may not change.
///
/// # Errors
/// Those of the database.
pub async fn conflicts(store: &Store, pack: &Pack) -> Result<Vec<Diagnostic>> {
    let mut found = Vec::new();
    for pinned in store.pinned_cases().await? {
        let versions = pack.procedures.get(&pinned.procedure).into_iter().flatten();
        let mut same = versions.filter(|d| i64::from(d.version) == pinned.version);
        let Some(definition) = same.next().filter(|d| d.hash != pinned.hash) else {
            continue;
        };
        let known = pack.pinned(&pinned.procedure, &pinned.hash);
        if known.is_some_and(|known| known.rules == definition.rules) {
            continue;
        }
        found.push(Diagnostic {
            file: definition.file.clone(),
            line: first_difference(store, pack, definition, &pinned.hash).await?,
            column: 0,
            code: "WF602",
            severity: Severity::Error,
            path: String::new(),
            message: format!(
                "version {} of `{}` was changed, and {} cases are pinned to it as it was",
                pinned.version, pinned.procedure, pinned.cases
            ),
            mend: "put its text back, and write the change as a version of its own with its own `filed:`".to_owned(),
        });
    }
    Ok(found)
}

/// The first line of a file that is not as it was when cases were pinned to it.
async fn first_difference(store: &Store, pack: &Pack, now: &Definition, hash: &str) -> Result<u32> {
    let rows = store.definitions().await?;
    let Some(row) = rows.iter().find(|row| row.hash == hash) else {
        return Ok(1);
    };
    let then = match store.pack(&row.pack).await? {
        Some(row) => files(&row)?,
        None => return Ok(1),
    };
    let text = |files: &[(String, String)]| {
        let file = files.iter().find(|(path, _)| *path == now.file);
        file.map(|(_, text)| text.clone()).unwrap_or_default()
    };
    let (then, now) = (text(&then), text(pack.files()));
    // The range of filing days may be another: that is not what is wrong.
    let range = |line: &str| line.starts_with("filed:");
    let same = then.lines().zip(now.lines());
    let same = same.take_while(|(a, b)| a == b || (range(a) && range(b))).count();
    Ok(u32::try_from(same + 1).unwrap_or(1))
}
