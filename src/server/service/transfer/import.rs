//! What arrives: a case to go on with, or what the other side did to one.

use std::{collections::BTreeMap, sync::Arc};

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use zhengming_engine::{clock::local_date, decision::ProblemCode};

use super::{
    EVENTS_TYPE, EventsFile, FORMAT, Item, Result, TRANSFER_TYPE, TransferFile, concerns,
    events::{Arrived, Dispatch},
    keys, parsed, refused,
    take_over::take_over,
    translated,
};
use crate::{
    access::{ADMINISTRATOR, Actor, Person},
    app::App,
    secret::jws::Claimed,
    service::{
        Error,
        accounts::audit,
        cases::{self, TransitionRequest, pinned},
        contributions::{self, Laid},
    },
    store::{AuditOutcome, CaseHistory, OrganisationRow, PeerKeyRow},
};

/// What became of a file.
#[derive(Debug)]
pub enum Imported {
    /// The case is here.
    TakenOver {
        /// Its number here.
        number: String,
        /// Whether this file had brought it before: nothing was done.
        known: bool,
    },
    /// The events were gone through.
    Events {
        /// Number of the case.
        number: String,
        /// How many were performed now.
        performed: usize,
        /// How many had been before.
        known: usize,
        /// The first that the procedure does not let happen, and why; those after it were not tried.
        refused: Option<(String, Error)>,
    },
}

/// Takes in a file; the same file again changes nothing. `items` are the hashes (hex) of what came along, by name. For people
/// of the organisation that it is for, and administrators.
///
/// # Errors
/// [`Error::Unauthenticated`], [`Error::Forbidden`]. By name, as stable codes of [`Error::Invalid`]: `TRANSFER_TRUNCATED`, `TRANSFER_UNREADABLE`, `TRANSFER_ALGORITHM`,
/// `TRANSFER_UNKNOWN_KEY`, `TRANSFER_REVOKED_KEY`, `TRANSFER_ALTERED`, `TRANSFER_TOO_NEW`, `TRANSFER_FOR_ANOTHER`,
/// `TRANSFER_UNKNOWN_PROCEDURE`, `TRANSFER_ITEM_MISSING`, `TRANSFER_ITEM_ALTERED`, `TRANSFER_REPLAYED`,
/// `TRANSFER_UNKNOWN_CASE`, `TRANSFER_NOT_A_PARTY`. [`Error::Refused`] for a case that cannot stand where it is said to;
/// those of the database. Nothing is written.
pub async fn read(app: &Arc<App>, actor: &Actor, text: &str, items: &BTreeMap<String, String>) -> Result<Imported> {
    if matches!(actor, Actor::Anonymous | Actor::Receipt { .. }) {
        return Err(Error::Unauthenticated);
    }
    let claimed = Claimed::read(text)?;
    let (peer, key) = keys::peer(app, claimed.key()).await?;
    let payload = claimed.prove(&key)?;
    match claimed.typ() {
        TRANSFER_TYPE => {
            let file: TransferFile = current(&payload)?;
            let receiver = addressed(app, actor, &file.to)?;
            whole(&file.items, items)?;
            unaltered(&file.evidence, items)?;
            let hash = hex(text.trim().as_bytes());
            arrive(app, actor, &peer, &receiver, file, hash).await
        }
        EVENTS_TYPE => {
            let file: EventsFile = current(&payload)?;
            addressed(app, actor, &file.to)?;
            unaltered(&file.evidence, items)?;
            follow(app, actor, &peer, file).await
        }
        _ => Err(refused("TRANSFER_UNREADABLE")),
    }
}

/// Reads what a proven signature covers, if this program knows its form.
fn current<T: serde::de::DeserializeOwned>(payload: &[u8]) -> Result<T> {
    #[derive(serde::Deserialize)]
    struct Version {
        format: u32,
    }
    let version: Version = parsed(payload)?;
    if version.format > FORMAT {
        return Err(refused("TRANSFER_TOO_NEW"));
    }
    parsed(payload)
}

/// The organisation here that a file is for, of which the actor is.
fn addressed(app: &App, actor: &Actor, thumbprint: &str) -> Result<OrganisationRow> {
    let row = keys::own(app, thumbprint).ok_or(refused("TRANSFER_FOR_ANOTHER"))?;
    let within = |person: &Person| person.memberships.iter().any(|m| m.organisation_id == row.id);
    let may = matches!(actor, Actor::System) || actor.person().is_some_and(within) || actor.holds(ADMINISTRATOR);
    if may { Ok(row) } else { Err(Error::Forbidden) }
}

/// Everything that goes along is there as it was sent.
fn whole(sent: &[Item], found: &BTreeMap<String, String>) -> Result<()> {
    for item in sent {
        let hash = found.get(&item.name).ok_or(refused("TRANSFER_ITEM_MISSING"))?;
        if *hash != item.sha256 {
            return Err(refused("TRANSFER_ITEM_ALTERED"));
        }
    }
    Ok(())
}

/// Files that are laid as evidence are those that came beside, where one of their name did.
fn unaltered(evidence: &[Laid], found: &BTreeMap<String, String>) -> Result<()> {
    let files = || evidence.iter().filter_map(|laid| laid.item.file.as_ref());
    for (name, hash) in found {
        let mut same = files().filter(|file| file.name == *name).peekable();
        if same.peek().is_some() && !same.any(|file| file.sha256 == *hash) {
            return Err(refused("TRANSFER_ITEM_ALTERED"));
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// A case comes.
async fn arrive(
    app: &Arc<App>,
    actor: &Actor,
    peer: &PeerKeyRow,
    receiver: &OrganisationRow,
    mut file: TransferFile,
    hash: String,
) -> Result<Imported> {
    if let Some(here) = app.store.case(&file.case.id).await? {
        let history = app.store.histories(std::slice::from_ref(&here.id)).await?.pop();
        let origin = history.and_then(|history| Dispatch::of(&history).origin);
        if origin.is_none_or(|origin| origin.file != hash) {
            return Err(refused("TRANSFER_REPLAYED"));
        }
        // What was cut off the last time is made up for.
        lay(app, &file.case.id, peer, &file.evidence, true).await?;
        return Ok(Imported::TakenOver {
            number: here.number,
            known: true,
        });
    }
    file.handover.origin.key.clone_from(&peer.thumbprint);
    file.handover.origin.file = hash;
    let object = format!("case:{}", file.case.id);
    let (case_id, evidence) = (file.case.id.clone(), std::mem::take(&mut file.evidence));
    let number = take_over(app, receiver, file).await?;
    lay(app, &case_id, peer, &evidence, true).await?;
    audit(
        app,
        actor.account_id(),
        "transfer.take_over",
        &object,
        AuditOutcome::Allowed,
        None,
    )
    .await?;
    Ok(Imported::TakenOver { number, known: false })
}

/// When the last event of a case was.
fn last(history: &CaseHistory) -> OffsetDateTime {
    history.events.last().map_or(history.case.opened_at, |row| row.at)
}

/// The evidence that came with a file, of an organisation that `may` add some. A case that is closed takes none in any more: it is
/// passed over then.
async fn lay(app: &Arc<App>, case_id: &str, peer: &PeerKeyRow, evidence: &[Laid], may: bool) -> Result<()> {
    if evidence.is_empty() {
        return Ok(());
    }
    let history = app.store.histories(&[case_id.to_owned()]).await?.pop();
    let history = history.ok_or(Error::NotFound)?;
    let dispatch = Dispatch::of(&history);
    let mut last = last(&history);
    for laid in evidence {
        if dispatch.has_arrived(&peer.organisation_id, laid.seq) {
            continue;
        }
        if !may {
            return Err(refused("TRANSFER_NOT_A_PARTY"));
        }
        let arrived = Arrived::new(&peer.organisation_id, (laid.seq, laid.at), last, app.now());
        last = arrived.at;
        match contributions::bring(app, case_id, arrived, laid).await {
            Ok(()) | Err(Error::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether something was refused only because the case stands where there is no such step.
fn has_no_place(error: &Error) -> bool {
    let Error::Refused(problems) = error else { return false };
    let code = ProblemCode::EventNotAvailable;
    !problems.is_empty() && problems.iter().all(|problem| problem.code == code)
}

/// The other side did something.
async fn follow(app: &Arc<App>, reader: &Actor, peer: &PeerKeyRow, file: EventsFile) -> Result<Imported> {
    let unknown = || refused("TRANSFER_UNKNOWN_CASE");
    let case = app.store.case(&file.case.id).await?.ok_or_else(unknown)?;
    if case.procedure != file.case.procedure {
        return Err(unknown());
    }
    let mut named = BTreeMap::new();
    for body in &file.organisations {
        named.insert(body.key.clone(), keys::entered(app, body).await?.id);
    }
    let assignments = app.store.assignments_of(std::slice::from_ref(&case.id)).await?;
    let may = concerns(&case, &assignments, &peer.organisation_id);
    lay(app, &case.id, peer, &file.evidence, may).await?;
    let (mut performed, mut known, mut refused) = (0, 0, None);
    let mut events = file.events;
    events.sort_by_key(|sent| sent.seq);
    for sent in events {
        let history = app.store.histories(std::slice::from_ref(&case.id)).await?.pop();
        let history = history.ok_or(Error::NotFound)?;
        let dispatch = Dispatch::of(&history);
        if dispatch.knows(&peer.organisation_id, sent.seq) || dispatch.is_overtaken(&peer.organisation_id, sent.seq) {
            known += 1;
            continue;
        }
        let definition = pinned(app, &history.case)?;
        let last = last(&history);
        let request = TransitionRequest {
            case_id: case.id.clone(),
            fields: translated(&definition, &sent.fields, |key| named.get(key).cloned()),
            expected_version: history.case.version,
            idempotency_key: hex(format!("{} {} {}", peer.organisation_id, case.id, sent.seq).as_bytes()),
            event: sent.event.clone(),
        };
        let arrived = Arrived::new(&peer.organisation_id, (sent.seq, sent.at), last, app.now());
        let actor = Actor::Organisation {
            id: peer.organisation_id.clone(),
        };
        match cases::perform_arrived(app, &actor, request, Some(arrived)).await {
            Ok(_) => performed += 1,
            Err(Error::NotFound) => return Err(super::refused("TRANSFER_NOT_A_PARTY")),
            // What was done here at the same time left no room for it: what follows there can still fit.
            Err(error) if has_no_place(&error) => {
                refused.get_or_insert((sent.event, error));
            }
            Err(error @ (Error::Refused(_) | Error::Forbidden)) => {
                refused = Some((sent.event, error));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    let object = format!("case:{}", case.id);
    audit(
        app,
        reader.account_id(),
        "transfer.events",
        &object,
        AuditOutcome::Allowed,
        None,
    )
    .await?;
    Ok(Imported::Events {
        number: case.number,
        performed,
        known,
        refused,
    })
}

/// The filing day of a case that comes, which must be one.
pub(super) fn filing_day(file: &TransferFile) -> Result<time::Date> {
    local_date(file.case.filed_at).map_err(|_| refused("TRANSFER_UNREADABLE"))
}
