//! What is noted of every request: an id, a log line, counters. No path, no address, no query:
//! a path can hold a receipt and an address is a person's.

use std::sync::Arc;

use http::HeaderValue;
use poem::{Endpoint, Middleware, PathPattern, Request, Response, Result};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{
    clock::{Ids, SharedClock},
    telemetry::Metrics,
};

/// Header that names the request in its answer.
const REQUEST_ID: &str = "x-request-id";
/// What is counted as the route of a request that no route matched.
const UNMATCHED: &str = "unmatched";

/// The id of a request, among the request's data and in the header `x-request-id` of the answer.
/// People quote it when they ask for help; the log has the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

/// Gives each request an id, a tracing span and a log line, and counts it.
#[derive(Clone)]
pub struct Observed {
    ids: Arc<Ids>,
    clock: SharedClock,
    metrics: Metrics,
}

impl Observed {
    /// Notes requests in the log and in `metrics`.
    #[must_use]
    pub fn new(ids: Arc<Ids>, clock: SharedClock, metrics: Metrics) -> Self {
        Self { ids, clock, metrics }
    }
}

impl<E: Endpoint> Middleware<E> for Observed {
    type Output = ObservedEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        ObservedEndpoint {
            inner,
            observed: self.clone(),
        }
    }
}

/// An endpoint whose requests are noted.
pub struct ObservedEndpoint<E> {
    inner: E,
    observed: Observed,
}

impl<E: Endpoint> Endpoint for ObservedEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let Observed { ids, clock, metrics } = &self.observed;
        let id = ids.next();
        request.set_data(RequestId(id));
        let method = method_label(request.method());
        let span = tracing::info_span!("request", %id);
        let began = clock.monotonic();
        let mut response = self.inner.get_response(request).instrument(span.clone()).await;
        let took = clock.monotonic().saturating_sub(began);

        let route = response
            .data::<PathPattern>()
            .map_or_else(|| UNMATCHED.into(), |pattern| Arc::clone(&pattern.0));
        let status = response.status();
        metrics
            .http_requests
            .with_label_values(&[method, &route, status.as_str()])
            .inc();
        metrics
            .http_seconds
            .with_label_values(&[&*route])
            .observe(took.as_secs_f64());
        span.in_scope(|| {
            tracing::info!(
                method,
                route = &*route,
                status = status.as_u16(),
                micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                "answered"
            );
        });
        if let Ok(value) = HeaderValue::try_from(id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        Ok(response)
    }
}

/// The method as a label: clients can invent methods, metrics must not grow with them.
fn method_label(method: &http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use poem::{EndpointExt as _, Route, handler, test::TestClient};
    use time::macros::datetime;

    use super::*;
    use crate::clock::{SeededEntropy, TestClock};

    #[handler]
    fn case(id: poem::web::Data<&RequestId>) -> String {
        id.0.0.to_string()
    }

    fn client() -> (Metrics, TestClient<impl Endpoint>) {
        let clock: SharedClock = Arc::new(TestClock::at(datetime!(2026-04-15 08:00 UTC)));
        let ids = Ids::new(Arc::clone(&clock), Arc::new(SeededEntropy::new(1)));
        let metrics = Metrics::new().expect("names differ");
        let observed = Observed::new(Arc::new(ids), clock, metrics.clone());
        let routes = Route::new().at("/cases/:number", case);
        (metrics, TestClient::new(routes.with(observed)))
    }

    #[tokio::test]
    async fn handler_and_answer_have_the_same_id() {
        let (_, client) = client();
        let answer = client.get("/cases/WH26").send().await;
        let header = answer.0.header(REQUEST_ID).expect("present").to_owned();
        answer.assert_text(header).await;
    }

    #[tokio::test]
    async fn requests_are_counted_by_pattern_and_never_by_path() {
        let (metrics, client) = client();
        client.get("/cases/WH26-0000123-K?receipt=secret").send().await;
        client.get("/nowhere/li").send().await;
        let text = metrics.render().expect("consistent");
        assert!(
            text.contains(r#"method="GET",route="/cases/:number",status="200"} 1"#),
            "{text}"
        );
        assert!(
            text.contains(r#"method="GET",route="unmatched",status="404"} 1"#),
            "{text}"
        );
        assert!(!text.contains("0000123") && !text.contains("secret"));
    }

    #[tokio::test]
    async fn an_invented_method_adds_no_label() {
        let (metrics, client) = client();
        let method = http::Method::from_bytes(b"INVENTED").expect("token");
        client.request(method, "/cases/1").send().await;
        assert!(!metrics.render().expect("consistent").contains("INVENTED"));
    }
}
