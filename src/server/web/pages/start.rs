//! The first page, and the page about personal data.

use askama::Template;
use poem::{Response, handler, http::StatusCode};
use std::collections::BTreeMap;
use zhengming_engine::{
    clock::local_date,
    definition::model::{Audience, Definition},
};

use crate::service::intake::receiving;
use crate::web::{
    failure::Failure,
    page::{Page, Words, html},
    pages::filing::may_file,
    visit::Visit,
};

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    page: Page,
    groups: Vec<Group>,
}

/// What most visitors come for stands before the rest of its group.
const FIRST: [&str; 2] = ["complaint", "report"];

/// What the visitor can file, of what serves the same people.
struct Group {
    title: String,
    offers: Vec<Offer>,
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
    let mut groups: BTreeMap<Audience, Vec<Offer>> = BTreeMap::new();
    for definition in pack.procedures.keys().filter_map(|key| pack.in_force(key, today)) {
        let filing = &definition.filing;
        let taken = filing.to.is_some() || receiving(&visit.app, definition).is_some();
        if filing.pages.is_empty() || !taken || !may_file(&visit, definition) {
            continue;
        }
        groups.entry(filing.audience).or_default().push(Offer {
            key: definition.key.clone(),
            title: words.pick(&definition.title).to_owned(),
            about: about(words, definition),
        });
    }
    for offers in groups.values_mut() {
        offers.sort_by_key(|offer| FIRST.iter().position(|key| *key == offer.key).unwrap_or(FIRST.len()));
    }
    // Who works for an office comes for what offices do.
    let staff = visit.actor.is_staff();
    let mut ordered: Vec<(Audience, Vec<Offer>)> = groups.into_iter().collect();
    ordered.sort_by_key(|(audience, _)| staff && *audience != Audience::Offices);
    let titled = ordered.into_iter().map(|(audience, offers)| Group {
        title: words.t(audience_key(audience)),
        offers,
    });
    let groups = titled.collect();
    html(&Start { groups, page }, StatusCode::OK)
}

/// What a procedure is for, in the words of its file.
pub(super) fn about(words: Words, definition: &Definition) -> String {
    let hint = definition.filing.hint.as_ref();
    hint.map_or_else(String::new, |hint| words.pick(hint).to_owned())
}

fn audience_key(audience: Audience) -> &'static str {
    match audience {
        Audience::Consumers => "portal-start-consumers",
        Audience::RightHolders => "portal-start-right-holders",
        Audience::Disputants => "portal-start-disputants",
        Audience::Businesses => "portal-start-businesses",
        Audience::Offices => "portal-start-offices",
    }
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
