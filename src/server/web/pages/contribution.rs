//! Evidence and messages of a case: what there is, and the forms for more.

mod given;

use askama::Template;
use poem::{Request, Response, handler, web::Path};
use serde::Deserialize;
use serde_json::Value as Json;
use zhengming_engine::{
    contribution::{EvidenceItem, Message},
    decision::{Problem, ProblemCode},
    definition::model::{Role, RoleKind},
    form::ValueProblem,
};

use self::given::Given;
use super::desk::Desk;
use crate::{
    locale::text,
    secret::Token,
    service::{
        Error,
        case_view::CaseDetail,
        contributions::{self, Contributed, ContributionRequest},
    },
    web::{
        failure::Failure,
        form::{Complaint, Control, Entry, Line, Question},
        page::{Page, Words, html, see, status_of},
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
    pub(in crate::web) messages: Vec<Spoken>,
    /// Whether the reader may add something now.
    pub(in crate::web) open: bool,
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
pub(in crate::web) struct Spoken {
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
                .map(|message| spoken(words, detail, message))
                .collect(),
            open: shut(detail).is_none(),
        }
    }
}

/// Why the reader cannot add anything to the case, as a key.
fn shut(detail: &CaseDetail) -> Option<&'static str> {
    let known = |role: &String| detail.definition.roles.contains_key(role);
    if detail.case.closed_at.is_some() {
        Some("portal-contribution-over")
    } else if detail.standing.excluded || !detail.standing.roles.iter().any(known) {
        Some("portal-contribution-no-role")
    } else {
        None
    }
}

/// Why a message would be read by nobody, as a key: whoever works on the case has to name a role, and nobody has one of those.
fn unheard(detail: &CaseDetail) -> Option<&'static str> {
    let mut named = namable(detail, is_party(detail), false);
    (!is_party(detail) && !named.any(|(role, _)| held(detail, role))).then_some("portal-message-nobody")
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

fn spoken(words: Words, detail: &CaseDetail, added: &Contributed<Message>) -> Spoken {
    let to = added.what.to.iter().map(|to| party::called(words, detail, to));
    let to: Vec<String> = to.collect();
    Spoken {
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
    questions: Vec<Question>,
    added: Added,
    /// That something was received, and what happens next.
    received: Option<(String, Option<String>)>,
    /// Why nothing is asked for.
    shut: Option<String>,
}

/// What the form holds, and what was sent with it before.
#[derive(Default)]
struct Form {
    given: Given,
    problems: Vec<Problem>,
    /// Key of the request; none on a form that nobody has filled in yet.
    key: Option<String>,
    /// Position of the event that the address names.
    sent: Option<i64>,
}

/// Where the address leads after something was sent.
#[derive(Deserialize)]
struct Query {
    sent: i64,
}

impl Form {
    /// A form that nobody has filled in yet.
    fn fresh(request: &Request) -> Self {
        Self {
            sent: request.params::<Query>().ok().map(|query| query.sent),
            ..Self::default()
        }
    }
}

/// Evidence of a case, for who is signed in.
#[handler]
pub(in crate::web) async fn evidence_of_case(
    visit: Visit,
    Path(number): Path<String>,
    request: &Request,
) -> Result<Response, Failure> {
    let desk = Desk::of_case(&visit, &number).await?;
    draw(&visit, &desk, true, Form::fresh(request))
}

/// Messages of a case, for who is signed in.
#[handler]
pub(in crate::web) async fn messages_of_case(
    visit: Visit,
    Path(number): Path<String>,
    request: &Request,
) -> Result<Response, Failure> {
    let desk = Desk::of_case(&visit, &number).await?;
    draw(&visit, &desk, false, Form::fresh(request))
}

/// Evidence of a case, for the holder of its receipt.
#[handler]
pub(in crate::web) async fn evidence_of_receipt(visit: Visit, request: &Request) -> Result<Response, Failure> {
    let desk = Desk::of_receipt(&visit).await?;
    draw(&visit, &desk, true, Form::fresh(request))
}

/// Messages of a case, for the holder of its receipt.
#[handler]
pub(in crate::web) async fn messages_of_receipt(visit: Visit, request: &Request) -> Result<Response, Failure> {
    let desk = Desk::of_receipt(&visit).await?;
    draw(&visit, &desk, false, Form::fresh(request))
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
    let given = Given::of(answers, is_evidence);
    let key = answers.first("key").unwrap_or_default().to_owned();
    let again = |given, problems| Form {
        given,
        problems,
        key: Some(key.clone()),
        sent: None,
    };
    if answers.language().is_some() {
        return draw(visit, desk, is_evidence, again(given, Vec::new()));
    }
    let contribution = if is_evidence {
        match given.evidence(Words(visit.locale)) {
            Ok(contribution) => contribution,
            Err(problems) => return draw(visit, desk, is_evidence, again(given, problems)),
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
        Ok(seq) => Ok(see(&format!("{}?sent={seq}", address(desk, is_evidence)))),
        Err(Error::Refused(problems)) => draw(visit, desk, is_evidence, again(given, problems)),
        Err(Error::Forbidden) => {
            let problems = vec![Problem::new(ProblemCode::RoleRequired)];
            draw(visit, desk, is_evidence, again(given, problems))
        }
        Err(error) => Err(error.into()),
    }
}

fn address(desk: &Desk, is_evidence: bool) -> String {
    format!("{}/{}", desk.home, if is_evidence { "evidence" } else { "messages" })
}

/// That something was received, and what happens next. Only what the reader's own side really sent is spoken of, whatever the
/// address says.
fn received(words: Words, detail: &CaseDetail, is_evidence: bool, seq: i64) -> Option<(String, Option<String>)> {
    if is_evidence {
        let item = detail.evidence.iter().find(|item| item.own && item.seq == seq)?;
        let args = [
            ("title", item.what.title.clone().into()),
            ("time", words.moment(item.at).into()),
        ];
        let next = is_party(detail).then(|| words.t("portal-evidence-received-next"));
        return Some((text(words.0, "portal-evidence-received", &args), next));
    }
    let message = detail
        .messages
        .iter()
        .find(|message| message.own && message.seq == seq)?;
    let told = spoken(words, detail, message);
    let args = [("time", told.at.into()), ("to", told.to.into())];
    let next = words.t("portal-message-received-next");
    Some((text(words.0, "portal-message-received", &args), Some(next)))
}

fn draw(visit: &Visit, desk: &Desk, is_evidence: bool, form: Form) -> Result<Response, Failure> {
    let detail = &desk.detail;
    let Form {
        given,
        problems,
        key,
        sent,
    } = form;
    // What was written before the case ended is not taken away with the form.
    let unheard = || unheard(detail).filter(|_| !is_evidence);
    let shut = shut(detail).or_else(unheard).filter(|_| key.is_none());
    let title = if is_evidence {
        "portal-evidence"
    } else {
        "portal-correspondence"
    };
    let failed = !problems.is_empty();
    let page = Page::titled(visit, title)
        .within(desk.section())
        .failing(failed)
        .keeping(shut.is_none());
    let words = page.words;
    let complaints: Vec<Complaint> = problems.iter().map(|problem| complaint(words, problem)).collect();
    let template = Contribute {
        is_evidence,
        number: detail.case.number.clone(),
        action: address(desk, is_evidence),
        back: desk.home.clone(),
        token: visit.token(desk.cookie),
        key: key.unwrap_or_else(|| Token::generate(visit.app.entropy.as_ref()).reveal().to_string()),
        questions: questions(words, detail, is_evidence, &given, &complaints),
        complaints,
        added: Added::new(words, detail),
        received: sent.and_then(|seq| received(words, detail, is_evidence, seq)),
        shut: shut.map(|why| words.t(why)),
        page,
    };
    html(&template, status_of(failed))
}

/// Whether the sender is a party, who need not name anybody.
fn is_party(detail: &CaseDetail) -> bool {
    let kind = |role: &String| detail.definition.roles.get(role).map(|role| role.kind);
    let mut roles = detail.standing.roles.iter().filter_map(kind);
    !detail.standing.reads_as_staff() && roles.next().is_none_or(|kind| kind == RoleKind::Party)
}

/// The fields of the form, with what was answered and what is wrong with it.
fn questions(
    words: Words,
    detail: &CaseDetail,
    is_evidence: bool,
    given: &Given,
    complaints: &[Complaint],
) -> Vec<Question> {
    let is_party = is_party(detail);
    let ask = |name: &str, optional: bool, control: Control| Question {
        optional,
        ..Question::plain(name, words.t(label(name)), control, complaints)
    };
    let roles = roles(words, detail, is_party, is_evidence, &given.readers);
    let someone = !roles.is_empty();
    let roles = Control::Options {
        many: true,
        options: roles,
    };
    let text = Control::Lines {
        value: given.text.clone(),
    };
    if !is_evidence {
        let to = someone.then(|| Question {
            hint: is_party.then(|| words.t("portal-message-to-hint")),
            ..ask("to", is_party, roles)
        });
        let text = ask("text", false, text);
        return to.into_iter().chain([text]).collect();
    }
    let kind = |kind: &'static str| Entry {
        value: kind.to_owned(),
        label: words.code("portal-evidence-kind", kind),
        law: None,
        chosen: given.kind == kind,
    };
    let kinds = Control::Select {
        options: KINDS.map(kind).into_iter().collect(),
    };
    let line = |value: &str| Control::Line(Line::text(value, "long"));
    let address = Control::Line(Line {
        mode: "url",
        ..Line::text(&given.web_address, "long")
    });
    let what = [ask("title", false, line(&given.title)), ask("kind", false, kinds)];
    let readers = someone.then(|| ask("readers", true, roles));
    let obtained = Control::day(words, &given.obtained_on);
    let more = [
        ask("description", true, text),
        ask("obtainedOn", true, obtained),
        ask("keptBy", true, line(&given.kept_by)),
        ask("webAddress", true, address),
        ask("fileName", true, line(&given.file_name)),
        Question {
            hint: Some(words.t("portal-evidence-sha256-hint")),
            ..ask("sha256", true, line(&given.sha256))
        },
    ];
    what.into_iter().chain(readers).chain(more).collect()
}

/// Roles that may be named: by a party those whom the case is entrusted to now, and for evidence nobody; by others every one but the
/// staff. What is sent to a role that nobody holds is read by nobody: a party is not offered those, staff are told.
fn roles(words: Words, detail: &CaseDetail, is_party: bool, is_evidence: bool, named: &[String]) -> Vec<Entry> {
    let title = |key: &String, title: &str| {
        if held(detail, key) {
            title.to_owned()
        } else {
            words.with("portal-role-nobody", "name", title.to_owned())
        }
    };
    namable(detail, is_party, is_evidence)
        .filter(|(key, _)| !is_party || held(detail, key))
        .map(|(key, role)| Entry {
            value: key.clone(),
            label: title(key, words.pick(&role.title)),
            law: None,
            chosen: named.contains(key),
        })
        .collect()
}

/// Roles of others that the sender may name, held by somebody or not.
fn namable(detail: &CaseDetail, is_party: bool, is_evidence: bool) -> impl Iterator<Item = (&String, &Role)> {
    let fits = move |kind: RoleKind| kind != RoleKind::Staff && !(is_party && (is_evidence || kind == RoleKind::Party));
    let roles = detail.definition.roles.iter();
    roles.filter(move |(key, role)| fits(role.kind) && !detail.standing.roles.contains(*key))
}

/// Whether somebody reads what is sent to a role.
fn held(detail: &CaseDetail, key: &str) -> bool {
    let kind = detail.definition.roles.get(key).map(|role| role.kind);
    detail.workers.iter().any(|worker| worker.role == key)
        || detail.parties.iter().any(|party| party.role == key)
        // Who filed reads what is sent, with the receipt too.
        || (kind == Some(RoleKind::Party) && detail.reaches(key))
}

/// What a field is called, as a key.
fn label(field: &str) -> &'static str {
    match field {
        "to" => "portal-message-to",
        "text" => "portal-message-text",
        "title" => "portal-evidence-title",
        "kind" => "portal-evidence-kind",
        "readers" => "portal-evidence-readers",
        "description" => "portal-evidence-description",
        "obtainedOn" => "portal-evidence-obtained",
        "keptBy" => "portal-evidence-kept-by",
        "webAddress" => "portal-evidence-web-address",
        "fileName" => "portal-evidence-file",
        _ => "portal-evidence-sha256",
    }
}

fn complaint(words: Words, problem: &Problem) -> Complaint {
    let is_malformed = problem.value == Some(ValueProblem::Malformed);
    let about = |key: &str, field: &str| words.with(key, "label", words.t(label(field)));
    let message = match problem.field.as_deref() {
        Some(field @ "obtainedOn") if is_malformed => about("portal-problem-date", field),
        // Of a hash it is said what it must look like.
        Some(field) if is_malformed && field != "sha256" => about("portal-problem-malformed", field),
        Some(field) => words.code("portal-contribution-wrong", field),
        None => words.code("portal-problem", problem.code.as_str()),
    };
    Complaint {
        field: problem.field.clone(),
        message,
    }
}
