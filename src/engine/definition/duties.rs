//! Separation of duties in a procedure: roles that exclude each other must leave somebody for every event.

use crate::definition::{
    model::{Approver, Definition, EffectRule, Event, RoleKind},
    source::{Place, Reader},
};

/// Roles that exclude themselves, and steps by which a sender would get a role that their own excludes.
pub(super) fn check(reader: &mut Reader<'_>, definition: &Definition) {
    for (name, role) in &definition.roles {
        if role.incompatible_with.contains(name) {
            let message =
                format!("role `{name}` is incompatible with itself, so nobody can have it twice or act in it");
            let place = Place {
                line: role.line,
                column: 0,
            };
            let mend = "name the roles that its holder may not have";
            reader.error("WF414", place, &format!("roles.{name}"), message, mend);
        }
    }
    approvals(reader, definition);
    held_up(reader, definition);
    let filing = definition.filing.effects.iter();
    let filing = filing.map(|effect| ("filing", definition.filing.by.as_slice(), effect));
    let events = definition.events.iter().flat_map(|(name, event)| {
        let branches = definition.states.iter().filter_map(|state| state.transitions.get(name));
        let branches = branches.flatten().flat_map(|branch| &branch.effects);
        let effects = event.effects.iter().chain(branches);
        effects.map(|effect| (name.as_str(), event.by.as_slice(), effect))
    });
    for (name, by, effect) in filing.chain(events) {
        let EffectRule::Assign { role, field: None, .. } = effect else {
            continue;
        };
        let apart = |sending: &String| definition.separated(sending, role).is_some();
        if by.is_empty() || !by.iter().all(apart) {
            continue;
        }
        let place = placed(definition, effect);
        let message = format!(
            "nobody can send `{name}`: who does acts as `{}`, and gets `{role}`, which is incompatible with it",
            by.join("`, `")
        );
        let path = if name == "filing" {
            name.to_owned()
        } else {
            format!("events.{name}")
        };
        let mend = "assign the account in a `field`, or let another role send the event";
        reader.error("WF415", place, &path, message, mend);
    }
}

/// Where an effect stands.
fn placed(definition: &Definition, effect: &EffectRule) -> Place {
    let line = definition
        .placed_effects()
        .find(|(_, placed)| std::ptr::eq(*placed, effect));
    Place {
        line: line.map_or(1, |(line, _)| line),
        column: 0,
    }
}

/// Roles that exclude others, given to the account in a field where nobody may be there to be told that it has one of
/// those: a clock or another case would be held up by the refusal.
fn held_up(reader: &mut Reader<'_>, definition: &Definition) {
    // A case that another opens begins with nobody: there only roles that it gives itself can stand against each other.
    let given: Vec<&String> = definition.filing.effects.iter().filter_map(given_by_field).collect();
    let alone = |effect: &&EffectRule| {
        let role = given_by_field(effect);
        let apart = |role: &String| given.iter().any(|other| definition.separated(role, other).is_some());
        !role.is_some_and(apart)
    };
    let filing = definition.filing.effects.iter().filter(alone);
    let sent = |name: &str, event: &Event| !event.by.is_empty() && !definition.set_off(name);
    let own = definition.events.iter().filter(|(name, event)| sent(name, event));
    let own = own.flat_map(|(_, event)| &event.effects);
    let branches = definition.states.iter().flat_map(|state| &state.transitions);
    let branches = branches.filter(|(name, _)| definition.events.get(*name).is_some_and(|event| sent(name, event)));
    let branches = branches
        .flat_map(|(_, branches)| branches)
        .flat_map(|branch| &branch.effects);
    let answered: Vec<*const EffectRule> = filing.chain(own).chain(branches).map(std::ptr::from_ref).collect();
    for effect in definition.effects() {
        let EffectRule::Assign {
            role,
            field: Some(field),
            ..
        } = effect
        else {
            continue;
        };
        let excludes = |other: &String| definition.separated(role, other).is_some();
        if !definition.roles.keys().any(excludes) || answered.contains(&std::ptr::from_ref(effect)) {
            continue;
        }
        let message = format!(
            "`{role}` is incompatible with other roles, and here a clock or another case may give it to whoever stands in `{field}`: the step could be refused, and nobody would be told"
        );
        let mend = "assign it in an event that has `by` and that no clock, case or `raise` sets off";
        reader.error(
            "WF417",
            placed(definition, effect),
            &format!("roles.{role}"),
            message,
            mend,
        );
    }
}

/// The role that an effect gives to the account in a field.
fn given_by_field(effect: &EffectRule) -> Option<&String> {
    match effect {
        EffectRule::Assign {
            role, field: Some(_), ..
        } => Some(role),
        _ => None,
    }
}

/// Approvals that no role of the event can have.
fn approvals(reader: &mut Reader<'_>, definition: &Definition) {
    let of_kind = |role: &String, kind: RoleKind| definition.roles.get(role).is_some_and(|r| r.kind == kind);
    let second = |role: &String| {
        let gives = |effect: &EffectRule| matches!(effect, EffectRule::Assign { role: given, additional: true, .. } if given == role);
        definition.effects().any(gives)
    };
    for (name, event) in &definition.events {
        let Some(approval) = &event.approval else { continue };
        let (possible, message, mend) = match approval.of {
            Approver::TwoOfficers => (
                !event.by.is_empty()
                    && event
                        .by
                        .iter()
                        .all(|role| of_kind(role, RoleKind::Staff) && second(role)),
                format!("`{name}` needs two officers, and no effect gives a second person a role of its `by`"),
                "let it be sent by staff, and give the role with `assign: {role, field, additional: true}`",
            ),
            Approver::Superior => (
                event.by.iter().any(|role| of_kind(role, RoleKind::Liaison)),
                format!("`{name}` needs the superior organisation, and nobody of `by` acts for it"),
                "name a role of kind `liaison` in `by`",
            ),
        };
        if !possible {
            let place = Place {
                line: approval.line,
                column: 0,
            };
            reader.error("WF416", place, &format!("events.{name}.approval"), message, mend);
        }
    }
}
