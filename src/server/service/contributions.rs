//! What is added to a case without moving it: messages and items of evidence. They stand in the history, personal and erasable,
//! and nowhere else.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use time::{Duration, OffsetDateTime};
use zhengming_engine::{
    contribution::{Contribution, EvidenceItem, Message},
    decide,
    decision::{Actor as EngineActor, EVIDENCE_ADDED, MESSAGE_SENT},
    definition::model::{Definition, RoleKind},
};

use super::{
    Error, Result,
    case_state::{hash, view},
    case_view::CaseSummary,
    cases::{engine_actor, may_send, nowhere, pinned, recorder, scope, still_under},
    denied,
    intake::{check_key, key_hash},
    payload::{Cause, body, cause},
    record::{Around, By, Recorder},
    transfer::Arrived,
};
use crate::{
    access::{Action, Actor, Standing, standing},
    app::App,
    store::{CaseChange, CaseCommand, CaseHistory, EventPayloadRow, EventRow, Idempotency, Loaded, Needs},
};

/// Something to be added.
#[derive(Clone, Debug)]
pub struct ContributionRequest {
    /// The case.
    pub case_id: String,
    /// What is added.
    pub contribution: Contribution,
    /// Client's key; a repeat gets the first answer again.
    pub idempotency_key: String,
}

/// Something that was added, as somebody may read it.
#[derive(Clone, Debug)]
pub struct Contributed<T> {
    /// Position of its event.
    pub seq: i64,
    /// When it was added.
    pub at: OffsetDateTime,
    /// Role in which it was added.
    pub role: String,
    /// Whether the reader's side added it.
    pub own: bool,
    /// What was added.
    pub what: T,
}

/// Adds something to a case. The case's version stays as it is. Returns the position of its event, also to a repeat.
///
/// # Errors
/// [`Error::NotFound`] for a case that the actor may not know of; [`Error::Refused`] with what does not fit;
/// [`Error::IdempotencyConflict`]; those of the database.
pub async fn contribute(app: &Arc<App>, actor: &Actor, request: ContributionRequest) -> Result<i64> {
    let case_id = request.case_id.clone();
    let added = add(app, actor, request).await;
    denied::noted(app, actor, Action::SendMessage.code(), &case_id, added).await
}

async fn add(app: &Arc<App>, actor: &Actor, request: ContributionRequest) -> Result<i64> {
    let key = check_key(&request.idempotency_key)?;
    let Some(case) = app.store.case(&request.case_id).await? else {
        return nowhere(app, request.case_id).await;
    };
    let definition = pinned(app, &case)?;
    let now = app.now();
    let added = serde_json::to_value(&request.contribution)
        .map_err(|_| Error::Internal("a contribution does not serialise"))?;
    let idempotency = Idempotency {
        scope: scope(actor)?,
        key_hash: key_hash(key),
        request_hash: hash(&serde_json::json!(["contribution", request.case_id, added])),
        created_at: now,
        expires_at: now + app.config.retention.idempotency(),
    };
    let recorder = recorder(app);
    let actor = actor.clone();
    let needs = Needs {
        assignments: true,
        parties: true,
        ..Needs::NOTHING
    };
    let command = CaseCommand {
        idempotency: Some(idempotency),
        ..CaseCommand::on(case.id.clone(), needs, move |loaded| {
            let case = loaded.case.ok_or(Error::NotFound)?;
            let standing = standing(
                &actor,
                &definition,
                case,
                loaded.parties,
                loaded.assignments,
                &recorder.organisations,
            );
            may_send(&actor, &standing)?;
            still_under(case, &definition)?;
            let malformed = request.contribution.malformed();
            if !malformed.is_empty() {
                return Err(Error::Refused(malformed));
            }
            let acting = engine_actor(&actor, &standing);
            let notice = recorder.pack.notice_of(&request.contribution);
            let seq = case.seq + 1;
            let mut change = change(
                &recorder,
                &definition,
                loaded,
                &request.contribution,
                notice,
                &acting,
                now,
            )?;
            change.reply = seq.to_string().into_bytes();
            Ok(change)
        })
    };
    let committed = app.commit(command).await.map_err(Error::from)?;
    app.feed.publish(&case.id);
    let reply = String::from_utf8(committed.reply).map_err(|_| Error::Internal("stored reply is unreadable"))?;
    // Replies of earlier versions are empty: no event has the position 0.
    Ok(reply.parse().unwrap_or_default())
}

/// What parties wrote or added to a case since anybody who works on it did something there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// There is a message.
    pub message: bool,
    /// There is an item of evidence.
    pub evidence: bool,
}

impl News {
    /// The news after one more event of a case.
    fn after(self, definition: &Definition, kind: &str, actor: &str) -> Self {
        let role = actor.split(':').next().unwrap_or_default();
        match definition.roles.get(role).map(|role| role.kind) {
            Some(RoleKind::Party) => Self {
                message: self.message || kind == MESSAGE_SENT,
                evidence: self.evidence || kind == EVIDENCE_ADDED,
            },
            Some(_) => Self::default(),
            // Clocks, other cases and the law do not read anything.
            None => self,
        }
    }
}

/// What is new in the open cases of a list that the actor handles, by the id of the case; cases without news are not in it.
///
/// # Errors
/// The database's.
pub async fn news(app: &App, listed: &[CaseSummary]) -> Result<BTreeMap<String, News>> {
    let handled = listed
        .iter()
        .filter(|summary| summary.case.closed_at.is_none() && summary.standing.staff && !summary.standing.excluded);
    let definitions: BTreeMap<&String, &Definition> = handled
        .map(|summary| (&summary.case.id, summary.definition.as_ref()))
        .collect();
    if definitions.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<String> = definitions.keys().map(|id| (*id).clone()).collect();
    let mut found: BTreeMap<String, News> = BTreeMap::new();
    for (case, kind, actor) in app.store.acts_of(&ids).await? {
        let Some(definition) = definitions.get(&case) else {
            continue;
        };
        let news = found.entry(case).or_default();
        *news = news.after(definition, &kind, &actor);
    }
    found.retain(|_, news| *news != News::default());
    Ok(found)
}

/// What adding it does to the case.
fn change(
    recorder: &Recorder,
    definition: &Definition,
    loaded: Loaded<'_>,
    contribution: &Contribution,
    notice: Option<&str>,
    acting: &EngineActor,
    now: OffsetDateTime,
) -> Result<CaseChange> {
    let case = loaded.case.ok_or(Error::NotFound)?;
    let at = now.max(case.opened_at);
    let view = view(case, loaded.assignments, &[])?;
    let law = &recorder.pack.law;
    let decision = decide::append(definition, law, &view, contribution, notice, acting, at)?;
    let by = By {
        account: acting.account.clone(),
        role: decide::contributor(definition, acting).cloned().unwrap_or_default(),
        organisation: None,
        at,
    };
    let mut around = Around {
        personal: None,
        identity: None,
        assignments: loaded.assignments,
        parties: &[],
        documents: &[],
        numbers: &mut *loaded.numbers,
    };
    recorder.change(definition, case, &decision, &by, &mut around)
}

/// A piece of evidence as another installation has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Laid {
    /// Number of its event there.
    pub(super) seq: i64,
    /// When it was added there.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) at: OffsetDateTime,
    /// Role in which it was added.
    pub(super) role: String,
    /// What it is.
    pub(super) item: EvidenceItem,
}

/// The evidence that was added here after an event, to be sent on: what came from another installation is there already. Who filed
/// may be told by where something is kept, so of what they added that stays here.
pub(super) fn to_send(definition: &Definition, history: &CaseHistory, after: i64) -> Vec<Laid> {
    let mut found = Vec::new();
    for payload in history.payloads.iter().filter(|payload| payload.seq > after) {
        let row = history.events.iter().find(|event| event.seq == payload.seq);
        let (Some(row), Some(body)) = (row, body(payload)) else {
            continue;
        };
        let Cause::Contribution(contribution) = cause(&row.kind, &body) else {
            continue;
        };
        let Contribution::Evidence(mut item) = *contribution else {
            continue;
        };
        if body.get("arrived").is_some() {
            continue;
        }
        let role = body.get("role").and_then(Json::as_str).unwrap_or_default().to_owned();
        if definition.filers().any(|filer| *filer == role) {
            item.kept_by = None;
        }
        let (seq, at) = (row.seq, row.at);
        found.push(Laid { seq, at, role, item });
    }
    found
}

/// Lays a piece of evidence that `arrived` from another organisation into the case; once, however often it is sent. Nobody is told:
/// whoever takes the file in knows.
///
/// # Errors
/// [`Error::Refused`] for what does not fit the case as it is; those of the database.
pub(super) async fn bring(app: &Arc<App>, case_id: &str, arrived: Arrived, laid: &Laid) -> Result<()> {
    let case = app.store.case(case_id).await?.ok_or(Error::NotFound)?;
    let definition = pinned(app, &case)?;
    let now = app.now();
    let request = serde_json::to_value(laid).map_err(|_| Error::Internal("evidence does not serialise"))?;
    let idempotency = Idempotency {
        scope: scope(&Actor::Organisation {
            id: arrived.organisation.clone(),
        })?,
        key_hash: key_hash(&format!("evidence {case_id} {}", laid.seq)),
        request_hash: hash(&request),
        created_at: now,
        // The same file may come again after years.
        expires_at: now + KNOWN_FOR,
    };
    let recorder = recorder(app);
    let contribution = Contribution::Evidence(laid.item.clone());
    let acting = EngineActor {
        roles: [laid.role.clone()].into(),
        ..EngineActor::default()
    };
    let needs = Needs {
        assignments: true,
        ..Needs::NOTHING
    };
    let command = CaseCommand {
        idempotency: Some(idempotency),
        ..CaseCommand::on(case_id, needs, move |loaded| {
            let case = loaded.case.ok_or(Error::NotFound)?;
            still_under(case, &definition)?;
            let mut change = change(&recorder, &definition, loaded, &contribution, None, &acting, arrived.at)?;
            arrived.note(&mut change.event.payload);
            Ok(change)
        })
    };
    app.commit(command).await.map_err(Error::from)?;
    app.feed.publish(case_id);
    Ok(())
}

/// How long a piece of evidence that came by file is known by its key.
const KNOWN_FOR: Duration = Duration::days(3650);

/// Everything that was added to a case and not erased, the oldest first.
pub(super) fn laid(payloads: &[EventPayloadRow]) -> Vec<Contribution> {
    let added = |payload| match cause(EVIDENCE_ADDED, &body(payload)?) {
        Cause::Contribution(contribution) => Some(*contribution),
        _ => None,
    };
    payloads.iter().filter_map(added).collect()
}

/// The messages and the evidence of a case that somebody who stands so to it may read, the oldest first.
pub(super) fn readable(
    definition: &Definition,
    standing: &Standing,
    events: &[EventRow],
    payloads: &[EventPayloadRow],
) -> (Vec<Contributed<Message>>, Vec<Contributed<EvidenceItem>>) {
    let (mut messages, mut evidence) = (Vec::new(), Vec::new());
    for payload in payloads {
        let Some(event) = events.iter().find(|event| event.seq == payload.seq) else {
            continue;
        };
        let Some(body) = body(payload) else { continue };
        let Cause::Contribution(contribution) = cause(&event.kind, &body) else {
            continue;
        };
        let role = body.get("role").and_then(Json::as_str).unwrap_or_default().to_owned();
        let own = is_own(definition, standing, &role);
        let may =
            own || standing.reads_as_staff() || contribution.readers().iter().any(|to| standing.roles.contains(to));
        if !may || standing.excluded {
            continue;
        }
        let (seq, at) = (event.seq, event.at);
        match *contribution {
            Contribution::Message(what) => messages.push(Contributed {
                seq,
                at,
                role,
                own,
                what,
            }),
            Contribution::Evidence(what) => evidence.push(Contributed {
                seq,
                at,
                role,
                own,
                what,
            }),
        }
    }
    (messages, evidence)
}

/// Whether something was added from the reader's own side: in the same role, or both on the side of the office.
fn is_own(definition: &Definition, standing: &Standing, role: &str) -> bool {
    let kind = definition.roles.get(role).map(|role| role.kind);
    standing.roles.contains(role) || (kind == Some(RoleKind::Staff) && standing.reads_as_staff())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflows;

    #[test]
    fn what_a_party_adds_is_new_until_somebody_who_works_on_the_case_does_something() {
        let pack = workflows::load(None).unwrap();
        let definition = pack.procedures["complaint"].last().unwrap();
        let news = |acts: &[(&str, &str)]| {
            let before = News::default();
            acts.iter()
                .fold(before, |news, (kind, actor)| news.after(definition, kind, actor))
        };
        let written = [
            ("opened", "complainant"),
            (MESSAGE_SENT, "complainant"),
            ("clock_warned", "clock"),
        ];
        let message = News {
            message: true,
            evidence: false,
        };
        assert_eq!(news(&written), message);
        let both = [written.as_slice(), &[(EVIDENCE_ADDED, "respondent:0a1b2c3d4e5f")]].concat();
        let told = News {
            message: true,
            evidence: true,
        };
        assert_eq!(news(&both), told);
        let answered = [both.as_slice(), &[(MESSAGE_SENT, "case_officer:0a1b2c3d4e5f")]].concat();
        assert_eq!(news(&answered), News::default());
        assert_eq!(news(&[("dispatch", "intake_officer:0a1b2c3d4e5f")]), News::default());
    }
}
