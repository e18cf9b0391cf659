//! Events sent by people.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    access::Actor,
    graphql::{
        context::{ContextExt as _, RequestContext},
        error::{UserError, not_found, rate_limited, refusal, user_errors},
        id::{NodeKind, keys_of_answers},
        scalar::AnyJson,
        types::case::Case,
    },
    limit::Door,
    service::{
        self, case_view,
        cases::{self, TransitionRequest},
    },
};

/// Events.
#[derive(Default)]
pub struct TransitionMutation;

/// A receipt, for those who have no account.
#[derive(InputObject)]
pub struct ReceiptInput {
    /// Public number of the case.
    number: String,
    /// Its secret, with or without separators.
    secret: String,
}

/// An event that shall happen.
#[derive(InputObject)]
pub struct PerformTransitionInput {
    /// Id of the case.
    case_id: ID,
    /// Name of the event, as in `availableEvents`.
    event: String,
    /// Answers to the event's form: an object with one member per field.
    #[graphql(default_with = "AnyJson(serde_json::json!({}))")]
    fields: AnyJson,
    /// The version of the case that the caller has seen.
    expected_version: i64,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key changes nothing and answers as the first time.
    idempotency_key: String,
    /// Acts as the holder of this receipt and not as the signed-in person. Limited by address.
    receipt: Option<ReceiptInput>,
}

/// What became of an event.
#[derive(Default, SimpleObject)]
pub struct PerformTransitionPayload {
    /// The case after it; null if nothing happened, or if the caller may not know of the case any more.
    case: Option<Case>,
    /// What stands against it; empty if it happened.
    user_errors: Vec<UserError>,
}

#[Object]
impl TransitionMutation {
    /// Makes an event happen. The procedure decides whether it may; the answer lists everything that stands against it.
    async fn perform_transition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The event.")] input: PerformTransitionInput,
    ) -> Result<PerformTransitionPayload> {
        Box::pin(perform(ctx.request()?, input)).await
    }
}

async fn perform(request: &RequestContext, input: PerformTransitionInput) -> Result<PerformTransitionPayload> {
    let locale = request.locale;
    let case_id = NodeKind::Case.key(&input.case_id).ok_or_else(|| not_found(locale))?;
    let Some(fields) = input.fields.into_object() else {
        let user_errors = vec![UserError::of(locale, &["fields"], "FIELDS_NOT_AN_OBJECT")];
        return Ok(PerformTransitionPayload {
            case: None,
            user_errors,
        });
    };
    let acting = match &input.receipt {
        Some(receipt) => request.acting_as(holder(request, receipt).await?),
        None => request.clone(),
    };
    let transition = TransitionRequest {
        case_id: case_id.clone(),
        event: input.event,
        fields: keys_of_answers(fields),
        expected_version: input.expected_version,
        idempotency_key: input.idempotency_key,
    };
    if let Err(error) = cases::perform(&acting.app, &acting.actor, transition).await {
        return Ok(PerformTransitionPayload {
            case: None,
            user_errors: user_errors(request, error)?,
        });
    }
    let case = match Case::read(&acting, &case_id).await {
        Ok(case) => Some(case),
        Err(service::Error::NotFound) => None,
        Err(error) => return Err(refusal(request, error)),
    };
    Ok(PerformTransitionPayload {
        case,
        user_errors: Vec::new(),
    })
}

/// The actor that a receipt stands for.
pub(super) async fn holder(request: &RequestContext, receipt: &ReceiptInput) -> Result<Actor> {
    let passing = request.app.limits.check(Door::ReceiptLookup, request.address, None);
    passing.map_err(|wait| rate_limited(request.locale, wait))?;
    let holder = case_view::receipt(&request.app, &receipt.number, &receipt.secret).await;
    holder.map_err(|error| refusal(request, error))
}
