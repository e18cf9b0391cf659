//! Guards: conditions in CEL over the facts of a case, type-checked when a definition is loaded.
//!
//! The crate `cel` parses; it has no type checker, so a misspelt field would fail or be false at run time. Here the
//! syntax tree is checked against the procedure's fields and compiled into a small typed tree that cannot fail: a field
//! that may be missing is only readable behind `has(…)`. Personal and identity fields cannot be named at all.

mod json_schema;
mod spelling;
mod value;
mod words;

use std::collections::BTreeSet;

use cel::{
    IdedExpr,
    common::ast::{CallExpr, Expr as Cel, LiteralValue, operators},
    parser::Parser,
};
use serde_json::Value as Json;

use crate::{
    clock::iso_day,
    definition::{
        model::{FieldKind, Storage},
        source::nearest,
    },
};

/// What a guard may ask about a case.
pub trait Facts {
    /// The value of a case field, if it has one.
    fn field(&self, name: &str) -> Option<&Json>;
    /// Whether a clock has expired.
    fn expired(&self, clock: &str) -> bool;
    /// Whether a clock is running (not suspended, not stopped, not expired).
    fn running(&self, clock: &str) -> bool;
    /// Whether somebody holds a case role.
    fn holds(&self, role: &str) -> bool;
    /// Whether the actor has a role.
    fn by(&self, role: &str) -> bool;
    /// Whether a state is active.
    fn active(&self, state: &str) -> bool;
}

/// What the checker knows while it compiles a guard.
pub trait Scope {
    /// Type and storage of a field.
    fn field(&self, name: &str) -> Option<(&FieldKind, Storage)>;
    /// Whether a clock of this name exists.
    fn clock(&self, name: &str) -> bool;
    /// Whether a role of this name exists.
    fn role(&self, name: &str) -> bool;
    /// Whether a state with this full path exists.
    fn state(&self, name: &str) -> bool;
    /// Whether a field surely has a value where the guard is evaluated.
    fn present(&self, name: &str) -> bool;
    /// All names of a kind, to say which was probably meant.
    fn names(&self, _of: Nameable) -> Vec<&str> {
        Vec::new()
    }
}

/// What a guard names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nameable {
    /// `data.NAME`.
    Field,
    /// `expired('NAME')`, `running('NAME')`.
    Clock,
    /// `holds('NAME')`, `by('NAME')`.
    Role,
    /// `active('PATH')`.
    State,
}

/// A compiled guard with its source text.
#[derive(Clone, Debug)]
pub struct Guard {
    source: String,
    tree: Tree,
}

#[derive(Clone, Debug)]
enum Tree {
    Constant(bool),
    Flag(String),
    Has(String),
    Not(Box<Tree>),
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
    Compare(Comparison, Term, Term),
    In(Term, Vec<Literal>),
    Contains(String, Literal),
    Expired(String),
    Running(String),
    Holds(String),
    By(String),
    Active(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// The comparison with its two sides exchanged.
    fn turned(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

#[derive(Clone, Debug)]
enum Term {
    Field(String),
    /// So many times a number field.
    Times(i64, String),
    Literal(Literal),
}

impl Term {
    /// The field that it reads, and how many times it is taken.
    fn times(&self) -> Option<(i64, &str)> {
        match self {
            Self::Field(name) => Some((1, name)),
            Self::Times(factor, name) => Some((*factor, name)),
            Self::Literal(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Literal {
    Integer(i64),
    Text(String),
    Bool(bool),
}

impl Literal {
    fn json(&self) -> Json {
        match self {
            Self::Integer(value) => Json::from(*value),
            Self::Text(text) => Json::from(text.as_str()),
            Self::Bool(value) => Json::from(*value),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Type {
    Bool,
    Integer,
    Text,
    Date,
    Choice(Vec<String>),
}

impl Type {
    fn name(&self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Integer => "a number",
            Self::Text => "text",
            Self::Date => "a date",
            Self::Choice(_) => "a choice",
        }
    }
}

/// Why a guard was refused: a stable code and the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardError {
    /// `WF110` not readable, `WF111` type, `WF112` read without `has`, `WF103`/`WF102`/`WF104` unknown name.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub mend: String,
}

impl GuardError {
    fn new(code: &'static str, message: String, mend: &str) -> Self {
        Self {
            code,
            message,
            mend: mend.to_owned(),
        }
    }
}

impl Guard {
    /// Parses and type-checks a guard.
    pub fn compile(source: &str, scope: &dyn Scope) -> Result<Self, GuardError> {
        if source.len() > 2_000 {
            let message = "the guard is longer than 2,000 characters".to_owned();
            return Err(GuardError::new("WF110", message, "split it into several requirements"));
        }
        let parsed = Parser::new().max_recursion_depth(32).parse(source).map_err(|errors| {
            let first = errors.errors.first().map(|e| e.msg.clone()).unwrap_or_default();
            let mend = spelling::mend(source).unwrap_or_else(|| "write a condition in CEL".to_owned());
            GuardError::new("WF110", format!("`{source}` is not CEL: {first}"), &mend)
        })?;
        let tree = Compiler { scope }.condition(&parsed, &BTreeSet::new())?;
        Ok(Self {
            source: source.to_owned(),
            tree,
        })
    }

    /// The guard as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the guard holds. Total: a missing value never reaches a comparison unguarded, and would be false.
    pub fn holds(&self, facts: &dyn Facts) -> bool {
        value::evaluate(&self.tree, facts)
    }

    /// `Some` if the guard has the same value for every case.
    pub fn constant(&self) -> Option<bool> {
        match self.tree {
            Tree::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// Roles of which the guard asks whether they sent the event.
    pub fn senders(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        senders(&self.tree, &mut names);
        names
    }

    /// Whether it asks for nothing but answers, and so can be asked where there is no case yet.
    pub(crate) fn asks_answers_alone(&self) -> bool {
        answers_alone(&self.tree)
    }

    /// Names of the fields that the guard reads.
    pub fn fields(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        collect(&self.tree, &mut names);
        names
    }
}

fn collect<'t>(tree: &'t Tree, names: &mut BTreeSet<&'t str>) {
    match tree {
        Tree::Flag(f) | Tree::Has(f) | Tree::Contains(f, _) => {
            names.insert(f);
        }
        Tree::Not(a) => collect(a, names),
        Tree::And(a, b) | Tree::Or(a, b) => {
            collect(a, names);
            collect(b, names);
        }
        Tree::Compare(_, a, b) => {
            names.extend([a, b].into_iter().filter_map(Term::times).map(|(_, name)| name));
        }
        Tree::In(term, _) => names.extend(term.times().map(|(_, name)| name)),
        _ => {}
    }
}

fn answers_alone(tree: &Tree) -> bool {
    match tree {
        Tree::Expired(_) | Tree::Running(_) | Tree::Holds(_) | Tree::By(_) | Tree::Active(_) => false,
        Tree::Not(a) => answers_alone(a),
        Tree::And(a, b) | Tree::Or(a, b) => answers_alone(a) && answers_alone(b),
        _ => true,
    }
}

fn senders<'t>(tree: &'t Tree, names: &mut BTreeSet<&'t str>) {
    match tree {
        Tree::By(role) => {
            names.insert(role);
        }
        Tree::Not(a) => senders(a, names),
        Tree::And(a, b) | Tree::Or(a, b) => {
            senders(a, names);
            senders(b, names);
        }
        _ => {}
    }
}

struct Compiler<'s> {
    scope: &'s dyn Scope,
}

/// Fields known to be present on the way to a sub-expression.
type Known = BTreeSet<String>;

impl Compiler<'_> {
    fn condition(&self, node: &IdedExpr, known: &Known) -> Result<Tree, GuardError> {
        match &node.expr {
            Cel::Literal(LiteralValue::Boolean(b)) => Ok(Tree::Constant(*b.inner())),
            Cel::Select(select) if select.test => Ok(Tree::Has(self.data_field(node)?.0)),
            Cel::Select(_) => {
                let (name, kind) = self.readable(node, known)?;
                if kind != Type::Bool {
                    return Err(type_error(&format!("`data.{name}` is {}, not bool", kind.name())));
                }
                Ok(Tree::Flag(name))
            }
            Cel::Call(call) => self.call(call, known),
            _ => Err(unsupported()),
        }
    }

    fn call(&self, call: &CallExpr, known: &Known) -> Result<Tree, GuardError> {
        let comparison = match call.func_name.as_str() {
            operators::EQUALS => Some(Comparison::Equal),
            operators::NOT_EQUALS => Some(Comparison::NotEqual),
            operators::LESS => Some(Comparison::Less),
            operators::LESS_EQUALS => Some(Comparison::LessOrEqual),
            operators::GREATER => Some(Comparison::Greater),
            operators::GREATER_EQUALS => Some(Comparison::GreaterOrEqual),
            _ => None,
        };
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, [a, b]) => {
                let left = self.condition(a, known)?;
                let mut inner = known.clone();
                facts_if(&left, true, &mut inner);
                Ok(Tree::And(Box::new(left), Box::new(self.condition(b, &inner)?)))
            }
            (operators::LOGICAL_OR, [a, b]) => {
                let left = self.condition(a, known)?;
                let mut inner = known.clone();
                facts_if(&left, false, &mut inner);
                Ok(Tree::Or(Box::new(left), Box::new(self.condition(b, &inner)?)))
            }
            (operators::LOGICAL_NOT, [a]) => Ok(Tree::Not(Box::new(self.condition(a, known)?))),
            (operators::IN, [a, b]) => self.membership(a, b, known),
            (_, [a, b]) if comparison.is_some() => {
                let how = comparison.unwrap_or(Comparison::Equal);
                self.comparison(how, a, b, known)
            }
            (name @ ("expired" | "running" | "holds" | "by" | "active"), [arg]) if call.target.is_none() => {
                let word = text_literal(arg)?;
                let (exists, code, what, of) = match name {
                    "expired" | "running" => (self.scope.clock(&word), "WF104", "clock", Nameable::Clock),
                    "active" => (self.scope.state(&word), "WF101", "state", Nameable::State),
                    _ => (self.scope.role(&word), "WF102", "role", Nameable::Role),
                };
                if !exists {
                    let message = format!("`{word}` is not a {what} of this procedure");
                    let mend = self.meant(&word, of, "declare it or correct the name");
                    return Err(GuardError::new(code, message, &mend));
                }
                Ok(match name {
                    "expired" => Tree::Expired(word),
                    "running" => Tree::Running(word),
                    "holds" => Tree::Holds(word),
                    "active" => Tree::Active(word),
                    _ => Tree::By(word),
                })
            }
            _ => Err(unsupported()),
        }
    }

    fn membership(&self, a: &IdedExpr, b: &IdedExpr, known: &Known) -> Result<Tree, GuardError> {
        if let Cel::List(list) = &b.expr {
            let (term, kind) = self.term(a, known)?;
            let mut literals = Vec::new();
            for item in &list.elements {
                let (literal, literal_type) = literal(item)?;
                same_type(&kind, &literal_type, &literal)?;
                literals.push(literal);
            }
            return Ok(Tree::In(term, literals));
        }
        // `"refund" in data.claims`
        let (name, field) = self.data_field(b)?;
        let FieldKind::Choices(choices) = field else {
            return Err(type_error(&format!("`data.{name}` is not a list")));
        };
        let (wanted, _) = literal(a)?;
        let keys: Vec<String> = choices.iter().map(|c| c.key.clone()).collect();
        same_type(&Type::Choice(keys), &Type::Text, &wanted)?;
        self.must_be_known(&name, known)?;
        Ok(Tree::Contains(name, wanted))
    }

    fn comparison(&self, how: Comparison, a: &IdedExpr, b: &IdedExpr, known: &Known) -> Result<Tree, GuardError> {
        let (left, left_type) = self.term(a, known)?;
        let (right, right_type) = self.term(b, known)?;
        match (&left, &right) {
            (_, Term::Literal(literal)) => same_type(&left_type, &right_type, literal)?,
            (Term::Literal(literal), _) => same_type(&right_type, &left_type, literal)?,
            _ if left_type == right_type => {}
            _ => {
                return Err(type_error(&format!(
                    "{} compared with {}",
                    left_type.name(),
                    right_type.name()
                )));
            }
        }
        let ordered = !matches!(how, Comparison::Equal | Comparison::NotEqual);
        if ordered && matches!(left_type, Type::Choice(_) | Type::Bool) {
            return Err(type_error(&format!("{} has no order", left_type.name())));
        }
        Ok(Tree::Compare(how, left, right))
    }

    fn term(&self, node: &IdedExpr, known: &Known) -> Result<(Term, Type), GuardError> {
        match &node.expr {
            Cel::Select(select) if !select.test => {
                let (name, kind) = self.readable(node, known)?;
                Ok((Term::Field(name), kind))
            }
            Cel::Call(call) if call.func_name == "date" => {
                let [arg] = call.args.as_slice() else {
                    return Err(unsupported());
                };
                let text = text_literal(arg)?;
                if iso_day(&text).is_none() {
                    return Err(type_error(&format!("`{text}` is not a date")));
                }
                Ok((Term::Literal(Literal::Text(text)), Type::Date))
            }
            Cel::Call(call) if call.func_name == operators::MULTIPLY => self.product(&call.args, known),
            _ => {
                let (literal, kind) = literal(node)?;
                Ok((Term::Literal(literal), kind))
            }
        }
    }

    /// `5 * data.volume`, either way round: what the law measures in multiples.
    fn product(&self, args: &[IdedExpr], known: &Known) -> Result<(Term, Type), GuardError> {
        let wanted =
            || type_error("a product is of a whole number above zero and a number field, as in `5 * data.FIELD`");
        let [a, b] = args else {
            return Err(unsupported());
        };
        let (number, field) = if matches!(a.expr, Cel::Literal(_)) {
            (a, b)
        } else {
            (b, a)
        };
        if !matches!(&field.expr, Cel::Select(select) if !select.test) {
            return Err(wanted());
        }
        let (name, kind) = self.readable(field, known)?;
        match literal(number) {
            Ok((Literal::Integer(factor), _)) if factor > 0 && kind == Type::Integer => {
                Ok((Term::Times(factor, name), kind))
            }
            _ => Err(wanted()),
        }
    }

    fn readable(&self, node: &IdedExpr, known: &Known) -> Result<(String, Type), GuardError> {
        let (name, kind) = self.data_field(node)?;
        let kind = match kind {
            FieldKind::Bool => Type::Bool,
            FieldKind::Integer { .. } | FieldKind::Money => Type::Integer,
            FieldKind::Date { .. } => Type::Date,
            FieldKind::Choice(choices) => Type::Choice(choices.iter().map(|c| c.key.clone()).collect()),
            FieldKind::Choices(_) => return Err(type_error(&format!("`data.{name}` is a list: use `in`"))),
            _ => Type::Text,
        };
        self.must_be_known(&name, known)?;
        Ok((name, kind))
    }

    fn must_be_known(&self, name: &str, known: &Known) -> Result<(), GuardError> {
        if known.contains(name) || self.scope.present(name) {
            return Ok(());
        }
        let message = format!("`data.{name}` may have no value here");
        Err(GuardError::new(
            "WF112",
            message,
            &format!("write `has(data.{name}) && …`"),
        ))
    }

    fn data_field(&self, node: &IdedExpr) -> Result<(String, &FieldKind), GuardError> {
        let Cel::Select(select) = &node.expr else {
            return Err(unsupported());
        };
        if !matches!(&select.operand.expr, Cel::Ident(root) if root == "data") {
            return Err(unsupported());
        }
        let name = select.field.clone();
        match self.scope.field(&name) {
            Some((kind, Storage::Case)) => Ok((name, kind)),
            Some(_) => {
                let message = format!("`data.{name}` is personal: a guard may not depend on it");
                Err(GuardError::new(
                    "WF111",
                    message,
                    "guards read fields stored with the case only",
                ))
            }
            None => {
                let message = format!("`data.{name}` is not a field of this procedure");
                let mend = self.meant(&name, Nameable::Field, "declare the field or correct the name");
                Err(GuardError::new("WF103", message, &mend))
            }
        }
    }

    /// Which name was probably meant, or else what to do.
    fn meant(&self, name: &str, of: Nameable, else_say: &str) -> String {
        let near = nearest(name, &self.scope.names(of)).map(|near| format!("did you mean `{near}`?"));
        near.unwrap_or_else(|| else_say.to_owned())
    }
}

/// Adds the fields that must be present if `tree` has the value `truth`.
fn facts_if(tree: &Tree, truth: bool, known: &mut Known) {
    match (tree, truth) {
        (Tree::Has(name), true) => {
            known.insert(name.clone());
        }
        (Tree::Not(inner), _) => facts_if(inner, !truth, known),
        (Tree::And(a, b), true) | (Tree::Or(a, b), false) => {
            facts_if(a, truth, known);
            facts_if(b, truth, known);
        }
        _ => {}
    }
}

fn same_type(wanted: &Type, got: &Type, literal: &Literal) -> Result<(), GuardError> {
    match (wanted, literal) {
        (Type::Choice(keys), Literal::Text(text)) if keys.contains(text) => Ok(()),
        (Type::Choice(keys), Literal::Text(text)) => {
            let known: Vec<&str> = keys.iter().map(String::as_str).collect();
            let message = format!("`{text}` is not one of {}", keys.join(", "));
            let near = nearest(text, &known).map(|near| format!("did you mean `{near}`?"));
            let mend = near.unwrap_or_else(|| "write one of the options of the field".to_owned());
            Err(GuardError::new("WF111", message, &mend))
        }
        (Type::Date, Literal::Text(_)) if *got == Type::Date => Ok(()),
        (Type::Date, Literal::Text(text)) => Err(type_error(&format!("write date('{text}')"))),
        (Type::Text, Literal::Text(_)) | (Type::Integer, Literal::Integer(_)) | (Type::Bool, Literal::Bool(_)) => {
            Ok(())
        }
        _ => Err(type_error(&format!("{} compared with {}", wanted.name(), got.name()))),
    }
}

fn literal(node: &IdedExpr) -> Result<(Literal, Type), GuardError> {
    match &node.expr {
        Cel::Literal(LiteralValue::Int(v)) => Ok((Literal::Integer(*v.inner()), Type::Integer)),
        Cel::Literal(LiteralValue::String(v)) => Ok((Literal::Text(v.inner().to_owned()), Type::Text)),
        Cel::Literal(LiteralValue::Boolean(v)) => Ok((Literal::Bool(*v.inner()), Type::Bool)),
        _ => Err(unsupported()),
    }
}

fn text_literal(node: &IdedExpr) -> Result<String, GuardError> {
    match literal(node)? {
        (Literal::Text(text), _) => Ok(text),
        _ => Err(type_error("a name in quotes is wanted")),
    }
}

fn type_error(message: &str) -> GuardError {
    GuardError::new("WF111", message.to_owned(), "compare values of one type")
}

fn unsupported() -> GuardError {
    GuardError::new(
        "WF110",
        "this part of CEL is not used in guards".to_owned(),
        "use data.FIELD, has(), == != < <= > >= in && || !, 5 * data.FIELD, date(), expired(), running(), active(), holds(), by()",
    )
}

pub(crate) mod reads;
#[cfg(test)]
mod tests;
