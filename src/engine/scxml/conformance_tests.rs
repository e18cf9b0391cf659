//! The cases of the public SCXML suite that need no data model, run on the kernel.
//!
//! The suite (npm `@scion-scxml/test-framework` 2.0.16, Apache-2.0) is not part of this repository: `.ci/run` fetches it
//! and names the unpacked folder in `SCXML_SUITE`.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use expect_test::expect_file;
use serde::Deserialize;

use super::{Document, Session};

const VARIABLE: &str = "SCXML_SUITE";

/// Cases that need no data model and still cannot be run, each with the reason.
const SKIPPED: [(&str, &str); 0] = [];

/// What a case is played by.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Script {
    initial_configuration: Vec<String>,
    events: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    /// Milliseconds that pass before the event.
    after: Option<u64>,
    event: Named,
    next_configuration: Vec<String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Documents of the suite that have a script, by name from its `test` folder.
fn cases(suite: &Path) -> Vec<(String, PathBuf)> {
    let mut cases = Vec::new();
    for folder in fs::read_dir(suite.join("test")).expect("the suite has a folder `test`") {
        let folder = folder.expect("listed").path();
        if !folder.is_dir() {
            continue;
        }
        for file in fs::read_dir(&folder).expect("listed") {
            let path = file.expect("listed").path();
            let document = path.extension().is_some_and(|e| e == "scxml");
            if document && path.with_extension("json").try_exists().expect("readable") {
                let name = path
                    .strip_prefix(suite.join("test"))
                    .expect("inside")
                    .with_extension("");
                cases.push((name.to_string_lossy().into_owned(), path));
            }
        }
    }
    cases.sort();
    cases
}

/// Plays a script; what went otherwise than it says.
fn play(document: &Document, script: &Script) -> Result<(), String> {
    let sorted = |names: &[&str]| {
        let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        names.sort();
        names
    };
    let expect = |session: &Session<'_>, expected: &[String], when: &str| {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        let (found, expected) = (sorted(&session.leaves()), sorted(&expected));
        let legal = document.chart.is_legal(session.position());
        if found == expected && legal {
            Ok(())
        } else {
            Err(format!("{when}: in {found:?}, not in {expected:?}, legal: {legal}"))
        }
    };
    let endless = |_| "it goes in circles".to_owned();
    let mut session = Session::start(document).map_err(endless)?;
    expect(&session, &script.initial_configuration, "at first")?;
    for (i, step) in script.events.iter().enumerate() {
        session.pass(step.after.unwrap_or(0)).map_err(endless)?;
        session.send(&step.event.name).map_err(endless)?;
        let when = format!("after event {} ({})", i + 1, step.event.name);
        expect(&session, &step.next_configuration, &when)?;
    }
    Ok(())
}

#[test]
fn every_case_of_the_suite_that_needs_no_data_model_goes_as_its_script_says() {
    let Some(suite) = env::var_os(VARIABLE).map(PathBuf::from) else {
        eprintln!(
            "SKIPPED every_case_of_the_suite_that_needs_no_data_model_goes_as_its_script_says: {VARIABLE} is not set"
        );
        assert!(
            env::var("CI").is_ok_and(|ci| ci == "true").eq(&false),
            "CI must have the SCXML suite"
        );
        return;
    };
    let (mut listed, mut failed) = (Vec::new(), Vec::new());
    for (name, path) in cases(&suite) {
        let text = fs::read_to_string(&path).expect("text");
        let document = match Document::read(&name, &text) {
            Ok(document) => document,
            Err(found) => {
                // Whoever has a data model may lack other things for it; nobody else may lack anything.
                if found.iter().all(|finding| finding.code != "WF825") {
                    failed.push(format!("{name}: not read: {}", found[0]));
                }
                continue;
            }
        };
        if let Some((_, reason)) = SKIPPED.iter().find(|(skipped, _)| *skipped == name) {
            listed.push(format!("{name} (skipped: {reason})"));
            continue;
        }
        let script = fs::read_to_string(path.with_extension("json")).expect("text");
        let script: Script = serde_json::from_str(&script).expect("a script");
        match play(&document, &script) {
            Ok(()) => listed.push(name),
            Err(how) => failed.push(format!("{name}: {how}")),
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    let w3c = listed.iter().filter(|name| name.starts_with("w3c-ecma/")).count();
    let text = format!(
        "{} cases of the suite's own and {w3c} of the W3C need no data model\n{}\n",
        listed.len() - w3c,
        listed.join("\n")
    );
    eprint!("{text}");
    expect_file!["../../../tests/snapshots/scxml-cases.txt"].assert_eq(&text);
}
