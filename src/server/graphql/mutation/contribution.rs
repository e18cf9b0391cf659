//! What is added to a case without moving it: evidence and messages.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use zhengming_engine::contribution::{Contribution, EvidenceFile, EvidenceItem, Message};

use super::transition::{ReceiptInput, holder};
use crate::{
    graphql::{
        context::{ContextExt as _, RequestContext},
        error::{UserError, not_found, refusal, user_errors},
        id::NodeKind,
        scalar::Date,
        types::{case::Case, contribution::EvidenceKind},
    },
    service::{
        self,
        contributions::{self, ContributionRequest},
    },
};

/// Evidence and messages.
#[derive(Default)]
pub struct ContributionMutation;

/// A file, by what tells it from every other.
#[derive(InputObject)]
pub struct EvidenceFileInput {
    /// Its name, 1 to 200 characters.
    name: String,
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    sha256: String,
    /// How many bytes it has.
    size: i64,
}

/// An item of evidence.
#[derive(InputObject)]
pub struct AddEvidenceInput {
    /// Id of the case.
    case_id: ID,
    /// What it is, 1 to 200 characters.
    title: String,
    /// Of which kind.
    kind: EvidenceKind,
    /// What it shows, and what else there is to say, up to 5,000 characters.
    description: Option<String>,
    /// The file, where it is one. The file itself stays with whoever keeps it: the hash says later whether it is the same.
    file: Option<EvidenceFileInput>,
    /// Where it was found on the web, up to 1,000 characters.
    web_address: Option<String>,
    /// Day on which it was obtained, not in the future.
    obtained_on: Option<Date>,
    /// Who keeps it, up to 200 characters.
    kept_by: Option<String>,
    /// Roles that may read it beside those who handle the case and the caller's; a party names none.
    #[graphql(default)]
    readers: Vec<String>,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key changes nothing and answers as the first time.
    idempotency_key: String,
    /// Acts as the holder of this receipt and not as the signed-in person. Limited by address.
    receipt: Option<ReceiptInput>,
}

/// What became of an item of evidence.
#[derive(Default, SimpleObject)]
pub struct AddEvidencePayload {
    /// The case with it; null if it was not added.
    case: Option<Case>,
    /// What stands against it; empty if it was added.
    user_errors: Vec<UserError>,
}

/// A message.
#[derive(InputObject)]
pub struct SendMessageInput {
    /// Id of the case.
    case_id: ID,
    /// Roles that it is for, as the procedure names them. A party that names none writes to those who handle the case; these
    /// name a party or somebody whom the case is entrusted to.
    #[graphql(default)]
    to: Vec<String>,
    /// What it says, 1 to 5,000 characters.
    text: String,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key changes nothing and answers as the first time.
    idempotency_key: String,
    /// Acts as the holder of this receipt and not as the signed-in person. Limited by address.
    receipt: Option<ReceiptInput>,
}

/// What became of a message.
#[derive(Default, SimpleObject)]
pub struct SendMessagePayload {
    /// The case with it; null if it was not sent.
    case: Option<Case>,
    /// What stands against it; empty if it was sent.
    user_errors: Vec<UserError>,
}

#[Object]
impl ContributionMutation {
    /// Adds an item of evidence. The case's version stays as it is.
    async fn add_evidence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The item.")] input: AddEvidenceInput,
    ) -> Result<AddEvidencePayload> {
        let item = EvidenceItem {
            title: input.title,
            kind: input.kind.into(),
            description: input.description,
            file: input.file.map(|file| EvidenceFile {
                name: file.name,
                sha256: file.sha256,
                size: u64::try_from(file.size).unwrap_or(0),
            }),
            web_address: input.web_address,
            obtained_on: input.obtained_on.map(|day| day.0),
            kept_by: input.kept_by,
            readers: input.readers,
        };
        let (of, key) = ((input.case_id, input.receipt), input.idempotency_key);
        let adding = contribute(ctx.request()?, of, Contribution::Evidence(item), key);
        let (case, user_errors) = Box::pin(adding).await?;
        Ok(AddEvidencePayload { case, user_errors })
    }

    /// Sends a message to the other side of the desk. The case's version stays as it is.
    async fn send_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message.")] input: SendMessageInput,
    ) -> Result<SendMessagePayload> {
        let message = Message {
            to: input.to,
            text: input.text,
        };
        let (of, key) = ((input.case_id, input.receipt), input.idempotency_key);
        let sending = contribute(ctx.request()?, of, Contribution::Message(message), key);
        let (case, user_errors) = Box::pin(sending).await?;
        Ok(SendMessagePayload { case, user_errors })
    }
}

async fn contribute(
    request: &RequestContext,
    (case_id, receipt): (ID, Option<ReceiptInput>),
    contribution: Contribution,
    idempotency_key: String,
) -> Result<(Option<Case>, Vec<UserError>)> {
    let case_id = NodeKind::Case.key(&case_id).ok_or_else(|| not_found(request.locale))?;
    let acting = match &receipt {
        Some(receipt) => request.acting_as(holder(request, receipt).await?),
        None => request.clone(),
    };
    let adding = ContributionRequest {
        case_id: case_id.clone(),
        contribution,
        idempotency_key,
    };
    if let Err(error) = contributions::contribute(&acting.app, &acting.actor, adding).await {
        return Ok((None, user_errors(request, error)?.into_iter().map(of_input).collect()));
    }
    match Case::read(&acting, &case_id).await {
        Ok(case) => Ok((Some(case), Vec::new())),
        Err(service::Error::NotFound) => Ok((None, Vec::new())),
        Err(error) => Err(refusal(request, error)),
    }
}

/// The inputs of these mutations are no fields of the case.
fn of_input(mut error: UserError) -> UserError {
    if let Some(path) = &mut error.field
        && path.first().is_some_and(|first| first == "fields")
    {
        path.remove(0);
    }
    error
}
