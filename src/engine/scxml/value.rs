//! Values of a procedure file as elements of our own namespace, and back.
//!
//! Text is the text of an element and a mapping its children; what else a value is stands in its attribute `type`.

use std::collections::BTreeSet;

use roxmltree::Node as Element;

use super::{
    OWN,
    export::Unwritable,
    write::{Attributes, Writer},
    xml::{DEPTH, Source, elements},
};
use crate::{
    definition::source::{Key, Node, Value},
    diagnostic::Diagnostic,
};

/// Element for a key that cannot be the name of one.
const ENTRY: &str = "entry";

/// Writes a value under a key.
pub(super) fn write_entry(writer: &mut Writer, key: &Key, value: &Node) -> Result<(), Unwritable> {
    // These two mean something else beside the keys of a state or a branch.
    let nameable = !matches!(key.name.as_str(), ENTRY | "effect" | "event")
        && key.name.starts_with(|c: char| c.is_ascii_lowercase())
        && key
            .name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    if nameable {
        write(writer, &format!("zm:{}", key.name), Vec::new(), value)
    } else {
        write(writer, "zm:entry", vec![("key", key.name.clone())], value)
    }
}

/// Writes a value as an element.
pub(super) fn write(
    writer: &mut Writer,
    name: &str,
    mut attributes: Attributes<'_>,
    value: &Node,
) -> Result<(), Unwritable> {
    let place = value.place;
    let mut typed = |kind: &str| attributes.push(("type", kind.to_owned()));
    match &value.value {
        Value::Text(text) => writer.leaf(name, &attributes, text, place),
        Value::Integer(number) => {
            typed("integer");
            writer.leaf(name, &attributes, &number.to_string(), place)
        }
        Value::Bool(truth) => {
            typed("bool");
            writer.leaf(name, &attributes, &truth.to_string(), place)
        }
        Value::Null => {
            typed("nothing");
            writer.empty(name, &attributes, place)
        }
        Value::List(items) => {
            typed("list");
            if items.is_empty() {
                return writer.empty(name, &attributes, place);
            }
            writer.open(name, &attributes, place)?;
            for item in items {
                write(writer, "zm:item", Vec::new(), item)?;
            }
            writer.close(name);
            Ok(())
        }
        Value::Map(entries) if entries.is_empty() => {
            typed("map");
            writer.empty(name, &attributes, place)
        }
        Value::Map(entries) => {
            writer.open(name, &attributes, place)?;
            for (key, value) in entries {
                write_entry(writer, key, value)?;
            }
            writer.close(name);
            Ok(())
        }
    }
}

/// Whether an element is of our own namespace and has this name.
pub(super) fn is_own(element: Element<'_, '_>, name: &str) -> bool {
    element.tag_name().namespace() == Some(OWN) && element.tag_name().name() == name
}

/// The key that an element stands for, if it is of our own namespace.
pub(super) fn key(source: &Source<'_>, element: Element<'_, '_>) -> Option<Key> {
    let name = element.tag_name();
    if name.namespace() != Some(OWN) {
        return None;
    }
    let written = element.attribute("key").filter(|_| name.name() == ENTRY);
    Some(Key {
        name: written.unwrap_or(name.name()).to_owned(),
        place: source.place(element),
    })
}

/// The value of an element.
pub(super) fn read(source: &Source<'_>, element: Element<'_, '_>, found: &mut Vec<Diagnostic>) -> Node {
    inner(source, element, 0, found)
}

fn inner(source: &Source<'_>, element: Element<'_, '_>, depth: usize, found: &mut Vec<Diagnostic>) -> Node {
    let place = source.place(element);
    let text = || -> String {
        element
            .children()
            .filter_map(|child| child.text().filter(|_| child.is_text()))
            .collect()
    };
    let mut wrong = |message: String, mend: &str| {
        found.push(source.wrong(place, "WF824", message, mend));
        Value::Null
    };
    let value = match element.attribute("type") {
        _ if depth > DEPTH => wrong(
            format!("values lie more than {DEPTH} deep in each other"),
            "lay them flatter",
        ),
        Some("integer") => match text().trim().parse() {
            Ok(number) => Value::Integer(number),
            Err(_) => wrong(format!("`{}` is not a whole number", text()), "write a whole number"),
        },
        Some("bool") => match text().trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => wrong(format!("`{other}` is not true or false"), "write true or false"),
        },
        Some("nothing") => Value::Null,
        Some("list") => Value::List(
            elements(element)
                .map(|item| inner(source, item, depth + 1, found))
                .collect(),
        ),
        Some("map") => map(source, element, depth, found),
        None if elements(element).next().is_some() => map(source, element, depth, found),
        None => Value::Text(text()),
        Some(other) => wrong(
            format!("`{other}` is not a type of value"),
            "write integer, bool, nothing, list or map; nothing for text",
        ),
    };
    Node { place, value }
}

fn map(source: &Source<'_>, element: Element<'_, '_>, depth: usize, found: &mut Vec<Diagnostic>) -> Value {
    let mut entries = Entries::default();
    for child in elements(element) {
        match key(source, child) {
            Some(key) => {
                let value = inner(source, child, depth + 1, found);
                entries.put(source, key, value, found);
            }
            None => {
                let message = format!("`<{}>` is no part of a procedure", child.tag_name().name());
                let mend = format!("elements here are of the namespace `{OWN}`");
                found.push(source.wrong(source.place(child), "WF822", message, &mend));
            }
        }
    }
    Value::Map(entries.finish())
}

/// A mapping that grows; a key stands in it once.
#[derive(Default)]
pub(super) struct Entries {
    entries: Vec<(Key, Node)>,
    keys: BTreeSet<String>,
}

impl Entries {
    pub(super) fn put(&mut self, source: &Source<'_>, key: Key, value: Node, found: &mut Vec<Diagnostic>) {
        if self.keys.insert(key.name.clone()) {
            self.entries.push((key, value));
        } else {
            let message = format!("`{}` stands twice", key.name);
            found.push(source.wrong(key.place, "WF823", message, "write it once"));
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn finish(self) -> Vec<(Key, Node)> {
        self.entries
    }
}
