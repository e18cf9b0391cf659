//! The clocks of a procedure: periods, the states in which they run, warnings, expiry, extension.

use indexmap::IndexMap;

use crate::{
    clock::{Duty, LawRef, Period, Unit},
    definition::{
        authored::{self, Named},
        compile::Compiler,
        model::{ClockRule, Event, FiledRange, Length, Rung},
    },
    timing,
};

impl Compiler<'_, '_, '_> {
    pub(super) fn clock(&mut self, clock: &authored::Clock, events: &IndexMap<String, Event>) -> Option<ClockRule> {
        let place = clock.name.place;
        let path = &clock.name.path;
        let length = match (&clock.within, &clock.until) {
            (Some(period), None) => Some(Length::Period(*period)),
            (None, Some(field)) => self.field_named(field).map(Length::Until),
            (None, None) if clock.unread => None,
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
        let (from, follows) = self.counted_from(clock);
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
            if let Some(Length::Period(period)) = length {
                self.warned_in_time(&law, period, clock.duty, (*before, notice));
            }
            Rung {
                before: *before,
                notify: self.roles_named(notify),
                notice: notice.name.clone(),
                line: notice.place.line,
            }
        });
        let warn = warn.collect();
        self.doubled(&clock.runs_in);
        Some(ClockRule {
            title: clock.title.clone(),
            length: length?,
            from,
            follows,
            law,
            duty: clock.duty,
            waits: clock.waits,
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
            extension: self.extension(clock),
            line: place.line,
        })
    }

    /// The field and the clocks that say from which day a period counts.
    fn counted_from(&mut self, clock: &authored::Clock) -> (Option<String>, Vec<String>) {
        let by_day = clock.unread || clock.within.is_some_and(|period| period.unit() != Unit::Hours);
        if let Some(first) = clock.from.iter().chain(&clock.follows).next().filter(|_| !by_day) {
            let message = "only a period of days, months or years counts from a day".to_owned();
            let mend = "take it away, or write `within:` in days, months or years";
            self.r.error("WF004", first.place, &first.path, message, mend);
        }
        let known: Vec<&str> = self.authored.clocks.iter().map(|c| c.name.name.as_str()).collect();
        let follows = clock.follows.iter().filter(|name| {
            let (itself, is_known) = (name.name == clock.name.name, known.contains(&name.name.as_str()));
            if itself {
                let message = format!("clock `{}` follows itself: it would begin when it ends", name.name);
                let mend = "name the clocks whose end starts it";
                self.r.error("WF108", name.place, &name.path, message, mend);
            } else if !is_known {
                self.unknown("WF108", "clock of this procedure", name, &known);
            }
            is_known && !itself
        });
        let follows = follows.map(|name| name.name.clone()).collect();
        (clock.from.as_ref().and_then(|field| self.field_named(field)), follows)
    }

    /// A warning must come after the start of its clock: earlier ones are never sent.
    fn warned_in_time(&mut self, law: &LawRef, period: Period, duty: Duty, (before, notice): (Period, &Named)) {
        let Some(reach) = timing::warning_reach(self.around.law, law, period, duty, before) else {
            return;
        };
        let mend = "warn less long before the end, or in the unit of the period";
        if reach.after_start == 0 {
            let message = format!("a warning {before} before the end of {period} comes before the clock starts");
            self.r.error("WF406", notice.place, &notice.path, message, mend);
        } else if reach.after_start < reach.days {
            let message = format!(
                "a warning {before} before the end of {period} would come before the start on {} of {} start days, and is left out there",
                reach.days - reach.after_start,
                reach.days
            );
            self.r.warning("WF406", notice.place, &notice.path, message, mend);
        }
    }
}
