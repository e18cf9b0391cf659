//! Whether clocks fit the steps around them: where they run, what their end raises, who hears of it, who may lengthen them.

use crate::{
    chart::Position,
    clock::Duty,
    definition::{
        model::{ClockRule, Definition, EffectRule, Event, Force, FormField, State, StateIx},
        reach::Reach,
        source::{Place, Reader},
    },
};

/// Checks every clock.
pub(super) fn check(reader: &mut Reader<'_>, definition: &Definition, reach: &Reach) {
    for (name, clock) in &definition.clocks {
        let place = Place {
            line: clock.line,
            column: 0,
        };
        let path = format!("clocks.{name}");
        let closed = |ix: &&StateIx| definition.at(**ix).is_some_and(|state| state.outcome.is_some());
        if let Some(state) = clock.runs_in.iter().find(closed).and_then(|ix| definition.at(*ix)) {
            let message = format!("clock `{name}` runs in `{}`, where the case is closed", state.id);
            let mend = "name only states in which the case goes on";
            reader.error("WF404", place, &path, message, mend);
        }
        if clock.waits && clock.duty == Duty::Authority {
            let message = format!(
                "clock `{name}` is the authority's duty, and one that only has to be over: nothing is owed by its end"
            );
            let mend = "write `duty: party`, or leave out `waits`";
            reader.error("WF404", place, &path, message, mend);
        }
        raised(reader, definition, (name, clock));
        lengthened(reader, definition, (name, clock));
        counted(reader, definition, reach, (name, clock));
    }
    for (name, event) in &definition.events {
        let raises = |effect: &EffectRule| matches!(effect, EffectRule::Raise { event } if event == name);
        if definition.effects().any(raises) {
            skipped(reader, (name, event), "`raise`");
        }
    }
}

/// What the end of a clock raises is nobody's to send, and somebody hears that an authority's time is up.
fn raised(reader: &mut Reader<'_>, definition: &Definition, (name, clock): (&str, &ClockRule)) {
    let Some((expiry, event)) = clock
        .expiry
        .as_ref()
        .and_then(|name| definition.events.get_key_value(name))
    else {
        return;
    };
    skipped(reader, (expiry, event), &format!("clock `{name}`"));
    let tells = |effect: &EffectRule| matches!(effect, EffectRule::Notify { .. } | EffectRule::Escalate { .. });
    let branches = definition
        .states
        .iter()
        .filter_map(|state| state.transitions.get(expiry))
        .flatten();
    let told = event
        .effects
        .iter()
        .chain(branches.flat_map(|branch| &branch.effects))
        .any(tells);
    if clock.force == Force::Statutory && clock.duty == Duty::Authority && !told {
        let place = Place {
            line: event.line,
            column: 0,
        };
        let message = format!("nobody is told when `{name}` ends, a period that the law gives an authority");
        let mend = "tell an officer with `notify:`, or the superior with `escalate:`";
        reader.warning("WF503", place, &format!("events.{expiry}.do"), message, mend);
    }
}

/// An event that happens by itself skips what people are asked and must have; one that people send as well says that they
/// did something when only time has passed.
fn skipped(reader: &mut Reader<'_>, (name, event): (&str, &Event), by: &str) {
    let asks = event.form.iter().any(|asked| asked.required) || event.approval.is_some();
    let place = Place {
        line: event.line,
        column: 0,
    };
    let path = format!("events.{name}");
    if asks {
        let message = format!("{by} sets off `{name}` without the answers or the approval that it asks for");
        let mend = "raise an event of its own, without form and approval";
        reader.error("WF404", place, &path, message, mend);
    } else if !event.by.is_empty() {
        let message = format!("{by} sets off `{name}`, which people send too: silence would count as theirs");
        let mend = "raise an event of its own, without `by`";
        reader.warning("WF404", place, &path, message, mend);
    }
}

/// A statutory period is lengthened by somebody who may, and an extension that is offered can be had.
fn lengthened(reader: &mut Reader<'_>, definition: &Definition, (name, clock): (&str, &ClockRule)) {
    let Some(extension) = &clock.extension else { return };
    let place = Place {
        line: clock.line,
        column: 0,
    };
    let path = format!("clocks.{name}.extension");
    let extends = |effect: &EffectRule| matches!(effect, EffectRule::Extend { clock } if clock == name);
    if !definition.effects().any(extends) {
        let message = format!("clock `{name}` has an extension, and no effect extends it");
        let mend = "add `extend:` to an event, or take the extension out";
        reader.warning("WF108", place, &path, message, mend);
    } else if clock.force == Force::Statutory && extension.approver.is_none() {
        let message = format!("statutory clock `{name}` is extended with nobody's approval");
        let mend = "name the role that approves it with `approver:`";
        reader.warning("WF411", place, &path, message, mend);
    }
}

/// The day that a clock counts from is told by the filing or by a step that can start the clock.
fn counted(reader: &mut Reader<'_>, definition: &Definition, reach: &Reach, (name, clock): (&str, &ClockRule)) {
    let Some(from) = &clock.from else { return };
    let near = |target: StateIx| {
        let mut runs = clock.runs_in.iter();
        runs.any(|runs| definition.inside(target, *runs) || definition.inside(*runs, target))
    };
    let leads = |state: &State, event: &str| {
        let branches = state.transitions.get(event).into_iter().flatten();
        branches.flat_map(|branch| &branch.to).any(|target| near(*target))
    };
    let starts = |event: &str| {
        clock.restart_on.iter().any(|known| known == event) || definition.states.iter().any(|state| leads(state, event))
    };
    let is_it = |asked: &FormField| asked.field == *from;
    let by_event = definition
        .events
        .iter()
        .any(|(name, event)| event.form.iter().any(is_it) && starts(name));
    let brought = definition
        .subcases
        .values()
        .any(|subcase| subcase.brings.iter().any(|(own, _)| own == from));
    // What the filing asks is told by the step that starts the clock only where the filing itself starts it.
    let runs = |first: &Position| clock.runs_in.iter().any(|state| first.contains(*state));
    let filed = definition.filing.form().any(is_it) && reach.first.iter().any(runs);
    if !filed && !by_event && !brought {
        let message = format!("clock `{name}` counts from `{from}`, which no step that starts it asks for");
        let mend = "ask for the day in the form of the event that leads there, or leave `from` out";
        let place = Place {
            line: clock.line,
            column: 0,
        };
        reader.error("WF404", place, &format!("clocks.{name}.from"), message, mend);
    }
}
