//! What cases that opened each other tell each other: outcomes and states on the way upwards, calling off downwards.
//!
//! No transaction holds two cases. What one has to tell is a row of its outbox, written with the event that it tells of;
//! the other hears of it in a commit of its own, under a key that makes a repeat find the first answer.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use time::OffsetDateTime;
use zhengming_engine::{
    decide,
    decision::{Decision, ProblemCode, Signal},
    definition::model::{Definition, Storage, Subcase},
};

use super::{
    Error, Result,
    case_state::{hash, view},
    cases::{pinned, recorder, still_under},
    intake::key_hash,
    numbering::series_of_intake,
    past::needs_documents,
    record::{Around, By},
};
use crate::{
    access::Actor,
    app::App,
    clock::Ids,
    store::{
        CaseCommand, CaseRow, CaseStatus, CommitError, Idempotency, Needs, NewOutbox, OutboxRow, PartyRow, Target,
    },
};

/// How long a case remembers what it has heard: effects are tried for days, and those that were given up may be tried again weeks
/// later.
const HEARD_FOR: time::Duration = time::Duration::days(90);

/// The sides of a case that take part in one which it opens (its procedure, the link and its id), by their accounts alone: names stay
/// where they were given.
pub(super) fn going_along(
    ids: &Ids,
    opener: &Definition,
    (procedure, link, case_id): (&str, &str, &str),
    parties: &[PartyRow],
) -> Vec<PartyRow> {
    let mut subcases = opener.subcases.values();
    let Some(subcase) = subcases.find(|sub| sub.procedure == procedure && sub.link == link) else {
        return Vec::new();
    };
    let sides = subcase.parties.iter().flat_map(|(theirs, own)| {
        let rows = parties.iter();
        let rows = rows.filter(move |row| row.role == *own && row.account_id.is_some());
        rows.map(move |row| (theirs, row))
    });
    let going = sides.map(|(role, row)| PartyRow {
        id: ids.next().to_string(),
        case_id: case_id.to_owned(),
        role: role.clone(),
        account_id: row.account_id.clone(),
        name: None,
        contact: None,
        erased_at: None,
    });
    going.collect()
}

/// The job that tells the case that opened this one where it is now: the states that it entered, those around its leaves too.
pub(super) fn telling_parent(definition: &Definition, decision: &Decision, at: OffsetDateTime) -> NewOutbox {
    let before = active(definition, &decision.from);
    let mut entered = active(definition, &decision.to);
    entered.retain(|state| !before.contains(state));
    NewOutbox {
        kind: "tell_parent".to_owned(),
        body: json!({ "entered": entered, "outcome": decision.outcome }),
        due_at: at,
    }
}

/// States that are active with these leaves, the outer ones first.
fn active<'d>(definition: &'d Definition, leaves: &[String]) -> Vec<&'d str> {
    let mut active: Vec<&str> = Vec::new();
    for leaf in leaves.iter().filter_map(|leaf| definition.state(leaf)) {
        let lineage: Vec<&str> = definition.lineage(leaf).map(|(_, state)| state.id.as_str()).collect();
        for state in lineage.into_iter().rev() {
            if !active.contains(&state) {
                active.push(state);
            }
        }
    }
    active
}

/// Tells the case that opened this one what became of it. The row names the states entered and the outcome, if any.
///
/// # Errors
/// Those of the database; the job tries again.
pub async fn tell_parent(app: &Arc<App>, row: &OutboxRow) -> Result<()> {
    let child = app.store.case(&row.case_id).await?.ok_or(Error::NotFound)?;
    let Some(parent_id) = &child.opened_by_case else {
        return Ok(());
    };
    let parent = app.store.case(parent_id).await?.ok_or(Error::NotFound)?;
    let definition = pinned(app, &parent)?;
    let ids = [parent.id.clone()];
    let links = app.store.links_of(&ids).await?;
    let link = links.iter().find(|l| l.from_case == parent.id && l.to_case == child.id);
    let known =
        |subcase: &Subcase| subcase.procedure == child.procedure && link.is_some_and(|link| link.kind == subcase.link);
    let Some((alias, subcase)) = definition.subcases.iter().find(|(_, subcase)| known(subcase)) else {
        return Ok(());
    };
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let entered = row.body.get("entered").and_then(Json::as_array).into_iter().flatten();
    let mut signals: Vec<Signal> = entered
        .filter_map(text)
        .filter(|state| subcase.mirrors.contains_key(state))
        .map(|state| Signal::Entered {
            subcase: alias.clone(),
            state,
        })
        .collect();
    if let Some(outcome) = row.body.get("outcome").and_then(text)
        && subcase.outcomes.contains_key(&outcome)
    {
        signals.push(Signal::Outcome {
            subcase: alias.clone(),
            outcome,
        });
    }
    if signals.is_empty() {
        return Ok(());
    }
    let fields = brought(app, &child, &definition, subcase).await?;
    for signal in signals {
        hear(app, &parent, &definition, signal, fields.clone(), &row.id).await?;
    }
    Ok(())
}

/// Calls off the open cases that this one opened with a link.
///
/// # Errors
/// Those of the database; the job tries again.
pub async fn call_off(app: &Arc<App>, row: &OutboxRow) -> Result<()> {
    let text = |key: &str| row.body.get(key).and_then(Json::as_str).unwrap_or_default();
    let ids = [row.case_id.clone()];
    for link in app.store.links_of(&ids).await? {
        if link.from_case != row.case_id || link.kind != text("link") {
            continue;
        }
        let child = app.store.case(&link.to_case).await?.ok_or(Error::NotFound)?;
        if child.procedure != text("procedure") || child.status == CaseStatus::Closed {
            continue;
        }
        let definition = pinned(app, &child)?;
        hear(app, &child, &definition, Signal::CalledOff, Map::new(), &row.id).await?;
    }
    Ok(())
}

/// What a subcase brings back: fields of the opening case with values of the other.
async fn brought(app: &App, child: &CaseRow, parent: &Definition, subcase: &Subcase) -> Result<Map<String, Json>> {
    let personal = |own: &String| parent.fields.get(own).is_some_and(|f| f.storage == Storage::Personal);
    let private = if subcase.brings.iter().any(|(own, _)| personal(own)) {
        app.store.case_personal(&child.id).await?.unwrap_or_default()
    } else {
        Json::Null
    };
    let value = |own: &String, theirs: &String| {
        let from = if personal(own) { &private } else { &child.data };
        from.get(theirs).cloned()
    };
    let brought = subcase.brings.iter();
    Ok(brought
        .filter_map(|(own, theirs)| Some((own.clone(), value(own, theirs)?)))
        .collect())
}

/// Lets a case hear of something, once however often the job tries.
async fn hear(
    app: &Arc<App>,
    case: &CaseRow,
    definition: &Arc<Definition>,
    signal: Signal,
    fields: Map<String, Json>,
    cause: &str,
) -> Result<()> {
    let now = app.now();
    let recorder = recorder(app);
    let definition = definition.clone();
    let heard = definition.heard(&signal).map(String::as_str);
    let mut series = Vec::new();
    if let Some(event) = heard {
        series = recorder.series_of_event(&definition, event, case, &fields, &Actor::System, now);
        series.extend(series_of_intake(app, &definition, event, case, now).await?);
    }
    let told = json!(signal).to_string();
    let command = CaseCommand {
        target: Target::Existing {
            case_id: case.id.clone(),
        },
        idempotency: Some(Idempotency {
            scope: format!("signal:{cause}"),
            key_hash: key_hash(&told),
            request_hash: hash(&json!(signal)),
            created_at: now,
            expires_at: now + HEARD_FOR,
        }),
        needs: Needs {
            documents: heard.is_some_and(|event| needs_documents(&recorder.pack, &definition, event)),
            links: false,
            identity: false,
            ..Needs::ALL
        },
        series,
        decide: Box::new(move |loaded| {
            let case = loaded.case.ok_or(Error::NotFound)?;
            still_under(case, &definition)?;
            let at = now.max(case.opened_at);
            let law = &recorder.pack.law;
            let before = view(case, loaded.assignments, loaded.documents)?;
            let decision = decide::hear(&definition, law, &before, &signal, &fields, at)?;
            let by = By {
                account: None,
                role: "subcase".to_owned(),
                organisation: None,
                at,
            };
            let mut around = Around {
                personal: loaded.personal,
                identity: None,
                assignments: loaded.assignments,
                parties: loaded.parties,
                documents: loaded.documents,
                numbers: &mut *loaded.numbers,
            };
            recorder.change(&definition, case, &decision, &by, &mut around)
        }),
    };
    match app.commit(command).await {
        Ok(_) => {
            app.feed.publish(&case.id);
            Ok(())
        }
        // A procedure that has no ear for it: nothing is owed.
        Err(CommitError::Rejected(Error::Refused(problems)))
            if problems.iter().any(|p| p.code == ProblemCode::EventNotAvailable) =>
        {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
