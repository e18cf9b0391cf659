//! Cases: by id, by receipt, as lists.

use async_graphql::{Context, ID, Object, Result};

use crate::{
    graphql::{
        context::ContextExt as _,
        error::{bad_input, not_found, rate_limited, refusal},
        id::{NodeKind, decode},
        query::{marks::find_mark, procedures::find_procedure},
        types::{
            case::Case,
            code::CaseOrder,
            connection::{CaseConnection, CaseFilter, LARGEST_PAGE, PageArgs},
            node::Node,
            organisation::Organisation,
        },
    },
    limit::Door,
    service::case_view,
};

/// Cases and everything with an id.
#[derive(Default)]
pub struct CaseQuery;

#[Object]
impl CaseQuery {
    /// A case by its id. One that does not exist and one that the caller may not know of give the same `NOT_FOUND`.
    async fn case(&self, ctx: &Context<'_>, #[graphql(desc = "Id of the case.")] id: ID) -> Result<Option<Case>> {
        let request = ctx.request()?;
        let key = NodeKind::Case.key(&id).ok_or_else(|| not_found(request.locale))?;
        let reading = Box::pin(Case::read(request, &key));
        reading.await.map(Some).map_err(|error| refusal(request, error))
    }

    /// A case for the holder of its receipt. Limited by address; one request carries one try.
    async fn case_by_receipt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Public number of the case.")] number: String,
        #[graphql(desc = "Secret of the receipt, with or without separators.")] secret: String,
    ) -> Result<Option<Case>> {
        let request = ctx.request()?;
        let passing = request.app.limits.check(Door::ReceiptLookup, request.address, None);
        passing.map_err(|wait| rate_limited(request.locale, wait))?;
        let holder = Box::pin(case_view::receipt(&request.app, &number, &secret)).await;
        let holder = holder.map_err(|error| refusal(request, error))?;
        let crate::access::Actor::Receipt { case_id } = holder.clone() else {
            return Err(not_found(request.locale));
        };
        let reading = request.acting_as(holder);
        let case = Box::pin(Case::read(&reading, &case_id)).await;
        case.map(Some).map_err(|error| refusal(request, error))
    }

    /// Cases that the caller may know of. One of `first` and `last` is wanted, from 1 to 100.
    #[expect(
        clippy::too_many_arguments,
        reason = "the arguments of a connection are fixed by its convention"
    )]
    async fn cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which cases.")] filter: Option<CaseFilter>,
        #[graphql(desc = "In which order.", default)] order_by: CaseOrder,
        #[graphql(desc = "So many from the beginning, or after `after`.")] first: Option<i32>,
        #[graphql(desc = "A place of this list in this order; goes with `first`.")] after: Option<String>,
        #[graphql(desc = "So many from the end, or before `before`; not for `DUE_FIRST`.")] last: Option<i32>,
        #[graphql(desc = "A place of this list in this order; goes with `last`.")] before: Option<String>,
    ) -> Result<CaseConnection> {
        let request = ctx.request()?;
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        Box::pin(CaseConnection::read(
            request,
            filter.unwrap_or_default(),
            order_by,
            page,
        ))
        .await
    }

    /// Anything by its id. What does not exist and what the caller may not know of give the same `NOT_FOUND`.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Id of the object.")] id: ID) -> Result<Option<Node>> {
        let request = ctx.request()?;
        Box::pin(find(ctx, &id))
            .await?
            .map(Some)
            .ok_or_else(|| not_found(request.locale))
    }

    /// Several things by their ids, at most 100, in the order asked for; null for each that `node` would not find.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids of the objects.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        let request = ctx.request()?;
        if ids.len() > LARGEST_PAGE as usize {
            return Err(bad_input(request.locale, "ids", "TOO_MANY_IDS"));
        }
        let mut found = Vec::with_capacity(ids.len());
        for id in &ids {
            found.push(Box::pin(find(ctx, id)).await?);
        }
        Ok(found)
    }
}

/// The object behind an id, if there is one that the caller may know of.
async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let request = ctx.request()?;
    let Some((kind, key)) = decode(id) else { return Ok(None) };
    Ok(match kind {
        NodeKind::Case => match Case::read(request, &key).await {
            Ok(case) => Some(Node::Case(Box::new(case))),
            Err(crate::service::Error::NotFound) => None,
            Err(error) => return Err(refusal(request, error)),
        },
        NodeKind::Mark => find_mark(request, &key).await?.map(Node::Mark),
        NodeKind::Organisation => Organisation::find(&request.app.organisations(), &key).map(Node::Organisation),
        NodeKind::Procedure => find_procedure(request, &key).map(Node::Procedure),
        // People and papers are reached through what they belong to.
        NodeKind::Account | NodeKind::Document | NodeKind::Watch | NodeKind::Notice => None,
    })
}
