//! Filings with names of their own: a rights holder's request, a mediation, what somebody thinks of how a case was handled.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};

use super::filing::{Outcome, file};
use crate::graphql::{
    context::ContextExt as _,
    error::UserError,
    scalar::AnyJson,
    types::{case::Case, code::FilingMode},
};

/// Filings with names of their own.
#[derive(Default)]
pub struct OpeningMutation;

/// Who mediates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MediationKind {
    /// A people's mediation committee (人民调解).
    Peoples,
    /// The consumer association (消费者协会调解).
    Consumer,
    /// A body invited or appointed by the court (特邀调解).
    CourtInvited,
    /// A commercial mediation organisation (商事调解).
    Commercial,
    /// The market regulation authority, on damages for an infringed mark (商标侵权赔偿调解).
    IntellectualProperty,
}

impl MediationKind {
    /// The procedure under which it runs.
    const fn procedure(self) -> &'static str {
        match self {
            Self::Peoples => "peoples_mediation",
            Self::Consumer => "consumer_mediation",
            Self::CourtInvited => "court_invited_mediation",
            Self::Commercial => "commercial_mediation",
            Self::IntellectualProperty => "ip_mediation",
        }
    }
}

/// What the request of a rights holder (权利人请求处理) consists of.
#[derive(InputObject)]
pub struct RequestHandlingInput {
    /// Answers to the form of the procedure `handling_request`: an object with one member per field.
    fields: AnyJson,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key answers the same for 24 hours. Whoever knows it can ask for the receipt again: keep it secret.
    idempotency_key: String,
}

/// What a request for mediation consists of.
#[derive(InputObject)]
pub struct OpenMediationInput {
    /// Who shall mediate.
    kind: MediationKind,
    /// Answers to the form of its procedure: an object with one member per field.
    fields: AnyJson,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key answers the same for 24 hours. Whoever knows it can ask for the receipt again: keep it secret.
    idempotency_key: String,
}

/// What somebody says of how a case was handled.
#[derive(InputObject)]
pub struct SubmitFeedbackInput {
    /// Answers to the form of the procedure `feedback`: an object with one member per field.
    fields: AnyJson,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key answers the same for 24 hours. Whoever knows it can ask for the receipt again: keep it secret.
    idempotency_key: String,
}

/// What became of a request.
#[derive(SimpleObject)]
pub struct RequestHandlingPayload {
    /// The case; null if nothing was filed.
    case: Option<Case>,
    /// Its public number.
    number: Option<String>,
    /// The secret that opens the case to whoever holds it. It is not shown again.
    receipt: Option<String>,
    /// What has to be mended; empty if it was filed.
    user_errors: Vec<UserError>,
}

/// What became of a request for mediation.
#[derive(SimpleObject)]
pub struct OpenMediationPayload {
    /// The case; null if nothing was filed.
    case: Option<Case>,
    /// Its public number.
    number: Option<String>,
    /// The secret that opens the case to whoever holds it. It is not shown again.
    receipt: Option<String>,
    /// What has to be mended; empty if it was filed.
    user_errors: Vec<UserError>,
}

/// What became of it.
#[derive(SimpleObject)]
pub struct SubmitFeedbackPayload {
    /// The case that follows it up; null if nothing was filed.
    case: Option<Case>,
    /// Its public number.
    number: Option<String>,
    /// The secret that opens the case to whoever holds it. It is not shown again.
    receipt: Option<String>,
    /// What has to be mended; empty if it was filed.
    user_errors: Vec<UserError>,
}

#[Object]
impl OpeningMutation {
    /// Files the request of a rights holder to handle an infringement.
    async fn request_handling(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: RequestHandlingInput,
    ) -> Result<RequestHandlingPayload> {
        let (fields, key) = (input.fields, input.idempotency_key);
        let filing = file(ctx.request()?, "handling_request", fields, FilingMode::Named, key);
        let Outcome {
            case,
            number,
            receipt,
            user_errors,
        } = Box::pin(filing).await?;
        Ok(RequestHandlingPayload {
            case,
            number,
            receipt,
            user_errors,
        })
    }

    /// Asks for a mediation. Nothing begins before the other side has consented.
    async fn open_mediation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: OpenMediationInput,
    ) -> Result<OpenMediationPayload> {
        let (fields, key) = (input.fields, input.idempotency_key);
        let filing = file(ctx.request()?, input.kind.procedure(), fields, FilingMode::Named, key);
        let Outcome {
            case,
            number,
            receipt,
            user_errors,
        } = Box::pin(filing).await?;
        Ok(OpenMediationPayload {
            case,
            number,
            receipt,
            user_errors,
        })
    }

    /// Says how content a party is with how its case was handled; it can ask for more than a reply. The case itself is not
    /// changed.
    async fn submit_feedback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is said.")] input: SubmitFeedbackInput,
    ) -> Result<SubmitFeedbackPayload> {
        let (fields, key) = (input.fields, input.idempotency_key);
        let filing = file(ctx.request()?, "feedback", fields, FilingMode::Named, key);
        let Outcome {
            case,
            number,
            receipt,
            user_errors,
        } = Box::pin(filing).await?;
        Ok(SubmitFeedbackPayload {
            case,
            number,
            receipt,
            user_errors,
        })
    }
}
