//! What a version of a procedure sends and makes.

use super::Occasion;
use crate::definition::model::{Definition, EffectRule};

/// Whether an effect makes a document of a kind.
pub(super) fn makes(effect: &EffectRule, wanted: &str) -> bool {
    matches!(effect, EffectRule::Document { kind } if kind == wanted)
}

/// All notices that a version sends to roles on the case: line, roles, notice. Not what goes to the superior authority.
pub(super) fn told_anywhere(definition: &Definition) -> impl Iterator<Item = (u32, &Vec<String>, &String)> {
    let effects = definition.placed_effects().filter_map(|(line, effect)| match effect {
        EffectRule::Notify { to, notice } => Some((line, to, notice)),
        _ => None,
    });
    let rungs = definition.clocks.values().flat_map(|clock| &clock.warn);
    effects.chain(rungs.map(|rung| (rung.line, &rung.notify, &rung.notice)))
}

/// What a version does at an occasion.
pub(super) struct Done<'d> {
    effects: Vec<&'d EffectRule>,
    warned: Vec<(&'d Vec<String>, &'d String)>,
}

impl<'d> Done<'d> {
    /// `None` where the version has no such occasion.
    pub(super) fn at(definition: &'d Definition, occasion: &Occasion) -> Option<Self> {
        let mut done = Self {
            effects: Vec::new(),
            warned: Vec::new(),
        };
        match occasion {
            Occasion::Filing => done.effects.extend(&definition.filing.effects),
            Occasion::Event(name) => {
                done.effects.extend(&definition.events.get(name)?.effects);
                let branches = definition.states.iter().filter_map(|state| state.transitions.get(name));
                done.effects
                    .extend(branches.flatten().flat_map(|branch| &branch.effects));
            }
            Occasion::Clock(name) => {
                let rungs = definition.clocks.get(name)?.warn.iter();
                done.warned.extend(rungs.map(|rung| (&rung.notify, &rung.notice)));
            }
        }
        Some(done)
    }

    /// Whether it sends a notice to a role.
    pub(super) fn tells(&self, role: &str, wanted: &str) -> bool {
        let told = self.effects.iter().filter_map(|effect| match effect {
            EffectRule::Notify { to, notice } => Some((to, notice)),
            _ => None,
        });
        told.chain(self.warned.iter().copied())
            .any(|(to, notice)| notice == wanted && to.iter().any(|name| name == role))
    }

    /// Whether it tells this to some role.
    pub(super) fn tells_anybody(&self, wanted: &str) -> bool {
        let told = self.effects.iter().filter_map(|effect| match effect {
            EffectRule::Notify { notice, .. } => Some(notice),
            _ => None,
        });
        let mut all = told.chain(self.warned.iter().map(|(_, notice)| *notice));
        all.any(|notice| notice == wanted)
    }

    /// Whether it makes a document.
    pub(super) fn makes(&self, kind: &str) -> bool {
        self.effects.iter().any(|effect| makes(effect, kind))
    }
}
