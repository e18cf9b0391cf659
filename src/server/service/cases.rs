//! What happens to a case after it was filed: events sent by people.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use time::OffsetDateTime;
use zhengming_engine::{
    clock::Law,
    contribution::Contribution,
    decide,
    decision::{Actor as EngineActor, CaseView, Command, Decision, Problem, ProblemCode},
    definition::model::{Definition, Storage},
    duty,
};

use super::{
    Error, Result,
    case_state::{hash, view},
    contributions, denied, identity,
    intake::{check_key, key_hash},
    numbering::series_of_intake,
    past::{needs_documents, wants_evidence, with_evidence},
    record::{Around, By, Recorder},
    references, timers,
    transfer::Arrived,
};
use crate::{
    access::{Action, Actor, OrganisationTree, Standing, acts_for, can, standing},
    app::App,
    secret::Purpose,
    store::{
        AssignmentRow, CaseCommand, CaseRow, DocumentRow, Idempotency, Needs, PartyRow, StoreError, Target, TimerRow,
        TimerState,
    },
};

/// A request to make an event happen.
#[derive(Clone, Debug)]
pub struct TransitionRequest {
    /// The case.
    pub case_id: String,
    /// The event.
    pub event: String,
    /// Answers to its form.
    pub fields: Map<String, Json>,
    /// Version that the actor has seen.
    pub expected_version: i64,
    /// Client's key; a repeat gets the first answer again.
    pub idempotency_key: String,
}

/// Makes an event happen. Returns the case's version after it.
///
/// # Errors
/// [`Error::NotFound`] also for cases that the actor may not know of; [`Error::StaleVersion`]; [`Error::Refused`] with
/// every reason; those of the database.
pub async fn perform(app: &Arc<App>, actor: &Actor, request: TransitionRequest) -> Result<i64> {
    let case_id = request.case_id.clone();
    let sent = perform_arrived(app, actor, request, None).await;
    denied::noted(app, actor, Action::SendEvent.code(), &case_id, sent).await
}

/// How often a step is sent again before which a clock has to end that another process has in hand.
const ROUNDS: u32 = 4;

/// As [`perform`], for what happened elsewhere, at its own moment, and came by file.
pub(super) async fn perform_arrived(
    app: &Arc<App>,
    actor: &Actor,
    request: TransitionRequest,
    arrived: Option<Arrived>,
) -> Result<i64> {
    for _ in 1..ROUNDS {
        match send(app, actor, request.clone(), arrived.clone(), true).await {
            Err(Error::Store(StoreError::Contention)) => {}
            sent => return sent,
        }
    }
    // A clock that cannot end is counted and shown to the operators; it keeps nobody from their case.
    send(app, actor, request, arrived, false).await
}

/// Sends a step. `in_order`: where a clock has run out by now that did not end, it is refused with [`StoreError::Contention`].
async fn send(
    app: &Arc<App>,
    actor: &Actor,
    mut request: TransitionRequest,
    arrived: Option<Arrived>,
    in_order: bool,
) -> Result<i64> {
    let now = app.now();
    let key = check_key(&request.idempotency_key)?;
    let Some(seen) = app.store.case(&request.case_id).await? else {
        return nowhere(app, request.case_id).await;
    };
    let request_hash = request_hash(&request);
    // What came with the present version is not late because a clock ended in between: it is decided by what the case is then.
    if arrived.is_none()
        && Box::pin(timers::fire_due_of(app, &seen)).await? > 0
        && request.expected_version == seen.version
    {
        let now = app.store.case(&request.case_id).await?;
        request.expected_version = now.map_or(seen.version, |case| case.version);
    }
    let definition = pinned(app, &seen)?;
    let recorder = recorder(app);
    let names_filer = opens_with_identity(&definition, &request.event) || asks_identity(&definition, &request.event);
    let offices = references::offices_of(app, actor, &seen).await?;
    if let Err(refused) = references::check_references(app, &definition, &request.fields, &offices).await {
        // What was answered is answered again, though whom it named may not be named any more.
        let before = app.store.reply(&scope(actor)?, &key_hash(key), now).await?;
        let before = before.filter(|row| row.request_hash == request_hash);
        return before.map(|row| row.version).ok_or(refused);
    }
    // Evidence is only ever added: what lies in the case by now lies there when the event is decided.
    let laid = if wants_evidence(&definition, &request.event) {
        contributions::laid(&app.store.payloads_of(std::slice::from_ref(&request.case_id)).await?)
    } else {
        Vec::new()
    };
    let scope = scope(actor)?;
    // The record never runs backwards, whatever the host's clock does. Numbers are those of the year in which it happened.
    let at = arrived.as_ref().map_or(now, |arrived| arrived.at).max(seen.opened_at);
    let mut series = recorder.series_of_event(&definition, &request.event, &seen, &request.fields, actor, at);
    series.extend(series_of_intake(app, &definition, &request.event, &seen, at).await?);
    let actor = actor.clone();
    let command = CaseCommand {
        target: Target::Existing {
            case_id: request.case_id.clone(),
        },
        idempotency: Some(Idempotency {
            scope,
            key_hash: key_hash(key),
            request_hash,
            created_at: now,
            expires_at: now + app.config.retention.idempotency(),
        }),
        needs: Needs {
            documents: needs_documents(&recorder.pack, &definition, &request.event),
            links: false,
            identity: names_filer,
            ..Needs::ALL
        },
        series,
        decide: Box::new(move |loaded| {
            let case = loaded.case.ok_or(Error::NotFound)?;
            // A process that has the case in hand is passed over when its clocks are looked through.
            let ends = |timer: &TimerRow| timer.state == TimerState::Armed && timer.due_at <= now;
            if in_order && arrived.is_none() && loaded.timers.iter().any(ends) {
                return Err(StoreError::Contention.into());
            }
            let organisations = &recorder.organisations;
            let before = Before {
                definition: &definition,
                law: &recorder.pack.law,
                organisations,
                case,
                parties: loaded.parties,
                assignments: loaded.assignments,
                documents: loaded.documents,
                laid: &laid,
            };
            let (decision, role) = before.decide(&actor, &request, arrived.is_none(), at)?;
            let by = By {
                account: actor.account_id().map(str::to_owned),
                organisation: acts_for(&actor, &definition, case, loaded.assignments, organisations, &role),
                role,
                at,
            };
            // Others of its group may have asked for theirs.
            let identity = loaded.identity.filter(|_| names_filer);
            let identity = identity::read(&recorder.secrets, &case.id, identity)?;
            let mut around = Around {
                personal: loaded.personal,
                identity: identity.as_ref(),
                assignments: loaded.assignments,
                parties: loaded.parties,
                documents: loaded.documents,
                numbers: &mut *loaded.numbers,
            };
            let mut change = recorder.change(&definition, case, &decision, &by, &mut around)?;
            if !decision.identity.is_empty() {
                // What the event tells about the filer joins what the filing told.
                let mut body = identity.as_ref().and_then(Json::as_object).cloned().unwrap_or_default();
                body.extend(decision.identity.clone());
                change.identity = Some(recorder.identity(&case.id, case.filing_mode, Json::Object(body))?);
            }
            if let Some(arrived) = &arrived {
                arrived.note(&mut change.event.payload);
            }
            change.reply = json!({ "raises": decision.raises_version }).to_string().into_bytes();
            Ok(change)
        }),
    };
    let committed = app.commit(command).await.map_err(Error::from)?;
    app.feed.publish(&seen.id);
    Ok(committed.version)
}

/// Whether an event would be refused as things stand: what is asked before somebody confirms what cannot be undone. Nothing of it is
/// written.
///
/// # Errors
/// As [`perform`].
pub async fn attempt(app: &App, actor: &Actor, request: &TransitionRequest) -> Result<()> {
    let tried = tried(app, actor, request).await;
    denied::noted(app, actor, Action::SendEvent.code(), &request.case_id, tried).await
}

async fn tried(app: &App, actor: &Actor, request: &TransitionRequest) -> Result<()> {
    let bundle = app.store.case_bundle(&request.case_id).await?;
    let bundle = bundle.ok_or(Error::NotFound)?;
    let definition = pinned(app, &bundle.case)?;
    let offices = references::offices_of(app, actor, &bundle.case).await?;
    references::check_references(app, &definition, &request.fields, &offices).await?;
    let (pack, organisations) = (app.pack(), app.organisations());
    let laid = contributions::laid(&bundle.payloads);
    let before = Before {
        definition: &definition,
        law: &pack.law,
        organisations: &organisations,
        case: &bundle.case,
        parties: &bundle.parties,
        assignments: &bundle.assignments,
        documents: &bundle.documents,
        laid: &laid,
    };
    let at = app.now().max(bundle.case.opened_at);
    before.decide(actor, request, true, at).map(|_| ())
}

/// A case as it is when somebody sends an event, and by what it is decided.
struct Before<'c> {
    definition: &'c Definition,
    law: &'c Law,
    organisations: &'c OrganisationTree,
    case: &'c CaseRow,
    parties: &'c [PartyRow],
    assignments: &'c [AssignmentRow],
    documents: &'c [DocumentRow],
    /// What was added to it, evidence among it.
    laid: &'c [Contribution],
}

impl Before<'_> {
    /// What an event does to the case, and the role in which it is sent. Not `complete` is what happened elsewhere.
    fn decide(
        &self,
        actor: &Actor,
        request: &TransitionRequest,
        complete: bool,
        at: OffsetDateTime,
    ) -> Result<(Decision, String)> {
        let (definition, case, organisations) = (self.definition, self.case, self.organisations);
        let standing = standing(actor, definition, case, self.parties, self.assignments, organisations);
        may_send(actor, &standing).map_err(|error| not_in_a_role(error, definition, &request.event))?;
        if case.version != request.expected_version {
            return Err(Error::StaleVersion { current: case.version });
        }
        still_under(case, definition)?;
        if !complete {
            all_told(definition, request)?;
        }
        let command = Command {
            event: request.event.clone(),
            actor: engine_actor(actor, &standing),
            fields: request.fields.clone(),
            complete,
        };
        let mut view = view(case, self.assignments, self.documents)?;
        view.dossier = with_evidence(view.dossier, self.laid);
        let decision = decide::perform(definition, self.law, &view, &command, at)?;
        let role = sending_role(definition, &view, &command);
        if let Some(event) = definition.events.get(&command.event) {
            let from = references::sender(actor, definition, case, self.assignments, organisations, &role);
            references::check_offices(event, &command.fields, &from, organisations)?;
        }
        Ok((decision, role))
    }
}

/// Whether this very request was answered before, with the version that the case had after it: its case may have moved on since.
///
/// # Errors
/// [`Error::Unauthenticated`]; a malformed key; the database's.
pub(super) async fn answered(app: &App, actor: &Actor, request: &TransitionRequest) -> Result<Option<i64>> {
    let key = key_hash(check_key(&request.idempotency_key)?);
    let row = app.store.reply(&scope(actor)?, &key, app.now()).await?;
    let same = request_hash(request);
    Ok(row.filter(|row| row.request_hash == same).map(|row| row.version))
}

/// Whose keys an actor's requests are kept among.
pub(super) fn scope(actor: &Actor) -> Result<String> {
    Ok(match actor {
        Actor::Receipt { case_id } => format!("receipt:{case_id}"),
        Actor::Organisation { id } => format!("organisation:{id}"),
        _ => format!("account:{}", actor.account_id().ok_or(Error::Unauthenticated)?),
    })
}

fn request_hash(request: &TransitionRequest) -> String {
    hash(&json!([
        request.case_id,
        request.event,
        request.fields,
        request.expected_version
    ]))
}

/// The answer for a case that does not exist. It goes the same way as one for a case that the actor may not know of, so that
/// the time that it takes tells no more than its words.
pub(super) async fn nowhere(app: &App, case_id: String) -> Result<i64> {
    let command = CaseCommand::on(case_id, Needs::NOTHING, |_| Err(Error::NotFound));
    Ok(app.commit(command).await.map_err(Error::from)?.version)
}

/// The definition that a case is pinned to.
pub(super) fn pinned(app: &App, case: &CaseRow) -> Result<Arc<Definition>> {
    under(app, &case.procedure, &case.definition_hash)
}

/// A version of a procedure that a case is or was under.
pub(super) fn under(app: &App, procedure: &str, hash: &str) -> Result<Arc<Definition>> {
    let found = app.pack().pinned(procedure, hash).cloned();
    found.ok_or(Error::Internal("the case's version of its procedure is not loaded"))
}

/// The case is still under the version by which something is about to be decided: it may have moved since it was read.
pub(super) fn still_under(case: &CaseRow, definition: &Definition) -> Result<()> {
    if case.definition_hash == definition.hash {
        return Ok(());
    }
    Err(Error::StaleVersion { current: case.version })
}

pub(super) fn recorder(app: &App) -> Recorder {
    Recorder {
        pack: app.pack().clone(),
        organisations: app.organisations(),
        ids: app.ids.clone(),
        entropy: app.entropy.clone(),
        prefix: app.config.case_number_prefix.clone(),
        secrets: app.secrets.clone(),
        pseudonym_key: *app.secrets.key(Purpose::Pseudonym),
        follow_url: app.config.public_url().join("/follow"),
        cases_url: app.config.public_url().join("/cases"),
    }
}

pub(super) fn engine_actor(actor: &Actor, standing: &Standing) -> EngineActor {
    EngineActor {
        account: actor.account_id().map(str::to_owned),
        roles: standing.roles.clone(),
        superior: standing.superior.clone(),
        excluded: standing.excluded,
    }
}

/// Refuses what the actor may not even know of, with the same answer as for a case that does not exist.
pub(super) fn may_send(actor: &Actor, standing: &Standing) -> Result<()> {
    if standing.excluded {
        return Err(Error::Refused(vec![Problem::new(ProblemCode::Excluded)]));
    }
    let permit = can(actor, Action::SendEvent, standing);
    permit.map(|_| ()).ok_or(if standing.knows() {
        Error::Forbidden
    } else {
        Error::NotFound
    })
}

/// Whoever may read a case and not send this is told what the rule is.
fn not_in_a_role(error: Error, definition: &Definition, event: &str) -> Error {
    match (error, definition.events.get(event)) {
        (Error::Forbidden, Some(event)) => Error::Refused(vec![Problem {
            law: event.law.clone(),
            ..Problem::new(ProblemCode::RoleRequired)
        }]),
        (error, _) => error,
    }
}

/// The standing of an actor on a stored case.
pub(super) async fn standing_on(app: &App, actor: &Actor, case: &CaseRow) -> Result<Standing> {
    let definition = pinned(app, case)?;
    let ids = [case.id.clone()];
    let parties: Vec<PartyRow> = app.store.parties_of(&ids).await?;
    let assignments: Vec<AssignmentRow> = app.store.assignments_of(&ids).await?;
    Ok(standing(
        actor,
        &definition,
        case,
        &parties,
        &assignments,
        &app.organisations(),
    ))
}

/// The role under which the event is recorded: one that the event allows, and in which its sender may act.
fn sending_role(definition: &Definition, view: &CaseView, command: &Command) -> String {
    let event = definition.events.get(&command.event);
    let by = event.map(|e| e.by.as_slice()).unwrap_or_default();
    let role = duty::sending_role(definition, &view.roster, by, &command.actor);
    role.ok().flatten().cloned().unwrap_or_else(|| "unknown".to_owned())
}

/// What happened elsewhere was answered there. Who somebody is does not travel, so a file has those answers not; every other must
/// be in it.
fn all_told(definition: &Definition, request: &TransitionRequest) -> Result<()> {
    let asked = definition
        .events
        .get(&request.event)
        .into_iter()
        .flat_map(|event| &event.form);
    let untold = asked.filter(|asked| asked.required && !request.fields.contains_key(&asked.field));
    let travels = |field: &str| {
        let storage = definition.fields.get(field).map(|field| field.storage);
        storage.is_some_and(|storage| storage != Storage::Identity)
    };
    let missing = untold.filter(|asked| travels(&asked.field));
    let missing: Vec<Problem> = missing
        .map(|asked| Problem::field(ProblemCode::MissingField, &asked.field))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(missing))
    }
}

fn asks_identity(definition: &Definition, event: &str) -> bool {
    let form = definition
        .events
        .get(event)
        .map(|e| e.form.as_slice())
        .unwrap_or_default();
    form.iter().any(|asked| {
        definition
            .fields
            .get(&asked.field)
            .is_some_and(|f| f.storage == Storage::Identity)
    })
}

fn opens_with_identity(definition: &Definition, event: &str) -> bool {
    use zhengming_engine::definition::model::EffectRule;
    let opens = |effect: &EffectRule| matches!(effect, EffectRule::Open { identity: true, .. });
    let event_opens = definition
        .events
        .get(event)
        .is_some_and(|e| e.effects.iter().any(opens));
    let branches = definition
        .states
        .iter()
        .filter_map(|s| s.transitions.get(event))
        .flatten();
    event_opens || branches.into_iter().any(|b| b.effects.iter().any(opens))
}
