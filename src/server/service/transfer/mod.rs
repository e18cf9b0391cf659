//! Hand-over by signed file: to an organisation that has no access here, and back.
//!
//! A *transfer file* carries a case as it stands; the receiver goes on with it under the same version of the same procedure.
//! From then on each side sends the other what it did, in an *events file*, and each event is decided anew by whoever takes it
//! in: neither side has to trust the other's memory. Both are JSON Web Signatures. Who filed never leaves the installation.

mod events;
mod export;
mod import;
mod keys;
mod take_over;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json};
use time::OffsetDateTime;
use zhengming_engine::{
    decision::Handover,
    definition::model::{Definition, FieldKind},
};

use super::{Error, Result, contributions::Laid};
use crate::{
    access::OrganisationTree,
    secret::jws::JwsError,
    store::{AssignmentRow, CaseRow, FilingMode, OrganisationRow},
};

pub(super) use events::Arrived;
pub use export::{Request, Signed, may_write, write_events, write_transfer};
pub use import::{Imported, read};
pub use keys::{PublicKey, own_key, revoke, trust, trusted};

/// Type of a signed text that carries a case.
pub const TRANSFER_TYPE: &str = "zhengming-transfer+jws";
/// Type of a signed text that carries events of a case.
pub const EVENTS_TYPE: &str = "zhengming-events+jws";
/// Version of both forms.
const FORMAT: u32 = 2;

/// An organisation as files and keys name it: ids mean nothing outside an installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Body {
    /// Stable short key.
    pub key: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// What it is, as the domain pack names it.
    pub kind: String,
    /// Administrative division, GB/T 2260; empty where there is none.
    pub division: String,
}

impl From<&OrganisationRow> for Body {
    fn from(row: &OrganisationRow) -> Self {
        Self {
            key: row.key.clone(),
            name_zh: row.name_zh.clone(),
            name_en: row.name_en.clone(),
            kind: row.kind.clone(),
            division: row.division_code.clone(),
        }
    }
}

/// Something that goes along beside the file, known by its hash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Name of the file.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, hex.
    pub sha256: String,
}

/// A document of the case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Paper {
    kind: String,
    number: String,
    #[serde(with = "time::serde::rfc3339")]
    issued_at: OffsetDateTime,
    readers: Vec<String>,
    body: Json,
}

/// Which case, and by what it is governed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Matter {
    id: String,
    number: String,
    procedure: String,
    version: u32,
    definition: String,
    #[serde(with = "time::serde::rfc3339")]
    filed_at: OffsetDateTime,
    mode: String,
    /// Number of its last event.
    seq: i64,
}

/// A case, as it leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct TransferFile {
    format: u32,
    #[serde(with = "time::serde::rfc3339")]
    issued_at: OffsetDateTime,
    from: Body,
    /// Fingerprint of the key of whom it is for.
    to: String,
    case: Matter,
    handover: Handover,
    /// Everything that its fields hold, organisations by their keys; no identity, no account.
    fields: Map<String, Json>,
    documents: Vec<Paper>,
    /// Roles that organisations hold on it: role and key of the organisation.
    holders: Vec<(String, String)>,
    /// The organisations that are named in it.
    organisations: Vec<Body>,
    /// The templates of its documents, by the hash that they remember.
    wordings: BTreeMap<String, Json>,
    items: Vec<Item>,
    /// Its evidence; from version 2 of the form on.
    #[serde(default)]
    evidence: Vec<Laid>,
}

/// An event of a case, as it was sent there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    seq: i64,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    event: String,
    fields: Map<String, Json>,
}

/// What one side did to a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct EventsFile {
    format: u32,
    #[serde(with = "time::serde::rfc3339")]
    issued_at: OffsetDateTime,
    from: Body,
    to: String,
    case: Matter,
    events: Vec<Sent>,
    organisations: Vec<Body>,
    /// The evidence that was added there; from version 2 of the form on.
    #[serde(default)]
    evidence: Vec<Laid>,
}

/// Whether an organisation has a case or holds a role on it.
fn concerns(case: &CaseRow, assignments: &[AssignmentRow], organisation: &str) -> bool {
    let holds = |a: &AssignmentRow| a.organisation_id.as_deref() == Some(organisation) && a.until_seq.is_none();
    case.organisation_id == organisation || assignments.iter().any(holds)
}

/// A file is refused, by name.
const fn refused(code: &'static str) -> Error {
    Error::Invalid { field: "file", code }
}

impl From<JwsError> for Error {
    fn from(error: JwsError) -> Self {
        refused(match error {
            JwsError::Truncated => "TRANSFER_TRUNCATED",
            JwsError::Unreadable => "TRANSFER_UNREADABLE",
            JwsError::Algorithm => "TRANSFER_ALGORITHM",
            JwsError::Altered => "TRANSFER_ALTERED",
        })
    }
}

/// Reads what a proven signature covers.
fn parsed<T: DeserializeOwned>(payload: &[u8]) -> Result<T> {
    serde_json::from_slice(payload).map_err(|_| refused("TRANSFER_UNREADABLE"))
}

/// The answers with organisations named by `name`, and without accounts, which mean nothing elsewhere.
fn translated(
    definition: &Definition,
    fields: &Map<String, Json>,
    mut name: impl FnMut(&str) -> Option<String>,
) -> Map<String, Json> {
    let mut out = Map::new();
    for (field, value) in fields {
        let kind = definition.fields.get(field).map(|field| &field.kind);
        let value = match (kind, value.as_str()) {
            (Some(FieldKind::Account { .. }), _) => None,
            (Some(FieldKind::Organisation { .. }), Some(organisation)) => name(organisation).map(Json::String),
            _ => Some(value.clone()),
        };
        out.extend(value.map(|value| (field.clone(), value)));
    }
    out
}

/// The key of an organisation of this installation, which is noted among those that a file names.
fn key_of(tree: &OrganisationTree, named: &mut BTreeMap<String, Body>, id: &str) -> Option<String> {
    let row = tree.get(id)?;
    named.entry(row.key.clone()).or_insert_with(|| Body::from(row));
    Some(row.key.clone())
}

/// A way of filing, as files name it.
fn mode_word(mode: FilingMode) -> String {
    mode.as_str().to_owned()
}
