//! What somebody adds to a case without moving it: an item of evidence, a message.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::{
    decision::{Problem, ProblemCode},
    definition::model::{Definition, RoleKind},
    form::{ValueProblem, has_control},
    text::Label,
};

/// Most characters of a title, of a file's name, of a web address.
const LINE: usize = 200;
/// Most characters of a web address.
const ADDRESS: usize = 1_000;
/// Most characters of a message or a description.
const TEXT: usize = 5_000;

/// Something that is added to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contribution {
    /// A message between a party and those who work on the case.
    Message(Message),
    /// An item of evidence.
    Evidence(EvidenceItem),
}

/// A message on a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Roles that it is for. None: those who handle the case.
    pub to: Vec<String>,
    /// What it says, 1 to 5,000 characters.
    pub text: String,
}

/// An item of evidence, as it was named by whoever added it. The thing or the file stays with whoever keeps it; of a file
/// the hash says later whether it is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// What it is, 1 to 200 characters.
    pub title: String,
    /// Of which kind.
    pub kind: EvidenceKind,
    /// What it shows, and what else there is to say, up to 5,000 characters.
    pub description: Option<String>,
    /// The file, where it is one.
    pub file: Option<EvidenceFile>,
    /// Where it was found on the web, up to 1,000 characters.
    pub web_address: Option<String>,
    /// Day on which it was obtained.
    #[serde(with = "crate::clock::iso_date::option")]
    pub obtained_on: Option<Date>,
    /// Who keeps it, up to 200 characters.
    pub kept_by: Option<String>,
    /// Roles that may read it beside those who handle the case and whoever added it.
    pub readers: Vec<String>,
}

/// A file, by what tells it from every other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceFile {
    /// Its name, 1 to 200 characters.
    pub name: String,
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// How many bytes it has.
    pub size: u64,
}

/// The kinds of evidence (Administrative Penalty Law, art 46).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Documentary evidence (书证).
    Documentary,
    /// Physical evidence (物证).
    Physical,
    /// Audio-visual material (视听资料).
    AudioVisual,
    /// Electronic data (电子数据).
    ElectronicData,
    /// Testimony of a witness (证人证言).
    Testimony,
    /// Statement of a party (当事人的陈述).
    PartyStatement,
    /// Expert opinion (鉴定意见).
    ExpertOpinion,
    /// Record of an inspection of the scene (勘验笔录、现场笔录).
    SceneRecord,
}

impl EvidenceItem {
    /// A piece of which nothing is known but its kind, after which it is called: for whoever plays cases.
    #[must_use]
    pub fn called_after(kind: EvidenceKind) -> Self {
        Self {
            title: kind.title().zh,
            kind,
            description: None,
            file: None,
            web_address: None,
            obtained_on: None,
            kept_by: None,
            readers: Vec::new(),
        }
    }
}

impl EvidenceKind {
    /// All kinds, in the order of the article.
    pub const ALL: [Self; 8] = [
        Self::Documentary,
        Self::Physical,
        Self::AudioVisual,
        Self::ElectronicData,
        Self::Testimony,
        Self::PartyStatement,
        Self::ExpertOpinion,
        Self::SceneRecord,
    ];

    /// What the article calls it.
    #[must_use]
    pub fn title(self) -> Label {
        let (zh, en) = match self {
            Self::Documentary => ("书证", "documentary evidence"),
            Self::Physical => ("物证", "physical evidence"),
            Self::AudioVisual => ("视听资料", "audio-visual material"),
            Self::ElectronicData => ("电子数据", "electronic data"),
            Self::Testimony => ("证人证言", "testimony of a witness"),
            Self::PartyStatement => ("当事人的陈述", "statement of a party"),
            Self::ExpertOpinion => ("鉴定意见", "expert opinion"),
            Self::SceneRecord => ("勘验笔录、现场笔录", "record of an inspection of the scene"),
        };
        Label {
            zh: zh.to_owned(),
            en: en.to_owned(),
        }
    }
}

impl Contribution {
    /// Everything that stands against it, whoever adds it: `is_party` says that it is a party, who writes to those who handle
    /// the case or work on it, and shows evidence to nobody else.
    pub(crate) fn problems(&self, definition: &Definition, is_party: bool, today: Date) -> Vec<Problem> {
        let mut problems = Vec::new();
        match self {
            Self::Message(message) => {
                text(&message.text, "text", TEXT, &mut problems);
                if !is_party && message.to.is_empty() {
                    problems.push(Problem::field(ProblemCode::MissingField, "to"));
                }
                known(
                    definition,
                    &message.to,
                    "to",
                    |kind| !is_party || kind != RoleKind::Party,
                    &mut problems,
                );
            }
            Self::Evidence(item) => item.problems(definition, is_party, today, &mut problems),
        }
        problems
    }

    /// The texts that have characters which no answer of a form may have. It is asked when something is newly added here: what lies in
    /// cases, and what another installation has taken, stays readable as it is.
    #[must_use]
    pub fn malformed(&self) -> Vec<Problem> {
        let texts: Vec<(&str, &str, bool)> = match self {
            Self::Message(message) => vec![("text", message.text.as_str(), true)],
            Self::Evidence(item) => {
                let optional = [
                    ("description", item.description.as_deref(), true),
                    ("fileName", item.file.as_ref().map(|file| file.name.as_str()), false),
                    ("webAddress", item.web_address.as_deref(), false),
                    ("keptBy", item.kept_by.as_deref(), false),
                ];
                let given = optional.into_iter();
                let given = given.filter_map(|(field, text, lines)| Some((field, text?, lines)));
                [("title", item.title.as_str(), false)]
                    .into_iter()
                    .chain(given)
                    .collect()
            }
        };
        let malformed = texts.into_iter().filter(|(_, text, lines)| has_control(text, *lines));
        malformed
            .map(|(field, ..)| Problem::value(field, ValueProblem::Malformed))
            .collect()
    }

    /// Roles that may read it beside those who handle the case and whoever added it.
    pub fn readers(&self) -> &[String] {
        match self {
            Self::Message(message) => &message.to,
            Self::Evidence(item) => &item.readers,
        }
    }
}

impl EvidenceItem {
    fn problems(&self, definition: &Definition, is_party: bool, today: Date, problems: &mut Vec<Problem>) {
        text(&self.title, "title", LINE, problems);
        let longest = [
            ("description", self.description.as_deref(), TEXT),
            ("webAddress", self.web_address.as_deref(), ADDRESS),
            ("keptBy", self.kept_by.as_deref(), LINE),
        ];
        for (field, value, most) in longest {
            if value.is_some_and(|value| value.chars().count() > most) {
                problems.push(Problem::value(field, ValueProblem::TooLong(most)));
            }
        }
        if let Some(file) = &self.file {
            text(&file.name, "fileName", LINE, problems);
            let is_hash =
                file.sha256.len() == 64 && file.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            if !is_hash {
                problems.push(Problem::value("sha256", ValueProblem::Malformed));
            }
        }
        if self.obtained_on.is_some_and(|day| day > today) {
            problems.push(Problem::value("obtainedOn", ValueProblem::Future));
        }
        known(definition, &self.readers, "readers", |_| !is_party, problems);
    }
}

fn text(value: &str, field: &str, most: usize, problems: &mut Vec<Problem>) {
    if value.trim().is_empty() {
        problems.push(Problem::field(ProblemCode::MissingField, field));
    } else if value.chars().count() > most {
        problems.push(Problem::value(field, ValueProblem::TooLong(most)));
    }
}

/// Roles are those of the procedure that somebody may name here, and none of the staff: staff read everything.
fn known(
    definition: &Definition,
    roles: &[String],
    field: &str,
    may: impl Fn(RoleKind) -> bool,
    problems: &mut Vec<Problem>,
) {
    let fits = |role: &String| {
        let kind = definition.roles.get(role).map(|role| role.kind);
        kind.is_some_and(|kind| kind != RoleKind::Staff && may(kind))
    };
    if !roles.iter().all(fits) {
        problems.push(Problem::value(field, ValueProblem::NotAnOption));
    }
}

#[cfg(test)]
mod tests {
    use super::{Contribution, EvidenceFile, EvidenceItem, EvidenceKind, Message};

    fn fields(contribution: &Contribution) -> Vec<String> {
        let problems = contribution.malformed().into_iter();
        problems.filter_map(|problem| problem.field).collect()
    }

    #[test]
    fn a_control_character_stands_in_no_text_that_is_added_and_a_line_break_in_those_of_lines() {
        let message = |text: &str| {
            Contribution::Message(Message {
                text: text.to_owned(),
                ..Message::default()
            })
        };
        assert_eq!(fields(&message("第一行\r\n第二行\t完")), [""; 0]);
        assert_eq!(fields(&message("第一行\u{7}")), ["text"]);
        let mut item = EvidenceItem {
            description: Some("第一行\n第二行".to_owned()),
            ..EvidenceItem::called_after(EvidenceKind::Physical)
        };
        assert_eq!(fields(&Contribution::Evidence(item.clone())), [""; 0]);
        item.title = "小票\n二".to_owned();
        item.description = Some("\0".to_owned());
        item.kept_by = Some("仓库\u{1b}[2J".to_owned());
        item.web_address = Some("https://a.example/\r\n".to_owned());
        item.file = Some(EvidenceFile {
            name: "a\t.pdf".to_owned(),
            sha256: "ab".repeat(32),
            size: 1,
        });
        let all = ["title", "description", "fileName", "webAddress", "keptBy"];
        assert_eq!(fields(&Contribution::Evidence(item)), all);
    }
}
