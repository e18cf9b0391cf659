//! What stands twice under another key: buttons that read the same, words and papers that one step gives twice.

use std::collections::BTreeSet;

use crate::{
    definition::{
        model::{Definition, EffectRule, Event, RoleKind, StateIx},
        order,
        source::{Place, Reader},
    },
    text::Label,
};

/// Looks for events that nobody could tell apart and for steps that say something twice.
pub(super) fn check(reader: &mut Reader<'_>, definition: &Definition) {
    buttons(reader, definition);
    again(reader, definition);
}

/// Whether two titles read the same in one of the languages.
pub(super) fn same(one: &Label, other: &Label) -> bool {
    one.zh == other.zh || one.en == other.en
}

/// Two events with one title that one role may send in one state: two buttons that read the same.
fn buttons(reader: &mut Reader<'_>, definition: &Definition) {
    let mut told = BTreeSet::new();
    for (ix, state) in definition.leaves().filter(|(_, state)| state.outcome.is_none()) {
        let offered = offered(definition, ix);
        for (i, (name, event)) in offered.iter().enumerate() {
            let twin = |(_, earlier): &&(&str, &Event)| {
                let mut both = event.by.iter().filter(|role| earlier.by.contains(role));
                both.any(|role| same(title_for(definition, earlier, role), title_for(definition, event, role)))
            };
            let Some((earlier, _)) = offered.iter().take(i).find(twin) else {
                continue;
            };
            if !told.insert(*name) {
                continue;
            }
            let message = format!(
                "`{earlier}` and `{name}` have one title, and whoever is in state `{}` may send both: the buttons read the same",
                state.id
            );
            let place = Place {
                line: event.line,
                column: 0,
            };
            let mend = "give each a title that says what it does";
            reader.warning("WF109", place, &format!("events.{name}.title"), message, mend);
        }
    }
}

/// What an event is called to the holder of a role that sends it.
fn title_for<'e>(definition: &Definition, event: &'e Event, role: &str) -> &'e Label {
    let party = definition
        .roles
        .get(role)
        .is_some_and(|role| role.kind == RoleKind::Party);
    event.title_own.as_ref().filter(|_| party).unwrap_or(&event.title)
}

/// The events that somebody may send in a state, in the order of the file.
fn offered(definition: &Definition, ix: StateIx) -> Vec<(&str, &Event)> {
    let known: BTreeSet<&String> = definition
        .lineage(ix)
        .flat_map(|(_, state)| state.transitions.keys())
        .collect();
    let events = definition.events.iter();
    events
        .filter(|(name, event)| known.contains(name) && !event.by.is_empty())
        .map(|(name, event)| (name.as_str(), event))
        .collect()
}

/// A step that tells somebody the same twice, makes a document twice or opens a case twice.
fn again(reader: &mut Reader<'_>, definition: &Definition) {
    let mut told = BTreeSet::new();
    for step in order::steps(definition) {
        for (i, (line, effect)) in step.iter().enumerate() {
            let twice = step.iter().take(i).find_map(|(_, earlier)| repeats(earlier, effect));
            if let Some(message) = twice
                && told.insert((*line, message.clone()))
            {
                let mend = "take one of the two out; an event has its own effects before those of its branches";
                reader.warning("WF423", Place { line: *line, column: 0 }, "do", message, mend);
            }
        }
    }
}

/// What the second of two effects does that the first has done.
fn repeats(first: &EffectRule, second: &EffectRule) -> Option<String> {
    match (first, second) {
        (
            EffectRule::Notify {
                to: earlier,
                notice: one,
            },
            EffectRule::Notify { to, notice },
        ) if one == notice => {
            let role = to.iter().find(|role| earlier.contains(role))?;
            Some(format!("the step sends `{notice}` to `{role}` twice"))
        }
        (EffectRule::Document { kind: one }, EffectRule::Document { kind }) if one == kind => {
            Some(format!("the step makes document `{kind}` twice"))
        }
        (
            EffectRule::Open {
                procedure: one,
                link: earlier,
                ..
            },
            EffectRule::Open { procedure, link, .. },
        ) if one == procedure && earlier == link => Some(format!("the step opens two cases of `{procedure}`")),
        _ => None,
    }
}
