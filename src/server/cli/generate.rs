//! `zhengming gen`: prints what the code defines, so that a committed copy can be compared.

use clap::Subcommand;
use serde_json::{Map, Value as Json, json};
use zhengming_engine::{
    definition::{model::Definition, schema},
    form,
    pack::Pack,
};

use super::{Global, Outcome, UsageError, explain_pack, permissions, print};
use crate::{config, graphql, workflows};

/// What to print.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Generate {
    /// The GraphQL schema, sorted, in the schema definition language
    Schema,
    /// Every setting with its default and what it does, as zhengming.toml
    Config,
    /// The forms of every procedure: of the filing and of each event, as JSON Schema
    JsonSchema,
    /// What a procedure file may say, as JSON Schema for editors
    WorkflowSchema,
    /// Who may do what: role × action, and role × procedure × state × event
    Permissions,
}

impl Generate {
    /// Prints it on stdout.
    ///
    /// # Errors
    /// stdout is closed, or the configured domain pack cannot be used.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        let text = match self {
            Self::Schema => graphql::schema::sdl(),
            Self::Config => config::DEFAULTS.to_owned(),
            Self::JsonSchema => format!("{}\n", serde_json::to_string_pretty(&forms(&pack(global)?))?),
            Self::WorkflowSchema => format!("{}\n", serde_json::to_string_pretty(&schema::schema())?),
            Self::Permissions => permissions::matrix(&pack(global)?),
        };
        print(&text)?;
        Ok(Outcome::Done)
    }
}

fn pack(global: &Global) -> Result<Pack, UsageError> {
    workflows::load(global.load()?.workflows_dir.as_deref()).map_err(|error| explain_pack(&error))
}

/// `{procedure: {version: {filing, events: {event: schema}}}}`.
fn forms(pack: &Pack) -> Json {
    let versions = |versions: &[std::sync::Arc<Definition>]| -> Map<String, Json> {
        versions
            .iter()
            .map(|definition| (definition.version.to_string(), forms_of(definition)))
            .collect()
    };
    let procedures = pack.procedures.iter();
    Json::Object(
        procedures
            .map(|(key, list)| (key.clone(), Json::Object(versions(list))))
            .collect(),
    )
}

fn forms_of(definition: &Definition) -> Json {
    let events = definition.events.iter();
    let events: Map<String, Json> = events
        .map(|(name, event)| (name.clone(), form::event_schema(definition, event)))
        .collect();
    json!({ "filing": form::filing_schema(definition), "events": events })
}
