//! One's own account: in which roles somebody acts, and another password.

use askama::Template;
use poem::{Request, Response, handler};

use super::work_list::roles;
use crate::{
    service::{
        Error,
        password::{self, Change},
    },
    web::{
        cookie,
        failure::Failure,
        form::Complaint,
        page::{Page, html, see, status_of},
        visit::{Answers, Visit},
    },
};

/// What the address says after the password was changed.
const CHANGED: &str = "password";

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    page: Page,
    name: String,
    login: String,
    roles: Vec<String>,
    least: i64,
    done: bool,
    complaints: Vec<Complaint>,
}

impl Account {
    /// What is wrong with one field.
    fn wrong(&self, field: &str) -> Option<&str> {
        Complaint::of(&self.complaints, field)
    }
}

/// The page.
#[handler]
pub(in crate::web) async fn show(visit: Visit, request: &Request) -> Result<Response, Failure> {
    let done = visit.was_done(request).is_some_and(|done| done == CHANGED);
    draw(&visit, done, None)
}

fn draw(visit: &Visit, done: bool, wrong: Option<(&str, &str)>) -> Result<Response, Failure> {
    let person = visit.actor.person().ok_or(Failure::SignIn)?;
    let page = Page::titled(visit, "portal-account-title").failing(wrong.is_some());
    let complaint = |(field, code): (&str, &str)| Complaint {
        field: Some(field.to_owned()),
        message: page.words.code("error", code),
    };
    let template = Account {
        name: person.account.display_name.clone(),
        login: person.account.login.clone(),
        roles: roles(visit, page.words),
        least: i64::from(visit.app.config.password.min_length.get()),
        done,
        complaints: wrong.map(complaint).into_iter().collect(),
        page,
    };
    let status = status_of(wrong.is_some());
    html(&template, status)
}

/// Sets another password, and goes on with a new session.
#[handler]
pub(in crate::web) async fn change_password(visit: Visit, answers: Answers) -> Result<Response, Failure> {
    visit.signed_in()?;
    visit.check_token(cookie::SESSION, &answers)?;
    let field = |name| answers.first(name).unwrap_or_default().to_owned();
    let wish = Change {
        present: field("present"),
        new: field("new"),
        address: visit.address,
    };
    if wish.new != field("again") {
        return draw(&visit, false, Some(("again", "PASSWORD_NOT_REPEATED")));
    }
    match password::change(&visit.app, &visit.actor, wish).await {
        Ok(signed_in) => {
            cookie::set(&visit.jar, cookie::SESSION, signed_in.token, None);
            Ok(see(&visit.done("/account", CHANGED)))
        }
        Err(Error::Invalid { field, code }) => draw(&visit, false, Some((field, code))),
        Err(error) => Err(error.into()),
    }
}
