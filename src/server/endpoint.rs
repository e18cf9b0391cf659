//! All routes of the service in one endpoint: probes, sessions for programs, GraphQL, portal.

use poem::{
    Body, Endpoint, EndpointExt as _, FromRequest as _, RequestBody, Response, Route,
    error::ReadBodyError,
    get, handler,
    http::StatusCode,
    web::{Data, Json},
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{
    app::{App, SharedApp},
    graphql,
    http::{Observed, SecurityHeaders},
    limit::client_address,
    service::{self, accounts, intake},
    store::{SessionKind, moment},
    telemetry::METRICS_CONTENT_TYPE,
};

/// The whole service as one endpoint; `main` and the tests use the same. Streams end when `stopping` turns true.
pub fn endpoint(app: &SharedApp, stopping: Option<watch::Receiver<bool>>) -> impl Endpoint + use<> {
    let headers = SecurityHeaders::new(&app.config.public_url());
    let observed = Observed::new(app.ids.clone(), app.clock.clone(), app.metrics.clone());
    let route = Route::new()
        .at("/healthz", get(healthz))
        .at("/readyz", get(readyz))
        .at("/metrics", get(metrics))
        .at("/session", poem::post(open_session).delete(close_session));
    graphql::schema::mount(route, app, stopping)
        .nest("/", crate::web::routes(app.clone()))
        .data(app.clone())
        .with(headers)
        .with(observed)
}

#[handler]
fn healthz() -> &'static str {
    "ok"
}

/// Ready: the database answers and takes writes, and there is room for more. A new installation is ready before an authority is
/// entered that takes filings in: that is done with the service, and the answer says that it is still to do.
#[handler]
async fn readyz(app: Data<&SharedApp>) -> Response {
    let ready = match app.store.ping().await {
        Ok(()) if app.disk_is_full() => Err(crate::store::StoreError::DiskFull),
        Ok(()) => app.store.probe_write(app.now()).await,
        Err(error) => Err(error),
    };
    match ready.map_err(|error| error.code()) {
        Ok(()) => Response::builder().body(detail(&app).await),
        Err(code) => {
            tracing::warn!(error.code = code, "not ready");
            Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).body(code)
        }
    }
}

/// `ready`, and what is amiss all the same: nobody who takes filings in; a bad domain pack in the folder, beside the one that
/// runs; a search server that does not answer.
async fn detail(app: &App) -> String {
    let mut detail = "ready".to_owned();
    if intake::city(app).is_none() {
        detail += &format!(
            "; no authority takes filings in yet: {}",
            service::Error::NotSetUp.code()
        );
    }
    let running = app.running();
    if let Some(rejected) = &running.rejected {
        detail += &format!(
            "; the pack on disk does not run: {}; the running one is of {}",
            rejected.error,
            moment(running.since)
        );
    }
    if let Err(error) = app.marks.ready().await {
        tracing::warn!(%error, "similar marks cannot be looked for");
        detail += "; similar marks cannot be looked for";
    }
    detail
}

#[handler]
async fn metrics(app: Data<&SharedApp>) -> Response {
    if let Ok(counts) = app.store.case_counts(&crate::store::CaseFilter::default()).await {
        app.metrics
            .set_cases(counts.iter().map(|c| (c.procedure.as_str(), c.phase.as_str(), c.cases)));
    }
    let pending = i64::try_from(app.passwords.pending()).unwrap_or(i64::MAX);
    app.metrics.hashing_queue.set(pending);
    match app.metrics.render() {
        Ok(text) => Response::builder().content_type(METRICS_CONTENT_TYPE).body(text),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be rendered");
            Response::from(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenSession {
    login: String,
    password: String,
    #[serde(default)]
    label: Option<String>,
}

#[derive(Serialize)]
struct SessionOpened {
    token: String,
    expires_at: String,
}

#[derive(Serialize)]
struct SessionRefused {
    code: &'static str,
}

/// Opens a bearer session for a program: one guess a request, limited by address and account.
#[handler]
async fn open_session(app: Data<&SharedApp>, request: &poem::Request, body: Body) -> Response {
    let OpenSession { login, password, label } = match read_open_session(app.0, request, body).await {
        Ok(asked) => asked,
        Err((status, code)) => return refused(status, code, None),
    };
    let address = client_address(request, &app.config.trusted_proxies);
    if refuses_plain(app.0, request, address) {
        return refused(StatusCode::FORBIDDEN, "PLAIN_HTTP_SIGN_IN", None);
    }
    let sign_in = accounts::SignIn {
        login,
        password,
        kind: SessionKind::Bearer,
        label,
        address,
    };
    match accounts::sign_in(app.0, sign_in).await {
        Ok(opened) => {
            let expires_at = opened.expires_at.format(&time::format_description::well_known::Rfc3339);
            let opened = SessionOpened {
                token: opened.token,
                expires_at: expires_at.unwrap_or_default(),
            };
            poem::IntoResponse::into_response(Json(opened))
        }
        Err(service::Error::RateLimited(wait)) => {
            refused(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", Some(wait.seconds()))
        }
        Err(service::Error::Busy) => refused(StatusCode::SERVICE_UNAVAILABLE, "BUSY", Some(1)),
        Err(service::Error::Unauthenticated) => refused(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", None),
        Err(error) => {
            tracing::error!(error.code = error.code(), "sign-in failed");
            refused(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", None)
        }
    }
}

/// Reads who wants to come in. Anybody may send this, so no more is taken than a form may have.
async fn read_open_session(
    app: &App,
    request: &poem::Request,
    body: Body,
) -> Result<OpenSession, (StatusCode, &'static str)> {
    let limit = usize::try_from(app.config.limits.form_body_bytes.get()).unwrap_or(usize::MAX);
    let bytes = match body.into_bytes_limit(limit).await {
        Ok(bytes) => bytes,
        Err(ReadBodyError::PayloadTooLarge) => return Err((StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE")),
        Err(_) => return Err((StatusCode::BAD_REQUEST, "BAD_REQUEST")),
    };
    let mut whole = RequestBody::new(bytes.into());
    match Json::<OpenSession>::from_request(request, &mut whole).await {
        Ok(Json(asked)) => Ok(asked),
        Err(error) if error.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE"))
        }
        Err(_) => Err((StatusCode::BAD_REQUEST, "BAD_REQUEST")),
    }
}

#[handler]
async fn close_session(app: Data<&SharedApp>, request: &poem::Request) -> Response {
    let token = request.header("authorization").and_then(|h| h.strip_prefix("Bearer "));
    let actor = match token {
        Some(token) => accounts::authenticate(app.0, token).await.ok().flatten(),
        None => None,
    };
    match actor {
        Some(actor) if accounts::sign_out(app.0, &actor).await.is_ok() => Response::from(StatusCode::NO_CONTENT),
        _ => refused(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", None),
    }
}

/// Headers by which a proxy shows that it stands in between.
const FORWARDED: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Passwords never cross a network in the clear: without TLS in front, sign-in works on this machine only. A proxy of this
/// machine that is not named in `trusted_proxies` makes strangers look local, so what shows that one is there is refused:
/// its headers, and a public address elsewhere.
pub(crate) fn refuses_plain(app: &SharedApp, request: &poem::Request, address: std::net::IpAddr) -> bool {
    let forwarded = request
        .header("x-forwarded-proto")
        .is_some_and(|p| p.eq_ignore_ascii_case("https"));
    let peer = request.remote_addr().as_socket_addr().map(std::net::SocketAddr::ip);
    let by_proxy = forwarded && peer.is_some_and(|ip| app.config.trusted_proxies.contains(ip));
    let through_one = FORWARDED.iter().any(|name| request.header(*name).is_some());
    let local = address.is_loopback() && !through_one && !app.config.public_url().is_https();
    let refused = !(by_proxy || local);
    if refused && through_one {
        tracing::warn!("a sign-in came in the clear, or through a proxy that `trusted_proxies` does not name");
    }
    refused
}

fn refused(status: StatusCode, code: &'static str, retry_after: Option<u64>) -> Response {
    let mut response = poem::IntoResponse::into_response(Json(SessionRefused { code }));
    response.set_status(status);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    response
}
