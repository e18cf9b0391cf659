//! Clocks and events along one line of time.

use time::{Duration, OffsetDateTime};
use zhengming_engine::clock::{ClockState, ClockStatus};

use crate::web::page::Words;

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
        clocks: &[(String, &ClockState)],
        ticks: &[Tick],
    ) -> Option<Self> {
        let last = clocks.iter().map(|(_, clock)| finish(clock, now)).max()?;
        let last = last.max(end).max(start + Duration::days(1));
        let scale = Scale {
            start,
            length: last - start,
        };
        let lanes: Vec<Lane> = clocks
            .iter()
            .map(|(title, clock)| lane(words, &scale, title, clock, now))
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

fn lane(words: Words, scale: &Scale, title: &str, clock: &ClockState, now: OffsetDateTime) -> Lane {
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
        _ if clock.is_late(now) => "late",
        ClockStatus::Running => "fine",
        ClockStatus::Suspended => "paused",
        _ => "over",
    };
    Lane {
        title: title.to_owned(),
        due: words.due(clock),
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

    use super::*;

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
