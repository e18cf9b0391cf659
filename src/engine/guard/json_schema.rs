//! Guards as JSON Schema: for whoever draws a form whose later questions hang on earlier answers.

use serde_json::{Map, Value as Json, json};

use super::{Comparison, Guard, Literal, Term, Tree};

impl Guard {
    /// The JSON Schema (2020-12) of the answers for which the guard holds, if it asks for nothing but answers and compares
    /// none with another.
    pub(crate) fn json_schema(&self) -> Option<Json> {
        tree(&self.tree)
    }
}

fn tree(node: &Tree) -> Option<Json> {
    Some(match node {
        Tree::Constant(value) => Json::Bool(*value),
        Tree::Flag(field) => answered(field, json!({ "const": true })),
        Tree::Has(field) => answered(field, json!({ "not": { "type": "null" } })),
        Tree::Not(inner) => json!({ "not": tree(inner)? }),
        Tree::And(a, b) => json!({ "allOf": [tree(a)?, tree(b)?] }),
        Tree::Or(a, b) => json!({ "anyOf": [tree(a)?, tree(b)?] }),
        Tree::Compare(how, Term::Field(field), Term::Literal(literal)) => answered(field, compared(*how, literal)?),
        Tree::Compare(how, Term::Literal(literal), Term::Field(field)) => {
            answered(field, compared(how.turned(), literal)?)
        }
        Tree::In(Term::Field(field), literals) => {
            let all: Vec<Json> = literals.iter().map(Literal::json).collect();
            answered(field, json!({ "enum": all }))
        }
        Tree::Contains(field, literal) => answered(field, json!({ "contains": { "const": literal.json() } })),
        Tree::Compare(..)
        | Tree::In(..)
        | Tree::Expired(_)
        | Tree::Running(_)
        | Tree::Holds(_)
        | Tree::By(_)
        | Tree::Active(_) => return None,
    })
}

/// A field has an answer that fits: without one no comparison holds.
fn answered(field: &str, fits: Json) -> Json {
    let properties = Map::from_iter([(field.to_owned(), fits)]);
    json!({ "properties": properties, "required": [field] })
}

/// JSON Schema orders numbers alone: days, which are text there, can only be equal.
fn compared(how: Comparison, literal: &Literal) -> Option<Json> {
    let word = match (how, literal) {
        (Comparison::Equal, _) => "const",
        (Comparison::NotEqual, _) => return Some(json!({ "not": { "const": literal.json() } })),
        (Comparison::Less, Literal::Integer(_)) => "exclusiveMaximum",
        (Comparison::LessOrEqual, Literal::Integer(_)) => "maximum",
        (Comparison::Greater, Literal::Integer(_)) => "exclusiveMinimum",
        (Comparison::GreaterOrEqual, Literal::Integer(_)) => "minimum",
        _ => return None,
    };
    Some(json!({ word: literal.json() }))
}
