//! Letting another domain pack run: one person proposes it, another publishes it.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{
        context::{ContextExt as _, RequestContext},
        error::{UserError, user_errors},
        types::workflows::{WorkflowFault, WorkflowProposal},
    },
    service::{self, publication},
    store::PublicationRow,
};

/// The domain pack.
#[derive(Default)]
pub struct WorkflowMutation;

/// A proposal of the pack in the folder of the server.
#[derive(InputObject)]
pub struct ProposeWorkflowsInput {
    /// What changes and why, 1 to 500 characters.
    note: String,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key answers the same proposal.
    idempotency_key: String,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct ProposeWorkflowsPayload {
    /// The proposal; null if there is none.
    proposal: Option<WorkflowProposal>,
    /// Faults in the files, where they are why.
    faults: Vec<WorkflowFault>,
    /// What has to be mended; empty if it is proposed.
    user_errors: Vec<UserError>,
}

/// Which proposal shall run.
#[derive(InputObject)]
pub struct PublishWorkflowsInput {
    /// The proposal, made by another person.
    proposal_id: ID,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. Whoever has published the
    /// proposal gets the same answer again under any key.
    idempotency_key: String,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct PublishWorkflowsPayload {
    /// The proposal that runs now; null if it does not.
    proposal: Option<WorkflowProposal>,
    /// Faults in the files, where they are why.
    faults: Vec<WorkflowFault>,
    /// What has to be mended; empty if it runs.
    user_errors: Vec<UserError>,
}

#[Object]
impl WorkflowMutation {
    /// Proposes the domain pack in the folder of the server as it stands: exactly that runs when another person publishes
    /// it. For analysts and administrators.
    async fn propose_workflows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Why.")] input: ProposeWorkflowsInput,
    ) -> Result<ProposeWorkflowsPayload> {
        let request = ctx.request()?;
        let proposing = publication::propose(&request.app, &request.actor, &input.note, &input.idempotency_key);
        let (proposal, faults, user_errors) = told(request, Box::pin(proposing).await)?;
        Ok(ProposeWorkflowsPayload {
            proposal,
            faults,
            user_errors,
        })
    }

    /// Lets a proposed domain pack run from now on. Whoever proposed it may not. For analysts and administrators.
    async fn publish_workflows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: PublishWorkflowsInput,
    ) -> Result<PublishWorkflowsPayload> {
        let request = ctx.request()?;
        let publishing = publication::publish(&request.app, &request.actor, &input.proposal_id, &input.idempotency_key);
        let (proposal, faults, user_errors) = told(request, Box::pin(publishing).await)?;
        Ok(PublishWorkflowsPayload {
            proposal,
            faults,
            user_errors,
        })
    }
}

type Told = (Option<WorkflowProposal>, Vec<WorkflowFault>, Vec<UserError>);

fn told(request: &RequestContext, done: service::Result<PublicationRow>) -> Result<Told> {
    let error = match done {
        Ok(row) => {
            let proposal = WorkflowProposal::new(row, request.actor.account_id());
            return Ok((Some(proposal), Vec::new(), Vec::new()));
        }
        Err(error) => error,
    };
    let rejected = request.app.running().rejected;
    let rejected = rejected.filter(|_| error.code() == "DEFECTIVE_WORKFLOWS");
    let faults = rejected
        .iter()
        .flat_map(|r| &r.found)
        .map(WorkflowFault::from)
        .collect();
    Ok((None, faults, user_errors(request, error)?))
}
