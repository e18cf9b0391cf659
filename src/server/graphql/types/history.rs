//! What happened to a case, and what can happen next.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use serde_json::{Map, Value as Json};
use zhengming_engine::{
    decision::Available,
    definition::model::{Definition, FieldKind},
    form,
};

use crate::{
    graphql::{
        context::{ContextExt as _, RequestContext},
        error::{Blocker, refusal},
        id::{NodeKind, with_ids},
        scalar::{AnyJson, DateTime},
    },
    locale::find_text,
    service::{case_history::EventView, case_view::CaseDetail, choices},
};

/// The title of a role: the procedure's, or that of the service's own clock.
pub(crate) fn role_title(request: &RequestContext, definition: &Definition, role: &str) -> String {
    match definition.roles.get(role) {
        Some(role) => request.words(&role.title),
        None => find_text(request.locale, &format!("api-role-{role}"), &[]).unwrap_or_else(|| role.to_owned()),
    }
}

/// An entry of the history.
pub struct CaseEvent {
    view: EventView,
    definition: Arc<Definition>,
}

impl CaseEvent {
    pub(crate) fn new(view: &EventView, definition: &Arc<Definition>) -> Self {
        Self {
            view: view.clone(),
            definition: definition.clone(),
        }
    }
}

/// An entry of the history of a case. It says in which role something was done, never by whom.
#[Object]
impl CaseEvent {
    /// Position, from 1. Entries that the caller may not read leave gaps.
    async fn seq(&self) -> i64 {
        self.view.seq
    }

    /// When it was recorded.
    async fn at(&self) -> DateTime {
        DateTime(self.view.at)
    }

    /// Name of the event in the procedure; `opened`, `clock_warned`, `clock_expired`, `clocks_recomputed`,
    /// `migrated`, `taken_over`, `message_sent` or `evidence_added`.
    async fn name(&self) -> &str {
        &self.view.kind
    }

    /// Name of the clock that ended or warned, where one made it happen.
    async fn clock(&self) -> Option<&str> {
        self.view.clock.as_deref()
    }

    /// Its title in the language of the request.
    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        let request = ctx.request()?;
        let kind = &self.view.kind;
        Ok(match self.definition.events.get(kind) {
            Some(event) => request.words(&event.title),
            None => {
                let key = format!("api-event-{}", kind.replace('_', "-"));
                find_text(request.locale, &key, &[]).unwrap_or_else(|| kind.clone())
            }
        })
    }

    /// Role in which it was sent; `clock` for the service itself.
    async fn role(&self) -> &str {
        &self.view.role
    }

    /// Title of that role in the language of the request.
    async fn role_title(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(role_title(ctx.request()?, &self.definition, &self.view.role))
    }

    /// Active states before.
    async fn from(&self) -> &[String] {
        &self.view.from
    }

    /// Active states after.
    async fn to(&self) -> &[String] {
        &self.view.to
    }

    /// SHA-256 of the entry in the case's chain, in hexadecimal digits.
    async fn hash(&self) -> &str {
        &self.view.hash
    }
}

/// An event that the caller's roles may send in the present state.
pub struct AvailableEvent {
    available: Available,
    detail: Arc<CaseDetail>,
    definition: Arc<Definition>,
}

/// Somebody or something that an answer can name.
#[derive(SimpleObject)]
pub struct Choice {
    /// The answer: id of an account or an organisation.
    id: ID,
    /// Its name in the language of the request.
    name: String,
}

/// What can be named in one field of a form.
#[derive(SimpleObject)]
pub struct FieldChoices {
    /// The field.
    field: String,
    /// What can be named in it, in the order in which it is shown.
    options: Vec<Choice>,
}

impl AvailableEvent {
    pub(crate) fn new(available: &Available, detail: &Arc<CaseDetail>) -> Self {
        Self {
            available: available.clone(),
            detail: detail.clone(),
            definition: detail.definition.clone(),
        }
    }
}

/// An event that the caller's roles may send in the present state, with what still blocks it.
#[Object]
impl AvailableEvent {
    /// Name of the event in the procedure.
    async fn name(&self) -> &str {
        &self.available.event
    }

    /// Its title in the language of the request, as whoever may send it reads it.
    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        let request = ctx.request()?;
        let event = self.definition.events.get(&self.available.event);
        Ok(event.map_or_else(
            || self.available.event.clone(),
            |event| request.words(self.detail.title_of(event)),
        ))
    }

    /// What to bear in mind, in the language of the request.
    async fn hint(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let request = ctx.request()?;
        let event = self.definition.events.get(&self.available.event);
        Ok(event
            .and_then(|event| event.hint.as_ref())
            .map(|hint| request.words(hint)))
    }

    /// What it asks, as JSON Schema (2020-12). `default` is what the case has in another field and this one begins with.
    async fn form(&self) -> AnyJson {
        let Some(event) = self.definition.events.get(&self.available.event) else {
            return AnyJson(form::schema(&self.definition, []));
        };
        let mut form = form::event_schema(&self.definition, event);
        let known: Map<String, Json> = self.detail.fields.iter().cloned().collect();
        for (field, value) in event.begins_with(&known) {
            let property = form.pointer_mut(&format!("/properties/{field}"));
            if let Some(property) = property.and_then(Json::as_object_mut) {
                property.insert("default".to_owned(), with_ids(&self.definition, field, value));
            }
        }
        AnyJson(form)
    }

    /// Whom and what can be named in the fields of its form that take an account or an organisation: people of the office that
    /// has the case, organisations that the event takes. Others are refused.
    async fn choices(&self, ctx: &Context<'_>) -> Result<Vec<FieldChoices>> {
        let request = ctx.request()?;
        let found = choices::of(&request.app, &self.detail, &self.available.event).await;
        let found = found.map_err(|error| refusal(request, error))?;
        let choices = found.into_iter().map(|(field, candidates)| {
            let is_account = self
                .definition
                .fields
                .get(&field)
                .is_some_and(|f| matches!(f.kind, FieldKind::Account { .. }));
            let kind = if is_account {
                NodeKind::Account
            } else {
                NodeKind::Organisation
            };
            let options = candidates.into_iter().map(|candidate| Choice {
                id: kind.id(&candidate.key),
                name: request.words(&candidate.name),
            });
            FieldChoices {
                options: options.collect(),
                field,
            }
        });
        Ok(choices.collect())
    }

    /// What blocks it; empty: it may be sent now.
    async fn blocked_by(&self, ctx: &Context<'_>) -> Result<Vec<Blocker>> {
        let locale = ctx.request()?.locale;
        Ok(self
            .available
            .blocked_by
            .iter()
            .map(|problem| Blocker::new(locale, problem))
            .collect())
    }

    /// Whether nothing leads back from it.
    async fn irreversible(&self) -> bool {
        self.definition
            .events
            .get(&self.available.event)
            .is_some_and(|event| event.irreversible)
    }

    /// The article that provides for it, as `instrument#article`.
    async fn legal_basis(&self) -> Option<&str> {
        let event = self.definition.events.get(&self.available.event);
        event.and_then(|event| event.law.as_ref()).map(|law| law.as_str())
    }
}
