//! GraphQL over HTTP: POST with JSON, GET for queries, and server-sent events where the client accepts them.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Response};
use poem::error::ReadBodyError;
use poem::http::header::{self, HeaderMap};
use poem::http::{Method, StatusCode};

use super::envelope::{Envelope, Malformed};
use super::negotiation::negotiate;
use super::origin::refuse_foreign;
use super::sse;
use super::transport::{
    Api, Caller, EVENT_STREAM, Gate, LEGACY_JSON, Rejection, body_of, json_response, protect, status_of,
};

/// Headers of the answer that resolvers cannot replace.
const OURS: [header::HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CACHE_CONTROL,
    header::X_CONTENT_TYPE_OPTIONS,
];

/// The endpoint for `/graphql`.
///
/// Cross-site requests are harmless here: a body must be `application/json`, which no form can send, GET never
/// mutates, and a request with a session cookie must not come from another site's page.
pub struct GraphqlEndpoint<E, G>(Arc<Api<E, G>>);

impl<E, G> GraphqlEndpoint<E, G> {
    /// Serves `api` over HTTP.
    pub fn new(api: Arc<Api<E, G>>) -> Self {
        Self(api)
    }
}

impl<E: Executor, G: Gate> poem::Endpoint for GraphqlEndpoint<E, G> {
    type Output = poem::Response;

    async fn call(&self, request: poem::Request) -> poem::Result<poem::Response> {
        let media_type = negotiate(request.headers());
        let answer = Box::pin(self.answer(request, media_type)).await;
        let errors_as = media_type
            .filter(|media_type| *media_type != EVENT_STREAM)
            .unwrap_or(LEGACY_JSON);
        Ok(answer.unwrap_or_else(|rejection| rejection.into_response(errors_as)))
    }
}

impl<E: Executor, G: Gate> GraphqlEndpoint<E, G> {
    async fn answer(
        &self,
        mut request: poem::Request,
        media_type: Option<&'static str>,
    ) -> Result<poem::Response, Rejection> {
        let api = &self.0;
        let by_get = match *request.method() {
            Method::GET => true,
            Method::POST => false,
            _ => {
                return Err(Rejection::method("GET, POST", "only GET and POST are served here"));
            }
        };
        let Some(media_type) = media_type else {
            let message = "none of the accepted media types can be answered";
            return Err(Rejection::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message));
        };
        let caller = Caller::of(&request, &api.settings.session_cookie);
        refuse_foreign(&caller, &api.settings)?;
        if !by_get {
            check_content_type(request.headers())?;
        }
        let actor = api.gate.authenticate(caller.credentials(None)).await?;
        api.gate.charge(caller.address, &actor)?;
        let envelope = if by_get {
            self.read_query(&request)?
        } else {
            self.read_body(&mut request).await?
        };

        let operation = match api.prepare(envelope, &actor) {
            Ok(operation) => operation,
            Err(error) => return Ok(self.refused(error, media_type)),
        };
        match (operation.kind, media_type) {
            (OperationType::Mutation, _) if by_get => {
                Err(Rejection::method("POST", "a mutation cannot be executed by GET"))
            }
            (_, EVENT_STREAM) => Ok(sse::stream(api.clone(), operation, actor)),
            (OperationType::Subscription, _) => {
                let message = "a subscription is answered as text/event-stream or over the socket";
                Err(Rejection::new(
                    StatusCode::NOT_ACCEPTABLE,
                    "SUBSCRIPTION_TRANSPORT",
                    message,
                ))
            }
            _ => Ok(self.respond(&api.execute(operation).await, media_type)),
        }
    }

    fn refused(&self, error: async_graphql::ServerError, media_type: &'static str) -> poem::Response {
        let response = Response::from_errors(vec![error]);
        match media_type {
            EVENT_STREAM => sse::single(&response),
            _ => self.respond(&response, media_type),
        }
    }

    fn respond(&self, response: &Response, media_type: &'static str) -> poem::Response {
        let status = status_of(response, media_type == LEGACY_JSON, self.0.settings.statuses);
        let mut answer = json_response(status, media_type, &body_of(response));
        for (name, value) in &response.http_headers {
            if !OURS.contains(name) {
                answer.headers_mut().append(name, value.clone());
            }
        }
        protect(answer.headers_mut());
        answer
    }

    fn read_query(&self, request: &poem::Request) -> Result<Envelope, Rejection> {
        let query = request.uri().query().unwrap_or_default();
        if query.len() > self.0.settings.query_string_bytes {
            return Err(Rejection::new(
                StatusCode::URI_TOO_LONG,
                "URI_TOO_LONG",
                "query string is too long",
            ));
        }
        Envelope::from_query(query).map_err(Rejection::from)
    }

    async fn read_body(&self, request: &mut poem::Request) -> Result<Envelope, Rejection> {
        let settings = &self.0.settings;
        let too_large = || Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", "body is too large");
        let announced = request
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok());
        let announced = announced.and_then(|length| length.parse::<u64>().ok()).unwrap_or(0);
        if announced > u64::try_from(settings.body_bytes).unwrap_or(u64::MAX) {
            return Err(too_large());
        }
        let reading = request.take_body().into_bytes_limit(settings.body_bytes);
        let body = match tokio::time::timeout(settings.body_deadline, reading).await {
            Ok(Ok(body)) => body,
            Ok(Err(ReadBodyError::PayloadTooLarge)) => return Err(too_large()),
            Ok(Err(_)) => return Err(Rejection::malformed("body cannot be read")),
            Err(_) => {
                let message = "body did not arrive in time";
                return Err(Rejection::new(StatusCode::REQUEST_TIMEOUT, "BODY_TIMEOUT", message));
            }
        };
        Envelope::from_json(&body).map_err(Rejection::from)
    }
}

impl From<Malformed> for Rejection {
    fn from(defect: Malformed) -> Self {
        match defect {
            Malformed::Batch => Self::new(StatusCode::BAD_REQUEST, "BATCHING_NOT_SUPPORTED", &defect.to_string()),
            _ => Self::malformed(&defect.to_string()),
        }
    }
}

/// Only `application/json` in UTF-8, sent as it is.
fn check_content_type(headers: &HeaderMap) -> Result<(), Rejection> {
    let unsupported = |message| Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message);
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(unsupported("body must not be compressed"));
    }
    let mut lines = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Err(unsupported("content type must be application/json"));
    };
    let mut parts = line.to_str().unwrap_or_default().split(';').map(str::trim);
    if !parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
    {
        return Err(unsupported("content type must be application/json"));
    }
    let in_utf8 = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    if !parts.all(in_utf8) {
        return Err(unsupported("body must be in UTF-8"));
    }
    Ok(())
}
