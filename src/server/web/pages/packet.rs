//! A case as it is printed to be handed over: what it says, every document in full, and what proves both.

use askama::Template;
use data_encoding::HEXLOWER;
use poem::{Response, handler, http::StatusCode, web::Path};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use zhengming_engine::definition::model::{Definition, RoleKind};

use super::document::{Paper, paper_of};
use crate::{
    service::case_view::{self, CaseDetail},
    store::canonical_json,
    web::{
        failure::Failure,
        page::{Page, Words, html},
        progress::{Row, rows, states},
        visit::Visit,
    },
};

#[derive(Template)]
#[template(path = "packet.html")]
struct Packet {
    page: Page,
    number: String,
    procedure: String,
    state: String,
    organisation: String,
    printed: String,
    rows: Vec<Row>,
    papers: Vec<Listed>,
    /// Hash of the last event.
    head: String,
}

/// A document with what proves that it is the one that was made.
struct Listed {
    paper: Paper,
    sha256: String,
}

/// The printed packet of a case, for who reads it as staff.
#[handler]
pub(in crate::web) async fn show(visit: Visit, Path(number): Path<String>) -> Result<Response, Failure> {
    visit.signed_in()?;
    let detail = case_view::case_by_number(&visit.app, &visit.actor, &number).await?;
    if !detail.standing.reads_as_staff() {
        return Err(Failure::NotFound);
    }
    let page = Page::titled(&visit, "portal-packet-title").within("cases");
    let words = page.words;
    let template = Packet {
        number: detail.case.number.clone(),
        procedure: words.pick(&detail.definition.title).to_owned(),
        state: states(words, &detail.definition, &detail.case.states),
        organisation: organisation(&visit, words, &detail),
        printed: words.moment(visit.app.clock.now()),
        rows: rows(&visit.app, words, &detail, &shared(&detail)),
        papers: listed(&visit, words, &detail),
        head: detail.case.head.clone(),
        page,
    };
    html(&template, StatusCode::OK)
}

/// What goes along: all but what one side told its mediator alone, which no other authority learns of either.
fn shared(detail: &CaseDetail) -> Vec<(String, Json)> {
    let goes = |(name, _): &&(String, Json)| !is_of_one_side(&detail.definition, name);
    detail.fields.iter().filter(goes).cloned().collect()
}

/// Whether a field is between one side and those to whom a case is entrusted.
fn is_of_one_side(definition: &Definition, field: &str) -> bool {
    let readers = definition
        .fields
        .get(field)
        .map(|field| field.readers.as_slice())
        .unwrap_or_default();
    let of_kind = |kind: RoleKind| {
        let is = move |role: &&String| definition.roles.get(*role).is_some_and(|role| role.kind == kind);
        readers.iter().filter(is).count()
    };
    of_kind(RoleKind::Delegate) > 0 && of_kind(RoleKind::Party) == 1
}

fn organisation(visit: &Visit, words: Words, detail: &CaseDetail) -> String {
    let tree = visit.app.organisations();
    let row = tree.get(&detail.case.organisation_id);
    row.map(|row| words.office(row).to_owned()).unwrap_or_default()
}

fn listed(visit: &Visit, words: Words, detail: &CaseDetail) -> Vec<Listed> {
    let listed = |row: &crate::store::DocumentRow| {
        Some(Listed {
            paper: paper_of(visit, words, detail, row)?,
            sha256: HEXLOWER.encode(&Sha256::digest(canonical_json(&row.body).as_bytes())),
        })
    };
    detail.documents.iter().filter_map(listed).collect()
}
