//! Which ways of a procedure scenarios have taken.

use std::collections::BTreeSet;

use zhengming_engine::{
    decision::{Decision, Timer},
    definition::model::Definition,
    diagnostic::{Diagnostic, Severity},
    pack::Pack,
};

/// What scenarios have touched: lines of branches, and clocks whose expiry happened, by procedure and version.
#[derive(Default)]
pub struct Coverage {
    branches: BTreeSet<(String, u32, u32)>,
    expiries: BTreeSet<(String, u32, String)>,
}

/// How much of one version of a procedure was touched.
pub struct Covered {
    /// The procedure.
    pub procedure: String,
    /// Its version.
    pub version: u32,
    /// Branches of transitions that were taken, and all of them.
    pub transitions: (usize, usize),
    /// Clocks that expired, and all of them.
    pub expiries: (usize, usize),
    /// Each branch and clock that nothing touched (`WF605`).
    pub gaps: Vec<Diagnostic>,
}

impl Coverage {
    /// Marks the branches that a decision took.
    pub(super) fn note(&mut self, definition: &Definition, decision: &Decision) {
        for line in &decision.taken {
            self.branches
                .insert((definition.key.clone(), definition.version, *line));
        }
    }

    /// Marks what a timer did.
    pub(super) fn note_timer(&mut self, definition: &Definition, timer: &Timer, decision: &Decision) {
        if timer.ends() {
            self.expiries
                .insert((definition.key.clone(), definition.version, timer.clock.clone()));
        }
        self.note(definition, decision);
    }

    /// How much of each procedure of a pack was touched, in the order of their keys.
    #[must_use]
    pub fn of(&self, pack: &Pack) -> Vec<Covered> {
        pack.procedures
            .values()
            .flatten()
            .map(|definition| self.covered(definition))
            .collect()
    }

    fn covered(&self, definition: &Definition) -> Covered {
        let (key, version) = (&definition.key, definition.version);
        let gap = |line: u32, path: String, message: String| Diagnostic {
            file: definition.file.clone(),
            line,
            column: 0,
            code: "WF605",
            severity: Severity::Warning,
            path,
            message,
            mend: "add a scenario that goes this way".to_owned(),
        };
        let mut gaps = Vec::new();
        let mut branches = 0;
        for state in &definition.states {
            for (event, branch) in state
                .transitions
                .iter()
                .flat_map(|(event, list)| list.iter().map(move |b| (event, b)))
            {
                branches += 1;
                if !self.branches.contains(&(key.clone(), version, branch.line)) {
                    let message = format!("no scenario takes this branch of `{event}`");
                    gaps.push(gap(branch.line, format!("states.{}.events.{event}", state.id), message));
                }
            }
        }
        let taken = branches - gaps.len();
        let mut expired = 0;
        for (name, clock) in &definition.clocks {
            if self.expiries.contains(&(key.clone(), version, name.clone())) {
                expired += 1;
            } else {
                gaps.push(gap(
                    clock.line,
                    format!("clocks.{name}"),
                    format!("in no scenario `{name}` expires"),
                ));
            }
        }
        Covered {
            procedure: key.clone(),
            version,
            transitions: (taken, branches),
            expiries: (expired, definition.clocks.len()),
            gaps,
        }
    }
}
