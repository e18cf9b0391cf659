//! What a guard says of a case.

use serde_json::Value as Json;

use super::{Comparison, Facts, Literal, Term, Tree};

/// Whether a condition holds of these facts.
pub(super) fn evaluate(tree: &Tree, facts: &dyn Facts) -> bool {
    match tree {
        Tree::Constant(value) => *value,
        Tree::Flag(name) => facts.field(name).and_then(Json::as_bool).unwrap_or(false),
        Tree::Has(name) => facts.field(name).is_some_and(|v| !v.is_null()),
        Tree::Not(inner) => !evaluate(inner, facts),
        Tree::And(a, b) => evaluate(a, facts) && evaluate(b, facts),
        Tree::Or(a, b) => evaluate(a, facts) || evaluate(b, facts),
        Tree::Compare(how, a, b) => compare(*how, a, b, facts),
        Tree::In(term, list) => value(term, facts).is_some_and(|v| list.contains(&v)),
        Tree::Contains(name, literal) => match (facts.field(name), literal) {
            (Some(Json::Array(items)), Literal::Text(text)) => items.iter().any(|i| i.as_str() == Some(text)),
            _ => false,
        },
        Tree::Expired(clock) => facts.expired(clock),
        Tree::Running(clock) => facts.running(clock),
        Tree::Holds(role) => facts.holds(role),
        Tree::By(role) => facts.by(role),
        Tree::Active(state) => facts.active(state),
    }
}

fn value(term: &Term, facts: &dyn Facts) -> Option<Literal> {
    match term {
        Term::Literal(literal) => Some(literal.clone()),
        Term::Field(name) => match facts.field(name)? {
            Json::Bool(v) => Some(Literal::Bool(*v)),
            Json::Number(n) => n.as_i64().map(Literal::Integer),
            Json::String(s) => Some(Literal::Text(s.clone())),
            _ => None,
        },
        // A sum beyond what a field can hold compares like the greatest that it can.
        Term::Times(factor, name) => {
            let number = facts.field(name)?.as_i64()?;
            Some(Literal::Integer(number.saturating_mul(*factor)))
        }
    }
}

fn compare(how: Comparison, a: &Term, b: &Term, facts: &dyn Facts) -> bool {
    let (Some(a), Some(b)) = (value(a, facts), value(b, facts)) else {
        return false;
    };
    let order = match (&a, &b) {
        (Literal::Integer(a), Literal::Integer(b)) => a.cmp(b),
        // ISO dates order as text.
        (Literal::Text(a), Literal::Text(b)) => a.cmp(b),
        (Literal::Bool(a), Literal::Bool(b)) => a.cmp(b),
        _ => return false,
    };
    match how {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}
