//! A story of the exploration as a scenario file: played through, so that it has dates, and kept in the words of
//! `tests/scenarios`.

use serde_json::{Map, Value as Json, json};
use time::{Date, Duration, OffsetDateTime, macros::format_description};
use zhengming_engine::{
    clock::CHINA,
    decision::{Actor, Opening},
    definition::model::{Definition, FilingMode},
    diagnostic::Diagnostic,
    explore::{Deed, Story},
    pack::Pack,
};

use crate::rehearsal::Rehearsal;

/// Time between two steps that people take.
const BETWEEN: Duration = Duration::minutes(10);

/// A file with one scenario. What the engine alone cannot play stands in it as comments.
pub(super) fn file(pack: &Pack, diagnostic: &Diagnostic, story: &Story) -> Option<String> {
    let versions = pack.procedures.get(&story.procedure)?;
    let definition = versions.iter().find(|d| d.version == story.version)?;
    let filed = filing_day(definition)?;
    let opening = Opening {
        actor: Actor {
            roles: definition.filing.by.iter().take(1).cloned().collect(),
            excluded: false,
            ..Default::default()
        },
        mode: definition.filing.modes.first().copied().unwrap_or(FilingMode::Named),
        fields: story.fields.clone(),
        complete: true,
    };
    let mut text = format!(
        "# {}\n# {}\nscenarios:\n  - name: {}\n    procedure: {}\n    filed: {}\n    mode: {}\n    fields: {}\n    steps:\n",
        diagnostic.code,
        diagnostic.message,
        json!(format!("{}: {}", diagnostic.code, diagnostic.message)),
        story.procedure,
        moment(filed),
        json!(opening.mode).as_str().unwrap_or("named"),
        Json::Object(story.fields.clone()),
    );
    let (mut case, _) = match Rehearsal::open(&pack.law, definition, &opening, filed) {
        Ok(opened) => opened,
        Err(refusal) => {
            text.push_str(&format!(
                "      # the filing is refused: {:?}\n",
                codes(&refusal.problems)
            ));
            return Some(text);
        }
    };
    let mut at = filed;
    let mut played = true;
    for deed in &story.deeds {
        let step = if played {
            play(&mut case, deed, &mut at)
        } else {
            Err(String::new())
        };
        match step {
            Ok(line) => text.push_str(&format!("      - {line}\n")),
            Err(why) => {
                if played && !why.is_empty() {
                    text.push_str(&format!("      # from here on dates have to be set by hand: {why}\n"));
                }
                played = false;
                text.push_str(&format!("      # {}\n", told(deed)));
            }
        }
    }
    Some(text)
}

/// Plays one step and writes it; `at` is when the last one happened.
fn play(case: &mut Rehearsal<'_>, deed: &Deed, at: &mut OffsetDateTime) -> Result<String, String> {
    match deed {
        Deed::Sent { event, role, fields } => {
            let next = *at + BETWEEN;
            let due = case.timers().first().filter(|timer| timer.due_at <= next);
            if let Some(timer) = due {
                return Err(format!("clock {} is due before {event}", timer.clock));
            }
            let mut lines = Vec::new();
            for kind in case.wanted(event) {
                let added = case.add_evidence(kind, role, next);
                added.map_err(|refusal| format!("evidence is refused: {:?}", codes(&refusal.problems)))?;
                let kind = serde_json::to_value(kind).unwrap_or_default();
                let kind = kind.as_str().unwrap_or_default();
                lines.push(format!("{{at: {}, evidence: {kind}, by: {role}}}", moment(next)));
            }
            let decision = case.perform(event, role, fields, next);
            let decision = decision.map_err(|refusal| format!("{event} is refused: {:?}", codes(&refusal.problems)))?;
            *at = next;
            lines.push(line(next, &format!("event: {event}, by: {role}"), fields, &decision.to));
            Ok(lines.join("\n      - "))
        }
        Deed::Expired { clock } => loop {
            let next = case.timers().first().cloned();
            let next = next.ok_or_else(|| format!("clock {clock} is not running"))?;
            let decision = case
                .fire(&next)
                .map_err(|refusal| format!("{:?}", codes(&refusal.problems)))?;
            *at = next.due_at;
            if next.clock == *clock && next.ends() {
                let step = format!("timer: {clock}, rung: expiry");
                return Ok(line(next.due_at, &step, &Map::new(), &decision.to));
            }
            if decision.from != decision.to {
                return Err(format!("clock {} is due before clock {clock}", next.clock));
            }
        },
        Deed::Elsewhere(words) => Err(format!("{words}, which is another case")),
    }
}

fn line(at: OffsetDateTime, what: &str, fields: &Map<String, Json>, states: &[String]) -> String {
    let fields = if fields.is_empty() {
        String::new()
    } else {
        format!(", fields: {}", Json::Object(fields.clone()))
    };
    format!(
        "{{at: {}, {what}{fields}, expect: {{states: {}}}}}",
        moment(at),
        json!(states)
    )
}

fn told(deed: &Deed) -> String {
    match deed {
        Deed::Sent { event, role, fields } => format!("{event} by {role} {}", Json::Object(fields.clone())),
        Deed::Expired { clock } => format!("clock {clock} expires"),
        Deed::Elsewhere(words) => words.clone(),
    }
}

fn codes(problems: &[zhengming_engine::decision::Problem]) -> Vec<&str> {
    problems.iter().map(|p| p.code.as_str()).collect()
}

/// A day that the version governs, at ten in the morning.
fn filing_day(definition: &Definition) -> Option<OffsetDateTime> {
    let usual = Date::from_calendar_date(2026, time::Month::January, 5).ok()?;
    let day = definition.filed.from.or(definition.filed.to).unwrap_or(usual);
    Some(day.midnight().assume_offset(CHINA) + Duration::hours(10))
}

fn moment(at: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    at.to_offset(CHINA).format(form).unwrap_or_default()
}
