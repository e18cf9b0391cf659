//! `zhengming verify`: proves offline that nothing was altered, and that the events lead to the state of the cases.

use clap::Args;

use super::{
    Global, Outcome, UsageError,
    language::say,
    opened::{Data, with_app},
    print,
};
use crate::{
    app::App,
    service::{
        imitations,
        integrity::{ReplayFinding, Replays, between, replay_all},
        register,
    },
    store::{AuditFilter, Flaw, StoreError, VerifyReport},
};

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Also make what is derived from the records anew: the search index
    #[arg(long)]
    pub rebuild: bool,
}

impl Verify {
    /// Recomputes all hash chains, replays all cases, and prints what was seen and each place that is wrong.
    ///
    /// # Errors
    /// There are no data, or the database fails.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        with_app(global, Data::MustExist, |app| async move {
            // Walking the chains keeps one core busy, and not the whole of it: the replays have the rest.
            let store = app.store.clone();
            let chains = tokio::spawn(async move { store.verify(|_| ()).await });
            let replays = replay_all(&app, |_| ()).await;
            let chains = chains.await.map_err(|_| StoreError::Closed)??;
            print(&of_chains(&chains))?;
            let replays = replays?;
            print(&of_replays(&replays))?;
            let between = between(&app).await?;
            between.iter().try_for_each(|finding| print(&line(finding)))?;
            print(&outside(&app).await?)?;
            if self.rebuild {
                let marks = register::reindex(&app).await?;
                let names = imitations::reindex(&app).await?;
                print(&format!(
                    "{}\n",
                    say("cli-reindexed", &[("marks", marks.into()), ("names", names.into())])
                ))?;
            }
            let sound = chains.findings.is_empty() && replays.findings.is_empty() && between.is_empty();
            print(&format!(
                "{}\n",
                say(
                    if sound {
                        "cli-verify-sound"
                    } else {
                        "cli-verify-altered"
                    },
                    &[]
                )
            ))?;
            Ok(if sound { Outcome::Done } else { Outcome::Found })
        })
    }
}

fn of_chains(report: &VerifyReport) -> String {
    let args = [
        ("cases", report.cases.into()),
        ("events", report.events.into()),
        ("payloads", report.payloads.into()),
        ("erased", report.erased.into()),
        ("audit", report.audit_entries.into()),
    ];
    let mut text = format!("{}\n", say("cli-verify-chains", &args));
    for finding in &report.findings {
        let column = match finding.flaw {
            Flaw::ColumnMismatch(column) | Flaw::CaseMismatch(column) => format!(" {column}"),
            _ => String::new(),
        };
        text.push_str(&format!(
            "{}:{}:{}{column}\n",
            finding.chain,
            finding.seq,
            finding.flaw.code()
        ));
    }
    text
}

fn of_replays(replays: &Replays) -> String {
    let args = [("cases", replays.cases.into()), ("agreed", replays.agreed.into())];
    let mut text = format!("{}\n", say("cli-verify-replays", &args));
    for (number, events) in &replays.skipped {
        let events: Vec<String> = events.iter().map(ToString::to_string).collect();
        let args = [("number", number.as_str().into()), ("events", events.join(" ").into())];
        text.push_str(&format!("{}\n", say("cli-verify-skipped", &args)));
    }
    for finding in &replays.findings {
        text.push_str(&line(finding));
    }
    text
}

fn line(finding: &ReplayFinding) -> String {
    format!("{}:{}:{}\n", finding.number, finding.seq, finding.code)
}

/// What cannot be seen from inside, and what to note down so that it can be seen the next time.
async fn outside(app: &App) -> Result<String, UsageError> {
    let newest = app.store.audit_log(&AuditFilter::default(), 1).await?;
    let head = newest
        .first()
        .map_or_else(String::new, |row| format!("{} {}", row.id, row.hash));
    Ok(format!("{}\n", say("cli-verify-outside", &[("head", head.into())])))
}
