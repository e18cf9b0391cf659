//! House rules that the compiler does not hold: who may use whom, how long files are, what may not stand in the source.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Modules of the server, lowest first. A module uses only modules of the layers below its own.
const LAYERS: [&[&str]; 10] = [
    &["clock", "feed", "locale", "rehearsal", "store", "workflows"],
    &["config", "secret"],
    &["telemetry"],
    &["access", "http", "limit", "mail", "search"],
    &["app"],
    &["service"],
    &["graphql", "jobs", "web"],
    &["backends", "endpoint"],
    &["demo"],
    &["cli"],
];

/// What the layers do not allow, with the reason why it is right.
const EXCEPTIONS: [(&str, &str, &str); 3] = [
    (
        "config",
        "secret",
        "the prefix of case numbers is parsed by the type that numbers cases",
    ),
    (
        "secret",
        "config",
        "the cost of password hashes is one section of the configuration",
    ),
    (
        "web",
        "endpoint",
        "both doors refuse passwords over plain HTTP by the same rule",
    ),
];

/// Libraries that one folder of the server keeps to itself.
const CONFINED: [(&str, &[&str]); 4] = [
    ("sea_orm", &["store/"]),
    ("async_graphql", &["graphql/", "graphql.rs"]),
    ("askama", &["web/"]),
    ("meilisearch_sdk", &["search/"]),
];

/// Lines that a file may have.
const LONGEST: usize = 600;

/// Longer files, with the reason.
const LONG: [(&str, &str); 0] = [];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository")
}

/// Files of a folder with one of the endings, by path from the root of the repository.
fn files(folder: &str, endings: &[&str]) -> BTreeMap<String, String> {
    let root = root();
    let mut found = BTreeMap::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|e| endings.iter().any(|ending| e == *ending))
            {
                let name = path.strip_prefix(&root).expect("inside").to_string_lossy().into_owned();
                found.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no files");
    found
}

/// The modules of the server, without its benches, which are programs of their own.
fn server() -> impl Iterator<Item = (String, String)> {
    let inside = |(file, source): (String, String)| Some((file.strip_prefix("src/server/")?.to_owned(), source));
    files("src/server", &["rs"])
        .into_iter()
        .filter_map(inside)
        .filter(|(file, _)| !file.starts_with("benches/"))
}

fn sources() -> BTreeMap<String, String> {
    ["src", "migrations", "tests"]
        .iter()
        .flat_map(|folder| files(folder, &["rs"]))
        .collect()
}

/// The modules of its own crate that a source names, in paths and in `use crate::{…}`.
fn named_modules(source: &str) -> BTreeSet<String> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => found.insert(word(after)),
            Some(list) => {
                let mut depth = 0_usize;
                let mut start = true;
                for (at, letter) in list.char_indices() {
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ if start && depth == 0 && !letter.is_whitespace() => {
                            found.insert(word(&list[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
                true
            }
        };
    }
    // Items at the root of the crate, macros among them, are no modules.
    found.retain(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    found
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[test]
fn paths_and_lists_of_modules_are_read() {
    let source =
        "use crate::{\n    a::{b, c::{d}},\n    e,\n    f::G,\n};\n// crate::x\nlet y = crate::h::i(crate::Z);";
    assert_eq!(
        named_modules(source).into_iter().collect::<Vec<_>>(),
        ["a", "e", "f", "h"]
    );
}

#[test]
fn modules_of_the_server_use_only_layers_below() {
    let mut wrong = Vec::new();
    for (file, source) in server() {
        let module = file.split('/').next().expect("a name").trim_end_matches(".rs");
        if matches!(module, "lib" | "main") {
            continue;
        }
        let Some(own) = layer(module) else {
            wrong.push(format!("{file}: put module `{module}` into a layer"));
            continue;
        };
        for other in named_modules(&source) {
            let excepted = EXCEPTIONS.iter().any(|(from, to, _)| *from == module && *to == other);
            let below = layer(&other).is_some_and(|layer| layer < own);
            if other != module && !below && !excepted {
                wrong.push(format!("{file}: `{module}` may not use `{other}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_library_of_a_layer_stays_in_its_folder() {
    let mut wrong = Vec::new();
    for (file, source) in server() {
        for (library, folders) in CONFINED {
            let used = source.contains(&format!("{library}::")) || source.contains(&format!("use {library}"));
            if used && !folders.iter().any(|folder| file.starts_with(folder)) {
                wrong.push(format!("{file} uses {library}, which belongs to {folders:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_pure_crates_know_no_runtime_no_database_and_no_network() {
    // A simulation draws by a seed that it is given; the generators are named one by one.
    let draws = |manifest: &str, library: &str| manifest.contains("simulate") && library == "rand";
    for manifest in [
        "src/engine/Cargo.toml",
        "src/marks/Cargo.toml",
        "src/simulate/Cargo.toml",
    ] {
        let text = fs::read_to_string(root().join(manifest)).expect("read");
        for library in [
            "tokio",
            "sea-orm",
            "sqlx",
            "poem",
            "reqwest",
            "lettre",
            "rand",
            "async-graphql",
        ] {
            let named = text.lines().any(|line| line.trim_start().starts_with(library)) && !draws(manifest, library);
            assert!(!named, "{manifest} names {library}");
        }
    }
    for (file, source) in files("src/engine", &["rs"]) {
        let code = source.split("#[cfg(test)]").next().expect("a first part");
        for effect in [
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::time",
            "std::thread",
        ] {
            let tests_only = [
                "_tests.rs",
                "samples.rs",
                "/examples/",
                "/benches/",
                "/tests/",
                "/tests.rs",
            ];
            assert!(
                !code.contains(effect) || tests_only.iter().any(|part| file.contains(part)),
                "{file} uses {effect}"
            );
        }
    }
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|(file, _)| !LONG.iter().any(|(known, _)| known == file))
        .map(|(file, source)| (file, source.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| format!("{file}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let allow = [concat!("#[", "allow("), concat!("#![", "allow(")];
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|(_, source)| allow.iter().any(|attribute| source.contains(attribute)))
        .map(|(file, _)| file)
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_is_left_to_do_has_an_issue() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let texts = sources().into_iter().chain(files("workflows", &["yaml", "md"]));
    let mut found = Vec::new();
    for (file, source) in texts {
        for (number, line) in source.lines().enumerate() {
            let open = marks.iter().any(|mark| {
                line.match_indices(mark).any(|(at, _)| {
                    let rest = &line[at + mark.len()..];
                    let numbered = rest
                        .strip_prefix("(#")
                        .is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()));
                    !numbered && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            });
            if open {
                found.push(format!("{file}:{}", number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_language_has_the_same_files_and_texts() {
    let keys = |language: &str| -> BTreeSet<(String, String)> {
        let folder = format!("src/server/locales/{language}");
        let mut keys = BTreeSet::new();
        for (file, text) in files(&folder, &["ftl"]) {
            let file = file.trim_start_matches(&folder).to_owned();
            let messages = text
                .lines()
                .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
            for key in messages.filter_map(|line| line.split_once(" =").map(|(key, _)| key)) {
                assert!(
                    keys.insert((file.clone(), key.to_owned())),
                    "{language}{file}: {key} is there twice"
                );
            }
        }
        keys
    };
    let (zh, en) = (keys("zh-CN"), keys("en"));
    let missing: Vec<_> = zh.symmetric_difference(&en).collect();
    assert!(missing.is_empty(), "in one language only: {missing:#?}");
}
