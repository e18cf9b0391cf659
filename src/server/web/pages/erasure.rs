//! Erasing who filed a case, and all that it tells of people: asked for once more before it is done, since nothing brings it
//! back. Afterwards the page says where else the same person is still known.

use askama::Template;
use poem::{Response, handler, web::Path};

use crate::{
    access::{Action, can},
    service::{
        Error,
        case_view::{self, CaseDetail},
        privacy::{self, ERASURE_REASONS, Elsewhere},
    },
    web::{
        cookie,
        failure::Failure,
        form::Complaint,
        page::{Page, html, status_of},
        visit::{Answers, Visit},
    },
};

#[derive(Template)]
#[template(path = "erasure.html")]
struct Erasure {
    page: Page,
    number: String,
    reasons: Vec<(&'static str, String)>,
    chosen: String,
    complaints: Vec<Complaint>,
    /// Numbers of linked cases that still run.
    running: Vec<String>,
    /// After it is done.
    done: Option<Elsewhere>,
}

impl Erasure {
    fn new(visit: &Visit, detail: &CaseDetail) -> Self {
        let page = Page::titled(visit, "portal-erasure-title").within("cases");
        let linked = detail.links.iter().map(|link| &link.case);
        let running = linked.filter(|case| case.closed_at.is_none());
        Self {
            number: detail.case.number.clone(),
            reasons: ERASURE_REASONS
                .map(|reason| (reason, page.words.code("portal-erasure", reason)))
                .into(),
            chosen: String::new(),
            complaints: Vec::new(),
            running: running.map(|case| case.number.clone()).collect(),
            done: None,
            page,
        }
    }

    fn wrong(&self) -> Option<&str> {
        self.complaints.first().map(|complaint| complaint.message.as_str())
    }

    fn draw(mut self, complaint: Option<(&str, &str)>) -> Result<Response, Failure> {
        if let Some((field, code)) = complaint {
            self.complaints.push(Complaint {
                field: Some(field.to_owned()),
                message: self.page.words.code("error", code),
            });
        }
        self.page = self.page.failing(complaint.is_some());
        html(&self, status_of(complaint.is_some()))
    }
}

/// Asks for the reason.
#[handler]
pub(in crate::web) async fn form(visit: Visit, Path(number): Path<String>) -> Result<Response, Failure> {
    visit.signed_in()?;
    let detail = case_view::case_by_number(&visit.app, &visit.actor, &number).await?;
    if can(&visit.actor, Action::ErasePerson, &detail.standing).is_none() {
        return Err(Error::Forbidden.into());
    }
    Erasure::new(&visit, &detail).draw(None)
}

/// Erases.
#[handler]
pub(in crate::web) async fn erase(
    visit: Visit,
    Path(number): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    visit.signed_in()?;
    visit.check_token(cookie::SESSION, &answers)?;
    let detail = case_view::case_by_number(&visit.app, &visit.actor, &number).await?;
    let mut erasure = Erasure::new(&visit, &detail);
    answers
        .first("reason")
        .unwrap_or_default()
        .clone_into(&mut erasure.chosen);
    if !ERASURE_REASONS.contains(&erasure.chosen.as_str()) {
        return erasure.draw(Some(("reason", "ERASURE_REASON")));
    }
    match privacy::erase_person(&visit.app, &visit.actor, &detail.case.id, &erasure.chosen).await {
        Ok(elsewhere) => {
            erasure.done = Some(elsewhere);
            erasure.draw(None)
        }
        Err(Error::Invalid { code, .. }) => erasure.draw(Some(("reason", code))),
        Err(error) => Err(error.into()),
    }
}
