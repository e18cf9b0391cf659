//! Cases by the names in them, and what the caller watches.

use async_graphql::{Context, ID, Object, Result};
use time::OffsetDateTime;

use super::page_size;
use crate::{
    graphql::{
        context::ContextExt as _,
        error::{bad_input, not_found, refusal},
        id::NodeKind,
        types::imitation::{AlertPage, ReportMatchPage, Watch},
    },
    service::{
        imitations::{self, SearchRequest, Sought},
        watches,
    },
    store::from_micros,
};

/// Cases by the names in them, and what the caller watches.
#[derive(Default)]
pub struct ImitationQuery;

#[Object]
impl ImitationQuery {
    /// Cases that hold names which lean on a mark: signs, traders, shops, hosts of web addresses, signs that texts name. Only
    /// cases and fields that the caller may read. Give `mark` or `name`.
    async fn search_reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A mark of the register, looked for under all its names.")] mark: Option<ID>,
        #[graphql(desc = "A name of up to 200 characters.")] name: Option<String>,
        #[graphql(desc = "Names that are less alike are left out, from 0 to 1.", default = 0.6)] least_score: f64,
        #[graphql(desc = "At most so many, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "A place of this list: `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<ReportMatchPage> {
        let request = ctx.request()?;
        let sought = match (mark, name) {
            (Some(id), None) => Sought::Mark(NodeKind::Mark.key(&id).ok_or_else(|| not_found(request.locale))?),
            (None, Some(name)) => Sought::Name(name),
            _ => return Err(bad_input(request.locale, "mark", "MARK_OR_NAME")),
        };
        let limit = page_size(request, first)?;
        let after = match after {
            Some(cursor) => cursor
                .parse()
                .map_err(|_| bad_input(request.locale, "after", "CURSOR"))?,
            None => 0,
        };
        let search = SearchRequest {
            sought,
            least_score,
            after,
            limit,
        };
        let found = Box::pin(imitations::search_reports(&request.app, &request.actor, search)).await;
        let found = found.map_err(|error| refusal(request, error))?;
        Ok(ReportMatchPage::new(found, after))
    }

    /// What the caller watches, the oldest first.
    async fn watches(&self, ctx: &Context<'_>) -> Result<Vec<Watch>> {
        let request = ctx.request()?;
        let rows = watches::watches(&request.app, &request.actor).await;
        let rows = rows.map_err(|error| refusal(request, error))?;
        Ok(rows.into_iter().map(Watch).collect())
    }

    /// What leans on the names that the caller watches, the latest first. A case that the caller may not know of is told
    /// only to the owner of the mark that the case itself says is imitated, and then without the case.
    async fn alerts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "A place of this list: `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<AlertPage> {
        let request = ctx.request()?;
        let size = page_size(request, first)?;
        let after = match after {
            Some(cursor) => Some(place(&cursor).ok_or_else(|| bad_input(request.locale, "after", "CURSOR"))?),
            None => None,
        };
        let found = Box::pin(watches::alerts(&request.app, &request.actor, after, size + 1)).await;
        let found = found.map_err(|error| refusal(request, error))?;
        Ok(AlertPage::new(found, size))
    }
}

/// The moment and the id of a place in the list of alerts.
fn place(cursor: &str) -> Option<(OffsetDateTime, String)> {
    let (micros, id) = cursor.split_once(':')?;
    Some((from_micros(micros.parse().ok()?)?, id.to_owned()))
}
