//! How far a case is: the steps of its procedure, and whose turn it is.

use zhengming_engine::definition::model::Owner;

use super::{page::Words, party};
use crate::service::case_view::CaseDetail;

/// A step of the tracker.
pub(super) struct Step {
    pub(super) title: String,
    /// `done`, `now`, `next`, `passed` over by a case that went another way, or `over` where the reader does not know.
    pub(super) state: &'static str,
    pub(super) state_words: String,
}

/// The roles that act in the states that a case is in.
pub(super) fn turn(words: Words, case: &CaseDetail) -> String {
    let definition = &case.definition;
    if case.case.closed_at.is_some() {
        return String::new();
    }
    let active = case
        .case
        .states
        .iter()
        .filter_map(|id| definition.at(definition.state(id)?));
    let mut named: Vec<String> = Vec::new();
    for state in active {
        let Owner::Roles(roles) = &state.owner else { continue };
        for role in roles.iter().filter(|role| definition.roles.contains_key(*role)) {
            let title = party::called(words, case, role);
            if !named.contains(&title) {
                named.push(title);
            }
        }
    }
    named.join(&words.t("portal-list-separator"))
}

/// The tracker: all steps of the procedure, also those that are not ours to take. Only whoever sees the whole history is told
/// which of them a case has left out; to others those of which they have seen nothing are over, not done.
pub(super) fn steps(words: Words, case: &CaseDetail) -> Vec<Step> {
    let definition = &case.definition;
    let closed = case.case.closed_at.is_some();
    let phases = definition.phases();
    let current = phases.iter().position(|p| *p == case.case.phase).unwrap_or(0);
    let whole = case.standing.reads_as_staff();
    let entered = |phase: &str| {
        let places = case.events.iter().flat_map(|event| &event.to);
        let mut states = places.filter_map(|id| definition.at(definition.state(id)?));
        states.any(|state| state.phase == phase)
    };
    let step = |(at, phase): (usize, &&str)| {
        let state = match at {
            _ if at == current && !closed => "now",
            _ if at > current && !closed => "next",
            _ if at != current && !entered(phase) => {
                if whole {
                    "passed"
                } else {
                    "over"
                }
            }
            _ => "done",
        };
        Step {
            title: words.code("portal-phase", phase),
            state,
            state_words: words.code("portal-step", state),
        }
    };
    phases.iter().enumerate().map(step).collect()
}
