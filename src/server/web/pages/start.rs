//! The first page, and the page about personal data.

use askama::Template;
use poem::{Response, handler, http::StatusCode};
use zhengming_engine::clock::local_date;

use crate::web::{
    failure::Failure,
    page::{Page, html},
    pages::filing::may_file,
    visit::Visit,
};

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    page: Page,
    procedures: Vec<Offer>,
}

/// A procedure that the visitor can file under.
struct Offer {
    key: String,
    title: String,
    about: String,
}

/// What the service is for, and the ways in.
#[handler]
pub(in crate::web) async fn show(visit: Visit) -> Result<Response, Failure> {
    let page = Page::titled(&visit, "portal-start-title");
    let today = local_date(visit.app.clock.now()).map_err(|_| Failure::Internal("DATE"))?;
    let words = page.words;
    let pack = visit.app.pack();
    let offer = |key: &String| {
        let definition = pack.in_force(key, today)?;
        let open = !definition.filing.pages.is_empty() && may_file(&visit, definition);
        open.then(|| Offer {
            key: key.clone(),
            title: words.pick(&definition.title).to_owned(),
            // A procedure that was added to the pack has no text of ours.
            about: Some(words.code("portal-about", key))
                .filter(|about| about != key)
                .unwrap_or_default(),
        })
    };
    let procedures = pack.procedures.keys().filter_map(offer).collect();
    html(&Start { procedures, page }, StatusCode::OK)
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct Privacy {
    page: Page,
    drafts_days: u64,
    closed_days: u64,
}

/// What happens with personal data.
#[handler]
pub(in crate::web) async fn privacy(visit: Visit) -> Result<Response, Failure> {
    let retention = &visit.app.config.retention;
    let days = |length: std::time::Duration| length.as_secs() / 86_400;
    let page = Page::titled(&visit, "portal-privacy-title");
    html(
        &Privacy {
            page,
            drafts_days: days(retention.draft()),
            closed_days: days(retention.closed_case()),
        },
        StatusCode::OK,
    )
}
