//! The page before what cannot be taken back: what will be recorded, and two ways on.

use askama::Template;
use poem::{Response, http::StatusCode};

use crate::web::{
    failure::Failure,
    page::{Page, html},
    progress::Row,
};

/// What is about to be recorded.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(super) struct Confirm {
    pub(super) page: Page,
    pub(super) heading: String,
    pub(super) number: String,
    /// What the reader is to the case as a party.
    pub(super) own: Option<String>,
    pub(super) action: String,
    pub(super) token: String,
    pub(super) rows: Vec<Row>,
    /// The answers, to be sent again.
    pub(super) hidden: Vec<(String, String)>,
}

impl Confirm {
    /// Draws the page.
    pub(super) fn draw(&self) -> Result<Response, Failure> {
        html(self, StatusCode::OK)
    }
}
