//! What an event carries beside its place in the chain: salted, erasable, and enough to replay it.

use serde_json::{Map, Value as Json, json};
use zhengming_engine::{
    contribution::Contribution,
    decision::{Decision, Handover, MIGRATED, RECOMPUTED, Signal, TAKEN_OVER, Timer},
    definition::migration::Migration,
};

use crate::store::EventPayloadRow;

/// What the event carried, to be salted and erasable: the answers and, for a replay, the role that sent it and the version
/// of the law that it was decided by; of moved deadlines the old and the new date; of a move to another version its map; of a
/// case that was begun elsewhere where it stood; what was added to it.
pub(super) fn payload(decision: &Decision, role: &str, law_version: &str) -> Json {
    let law = decision.law.as_ref().map(|l| l.as_str());
    let mut body = json!({
        "role": role, "answers": decision.answers, "personal": decision.personal, "timer": decision.timer,
        "signal": decision.signal, "law": law, "law_version": law_version,
    });
    if let (Json::Object(map), false) = (&mut body, decision.moved.is_empty()) {
        map.insert("moved".to_owned(), json!(decision.moved));
    }
    if let (Json::Object(map), Some(migration)) = (&mut body, &decision.migration) {
        map.insert("migration".to_owned(), json!(migration));
    }
    if let (Json::Object(map), Some(contribution)) = (&mut body, &decision.contribution) {
        map.insert("contribution".to_owned(), json!(contribution));
    }
    if let (Json::Object(map), Some(handover)) = (&mut body, &decision.handover) {
        map.insert("handover".to_owned(), json!(handover));
    }
    body
}

/// The payload of an event; `None` where it was erased.
pub(super) fn body(row: &EventPayloadRow) -> Option<Json> {
    serde_json::from_str(row.body.as_ref()?).ok()
}

/// All answers that were given with an event, personal ones too.
pub(super) fn merged(payload: &Json) -> Map<String, Json> {
    let mut answers = Map::new();
    for part in ["answers", "personal"] {
        if let Some(map) = payload.get(part).and_then(Json::as_object) {
            answers.extend(map.clone());
        }
    }
    answers
}

/// What made an event happen.
pub(super) enum Cause {
    /// Somebody sent it.
    Person,
    /// A timer fired.
    Clock(Timer),
    /// Another case told of itself.
    Case(Signal),
    /// The law or its calendar changed.
    Law,
    /// It moved to another version of its procedure, by this map.
    Version(Box<Migration>),
    /// It was taken over from elsewhere.
    Transfer(Box<Handover>),
    /// Somebody added something that does not move it.
    Contribution(Box<Contribution>),
}

/// What made an event of this kind happen, by its payload.
pub(super) fn cause(kind: &str, payload: &Json) -> Cause {
    if kind == RECOMPUTED {
        return Cause::Law;
    }
    let part = |key: &str| payload.get(key).filter(|part| !part.is_null()).cloned();
    if kind == MIGRATED {
        let map = part("migration").and_then(|map| serde_json::from_value(map).ok());
        return Cause::Version(Box::new(map.unwrap_or_default()));
    }
    if kind == TAKEN_OVER {
        let handover = part("handover").and_then(|handover| serde_json::from_value(handover).ok());
        return Cause::Transfer(Box::new(handover.unwrap_or_default()));
    }
    let contribution = part("contribution").and_then(|found| serde_json::from_value(found).ok());
    if let Some(contribution) = contribution {
        return Cause::Contribution(Box::new(contribution));
    }
    let timer = part("timer").and_then(|timer| serde_json::from_value(timer).ok());
    let signal = part("signal").and_then(|signal| serde_json::from_value(signal).ok());
    timer
        .map(Cause::Clock)
        .or(signal.map(Cause::Case))
        .unwrap_or(Cause::Person)
}
