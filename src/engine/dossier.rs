//! What must be there first: an event waits until documents of the kinds that it `needs` were made on the case, and until a
//! piece of each kind of `evidence` lies in it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    contribution::{Contribution, EvidenceKind},
    decision::{Effect, Problem, ProblemCode},
    definition::model::{Definition, Event, EvidenceWanted, Needed},
    text::Label,
};

/// Kinds of documents that were made on a case, and of evidence that lies in it. Documents that no event of its procedure needs
/// may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Dossier {
    kinds: BTreeSet<String>,
    evidence: BTreeSet<EvidenceKind>,
}

impl<'k> FromIterator<&'k str> for Dossier {
    fn from_iter<I: IntoIterator<Item = &'k str>>(kinds: I) -> Self {
        Self {
            kinds: kinds.into_iter().map(str::to_owned).collect(),
            evidence: BTreeSet::new(),
        }
    }
}

impl Dossier {
    /// Whether a document of this kind was made.
    #[must_use]
    pub fn has(&self, kind: &str) -> bool {
        self.kinds.contains(kind)
    }

    /// Whether a piece of evidence of this kind, or of any, lies in the case.
    #[must_use]
    pub fn holds(&self, kind: Option<EvidenceKind>) -> bool {
        kind.map_or(!self.evidence.is_empty(), |kind| self.evidence.contains(&kind))
    }

    /// Lays down what was added to the case, if it is evidence.
    pub fn lay(&mut self, contribution: &Contribution) {
        if let Contribution::Evidence(item) = contribution {
            self.evidence.insert(item.kind);
        }
    }

    /// The same with evidence of every kind, for whoever plays cases without any: it can always be added.
    #[must_use]
    pub fn with_all_evidence(mut self) -> Self {
        self.evidence = EvidenceKind::ALL.into();
        self
    }

    /// Follows the effects of a decision, for whoever plays cases without a record of their documents.
    pub fn follow(&mut self, definition: &Definition, effects: &[Effect]) {
        for effect in effects {
            if let Effect::Document { kind } = effect
                && definition.needed.contains(kind)
            {
                self.kinds.insert(kind.clone());
            }
        }
    }
}

/// Everything that must be there before an event and is not: documents and evidence.
pub(crate) fn lacking<'e>(
    event: &'e Event,
    made: impl Fn(&str) -> bool + 'e,
    lies: impl Fn(Option<EvidenceKind>) -> bool + 'e,
) -> impl Iterator<Item = Problem> + 'e {
    let documents = event.needs.iter().filter(move |needed| !made(&needed.kind));
    let evidence = event.evidence.iter().filter(move |wanted| !lies(wanted.kind));
    documents.map(unmade).chain(evidence.map(unproved))
}

fn unmade(needed: &Needed) -> Problem {
    let code = ProblemCode::DocumentNeeded;
    let reason = Label {
        zh: format!("须先制作《{}》。", needed.title.zh),
        en: format!("“{}” must be made first.", needed.title.en),
    };
    Problem {
        requirement: Some((code.as_str().to_owned(), reason)),
        law: needed.law.clone(),
        ..Problem::new(code)
    }
}

fn unproved(wanted: &EvidenceWanted) -> Problem {
    let code = ProblemCode::EvidenceNeeded;
    let title = wanted.title();
    let reason = Label {
        zh: format!("案件中须先有证据：{}。", title.zh),
        en: format!("Evidence must be added to the case first: {}.", title.en),
    };
    Problem {
        requirement: Some((code.as_str().to_owned(), reason)),
        law: wanted.law.clone(),
        ..Problem::new(code)
    }
}
