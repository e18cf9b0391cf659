//! Sending an event to a case: a form drawn from the procedure, a step to confirm what cannot be undone.

use askama::Template;
use poem::{Response, handler, web::Path};
use serde_json::{Map, Value as Json};
use zhengming_engine::definition::model::Event;

use super::{confirm::Confirm, desk::Desk, moved_on};
use crate::{
    secret::Token,
    service::{
        Error, case_view,
        cases::{self, TransitionRequest},
        choices,
    },
    web::{
        competence::{advise, facts},
        failure::Failure,
        form::{Around, Complaint, Control, Question, complaints, questions, read},
        page::{Page, Words, html, see, status_of},
        party,
        progress::{Row, rows, states},
        visit::{Answers, Visit},
    },
};

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage {
    page: Page,
    heading: String,
    hint: Option<String>,
    law: Option<String>,
    number: String,
    state: String,
    /// What the reader is to the case as a party: steps are called by what parties do.
    own: Option<String>,
    back: String,
    action: String,
    token: String,
    version: i64,
    key: String,
    /// What the competent office is chosen by.
    facts: Vec<Row>,
    questions: Vec<Question>,
    complaints: Vec<Complaint>,
    /// Why it cannot be sent now.
    blocked: Vec<(String, Option<String>)>,
    irreversible: bool,
}

/// The event of this name in the procedure of the case.
fn event_of<'d>(desk: &'d Desk, name: &str) -> Result<&'d Event, Failure> {
    desk.detail.definition.events.get(name).ok_or(Failure::NotFound)
}

/// Whether whoever works here sends such events, be it in another state of the case.
fn is_theirs(desk: &Desk, event: &Event) -> bool {
    event.by.iter().any(|role| desk.detail.standing.roles.contains(role))
}

/// The form of an event, for who is signed in.
#[handler]
pub(in crate::web) async fn of_case_form(
    visit: Visit,
    Path((number, event)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let desk = Desk::of_case(&visit, &number).await?;
    fresh(&visit, &desk, &event).await
}

/// The form of an event, for the holder of a receipt.
#[handler]
pub(in crate::web) async fn of_receipt_form(visit: Visit, Path(event): Path<String>) -> Result<Response, Failure> {
    let desk = Desk::of_receipt(&visit).await?;
    fresh(&visit, &desk, &event).await
}

/// Takes the form of an event from who is signed in.
#[handler]
pub(in crate::web) async fn of_case(
    visit: Visit,
    Path((number, event)): Path<(String, String)>,
    answers: Answers,
) -> Result<Response, Failure> {
    let visit = visit.switched(&answers);
    let desk = Desk::of_case(&visit, &number).await?;
    take(&visit, &desk, &event, &answers).await
}

/// Takes the form of an event from the holder of a receipt.
#[handler]
pub(in crate::web) async fn of_receipt(
    visit: Visit,
    Path(event): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    let visit = visit.switched(&answers);
    let desk = Desk::of_receipt(&visit).await?;
    take(&visit, &desk, &event, &answers).await
}

/// What a form holds.
struct Form {
    values: Map<String, Json>,
    version: i64,
    key: String,
    complaints: Vec<Complaint>,
}

impl Form {
    /// A fresh form, filled with what the case knows already, by the same field or by one that the procedure names.
    fn empty(visit: &Visit, desk: &Desk, event: &Event) -> Self {
        let known: Map<String, Json> = desk.detail.fields.iter().cloned().collect();
        let begun = event
            .begins_with(&known)
            .map(|(field, value)| (field.clone(), value.clone()));
        let begun: Vec<(String, Json)> = begun.collect();
        Self {
            values: known.into_iter().chain(begun).collect(),
            version: desk.detail.case.version,
            key: Token::generate(visit.app.entropy.as_ref()).reveal().to_string(),
            complaints: Vec::new(),
        }
    }
}

/// The form as nobody has filled it in yet. A button of a page from before the case moved on leads to what is now.
async fn fresh(visit: &Visit, desk: &Desk, name: &str) -> Result<Response, Failure> {
    let event = event_of(desk, name)?;
    match draw(visit, desk, name, Form::empty(visit, desk, event)).await {
        Err(Failure::NotFound) if is_theirs(desk, event) => moved_on::draw(visit, desk, &Map::new()),
        other => other,
    }
}

async fn draw(visit: &Visit, desk: &Desk, name: &str, form: Form) -> Result<Response, Failure> {
    let event = event_of(desk, name)?;
    let definition = &desk.detail.definition;
    let available = desk
        .detail
        .available
        .iter()
        .find(|a| a.event == name)
        .ok_or(Failure::NotFound)?;
    let words = Words(visit.locale);
    let (pack, organisations) = (visit.app.pack(), visit.app.organisations());
    let candidates = choices::of(&visit.app, &desk.detail, name).await?;
    let around = Around {
        words,
        pack: &pack,
        organisations: &organisations,
        candidates: &candidates,
    };
    let mut questions = questions(&around, definition, &event.form, &form.values, &form.complaints);
    advise(&visit.app, words, &desk.detail, &mut questions);
    let heading = words.pick(desk.detail.title_of(event)).to_owned();
    let reasons = complaints(words, definition, &available.blocked_by);
    let laws = available
        .blocked_by
        .iter()
        .map(|p| p.law.as_ref().map(|law| words.law(&visit.app.pack().law, law)));
    let failed = !form.complaints.is_empty();
    let template = EventPage {
        page: Page::new(visit, heading.clone())
            .within(desk.section())
            .failing(failed)
            .keeping_answers(),
        hint: event.hint.as_ref().map(|hint| words.pick(hint).to_owned()),
        law: event.law.as_ref().map(|law| words.law(&visit.app.pack().law, law)),
        number: desk.detail.case.number.clone(),
        state: states(words, definition, &desk.detail.case.states),
        own: party::own(words, &desk.detail),
        back: desk.home.clone(),
        action: format!("{}/events/{name}", desk.home),
        token: visit.token(desk.cookie),
        version: form.version,
        key: form.key,
        facts: facts(&visit.app, words, &desk.detail, &questions),
        questions,
        complaints: form.complaints,
        blocked: reasons.into_iter().map(|reason| reason.message).zip(laws).collect(),
        irreversible: event.irreversible,
        heading,
    };
    html(&template, status_of(failed))
}

/// Takes a form. In the state of now there may be no such event any more: only the case itself can say what goes then.
async fn take(visit: &Visit, desk: &Desk, name: &str, answers: &Answers) -> Result<Response, Failure> {
    match taken(visit, desk, name, answers).await {
        Err(Failure::NotFound) => {
            let event = event_of(desk, name)?;
            if !is_theirs(desk, event) {
                return Err(Failure::NotFound);
            }
            moved_on::draw(visit, desk, &read(&desk.detail.definition, &event.form, answers))
        }
        other => other,
    }
}

async fn taken(visit: &Visit, desk: &Desk, name: &str, answers: &Answers) -> Result<Response, Failure> {
    visit.check_token(desk.cookie, answers)?;
    let event = event_of(desk, name)?;
    let definition = &desk.detail.definition;
    let words = Words(visit.locale);
    let values = read(definition, &event.form, answers);
    let version = answers
        .first("version")
        .and_then(|text| text.parse().ok())
        .unwrap_or(desk.detail.case.version);
    let key = answers.first("key").unwrap_or_default().to_owned();
    let again = |complaints, version| Form {
        values: values.clone(),
        version,
        key: key.clone(),
        complaints,
    };
    let confirming = answers.first("page") == Some("confirm");
    if answers.first("step") == Some("change") || (answers.language().is_some() && !confirming) {
        return draw(visit, desk, name, again(Vec::new(), version)).await;
    }
    let confirmed = !event.irreversible || answers.first("step") == Some("confirmed");
    let request = TransitionRequest {
        case_id: desk.detail.case.id.clone(),
        event: name.to_owned(),
        fields: values.clone(),
        expected_version: version,
        idempotency_key: key.clone(),
    };
    let sent = if confirmed {
        cases::perform(&visit.app, &desk.actor, request).await.map(|_| ())
    } else {
        // Nobody is asked to confirm what would be refused.
        cases::attempt(&visit.app, &desk.actor, &request).await
    };
    match sent {
        Ok(()) if confirmed => Ok(see(&after(visit, desk, name).await?)),
        // The engine has taken the answers as they were read: trimmed, and without those that are empty.
        Ok(()) => confirm(visit, desk, name, event, &values, answers, (version, key)),
        Err(Error::Refused(problems)) => {
            draw(
                visit,
                desk,
                name,
                again(complaints(words, definition, &problems), version),
            )
            .await
        }
        Err(Error::StaleVersion { .. }) => {
            let message = Complaint::general(words.t("portal-event-stale"));
            // The key goes with the request that failed; the version is the one that the page now shows.
            let fresh = Form {
                key: Form::empty(visit, desk, event).key,
                ..again(vec![message], desk.detail.case.version)
            };
            draw(visit, desk, name, fresh).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Where to go after an event: to the case, or to the list when the case went to somebody else.
async fn after(visit: &Visit, desk: &Desk, name: &str) -> Result<String, Failure> {
    match case_view::case(&visit.app, &desk.actor, &desk.detail.case.id).await {
        Ok(_) => Ok(format!("{}?done={name}", desk.home)),
        Err(Error::NotFound) => Ok(visit.done("/cases", &desk.detail.case.number)),
        Err(error) => Err(error.into()),
    }
}

fn confirm(
    visit: &Visit,
    desk: &Desk,
    name: &str,
    event: &Event,
    values: &Map<String, Json>,
    answers: &Answers,
    (version, key): (i64, String),
) -> Result<Response, Failure> {
    let words = Words(visit.locale);
    let heading = words.with(
        "portal-confirm-title",
        "event",
        words.pick(desk.detail.title_of(event)).to_owned(),
    );
    let given: Vec<(String, Json)> = values
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let own = |name: &str| {
        event
            .form
            .iter()
            .any(|f| f.field == name.split('.').next().unwrap_or_default())
    };
    let page = [("version".to_owned(), version.to_string()), ("key".to_owned(), key)];
    let template = Confirm {
        page: Page::new(visit, heading.clone())
            .within(desk.section())
            .keeping_answers(),
        heading,
        number: desk.detail.case.number.clone(),
        own: party::own(words, &desk.detail),
        action: format!("{}/events/{name}", desk.home),
        token: visit.token(desk.cookie),
        rows: rows(&visit.app, words, &desk.detail, &given),
        hidden: answers
            .0
            .iter()
            .filter(|(name, _)| own(name))
            .cloned()
            .chain(page)
            .collect(),
    };
    template.draw()
}
