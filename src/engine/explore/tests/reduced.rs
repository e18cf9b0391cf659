//! Forgetting what makes no difference hides no fault: the same is found in the states that are told apart by everything.

use std::{collections::BTreeSet, env, fs, path::Path};

use serde_json::{Map, Value as Json};

use crate::{
    clock::samples,
    definition::source,
    diagnostic::Severity,
    explore::{Exploration, explore_with},
    pack::Pack,
};

/// Procedures with more states, told apart by everything, are left out of an ordinary run.
const STATES: usize = 4_000;
/// And of one that tries more of the damaged ones.
const ALL_STATES: usize = 500_000;
/// Of the damaged procedures one in so many is tried in an ordinary run; `MUTANTS=all` tries all, a number one in that many.
const SAMPLE: usize = 40;

/// A file of the pack: name and text.
type File = (String, String);

fn read(folder: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    let entries = fs::read_dir(root.join(folder)).unwrap();
    let mut files: Vec<File> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    files
}

fn key(file: &File) -> String {
    let root = source::parse(&file.0, &file.1).unwrap().to_json();
    root["procedure"].as_str().unwrap().to_owned()
}

/// A procedure and those that it opens, those that these open, and so on.
struct Family {
    key: String,
    /// Which of `files` it is.
    own: usize,
    files: Vec<File>,
}

impl Family {
    fn of(own_key: &str, own: &File, procedures: &[(String, File)], beside: &[File]) -> Self {
        let mut keys = BTreeSet::from([own_key.to_owned()]);
        loop {
            let texts: Vec<&str> = procedures
                .iter()
                .filter(|(key, file)| file.0 == own.0 || key != own_key && keys.contains(key))
                .map(|(_, file)| file.1.as_str())
                .collect();
            let opened = |key: &str| texts.iter().any(|text| text.contains(&format!("procedure: {key}")));
            let more: BTreeSet<String> = procedures
                .iter()
                .map(|(key, _)| key.clone())
                .filter(|key| keys.contains(key) || opened(key))
                .collect();
            if more.len() == keys.len() {
                break;
            }
            keys = more;
        }
        let near = procedures
            .iter()
            .filter(|(key, _)| key != own_key && keys.contains(key));
        let mut files: Vec<File> = beside.to_vec();
        files.extend(near.map(|(_, file)| file.clone()));
        let number = files.len();
        files.push(own.clone());
        Self {
            key: own_key.to_owned(),
            own: number,
            files,
        }
    }

    /// The pack, with another text for the procedure; none if it is refused at once.
    fn pack(&self, text: &str) -> Option<Pack> {
        let texts = self.files.iter().enumerate();
        let files: Vec<(&str, &str)> = texts
            .map(|(i, (name, own))| (name.as_str(), if i == self.own { text } else { own.as_str() }))
            .collect();
        let (pack, found) = Pack::load(&files);
        pack.filter(|_| found.iter().all(|found| found.severity != Severity::Error))
    }

    fn explored(&self, pack: &Pack, reduced: bool) -> Exploration {
        let bound = if env::var("MUTANTS").is_ok() {
            ALL_STATES
        } else {
            STATES
        };
        explore_with(pack, bound, reduced, |definition| definition.key == self.key)
    }

    /// What is found, the way there apart: forgetting shortens some.
    fn found(exploration: &Exploration) -> BTreeSet<(&'static str, String, u32, String, String)> {
        let diagnostics = exploration.findings.iter().map(|finding| finding.diagnostic.clone());
        diagnostics
            .map(|d| (d.code, d.file, d.line, d.path, d.message))
            .collect()
    }

    /// How many states there are in full and reduced, and what was found; nothing where there are too many.
    fn compared(&self, text: &str, what: &str) -> Option<(usize, usize, usize)> {
        let pack = self.pack(text)?;
        let whole = self.explored(&pack, false);
        if whole.procedures.iter().any(|explored| explored.bounded) {
            return None;
        }
        let reduced = self.explored(&pack, true);
        assert_eq!(Self::found(&reduced), Self::found(&whole), "{}: {what}", self.key);
        let states = |exploration: &Exploration| exploration.procedures.iter().map(|p| p.states).sum::<usize>();
        assert!(states(&reduced) <= states(&whole), "{}: {what}", self.key);
        Some((states(&whole), states(&reduced), whole.findings.len()))
    }
}

/// The pack by families, one for each procedure of one version, the latest.
fn families() -> Vec<Family> {
    let procedures: Vec<(String, File)> = read("procedures").into_iter().map(|file| (key(&file), file)).collect();
    let mut beside = samples::files();
    beside.extend(read("notices"));
    beside.extend(read("documents"));
    let last = procedures
        .iter()
        .filter(|(key, file)| !procedures.iter().any(|(other, later)| other == key && later.0 > file.0));
    last.map(|(key, file)| Family::of(key, file, &procedures, &beside))
        .collect()
}

fn objects<'j>(value: &'j Json, pointer: &str, found: &mut Vec<(String, &'j Map<String, Json>)>) {
    if let Json::Object(map) = value {
        found.push((pointer.to_owned(), map));
        for (name, inside) in map {
            objects(inside, &format!("{pointer}/{name}"), found);
        }
    }
}

/// Damaged procedures: an event that a state knows no more or where it leads nowhere, conditions and requirements that are
/// gone, an event without effects, a route of a subcase or a clock that are dropped.
fn mutants(text: &str) -> Vec<(String, String)> {
    let root = source::parse("procedure", text).unwrap().to_json();
    let mut all = Vec::new();
    objects(&root, "", &mut all);
    let mut found = Vec::new();
    for (pointer, map) in &all {
        let inside = ["/events", "/outcomes", "/mirrors", "/clocks"];
        let list = inside.iter().any(|end| pointer.ends_with(end)) && *pointer != "/events";
        let dropped = map
            .keys()
            .filter(|key| list || matches!(key.as_str(), "requires" | "when" | "do" | "needs" | "to"));
        for key in dropped {
            let mut changed = root.clone();
            if let Some(map) = changed.pointer_mut(pointer).and_then(Json::as_object_mut) {
                map.shift_remove(key);
            }
            found.push((format!("{pointer}/{key} dropped"), changed.to_string()));
        }
        let leading = map.iter().filter(|(_, to)| list && to.is_string());
        for (key, _) in leading {
            let mut changed = root.clone();
            if let Some(to) = changed.pointer_mut(&format!("{pointer}/{key}")) {
                *to = Json::Null;
            }
            found.push((format!("{pointer}/{key} leads nowhere"), changed.to_string()));
        }
    }
    found
}

#[test]
fn the_shipped_procedures_have_the_same_faults_reduced_and_in_full() {
    let compared = families()
        .into_iter()
        .filter_map(|family| family.compared(&family.files[family.own].1, "as it stands"));
    let compared: Vec<(usize, usize, usize)> = compared.collect();
    assert!(compared.len() > 20, "{compared:?}");
    let (whole, reduced) = compared
        .iter()
        .fold((0, 0), |(w, r), (whole, reduced, _)| (w + whole, r + reduced));
    assert!(
        reduced * 10 < whole * 9,
        "{reduced} of {whole} states are left: {compared:?}"
    );
}

#[test]
fn a_damaged_procedure_has_the_same_faults_reduced_and_in_full() {
    let step = match env::var("MUTANTS").as_deref() {
        Ok("all") => 1,
        Ok(one_in) => one_in.parse().unwrap(),
        Err(_) => SAMPLE,
    };
    let (mut tried, mut faulty) = (0, 0);
    for family in families() {
        let text = &family.files[family.own].1;
        if family.compared(text, "as it stands").is_none() {
            continue;
        }
        for (what, text) in mutants(text).into_iter().step_by(step) {
            if let Some((.., found)) = family.compared(&text, &what) {
                tried += 1;
                faulty += usize::from(found > 0);
            }
        }
    }
    eprintln!("{tried} tried, {faulty} with faults");
    assert!(tried > 20 && faulty > 0, "{tried} tried, {faulty} with faults");
}
