//! The order of the effects of one step: what undoes what the step itself has just done, or comes too late for it.

use std::collections::BTreeSet;

use crate::definition::{
    model::{Definition, EffectRule},
    source::{Place, Reader},
};

/// Effects of one step in their order, each with its line.
pub(crate) type Placed<'d> = Vec<(u32, &'d EffectRule)>;

/// Every way in which effects follow each other: those of an event with those of each of its branches.
pub(crate) fn steps(definition: &Definition) -> Vec<Placed<'_>> {
    let lines: Vec<(u32, &EffectRule)> = definition.placed_effects().collect();
    let placed = |effect: &'_ EffectRule| {
        let found = lines.iter().find(|(_, known)| std::ptr::eq(*known, effect));
        found.map_or(1, |(line, _)| *line)
    };
    let mut steps = Vec::new();
    for (name, event) in &definition.events {
        let states = definition.states.iter();
        let branches = states.filter_map(|state| state.transitions.get(name)).flatten();
        let own = || event.effects.iter().map(|effect| (placed(effect), effect));
        let mut ways: Vec<Placed<'_>> = branches
            .map(|branch| {
                own()
                    .chain(branch.effects.iter().map(|effect| (placed(effect), effect)))
                    .collect()
            })
            .collect();
        if ways.is_empty() {
            ways.push(own().collect());
        }
        steps.append(&mut ways);
    }
    steps
}

/// Looks at every step for roles that are given twice, taken right after they were given, or kept too late.
pub(super) fn check(reader: &mut Reader<'_>, definition: &Definition) {
    let mut told = BTreeSet::new();
    for step in steps(definition) {
        for (i, (line, effect)) in step.iter().enumerate() {
            let before = step.get(..i).unwrap_or_default();
            if let Some((message, mend)) = undone(effect, before)
                && told.insert((*line, message.clone()))
            {
                let place = Place { line: *line, column: 0 };
                reader.error("WF423", place, "do", message, mend);
            }
        }
    }
}

fn undone(effect: &EffectRule, before: &[(u32, &EffectRule)]) -> Option<(String, &'static str)> {
    let gave = |role: &String| {
        before.iter().any(|(_, effect)| {
            matches!(effect, EffectRule::Assign { role: given, .. } | EffectRule::Delegate { role: given, .. } if given == role)
        })
    };
    match effect {
        EffectRule::Assign {
            role,
            additional: false,
            ..
        } if gave(role) => Some((
            format!("the step gives `{role}` twice, and the second takes it from the first"),
            "write `additional: true` at the second, or give the role once",
        )),
        EffectRule::Release { role } | EffectRule::Exclude { role } if gave(role) => Some((
            format!("the step takes `{role}` from whom it has just given it to"),
            "take the role away before it is given anew",
        )),
        EffectRule::Keep { role } => {
            let moved = |effect: &EffectRule| matches!(effect, EffectRule::MoveTo { .. } | EffectRule::ReturnToIntake);
            before.iter().any(|(_, effect)| moved(effect)).then(|| {
                (
                    format!("`{role}` is kept after the case has moved, so that the new organisation keeps it"),
                    "put `keep` before the move",
                )
            })
        }
        _ => None,
    }
}
