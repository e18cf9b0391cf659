//! Pages about what went wrong.

use askama::Template;
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};

use crate::web::{
    failure::Failure,
    page::{Page, html, see},
    visit::Visit,
};

#[derive(Template)]
#[template(path = "fault.html")]
struct Fault {
    page: Page,
    text: String,
}

/// The page for an error. Whoever only has to sign in is sent there.
pub(in crate::web) fn draw(visit: &Visit, error: poem::Error) -> Response {
    let status = error.status();
    let (key, wait) = match error.downcast_ref::<Failure>() {
        Some(Failure::SignIn) => return see(&visit.sign_in_link()),
        // The form there says what to type in, and the way back.
        Some(Failure::Closed) => return see("/follow"),
        Some(failure) => {
            if let Failure::Internal(code) = failure {
                tracing::error!(error.code = code, "page failed");
            }
            let wait = if let Failure::RateLimited(wait) = failure {
                Some(wait.seconds())
            } else {
                None
            };
            (failure.key(), wait)
        }
        None if status == StatusCode::NOT_FOUND || status == StatusCode::METHOD_NOT_ALLOWED => ("not-found", None),
        None if status.is_client_error() => ("malformed", None),
        None => {
            tracing::error!(http.status = status.as_u16(), "page failed");
            ("internal", None)
        }
    };
    let page = Page::titled(visit, &format!("portal-fault-{key}-title"));
    let text = format!("portal-fault-{key}");
    let text = match wait {
        Some(seconds) => page
            .words
            .with(&text, "count", i64::try_from(seconds).unwrap_or(i64::MAX)),
        None => page.t(&text),
    };
    let drawn = html(&Fault { page, text }, status);
    let mut response = drawn.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into());
    if let Some(seconds) = wait {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
