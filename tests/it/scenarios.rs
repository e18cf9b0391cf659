//! Plays `tests/scenarios/*.yaml`: what the law asks of each procedure, as cases with dates.

use std::path::Path;

use zhengming::{
    rehearsal::{
        Coverage,
        scenario::{self, File},
    },
    workflows,
};

/// All files of `tests/scenarios`.
pub(crate) fn files() -> Vec<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let (files, faults) = scenario::read(&folder).expect("scenarios");
    assert_eq!(faults, [], "each file can be read");
    files
}

#[test]
fn every_scenario_goes_as_the_law_says() {
    let pack = workflows::load(None).expect("the pack is sound");
    let files = files();
    let mut coverage = Coverage::default();
    let failures: Vec<_> = files.iter().flat_map(|file| file.play(&pack, &mut coverage)).collect();
    let played: usize = files.iter().map(File::len).sum();
    eprintln!("{played} scenarios");
    for covered in coverage.of(&pack) {
        let ((taken, transitions), (expired, clocks)) = (covered.transitions, covered.expiries);
        let (key, version) = (&covered.procedure, covered.version);
        eprintln!("{key} version {version}: {taken} of {transitions} transitions, {expired} of {clocks} expiries");
        for gap in covered.gaps {
            eprintln!("  {gap}");
        }
    }
    assert!(played > 0, "no scenario was found");
    let told: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(
        told.is_empty(),
        "{} of {played} failed:\n{}",
        told.len(),
        told.join("\n")
    );
}
