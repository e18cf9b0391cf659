//! Scenarios played on the pack that is checked.

use std::{collections::BTreeSet, path::Path};

use zhengming_engine::{diagnostic::Diagnostic, pack::Pack};

use crate::{
    cli::{UsageError, language::say},
    rehearsal::{Coverage, Covered, scenario},
};

/// What became of the scenarios.
#[derive(Default)]
pub(super) struct Performance {
    played: usize,
    /// Scenarios that did not go as they say, and files that hold none.
    pub(super) failures: Vec<Diagnostic>,
    covered: Vec<Covered>,
}

impl Performance {
    /// Plays the scenarios of a file or folder.
    ///
    /// # Errors
    /// It cannot be read, or holds no scenario.
    pub(super) fn of(pack: &Pack, path: &Path) -> Result<Self, UsageError> {
        let (files, mut failures) = scenario::read(path).map_err(|error| {
            UsageError::Other(format!(
                "{}: {error}; name a scenario file or a folder of them",
                path.display()
            ))
        })?;
        let mut coverage = Coverage::default();
        let played = files.iter().map(scenario::File::len).sum();
        if played == 0 && failures.is_empty() {
            return Err(UsageError::Other(format!("{}: no scenario in it", path.display())));
        }
        for file in &files {
            failures.extend(file.play(pack, &mut coverage));
        }
        let keys: BTreeSet<&str> = files.iter().flat_map(scenario::File::procedures).collect();
        let mut covered = coverage.of(pack);
        covered.retain(|covered| keys.contains(covered.procedure.as_str()));
        Ok(Self {
            played,
            failures,
            covered,
        })
    }

    /// What no scenario touches.
    pub(super) fn gaps(&self) -> Vec<Diagnostic> {
        self.covered.iter().flat_map(|covered| covered.gaps.clone()).collect()
    }

    /// How many were played and how much they touched; nothing where none were asked for.
    pub(super) fn told(&self) -> String {
        if self.played == 0 {
            return String::new();
        }
        let mut text = say(
            "cli-check-played",
            &[
                ("scenarios", self.played.into()),
                ("failed", self.failures.len().into()),
            ],
        );
        text.push('\n');
        for covered in &self.covered {
            let args = [
                ("procedure", covered.procedure.as_str().into()),
                ("version", covered.version.into()),
                ("taken", covered.transitions.0.into()),
                ("transitions", covered.transitions.1.into()),
                ("expired", covered.expiries.0.into()),
                ("clocks", covered.expiries.1.into()),
            ];
            text.push_str(&say("cli-check-covered", &args));
            text.push('\n');
        }
        text
    }
}
