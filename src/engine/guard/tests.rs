use super::*;
use crate::{
    definition::model::{Choice, Days},
    text::Label,
};

struct Sheet(Vec<(&'static str, FieldKind, Storage)>);

impl Scope for Sheet {
    fn field(&self, name: &str) -> Option<(&FieldKind, Storage)> {
        self.0.iter().find(|(n, _, _)| *n == name).map(|(_, k, s)| (k, *s))
    }
    fn clock(&self, name: &str) -> bool {
        name == "mediation"
    }
    fn role(&self, name: &str) -> bool {
        name == "mediator"
    }
    fn state(&self, name: &str) -> bool {
        name == "mediating.in_session"
    }
    fn present(&self, name: &str) -> bool {
        name == "agreed"
    }
}

struct Case(serde_json::Value);

impl Facts for Case {
    fn field(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }
    fn expired(&self, clock: &str) -> bool {
        clock == "mediation"
    }
    fn running(&self, _: &str) -> bool {
        false
    }
    fn holds(&self, _: &str) -> bool {
        true
    }
    fn by(&self, _: &str) -> bool {
        false
    }
    fn active(&self, state: &str) -> bool {
        state == "mediating.in_session"
    }
}

fn choice(key: &str) -> Choice {
    Choice {
        key: key.to_owned(),
        title: Label::default(),
        law: None,
    }
}

fn sheet() -> Sheet {
    Sheet(vec![
        ("agreed", FieldKind::Bool, Storage::Case),
        ("amount", FieldKind::Money, Storage::Case),
        ("fine", FieldKind::Money, Storage::Case),
        (
            "ground",
            FieldKind::Choice(vec![choice("late"), choice("other")]),
            Storage::Case,
        ),
        (
            "claims",
            FieldKind::Choices(vec![choice("refund"), choice("repair")]),
            Storage::Case,
        ),
        ("bought", FieldKind::Date { days: Days::Past }, Storage::Case),
        ("name", FieldKind::Text { max: 9 }, Storage::Personal),
    ])
}

fn code(source: &str) -> &'static str {
    Guard::compile(source, &sheet()).unwrap_err().code
}

#[test]
fn a_misspelt_field_a_wrong_type_and_an_unguarded_field_are_refused_at_load() {
    assert_eq!(code("data.agredd"), "WF103");
    assert_eq!(code("data.agreed == 'yes'"), "WF111");
    assert_eq!(code("data.amount > 5"), "WF112");
    assert_eq!(code("has(data.ground) && data.ground == 'lat'"), "WF111");
    assert_eq!(code("has(data.name)"), "WF111");
    assert_eq!(code("expired('acceptance')"), "WF104");
    assert_eq!(code("[1].exists(x, x > 0)"), "WF110");
    assert_eq!(code("data.agreed &&"), "WF110");
    assert_eq!(code("has(data.bought) && data.bought < '2024-01-01'"), "WF111");
}

#[test]
fn what_the_law_measures_in_multiples_is_a_whole_number_above_zero_of_times_a_number_field() {
    for source in [
        "has(data.amount) && 5 * data.amount > 2",
        "has(data.amount) && 2 < data.amount * 5",
    ] {
        let guard = Guard::compile(source, &sheet()).unwrap();
        assert!(guard.holds(&Case(serde_json::json!({"amount": 1}))), "{source}");
        assert!(!guard.holds(&Case(serde_json::json!({"amount": 0}))), "{source}");
        assert!(guard.holds(&Case(serde_json::json!({"amount": i64::MAX}))), "{source}");
        assert_eq!(guard.fields().into_iter().collect::<Vec<_>>(), ["amount"]);
    }
    assert_eq!(code("5 * data.amount > 2"), "WF112");
    assert_eq!(code("has(data.amount) && 0 * data.amount > 2"), "WF111");
    assert_eq!(code("has(data.amount) && -1 * data.amount > 2"), "WF111");
    assert_eq!(code("2 * data.agreed == 2"), "WF111");
    assert_eq!(code("has(data.amount) && 2 * 3 * data.amount > 2"), "WF111");
    assert_eq!(code("has(data.amount) && data.amount * data.amount > 2"), "WF111");
    assert_eq!(code("has(data.amount) && 5 * data.amount > '2'"), "WF111");
}

#[test]
fn has_protects_what_follows_it_in_and_or_and_not() {
    for source in [
        "has(data.amount) && data.amount > 5",
        "!has(data.amount) || data.amount > 5",
        "!(!has(data.amount)) && data.amount > 5",
    ] {
        Guard::compile(source, &sheet()).unwrap();
    }
    assert_eq!(code("has(data.amount) || data.amount > 5"), "WF112");
}

#[test]
fn guards_agree_with_the_interpreter_of_the_cel_crate() {
    let facts = Case(serde_json::json!({"agreed": true, "amount": 500, "ground": "late", "bought": "2024-05-01"}));
    for source in [
        "data.agreed",
        "!data.agreed || has(data.amount) && data.amount >= 500",
        "has(data.amount) && data.amount < 500",
        "has(data.amount) && 3 * data.amount > 1499 && data.amount * 3 < 1501",
        "has(data.ground) && data.ground in ['late', 'other']",
        "has(data.ground) && data.ground != 'late'",
    ] {
        let ours = Guard::compile(source, &sheet()).unwrap().holds(&facts);
        let program = cel::parser::Parser::new().parse(source).unwrap();
        let mut context = cel::Context::default();
        let map: std::collections::HashMap<String, cel::Value> = [
            ("agreed".to_owned(), cel::Value::Bool(true)),
            ("amount".to_owned(), cel::Value::Int(500)),
            (
                "ground".to_owned(),
                cel::Value::String(std::sync::Arc::new("late".to_owned())),
            ),
        ]
        .into();
        context.add_variable_from_value("data", map);
        assert_eq!(context.resolve(&program).unwrap(), cel::Value::Bool(ours), "{source}");
    }
}

#[test]
fn clocks_roles_and_dates_are_facts() {
    let facts = Case(serde_json::json!({"bought": "2024-05-01"}));
    let holds = |source: &str| Guard::compile(source, &sheet()).unwrap().holds(&facts);
    assert!(holds("expired('mediation') && holds('mediator') && !by('mediator')"));
    assert!(holds("has(data.bought) && data.bought < date('2024-06-01')"));
}

#[test]
fn a_field_is_tried_where_so_many_times_it_reaches_what_the_other_is_compared_with() {
    let mut reads = reads::Reads::default();
    for source in [
        "!has(data.fine) || !has(data.amount) || data.amount < 50 || data.fine <= 5 * data.amount",
        "!has(data.fine) || data.fine <= 253",
    ] {
        reads.add(&Guard::compile(source, &sheet()).unwrap());
    }
    let beside = |own: &str, other: &str| {
        let mut all = reads.fields[own].clone();
        all.with_those_of(other, &reads.fields[other]);
        all.literals
    };
    assert_eq!(beside("fine", "amount"), [Json::from(253), Json::from(250)]);
    assert_eq!(beside("amount", "fine"), [Json::from(50)]);
}

#[test]
fn options_of_a_list_that_stand_in_one_disjunction_are_one_question() {
    let asked = |source: &str| {
        let mut reads = reads::Reads::default();
        reads.add(&Guard::compile(source, &sheet()).unwrap());
        let all = reads.fields["claims"].any_of.iter();
        all.map(|options| options.iter().cloned().collect::<Vec<String>>().join(" "))
            .collect::<Vec<String>>()
    };
    let together = "has(data.claims) && ('refund' in data.claims || expired('mediation') || 'repair' in data.claims)";
    assert_eq!(asked(together), ["refund repair"]);
    let none_of_them = "has(data.claims) && !('refund' in data.claims) && !('repair' in data.claims)";
    assert_eq!(asked(none_of_them), ["refund repair"]);
    let both = "has(data.claims) && 'refund' in data.claims && 'repair' in data.claims";
    assert_eq!(asked(both), ["refund", "repair"]);
}
