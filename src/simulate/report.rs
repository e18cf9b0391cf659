//! What came of a run, for people and programs.

mod files;
mod table;

use std::collections::BTreeMap;

use serde::Serialize;
use time::Date;
use zhengming_engine::{
    clock::Duty,
    definition::model::{Definition, Force},
};

use crate::{
    model::{Conduct, Desk, Model},
    tally::{ClockTally, DayTally, DeskTally, ProcedureTally, Spectrum, Tally},
};

pub use files::{clocks_csv, queues_csv};
pub use table::table;

/// Refused draws that are listed.
const LISTED: usize = 20;

time::serde::format_description!(mod iso_date [Date] = "[year]-[month]-[day]");

/// What came of a run. Counts are those of all authorities: where a sample was run, multiplied.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Name of the model.
    pub simulation: String,
    /// First and last day whose filings are counted.
    #[serde(with = "iso_date")]
    pub from: Date,
    /// Last of them.
    #[serde(with = "iso_date")]
    pub to: Date,
    /// Where the random numbers started.
    pub seed: u64,
    /// Authorities of the model.
    pub authorities: u32,
    /// Authorities that were run.
    pub run_authorities: u64,
    /// By what counts were multiplied.
    pub multiplied_by: u32,
    /// Decisions of the engine that cases followed, those of the warm-up included; not multiplied.
    pub steps: u64,
    /// By procedure.
    pub procedures: Vec<ProcedureReport>,
    /// By role of staff.
    pub staff: Vec<StaffReport>,
    /// The ends of the counted days.
    #[serde(skip)]
    pub days: Vec<DayReport>,
}

/// What came of the cases of one procedure.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcedureReport {
    /// Key of the procedure.
    pub procedure: String,
    /// Its version.
    pub version: u32,
    /// Cases filed on counted days; each is among the closed or the open.
    pub filed: u64,
    /// Of these, cases that other cases opened.
    pub opened_by_cases: u64,
    /// Filings that the engine refused, by code.
    pub not_filed: BTreeMap<String, u64>,
    /// Closed cases by outcome.
    pub closed: Vec<OutcomeReport>,
    /// Cases open at the end.
    pub open: u64,
    /// Of these, how many in each state.
    pub open_by_state: BTreeMap<String, u64>,
    /// Of these, cases for which nothing can happen any more: a gap in the model, or in the procedure.
    pub stuck_by_state: BTreeMap<String, u64>,
    /// Events that were drawn and that the engine refused, most frequent first.
    pub refused: Vec<RefusalReport>,
    /// Cases of procedures outside of the model that were opened.
    pub opened_outside: BTreeMap<String, u64>,
    /// By clock.
    pub clocks: Vec<ClockReport>,
}

/// Cases that ended in one way.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeReport {
    /// The outcome.
    pub outcome: String,
    /// How many.
    pub cases: u64,
    /// Days from filing to the end that half of them took at most.
    pub p50_days: f64,
    /// Days that 95 of a hundred took at most.
    pub p95_days: f64,
}

/// An event that the engine refused.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusalReport {
    /// Where.
    pub state: String,
    /// What was drawn.
    pub event: String,
    /// The code of the first thing that stood against it.
    pub code: String,
    /// How often.
    pub times: u64,
}

/// What became of a clock; each start counts by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClockReport {
    /// Name of the clock.
    pub clock: String,
    /// Whose duty it measures.
    pub duty: Duty,
    /// Whether law or a promise sets it.
    pub force: Force,
    /// How often it started.
    pub started: u64,
    /// Done in time.
    pub met: u64,
    /// Its period ended with the duty still open.
    pub expired: u64,
    /// Started anew while it ran.
    pub restarted: u64,
    /// Cancelled.
    pub cancelled: u64,
    /// Running or suspended at the end of the run.
    pub running: u64,
    /// Expired of started; none where it never started.
    pub overdue_rate: Option<f64>,
    /// Days after expiry in which half of the late duties were done.
    pub late_p50_days: Option<f64>,
    /// The same for 95 of a hundred.
    pub late_p95_days: Option<f64>,
}

/// What officers of one role had to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StaffReport {
    /// The role.
    pub role: String,
    /// Officers in one authority; none: always enough.
    pub officers: Option<u32>,
    /// Tasks begun on counted cases.
    pub tasks: u64,
    /// Working hours that half of these lay there at most.
    pub wait_p50_hours: Option<f64>,
    /// The same for 95 of a hundred.
    pub wait_p95_hours: Option<f64>,
    /// The longest.
    pub wait_most_hours: Option<f64>,
    /// Time at work on cases of the time at the desk, on counted days; none where there are always enough.
    pub utilisation: Option<f64>,
    /// Hours of work on cases, on counted days.
    pub worked_hours: f64,
    /// Tasks waiting at the end of a day, on average.
    pub queue_mean: f64,
    /// On the worst day.
    pub queue_most: u64,
    /// On the last day.
    pub queue_last: u64,
}

/// The end of one day.
#[derive(Clone, Debug, PartialEq)]
pub struct DayReport {
    /// The day.
    pub date: Date,
    /// Tasks waiting, by index of [`Report::staff`].
    pub waiting: Vec<u64>,
    /// Officers in the middle of a task.
    pub in_work: Vec<u64>,
    /// Open cases, by index of [`Report::procedures`].
    pub open: Vec<u64>,
}

impl Report {
    pub(crate) fn new(model: &Model, tally: &Tally) -> Self {
        let times = |count: u64| count.saturating_mul(u64::from(model.sample));
        let dates = std::iter::successors(Some(model.from), |day| day.next_day());
        let days: Vec<DayReport> = dates
            .zip(&tally.days)
            .map(|(date, day)| noted(date, day, &times))
            .collect();
        let procedures = model.procedures.iter().zip(&tally.procedures);
        let desks = model.desks.iter().zip(&tally.desks).enumerate();
        Self {
            simulation: model.name.clone(),
            from: model.from,
            to: model.to,
            seed: model.seed,
            authorities: model.authorities,
            run_authorities: tally.offices,
            multiplied_by: model.sample,
            steps: tally.procedures.iter().map(|p| p.steps).sum(),
            procedures: procedures
                .map(|(conduct, tally)| procedure(conduct, tally, &times))
                .collect(),
            staff: desks
                .map(|(index, (desk, tally))| staff(desk, tally, &days, index, &times))
                .collect(),
            days,
        }
    }
}

fn noted(date: Date, day: &DayTally, times: &impl Fn(u64) -> u64) -> DayReport {
    let all = |counts: &[u64]| counts.iter().map(|count| times(*count)).collect();
    DayReport {
        date,
        waiting: all(&day.waiting),
        in_work: all(&day.in_work),
        open: all(&day.open),
    }
}

fn procedure(conduct: &Conduct, tally: &ProcedureTally, times: &impl Fn(u64) -> u64) -> ProcedureReport {
    let definition = &conduct.definition;
    let all = |counts: &BTreeMap<String, u64>| -> BTreeMap<String, u64> {
        counts.iter().map(|(key, count)| (key.clone(), times(*count))).collect()
    };
    let mut refused: Vec<RefusalReport> = tally
        .refused
        .iter()
        .map(|((state, event, code), count)| RefusalReport {
            state: state.clone(),
            event: event.clone(),
            code: code.clone(),
            times: times(*count),
        })
        .collect();
    refused.sort_by_key(|refusal| std::cmp::Reverse(refusal.times));
    refused.truncate(LISTED);
    let outcomes = tally.closed.iter().map(|(outcome, lengths)| OutcomeReport {
        outcome: outcome.clone(),
        cases: times(lengths.total),
        p50_days: days(lengths.percentile(50).unwrap_or(0)),
        p95_days: days(lengths.percentile(95).unwrap_or(0)),
    });
    ProcedureReport {
        procedure: definition.key.clone(),
        version: definition.version,
        filed: times(tally.filed),
        opened_by_cases: times(tally.opened_by_cases),
        not_filed: all(&tally.not_filed),
        closed: outcomes.collect(),
        open: times(tally.open.values().sum()),
        open_by_state: all(&tally.open),
        stuck_by_state: all(&tally.stuck),
        refused,
        opened_outside: all(&tally.opened_outside),
        clocks: clocks(definition, &tally.clocks, times),
    }
}

fn clocks(definition: &Definition, tallies: &[ClockTally], times: &impl Fn(u64) -> u64) -> Vec<ClockReport> {
    let clocks = definition.clocks.iter().zip(tallies);
    clocks
        .map(|((name, rule), tally)| ClockReport {
            clock: name.clone(),
            duty: rule.duty,
            force: rule.force,
            started: times(tally.started),
            met: times(tally.met),
            expired: times(tally.expired),
            restarted: times(tally.restarted),
            cancelled: times(tally.cancelled),
            running: times(tally.running),
            overdue_rate: share(tally.expired, tally.started),
            late_p50_days: tally.late.percentile(50).map(days),
            late_p95_days: tally.late.percentile(95).map(days),
        })
        .collect()
}

fn staff(
    desk: &Desk,
    tally: &DeskTally,
    noted: &[DayReport],
    index: usize,
    times: &impl Fn(u64) -> u64,
) -> StaffReport {
    let hours = |waits: &Spectrum, hundredths: u64| waits.percentile(hundredths).map(|minutes| minutes as f64 / 60.0);
    let queue = || noted.iter().map(|day| day.waiting.get(index).copied().unwrap_or(0));
    StaffReport {
        role: desk.role.clone(),
        officers: desk.count,
        tasks: times(tally.tasks),
        wait_p50_hours: hours(&tally.waits, 50),
        wait_p95_hours: hours(&tally.waits, 95),
        wait_most_hours: hours(&tally.waits, 100),
        utilisation: share(tally.worked, tally.present),
        worked_hours: (times(tally.worked) as f64 / 3_600.0).round(),
        queue_mean: queue().sum::<u64>() as f64 / noted.len().max(1) as f64,
        queue_most: queue().max().unwrap_or(0),
        queue_last: queue().next_back().unwrap_or(0),
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Minutes as days with one decimal.
fn days(minutes: u64) -> f64 {
    (minutes as f64 / 144.0).round() / 10.0
}
