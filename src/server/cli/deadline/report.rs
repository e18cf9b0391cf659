//! The answer of `zhengming deadline`, for programs and for people.

use serde::Serialize;
use time::{Date, Weekday, format_description::well_known::Rfc3339};
use zhengming_engine::clock::{DayReason, Deadline as Answer, Due, Remaining, TraceDay};

use super::{Rule, UsageError};
use crate::cli::language::{both, say};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    due_date: Option<String>,
    due_at: Option<String>,
    strict_date: Option<String>,
    provisional: bool,
    trace: &'a [TraceDay],
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<Left>,
}

/// What is left of a period that stands still.
#[derive(Serialize)]
struct Left {
    amount: u64,
    unit: &'static str,
}

impl From<Remaining> for Left {
    fn from(remaining: Remaining) -> Self {
        let (amount, unit) = match remaining {
            Remaining::WorkingDays(days) => (days.into(), "working_days"),
            Remaining::Days(days) => (days.into(), "days"),
            Remaining::Seconds(seconds) => (seconds, "seconds"),
        };
        Self { amount, unit }
    }
}

/// `{dueDate, dueAt, strictDate, provisional, trace}`; a period that stands still has null dates and `remaining`.
pub(super) fn json(answer: &Answer) -> Result<String, UsageError> {
    let trace = answer.trace.days();
    let record = match answer.due {
        Due::At(due) => Record {
            due_date: Some(due.due_date.to_string()),
            due_at: due.due_at.format(&Rfc3339).ok(),
            strict_date: Some(due.strict_date.to_string()),
            provisional: due.provisional,
            trace,
            remaining: None,
        },
        Due::Suspended { remaining } => Record {
            due_date: None,
            due_at: None,
            strict_date: None,
            provisional: trace.iter().any(|day| day.reason == DayReason::AssumedWorkingDay),
            trace,
            remaining: Some(remaining.into()),
        },
    };
    Ok(format!("{}\n", serde_json::to_string_pretty(&record)?))
}

/// The due date with its weekday, how it came about, and the trace as a table.
pub(super) fn plain(answer: &Answer, rule: &Rule) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    let basis = rule
        .article
        .as_ref()
        .map_or(rule.instrument.as_str(), |article| article.as_str());
    match answer.due {
        Due::At(due) => {
            line(format!("{} {}", due.due_date, both(weekday(due.due_date))));
            let at = due.due_at.format(&Rfc3339).unwrap_or_default();
            line(say("cli-deadline-ends", &[("at", at.into())]));
            line(say(
                "cli-deadline-strict",
                &[("date", due.strict_date.to_string().into())],
            ));
            if due.provisional {
                line(say("cli-deadline-provisional", &[]));
            }
        }
        Due::Suspended { remaining } => {
            let Left { amount, unit } = remaining.into();
            line(say(
                "cli-deadline-suspended",
                &[("amount", amount.to_string().into()), ("unit", unit.into())],
            ));
        }
    }
    let args = [("basis", basis.into()), ("period", rule.period.to_string().into())];
    line(say("cli-deadline-basis", &args));
    let mut counted = 0_u64;
    for day in answer.trace.days() {
        counted += u64::from(day.counted);
        let mark = if day.counted {
            counted.to_string()
        } else {
            "-".to_owned()
        };
        line(format!(
            "{}  {}  {mark:>5}  {}",
            day.date,
            both(weekday(day.date)),
            both(reason(day.reason))
        ));
    }
    text
}

fn weekday(date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "cli-weekday-1",
        Weekday::Tuesday => "cli-weekday-2",
        Weekday::Wednesday => "cli-weekday-3",
        Weekday::Thursday => "cli-weekday-4",
        Weekday::Friday => "cli-weekday-5",
        Weekday::Saturday => "cli-weekday-6",
        Weekday::Sunday => "cli-weekday-7",
    }
}

fn reason(reason: DayReason) -> &'static str {
    match reason {
        DayReason::StartDay => "cli-day-start-day",
        DayReason::WorkingDay => "cli-day-working-day",
        DayReason::MakeUpWorkingDay => "cli-day-make-up-working-day",
        DayReason::AssumedWorkingDay => "cli-day-assumed-working-day",
        DayReason::Weekend => "cli-day-weekend",
        DayReason::StatutoryHoliday => "cli-day-statutory-holiday",
        DayReason::CalendarDay => "cli-day-calendar-day",
        DayReason::Hours => "cli-day-hours",
        DayReason::Suspended => "cli-day-suspended",
        DayReason::RolledOver => "cli-day-rolled-over",
        DayReason::ResumptionDay => "cli-day-resumption-day",
    }
}
