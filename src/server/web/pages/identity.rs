//! Who filed: shown once, for a stated purpose, after it was written into the audit trail.

use askama::Template;
use poem::{
    Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::Path,
};
use serde_json::Value as Json;

use crate::{
    service::{Error, case_view, privacy},
    web::{
        cookie,
        failure::Failure,
        page::{Page, html, see},
        progress::{Row, rows},
        visit::{Answers, Visit},
    },
};

#[derive(Template)]
#[template(path = "identity.html")]
struct Identity {
    page: Page,
    number: String,
    purpose: String,
    rows: Vec<Row>,
}

/// There is nothing to load again: the purpose has to be stated each time.
#[handler]
pub(in crate::web) async fn back(Path(number): Path<String>, visit: Visit) -> Result<Response, Failure> {
    visit.signed_in()?;
    let detail = case_view::case_by_number(&visit.app, &visit.actor, &number).await?;
    Ok(see(&format!("/cases/{}", detail.case.number)))
}

/// Shows who filed.
#[handler]
pub(in crate::web) async fn disclose(
    visit: Visit,
    Path(number): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    visit.signed_in()?;
    visit.check_token(cookie::SESSION, &answers)?;
    let detail = case_view::case_by_number(&visit.app, &visit.actor, &number).await?;
    let purpose = answers.first("purpose").unwrap_or_default();
    let page = Page::titled(&visit, "portal-identity-title").within("cases");
    let identity = match privacy::disclose_identity(&visit.app, &visit.actor, &detail.case.id, purpose).await {
        Ok(identity) => identity,
        // The case is known to the reader by now, so what is not found is the identity: the filer gave none.
        Err(Error::NotFound) => Json::Null,
        Err(error) => return Err(error.into()),
    };
    let fields: Vec<(String, Json)> = identity
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let template = Identity {
        number: detail.case.number.clone(),
        purpose: page.words.code("portal-purpose", purpose),
        rows: rows(&visit.app, page.words, &detail, &fields),
        page,
    };
    let mut response = html(&template, StatusCode::OK)?;
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
