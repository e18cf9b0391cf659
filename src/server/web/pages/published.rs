//! What everybody may read (公示): published documents, and the documents themselves.

use std::collections::BTreeMap;

use askama::Template;
use poem::{Request, Response, handler, http::StatusCode, web::Path};
use serde::Deserialize;
use zhengming_engine::pack::Pack;

use super::document::{Paper, issuer, paper, paragraphs};
use crate::{
    service::{
        Error,
        disclosure::{self, DisclosedPage},
        numbering::borne,
        wording::worded,
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
/// Lines of a document that stand in the list, and characters of each at most.
const ABOUT: usize = 2;
const LINE: usize = 60;

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
    /// How it begins: whom or what it is about.
    about: String,
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
        entries: found.documents.iter().map(|one| entry(&pack, words, one)).collect(),
        earlier,
        next,
        kind,
        page,
    }
}

fn entry(pack: &Pack, words: Words, disclosed: &Disclosed) -> Entry {
    let row = &disclosed.document;
    let kind = pack.document(&row.kind, worded(&row.body));
    let begins = kind.map_or_else(Vec::new, |kind| paragraphs(words, kind, row));
    Entry {
        id: row.id.clone(),
        title: kind.map_or_else(|| row.kind.clone(), |kind| words.pick(&kind.title).to_owned()),
        number: borne(kind, row).unwrap_or_default().to_owned(),
        about: begins
            .iter()
            .take(ABOUT)
            .map(|paragraph| shortened(&paragraph.text))
            .collect::<Vec<_>>()
            .join(" · "),
        organisation: kind.map_or_else(String::new, |kind| issuer(words, kind, row)),
        at: words.day(disclosed.published_at),
    }
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

/// A published document.
#[handler]
pub(in crate::web) async fn open(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let (disclosed, definition) = disclosure::document(&visit.app, &id).await?;
    let words = Page::titled(&visit, "portal-published-title").words;
    // Names of accounts are for those on the case.
    let paper = paper(&visit, words, (&definition, &BTreeMap::new()), &disclosed.document).ok_or(Failure::NotFound)?;
    let published = words.with("portal-published-on", "day", words.day(disclosed.published_at));
    let opened = Opened {
        page: Page::new(&visit, paper.title.clone()).within("published"),
        paper,
        published,
    };
    html(&opened, StatusCode::OK)
}
