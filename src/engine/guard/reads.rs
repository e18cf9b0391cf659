//! What a guard reads: for the exploration of `check`, which tries every value that makes a difference to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Guard, Literal, Term, Tree};

/// What conditions compare one field with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// The values that stand in conditions, each once.
    pub(crate) literals: Vec<Json>,
    /// Options of a list, as conditions ask for them: each set is one question, whether any of it was chosen.
    pub(crate) any_of: BTreeSet<BTreeSet<String>>,
    /// Other fields that it is compared with: how many times this one is taken there, how many times the other.
    pub(crate) beside: BTreeMap<String, BTreeSet<(i64, i64)>>,
    /// How many fields stand in a row of comparisons with it (`a < b`, `b < c`), itself counted; 0 where nobody has looked.
    pub(crate) row: usize,
}

impl Compared {
    fn with(&mut self, literal: &Literal) {
        self.with_value(literal.json());
    }

    fn with_value(&mut self, value: Json) {
        if !self.literals.contains(&value) {
            self.literals.push(value);
        }
    }

    /// Adds values that make a difference though no condition names them.
    pub(crate) fn with_values(&mut self, values: Vec<Json>) {
        values.into_iter().for_each(|value| self.with_value(value));
    }

    /// Adds what another field is compared with, where this one reaches as much.
    pub(crate) fn with_those_of(&mut self, name: &str, other: &Self) {
        let Some(times) = self.beside.get(name).cloned() else {
            return;
        };
        for (own, others) in times {
            for literal in &other.literals {
                let value = literal.as_i64().map_or_else(
                    || literal.clone(),
                    |number| Json::from(number.saturating_mul(others).div_euclid(own.max(1))),
                );
                self.with_value(value);
            }
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
            Tree::And(..) => self.joined(tree, false),
            Tree::Or(..) => self.joined(tree, true),
            Tree::Compare(_, a, b) => self.comparison(a, b),
            Tree::In(term, list) => list.iter().for_each(|literal| self.measured(term, literal)),
            Tree::Contains(name, literal) => {
                let option = option(literal).map(str::to_owned);
                self.field(name)
                    .any_of
                    .extend(option.map(|option| BTreeSet::from([option])));
            }
            Tree::Holds(role) => {
                self.held.insert(role.clone());
            }
            Tree::By(role) => {
                self.by.insert(role.clone());
            }
        }
    }

    /// What stands in `a || b || …` (`either`), or in `a && b && …`: the options of one list that are asked for there are one
    /// question, "any of these" or "none of these".
    fn joined(&mut self, tree: &Tree, either: bool) {
        let mut parts = Vec::new();
        parts_of(tree, either, &mut parts);
        let mut together: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for part in parts {
            let asked = match part {
                Tree::Contains(name, literal) if either => option(literal).map(|option| (name, option)),
                Tree::Not(inner) if !either => match &**inner {
                    Tree::Contains(name, literal) => option(literal).map(|option| (name, option)),
                    _ => None,
                },
                _ => None,
            };
            match asked {
                Some((name, option)) => {
                    together.entry(name).or_default().insert(option.to_owned());
                }
                None => self.tree(part),
            }
        }
        for (name, options) in together {
            self.field(name).any_of.insert(options);
        }
    }

    fn comparison(&mut self, a: &Term, b: &Term) {
        match (a, b) {
            (term, Term::Literal(literal)) | (Term::Literal(literal), term) => self.measured(term, literal),
            (a, b) => {
                let (Some((mine, one)), Some((theirs, other))) = (a.times(), b.times()) else {
                    return;
                };
                let beside = |compared: &mut Compared, name: &str, times| {
                    compared.beside.entry(name.to_owned()).or_default().insert(times);
                };
                beside(self.field(one), other, (mine, theirs));
                beside(self.field(other), one, (theirs, mine));
            }
        }
    }

    /// A field, or so many times a field, is compared with a value.
    fn measured(&mut self, term: &Term, literal: &Literal) {
        let Some((times, name)) = term.times() else {
            return;
        };
        match literal {
            Literal::Integer(value) => self.field(name).with(&Literal::Integer(value.div_euclid(times.max(1)))),
            other => self.field(name).with(other),
        }
    }
}

/// The parts that one word joins: `||` if `either`, else `&&`.
fn parts_of<'t>(tree: &'t Tree, either: bool, parts: &mut Vec<&'t Tree>) {
    let joined = match tree {
        Tree::Or(a, b) => either.then_some((a, b)),
        Tree::And(a, b) => (!either).then_some((a, b)),
        _ => None,
    };
    match joined {
        Some((a, b)) => {
            parts_of(a, either, parts);
            parts_of(b, either, parts);
        }
        None => parts.push(tree),
    }
}

/// An option of a list, as a condition names it.
fn option(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::Text(option) => Some(option),
        _ => None,
    }
}
