//! `zhengming serve`: API, portal and jobs in one process.

use std::sync::Arc;

use clap::Args;
use poem::{EndpointExt as _, IntoEndpoint, Response, Route, get, handler, http::StatusCode, web::Data};
use tokio::{net::TcpListener, runtime};

use super::{Global, Outcome, UsageError};
use crate::{
    clock::{Ids, SharedClock, SystemClock, SystemEntropy},
    config::Config,
    http::{self, Observed, SecurityHeaders},
    telemetry::{self, METRICS_CONTENT_TYPE, Metrics},
};

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Start with example organisations, accounts and cases
    #[arg(long)]
    pub demo: bool,
}

impl Serve {
    /// Serves until SIGTERM or Ctrl-C.
    ///
    /// # Errors
    /// The configuration cannot be used, or the process cannot start.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let config = global.load_with(self.listen)?;
        telemetry::start_logging(&config.log).map_err(|error| UsageError::Other(error.to_string()))?;
        runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(serve(&config))
    }
}

async fn serve(config: &Config) -> Result<Outcome, UsageError> {
    let metrics = Metrics::new().map_err(|error| UsageError::Other(error.to_string()))?;
    let clock: SharedClock = Arc::new(SystemClock::new());
    let ids = Arc::new(Ids::new(Arc::clone(&clock), Arc::new(SystemEntropy)));
    let endpoint = probes()
        .data(metrics.clone())
        .with(SecurityHeaders::new(&config.public_url()))
        .with(Observed::new(ids, clock, metrics.clone()));
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        UsageError::Other(format!(
            "cannot listen on {}: {error}; choose another address with --listen",
            config.listen
        ))
    })?;
    let stop = http::stop_requested()?;
    http::serve(listener, endpoint, &config.http, &metrics, stop).await?;
    Ok(Outcome::Done)
}

/// What operators and load balancers ask.
fn probes() -> impl IntoEndpoint {
    Route::new().at("/healthz", get(healthz)).at("/metrics", get(render))
}

#[handler]
fn healthz() -> &'static str {
    "ok"
}

#[handler]
fn render(metrics: Data<&Metrics>) -> Response {
    match metrics.render() {
        Ok(text) => Response::builder().content_type(METRICS_CONTENT_TYPE).body(text),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be rendered");
            Response::from(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}
