//! Clocks and events along one line of time.

use time::{Duration, OffsetDateTime};
use zhengming_engine::{
    clock::{ClockState, ClockStatus},
    definition::model::Definition,
};

use crate::{service::case_view::DeadlineView, web::page::Words};

/// The chart. All places are thousandths of its width.
pub(in crate::web) struct Chart {
    pub(in crate::web) from: String,
    pub(in crate::web) to: String,
    /// Where now is.
    pub(in crate::web) now: i64,
    /// Where events are, with their names and moments for those who point at them.
    pub(in crate::web) ticks: Vec<(i64, String)>,
    pub(in crate::web) lanes: Vec<Lane>,
    /// One sentence that says what the picture shows.
    pub(in crate::web) summary: String,
}

/// One clock.
pub(in crate::web) struct Lane {
    pub(in crate::web) title: String,
    /// Its last day; of one that is only waited for, that something may follow after it.
    pub(in crate::web) due: String,
    /// Where its bar starts, and how long it is.
    pub(in crate::web) start: i64,
    pub(in crate::web) length: i64,
    /// The part of it that has passed.
    pub(in crate::web) passed: i64,
    /// Parts in which it stood still.
    pub(in crate::web) pauses: Vec<(i64, i64)>,
    /// Class of its colour.
    pub(in crate::web) tone: &'static str,
}

/// An event.
pub(in crate::web) struct Tick {
    pub(in crate::web) at: OffsetDateTime,
    pub(in crate::web) title: String,
}

/// Maps moments to thousandths.
struct Scale {
    start: OffsetDateTime,
    length: Duration,
}

impl Scale {
    fn place(&self, at: OffsetDateTime) -> i64 {
        let seconds = (at - self.start).whole_seconds();
        (seconds.saturating_mul(1_000) / self.length.whole_seconds().max(1)).clamp(0, 1_000)
    }
}

impl Chart {
    /// Draws up the chart from `start` to the last due date or `end`, whichever is later. `None` without clocks.
    pub(in crate::web) fn new(
        words: Words,
        start: OffsetDateTime,
        end: OffsetDateTime,
        now: OffsetDateTime,
        (definition, clocks): (&Definition, &[DeadlineView]),
        ticks: &[Tick],
    ) -> Option<Self> {
        let last = clocks.iter().map(|clock| finish(&clock.state, now)).max()?;
        let last = last.max(end).max(start + Duration::days(1));
        let scale = Scale {
            start,
            length: last - start,
        };
        let lanes: Vec<Lane> = clocks
            .iter()
            .map(|clock| lane(words, &scale, definition, clock, now))
            .collect();
        Some(Self {
            from: words.day(start),
            to: words.day(last - Duration::seconds(1)),
            now: scale.place(now),
            ticks: ticks
                .iter()
                .map(|t| (scale.place(t.at), format!("{} {}", words.moment(t.at), t.title)))
                .collect(),
            summary: words.with(
                "portal-chart-summary",
                "count",
                i64::try_from(lanes.len()).unwrap_or(i64::MAX),
            ),
            lanes,
        })
    }
}

/// Where a clock's bar ends: when it stopped, when it is due, or now while it is suspended.
fn finish(clock: &ClockState, now: OffsetDateTime) -> OffsetDateTime {
    let due = clock.due.at().map(|due| due.due_at);
    match clock.status {
        ClockStatus::Met | ClockStatus::Cancelled => clock.stopped_at.unwrap_or(now),
        _ => due.unwrap_or(now),
    }
}

fn lane(words: Words, scale: &Scale, definition: &Definition, deadline: &DeadlineView, now: OffsetDateTime) -> Lane {
    let (rule, clock) = (definition.clocks.get(&deadline.clock), &deadline.state);
    let start = scale.place(clock.started_at);
    let end = finish(clock, now);
    let length = (scale.place(end) - start).max(4);
    let passed = (scale.place(now.min(end)) - start).clamp(0, length);
    let pause = |entry: &zhengming_engine::clock::ledger::SuspensionEntry| {
        let from = scale.place(entry.time.from());
        let to = scale.place(entry.time.to().unwrap_or(now));
        (from, (to - from).max(2))
    };
    let tone = match clock.status {
        _ if deadline.overdue => "late",
        ClockStatus::Running => "fine",
        ClockStatus::Suspended => "paused",
        _ => "over",
    };
    let due = words.due(clock);
    let waits = rule.is_some_and(|rule| rule.waits) && clock.status == ClockStatus::Running;
    Lane {
        title: rule.map_or_else(|| deadline.clock.clone(), |rule| words.pick(&rule.title).to_owned()),
        due: if waits {
            format!("{} {due}", words.t("portal-waits-until"))
        } else {
            due
        },
        start,
        length,
        passed,
        pauses: clock.suspensions.iter().map(pause).collect(),
        tone,
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use zhengming_engine::{clock::ClockTerms, definition::model::Length};

    use super::*;
    use crate::{locale::Locale, workflows};

    #[test]
    fn the_time_line_tells_a_waiting_period_from_a_last_day() {
        let pack = workflows::load(None).unwrap();
        let hearing = pack.procedures["penalty_hearing"].last().unwrap();
        let at = datetime!(2026-06-01 09:00 +8);
        let deadline = |name: &str| {
            let rule = &hearing.clocks[name];
            let Length::Period(period) = rule.length else {
                panic!("{name} has a length");
            };
            let terms = ClockTerms {
                name: name.to_owned(),
                instrument: rule.law.instrument().to_owned(),
                legal_basis: rule.law.clone(),
                period,
                duty: rule.duty,
            };
            DeadlineView {
                clock: name.to_owned(),
                state: ClockState::start(&pack.law, terms, at).unwrap(),
                overdue: false,
            }
        };
        let clocks = [deadline("notice_period"), deadline("fixing")];
        let known = (&**hearing, clocks.as_slice());
        let chart = Chart::new(Words(Locale::En), at, at, at, known, &[]).unwrap();
        assert!(chart.lanes[0].due.contains("not before"), "{}", chart.lanes[0].due);
        assert!(!chart.lanes[1].due.contains("not before"), "{}", chart.lanes[1].due);
    }

    #[test]
    fn places_stay_inside_the_picture() {
        let scale = Scale {
            start: datetime!(2026-04-15 00:00 +8),
            length: Duration::days(10),
        };
        assert_eq!(scale.place(datetime!(2026-04-20 00:00 +8)), 500);
        assert_eq!(scale.place(datetime!(2026-04-01 00:00 +8)), 0);
        assert_eq!(scale.place(datetime!(2027-04-01 00:00 +8)), 1_000);
    }
}
