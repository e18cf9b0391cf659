//! `graphql-transport-ws` over real sockets: every message, every close code.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_graphql::futures_util::{SinkExt, Stream, StreamExt};
use poem::listener::{Acceptor, Listener, TcpListener};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use zhengming::graphql::transport::Settings;

use crate::graphql_toy::Toy;

const SUBPROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// Serves the toy on a free port and tells its address.
async fn serve(toy: &Toy, settings: Settings) -> String {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let address = acceptor.local_addr()[0].as_socket_addr().unwrap().to_string();
    tokio::spawn(poem::Server::new_with_acceptor(acceptor).run(toy.route(settings)));
    address
}

/// A client that speaks JSON.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(address: &str, headers: &[(&str, &str)]) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request()?;
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request
                .headers_mut()
                .insert(name, HeaderValue::from_str(value).unwrap());
        }
        connect_async(request).await.map(|(stream, _)| Self(stream))
    }

    /// Opens a socket and has the payload of `connection_init` accepted.
    async fn ready(address: &str, headers: &[(&str, &str)], payload: Value) -> Self {
        let headers: Vec<_> = headers.iter().copied().chain([SUBPROTOCOL]).collect();
        let mut socket = Self::open(address, &headers).await.unwrap();
        socket
            .say(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query } }))
            .await;
    }

    async fn hear(&mut self) -> Value {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("expected a message, got {other:?}"),
            }
        }
    }

    async fn close_code(self) -> u16 {
        close_code(self.0).await
    }
}

/// The code with which the server closes; messages before it are skipped.
async fn close_code(mut stream: impl Stream<Item = Result<Message, Error>> + Unpin) -> u16 {
    loop {
        match stream.next().await {
            Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
            Some(Ok(_)) => {}
            other => panic!("expected a close frame, got {other:?}"),
        }
    }
}

async fn toy() -> (Toy, String) {
    let toy = Toy::new();
    let address = serve(&toy, Settings::default()).await;
    (toy, address)
}

fn alice() -> Value {
    json!({ "authorization": "Bearer alice" })
}

#[tokio::test]
async fn operations_of_all_kinds_run() {
    let (toy, address) = toy().await;
    let mut socket = Socket::ready(&address, &[], alice()).await;
    socket.subscribe("1", "{ who }").await;
    let next = socket.hear().await;
    assert_eq!(
        (&next["type"], &next["id"], &next["payload"]["data"]["who"]),
        (&json!("next"), &json!("1"), &json!("alice"))
    );
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }));

    socket.subscribe("1", "subscription { count(to: 2) }").await;
    for n in 0..2 {
        assert_eq!(socket.hear().await["payload"]["data"]["count"], n);
    }
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }));

    socket.subscribe("2", "mutation { bump }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["bump"], 1);
    assert_eq!(toy.bumps.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_does_not_start_answers_an_error() {
    let (toy, address) = toy().await;
    let mut socket = Socket::ready(&address, &[], Value::Null).await;
    let bomb = "{ ...A ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A }";
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { refused }", "FORBIDDEN"),
        (bomb, "FRAGMENT_CYCLE"),
        ("{ things(first: 300) { nodes { name } } }", "COST_LIMIT"),
        ("mutation { bump }", "UNAUTHENTICATED"),
    ] {
        socket.subscribe("x", query).await;
        let error = socket.hear().await;
        assert_eq!(error["type"], "error", "{query}: {error}");
        assert_eq!(error["payload"][0]["extensions"]["code"], code, "{query}");
    }
    toy.allowance.store(0, Ordering::SeqCst);
    socket.subscribe("x", "{ who }").await;
    assert_eq!(
        socket.hear().await["payload"][0]["extensions"],
        json!({ "code": "RATE_LIMITED", "retryAfter": 2 })
    );
    assert_eq!(toy.bumps.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn completing_frees_the_id_and_silences_the_operation() {
    let (toy, address) = toy().await;
    let mut socket = Socket::ready(&address, &[], alice()).await;
    socket.subscribe("1", "subscription { news }").await;
    socket.say(json!({ "type": "complete", "id": "1" })).await;
    socket.subscribe("1", "{ hello }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["hello"], "hello");
    assert_eq!(socket.hear().await["type"], "complete");
    // The subscription is gone when its receiver is: nobody is left to hear the news.
    while toy.news.receiver_count() > 0 {
        tokio::task::yield_now().await;
    }
    socket.say(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "n": 1 } }));
}

#[tokio::test]
async fn a_socket_that_does_not_initialise_is_closed_4408() {
    let settings = Settings {
        init_deadline: Duration::from_millis(20),
        ..Settings::default()
    };
    let address = serve(&Toy::new(), settings).await;
    assert_eq!(
        Socket::open(&address, &[SUBPROTOCOL]).await.unwrap().close_code().await,
        4408
    );
}

#[tokio::test]
async fn a_second_initialisation_is_closed_4429() {
    let (_, address) = toy().await;
    let mut socket = Socket::ready(&address, &[], Value::Null).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.close_code().await, 4429);
}

#[tokio::test]
async fn subscribing_before_the_acknowledgement_is_closed_4401() {
    let (_, address) = toy().await;
    let mut socket = Socket::open(&address, &[SUBPROTOCOL]).await.unwrap();
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    socket.subscribe("1", "{ hello }").await;
    assert_eq!(socket.close_code().await, 4401);
}

#[tokio::test]
async fn a_used_id_is_closed_4409() {
    let (_, address) = toy().await;
    let mut socket = Socket::ready(&address, &[], Value::Null).await;
    socket.subscribe("1", "subscription { never }").await;
    socket.subscribe("1", "subscription { never }").await;
    assert_eq!(socket.close_code().await, 4409);
}

#[tokio::test]
async fn an_invalid_message_is_closed_4400() {
    let (_, address) = toy().await;
    for message in [
        Message::text("{"),
        Message::text(r#"{"type":"start","id":"1"}"#),
        Message::text(r#"{"type":"subscribe","id":"1","payload":{"query":7}}"#),
        Message::binary(vec![0, 1, 2]),
    ] {
        let mut socket = Socket::ready(&address, &[], Value::Null).await;
        socket.0.send(message).await.unwrap();
        assert_eq!(socket.close_code().await, 4400);
    }
}

#[tokio::test]
async fn refused_credentials_are_closed_4403() {
    let (_, address) = toy().await;
    let mut by_token = Socket::open(&address, &[SUBPROTOCOL]).await.unwrap();
    by_token
        .say(json!({ "type": "connection_init", "payload": { "authorization": "Bearer mallory" } }))
        .await;
    assert_eq!(by_token.close_code().await, 4403);
    let mut by_cookie = Socket::open(&address, &[SUBPROTOCOL, ("cookie", "session=mallory")])
        .await
        .unwrap();
    by_cookie.say(json!({ "type": "connection_init" })).await;
    assert_eq!(by_cookie.close_code().await, 4403);
}

#[tokio::test]
async fn an_ended_session_is_closed_4403_without_an_event() {
    let toy = Toy::new();
    let settings = Settings {
        recheck: Duration::from_millis(10),
        ..Settings::default()
    };
    let address = serve(&toy, settings).await;
    let mut socket = Socket::ready(&address, &[], alice()).await;
    socket.subscribe("1", "subscription { never }").await;
    toy.revoked.store(true, Ordering::SeqCst);
    assert_eq!(socket.close_code().await, 4403);
}

#[tokio::test]
async fn an_ended_session_is_closed_4403_before_the_next_event() {
    let (toy, address) = toy().await;
    let mut socket = Socket::ready(&address, &[], alice()).await;
    socket.subscribe("1", "subscription { news }").await;
    while toy.news.receiver_count() == 0 {
        tokio::task::yield_now().await;
    }
    toy.news.send(1).unwrap();
    assert_eq!(socket.hear().await["payload"]["data"]["news"], 1);
    toy.revoked.store(true, Ordering::SeqCst);
    toy.news.send(2).unwrap();
    match socket.0.next().await {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 4403),
        other => panic!("the event must not arrive: {other:?}"),
    }
}

#[tokio::test]
async fn a_big_message_is_closed_1009() {
    let (_, address) = toy().await;
    for length in [70_000, 300_000, 4_000_000] {
        let socket = Socket::ready(&address, &[], Value::Null).await;
        let (mut sink, source) = socket.0.split();
        // The server does not take a message far over the limit to its end, so it is sent beside the reading.
        let sending = tokio::spawn(async move { sink.send(Message::text("x".repeat(length))).await });
        assert_eq!(close_code(source).await, 1009);
        sending.abort();
    }
}

#[tokio::test]
async fn the_number_of_open_operations_is_bounded() {
    let (_, address) = toy().await;
    let mut socket = Socket::ready(&address, &[], Value::Null).await;
    for n in 0..51 {
        socket.subscribe(&n.to_string(), "subscription { never }").await;
    }
    let error = socket.hear().await;
    assert_eq!((&error["id"], &error["type"]), (&json!("50"), &json!("error")));
    assert_eq!(error["payload"][0]["extensions"]["code"], "TOO_MANY_SUBSCRIPTIONS");
}

#[tokio::test]
async fn other_sites_cannot_open_a_socket() {
    let (_, address) = toy().await;
    for headers in [
        ("origin", "http://evil.test"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        match Socket::open(&address, &[SUBPROTOCOL, headers]).await {
            Err(Error::Http(response)) => assert_eq!(response.status().as_u16(), 403),
            other => panic!("expected 403, got {:?}", other.map(|_| ())),
        }
    }
}

#[tokio::test]
async fn a_cookie_mutates_only_from_our_own_page() {
    let (toy, address) = toy().await;
    let own = format!("http://{address}");
    for (headers, kind) in [
        (vec![("cookie", "session=alice"), ("origin", own.as_str())], "next"),
        (vec![("cookie", "session=alice")], "error"),
        (vec![("origin", own.as_str())], "error"),
    ] {
        let mut socket = Socket::ready(&address, &headers, Value::Null).await;
        socket.subscribe("1", "mutation { bump }").await;
        assert_eq!(socket.hear().await["type"], kind);
    }
    assert_eq!(toy.bumps.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_subprotocol_is_required() {
    let (_, address) = toy().await;
    assert_eq!(Socket::open(&address, &[]).await.unwrap().close_code().await, 4406);
}

#[tokio::test]
async fn a_client_that_closes_is_answered() {
    let (_, address) = toy().await;
    let mut socket = Socket::ready(&address, &[], Value::Null).await;
    let frame = CloseFrame {
        code: CloseCode::Normal,
        reason: "done".into(),
    };
    socket.0.send(Message::Close(Some(frame))).await.unwrap();
    assert_eq!(socket.close_code().await, 1000);
}

#[tokio::test]
async fn a_stopping_process_says_goodbye() {
    let (stop, stopping) = watch::channel(false);
    let settings = Settings {
        stopping: Some(stopping),
        ..Settings::default()
    };
    let address = serve(&Toy::new(), settings).await;
    let socket = Socket::ready(&address, &[], Value::Null).await;
    stop.send(true).unwrap();
    assert_eq!(socket.close_code().await, 1001);
}

#[tokio::test]
async fn a_socket_is_closed_when_it_is_old_however_alive_it_is() {
    let settings = Settings {
        init_deadline: Duration::from_hours(1),
        lifetime: Duration::from_millis(20),
        ..Settings::default()
    };
    let address = serve(&Toy::new(), settings).await;
    assert_eq!(
        Socket::open(&address, &[SUBPROTOCOL]).await.unwrap().close_code().await,
        1001
    );
}

#[tokio::test]
async fn a_dead_client_is_given_up() {
    let quick = Duration::from_millis(10);
    let settings = Settings {
        recheck: quick,
        idle_deadline: quick * 2,
        ..Settings::default()
    };
    let address = serve(&Toy::new(), settings).await;
    let socket = Socket::open(&address, &[SUBPROTOCOL]).await.unwrap();
    assert_eq!(socket.close_code().await, 1001);
}
