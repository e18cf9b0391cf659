//! Messages that a client sends under `graphql-transport-ws`.

use serde_json::{Map, Value};

use super::{envelope::Envelope, unambiguous::Unambiguous};

/// Longest id of an operation; it comes back in the reason of a close frame, which holds 123 bytes.
const ID_BYTES: usize = 64;

/// A well-formed message of a client.
#[derive(Debug, PartialEq)]
pub(crate) enum ClientMessage {
    /// Opens the conversation, perhaps with a token.
    ConnectionInit { authorization: Option<String> },
    /// Asks for a pong with the same payload.
    Ping { payload: Option<Map<String, Value>> },
    /// Answers a ping, or says that the client is there.
    Pong,
    /// Starts an operation.
    Subscribe { id: String, envelope: Envelope },
    /// Ends an operation.
    Complete { id: String },
}

/// Reads a message; none if it is not one of the protocol.
pub(crate) fn read(text: &str) -> Option<ClientMessage> {
    let Ok(Unambiguous(Value::Object(mut members))) = serde_json::from_str(text) else {
        return None;
    };
    let Some(Value::String(kind)) = members.remove("type") else {
        return None;
    };
    match kind.as_str() {
        "connection_init" => {
            let mut payload = payload(&mut members)?.unwrap_or_default();
            let authorization = match payload
                .remove("authorization")
                .or_else(|| payload.remove("Authorization"))
            {
                Some(Value::String(token)) => Some(token),
                None | Some(Value::Null) => None,
                Some(_) => return None,
            };
            Some(ClientMessage::ConnectionInit { authorization })
        }
        "ping" => Some(ClientMessage::Ping {
            payload: payload(&mut members)?,
        }),
        "pong" => payload(&mut members).map(|_| ClientMessage::Pong),
        "subscribe" => {
            let envelope = Envelope::from_members(payload(&mut members)??).ok()?;
            Some(ClientMessage::Subscribe {
                id: id(&mut members)?,
                envelope,
            })
        }
        "complete" => Some(ClientMessage::Complete { id: id(&mut members)? }),
        _ => None,
    }
}

/// The payload, absent or an object; the outer none tells that it is something else.
fn payload(members: &mut Map<String, Value>) -> Option<Option<Map<String, Value>>> {
    match members.remove("payload") {
        Some(Value::Object(payload)) => Some(Some(payload)),
        None | Some(Value::Null) => Some(None),
        Some(_) => None,
    }
}

fn id(members: &mut Map<String, Value>) -> Option<String> {
    match members.remove("id") {
        Some(Value::String(id)) if !id.is_empty() && id.len() <= ID_BYTES => Some(id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_of_the_protocol_is_read() {
        let token = r#"{"type":"connection_init","payload":{"authorization":"Bearer t"}}"#;
        assert_eq!(
            read(token),
            Some(ClientMessage::ConnectionInit {
                authorization: Some("Bearer t".to_owned())
            })
        );
        let plain = Some(ClientMessage::ConnectionInit { authorization: None });
        assert_eq!(read(r#"{"type":"connection_init"}"#), plain);
        assert_eq!(read(r#"{"type":"connection_init","payload":null}"#), plain);
        assert_eq!(read(r#"{"type":"pong"}"#), Some(ClientMessage::Pong));
        assert_eq!(
            read(r#"{"type":"complete","id":"1"}"#),
            Some(ClientMessage::Complete { id: "1".to_owned() })
        );
        let subscribe = read(r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}"#);
        assert!(matches!(subscribe, Some(ClientMessage::Subscribe { id, .. }) if id == "1"));
    }

    #[test]
    fn anything_else_is_refused() {
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(65));
        for text in [
            "",
            "7",
            "[]",
            "{}",
            r#"{"type":"start"}"#,
            r#"{"type":7}"#,
            r#"{"type":"ping","payload":"x"}"#,
            r#"{"type":"connection_init","payload":[]}"#,
            r#"{"type":"connection_init","payload":{"authorization":7}}"#,
            r#"{"type":"subscribe","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":7}}"#,
            r#"{"type":"complete"}"#,
            &long,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
