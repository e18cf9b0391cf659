//! Reports as CSV, one line a clock or a day.

use zhengming_engine::{clock::Duty, definition::model::Force};

use super::Report;

/// `clocks.csv`: what became of every clock of every run.
///
/// # Errors
/// Those of writing CSV into memory, which do not happen.
pub fn clocks_csv(reports: &[Report]) -> Result<String, csv::Error> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record([
        "simulation",
        "procedure",
        "version",
        "clock",
        "duty",
        "force",
        "started",
        "met",
        "expired",
        "restarted",
        "cancelled",
        "running",
        "overdue_rate",
        "late_p50_days",
        "late_p95_days",
    ])?;
    for report in reports {
        for procedure in &report.procedures {
            for clock in &procedure.clocks {
                file.write_record([
                    report.simulation.clone(),
                    procedure.procedure.clone(),
                    procedure.version.to_string(),
                    clock.clock.clone(),
                    match clock.duty {
                        Duty::Authority => "authority".to_owned(),
                        Duty::Party => "party".to_owned(),
                    },
                    match clock.force {
                        Force::Statutory => "statutory".to_owned(),
                        Force::Service => "service".to_owned(),
                    },
                    clock.started.to_string(),
                    clock.met.to_string(),
                    clock.expired.to_string(),
                    clock.restarted.to_string(),
                    clock.cancelled.to_string(),
                    clock.running.to_string(),
                    clock.overdue_rate.map(|rate| format!("{rate:.6}")).unwrap_or_default(),
                    clock.late_p50_days.map(|days| format!("{days:.1}")).unwrap_or_default(),
                    clock.late_p95_days.map(|days| format!("{days:.1}")).unwrap_or_default(),
                ])?;
            }
        }
    }
    text(file)
}

/// `queues.csv`: at the end of every day, tasks waiting and in work by role, open cases by procedure.
///
/// # Errors
/// Those of writing CSV into memory, which do not happen.
pub fn queues_csv(reports: &[Report]) -> Result<String, csv::Error> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(["simulation", "date", "kind", "name", "waiting", "in_work", "open"])?;
    for report in reports {
        for day in &report.days {
            let date = day.date.to_string();
            let desks = report.staff.iter().zip(&day.waiting).zip(&day.in_work);
            for ((staff, waiting), in_work) in desks {
                let (waiting, in_work) = (waiting.to_string(), in_work.to_string());
                let (name, role) = (report.simulation.as_str(), staff.role.as_str());
                file.write_record([
                    name,
                    date.as_str(),
                    "staff",
                    role,
                    waiting.as_str(),
                    in_work.as_str(),
                    "",
                ])?;
            }
            for (procedure, open) in report.procedures.iter().zip(&day.open) {
                let (name, key, open) = (
                    report.simulation.as_str(),
                    procedure.procedure.as_str(),
                    open.to_string(),
                );
                file.write_record([name, date.as_str(), "cases", key, "", "", open.as_str()])?;
            }
        }
    }
    text(file)
}

fn text(file: csv::Writer<Vec<u8>>) -> Result<String, csv::Error> {
    let bytes = file
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    String::from_utf8(bytes).map_err(|error| csv::Error::from(std::io::Error::other(error)))
}
