//! The parameters of a GraphQL request as they travel: a JSON object, or a query string.

use async_graphql::Variables;
use serde_json::{Map, Value};

use super::unambiguous::Unambiguous;

/// The parameters of one request, each of its proper type. Unknown members were ignored.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Envelope {
    pub(crate) query: Option<String>,
    pub(crate) document_id: Option<String>,
    /// Hash of a persisted query, from the extension that Apollo's clients send.
    pub(crate) sha256_hash: Option<String>,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
}

/// Why something is not a GraphQL request. The texts never repeat what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("body is not JSON in UTF-8")]
    NotJson,
    #[error("an object names a member twice")]
    Ambiguous,
    #[error("body is not a JSON object")]
    NotAnObject,
    #[error("batches are not supported")]
    Batch,
    #[error("parameter {0} is not a string")]
    NotAString(&'static str),
    #[error("parameter {0} is not a JSON object")]
    NotAMap(&'static str),
    #[error("parameter query or documentId is missing")]
    NoDocument,
    #[error("query and documentId exclude each other")]
    TwoDocuments,
    #[error("query string is not form-encoded UTF-8")]
    NotFormEncoded,
    #[error("parameter {0} is given twice")]
    Twice(&'static str),
}

const QUERY: &str = "query";
const DOCUMENT_ID: &str = "documentId";
const OPERATION_NAME: &str = "operationName";
const VARIABLES: &str = "variables";
const EXTENSIONS: &str = "extensions";
const PARAMETERS: [&str; 5] = [QUERY, DOCUMENT_ID, OPERATION_NAME, VARIABLES, EXTENSIONS];

impl Envelope {
    /// Reads the body of a POST.
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, Malformed> {
        match serde_json::from_slice(body) {
            Ok(Unambiguous(Value::Object(members))) => Self::from_members(members),
            Ok(Unambiguous(Value::Array(_))) => Err(Malformed::Batch),
            Ok(_) => Err(Malformed::NotAnObject),
            Err(error) if error.is_data() => Err(Malformed::Ambiguous),
            Err(_) => Err(Malformed::NotJson),
        }
    }

    /// Reads the members of a request: the body of a POST, or the payload of a socket's `subscribe`.
    pub(crate) fn from_members(mut members: Map<String, Value>) -> Result<Self, Malformed> {
        let extensions = map(&mut members, EXTENSIONS)?;
        let persisted = extensions
            .as_ref()
            .and_then(|extensions| extensions.get("persistedQuery"));
        let sha256_hash = match persisted.and_then(|persisted| persisted.get("sha256Hash")) {
            Some(Value::String(hash)) => Some(hash.clone()),
            Some(_) => return Err(Malformed::NotAString("sha256Hash")),
            None => None,
        };
        let envelope = Self {
            query: string(&mut members, QUERY)?,
            document_id: string(&mut members, DOCUMENT_ID)?,
            sha256_hash,
            operation_name: string(&mut members, OPERATION_NAME)?,
            variables: Variables::from_json(Value::Object(map(&mut members, VARIABLES)?.unwrap_or_default())),
        };
        match (&envelope.query, &envelope.document_id, &envelope.sha256_hash) {
            (None, None, None) => Err(Malformed::NoDocument),
            (Some(_), Some(_), _) => Err(Malformed::TwoDocuments),
            _ => Ok(envelope),
        }
    }

    /// Reads the query string of a GET; `variables` and `extensions` are JSON in it.
    pub(crate) fn from_query(query: &str) -> Result<Self, Malformed> {
        let mut members = Map::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = form_decode(name)?;
            let Some(name) = PARAMETERS.into_iter().find(|known| *known == name) else {
                continue;
            };
            let value = form_decode(value)?;
            let value = match name {
                VARIABLES | EXTENSIONS if value.is_empty() => Value::Null,
                VARIABLES | EXTENSIONS => match serde_json::from_str(&value) {
                    Ok(Unambiguous(value)) => value,
                    Err(error) if error.is_data() => return Err(Malformed::Ambiguous),
                    Err(_) => return Err(Malformed::NotAMap(name)),
                },
                OPERATION_NAME if value.is_empty() => Value::Null,
                _ => Value::String(value),
            };
            if members.insert(name.to_owned(), value).is_some() {
                return Err(Malformed::Twice(name));
            }
        }
        Self::from_members(members)
    }
}

fn string(members: &mut Map<String, Value>, name: &'static str) -> Result<Option<String>, Malformed> {
    match members.remove(name) {
        Some(Value::String(text)) => Ok(Some(text)),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(Malformed::NotAString(name)),
    }
}

fn map(members: &mut Map<String, Value>, name: &'static str) -> Result<Option<Map<String, Value>>, Malformed> {
    match members.remove(name) {
        Some(Value::Object(map)) => Ok(Some(map)),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(Malformed::NotAMap(name)),
    }
}

/// Decodes `application/x-www-form-urlencoded` text.
fn form_decode(text: &str) -> Result<String, Malformed> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let [high, low, tail @ ..] = rest else {
                    return Err(Malformed::NotFormEncoded);
                };
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let (Some(high), Some(low)) = (digit(*high), digit(*low)) else {
                    return Err(Malformed::NotFormEncoded);
                };
                bytes.push(high << 4 | low);
                rest = tail;
            }
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| Malformed::NotFormEncoded)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_have_their_types_and_unknown_ones_are_ignored() {
        let body = json!({
            "query": "{ a }", "operationName": null, "variables": { "n": 1 }, "extensions": { "x": 1 }, "more": [1],
        });
        let envelope = Envelope::from_json(body.to_string().as_bytes()).unwrap();
        assert_eq!(envelope.query.as_deref(), Some("{ a }"));
        assert_eq!(envelope.operation_name, None);
        assert_eq!(envelope.variables, Variables::from_json(json!({ "n": 1 })));
    }

    #[test]
    fn each_defect_has_its_own_name() {
        let read = |text: &str| Envelope::from_json(text.as_bytes()).unwrap_err();
        assert_eq!(read(""), Malformed::NotJson);
        assert_eq!(read("{"), Malformed::NotJson);
        assert_eq!(read("7"), Malformed::NotAnObject);
        assert_eq!(read("[]"), Malformed::Batch);
        assert_eq!(read(r#"{"query":"{a}","query":"{b}"}"#), Malformed::Ambiguous);
        assert_eq!(
            read(r#"{"query":"{a}","variables":{"n":1,"n":2}}"#),
            Malformed::Ambiguous
        );
        assert_eq!(read(r#"{"query":7}"#), Malformed::NotAString("query"));
        assert_eq!(
            read(r#"{"query":"{a}","variables":[]}"#),
            Malformed::NotAMap("variables")
        );
        assert_eq!(
            read(r#"{"query":"{a}","extensions":0}"#),
            Malformed::NotAMap("extensions")
        );
        assert_eq!(read(r#"{"qeury":"{a}"}"#), Malformed::NoDocument);
        assert_eq!(read(r#"{"query":"{a}","documentId":"x"}"#), Malformed::TwoDocuments);
        assert_eq!(Envelope::from_json(b"{\"query\":\"\xff\"}"), Err(Malformed::NotJson));
    }

    #[test]
    fn a_query_string_is_decoded_once() {
        let text = "query=%7B+a%28v%3A%22%E6%AD%A3%252B%22%29+%7D&variables=%7B%22n%22%3A1%7D&operationName=&other=1";
        let envelope = Envelope::from_query(text).unwrap();
        assert_eq!(envelope.query.as_deref(), Some("{ a(v:\"正%2B\") }"));
        assert_eq!(envelope.variables, Variables::from_json(json!({ "n": 1 })));
        assert_eq!(Envelope::from_query("query=%"), Err(Malformed::NotFormEncoded));
        assert_eq!(Envelope::from_query("query=%ff"), Err(Malformed::NotFormEncoded));
        assert_eq!(Envelope::from_query("query=a&query=b"), Err(Malformed::Twice("query")));
        assert_eq!(
            Envelope::from_query("query=a&variables=%5B"),
            Err(Malformed::NotAMap("variables"))
        );
        assert_eq!(
            Envelope::from_query("query=a&variables=%7B%22n%22:1,%22n%22:2%7D"),
            Err(Malformed::Ambiguous)
        );
    }
}
