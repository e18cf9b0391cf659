//! Logs and metrics: what operators see of a running service. Neither holds personal data.

use std::io::{self, IsTerminal as _};

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder, core::Collector,
};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{LevelFilter, ParseError},
    fmt,
    layer::SubscriberExt as _,
    util::{SubscriberInitExt as _, TryInitError},
};

use crate::config::{Log, LogFormat};

/// Content type of [`Metrics::render`] (Prometheus text format 0.0.4).
pub const METRICS_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Bounds of the latency histograms, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Why logging or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `log.level` is no filter.
    #[error("log.level is not a filter such as \"info\" or \"info,zhengming=debug\": {0}")]
    Level(#[from] ParseError),
    /// `log.level` names targets and no level for the rest: everything else would be silent.
    #[error(
        "log.level `{0}` has no level for the whole: begin with error, warn, info, debug, trace or off, as in \"info,zhengming=debug\""
    )]
    NoLevel(String),
    /// Logging was already set up in this process.
    #[error("logging is already set up: {0}")]
    Twice(#[from] TryInitError),
    /// Two metrics have one name.
    #[error("metrics cannot be registered: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// Sends the process's log to stderr in the configured form.
///
/// # Errors
/// The filter cannot be read, or logging is already set up.
pub fn start_logging(config: &Log) -> Result<(), TelemetryError> {
    let filter = filter(&config.level)?;
    let layer = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    let layer = match config.format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init()?;
    Ok(())
}

/// Sends this program's warnings to stderr, for commands that end: what they mend on their way is said.
pub fn start_warnings() {
    let layer = fmt::layer()
        .with_writer(io::stderr)
        .without_time()
        .with_target(false)
        .with_ansi(io::stderr().is_terminal());
    let filter = EnvFilter::new("zhengming=warn");
    // A command that runs inside another program leaves that one's log alone.
    drop(
        tracing_subscriber::registry()
            .with(layer.with_filter(filter))
            .try_init(),
    );
}

/// The filter of `log.level`. A word that is no level would be read as the name of a target, and all else be silent.
fn filter(level: &str) -> Result<EnvFilter, TelemetryError> {
    let filter = EnvFilter::try_new(level)?;
    let whole = level
        .split(',')
        .map(str::trim)
        .any(|part| !part.is_empty() && part.parse::<LevelFilter>().is_ok());
    if whole {
        Ok(filter)
    } else {
        Err(TelemetryError::NoLevel(level.to_owned()))
    }
}

/// The service's counters, gauges and histograms, in a registry of their own.
///
/// Labels come from closed sets only (routes, codes, kinds of the domain pack): never a case
/// number, an account or an address.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    /// Requests answered, by `method`, `route` (the pattern, not the path) and `status`.
    pub http_requests: IntCounterVec,
    /// Seconds from request head to answer head, by `route`.
    pub http_seconds: HistogramVec,
    /// Connections open now.
    pub http_connections: IntGauge,
    /// Connections closed for being too slow, by `reason`.
    pub http_timeouts: IntCounterVec,
    /// GraphQL operations, by `operation` (query, mutation, subscription) and `outcome`.
    pub graphql_operations: IntCounterVec,
    /// Commits of case changes, by `outcome` (committed, replayed, rejected, failed).
    pub commits: IntCounterVec,
    /// Seconds that a command waited for its commit.
    pub commit_seconds: Histogram,
    /// Timers that were due, by `outcome` (fired, gone, failed).
    pub timers_fired: IntCounterVec,
    /// Outbox entries carried out.
    pub outbox_sent: IntCounter,
    /// Outbox entries that failed, by `outcome` (again, dead).
    pub outbox_failed: IntCounterVec,
    /// Mails that the server was offered, by `outcome` (sent, refused for good, later).
    pub mails: IntCounterVec,
    /// Sign-ins refused, by `reason`.
    pub sign_in_failures: IntCounterVec,
    /// Requests refused by a rate limit, by `door`.
    pub rate_limited: IntCounterVec,
    /// Password hashes that run or wait.
    pub hashing_queue: IntGauge,
    /// Cases by `procedure` and `state`; set by [`Metrics::set_cases`].
    cases: IntGaugeVec,
}

impl Metrics {
    /// A registry with every metric at zero.
    ///
    /// # Errors
    /// Two metrics have one name, which the tests rule out.
    pub fn new() -> Result<Self, TelemetryError> {
        let registry = Registry::new();
        let make = Registrar(&registry);
        let metrics = Self {
            http_requests: make.counters(
                "zhengming_http_requests_total",
                "Requests answered.",
                &["method", "route", "status"],
            )?,
            http_seconds: make.add(HistogramVec::new(
                HistogramOpts::new(
                    "zhengming_http_request_seconds",
                    "Time from request head to answer head.",
                )
                .buckets(SECONDS.to_vec()),
                &["route"],
            )?)?,
            http_connections: make.gauge("zhengming_http_connections", "Connections open now.")?,
            http_timeouts: make.counters(
                "zhengming_http_timeouts_total",
                "Connections closed for being too slow.",
                &["reason"],
            )?,
            graphql_operations: make.counters(
                "zhengming_graphql_operations_total",
                "GraphQL operations.",
                &["operation", "outcome"],
            )?,
            commits: make.counters("zhengming_commits_total", "Commands committed to cases.", &["outcome"])?,
            commit_seconds: make.add(Histogram::with_opts(
                HistogramOpts::new("zhengming_commit_seconds", "Time that a command waited for its commit.")
                    .buckets(SECONDS.to_vec()),
            )?)?,
            timers_fired: make.counters("zhengming_timers_fired_total", "Deadline timers handled.", &["outcome"])?,
            outbox_sent: make.add(IntCounter::new(
                "zhengming_outbox_sent_total",
                "Outbox entries handled.",
            )?)?,
            outbox_failed: make.counters(
                "zhengming_outbox_failed_total",
                "Outbox entries that failed.",
                &["outcome"],
            )?,
            mails: make.counters(
                "zhengming_mails_total",
                "Mails offered to the mail server.",
                &["outcome"],
            )?,
            sign_in_failures: make.counters("zhengming_sign_in_failures_total", "Sign-ins refused.", &["reason"])?,
            rate_limited: make.counters(
                "zhengming_rate_limited_total",
                "Requests refused by a rate limit.",
                &["door"],
            )?,
            hashing_queue: make.gauge("zhengming_hashing_queue", "Password hashes that run or wait.")?,
            cases: make.add(IntGaugeVec::new(
                Opts::new("zhengming_cases", "Cases by procedure and state."),
                &["procedure", "state"],
            )?)?,
            registry,
        };
        Ok(metrics)
    }

    /// Replaces the counts of cases by procedure and state.
    pub fn set_cases<'a>(&self, counts: impl IntoIterator<Item = (&'a str, &'a str, i64)>) {
        self.cases.reset();
        for (procedure, state, count) in counts {
            self.cases.with_label_values(&[procedure, state]).set(count);
        }
    }

    /// Everything in Prometheus's text format.
    ///
    /// # Errors
    /// A metric is inconsistent, which the library's own types rule out.
    pub fn render(&self) -> Result<String, TelemetryError> {
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }
}

/// Makes metrics and registers them.
struct Registrar<'a>(&'a Registry);

impl Registrar<'_> {
    fn add<C: Collector + Clone + 'static>(&self, collector: C) -> Result<C, prometheus::Error> {
        self.0.register(Box::new(collector.clone()))?;
        Ok(collector)
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
        self.add(IntCounterVec::new(Opts::new(name, help), labels)?)
    }

    fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
        self.add(IntGauge::new(name, help)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_level_is_a_level_for_the_whole_and_more_where_wanted() {
        for good in ["info", "WARN", "info,zhengming=debug", "zhengming=debug, error", "off"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        for bad in ["loud", "zhengming=debug", "", "info=loud"] {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rendered_metrics_hold_what_was_counted() {
        let metrics = Metrics::new().expect("names differ");
        metrics
            .http_requests
            .with_label_values(&["GET", "/healthz", "200"])
            .inc_by(2);
        metrics.commit_seconds.observe(0.003);
        let text = metrics.render().expect("consistent");
        let request = r#"zhengming_http_requests_total{method="GET",route="/healthz",status="200"} 2"#;
        assert!(text.contains(request), "{text}");
        assert!(
            text.contains(r#"zhengming_commit_seconds_bucket{le="0.005"} 1"#),
            "{text}"
        );
    }

    #[test]
    fn a_state_without_cases_disappears_from_the_gauge() {
        let metrics = Metrics::new().expect("names differ");
        metrics.set_cases([("complaint", "received", 3), ("complaint", "closed", 1)]);
        metrics.set_cases([("complaint", "closed", 4)]);
        let text = metrics.render().expect("consistent");
        assert!(text.contains(r#"zhengming_cases{procedure="complaint",state="closed"} 4"#));
        assert!(!text.contains("received"));
    }
}
