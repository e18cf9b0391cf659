//! The JSON Schema of procedure files: completion, descriptions and first errors for editors.
//!
//! Printed from the grammar by which files are decoded. What it cannot say (whether names are known, types of conditions,
//! dead ends) `zhengming check` says.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{
    grammar::{BRANCH, EFFECT, HISTORY, Key, Mapping, PROCEDURE, STATE, Shape},
    model::{ALWAYS, DONE},
};
use crate::{clock::Unit, decision::RESERVED_KINDS};

#[cfg(test)]
mod tests;

const ID: &str = "^[a-z][a-z0-9_]*$";
const NUMBER: &str = "[1-9][0-9]{0,3}";

/// The schema of a procedure file, in draft 2020-12.
#[must_use]
pub fn schema() -> Json {
    let mut definitions = BTreeMap::new();
    for mapping in mappings() {
        definitions.insert(mapping.name, object(mapping));
    }
    let shared = [
        ("text", json!({ "type": ["string", "number"] })),
        ("names", one_or_more(&reference("text"))),
        (
            "period",
            json!({ "type": "string", "pattern": format!("^[1-9][0-9]* ({})$", units()) }),
        ),
        ("law", json!({ "type": ["string", "number"], "pattern": law() })),
        ("place", place()),
        ("branches", branches()),
        ("effects", one_or_more(&effect())),
    ];
    definitions.extend(shared);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Procedure",
        "description": "A procedure of workflows/procedures; its README explains the keys, `zhengming check` what is wrong.",
        "$ref": "#/$defs/procedure",
    });
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$defs".to_owned(), json!(definitions));
    }
    schema
}

/// Every mapping that a file can hold, the effects apart.
fn mappings() -> Vec<&'static Mapping> {
    let mut found: Vec<&Mapping> = Vec::new();
    let mut waiting: Vec<&Mapping> = vec![&PROCEDURE, &STATE, &HISTORY, &BRANCH, &EFFECT];
    while let Some(mapping) = waiting.pop() {
        if found.iter().any(|known| known.name == mapping.name) {
            continue;
        }
        found.push(mapping);
        waiting.extend(mapping.keys.iter().filter_map(|key| match key.shape {
            Shape::One(inner) | Shape::OneOrName(inner) | Shape::OneOrMore(inner) | Shape::Each(inner) => Some(inner),
            _ => None,
        }));
    }
    found.retain(|mapping| mapping.name != EFFECT.name);
    found
}

fn object(mapping: &Mapping) -> Json {
    let properties: Map<String, Json> = mapping.keys.iter().map(property).collect();
    let required: Vec<&str> = mapping.keys.iter().filter(|k| k.required).map(|k| k.name).collect();
    let mut object = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    let conditions = conditions(mapping);
    if let Some(object) = object.as_object_mut().filter(|_| !conditions.is_empty()) {
        object.insert("allOf".to_owned(), Json::Array(conditions));
    }
    object
}

fn property(key: &Key) -> (String, Json) {
    let mut value = shape(key.shape);
    if let Some(value) = value.as_object_mut() {
        value.insert("description".to_owned(), key.about.into());
    }
    (key.name.to_owned(), value)
}

fn shape(shape: Shape) -> Json {
    match shape {
        Shape::Text => reference("text"),
        Shape::Filled => json!({ "type": ["string", "number"], "pattern": "\\S" }),
        Shape::Id => json!({ "type": "string", "pattern": ID }),
        Shape::Code => json!({ "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$" }),
        Shape::Integer(i64::MIN) => json!({ "type": "integer" }),
        Shape::Integer(least) => json!({ "type": "integer", "minimum": least, "maximum": u32::MAX }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Date => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Shape::Period => reference("period"),
        Shape::Law => reference("law"),
        Shape::Word(words) => json!({ "enum": words() }),
        Shape::Words(words) => one_or_more(&json!({ "enum": words() })),
        Shape::WordById(words) => by_id(&json!({ "enum": words() })),
        Shape::Names => reference("names"),
        Shape::Pairs => json!({ "type": "object", "additionalProperties": reference("text") }),
        Shape::Values => json!({ "type": "object", "additionalProperties": { "not": { "type": "null" } } }),
        Shape::Entries => by_id(&reference("text")),
        Shape::One(mapping) => reference(mapping.name),
        Shape::OneOrName(mapping) => json!({ "anyOf": [{ "type": "string" }, reference(mapping.name)] }),
        Shape::OneOrMore(mapping) => one_or_more(&reference(mapping.name)),
        Shape::Each(mapping) => by_id(&reference(mapping.name)),
        Shape::States => by_id(&reference("place")),
        Shape::Transitions => by_id(&reference("branches")),
        Shape::Effects => reference("effects"),
        Shape::Nothing => json!({ "type": "null" }),
        Shape::Value => json!({ "not": { "type": "null" } }),
    }
}

/// What keys of a mapping ask of each other.
fn conditions(mapping: &Mapping) -> Vec<Json> {
    match mapping.name {
        "procedure" => {
            let taken: Vec<&str> = [DONE, ALWAYS].into_iter().chain(RESERVED_KINDS).collect();
            vec![json!({ "properties": { "events": { "propertyNames": { "not": { "enum": taken } } } } })]
        }
        "field" => vec![
            json!({
                "if": { "properties": { "type": { "enum": ["choice", "choices"] } } },
                "then": { "required": ["options"], "properties": { "options": { "minProperties": 1 } } },
            }),
            json!({ "if": { "properties": { "type": { "const": "account" } } }, "then": { "required": ["role"] } }),
        ],
        "filing" => vec![json!({ "required": ["by"] })],
        "clock" => vec![
            json!({ "required": ["law"] }),
            json!({ "oneOf": [{ "required": ["within"] }, { "required": ["until"] }] }),
        ],
        "state" => {
            let inside = |key: &str| json!({ "required": [key], "properties": { key: { "minProperties": 1 } } });
            vec![
                json!({ "not": { "required": ["states", "parallel"] } }),
                json!({ "if": inside("states"), "then": { "required": ["initial"] } }),
                json!({
                    "if": { "anyOf": [inside("states"), inside("parallel")] },
                    "then": { "properties": { "outcome": false, "final": { "const": false } } },
                }),
            ]
        }
        _ => Vec::new(),
    }
}

/// A state, or a history state.
fn place() -> Json {
    json!({
        "if": { "type": "object", "required": ["history"] },
        "then": reference(HISTORY.name),
        "else": reference(STATE.name),
    })
}

/// What stands behind an event of a state: a target, a branch, a list of them, or nothing.
fn branches() -> Json {
    let branch = json!({ "anyOf": [{ "type": "string" }, reference(BRANCH.name)] });
    one_or_more(&branch)
}

/// One effect: a verb with its words, or alone where it has none.
fn effect() -> Json {
    let verbs: Map<String, Json> = EFFECT.keys.iter().map(property).collect();
    let alone = EFFECT.keys.iter().filter(|key| matches!(key.shape, Shape::Nothing));
    let alone: Vec<&str> = alone.map(|key| key.name).collect();
    json!({ "anyOf": [
        { "enum": alone },
        {
            "type": "object",
            "properties": verbs,
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        },
    ] })
}

fn one_or_more(one: &Json) -> Json {
    json!({ "anyOf": [one, { "type": "array", "items": one }, { "type": "null" }] })
}

fn by_id(value: &Json) -> Json {
    json!({ "type": "object", "propertyNames": { "pattern": ID }, "additionalProperties": value })
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// Units of periods, in the plural or the singular.
fn units() -> String {
    let units = Unit::ALL.map(|unit| format!("{}?", unit.as_str()));
    units.join("|")
}

/// `15(1)`, `samr-121#15.1`, `10-1`.
fn law() -> String {
    format!(r"^([a-z]([a-z0-9-]*[a-z0-9])?#)?{NUMBER}(-{NUMBER})?(\.{NUMBER})?(\({NUMBER}\)){{0,2}}$")
}
