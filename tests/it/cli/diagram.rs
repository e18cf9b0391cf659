//! `diagram`: the shipped procedures as drawings, texts for other programs, and tables.

use std::fs;

use zhengming::workflows;

use super::Place;

const FORMATS: [&str; 5] = ["svg", "mermaid", "dot", "xstate", "table"];

#[test]
fn every_shipped_procedure_is_drawn_in_both_languages_with_all_its_states_and_one_in_every_format() {
    let place = Place::new();
    let pack = workflows::load(None).expect("the built-in pack");
    let mut drawn = 0;
    for definition in pack.procedures.values().flatten() {
        let name = format!("{}@{}", definition.key, definition.version);
        // Of the others one form is enough: all say what one part of the engine gathers.
        let formats = if name == "complaint@2" {
            &FORMATS[..]
        } else {
            &FORMATS[..1]
        };
        for format in formats.iter().copied() {
            for lang in ["zh", "en"] {
                let out = place
                    .run(&["diagram", &name, "--format", format, "--lang", lang])
                    .done()
                    .out;
                for state in &definition.states {
                    let title = match (format, lang) {
                        ("xstate", _) | (_, "zh") => &state.title.zh,
                        _ => &state.title.en,
                    };
                    // Long names are broken into lines, and some formats write signs in their own way.
                    let word = title.split([' ', ':', '：', '，', ',']).next().unwrap_or_default();
                    assert!(out.contains(word), "{name} as {format} in {lang} has no {title}");
                }
                drawn += 1;
            }
        }
    }
    assert!(
        drawn >= 16,
        "four procedures in two languages, one of them in five formats: {drawn}"
    );
}

#[test]
fn without_options_the_newest_version_is_drawn_in_chinese_and_o_writes_a_file() {
    let place = Place::new();
    let out = place.run(&["diagram", "complaint"]).done().out;
    assert!(
        out.starts_with("<svg ") && out.contains("消费投诉（第2版）") && out.contains(">审查中<"),
        "{out}"
    );
    let nothing = place
        .run(&["diagram", "complaint@1", "--lang", "en", "-o", "drawing.svg"])
        .done();
    assert_eq!(nothing.out, "");
    let written = fs::read_to_string(place.path().join("drawing.svg")).expect("written");
    assert!(written.contains("Consumer complaint (version 1)"));
}

#[test]
fn an_unknown_procedure_or_version_is_refused_with_those_that_there_are() {
    let place = Place::new();
    for name in ["complaints", "complaint@9", "complaint@", "@1"] {
        let said = place.run(&["diagram", name]).refused();
        assert!(
            said.contains(&format!("there is no procedure `{name}`")) && said.contains("complaint@1 complaint@2"),
            "{said}"
        );
    }
    let said = place
        .run(&["diagram", "complaint", "-o", "no/such/folder.svg"])
        .refused();
    assert!(said.contains("no/such/folder.svg"), "{said}");
}

#[test]
fn the_state_machine_for_xstate_starts_where_a_case_starts_and_names_its_guards() {
    let place = Place::new();
    let machine = place.run(&["diagram", "complaint", "--format", "xstate"]).done().json();
    assert_eq!(machine["id"], "complaint");
    assert_eq!(machine["initial"], "registered");
    let accept = &machine["states"]["in_review"]["on"]["accept"][0];
    assert_eq!(accept["target"], "#complaint.accepted");
    let guard = accept["guard"].as_str().expect("a guard");
    assert!(
        machine["meta"]["guards"][guard]
            .as_str()
            .is_some_and(|cel| cel.contains("data.living_consumption"))
    );
    assert_eq!(machine["states"]["mediating"]["meta"]["clocks"][0]["within"], "60 days");
}

#[test]
fn each_shipped_procedure_goes_out_as_scxml_and_comes_back_with_its_hash() {
    let place = Place::new();
    for (key, versions) in &zhengming::workflows::load(None).expect("the pack is sound").procedures {
        for definition in versions {
            let name = format!("{key}@{}", definition.version);
            place
                .run(&["diagram", &name, "--format", "scxml", "-o", "out.scxml"])
                .done();
            let back = place.run(&["import", "out.scxml", "-o", "back.yaml"]).done();
            assert!(back.err.contains(&definition.hash), "{name}: {}", back.err);
        }
    }
}
