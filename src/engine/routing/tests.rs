//! Tables: what the shipped ones say, faults made in them on purpose, and tables at random.

use std::sync::LazyLock;

use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::{
    Cell, Hit, Level, Rule, Table, Undecided,
    cover::{Flaw, combinations, flaws},
};
use crate::{
    clock::samples,
    faults_tests::{FILES, Fault, missed},
    pack::Pack,
    text::Label,
};

static PACK: LazyLock<Pack> = LazyLock::new(|| {
    let files: Vec<(&str, &str)> = FILES
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Pack::load(&files).0.expect("the shipped pack is sound")
});

fn table(procedure: &str, version: u32) -> &'static Table {
    let definition = PACK.procedures[procedure].iter().find(|d| d.version == version);
    PACK.routing.of(definition.expect("a version")).expect("a table")
}

fn answers(value: &Json) -> Map<String, Json> {
    value.as_object().cloned().unwrap_or_default()
}

/// Article, and the fields of the competent places with what was answered.
fn routed(table: &Table, given: &Json) -> (String, Vec<(String, Option<String>)>) {
    let route = table.decide(&answers(given)).expect("a rule");
    let places = route.places.iter().map(|p| (p.field.to_owned(), p.division.clone()));
    (route.rule.law.as_str().to_owned(), places.collect())
}

fn place(field: &str, division: Option<&str>) -> (String, Option<String>) {
    (field.to_owned(), division.map(str::to_owned))
}

#[test]
fn a_shop_on_a_platform_is_handled_at_the_address_shown_there_or_where_the_operator_is() {
    let shown = json!({ "trader_kind": "in_platform", "shown_division": "420102", "operator_division": "330000" });
    let (law, places) = routed(table("complaint", 2), &shown);
    assert_eq!(law, "samr-121#13.3");
    assert_eq!(
        places,
        [
            place("shown_division", Some("420102")),
            place("operator_division", Some("330000"))
        ]
    );
}

#[test]
fn without_an_address_or_out_of_reach_there_only_the_operator_counts() {
    let none = json!({ "trader_kind": "in_platform", "operator_division": "420106" });
    assert_eq!(
        routed(table("complaint", 2), &none).1,
        [place("operator_division", Some("420106"))]
    );
    let unreachable = json!({ "trader_kind": "in_platform", "shown_division": "420102", "shown_unreachable": true });
    assert_eq!(
        routed(table("complaint", 2), &unreachable).1,
        [place("operator_division", None)]
    );
}

#[test]
fn before_order_121_the_actual_place_of_business_counted_not_the_address_shown() {
    let given = json!({ "trader_kind": "in_platform", "business_division": "420111" });
    let (law, places) = routed(table("complaint", 1), &given);
    assert_eq!(law, "samr-20#12.2");
    assert_eq!(
        places,
        [
            place("business_division", Some("420111")),
            place("operator_division", None)
        ]
    );
}

#[test]
fn internet_advertising_is_handled_where_the_publisher_is_or_the_advertiser_or_the_agency() {
    let given = json!({ "trader_kind": "advertising", "advertising_kind": "internet" });
    let (law, places) = routed(table("report", 2), &given);
    assert_eq!(law, "samr-121#32.2");
    let fields: Vec<&str> = places.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["publisher_division", "advertiser_division", "agency_division"]);
}

#[test]
fn a_report_that_says_nothing_is_handled_where_it_happened() {
    let (law, places) = routed(table("report", 2), &json!({}));
    assert_eq!(
        (law.as_str(), places),
        ("samr-121#29", vec![place("act_division", None)])
    );
}

#[test]
fn an_answer_that_every_filing_gives_is_missed_by_name_and_a_foreign_one_too() {
    let table = table("complaint", 2);
    let missing = table.decide(&answers(&json!({ "shown_division": "420102" })));
    assert_eq!(missing.unwrap_err(), Undecided::Unanswered("trader_kind".to_owned()));
    let foreign = table.decide(&answers(&json!({ "trader_kind": "mail_order" })));
    assert_eq!(foreign.unwrap_err(), Undecided::Foreign("trader_kind".to_owned()));
}

#[test]
fn the_office_of_a_place_is_the_districts_and_where_the_law_allows_it_the_citys() {
    assert_eq!(Level::County.seats("420102"), ["420102"]);
    assert_eq!(Level::County.seats("420100"), [""; 0], "the city alone says too little");
    assert_eq!(Level::CountyOrAbove.seats("420102"), ["420102", "420100"]);
    assert_eq!(Level::CountyOrAbove.seats("420100"), ["420100"]);
    assert_eq!(Level::CountyOrAbove.seats("330000"), [""; 0]);
}

#[test]
fn each_combination_of_the_shipped_tables_has_exactly_one_rule() {
    let mut tables = 0;
    for (procedure, version, table) in PACK.routing.iter() {
        for combination in combinations(&table.inputs) {
            let fitting = table.rules.iter().filter(|rule| rule.fits(&combination)).count();
            assert_eq!(fitting, 1, "{procedure} {version} {combination:?}");
            assert!(table.decide(&given(&combination)).is_ok(), "{combination:?}");
        }
        tables += 1;
    }
    assert_eq!(tables, 6, "complaints, reports and requests, in both versions");
}

const C: &str = "routing/complaint-2.yaml";
const P: &str = "procedures/complaint-2.yaml";

const FAULTS: [Fault; 16] = [
    (
        C,
        "procedure: complaint",
        "procedure: complant",
        "WF301",
        "procedure: complant",
    ),
    (C, "versions: [2]", "versions: [2, 7]", "WF301", "versions: [2, 7]"),
    (
        C,
        "versions: [2]",
        "versions: [1, 2]",
        "WF103",
        "when: {trader_kind: in_platform, shown_division: known, shown_unreachable: [false",
    ),
    (
        C,
        "proposes: organisation",
        "proposes: trader_kind",
        "WF902",
        "proposes: trader_kind",
    ),
    (
        C,
        "{trader_kind: on_site}",
        "{trader_knd: on_site}",
        "WF103",
        "{trader_knd: on_site}",
    ),
    (
        C,
        "{trader_kind: on_site}",
        "{trader_kind: on_sight}",
        "WF902",
        "{trader_kind: on_sight}",
    ),
    (
        C,
        "{trader_kind: on_site}",
        "{trader_kind: unanswered}",
        "WF902",
        "{trader_kind: unanswered}",
    ),
    (
        C,
        "{trader_kind: on_site}",
        "{trader_kind: []}",
        "WF902",
        "{trader_kind: []}",
    ),
    (
        C,
        "{trader_kind: on_site}",
        "{trader_kind: on_site, amount: 5}",
        "WF902",
        "{trader_kind: on_site, amount: 5}",
    ),
    (
        C,
        "{trader_kind: on_site}",
        "{trader_kind: on_site, report_back_on: known}",
        "WF902",
        "{trader_kind: on_site, report_back_on: known}",
    ),
    (
        C,
        "competent: [business_division, domicile_division]",
        "competent: [business_division, platform]",
        "WF902",
        "platform]",
    ),
    (
        C,
        "level: county\n    law: 13.1",
        "level: village\n    law: 13.1",
        "WF004",
        "level: village",
    ),
    (C, "law: 13.1", "law: 130.1", "WF107", "law: 130.1"),
    (
        C,
        "shown_unreachable: true",
        "shown_unreachable: false",
        "WF904",
        "  - when: {trader_kind: in_platform, shown_division: known, shown_unreachable: false}",
    ),
    (
        C,
        "rules:\n  - when: {trader_kind: on_site}",
        "rules:\n  - when: {trader_kind: [on_site, own_site]}",
        "WF904",
        "  - when: {trader_kind: own_site}",
    ),
    (
        C,
        "{trader_kind: in_platform, shown_division: unknown}",
        "{trader_kind: in_platform, shown_division: unknown, shown_unreachable: true}",
        "WF903",
        "  - when: {trader_kind: on_site}",
    ),
];

#[test]
fn each_fault_of_a_table_is_named_with_its_code_and_its_line() {
    let missed: Vec<String> = FAULTS.iter().filter_map(missed).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// The diagnostics of the shipped pack when one file reads otherwise.
fn found(file: &str, from: &str, to: &str) -> Vec<String> {
    let changed = |name: &str, text: &str| {
        if name == file {
            text.replacen(from, to, 1)
        } else {
            text.to_owned()
        }
    };
    let files: Vec<(String, String)> = FILES.iter().map(|(n, t)| (n.clone(), changed(n, t))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    Pack::load(&files).1.iter().map(ToString::to_string).collect()
}

#[test]
fn an_option_that_a_procedure_gets_is_a_gap_in_its_table_until_a_rule_covers_it() {
    let option = "      own_site: {zh: 经营者自建网站";
    let found = found(
        P,
        option,
        &format!("      by_post: {{zh: 邮购, en: By post}}\n{option}"),
    );
    let gap = "no rule covers {trader_kind: by_post, domicile_division: known, shown_division: known, shown_unreachable: true}, nor 11 others";
    assert!(
        found
            .iter()
            .any(|told| told.starts_with("routing/complaint-2.yaml:8:WF903") && told.contains(gap)),
        "{found:?}"
    );
}

#[test]
fn a_table_whose_procedure_or_version_went_is_a_warning_and_a_misspelt_one_an_error() {
    let load = |keep: &dyn Fn(&str) -> bool| {
        let files = FILES.iter().filter(|(name, _)| keep(name));
        let files: Vec<(&str, &str)> = files.map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let (pack, found) = Pack::load(&files);
        let routing = found.iter().filter(|d| d.file.starts_with("routing/"));
        (pack.is_some(), routing.map(ToString::to_string).collect::<Vec<_>>())
    };
    let (loaded, told) =
        load(&|name| !name.starts_with("procedures/feedback") && name != "procedures/handling_request-1.yaml");
    assert!(
        loaded && told.len() == 1 && told[0].contains("has no version 1"),
        "{told:?}"
    );
    let (loaded, told) = load(&|name| !name.starts_with("procedures/handling_request"));
    assert!(
        told.len() == 1 && told[0].contains("the table says nothing"),
        "{loaded} {told:?}"
    );
}

#[test]
fn a_version_without_a_table_and_one_with_two_are_told() {
    let without = found(C, "versions: [2]", "versions: []");
    assert!(without.iter().any(|told| told.contains("WF905")), "{without:?}");
    let twice = found("routing/complaint-1.yaml", "versions: [1]", "versions: [1, 2]");
    assert!(twice.iter().any(|told| told.contains("has two tables")), "{twice:?}");
}

fn law() -> crate::clock::LawRef {
    "samr-121#13".parse().expect("an article")
}

fn rule(when: IndexMap<String, Vec<Cell>>) -> Rule {
    Rule {
        when,
        competent: vec!["somewhere".to_owned()],
        level: Level::County,
        law: law(),
        reason: Label::default(),
        line: 0,
    }
}

fn made(hit: Hit, inputs: IndexMap<String, Vec<Cell>>, rules: Vec<Rule>) -> Table {
    Table {
        title: Label::default(),
        proposes: "organisation".to_owned(),
        hit,
        inputs,
        rules,
        several: None,
    }
}

/// Answers that make a combination.
fn given(combination: &IndexMap<&str, Cell>) -> Map<String, Json> {
    let value = |cell: &Cell| match cell {
        Cell::Option(key) => Some(json!(key)),
        Cell::Answer(yes) => Some(json!(yes)),
        Cell::Known => Some(json!("420102")),
        Cell::Unknown | Cell::Unanswered => None,
    };
    let answers = combination.iter();
    answers
        .filter_map(|(field, cell)| Some(((*field).to_owned(), value(cell)?)))
        .collect()
}

fn inputs() -> impl Strategy<Value = IndexMap<String, Vec<Cell>>> {
    let choice = (1usize..4, any::<bool>()).prop_map(|(options, optional)| {
        let options = (0..options).map(|n| Cell::Option(format!("option_{n}")));
        options.chain(optional.then_some(Cell::Unanswered)).collect::<Vec<_>>()
    });
    let asked = Just(vec![Cell::Answer(true), Cell::Answer(false), Cell::Unanswered]);
    let place = Just(vec![Cell::Known, Cell::Unknown]);
    proptest::collection::vec(prop_oneof![choice, asked, place], 1..4).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(n, values)| (format!("field_{n}"), values))
            .collect()
    })
}

/// Rules that part all combinations among them: a box is cut in two as often as `cuts` say.
fn parted(inputs: &IndexMap<String, Vec<Cell>>, cuts: &[(prop::sample::Index, prop::sample::Index)]) -> Vec<Rule> {
    let mut boxes = vec![inputs.clone()];
    for (which, field) in cuts {
        let at = which.index(boxes.len());
        let field = field.index(inputs.len());
        let values = &boxes[at][field];
        if values.len() > 1 {
            let (left, right) = values.split_at(values.len() / 2);
            let (left, right) = (left.to_vec(), right.to_vec());
            let mut other = boxes[at].clone();
            boxes[at][field] = left;
            other[field] = right;
            boxes.push(other);
        }
    }
    boxes.into_iter().map(rule).collect()
}

fn cuts() -> impl Strategy<Value = Vec<(prop::sample::Index, prop::sample::Index)>> {
    proptest::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 0..8)
}

proptest! {
    #![proptest_config(samples::cases(256))]

    #[test]
    fn every_combination_of_a_table_without_flaws_has_exactly_one_rule(
        inputs in inputs(), cuts in cuts(), gone in any::<prop::sample::Index>(), doubled in any::<prop::sample::Index>(), change in 0..3,
    ) {
        let mut rules = parted(&inputs, &cuts);
        match change {
            1 => { rules.remove(gone.index(rules.len())); }
            2 => { let again = rules[doubled.index(rules.len())].clone(); rules.push(again); }
            _ => {}
        }
        let table = made(Hit::Unique, inputs, rules);
        let flaws = flaws(&table);
        let mut sound = true;
        for combination in combinations(&table.inputs) {
            let fitting = table.rules.iter().filter(|rule| rule.fits(&combination)).count();
            sound &= fitting == 1;
            prop_assert_eq!(table.decide(&given(&combination)).is_ok(), fitting > 0);
        }
        prop_assert_eq!(flaws.is_empty(), sound, "{:?}", flaws);
        prop_assert_eq!(sound, change == 0);
        let gap = flaws.iter().any(|flaw| matches!(flaw, Flaw::Gap { .. }));
        let overlap = flaws.iter().any(|flaw| matches!(flaw, Flaw::Overlap { .. }));
        prop_assert_eq!((gap, overlap), (change == 1, change == 2));
    }

    #[test]
    fn where_the_first_rule_counts_only_one_that_never_does_is_a_flaw(inputs in inputs(), cuts in cuts(), last in any::<bool>()) {
        let mut rules = parted(&inputs, &cuts);
        let whole = rule(IndexMap::new());
        if last { rules.push(whole) } else { rules.insert(0, whole) }
        let hidden = if last { vec![rules.len() - 1] } else { (1..rules.len()).collect() };
        let hidden: Vec<Flaw> = hidden.into_iter().map(Flaw::Hidden).collect();
        prop_assert_eq!(flaws(&made(Hit::First, inputs, rules)), hidden);
    }

    #[test]
    fn no_damage_to_a_table_makes_the_loader_panic(at in 0usize..4000, length in 0usize..40, put in "[ -~]{0,6}|\\PC{0,3}") {
        let (_, text) = FILES.iter().find(|(name, _)| name == C).expect("the table");
        let mut text: Vec<char> = text.chars().collect();
        let start = at.min(text.len());
        text.splice(start..(start + length).min(text.len()), put.chars());
        let text: String = text.into_iter().collect();
        if let Ok(root) = crate::definition::source::parse(C, &text) {
            let mut reader = crate::definition::source::Reader::new(C);
            if let Some(table) = super::authored(&mut reader, &root, samples::law()) {
                super::compile(&mut reader, &table, &PACK.procedures, |_| false, &mut super::Routing::default());
            }
        }
    }
}

#[test]
fn a_table_of_more_combinations_than_anybody_reads_is_refused() {
    let values: Vec<Cell> = (0..20).map(|n| Cell::Option(n.to_string())).collect();
    let inputs = (0..8).map(|n| (format!("field_{n}"), values.clone())).collect();
    assert_eq!(flaws(&made(Hit::Unique, inputs, Vec::new())), [Flaw::TooMany]);
}
