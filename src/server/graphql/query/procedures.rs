//! Procedures.

use async_graphql::{Context, Object, Result};
use zhengming_engine::clock::local_date;

use crate::graphql::{
    context::{ContextExt as _, RequestContext},
    error::{internal, not_found},
    scalar::Date,
    types::procedure::Procedure,
};

/// Procedures as data.
#[derive(Default)]
pub struct ProcedureQuery;

#[Object]
impl ProcedureQuery {
    /// The procedures that govern what is filed on a day.
    async fn procedures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Day of filing; today if left out.")] filed_on: Option<Date>,
    ) -> Result<Vec<Procedure>> {
        let request = ctx.request()?;
        let day = day(request, filed_on)?;
        let pack = &request.app.pack();
        Ok(pack
            .procedures
            .keys()
            .filter_map(|key| pack.in_force(key, day))
            .cloned()
            .map(Procedure)
            .collect())
    }

    /// A procedure: the version asked for, or the one that governs what is filed on a day.
    async fn procedure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Key of the procedure, for example `complaint`.")] key: String,
        #[graphql(desc = "Version; it wins over the day.")] version: Option<u32>,
        #[graphql(desc = "Day of filing; today if left out.")] filed_on: Option<Date>,
    ) -> Result<Option<Procedure>> {
        let request = ctx.request()?;
        let found = match version {
            Some(version) => find_procedure(request, &format!("{key}@{version}")),
            None => request
                .app
                .pack()
                .in_force(&key, day(request, filed_on)?)
                .cloned()
                .map(Procedure),
        };
        found.map(Some).ok_or_else(|| not_found(request.locale))
    }
}

fn day(request: &RequestContext, filed_on: Option<Date>) -> Result<time::Date> {
    match filed_on {
        Some(Date(day)) => Ok(day),
        None => local_date(request.app.now()).map_err(|_| internal(Some(request), "the date is out of range")),
    }
}

/// A procedure by `key@version`.
pub(super) fn find_procedure(request: &RequestContext, name: &str) -> Option<Procedure> {
    let (key, version) = name.split_once('@')?;
    let pack = request.app.pack();
    let versions = pack.procedures.get(key)?;
    let found = versions
        .iter()
        .find(|definition| definition.version.to_string() == version);
    found.cloned().map(Procedure)
}
