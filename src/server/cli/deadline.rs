//! `zhengming deadline`: when a legal period ends, and why, day by day.

mod moment;
mod report;

use clap::{ArgGroup, Args};
use time::Date;
use zhengming_engine::{
    clock::{Deadline as Answer, LawRef, Period, Unit, deadline, local_date},
    definition::model::{ClockRule, Definition, Length},
    pack::Pack,
};

use self::moment::{Moment, Pause};
use super::{Global, Outcome, UsageError, explain_pack, language::say, print, warn};
use crate::workflows;

/// Options of `deadline`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("rule").required(true).args(["clock", "instrument"])))]
pub struct Deadline {
    /// Clock of a procedure, for example complaint.acceptance
    #[arg(long, value_name = "PROCEDURE.CLOCK")]
    pub clock: Option<String>,
    /// Instrument by whose own rules the period runs; `zhengming law` lists the keys
    #[arg(long, value_name = "KEY", requires = "within")]
    pub instrument: Option<String>,
    /// Period, for example "7 working_days"; units: hours working_days days months years
    #[arg(long, value_name = "PERIOD", requires = "instrument", conflicts_with = "clock")]
    pub within: Option<Period>,
    /// Start of the period: an RFC 3339 moment, or a date in Asia/Shanghai
    #[arg(long, value_name = "MOMENT", value_parser = moment::moment)]
    pub from: Moment,
    /// Filing date, which decides the version of the procedure; else that of --from
    #[arg(long, value_name = "DATE", value_parser = moment::day, conflicts_with = "instrument")]
    pub filed: Option<Date>,
    /// Dates or moments between which the clock stands still, as FROM/TO; FROM/ while it still does. May be repeated
    #[arg(long, value_name = "FROM/TO", value_parser = moment::suspension)]
    pub suspend: Vec<Pause>,
    /// Print a JSON object
    #[arg(long)]
    pub json: bool,
}

/// What is counted, and by which article.
struct Rule {
    period: Period,
    instrument: String,
    article: Option<LawRef>,
}

impl Deadline {
    /// Prints the deadline and its trace.
    ///
    /// # Errors
    /// No such clock, instrument or version; a period that ends beyond the calendar's reach.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let pack = workflows::load(global.load()?.workflows_dir.as_deref()).map_err(|error| explain_pack(&error))?;
        let rule = self.rule(&pack)?;
        if rule.period.unit() == Unit::Hours && !self.from.has_time {
            return Err(UsageError::Other(
                "a period of hours starts at a moment: give --from with a time, for example 2026-09-23T10:00:00+08:00"
                    .to_owned(),
            ));
        }
        let answer = self.count(&pack, &rule)?;
        let text = if self.json {
            report::json(&answer)?
        } else {
            report::plain(&answer, &rule)
        };
        print(&text)?;
        Ok(Outcome::Done)
    }

    fn rule(&self, pack: &Pack) -> Result<Rule, UsageError> {
        if let Some(clock) = &self.clock {
            return self.clock_rule(pack, clock);
        }
        // clap lets nobody past without one of the two, and no instrument without a period.
        let missing = || UsageError::Other("give --clock, or --instrument with --within".to_owned());
        let instrument = self.instrument.clone().ok_or_else(missing)?;
        let period = self.within.ok_or_else(missing)?;
        Ok(Rule {
            period,
            instrument,
            article: None,
        })
    }

    fn clock_rule(&self, pack: &Pack, name: &str) -> Result<Rule, UsageError> {
        let filed = match self.filed {
            Some(filed) => filed,
            None => local_date(self.from.at).map_err(|error| UsageError::Other(error.to_string()))?,
        };
        let (definition, clock) = find_clock(pack, name, filed)?;
        let Length::Period(period) = &clock.length else {
            let Length::Until(field) = &clock.length else {
                unreachable!("a clock has one of two lengths")
            };
            return Err(UsageError::Other(format!(
                "`{name}` ends on the date that an officer enters in `{field}`: there is nothing to count"
            )));
        };
        if !clock.filed.contains(filed) {
            return Err(UsageError::Other(format!(
                "`{name}` of version {} runs only for filings {}; {filed} is outside",
                definition.version,
                range(clock.filed.from, clock.filed.to)
            )));
        }
        Ok(Rule {
            period: *period,
            instrument: clock.law.instrument().to_owned(),
            article: Some(clock.law.clone()),
        })
    }

    fn count(&self, pack: &Pack, rule: &Rule) -> Result<Answer, UsageError> {
        let instrument = pack.law.instrument(&rule.instrument).map_err(|error| {
            let keys: Vec<&str> = pack.law.instruments.keys().map(String::as_str).collect();
            UsageError::Other(format!("{error}; the keys are: {}", keys.join(" ")))
        })?;
        let wrong = |error: zhengming_engine::clock::ClockError| UsageError::Other(error.to_string());
        let start = local_date(self.from.at).map_err(wrong)?;
        if rule.article.is_none() {
            if !instrument.in_force.contains(start) {
                let period = range(Some(instrument.in_force.from), instrument.in_force.to);
                warn(&say(
                    "cli-deadline-not-in-force",
                    &[("key", rule.instrument.as_str().into()), ("range", period.into())],
                ));
            }
            if instrument.reads_otherwise(rule.period) {
                warn(&say(
                    "cli-deadline-reads-working",
                    &[("key", rule.instrument.as_str().into())],
                ));
            }
        }
        let unit = rule.period.unit();
        let suspensions = self.suspend.iter().map(|pause| pause.of(unit));
        let suspensions = suspensions.collect::<Result<Vec<_>, _>>().map_err(UsageError::Other)?;
        deadline(&pack.law, instrument, rule.period, self.from.at, &suspensions).map_err(wrong)
    }
}

fn find_clock<'p>(pack: &'p Pack, name: &str, filed: Date) -> Result<(&'p Definition, &'p ClockRule), UsageError> {
    let keys = || pack.procedures.keys().map(String::as_str).collect::<Vec<_>>().join(" ");
    let Some((procedure, clock)) = name.split_once('.') else {
        return Err(UsageError::Other(format!(
            "`{name}` is not PROCEDURE.CLOCK; the procedures are: {}",
            keys()
        )));
    };
    let Some(versions) = pack.procedures.get(procedure) else {
        return Err(UsageError::Other(format!(
            "no procedure `{procedure}`; there are: {}",
            keys()
        )));
    };
    let Some(definition) = pack.in_force(procedure, filed) else {
        let versions = versions
            .iter()
            .map(|v| format!("version {} {}", v.version, range(v.filed.from, v.filed.to)));
        return Err(UsageError::Other(format!(
            "no version of `{procedure}` governs a filing of {filed}; there are: {}",
            versions.collect::<Vec<_>>().join(", ")
        )));
    };
    let known = definition.clocks.get(clock).ok_or_else(|| {
        let clocks: Vec<String> = definition.clocks.keys().map(|c| format!("{procedure}.{c}")).collect();
        UsageError::Other(format!(
            "no clock `{clock}` in version {} of `{procedure}`, which governs filings of {filed}; its clocks are: {}",
            definition.version,
            clocks.join(" ")
        ))
    })?;
    Ok((definition, known))
}

/// A range of days as `FROM..TO`, open ends left out.
fn range(from: Option<Date>, to: Option<Date>) -> String {
    let end = |date: Option<Date>| date.map(|d| d.to_string()).unwrap_or_default();
    format!("{}..{}", end(from), end(to))
}
