//! Documents that must exist first (`needs`): an event waits until documents of these kinds were made on the case.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    decision::{Effect, Problem, ProblemCode},
    definition::model::{Definition, Event, Needed},
    text::Label,
};

/// Kinds of documents that were made on a case. Those that no event of its procedure needs may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Dossier {
    kinds: BTreeSet<String>,
}

impl<'k> FromIterator<&'k str> for Dossier {
    fn from_iter<I: IntoIterator<Item = &'k str>>(kinds: I) -> Self {
        Self {
            kinds: kinds.into_iter().map(str::to_owned).collect(),
        }
    }
}

impl Dossier {
    /// Whether a document of this kind was made.
    #[must_use]
    pub fn has(&self, kind: &str) -> bool {
        self.kinds.contains(kind)
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

/// What an event needs and what was not made before it.
pub(crate) fn missing<'e>(event: &'e Event, made: impl Fn(&str) -> bool + 'e) -> impl Iterator<Item = Problem> + 'e {
    event
        .needs
        .iter()
        .filter(move |needed| !made(&needed.kind))
        .map(problem)
}

fn problem(needed: &Needed) -> Problem {
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
