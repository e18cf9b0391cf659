//! Hand-over by signed file.

use std::collections::BTreeMap;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{
        context::{ContextExt as _, RequestContext},
        error::{Blocker, UserError, not_found, refusal, user_errors},
        id::NodeKind,
        types::case::Case,
    },
    service::{
        Error, case_view,
        transfer::{self, Imported, Request, Signed},
    },
};

/// Files that carry cases.
#[derive(Default)]
pub struct TransferMutation;

/// Which case shall be written, for whom.
#[derive(InputObject)]
pub struct WriteTransferFileInput {
    /// Id of the case.
    case_id: ID,
    /// Key of the organisation that it is for; none: the other side of the case.
    to: Option<String>,
    /// The client's key of this request. A repeat writes the file again.
    idempotency_key: Option<String>,
}

/// A signed file.
#[derive(SimpleObject)]
pub struct SignedFile {
    /// What it is to be called.
    name: String,
    /// The text: a JSON Web Signature in its compact form.
    text: String,
}

impl From<Signed> for SignedFile {
    fn from(signed: Signed) -> Self {
        Self {
            name: signed.name,
            text: signed.text,
        }
    }
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct WriteTransferFilePayload {
    /// The file; null if none was written.
    file: Option<SignedFile>,
    /// What has to be mended; empty if it was written.
    user_errors: Vec<UserError>,
}

/// Of which case what was done shall be written, for whom.
#[derive(InputObject)]
pub struct WriteEventsFileInput {
    /// Id of the case.
    case_id: ID,
    /// Key of the organisation that it is for; none: the other side of the case.
    to: Option<String>,
    /// The client's key of this request. A repeat writes the file again.
    idempotency_key: Option<String>,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct WriteEventsFilePayload {
    /// The file; null if none was written.
    file: Option<SignedFile>,
    /// What has to be mended; empty if it was written.
    user_errors: Vec<UserError>,
}

/// A file that came.
#[derive(InputObject)]
pub struct ReadTransferFileInput {
    /// The text of the file.
    file: String,
    /// Hashes of what came along, as `sha256  name` lines such as `sha256sum` prints.
    #[graphql(default)]
    items: String,
    /// The client's key of this request. The same file again changes nothing.
    idempotency_key: Option<String>,
}

/// An event that could not happen here.
#[derive(SimpleObject)]
pub struct RefusedEvent {
    /// Its name.
    event: String,
    /// Why.
    blocked_by: Vec<Blocker>,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct ReadTransferFilePayload {
    /// The case; null if nothing was read, or for who may not see it.
    case: Option<Case>,
    /// How many events were performed now.
    performed: i32,
    /// Whether this file, or so many of its events, had been read before.
    known: i32,
    /// The first event that the procedure does not let happen; those after it were not tried.
    refused: Option<RefusedEvent>,
    /// What has to be mended; empty if it was read.
    user_errors: Vec<UserError>,
}

#[Object]
impl TransferMutation {
    /// Writes a case that another organisation has now into a signed file for it. For staff of an organisation that had
    /// to do with the case.
    async fn write_transfer_file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WriteTransferFileInput,
    ) -> Result<WriteTransferFilePayload> {
        let (file, user_errors) = Box::pin(write(ctx.request()?, &input.case_id, input.to.as_deref(), true)).await?;
        Ok(WriteTransferFilePayload { file, user_errors })
    }

    /// Writes what was done here to a case since it was handed over into a signed file for the other side.
    async fn write_events_file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WriteEventsFileInput,
    ) -> Result<WriteEventsFilePayload> {
        let (file, user_errors) = Box::pin(write(ctx.request()?, &input.case_id, input.to.as_deref(), false)).await?;
        Ok(WriteEventsFilePayload { file, user_errors })
    }

    /// Takes a signed file in: a case to go on with, or what the other side did. For people of the organisation that it is
    /// for.
    async fn read_transfer_file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file.")] input: ReadTransferFileInput,
    ) -> Result<ReadTransferFilePayload> {
        Box::pin(read(ctx.request()?, input)).await
    }
}

/// Writes one of the two kinds of files: the whole case, or its events.
async fn write(
    request: &RequestContext,
    case_id: &ID,
    to: Option<&str>,
    whole: bool,
) -> Result<(Option<SignedFile>, Vec<UserError>)> {
    let key = NodeKind::Case.key(case_id).ok_or_else(|| not_found(request.locale))?;
    let detail = Box::pin(case_view::case(&request.app, &request.actor, &key)).await;
    let number = detail.map_err(|error| refusal(request, error))?.case.number;
    let wanted = Request {
        number: &number,
        by: None,
        to,
    };
    let (app, actor) = (&request.app, &request.actor);
    let written = if whole {
        Box::pin(transfer::write_transfer(app, actor, &wanted, Vec::new())).await
    } else {
        Box::pin(transfer::write_events(app, actor, &wanted)).await
    };
    Ok(match written {
        Ok(signed) => (Some(signed.into()), Vec::new()),
        Err(error) => (None, user_errors(request, error)?),
    })
}

/// Hashes by name, as `sha256sum` prints them.
fn hashes(lines: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (hash, name) = line.split_once(char::is_whitespace)?;
        let name = name.trim_start().trim_start_matches('*');
        Some((name.to_owned(), hash.to_ascii_lowercase()))
    };
    lines.lines().filter_map(pair).collect()
}

async fn read(request: &RequestContext, input: ReadTransferFileInput) -> Result<ReadTransferFilePayload> {
    let items = hashes(&input.items);
    let read = Box::pin(transfer::read(&request.app, &request.actor, &input.file, &items)).await;
    let mut payload = ReadTransferFilePayload::default();
    let number = match read {
        Ok(Imported::TakenOver { number, known }) => {
            payload.known = i32::from(known);
            number
        }
        Ok(Imported::Events {
            number,
            performed,
            known,
            refused,
        }) => {
            payload.performed = i32::try_from(performed).unwrap_or(i32::MAX);
            payload.known = i32::try_from(known).unwrap_or(i32::MAX);
            payload.refused = refused.map(|(event, error)| RefusedEvent {
                event,
                blocked_by: match error {
                    Error::Refused(problems) => problems
                        .iter()
                        .map(|problem| Blocker::new(request.locale, problem))
                        .collect(),
                    _ => Vec::new(),
                },
            });
            number
        }
        Err(error) => {
            payload.user_errors = user_errors(request, error)?;
            return Ok(payload);
        }
    };
    // Whoever takes a file in for an office need not work on the case.
    if let Ok(detail) = Box::pin(case_view::case_by_number(&request.app, &request.actor, &number)).await {
        payload.case = Box::pin(Case::read(request, &detail.case.id)).await.ok();
    }
    Ok(payload)
}
