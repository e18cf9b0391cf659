//! Which domain pack runs.

use async_graphql::{Context, Object, Result};

use crate::{
    graphql::{
        context::ContextExt as _,
        error::refusal,
        types::workflows::{WorkflowProposal, Workflows},
    },
    service::publication,
};

/// The domain pack.
#[derive(Default)]
pub struct WorkflowQuery;

#[Object]
impl WorkflowQuery {
    /// The domain pack that runs, and what is proposed to take its place. For analysts and administrators.
    async fn workflows(&self, ctx: &Context<'_>) -> Result<Workflows> {
        let request = ctx.request()?;
        let rows = publication::proposals(&request.app, &request.actor).await;
        let rows = rows.map_err(|error| refusal(request, error))?;
        let account = request.actor.account_id();
        let proposals = rows
            .into_iter()
            .map(|row| WorkflowProposal::new(row, account))
            .collect();
        let two_persons = request.app.config.workflows.two_persons;
        Ok(Workflows::new(&request.app.running(), two_persons, proposals))
    }
}
