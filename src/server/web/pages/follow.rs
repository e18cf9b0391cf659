//! Following a case with its receipt.

use askama::Template;
use poem::{Request, Response, handler, http::StatusCode};
use serde_json::{Map, Value as Json};
use zhengming_engine::{clock::local_date, definition::model::Definition, form::accepts};

use super::{case::done_title, contribution::Added, filing::in_force};
use crate::{
    access::Actor,
    limit::Door,
    service::{
        Error,
        case_view::{self, CaseDetail},
        feedback,
    },
    web::{
        carried, cookie,
        failure::Failure,
        form::Complaint,
        link,
        page::{Page, html, see, status_of},
        progress::Standing,
        visit::{Answers, Receipt, Visit},
    },
};

#[derive(Template)]
#[template(path = "follow.html")]
struct Follow {
    page: Page,
    number: String,
    /// Where to, and what was being written there when the case closed in this browser.
    carried: Option<(String, String)>,
    complaints: Vec<Complaint>,
}

#[derive(Template)]
#[template(path = "followed.html")]
struct Followed {
    page: Page,
    case: Standing,
    added: Added,
    token: String,
    done: Option<String>,
    minutes: u64,
    /// Whether the case is closed, so that one can say how it went.
    feedback: bool,
}

/// The procedure by which whoever filed says how a case went.
const FEEDBACK: &str = "feedback";

/// The followed case, or the form that opens one.
#[handler]
pub(in crate::web) async fn show(visit: Visit, request: &Request) -> Result<Response, Failure> {
    let Some((_, actor)) = visit.followed().await? else {
        return form(&visit, String::new(), None, None);
    };
    let Actor::Receipt { case_id } = &actor else {
        return Err(Failure::Internal("RECEIPT"));
    };
    let mut detail = case_view::case(&visit.app, &actor, case_id).await?;
    // What this page shows counts as told from now on, and the page says so.
    if feedback::shown(&visit.app, &detail).await? {
        detail = case_view::case(&visit.app, &actor, case_id).await?;
    }
    let page = Page::titled(&visit, "portal-followed-title").within("follow");
    let template = Followed {
        done: done_title(page.words, &detail, request),
        case: Standing::new(&visit.app, page.words, &detail),
        added: Added::new(page.words, &detail),
        token: visit.token(cookie::FOLLOW),
        minutes: cookie::FOLLOWED.as_secs() / 60,
        feedback: was_handled(&detail) && in_force(&visit, FEEDBACK).is_ok(),
        page,
    };
    html(&template, StatusCode::OK)
}

/// Whether the case came to an end of which one can say how it went: not by being withdrawn.
fn was_handled(detail: &CaseDetail) -> bool {
    let state = |id: &String| detail.definition.states.iter().find(|state| state.id == *id);
    let outcome = detail
        .case
        .states
        .iter()
        .filter_map(state)
        .find_map(|state| state.outcome.as_deref());
    outcome.is_some_and(|outcome| outcome != "withdrawn")
}

/// What is known of the followed case that the form about how it went asks for: nobody types a number from the page before.
pub(super) async fn known(visit: &Visit, definition: &Definition) -> Result<Map<String, Json>, Failure> {
    let followed = if definition.key == FEEDBACK {
        visit.followed().await?
    } else {
        None
    };
    let Some((_, actor)) = followed else {
        return Ok(Map::new());
    };
    let Actor::Receipt { case_id } = &actor else {
        return Ok(Map::new());
    };
    let case = case_view::case(&visit.app, &actor, case_id).await?.case;
    let closed = case.closed_at.and_then(|at| local_date(at).ok());
    let told = [
        ("case_kind", Some(case.procedure)),
        ("case_number", Some(case.number)),
        ("closed_on", closed.map(|day| day.to_string())),
    ];
    let fits = |(name, told): (&str, Option<String>)| {
        let value = Json::String(told?);
        let field = definition.fields.get(name)?;
        accepts(&field.kind, &value).is_ok().then(|| (name.to_owned(), value))
    };
    Ok(told.into_iter().filter_map(fits).collect())
}

/// The form for who wrote something at `next` while the case closed in this browser.
pub(in crate::web) fn again(visit: &Visit, next: &str, carried: &str) -> Result<Response, Failure> {
    form(visit, String::new(), Some((next.to_owned(), carried.to_owned())), None)
}

/// The form for who has just filed, with the number filled in.
pub(super) fn numbered(visit: &Visit, number: String) -> Result<Response, Failure> {
    form(visit, number, None, None)
}

fn form(
    visit: &Visit,
    number: String,
    carried: Option<(String, String)>,
    error: Option<&str>,
) -> Result<Response, Failure> {
    let page = Page::titled(visit, "portal-follow-title")
        .within("follow")
        .keeping(carried.is_some() || !number.is_empty())
        .failing(error.is_some());
    let complaint = |key| Complaint {
        field: Some("number".to_owned()),
        message: page.t(key),
    };
    let complaints: Vec<Complaint> = error.map(complaint).into_iter().collect();
    let status = status_of(error.is_some());
    html(
        &Follow {
            page,
            number,
            carried,
            complaints,
        },
        status,
    )
}

/// Opens a case with its number and receipt. Which of the two is wrong is not said.
#[handler]
pub(in crate::web) async fn open(visit: Visit, answers: Answers) -> Result<Response, Failure> {
    let visit = visit.switched(&answers);
    let next = answers.first("next").map(link::own_path).unwrap_or_default();
    let carried = carried::given(&answers).map(|carried| (next.to_owned(), carried));
    if answers.language().is_some() {
        let number = answers.first("number").unwrap_or_default().to_owned();
        return form(&visit, number, carried, None);
    }
    visit
        .app
        .limits
        .check(Door::ReceiptLookup, visit.address, None)
        .map_err(Failure::RateLimited)?;
    let receipt = Receipt {
        number: answers.first("number").unwrap_or_default().trim().to_owned(),
        secret: answers.first("secret").unwrap_or_default().trim().to_owned(),
    };
    if receipt.number.is_empty() || receipt.secret.is_empty() {
        return form(&visit, receipt.number, carried, Some("portal-follow-missing"));
    }
    match case_view::receipt(&visit.app, &receipt.number, &receipt.secret).await {
        Ok(_) => {
            cookie::set_sealed(&visit.app, &visit.jar, cookie::FOLLOW, &receipt, cookie::FOLLOWED);
            Ok(carried::onward(&visit, next, &answers).unwrap_or_else(|| see("/follow")))
        }
        Err(Error::NotFound) => form(&visit, receipt.number, carried, Some("portal-follow-wrong")),
        Err(error) => Err(error.into()),
    }
}

/// Closes the case in this browser.
#[handler]
pub(in crate::web) async fn close(visit: Visit, answers: Answers) -> Result<Response, Failure> {
    if cookie::get(&visit.jar, cookie::FOLLOW).is_some() {
        visit.check_token(cookie::FOLLOW, &answers)?;
        cookie::clear(&visit.jar, cookie::FOLLOW);
    }
    Ok(see("/"))
}
