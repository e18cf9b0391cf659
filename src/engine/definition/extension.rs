//! Extensions of clocks: in what unit, who approves them, where the reason stands.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::{
    clock::Unit,
    definition::{
        authored::{self, Named},
        compile::Compiler,
        model::{ClockRule, Event, ExtensionRule},
        source::Value,
    },
};

impl Compiler<'_, '_, '_> {
    /// The extension rule of a clock: names resolved, in the unit of the period that it lengthens.
    pub(super) fn extension(&mut self, clock: &authored::Clock) -> Option<ExtensionRule> {
        let rule = clock.extension.as_ref()?;
        // A clock that runs until a date is kept in calendar days.
        let unit = clock.within.map_or(Unit::Days, |period| period.unit());
        if rule.by.unit() != unit && !clock.unread {
            let message = format!(
                "an extension in {} cannot lengthen clock `{}`, which is kept in {unit}",
                rule.by.unit(),
                clock.name.name
            );
            let mend = format!("write `by:` in {unit}");
            self.r.error(
                "WF413",
                rule.place,
                &format!("{}.extension", clock.name.path),
                message,
                &mend,
            );
        }
        let approver = rule.approver.as_ref().and_then(|role| self.role_named(role));
        let reason = rule.reason.as_ref().and_then(|field| self.field_named(field));
        Some(ExtensionRule {
            by: rule.by,
            max: rule.max,
            approver,
            reason,
        })
    }

    /// Every event that extends a clock is sent by its approver alone, and requires the reason.
    pub(super) fn extensions(&mut self, clocks: &IndexMap<String, ClockRule>, events: &IndexMap<String, Event>) {
        let effects = effects(self.authored);
        let unsent = unsent(self.authored, &effects);
        for (effect, event) in effects {
            let Some(clock) = named_by(effect, "extend") else {
                continue;
            };
            let Some(rule) = clocks.get(clock).and_then(|clock| clock.extension.as_ref()) else {
                continue;
            };
            let name = event.unwrap_or("the effect of a state or of the filing");
            let event = event.and_then(|name| events.get(name));
            let Named { place, path, .. } = &effect.verb;
            if let Some(approver) = &rule.approver {
                let sent = event.is_some_and(|e| !e.by.is_empty() && e.by.iter().all(|role| role == approver));
                if !sent || unsent.contains(name) {
                    let message =
                        format!("clock `{clock}` needs the approval of `{approver}`, but `{name}` extends it without");
                    let mend = format!("extend it in an event with `by: [{approver}]` that nothing else sets off");
                    self.r.error("WF411", *place, path, message, &mend);
                }
            }
            if let Some(reason) = &rule.reason
                && !event.is_some_and(|e| e.form.iter().any(|f| f.required && f.field == *reason))
            {
                let message =
                    format!("clock `{clock}` needs the reason in `{reason}`, which `{name}` does not ask for");
                let mend = format!("add `{reason}` (without `?`) to the `form` of the event");
                self.r.error("WF412", *place, path, message, &mend);
            }
        }
    }
}

/// An effect with the event that sets it off; none for effects of filing, of entering or leaving a state.
type Caused<'a> = (&'a authored::Effect, Option<&'a str>);

/// All effects of a procedure, as written.
fn effects(authored: &authored::Procedure) -> Vec<Caused<'_>> {
    let filing = authored.filing.iter().flat_map(|filing| &filing.effects);
    let mut found: Vec<Caused<'_>> = filing.map(|effect| (effect, None)).collect();
    for event in &authored.events {
        found.extend(
            event
                .effects
                .iter()
                .map(|effect| (effect, Some(event.name.name.as_str()))),
        );
    }
    in_states(&authored.states, &mut found);
    found
}

fn in_states<'a>(states: &'a [authored::State], found: &mut Vec<Caused<'a>>) {
    for state in states {
        found.extend(state.enter.iter().chain(&state.leave).map(|effect| (effect, None)));
        for (event, branches) in &state.transitions {
            let effects = branches.iter().flat_map(|branch| &branch.effects);
            found.extend(effects.map(|effect| (effect, Some(event.name.as_str()))));
        }
        in_states(&state.children, found);
    }
}

/// What an effect names, if it is of this verb and names one thing.
fn named_by<'a>(effect: &'a authored::Effect, verb: &str) -> Option<&'a str> {
    match &effect.node.value {
        Value::Text(name) if effect.verb.name == verb => Some(name),
        _ => None,
    }
}

/// Events that come about without anybody sending them: by expiry, by another event, by another case.
fn unsent<'a>(authored: &'a authored::Procedure, effects: &[Caused<'a>]) -> BTreeSet<&'a str> {
    let expiry = authored.clocks.iter().filter_map(|clock| clock.expiry.as_ref());
    let heard = authored
        .subcases
        .iter()
        .flat_map(|s| s.outcomes.iter().chain(&s.mirrors));
    let heard = heard.map(|(_, event)| event).chain(&authored.called_off);
    let raised = effects.iter().filter_map(|(effect, _)| named_by(effect, "raise"));
    let named = expiry.chain(heard).map(|name| name.name.as_str());
    named.chain(raised).collect()
}
