//! What everybody may read (公示): published documents, and the documents themselves.

use std::collections::BTreeMap;

use askama::Template;
use poem::{Request, Response, handler, http::StatusCode, web::Path};
use serde::Deserialize;

use super::document::{Paper, paper};
use crate::{
    service::{
        Error,
        disclosure::{self, DisclosedPage},
        wording::filled,
    },
    store::Disclosed,
    web::{
        failure::Failure,
        page::{Page, Words, html},
        visit::Visit,
    },
};

/// Documents of a page.
const PAGE: usize = 30;

#[derive(Default, Deserialize)]
struct Query {
    kind: Option<String>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "published.html")]
struct Shown {
    page: Page,
    /// Kinds to choose among: key, title, whether it is the chosen one.
    kinds: Vec<(String, String, bool)>,
    entries: Vec<Entry>,
    /// Whether these are not the newest.
    earlier: bool,
    /// The address of the next page.
    next: Option<String>,
    /// The chosen kind.
    kind: Option<String>,
}

/// A published document in the list.
struct Entry {
    id: String,
    title: String,
    number: String,
    organisation: String,
    at: String,
}

#[derive(Template)]
#[template(path = "published_document.html")]
struct Opened {
    page: Page,
    paper: Paper,
    published: String,
}

/// The newest published documents, or those after a place of the list; of one kind or of all.
#[handler]
pub(in crate::web) async fn show(visit: Visit, request: &Request) -> Result<Response, Failure> {
    let Query { kind, after } = request.params::<Query>().unwrap_or_default();
    let kinds = disclosure::kinds(&visit.app).await?;
    // What is not published now is no choice; a list of everything says more than an empty one.
    let kind = kind.filter(|kind| kinds.contains(kind));
    let found = match disclosure::page(&visit.app, kind.as_deref(), after.as_deref(), PAGE).await {
        Err(Error::Invalid { .. }) => disclosure::page(&visit.app, kind.as_deref(), None, PAGE).await?,
        found => found?,
    };
    let page = Page::titled(&visit, "portal-published-title").within("published");
    let words = page.words;
    html(
        &list(&visit, page, words, (kinds, kind), found, after.is_some()),
        StatusCode::OK,
    )
}

fn list(
    visit: &Visit,
    page: Page,
    words: Words,
    (kinds, kind): (Vec<String>, Option<String>),
    found: DisclosedPage,
    earlier: bool,
) -> Shown {
    let pack = visit.app.pack();
    let title = |key: &str| {
        let known = pack.documents.get(key);
        known.map_or_else(|| key.to_owned(), |known| words.pick(&known.title).to_owned())
    };
    let next = found.next.map(|next| match &kind {
        Some(kind) => format!("/published?kind={kind}&after={next}"),
        None => format!("/published?after={next}"),
    });
    Shown {
        kinds: kinds
            .into_iter()
            .map(|key| {
                let chosen = kind.as_ref() == Some(&key);
                (key.clone(), title(&key), chosen)
            })
            .collect(),
        entries: found
            .documents
            .iter()
            .map(|one| entry(words, one, title(&one.document.kind)))
            .collect(),
        earlier,
        next,
        kind,
        page,
    }
}

fn entry(words: Words, disclosed: &Disclosed, title: String) -> Entry {
    let language = if words.0.is_zh() { "zh" } else { "en" };
    Entry {
        id: disclosed.document.id.clone(),
        title,
        number: disclosed.document.number.clone(),
        // Who issued it then, not who has the case now.
        organisation: filled("{organisation}", &disclosed.document.body, language),
        at: words.day(disclosed.published_at),
    }
}

/// A published document.
#[handler]
pub(in crate::web) async fn open(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let disclosed = disclosure::document(&visit.app, &id).await?;
    let row = &disclosed.document;
    let words = Page::titled(&visit, "portal-published-title").words;
    let case = visit
        .app
        .store
        .case(&row.case_id)
        .await
        .map_err(Error::from)?
        .ok_or(Failure::NotFound)?;
    let pack = visit.app.pack();
    let definition = pack
        .pinned(&case.procedure, &case.definition_hash)
        .ok_or(Failure::NotFound)?;
    // Names of accounts are for those on the case.
    let paper = paper(&visit, words, (definition, &BTreeMap::new()), row).ok_or(Failure::NotFound)?;
    let published = words.with("portal-published-on", "day", words.day(disclosed.published_at));
    let opened = Opened {
        page: Page::new(&visit, paper.title.clone()).within("published"),
        paper,
        published,
    };
    html(&opened, StatusCode::OK)
}
