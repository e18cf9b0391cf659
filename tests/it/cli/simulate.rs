//! `simulate`: models as files, tables and pictures out of them.

use std::fs;

use super::Place;

/// A fortnight of reports in a small office.
const OFFICE: &str = "simulation: office
from: 2026-06-01
to: 2026-06-14
follow: 40
procedures:
  report:
    arrivals: {per_day: 6}
    fields: {true_statement: true}
    states: {verifying: {raise_dispute: 0, extend_verification: 0}, dispatched: {raise_dispute: 0}}
staff: {intake_officer: {count: 1}, case_officer: {count: 2}, head: {count: 1}}
";

#[test]
fn two_models_are_shown_side_by_side_and_written_as_files_the_same_each_time() {
    let place = Place::new();
    place.write("office.yaml", OFFICE);
    place.write(
        "models/more.yaml",
        "simulation: more\nextends: ../office.yaml\nstaff: {case_officer: {count: 4}}\n",
    );
    let arguments = [
        "simulate",
        "office.yaml",
        "--profile",
        "models/more.yaml",
        "--seed",
        "7",
        "--out",
        "out",
    ];
    let table = place.run(&arguments).done().out;
    let line = |name: &str| {
        table
            .lines()
            .find(|line| line.contains(name))
            .unwrap_or_else(|| panic!("{table}"))
    };
    assert!(
        line("  name ").contains("office") && line("  name ").ends_with("more"),
        "{table}"
    );
    assert!(
        line("verification (authority): started").split_whitespace().count() == 5,
        "{table}"
    );
    let read = |name: &str| fs::read_to_string(place.path().join("out").join(name)).expect("written");
    assert!(read("queues.svg").contains("case_officer: tasks waiting"));
    assert!(read("queues.csv").contains("more,2026-06-14,cases,report,,,"));
    assert!(read("clocks.csv").contains("office,report,2,verification,authority,statutory,"));
    let summary: serde_json::Value = serde_json::from_str(&read("summary.json")).expect("JSON");
    let filed = |run: usize| summary["runs"][run]["procedures"][0]["filed"].as_u64();
    assert!(filed(0).is_some_and(|filed| filed > 30));
    assert_eq!(filed(0), filed(1), "both meet the same filings");
    let again = place
        .run(&["simulate", "office.yaml", "models/more.yaml", "--seed", "7", "--json"])
        .done()
        .json();
    assert_eq!(again, summary);
    let other = place
        .run(&["simulate", "office.yaml", "models/more.yaml", "--seed", "8", "--json"])
        .done()
        .json();
    assert_ne!(other["runs"], summary["runs"]);
}

#[test]
fn faults_of_a_model_are_named_with_file_line_and_cure() {
    let place = Place::new();
    place.write("office.yaml", OFFICE.replace("dispatched: {raise", "dispached: {raise"));
    let err = place.run(&["simulate", "office.yaml"]).refused();
    assert!(
        err.contains("office.yaml:9:WF101") && err.contains("did you mean `dispatched`?"),
        "{err}"
    );
    place.write("circle.yaml", "simulation: x\nextends: circle.yaml\n");
    let err = place.run(&["simulate", "circle.yaml"]).refused();
    assert!(err.contains("break the circle"), "{err}");
    let err = place.run(&["simulate", "nowhere.yaml"]).refused();
    assert!(err.contains("nowhere.yaml: "), "{err}");
}

#[test]
fn the_shipped_models_can_be_run() {
    let place = Place::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows/simulations");
    let shorter = |name: &str| {
        let path = folder.join(name).canonicalize().expect("shipped");
        format!(
            "simulation: {name}\nextends: {}\nfrom: 2026-03-13\nto: 2026-03-16\nwarm_up: 0\nfollow: 5\nauthorities: 1\n",
            path.display()
        )
    };
    let mut seen = 0;
    for entry in fs::read_dir(&folder).expect("a folder") {
        let name = entry.expect("listed").file_name().to_string_lossy().into_owned();
        if name.ends_with(".yaml") {
            place.write("short.yaml", shorter(&name));
            let out = place.run(&["simulate", "short.yaml"]).done().out;
            assert!(out.contains("cases: complaint (version 2)"), "{name}: {out}");
            seen += 1;
        }
    }
    assert!(seen >= 4, "{seen}");
}
