//! The domain pack of this repository, loaded once for the tests.

use std::{fs, path::Path, sync::LazyLock};

use proptest::test_runner::Config;

use super::law::Law;

static FILES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    let mut files = Vec::new();
    for folder in ["calendar/cn", "law"] {
        for entry in fs::read_dir(pack.join(folder)).expect("the pack is part of the repository") {
            let path = entry.expect("the folder can be listed").path();
            let text = fs::read_to_string(&path).expect("the file is text");
            files.push((path.to_string_lossy().into_owned(), text));
        }
    }
    files
});

static LAW: LazyLock<Law> = LazyLock::new(|| {
    let files = &*FILES;
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let (law, findings) = Law::load(&files);
    let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings, [""; 0]);
    law.expect("a pack without findings loads")
});

/// The files of instruments and calendar, for packs that tests put together.
pub(crate) fn files() -> Vec<(String, String)> {
    FILES.clone()
}

/// The instruments and the calendar of `workflows/`.
pub(crate) fn law() -> &'static Law {
    &LAW
}

/// The same law after another year's holidays were published.
pub(crate) fn law_with_year(year: u32, text: &str) -> Law {
    let path = format!("calendar/cn/{year}.yaml");
    let files = law().files().iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let files: Vec<_> = files.chain([(path.as_str(), text)]).collect();
    Law::load(&files).0.expect("the year follows the published ones")
}

/// So many random cases, and no file written when one fails: the folders below `src/` are the crates of the workspace.
pub(crate) fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    }
}
