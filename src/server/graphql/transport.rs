//! What every GraphQL transport shares: who asks, what may be asked, and how an answer becomes a status.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Data, Executor, Request, Response, ServerError, Value};
use poem::http::StatusCode;
use poem::http::header::{self, HeaderMap, HeaderValue};
use serde_json::json;
use tokio::sync::watch;

use super::envelope::Envelope;
use super::limits::{CostCap, Limits, coded};
use super::persisted::Documents;
use crate::limit::RetryAfter;

/// Media type of GraphQL over HTTP, with meaningful statuses.
pub(crate) const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
/// The media type that older clients ask for: 200 for everything that reached GraphQL.
pub(crate) const LEGACY_JSON: &str = "application/json";
/// Server-sent events.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// Address of the client behind a trusted proxy, put into the request's data by whoever knows the proxies.
///
/// Without it the peer's address counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// What a request brings to prove who sent it.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// Headers of the request, or of the handshake of a socket.
    pub headers: &'a HeaderMap,
    /// Value of `Authorization`: the header, or the member `authorization` of a socket's init payload.
    pub authorization: Option<&'a str>,
    /// Value of the session cookie.
    pub session: Option<&'a str>,
    /// Address of the client, where known.
    pub address: Option<IpAddr>,
}

/// Why credentials are refused. A request without credentials is not refused: it is anonymous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthRefusal {
    /// The token or session is unknown, expired or revoked.
    #[error("credentials are not valid")]
    Unauthenticated,
    /// The caller is known and may not use the API.
    #[error("caller may not use this interface")]
    Forbidden,
    /// The credentials could not be checked.
    #[error("credentials cannot be checked at the moment")]
    Unavailable,
}

/// Decides who asks and how much they may ask; the one thing the transports do not know themselves.
pub trait Gate: Send + Sync + 'static {
    /// Who sends an operation, anonymous callers included.
    type Actor: Clone + Send + Sync + 'static;

    /// Finds the actor behind credentials.
    fn authenticate(
        &self,
        credentials: Credentials<'_>,
    ) -> impl Future<Output = Result<Self::Actor, AuthRefusal>> + Send;

    /// Whether the session of `actor` still holds; asked every few seconds and before every event of a stream.
    fn still_holds(&self, actor: &Self::Actor) -> impl Future<Output = bool> + Send;

    /// Counts one operation of `actor` against the rate limits.
    ///
    /// # Errors
    /// [`RetryAfter`] when the limit is used up; the operation is then not executed.
    fn charge(&self, address: Option<IpAddr>, actor: &Self::Actor) -> Result<(), RetryAfter>;

    /// Most static cost of one operation: 200 for anonymous callers, 1,000 for signed-in ones by default policy.
    fn cost_cap(&self, actor: &Self::Actor) -> u32;

    /// Notes that an operation was carried out, and whether it had errors; a subscription is noted as it begins.
    fn count(&self, _kind: OperationType, _failed: bool) {}

    /// Puts the actor, and whatever else resolvers want for one operation, into its data.
    fn attach(&self, actor: &Self::Actor, data: &mut Data) {
        data.insert(actor.clone());
    }
}

/// Which statuses answer a well-formed request that GraphQL refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StatusPolicy {
    /// 400 for any refusal and 200 for partial success: what clients and the audit of today expect.
    #[default]
    Established,
    /// 422 for a refusal after parsing and 294 for partial success: the draft of August 2026.
    Draft2026,
}

/// Settings of the transports; the defaults are the documented ones.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Origin of the public address, such as `https://zm.example.cn`; without it the `Host` header decides.
    pub public_origin: Option<String>,
    /// Name of the cookie that carries the session of the portal.
    pub session_cookie: String,
    /// Longest request body in bytes.
    pub body_bytes: usize,
    /// Longest query string of a GET in bytes, as it is encoded.
    pub query_string_bytes: usize,
    /// Time in which a body must have arrived.
    pub body_deadline: Duration,
    /// Time for one operation; a subscription's stream is not bounded by it.
    pub operation_deadline: Duration,
    /// Executes only documents that were compiled in.
    pub trusted_documents_only: bool,
    /// Statuses under the media type of GraphQL over HTTP.
    pub statuses: StatusPolicy,
    /// Time between two checks of the session of an open stream.
    pub recheck: Duration,
    /// Time between two comments that keep an event stream open.
    pub keep_alive: Duration,
    /// Time in which a socket must send `connection_init`.
    pub init_deadline: Duration,
    /// Time in which a client must take a message off its socket.
    pub send_deadline: Duration,
    /// Time after which a socket that sends nothing, not even a pong, is closed.
    pub idle_deadline: Duration,
    /// Longest message on a socket in bytes.
    pub message_bytes: usize,
    /// Operations that may be open at once on a socket.
    pub socket_operations: usize,
    /// Time after which a socket or an event stream is closed, however alive: whoever still listens opens another.
    pub lifetime: Duration,
    /// Longest answer in bytes, as JSON text.
    pub answer_bytes: usize,
    /// Turns true when the process stops; open streams then end.
    pub stopping: Option<watch::Receiver<bool>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_origin: None,
            session_cookie: "__Host-session".to_owned(),
            body_bytes: 64 * 1024,
            query_string_bytes: 32 * 1024,
            body_deadline: Duration::from_secs(10),
            operation_deadline: Duration::from_secs(10),
            trusted_documents_only: false,
            statuses: StatusPolicy::Established,
            recheck: Duration::from_secs(4),
            keep_alive: Duration::from_secs(12),
            init_deadline: Duration::from_secs(3),
            send_deadline: Duration::from_secs(4),
            idle_deadline: Duration::from_secs(60),
            message_bytes: 64 * 1024,
            socket_operations: 50,
            lifetime: Duration::from_hours(4),
            answer_bytes: 16 * 1024 * 1024,
            stopping: None,
        }
    }
}

/// A schema with its gate, limits and settings: what an endpoint or a socket serves.
///
/// The schema must have been built with [`super::guard::guarded`] and the same limits.
pub struct Api<E, G> {
    pub(crate) schema: E,
    pub(crate) gate: G,
    pub(crate) settings: Settings,
    limits: Arc<Limits>,
    documents: Documents,
}

/// An operation that passed the limits, ready to run.
pub(crate) struct Operation {
    pub(crate) request: Request,
    pub(crate) kind: OperationType,
}

/// The address and the parts of a request that outlive it on a socket or stream.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) headers: HeaderMap,
    pub(crate) address: Option<IpAddr>,
    session: Option<String>,
}

impl Caller {
    /// Takes down who calls; `cookie` names the session cookie.
    pub(crate) fn of(request: &poem::Request, cookie: &str) -> Self {
        let peer = || request.remote_addr().as_socket_addr().map(|address| address.ip());
        let address = request.data::<ClientAddress>().map(|address| address.0).or_else(peer);
        let headers = request.headers().clone();
        let session = session_of(&headers, cookie);
        Self {
            headers,
            address,
            session,
        }
    }

    /// Whether the request carries a session cookie, and so might have been sent by somebody else's page.
    pub(crate) fn has_session(&self) -> bool {
        self.session.is_some()
    }

    /// The credentials, with `authorization` in place of the header when it is given.
    pub(crate) fn credentials<'a>(&'a self, authorization: Option<&'a str>) -> Credentials<'a> {
        let header = || {
            self.headers
                .get(header::AUTHORIZATION)
                .and_then(|value| value.to_str().ok())
        };
        Credentials {
            headers: &self.headers,
            authorization: authorization.or_else(header),
            session: self.session.as_deref(),
            address: self.address,
        }
    }
}

/// Value of the named cookie, read here because a cookie jar would percent-decode it.
fn session_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let value = pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value);
    value.map(|value| value.trim_matches('"').to_owned())
}

impl<E: Executor, G: Gate> Api<E, G> {
    /// Puts a schema behind a gate. `limits` are those the schema was guarded with.
    pub fn new(schema: E, gate: G, limits: Arc<Limits>, documents: Documents, settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            schema,
            gate,
            settings,
            limits,
            documents,
        })
    }

    /// Finds the document, attaches the actor and holds the operation against the limits.
    pub(crate) fn prepare(&self, envelope: Envelope, actor: &G::Actor) -> Result<Operation, ServerError> {
        let document = self
            .documents
            .resolve(&envelope, self.settings.trusted_documents_only)?;
        let mut request = Request::new(document).variables(envelope.variables);
        request.operation_name = envelope.operation_name;
        self.gate.attach(actor, &mut request.data);
        request.data.insert(CostCap(self.gate.cost_cap(actor)));
        let kind = self.limits.admit(&mut request)?;
        Ok(Operation { request, kind })
    }

    /// Runs a query or mutation within the deadline.
    pub(crate) async fn execute(&self, operation: Operation) -> Response {
        let running = self.schema.execute(operation.request);
        let response = match tokio::time::timeout(self.settings.operation_deadline, running).await {
            Ok(response) => response,
            Err(_) => Response::from_errors(vec![coded("TIMEOUT", "operation took too long", None)]),
        };
        let response = self.bounded(response);
        self.gate.count(operation.kind, !response.errors.is_empty());
        response
    }

    /// The response, or an error in its place where it is too long: what an operation may ask is bounded by its cost, not how long the
    /// texts in it are.
    pub(crate) fn bounded(&self, response: Response) -> Response {
        let mut room = Room(self.settings.answer_bytes);
        if serde_json::to_writer(&mut room, &response).is_ok() {
            return response;
        }
        let message = "the answer is too large: ask for smaller pages or fewer fields";
        Response::from_errors(vec![coded("ANSWER_TOO_LARGE", message, None)])
    }
}

/// Counts down the bytes that are written, and takes none for which there is no room.
struct Room(usize);

impl std::io::Write for Room {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let left = self.0.checked_sub(bytes.len());
        self.0 = left.ok_or(std::io::ErrorKind::FileTooLarge)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Resolves when the process is stopping; never when nobody will tell.
pub(crate) async fn stopped(stopping: &mut Option<watch::Receiver<bool>>) {
    let told = match stopping {
        Some(stopping) => stopping.wait_for(|stopping| *stopping).await.is_ok(),
        None => false,
    };
    if !told {
        std::future::pending::<()>().await;
    }
}

/// Whether nothing was executed: the answer then has no `data` member.
pub(crate) fn is_request_error(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// The answer as JSON: `data` is left out where nothing was executed.
pub(crate) fn body_of(response: &Response) -> serde_json::Value {
    let mut body = serde_json::Map::new();
    if !response.errors.is_empty() {
        body.insert("errors".to_owned(), json!(response.errors));
    }
    if !is_request_error(response) {
        body.insert("data".to_owned(), json!(response.data));
    }
    if !response.extensions.is_empty() {
        body.insert("extensions".to_owned(), json!(response.extensions));
    }
    serde_json::Value::Object(body)
}

/// A refusal by the transport itself, before GraphQL: it has a status under every media type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rejection {
    pub(crate) status: StatusCode,
    pub(crate) error: Box<ServerError>,
    allow: Option<&'static str>,
    retry_after: Option<u64>,
}

impl Rejection {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self {
            status,
            error: Box::new(coded(code, message, None)),
            allow: None,
            retry_after: None,
        }
    }

    /// 405 with the methods that would do.
    pub(crate) fn method(allow: &'static str, message: &str) -> Self {
        let rejection = Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message);
        Self {
            allow: Some(allow),
            ..rejection
        }
    }

    /// 400 for something that is not a GraphQL request.
    pub(crate) fn malformed(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// The rejection as a poem response in JSON of `media_type`.
    pub(crate) fn into_response(self, media_type: &'static str) -> poem::Response {
        let response = Response::from_errors(vec![*self.error]);
        let mut response = json_response(self.status, media_type, &body_of(&response));
        if let Some(allow) = self.allow {
            response
                .headers_mut()
                .insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<AuthRefusal> for Rejection {
    fn from(refusal: AuthRefusal) -> Self {
        let (status, code) = match refusal {
            AuthRefusal::Unauthenticated => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
            AuthRefusal::Forbidden => (StatusCode::FORBIDDEN, "FORBIDDEN"),
            AuthRefusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        };
        Self::new(status, code, &refusal.to_string())
    }
}

impl From<RetryAfter> for Rejection {
    fn from(refusal: RetryAfter) -> Self {
        let error = Box::new(rate_limited(refusal));
        let seconds = Some(refusal.seconds());
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            error,
            allow: None,
            retry_after: seconds,
        }
    }
}

/// The error of a used-up rate limit; `retryAfter` is in whole seconds.
pub(crate) fn rate_limited(refusal: RetryAfter) -> ServerError {
    let mut error = coded("RATE_LIMITED", "too many operations", None);
    if let Some(extensions) = &mut error.extensions {
        extensions.set("retryAfter", refusal.seconds());
    }
    error
}

/// A JSON answer that no cache keeps and no browser reinterprets.
pub(crate) fn json_response(status: StatusCode, media_type: &'static str, body: &serde_json::Value) -> poem::Response {
    let content_type = match media_type {
        GRAPHQL_RESPONSE => "application/graphql-response+json; charset=utf-8",
        _ => "application/json; charset=utf-8",
    };
    let mut response = poem::Response::builder()
        .status(status)
        .content_type(content_type)
        .body(body.to_string());
    protect(response.headers_mut());
    response
}

/// Headers of every answer.
pub(crate) fn protect(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Status of an answer of GraphQL; `legacy` is the older media type.
pub(crate) fn status_of(response: &Response, legacy: bool, policy: StatusPolicy) -> StatusCode {
    let has_code = |wanted: &str| {
        let codes = response
            .errors
            .iter()
            .filter_map(|error| error.extensions.as_ref()?.get("code"));
        codes.into_iter().any(|code| *code == Value::from(wanted))
    };
    if !is_request_error(response) {
        let partial = policy == StatusPolicy::Draft2026 && !legacy && !response.errors.is_empty();
        return if partial {
            StatusCode::from_u16(294).unwrap_or(StatusCode::OK)
        } else {
            StatusCode::OK
        };
    }
    if has_code("TIMEOUT") {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    match policy {
        _ if legacy => StatusCode::OK,
        StatusPolicy::Draft2026 if !has_code("GRAPHQL_PARSE_FAILED") => StatusCode::UNPROCESSABLE_ENTITY,
        StatusPolicy::Established | StatusPolicy::Draft2026 => StatusCode::BAD_REQUEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_cookie_is_found_among_others() {
        let mut jar = HeaderMap::new();
        let cookies = HeaderValue::from_static("a=1; session=\"x%2F=y\"; sessions=2");
        jar.insert(header::COOKIE, cookies);
        assert_eq!(session_of(&jar, "session"), Some("x%2F=y".to_owned()));
        assert_eq!(session_of(&jar, "sess"), None);
    }

    #[test]
    fn the_draft_tells_refusal_and_partial_success_by_status() {
        let refused = Response::from_errors(vec![coded("COST_LIMIT", "x", None)]);
        let unparsed = Response::from_errors(vec![coded("GRAPHQL_PARSE_FAILED", "x", None)]);
        let mut partial = Response::new(Value::from_json(json!({ "a": null })).unwrap());
        partial.errors = refused.errors.clone();
        let statuses = |legacy, policy| [&refused, &unparsed, &partial].map(|r| status_of(r, legacy, policy).as_u16());
        assert_eq!(statuses(false, StatusPolicy::Established), [400, 400, 200]);
        assert_eq!(statuses(false, StatusPolicy::Draft2026), [422, 400, 294]);
        assert_eq!(statuses(true, StatusPolicy::Draft2026), [200, 200, 200]);
    }
}
