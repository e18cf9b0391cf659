//! Documents are sealed by the organisation that makes them (电子印章): its signature covers all that a document says, so a
//! letter, and the receipt for it, prove themselves to whoever does not trust the database they are read from.

use serde_json::{Value as Json, json};

use super::case_state::hash;
use crate::{
    secret::{Secrets, jws::Claimed},
    store::{DocumentRow, micros},
};

/// Type of the signed text of a seal.
const SEAL_TYPE: &str = "zhengming-document+jws";
/// Where a document's body keeps its seal.
const SEAL: &str = "seal";

/// What the seal of a document proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seal {
    /// It has none: it was made by an earlier program or came from elsewhere, or its text was lawfully erased.
    Absent,
    /// It says what it said when this organisation made it.
    Whole {
        /// Id of the organisation.
        organisation: String,
        /// Fingerprint of its key.
        key: String,
    },
    /// It was sealed with a key that is lost: nothing can be said.
    Lost,
    /// It was changed after it was made.
    Broken,
}

/// Seals a document that an organisation has just made.
pub(super) fn seal(secrets: &Secrets, organisation: &str, row: &mut DocumentRow) {
    let text = secrets
        .signing_key(organisation)
        .sign(SEAL_TYPE, digest(row).as_bytes());
    if let Some(body) = row.body.as_object_mut() {
        body.insert(SEAL.to_owned(), json!({ "organisation": organisation, "text": text }));
    }
}

/// Looks whether a document is what was sealed.
#[must_use]
pub fn proved(secrets: &Secrets, row: &DocumentRow) -> Seal {
    let Some(seal) = row.body.get(SEAL) else {
        return Seal::Absent;
    };
    let part = |name: &str| seal.get(name).and_then(Json::as_str).unwrap_or_default();
    let organisation = part("organisation");
    let key = secrets.signing_key(organisation);
    let Ok(claimed) = Claimed::read(part("text")) else {
        return Seal::Broken;
    };
    if claimed.key() != key.public().thumbprint() {
        return Seal::Lost;
    }
    // One text has one signature by one key (RFC 8032 §5.1.6): to sign again takes a third of the time of proving.
    if key.sign(SEAL_TYPE, digest(row).as_bytes()) == part("text") {
        Seal::Whole {
            organisation: organisation.to_owned(),
            key: claimed.key().to_owned(),
        }
    } else {
        Seal::Broken
    }
}

/// Whose seal a body bears, by what it says itself.
pub(super) fn sealed_by(body: &Json) -> Option<&str> {
    body.get(SEAL)?.get("organisation")?.as_str()
}

/// A body without its seal, for elsewhere: what names organisations there is another text.
pub(super) fn unsealed(body: &Json) -> Json {
    let mut body = body.clone();
    if let Some(map) = body.as_object_mut() {
        map.shift_remove(SEAL);
    }
    body
}

/// SHA-256 (hex) of all that a document is.
fn digest(row: &DocumentRow) -> String {
    hash(&json!({
        "case": row.case_id,
        "kind": row.kind,
        "number": row.number,
        "at": micros(row.created_at).to_string(),
        "readers": row.visible_to,
        "body": unsealed(&row.body),
    }))
}
