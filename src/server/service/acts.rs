//! Acts that programs ask for without knowing how a procedure calls them: to hand a case over, to give it back, to sign.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use zhengming_engine::definition::{
    act::Act,
    model::{Definition, EffectRule, FieldKind},
};

use super::{
    Error, Result, case_view,
    cases::{self, TransitionRequest, answered, pinned},
};
use crate::{access::Actor, app::App, store::OrganisationRow};

/// An act that somebody wants to do.
#[derive(Clone, Debug)]
pub struct ActRequest {
    /// The case.
    pub case_id: String,
    /// What is to be done.
    pub act: Act,
    /// The organisation that a transfer goes to.
    pub to: Option<String>,
    /// The event, where the procedure knows several of this kind at this stage.
    pub event: Option<String>,
    /// Answers to its form.
    pub fields: Map<String, Json>,
    /// Version that the actor has seen.
    pub expected_version: i64,
    /// Client's key; a repeat gets the first answer again.
    pub idempotency_key: String,
}

/// Does it. Returns the case's version after it.
///
/// # Errors
/// `NO_SUCH_ACT` where no event of this kind is open to the actor now, `WHICH_EVENT` where there are several; as
/// [`cases::perform`].
pub async fn perform(app: &Arc<App>, actor: &Actor, request: ActRequest) -> Result<i64> {
    let to = request.to.as_deref().map(|id| receiver(app, id)).transpose()?;
    let row = app.store.case(&request.case_id).await?.ok_or(Error::NotFound)?;
    let definition = pinned(app, &row)?;
    if let Some(version) = repeated(app, actor, &request, &definition, to.as_ref()).await? {
        return Ok(version);
    }
    let detail = case_view::case(app, actor, &request.case_id).await?;
    let fits = |event: &str| transition(&request, &definition, event, to.as_ref());
    let open: Vec<(TransitionRequest, bool)> = detail
        .available
        .iter()
        .filter_map(|available| Some((fits(&available.event)?, available.blocked_by.is_empty())))
        .collect();
    let free = open.iter().filter(|(_, free)| *free).count();
    // What is blocked is told with its reasons, unless something else is not.
    let mut chosen = open.into_iter().filter(|(_, is_free)| *is_free || free == 0);
    let (transition, _) = chosen.next().ok_or(event("NO_SUCH_ACT"))?;
    if chosen.next().is_some() {
        return Err(event("WHICH_EVENT"));
    }
    cases::perform(app, actor, transition).await
}

const fn event(code: &'static str) -> Error {
    Error::Invalid { field: "event", code }
}

fn receiver(app: &App, id: &str) -> Result<OrganisationRow> {
    let unknown = Error::Invalid {
        field: "to",
        code: "UNKNOWN_ORGANISATION",
    };
    app.organisations().get(id).cloned().ok_or(unknown)
}

/// The version after the same request, where it was answered before under one of the events that it can have meant.
async fn repeated(
    app: &App,
    actor: &Actor,
    request: &ActRequest,
    definition: &Definition,
    to: Option<&OrganisationRow>,
) -> Result<Option<i64>> {
    for event in definition.events.keys() {
        let Some(transition) = transition(request, definition, event, to) else {
            continue;
        };
        if let Some(version) = answered(app, actor, &transition).await? {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

/// The request as the event of this name, if it is what is asked for.
fn transition(
    request: &ActRequest,
    definition: &Definition,
    name: &str,
    to: Option<&OrganisationRow>,
) -> Option<TransitionRequest> {
    let event = definition.events.get(name)?;
    let meant = event.act == Some(request.act) && request.event.as_ref().is_none_or(|wanted| wanted == name);
    if !meant {
        return None;
    }
    let mut fields = request.fields.clone();
    if let Some(to) = to {
        let field = event.effects.iter().find_map(|effect| match effect {
            EffectRule::MoveTo { field } => Some(field),
            _ => None,
        })?;
        let takes = match &definition.fields.get(field)?.kind {
            FieldKind::Organisation { kinds } => kinds.is_empty() || kinds.contains(&to.kind),
            _ => false,
        };
        if !takes {
            return None;
        }
        fields.insert(field.clone(), Json::String(to.id.clone()));
    }
    Some(TransitionRequest {
        case_id: request.case_id.clone(),
        event: name.to_owned(),
        fields,
        expected_version: request.expected_version,
        idempotency_key: request.idempotency_key.clone(),
    })
}
