//! Documents that must exist before an event (`needs`).

use std::collections::BTreeSet;

use crate::{
    clock::LawRef,
    definition::{
        authored,
        compile::Compiler,
        model::{Definition, EffectRule},
        source::{Place, Reader},
    },
    text::Label,
};

/// A document that must have been made on the case before an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Needed {
    /// Its kind, a key of `documents/`.
    pub kind: String,
    /// Its title.
    pub title: Label,
    /// The article behind the document, or that of the event.
    pub law: Option<LawRef>,
    /// Line in the file.
    pub line: u32,
}

impl Compiler<'_, '_, '_> {
    /// The documents that an event names in its `needs`.
    pub(super) fn needs(&mut self, event: &authored::Event) -> Vec<Needed> {
        let mut seen = BTreeSet::new();
        let mut needs = Vec::new();
        for name in &event.needs {
            if !seen.insert(name.name.as_str()) {
                let message = format!("`{}` is needed twice", name.name);
                self.r.error("WF109", name.place, &name.path, message, "name it once");
            }
            let around = self.around;
            let Some(document) = around.documents.get(name.name.as_str()) else {
                let known: Vec<&str> = around.documents.keys().copied().collect();
                self.unknown("WF106", "document of workflows/documents", name, &known);
                continue;
            };
            needs.push(Needed {
                kind: name.name.clone(),
                title: document.title.clone(),
                law: document.law.clone().or_else(|| self.maybe_law(event.law.as_ref())),
                line: name.place.line,
            });
        }
        needs
    }
}

impl Definition {
    /// Kinds of documents that some step publishes.
    pub fn publishes(&self) -> impl Iterator<Item = &String> {
        self.effects().filter_map(|effect| match effect {
            EffectRule::Publish { kind } => Some(kind),
            _ => None,
        })
    }
}

/// Documents that are needed in vain: no effect makes them, or nobody is there to be told that they are missing. In which
/// order they come about is for the exploration to say.
pub(super) fn check(reader: &mut Reader<'_>, definition: &Definition) {
    for (name, event) in &definition.events {
        for needed in &event.needs {
            let kind = &needed.kind;
            let makes = |effect: &EffectRule| matches!(effect, EffectRule::Document { kind: made } if made == kind);
            let (message, mend) = if event.by.is_empty() || definition.set_off(name) {
                (
                    format!(
                        "`{name}` needs `{kind}`, and a clock, another case or `raise` may set it off, which cannot wait"
                    ),
                    "let somebody send it (`by`) and nothing else set it off, or need nothing",
                )
            } else if !definition.effects().any(makes) {
                (
                    format!("`{name}` needs `{kind}`, and no effect of this procedure makes it"),
                    "make it with `document:` in an event before, or need nothing",
                )
            } else {
                continue;
            };
            let place = Place {
                line: needed.line,
                column: 0,
            };
            reader.error("WF501", place, &format!("events.{name}.needs"), message, mend);
        }
    }
}

/// What is published or withdrawn is made somewhere.
pub(super) fn published(reader: &mut Reader<'_>, definition: &Definition) {
    for (line, effect) in definition.placed_effects() {
        let (EffectRule::Publish { kind } | EffectRule::Withdraw { kind }) = effect else {
            continue;
        };
        let makes = |effect: &EffectRule| matches!(effect, EffectRule::Document { kind: made } if made == kind);
        if !definition.effects().any(makes) {
            let message = format!("`{kind}` is published or withdrawn, and no effect of this procedure makes it");
            let mend = "make it with `document:` before, or name a document that is made";
            reader.error("WF509", Place { line, column: 0 }, "do", message, mend);
        }
    }
}
