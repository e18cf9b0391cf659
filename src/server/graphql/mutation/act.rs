//! Acts by their kind: for programs that do not know how each procedure calls them.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use zhengming_engine::definition::act::Act;

use super::transition::{ReceiptInput, holder};
use crate::{
    graphql::{
        context::{ContextExt as _, RequestContext},
        error::{UserError, not_found, refusal, user_errors},
        id::{NodeKind, keys_of_answers},
        scalar::AnyJson,
        types::case::Case,
    },
    service::{
        self,
        acts::{self, ActRequest},
    },
};

/// Acts.
#[derive(Default)]
pub struct ActMutation;

/// A case that shall go to another organisation.
#[derive(InputObject)]
pub struct TransferCaseInput {
    /// Id of the case.
    case_id: ID,
    /// Id of the organisation that gets it.
    to: ID,
    /// The event, where the procedure knows several ways to hand the case over at this stage.
    event: Option<String>,
    /// Other answers to the event's form: an object with one member per field.
    #[graphql(default_with = "AnyJson(serde_json::json!({}))")]
    fields: AnyJson,
    /// The version of the case that the caller has seen.
    expected_version: i64,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key changes nothing and answers as the first time.
    idempotency_key: String,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct TransferCasePayload {
    /// The case after it; null if nothing happened, or if the caller may not know of the case any more.
    case: Option<Case>,
    /// What stands against it; empty if it happened.
    user_errors: Vec<UserError>,
}

/// A case that shall be given back.
#[derive(InputObject)]
pub struct ReturnTransferInput {
    /// Id of the case.
    case_id: ID,
    /// The event, where the procedure knows several ways to give the case back at this stage.
    event: Option<String>,
    /// Answers to the event's form, the reason among them: an object with one member per field.
    #[graphql(default_with = "AnyJson(serde_json::json!({}))")]
    fields: AnyJson,
    /// The version of the case that the caller has seen.
    expected_version: i64,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key changes nothing and answers as the first time.
    idempotency_key: String,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct ReturnTransferPayload {
    /// The case after it; null if nothing happened, or if the caller may not know of the case any more.
    case: Option<Case>,
    /// What stands against it; empty if it happened.
    user_errors: Vec<UserError>,
}

/// An agreement that shall be signed.
#[derive(InputObject)]
pub struct SignAgreementInput {
    /// Id of the case.
    case_id: ID,
    /// The event, for who may note the signature of either side.
    event: Option<String>,
    /// Answers to the event's form: an object with one member per field.
    #[graphql(default_with = "AnyJson(serde_json::json!({}))")]
    fields: AnyJson,
    /// The version of the case that the caller has seen.
    expected_version: i64,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key changes nothing and answers as the first time.
    idempotency_key: String,
    /// Signs as the holder of this receipt and not as the signed-in person. Limited by address.
    receipt: Option<ReceiptInput>,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct SignAgreementPayload {
    /// The case after it; null if nothing happened, or if the caller may not know of the case any more.
    case: Option<Case>,
    /// What stands against it; empty if it happened.
    user_errors: Vec<UserError>,
}

#[Object]
impl ActMutation {
    /// Hands a case over to another organisation, by the event by which its procedure does so now.
    async fn transfer_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to whom.")] input: TransferCaseInput,
    ) -> Result<TransferCasePayload> {
        let request = ctx.request()?;
        let to = NodeKind::Organisation
            .key(&input.to)
            .ok_or_else(|| not_found(request.locale))?;
        let act = Asked {
            case_id: input.case_id,
            act: Act::Transfer,
            to: Some(to),
            event: input.event,
            fields: input.fields,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let (case, user_errors) = Box::pin(perform(request, act)).await?;
        Ok(TransferCasePayload { case, user_errors })
    }

    /// Gives a case back to where it came from, by the event by which its procedure does so now.
    async fn return_transfer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: ReturnTransferInput,
    ) -> Result<ReturnTransferPayload> {
        let act = Asked {
            case_id: input.case_id,
            act: Act::Return,
            to: None,
            event: input.event,
            fields: input.fields,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let (case, user_errors) = Box::pin(perform(ctx.request()?, act)).await?;
        Ok(ReturnTransferPayload { case, user_errors })
    }

    /// Signs the agreement of a mediation for the caller's side.
    async fn sign_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: SignAgreementInput,
    ) -> Result<SignAgreementPayload> {
        let request: &RequestContext = ctx.request()?;
        let acting = match &input.receipt {
            Some(receipt) => request.acting_as(Box::pin(holder(request, receipt)).await?),
            None => request.clone(),
        };
        let act = Asked {
            case_id: input.case_id,
            act: Act::Sign,
            to: None,
            event: input.event,
            fields: input.fields,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let (case, user_errors) = Box::pin(perform(&acting, act)).await?;
        Ok(SignAgreementPayload { case, user_errors })
    }
}

/// An act as it was asked for.
struct Asked {
    case_id: ID,
    act: Act,
    to: Option<String>,
    event: Option<String>,
    fields: AnyJson,
    expected_version: i64,
    idempotency_key: String,
}

async fn perform(request: &RequestContext, asked: Asked) -> Result<(Option<Case>, Vec<UserError>)> {
    let locale = request.locale;
    let case_id = NodeKind::Case.key(&asked.case_id).ok_or_else(|| not_found(locale))?;
    let Some(fields) = asked.fields.into_object() else {
        return Ok((None, vec![UserError::of(locale, &["fields"], "FIELDS_NOT_AN_OBJECT")]));
    };
    let act = ActRequest {
        case_id: case_id.clone(),
        act: asked.act,
        to: asked.to,
        event: asked.event,
        fields: keys_of_answers(fields),
        expected_version: asked.expected_version,
        idempotency_key: asked.idempotency_key,
    };
    if let Err(error) = acts::perform(&request.app, &request.actor, act).await {
        return Ok((None, user_errors(request, error)?));
    }
    match Case::read(request, &case_id).await {
        Ok(case) => Ok((Some(case), Vec::new())),
        Err(service::Error::NotFound) => Ok((None, Vec::new())),
        Err(error) => Err(refusal(request, error)),
    }
}
