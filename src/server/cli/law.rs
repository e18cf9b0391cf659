//! `zhengming law`: the instruments that deadlines are counted by.

use clap::Args;
use serde_json::{Value as Json, json};
use zhengming_engine::clock::{
    Instrument,
    instrument::{DayMeans, LastDay},
};

use super::{
    Global, Outcome, UsageError, explain_pack,
    language::{locale, say},
    print,
};
use crate::{locale::text, workflows};

/// Options of `law`.
#[derive(Debug, Args)]
pub struct Law {
    /// Print an array of JSON objects
    #[arg(long)]
    pub json: bool,
}

impl Law {
    /// Prints each instrument: key, title, when in force, what its bare "日" means, on which last days a period ends later.
    ///
    /// # Errors
    /// The configured domain pack cannot be used.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let pack = workflows::load(global.load()?.workflows_dir.as_deref()).map_err(|error| explain_pack(&error))?;
        let instruments = pack.law.instruments.values();
        let text = if self.json {
            let list: Vec<Json> = instruments.map(|instrument| record(instrument)).collect();
            format!("{}\n", serde_json::to_string_pretty(&list)?)
        } else {
            let column = pack.law.instruments.keys().map(String::len).max().unwrap_or_default() + 2;
            instruments.map(|instrument| line(instrument, column)).collect()
        };
        print(&text)?;
        Ok(Outcome::Done)
    }
}

fn record(instrument: &Instrument) -> Json {
    json!({
        "key": instrument.key,
        "title": instrument.title,
        "inForce": instrument.in_force,
        "dayMeans": instrument.day_means,
        "dayBasis": instrument.day_basis,
        "rollRule": instrument.counting.last_day,
        "rollBasis": instrument.counting.basis,
        "countingFrom": instrument.counting_from,
        "supersededBy": instrument.superseded_by,
        "unverified": instrument.unverified,
    })
}

fn line(instrument: &Instrument, column: usize) -> String {
    let title = if locale().is_zh() {
        &instrument.title.zh
    } else {
        &instrument.title.en
    };
    let until = instrument.in_force.to.map(|to| to.to_string()).unwrap_or_default();
    let args = [
        ("days", day_means(&instrument.day_means).into()),
        ("roll", say(roll(instrument.counting.last_day), &[]).into()),
        ("basis", instrument.counting.basis.as_str().into()),
    ];
    let rules = text(locale(), "cli-law-rules", &args);
    format!(
        "{:<column$}{}..{until:<10}  {title}\n{:<column$}{rules}\n",
        instrument.key, instrument.in_force.from, ""
    )
}

fn day_means(means: &DayMeans) -> String {
    match means {
        DayMeans::Calendar => say("cli-law-days-calendar", &[]),
        DayMeans::Working => say("cli-law-days-working", &[]),
        DayMeans::WorkingIfAtMost(most) => say("cli-law-days-working-at-most", &[("most", (*most).into())]),
        DayMeans::WorkingValues(values) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            say("cli-law-days-working-values", &[("values", values.join(", ").into())])
        }
    }
}

fn roll(rule: LastDay) -> &'static str {
    match rule {
        LastDay::StatutoryHoliday => "cli-law-roll-statutory-holiday",
        LastDay::RestDay => "cli-law-roll-rest-day",
        LastDay::None => "cli-law-roll-none",
    }
}
