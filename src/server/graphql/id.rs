//! Ids of the API: opaque, stable, and of one type each. They are base64url of a type byte and a UUID.

use async_graphql::ID;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value as Json};
use uuid::Uuid;
use zhengming_engine::definition::model::{Definition, FieldKind};

/// What an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A case.
    Case,
    /// A mark of the register.
    Mark,
    /// An organisation.
    Organisation,
    /// An account.
    Account,
    /// One version of a procedure.
    Procedure,
    /// A document of a case.
    Document,
    /// A watch.
    Watch,
    /// A notice of a case.
    Notice,
}

/// Longest key behind an id, in bytes; ours are UUIDs or short names.
const LONGEST_KEY: usize = 64;
/// Bit of the type byte that says that a name follows and no UUID.
const NAMED: u8 = 0x80;

impl NodeKind {
    const ALL: [Self; 8] = [
        Self::Case,
        Self::Mark,
        Self::Organisation,
        Self::Account,
        Self::Procedure,
        Self::Document,
        Self::Watch,
        Self::Notice,
    ];

    /// Stable: clients keep ids.
    const fn tag(self) -> u8 {
        match self {
            Self::Case => 1,
            Self::Mark => 2,
            Self::Organisation => 3,
            Self::Account => 4,
            Self::Procedure => 5,
            Self::Document => 6,
            Self::Watch => 7,
            Self::Notice => 8,
        }
    }

    /// The id of an object of this type.
    #[must_use]
    pub fn id(self, key: &str) -> ID {
        let mut bytes = vec![self.tag()];
        match uuid(key) {
            Some(uuid) => bytes.extend(uuid.as_bytes()),
            None => {
                bytes[0] |= NAMED;
                bytes.extend(key.as_bytes());
            }
        }
        ID(BASE64URL_NOPAD.encode(&bytes))
    }

    /// The key behind an id of this type; `None` for ids of other types and for anything else.
    #[must_use]
    pub fn key(self, id: &str) -> Option<String> {
        decode(id).filter(|(kind, _)| *kind == self).map(|(_, key)| key)
    }
}

/// A UUID in its one spelling, so that every key has exactly one id.
fn uuid(key: &str) -> Option<Uuid> {
    key.parse::<Uuid>().ok().filter(|uuid| uuid.to_string() == key)
}

/// Type and key of an id; `None` for anything that [`NodeKind::id`] cannot have made.
#[must_use]
pub fn decode(id: &str) -> Option<(NodeKind, String)> {
    if id.len() > 2 * LONGEST_KEY {
        return None;
    }
    let bytes = BASE64URL_NOPAD.decode(id.as_bytes()).ok()?;
    let (&tag, key) = bytes.split_first()?;
    let kind = NodeKind::ALL.into_iter().find(|kind| kind.tag() == tag & !NAMED)?;
    let key = if tag & NAMED == 0 {
        Uuid::from_slice(key).ok()?.to_string()
    } else {
        let key = std::str::from_utf8(key).ok()?;
        (!key.is_empty() && key.len() <= LONGEST_KEY && uuid(key).is_none()).then(|| key.to_owned())?
    };
    Some((kind, key))
}

/// Answers with the keys of organisations and accounts in place of their ids.
///
/// Only those two types stand in answers, and no person types such a text by chance: everything else is left as it is.
#[must_use]
pub(crate) fn keys_of_answers(mut fields: Map<String, Json>) -> Map<String, Json> {
    for value in fields.values_mut() {
        if let Json::String(text) = value
            && let Some((NodeKind::Organisation | NodeKind::Account, key)) = decode(text)
        {
            *text = key;
        }
    }
    fields
}

/// A recorded value with ids in place of the keys of organisations and accounts.
#[must_use]
pub(crate) fn with_ids(definition: &Definition, field: &str, value: &Json) -> Json {
    let kind = match definition.fields.get(field).map(|field| &field.kind) {
        Some(FieldKind::Organisation { .. }) => NodeKind::Organisation,
        Some(FieldKind::Account { .. }) => NodeKind::Account,
        _ => return value.clone(),
    };
    value
        .as_str()
        .map_or_else(|| value.clone(), |key| Json::String(kind.id(key).0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::{SeededEntropy, random};

    const CASE: &str = "0199f3a2-7b44-7c1e-8f55-0123456789ab";

    #[test]
    fn an_id_reads_back_as_its_own_type_only() {
        for key in [CASE, "complaint@2"] {
            let id = NodeKind::Case.id(key);
            assert_eq!(decode(&id), Some((NodeKind::Case, key.to_owned())));
            assert_eq!(NodeKind::Case.key(&id), Some(key.to_owned()));
            assert_eq!(NodeKind::Mark.key(&id), None);
        }
    }

    #[test]
    fn an_id_tells_neither_type_nor_key_to_the_eye() {
        let id = NodeKind::Case.id(CASE);
        assert_eq!(id.len(), 23);
        assert!(!id.contains("case") && !id.contains("0199"));
    }

    #[test]
    fn a_key_has_one_id() {
        assert_eq!(decode(CASE), None);
        let mut named = vec![NodeKind::Case.tag() | NAMED];
        named.extend(CASE.as_bytes());
        assert_eq!(decode(&BASE64URL_NOPAD.encode(&named)), None);
    }

    #[test]
    fn organisations_in_answers_are_keys_inside_and_ids_outside() {
        let id = NodeKind::Organisation.id(CASE);
        let mut fields = Map::new();
        fields.insert("organisation".to_owned(), json!(id.0));
        fields.insert("facts".to_owned(), json!("买到假货"));
        fields.insert("case".to_owned(), json!(NodeKind::Case.id(CASE).0));
        let inside = keys_of_answers(fields.clone());
        assert_eq!(inside["organisation"], json!(CASE));
        assert_eq!(inside["facts"], fields["facts"]);
        assert_eq!(inside["case"], fields["case"]);
    }

    #[test]
    fn whatever_is_read_writes_back_the_same() {
        let entropy = SeededEntropy::new(7);
        let mut read = 0;
        for round in 0..20_000_usize {
            let bytes = random::<24>(&entropy);
            let length = [17, 1 + round % 24][round % 2];
            let mut bytes = bytes[..length].to_vec();
            bytes[0] &= 0x87;
            let id = BASE64URL_NOPAD.encode(&bytes);
            if let Some((kind, key)) = decode(&id) {
                assert_eq!(kind.id(&key).0, id);
                read += 1;
            }
        }
        assert!(read > 1_000, "only {read} ids were read");
    }
}
