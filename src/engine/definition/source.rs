//! A YAML file as a tree that knows its lines, and a reader that reports every defect of it at once.
//!
//! Typed deserialisation stops at the first unknown key. An analyst wants them all, so a file is read into [`Node`]s
//! first and decoded by [`Reader`], which collects [`Diagnostic`]s instead of failing.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::{
    clock::iso_day,
    definition::{grammar::Mapping, wide},
    diagnostic::{Diagnostic, Severity},
    yaml,
};

/// Where a node stands in its file, both counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// One value of a YAML document with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where the value starts.
    pub place: Place,
    /// The value.
    pub value: Value,
}

/// The shapes a YAML value takes in the domain pack.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing after the colon.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Text (dates stay text until a reader parses them).
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping in file order.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping with its place.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key as written.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

struct Bare(Value);

impl<'de> Deserialize<'de> for Bare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;
        impl<'de> Visitor<'de> for Shape {
            type Value = Bare;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("text, a whole number, true or false, a list or a mapping")
            }
            fn visit_bool<E>(self, v: bool) -> Result<Bare, E> {
                Ok(Bare(Value::Bool(v)))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Bare, E> {
                Ok(Bare(Value::Integer(v)))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Bare, E> {
                Ok(Bare(
                    i64::try_from(v).map_or_else(|_| Value::Text(v.to_string()), Value::Integer),
                ))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Bare, E> {
                Ok(Bare(Value::Text(v.to_string())))
            }
            fn visit_str<E>(self, v: &str) -> Result<Bare, E> {
                Ok(Bare(Value::Text(v.to_owned())))
            }
            fn visit_string<E>(self, v: String) -> Result<Bare, E> {
                Ok(Bare(Value::Text(v)))
            }
            fn visit_unit<E>(self) -> Result<Bare, E> {
                Ok(Bare(Value::Null))
            }
            fn visit_none<E>(self) -> Result<Bare, E> {
                Ok(Bare(Value::Null))
            }
            fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Bare, D::Error> {
                Bare::deserialize(d)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Bare, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element::<Spanned<Bare>>()? {
                    items.push(Node::from(item));
                }
                Ok(Bare(Value::List(items)))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bare, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    let value = map.next_value::<Spanned<Bare>>()?;
                    let place = place(&key.referenced);
                    entries.push((Key { name: key.value, place }, Node::from(value)));
                }
                Ok(Bare(Value::Map(entries)))
            }
        }
        deserializer.deserialize_any(Shape)
    }
}

fn place(at: &serde_saphyr::Location) -> Place {
    Place {
        line: u32::try_from(at.line()).unwrap_or(0),
        column: u32::try_from(at.column()).unwrap_or(0),
    }
}

impl From<Spanned<Bare>> for Node {
    fn from(spanned: Spanned<Bare>) -> Self {
        Self {
            place: place(&spanned.referenced),
            value: spanned.value.0,
        }
    }
}

/// Reads one YAML document. Duplicate keys, broken syntax and oversized documents are one diagnostic (`WF001`).
pub fn parse(file: &str, text: &str) -> Result<Node, Box<Diagnostic>> {
    match serde_saphyr::from_str_with_options::<Spanned<Bare>>(text, yaml::rules()) {
        Ok(node) => Ok(Node::from(node)),
        Err(error) => {
            let blamed = error
                .location()
                .map(|l| place(&l))
                .unwrap_or(Place { line: 1, column: 1 });
            let message = error.to_string();
            let first = message
                .lines()
                .next()
                .unwrap_or("unreadable")
                .trim_start_matches("error: ");
            // Advice about the parser's options is for programmers.
            let first = first.split_once(", set ").map_or(first, |(told, _)| told);
            // What is readable and not allowed is no matter of signs.
            let unreadable = !["duplicate", "alias", "merge keys"]
                .iter()
                .any(|word| first.contains(word));
            let sign = unreadable.then(|| wide::near(text, blamed.line)).flatten();
            let (at, mend) = sign.unwrap_or_else(|| {
                let mend = "mend the syntax at this line; keys stand once in a mapping";
                (blamed, mend.to_owned())
            });
            Err(Box::new(Diagnostic {
                file: file.to_owned(),
                line: at.line,
                column: at.column,
                code: "WF001",
                severity: Severity::Error,
                path: String::new(),
                message: format!("not readable as YAML: {first}"),
                mend,
            }))
        }
    }
}

impl Node {
    /// The node as JSON, for the canonical form that a definition's hash covers. Places are left out.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(v) => (*v).into(),
            Value::Integer(v) => (*v).into(),
            Value::Text(v) => v.as_str().into(),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => entries.iter().map(|(k, v)| (k.name.clone(), v.to_json())).collect(),
        }
    }

    /// The value under a key, where this is a mapping that has the key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(k, _)| k.name == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The keys, where this is a mapping.
    pub fn keys(&self) -> Vec<&Key> {
        match &self.value {
            Value::Map(entries) => entries.iter().map(|(k, _)| k).collect(),
            _ => Vec::new(),
        }
    }

    fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Integer(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// Collects the diagnostics of one file while it is decoded.
#[derive(Debug)]
pub struct Reader<'a> {
    file: &'a str,
    /// What has been found so far.
    pub found: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    /// The name of the file.
    pub fn file(&self) -> &'a str {
        self.file
    }

    /// A reader for the file of this name.
    pub fn new(file: &'a str) -> Self {
        Self {
            file,
            found: Vec::new(),
        }
    }

    /// Records an error.
    pub fn error(&mut self, code: &'static str, place: Place, path: &str, message: String, mend: &str) {
        self.push(Severity::Error, code, place, path, message, mend);
    }

    /// Records a warning.
    pub fn warning(&mut self, code: &'static str, place: Place, path: &str, message: String, mend: &str) {
        self.push(Severity::Warning, code, place, path, message, mend);
    }

    fn push(&mut self, severity: Severity, code: &'static str, at: Place, path: &str, message: String, mend: &str) {
        self.found.push(Diagnostic {
            file: self.file.to_owned(),
            line: at.line,
            column: at.column,
            code,
            severity,
            path: path.to_owned(),
            message,
            mend: mend.to_owned(),
        });
    }

    fn wrong_kind(&mut self, node: &Node, path: &str, wanted: &str) {
        let message = format!("{} is not {wanted}", node.kind());
        self.error("WF004", node.place, path, message, &format!("write {wanted} here"));
    }

    /// The node as a mapping with known keys; unknown keys are reported each with the nearest known one.
    pub fn map<'n>(&mut self, node: &'n Node, path: &str, known: &[&str]) -> Option<Fields<'n>> {
        let Value::Map(entries) = &node.value else {
            self.wrong_kind(node, path, "a mapping");
            return None;
        };
        for (key, _) in entries {
            if !known.contains(&key.name.as_str()) {
                let all = known.join(", ");
                let near =
                    || nearest(&key.name, known).map(|near| format!("did you mean `{near}`? Known keys here: {all}"));
                let mend = wide::in_word(&key.name).or_else(near);
                let mend = mend.unwrap_or_else(|| format!("known keys here: {all}"));
                self.error("WF002", key.place, path, format!("unknown key `{}`", key.name), &mend);
            }
        }
        Some(Fields {
            place: node.place,
            path: path.to_owned(),
            entries,
        })
    }

    /// The node as a mapping of the grammar; keys that are missing are reported as well as those that are unknown.
    pub(crate) fn mapping<'n>(&mut self, node: &'n Node, path: &str, mapping: &Mapping) -> Option<Fields<'n>> {
        let fields = self.map(node, path, &mapping.names())?;
        for key in mapping.keys.iter().filter(|key| key.required) {
            fields.need(self, key.name);
        }
        Some(fields)
    }

    /// The node as a mapping whose keys are ids (`[a-z][a-z0-9_]*`), in file order.
    pub fn entries<'n>(&mut self, node: &'n Node, path: &str) -> Vec<(&'n Key, &'n Node)> {
        let entries = self.pairs(node, path);
        for (key, _) in &entries {
            if !is_id(&key.name) {
                let message = format!("`{}` is not an id", key.name);
                let rule = || "ids are lower-case letters, digits and _, first a letter".to_owned();
                let mend = wide::in_word(&key.name).unwrap_or_else(rule);
                self.error("WF005", key.place, path, message, &mend);
            }
        }
        entries
    }

    /// The node as a mapping with keys of any kind, such as paths of states, in file order.
    pub fn pairs<'n>(&mut self, node: &'n Node, path: &str) -> Vec<(&'n Key, &'n Node)> {
        let Value::Map(entries) = &node.value else {
            self.wrong_kind(node, path, "a mapping");
            return Vec::new();
        };
        entries.iter().map(|(k, v)| (k, v)).collect()
    }

    /// The node as a list; a single value counts as a list of one.
    pub fn list<'n>(&mut self, node: &'n Node) -> Vec<&'n Node> {
        match &node.value {
            Value::List(items) => items.iter().collect(),
            Value::Null => Vec::new(),
            _ => vec![node],
        }
    }

    /// The node as text.
    pub fn text(&mut self, node: &Node, path: &str) -> Option<String> {
        match &node.value {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(n) => Some(n.to_string()),
            _ => {
                self.wrong_kind(node, path, "text");
                None
            }
        }
    }

    /// The node as a list of texts.
    pub fn texts(&mut self, node: &Node, path: &str) -> Vec<(String, Place)> {
        let items: Vec<&Node> = self.list(node);
        items
            .into_iter()
            .filter_map(|n| self.text(n, path).map(|t| (t, n.place)))
            .collect()
    }

    /// The node as true or false.
    pub fn bool(&mut self, node: &Node, path: &str) -> Option<bool> {
        if let Value::Bool(v) = node.value {
            return Some(v);
        }
        self.wrong_kind(node, path, "true or false");
        None
    }

    /// The node as a whole number.
    pub fn integer(&mut self, node: &Node, path: &str) -> Option<i64> {
        if let Value::Integer(v) = node.value {
            return Some(v);
        }
        self.wrong_kind(node, path, "a whole number");
        None
    }

    /// Parses text with `FromStr`, reporting the parser's message.
    pub fn parsed<T>(&mut self, node: &Node, path: &str, wanted: &str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        let text = self.text(node, path)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let message = format!("`{text}` is not {wanted}: {error}");
                let mend = wide::in_word(&text).unwrap_or_else(|| format!("write {wanted}"));
                self.error("WF004", node.place, path, message, &mend);
                None
            }
        }
    }

    /// The node as an ISO date.
    pub fn date(&mut self, node: &Node, path: &str) -> Option<time::Date> {
        let text = self.text(node, path)?;
        let day = iso_day(&text);
        if day.is_none() {
            let message = format!("`{text}` is not a date");
            let mend = wide::in_word(&text).unwrap_or_else(|| "write a date as 2026-04-15".to_owned());
            self.error("WF004", node.place, path, message, &mend);
        }
        day
    }
}

/// The entries of a mapping, taken by key.
#[derive(Clone, Debug)]
pub struct Fields<'n> {
    /// Where the mapping starts.
    pub place: Place,
    /// Its path in the document.
    pub path: String,
    entries: &'n [(Key, Node)],
}

impl<'n> Fields<'n> {
    /// The value under a key, if the key stands there.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(k, _)| k.name == key).map(|(_, v)| v)
    }

    /// The value under a key that must stand there.
    pub fn need(&self, reader: &mut Reader<'_>, key: &str) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() {
            let message = format!("key `{key}` is missing");
            reader.error("WF003", self.place, &self.path, message, &format!("add `{key}:`"));
        }
        found
    }

    /// Where a key stands, if it does.
    pub fn place_of(&self, key: &str) -> Option<Place> {
        self.entries.iter().find(|(k, _)| k.name == key).map(|(k, _)| k.place)
    }

    /// The lines of all keys.
    pub fn lines(&self) -> BTreeMap<String, u32> {
        let lines = self.entries.iter();
        lines.map(|(key, _)| (key.name.clone(), key.place.line)).collect()
    }

    /// The path of a key below this mapping.
    pub fn at(&self, key: &str) -> String {
        join(&self.path, key)
    }
}

/// Joins two parts of a document path.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Whether a key may name a state, an event, a field.
pub fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The known word that differs least from `word`, if any is near.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|k| (distance(word, k), *k))
        .filter(|(d, k)| *d * 3 <= k.len().max(3))
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut before = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, cb) in b.iter().enumerate() {
            let (Some(&up), Some(&left)) = (row.get(j + 1), row.get(j)) else {
                continue;
            };
            let here = if ca == *cb {
                before
            } else {
                1 + before.min(up).min(left)
            };
            before = up;
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = here;
            }
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unknown_key_is_reported_with_its_line_and_the_nearest_known_one() {
        let node = parse("f.yaml", "stats: 1\ninitial: x\nfoo: y\n").unwrap();
        let mut reader = Reader::new("f.yaml");
        reader.map(&node, "", &["states", "initial"]);
        let lines: Vec<_> = reader.found.iter().map(|d| (d.line, d.code)).collect();
        assert_eq!(lines, [(1, "WF002"), (3, "WF002")]);
        assert!(reader.found[0].mend.contains("`states`"), "{}", reader.found[0].mend);
    }

    #[test]
    fn a_duplicate_key_is_refused_with_its_line() {
        let error = parse("f.yaml", "a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!((error.line, error.code), (3, "WF001"), "{error}");
        assert!(error.message.ends_with("duplicate mapping key: a"), "{}", error.message);
    }

    #[test]
    fn an_alias_is_refused() {
        assert_eq!(parse("f.yaml", "a: &x 1\nb: *x\n").unwrap_err().code, "WF001");
    }

    #[test]
    fn words_that_yaml_1_1_took_for_booleans_stay_text() {
        let node = parse("f.yaml", "a: on\nb: yes\nc: true\nd: 2026-04-15\n").unwrap();
        assert_eq!(
            node.to_json(),
            serde_json::json!({"a": "on", "b": "yes", "c": true, "d": "2026-04-15"})
        );
    }
}
