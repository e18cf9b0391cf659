//! Signing in and out.

use askama::Template;
use poem::{Request, Response, handler};
use serde::Deserialize;

use crate::{
    access::{Action, Actor, SERVICE_ROLES, Standing, can},
    endpoint::refuses_plain,
    service::{Error, accounts},
    store::SessionKind,
    web::{
        carried, cookie,
        failure::Failure,
        form::Complaint,
        link,
        page::{Page, html, see, status_of},
        visit::{Answers, Visit},
    },
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    page: Page,
    login: String,
    next: String,
    /// What was being written when the sign-in ran out.
    carried: Option<String>,
    complaints: Vec<Complaint>,
}

#[derive(Default, Deserialize)]
struct Query {
    #[serde(default)]
    next: String,
}

/// The form.
#[handler]
pub(in crate::web) async fn form(visit: Visit, request: &Request) -> Result<Response, Failure> {
    let query = request.params::<Query>().unwrap_or_default();
    let next = way_on(&query.next);
    if visit.actor.person().is_some() {
        return Ok(see(next));
    }
    draw(&visit, String::new(), next, None, None)
}

/// The form for who wrote something at `next` while the sign-in ran out.
pub(in crate::web) fn again(visit: &Visit, next: &str, carried: &str) -> Result<Response, Failure> {
    draw(visit, String::new(), next, Some(carried.to_owned()), None)
}

/// Where somebody begins who was going nowhere else: those who have nothing to do with cases would find an empty list.
fn home(actor: &Actor) -> &'static str {
    let roles = actor
        .person()
        .map(|person| person.memberships.as_slice())
        .unwrap_or_default();
    let may = |action| can(actor, action, &Standing::default()).is_some();
    if roles.is_empty() || roles.iter().any(|held| !SERVICE_ROLES.contains(&held.role.as_str())) {
        "/cases"
    } else if may(Action::ReadAudit) {
        "/audit"
    } else if may(Action::PublishWorkflows) {
        "/workflows"
    } else {
        "/cases"
    }
}

/// After signing in officers want their work list.
fn way_on(next: &str) -> &str {
    match link::own_path(next) {
        "/" => "/cases",
        path => path,
    }
}

fn draw(
    visit: &Visit,
    login: String,
    next: &str,
    carried: Option<String>,
    error: Option<&str>,
) -> Result<Response, Failure> {
    let page = Page::titled(visit, "portal-sign-in-title")
        .within("sign-in")
        .keeping(carried.is_some())
        .failing(error.is_some());
    let complaint = |key| Complaint {
        field: Some("login".to_owned()),
        message: page.t(key),
    };
    let complaints: Vec<Complaint> = error.map(complaint).into_iter().collect();
    let status = status_of(error.is_some());
    html(
        &SignIn {
            page,
            login,
            next: next.to_owned(),
            carried,
            complaints,
        },
        status,
    )
}

/// Signs in. What was wrong is not said; the rate limit is the use case's own.
#[handler]
pub(in crate::web) async fn sign_in(visit: Visit, answers: Answers, request: &Request) -> Result<Response, Failure> {
    let field = |name| answers.first(name).unwrap_or_default().to_owned();
    let (login, password, next) = (field("login"), field("password"), field("next"));
    let (next, carried) = (way_on(&next), carried::given(&answers));
    let visit = visit.switched(&answers);
    if answers.language().is_some() {
        return draw(&visit, login, next, carried, None);
    }
    if refuses_plain(&visit.app, request, visit.address) {
        return draw(&visit, login, next, carried, Some("portal-sign-in-plain"));
    }
    if login.trim().is_empty() || password.is_empty() {
        return draw(&visit, login, next, carried, Some("portal-sign-in-missing"));
    }
    let request = accounts::SignIn {
        login: login.clone(),
        password,
        kind: SessionKind::Cookie,
        label: None,
        address: visit.address,
    };
    match accounts::sign_in(&visit.app, request).await {
        Ok(signed_in) => {
            // A session that this browser had before ends with the new one.
            if visit.actor.person().is_some() {
                accounts::sign_out(&visit.app, &visit.actor).await?;
            }
            cookie::set(&visit.jar, cookie::SESSION, signed_in.token, None);
            let next = if next == "/cases" { home(&signed_in.actor) } else { next };
            Ok(carried::onward(&visit, next, &answers).unwrap_or_else(|| see(next)))
        }
        Err(Error::Unauthenticated) => draw(&visit, login, next, carried, Some("portal-sign-in-wrong")),
        Err(Error::Busy) => draw(&visit, login, next, carried, Some("portal-sign-in-busy")),
        Err(error) => Err(error.into()),
    }
}

/// Ends the session at once, here and in the database.
#[handler]
pub(in crate::web) async fn sign_out(visit: Visit, answers: Answers) -> Result<Response, Failure> {
    if visit.actor.person().is_some() {
        visit.check_token(cookie::SESSION, &answers)?;
        accounts::sign_out(&visit.app, &visit.actor).await?;
    }
    cookie::clear(&visit.jar, cookie::SESSION);
    Ok(see("/"))
}
