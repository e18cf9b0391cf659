//! What an event is to programs that know acts and not the names of events: the giving away of a case, its return, a signature.

use serde::Serialize;

use super::model::{EffectRule, FormField};

/// An act that many procedures know, each under a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The case goes to the organisation that the sender names.
    Transfer,
    /// Whoever got the case gives it back.
    Return,
    /// A side signs what was agreed.
    Sign,
}

impl Act {
    /// What an event is by its own effects, where the file does not say.
    pub(super) fn of(form: &[FormField], effects: &[EffectRule]) -> Option<Self> {
        effects.iter().find_map(|effect| match effect {
            EffectRule::MoveTo { field } if form.iter().any(|asked| asked.field == *field) => Some(Self::Transfer),
            EffectRule::ReturnToIntake => Some(Self::Return),
            _ => None,
        })
    }
}
