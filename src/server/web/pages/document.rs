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
    web::{
        failure::Failure,
        page::{Page, html},
        progress::{Row, rows},
        visit::Visit,
    },
};

#[derive(Template)]
#[template(path = "document.html")]
struct Document {
    page: Page,
    title: String,
    number: String,
    organisation: String,
    form: Option<String>,
    law: Option<String>,
    paragraphs: Vec<String>,
    rows: Vec<Row>,
    at: String,
    back: String,
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
    let pack = visit.app.pack();
    let kind = pack.document(&row.kind, worded(&row.body)).ok_or(Failure::NotFound)?;
    let frame = Page::titled(visit, "portal-start-title");
    let words = frame.words;
    let language = if words.0.is_zh() { "zh" } else { "en" };
    let title = words.pick(&kind.title).to_owned();
    let printed = row.body.get("fields").and_then(Json::as_object).into_iter().flatten();
    let body = words.pick(&kind.body);
    // What the text says already is not listed below it once more.
    let printed = printed.filter(|(name, _)| !body.contains(&format!("{{field.{name}}}")));
    let printed: Vec<(String, Json)> = printed.map(|(name, value)| (name.clone(), value.clone())).collect();
    let text: Vec<&str> = body.lines().filter(|line| !FRAME.contains(&line.trim())).collect();
    let text = filled(&text.join("\n"), &row.body, language);
    // Who issued it then, not who has the case now.
    let organisation = filled("{organisation}", &row.body, language);
    let template = Document {
        number: row.number.clone(),
        organisation,
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
        page: Page::new(visit, title.clone()).within(if back == "/follow" { "follow" } else { "cases" }),
        title,
        back,
    };
    html(&template, StatusCode::OK)
}
