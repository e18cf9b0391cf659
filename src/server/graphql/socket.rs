//! The protocol `graphql-transport-ws` over a WebSocket, as PROTOCOL.md of graphql-ws describes it.
//!
//! One loop owns the socket; every operation runs in a task of its own and hands its results to the loop, which checks
//! the session before each of them. Tasks end with their entry in the loop's table.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::futures_util::stream::{SplitSink, SplitStream};
use async_graphql::futures_util::{SinkExt, StreamExt};
use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, ServerError};
use poem::http::{Method, StatusCode, header};
use poem::web::websocket::{Message, WebSocket, WebSocketConfig, WebSocketStream};
use poem::{FromRequest, IntoResponse};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Duration, Instant, interval_at, timeout};

use super::envelope::Envelope;
use super::limits::coded;
use super::message::{ClientMessage, read};
use super::origin::{Provenance, provenance};
use super::sse::results;
use super::transport::{
    Api, Caller, Gate, LEGACY_JSON, Operation, Rejection, body_of, is_request_error, rate_limited, stopped,
};

/// Name of the subprotocol.
pub const PROTOCOL: &str = "graphql-transport-ws";
/// Results that wait for the loop before their operations have to wait.
const BUFFERED: usize = 32;
/// A message up to this many times the limit is read and refused politely; a longer one breaks the connection.
const HARD_LIMIT: usize = 4;
/// Time to let the client answer our close frame.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why the server closes a socket: code and reason of the close frame.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Close(u16, String);

impl Close {
    fn new(code: u16, reason: &str) -> Self {
        Self(code, reason.to_owned())
    }

    fn invalid() -> Self {
        Self::new(4400, "Invalid message received")
    }

    fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }
}

/// How a conversation ends.
enum End {
    /// The connection is lost, or the client does not read any more.
    Gone,
    /// The client sent a close frame, which wants an answer.
    ClientClosed,
    /// The server closes.
    Closed(Close),
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Closed(close)
    }
}

/// The endpoint for `/graphql/ws`.
pub struct GraphqlSocket<E, G>(Arc<Api<E, G>>);

impl<E, G> GraphqlSocket<E, G> {
    /// Serves `api` over WebSockets.
    pub fn new(api: Arc<Api<E, G>>) -> Self {
        Self(api)
    }
}

impl<E: Executor, G: Gate> poem::Endpoint for GraphqlSocket<E, G> {
    type Output = poem::Response;

    async fn call(&self, request: poem::Request) -> poem::Result<poem::Response> {
        Ok(self
            .upgrade(&request)
            .await
            .unwrap_or_else(|rejection| rejection.into_response(LEGACY_JSON)))
    }
}

impl<E: Executor, G: Gate> GraphqlSocket<E, G> {
    async fn upgrade(&self, request: &poem::Request) -> Result<poem::Response, Rejection> {
        if *request.method() != Method::GET {
            return Err(Rejection::method("GET", "a socket is opened by GET"));
        }
        let settings = &self.0.settings;
        let origin = provenance(request.headers(), settings.public_origin.as_deref());
        if origin == Provenance::Foreign {
            let message = "sockets cannot be opened from another site";
            return Err(Rejection::new(StatusCode::FORBIDDEN, "CROSS_SITE", message));
        }
        let socket = WebSocket::from_request_without_body(request).await.map_err(|_| {
            Rejection::new(
                StatusCode::UPGRADE_REQUIRED,
                "UPGRADE_REQUIRED",
                "a WebSocket handshake is needed",
            )
        })?;
        let hard_limit = settings.message_bytes.saturating_mul(HARD_LIMIT);
        let config = WebSocketConfig::default()
            .max_message_size(Some(hard_limit))
            .max_frame_size(Some(hard_limit));
        let caller = Caller::of(request, &settings.session_cookie);
        let offered = request
            .headers()
            .get(header::SEC_WEBSOCKET_PROTOCOL)
            .and_then(|offers| offers.to_str().ok());
        let agreed = offered.is_some_and(|offers| offers.split(',').any(|offer| offer.trim() == PROTOCOL));
        let api = self.0.clone();
        let upgraded = socket.protocols([PROTOCOL]).config(config).on_upgrade(move |stream| {
            let own_page = origin == Provenance::Own;
            converse(api, caller, own_page, agreed, stream)
        });
        Ok(upgraded.into_response())
    }
}

/// Leads one conversation and closes the socket properly at its end.
async fn converse<E: Executor, G: Gate>(
    api: Arc<Api<E, G>>,
    caller: Caller,
    own_page: bool,
    agreed: bool,
    stream: WebSocketStream,
) {
    let (sink, mut source) = stream.split();
    let (results, mut arriving) = mpsc::channel(BUFFERED);
    let mut conversation = Conversation {
        api,
        caller,
        own_page,
        sink,
        session: None,
        running: HashMap::new(),
        started: 0,
        results,
        last_heard: Instant::now(),
        last_ping: Instant::now(),
        unreadable: false,
    };
    let end = if agreed {
        Box::pin(conversation.run(&mut source, &mut arriving)).await
    } else {
        End::Closed(Close::new(4406, "Subprotocol not acceptable"))
    };
    conversation.running.clear();
    let close = match end {
        End::Gone => return,
        End::ClientClosed => None,
        End::Closed(Close(code, reason)) => Some(Message::close_with(code, reason)),
    };
    conversation.farewell(&mut source, close).await;
}

/// The actor of an accepted `connection_init`.
struct Session<A> {
    actor: A,
    /// Whether a token proved it, which no other site's page can make a browser send.
    by_token: bool,
}

/// An open operation; its task ends with this value.
struct Running {
    number: u64,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A result on its way from an operation's task to the loop.
struct Arrival {
    id: String,
    /// Tells the operation apart from an earlier one with the same id.
    number: u64,
    outcome: Outcome,
}

enum Outcome {
    Next(Value),
    Error(Vec<ServerError>),
    Complete,
}

/// What woke the loop.
enum Wake {
    Message(Option<std::io::Result<Message>>),
    Arrival(Arrival),
    Recheck,
    InitOverdue,
    Old,
    Stopping,
}

struct Conversation<E, G: Gate> {
    api: Arc<Api<E, G>>,
    caller: Caller,
    own_page: bool,
    sink: SplitSink<WebSocketStream, Message>,
    session: Option<Session<G::Actor>>,
    running: HashMap<String, Running>,
    started: u64,
    results: mpsc::Sender<Arrival>,
    last_heard: Instant,
    last_ping: Instant,
    /// Whether the rest of a message over the hard limit is in the way: the stream then pretends to have ended.
    unreadable: bool,
}

impl<E: Executor, G: Gate> Conversation<E, G> {
    async fn run(&mut self, source: &mut SplitStream<WebSocketStream>, arriving: &mut mpsc::Receiver<Arrival>) -> End {
        let settings = self.api.settings.clone();
        let mut stopping = settings.stopping.clone();
        let mut recheck = interval_at(Instant::now() + settings.recheck, settings.recheck);
        let init_by = Instant::now() + settings.init_deadline;
        let old_at = Instant::now() + settings.lifetime;
        loop {
            let wake = tokio::select! {
                message = source.next() => Wake::Message(message),
                Some(arrival) = arriving.recv() => Wake::Arrival(arrival),
                _ = recheck.tick() => Wake::Recheck,
                () = tokio::time::sleep_until(init_by), if self.session.is_none() => Wake::InitOverdue,
                () = tokio::time::sleep_until(old_at) => Wake::Old,
                () = stopped(&mut stopping) => Wake::Stopping,
            };
            let outcome = match wake {
                Wake::Message(message) => self.hear(message).await,
                Wake::Arrival(arrival) => self.deliver(arrival).await,
                Wake::Recheck => self.recheck().await,
                Wake::InitOverdue => Err(Close::new(4408, "Connection initialisation timeout").into()),
                Wake::Old => Err(Close::new(1001, "Open another").into()),
                Wake::Stopping => Err(Close::new(1001, "Going away").into()),
            };
            if let Err(end) = outcome {
                return end;
            }
        }
    }

    async fn hear(&mut self, message: Option<std::io::Result<Message>>) -> Result<(), End> {
        self.last_heard = Instant::now();
        match message {
            None => Err(End::Gone),
            Some(Ok(Message::Close(_))) => Err(End::ClientClosed),
            // The library gives the reason as text only; a test holds this one.
            Some(Err(error)) if error.to_string().starts_with("Space limit exceeded") => {
                self.unreadable = true;
                Err(Close::new(1009, "Message too big").into())
            }
            Some(Err(_)) => Err(End::Gone),
            // The library answers pings of the WebSocket layer itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Binary(_))) => Err(Close::invalid().into()),
            Some(Ok(Message::Text(text))) if text.len() > self.api.settings.message_bytes => {
                Err(Close::new(1009, "Message too big").into())
            }
            Some(Ok(Message::Text(text))) => match read(&text) {
                Some(message) => self.obey(message).await,
                None => Err(Close::invalid().into()),
            },
        }
    }

    async fn obey(&mut self, message: ClientMessage) -> Result<(), End> {
        match message {
            ClientMessage::ConnectionInit { authorization } => self.initialise(authorization.as_deref()).await,
            ClientMessage::Ping { payload } => {
                let mut pong = json!({ "type": "pong" });
                if let Some(payload) = payload {
                    pong["payload"] = Value::Object(payload);
                }
                self.send_json(&pong).await
            }
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe { id, envelope } => self.subscribe(id, envelope).await,
            ClientMessage::Complete { id } => {
                self.running.remove(&id);
                Ok(())
            }
        }
    }

    async fn initialise(&mut self, token: Option<&str>) -> Result<(), End> {
        if self.session.is_some() {
            return Err(Close::new(4429, "Too many initialisation requests").into());
        }
        let credentials = self.caller.credentials(token);
        let by_token = credentials.authorization.is_some();
        let checking = self.api.gate.authenticate(credentials);
        match timeout(self.api.settings.operation_deadline, checking).await {
            Ok(Ok(actor)) => self.session = Some(Session { actor, by_token }),
            Ok(Err(_)) | Err(_) => return Err(Close::forbidden().into()),
        }
        self.send_json(&json!({ "type": "connection_ack" })).await
    }

    async fn subscribe(&mut self, id: String, envelope: Envelope) -> Result<(), End> {
        let Some(session) = &self.session else {
            return Err(Close::new(4401, "Unauthorized").into());
        };
        self.check_session().await?;
        if self.running.contains_key(&id) {
            return Err(Close(4409, format!("Subscriber for {id} already exists")).into());
        }
        match self.admit(session, envelope) {
            Ok(operation) => {
                self.started += 1;
                let number = self.started;
                let (api, results) = (self.api.clone(), self.results.clone());
                let task = tokio::spawn(perform(api, operation, id.clone(), number, results)).abort_handle();
                self.running.insert(id, Running { number, task });
                Ok(())
            }
            Err(error) => {
                self.send_json(&json!({ "id": id, "type": "error", "payload": [error] }))
                    .await
            }
        }
    }

    fn admit(&self, session: &Session<G::Actor>, envelope: Envelope) -> Result<Operation, ServerError> {
        if self.running.len() >= self.api.settings.socket_operations {
            return Err(coded(
                "TOO_MANY_SUBSCRIPTIONS",
                "too many operations are open on this socket",
                None,
            ));
        }
        self.api
            .gate
            .charge(self.caller.address, &session.actor)
            .map_err(rate_limited)?;
        let operation = self.api.prepare(envelope, &session.actor)?;
        let from_own_page = self.own_page && self.caller.has_session();
        if operation.kind == OperationType::Mutation && !session.by_token && !from_own_page {
            return Err(coded(
                "UNAUTHENTICATED",
                "a mutation over a socket needs a token or a session of our own page",
                None,
            ));
        }
        Ok(operation)
    }

    async fn deliver(&mut self, arrival: Arrival) -> Result<(), End> {
        let Arrival { id, number, outcome } = arrival;
        if self.running.get(&id).is_none_or(|running| running.number != number) {
            return Ok(());
        }
        self.check_session().await?;
        let message = match outcome {
            Outcome::Next(result) => json!({ "id": id, "type": "next", "payload": result }),
            Outcome::Error(errors) => {
                self.running.remove(&id);
                json!({ "id": id, "type": "error", "payload": errors })
            }
            Outcome::Complete => {
                self.running.remove(&id);
                json!({ "id": id, "type": "complete" })
            }
        };
        self.send_json(&message).await
    }

    async fn recheck(&mut self) -> Result<(), End> {
        self.check_session().await?;
        if self.last_heard.elapsed() > self.api.settings.idle_deadline {
            return Err(Close::new(1001, "Idle").into());
        }
        if self.last_ping.elapsed() >= self.api.settings.keep_alive {
            self.last_ping = Instant::now();
            return self.send(Message::ping(Vec::new())).await;
        }
        Ok(())
    }

    async fn check_session(&self) -> Result<(), End> {
        match &self.session {
            Some(session) if !self.api.gate.still_holds(&session.actor).await => Err(Close::forbidden().into()),
            _ => Ok(()),
        }
    }

    async fn send_json(&mut self, message: &Value) -> Result<(), End> {
        self.send(Message::text(message.to_string())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.api.settings.send_deadline, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    /// Sends the close frame, or lets the library send its answer to the client's, and waits for the client to hang up.
    ///
    /// Whoever hangs up first with bytes unread resets the connection, and the other side may lose the close frame.
    async fn farewell(&mut self, source: &mut SplitStream<WebSocketStream>, close: Option<Message>) {
        let sent = match close {
            Some(close) => self.send(close).await,
            None => Ok(()),
        };
        if sent.is_ok() {
            let unreadable = self.unreadable;
            let draining = async {
                while let Some(Ok(_)) = source.next().await {}
                if unreadable {
                    std::future::pending::<()>().await;
                }
            };
            // A client that does not hang up within the time is cut off, which is all there is left to do.
            let _hung_up = timeout(FAREWELL, draining).await;
        }
    }
}

/// Runs one operation to its end and hands over its results.
async fn perform<E: Executor, G: Gate>(
    api: Arc<Api<E, G>>,
    operation: Operation,
    id: String,
    number: u64,
    arrivals: mpsc::Sender<Arrival>,
) {
    let subscription = operation.kind == OperationType::Subscription;
    let mut results = results(&api, operation);
    let mut first = true;
    let mut last = Outcome::Complete;
    while let Some(response) = results.next().await {
        let not_started = first && subscription && response.data == async_graphql::Value::Null;
        if !response.errors.is_empty() && (not_started || is_request_error(&response)) {
            last = Outcome::Error(response.errors);
            break;
        }
        first = false;
        let outcome = Outcome::Next(body_of(&response));
        if arrivals
            .send(Arrival {
                id: id.clone(),
                number,
                outcome,
            })
            .await
            .is_err()
        {
            return;
        }
    }
    // The loop being gone is the ordinary end of a socket.
    let _closed = arrivals
        .send(Arrival {
            id,
            number,
            outcome: last,
        })
        .await;
}
