//! A document (文书) as it is printed.

use askama::Template;
use poem::{Response, handler, http::StatusCode, web::Path};
use serde_json::Value as Json;

use crate::{
    access::Actor,
    service::{
        case_view::{self, CaseDetail},
        wording::{filled, worded},
    },
    store::DocumentRow,
    web::{
        failure::Failure,
        page::{Page, Words, html},
        progress::{Row, rows},
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
    pub(in crate::web) paragraphs: Vec<String>,
    pub(in crate::web) rows: Vec<Row>,
    pub(in crate::web) at: String,
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

/// Lines of a text that the page prints around it: the number above, who issued it and when below.
const FRAME: [&str; 3] = ["{document.number}", "{organisation}", "{document.date}"];

fn draw(visit: &Visit, detail: &CaseDetail, id: &str, back: String) -> Result<Response, Failure> {
    let row = detail
        .documents
        .iter()
        .find(|row| row.id == id)
        .ok_or(Failure::NotFound)?;
    let frame = Page::titled(visit, "portal-start-title");
    let paper = paper(visit, frame.words, detail, row).ok_or(Failure::NotFound)?;
    let template = Document {
        page: Page::new(visit, paper.title.clone()).within(if back == "/follow" { "follow" } else { "cases" }),
        paper,
        back,
    };
    html(&template, StatusCode::OK)
}

/// A document by the template that it was made by; `None` where that is not known any more.
pub(in crate::web) fn paper(visit: &Visit, words: Words, detail: &CaseDetail, row: &DocumentRow) -> Option<Paper> {
    let pack = visit.app.pack();
    let kind = pack.document(&row.kind, worded(&row.body))?;
    let language = if words.0.is_zh() { "zh" } else { "en" };
    let printed = row.body.get("fields").and_then(Json::as_object).into_iter().flatten();
    let body = words.pick(&kind.body);
    // What the text says already is not listed below it once more.
    let printed = printed.filter(|(name, _)| !body.contains(&format!("{{field.{name}}}")));
    let printed: Vec<(String, Json)> = printed.map(|(name, value)| (name.clone(), value.clone())).collect();
    let text: Vec<&str> = body.lines().filter(|line| !FRAME.contains(&line.trim())).collect();
    let text = filled(&text.join("\n"), &row.body, language);
    Some(Paper {
        title: words.pick(&kind.title).to_owned(),
        number: row.number.clone(),
        // Who issued it then, not who has the case now.
        organisation: filled("{organisation}", &row.body, language),
        form: kind
            .form
            .as_ref()
            .map(|form| words.with("portal-document-form", "form", form.clone())),
        law: kind.law.as_ref().map(|law| words.law(&pack.law, law)),
        paragraphs: text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned)
            .collect(),
        rows: rows(&visit.app, words, detail, &printed),
        at: words.day(row.created_at),
    })
}
