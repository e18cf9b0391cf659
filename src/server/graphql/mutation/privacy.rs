//! The two doors to a person's data: disclosure and erasure.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{
        context::{ContextExt as _, RequestContext},
        error::{UserError, not_found, refusal, user_errors},
        id::NodeKind,
        scalar::AnyJson,
        types::{case::Case, code::DisclosurePurpose},
    },
    service::{case_view, privacy},
};

/// Personal data.
#[derive(Default)]
pub struct PrivacyMutation;

/// Whose identity is needed, and why.
#[derive(InputObject)]
pub struct DiscloseIdentityInput {
    /// Id of the case.
    case_id: ID,
    /// What it is needed for. It goes into the audit trail.
    purpose: DisclosurePurpose,
    /// The client's key of this request. A repeat discloses again and is written down again.
    idempotency_key: Option<String>,
}

/// One thing that is known of a filer.
#[derive(SimpleObject)]
pub struct IdentityField {
    /// Name of the field in the procedure.
    name: String,
    /// Its title in the language of the request.
    title: String,
    /// What was given.
    value: AnyJson,
}

/// Who filed.
#[derive(Default, SimpleObject)]
pub struct DiscloseIdentityPayload {
    /// What is known of the filer; null if nothing was disclosed.
    identity: Option<Vec<IdentityField>>,
    /// What has to be mended; empty if it was disclosed.
    user_errors: Vec<UserError>,
}

/// Whose data shall be erased, and why.
#[derive(InputObject)]
pub struct ErasePersonInput {
    /// Id of the case; it must be closed.
    case_id: ID,
    /// Why, as a word of small letters such as `request_of_person`. It goes into the audit trail.
    purpose: String,
    /// The client's key of this request. What is erased is erased: a repeat changes nothing more.
    idempotency_key: Option<String>,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct ErasePersonPayload {
    /// The case without the personal data; null if nothing was erased.
    case: Option<Case>,
    /// Numbers of linked cases in which the same person is still known, such as a report that was split from a complaint:
    /// those the caller may read. Each is erased by itself, when it is closed.
    still_in: Vec<String>,
    /// How many more there are, which the caller may not read.
    still_elsewhere: i32,
    /// What has to be mended; empty if it was erased.
    user_errors: Vec<UserError>,
}

#[Object]
impl PrivacyMutation {
    /// Shows who filed a case, to officers who handle it, for a purpose that the law knows. Each call is written into
    /// the audit trail before it answers.
    async fn disclose_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and why.")] input: DiscloseIdentityInput,
    ) -> Result<DiscloseIdentityPayload> {
        Box::pin(disclose(ctx.request()?, input)).await
    }

    /// Erases the personal data of a closed case: identity, names, texts, mails. The chain of events still verifies.
    async fn erase_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and why.")] input: ErasePersonInput,
    ) -> Result<ErasePersonPayload> {
        let request = ctx.request()?;
        let key = NodeKind::Case
            .key(&input.case_id)
            .ok_or_else(|| not_found(request.locale))?;
        let erasing = Box::pin(privacy::erase_person(
            &request.app,
            &request.actor,
            &key,
            &input.purpose,
        ));
        let elsewhere = match erasing.await {
            Ok(elsewhere) => elsewhere,
            Err(error) => {
                return Ok(ErasePersonPayload {
                    user_errors: user_errors(request, error)?,
                    ..ErasePersonPayload::default()
                });
            }
        };
        let case = Box::pin(Case::read(request, &key))
            .await
            .map_err(|error| refusal(request, error))?;
        Ok(ErasePersonPayload {
            case: Some(case),
            still_in: elsewhere.known.into_iter().map(|case| case.number).collect(),
            still_elsewhere: i32::try_from(elsewhere.others).unwrap_or(i32::MAX),
            user_errors: Vec::new(),
        })
    }
}

async fn disclose(request: &RequestContext, input: DiscloseIdentityInput) -> Result<DiscloseIdentityPayload> {
    let key = NodeKind::Case
        .key(&input.case_id)
        .ok_or_else(|| not_found(request.locale))?;
    let disclosed = privacy::disclose_identity(&request.app, &request.actor, &key, input.purpose.code()).await;
    let body = match disclosed {
        Ok(body) => body,
        Err(error) => {
            return Ok(DiscloseIdentityPayload {
                identity: None,
                user_errors: user_errors(request, error)?,
            });
        }
    };
    let detail = case_view::case(&request.app, &request.actor, &key)
        .await
        .map_err(|error| refusal(request, error))?;
    let known = body
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| IdentityField {
            title: detail
                .definition
                .fields
                .get(name)
                .map_or_else(|| name.clone(), |field| request.words(&field.title)),
            name: name.clone(),
            value: AnyJson(value.clone()),
        });
    Ok(DiscloseIdentityPayload {
        identity: Some(known.collect()),
        user_errors: Vec::new(),
    })
}
