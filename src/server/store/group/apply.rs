//! From a decided change to rows: pure.

use std::collections::HashSet;

use crate::store::chain::{self, Entry, GENESIS};
use crate::store::group::Group;
use crate::store::{
    CaseChange, CasePersonalRow, CaseRow, EventPayloadRow, EventRow, IdentityRow, NewEvent, NewNotice, NewOutbox,
    NewTimer, NoticeRow, OutboxRow, TimerRow, TimerState,
};

impl Group {
    pub(super) fn mark_fired(&mut self, case_id: &str, timer_id: &str) {
        let Some(state) = self.cases.get_mut(case_id) else {
            return;
        };
        for timer in state.timers.iter_mut().filter(|timer| timer.id == timer_id) {
            timer.state = TimerState::Fired;
            self.writes.timers.insert(timer.id.clone(), timer.clone());
        }
    }

    /// Puts a change into effect, in memory and in the rows to be written. Returns the case's new version.
    pub(super) fn apply(&mut self, case_id: &str, change: CaseChange) -> i64 {
        let CaseChange {
            case,
            raises_version,
            event,
            personal,
            timers,
            outbox,
            notices,
            documents,
            disclosures,
            parties,
            assignments,
            identity,
            links,
            opens,
            reply: _,
        } = change;
        let before = self.cases.get(case_id).and_then(|state| state.row.as_ref());
        if before.is_none() {
            self.writes.opened.push(case_id.to_owned());
        } else if !self.writes.opened.iter().any(|opened| opened == case_id) {
            self.writes.changed.insert(case_id.to_owned());
        }
        let state_hash = event.state_hash.clone();
        let (event, payload) = link(case_id, before, &event);
        let row = CaseRow {
            id: case_id.to_owned(),
            version: before.map_or(0, |case| case.version) + i64::from(raises_version),
            seq: event.seq,
            head: event.hash.clone(),
            state_hash,
            ..case
        };
        let (version, seq, at) = (row.version, event.seq, event.at);
        let writes = &mut self.writes;
        let state = self.cases.entry(case_id.to_owned()).or_default();
        state.row = Some(row);
        writes.events.push(event);
        writes.payloads.extend(payload);
        if let Some(body) = personal {
            state.personal = Some(body.clone());
            writes.personal.insert(
                case_id.to_owned(),
                CasePersonalRow {
                    case_id: case_id.to_owned(),
                    body,
                },
            );
        }
        for mut party in parties {
            party.case_id = case_id.to_owned();
            writes.parties.insert(party.id.clone(), party.clone());
            replace(&mut state.parties, party, |party| &party.id);
        }
        for mut assignment in assignments {
            assignment.case_id = case_id.to_owned();
            writes.assignments.insert(assignment.id.clone(), assignment.clone());
            replace(&mut state.assignments, assignment, |assignment| &assignment.id);
        }
        for mut document in documents {
            document.case_id = case_id.to_owned();
            document.seq = seq;
            writes.documents.push(document.clone());
            state.documents.push(document);
        }
        for disclosure in disclosures {
            writes.disclose(case_id, seq, at, disclosure);
        }
        state.links.extend(links.iter().cloned());
        writes.links.extend(links);
        if let Some(identity) = identity {
            state.identity = Some(identity.body.clone());
            writes.identities.insert(
                case_id.to_owned(),
                IdentityRow {
                    case_id: case_id.to_owned(),
                    mode: identity.mode,
                    body: Some(identity.body),
                    erased_at: None,
                },
            );
        }
        writes.notices.extend(
            notices
                .into_iter()
                .zip(0..)
                .map(|(notice, n)| notice_row(case_id, seq, n, at, notice)),
        );
        writes.outbox.extend(
            outbox
                .into_iter()
                .zip(0..)
                .map(|(effect, n)| outbox_row(case_id, seq, n, effect)),
        );
        for timer in rearm(case_id, &mut state.timers, timers) {
            writes.timers.insert(timer.id.clone(), timer);
        }
        for child in opens {
            let child_id = child.case.id.clone();
            self.apply(&child_id, child);
        }
        version
    }
}

/// Makes the next link of a case's chain.
fn link(case_id: &str, before: Option<&CaseRow>, event: &NewEvent) -> (EventRow, Option<EventPayloadRow>) {
    let seq = before.map_or(0, |case| case.seq) + 1;
    let body = event.payload.as_ref().map(chain::canonical_json);
    let entry = chain::canonical(&Entry {
        v: Entry::VERSION,
        case: case_id.to_owned(),
        seq,
        prev: before.map_or_else(|| GENESIS.to_owned(), |case| case.head.clone()),
        at: chain::moment(event.at),
        actor: event.actor.clone(),
        kind: event.kind.clone(),
        def_hash: event.definition_hash.clone(),
        from: event.from.clone(),
        to: event.to.clone(),
        guards: event.guards.clone(),
        payload_hash: body.as_ref().map(|body| chain::payload_hash(&event.salt, body)),
        clocks_hash: event.clocks_hash.clone(),
        state_hash: event.state_hash.clone(),
    });
    let hash = chain::entry_hash(&entry);
    let payload = body.map(|body| EventPayloadRow {
        case_id: case_id.to_owned(),
        seq,
        salt: Some(event.salt.to_vec()),
        body: Some(body),
        erased_at: None,
    });
    let row = EventRow {
        case_id: case_id.to_owned(),
        seq,
        at: event.at,
        kind: event.kind.clone(),
        actor: event.actor.clone(),
        entry,
        hash,
    };
    (row, payload)
}

fn replace<T>(rows: &mut Vec<T>, row: T, id: impl Fn(&T) -> &String) {
    match rows.iter_mut().find(|old| id(old) == id(&row)) {
        Some(old) => *old = row,
        None => rows.push(row),
    }
}

fn notice_row(case_id: &str, seq: i64, n: i64, at: time::OffsetDateTime, notice: NewNotice) -> NoticeRow {
    NoticeRow {
        id: NoticeRow::id_of(case_id, seq, n),
        case_id: case_id.to_owned(),
        seq,
        n,
        recipient_role: notice.recipient_role,
        template: notice.template,
        locale: notice.locale,
        body: notice.body,
        created_at: at,
        read_at: None,
    }
}

fn outbox_row(case_id: &str, seq: i64, n: i64, effect: NewOutbox) -> OutboxRow {
    OutboxRow {
        id: format!("{case_id}:{seq}:{n}"),
        case_id: case_id.to_owned(),
        seq,
        n,
        kind: effect.kind,
        body: effect.body,
        due_at: effect.due_at,
        attempts: 0,
        done_at: None,
        dead_at: None,
        last_error: None,
    }
}

/// Brings a case's timers to the wanted set and returns those that changed. A timer that has fired stays so, and a parked
/// one waits for its operator unless its moment moves.
fn rearm(case_id: &str, timers: &mut Vec<TimerRow>, wanted: Vec<NewTimer>) -> Vec<TimerRow> {
    let mut changed = Vec::new();
    let mut keep = HashSet::new();
    for new in wanted {
        let id = format!("{case_id}:{}:{}:{}", new.clock, new.generation, new.rung);
        keep.insert(id.clone());
        match timers.iter_mut().find(|timer| timer.id == id) {
            Some(old) => {
                let waits = matches!(old.state, TimerState::Armed | TimerState::Parked) && old.due_at == new.due_at;
                if old.state == TimerState::Fired || waits {
                    continue;
                }
                old.due_at = new.due_at;
                old.state = TimerState::Armed;
                old.attempts = 0;
                changed.push(old.clone());
            }
            None => {
                let timer = TimerRow {
                    id,
                    case_id: case_id.to_owned(),
                    clock: new.clock,
                    generation: new.generation,
                    rung: new.rung,
                    due_at: new.due_at,
                    state: TimerState::Armed,
                    attempts: 0,
                };
                changed.push(timer.clone());
                timers.push(timer);
            }
        }
    }
    for timer in timers.iter_mut() {
        if matches!(timer.state, TimerState::Armed | TimerState::Parked) && !keep.contains(&timer.id) {
            timer.state = TimerState::Cancelled;
            changed.push(timer.clone());
        }
    }
    changed
}
