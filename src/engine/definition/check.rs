//! Checks of a compiled procedure: nothing unreachable, no dead ends, somebody owns each wait, a clock bounds it.

use std::collections::BTreeSet;

use crate::definition::{
    model::{Definition, FieldKind, Force, Owner, RoleKind, State, StateIx, Storage},
    source::{Place, Reader},
};

/// Runs all checks on one definition; findings go to the reader.
pub fn check(reader: &mut Reader<'_>, definition: &Definition) {
    let reached = reachable(definition);
    states(reader, definition, &reached);
    roles(reader, definition);
    clocks(reader, definition);
    fields(reader, definition);
}

/// Edges out of a leaf: its own transitions and its ancestors', inner ones hiding outer ones of the same event.
fn targets(definition: &Definition, leaf: StateIx) -> BTreeSet<StateIx> {
    let mut hidden = BTreeSet::new();
    let mut targets = BTreeSet::new();
    for (_, state) in definition.lineage(leaf) {
        for (event, branches) in &state.transitions {
            if hidden.insert(event) {
                targets.extend(branches.iter().filter_map(|b| b.to));
            }
        }
    }
    targets
}

fn reachable(definition: &Definition) -> BTreeSet<StateIx> {
    let mut reached = BTreeSet::from([definition.initial]);
    let mut waiting = vec![definition.initial];
    while let Some(leaf) = waiting.pop() {
        for target in targets(definition, leaf) {
            if reached.insert(target) {
                waiting.push(target);
            }
        }
    }
    reached
}

fn can_finish(definition: &Definition, from: StateIx) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut waiting = vec![from];
    while let Some(leaf) = waiting.pop() {
        if definition.at(leaf).is_some_and(|s| s.outcome.is_some()) {
            return true;
        }
        for target in targets(definition, leaf) {
            if seen.insert(target) {
                waiting.push(target);
            }
        }
    }
    false
}

fn at(state: &State) -> (Place, String) {
    (
        Place {
            line: state.line,
            column: 0,
        },
        format!("states.{}", state.id),
    )
}

fn states(reader: &mut Reader<'_>, definition: &Definition, reached: &BTreeSet<StateIx>) {
    for (ix, state) in definition.leaves() {
        let (place, path) = at(state);
        if !reached.contains(&ix) {
            let message = format!("no event leads to state `{}`", state.id);
            reader.error("WF203", place, &path, message, "add a transition to it or remove it");
            continue;
        }
        if state.outcome.is_some() {
            continue;
        }
        if targets(definition, ix).iter().all(|t| *t == ix) {
            let message = format!("nothing leads out of state `{}`", state.id);
            reader.error(
                "WF205",
                place,
                &path,
                message,
                "add a transition, or `outcome:` if the case ends here",
            );
        } else if !can_finish(definition, ix) {
            let message = format!("a case in state `{}` can never be closed", state.id);
            reader.error(
                "WF202",
                place,
                &path,
                message,
                "add a way from here to a state with `outcome:`",
            );
        }
        match &state.owner {
            Owner::Nobody(why) if why.is_empty() => {
                let message = format!("nobody owns state `{}`", state.id);
                reader.error(
                    "WF401",
                    place,
                    &path,
                    message,
                    "add `owner: ROLE`, or `owner: none` and `why:`",
                );
            }
            _ => {}
        }
        let bounded = definition
            .clocks
            .values()
            .any(|c| c.runs_in.iter().any(|outer| definition.inside(ix, *outer)));
        if !bounded && state.no_clock.is_none() {
            let message = format!("no clock runs in state `{}`", state.id);
            reader.error(
                "WF402",
                place,
                &path,
                message,
                "let a clock run in it, or say why none does: `no_clock:`",
            );
        }
    }
    for state in &definition.states {
        for (event, branches) in &state.transitions {
            let path = format!("states.{}.events.{event}", state.id);
            let open = branches.iter().position(|b| b.when.is_none());
            if let Some(first) = open
                && let Some(never) = branches.get(first + 1)
            {
                let place = Place {
                    line: never.line,
                    column: 0,
                };
                let message = format!("branches of `{event}` after the unguarded one are never taken");
                reader.error("WF204", place, &path, message, "put the branch without `when` last");
            }
            if branches.len() > 1 && open.is_none() {
                let line = branches.last().map_or(state.line, |b| b.line);
                let message = format!("`{event}` is blocked when no condition holds");
                reader.warning(
                    "WF206",
                    Place { line, column: 0 },
                    &path,
                    message,
                    "add a last branch without `when`",
                );
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
                Place { line: 1, column: 0 },
                &path,
                message,
                "let it send an event or remove it",
            );
        }
    }
    for (name, event) in &definition.events {
        let used = definition.states.iter().any(|s| s.transitions.contains_key(name));
        if used && event.by.is_empty() && !expiries.contains(name.as_str()) {
            let message = format!("nobody may send event `{name}` and no clock raises it");
            let path = format!("events.{name}");
            reader.error(
                "WF403",
                Place { line: 1, column: 0 },
                &path,
                message,
                "add `by:` or let a clock expire into it",
            );
        }
    }
}

fn clocks(reader: &mut Reader<'_>, definition: &Definition) {
    for (name, clock) in &definition.clocks {
        let place = Place {
            line: clock.line,
            column: 0,
        };
        let path = format!("clocks.{name}");
        if clock.runs_in.is_empty() {
            let message = format!("clock `{name}` runs nowhere");
            reader.error(
                "WF404",
                place,
                &path,
                message,
                "add `runs_in:` with the states in which it runs",
            );
        }
        for (inner, _) in &clock.suspended_in {
            if !clock.runs_in.iter().any(|outer| definition.inside(*inner, *outer)) {
                let message = format!("clock `{name}` is suspended in a state in which it does not run");
                reader.error("WF406", place, &path, message, "suspend it inside its `runs_in` states");
            }
            let bounded = definition
                .clocks
                .iter()
                .any(|(other, c)| other != name && c.runs_in.iter().any(|outer| definition.inside(*inner, *outer)));
            if clock.force == Force::Statutory && !bounded {
                let message = format!("clock `{name}` can stay suspended for ever: no other clock bounds that state");
                reader.error(
                    "WF405",
                    place,
                    &path,
                    message,
                    "give the suspending state a clock of its own",
                );
            }
        }
        let Some(expiry) = &clock.expiry else {
            let message = format!("nothing happens when clock `{name}` expires");
            reader.error(
                "WF404",
                place,
                &path,
                message,
                "add `expiry:` with the event that is raised",
            );
            continue;
        };
        let told = definition.events.get(expiry).is_some_and(|e| !e.effects.is_empty());
        for (ix, leaf) in definition.leaves() {
            let runs = clock.runs_in.iter().any(|outer| definition.inside(ix, *outer));
            let handled = definition.lineage(ix).any(|(_, s)| s.transitions.contains_key(expiry));
            if runs && !handled && !told {
                let message = format!(
                    "state `{}` does not know `{expiry}`, which clock `{name}` raises there",
                    leaf.id
                );
                reader.error(
                    "WF404",
                    place,
                    &path,
                    message,
                    "handle the event in that state, or give it effects",
                );
            }
        }
    }
}

fn fields(reader: &mut Reader<'_>, definition: &Definition) {
    for (name, field) in &definition.fields {
        let path = format!("fields.{name}");
        let place = Place { line: 1, column: 0 };
        for reader_role in &field.readers {
            let party = definition
                .roles
                .get(reader_role)
                .is_some_and(|r| r.kind != RoleKind::Staff);
            if !party {
                let message = format!("`{reader_role}` is staff: staff of the case read every field but identity");
                reader.error(
                    "WF504",
                    place,
                    &path,
                    message,
                    "name parties, delegates or liaisons in `readers`",
                );
            }
        }
        let filer_only = field.readers.iter().all(|r| definition.filers().any(|f| f == r));
        if field.storage == Storage::Identity && !filer_only && definition.filing.modes.len() > 1 {
            let message = format!("identity field `{name}` is readable by somebody other than the filer");
            reader.error(
                "WF504",
                place,
                &path,
                message,
                "a filer who may stay unnamed is shown to nobody else",
            );
        }
        if let FieldKind::Choice(choices) | FieldKind::Choices(choices) = &field.kind {
            let mut seen = BTreeSet::new();
            for choice in choices {
                if !seen.insert(&choice.key) {
                    let message = format!("option `{}` stands twice", choice.key);
                    reader.error("WF109", place, &path, message, "remove one");
                }
            }
        }
    }
}
