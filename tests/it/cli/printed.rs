//! `gen`: what the code prints is what is committed.

use std::process::Stdio;

use expect_test::expect_file;
use serde_json::json;

use super::{Answer, Place};

#[test]
fn the_permission_matrix_is_the_committed_one() {
    let place = Place::new();
    let printed = place.run(&["gen", "permissions"]).done().out;
    expect_file!["../../snapshots/permissions.txt"].assert_eq(&printed);
}

#[test]
fn the_printed_schema_is_the_committed_one() {
    let printed = Place::new().run(&["gen", "schema"]).done().out;
    assert!(
        printed == include_str!("../../../graphql/schema.graphql"),
        "graphql/schema.graphql differs"
    );
}

#[test]
fn the_schema_of_procedure_files_is_the_committed_one() {
    let printed = Place::new().run(&["gen", "workflow-schema"]).done().out;
    expect_file!["../../../workflows/procedure.schema.json"].assert_eq(&printed);
}

#[test]
fn the_forms_of_every_procedure_are_closed_schemas() {
    let place = Place::new();
    let forms = place.run(&["gen", "json-schema"]).done().json();
    let mut seen = 0;
    for (procedure, versions) in forms.as_object().expect("procedures") {
        for (version, forms) in versions.as_object().expect("versions") {
            let events = forms["events"].as_object().expect("events");
            for schema in events.values().chain([&forms["filing"]]) {
                assert_eq!(schema["additionalProperties"], json!(false), "{procedure} {version}");
                let properties = schema["properties"].as_object().expect("properties");
                let required = schema["required"].as_array().expect("a list");
                assert!(
                    required
                        .iter()
                        .all(|name| properties.contains_key(name.as_str().expect("a name")))
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
    assert!(forms["complaint"]["2"]["filing"]["properties"]["facts"].is_object());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let mut child = place
        .command(&["gen", "json-schema"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    drop(child.stdout.take());
    let answer: Answer = child.wait_with_output().expect("ends").into();
    assert_eq!((answer.code, answer.err.as_str()), (Some(0), ""));
}
