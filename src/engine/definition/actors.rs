//! Whether those whom a procedure names can do anything in it: roles, owners of states, senders in conditions.

use std::collections::BTreeSet;

use crate::{
    chart::Shape,
    definition::{
        model::{ALWAYS, Definition, EffectRule, Owner, RoleKind},
        reach::Reach,
        source::{Place, Reader},
    },
    guard::Guard,
};

pub(super) fn check(reader: &mut Reader<'_>, definition: &Definition, reach: &Reach) {
    roles(reader, definition);
    owners(reader, definition, reach);
    senders(reader, definition);
}

fn at(line: u32) -> Place {
    Place { line, column: 0 }
}

/// Who has to act in a state has something to send there.
fn owners(reader: &mut Reader<'_>, definition: &Definition, reach: &Reach) {
    for (ix, state) in definition.leaves() {
        let Owner::Roles(roles) = &state.owner else { continue };
        let ends = state.outcome.is_some() || *definition.chart.shape(ix) == Shape::Final;
        if ends || roles.is_empty() || !reach.seen.contains(&ix) {
            continue;
        }
        let mut known = definition.lineage(ix).flat_map(|(_, around)| around.transitions.keys());
        let acts = |name: &String| {
            let event = definition.events.get(name);
            let sent = event.is_some_and(|event| event.by.iter().any(|sender| roles.contains(sender)));
            // Where a case only passes through, or another case is waited for, the owner watches.
            sent || name == ALWAYS || definition.hears(name)
        };
        if !known.any(acts) {
            let message = format!(
                "`{}` owns state `{}` and can send nothing there",
                roles.join("`, `"),
                state.id
            );
            let mend = "name who acts, let them send an event, or write `owner: none` with `why:`";
            reader.warning(
                "WF401",
                at(state.line),
                &format!("states.{}.owner", state.id),
                message,
                mend,
            );
        }
    }
}

/// `by('role')` is asked at an event that the role sends.
fn senders(reader: &mut Reader<'_>, definition: &Definition) {
    for state in &definition.states {
        for (name, branches) in &state.transitions {
            let Some(event) = definition.events.get(name) else {
                continue;
            };
            for branch in branches {
                let guards = branch.requires.iter().map(|requirement| &requirement.guard);
                for role in branch.when.iter().chain(guards).flat_map(Guard::senders) {
                    if event.by.iter().any(|sender| sender == role) {
                        continue;
                    }
                    let message = format!("`by('{role}')` is never true: `{role}` does not send `{name}`");
                    let path = format!("states.{}.events.{name}", state.id);
                    let mend = "ask for a role in the `by` of the event, or add this one to it";
                    reader.warning("WF113", at(branch.line), &path, message, mend);
                }
            }
        }
    }
}

fn roles(reader: &mut Reader<'_>, definition: &Definition) {
    let sends: BTreeSet<&str> = definition
        .events
        .values()
        .flat_map(|e| e.by.iter())
        .chain(definition.filing.by.iter())
        .map(String::as_str)
        .collect();
    let expiries: BTreeSet<&str> = definition.clocks.values().filter_map(|c| c.expiry.as_deref()).collect();
    for (name, role) in &definition.roles {
        if role.kind == RoleKind::Staff && !sends.contains(name.as_str()) {
            let message = format!("role `{name}` has nothing to do");
            let path = format!("roles.{name}");
            reader.warning(
                "WF403",
                at(role.line),
                &path,
                message,
                "let it send an event or remove it",
            );
        }
    }
    for (name, event) in &definition.events {
        let used = definition.states.iter().any(|s| s.transitions.contains_key(name));
        let raised = definition
            .effects()
            .any(|effect| matches!(effect, EffectRule::Raise { event } if event == name));
        let heard = definition.hears(name);
        if used && event.by.is_empty() && !expiries.contains(name.as_str()) && !raised && !heard {
            let message = format!("nobody may send event `{name}` and no clock raises it");
            let path = format!("events.{name}");
            reader.error(
                "WF403",
                at(event.line),
                &path,
                message,
                "add `by:` or let a clock expire into it",
            );
        }
    }
}
