//! Who filed a case, at rest: sealed under a key of the installation, so that neither a copy of the database nor a backup
//! names a reporter (Order 121 art 37). It has a table and a key of its own.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde_json::{Value as Json, json};

use super::{Error, Result};
use crate::{
    app::App,
    clock::{Entropy, random},
    secret::{Purpose, SealKey, Secrets},
    store::{FilingMode, NewIdentity},
};

/// What the key is for.
const USE: &str = "identity";
/// Where a sealed body keeps its bytes.
const SEALED: &str = "sealed";

/// What the store keeps of who filed a case. A body that says nothing stays as it is.
///
/// # Errors
/// [`Error::Internal`] for a body beyond what the cipher takes.
pub(super) fn sealed(
    secrets: &Secrets,
    entropy: &dyn Entropy,
    case_id: &str,
    mode: FilingMode,
    body: Json,
) -> Result<NewIdentity> {
    if body.as_object().is_none_or(serde_json::Map::is_empty) {
        return Ok(NewIdentity { mode, body });
    }
    let bytes = key(secrets, case_id)
        .seal(body.to_string().as_bytes(), random(entropy))
        .map_err(|_| Error::Internal("an identity cannot be sealed"))?;
    Ok(NewIdentity {
        mode,
        body: json!({ SEALED: STANDARD_NO_PAD.encode(bytes) }),
    })
}

/// Who filed a case: field → answer. None for a case that does not exist or whose filer was erased.
///
/// # Errors
/// [`Error::Internal`] where the keys that sealed it are lost; the database's.
pub async fn of(app: &App, case_id: &str) -> Result<Option<Json>> {
    let kept = app.store.identity(case_id).await?.and_then(|row| row.body);
    kept.map(|body| opened(&app.secrets, case_id, body)).transpose()
}

/// Who filed a case, of what the transaction that decides has read: nothing that was erased since comes back with its decision.
///
/// # Errors
/// [`Error::Internal`] where the keys that sealed it are lost.
pub(super) fn read(secrets: &Secrets, case_id: &str, kept: Option<&Json>) -> Result<Option<Json>> {
    kept.map(|body| opened(secrets, case_id, body.clone())).transpose()
}

/// Whether anything is known of who filed a case. Nothing is opened for that, so it is no access to an identity.
///
/// # Errors
/// The database's.
pub async fn is_known(app: &App, case_id: &str) -> Result<bool> {
    let kept = app.store.identity(case_id).await?.and_then(|row| row.body);
    Ok(kept.is_some_and(|body| body.as_object().is_some_and(|body| !body.is_empty())))
}

/// Opens what [`sealed`] made. What an earlier program wrote is not sealed.
fn opened(secrets: &Secrets, case_id: &str, body: Json) -> Result<Json> {
    let Some(text) = body.get(SEALED).and_then(Json::as_str) else {
        return Ok(body);
    };
    let lost = || Error::Internal("an identity was sealed with keys that are lost");
    let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| lost())?;
    let plain = key(secrets, case_id).open(&bytes).map_err(|_| lost())?;
    serde_json::from_slice(&plain).map_err(|_| lost())
}

/// Each case has its key: a body that is moved to another case does not open there.
fn key(secrets: &Secrets, case_id: &str) -> SealKey {
    SealKey::derive(case_id.as_bytes(), &secrets.key(Purpose::Identity), USE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    fn secrets() -> (tempfile::TempDir, Secrets) {
        let directory = tempfile::tempdir().expect("a directory");
        let secrets = Secrets::open(directory.path(), &SystemEntropy).expect("secrets");
        (directory, secrets)
    }

    fn kept(secrets: &Secrets, body: Json) -> Json {
        let mode = FilingMode::Confidential;
        sealed(secrets, &SystemEntropy, "a", mode, body).expect("short").body
    }

    #[test]
    fn who_filed_is_read_with_the_keys_of_the_installation_and_for_its_own_case_only() {
        let (_kept, ours) = secrets();
        let body = json!({ "filer_name": "样例人甲", "filer_phone": "02700000001" });
        let stored = kept(&ours, body.clone());
        let text = stored.to_string();
        assert!(!text.contains("样例人甲") && !text.contains("filer"), "{text}");
        assert_eq!(opened(&ours, "a", stored.clone()).expect("opens"), body);
        assert!(matches!(opened(&ours, "b", stored.clone()), Err(Error::Internal(_))));
        let (_other, theirs) = secrets();
        assert!(matches!(opened(&theirs, "a", stored), Err(Error::Internal(_))));
    }

    #[test]
    fn what_says_nothing_and_what_an_earlier_program_wrote_is_read_as_it_stands() {
        let (_kept, secrets) = secrets();
        assert_eq!(kept(&secrets, json!({})), json!({}));
        let plain = json!({ "filer_name": "样例人甲" });
        assert_eq!(opened(&secrets, "a", plain.clone()).expect("plain"), plain);
    }
}
