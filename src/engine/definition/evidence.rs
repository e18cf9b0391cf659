//! Evidence that must lie in a case before an event (`evidence`).

use std::collections::BTreeSet;

use crate::{
    clock::LawRef,
    contribution::EvidenceKind,
    definition::{
        authored,
        compile::Compiler,
        grammar::EVIDENCE,
        model::{Definition, State},
        source::{Place, Reader},
    },
    text::Label,
};

/// Evidence of which a piece must lie in the case before an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceWanted {
    /// Its kind; none: any will do.
    pub kind: Option<EvidenceKind>,
    /// The article of the event: it is what asks for the evidence.
    pub law: Option<LawRef>,
    /// Line in the file.
    pub line: u32,
}

impl EvidenceWanted {
    /// What is wanted, in words.
    #[must_use]
    pub fn title(&self) -> Label {
        self.kind.map_or_else(
            || Label {
                zh: "种类不限".to_owned(),
                en: "evidence of any kind".to_owned(),
            },
            EvidenceKind::title,
        )
    }
}

impl Compiler<'_, '_, '_> {
    /// The evidence that an event names.
    pub(super) fn evidence(&mut self, event: &authored::Event) -> Vec<EvidenceWanted> {
        let mut seen = BTreeSet::new();
        let mut wanted = Vec::new();
        for name in &event.evidence {
            if !seen.insert(name.name.as_str()) {
                let message = format!("`{}` is wanted twice", name.name);
                self.r.error("WF109", name.place, &name.path, message, "name it once");
            }
            let Some((_, kind)) = EVIDENCE.iter().find(|(word, _)| *word == name.name) else {
                let known: Vec<&str> = EVIDENCE.iter().map(|(word, _)| *word).collect();
                self.unknown("WF004", "kind of evidence", name, &known);
                continue;
            };
            wanted.push(EvidenceWanted {
                kind: *kind,
                law: self.maybe_law(event.law.as_ref()),
                line: name.place.line,
            });
        }
        wanted
    }
}

/// Evidence that is wanted in vain: of who cannot wait, or where nobody can add any. Whoever may send the event may add evidence
/// in every state but those in which the case has ended.
pub(super) fn check(reader: &mut Reader<'_>, definition: &Definition) {
    for (name, event) in &definition.events {
        let Some(first) = event.evidence.first() else { continue };
        let open = |state: &State| state.outcome.is_none() && state.transitions.contains_key(name);
        let (message, mend) = if event.by.is_empty() || definition.set_off(name) {
            (
                format!(
                    "`{name}` wants evidence, and a clock, another case or `raise` may set it off, which cannot wait"
                ),
                "let somebody send it (`by`) and nothing else set it off, or want no evidence",
            )
        } else if !definition.states.iter().any(open) {
            (
                format!("`{name}` wants evidence, and only cases that have ended know it: nothing is added to those"),
                "let a state without `outcome` know it, or want no evidence",
            )
        } else {
            continue;
        };
        let place = Place {
            line: first.line,
            column: 0,
        };
        reader.error("WF507", place, &format!("events.{name}.evidence"), message, mend);
    }
}
