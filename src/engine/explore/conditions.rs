//! What conditions are worth: those that are always the same, those of which two can hold at once, those that ask too much.

use super::{
    Finding,
    domain::Domain,
    trial::{RUNS, Trial},
    variables::Variables,
};
use crate::{
    decide::course::Evidence,
    definition::model::{Branch, Definition},
    diagnostic::{Diagnostic, Severity},
    guard::{Facts, Guard, reads::Reads},
};

/// Facts of a trial for a condition that does not ask where the case is.
struct Anywhere<'t, 'v>(&'t Trial<'v>);

impl Facts for Anywhere<'_, '_> {
    fn field(&self, name: &str) -> Option<&serde_json::Value> {
        self.0.field(name)
    }
    fn expired(&self, clock: &str) -> bool {
        self.0.expired(clock)
    }
    fn running(&self, clock: &str) -> bool {
        self.0.running(clock)
    }
    fn holds(&self, role: &str) -> bool {
        self.0.holds(role)
    }
    fn by(&self, role: &str) -> bool {
        self.0.by(role)
    }
    fn active(&self, _: &str) -> bool {
        false
    }
}

/// How two conditions lie to each other: whether some facts fit both, the first only, the second only, neither.
#[derive(Clone, Copy, Debug, Default)]
struct Fit {
    both: bool,
    first: bool,
    second: bool,
    neither: bool,
}

/// Tries two conditions under all facts that they read; none if there are too many or they ask where the case is.
fn fit(vars: &Variables, first: &Guard, second: &Guard) -> Option<Fit> {
    let mut reads = Reads::default();
    reads.add(first);
    reads.add(second);
    if reads.places {
        return None;
    }
    let trial = Trial::new(vars);
    let mut fit = Fit::default();
    for _ in 0..RUNS {
        let facts = Anywhere(&trial);
        match (first.holds(&facts), second.holds(&facts)) {
            (true, true) => fit.both = true,
            (true, false) => fit.first = true,
            (false, true) => fit.second = true,
            (false, false) => fit.neither = true,
        }
        if !trial.next() {
            return Some(fit);
        }
    }
    None
}

/// All conditions of a procedure.
pub(super) fn check(definition: &Definition, vars: &Variables) -> Vec<Finding> {
    let mut found = Vec::new();
    for state in &definition.states {
        for (event, branches) in &state.transitions {
            let path = format!("states.{}.events.{event}", state.id);
            for branch in branches {
                let requires = branch.requires.iter().map(|r| &r.guard);
                for guard in branch.when.iter().chain(requires) {
                    found.extend(constant(vars, guard).map(|what| {
                        let message = format!("`{}` is always {what}", guard.source());
                        warning(
                            definition,
                            "WF114",
                            branch.line,
                            &path,
                            message,
                            "remove the condition or the branch",
                        )
                    }));
                }
            }
            for (number, later) in branches.iter().enumerate() {
                let earlier = branches
                    .iter()
                    .take(number)
                    .find(|earlier| overlap(vars, earlier, later));
                found.extend(earlier.map(|earlier| {
                    let message = format!(
                        "some facts fit this branch of `{event}` and that of line {} too: the earlier wins",
                        earlier.line
                    );
                    let mend = "let the conditions exclude each other, so that their order does not matter";
                    warning(definition, "WF113", later.line, &path, message, mend)
                }));
            }
        }
    }
    found
}

/// Whether a condition that is written with facts is the same under all of them.
fn constant(vars: &Variables, guard: &Guard) -> Option<bool> {
    // A bare `true` or `false` was named when it was compiled.
    if guard.constant().is_some() {
        return None;
    }
    let mut reads = Reads::default();
    reads.add(guard);
    let mut domains = reads.fields.keys().filter_map(|name| vars.fields.get(name));
    if !domains.all(Domain::is_whole) {
        return None;
    }
    let fit = fit(vars, guard, guard)?;
    match (fit.both, fit.neither) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Whether some facts fit two branches, and neither is a special case of the other.
fn overlap(vars: &Variables, earlier: &Branch, later: &Branch) -> bool {
    let (Some(first), Some(second)) = (&earlier.when, &later.when) else {
        return false;
    };
    fit(vars, first, second).is_some_and(|fit| fit.both && fit.first && fit.second)
}

fn warning(definition: &Definition, code: &'static str, line: u32, path: &str, message: String, mend: &str) -> Finding {
    let diagnostic = Diagnostic {
        file: definition.file.clone(),
        line,
        column: 0,
        code,
        severity: Severity::Warning,
        path: path.to_owned(),
        message,
        mend: mend.to_owned(),
    };
    Finding {
        diagnostic,
        story: None,
    }
}
