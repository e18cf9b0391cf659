//! The clocks of a procedure: periods, the states in which they run, warnings, expiry, extension.

use indexmap::IndexMap;

use crate::definition::{
    authored,
    compile::Compiler,
    model::{ClockRule, Event, ExtensionRule, FiledRange, Length, Rung},
};

impl Compiler<'_, '_, '_> {
    pub(super) fn clock(&mut self, clock: &authored::Clock, events: &IndexMap<String, Event>) -> Option<ClockRule> {
        let place = clock.name.place;
        let path = &clock.name.path;
        let length = match (&clock.within, &clock.until) {
            (Some(period), None) => Some(Length::Period(*period)),
            (None, Some(field)) => self.field_named(field).map(Length::Until),
            _ => {
                let message = "a clock has either `within` or `until`".to_owned();
                self.r.error(
                    "WF003",
                    place,
                    path,
                    message,
                    "write `within: 7 working_days` or `until: FIELD`",
                );
                None
            }
        };
        let Some(law) = clock.law.as_ref() else {
            let message = format!("clock `{}` names no law", clock.name.name);
            self.r.error(
                "WF407",
                place,
                path,
                message,
                "add `law: INSTRUMENT#ARTICLE`; it decides how days count",
            );
            return None;
        };
        let law = self.law(law)?;
        let expiry = clock.expiry.as_ref().filter(|e| {
            let known = events.contains_key(&e.name);
            if known {
                self.used.insert(format!("event {}", e.name));
            } else {
                let names: Vec<&str> = events.keys().map(String::as_str).collect();
                self.unknown("WF108", "event of this procedure", e, &names);
            }
            known
        });
        let expiry = expiry.map(|e| e.name.clone());
        let restart_on = clock.restart_on.iter().filter(|e| {
            let known = events.contains_key(&e.name);
            if !known {
                let names: Vec<&str> = events.keys().map(String::as_str).collect();
                self.unknown("WF108", "event of this procedure", e, &names);
            }
            known
        });
        let restart_on = restart_on.map(|e| e.name.clone()).collect();
        let warn = clock.warn.iter().map(|(before, notify, notice)| {
            if !self.around.notices.contains(notice.name.as_str()) {
                let known: Vec<&str> = self.around.notices.iter().copied().collect();
                self.unknown("WF105", "notice of workflows/notices", notice, &known);
            }
            Rung {
                before: *before,
                notify: self.roles_named(notify),
                notice: notice.name.clone(),
                line: notice.place.line,
            }
        });
        let warn = warn.collect();
        Some(ClockRule {
            title: clock.title.clone(),
            length: length?,
            law,
            duty: clock.duty,
            force: clock.force,
            runs_in: clock.runs_in.iter().filter_map(|s| self.state_named(s)).collect(),
            suspended_in: clock
                .suspended_in
                .iter()
                .filter_map(|(s, cause)| Some((self.state_named(s)?, cause.clone())))
                .collect(),
            restart_on,
            filed: FiledRange {
                from: clock.filed_from,
                to: clock.filed_to,
            },
            group: clock.group.clone(),
            warn,
            expiry,
            extension: clock.extension.map(|(by, max)| ExtensionRule { by, max }),
            line: place.line,
        })
    }
}
