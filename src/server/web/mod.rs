//! The portal: server-rendered pages for the public and for officers. It works without scripts.
//!
//! Handlers read the request into a `visit::Visit`, ask a use case of [`crate::service`], and draw a typed template.
//! Texts are Fluent keys, the procedures' own words come from the definition in force.

mod asset;
mod carried;
mod competence;
mod cookie;
mod cross_site;
mod failure;
mod form;
mod link;
mod page;
mod pages;
mod party;
mod picture;
mod progress;
mod tracker;
mod upload;
mod visit;

use poem::{
    Endpoint, EndpointExt as _, Request, Response, Route, get,
    http::{HeaderValue, header},
    middleware::CookieJarManager,
    post,
};

use self::{carried::Carried, failure::Failure, pages as p, visit::Visit};
use crate::{app::SharedApp, limit::Door, limit::client_address};

/// The portal's endpoint, to be mounted at `/`. Answers carry their own `Referrer-Policy`; all other security headers
/// come from what wraps every endpoint.
pub fn routes(app: SharedApp) -> impl Endpoint<Output = Response> {
    Route::new()
        .at("/", get(p::start::show))
        .at("/privacy", get(p::start::privacy))
        .at("/language/:tag", get(p::language::switch))
        .at("/file/:procedure", get(p::filing::begin_form).post(p::filing::begin))
        .at("/file/:procedure/check", get(p::check::show))
        .at("/file/:procedure/send", get(p::check::back).post(p::check::send))
        .at("/file/:procedure/done", get(p::done::show))
        .at("/file/:procedure/saved", get(p::done::back).post(p::done::saved))
        .at("/file/:procedure/discard", post(p::filing::discard))
        .at(
            "/file/:procedure/:page",
            get(p::filing::page_form).post(p::filing::take_page),
        )
        .at("/follow", get(p::follow::show).post(p::follow::open))
        .at("/follow/close", post(p::follow::close))
        .at("/follow/documents/:id", get(p::document::of_receipt))
        .at(
            "/follow/events/:event",
            get(p::event::of_receipt_form).post(p::event::of_receipt),
        )
        .at("/sign-in", get(p::sign_in::form).post(p::sign_in::sign_in))
        .at("/sign-out", post(p::sign_in::sign_out))
        .at("/account", get(p::account::show).post(p::account::change_password))
        .at("/cases", get(p::work_list::show))
        .at("/cases/:number", get(p::case::show))
        .at("/cases/:number/diagram", get(p::diagram::show))
        .at(
            "/cases/:number/identity",
            get(p::identity::back).post(p::identity::disclose),
        )
        .at("/cases/:number/erasure", get(p::erasure::form).post(p::erasure::erase))
        .at("/cases/:number/packet", get(p::packet::show))
        .at(
            "/cases/:number/handover",
            get(p::transfers::case_form).post(p::transfers::write),
        )
        .at(
            "/cases/:number/evidence",
            get(p::contribution::evidence_of_case).post(p::contribution::add_of_case),
        )
        .at(
            "/cases/:number/messages",
            get(p::contribution::messages_of_case).post(p::contribution::send_of_case),
        )
        .at(
            "/follow/evidence",
            get(p::contribution::evidence_of_receipt).post(p::contribution::add_of_receipt),
        )
        .at(
            "/follow/messages",
            get(p::contribution::messages_of_receipt).post(p::contribution::send_of_receipt),
        )
        .at(
            "/cases/:number/tellings/:subject",
            get(p::telling::form_of).post(p::telling::take),
        )
        .at("/transfers", get(p::transfers::form).post(p::transfers::read))
        .at("/cases/:number/documents/:id", get(p::document::of_case))
        .at(
            "/cases/:number/events/:event",
            get(p::event::of_case_form).post(p::event::of_case),
        )
        .at("/marks", get(p::marks::show))
        .at("/marks/compare", get(p::compare::show))
        .at("/reports", get(p::reports::form).post(p::reports::search))
        .at("/watches", get(p::watches::show).post(p::watches::begin))
        .at("/watches/:id/cancel", get(p::watches::show).post(p::watches::cancel))
        .at("/amounts", get(p::amounts::index))
        .at("/amounts/:which", get(p::amounts::show))
        .at("/law", get(p::law::show))
        .at("/published", get(p::published::show))
        .at("/published/:id", get(p::published::open))
        .at("/audit", get(p::trail::show))
        .at("/workflows", get(p::workflows::show))
        .at(
            "/workflows/propose",
            get(p::workflows::back).post(p::workflows::propose),
        )
        .at(
            "/workflows/proposals/:id/publish",
            get(p::workflows::back).post(p::workflows::publish),
        )
        .at("/assets/:name", get(asset::serve))
        .around(guarded)
        .with(CookieJarManager::new())
        .data(app)
}

/// What every page has around it: the rate limit, the check against foreign forms, and pages for what goes wrong.
async fn guarded<E: Endpoint<Output = Response>>(
    inner: std::sync::Arc<E>,
    mut request: Request,
) -> poem::Result<Response> {
    let Some(app) = request.data::<SharedApp>().cloned() else {
        return inner.call(request).await;
    };
    let stranger = Visit::stranger(&app, &request);
    let address = client_address(&request, &app.config.trusted_proxies);
    let mut carried = None;
    let outcome: poem::Result<Response> = if let Err(wait) = app.limits.check(Door::Page, address, None) {
        Err(Failure::RateLimited(wait).into())
    } else if cross_site::is_foreign(&request, &app.config.public_url()) {
        Err(Failure::Foreign.into())
    } else {
        match Carried::of(&stranger, &mut request).await {
            Ok(sent) => {
                carried = sent;
                inner.call(request).await
            }
            Err(failure) => Err(failure.into()),
        }
    };
    let mut response = outcome.unwrap_or_else(|error| {
        let page = carried.and_then(|carried| carried.page(&stranger, &error));
        page.unwrap_or_else(|| p::fault::draw(&stranger, error))
    });
    // With `no-referrer` browsers would send `Origin: null` with our own forms, and nothing could tell them from foreign ones.
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    Ok(response)
}
