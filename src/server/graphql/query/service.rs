//! The service itself: who asks, who takes part, what may be asked.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};

use zhengming_engine::division::around;

use crate::{
    graphql::{
        authenticate::cost_cap,
        context::ContextExt as _,
        limits::Limits,
        types::{connection::LARGEST_PAGE, organisation::Organisation, viewer::Viewer},
    },
    service::wording::Called,
};

/// The service itself.
#[derive(Default)]
pub struct ServiceQuery;

/// Limits on what one operation may ask. The cost of an operation is answered in `extensions.cost`.
#[derive(SimpleObject)]
pub struct ServiceLimits {
    /// Most cost of one operation of this caller. An object costs 1, below a connection once per item of the page;
    /// `totalCount` costs 5, a root field of a mutation 10 more.
    cost: u32,
    /// Most items on a page.
    page_size: u32,
    /// Longest document in bytes.
    document_bytes: u32,
    /// Most levels of fields.
    depth: u32,
    /// Most aliases in a document.
    aliases: u32,
    /// Most root fields of an operation.
    root_fields: u32,
}

/// An administrative division, as GB/T 2260 lists it or an office names it.
#[derive(SimpleObject)]
pub struct Division {
    /// Its code: six digits.
    code: String,
    /// Its name in the language of the request.
    name: String,
    /// Code of the one around it; null for a province.
    within: Option<String>,
}

#[Object]
impl ServiceQuery {
    /// The signed-in person; null for anonymous callers.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>> {
        Ok(ctx.request()?.actor.person().cloned().map(Viewer))
    }

    /// Organisations that take part, by name of their kind.
    async fn organisations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this kind, for example `market_regulation`.")] kind: Option<String>,
    ) -> Result<Vec<Organisation>> {
        let tree = ctx.request()?.app.organisations();
        let wanted = tree
            .iter()
            .filter(|row| kind.as_deref().is_none_or(|kind| row.kind == kind));
        Ok(wanted.filter_map(|row| Organisation::find(&tree, &row.id)).collect())
    }

    /// Administrative divisions that can be named in answers, by their codes of GB/T 2260: a province before its cities, a
    /// city before its districts.
    async fn divisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those directly inside this one, for example `420100`.")] within: Option<String>,
    ) -> Result<Vec<Division>> {
        let request = ctx.request()?;
        let (pack, tree) = (request.app.pack(), request.app.organisations());
        let named = Called::new(&pack, &tree).divisions(request.locale.is_zh());
        let all = named.into_iter().map(|(code, name)| Division {
            within: around(&code),
            code,
            name,
        });
        let inside = |division: &Division| within.is_none() || division.within == within;
        Ok(all.filter(inside).collect())
    }

    /// Limits on what one operation of this caller may ask.
    async fn service_limits(&self, ctx: &Context<'_>) -> Result<ServiceLimits> {
        let request = ctx.request()?;
        let limits = ctx.data::<Arc<Limits>>()?;
        Ok(ServiceLimits {
            cost: cost_cap(&request.actor),
            page_size: LARGEST_PAGE,
            document_bytes: u32::try_from(limits.document_bytes).unwrap_or(u32::MAX),
            depth: limits.depth,
            aliases: limits.aliases,
            root_fields: limits.root_fields,
        })
    }
}
