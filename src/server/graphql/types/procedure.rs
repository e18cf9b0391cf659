//! Procedures as data: what a client needs to draw forms and progress without knowing any procedure.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use zhengming_engine::{
    definition::model::{Definition, Page as FormPage},
    form,
};

use super::code::FilingMode;
use crate::graphql::{
    context::{ContextExt as _, RequestContext},
    id::NodeKind,
    scalar::{AnyJson, Date},
};

/// One version of a procedure.
pub struct Procedure(pub(crate) Arc<Definition>);

/// A role of a procedure.
#[derive(SimpleObject)]
pub struct ProcedureRole {
    /// Stable name.
    name: String,
    /// Title in the language of the request.
    title: String,
}

/// A state of a procedure.
#[derive(SimpleObject)]
pub struct ProcedureState {
    /// Stable id; a state inside another has the outer one's id before a dot.
    id: String,
    /// Title in the language of the request.
    title: String,
    /// Step of the progress that it belongs to.
    phase: String,
    /// How a case ends that comes here; null for states that are no end.
    outcome: Option<String>,
}

/// An event of a procedure.
#[derive(SimpleObject)]
pub struct ProcedureEvent {
    /// Stable name.
    name: String,
    /// Title in the language of the request.
    title: String,
    /// What to bear in mind, in the language of the request.
    hint: Option<String>,
    /// Roles that may send it; none for events of clocks.
    by: Vec<String>,
    /// What it asks, as JSON Schema (2020-12).
    form: AnyJson,
    /// Whether nothing leads back from it.
    irreversible: bool,
    /// The article that provides for it, as `instrument#article`.
    legal_basis: Option<String>,
}

/// A legal clock of a procedure.
#[derive(SimpleObject)]
pub struct ProcedureClock {
    /// Stable name.
    name: String,
    /// Title in the language of the request.
    title: String,
    /// The article that sets the period, as `instrument#article`.
    legal_basis: String,
}

/// How a case of the procedure is filed.
pub struct Filing(Arc<Definition>);

/// A page of the filing form.
#[derive(SimpleObject)]
pub struct FilingPage {
    /// Stable key.
    key: String,
    /// Title in the language of the request.
    title: String,
    /// Help in the language of the request.
    hint: Option<String>,
    /// Roles that are asked it, of those that file; empty: all are. Others may not answer it.
    by: Vec<String>,
    /// Condition (CEL) on answers to the pages before it; it is asked, and may be answered, only where it holds. None: always.
    when: Option<String>,
    /// Names of its fields, in order.
    fields: Vec<String>,
    /// Those of them that must be answered where the page is asked.
    required: Vec<String>,
}

impl FilingPage {
    fn new(request: &RequestContext, page: &FormPage) -> Self {
        Self {
            key: page.key.clone(),
            title: request.words(&page.title),
            hint: page.hint.as_ref().map(|hint| request.words(hint)),
            by: page.by.clone(),
            when: page.when.as_ref().map(|when| when.source().to_owned()),
            fields: page.fields.iter().map(|asked| asked.field.clone()).collect(),
            required: page
                .fields
                .iter()
                .filter(|asked| asked.required || page.needed.contains(&asked.field))
                .map(|asked| asked.field.clone())
                .collect(),
        }
    }
}

/// How a case of the procedure is filed.
#[Object]
impl Filing {
    /// Who files this way, and what for, in the language of the request.
    async fn about(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let request = ctx.request()?;
        Ok(self.0.filing.hint.as_ref().map(|hint| request.words(hint)))
    }

    /// Roles in which one can file.
    async fn by(&self) -> &[String] {
        &self.0.filing.by
    }

    /// Ways of filing.
    async fn modes(&self) -> Vec<FilingMode> {
        self.0.filing.modes.iter().map(|mode| (*mode).into()).collect()
    }

    /// The whole form, as JSON Schema (2020-12). What is asked under a condition says so: `x-when`, and `if` and `then`.
    async fn form(&self) -> AnyJson {
        AnyJson(form::filing_schema(&self.0))
    }

    /// Its pages, in order.
    async fn pages(&self, ctx: &Context<'_>) -> Result<Vec<FilingPage>> {
        let request = ctx.request()?;
        Ok(self
            .0
            .filing
            .pages
            .iter()
            .map(|page| FilingPage::new(request, page))
            .collect())
    }

    /// The article that provides for it, as `instrument#article`.
    async fn legal_basis(&self) -> Option<&str> {
        self.0.filing.law.as_ref().map(|law| law.as_str())
    }
}

/// One version of a procedure. Cases stay on the version under which they were opened.
#[Object]
impl Procedure {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        NodeKind::Procedure.id(&format!("{}@{}", self.0.key, self.0.version))
    }

    /// Stable key, for example `complaint`.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// Version within the key, from 1.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// Title in the language of the request.
    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.request()?.words(&self.0.title))
    }

    /// SHA-256 of the definition in its canonical form, in hexadecimal digits.
    async fn hash(&self) -> &str {
        &self.0.hash
    }

    /// First filing day that it governs; null if it has none.
    async fn filed_from(&self) -> Option<Date> {
        self.0.filed.from.map(Date)
    }

    /// Last filing day that it governs; null if it has none.
    async fn filed_to(&self) -> Option<Date> {
        self.0.filed.to.map(Date)
    }

    /// How a case is filed.
    async fn filing(&self) -> Filing {
        Filing(self.0.clone())
    }

    /// Steps of the progress, in order.
    async fn phases(&self) -> Vec<&str> {
        self.0.phases()
    }

    /// Roles.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<ProcedureRole>> {
        let request = ctx.request()?;
        let roles = self.0.roles.iter();
        Ok(roles
            .map(|(name, role)| ProcedureRole {
                name: name.clone(),
                title: request.words(&role.title),
            })
            .collect())
    }

    /// States, outer ones before inner ones.
    async fn states(&self, ctx: &Context<'_>) -> Result<Vec<ProcedureState>> {
        let request = ctx.request()?;
        let states = self.0.states.iter().map(|state| ProcedureState {
            id: state.id.clone(),
            title: request.words(&state.title),
            phase: state.phase.clone(),
            outcome: state.outcome.clone(),
        });
        Ok(states.collect())
    }

    /// Events.
    async fn events(&self, ctx: &Context<'_>) -> Result<Vec<ProcedureEvent>> {
        let request = ctx.request()?;
        let events = self.0.events.iter().map(|(name, event)| ProcedureEvent {
            name: name.clone(),
            title: request.words(&event.title),
            hint: event.hint.as_ref().map(|hint| request.words(hint)),
            by: event.by.clone(),
            form: AnyJson(form::event_schema(&self.0, event)),
            irreversible: event.irreversible,
            legal_basis: event.law.as_ref().map(|law| law.as_str().to_owned()),
        });
        Ok(events.collect())
    }

    /// Legal clocks.
    async fn clocks(&self, ctx: &Context<'_>) -> Result<Vec<ProcedureClock>> {
        let request = ctx.request()?;
        let clocks = self.0.clocks.iter().map(|(name, rule)| ProcedureClock {
            name: name.clone(),
            title: request.words(&rule.title),
            legal_basis: rule.law.as_str().to_owned(),
        });
        Ok(clocks.collect())
    }
}
