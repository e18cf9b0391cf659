//! A procedure as SCXML.

use super::{
    CEL, OWN, SCXML, value,
    write::{Attributes, Writer},
};
use crate::definition::{
    model::{ALWAYS, DONE},
    source::{Key, Node, Place, Value, is_id},
};

/// Why a procedure cannot be written as SCXML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}: {what}", .place.line)]
pub struct Unwritable {
    /// Where in the procedure's file.
    pub place: Place,
    /// What cannot be written, and why.
    pub what: String,
}

/// A procedure file (as [`crate::definition::source::parse`] read it) as SCXML that [`super::procedure()`] reads back to
/// the same definition, hash and all.
///
/// # Errors
/// [`Unwritable`]: what no file that loads has, or a final state with events, which SCXML has not.
pub fn export(root: &Node) -> Result<String, Unwritable> {
    let Value::Map(entries) = &root.value else {
        return Err(unwritable(root.place, "a procedure is a mapping"));
    };
    let mut attributes = vec![
        ("xmlns", SCXML.to_owned()),
        ("xmlns:zm", OWN.to_owned()),
        ("version", "1.0".to_owned()),
        ("datamodel", CEL.to_owned()),
    ];
    let mut states: &[(Key, Node)] = &[];
    let mut rest = Vec::new();
    for (key, node) in entries {
        match (key.name.as_str(), &node.value) {
            ("procedure", Value::Text(name)) => attributes.push(("name", name.clone())),
            ("initial", Value::Text(id)) if is_word(id) => attributes.push(("initial", id.clone())),
            ("states", Value::Map(inside)) if !inside.is_empty() => states = inside,
            _ => rest.push((key, node)),
        }
    }
    let mut writer = Writer::default();
    writer.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    writer.open("scxml", &attributes, root.place)?;
    for (key, node) in rest {
        value::write_entry(&mut writer, key, node)?;
    }
    for (key, node) in states {
        state(&mut writer, "", key, node)?;
    }
    writer.close("scxml");
    Ok(writer.finish())
}

fn unwritable(place: Place, what: &str) -> Unwritable {
    Unwritable {
        place,
        what: what.to_owned(),
    }
}

/// Whether a text is one name in a list of names.
fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_ascii_whitespace())
}

/// Names as an attribute has them, and whether they were a list.
fn names(node: &Node) -> Option<(String, bool)> {
    match &node.value {
        Value::Text(name) if is_word(name) => Some((name.clone(), false)),
        Value::List(items) if !items.is_empty() => {
            let each = items.iter().map(|item| match &item.value {
                Value::Text(name) if is_word(name) => Some(name.as_str()),
                _ => None,
            });
            Some((each.collect::<Option<Vec<_>>>()?.join(" "), true))
        }
        _ => None,
    }
}

/// The keys of a state, sorted by what becomes of them.
#[derive(Default)]
struct Parts<'n> {
    inside: &'n [(Key, Node)],
    parallel: bool,
    initial: Option<&'n str>,
    ends: bool,
    enter: Option<&'n Node>,
    leave: Option<&'n Node>,
    events: &'n [(Key, Node)],
    rest: Vec<(&'n Key, &'n Node)>,
}

impl<'n> Parts<'n> {
    fn of(entries: &'n [(Key, Node)]) -> Self {
        let mut parts = Parts::default();
        let full = |key: &str| {
            let found = entries.iter().find(|(k, _)| k.name == key);
            found.and_then(|(_, node)| match &node.value {
                Value::Map(inside) if !inside.is_empty() => Some(inside.as_slice()),
                _ => None,
            })
        };
        parts.parallel = full("parallel").is_some();
        parts.inside = full("parallel").or_else(|| full("states")).unwrap_or_default();
        let outcome = entries.iter().any(|(key, _)| key.name == "outcome");
        for (key, node) in entries {
            match (key.name.as_str(), &node.value) {
                ("parallel", _) if parts.parallel => {}
                ("states", _) if !parts.parallel && !parts.inside.is_empty() => {}
                ("initial", Value::Text(name)) if !parts.parallel && !parts.inside.is_empty() && is_word(name) => {
                    parts.initial = Some(name);
                }
                // `<final>` says it, where nothing else says that the state ends.
                ("final", Value::Bool(true)) if parts.inside.is_empty() && !outcome => parts.ends = true,
                ("enter", _) if effects(node).is_some() => parts.enter = Some(node),
                ("leave", _) if effects(node).is_some() => parts.leave = Some(node),
                ("events", Value::Map(events)) if !events.is_empty() => parts.events = events,
                _ => parts.rest.push((key, node)),
            }
        }
        parts.ends |= outcome && parts.inside.is_empty();
        parts
    }

    fn element(&self) -> &'static str {
        match (self.ends, self.parallel) {
            (true, _) => "final",
            (_, true) => "parallel",
            _ => "state",
        }
    }
}

fn state(writer: &mut Writer, around: &str, key: &Key, node: &Node) -> Result<(), Unwritable> {
    let Value::Map(entries) = &node.value else {
        return Err(unwritable(node.place, "a state is a mapping"));
    };
    if !is_id(&key.name) {
        return Err(unwritable(key.place, "the name of a state is an id"));
    }
    let path = if around.is_empty() {
        key.name.clone()
    } else {
        format!("{around}.{}", key.name)
    };
    if entries.iter().any(|(key, _)| key.name == "history") {
        return history(writer, &path, node.place, entries);
    }
    if entries
        .iter()
        .filter(|(key, _)| matches!(key.name.as_str(), "parallel" | "states"))
        .count()
        > 1
    {
        return Err(unwritable(node.place, "a state has either `states` or `parallel`"));
    }
    let parts = Parts::of(entries);
    if parts.ends && parts.events.iter().any(|(_, branches)| leads_on(branches)) {
        let what = format!("`{path}` ends and leads on: a final state of SCXML does not");
        return Err(unwritable(node.place, &what));
    }
    let name = parts.element();
    let mut attributes = vec![("id", path.clone())];
    attributes.extend(parts.initial.map(|inside| ("initial", format!("{path}.{inside}"))));
    writer.open(name, &attributes, node.place)?;
    for (key, node) in &parts.rest {
        value::write_entry(writer, key, node)?;
    }
    for (element, block) in [("onentry", parts.enter), ("onexit", parts.leave)] {
        let Some((node, effects)) = block.and_then(|node| Some((node, effects(node)?))) else {
            continue;
        };
        writer.open(element, &effects.mark(), node.place)?;
        effects.write(writer)?;
        writer.close(element);
    }
    for (event, branches) in parts.events {
        if parts.ends {
            // Something may still be noted on a closed case; SCXML knows no events there.
            value::write(writer, "zm:event", vec![("key", event.name.clone())], branches)?;
        } else {
            transitions(writer, &path, event, branches)?;
        }
    }
    for (key, node) in parts.inside {
        state(writer, &path, key, node)?;
    }
    writer.close(name);
    Ok(())
}

fn history(writer: &mut Writer, path: &str, place: Place, entries: &[(Key, Node)]) -> Result<(), Unwritable> {
    let get = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node);
    let kind = get("history").and_then(|node| match &node.value {
        Value::Text(kind) if matches!(kind.as_str(), "deep" | "shallow") => Some(kind.clone()),
        _ => None,
    });
    let (Some(kind), Some((targets, listed))) = (kind, get("to").and_then(names)) else {
        return Err(unwritable(
            place,
            "a history state is `{history: deep, to: STATE}` or `{history: shallow, to: STATE}`",
        ));
    };
    writer.open("history", &vec![("id", path.to_owned()), ("type", kind)], place)?;
    for (key, node) in entries
        .iter()
        .filter(|(key, _)| !matches!(key.name.as_str(), "history" | "to"))
    {
        value::write_entry(writer, key, node)?;
    }
    let mut attributes = vec![("target", targets)];
    if listed {
        attributes.push(("zm:to", "list".to_owned()));
    }
    writer.empty("transition", &attributes, place)?;
    writer.close("history");
    Ok(())
}

/// Whether one of an event's branches has a target.
fn leads_on(branches: &Node) -> bool {
    match &branches.value {
        Value::Text(_) => true,
        Value::Map(entries) => entries.iter().any(|(key, _)| key.name == "to"),
        Value::List(items) => items.iter().any(leads_on),
        _ => false,
    }
}

fn transitions(writer: &mut Writer, path: &str, event: &Key, node: &Node) -> Result<(), Unwritable> {
    let (branches, listed) = match &node.value {
        Value::List(items) => (items.as_slice(), true),
        _ => (std::slice::from_ref(node), false),
    };
    let written = |branch: &Node| match &branch.value {
        Value::Map(_) => true,
        Value::Text(target) => is_word(target),
        Value::Null => !listed,
        _ => false,
    };
    if branches.is_empty() || !is_id(&event.name) || !branches.iter().all(written) {
        return value::write(writer, "zm:event", vec![("key", event.name.clone())], node);
    }
    for branch in branches {
        let mut attributes = match event.name.as_str() {
            ALWAYS => Vec::new(),
            DONE => vec![("event", format!("done.state.{path}"))],
            name => vec![("event", name.to_owned())],
        };
        if listed {
            attributes.push(("zm:listed", "true".to_owned()));
        }
        transition(writer, attributes, branch)?;
    }
    Ok(())
}

fn transition(writer: &mut Writer, mut attributes: Attributes<'_>, branch: &Node) -> Result<(), Unwritable> {
    let entries = match &branch.value {
        Value::Text(target) => {
            attributes.push(("target", target.clone()));
            attributes.push(("zm:written", "target".to_owned()));
            return writer.empty("transition", &attributes, branch.place);
        }
        Value::Map(entries) => entries.as_slice(),
        _ => {
            attributes.push(("zm:written", "nothing".to_owned()));
            return writer.empty("transition", &attributes, branch.place);
        }
    };
    let mut rest = Vec::new();
    let mut done = None;
    let (mut condition, mut targets, mut kind) = (None, None, None);
    for (key, node) in entries {
        match (key.name.as_str(), &node.value) {
            ("when", Value::Text(text)) => condition = Some(text.clone()),
            ("to", _) if names(node).is_some() => targets = names(node),
            ("internal", Value::Bool(true)) => kind = Some("internal"),
            ("internal", Value::Bool(false)) => kind = Some("external"),
            ("do", _) if effects(node).is_some() => done = effects(node),
            _ => rest.push((key, node)),
        }
    }
    let listed = targets.as_ref().is_some_and(|(_, listed)| *listed);
    attributes.extend(condition.map(|text| ("cond", text)));
    attributes.extend(targets.map(|(names, _)| ("target", names)));
    attributes.extend(kind.map(|kind| ("type", kind.to_owned())));
    attributes.extend(listed.then(|| ("zm:to", "list".to_owned())));
    attributes.extend(done.as_ref().map(Effects::mark).unwrap_or_default());
    // What SCXML says comes before how it was written.
    attributes.sort_by_key(|(name, _)| name.starts_with("zm:"));
    if rest.is_empty() && done.is_none() {
        return writer.empty("transition", &attributes, branch.place);
    }
    writer.open("transition", &attributes, branch.place)?;
    for (key, node) in rest {
        value::write_entry(writer, key, node)?;
    }
    if let Some(effects) = done {
        effects.write(writer)?;
    }
    writer.close("transition");
    Ok(())
}

/// Effects as executable content.
struct Effects<'n> {
    items: &'n [Node],
    /// Whether there was one, and no list of one.
    single: bool,
}

/// The effects in a node; none where it is no list of verbs.
fn effects(node: &Node) -> Option<Effects<'_>> {
    let verb = |node: &Node| match &node.value {
        Value::Text(_) => true,
        Value::Map(entries) => entries.len() == 1,
        _ => false,
    };
    match &node.value {
        Value::List(items) if !items.is_empty() => items.iter().all(verb).then_some(Effects { items, single: false }),
        _ => verb(node).then_some(Effects {
            items: std::slice::from_ref(node),
            single: true,
        }),
    }
}

impl Effects<'_> {
    fn mark(&self) -> Attributes<'static> {
        let single = self.single.then(|| ("zm:single", "true".to_owned()));
        single.into_iter().collect()
    }

    fn write(&self, writer: &mut Writer) -> Result<(), Unwritable> {
        for item in self.items {
            match &item.value {
                Value::Map(entries) => {
                    for (verb, words) in entries {
                        effect(writer, verb, words)?;
                    }
                }
                Value::Text(verb) => {
                    let attributes = vec![("verb", verb.clone()), ("bare", "true".to_owned())];
                    writer.empty("zm:effect", &attributes, item.place)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn effect(writer: &mut Writer, verb: &Key, words: &Node) -> Result<(), Unwritable> {
    match &words.value {
        Value::Text(event) if verb.name == "raise" && is_word(event) => {
            writer.empty("raise", &vec![("event", event.clone())], words.place)
        }
        _ => value::write(writer, "zm:effect", vec![("verb", verb.name.clone())], words),
    }
}
