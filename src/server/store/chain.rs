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
    // Entries and JSON values have string keys and finite numbers: the two things that serialisation can refuse.
    serde_json::to_value(value).map_or_else(|_| String::new(), |value| canonical_json(&value))
}

/// RFC 8785 text of a JSON value.
///
/// Each event asks for several, its clocks with their traces among them: what can be put in order as it stands is not taken
/// through the library's buffers, one for each object and key.
#[must_use]
pub fn canonical_json(value: &Value) -> String {
    let mut text = Vec::new();
    if written(value, &mut text).is_some() {
        return String::from_utf8(text).unwrap_or_default();
    }
    serde_json_canonicalizer::to_string(value).unwrap_or_default()
}

/// The largest whole number of which every smaller one is a double too, and so spelt by its digits.
const WHOLE: u64 = (1 << 53) - 1;

/// Writes a value whose order and spelling are those of plain JSON: keys of ASCII, which sort alike in UTF-8 and UTF-16, and
/// whole numbers that a double holds. `None` for another.
fn written(value: &Value, text: &mut Vec<u8>) -> Option<()> {
    match value {
        Value::Number(number) => {
            let whole = number.as_i64()?;
            if whole.unsigned_abs() > WHOLE {
                return None;
            }
            text.extend_from_slice(number.to_string().as_bytes());
        }
        Value::Array(items) => {
            text.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(b',');
                }
                written(item, text)?;
            }
            text.push(b']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_str());
            text.push(b'{');
            for (place, (key, item)) in entries.into_iter().enumerate() {
                if !key.is_ascii() {
                    return None;
                }
                if place > 0 {
                    text.push(b',');
                }
                serde_json::to_writer(&mut *text, key).ok()?;
                text.push(b':');
                written(item, text)?;
            }
            text.push(b'}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => serde_json::to_writer(text, value).ok()?,
    }
    Some(())
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

    use proptest::prelude::*;

    use super::{Entry, GENESIS, canonical, canonical_json, entry_hash, moment, payload_hash};

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

    /// Values of every kind: keys and texts of any characters, numbers of any size.
    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let number = prop_oneof![
            any::<i64>().prop_map(|n| json!(n)),
            (-1_000_i64..1_000).prop_map(|n| json!(n)),
            any::<u64>().prop_map(|n| json!(n)),
            any::<f64>().prop_map(|n| json!(n)),
        ];
        let text = prop_oneof!["[a-c_]{0,3}", ".{0,4}", r#"[\x00-\x7f"\\é中😀\u{fb33}]{0,4}"#];
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(|b| json!(b)),
            number,
            text.clone().prop_map(|t| json!(t))
        ];
        leaf.prop_recursive(4, 48, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(|items| json!(items)),
                prop::collection::vec((text.clone(), inner), 0..5)
                    .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_canonical_text_is_the_one_of_rfc_8785_whichever_way_it_is_made(value in any_json()) {
            let expected = serde_json_canonicalizer::to_string(&value).expect("JSON");
            prop_assert_eq!(canonical_json(&value), expected.clone());
            prop_assert_eq!(canonical(&value), expected);
        }
    }

    #[test]
    fn whole_numbers_that_a_double_does_not_hold_are_spelt_as_the_double() {
        assert_eq!(canonical_json(&json!(9_007_199_254_740_991_u64)), "9007199254740991");
        assert_eq!(canonical_json(&json!(9_007_199_254_740_993_u64)), "9007199254740992");
        assert_eq!(canonical_json(&json!({"é": 1.0, "z": 1e21})), r#"{"z":1e+21,"é":1}"#);
    }
}
