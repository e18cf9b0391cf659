//! What everybody may read (公示): documents that procedures publish, until they withdraw them.

use std::{collections::BTreeMap, sync::Arc};

use data_encoding::BASE64URL_NOPAD;
use time::OffsetDateTime;
use zhengming_engine::definition::model::Definition;

use super::{Error, Result, cases::pinned};
use crate::{
    app::App,
    store::{Disclosed, DisclosedBefore, from_micros, micros},
};

/// Longest cursor that is looked at.
const LONGEST_CURSOR: usize = 400;

/// A page of published documents, the last one first.
#[derive(Clone, Debug)]
pub struct DisclosedPage {
    /// The documents.
    pub documents: Vec<Disclosed>,
    /// Where the next page begins; none on the last one.
    pub next: Option<String>,
}

/// Documents that are published now, `size` at most; of one kind if `kind` is given.
///
/// # Errors
/// [`Error::Invalid`] for an `after` that no page gave; the database's.
pub async fn page(app: &App, kind: Option<&str>, after: Option<&str>, size: usize) -> Result<DisclosedPage> {
    let before = match after {
        Some(cursor) => Some(place(cursor).ok_or(Error::Invalid {
            field: "after",
            code: "CURSOR",
        })?),
        None => None,
    };
    let limit = u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1);
    let mut documents = app.store.disclosed(kind, before.as_ref(), limit).await?;
    let more = documents.len() > size;
    documents.truncate(size);
    Ok(DisclosedPage {
        next: documents.last().filter(|_| more).map(cursor),
        documents,
    })
}

/// Kinds of documents of which some are published now.
///
/// # Errors
/// The database's.
pub async fn kinds(app: &App) -> Result<Vec<String>> {
    Ok(app.store.disclosed_kinds().await?)
}

/// A published document and the procedure of its case. One that was withdrawn is not told from one that never was.
///
/// # Errors
/// [`Error::NotFound`]; the database's.
pub async fn document(app: &App, id: &str) -> Result<(Disclosed, Arc<Definition>)> {
    let disclosed = app.store.disclosed_document(id).await?.ok_or(Error::NotFound)?;
    let case = app.store.case(&disclosed.document.case_id).await?;
    Ok((disclosed, pinned(app, &case.ok_or(Error::NotFound)?)?))
}

/// Since when everybody may read documents of a case, by their id.
pub(super) async fn of_case(
    app: &App,
    case_id: &str,
    definition: &Definition,
) -> Result<BTreeMap<String, OffsetDateTime>> {
    if definition.publishes().next().is_none() {
        return Ok(BTreeMap::new());
    }
    Ok(app.store.disclosed_of(case_id).await?)
}

fn cursor(last: &Disclosed) -> String {
    let at = micros(last.published_at);
    let place = format!("{at}:{}:{}", last.document.kind, last.document.case_id);
    BASE64URL_NOPAD.encode(place.as_bytes())
}

fn place(cursor: &str) -> Option<DisclosedBefore> {
    if cursor.len() > LONGEST_CURSOR {
        return None;
    }
    let text = String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?;
    let mut parts = text.splitn(3, ':');
    Some(DisclosedBefore {
        at: from_micros(parts.next()?.parse().ok()?)?,
        kind: parts.next()?.to_owned(),
        case_id: parts.next()?.to_owned(),
    })
}
