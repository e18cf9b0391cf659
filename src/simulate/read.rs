//! Reads a model from YAML: names against the procedures, all faults at once, each with its line and a cure.

mod conduct;
mod numbers;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use time::Date;
use zhengming_engine::{
    definition::{
        model::{Definition, RoleKind},
        source::{self, Fields, Node, Place, Reader, Value, nearest},
    },
    diagnostic::{Diagnostic, Severity},
    pack::Pack,
};

use crate::model::{self, Desk, Hours, Model, Spread};

/// Keys of a model.
const KEYS: [&str; 13] = [
    "simulation",
    "extends",
    "workflows",
    "from",
    "to",
    "warm_up",
    "follow",
    "seed",
    "authorities",
    "scale",
    "procedures",
    "staff",
    "defaults",
];
/// Keys of a desk.
const DESK: [&str; 4] = ["count", "hours", "working_days", "order"];
/// Hours of desks and filings where none are given.
const OFFICE_HOURS: &str = "09:00-12:00 13:30-17:30";
/// Most days of a run, all parts together.
const LONGEST: i64 = 3_660;

/// A file: what it is called, and its text.
pub type File = (String, String);

/// Lines of a file that is extended are told from those of the one that extends it by this much.
const APART: u32 = 1_000_000;

/// Reads a model against the procedures of a pack. `files`: the model, then the one that it extends, and so on.
///
/// All defects come back at once, sorted by line; there is a model only without errors. Codes: those of the domain pack for
/// what is malformed or unknown, `WF801` a number that does not fit, `WF802` days or versions that do not, `WF803` nobody
/// who does what may be drawn.
#[must_use]
pub fn read(files: &[File], pack: &Pack) -> (Option<Model>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut whole: Option<Node> = None;
    for (depth, (file, text)) in (0..).zip(files) {
        match source::parse(file, text) {
            Ok(mut root) => {
                shift(&mut root, depth * APART);
                whole = Some(match whole {
                    Some(over) => merged(over, root),
                    None => root,
                });
            }
            Err(error) => found.push(*error),
        }
    }
    let Some(whole) = whole.filter(|_| found.is_empty()) else {
        return (None, found);
    };
    let mut reader = Reader::new("");
    let model = model(&mut reader, &whole, pack);
    found = reader.found;
    for fault in &mut found {
        let depth = usize::try_from(fault.line / APART).unwrap_or(0);
        fault.line %= APART;
        fault.file = files.get(depth).map(|(file, _)| file.clone()).unwrap_or_default();
    }
    found.sort();
    found.dedup();
    let fit = !found.iter().any(|d| d.severity == Severity::Error);
    (model.filter(|_| fit), found)
}

/// What a model says under a key that names a path, `extends` or `workflows`: whoever reads files looks there.
#[must_use]
pub fn path(text: &str, key: &str) -> Option<String> {
    let root = source::parse("", text).ok()?;
    root.to_json().get(key)?.as_str().map(str::to_owned)
}

fn shift(node: &mut Node, lines: u32) {
    node.place.line += lines;
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| shift(item, lines)),
        Value::Map(entries) => {
            for (key, value) in entries {
                key.place.line += lines;
                shift(value, lines);
            }
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) => {}
    }
}

/// One node over another: mappings key by key, all else as a whole.
fn merged(over: Node, under: Node) -> Node {
    let place = over.place;
    let (mut own, below) = match (over.value, under.value) {
        (Value::Map(own), Value::Map(below)) => (own, below),
        (value, _) => return Node { place, value },
    };
    // In the order of what is extended: procedures keep their random numbers.
    let mut entries = Vec::new();
    for (key, value) in below {
        entries.push(match own.iter().position(|(known, _)| known.name == key.name) {
            Some(known) => {
                let (key, over) = own.remove(known);
                (key, merged(over, value))
            }
            None => (key, value),
        });
    }
    entries.append(&mut own);
    let value = Value::Map(entries);
    Node { place, value }
}

/// What the parts of a model share while it is read.
struct Around<'p> {
    pack: &'p Pack,
    from: Date,
    to: Date,
    /// First and last day of the run, warm-up and what follows included.
    days: (Date, Date),
    desks: Vec<Desk>,
    /// Officer's time of tasks, and delay of parties, where none is given.
    takes: Spread,
    after: Spread,
    /// Procedures of the model, by key.
    keys: BTreeSet<String>,
}

fn model(reader: &mut Reader<'_>, root: &Node, pack: &Pack) -> Option<Model> {
    let fields = reader.map(root, "", &KEYS)?;
    let name = fields
        .need(reader, "simulation")
        .and_then(|node| reader.text(node, "simulation"));
    let from = fields.need(reader, "from").and_then(|node| reader.date(node, "from"));
    let to = fields.need(reader, "to").and_then(|node| reader.date(node, "to"));
    let count = |reader: &mut Reader<'_>, key: &str, least: i64, usual: u32| {
        let node = fields.get(key);
        node.map_or(Some(usual), |node| numbers::count(reader, node, key, least))
    };
    let warm_up = count(reader, "warm_up", 0, 0)?;
    let follow = count(reader, "follow", 0, 0)?;
    let authorities = count(reader, "authorities", 1, 1)?;
    let seed = fields
        .get("seed")
        .and_then(|node| reader.integer(node, "seed"))
        .unwrap_or(1);
    let sample = fields
        .get("scale")
        .and_then(|node| numbers::scale(reader, node, authorities));
    let (from, to) = span(reader, &fields, from?, to?, warm_up, follow)?;
    let procedures = fields.need(reader, "procedures")?;
    let entries = reader.entries(procedures, "procedures");
    let mut around = Around {
        pack,
        from,
        to,
        days: model::whole((from, to), warm_up, follow),
        desks: Vec::new(),
        takes: Spread::new(1_800.0, 0.5),
        after: Spread::new(3.0 * 86_400.0, 0.5),
        keys: entries.iter().map(|(key, _)| key.name.clone()).collect(),
    };
    defaults(reader, &fields, &mut around);
    let definitions: Vec<&Definition> = entries
        .iter()
        .filter_map(|(key, node)| conduct::definition(reader, key, node, &around))
        .collect();
    if let Some(staff) = fields.get("staff") {
        around.desks = desks(reader, staff, &definitions);
    }
    let conducts: Vec<_> = entries
        .iter()
        .map(|(key, node)| conduct::read(reader, key, node, &around))
        .collect();
    if entries.is_empty() {
        reader.error(
            "WF003",
            procedures.place,
            "procedures",
            "there is no procedure".to_owned(),
            "name one of the pack",
        );
    }
    Some(Model {
        name: name?,
        law: pack.law.clone(),
        from,
        to,
        warm_up,
        follow,
        seed: seed.cast_unsigned(),
        authorities,
        sample: sample.unwrap_or(1),
        procedures: conducts.into_iter().collect::<Option<Vec<_>>>()?,
        desks: around.desks,
    })
}

fn span(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    from: Date,
    to: Date,
    warm_up: u32,
    follow: u32,
) -> Option<(Date, Date)> {
    let days = (to - from).whole_days() + i64::from(warm_up) + i64::from(follow);
    let place = fields.get("to").map_or(fields.place, |node| node.place);
    if to < from {
        let message = format!("the run ends on {to}, before it begins on {from}");
        reader.error("WF802", place, "to", message, "let `to` be a day from `from` on");
        return None;
    }
    if days > LONGEST || !(1990..2200).contains(&from.year()) {
        let message = format!("a run of {days} days from {from} is more than ten years, or outside of 1990 to 2199");
        reader.error("WF802", place, "to", message, "choose a shorter run");
        return None;
    }
    Some((from, to))
}

fn defaults(reader: &mut Reader<'_>, fields: &Fields<'_>, around: &mut Around<'_>) {
    let Some(node) = fields.get("defaults") else { return };
    let Some(usual) = reader.map(node, "defaults", &["takes", "after"]) else {
        return;
    };
    if let Some(spread) = usual
        .get("takes")
        .and_then(|node| numbers::spread(reader, node, "defaults.takes"))
    {
        around.takes = spread;
    }
    if let Some(spread) = usual
        .get("after")
        .and_then(|node| numbers::spread(reader, node, "defaults.after"))
    {
        around.after = spread;
    }
}

/// The desks; each is a role of one of the procedures that is no party's.
fn desks(reader: &mut Reader<'_>, node: &Node, definitions: &[&Definition]) -> Vec<Desk> {
    let known: BTreeSet<&str> = definitions
        .iter()
        .flat_map(|definition| &definition.roles)
        .filter(|(_, role)| role.kind != RoleKind::Party)
        .map(|(name, _)| name.as_str())
        .collect();
    let known: Vec<&str> = known.into_iter().collect();
    let mut desks = Vec::new();
    for (key, node) in reader.entries(node, "staff") {
        let path = source::join("staff", &key.name);
        if !known.contains(&key.name.as_str()) {
            unknown(reader, "WF102", key.place, &path, "role of staff", &key.name, &known);
        }
        let Some(fields) = reader.map(node, &path, &DESK) else {
            continue;
        };
        let count = fields
            .need(reader, "count")
            .and_then(|node| headcount(reader, node, &fields.at("count")));
        let hours = match fields.get("hours") {
            Some(node) => numbers::hours(reader, node, &fields.at("hours")),
            None => Hours::parse(OFFICE_HOURS).ok(),
        };
        let working_days = fields
            .get("working_days")
            .and_then(|node| reader.bool(node, &fields.at("working_days")));
        let due_first = fields
            .get("order")
            .and_then(|node| order(reader, node, &fields.at("order")));
        let (Some(count), Some(hours)) = (count, hours) else {
            continue;
        };
        desks.push(Desk {
            role: key.name.clone(),
            count,
            hours,
            every_day: working_days == Some(false),
            due_first: due_first.unwrap_or(false),
        });
    }
    desks
}

#[expect(clippy::option_option, reason = "no answer, any number of officers, so many")]
fn headcount(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Option<u32>> {
    match &node.value {
        Value::Text(text) if text == "unlimited" => Some(None),
        _ => numbers::count(reader, node, path, 0).map(Some),
    }
}

fn order(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<bool> {
    match reader.text(node, path)?.as_str() {
        "first_come" => Some(false),
        "due_first" => Some(true),
        other => {
            unknown(
                reader,
                "WF004",
                node.place,
                path,
                "order",
                other,
                &["first_come", "due_first"],
            );
            None
        }
    }
}

/// Reports a name that there is not, with the nearest that there is.
fn unknown(reader: &mut Reader<'_>, code: &'static str, at: Place, path: &str, kind: &str, name: &str, known: &[&str]) {
    let list = known.join(", ");
    let mend = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`? There are: {list}"),
        None => format!("there are: {list}"),
    };
    reader.error(code, at, path, format!("there is no {kind} `{name}`"), &mend);
}
