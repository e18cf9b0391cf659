//! Where a case is in its procedure: the drawing of the procedure with its present place, and the same in words.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use poem::{Request, Response, handler, http::StatusCode, web::Path};
use serde::Deserialize;
use zhengming_engine::{
    definition::model::{Definition, StateIx},
    diagram::{Frame, Language, Whereabouts, Wording, svg},
};

use crate::{
    locale::phases,
    service::case_view::{self, CaseDetail, DeadlineView},
    web::{
        failure::Failure,
        link,
        page::{Page, Words, html, see},
        progress::{Entry, Standing, remaining},
        visit::Visit,
    },
};

#[derive(Template)]
#[template(path = "diagram.html")]
struct DiagramPage {
    page: Page,
    /// Address of the case.
    base: String,
    number: String,
    procedure: String,
    /// Names of the states that it is in.
    here: String,
    /// Clocks that run: name, and when each is due.
    clocks: Vec<(String, String)>,
    /// Its moves, oldest first.
    passed: Vec<Entry>,
    drawing: String,
}

#[derive(Deserialize)]
struct Query {
    at: String,
}

/// The page of the drawing. A large one is blank in its corner: whoever comes without the fragment of the present place is led to it,
/// which the query tells apart from having come with it.
#[handler]
pub(in crate::web) async fn show(
    visit: Visit,
    Path(number): Path<String>,
    request: &Request,
) -> Result<Response, Failure> {
    visit.signed_in()?;
    let detail = case_view::case_by_number(&visit.app, &visit.actor, &number).await?;
    let own = format!("/cases/{}/diagram", detail.case.number);
    if request.params::<Query>().is_ok_and(|query| query.at == "here") {
        draw(&visit, &detail, &own)
    } else {
        Ok(see(&format!("{own}?at=here#here")))
    }
}

fn draw(visit: &Visit, detail: &CaseDetail, own: &str) -> Result<Response, Failure> {
    let words = Words(visit.locale);
    let title = format!("{} · {}", detail.case.number, words.t("portal-diagram-title"));
    let mut page = Page::new(visit, title).within("cases");
    page.here = link::escape(own);
    let due = due(visit, words, detail);
    let definition = &detail.definition;
    let phases = phases(words.0, definition);
    let wording = Wording {
        language: if words.0.is_zh() { Language::Zh } else { Language::En },
        law: &visit.app.pack().law,
        phases: &phases,
    };
    let whereabouts = Whereabouts {
        active: around(definition, detail.case.states.iter()),
        visited: around(
            definition,
            detail
                .events
                .iter()
                .flat_map(|event| event.from.iter().chain(&event.to)),
        ),
        clocks: due.clone(),
    };
    let clock = |(key, due): (&String, &String)| {
        let rule = definition.clocks.get(key)?;
        Some((words.pick(&rule.title).to_owned(), due.clone()))
    };
    let standing = Standing::new(&visit.app, words, detail);
    let template = DiagramPage {
        base: format!("/cases/{}", detail.case.number),
        number: detail.case.number.clone(),
        procedure: standing.procedure,
        here: standing.state,
        clocks: due.iter().filter_map(clock).collect(),
        passed: standing
            .history
            .into_iter()
            .rev()
            .filter(|entry| entry.to.is_some())
            .collect(),
        drawing: svg(definition, &wording, &whereabouts, Frame::Page),
        page,
    };
    html(&template, StatusCode::OK)
}

/// States of these names with those around them.
fn around<'n>(definition: &Definition, names: impl Iterator<Item = &'n String>) -> BTreeSet<StateIx> {
    let known = names.filter_map(|name| definition.state(name));
    known
        .flat_map(|ix| definition.lineage(ix).map(|(ix, _)| ix).collect::<Vec<_>>())
        .collect()
}

/// When each clock that runs, stands still or is late is due, in words.
fn due(visit: &Visit, words: Words, detail: &CaseDetail) -> BTreeMap<String, String> {
    let now = visit.app.clock.now();
    let told = |deadline: &&DeadlineView| detail.case.closed_at.is_none() && deadline.is_pending();
    let in_words = |deadline: &DeadlineView| {
        let (left, _) = remaining(&visit.app, words, deadline, now);
        let day = words.due(&deadline.state);
        let rule = detail.definition.clocks.get(&deadline.clock);
        let day = match deadline.state.due.at() {
            Some(_) if rule.is_some_and(|rule| rule.waits) => format!("{} {day}", words.t("portal-waits-until")),
            Some(_) => words.with("portal-diagram-due", "date", day),
            None => day,
        };
        let text = if left.is_empty() {
            day
        } else {
            format!("{day} · {left}")
        };
        (deadline.clock.clone(), text)
    };
    detail.deadlines.iter().filter(told).map(in_words).collect()
}
