//! Notices and documents as data: bilingual templates whose placeholders are checked when they are loaded.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::{
    clock::{Law, LawRef},
    definition::{
        compile::canonical_hash,
        decode::{label, named, names},
        source::{Fields, Node, Place, Reader},
    },
    sheet,
    text::Label,
};

/// How placeholders begin that only documents have a value for.
const PAPER: [&str; 3] = ["document.", "holder.", LISTED];
/// The placeholder that lists the papers of the case.
pub const LISTED: &str = "case.documents";

/// A message to a party or an officer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Subject line.
    pub subject: Label,
    /// Body with placeholders such as `{case.number}`.
    pub body: Label,
    /// Legal basis.
    pub law: Option<LawRef>,
    /// Hash of all this: by it a message remembers as what it was sent.
    #[serde(skip)]
    pub wording: String,
    /// File and line in which it stands.
    #[serde(skip)]
    pub at: (String, u32),
}

impl Notice {
    fn new(subject: Label, body: Label, law: Option<LawRef>, at: (String, u32)) -> Self {
        let mut notice = Self {
            subject,
            body,
            law,
            wording: String::new(),
            at,
        };
        notice.wording = hash(&notice);
        notice
    }
}

/// A kind of document (文书).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentKind {
    /// Its title.
    pub title: Label,
    /// Number of the official form, for example `2026/5`.
    pub form: Option<String>,
    /// Legal basis.
    pub law: Option<LawRef>,
    /// Parties that receive it.
    pub readers: Vec<String>,
    /// Case fields that it prints.
    pub fields: Vec<String>,
    /// Text with placeholders.
    pub body: Label,
    /// Whether it says something of other papers of its case.
    #[serde(skip)]
    pub cites: bool,
    /// Hash of all this: by it a document remembers as what it was issued.
    #[serde(skip)]
    pub wording: String,
    /// File and line in which it stands.
    #[serde(skip)]
    pub at: (String, u32),
}

impl DocumentKind {
    /// Whether it bears a number.
    #[must_use]
    pub fn numbered(&self) -> bool {
        self.body.zh.contains(sheet::NUMBER)
    }
}

/// Whether a text says something of other papers of the case: `{document.KIND.number}`, `{case.documents}`.
fn cites(text: &Label) -> bool {
    let mut names = [&text.zh, &text.en].into_iter().flat_map(|text| placeholders(text));
    names.any(|name| name == LISTED || matches!(name.split('.').collect::<Vec<_>>().as_slice(), ["document", _, .., _]))
}

fn hash(template: &impl Serialize) -> String {
    serde_json::to_value(template).map_or_else(|_| String::new(), |template| canonical_hash(&template))
}

/// Key of the notice that tells officers of deadlines that moved because the law or its calendar changed. A pack without it
/// tells nobody; the case history has the old and the new dates in any case.
pub const DEADLINES_MOVED: &str = "deadlines_moved";

/// Key of the notice that tells of a message; without it a message is seen on the case's page alone.
pub const MESSAGE_RECEIVED: &str = "message_received";

/// Key of the notice that tells of an item of evidence; without it the item is seen on the case's page alone.
pub const EVIDENCE_RECEIVED: &str = "evidence_received";

/// Key of the notice that tells who goes on with a case that came by file; without it the case is seen in the work list alone.
pub const CASE_ARRIVED: &str = "case_arrived";

/// Notices that the service sends by itself: no procedure names them.
pub const OF_SERVICE: [&str; 4] = [DEADLINES_MOVED, MESSAGE_RECEIVED, EVIDENCE_RECEIVED, CASE_ARRIVED];

/// The values behind placeholders, looked up by name (`case.number`, `clock.mediation.due`, `field.amount`).
pub type Values = BTreeMap<String, String>;

/// Fills the placeholders of a template. Unknown ones stay visible as `…`, so a gap is seen and not silently dropped.
pub fn fill(template: &str, values: &Values) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let Some(end) = after.find('}') else {
            out.push_str(after);
            return out;
        };
        let name = after.get(1..end).unwrap_or_default();
        out.push_str(values.get(name).map_or("…", String::as_str));
        rest = after.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Names of the placeholders of a template.
pub fn placeholders(template: &str) -> Vec<&str> {
    let pieces = template.split('{').skip(1);
    pieces
        .filter_map(|piece| piece.split_once('}').map(|(name, _)| name))
        .collect()
}

fn law_at(r: &mut Reader<'_>, map: &Fields<'_>, law: &Law) -> Option<LawRef> {
    let node = map.get("law")?;
    let path = map.at("law");
    let parsed: LawRef = r.parsed(node, &path, "a law reference such as `samr-121#15`")?;
    if let Some((message, mend)) = law.fault_of(&parsed) {
        r.error("WF107", node.place, &path, message, mend);
        return None;
    }
    Some(parsed)
}

fn known(name: &str) -> bool {
    let parts: Vec<&str> = name.split('.').collect();
    match parts.as_slice() {
        ["case", "number" | "title" | "filed" | "documents"] | ["receipt", "link"] => true,
        ["organisation"] | ["organisation", "superior"] => true,
        ["holder", roles @ ..] => !roles.is_empty() && roles.iter().all(|role| !role.is_empty()),
        ["document", "number" | "date" | "rows"] | ["deadlines", "moved"] => true,
        ["document", kinds @ .., "number" | "date"] => kinds.iter().all(|kind| !kind.is_empty()),
        ["clock", clock, "due"] => !clock.is_empty(),
        ["field", field] => !field.is_empty(),
        _ => false,
    }
}

/// `elsewhere`: how placeholders begin that this kind of text has no value for.
fn check_placeholders(r: &mut Reader<'_>, text: &Label, place: Place, path: &str, elsewhere: &[&str]) {
    let set = |template| placeholders(template).into_iter().collect::<BTreeSet<_>>();
    let (zh, en) = (set(&text.zh), set(&text.en));
    if let Some(name) = zh.symmetric_difference(&en).next() {
        let language = if zh.contains(name) { "English" } else { "Chinese" };
        let message = format!("`{{{name}}}` is missing in the {language} text");
        r.warning("WF502", place, path, message, "say the same in both languages");
    }
    for template in [&text.zh, &text.en] {
        if !closed(template) {
            let message = "a brace is not closed, stands twice, or is not a plain one".to_owned();
            r.error("WF502", place, path, message, "write placeholders as {case.number}");
        }
        for name in placeholders(template) {
            if !known(name) || elsewhere.iter().any(|part| name.starts_with(*part)) {
                let mend = "known: {case.number} {case.title} {case.filed} {case.documents} {organisation} \
                            {organisation.superior} {holder.ROLE} {receipt.link} {document.number} {document.date} \
                            {document.rows} {document.KIND.number} {document.KIND.date} {clock.NAME.due} {field.NAME} \
                            {deadlines.moved}";
                r.error("WF502", place, path, format!("unknown placeholder `{{{name}}}`"), mend);
            }
        }
    }
}

/// Whether each plain brace that opens is closed before the next opens, and no other sign stands for one.
fn closed(template: &str) -> bool {
    let mut open = false;
    for c in template.chars() {
        match c {
            '｛' | '｝' => return false,
            '{' | '}' if open == (c == '{') => return false,
            '{' | '}' => open = c == '{',
            _ => {}
        }
    }
    !open && !template.contains("${")
}

/// Reads one file of notices into `all`.
pub(crate) fn read_notices(r: &mut Reader<'_>, root: &Node, law: &Law, all: &mut IndexMap<String, Notice>) {
    let Some(map) = r.map(root, "", &["notices"]) else {
        return;
    };
    let Some(node) = map.need(r, "notices") else { return };
    for (key, value) in r.entries(node, "notices") {
        let path = format!("notices.{}", key.name);
        let Some(fields) = r.map(value, &path, &["subject", "body", "law"]) else {
            continue;
        };
        let subject = fields
            .need(r, "subject")
            .map(|n| label(r, n, &fields.at("subject")))
            .unwrap_or_default();
        let body = fields
            .need(r, "body")
            .map(|n| label(r, n, &fields.at("body")))
            .unwrap_or_default();
        check_placeholders(r, &subject, key.place, &path, &PAPER);
        check_placeholders(r, &body, key.place, &path, &PAPER);
        let law = law_at(r, &fields, law);
        let at = (r.file().to_owned(), key.place.line);
        if all
            .insert(key.name.clone(), Notice::new(subject, body, law, at))
            .is_some()
        {
            r.error(
                "WF109",
                key.place,
                &path,
                format!("notice `{}` stands twice", key.name),
                "rename one",
            );
        }
    }
}

/// Reads one file of document kinds into `all`.
pub(crate) fn read_documents(r: &mut Reader<'_>, root: &Node, law: &Law, all: &mut IndexMap<String, DocumentKind>) {
    let Some(map) = r.map(root, "", &["documents"]) else {
        return;
    };
    let Some(node) = map.need(r, "documents") else { return };
    for (key, value) in r.entries(node, "documents") {
        let path = format!("documents.{}", key.name);
        let known = ["title", "form", "law", "readers", "fields", "body"];
        let Some(fields) = r.map(value, &path, &known) else {
            continue;
        };
        let title = fields
            .need(r, "title")
            .map(|n| label(r, n, &fields.at("title")))
            .unwrap_or_default();
        let body = fields
            .need(r, "body")
            .map(|n| label(r, n, &fields.at("body")))
            .unwrap_or_default();
        check_placeholders(r, &body, key.place, &path, &["deadlines.moved"]);
        if !sheet::rows_have_a_place(&body.zh) || !sheet::rows_have_a_place(&body.en) {
            let message = "`{document.rows}` stands where no list can be printed".to_owned();
            let mend = "write it once, as a line of its own, above `{document.date}`";
            r.error("WF502", key.place, &path, message, mend);
        }
        let mut list = |name: &str| -> Vec<String> {
            let nodes = fields
                .get(name)
                .map(|n| names(r, n, &fields.at(name)))
                .unwrap_or_default();
            nodes.into_iter().map(|n| n.name).collect()
        };
        let (readers, printed) = (list("readers"), list("fields"));
        let form = fields.get("form").and_then(|n| official_form(r, n, &fields.at("form")));
        let law = law_at(r, &fields, law);
        let mut kind = DocumentKind {
            title,
            form,
            law,
            readers,
            fields: printed,
            cites: cites(&body),
            body,
            wording: String::new(),
            at: (r.file().to_owned(), key.place.line),
        };
        kind.wording = hash(&kind);
        if all.insert(key.name.clone(), kind).is_some() {
            r.error(
                "WF109",
                key.place,
                &path,
                format!("document `{}` stands twice", key.name),
                "rename one",
            );
        }
    }
}

/// The number of an official form: the year of its set and its place in it, as in `2026/5`.
fn official_form(r: &mut Reader<'_>, node: &Node, path: &str) -> Option<String> {
    let form = named(r, node, path)?;
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
    };
    let whole = form.name.split_once('/');
    if whole.is_some_and(|(year, place)| number(year, 4..=4) && number(place, 1..=3)) {
        return Some(form.name);
    }
    let message = format!("`{}` is no number of an official form", form.name);
    r.error(
        "WF004",
        form.place,
        path,
        message,
        "write the year of the set and the place in it: `2026/5`",
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_leaves_a_visible_gap_and_never_a_panic() {
        let values = Values::from([("case.number".to_owned(), "WH26-1".to_owned())]);
        assert_eq!(
            fill("案件{case.number}，至{clock.x.due}。{", &values),
            "案件WH26-1，至…。{"
        );
    }
}
