//! Procedures of whose cases only those know who have to do with them (`confidential`): nothing of a report, nor how it is
//! handled, gets to staff who do not handle it (Order 121 art 37).

use std::collections::BTreeSet;

use super::model::{Definition, EffectRule};
use crate::clock::LawRef;

/// Who knows of confidential cases beside those who hold a role on one or may take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confidential {
    /// The article that asks for it.
    pub law: LawRef,
    /// Roles in which staff of a superior organisation read along: those that the procedure tells there (`escalate`).
    pub above: BTreeSet<String>,
    /// Roles in which staff of the organisation that took a case in read on: those that give cases away.
    pub giving: BTreeSet<String>,
}

impl Confidential {
    /// What a procedure that is confidential by an article comes to.
    pub(super) fn of(definition: &Definition, law: LawRef) -> Self {
        let told = definition.effects().filter_map(|effect| match effect {
            EffectRule::Escalate { to, .. } => Some(to),
            _ => None,
        });
        let gives = |effect: &EffectRule| matches!(effect, EffectRule::MoveTo { .. });
        let giving = definition.events.iter().filter(|(name, event)| {
            let branches = definition
                .states
                .iter()
                .filter_map(|state| state.transitions.get(*name));
            let mut of_branches = branches.flatten().flat_map(|branch| &branch.effects);
            event.effects.iter().any(gives) || of_branches.any(gives)
        });
        Self {
            law,
            above: told.flatten().cloned().collect(),
            giving: giving.flat_map(|(_, event)| event.by.iter().cloned()).collect(),
        }
    }
}
