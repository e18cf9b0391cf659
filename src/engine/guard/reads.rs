//! What a guard reads: for the exploration of `check`, which tries every value that makes a difference to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Guard, Literal, Term, Tree};

/// What conditions compare one field with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// The values that stand in conditions, each once.
    pub(crate) literals: Vec<Json>,
    /// Other fields that it is compared with.
    pub(crate) beside: BTreeSet<String>,
}

impl Compared {
    fn with(&mut self, literal: &Literal) {
        let value = match literal {
            Literal::Integer(value) => Json::from(*value),
            Literal::Text(text) => Json::from(text.as_str()),
            Literal::Bool(value) => Json::from(*value),
        };
        if !self.literals.contains(&value) {
            self.literals.push(value);
        }
    }
}

/// Everything that guards read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    /// By field: what it is compared with.
    pub(crate) fields: BTreeMap<String, Compared>,
    /// Roles of `holds`.
    pub(crate) held: BTreeSet<String>,
    /// Roles of `by`.
    pub(crate) by: BTreeSet<String>,
    /// Whether `active` is asked.
    pub(crate) places: bool,
}

impl Reads {
    /// Adds what a guard reads.
    pub(crate) fn add(&mut self, guard: &Guard) {
        self.tree(&guard.tree);
    }

    fn field(&mut self, name: &str) -> &mut Compared {
        self.fields.entry(name.to_owned()).or_default()
    }

    fn tree(&mut self, tree: &Tree) {
        match tree {
            Tree::Constant(_) | Tree::Expired(_) | Tree::Running(_) => {}
            Tree::Active(_) => self.places = true,
            Tree::Flag(name) | Tree::Has(name) => {
                self.field(name);
            }
            Tree::Not(inner) => self.tree(inner),
            Tree::And(a, b) | Tree::Or(a, b) => {
                self.tree(a);
                self.tree(b);
            }
            Tree::Compare(_, a, b) => self.comparison(a, b),
            Tree::In(Term::Field(name), list) => list.iter().for_each(|literal| self.field(name).with(literal)),
            Tree::In(Term::Literal(_), _) => {}
            Tree::Contains(name, literal) => self.field(name).with(literal),
            Tree::Holds(role) => {
                self.held.insert(role.clone());
            }
            Tree::By(role) => {
                self.by.insert(role.clone());
            }
        }
    }

    fn comparison(&mut self, a: &Term, b: &Term) {
        match (a, b) {
            (Term::Field(name), Term::Literal(literal)) | (Term::Literal(literal), Term::Field(name)) => {
                self.field(name).with(literal);
            }
            (Term::Field(one), Term::Field(other)) => {
                self.field(one).beside.insert(other.clone());
                self.field(other).beside.insert(one.clone());
            }
            (Term::Literal(_), Term::Literal(_)) => {}
        }
    }
}
