//! Serving HTTP: the listener with its deadlines, and what wraps every request.
//!
//! TLS ends at a proxy in front. Everything here holds for GraphQL, portal and probes alike.

mod connection;
mod deadline;
mod headers;
mod request;

use std::{future::Future, io, time::Duration};

use poem::{EndpointExt as _, IntoEndpoint, Server, listener::TcpAcceptor};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{config::Config, telemetry::Metrics};

use self::connection::{Connections, GuardedAcceptor, GuardedEndpoint};
pub use self::{
    deadline::BodyDeadline,
    headers::SecurityHeaders,
    request::{Observed, RequestId},
};

/// Name of the cookie of a session, which portal and API share. Its prefix binds it to this host, to TLS and to the whole site
/// (RFC 6265bis, 4.1.3.2).
pub const SESSION_COOKIE: &str = "__Host-zhengming";

/// Serves `endpoint` on `listener` until `shutdown` is ready.
///
/// Connections that are too slow are closed (see [`crate::config::Http`]). After `shutdown` no new
/// connection is taken, and running requests get the configured time to end.
///
/// # Errors
/// The listener cannot be used.
pub async fn serve<E>(
    listener: TcpListener,
    endpoint: E,
    config: &Config,
    metrics: &Metrics,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()>
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
{
    let connections = Connections::new(&config.http, &config.trusted_proxies, metrics);
    let body = BodyDeadline::new(&config.http);
    serve_guarded(listener, endpoint, connections, body, config.http.drain(), shutdown).await
}

/// [`serve`] with the deadlines as they are given.
async fn serve_guarded<E>(
    listener: TcpListener,
    endpoint: E,
    connections: Connections,
    body: BodyDeadline,
    drain: Duration,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()>
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
{
    let acceptor = GuardedAcceptor::new(TcpAcceptor::from_tokio(listener)?, &connections);
    let endpoint = endpoint.into_endpoint().with(body);
    let endpoint = GuardedEndpoint::new(endpoint, connections);
    Server::new_with_acceptor(acceptor)
        .run_with_graceful_shutdown(endpoint, shutdown, Some(drain))
        .await
}

/// Ready when the process is asked to stop: SIGTERM, or Ctrl-C at a terminal.
///
/// # Errors
/// The signals cannot be watched.
pub fn stop_requested() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
