//! What was done to a case on which side.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use time::OffsetDateTime;
use zhengming_engine::{
    decision::{Origin, RESERVED_KINDS, TAKEN_OVER},
    definition::model::{Definition, EffectRule},
};

use super::Result;
use crate::{
    app::App,
    service::{
        Error,
        cases::under,
        payload::{Cause, body, cause, merged},
    },
    store::{CaseHistory, Entry, EventRow},
};

/// By whose file an event came: noted with its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::service) struct Arrived {
    /// Id of the organisation whose signature was proven.
    pub(in crate::service) organisation: String,
    /// Number of the event there.
    pub(in crate::service) seq: i64,
    /// When it happened there, or the last event here if that is later.
    pub(in crate::service) at: OffsetDateTime,
}

impl Arrived {
    /// What an organisation did at a moment that it signed for, after the last event here: the record never runs backwards, and nobody
    /// signs for tomorrow.
    pub(super) fn new(
        organisation: &str,
        (seq, at): (i64, OffsetDateTime),
        last: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            organisation: organisation.to_owned(),
            seq,
            at: at.max(last).min(now.max(last)),
        }
    }

    /// Notes it in an event's payload.
    pub(in crate::service) fn note(&self, payload: &mut Option<Json>) {
        if let Some(Json::Object(map)) = payload {
            let noted = json!({ "organisation": self.organisation, "seq": self.seq });
            map.insert("arrived".to_owned(), noted);
        }
    }
}

/// What the payloads of a case tell of its being in two places.
pub(super) struct Dispatch {
    /// Where it was taken over from; none: it was begun here.
    pub(super) origin: Option<Origin>,
    /// Events that came by file: organisation and number there.
    arrived: Vec<(String, i64)>,
    /// Those of them that were steps of the case: evidence comes before all of them.
    steps: Vec<(String, i64)>,
}

impl Dispatch {
    /// Reads it.
    pub(super) fn of(history: &CaseHistory) -> Self {
        let bodies: Vec<Json> = history.payloads.iter().filter_map(body).collect();
        let handover = bodies.iter().find_map(|body| body.get("handover"));
        let origin = handover.and_then(|handover| handover.get("origin")).cloned();
        let noted = |body: &Json| {
            let noted = body.get("arrived")?;
            let organisation = noted.get("organisation")?.as_str()?;
            Some((organisation.to_owned(), noted.get("seq")?.as_i64()?))
        };
        let is_step = |seq: i64| {
            let row = history.events.iter().find(|row| row.seq == seq);
            row.is_some_and(|row| !RESERVED_KINDS.contains(&row.kind.as_str()))
        };
        let steps = history.payloads.iter().filter(|payload| is_step(payload.seq));
        Self {
            origin: origin.and_then(|origin| serde_json::from_value(origin).ok()),
            arrived: bodies.iter().filter_map(noted).collect(),
            steps: steps.filter_map(body).filter_map(|body| noted(&body)).collect(),
        }
    }

    /// Whether a later step of an organisation is here: what it did before, and could not be done here, is not made up for.
    pub(super) fn is_overtaken(&self, organisation: &str, seq: i64) -> bool {
        self.steps
            .iter()
            .any(|(whose, number)| whose == organisation && *number > seq)
    }

    /// Whether what an organisation did is here already.
    pub(super) fn knows(&self, organisation: &str, seq: i64) -> bool {
        self.origin.as_ref().is_some_and(|origin| seq <= origin.seq) || self.has_arrived(organisation, seq)
    }

    /// Whether it came by a file of its own, and not with the one that carried the case.
    pub(super) fn has_arrived(&self, organisation: &str, seq: i64) -> bool {
        let same = |(whose, number): &(String, i64)| whose == organisation && *number == seq;
        self.arrived.iter().any(same)
    }
}

/// An event that a person sent here.
pub(super) struct Done {
    pub(super) seq: i64,
    pub(super) at: OffsetDateTime,
    pub(super) event: String,
    pub(super) answers: Map<String, Json>,
    /// The version that it was decided by.
    pub(super) definition: Arc<Definition>,
}

/// What was sent here since the case was taken over, or was first given to another organisation from here, in order. What
/// came before is in the file that carried the case.
pub(super) fn since_handed_over(app: &App, history: &CaseHistory) -> Result<Vec<Done>> {
    let mut done: Vec<Done> = Vec::new();
    let Some(handed_over) = handed_over(app, history)? else {
        return Ok(done);
    };
    for row in history.events.iter().filter(|row| row.seq > handed_over) {
        let definition = decided_by(app, history, row)?;
        let payload = history.payloads.iter().find(|p| p.seq == row.seq).and_then(body);
        let Some(payload) = payload else { continue };
        if !matches!(cause(&row.kind, &payload), Cause::Person) || payload.get("arrived").is_some() {
            continue;
        }
        done.push(Done {
            seq: row.seq,
            at: row.at,
            event: row.kind.clone(),
            answers: merged(&payload),
            definition,
        });
    }
    Ok(done)
}

/// Number of the event with which the case was taken over here, or first given to another organisation from here.
pub(super) fn handed_over(app: &App, history: &CaseHistory) -> Result<Option<i64>> {
    for row in &history.events {
        if row.kind == TAKEN_OVER || gives_away(&*decided_by(app, history, row)?, &row.kind) {
            return Ok(Some(row.seq));
        }
    }
    Ok(None)
}

/// The version that an event was decided by.
fn decided_by(app: &App, history: &CaseHistory, row: &EventRow) -> Result<Arc<Definition>> {
    let entry: Entry = serde_json::from_str(&row.entry).map_err(|_| Error::Internal("an entry is unreadable"))?;
    under(app, &history.case.procedure, &entry.def_hash)
}

/// Whether an event gives the case to another organisation.
fn gives_away(definition: &Definition, event: &str) -> bool {
    let moves = |effects: &[EffectRule]| effects.iter().any(|effect| matches!(effect, EffectRule::MoveTo { .. }));
    let itself = definition.events.get(event).is_some_and(|e| moves(&e.effects));
    let branches = definition
        .states
        .iter()
        .filter_map(|s| s.transitions.get(event))
        .flatten();
    itself || branches.into_iter().any(|branch| moves(&branch.effects))
}
