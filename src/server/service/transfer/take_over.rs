//! A case that comes by file is entered, with everything that came with it, in one commit.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value as Json};
use uuid::Uuid;
use zhengming_engine::{
    decide,
    decision::Effect,
    definition::model::{Definition, FieldKind, FilingMode, Owner, RoleKind},
    pack::{Pack, Wording},
};

use super::{Paper, Result, TransferFile, import::filing_day, keys, refused, translated};
use crate::{
    access::INTAKE,
    app::App,
    service::{
        Error, cases,
        numbering::{case_series, drawn_elsewhere},
        record::{Around, By},
    },
    store::{CaseCommand, DocumentRow, Needs, OrganisationRow, Target, WordingRow},
};

/// Enters the case with an organisation here. Returns its number here.
pub(super) async fn take_over(app: &Arc<App>, receiver: &OrganisationRow, file: TransferFile) -> Result<String> {
    let definition = app.pack().pinned(&file.case.procedure, &file.case.definition).cloned();
    let definition = definition.ok_or(refused("TRANSFER_UNKNOWN_PROCEDURE"))?;
    if !is_id(&file.case.id) || !file.wordings.iter().all(is_what_it_is_called) {
        return Err(refused("TRANSFER_UNREADABLE"));
    }
    let mut named = BTreeMap::new();
    for body in &file.organisations {
        named.insert(body.key.clone(), keys::entered(app, body).await?.id);
    }
    let wordings = file.wordings.iter().map(|(hash, body)| WordingRow {
        hash: hash.clone(),
        body: body.clone(),
    });
    app.store.keep_wordings(wordings.collect()).await?;
    let now = app.now();
    let filed_on = filing_day(&file)?;
    let fields = translated(&definition, &file.fields, |key| named.get(key).cloned());
    let recorder = cases::recorder(app);
    let case_id = file.case.id.clone();
    let organisation = receiver.id.clone();
    let command = CaseCommand {
        target: Target::Open {
            case_id: case_id.clone(),
        },
        idempotency: None,
        needs: Needs::NOTHING,
        series: vec![case_series(now)],
        decide: Box::new(move |loaded| {
            let law = &recorder.pack.law;
            let mut decision = decide::take_over(&definition, law, &file.handover, &fields, filed_on, now)?;
            decision
                .effects
                .extend(arrival(&recorder.pack, &definition, &decision.to));
            let number = loaded.numbers.next(&case_series(now));
            // Whoever filed is known where the case was begun, and nowhere else.
            let mode = FilingMode::Anonymous;
            let mut row = recorder.new_case(case_id.clone(), number, &definition, &organisation, mode, now);
            row.filed_at = file.case.filed_at;
            let by = By {
                account: None,
                role: "transfer".to_owned(),
                organisation: None,
                at: now,
            };
            let mut around = Around {
                personal: None,
                identity: None,
                assignments: &[],
                parties: &[],
                documents: &[],
                numbers: &mut *loaded.numbers,
            };
            let mut change = recorder.change(&definition, &row, &decision, &by, &mut around)?;
            let mut hold = |role: &str, organisation: &str| {
                let organisation = Some(organisation.to_owned());
                let row = recorder.assignment(&case_id, role, None, organisation, 1);
                change.assignments.push(row);
            };
            hold(INTAKE, &organisation);
            for (role, key) in &file.holders {
                let holder = named.get(key).ok_or(refused("TRANSFER_UNREADABLE"))?;
                hold(role, holder);
            }
            let papers = file.documents.iter();
            let id = || recorder.ids.next().to_string();
            let papers = papers.map(|paper| document(id(), &case_id, &definition, &named, paper));
            change.documents.extend(papers);
            change.reply = change.case.number.clone().into_bytes();
            Ok(change)
        }),
    };
    let committed = app.commit(command).await.map_err(Error::from)?;
    String::from_utf8(committed.reply).map_err(|_| Error::Internal("a number is no text"))
}

/// Who goes on with a case that came by file is told so: no event of the procedure told them here.
fn arrival(pack: &Pack, definition: &Definition, states: &[String]) -> Option<Effect> {
    let notice = pack.notice_of_arrival()?.to_owned();
    let mut to: Vec<String> = Vec::new();
    for state in states.iter().filter_map(|id| definition.at(definition.state(id)?)) {
        let Owner::Roles(roles) = &state.owner else { continue };
        for role in roles {
            let works = definition
                .roles
                .get(role)
                .is_some_and(|known| known.kind != RoleKind::Party);
            if works && !to.contains(role) {
                to.push(role.clone());
            }
        }
    }
    (!to.is_empty()).then_some(Effect::Notify {
        to,
        notice,
        superior: false,
    })
}

/// Whether a text is the id of a case, as every installation spells it. It becomes part of the names of mails, timers and entries of the
/// audit trail here.
fn is_id(text: &str) -> bool {
    text.parse::<Uuid>().is_ok_and(|id| id.to_string() == text)
}

/// Whether a template has the hash under which it came: what is kept is never kept anew, so another text would stand in place of the
/// right one for good.
fn is_what_it_is_called((hash, body): (&String, &Json)) -> bool {
    Wording::hash_of_kept(body).as_ref() == Some(hash)
}

/// A document as it is kept here: its number and its words are those of who made it.
fn document(
    id: String,
    case_id: &str,
    definition: &Definition,
    named: &BTreeMap<String, String>,
    paper: &Paper,
) -> DocumentRow {
    let mut body = paper.body.clone();
    drawn_elsewhere(&mut body);
    let is_organisation = |field: &str| {
        let field = definition.fields.get(field);
        field.is_some_and(|field| matches!(field.kind, FieldKind::Organisation { .. }))
    };
    if let Some(fields) = body.get_mut("fields").and_then(Json::as_object_mut) {
        known_here(fields, named, is_organisation);
    }
    DocumentRow {
        id,
        case_id: case_id.to_owned(),
        seq: 1,
        kind: paper.kind.clone(),
        number: paper.number.clone(),
        body,
        created_at: paper.issued_at,
        visible_to: paper.readers.clone(),
    }
}

/// Organisations by their ids here. Another text that reads like the key of one stays as it is.
fn known_here(
    fields: &mut Map<String, Json>,
    named: &BTreeMap<String, String>,
    is_organisation: impl Fn(&str) -> bool,
) {
    for (_, value) in fields.iter_mut().filter(|(field, _)| is_organisation(field)) {
        if let Some(id) = value.as_str().and_then(|key| named.get(key)) {
            *value = Json::String(id.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::{is_id, known_here};

    #[test]
    fn a_text_that_reads_like_the_key_of_an_organisation_stays_what_was_written() {
        let named = BTreeMap::from([("police".to_owned(), "0190-1".to_owned())]);
        let mut body = json!({ "addressee": "police", "facts": "police", "other": "court" });
        let fields = body.as_object_mut().expect("an object");
        known_here(fields, &named, |field| field != "facts");
        assert_eq!(
            body,
            json!({ "addressee": "0190-1", "facts": "police", "other": "court" })
        );
    }

    #[test]
    fn the_id_of_a_case_is_a_uuid_in_its_one_spelling() {
        assert!(is_id("01960000-aaaa-7000-8000-000000000001"));
        for other in [
            "",
            "a",
            "case:1",
            "01960000-AAAA-7000-8000-000000000001",
            "01960000aaaa70008000000000000001",
            "{01960000-aaaa-7000-8000-000000000001}",
        ] {
            assert!(!is_id(other), "{other}");
        }
    }
}
