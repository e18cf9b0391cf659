//! The hash chain of a case and of the audit log: pure functions.
//!
//! An entry is canonical JSON (RFC 8785). Its hash is SHA-256 over a zero byte and the entry, which is the leaf hash of
//! RFC 6962, so the same hash can serve a global tree. What an event carried enters only as SHA-256 over a byte three, a
//! random salt and the body: after the salt and the body are erased the chain still verifies and nothing can be guessed.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// What the first entry of a chain has in place of a previous hash.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Version of the entry format.
const ENTRY_VERSION: u8 = 1;

/// Moments inside entries: UTC, always six digits of fraction, so that one moment has one spelling.
const MOMENT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// What the chain fixes about one event.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Format version.
    pub v: u8,
    /// Case.
    pub case: String,
    /// Position in the case, from 1.
    pub seq: i64,
    /// Hash of the entry before, hex; [`GENESIS`] for the first.
    pub prev: String,
    /// Recorded moment.
    pub at: String,
    /// Pseudonym of who did it within the case.
    pub actor: String,
    /// Event of the procedure.
    pub kind: String,
    /// Hash of the procedure's definition.
    pub def_hash: String,
    /// Active leaves before.
    pub from: Vec<String>,
    /// Active leaves after.
    pub to: Vec<String>,
    /// Guards and what they said.
    pub guards: Value,
    /// Salted hash of what the event carried.
    pub payload_hash: Option<String>,
    /// Hash of the clocks after.
    pub clocks_hash: String,
    /// Hash of the state after.
    pub state_hash: String,
}

impl Entry {
    /// The current format version.
    pub const VERSION: u8 = ENTRY_VERSION;
}

/// A moment as entries spell it.
#[must_use]
pub fn moment(at: OffsetDateTime) -> String {
    // Formatting date parts of a UTC moment has no failing part; an empty text would be found by verification.
    at.to_offset(time::UtcOffset::UTC).format(MOMENT).unwrap_or_default()
}

/// RFC 8785 text of a value.
#[must_use]
pub fn canonical(value: &impl Serialize) -> String {
    // Entries and JSON values have string keys and finite numbers: the two things that canonicalisation can refuse.
    serde_json_canonicalizer::to_string(value).unwrap_or_default()
}

/// Hash of an entry, hex.
#[must_use]
pub fn entry_hash(entry: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(&Sha256::new().chain_update([0]).chain_update(entry).finalize())
}

/// Salted hash of what an event carried, hex.
#[must_use]
pub fn payload_hash(salt: &[u8], body: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(
        &Sha256::new()
            .chain_update([3])
            .chain_update(salt)
            .chain_update(body)
            .finalize(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::{Entry, GENESIS, canonical, entry_hash, moment, payload_hash};

    fn entry() -> Entry {
        Entry {
            v: Entry::VERSION,
            case: "c".into(),
            seq: 1,
            prev: GENESIS.into(),
            at: moment(datetime!(2026-04-15 08:00 +8)),
            actor: "a".into(),
            kind: "filed".into(),
            def_hash: "d".into(),
            from: vec![],
            to: vec!["received".into()],
            guards: json!({"b": 1, "a": true}),
            payload_hash: None,
            clocks_hash: "k".into(),
            state_hash: "s".into(),
        }
    }

    #[test]
    fn an_entry_has_one_spelling() {
        assert_eq!(
            canonical(&entry()),
            format!(
                r#"{{"actor":"a","at":"2026-04-15T00:00:00.000000Z","case":"c","clocks_hash":"k","def_hash":"d","from":[],"guards":{{"a":true,"b":1}},"kind":"filed","payload_hash":null,"prev":"{GENESIS}","seq":1,"state_hash":"s","to":["received"],"v":1}}"#
            )
        );
    }

    #[test]
    fn the_empty_leaf_is_the_one_of_rfc_6962() {
        assert_eq!(
            entry_hash(""),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn the_salt_changes_the_hash_of_a_payload() {
        assert_ne!(payload_hash(&[0; 16], "{}"), payload_hash(&[1; 16], "{}"));
    }

    #[test]
    fn an_entry_reads_back() {
        let text = canonical(&entry());
        let read: Entry = serde_json::from_str(&text).expect("canonical JSON is JSON");
        assert_eq!(canonical(&read), text);
    }
}
