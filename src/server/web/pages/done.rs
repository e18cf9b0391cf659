//! The confirmation: the receipt, shown here and never again, and what happens next.

use askama::Template;
use poem::{Response, handler, http::StatusCode, web::Path};
use serde::{Deserialize, Serialize};

use crate::{
    access::Actor,
    service::{case_view, drafts},
    web::{
        cookie,
        failure::Failure,
        page::{Page, html, see},
        progress::Standing,
        visit::{Answers, Visit},
    },
};

/// What the confirmation page needs, in a sealed cookie.
#[derive(Serialize, Deserialize)]
pub(in crate::web) struct Filing {
    pub(in crate::web) case_id: String,
    pub(in crate::web) number: String,
    pub(in crate::web) receipt: String,
}

#[derive(Template)]
#[template(path = "done.html")]
struct Done {
    page: Page,
    receipt: String,
    case: Standing,
    token: String,
}

/// Receipt and next steps. It can be loaded again until the visitor says that the receipt is saved, for a quarter of an
/// hour at most.
#[handler]
pub(in crate::web) async fn show(visit: Visit, Path(procedure): Path<String>) -> Result<Response, Failure> {
    let Some(filing) = cookie::get_sealed::<Filing>(&visit.app, &visit.jar, cookie::FILED) else {
        return Ok(see("/follow"));
    };
    if let Some((token, _)) = super::filing::draft(&visit, &procedure).await? {
        drafts::discard(&visit.app, &token).await?;
        cookie::clear(&visit.jar, cookie::DRAFT);
    }
    let actor = Actor::Receipt {
        case_id: filing.case_id.clone(),
    };
    let detail = case_view::case(&visit.app, &actor, &filing.case_id).await?;
    let page = Page::titled(&visit, "portal-done-title");
    let case = Standing::new(&visit.app, page.words, &detail);
    let token = visit.token(cookie::FILED);
    html(
        &Done {
            page,
            receipt: filing.receipt,
            case,
            token,
        },
        StatusCode::OK,
    )
}

/// The visitor has saved the receipt.
#[handler]
pub(in crate::web) async fn saved(visit: Visit, answers: Answers) -> Result<Response, Failure> {
    if cookie::get(&visit.jar, cookie::FILED).is_some() {
        visit.check_token(cookie::FILED, &answers)?;
        cookie::clear(&visit.jar, cookie::FILED);
    }
    Ok(see("/follow"))
}
