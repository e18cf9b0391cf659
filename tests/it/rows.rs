//! Each row of what the law asks has its place in the pack and a scenario that goes there: `workflows/ROWS.md`, printed from
//! `tests/rows.yaml`.

use std::{fmt::Write as _, path::Path};

use expect_test::expect_file;
use serde::Deserialize;
use zhengming::{rehearsal::scenario::File, workflows};
use zhengming_engine::{definition::model::Definition, pack::Pack};

use super::scenarios;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    sections: Vec<Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    title: String,
    procedure: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    row: String,
    /// An event, `filing` or `clock NAME`.
    at: String,
}

/// The line of a procedure's file at which a row is answered.
fn line(definition: &Definition, at: &str) -> Option<u32> {
    match at.split_once(' ') {
        None if at == "filing" => Some(definition.lines.filing),
        Some(("clock", clock)) => definition.clocks.get(clock).map(|clock| clock.line),
        _ => definition.events.get(at).map(|event| event.line),
    }
}

/// The first scenario of a version that goes there.
fn scenario<'f>(files: &'f [File], pack: &'f Pack, definition: &'f Definition, at: &str) -> Option<(&'f str, &'f str)> {
    let name = at.rsplit(' ').next().unwrap_or(at);
    files.iter().find_map(|file| {
        let found = match at {
            "filing" => file.of(pack, definition).next(),
            _ => file.naming(pack, definition, name),
        };
        found.map(|scenario| (file.name(), scenario))
    })
}

#[test]
fn each_row_of_what_the_law_asks_has_its_place_in_the_pack_and_a_scenario() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join("tests/rows.yaml")).expect("rows");
    let table: Table = serde_saphyr::from_str(&text).expect("rows that can be read");
    let pack = workflows::load(None).expect("the pack is sound");
    let files = scenarios::files();
    let mut printed = String::from(
        "# What the law asks, and where it is answered\n\nPrinted from `tests/rows.yaml` by `UPDATE_EXPECT=1 cargo test --test it rows`. Lines and scenarios are those of the version in force last.\n",
    );
    let mut missing = Vec::new();
    for section in &table.sections {
        let definition = pack
            .procedures
            .get(&section.procedure)
            .and_then(|versions| versions.last());
        let definition = definition.unwrap_or_else(|| panic!("no procedure {}", section.procedure));
        let _ = write!(
            printed,
            "\n## {}\n\n| what | where | scenario |\n|---|---|---|\n",
            section.title
        );
        for row in &section.rows {
            let told = line(definition, &row.at).zip(scenario(&files, &pack, definition, &row.at));
            let Some((line, (file, scenario))) = told else {
                missing.push(format!("{}: {} ({})", section.procedure, row.row, row.at));
                continue;
            };
            let file = Path::new(file)
                .file_name()
                .map(|name| name.to_string_lossy())
                .unwrap_or_default();
            let _ = writeln!(
                printed,
                "| {} | `{}:{line}` {} | {file}: {scenario} |",
                row.row, definition.file, row.at
            );
        }
    }
    assert!(missing.is_empty(), "without place or scenario:\n{}", missing.join("\n"));
    expect_file![root.join("workflows/ROWS.md")].assert_eq(&printed);
}
