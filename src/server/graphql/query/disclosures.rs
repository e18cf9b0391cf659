//! Documents that everybody may read (公示).

use async_graphql::{Context, Object, Result};

use super::page_size;
use crate::{
    graphql::{context::ContextExt as _, error::refusal, types::disclosure::PublishedDocumentPage},
    service::disclosure,
};

/// Documents that everybody may read.
#[derive(Default)]
pub struct DisclosureQuery;

#[Object]
impl DisclosureQuery {
    /// Documents that procedures have published and not withdrawn (公示), the last published one first. Nobody needs to be
    /// signed in for them.
    async fn published_documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Kind of document, as the domain pack names it.")] kind: Option<String>,
        #[graphql(desc = "At most so many, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "A place of this list: `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<PublishedDocumentPage> {
        let request = ctx.request()?;
        let size = page_size(request, first)?;
        let found = disclosure::page(&request.app, kind.as_deref(), after.as_deref(), size).await;
        Ok(found.map_err(|error| refusal(request, error))?.into())
    }
}
