//! Evidence and messages of a case: what there is, and the forms for more.

use askama::Template;
use poem::{Response, handler, http::StatusCode, web::Path};
use serde_json::Value as Json;
use time::{Date, macros::format_description};
use zhengming_engine::{
    contribution::{Contribution, EvidenceFile, EvidenceItem, EvidenceKind, Message},
    decision::{Problem, ProblemCode},
    definition::model::RoleKind,
    form::ValueProblem,
};

use super::desk::Desk;
use crate::{
    secret::Token,
    service::{
        Error,
        case_view::CaseDetail,
        contributions::{self, Contributed, ContributionRequest},
    },
    web::{
        cookie,
        failure::Failure,
        form::Complaint,
        page::{Page, Words, html, see},
        party,
        visit::{Answers, Visit},
    },
};

/// Kinds of evidence in the order of the law, by their codes.
pub(in crate::web) const KINDS: [&str; 8] = [
    "documentary",
    "physical",
    "audio_visual",
    "electronic_data",
    "testimony",
    "party_statement",
    "expert_opinion",
    "scene_record",
];

/// What was added to a case, in words.
pub(in crate::web) struct Added {
    pub(in crate::web) evidence: Vec<Item>,
    pub(in crate::web) messages: Vec<Line>,
}

/// An item of evidence.
pub(in crate::web) struct Item {
    pub(in crate::web) title: String,
    pub(in crate::web) kind: String,
    /// In which role and when it was added.
    pub(in crate::web) by: String,
    pub(in crate::web) description: Option<String>,
    /// What else is known of it: label and value.
    pub(in crate::web) facts: Vec<(String, String)>,
}

/// A message.
pub(in crate::web) struct Line {
    /// Whether the reader's side sent it.
    pub(in crate::web) own: bool,
    pub(in crate::web) from: String,
    pub(in crate::web) to: String,
    pub(in crate::web) at: String,
    pub(in crate::web) text: String,
}

impl Added {
    /// What the reader of the case may see of it.
    pub(in crate::web) fn new(words: Words, detail: &CaseDetail) -> Self {
        Self {
            evidence: detail
                .evidence
                .iter()
                .map(|item| self::item(words, detail, item))
                .collect(),
            messages: detail
                .messages
                .iter()
                .map(|message| line(words, detail, message))
                .collect(),
        }
    }
}

fn item(words: Words, detail: &CaseDetail, added: &Contributed<EvidenceItem>) -> Item {
    let what = &added.what;
    let mut facts = Vec::new();
    let mut fact = |key: &str, value: Option<String>| facts.extend(value.map(|value| (words.t(key), value)));
    fact("portal-evidence-obtained", what.obtained_on.map(|day| words.date(day)));
    fact("portal-evidence-kept-by", what.kept_by.clone());
    fact("portal-evidence-web-address", what.web_address.clone());
    fact("portal-evidence-file", what.file.as_ref().map(|file| file.name.clone()));
    fact(
        "portal-evidence-sha256",
        what.file.as_ref().map(|file| file.sha256.clone()),
    );
    let code = serde_json::to_value(what.kind).ok();
    Item {
        title: what.title.clone(),
        kind: words.code(
            "portal-evidence-kind",
            code.as_ref().and_then(Json::as_str).unwrap_or_default(),
        ),
        by: format!(
            "{} · {}",
            party::called(words, detail, &added.role),
            words.moment(added.at)
        ),
        description: what.description.clone(),
        facts,
    }
}

fn line(words: Words, detail: &CaseDetail, added: &Contributed<Message>) -> Line {
    let to = added.what.to.iter().map(|to| party::called(words, detail, to));
    let to: Vec<String> = to.collect();
    Line {
        own: added.own,
        from: party::called(words, detail, &added.role),
        to: if to.is_empty() {
            words.t("portal-message-to-office")
        } else {
            to.join(&words.t("portal-list-separator"))
        },
        at: words.moment(added.at),
        text: added.what.text.clone(),
    }
}

/// What is asked of somebody who adds something.
#[derive(Template)]
#[template(path = "contribute.html")]
struct Contribute {
    page: Page,
    /// Whether it is evidence, or a message.
    is_evidence: bool,
    number: String,
    back: String,
    action: String,
    token: String,
    key: String,
    complaints: Vec<Complaint>,
    /// What was answered: value by name of the input.
    given: Given,
    kinds: Vec<(&'static str, String)>,
    /// Roles that may be named: key, title, whether it is named.
    roles: Vec<(String, String, bool)>,
    /// Whether the sender is a party, who need not name anybody.
    is_party: bool,
    added: Added,
    /// Whether something was just sent.
    sent: bool,
}

impl Contribute {
    /// What is wrong with one field.
    fn wrong(&self, field: &str) -> Option<&str> {
        let found = self.complaints.iter().find(|one| one.field.as_deref() == Some(field));
        found.map(|one| one.message.as_str())
    }

    /// The same of a field that goes by two names: of evidence and of a message.
    fn either(&self, one: &str, other: &str) -> Option<&str> {
        self.wrong(one).or_else(|| self.wrong(other))
    }
}

/// What the address ends in after something was sent.
const SENT: &str = "?sent=1";

/// Answers as they were given.
#[derive(Default)]
struct Given {
    title: String,
    kind: String,
    text: String,
    file_name: String,
    sha256: String,
    web_address: String,
    obtained_on: String,
    kept_by: String,
    readers: Vec<String>,
}

impl Given {
    fn of(answers: &Answers) -> Self {
        let text = |name: &str| answers.first(name).unwrap_or_default().trim().to_owned();
        Self {
            title: text("title"),
            kind: text("kind"),
            text: text("text"),
            file_name: text("fileName"),
            sha256: text("sha256").to_ascii_lowercase(),
            web_address: text("webAddress"),
            obtained_on: text("obtainedOn"),
            kept_by: text("keptBy"),
            readers: answers
                .all("readers")
                .filter(|role| !role.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The message.
    fn message(&self) -> Contribution {
        Contribution::Message(Message {
            to: self.readers.clone(),
            text: self.text.clone(),
        })
    }

    /// What was said of it. A file whose hash is not known is named here: nobody who sends a receipt knows what a hash is.
    fn description(&self, words: Words) -> Option<String> {
        let named = !self.file_name.is_empty() && self.sha256.is_empty();
        let file = named.then(|| words.with("portal-evidence-file-named", "name", self.file_name.as_str()));
        let parts = Some(self.text.clone())
            .filter(|text| !text.is_empty())
            .into_iter()
            .chain(file);
        let said = parts.collect::<Vec<_>>().join("\n");
        Some(said).filter(|said| !said.is_empty())
    }

    /// The item of evidence, or what cannot be read of it.
    fn evidence(&self, words: Words) -> Result<Contribution, Vec<Problem>> {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let mut problems = Vec::new();
        if self.title.is_empty() {
            problems.push(Problem::field(ProblemCode::MissingField, "title"));
        }
        let kind: Option<EvidenceKind> = serde_json::from_value(Json::String(self.kind.clone())).ok();
        if kind.is_none() {
            problems.push(Problem::field(ProblemCode::MissingField, "kind"));
        }
        let day = some(&self.obtained_on).map(|day| Date::parse(&day, format_description!("[year]-[month]-[day]")));
        if matches!(day, Some(Err(_))) {
            problems.push(Problem::value("obtainedOn", ValueProblem::Malformed));
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

/// Evidence of a case, for who is signed in.
#[handler]
pub(in crate::web) async fn evidence_of_case(visit: Visit, Path(number): Path<String>) -> Result<Response, Failure> {
    let desk = Desk::of_case(&visit, &number).await?;
    draw(&visit, &desk, true, Given::default(), Vec::new(), None)
}

/// Messages of a case, for who is signed in.
#[handler]
pub(in crate::web) async fn messages_of_case(visit: Visit, Path(number): Path<String>) -> Result<Response, Failure> {
    let desk = Desk::of_case(&visit, &number).await?;
    draw(&visit, &desk, false, Given::default(), Vec::new(), None)
}

/// Evidence of a case, for the holder of its receipt.
#[handler]
pub(in crate::web) async fn evidence_of_receipt(visit: Visit) -> Result<Response, Failure> {
    let desk = Desk::of_receipt(&visit).await?;
    draw(&visit, &desk, true, Given::default(), Vec::new(), None)
}

/// Messages of a case, for the holder of its receipt.
#[handler]
pub(in crate::web) async fn messages_of_receipt(visit: Visit) -> Result<Response, Failure> {
    let desk = Desk::of_receipt(&visit).await?;
    draw(&visit, &desk, false, Given::default(), Vec::new(), None)
}

/// Takes evidence from who is signed in.
#[handler]
pub(in crate::web) async fn add_of_case(
    visit: Visit,
    Path(number): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    let visit = visit.switched(&answers);
    let desk = Desk::of_case(&visit, &number).await?;
    take(&visit, &desk, true, &answers).await
}

/// Takes a message from who is signed in.
#[handler]
pub(in crate::web) async fn send_of_case(
    visit: Visit,
    Path(number): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    let visit = visit.switched(&answers);
    let desk = Desk::of_case(&visit, &number).await?;
    take(&visit, &desk, false, &answers).await
}

/// Takes evidence from the holder of a receipt.
#[handler]
pub(in crate::web) async fn add_of_receipt(visit: Visit, answers: Answers) -> Result<Response, Failure> {
    let visit = visit.switched(&answers);
    let desk = Desk::of_receipt(&visit).await?;
    take(&visit, &desk, true, &answers).await
}

/// Takes a message from the holder of a receipt.
#[handler]
pub(in crate::web) async fn send_of_receipt(visit: Visit, answers: Answers) -> Result<Response, Failure> {
    let visit = visit.switched(&answers);
    let desk = Desk::of_receipt(&visit).await?;
    take(&visit, &desk, false, &answers).await
}

async fn take(visit: &Visit, desk: &Desk, is_evidence: bool, answers: &Answers) -> Result<Response, Failure> {
    visit.check_token(desk.cookie, answers)?;
    let given = Given::of(answers);
    let key = answers.first("key").unwrap_or_default().to_owned();
    if answers.language().is_some() {
        return draw(visit, desk, is_evidence, given, Vec::new(), Some(key));
    }
    let contribution = if is_evidence {
        match given.evidence(Words(visit.locale)) {
            Ok(contribution) => contribution,
            Err(problems) => return draw(visit, desk, is_evidence, given, problems, Some(key)),
        }
    } else {
        given.message()
    };
    let request = ContributionRequest {
        case_id: desk.detail.case.id.clone(),
        contribution,
        idempotency_key: key.clone(),
    };
    match contributions::contribute(&visit.app, &desk.actor, request).await {
        Ok(()) if is_evidence => Ok(see(&format!("{}/evidence{SENT}", desk.home))),
        Ok(()) => Ok(see(&format!("{}/messages{SENT}", desk.home))),
        Err(Error::Refused(problems)) => draw(visit, desk, is_evidence, given, problems, Some(key)),
        Err(error) => Err(error.into()),
    }
}

fn draw(
    visit: &Visit,
    desk: &Desk,
    is_evidence: bool,
    given: Given,
    problems: Vec<Problem>,
    key: Option<String>,
) -> Result<Response, Failure> {
    let detail = &desk.detail;
    let title = if is_evidence {
        "portal-evidence"
    } else {
        "portal-correspondence"
    };
    let section = if desk.cookie == cookie::FOLLOW {
        "follow"
    } else {
        "cases"
    };
    let page = Page::titled(visit, title)
        .within(section)
        .failing(!problems.is_empty())
        .keeping_answers();
    let words = page.words;
    let is_party = !detail.standing.reads_as_staff() && is_party(detail);
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = Contribute {
        is_evidence,
        number: detail.case.number.clone(),
        action: format!("{}/{}", desk.home, if is_evidence { "evidence" } else { "messages" }),
        back: desk.home.clone(),
        token: visit.token(desk.cookie),
        key: key.unwrap_or_else(|| Token::generate(visit.app.entropy.as_ref()).reveal().to_string()),
        complaints: problems.iter().map(|problem| complaint(words, problem)).collect(),
        kinds: KINDS
            .map(|kind| (kind, words.code("portal-evidence-kind", kind)))
            .to_vec(),
        roles: roles(words, detail, is_party, is_evidence, &given.readers),
        given,
        is_party,
        added: Added::new(words, detail),
        sent: problems.is_empty() && visit.path.ends_with(SENT),
        page,
    };
    html(&template, status)
}

fn is_party(detail: &CaseDetail) -> bool {
    let kind = |role: &String| detail.definition.roles.get(role).map(|role| role.kind);
    let mut roles = detail.standing.roles.iter().filter_map(kind);
    roles.next().is_none_or(|kind| kind == RoleKind::Party)
}

/// Roles that may be named: by a party those whom the case is entrusted to now, and for evidence nobody; by others every one but the
/// staff. What is sent to a role that nobody holds is read by nobody: a party is not offered those, staff are told.
fn roles(
    words: Words,
    detail: &CaseDetail,
    is_party: bool,
    is_evidence: bool,
    named: &[String],
) -> Vec<(String, String, bool)> {
    let definition = &detail.definition;
    let fits = |kind: RoleKind| kind != RoleKind::Staff && !(is_party && (is_evidence || kind == RoleKind::Party));
    let roles = definition.roles.iter().filter(|(_, role)| fits(role.kind));
    let own = &detail.standing.roles;
    let held = |key: &String| {
        let is_party = definition
            .roles
            .get(key)
            .is_some_and(|role| role.kind == RoleKind::Party);
        detail.workers.iter().any(|worker| worker.role == *key)
            || detail.parties.iter().any(|party| party.role == *key)
            // Who filed reads what is sent, with the receipt too.
            || (is_party && detail.reaches(key))
    };
    let title = |key: &String, title: &str| {
        if held(key) {
            title.to_owned()
        } else {
            words.with("portal-role-nobody", "name", title.to_owned())
        }
    };
    roles
        .filter(|(key, _)| !own.contains(*key) && (!is_party || held(key)))
        .map(|(key, role)| (key.clone(), title(key, words.pick(&role.title)), named.contains(key)))
        .collect()
}

fn complaint(words: Words, problem: &Problem) -> Complaint {
    let message = match &problem.field {
        Some(field) => words.code("portal-contribution-wrong", field),
        None => words.code("portal-problem", problem.code.as_str()),
    };
    Complaint {
        field: problem.field.clone(),
        message,
    }
}
