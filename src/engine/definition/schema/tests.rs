use std::{collections::BTreeMap, fs, path::Path};

use jsonschema::Validator;
use serde_json::{Value as Json, json};

use super::{
    super::{
        compile::{self, Surroundings},
        grammar::{BRANCH, EFFECT, HISTORY, Mapping, PROCEDURE, STATE, Shape},
        source::{self, Key, Node, Place, Reader, Value},
    },
    mappings, schema,
};
use crate::{clock::samples, diagnostic::Severity, notice::DocumentKind, text::Label};

/// A file with every key and every verb.
const EVERYTHING: &str = include_str!("everything.yaml");

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

fn parsed(file: &str, text: &str) -> Json {
    source::parse(file, text).unwrap().to_json()
}

fn shipped() -> Vec<(String, Json)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows/procedures");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|e| e == "yaml"));
    let read = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let json = parsed(&name, &fs::read_to_string(&path).unwrap());
        (name, json)
    };
    files.map(read).collect()
}

/// The tree of a file without places.
fn node(json: &Json) -> Node {
    let place = Place { line: 1, column: 1 };
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(v) => Value::Bool(*v),
        Json::Number(n) => Value::Integer(n.as_i64().unwrap()),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(node).collect()),
        Json::Object(entries) => {
            let key = |name: &String| Key {
                name: name.clone(),
                place,
            };
            Value::Map(entries.iter().map(|(name, v)| (key(name), node(v))).collect())
        }
    };
    Node { place, value }
}

/// Codes of what the loader has against a file.
fn faults(json: &Json) -> Vec<&'static str> {
    let letter = DocumentKind {
        title: Label::default(),
        form: None,
        law: None,
        readers: Vec::new(),
        fields: Vec::new(),
        body: Label::default(),
        cites: false,
        wording: String::new(),
        at: (String::new(), 1),
    };
    let around = Surroundings {
        law: samples::law(),
        notices: ["told"].into(),
        documents: [("letter", &letter)].into(),
        procedures: ["everything", "other"].into(),
    };
    let mut reader = Reader::new("f.yaml");
    compile::compile(&mut reader, "f.yaml", &node(json), &around);
    let found = reader.found.iter().filter(|d| d.severity == Severity::Error);
    found.map(|d| d.code).collect()
}

/// Every value of a file with what it is to the grammar: `event.by`, `event.by[]`, `roles.*`.
fn walk(value: &Json, shape: Shape, (pointer, label): (&str, &str), found: &mut BTreeMap<String, String>) {
    found.entry(label.to_owned()).or_insert_with(|| pointer.to_owned());
    let keys = |mapping: &'static Mapping, value: &Json, pointer: &str, found: &mut BTreeMap<String, String>| {
        for key in mapping.keys {
            if let Some(inner) = value.get(key.name) {
                let label = format!("{}.{}", mapping.name, key.name);
                walk(inner, key.shape, (&format!("{pointer}/{}", key.name), &label), found);
            }
        }
    };
    let items: Vec<(String, &Json)> = match value {
        Json::Array(items) => {
            let at = |(i, item)| (format!("{pointer}/{i}"), item);
            items.iter().enumerate().map(at).collect()
        }
        other => vec![(pointer.to_owned(), other)],
    };
    let each: Vec<(String, &Json)> = match value {
        Json::Object(entries) => entries.iter().map(|(k, v)| (format!("{pointer}/{k}"), v)).collect(),
        _ => Vec::new(),
    };
    match shape {
        Shape::One(mapping) | Shape::OneOrName(mapping) => keys(mapping, value, pointer, found),
        Shape::OneOrMore(mapping) => items.iter().for_each(|(at, item)| keys(mapping, item, at, found)),
        Shape::Effects => items.iter().for_each(|(at, item)| keys(&EFFECT, item, at, found)),
        Shape::Each(mapping) => {
            for (at, entry) in each {
                walk(entry, Shape::One(mapping), (&at, &format!("{label}.*")), found);
            }
        }
        Shape::States => {
            for (at, entry) in each {
                let mapping = if entry.get("history").is_some() {
                    &HISTORY
                } else {
                    &STATE
                };
                walk(
                    entry,
                    Shape::One(mapping),
                    (&at, &format!("{label}.{}", mapping.name)),
                    found,
                );
            }
        }
        Shape::Transitions => {
            for (at, entry) in each {
                walk(
                    entry,
                    Shape::OneOrMore(&BRANCH),
                    (&at, &format!("{label}.branches")),
                    found,
                );
            }
        }
        Shape::Pairs | Shape::Entries | Shape::WordById(_) => {
            for (at, entry) in each {
                walk(entry, Shape::Text, (&at, &format!("{label}.*")), found);
            }
        }
        Shape::Names | Shape::Words(_) if value.is_array() => {
            for (at, entry) in items {
                walk(entry, Shape::Text, (&at, &format!("{label}[]")), found);
            }
        }
        _ => {}
    }
}

fn places(json: &Json) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk(json, Shape::One(&PROCEDURE), ("", "file"), &mut found);
    found
}

#[test]
fn the_schema_beside_the_procedures_is_this_one() {
    let printed = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    expect_test::expect_file!["../../../../workflows/procedure.schema.json"].assert_eq(&printed);
}

#[test]
fn every_shipped_procedure_fits_the_schema() {
    let validator = validator();
    let shipped = shipped();
    assert!(shipped.len() >= 6);
    for (file, json) in shipped {
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|e| format!("{file}: {}: {e}", e.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0]);
    }
}

#[test]
fn every_key_and_verb_that_the_loader_knows_is_in_the_schema_with_what_it_means() {
    let schema = schema();
    let verbs = &schema["$defs"]["effects"]["anyOf"][0]["anyOf"][1]["properties"];
    let known = mappings()
        .into_iter()
        .map(|m| (m, &schema["$defs"][m.name]["properties"]));
    for (mapping, properties) in known.chain([(&EFFECT, verbs)]) {
        assert_eq!(properties.as_object().unwrap().len(), mapping.keys.len());
        for key in mapping.keys {
            let about = properties[key.name]["description"].as_str().unwrap_or_default();
            assert!(about.ends_with(['.', ')']), "{}.{}: {about}", mapping.name, key.name);
        }
    }
    let file = places(&parsed("everything.yaml", EVERYTHING));
    let keys = mappings().into_iter().chain([&EFFECT]);
    let keys = keys.flat_map(|m| m.keys.iter().map(|key| format!("{}.{}", m.name, key.name)));
    let unused: Vec<String> = keys.filter(|key| !file.contains_key(key)).collect();
    assert!(
        unused.iter().all(|key| key == "effect.return_to_intake"),
        "everything.yaml lacks {unused:?}"
    );
}

/// Kinds of faults that a schema can see: unknown, missing, of the wrong kind, no id.
const SHAPE: [&str; 4] = ["WF002", "WF003", "WF004", "WF005"];

#[test]
fn whatever_is_done_to_a_file_the_schema_refuses_nothing_that_loads_and_the_loader_nothing_of_a_shape_that_fits() {
    let validator = validator();
    let whole = parsed("everything.yaml", EVERYTHING);
    assert_eq!(faults(&whole), [""; 0]);
    assert!(validator.is_valid(&whole));
    let (mut refused, mut apart) = (0, Vec::new());
    for (label, pointer) in places(&whole) {
        for (damage, damaged) in damages(&whole, &pointer) {
            let found = faults(&damaged);
            let shape = found.iter().any(|code| SHAPE.contains(code));
            match (validator.is_valid(&damaged), shape) {
                (true, true) => apart.push(format!("{label}, {damage}: only the loader refuses it: {found:?}")),
                (false, _) if found.is_empty() => apart.push(format!("{label}, {damage}: only the schema refuses it")),
                (valid, _) => refused += usize::from(!valid),
            }
        }
    }
    assert_eq!(apart, [""; 0]);
    assert!(refused > 1000, "{refused}");
}

/// A file with something else at one place, and what was done.
fn damages(whole: &Json, pointer: &str) -> Vec<(String, Json)> {
    let others = [
        Json::Null,
        json!(true),
        json!(7),
        json!(-1),
        json!(""),
        json!("Two words"),
        json!("7 working_days"),
        json!("0 fortnights"),
        json!("2026-04-15"),
        json!([]),
        json!({}),
        json!(["a"]),
        json!([[]]),
        json!({"a": "b"}),
        json!({"a": {}}),
    ];
    let mut all = Vec::new();
    for other in others {
        let name = format!("replaced by {other}");
        all.push((name, edited(whole, pointer, |place| *place = other)));
    }
    let place = whole.pointer(pointer).unwrap();
    let keys: Vec<String> = place
        .as_object()
        .into_iter()
        .flat_map(|map| map.keys().cloned())
        .collect();
    for key in keys {
        let without = |place: &mut Json| {
            place.as_object_mut().unwrap().shift_remove(&key);
        };
        all.push((format!("`{key}` removed"), edited(whole, pointer, without)));
    }
    if place.is_object() {
        for key in ["unheard_of", "Not An Id", "done", "opened"] {
            let with = |place: &mut Json| place[key] = json!("x");
            all.push((format!("`{key}` added"), edited(whole, pointer, with)));
        }
    }
    all
}

fn edited(whole: &Json, pointer: &str, edit: impl FnOnce(&mut Json)) -> Json {
    let mut copy = whole.clone();
    edit(copy.pointer_mut(pointer).unwrap());
    copy
}
