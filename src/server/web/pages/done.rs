//! The confirmation: the receipt, shown here and never again, and what happens next.

use askama::Template;
use poem::{Response, handler, http::StatusCode, web::Path};

use super::{
    filing::{kept, on_behalf},
    follow,
};
use crate::{
    access::Actor,
    service::{
        Error, case_view,
        drafts::{self, Kept},
        intake::Filed,
    },
    web::{
        cookie,
        failure::Failure,
        link,
        page::{Page, html, see},
        progress::Standing,
        visit::{Answers, Visit},
    },
};

#[derive(Template)]
#[template(path = "done.html")]
struct Done {
    page: Page,
    procedure: String,
    receipt: String,
    case: Standing,
    /// Whether an officer filed it for somebody, to whom number and receipt go.
    on_behalf: bool,
    token: String,
}

/// Receipt and next steps. It can be loaded again until the visitor says that the receipt is saved, for a quarter of an
/// hour at most.
#[handler]
pub(in crate::web) async fn show(visit: Visit, Path(procedure): Path<String>) -> Result<Response, Failure> {
    let (token, filed, seen) = match kept(&visit, &procedure).await? {
        Some((token, Kept::Filed { filed, seen })) => (token, filed, seen),
        Some((_, Kept::Begun(_))) => return Ok(see(&format!("/file/{procedure}/check"))),
        None => return Ok(see("/follow")),
    };
    if !seen {
        drafts::sent(&visit.app, &token, &procedure, &filed, true).await?;
    }
    let actor = Actor::Receipt {
        case_id: filed.case_id.clone(),
    };
    let detail = match case_view::case(&visit.app, &actor, &filed.case_id).await {
        // What only officers file has nobody whom a receipt is for.
        Err(Error::NotFound) => return to_case(&visit, &procedure, &token, &filed).await,
        read => read?,
    };
    let page = Page::titled(&visit, "portal-done-title");
    let case = Standing::new(&visit.app, page.words, &detail);
    let on_behalf = on_behalf(&visit, &detail.definition);
    let token = visit.token(&cookie::draft(&procedure));
    html(
        &Done {
            page,
            procedure,
            receipt: filed.receipt,
            case,
            on_behalf,
            token,
        },
        StatusCode::OK,
    )
}

/// Leads an officer to the case that was filed. Where it went to another office that keeps it to itself, to the work list.
async fn to_case(visit: &Visit, procedure: &str, token: &str, filed: &Filed) -> Result<Response, Failure> {
    let seen = case_view::case(&visit.app, &visit.actor, &filed.case_id).await;
    let place = match seen {
        Ok(detail) => format!("/cases/{}", detail.case.number),
        Err(Error::NotFound) => "/cases".to_owned(),
        Err(error) => return Err(error.into()),
    };
    drafts::discard(&visit.app, token).await?;
    cookie::clear(&visit.jar, &cookie::draft(procedure));
    Ok(see(&place))
}

/// The visitor has saved the receipt. The form that opens the case has its number filled in already: here and not behind an
/// address, so that no browser remembers the case.
#[handler]
pub(in crate::web) async fn saved(
    visit: Visit,
    Path(procedure): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    let Some((_, Kept::Filed { filed, .. })) = kept(&visit, &procedure).await? else {
        return Ok(see("/follow"));
    };
    throw_away(&visit, &procedure, &answers).await?;
    // An officer goes on with the case itself.
    if let Ok(detail) = case_view::case(&visit.app, &visit.actor, &filed.case_id).await
        && on_behalf(&visit, &detail.definition)
    {
        return Ok(see(&format!("/cases/{}", detail.case.number)));
    }
    follow::numbered(&visit, filed.number)
}

/// What was said once is not said again by loading its address.
#[handler]
pub(in crate::web) async fn back(Path(procedure): Path<String>) -> Response {
    see(&format!("/file/{}/done", link::escape(&procedure)))
}

/// Throws away what the visitor's cookie for a procedure leads to, and the cookie.
pub(super) async fn throw_away(visit: &Visit, procedure: &str, answers: &Answers) -> Result<(), Failure> {
    let name = cookie::draft(procedure);
    if let Some(token) = cookie::get(&visit.jar, &name) {
        visit.check_token(&name, answers)?;
        drafts::discard(&visit.app, &token).await?;
        cookie::clear(&visit.jar, &name);
    }
    Ok(())
}
