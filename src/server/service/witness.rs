//! Whether the rows beside a case's events are those that the events made: documents, notices, assignments, links, timers, and
//! the columns of the case that no hash covers. What a document or a notice says inside is not compared: it may be erased.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;
use zhengming_engine::{
    decision::{Decision, Effect, Handover, RECOMPUTED, Timer},
    definition::model::Definition,
    notice::OF_SERVICE,
};

use crate::{
    access::{EXCLUDED, INTAKE},
    store::{AssignmentRow, CaseHistory, TimerRow, TimerState},
};

/// What the events of a case made, as far as they could be replayed.
#[derive(Debug, Default)]
pub(super) struct Witness {
    /// Effects by position of their event.
    effects: BTreeMap<i64, Vec<Effect>>,
    /// Positions of events of which the service tells by itself, which is no effect: the case followed the law, came by file, or
    /// something was added to it.
    followed: BTreeSet<i64>,
    /// What a case brought along that was begun elsewhere.
    brought: Option<Handover>,
    /// What the last replayed event left.
    end: Option<End>,
    /// When the case came to its end.
    closed_at: Option<OffsetDateTime>,
}

#[derive(Debug)]
struct End {
    phase: String,
    next_due: Option<OffsetDateTime>,
    /// Those that may fire as they stand.
    timers: Vec<Timer>,
}

/// Rows that the events did not make, or rows that are missing; position of the event and stable code.
pub(super) type Apart = Vec<(i64, &'static str)>;

impl Witness {
    /// Notes what an event decided.
    pub(super) fn note(&mut self, seq: i64, at: OffsetDateTime, decision: &Decision) {
        self.effects.insert(seq, decision.effects.clone());
        if let Some(handover) = &decision.handover {
            self.brought = Some(handover.clone());
        }
        if decision.kind == RECOMPUTED || decision.contribution.is_some() || decision.handover.is_some() {
            self.followed.insert(seq);
        }
        if decision.outcome.is_some() {
            self.closed_at.get_or_insert(at);
        }
        self.end = Some(End {
            phase: decision.phase.clone(),
            next_due: decision.next_due,
            timers: decision.armed().cloned().collect(),
        });
    }

    /// Compares all that was noted; `whole` says that every event was replayed, so that the end can be compared too.
    pub(super) fn compare(&self, definition: &Definition, history: &CaseHistory, whole: bool) -> Apart {
        let mut apart = Apart::new();
        for (&seq, effects) in &self.effects {
            self.documents(history, seq, effects, &mut apart);
            self.notices(history, seq, effects, &mut apart);
            given(history, seq, effects, &mut apart);
        }
        if whole {
            self.assignments(definition, history, &mut apart);
            self.links(history, &mut apart);
            self.disclosures(history, &mut apart);
            self.end(history, &mut apart);
            let last = history.case.seq;
            let beyond = |seq: i64| seq < 1 || seq > last;
            if history.documents.iter().any(|row| beyond(row.seq)) {
                apart.push((0, "DOCUMENTS_DIFFER"));
            }
            if history.notices.iter().any(|row| beyond(row.seq)) {
                apart.push((0, "NOTICES_DIFFER"));
            }
        }
        apart.sort_unstable();
        apart.dedup();
        apart
    }

    fn documents(&self, history: &CaseHistory, seq: i64, effects: &[Effect], apart: &mut Apart) {
        let mut made: Vec<&str> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Document { kind } => Some(kind.as_str()),
                _ => None,
            })
            .collect();
        let brought = self.brought.iter().filter(|_| seq == 1);
        made.extend(brought.flat_map(|brought| brought.documents.iter().map(String::as_str)));
        let rows = history.documents.iter().filter(|row| row.seq == seq);
        let mut there: Vec<&str> = rows.map(|row| row.kind.as_str()).collect();
        made.sort_unstable();
        there.sort_unstable();
        if made != there {
            apart.push((seq, "DOCUMENTS_DIFFER"));
        }
    }

    fn notices(&self, history: &CaseHistory, seq: i64, effects: &[Effect], apart: &mut Apart) {
        let mut made: Vec<(&str, &str)> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Notify { to, notice, .. } => Some(to.iter().map(move |role| (role.as_str(), notice.as_str()))),
                _ => None,
            })
            .flatten()
            .collect();
        let of_service = |template: &str| OF_SERVICE.contains(&template) && self.followed.contains(&seq);
        let rows = history.notices.iter().filter(|row| row.seq == seq);
        let mut there: Vec<(&str, &str)> = rows
            .filter(|row| !of_service(&row.template))
            .map(|row| (row.recipient_role.as_str(), row.template.as_str()))
            .collect();
        made.sort_unstable();
        there.sort_unstable();
        if made != there {
            apart.push((seq, "NOTICES_DIFFER"));
        }
    }

    /// What is published is what the events published and did not withdraw, each as of the event that did so last.
    fn disclosures(&self, history: &CaseHistory, apart: &mut Apart) {
        let mut made: BTreeMap<&str, (i64, bool)> = BTreeMap::new();
        for (&seq, effects) in &self.effects {
            for effect in effects {
                match effect {
                    Effect::Publish { kind } => {
                        made.insert(kind, (seq, true));
                    }
                    Effect::Withdraw { kind } => {
                        if let Some(published) = made.get_mut(kind.as_str()) {
                            published.1 = false;
                        }
                    }
                    _ => {}
                }
            }
        }
        let rows = history.disclosures.iter().filter(|row| row.published_at.is_some());
        let there: BTreeMap<&str, (i64, bool)> = rows
            .map(|row| (row.kind.as_str(), (row.seq, row.withdrawn_at.is_none())))
            .collect();
        if made != there {
            apart.push((0, "DISCLOSURES_DIFFER"));
        }
    }

    /// Each assignment was begun, and ended, by an event that does so; and what an event ends is ended.
    fn assignments(&self, definition: &Definition, history: &CaseHistory, apart: &mut Apart) {
        // Who acts in a role that excludes others is noted with it for the length of the step.
        let apart_from_others =
            |role: &String| definition.roles.keys().any(|o| definition.separated(role, o).is_some());
        let effects = |seq: i64| self.effects.get(&seq).map(Vec::as_slice).unwrap_or_default();
        for row in &history.assignments {
            let at_once = row.until_seq == Some(row.since_seq);
            let acted = at_once && row.account_id.is_some() && apart_from_others(&row.role);
            let took_in = row.role == INTAKE && row.since_seq == 1 && row.account_id.is_none();
            let came = |brought: &Handover| row.since_seq == 1 && brought.roles.contains(&row.role);
            let came = row.account_id.is_none() && self.brought.as_ref().is_some_and(came);
            if !acted && !took_in && !came && !effects(row.since_seq).iter().any(|effect| gives(effect, row)) {
                apart.push((row.since_seq, "ASSIGNMENTS_DIFFER"));
            }
            match row.until_seq {
                Some(until) if !acted && (at_once || !effects(until).iter().any(|effect| ends(effect, row))) => {
                    apart.push((until, "ASSIGNMENTS_DIFFER"));
                }
                None => {
                    let after = self.effects.range(row.since_seq + 1..);
                    let ended = after.filter(|(_, effects)| effects.iter().any(|effect| must_end(effect, row)));
                    apart.extend(ended.map(|(seq, _)| (*seq, "ASSIGNMENTS_DIFFER")));
                }
                Some(_) => {}
            }
        }
        let took_in = |row: &&AssignmentRow| row.role == INTAKE && row.since_seq == 1;
        if history.assignments.iter().filter(took_in).count() != 1 {
            apart.push((1, "ASSIGNMENTS_DIFFER"));
        }
    }

    fn links(&self, history: &CaseHistory, apart: &mut Apart) {
        let mut opened: BTreeMap<&str, usize> = BTreeMap::new();
        for effect in self.effects.values().flatten() {
            if let Effect::Open { link, .. } = effect {
                *opened.entry(link).or_default() += 1;
            }
        }
        let there = |kind: &str| history.links.iter().filter(|row| row.kind == kind).count();
        if opened.into_iter().any(|(link, count)| there(link) < count) {
            apart.push((0, "LINKS_DIFFER"));
        }
    }

    fn end(&self, history: &CaseHistory, apart: &mut Apart) {
        let Some(end) = &self.end else { return };
        let case = &history.case;
        if end.phase != case.phase || end.next_due != case.next_due_at || self.closed_at != case.closed_at {
            apart.push((case.seq, "CASE_DIFFERS"));
        }
        let names = |row: &TimerRow, timer: &Timer| {
            let same = (row.clock.as_str(), row.generation, row.rung.as_str());
            same == (timer.clock.as_str(), i64::from(timer.generation), timer.rung.as_str())
                && row.due_at == timer.due_at
        };
        let waits = |row: &&TimerRow| matches!(row.state, TimerState::Armed | TimerState::Parked);
        let mut waiting = history.timers.iter().filter(waits);
        let unknown = waiting.any(|row| !end.timers.iter().any(|timer| names(row, timer)));
        // One that has fired for this due date is not armed again.
        let rows = || history.timers.iter().filter(|row| row.state != TimerState::Cancelled);
        let missing = end.timers.iter().any(|timer| !rows().any(|row| names(row, timer)));
        if unknown || missing {
            apart.push((case.seq, "TIMERS_DIFFER"));
        }
    }
}

/// What an event gives has a row.
fn given(history: &CaseHistory, seq: i64, effects: &[Effect], apart: &mut Apart) {
    let giving = effects.iter().filter(|effect| {
        matches!(
            effect,
            Effect::Assign { .. } | Effect::Delegate { .. } | Effect::Keep { .. }
        )
    });
    for effect in giving {
        let rows = history.assignments.iter().filter(|row| row.since_seq == seq);
        if !rows.into_iter().any(|row| gives(effect, row)) {
            apart.push((seq, "ASSIGNMENTS_DIFFER"));
        }
    }
}

/// Whether an effect can have begun an assignment. To whom a role went that the sender took is not in the chain.
fn gives(effect: &Effect, row: &AssignmentRow) -> bool {
    match effect {
        Effect::Assign { role, account, .. } => {
            row.role == *role && (account.is_none() || *account == row.account_id) && row.organisation_id.is_none()
        }
        Effect::Delegate { role, organisation } => {
            row.role == *role && row.organisation_id.as_ref() == Some(organisation)
        }
        Effect::Keep { role } => row.role == *role && row.organisation_id.is_some(),
        Effect::Exclude { .. } => row.role == EXCLUDED,
        _ => false,
    }
}

/// Whether an effect can have ended an assignment.
fn ends(effect: &Effect, row: &AssignmentRow) -> bool {
    match effect {
        Effect::MoveTo { .. } | Effect::ReturnToIntake => row.account_id.is_some(),
        // Who is barred holds nothing else on the case either.
        Effect::Exclude { .. } => row.role != EXCLUDED,
        other => must_end(other, row),
    }
}

/// Whether an effect ends an assignment that was begun before it.
fn must_end(effect: &Effect, row: &AssignmentRow) -> bool {
    match effect {
        Effect::MoveTo { .. } | Effect::ReturnToIntake => row.account_id.is_some() && row.role != EXCLUDED,
        Effect::Assign {
            role,
            additional: false,
            ..
        }
        | Effect::Delegate { role, .. }
        | Effect::Release { role }
        | Effect::Exclude { role } => row.role == *role,
        _ => false,
    }
}
