//! What notices and documents tell, and to whom: placeholders that exist, fields that the reader may read, roles that
//! can be reached.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::kept::used;
use crate::{
    definition::{
        model::{Definition, EffectRule, FieldKind, RoleKind, Storage},
        order,
        source::{Place, Reader, nearest},
    },
    diagnostic::{Diagnostic, Severity},
    notice::{self, DocumentKind, Notice},
};

/// Something that a procedure sends or makes.
struct Told<'d> {
    /// Line of the procedure's file that sends it.
    line: u32,
    /// What it is, in words.
    what: String,
    /// Placeholders; fields that a document lists as printed count as placeholders too.
    names: Vec<String>,
    /// Whether it may print personal fields: a document may, a message may not.
    personal: bool,
    /// Roles that read it.
    to: Vec<&'d str>,
}

/// Checks everything that a procedure tells.
pub(super) fn check(
    reader: &mut Reader<'_>,
    definition: &Definition,
    notices: &IndexMap<String, Notice>,
    documents: &IndexMap<String, DocumentKind>,
) {
    for (line, effect) in definition.placed_effects() {
        match effect {
            EffectRule::Notify { to, .. } | EffectRule::Escalate { to, .. } => {
                let superior = matches!(effect, EffectRule::Escalate { .. });
                reached(reader, definition, line, to, superior);
            }
            EffectRule::Publish { kind } => {
                let document = documents.get(kind).into_iter();
                document.for_each(|document| for_everybody(reader, definition, line, (kind, document)));
            }
            EffectRule::Document { kind } => {
                let fields = documents.get(kind).into_iter().flat_map(|d| &d.fields);
                for field in fields.filter(|f| !definition.fields.contains_key(*f)) {
                    let message = format!("document `{kind}` prints `{field}`, which this procedure does not record");
                    reader.error("WF502", at(line), "", message, "record the field or drop it");
                }
            }
            _ => {}
        }
    }
    for rung in definition.clocks.values().flat_map(|clock| &clock.warn) {
        reached(reader, definition, rung.line, &rung.notify, false);
    }
    idle(reader, definition, documents);
    emptied(reader, definition, notices, documents);
    for told in everything(definition, notices, documents) {
        for name in &told.names {
            known(reader, definition, &told, name);
            cited(reader, definition, documents, &told, name);
            readable(reader, definition, &told, name);
        }
    }
}

fn at(line: u32) -> Place {
    Place { line, column: 0 }
}

/// Roles outside of the staff that do nothing, read nothing and are told nothing: nobody would know why they are there.
fn idle(reader: &mut Reader<'_>, definition: &Definition, documents: &IndexMap<String, DocumentKind>) {
    let mut named: BTreeSet<&String> = definition.filing.by.iter().collect();
    for event in definition.events.values() {
        named.extend(event.by.iter().chain(&event.seen_by));
    }
    named.extend(definition.fields.values().flat_map(|field| &field.readers));
    for effect in definition.effects() {
        match effect {
            EffectRule::Notify { to, .. } | EffectRule::Escalate { to, .. } => named.extend(to),
            EffectRule::Document { kind } => named.extend(documents.get(kind).into_iter().flat_map(|d| &d.readers)),
            _ => {}
        }
    }
    let rungs = definition.clocks.values().flat_map(|clock| &clock.warn);
    named.extend(rungs.flat_map(|rung| &rung.notify));
    let outside = definition.roles.iter().filter(|(_, role)| role.kind != RoleKind::Staff);
    for (name, role) in outside.filter(|(name, _)| !named.contains(name)) {
        let message = format!("role `{name}` does nothing, reads nothing and is told nothing");
        let mend = "let it send an event, read a field or be told something, or take it out";
        reader.warning("WF403", at(role.line), &format!("roles.{name}"), message, mend);
    }
}

fn everything<'d>(
    definition: &'d Definition,
    notices: &'d IndexMap<String, Notice>,
    documents: &'d IndexMap<String, DocumentKind>,
) -> Vec<Told<'d>> {
    let message = |line: u32, key: &str, to: &'d [String]| {
        let notice = notices.get(key)?;
        let texts = [&notice.subject.zh, &notice.subject.en, &notice.body.zh, &notice.body.en];
        Some(Told {
            line,
            what: format!("notice {key}"),
            names: placeholders(&texts),
            personal: false,
            to: to.iter().map(String::as_str).collect(),
        })
    };
    let effects = definition.placed_effects().filter_map(|(line, effect)| match effect {
        EffectRule::Notify { to, notice } | EffectRule::Escalate { to, notice } => message(line, notice, to),
        EffectRule::Document { kind } => {
            let document = documents.get(kind)?;
            Some(Told {
                line,
                what: format!("document {kind}"),
                names: printed(definition, document),
                personal: true,
                to: document.readers.iter().map(String::as_str).collect(),
            })
        }
        _ => None,
    });
    let rungs = definition.clocks.values().flat_map(|clock| &clock.warn);
    let warnings = rungs.filter_map(|rung| message(rung.line, &rung.notice, &rung.notify));
    // Sent by no effect, of cases of every procedure.
    let of_service = notice::OF_SERVICE
        .into_iter()
        .filter_map(|key| message(definition.lines.version, key, &[]));
    effects.chain(warnings).chain(of_service).collect()
}

/// A document or message is written with what stands at the end of its step: what the step empties is not in it any more.
fn emptied(
    reader: &mut Reader<'_>,
    definition: &Definition,
    notices: &IndexMap<String, Notice>,
    documents: &IndexMap<String, DocumentKind>,
) {
    let mut said = BTreeSet::new();
    for step in order::steps(definition) {
        for (i, (line, effect)) in step.iter().enumerate() {
            let EffectRule::Clear { field } = effect else { continue };
            let written = |effect: &EffectRule| match effect {
                EffectRule::Document { kind } => documents.get(kind).map(|kind| printed(definition, kind)),
                EffectRule::Notify { notice, .. } | EffectRule::Escalate { notice, .. } => notices
                    .get(notice)
                    .map(|notice| placeholders(&[&notice.subject.zh, &notice.body.zh])),
                _ => None,
            };
            let name = format!("field.{field}");
            let prints = |(_, effect): &&(u32, &EffectRule)| written(effect).is_some_and(|names| names.contains(&name));
            if step.iter().take(i).any(|effect| prints(&effect)) && said.insert((*line, field)) {
                let message = format!(
                    "the step empties `{field}`, and what it writes before prints it: nothing would stand there"
                );
                let mend = "empty the field in a later step, or before what is written";
                reader.error("WF502", at(*line), "do", message, mend);
            }
        }
    }
}

/// What a document prints; fields that it lists count as placeholders too.
fn printed(definition: &Definition, document: &DocumentKind) -> Vec<String> {
    let listed = document.fields.iter().filter(|f| definition.fields.contains_key(*f));
    let mut names = placeholders(&[&document.body.zh, &document.body.en]);
    names.extend(listed.map(|field| format!("field.{field}")));
    names.sort();
    names.dedup();
    names
}

/// What everybody reads says how to reach nobody, and names no account.
fn for_everybody(reader: &mut Reader<'_>, definition: &Definition, line: u32, (kind, document): (&str, &DocumentKind)) {
    for name in printed(definition, document) {
        let field = name.strip_prefix("field.").and_then(|name| definition.fields.get(name));
        let reaches = field.is_some_and(|field| {
            matches!(
                field.kind,
                FieldKind::Account { .. } | FieldKind::Phone | FieldKind::Mail
            )
        });
        if name == notice::LISTED {
            let message = format!("document `{kind}` is published and lists all papers of the case");
            let mend = "publish another one that leaves the list out";
            reader.error("WF504", at(line), "", message, mend);
        }
        if reaches {
            let message = format!(
                "document `{kind}` is published and prints `{{{name}}}`, an account or a way to reach somebody"
            );
            let mend = "drop it from the document, or publish another one that leaves it out";
            reader.error("WF504", at(line), "", message, mend);
        }
    }
}

fn placeholders(texts: &[&String]) -> Vec<String> {
    let names = texts.iter().flat_map(|text| notice::placeholders(text));
    names.map(str::to_owned).collect()
}

/// A placeholder names a clock or a field of the procedure, and a message no personal one.
fn known(reader: &mut Reader<'_>, definition: &Definition, told: &Told<'_>, name: &str) {
    let storage = |field: &str| definition.fields.get(field).map(|f| f.storage);
    let good = match name.split('.').collect::<Vec<_>>().as_slice() {
        ["clock", clock, "due"] => definition.clocks.contains_key(*clock),
        ["field", field] => match storage(field) {
            Some(Storage::Case) => true,
            Some(Storage::Personal) => told.personal,
            Some(Storage::Identity) | None => false,
        },
        ["holder", ..] => misnamed(definition, name).is_none(),
        _ => true,
    };
    if good {
        return;
    }
    let what = &told.what;
    let (message, mend) = match (misnamed(definition, name), told.personal) {
        (Some(mend), _) => (format!("{what} uses `{{{name}}}`, which this procedure has not"), mend),
        (None, false) => (
            format!("{what} uses `{{{name}}}`, which is personal, and a message is read by whoever gets it"),
            "drop it, or print it in a document; messages name clocks and fields with `storage: case`".to_owned(),
        ),
        // Where the identity stands is said with who may not read it.
        (None, true) => return,
    };
    reader.error("WF502", at(told.line), "", message, &mend);
}

/// A paper that a document cites is made in the same procedure, and bears a number where that is cited.
fn cited(
    reader: &mut Reader<'_>,
    definition: &Definition,
    documents: &IndexMap<String, DocumentKind>,
    told: &Told<'_>,
    name: &str,
) {
    let parts: Vec<&str> = name.split('.').collect();
    let ["document", kinds @ .., part] = parts.as_slice() else {
        return;
    };
    let (_, made) = used(definition);
    let what = &told.what;
    for kind in kinds {
        let (message, mend) = match documents.get(*kind).filter(|_| made.contains(kind)) {
            Some(document) if *part != "number" || document.numbered() => continue,
            Some(_) => (
                format!("{what} uses `{{{name}}}`, and document `{kind}` bears no number"),
                "cite its date, or give it a line `{document.number}`".to_owned(),
            ),
            None => {
                let near = nearest(kind, &made).map(|near| name.replacen(*kind, near, 1));
                let near = near.map(|near| format!("did you mean `{{{near}}}`?"));
                (
                    format!("{what} uses `{{{name}}}`, and this procedure makes no document `{kind}`"),
                    near.unwrap_or_else(|| "cite a document that the same procedure makes".to_owned()),
                )
            }
        };
        reader.error("WF502", at(told.line), "", message, &mend);
    }
}

/// What was probably meant by a placeholder whose clock, field or role the procedure has not.
fn misnamed(definition: &Definition, name: &str) -> Option<String> {
    if let Some(roles) = name.strip_prefix("holder.") {
        return unheld(definition, roles);
    }
    let clock = name.strip_prefix("clock.").and_then(|name| name.strip_suffix(".due"));
    let (wanted, known): (&str, Vec<&str>) = match (clock, name.strip_prefix("field.")) {
        (Some(clock), _) => (clock, definition.clocks.keys().map(String::as_str).collect()),
        (None, Some(field)) => (field, definition.fields.keys().map(String::as_str).collect()),
        (None, None) => return None,
    };
    if known.contains(&wanted) {
        return None;
    }
    let near = nearest(wanted, &known).map(|near| format!("did you mean `{{{}}}`?", name.replacen(wanted, near, 1)));
    let else_say = || "messages name clocks and non-personal fields of the procedure that sends them".to_owned();
    Some(near.unwrap_or_else(else_say))
}

/// What was probably meant by a role that no organisation holds: one that the procedure has not, or a party's.
fn unheld(definition: &Definition, roles: &str) -> Option<String> {
    let roles_of_offices = definition.roles.iter().filter(|(_, role)| role.kind != RoleKind::Party);
    let mut held: Vec<&str> = roles_of_offices.map(|(name, _)| name.as_str()).collect();
    // The service's own: the office that took the case in.
    held.push("intake");
    let wanted = roles.split('.').find(|role| !held.contains(role))?;
    let near = nearest(wanted, &held).map(|near| format!("did you mean `{{holder.{near}}}`?"));
    Some(near.unwrap_or_else(|| format!("organisations hold the roles {}", held.join(", "))))
}

/// Who is told something may read the fields that it prints; nobody is told an identity.
fn readable(reader: &mut Reader<'_>, definition: &Definition, told: &Told<'_>, name: &str) {
    let outside = |role: &&&str| definition.roles.get(**role).is_some_and(|r| r.kind != RoleKind::Staff);
    if name == notice::LISTED && told.to.iter().any(|role| outside(&role)) {
        let message = format!(
            "{} lists all papers of the case, and not all are for its readers",
            told.what
        );
        let mend = "cite the papers that they have by `{document.KIND.number}`";
        reader.error("WF504", at(told.line), "", message, mend);
    }
    let field = name.strip_prefix("field.");
    let Some((name, field)) = field.and_then(|name| definition.fields.get_key_value(name)) else {
        return;
    };
    if field.storage == Storage::Identity {
        let message = format!("{} prints `{name}`, which is somebody's identity", told.what);
        let mend = "drop it: the addressee is added on service";
        reader.error("WF504", at(told.line), "", message, mend);
        return;
    }
    for role in told.to.iter().filter(outside) {
        if !field.is_read_by(role, &definition.roles) {
            let message = format!("{} shows `{name}` to `{role}`, who may not read it", told.what);
            let mend = format!("drop it from the text, or add `{role}` to the `readers` of the field");
            reader.error("WF504", at(told.line), "", message, &mend);
        }
    }
}

/// Somebody holds each role that is told something.
fn reached(reader: &mut Reader<'_>, definition: &Definition, line: u32, to: &[String], superior: bool) {
    if to.is_empty() {
        let message = "nobody is told".to_owned();
        reader.error(
            "WF503",
            at(line),
            "",
            message,
            "name roles in `to:` (`notify:` of a warning)",
        );
    }
    for name in to {
        let Some(role) = definition.roles.get(name) else {
            continue;
        };
        let gives = |effect: &EffectRule| match effect {
            EffectRule::Assign { role, .. } | EffectRule::Delegate { role, .. } | EffectRule::Keep { role } => {
                role == name
            }
            _ => false,
        };
        let message = match role.kind {
            RoleKind::Party if superior => format!("`{name}` is a party: the superior organisation has no such role"),
            RoleKind::Delegate if !definition.effects().any(gives) => {
                format!("`{name}` is told something and has no address: nothing gives this role to anybody")
            }
            _ => continue,
        };
        let mend = "give the role by `delegate:` or `assign:`, or tell somebody else";
        reader.error("WF503", at(line), "", message, mend);
    }
}

/// Notices that nothing sends and documents that nothing makes.
pub(super) fn unused<'d>(
    notices: &IndexMap<String, Notice>,
    documents: &IndexMap<String, DocumentKind>,
    definitions: impl Iterator<Item = &'d Definition>,
) -> Vec<Diagnostic> {
    // Sent by the service itself.
    let mut told: BTreeSet<&str> = notice::OF_SERVICE.into();
    let mut made: BTreeSet<&str> = BTreeSet::new();
    for definition in definitions {
        let (notices, documents) = used(definition);
        told.extend(notices);
        made.extend(documents);
    }
    let mut found = Vec::new();
    let mut idle = |(file, line): &(String, u32), path: String, message: String| {
        let mut reader = Reader::new(file);
        let mend = "name it in an effect, or take it out: what cases were told and given is kept with them";
        reader.warning("WF508", at(*line), &path, message, mend);
        found.append(&mut reader.found);
    };
    for (key, notice) in notices.iter().filter(|(key, _)| !told.contains(key.as_str())) {
        let message = format!("no procedure sends notice `{key}`");
        idle(&notice.at, format!("notices.{key}"), message);
    }
    for (key, document) in documents.iter().filter(|(key, _)| !made.contains(key.as_str())) {
        let message = format!("no procedure makes document `{key}`");
        idle(&document.at, format!("documents.{key}"), message);
    }
    found
}

/// Readers of a document are roles of a procedure that makes it.
pub(super) fn readers<'d>(
    documents: &IndexMap<String, DocumentKind>,
    definitions: impl Iterator<Item = &'d Definition> + Clone,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (key, document) in documents {
        let makes = |definition: &&Definition| {
            let mut effects = definition.effects();
            effects.any(|effect| matches!(effect, EffectRule::Document { kind } if kind == key))
        };
        let mut makers = definitions.clone().filter(makes).peekable();
        if makers.peek().is_none() {
            continue;
        }
        let known: BTreeSet<&str> = makers.flat_map(|d| d.roles.keys()).map(String::as_str).collect();
        for role in document.readers.iter().filter(|role| !known.contains(role.as_str())) {
            let names: Vec<&str> = known.iter().copied().collect();
            found.push(Diagnostic {
                file: document.at.0.clone(),
                line: document.at.1,
                column: 0,
                code: "WF102",
                severity: Severity::Error,
                path: format!("documents.{key}.readers"),
                message: format!("`{role}` is no role of a procedure that makes document `{key}`"),
                mend: format!("known roles: {}", names.join(", ")),
            });
        }
    }
    found
}
