//! What officers record of how somebody was told.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{
        context::ContextExt as _,
        error::{UserError, not_found, refusal, user_errors},
        id::{NodeKind, decode},
        scalar::Date,
        types::case::Case,
    },
    service::telling::{self, Telling},
};

/// Records of tellings.
#[derive(Default)]
pub struct TellingMutation;

/// How somebody was told what a notice or document says.
#[derive(InputObject)]
pub struct RecordTellingInput {
    /// Id of the case.
    case_id: ID,
    /// Id of the notice or document.
    id: ID,
    /// One of its `recordable` ways, such as `phone` or `post`.
    way: String,
    /// The day on which it happened: of the call, on the receipt of the post, of the publication.
    told_on: Date,
    /// Number of the receipt or recording: at most 40 letters, digits and hyphens.
    reference: Option<String>,
    /// The client's key of this request. The same thing recorded again changes nothing, under any key.
    idempotency_key: Option<String>,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct RecordTellingPayload {
    /// The case after it; null if nothing was recorded.
    case: Option<Case>,
    /// What has to be mended; empty if it was recorded.
    user_errors: Vec<UserError>,
}

#[Object]
impl TellingMutation {
    /// Records how somebody was told something that is owed, for ways that the service does not carry itself. For who
    /// handles the case; written into the audit trail.
    async fn record_telling(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of what, how and when.")] input: RecordTellingInput,
    ) -> Result<RecordTellingPayload> {
        let request = ctx.request()?;
        let key = NodeKind::Case
            .key(&input.case_id)
            .ok_or_else(|| not_found(request.locale))?;
        let subject = match decode(&input.id) {
            Some((NodeKind::Notice | NodeKind::Document, subject)) => subject,
            _ => return Err(not_found(request.locale)),
        };
        let told = Telling {
            subject,
            way: input.way,
            on: input.told_on.0,
            reference: input.reference,
        };
        let recording = Box::pin(telling::record(&request.app, &request.actor, &key, told));
        if let Err(error) = recording.await {
            return Ok(RecordTellingPayload {
                case: None,
                user_errors: user_errors(request, error)?,
            });
        }
        let case = Box::pin(Case::read(request, &key))
            .await
            .map_err(|error| refusal(request, error))?;
        Ok(RecordTellingPayload {
            case: Some(case),
            user_errors: Vec::new(),
        })
    }
}
