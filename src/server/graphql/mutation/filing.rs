//! Filing: complaints, reports, and what other procedures a pack has.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::{
    access::Actor,
    graphql::{
        context::{ContextExt as _, RequestContext},
        error::{UserError, refusal, user_errors},
        id::keys_of_answers,
        scalar::AnyJson,
        types::{case::Case, code::FilingMode},
    },
    service::{
        self,
        intake::{self, FileRequest, Filed},
    },
};

/// Filing.
#[derive(Default)]
pub struct FilingMutation;

/// What a complaint (投诉) consists of.
#[derive(InputObject)]
pub struct FileComplaintInput {
    /// Answers to the form of the procedure `complaint`: an object with one member per field.
    fields: AnyJson,
    /// How it is filed; the procedure says which ways there are.
    #[graphql(default_with = "FilingMode::Named")]
    mode: FilingMode,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key answers the same for 24 hours. Whoever knows it can ask for the receipt again: keep it secret.
    idempotency_key: String,
}

/// What a report (举报) consists of.
#[derive(InputObject)]
pub struct FileReportInput {
    /// Answers to the form of the procedure `report`: an object with one member per field.
    fields: AnyJson,
    /// How it is filed.
    mode: FilingMode,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key answers the same for 24 hours. Whoever knows it can ask for the receipt again: keep it secret.
    idempotency_key: String,
}

/// What a filing under any procedure consists of.
#[derive(InputObject)]
pub struct FileCaseInput {
    /// Key of the procedure, as `procedures` lists it.
    procedure: String,
    /// Answers to its form: an object with one member per field.
    fields: AnyJson,
    /// How it is filed; the procedure says which ways there are.
    #[graphql(default_with = "FilingMode::Named")]
    mode: FilingMode,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key answers the same for 24 hours. Whoever knows it can ask for the receipt again: keep it secret.
    idempotency_key: String,
}

/// What became of a filing.
#[derive(SimpleObject)]
pub struct FileCasePayload {
    /// The case; null if nothing was filed.
    case: Option<Case>,
    /// Its public number.
    number: Option<String>,
    /// The secret that opens the case to whoever holds it. It is not shown again.
    receipt: Option<String>,
    /// What has to be mended; empty if it was filed.
    user_errors: Vec<UserError>,
}

/// What became of a complaint.
#[derive(SimpleObject)]
pub struct FileComplaintPayload {
    /// The case; null if nothing was filed.
    case: Option<Case>,
    /// Its public number.
    number: Option<String>,
    /// The secret that opens the case to whoever holds it. It is not shown again.
    receipt: Option<String>,
    /// What has to be mended; empty if it was filed.
    user_errors: Vec<UserError>,
}

/// What became of a report.
#[derive(SimpleObject)]
pub struct FileReportPayload {
    /// The case; null if nothing was filed.
    case: Option<Case>,
    /// Its public number.
    number: Option<String>,
    /// The secret that opens the case to whoever holds it. It is not shown again.
    receipt: Option<String>,
    /// What has to be mended; empty if it was filed.
    user_errors: Vec<UserError>,
}

#[Object]
impl FilingMutation {
    /// Files a complaint about a dispute with a trader. No account is needed; the receipt opens the case afterwards.
    async fn file_complaint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The complaint.")] input: FileComplaintInput,
    ) -> Result<FileComplaintPayload> {
        let FileComplaintInput {
            fields,
            mode,
            idempotency_key,
        } = input;
        let filing = Box::pin(file(ctx.request()?, "complaint", fields, mode, idempotency_key));
        let Outcome {
            case,
            number,
            receipt,
            user_errors,
        } = filing.await?;
        Ok(FileComplaintPayload {
            case,
            number,
            receipt,
            user_errors,
        })
    }

    /// Files a report of a violation. It may be anonymous; the receipt opens the case afterwards.
    async fn file_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report.")] input: FileReportInput,
    ) -> Result<FileReportPayload> {
        let FileReportInput {
            fields,
            mode,
            idempotency_key,
        } = input;
        let filing = Box::pin(file(ctx.request()?, "report", fields, mode, idempotency_key));
        let Outcome {
            case,
            number,
            receipt,
            user_errors,
        } = filing.await?;
        Ok(FileReportPayload {
            case,
            number,
            receipt,
            user_errors,
        })
    }

    /// Files under any procedure in force that the caller may file under: officers open penalty cases with it, and a
    /// procedure that was added to the pack is filed under without any change of the service.
    async fn file_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filing.")] input: FileCaseInput,
    ) -> Result<FileCasePayload> {
        let FileCaseInput {
            procedure,
            fields,
            mode,
            idempotency_key,
        } = input;
        let filing = Box::pin(file(ctx.request()?, &procedure, fields, mode, idempotency_key));
        let Outcome {
            case,
            number,
            receipt,
            user_errors,
        } = filing.await?;
        Ok(FileCasePayload {
            case,
            number,
            receipt,
            user_errors,
        })
    }
}

/// What every payload of a filing says.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) case: Option<Case>,
    pub(super) number: Option<String>,
    pub(super) receipt: Option<String>,
    pub(super) user_errors: Vec<UserError>,
}

impl Outcome {
    /// Nothing was filed: the caller has to mend something first.
    fn refused(user_errors: Vec<UserError>) -> Self {
        Self {
            user_errors,
            ..Self::default()
        }
    }
}

/// Files and reads what was filed.
pub(super) async fn file(
    request: &RequestContext,
    procedure: &str,
    fields: AnyJson,
    mode: FilingMode,
    idempotency_key: String,
) -> Result<Outcome> {
    let Some(fields) = fields.into_object() else {
        let error = UserError::of(request.locale, &["fields"], "FIELDS_NOT_AN_OBJECT");
        return Ok(Outcome::refused(vec![error]));
    };
    let filing = FileRequest {
        procedure: procedure.to_owned(),
        mode: mode.into(),
        fields: keys_of_answers(fields),
        idempotency_key,
    };
    match intake::file_from(&request.app, &request.actor, request.address, filing).await {
        Ok(filed) => {
            let case = read_filed(request, &filed).await?;
            Ok(Outcome {
                case,
                number: Some(filed.number),
                receipt: Some(filed.receipt),
                user_errors: Vec::new(),
            })
        }
        Err(error) => user_errors(request, error).map(Outcome::refused),
    }
}

/// The case as the filer sees it: by the account's own right, or as the holder of the receipt that was just made.
async fn read_filed(request: &RequestContext, filed: &Filed) -> Result<Option<Case>> {
    if request.actor.person().is_some() {
        match Case::read(request, &filed.case_id).await {
            Ok(case) => return Ok(Some(case)),
            Err(service::Error::NotFound) => {}
            Err(error) => return Err(refusal(request, error)),
        }
    }
    let holder = request.acting_as(Actor::Receipt {
        case_id: filed.case_id.clone(),
    });
    Case::read(&holder, &filed.case_id)
        .await
        .map(Some)
        .map_err(|error| refusal(request, error))
}
