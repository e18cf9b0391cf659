//! The history of a case, as far as an actor may see it.

use serde_json::Value as Json;
use time::OffsetDateTime;
use zhengming_engine::{
    decision::{TAKEN_OVER, Timer},
    definition::model::Definition,
};

use super::payload::{Cause, body, cause};
use crate::{
    access::Standing,
    store::{CaseBundle, EventRow},
};

/// One event of the history.
#[derive(Clone, Debug)]
pub struct EventView {
    /// Position.
    pub seq: i64,
    /// Recorded moment.
    pub at: OffsetDateTime,
    /// Event name, or one that no procedure declares: `opened`, `clock_warned`, `clock_expired`, `clocks_recomputed`, `migrated`.
    pub kind: String,
    /// The clock that ended or warned, where one made it happen.
    pub clock: Option<String>,
    /// Role that sent it; `clock` for the service.
    pub role: String,
    /// Leaves before.
    pub from: Vec<String>,
    /// Leaves after.
    pub to: Vec<String>,
    /// Hash of the entry, hex.
    pub hash: String,
}

/// The events that an actor may see, oldest first.
pub(super) fn visible(bundle: &CaseBundle, definition: &Definition, standing: &Standing) -> Vec<EventView> {
    let seen = bundle.events.iter().filter(|row| sees(row, definition, standing));
    seen.map(|row| event(row, clock(bundle, row))).collect()
}

/// The number of a case where it was begun, if it came by file: the other side writes and calls by that one.
pub(super) fn number_elsewhere(bundle: &CaseBundle) -> Option<String> {
    let first = bundle.events.iter().find(|row| row.kind == TAKEN_OVER)?;
    let payload = bundle.payloads.iter().find(|payload| payload.seq == first.seq)?;
    match cause(&first.kind, &body(payload)?) {
        Cause::Transfer(handover) => Some(handover.origin.number.clone()).filter(|number| !number.is_empty()),
        _ => None,
    }
}

fn sees(row: &EventRow, definition: &Definition, standing: &Standing) -> bool {
    let declared = definition.events.get(&row.kind);
    let mine = declared.is_some_and(|e| e.seen_by.iter().chain(&e.by).any(|r| standing.roles.contains(r)));
    standing.reads_as_staff() || mine || row.kind == "opened"
}

fn clock(bundle: &CaseBundle, row: &EventRow) -> Option<String> {
    let payload = bundle.payloads.iter().find(|payload| payload.seq == row.seq);
    match cause(&row.kind, &payload.and_then(body)?) {
        Cause::Clock(Timer { clock, .. }) => Some(clock),
        _ => None,
    }
}

fn event(row: &EventRow, clock: Option<String>) -> EventView {
    let entry: Json = serde_json::from_str(&row.entry).unwrap_or_default();
    let leaves = |key: &str| {
        let list = entry.get(key).and_then(Json::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .map(str::to_owned)
            .collect()
    };
    EventView {
        seq: row.seq,
        at: row.at,
        kind: row.kind.clone(),
        clock,
        role: row.actor.split(':').next().unwrap_or_default().to_owned(),
        from: leaves("from"),
        to: leaves("to"),
        hash: row.hash.clone(),
    }
}
