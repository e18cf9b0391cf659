//! Breaks the shipped procedures one small thing at a time and looks whether anybody notices: `check`, or a scenario.
//!
//! `MUTANTS=all cargo test -p zhengming --test it mutation -- --nocapture` tries every mutant and prints those that live;
//! a number in the place of `all` tries one in so many.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use serde_json::{Map, Value as Json, json};
use zhengming::{
    rehearsal::scenario::File,
    workflows::{self, PackFile},
};
use zhengming_engine::{definition::source, explore};

use super::scenarios;

/// Of the mutants one in so many is tried in an ordinary run.
const SAMPLE: usize = 60;
/// So many in a hundred are noticed at least.
const NOTICED: usize = 95;

/// One broken procedure.
struct Mutant {
    /// Which file of the pack.
    file: usize,
    key: String,
    version: u32,
    /// What kind of damage, for the count.
    kind: &'static str,
    /// What was done, in words.
    what: String,
    /// The procedure, in JSON, which is YAML too.
    text: String,
}

fn object(value: &Json) -> &Map<String, Json> {
    static NOTHING: std::sync::LazyLock<Map<String, Json>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&NOTHING)
}

/// The states of a map of states and all inside: pointer in the document, path in the procedure.
fn states(map: &Json, pointer: &str, path: &str, found: &mut Vec<(String, String)>) {
    for (name, state) in object(map) {
        let (pointer, path) = (format!("{pointer}/{name}"), format!("{path}{name}"));
        found.push((pointer.clone(), path.clone()));
        for key in ["states", "parallel"] {
            if let Some(inside) = state.get(key) {
                states(inside, &format!("{pointer}/{key}"), &format!("{path}."), found);
            }
        }
    }
}

/// Pointers to all lists of effects.
fn effects(value: &Json, pointer: &str, found: &mut Vec<String>) {
    match value {
        Json::Object(map) => {
            for (key, inside) in map {
                let pointer = format!("{pointer}/{key}");
                if matches!(key.as_str(), "do" | "enter" | "leave") && inside.is_array() {
                    found.push(pointer.clone());
                }
                effects(inside, &pointer, found);
            }
        }
        Json::Array(items) => {
            for (i, inside) in items.iter().enumerate() {
                effects(inside, &format!("{pointer}/{i}"), found);
            }
        }
        _ => {}
    }
}

struct Breaker<'f> {
    file: usize,
    root: &'f Json,
    found: Vec<Mutant>,
}

impl Breaker<'_> {
    fn put(&mut self, kind: &'static str, what: String, change: impl FnOnce(&mut Json)) {
        let mut root = self.root.clone();
        change(&mut root);
        self.found.push(Mutant {
            file: self.file,
            key: root["procedure"].as_str().unwrap_or_default().to_owned(),
            version: root["version"]
                .as_u64()
                .and_then(|v| u32::try_from(v).ok())
                .unwrap_or_default(),
            kind,
            what,
            text: root.to_string(),
        });
    }

    /// Each entry of a map is dropped once.
    fn drop_each(&mut self, kind: &'static str, key: &str) {
        for name in object(&self.root[key]).keys().cloned().collect::<Vec<_>>() {
            self.put(kind, format!("{key}.{name} dropped"), |root| {
                if let Some(map) = root[key].as_object_mut() {
                    map.shift_remove(&name);
                }
            });
        }
    }

    fn transitions(&mut self) {
        let mut all = Vec::new();
        states(&self.root["states"], "/states", "", &mut all);
        let paths: Vec<String> = all.iter().map(|(_, path)| path.clone()).collect();
        for (pointer, path) in &all {
            let events = self
                .root
                .pointer(&format!("{pointer}/events"))
                .cloned()
                .unwrap_or_default();
            for (event, branches) in object(&events) {
                let list = branches.as_array().cloned();
                let count = list.as_ref().map_or(1, Vec::len);
                for number in 0..count {
                    let branch = list.as_ref().map_or(branches, |list| &list[number]);
                    let place = format!("{pointer}/events");
                    let what = format!("{path}.{event}[{number}]");
                    if self.stays_anyway(event, branch, count) {
                        continue;
                    }
                    self.put("transition deleted", format!("{what} deleted"), |root| {
                        let events = root.pointer_mut(&place).and_then(Json::as_object_mut).expect("events");
                        match events
                            .get_mut(event)
                            .and_then(Json::as_array_mut)
                            .filter(|list| list.len() > 1)
                        {
                            Some(list) => drop(list.remove(number)),
                            None => drop(events.shift_remove(event)),
                        }
                    });
                    self.retarget(&paths, path, (&place, event, number), branch);
                }
            }
        }
    }

    /// What a clock or another case raises, and a state takes without moving or doing anything, has its effects all the same
    /// where no state knows it: without the branch the procedure means what it meant.
    fn stays_anyway(&self, event: &str, branch: &Json, branches: usize) -> bool {
        let sent = self.root.pointer(&format!("/events/{event}/by")).is_some();
        branches == 1 && branch.is_null() && !sent
    }

    fn retarget(&mut self, paths: &[String], path: &str, at: (&str, &str, usize), branch: &Json) {
        let (place, event, number) = at;
        let target = branch.as_str().or_else(|| branch.get("to").and_then(Json::as_str));
        // The state after the right one in the file, else the one after the state itself.
        let known = |id: &str| paths.iter().position(|p| p == id);
        let right = target.and_then(known).or_else(|| known(path)).unwrap_or(0);
        // What lies inside the right target may be what entering it leads to anyway.
        let inside =
            |candidate: &str| target.is_some_and(|t| candidate.strip_prefix(t).is_some_and(|r| r.starts_with('.')));
        let usable = |candidate: &&String| {
            Some(candidate.as_str()) != target && candidate.as_str() != path && !inside(candidate)
        };
        let Some(wrong) = paths
            .iter()
            .cycle()
            .skip(right + 1)
            .take(paths.len())
            .find(usable)
            .cloned()
        else {
            return;
        };
        let what = format!("{path}.{event}[{number}] leads to {wrong}");
        self.put("transition retargeted", what, |root| {
            let slot = root.pointer_mut(&format!("{place}/{event}")).expect("an event");
            let slot = match slot {
                Json::Array(list) => &mut list[number],
                other => other,
            };
            match slot {
                Json::Object(map) => drop(map.insert("to".to_owned(), json!(wrong))),
                other => *other = json!(wrong),
            }
        });
    }

    fn documents(&mut self) {
        let mut lists = Vec::new();
        effects(self.root, "", &mut lists);
        for pointer in lists {
            let list = self
                .root
                .pointer(&pointer)
                .and_then(Json::as_array)
                .cloned()
                .unwrap_or_default();
            for (number, effect) in list.iter().enumerate() {
                let Some(kind) = effect.get("document") else { continue };
                self.put("document dropped", format!("{pointer}: {kind} dropped"), |root| {
                    if let Some(list) = root.pointer_mut(&pointer).and_then(Json::as_array_mut) {
                        list.remove(number);
                    }
                });
            }
        }
    }

    /// Documents that an event does not wait for any more.
    fn needs(&mut self) {
        for (event, declared) in object(&self.root["events"]).clone() {
            let count = declared["needs"].as_array().map_or(0, Vec::len);
            for number in 0..count {
                let what = format!("events.{event}.needs[{number}] dropped");
                self.put("document dropped", what, |root| {
                    if let Some(list) = root["events"][&event]["needs"].as_array_mut() {
                        list.remove(number);
                    }
                });
            }
        }
    }
}

/// Each procedure as it stands: whatever notices one of these would notice every mutant.
fn unbroken(files: &[PackFile]) -> Vec<Mutant> {
    let mut all: Vec<Mutant> = Vec::new();
    for (file, root) in procedures(files) {
        let mut breaker = Breaker {
            file,
            root: &root,
            found: Vec::new(),
        };
        breaker.put("as it stands", String::new(), |_| {});
        all.append(&mut breaker.found);
    }
    all
}

/// The procedures of a pack, with the number of their file.
fn procedures(files: &[PackFile]) -> Vec<(usize, Json)> {
    let all = files
        .iter()
        .enumerate()
        .filter(|(_, (name, _))| name.starts_with("procedures/"));
    let read = |(file, (name, text)): (usize, &PackFile)| {
        let root = source::parse(name, text).expect("the shipped pack is readable");
        (file, root.to_json())
    };
    all.map(read).collect()
}

/// Every mutant of every procedure.
fn mutants(files: &[PackFile]) -> Vec<Mutant> {
    let mut all = Vec::new();
    for (file, root) in procedures(files) {
        let mut breaker = Breaker {
            file,
            root: &root,
            found: Vec::new(),
        };
        breaker.transitions();
        breaker.drop_each("clock dropped", "clocks");
        breaker.drop_each("role dropped", "roles");
        breaker.documents();
        breaker.needs();
        all.append(&mut breaker.found);
    }
    all
}

/// Who notices a mutant; nobody, if it lives.
fn noticed(mutant: &Mutant, files: &[PackFile], stories: &[File]) -> Option<String> {
    let changed: Vec<(&str, &str)> = files
        .iter()
        .enumerate()
        .map(|(i, (name, text))| {
            (
                name.as_str(),
                if i == mutant.file { &mutant.text } else { text.as_str() },
            )
        })
        .collect();
    let (pack, found) = zhengming_engine::pack::Pack::load(&changed);
    if let Some(first) = found.first() {
        return Some(first.code.to_owned());
    }
    let pack = pack?;
    let mut failures = stories.iter();
    if let Some(failure) = failures.find_map(|file| file.first_failure(&pack, &mutant.key, mutant.version)) {
        return Some(format!("scenario {failure}"));
    }
    let findings = explore::explore_around(&pack, explore::STATES, &mutant.key).findings;
    findings.first().map(|finding| finding.diagnostic.code.to_owned())
}

#[test]
fn nearly_every_damage_to_a_shipped_procedure_is_noticed_by_check_or_by_a_scenario() {
    let files = workflows::built_in();
    let stories = scenarios::files();
    for whole in unbroken(&files) {
        assert_eq!(
            noticed(&whole, &files, &stories),
            None,
            "{} {}",
            whole.key,
            whole.version
        );
    }
    let step = match env::var("MUTANTS").as_deref() {
        Ok("all") => 1,
        Ok(one_in) => one_in.parse().expect("MUTANTS is `all`, or one in how many is tried"),
        Err(_) => SAMPLE,
    };
    let tried: Vec<Mutant> = mutants(&files).into_iter().step_by(step).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(mutant) = tried.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((mutant, noticed(mutant, &files, &stories)));
        }
        done
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let results = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("no mutant makes the engine panic"));
        joined.collect::<Vec<_>>()
    });
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut living = Vec::new();
    for (mutant, by) in &results {
        let (count, caught) = kinds.entry(mutant.kind).or_default();
        *count += 1;
        *caught += usize::from(by.is_some());
        if by.is_none() {
            living.push(format!("{} {}: {}", mutant.key, mutant.version, mutant.what));
        }
    }
    living.sort();
    let mut report = String::new();
    for (kind, (count, caught)) in &kinds {
        let _ = writeln!(report, "{kind}: {caught} of {count} noticed");
    }
    let caught = results.len() - living.len();
    let _ = writeln!(
        report,
        "{caught} of {} mutants noticed; nobody notices:\n{}",
        results.len(),
        living.join("\n")
    );
    eprintln!("{report}");
    assert!(results.len() > 50, "there are mutants");
    assert!(caught * 100 >= results.len() * NOTICED, "{report}");
}
