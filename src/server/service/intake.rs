//! Filing: from the answers of a form to an open case and its receipt.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use zhengming_engine::{
    clock::{CHINA, local_date},
    decide,
    decision::{Actor as EngineActor, Opening, Problem, ProblemCode},
    definition::model::{Definition, FilingMode, RoleKind},
};

use super::{
    Error, Result,
    case_state::hash,
    cases,
    record::{Around, By, stored_mode},
    references,
};
use crate::{
    access::{Actor, INTAKE, files_for},
    app::App,
    clock::random,
    limit::Door,
    secret::{Purpose, ReceiptSecret, SealKey},
    store::{CaseCommand, Idempotency, IdempotencyRow, Needs, OrganisationRow, PartyRow, Target},
};

/// Answers of a filing form.
#[derive(Clone, Debug)]
pub struct FileRequest {
    /// Procedure, for example `complaint`.
    pub procedure: String,
    /// How it is filed.
    pub mode: FilingMode,
    /// Answers by field.
    pub fields: Map<String, Json>,
    /// Client's key; a repeat gets the first answer again.
    pub idempotency_key: String,
}

/// What the filer gets, once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Filed {
    /// Id of the case.
    pub case_id: String,
    /// Public number with its check character.
    pub number: String,
    /// Secret that opens the case to whoever holds it, in groups.
    pub receipt: String,
}

/// How long the sealed reply of a filing is kept: it holds the receipt.
const REPLY_KEPT: time::Duration = time::Duration::hours(24);

/// What the sealing key is for.
const SEAL: &str = "filing reply";

/// Files a case.
///
/// The reply is stored sealed under a key derived from the idempotency key, of which only a hash is kept. Filings without
/// an account are scoped by the key alone, so nobody else can ask for the reply.
///
/// A repeat gets the first answer whatever has become of the procedure in between.
///
/// # Errors
/// [`Error::Refused`] with every unfit answer; [`Error::IdempotencyConflict`]; [`Error::NotSetUp`]; those of the database.
pub async fn file(app: &Arc<App>, actor: &Actor, request: FileRequest) -> Result<Filed> {
    match file_anew(app, actor, &request).await {
        Err(refused @ (Error::Invalid { .. } | Error::Refused(_))) => {
            let earlier = earlier(app, actor, &request).await?;
            earlier.ok_or(refused)
        }
        done => done,
    }
}

/// [`file()`] from an address: floods come from outside, so who acts for no organisation is counted by it. An office files all day long
/// from one address, and who mends what was refused is not counted for it.
///
/// # Errors
/// As [`file()`]; [`Error::RateLimited`].
pub async fn file_from(app: &Arc<App>, actor: &Actor, address: IpAddr, request: FileRequest) -> Result<Filed> {
    if actor.is_staff() {
        return file(app, actor, request).await;
    }
    let passing = app.limits.check(Door::Filing, address, None);
    passing.map_err(Error::RateLimited)?;
    let filed = file(app, actor, request).await;
    if matches!(filed, Err(Error::Refused(_) | Error::Invalid { .. })) {
        app.limits.not_filed(address);
    }
    filed
}

/// When something counts as filed: now, or at the beginning of the day on which it came.
pub(super) fn filed_at(
    definition: &Definition,
    fields: &Map<String, Json>,
    now: OffsetDateTime,
) -> Result<OffsetDateTime> {
    let today = local_date(now).map_err(|_| Error::Internal("date out of range"))?;
    let day = decide::filing_day(definition, fields, today);
    Ok(if day < today {
        day.midnight().assume_offset(CHINA)
    } else {
        now
    })
}

/// What stands against answers so far beyond each by itself, such as a last day on which a period would end today. Nothing is missed:
/// the rest is not answered yet, and whether everything was is asked at the filing.
#[must_use]
pub fn foreseen(app: &App, definition: &Definition, mode: FilingMode, fields: &Map<String, Json>) -> Vec<Problem> {
    let opening = Opening {
        actor: EngineActor::default(),
        mode,
        fields: fields.clone(),
        complete: false,
    };
    let opened = decide::open(definition, &app.pack().law, &opening, app.now());
    let mut problems = opened.err().map(|refusal| refusal.problems).unwrap_or_default();
    problems.retain(|problem| problem.code == ProblemCode::InvalidField);
    problems
}

async fn file_anew(app: &Arc<App>, actor: &Actor, request: &FileRequest) -> Result<Filed> {
    let now = app.now();
    let today = local_date(now).map_err(|_| Error::Internal("date out of range"))?;
    let definition = app
        .pack()
        .governing(&request.procedure, &request.fields, today)
        .cloned();
    let definition = definition.ok_or(Error::Invalid {
        field: "procedure",
        code: "UNKNOWN_PROCEDURE",
    })?;
    let key = check_key(&request.idempotency_key)?;
    let role = filing_role(actor, &definition);
    let opening = Opening {
        actor: EngineActor {
            roles: role.iter().cloned().collect(),
            excluded: false,
            ..Default::default()
        },
        mode: request.mode,
        fields: request.fields.clone(),
        complete: true,
    };
    match references::check_references(
        app,
        &definition,
        &request.fields,
        &references::own_offices(actor).collect(),
    )
    .await
    {
        // Whoever named what does not exist hears at once of everything else that is wrong.
        Err(Error::Refused(mut problems)) => {
            if let Err(refusal) = decide::open(&definition, &app.pack().law, &opening, now) {
                let told: BTreeSet<_> = problems.iter().filter_map(|problem| problem.field.clone()).collect();
                let untold = |problem: &Problem| problem.field.as_ref().is_none_or(|field| !told.contains(field));
                problems.extend(refusal.problems.into_iter().filter(untold));
            }
            return Err(Error::Refused(problems));
        }
        checked => checked?,
    }
    let organisation = receiver(app, actor, &definition, role.as_deref(), &request.fields)?;
    let is_filer = role
        .as_ref()
        .is_some_and(|r| definition.roles.get(r).is_some_and(|r| r.kind == RoleKind::Party));
    let seal = SealKey::derive(key.as_bytes(), &app.secrets.key(Purpose::Reply), SEAL);
    let nonce = random(app.entropy.as_ref());
    let secret = ReceiptSecret::generate(app.entropy.as_ref());
    let receipt_hash = secret.digest(&app.secrets.key(Purpose::Receipt)).to_hex();
    let case_id = app.ids.next().to_string();
    let recorder = cases::recorder(app);
    // Only the filer's own account is tied to the case, not that of staff who file for a caller.
    let account = tied_account(actor, is_filer, request.mode);
    let by = By {
        account: account.map(str::to_owned),
        role: role.clone().unwrap_or_else(|| "filer".to_owned()),
        organisation: role
            .as_deref()
            .and_then(|role| files_for(actor, &definition, &organisation, role)),
        at: now,
    };
    let filer = account.filter(|_| is_filer).map(str::to_owned);
    let mut series = recorder.series(&organisation, now);
    series.extend(
        by.organisation
            .iter()
            .flat_map(|own| super::numbering::both_series(recorder.organisations.in_name_of(own), now)),
    );
    let party_id = app.ids.next().to_string();
    let sealer = SealKey::derive(key.as_bytes(), &app.secrets.key(Purpose::Reply), SEAL);
    let command = CaseCommand {
        target: Target::Open {
            case_id: case_id.clone(),
        },
        idempotency: Some(Idempotency {
            scope: reply_scope(account),
            key_hash: key_hash(key),
            request_hash: request_hash(request),
            created_at: now,
            expires_at: now + REPLY_KEPT,
        }),
        needs: Needs::NOTHING,
        series,
        decide: Box::new(move |loaded| {
            let decision = decide::open(&definition, &recorder.pack.law, &opening, now)?;
            let number = loaded.numbers.next(&super::numbering::case_series(now));
            let mut row = recorder.new_case(case_id.clone(), number, &definition, &organisation, opening.mode, now);
            row.filed_at = filed_at(&definition, &opening.fields, now)?;
            row.receipt_hash = Some(receipt_hash.clone());
            row.filer_account_id.clone_from(&filer);
            let identity = Json::Object(decision.identity.clone());
            let mut around = Around {
                personal: None,
                identity: Some(&identity),
                assignments: &[],
                parties: &[],
                documents: &[],
                numbers: &mut *loaded.numbers,
            };
            let mut change = recorder.change(&definition, &row, &decision, &by, &mut around)?;
            change
                .assignments
                .push(recorder.assignment(&case_id, INTAKE, None, Some(organisation.clone()), 1));
            change.identity = Some(recorder.identity(&case_id, stored_mode(opening.mode), identity.clone())?);
            if let Some(account) = &filer {
                let party = definition.filers().map(|role| PartyRow {
                    id: party_id.clone(),
                    case_id: case_id.clone(),
                    role: role.clone(),
                    account_id: Some(account.clone()),
                    name: None,
                    contact: None,
                    erased_at: None,
                });
                change.parties.extend(party.take(1));
            }
            let filed = Filed {
                case_id: case_id.clone(),
                number: change.case.number.clone(),
                receipt: secret.reveal().to_string(),
            };
            let plain = serde_json::to_vec(&filed).map_err(|_| Error::Internal("reply does not serialise"))?;
            change.reply = sealer
                .seal(&plain, nonce)
                .map_err(|_| Error::Internal("reply could not be sealed"))?;
            Ok(change)
        }),
    };
    let committed = app.commit(command).await.map_err(Error::from)?;
    unseal(&seal, &committed.reply)
}

fn unseal(seal: &SealKey, reply: &[u8]) -> Result<Filed> {
    let plain = seal.open(reply).map_err(|_| Error::IdempotencyConflict)?;
    serde_json::from_slice(&plain).map_err(|_| Error::Internal("stored reply is unreadable"))
}

/// The answer that the same request got before, where there is one.
async fn earlier(app: &App, actor: &Actor, request: &FileRequest) -> Result<Option<Filed>> {
    let Ok(key) = check_key(&request.idempotency_key) else {
        return Ok(None);
    };
    let hash = request_hash(request);
    replied(app, actor, key, |row| row.request_hash == hash).await
}

async fn replied(app: &App, actor: &Actor, key: &str, fits: impl Fn(&IdempotencyRow) -> bool) -> Result<Option<Filed>> {
    let seal = SealKey::derive(key.as_bytes(), &app.secrets.key(Purpose::Reply), SEAL);
    // Which of the two it was is decided by a version that may be gone.
    for scope in [reply_scope(actor.account_id()), reply_scope(None)] {
        let row = app.store.reply(&scope, &key_hash(key), app.now()).await?;
        if let Some(row) = row.filter(&fits) {
            return unseal(&seal, &row.reply).map(Some);
        }
    }
    Ok(None)
}

/// What was filed under a key that only the filer has, whatever the answers were.
///
/// # Errors
/// [`Error::IdempotencyConflict`] when nothing was, or not by this filer; those of the database.
pub async fn filed(app: &App, actor: &Actor, idempotency_key: &str) -> Result<Filed> {
    let key = check_key(idempotency_key)?;
    replied(app, actor, key, |_| true)
        .await?
        .ok_or(Error::IdempotencyConflict)
}

fn request_hash(request: &FileRequest) -> String {
    hash(&json!([request.procedure, request.mode, request.fields]))
}

/// The account that may stand beside a filing: that of who files under the own name, or of staff who file for a caller.
/// Who wants to be known to few or to none leaves no trace of the account, not even for the day that the reply is kept.
fn tied_account(actor: &Actor, is_filer: bool, mode: FilingMode) -> Option<&str> {
    actor.account_id().filter(|_| !is_filer || mode == FilingMode::Named)
}

/// Whose replies those of a filing are kept among.
fn reply_scope(account: Option<&str>) -> String {
    account.map_or_else(|| "anonymous".to_owned(), |id| format!("account:{id}"))
}

/// In which role somebody files: that of the staff where they hold one, else that of a party.
#[must_use]
pub fn filing_role(actor: &Actor, definition: &Definition) -> Option<String> {
    let by = &definition.filing.by;
    let staff = by.iter().find(|role| {
        let staff = definition.roles.get(*role).is_some_and(|r| r.kind == RoleKind::Staff);
        staff && actor.holds(role)
    });
    staff.or(definition.filers().next()).cloned()
}

/// The organisation that gets a filing: the one that an answer names where the procedure asks for it, that of the officer who
/// files for a caller, else one of the kinds that take such filings in.
fn receiver(
    app: &App,
    actor: &Actor,
    definition: &Definition,
    role: Option<&str>,
    answers: &Map<String, Json>,
) -> Result<String> {
    let named = definition
        .filing
        .to
        .as_ref()
        .and_then(|field| answers.get(field))
        .and_then(Json::as_str);
    if let Some(id) = named.filter(|id| !id.is_empty()) {
        return Ok(id.to_owned());
    }
    let staff = role.filter(|role| definition.roles.get(*role).is_some_and(|r| r.kind != RoleKind::Party));
    let own = actor.person().zip(staff).and_then(|(person, role)| {
        let held = person.memberships.iter().find(|m| m.role == role);
        held.map(|m| m.organisation_id.clone())
    });
    own.or_else(|| receiving(app, definition)).ok_or(Error::NotSetUp)
}

/// The organisation that takes in what the public files under a procedure, unless an answer names it: the first, in the order
/// in which the procedure names kinds, that has none of its kind above it. `None` until there is one.
pub fn receiving(app: &App, definition: &Definition) -> Option<String> {
    let organisations = app.organisations();
    definition.filing.received_by.iter().find_map(|kind| {
        let topmost = |row: &&OrganisationRow| {
            let above = row.parent_id.as_deref().and_then(|id| organisations.get(id));
            row.kind == *kind && above.is_none_or(|above| above.kind != *kind)
        };
        organisations.iter().find(topmost).map(|row| row.id.clone())
    })
}

/// The city's authority, which takes in what the public files. Until there is one, nothing can be filed.
pub fn city(app: &App) -> Option<String> {
    app.organisations()
        .iter()
        .find(|row| is_city(row))
        .map(|row| row.id.clone())
}

/// Whether an organisation is the market regulation of the city: one with nothing above it.
#[must_use]
pub fn is_city(row: &OrganisationRow) -> bool {
    row.kind == "market_regulation" && row.parent_id.is_none()
}

/// An idempotency key: 16 to 128 characters without spaces, enough to be unguessable when it is a UUID.
pub(super) fn check_key(key: &str) -> Result<&str> {
    let good = (16..=128).contains(&key.len()) && key.chars().all(|c| c.is_ascii_graphic());
    if good {
        Ok(key)
    } else {
        Err(Error::Invalid {
            field: "idempotencyKey",
            code: "INVALID_IDEMPOTENCY_KEY",
        })
    }
}

pub(super) fn key_hash(key: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(key.as_bytes()))
}
