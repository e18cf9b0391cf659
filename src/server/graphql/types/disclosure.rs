//! Documents that everybody may read (公示).

use async_graphql::{Context, Object, Result, SimpleObject};

use super::paper::Document;
use crate::{
    graphql::{context::ContextExt as _, scalar::DateTime},
    service::{disclosure::DisclosedPage, wording::filled},
    store::Disclosed,
};

/// A document that everybody may read.
pub struct PublishedDocument(pub(crate) Disclosed);

/// A document that everybody may read (公示).
#[Object]
impl PublishedDocument {
    /// The document.
    async fn document(&self) -> Document {
        Document {
            row: self.0.document.clone(),
            owed: None,
            published_at: Some(self.0.published_at),
        }
    }

    /// Name of the organisation that made it, as it was called then, in the language of the request.
    async fn issuer(&self, ctx: &Context<'_>) -> Result<String> {
        let language = if ctx.request()?.locale.is_zh() { "zh" } else { "en" };
        Ok(filled("{organisation}", &self.0.document.body, language))
    }

    /// Since when everybody may read it.
    async fn published_at(&self) -> DateTime {
        DateTime(self.0.published_at)
    }
}

/// A page of published documents.
#[derive(SimpleObject)]
pub struct PublishedDocumentPage {
    /// The documents, the last published one first.
    nodes: Vec<PublishedDocument>,
    /// Give it as `after` for the next page; null on the last one.
    end_cursor: Option<String>,
}

impl From<DisclosedPage> for PublishedDocumentPage {
    fn from(page: DisclosedPage) -> Self {
        Self {
            nodes: page.documents.into_iter().map(PublishedDocument).collect(),
            end_cursor: page.next,
        }
    }
}
