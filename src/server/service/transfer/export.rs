//! What leaves: a case as it stands, or what was done here since.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value as Json};
use zhengming_engine::{
    decision::{Handover, Origin},
    definition::model::{Definition, FieldKind},
};

use super::{
    Body, EVENTS_TYPE, EventsFile, FORMAT, Item, Matter, Paper, Result, Sent, TRANSFER_TYPE, TransferFile, concerns,
    events::{Dispatch, handed_over, since_handed_over},
    key_of, keys, mode_word, refused, translated,
};
use crate::{
    access::{Action, Actor, INTAKE, OrganisationTree, can},
    app::App,
    secret::CaseNumber,
    service::{
        Error,
        accounts::audit,
        cases::{pinned, standing_on},
        contributions::to_send,
        denied,
        numbering::drawn_elsewhere,
        seal::unsealed,
        wording::worded,
    },
    store::{AuditOutcome, CaseHistory, CaseRow, CaseStatus, DocumentRow, OrganisationRow},
};

/// What the audit trail calls it.
const WRITE: &str = "transfer.write";

/// Which case leaves, signed by whom, for whom.
#[derive(Clone, Debug)]
pub struct Request<'r> {
    /// Its number.
    pub number: &'r str,
    /// Key of the organisation that signs; none: that of the person, who has one role on the case.
    pub by: Option<&'r str>,
    /// Key of the organisation that it is for; none: the one that has the case, or that handed it over.
    pub to: Option<&'r str>,
}

/// A signed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What it is to be called.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Who sends what to whom.
struct Sending {
    history: CaseHistory,
    from: OrganisationRow,
    /// Fingerprint of the receiver's key.
    to: String,
}

/// Whether a person may write files of a case: staff who merely read along, such as those of the office above, may not.
///
/// # Errors
/// Those of the database.
pub async fn may_write(app: &App, actor: &Actor, case: &CaseRow) -> Result<bool> {
    match own_office(app, actor, case, None).await {
        Ok(_) => Ok(true),
        Err(Error::Forbidden | Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes a case as it stands, for the organisation that has it now and no access here. `items` are what goes along.
///
/// # Errors
/// [`Error::NotFound`] also for cases that the actor may not know of; [`Error::Forbidden`] for who does not read it as staff
/// of an organisation that has or had to do with it; `TRANSFER_CASE_IS_HERE` when the signer has the case itself,
/// `TRANSFER_CASE_CLOSED`, `TRANSFER_NO_KEY` when no key of the receiver is trusted; the database's.
pub async fn write_transfer(app: &App, actor: &Actor, request: &Request<'_>, items: Vec<Item>) -> Result<Signed> {
    let sending = sending(app, actor, request).await?;
    let (history, from) = (&sending.history, &sending.from);
    if history.case.organisation_id == from.id {
        return Err(refused("TRANSFER_CASE_IS_HERE"));
    }
    if history.case.status == CaseStatus::Closed {
        return Err(refused("TRANSFER_CASE_CLOSED"));
    }
    let definition = pinned(app, &history.case)?;
    let tree = app.organisations();
    let mut named = BTreeMap::new();
    let mut fields = history.case.data.as_object().cloned().unwrap_or_default();
    let personal = app.store.personal_of(std::slice::from_ref(&history.case.id)).await?;
    let personal = personal
        .into_iter()
        .next()
        .and_then(|row| row.body.as_object().cloned());
    fields.extend(personal.unwrap_or_default());
    let fields = translated(&definition, &fields, |id| key_of(&tree, &mut named, id));
    let live = history.assignments.iter().filter(|a| a.until_seq.is_none());
    let holds = live.filter(|a| a.role != INTAKE && definition.roles.contains_key(&a.role));
    let holders: Vec<(String, String)> = holds
        .filter_map(|a| {
            let id = a.organisation_id.as_deref()?;
            Some((a.role.clone(), key_of(&tree, &mut named, id)?))
        })
        .collect();
    let documents: Vec<Paper> = history
        .documents
        .iter()
        .map(|row| paper(&definition, &tree, &mut named, row))
        .collect();
    let file = TransferFile {
        format: FORMAT,
        issued_at: app.now(),
        from: Body::from(from),
        to: sending.to.clone(),
        case: matter(&history.case),
        handover: handover(history, &holders, &documents, &items)?,
        fields,
        wordings: wordings(app, &history.documents).await?,
        documents,
        holders,
        organisations: named.into_values().collect(),
        items,
        evidence: to_send(&definition, history, 0),
    };
    sign(app, actor, &sending, TRANSFER_TYPE, "transfer", &file).await
}

/// Writes what was done here to a case since it went to the other side, or came from it.
///
/// # Errors
/// As [`write_transfer`], but for its own two codes; `TRANSFER_NOTHING_NEW` when nothing was done.
pub async fn write_events(app: &App, actor: &Actor, request: &Request<'_>) -> Result<Signed> {
    let sending = sending(app, actor, request).await?;
    let history = &sending.history;
    let tree = app.organisations();
    let mut named = BTreeMap::new();
    let mut events = Vec::new();
    for done in since_handed_over(app, history)? {
        let fields = translated(&done.definition, &done.answers, |id| key_of(&tree, &mut named, id));
        events.push(Sent {
            seq: done.seq,
            at: done.at,
            event: done.event,
            fields,
        });
    }
    let definition = pinned(app, &history.case)?;
    let after = handed_over(app, history)?.unwrap_or(i64::MAX);
    let evidence = to_send(&definition, history, after);
    if events.is_empty() && evidence.is_empty() {
        return Err(refused("TRANSFER_NOTHING_NEW"));
    }
    let file = EventsFile {
        format: FORMAT,
        issued_at: app.now(),
        from: Body::from(&sending.from),
        to: sending.to.clone(),
        case: matter(&history.case),
        events,
        organisations: named.into_values().collect(),
        evidence,
    };
    sign(app, actor, &sending, EVENTS_TYPE, "events", &file).await
}

/// Reads the case and finds who signs and for whom; the actor must read it as staff.
async fn sending(app: &App, actor: &Actor, request: &Request<'_>) -> Result<Sending> {
    let number: CaseNumber = request.number.parse().map_err(|_| Error::NotFound)?;
    let case = app.store.case_by_number(&number.to_string()).await?;
    let case = case.ok_or(Error::NotFound)?;
    let from = match actor {
        Actor::System => keys::organisation(app, request.by.ok_or(Error::Forbidden)?).await?,
        _ => {
            let own = own_office(app, actor, &case, request.by).await;
            denied::noted(app, actor, WRITE, &case.id, own).await?
        }
    };
    let history = app.store.histories(std::slice::from_ref(&case.id)).await?.pop();
    let history = history.ok_or(Error::NotFound)?;
    let to = match request.to {
        Some(key) => keys::newest(app, &keys::organisation(app, key).await?.id).await?,
        None => match Dispatch::of(&history).origin {
            Some(origin) => origin.key,
            // It never left: there is nobody whose key could be missing.
            None if history.case.organisation_id == from.id => return Err(refused("TRANSFER_CASE_IS_HERE")),
            None => keys::newest(app, &history.case.organisation_id).await?,
        },
    };
    Ok(Sending { history, from, to })
}

/// The office of a person that has or had to do with the case: the one that is asked for, else the first.
async fn own_office(app: &App, actor: &Actor, case: &CaseRow, by: Option<&str>) -> Result<OrganisationRow> {
    let standing = standing_on(app, actor, case).await?;
    can(actor, Action::ReadCase, &standing).ok_or(Error::NotFound)?;
    let person = actor.person().filter(|_| standing.reads_as_staff());
    let person = person.ok_or(Error::Forbidden)?;
    let assignments = app.store.assignments_of(std::slice::from_ref(&case.id)).await?;
    let tree = app.organisations();
    let mut offices = person.memberships.iter().filter_map(|m| tree.get(&m.organisation_id));
    let found = offices.find(|row| concerns(case, &assignments, &row.id) && by.is_none_or(|key| row.key == key));
    found.cloned().ok_or(Error::Forbidden)
}

fn matter(case: &CaseRow) -> Matter {
    Matter {
        id: case.id.clone(),
        number: case.number.clone(),
        procedure: case.procedure.clone(),
        version: u32::try_from(case.procedure_version).unwrap_or_default(),
        definition: case.definition_hash.clone(),
        filed_at: case.filed_at,
        mode: mode_word(case.filing_mode),
        seq: case.seq,
    }
}

fn handover(
    history: &CaseHistory,
    holders: &[(String, String)],
    documents: &[Paper],
    items: &[Item],
) -> Result<Handover> {
    let case = &history.case;
    let unreadable = |_| Error::Internal("a stored case is unreadable");
    Ok(Handover {
        states: case.states.clone(),
        remembered: serde_json::from_value(case.remembered.clone()).map_err(unreadable)?,
        clocks: serde_json::from_value(case.clocks.clone()).map_err(unreadable)?,
        documents: documents.iter().map(|paper| paper.kind.clone()).collect(),
        roles: holders.iter().map(|(role, _)| role.clone()).collect(),
        origin: Origin {
            // Whoever takes the case over notes here whose signature was proven, of which text.
            key: String::new(),
            file: String::new(),
            number: case.number.clone(),
            seq: case.seq,
            head: case.head.clone(),
            items: items.iter().map(|i| (i.name.clone(), i.sha256.clone())).collect(),
        },
    })
}

fn paper(
    definition: &Definition,
    tree: &OrganisationTree,
    named: &mut BTreeMap<String, Body>,
    row: &DocumentRow,
) -> Paper {
    let mut body = unsealed(&row.body);
    drawn_elsewhere(&mut body);
    if let Some(fields) = body.get_mut("fields").and_then(Json::as_object_mut) {
        *fields = readable(definition, fields, |id| key_of(tree, named, id));
    }
    Paper {
        kind: row.kind.clone(),
        number: row.number.clone(),
        issued_at: row.created_at,
        readers: row.visible_to.clone(),
        body,
    }
}

/// As [`translated`], but a document goes on saying that somebody was named.
fn readable(
    definition: &Definition,
    fields: &Map<String, Json>,
    name: impl FnMut(&str) -> Option<String>,
) -> Map<String, Json> {
    let account = |field: &str| {
        let field = definition.fields.get(field);
        field.is_some_and(|field| matches!(field.kind, FieldKind::Account { .. }))
    };
    let mut out = translated(definition, fields, name);
    let named = fields.keys().filter(|field| account(field));
    out.extend(named.map(|field| (field.clone(), Json::String(String::new()))));
    out
}

/// The templates that documents remember.
async fn wordings(app: &App, documents: &[DocumentRow]) -> Result<BTreeMap<String, Json>> {
    let mut hashes: Vec<String> = documents
        .iter()
        .filter_map(|row| worded(&row.body).map(str::to_owned))
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    let rows = app.store.wordings(hashes).await?;
    Ok(rows.into_iter().map(|row| (row.hash, row.body)).collect())
}

async fn sign(
    app: &App,
    actor: &Actor,
    sending: &Sending,
    typ: &str,
    suffix: &str,
    file: &impl Serialize,
) -> Result<Signed> {
    let payload = serde_json::to_vec(file).map_err(|_| Error::Internal("a file does not serialise"))?;
    let text = keys::signing_key(app, &sending.from).sign(typ, &payload);
    let case = &sending.history.case;
    let object = format!("case:{}", case.id);
    audit(
        app,
        actor.account_id(),
        WRITE,
        &object,
        AuditOutcome::Allowed,
        Some(suffix),
    )
    .await?;
    Ok(Signed {
        name: format!("{}-{suffix}.jws", case.number),
        text,
    })
}
