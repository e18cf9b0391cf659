//! Switching the language.

use poem::{Request, Response, handler, web::Path};
use serde::Deserialize;

use crate::{
    locale::Locale,
    web::{cookie, failure::Failure, link, page::see, visit::Visit},
};

#[derive(Deserialize)]
struct Query {
    next: Option<String>,
}

/// Remembers the language and goes back to the page.
#[handler]
pub(in crate::web) async fn switch(
    visit: Visit,
    Path(tag): Path<String>,
    request: &Request,
) -> Result<Response, Failure> {
    let locale = Locale::parse(&tag).ok_or(Failure::NotFound)?;
    cookie::remember_language(&visit.jar, locale);
    let next = request
        .params::<Query>()
        .ok()
        .and_then(|query| query.next)
        .unwrap_or_default();
    Ok(see(link::own_path(&next)))
}
