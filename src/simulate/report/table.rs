//! Reports as a table for a terminal; several stand beside each other.

use std::fmt::Write as _;

use zhengming_engine::clock::Duty;

use super::{ProcedureReport, Report, StaffReport};

/// A row: its heading, its name, what one report says.
struct Row {
    section: String,
    name: String,
    value: String,
}

/// The reports as one table, a column each.
#[must_use]
pub fn table(reports: &[Report]) -> String {
    let columns: Vec<Vec<Row>> = reports.iter().map(rows).collect();
    let mut order: Vec<(&str, &str)> = Vec::new();
    for row in columns.iter().flatten() {
        let key = (row.section.as_str(), row.name.as_str());
        if !order.contains(&key) {
            // Beside the last row of its section, so that sections stay whole.
            let after = order.iter().rposition(|(section, _)| *section == key.0);
            order.insert(after.map_or(order.len(), |place| place + 1), key);
        }
    }
    let value = |column: &[Row], key: (&str, &str)| {
        let row = column
            .iter()
            .find(|row| (row.section.as_str(), row.name.as_str()) == key);
        row.map_or_else(|| "-".to_owned(), |row| row.value.clone())
    };
    let first = order.iter().map(|(_, name)| width(name) + 2).max().unwrap_or(0);
    let widths: Vec<usize> = columns
        .iter()
        .map(|column| column.iter().map(|row| width(&row.value)).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    let mut section = "";
    for key in order {
        if key.0 != section {
            section = key.0;
            let _ = writeln!(text, "{}{section}", if text.is_empty() { "" } else { "\n" });
        }
        let _ = write!(text, "  {}{}", key.1, " ".repeat(first - 2 - width(key.1)));
        for (column, wide) in columns.iter().zip(&widths) {
            let value = value(column, key);
            let _ = write!(text, "  {}{value}", " ".repeat(wide.saturating_sub(width(&value))));
        }
        text.push('\n');
    }
    text
}

fn rows(report: &Report) -> Vec<Row> {
    let mut rows = Rows(Vec::new());
    let section = "simulation";
    rows.push(section, "name", report.simulation.clone());
    rows.push(section, "filings counted", format!("{} to {}", report.from, report.to));
    rows.push(section, "seed", report.seed.to_string());
    let run = if report.run_authorities == u64::from(report.authorities) {
        grouped(report.run_authorities)
    } else {
        format!(
            "{} of {}, counts multiplied",
            grouped(report.run_authorities),
            grouped(report.authorities.into())
        )
    };
    rows.push(section, "authorities", run);
    for procedure in &report.procedures {
        rows.procedure(procedure);
    }
    for staff in &report.staff {
        rows.staff(staff);
    }
    rows.0
}

struct Rows(Vec<Row>);

impl Rows {
    fn push(&mut self, section: &str, name: impl Into<String>, value: String) {
        self.0.push(Row {
            section: section.to_owned(),
            name: name.into(),
            value,
        });
    }

    fn procedure(&mut self, procedure: &ProcedureReport) {
        let section = format!("cases: {} (version {})", procedure.procedure, procedure.version);
        let of_filed = |count: u64| of(count, procedure.filed);
        self.push(&section, "filed", grouped(procedure.filed));
        if procedure.opened_by_cases > 0 {
            self.push(&section, "  opened by other cases", grouped(procedure.opened_by_cases));
        }
        for (code, count) in &procedure.not_filed {
            self.push(&section, format!("not filed: {code}"), grouped(*count));
        }
        let closed: u64 = procedure.closed.iter().map(|outcome| outcome.cases).sum();
        self.push(&section, "closed", of_filed(closed));
        for outcome in &procedure.closed {
            let name = format!("  {}", outcome.outcome);
            let lengths = format!("{:.1} / {:.1} d", outcome.p50_days, outcome.p95_days);
            self.push(&section, &name, of_filed(outcome.cases));
            self.push(&section, format!("{name}: p50 / p95"), lengths);
        }
        self.push(&section, "open at the end", of_filed(procedure.open));
        for (state, count) in &procedure.stuck_by_state {
            self.push(&section, format!("  STUCK in {state}"), of_filed(*count));
        }
        for (key, count) in &procedure.opened_outside {
            self.push(&section, format!("opened outside of the model: {key}"), grouped(*count));
        }
        for refusal in procedure.refused.iter().take(5) {
            let name = format!("refused: {} in {} ({})", refusal.event, refusal.state, refusal.code);
            self.push(&section, name, grouped(refusal.times));
        }
        let section = format!("clocks: {}", procedure.procedure);
        for clock in procedure.clocks.iter().filter(|clock| clock.started > 0) {
            let duty = match clock.duty {
                Duty::Authority => "authority",
                Duty::Party => "party",
            };
            self.push(
                &section,
                format!("{} ({duty}): started", clock.clock),
                grouped(clock.started),
            );
            let rate = clock.overdue_rate.unwrap_or(0.0) * 100.0;
            let overdue = format!("{} = {rate:.2} %", grouped(clock.expired));
            self.push(&section, "  expired".to_owned() + &suffix(&clock.clock), overdue);
            if let (Some(half), Some(most)) = (clock.late_p50_days, clock.late_p95_days) {
                let late = format!("{half:.1} / {most:.1} d");
                self.push(&section, "  late by p50 / p95".to_owned() + &suffix(&clock.clock), late);
            }
        }
    }

    fn staff(&mut self, staff: &StaffReport) {
        let section = format!("staff: {}", staff.role);
        let officers = staff
            .officers
            .map_or_else(|| "unlimited".to_owned(), |count| grouped(count.into()));
        self.push(&section, "officers an authority", officers);
        self.push(&section, "tasks", grouped(staff.tasks));
        if let Some(utilisation) = staff.utilisation {
            self.push(&section, "utilisation", format!("{:.1} %", utilisation * 100.0));
        }
        if let (Some(half), Some(most)) = (staff.wait_p50_hours, staff.wait_p95_hours) {
            self.push(
                &section,
                "wait p50 / p95, working hours",
                format!("{half:.1} / {most:.1} h"),
            );
        }
        let queue = format!("{:.1} / {}", staff.queue_mean, grouped(staff.queue_most));
        self.push(&section, "queue at day's end, mean / most", queue);
        self.push(&section, "queue on the last day", grouped(staff.queue_last));
    }
}

/// Tells rows of different clocks apart.
fn suffix(clock: &str) -> String {
    format!(" ({clock})")
}

fn of(count: u64, whole: u64) -> String {
    let rate = count as f64 * 100.0 / whole.max(1) as f64;
    format!("{} = {rate:.1} %", grouped(count))
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Columns that a text takes on a terminal; Han characters take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if ('\u{2e80}'..='\u{ffef}').contains(&c) { 2 } else { 1 })
        .sum()
}
