//! What was answered in the forms for evidence and messages, and what is made of it.

use serde_json::Value as Json;
use zhengming_engine::{
    contribution::{Contribution, EvidenceFile, EvidenceItem, EvidenceKind, Message},
    decision::{Problem, ProblemCode},
    form::date,
};

use crate::web::{form::typed_day, page::Words, visit::Answers};

/// Answers as they were given.
#[derive(Default)]
pub(super) struct Given {
    pub(super) title: String,
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) file_name: String,
    pub(super) sha256: String,
    pub(super) web_address: String,
    pub(super) obtained_on: String,
    pub(super) kept_by: String,
    pub(super) readers: Vec<String>,
}

impl Given {
    pub(super) fn of(answers: &Answers, is_evidence: bool) -> Self {
        let text = |name: &str| answers.first(name).unwrap_or_default().trim().to_owned();
        let readers = if is_evidence { "readers" } else { "to" };
        Self {
            title: text("title"),
            kind: text("kind"),
            text: text(if is_evidence { "description" } else { "text" }),
            file_name: text("fileName"),
            sha256: text("sha256").to_ascii_lowercase(),
            web_address: text("webAddress"),
            obtained_on: typed_day(answers, "obtainedOn").unwrap_or_default(),
            kept_by: text("keptBy"),
            readers: answers
                .all(readers)
                .filter(|role| !role.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The message.
    pub(super) fn message(&self) -> Contribution {
        Contribution::Message(Message {
            to: self.readers.clone(),
            text: self.text.clone(),
        })
    }

    /// What was said of it. A file whose hash is not known is named here: nobody who sends a receipt knows what a hash is.
    fn description(&self, words: Words) -> Option<String> {
        let named = !self.file_name.is_empty() && self.sha256.is_empty();
        let file = named.then(|| words.with("portal-evidence-file-named", "name", self.file_name.as_str()));
        let said = Some(self.text.clone()).filter(|text| !text.is_empty());
        let said: Vec<String> = said.into_iter().chain(file).collect();
        Some(said.join("\n")).filter(|said| !said.is_empty())
    }

    /// The item of evidence, or what cannot be read of it.
    pub(super) fn evidence(&self, words: Words) -> Result<Contribution, Vec<Problem>> {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let mut problems = Vec::new();
        if self.title.is_empty() {
            problems.push(Problem::field(ProblemCode::MissingField, "title"));
        }
        let kind: Option<EvidenceKind> = serde_json::from_value(Json::String(self.kind.clone())).ok();
        if kind.is_none() {
            problems.push(Problem::field(ProblemCode::MissingField, "kind"));
        }
        let day = some(&self.obtained_on).map(|day| date(&Json::String(day)));
        if let Some(Err(why)) = day {
            problems.push(Problem::value("obtainedOn", why));
        }
        let file = (!self.sha256.is_empty()).then(|| EvidenceFile {
            name: self.file_name.clone(),
            sha256: self.sha256.clone(),
            size: 0,
        });
        match kind {
            Some(kind) if problems.is_empty() => Ok(Contribution::Evidence(EvidenceItem {
                title: self.title.clone(),
                kind,
                description: self.description(words),
                file,
                web_address: some(&self.web_address),
                obtained_on: day.and_then(Result::ok),
                kept_by: some(&self.kept_by),
                readers: self.readers.clone(),
            })),
            _ => Err(problems),
        }
    }
}
