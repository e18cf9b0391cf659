//! How cases of one procedure come and go, as a model has it.

mod forms;
mod leaves;

use std::{collections::BTreeMap, sync::Arc};

use time::Date;
use zhengming_engine::{
    clock::Period,
    decision::Signal,
    definition::{
        model::{Definition, FilingMode, Length, RoleKind},
        source::{Fields, Key, Node, Reader, Value},
    },
};

use super::{Around, numbers, unknown};
use crate::model::{Action, Arrivals, Conduct, Hours};

/// Keys of a procedure.
const KEYS: [&str; 9] = [
    "version", "arrivals", "mode", "by", "fields", "states", "tasks", "answers", "clocks",
];
const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The version of a procedure that a model is about: the one it names, else the one in force from its first day on.
pub(super) fn definition<'p>(
    reader: &mut Reader<'_>,
    key: &Key,
    node: &Node,
    around: &Around<'p>,
) -> Option<&'p Definition> {
    let path = format!("procedures.{}", key.name);
    let Some(versions) = around.pack.procedures.get(&key.name) else {
        let known: Vec<&str> = around.pack.procedures.keys().map(String::as_str).collect();
        unknown(reader, "WF301", key.place, &path, "procedure", &key.name, &known);
        return None;
    };
    let fields = reader.map(node, &path, &KEYS)?;
    let listed = || {
        versions
            .iter()
            .map(|v| v.version.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    if let Some(node) = fields.get("version") {
        let version = numbers::count(reader, node, &fields.at("version"), 1)?;
        let found = versions.iter().find(|v| v.version == version);
        if found.is_none() {
            let message = format!("there is no version {version} of `{}`", key.name);
            reader.error("WF802", node.place, &path, message, &format!("there are: {}", listed()));
        }
        return found.map(|version| &**version);
    }
    let found = around.pack.in_force(&key.name, around.from);
    let Some(found) = found.filter(|version| version.filed.contains(around.to)) else {
        let message = format!(
            "no version of `{}` governs the filings of all days of the run",
            key.name
        );
        let mend = format!("name one with `version:` ({}), or choose other days", listed());
        reader.error("WF802", key.place, &path, message, &mend);
        return None;
    };
    Some(&**found)
}

/// Reads the conduct of a procedure, which [`definition`] found.
pub(super) fn read(reader: &mut Reader<'_>, key: &Key, node: &Node, around: &Around<'_>) -> Option<Conduct> {
    // What is wrong with these was said when the definition was looked for.
    let mut silent = Reader::new("");
    let mut definition = definition(&mut silent, key, node, around)?.clone();
    let fields = silent.map(node, &format!("procedures.{}", key.name), &KEYS)?;
    clocks(reader, &fields, &mut definition);
    let arrivals = fields
        .get("arrivals")
        .map(|node| arrivals(reader, node, &fields.at("arrivals"), around));
    let mode = mode(reader, &fields, &definition)?;
    let filer = filer(reader, &fields, &definition)?;
    let filing = forms::filing(reader, &fields, &definition, mode);
    let actions = actions(reader, &fields, &definition, around);
    let leaves = leaves::read(reader, &fields, &definition, &actions, around);
    Some(Conduct {
        arrivals: match arrivals {
            Some(arrivals) => Some(arrivals?),
            None => None,
        },
        mode,
        filer,
        filing: filing?,
        actions,
        leaves,
        definition: Arc::new(definition),
    })
}

/// `clocks: {acceptance: {within: 5 working_days}}` changes the length of a clock: what if the law gave less time.
fn clocks(reader: &mut Reader<'_>, fields: &Fields<'_>, definition: &mut Definition) {
    let Some(node) = fields.get("clocks") else { return };
    for (key, node) in reader.entries(node, &fields.at("clocks")) {
        let path = format!("{}.{}", fields.at("clocks"), key.name);
        let known: Vec<String> = definition.clocks.keys().cloned().collect();
        let Some(rule) = definition.clocks.get_mut(&key.name) else {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            unknown(reader, "WF104", key.place, &path, "clock", &key.name, &known);
            continue;
        };
        let Some(within) = reader
            .map(node, &path, &["within"])
            .and_then(|f| f.need(reader, "within"))
        else {
            continue;
        };
        if let Some(period) = reader.parsed::<Period>(within, &path, "a period") {
            if rule
                .extension
                .as_ref()
                .is_some_and(|extension| extension.by.unit() != period.unit())
            {
                let message = "the clock is extended in another unit".to_owned();
                reader.error("WF413", within.place, &path, message, "keep the unit of the clock");
            }
            rule.length = Length::Period(period);
        }
    }
}

fn arrivals(reader: &mut Reader<'_>, node: &Node, path: &str, around: &Around<'_>) -> Option<Arrivals> {
    let fields = reader.map(node, path, &["per_day", "weekdays", "holidays", "days", "hours"])?;
    let per_day = fields
        .need(reader, "per_day")
        .and_then(|node| numbers::number(reader, node, &fields.at("per_day")));
    let weekdays = match fields.get("weekdays") {
        Some(node) => {
            let days = reader.map(node, &fields.at("weekdays"), &WEEK);
            days.map(|days| numbers::factors(reader, &days, WEEK))
        }
        None => Some([1.0; 7]),
    };
    let holidays = fields
        .get("holidays")
        .and_then(|node| numbers::number(reader, node, &fields.at("holidays")));
    let days = fields
        .get("days")
        .map(|node| days(reader, node, &fields.at("days"), around))
        .unwrap_or_default();
    let hours = match fields.get("hours") {
        Some(node) => numbers::hours(reader, node, &fields.at("hours")),
        None => Hours::parse("08:00-22:00").ok(),
    };
    Some(Arrivals {
        per_day: per_day?,
        weekdays: weekdays?,
        holidays,
        days,
        hours: hours?,
    })
}

/// `days: {"2026-03-15": 20}`: the factors of single days of the run.
fn days(reader: &mut Reader<'_>, node: &Node, path: &str, around: &Around<'_>) -> BTreeMap<Date, f64> {
    let (first, last) = around.days;
    let mut days = BTreeMap::new();
    for (key, node) in reader.pairs(node, path) {
        let at = format!("{path}.{}", key.name);
        let written = Node {
            place: key.place,
            value: Value::Text(key.name.clone()),
        };
        let factor = numbers::number(reader, node, &at);
        let Some(date) = reader.date(&written, &at) else {
            continue;
        };
        if !(first..=last).contains(&date) {
            let message = format!("{date} is no day of the run, which goes from {first} to {last}");
            let mend = "choose a day within it, or a run that has the day; warm-up and what follows belong to it";
            reader.error("WF802", key.place, &at, message, mend);
        }
        days.extend(factor.map(|factor| (date, factor)));
    }
    days
}

fn mode(reader: &mut Reader<'_>, fields: &Fields<'_>, definition: &Definition) -> Option<FilingMode> {
    let usual = definition.filing.modes.first().copied();
    let Some(node) = fields.get("mode") else { return usual };
    let path = fields.at("mode");
    let name = reader.text(node, &path)?;
    let all = [
        ("named", FilingMode::Named),
        ("confidential", FilingMode::Confidential),
        ("anonymous", FilingMode::Anonymous),
    ];
    let allowed: Vec<&str> = all
        .iter()
        .filter(|(_, mode)| definition.filing.modes.contains(mode))
        .map(|(name, _)| *name)
        .collect();
    let found = all.iter().find(|(known, _)| *known == name && allowed.contains(known));
    if found.is_none() {
        unknown(reader, "WF004", node.place, &path, "mode of filing", &name, &allowed);
    }
    found.map(|(_, mode)| *mode)
}

fn filer(reader: &mut Reader<'_>, fields: &Fields<'_>, definition: &Definition) -> Option<String> {
    let by = &definition.filing.by;
    let Some(node) = fields.get("by") else {
        return by.first().cloned();
    };
    let name = reader.text(node, &fields.at("by"))?;
    if !by.contains(&name) {
        let known: Vec<&str> = by.iter().map(String::as_str).collect();
        unknown(
            reader,
            "WF102",
            node.place,
            &fields.at("by"),
            "filing role",
            &name,
            &known,
        );
        return None;
    }
    Some(name)
}

/// Everything that somebody can do, and what cases outside of the model can make happen.
fn actions(reader: &mut Reader<'_>, fields: &Fields<'_>, definition: &Definition, around: &Around<'_>) -> Vec<Action> {
    let outside = outside(definition, around);
    let sent = definition.events.iter().filter(|(_, event)| !event.by.is_empty());
    let sent = sent.map(|(name, event)| (name.clone(), event.by.first().cloned().unwrap_or_default(), None));
    let heard = outside
        .into_iter()
        .map(|(event, signal)| (event, String::new(), Some(signal)));
    let mut actions: Vec<Action> = Vec::new();
    for (event, role, signal) in sent.chain(heard) {
        let first = actions.last().map_or(0, |last| last.first + last.form.variants());
        let form = forms::of_event(reader, fields, definition, &event, signal.is_some());
        actions.push(Action {
            desk: desk(around, &role),
            event,
            role,
            signal,
            takes: around.takes.clone(),
            after: None,
            form,
            first,
        });
    }
    let known: Vec<String> = actions.iter().map(|action| action.event.clone()).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    forms::check_names(reader, fields, &known);
    if let Some(node) = fields.get("tasks") {
        for (key, node) in reader.entries(node, &fields.at("tasks")) {
            let path = format!("{}.{}", fields.at("tasks"), key.name);
            match actions.iter_mut().find(|action| action.event == key.name) {
                Some(action) => task(reader, node, &path, definition, around, action),
                None => unknown(
                    reader,
                    "WF108",
                    key.place,
                    &path,
                    "event that somebody sends",
                    &key.name,
                    &known,
                ),
            }
        }
    }
    for action in actions
        .iter_mut()
        .filter(|action| action.desk.is_none() && action.after.is_none())
    {
        action.after = Some(around.after.clone());
    }
    actions
}

/// Events by which cases of procedures that the model leaves out are heard of.
fn outside(definition: &Definition, around: &Around<'_>) -> Vec<(String, Signal)> {
    let mut heard: Vec<(String, Signal)> = Vec::new();
    for (alias, subcase) in &definition.subcases {
        if around.keys.contains(&subcase.procedure) {
            continue;
        }
        let outcomes = subcase.outcomes.iter().map(|(outcome, event)| {
            let outcome = outcome.clone();
            (
                event.clone(),
                Signal::Outcome {
                    subcase: alias.clone(),
                    outcome,
                },
            )
        });
        let mirrors = subcase.mirrors.iter().map(|(state, event)| {
            let state = state.clone();
            (
                event.clone(),
                Signal::Entered {
                    subcase: alias.clone(),
                    state,
                },
            )
        });
        for (event, signal) in outcomes.chain(mirrors) {
            if !heard.iter().any(|(known, _)| *known == event) {
                heard.push((event, signal));
            }
        }
    }
    heard
}

fn desk(around: &Around<'_>, role: &str) -> Option<usize> {
    around.desks.iter().position(|desk| desk.role == role)
}

/// `{by: case_officer, takes: {minutes: 40}, after: {days: 2}}`.
fn task(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &str,
    definition: &Definition,
    around: &Around<'_>,
    action: &mut Action,
) {
    let Some(fields) = reader.map(node, path, &["by", "takes", "after"]) else {
        return;
    };
    if let Some(node) = fields.get("by")
        && let Some(role) = reader.text(node, &fields.at("by"))
    {
        let by = definition
            .events
            .get(&action.event)
            .map(|event| event.by.as_slice())
            .unwrap_or_default();
        if by.contains(&role) {
            action.desk = desk(around, &role);
            action.role = role;
        } else {
            let known: Vec<&str> = by.iter().map(String::as_str).collect();
            unknown(
                reader,
                "WF102",
                node.place,
                &fields.at("by"),
                "role that may send it",
                &role,
                &known,
            );
        }
    }
    if let Some(node) = fields.get("takes") {
        let party = definition
            .roles
            .get(&action.role)
            .is_some_and(|role| role.kind == RoleKind::Party);
        if party || action.signal.is_some() {
            let message = format!("`{}` is not the work of an officer", action.event);
            reader.error(
                "WF803",
                node.place,
                path,
                message,
                "say `after:` how long it takes to come",
            );
        }
        if let Some(spread) = numbers::spread(reader, node, &fields.at("takes")) {
            action.takes = spread;
        }
    }
    if let Some(spread) = fields
        .get("after")
        .and_then(|node| numbers::spread(reader, node, &fields.at("after")))
    {
        action.after = Some(spread);
    }
}

/// Whether a spread or a list of choices is written: a mapping.
fn is_map(node: &Node) -> bool {
    matches!(node.value, Value::Map(_))
}
