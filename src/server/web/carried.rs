//! Answers of a form that outlived the sign-in or the receipt that it was opened with: nothing is done with them, and
//! nothing that was typed is lost. Whoever proves anew who they are goes on where they were.

use askama::Template;
use poem::{
    Body, Request, Response,
    http::{Method, StatusCode, header},
};

use super::{
    cookie,
    failure::Failure,
    page::{Page, html},
    pages as p,
    visit::{Answers, LANGUAGE, Visit},
};

/// Name of the hidden field that holds them on the way through signing in.
const FIELD: &str = "_carried";
/// What belongs to the page that was sent, not to who wrote it.
const OF_THE_PAGE: [&str; 4] = [super::cross_site::FIELD, LANGUAGE, "page", "step"];

/// The answers of a form, by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carried {
    path: String,
    answers: Vec<(String, String)>,
    /// A browser said that the form came from this site.
    ours: bool,
}

#[derive(Template)]
#[template(path = "resume.html")]
struct Resume {
    page: Page,
    action: String,
    token: String,
    language: &'static str,
    answers: Vec<(String, String)>,
}

/// Whether the form at this address can be shown again with its answers, without doing anything.
fn keeps(path: &str) -> bool {
    let inside = path.starts_with("/cases/") || path.starts_with("/follow/");
    let form = path.contains("/events/") || path.contains("/tellings/");
    inside && (form || path.ends_with("/evidence") || path.ends_with("/messages"))
}

impl Carried {
    /// A copy of what a request sends, where it is a form that can be shown again.
    ///
    /// # Errors
    /// [`Failure::TooLarge`] for one that is.
    pub(super) async fn of(visit: &Visit, request: &mut Request) -> Result<Option<Self>, Failure> {
        let form = request.header(header::CONTENT_TYPE);
        let form = form.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if *request.method() != Method::POST || !form || !keeps(&visit.path) {
            return Ok(None);
        }
        let limit = usize::try_from(visit.app.config.limits.form_body_bytes.get()).unwrap_or(usize::MAX);
        let bytes = request.take_body().into_bytes_limit(limit).await;
        let bytes = bytes.map_err(Failure::from)?;
        request.set_body(bytes.clone());
        let answers = Answers::read(&visit.app, request, Body::from(bytes)).await?;
        let said = request
            .header("sec-fetch-site")
            .or_else(|| request.header(header::ORIGIN));
        Ok(Some(Self {
            path: visit.path.clone(),
            ours: said.is_some(),
            answers: own(answers),
        }))
    }

    /// The page on which to go on after this failure, if it is one of those that come with time.
    pub(super) fn page(&self, visit: &Visit, error: &poem::Error) -> Option<Response> {
        let page = match error.downcast_ref::<Failure>()? {
            Failure::SignIn => p::sign_in::again(visit, &self.path, &self.field()),
            Failure::Closed => p::follow::again(visit, &self.path, &self.field()),
            Failure::Foreign if self.ours => resume(visit, &self.path, self.answers.clone()),
            _ => return None,
        };
        page.ok()
    }

    fn field(&self) -> String {
        serde_json::to_string(&self.answers).unwrap_or_default()
    }
}

/// What the visitor wrote.
fn own(answers: Answers) -> Vec<(String, String)> {
    let own = |(name, _): &(String, String)| !OF_THE_PAGE.contains(&name.as_str());
    answers.0.into_iter().filter(own).collect()
}

/// The field as it came, to be sent along once more.
pub(super) fn given(answers: &Answers) -> Option<String> {
    answers.first(FIELD).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The page that leads back to a form with its answers, for who has just proved who they are.
pub(super) fn onward(visit: &Visit, next: &str, answers: &Answers) -> Option<Response> {
    let carried: Vec<(String, String)> = serde_json::from_str(&given(answers)?).ok()?;
    if !keeps(next) {
        return None;
    }
    resume(visit, next, own(Answers(carried))).ok()
}

/// A button that shows the form again: the switch of the language does nothing but that.
fn resume(visit: &Visit, next: &str, answers: Vec<(String, String)>) -> Result<Response, Failure> {
    let cookie = if next.starts_with("/follow/") {
        cookie::FOLLOW
    } else {
        cookie::SESSION
    };
    let template = Resume {
        page: Page::titled(visit, "portal-resume-title"),
        action: next.to_owned(),
        token: visit.token(cookie),
        language: visit.locale.tag(),
        answers,
    };
    html(&template, StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_forms_that_can_be_shown_again_are_carried() {
        for path in [
            "/cases/A26-1/events/accept",
            "/follow/events/withdraw",
            "/follow/messages",
            "/cases/A26-1/evidence",
            "/cases/A26-1/tellings/acceptance",
        ] {
            assert!(keeps(path), "{path}");
        }
        for path in [
            "/sign-out",
            "/workflows/propose",
            "/follow/close",
            "/cases/A26-1/identity",
            "/follow",
        ] {
            assert!(!keeps(path), "{path}");
        }
    }

    #[test]
    fn what_belongs_to_the_page_stays_behind() {
        let sent = [
            ("_token", "t"),
            ("page", "confirm"),
            ("step", "confirmed"),
            ("_language", "en"),
            ("reason", "r"),
        ];
        let sent = sent.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        assert_eq!(own(Answers(sent)), [("reason".to_owned(), "r".to_owned())]);
    }
}
