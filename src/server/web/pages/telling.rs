//! How somebody was told, recorded by an officer: for ways that the service does not carry itself.

use askama::Template;
use poem::{Response, handler, web::Path};
use serde_json::Value as Json;
use time::Date;
use zhengming_engine::{clock::local_date, form};

use super::confirm::Confirm;
use crate::{
    locale::text,
    service::{
        Error,
        case_view::{self, CaseDetail},
        feedback::OwedView,
        telling::{self, Telling},
    },
    web::{
        cookie,
        failure::Failure,
        form::{Complaint, Control, Entry, Line, Question, typed_day},
        page::{Page, Words, html, see, status_of},
        progress::{Row, records},
        visit::{Answers, Visit},
    },
};

#[derive(Template)]
#[template(path = "telling.html")]
struct TellingPage {
    page: Page,
    number: String,
    action: String,
    /// What is owed.
    what: String,
    complaints: Vec<Complaint>,
    questions: Vec<Question>,
}

/// The form.
#[handler]
pub(in crate::web) async fn form_of(
    visit: Visit,
    Path((number, subject)): Path<(String, String)>,
) -> Result<Response, Failure> {
    visit.signed_in()?;
    let detail = case_view::case_by_number(&visit.app, &visit.actor, &number).await?;
    draw(&visit, &detail, &subject, &Answers::default(), None)
}

/// Records it.
#[handler]
pub(in crate::web) async fn take(
    visit: Visit,
    Path((number, subject)): Path<(String, String)>,
    answers: Answers,
) -> Result<Response, Failure> {
    let visit = visit.switched(&answers);
    visit.signed_in()?;
    visit.check_token(cookie::SESSION, &answers)?;
    let detail = case_view::case_by_number(&visit.app, &visit.actor, &number).await?;
    if answers.language().is_some() {
        return draw(&visit, &detail, &subject, &answers, None);
    }
    let told = match given(&subject, &answers) {
        Ok(told) => told,
        Err(error) => return draw(&visit, &detail, &subject, &answers, Some(&error)),
    };
    match answers.first("step") {
        Some("change") => return draw(&visit, &detail, &subject, &answers, None),
        Some("confirmed") => {}
        _ => {
            let Some(view) = detail.owed.get(&subject) else {
                return Err(Failure::NotFound);
            };
            let today = local_date(visit.app.now()).map_err(|_| Failure::Internal("CLOCK"))?;
            return match telling::checked(view, &told, today) {
                Ok(_) => confirm(&visit, &detail, view, &told),
                Err(error) => draw(&visit, &detail, &subject, &answers, Some(&error)),
            };
        }
    }
    match telling::record(&visit.app, &visit.actor, &detail.case.id, told).await {
        Ok(()) => Ok(see(&format!("/cases/{}#notices", detail.case.number))),
        Err(error @ Error::Invalid { .. }) => draw(&visit, &detail, &subject, &answers, Some(&error)),
        Err(error) => Err(error.into()),
    }
}

fn missing(field: &'static str, code: &'static str) -> Error {
    Error::Invalid { field, code }
}

/// What the form says, as far as it can be told without the case.
fn given(subject: &str, answers: &Answers) -> Result<Telling, Error> {
    let given = |name: &str| answers.first(name).unwrap_or_default().trim().to_owned();
    let way = given("way");
    if way.is_empty() {
        return Err(missing("way", "WAY_MISSING"));
    }
    Ok(Telling {
        subject: subject.to_owned(),
        way,
        on: day(answers).ok_or_else(|| missing("on", "DAY_NOT_POSSIBLE"))?,
        reference: Some(given("reference")).filter(|text| !text.is_empty()),
    })
}

/// What will be recorded, once more: it is a proof, and nobody takes it back.
fn confirm(visit: &Visit, detail: &CaseDetail, view: &OwedView, told: &Telling) -> Result<Response, Failure> {
    let page = Page::titled(visit, "portal-telling-confirm")
        .within("cases")
        .keeping_answers();
    let words = page.words;
    let Some((_, way)) = view.recordable.iter().find(|(key, _)| *key == told.way) else {
        return Err(Failure::Malformed);
    };
    let row = |key: &str, value: String| Row {
        label: words.t(key),
        value,
    };
    let mut rows = vec![
        row("portal-telling-what", words.pick(&view.row.title).to_owned()),
        row("portal-telling-way", words.pick(&way.title).to_owned()),
        row("portal-telling-on", words.date(told.on)),
    ];
    rows.extend(told.reference.clone().map(|text| row("portal-telling-reference", text)));
    let mut hidden = vec![
        ("way".to_owned(), told.way.clone()),
        ("on".to_owned(), told.on.to_string()),
    ];
    hidden.extend(told.reference.clone().map(|text| ("reference".to_owned(), text)));
    let template = Confirm {
        heading: page.title.clone(),
        number: detail.case.number.clone(),
        own: None,
        action: format!("/cases/{}/tellings/{}", detail.case.number, told.subject),
        token: visit.token(cookie::SESSION),
        rows,
        hidden,
        page,
    };
    template.draw()
}

fn day(answers: &Answers) -> Option<Date> {
    form::date(&Json::String(typed_day(answers, "on")?)).ok()
}

/// What is wrong, at the field that it is about.
fn complaint(words: Words, error: &Error) -> Complaint {
    let field = match error {
        Error::Invalid { field, .. } => match *field {
            "toldOn" => Some("on"),
            known @ ("way" | "on" | "reference") => Some(known),
            _ => None,
        },
        _ => None,
    };
    Complaint {
        field: field.map(str::to_owned),
        message: words.code("error", error.code()),
    }
}

/// The fields of the form, with what was answered and what is wrong with it.
fn questions(words: Words, view: &OwedView, today: Date, answers: &Answers, complaints: &[Complaint]) -> Vec<Question> {
    let given = |name: &str| answers.first(name).unwrap_or_default();
    let ask = |name: &str, label: &str, hint: Option<String>, control: Control| Question {
        hint,
        optional: name == "reference",
        ..Question::plain(name, words.t(label), control, complaints)
    };
    let ways = view.recordable.iter().map(|(key, way)| Entry {
        value: key.clone(),
        label: words.pick(&way.title).to_owned(),
        law: None,
        chosen: key == given("way"),
    });
    let ways = Control::Select {
        options: ways.collect(),
    };
    let possible = view.made_on.map(|made| {
        let (from, to) = (words.date(made), words.date(today));
        text(words.0, "portal-count-run", &[("from", from.into()), ("to", to.into())])
    });
    let on = Control::day(words, &typed_day(answers, "on").unwrap_or_default());
    let reference = Control::Line(Line::text(given("reference"), "medium"));
    let how = words.t("portal-telling-reference-hint");
    vec![
        ask("way", "portal-telling-way", None, ways),
        ask("on", "portal-telling-on", possible, on),
        ask("reference", "portal-telling-reference", Some(how), reference),
    ]
}

fn draw(
    visit: &Visit,
    detail: &CaseDetail,
    subject: &str,
    answers: &Answers,
    error: Option<&Error>,
) -> Result<Response, Failure> {
    let view = detail.owed.get(subject).filter(|view| !view.recordable.is_empty());
    let Some(view) = view.filter(|_| records(detail)) else {
        return Err(Failure::NotFound);
    };
    let page = Page::titled(visit, "portal-telling-title")
        .within("cases")
        .keeping_answers();
    let words = page.words;
    let today = local_date(visit.app.now()).map_err(|_| Failure::Internal("CLOCK"))?;
    let complaints: Vec<Complaint> = error.map(|error| complaint(words, error)).into_iter().collect();
    let template = TellingPage {
        number: detail.case.number.clone(),
        action: format!("/cases/{}/tellings/{subject}", detail.case.number),
        what: words.pick(&view.row.title).to_owned(),
        questions: questions(words, view, today, answers, &complaints),
        complaints,
        page: page.failing(error.is_some()),
    };
    let status = status_of(error.is_some());
    html(&template, status)
}
