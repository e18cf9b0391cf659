//! Facts about procedures as SCXML: what is written comes back, hash and all.

use std::{fs, path::Path};

use proptest::{collection::vec, option, prelude::*};

use super::{export, procedure};
use crate::{
    clock::samples,
    definition::{
        compile::{Surroundings, compile, hash},
        model::Definition,
        source::{self, Key, Node, Place, Reader, Value},
    },
    pack::Pack,
    parallel_tests, procedure_tests,
};

/// Files of the domain pack in a folder.
fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../workflows")
        .join(folder);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the pack is part of the repository") {
        let path = entry.expect("listed").path();
        let text = fs::read_to_string(&path).expect("text");
        files.push((path.to_string_lossy().into_owned(), text));
    }
    files.sort();
    files
}

/// Names and texts.
type Files = Vec<(String, String)>;

/// Every procedure that there is, shipped or of the tests, with what it needs around it.
fn procedures() -> Vec<(Files, Files)> {
    let around = |notices: &str| {
        [
            samples::files(),
            vec![("notices/n.yaml".to_owned(), notices.to_owned())],
        ]
        .concat()
    };
    let one = |name: &str, text: &str| vec![(format!("procedures/{name}.yaml"), text.to_owned())];
    let shipped = [samples::files(), files("notices"), files("documents")].concat();
    vec![
        (shipped, files("procedures")),
        (
            around(procedure_tests::NOTICES),
            one("sample", procedure_tests::PROCEDURE),
        ),
        (
            around(parallel_tests::NOTICES),
            one("twofold", parallel_tests::PROCEDURE),
        ),
    ]
}

fn parsed(file: &str, text: &str) -> Node {
    source::parse(file, text).expect("YAML")
}

fn back(node: &Node) -> Node {
    let text = export(node).expect("it can be written");
    procedure("x.scxml", &text).unwrap_or_else(|found| panic!("{found:#?}\n{text}"))
}

#[test]
fn every_procedure_comes_back_from_scxml_as_the_same_definition() {
    for (around, procedures) in procedures() {
        let all: Vec<(&str, &str)> = around
            .iter()
            .chain(&procedures)
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        let (pack, found) = Pack::load(&all);
        let pack = pack.unwrap_or_else(|| panic!("{found:#?}"));
        let surroundings = Surroundings {
            law: &pack.law,
            notices: pack.notices.keys().map(String::as_str).collect(),
            documents: pack.documents.iter().map(|(key, kind)| (key.as_str(), kind)).collect(),
            procedures: pack.procedures.keys().map(String::as_str).collect(),
        };
        for (file, text) in &procedures {
            let mut reader = Reader::new("x.scxml");
            let node = back(&parsed(file, text));
            let found = compile(&mut reader, "x.scxml", &node, &surroundings);
            let again = found.unwrap_or_else(|| panic!("{file}: {:#?}", reader.found));
            let mut originals = pack.procedures.values().flatten();
            let original = originals.find(|d| &d.file == file).expect("it was loaded");
            assert_eq!(again.hash, original.hash, "{file}");
            assert_eq!(again.chart, original.chart, "{file}");
            assert_eq!(in_order(&again), in_order(original), "{file}");
        }
    }
}

/// What a hash does not see: the order in which things stand.
fn in_order(definition: &Definition) -> Vec<Vec<&String>> {
    vec![
        definition.states.iter().map(|state| &state.id).collect(),
        definition
            .states
            .iter()
            .flat_map(|state| state.transitions.keys())
            .collect(),
        definition.roles.keys().collect(),
        definition.fields.keys().collect(),
        definition.filing.pages.iter().map(|page| &page.key).collect(),
        definition.events.keys().collect(),
        definition.clocks.keys().collect(),
    ]
}

#[test]
fn structure_stands_in_the_elements_of_scxml_and_nowhere_else() {
    let node = parsed("p", parallel_tests::PROCEDURE);
    let text = export(&node).expect("it can be written");
    for line in [
        r#"<scxml xmlns="http://www.w3.org/2005/07/scxml" xmlns:zm="urn:zhengming:procedure" version="1.0" datamodel="cel" name="twofold" initial="work">"#,
        r#"<parallel id="work">"#,
        r#"<transition event="suspend" target="paused" zm:written="target"/>"#,
        r#"<transition event="done.state.work" cond="active(&quot;work.mediation.agreed&quot;)" target="closed_agreed" zm:listed="true"/>"#,
        r#"<state id="work.mediation" initial="work.mediation.open">"#,
        r#"<final id="work.mediation.agreed">"#,
        r#"<raise event="signal"/>"#,
        r#"<history id="work.back" type="deep">"#,
    ] {
        assert!(text.lines().any(|l| l.trim() == line), "{line}\n{text}");
    }
    // Were a copy of the structure kept beside it, this would come back from there.
    let moved = text.replace(r#"target="paused" zm"#, r#"target="closed_failed" zm"#);
    let back = procedure("x.scxml", &moved).expect("it is read").to_json();
    assert_eq!(back["states"]["work"]["events"]["suspend"], "closed_failed");
    for key in ["states", "parallel", "history", "when", "initial"] {
        assert!(!text.contains(&format!("<zm:{key}>")), "{key}");
    }
}

#[test]
fn a_document_from_elsewhere_becomes_the_states_of_a_procedure() {
    let text = r#"<scxml xmlns="http://www.w3.org/2005/07/scxml" name="toaster" version="1.0">
  <state id="off"><transition event="on" target="heating warm"/><transition event="on" cond="data.hot"/></state>
  <parallel id="on"><state id="element"><initial><transition target="heating"/></initial><state id="heating"/></state>
    <state id="lamp"><onentry><raise event="lit"/></onentry><state id="warm"/><final id="burnt"/>
      <transition event="done.state.lamp" target="off"/><transition target="burnt" type="internal"/></state>
    <history id="last"><transition target="warm"/></history></parallel></scxml>"#;
    let expected = serde_json::json!({
        "procedure": "toaster", "initial": "off", "states": {
            "off": {"events": {"on": [{"to": ["on.element.heating", "on.lamp.warm"]}, {"when": "data.hot"}]}},
            "on": {"parallel": {
                "element": {"initial": "heating", "states": {"heating": {}}},
                "lamp": {
                    "enter": [{"raise": "lit"}], "initial": "warm",
                    "events": {"done": {"to": "off"}, "always": {"to": "on.lamp.burnt", "internal": true}},
                    "states": {"warm": {}, "burnt": {"final": true}}
                },
                "last": {"history": "shallow", "to": "on.lamp.warm"}
            }}
        }
    });
    assert_eq!(procedure("t.scxml", text).expect("it is read").to_json(), expected);
}

#[test]
fn what_a_procedure_has_no_word_for_is_named_with_its_place() {
    let text = r#"<scxml xmlns="http://www.w3.org/2005/07/scxml" initial="a">
<state id="a">
  <onentry><send event="x"/></onentry>
  <transition event="a.b *" target="b"/>
  <transition event="go"
              target="nowhere"/>
</state>
<state id="B"/>
<state id="c" initial="e"><state id="d"><state id="e"/></state></state>
</scxml>"#;
    let found = procedure("t.scxml", text).expect_err("it is refused");
    let places: Vec<_> = found.iter().map(|d| (d.line, d.column, d.code)).collect();
    let expected = [
        (3, 12, "WF822"),
        (4, 15, "WF822"),
        (6, 15, "WF823"),
        (8, 8, "WF823"),
        (9, 15, "WF822"),
    ];
    assert_eq!(places, expected, "{found:#?}");
    for text in ["", "<scxml/>", "<a", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"] {
        assert!(procedure("t.scxml", text).is_err(), "{text}");
    }
}

#[test]
fn a_final_state_that_leads_on_and_a_character_that_is_no_xml_cannot_be_written() {
    let ends = parsed("p", "states:\n  a:\n    outcome: x\n    events: { b: a }\n");
    let error = export(&ends).expect_err("SCXML has no such thing");
    assert_eq!(error.place.line, 3, "{error}");
    let bell = parsed("p", "procedure: x\ntitle: \"\\a\"\n");
    assert_eq!(
        export(&bell).expect_err("no XML").to_string(),
        "line 2: the character U+0007 cannot stand in XML"
    );
}

const NOWHERE: Place = Place { line: 0, column: 0 };

fn node(value: Value) -> Node {
    Node { place: NOWHERE, value }
}

fn mapping(entries: Vec<(String, Node)>) -> Node {
    let mut seen = std::collections::BTreeSet::new();
    let once = entries.into_iter().filter(|(name, _)| seen.insert(name.clone()));
    let keyed = once.map(|(name, node)| (Key { name, place: NOWHERE }, node));
    node(Value::Map(keyed.collect()))
}

/// Text that XML can hold, with all that it treats specially.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,4}",
        "[ \\t\\r\\n<>&\"'\\]a-z中文🙂]{0,8}",
        Just(String::new()),
        Just("12".to_owned())
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9_]{0,3}",
        Just("entry".to_owned()),
        Just("effect".to_owned()),
        Just("event".to_owned()),
        text()
    ]
}

fn value() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        text().prop_map(|text| node(Value::Text(text))),
        any::<i64>().prop_map(|n| node(Value::Integer(n))),
        any::<bool>().prop_map(|b| node(Value::Bool(b))),
        Just(()).prop_map(|()| node(Value::Null)),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|items| node(Value::List(items))),
            vec((key(), inner), 0..4).prop_map(mapping),
        ]
    })
}

/// A value where one of some known values should stand.
fn mostly(known: impl Strategy<Value = Node> + 'static) -> BoxedStrategy<Node> {
    prop_oneof![4 => known, 1 => value()].boxed()
}

/// The name of a state, or what is no text.
fn name_of(name: &'static str) -> BoxedStrategy<Node> {
    let known = move |node: &Node| !matches!(&node.value, Value::Text(text) if text != name);
    mostly(Just(node(Value::Text(name.to_owned()))))
        .prop_filter("a known name", known)
        .boxed()
}

fn names_of(states: &'static [&'static str]) -> impl Strategy<Value = Node> {
    let name = || proptest::sample::select(states).prop_map(|name| node(Value::Text(name.to_owned())));
    prop_oneof![name(), vec(name(), 0..3).prop_map(|items| node(Value::List(items)))]
}

/// A value that names no states.
fn nameless() -> BoxedStrategy<Node> {
    let names = |node: &Node| matches!(node.value, Value::Text(_) | Value::List(_) | Value::Map(_));
    value().prop_filter("no name", move |node| !names(node)).boxed()
}

fn effects() -> BoxedStrategy<Node> {
    let effect = prop_oneof![
        text().prop_map(|verb| node(Value::Text(verb))),
        (prop_oneof![Just("raise".to_owned()), key()], value()).prop_map(|one| mapping(vec![one])),
    ]
    .boxed();
    mostly(prop_oneof![
        effect.clone(),
        vec(effect, 0..3).prop_map(|items| node(Value::List(items)))
    ])
}

/// A mapping of some of these keys, and of others.
fn some(keys: Vec<(&'static str, BoxedStrategy<Node>)>) -> BoxedStrategy<Node> {
    let others = vec(("z[a-z]{0,3}", value()), 0..2);
    let each: Vec<_> = keys
        .into_iter()
        .map(|(key, strategy)| option::of(strategy.prop_map(move |node| (key.to_owned(), node))))
        .collect();
    (each, others)
        .prop_map(|(known, others)| mapping(known.into_iter().flatten().chain(others).collect()))
        .boxed()
}

const STATES: &[&str] = &["a", "a.b", "a.c"];

fn branch() -> BoxedStrategy<Node> {
    let branch = some(vec![
        ("to", prop_oneof![4 => names_of(STATES), 1 => nameless()].boxed()),
        ("when", mostly(text().prop_map(|text| node(Value::Text(text))))),
        ("internal", mostly(any::<bool>().prop_map(|b| node(Value::Bool(b))))),
        ("requires", value().boxed()),
        ("do", effects()),
    ]);
    prop_oneof![3 => branch, 1 => names_of(STATES)].boxed()
}

fn events() -> BoxedStrategy<Node> {
    let name = prop_oneof!["[a-z]{1,2}", Just("done".to_owned()), Just("always".to_owned()), key()];
    let branches = prop_oneof![
        branch(),
        vec(branch(), 0..3).prop_map(|items| node(Value::List(items))),
        nameless()
    ];
    vec((name, branches), 0..4).prop_map(mapping).boxed()
}

/// A state that ends has no events, one that has states inside does not end, a history state is nothing else.
fn state(inside: Option<BoxedStrategy<Node>>) -> BoxedStrategy<Node> {
    let text = || mostly(text().prop_map(|text| node(Value::Text(text))));
    let mut keys = vec![("title", value().boxed()), ("enter", effects()), ("leave", effects())];
    match inside {
        Some(inside) => {
            let both = (any::<bool>(), name_of("b"), inside).prop_map(|(parallel, initial, inside)| {
                (if parallel { "parallel" } else { "states" }, initial, inside)
            });
            keys.push(("events", events()));
            return (some(keys), both)
                .prop_map(|(state, (key, initial, inside))| {
                    let Value::Map(entries) = state.value else { return state };
                    let entries = entries.into_iter().map(|(key, node)| (key.name, node));
                    let more = [(key.to_owned(), inside), ("initial".to_owned(), initial)];
                    mapping(entries.chain(more).collect())
                })
                .boxed();
        }
        None => keys.push(("initial", text())),
    }
    let mut ends = keys.clone();
    ends.push(("outcome", text()));
    ends.push(("final", mostly(Just(node(Value::Bool(true))))));
    keys.push(("events", events()));
    let kind = proptest::sample::select(&["deep", "shallow"][..]).prop_map(|kind| node(Value::Text(kind.to_owned())));
    let to = names_of(STATES).prop_filter(
        "a target",
        |to| !matches!(&to.value, Value::List(items) if items.is_empty()),
    );
    let history = (kind, to).prop_map(|(kind, to)| mapping(vec![("history".to_owned(), kind), ("to".to_owned(), to)]));
    prop_oneof![some(keys), some(ends), history].boxed()
}

fn file() -> BoxedStrategy<Node> {
    let inside = (state(None), state(None)).prop_map(|(b, c)| mapping(vec![("b".to_owned(), b), ("c".to_owned(), c)]));
    let states = state(Some(inside.boxed())).prop_map(|a| mapping(vec![("a".to_owned(), a)]));
    let name = mostly(text().prop_map(|text| node(Value::Text(text))));
    let initial = name_of("a");
    (
        some(vec![("procedure", name), ("roles", value().boxed())]),
        initial,
        states,
    )
        .prop_map(|(file, initial, states)| {
            let Value::Map(entries) = file.value else { return file };
            let entries = entries.into_iter().map(|(key, node)| (key.name, node));
            let more = [("initial".to_owned(), initial), ("states".to_owned(), states)];
            mapping(entries.chain(more).collect())
        })
        .boxed()
}

proptest! {
    #![proptest_config(samples::cases(512))]

    #[test]
    fn whatever_can_be_written_comes_back_with_the_same_hash(file in file()) {
        // What a state or an initial should not be is refused; the strategies make few of these.
        if let Ok(text) = export(&file) {
            let back = procedure("x.scxml", &text);
            let back = back.map_err(|found| TestCaseError::fail(format!("{found:#?}\n{text}")))?;
            prop_assert_eq!(hash(&back), hash(&file), "{}\n{:#}\n{:#}", text, back.to_json(), file.to_json());
        }
    }
}
