//! A document (文书) as it is printed.

use std::collections::BTreeMap;

use askama::Template;
use poem::{Response, handler, http::StatusCode, web::Path};
use serde_json::Value as Json;
use zhengming_engine::{
    definition::model::Definition,
    notice::DocumentKind,
    sheet::{self, ISSUER, Place},
};

use crate::{
    access::Actor,
    locale::text,
    service::{
        case_view::{self, CaseDetail},
        numbering::borne,
        seal::{self, Seal},
        wording::{filled, worded},
    },
    store::DocumentRow,
    web::{
        failure::Failure,
        page::{Page, Words, html},
        progress::{Row, named_rows},
        visit::Visit,
    },
};

#[derive(Template)]
#[template(path = "document.html")]
struct Document {
    page: Page,
    paper: Paper,
    back: String,
}

/// A document in the words of its reader.
pub(in crate::web) struct Paper {
    pub(in crate::web) title: String,
    pub(in crate::web) number: String,
    pub(in crate::web) organisation: String,
    pub(in crate::web) form: Option<String>,
    pub(in crate::web) law: Option<String>,
    pub(in crate::web) paragraphs: Vec<Paragraph>,
    pub(in crate::web) rows: Vec<Row>,
    /// What stands between these and who issued it.
    pub(in crate::web) between: Vec<Paragraph>,
    pub(in crate::web) at: String,
    /// What stands below who issued it and the day.
    pub(in crate::web) below: Vec<Paragraph>,
    /// What its seal proves, and whether that is amiss.
    pub(in crate::web) seal: Option<(String, bool)>,
}

/// A paragraph of a document.
pub(in crate::web) struct Paragraph {
    pub(in crate::web) text: String,
    /// Whether it says to whom the document goes.
    pub(in crate::web) addressee: bool,
    place: Place,
}

/// A document of a case that the reader is signed in for.
#[handler]
pub(in crate::web) async fn of_case(
    visit: Visit,
    Path((number, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    visit.signed_in()?;
    let detail = case_view::case_by_number(&visit.app, &visit.actor, &number).await?;
    let back = format!("/cases/{}", detail.case.number);
    draw(&visit, &detail, &id, back)
}

/// A document of the case that is followed by its receipt.
#[handler]
pub(in crate::web) async fn of_receipt(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let (_, actor) = visit.followed().await?.ok_or(Failure::NotFound)?;
    let Actor::Receipt { case_id } = &actor else {
        return Err(Failure::Internal("RECEIPT"));
    };
    let detail = case_view::case(&visit.app, &actor, case_id).await?;
    draw(&visit, &detail, &id, "/follow".to_owned())
}

fn draw(visit: &Visit, detail: &CaseDetail, id: &str, back: String) -> Result<Response, Failure> {
    let row = detail
        .documents
        .iter()
        .find(|row| row.id == id)
        .ok_or(Failure::NotFound)?;
    let frame = Page::titled(visit, "portal-start-title");
    let paper = paper_of(visit, frame.words, detail, row).ok_or(Failure::NotFound)?;
    let template = Document {
        page: Page::new(visit, paper.title.clone()).within(if back == "/follow" { "follow" } else { "cases" }),
        paper,
        back,
    };
    html(&template, StatusCode::OK)
}

/// A document of a case that the visitor may read.
pub(in crate::web) fn paper_of(visit: &Visit, words: Words, detail: &CaseDetail, row: &DocumentRow) -> Option<Paper> {
    paper(visit, words, (&detail.definition, &detail.account_names), row)
}

/// A document by the template that it was made by, with the procedure of its case and the names of accounts; `None` where the
/// template is not known any more.
pub(in crate::web) fn paper(
    visit: &Visit,
    words: Words,
    (definition, names): (&Definition, &BTreeMap<String, String>),
    row: &DocumentRow,
) -> Option<Paper> {
    let pack = visit.app.pack();
    let kind = pack.document(&row.kind, worded(&row.body))?;
    let printed = row.body.get("fields").and_then(Json::as_object).into_iter().flatten();
    let body = words.pick(&kind.body);
    // What the text says already is not listed below it once more.
    let printed = printed.filter(|(name, _)| !body.contains(&format!("{{field.{name}}}")));
    let printed: Vec<(String, Json)> = printed.map(|(name, value)| (name.clone(), value.clone())).collect();
    let text = paragraphs(words, kind, row).into_iter();
    let (below, text): (Vec<_>, Vec<_>) = text.partition(|paragraph| paragraph.place == Place::Below);
    let text = text.into_iter();
    let (between, paragraphs): (Vec<_>, Vec<_>) = text.partition(|paragraph| paragraph.place == Place::Between);
    Some(Paper {
        title: words.pick(&kind.title).to_owned(),
        number: borne(Some(kind), row).unwrap_or_default().to_owned(),
        seal: sealed(visit, words, row, is_issued(kind)),
        organisation: issuer(words, kind, row),
        form: kind
            .form
            .as_ref()
            .map(|form| words.with("portal-document-form", "form", form.clone())),
        law: kind.law.as_ref().map(|law| words.law(&pack.law, law)),
        paragraphs,
        between,
        below,
        rows: named_rows(&visit.app, words, definition, names, &printed),
        at: words.day(row.created_at),
    })
}

/// Who issued a document, as they were called then; empty for what is issued by others than authorities, such as a party's
/// application.
pub(super) fn issuer(words: Words, kind: &DocumentKind, row: &DocumentRow) -> String {
    let language = if words.0.is_zh() { "zh" } else { "en" };
    let signs = words.pick(&kind.body).lines().any(|line| line.trim() == ISSUER);
    if signs {
        filled(ISSUER, &row.body, language)
    } else {
        String::new()
    }
}

/// Whether an organisation stands behind a document, so that the seal is its own: it bears a number, or names the organisation
/// otherwise than to say to whom it is addressed, which stands before a colon.
fn is_issued(kind: &DocumentKind) -> bool {
    let body = &kind.body.zh;
    let named = |at: usize| {
        body.get(at + ISSUER.len()..)
            .is_some_and(|rest| !rest.starts_with(['：', ':']))
    };
    kind.numbered() || body.match_indices(ISSUER).any(|(at, _)| named(at))
}

/// What a document says, without the frame that the page prints around it. An answer of several lines makes several
/// paragraphs.
pub(super) fn paragraphs(words: Words, kind: &DocumentKind, row: &DocumentRow) -> Vec<Paragraph> {
    let language = if words.0.is_zh() { "zh" } else { "en" };
    let mut told = Vec::new();
    for line in sheet::lines(words.pick(&kind.body)) {
        let text = filled(line.text, &row.body, language);
        let texts = text.lines().filter(|text| !text.trim().is_empty());
        told.extend(texts.map(|text| Paragraph {
            text: text.to_owned(),
            addressee: line.addressee,
            place: line.place,
        }));
    }
    told
}

/// What the seal of a document proves, in words; and whether it is broken. On what a party wrote it is not the authority's
/// seal: it proves what was received.
fn sealed(visit: &Visit, words: Words, row: &DocumentRow, is_issued: bool) -> Option<(String, bool)> {
    match seal::proved(&visit.app.secrets, row) {
        Seal::Absent => None,
        Seal::Lost => Some((words.t("portal-seal-lost"), false)),
        Seal::Broken => Some((words.t("portal-seal-broken"), true)),
        Seal::Whole { organisation, key } => {
            let tree = visit.app.organisations();
            let name = tree.get(&organisation).map(|row| words.office(row).to_owned());
            let place = [("name", name.unwrap_or_default().into()), ("detail", key.into())];
            let key = if is_issued {
                "portal-seal-whole"
            } else {
                "portal-seal-received"
            };
            Some((text(words.0, key, &place), false))
        }
    }
}
