//! What somebody wanted to do to a case is no step of it any more: the page says so, and shows what was written.

use askama::Template;
use poem::{Response, http::StatusCode};
use serde_json::{Map, Value as Json};

use super::desk::Desk;
use crate::web::{
    failure::Failure,
    page::{Page, html},
    progress::{Row, rows},
    visit::Visit,
};

#[derive(Template)]
#[template(path = "moved_on.html")]
struct MovedOn {
    page: Page,
    number: String,
    back: String,
    /// What was written and not sent.
    rows: Vec<Row>,
}

/// The page for answers that were sent too late. Nothing is done with them.
pub(super) fn draw(visit: &Visit, desk: &Desk, written: &Map<String, Json>) -> Result<Response, Failure> {
    let page = Page::titled(visit, "portal-moved-on-title").within(desk.section());
    let given: Vec<(String, Json)> = written
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let template = MovedOn {
        number: desk.detail.case.number.clone(),
        back: desk.home.clone(),
        rows: rows(&visit.app, page.words, &desk.detail, &given),
        page,
    };
    html(&template, StatusCode::CONFLICT)
}
