//! What happens in each state, by probability.

use std::collections::BTreeMap;

use zhengming_engine::definition::{
    model::{Definition, RoleKind, StateIx},
    source::{Fields, Place, Reader},
};

use crate::{
    model::{Action, Choice, MOST_EVENTS},
    read::{Around, numbers, unknown},
};

/// Probabilities written for one state: by event, with their places.
type Written = BTreeMap<String, (f64, Place)>;

/// The choices of each leaf. The probability of an event in a leaf is the one written there, else the one written for the
/// state around it, and so on outwards; events without one share what is left of 1 equally.
pub(super) fn read(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    definition: &Definition,
    actions: &[Action],
    around: &Around<'_>,
) -> Vec<Vec<Choice>> {
    let written = written(reader, fields, definition);
    let mut all = vec![Vec::new(); definition.states.len()];
    let leaves: Vec<StateIx> = definition.leaves().map(|(ix, _)| ix).collect();
    for leaf in leaves {
        let choices = choices(reader, fields, definition, actions, &written, leaf);
        staffed(reader, fields, definition, actions, around, (leaf, &choices));
        if let Some(slot) = all.get_mut(leaf.index()) {
            *slot = choices;
        }
    }
    all
}

fn written(reader: &mut Reader<'_>, fields: &Fields<'_>, definition: &Definition) -> BTreeMap<StateIx, Written> {
    let mut written = BTreeMap::new();
    let Some(node) = fields.get("states") else {
        return written;
    };
    let states: Vec<&str> = definition.states.iter().map(|state| state.id.as_str()).collect();
    for (key, node) in reader.pairs(node, &fields.at("states")) {
        let path = format!("{}.{}", fields.at("states"), key.name);
        let Some(ix) = definition.state(&key.name) else {
            unknown(reader, "WF101", key.place, &path, "state", &key.name, &states);
            continue;
        };
        let known = known(definition, ix);
        let mut of_state = Written::new();
        for (event, node) in reader.entries(node, &path) {
            let at = format!("{path}.{}", event.name);
            if !known.contains(&event.name.as_str()) {
                unknown(
                    reader,
                    "WF108",
                    event.place,
                    &at,
                    "event in this state that can be drawn",
                    &event.name,
                    &known,
                );
            } else if let Some(probability) = numbers::number(reader, node, &at) {
                of_state.insert(event.name.clone(), (probability, node.place));
            }
        }
        written.insert(ix, of_state);
    }
    written
}

/// Events that a state, one around it or one inside it knows, those of clocks apart.
fn known(definition: &Definition, ix: StateIx) -> Vec<&str> {
    let mut known: Vec<&str> = Vec::new();
    let near = (definition.states.iter()).filter(|state| {
        let other = definition.state(&state.id);
        other.is_some_and(|other| definition.inside(ix, other) || definition.inside(other, ix))
    });
    for name in near.flat_map(|state| state.transitions.keys()) {
        let drawn = definition.events.get(name).is_some_and(|e| !e.by.is_empty()) || definition.hears(name);
        if drawn && !known.contains(&name.as_str()) {
            known.push(name);
        }
    }
    known
}

fn choices(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    definition: &Definition,
    actions: &[Action],
    written: &BTreeMap<StateIx, Written>,
    leaf: StateIx,
) -> Vec<Choice> {
    let mut names: Vec<&str> = Vec::new();
    let closes = definition.at(leaf).is_some_and(|state| state.outcome.is_some());
    for (_, state) in definition.lineage(leaf).filter(|_| !closes) {
        for name in state.transitions.keys() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    let drawn: Vec<(usize, Option<(f64, Place)>)> = names
        .iter()
        .filter_map(|name| {
            let action = actions.iter().position(|action| action.event == **name)?;
            let mut around = definition.lineage(leaf);
            let given = around.find_map(|(ix, _)| written.get(&ix)?.get(*name));
            Some((action, given.copied()))
        })
        .collect();
    let id = definition.at(leaf).map(|state| state.id.as_str()).unwrap_or_default();
    let path = format!("{}.{id}", fields.at("states"));
    let given: f64 = drawn.iter().filter_map(|(_, given)| *given).map(|(p, _)| p).sum();
    let place = drawn
        .iter()
        .find_map(|(_, given)| *given)
        .map_or(fields.place, |(_, place)| place);
    if given > 1.0 + 1e-9 {
        let message = format!(
            "the probabilities of what happens in `{id}` make {given:.4}, those of the states around it included"
        );
        reader.error("WF801", place, &path, message, "let them make 1 at most");
    }
    if drawn.len() > MOST_EVENTS {
        let message = format!("{} events can happen in `{id}`", drawn.len());
        reader.error(
            "WF801",
            place,
            &path,
            message,
            &format!("a simulation takes {MOST_EVENTS} at most"),
        );
    }
    let open = drawn.iter().filter(|(_, given)| given.is_none()).count();
    let rest = (1.0 - given).max(0.0) / open.max(1) as f64;
    let weight = |given: Option<(f64, Place)>| given.map_or(if rest < 1e-9 { 0.0 } else { rest }, |(p, _)| p);
    drawn
        .into_iter()
        .map(|(action, given)| Choice {
            action,
            weight: weight(given),
        })
        .collect()
}

/// Whatever an officer may have to do needs officers: a role of staff that is nowhere in `staff:` is a slip.
fn staffed(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    definition: &Definition,
    actions: &[Action],
    around: &Around<'_>,
    (leaf, choices): (StateIx, &[Choice]),
) {
    let id = definition.at(leaf).map(|state| state.id.as_str()).unwrap_or_default();
    for action in choices
        .iter()
        .filter(|choice| choice.weight > 0.0)
        .filter_map(|c| actions.get(c.action))
    {
        let kind = definition.roles.get(&action.role).map(|role| role.kind);
        if kind == Some(RoleKind::Staff) && action.desk.is_none() {
            let message = format!(
                "`{}` in `{id}` is the work of `{}`, and there is no such staff",
                action.event, action.role
            );
            let roles: Vec<&str> = around.desks.iter().map(|desk| desk.role.as_str()).collect();
            let mend = format!(
                "add `{}:` to `staff:`, give the event to another role with `tasks:`, or the probability 0; staff: {}",
                action.role,
                roles.join(", ")
            );
            reader.error("WF803", fields.place, &fields.path, message, &mend);
        }
    }
}
