//! `zhengming serve`: API, portal and jobs in one process.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use clap::Args;
use tokio::{
    net::TcpListener,
    runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use super::{Global, Outcome, UsageError, busy::busy, language::say};
use crate::{
    app::SharedApp,
    backends::{self, OpenError, Surroundings},
    clock::{Clock as _, SystemClock, SystemEntropy},
    config::Config,
    demo::{self, DemoError, Prepared, Stage},
    endpoint::endpoint,
    http, jobs,
    service::publication::{self, Reloaded},
    telemetry,
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
            .block_on(serve(config, self.demo))
    }
}

async fn serve(config: Config, demo: bool) -> Result<Outcome, UsageError> {
    let failed = |error: OpenError| UsageError::Other(super::explain(&error));
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        UsageError::Other(format!(
            "cannot listen on {}: {error}; choose another address with --listen",
            config.listen
        ))
    })?;
    if demo {
        prepare_demo(&config).await?;
    }
    let app = backends::open(Surroundings {
        config,
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(SystemEntropy),
        pack: None,
        mailer: None,
    })
    .await
    .map_err(failed)?;
    publication::record_start(&app).await?;
    let (stop, stopped) = watch::channel(false);
    let hangups = signal(SignalKind::hangup())?;
    let reloading = tokio::spawn(reload_on(hangups, app.clone()));
    let background = tokio::spawn(jobs::run(app.clone(), stopped.clone()));
    let asked = http::stop_requested()?;
    let asked = async move {
        asked.await;
        // Nothing is lost by stopping here: what was acknowledged is committed, the rest is found on the next start.
        let _ = stop.send(true);
    };
    let drain = app.config.http.drain();
    tracing::info!(listen = %listener.local_addr()?, url = %app.config.public_url().origin(), "ready");
    http::serve(
        listener,
        endpoint(&app, Some(stopped)),
        &app.config,
        &app.metrics,
        asked,
    )
    .await?;
    reloading.abort();
    // A mail server that does not answer holds up no stop; its mail goes out after the next start.
    let _ = tokio::time::timeout(drain, background).await;
    app.store
        .close()
        .await
        .map_err(|error| UsageError::Other(error.to_string()))?;
    Ok(Outcome::Done)
}

/// Reads the folder of the domain pack again at each signal.
async fn reload_on(mut hangups: Signal, app: SharedApp) {
    while hangups.recv().await.is_some() {
        match publication::reload(&app).await {
            Ok(Reloaded::BuiltIn) => tracing::warn!("no workflows_dir is configured: the pack compiled in goes on"),
            Ok(Reloaded::Unchanged) => tracing::info!("the domain pack in the folder is the one that runs"),
            Ok(Reloaded::Proposed(row)) => tracing::info!(
                proposal = %row.id,
                "the domain pack in the folder is proposed and runs when somebody publishes it"
            ),
            // Both have been told where they came about.
            Ok(Reloaded::Published | Reloaded::Refused(_)) => {}
            Err(error) => tracing::error!(error.code = error.code(), "the domain pack cannot be read again"),
        }
    }
}

/// Makes the demo or finds the one made before, and says on stderr how to sign in.
async fn prepare_demo(config: &Config) -> Result<(), UsageError> {
    let failed = |error: DemoError| match error {
        DemoError::Open(error) => UsageError::Other(super::explain(&error)),
        other => UsageError::Other(other.to_string()),
    };
    let progress = busy(&say("cli-demo-people", &[]));
    let told = |stage: Stage| {
        progress.set_message(match stage {
            Stage::Planning => say("cli-demo-planning", &[]),
            Stage::Playing { done, of } => say("cli-demo-playing", &[("done", done.into()), ("of", of.into())]),
            Stage::Indexing => say("cli-demo-indexing", &[]),
        });
    };
    let prepared = demo::prepare(config, Arc::new(SystemEntropy), SystemClock::new().now(), &told).await;
    progress.finish_and_clear();
    let mut stderr = io::stderr().lock();
    match prepared.map_err(failed)? {
        Prepared::Made { cases, logins, file } => {
            let file = file.display().to_string();
            let made = say("cli-demo-made", &[("cases", cases.into()), ("file", file.into())]);
            writeln!(stderr, "{made}")?;
            write!(stderr, "{}", demo::table(&logins))?;
        }
        Prepared::Found { file } => {
            let file = file.display().to_string();
            writeln!(stderr, "{}", say("cli-demo-found", &[("file", file.into())]))?;
        }
    }
    Ok(())
}
