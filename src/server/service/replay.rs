//! Replay: from the recorded answers of each event to the state that they must lead to, with the same `decide`.

use serde_json::Value as Json;
use zhengming_engine::{
    clock::local_date,
    contribution::Contribution,
    decide,
    decision::{Actor as EngineActor, CaseView, Command, Opening, Problem, ProblemCode},
    definition::model::FilingMode as EngineMode,
};

use super::{
    Error, Result,
    case_state::{hash, state_hash},
    cases::{pinned, under},
    laws::Laws,
    past::{dossier, roster, with_evidence},
    payload::{Cause, body, cause, merged},
    witness::Witness,
};
use crate::{
    app::App,
    store::{AssignmentRow, CaseHistory, CaseRow, Entry, EventRow, FilingMode},
};

/// What the replay of one case found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// Events whose recorded state was reached again.
    pub agreed: Vec<i64>,
    /// Events that could not be replayed because their payload was lawfully erased.
    pub skipped: Vec<i64>,
    /// Events whose replay leads elsewhere than the record.
    pub differs: Vec<i64>,
    /// Rows beside the events that they did not make, or made and that are gone: the event (0 for the whole case) and a
    /// stable code.
    pub apart: Vec<(i64, &'static str)>,
}

/// Replays a case from its events. From the first erased payload on, states cannot be reached any more.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Internal`] when its procedure is not loaded; those of the database.
pub async fn case(app: &App, case_id: &str) -> Result<Replay> {
    let history = app.store.histories(&[case_id.to_owned()]).await?.pop();
    of_history(app, &mut Laws::default(), &history.ok_or(Error::NotFound)?).await
}

/// Replays a case, each event by the law that it was decided by.
pub(super) async fn of_history(app: &App, laws: &mut Laws, history: &CaseHistory) -> Result<Replay> {
    let procedure = &history.case.procedure;
    let mut definition = pinned(app, &history.case)?;
    let filed_on = local_date(history.case.filed_at).map_err(|_| Error::Internal("date out of range"))?;
    let mut replay = Replay::default();
    let mut now: Option<CaseView> = None;
    let mut witness = Witness::default();
    let mut laid: Vec<Contribution> = Vec::new();
    for row in &history.events {
        let entry: Entry = serde_json::from_str(&row.entry).map_err(|_| Error::Internal("an entry is unreadable"))?;
        let payload = history.payloads.iter().find(|p| p.seq == row.seq).and_then(body);
        let Some(payload) = payload.filter(|_| replay.skipped.is_empty()) else {
            replay.skipped.push(row.seq);
            continue;
        };
        let answers = merged(&payload);
        // Each event by the version that it was decided by; a move leads from one to the next.
        let before = std::mem::replace(&mut definition, under(app, procedure, &entry.def_hash)?);
        // Before laws were kept there was one.
        let version = payload.get("law_version").and_then(Json::as_str);
        let law = laws.of(app, version.unwrap_or(app.pack().law.version())).await?;
        let decided = match (&now, cause(&row.kind, &payload)) {
            (None, Cause::Transfer(handover)) => {
                decide::take_over(&definition, &law, &handover, &answers, filed_on, row.at)
            }
            (Some(_), Cause::Transfer(_)) => Err(Problem::new(ProblemCode::DefinitionMismatch).into()),
            (None, _) => {
                let opening = Opening {
                    actor: EngineActor::default(),
                    mode: mode(history.case.filing_mode),
                    fields: answers,
                    complete: false,
                };
                decide::open(&definition, &law, &opening, row.at)
            }
            (Some(view), Cause::Clock(timer)) => decide::fire(&definition, &law, view, &timer),
            (Some(view), Cause::Version(map)) => decide::migrate(&before, &definition, &map, &law, view, row.at),
            (Some(view), Cause::Law) => match decide::recompute(&definition, &law, view, None, row.at) {
                Ok(Some(decision)) => Ok(decision),
                Ok(None) => Err(Problem::new(ProblemCode::ClockNotRunning).into()),
                Err(refusal) => Err(refusal),
            },
            (Some(view), Cause::Case(signal)) => {
                let view = CaseView {
                    held: held(&history.assignments, row.seq),
                    roster: roster(&history.assignments, row.seq),
                    ..view.clone()
                };
                decide::hear(&definition, &law, &view, &signal, &answers, row.at)
            }
            (Some(view), Cause::Contribution(contribution)) => {
                let actor = acting_as(&payload);
                decide::append(&definition, &law, view, &contribution, None, &actor, row.at)
            }
            (Some(view), Cause::Person) => {
                let view = CaseView {
                    held: held(&history.assignments, row.seq),
                    roster: roster(&history.assignments, row.seq),
                    dossier: with_evidence(dossier(&history.documents, row.seq), &laid),
                    ..view.clone()
                };
                let command = Command {
                    event: row.kind.clone(),
                    actor: acting_as(&payload),
                    fields: answers,
                    complete: false,
                };
                decide::perform(&definition, &law, &view, &command, row.at)
            }
        };
        let Ok(decision) = decided else {
            replay.differs.push(row.seq);
            break;
        };
        witness.note(row.seq, row.at, &decision);
        laid.extend(decision.contribution);
        let clocks = serde_json::to_value(&decision.clocks).unwrap_or_default();
        if decision.to == entry.to && hash(&clocks) == entry.clocks_hash {
            replay.agreed.push(row.seq);
        } else {
            replay.differs.push(row.seq);
        }
        now = Some(CaseView {
            states: decision.to,
            remembered: decision.remembered,
            data: decision.data,
            clocks: decision.clocks,
            filed_on,
            held: held(&history.assignments, row.seq + 1),
            roster: roster(&history.assignments, row.seq + 1),
            dossier: with_evidence(dossier(&history.documents, row.seq + 1), &laid),
        });
    }
    compare_end(&history.case, now.as_ref(), &history.events, &mut replay);
    let whole = replay.skipped.is_empty() && replay.differs.is_empty();
    replay.apart = witness.compare(&definition, history, whole);
    Ok(replay)
}

/// Whoever sent an event, in the role in which it was sent.
fn acting_as(payload: &Json) -> EngineActor {
    let role = payload.get("role").and_then(Json::as_str).unwrap_or_default();
    EngineActor {
        roles: [role.to_owned()].into(),
        excluded: false,
        ..Default::default()
    }
}

/// Roles held just before an event.
fn held(assignments: &[AssignmentRow], seq: i64) -> std::collections::BTreeSet<String> {
    let live = assignments
        .iter()
        .filter(|a| a.since_seq < seq && a.until_seq.is_none_or(|until| until >= seq));
    live.map(|a| a.role.clone()).collect()
}

fn mode(mode: FilingMode) -> EngineMode {
    match mode {
        FilingMode::Named => EngineMode::Named,
        FilingMode::Confidential => EngineMode::Confidential,
        FilingMode::Anonymous => EngineMode::Anonymous,
    }
}

/// Whether the case's row is what its last event left: by the hash in the chain, which holds after an erasure too, and by
/// what the replay came to.
fn compare_end(case: &CaseRow, end: Option<&CaseView>, events: &[EventRow], replay: &mut Replay) {
    let Some(last) = events.last() else { return };
    if state_hash(case, &hash(&case.clocks)) != case.state_hash {
        replay.differs.push(last.seq);
        return;
    }
    let Some(end) = end else { return };
    let same = end.states == case.states && Json::Object(end.data.clone()) == case.data;
    if !same && replay.skipped.is_empty() && !replay.differs.contains(&last.seq) {
        replay.differs.push(last.seq);
    }
}
