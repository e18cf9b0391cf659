//! What the signed-in person watches, and what leans on it.

use askama::Template;
use poem::{Request, Response, handler, web::Path};

use super::marks::in_words;
use crate::{
    service::{
        Error,
        watches::{self, AlertView, NewWatch},
    },
    store::WatchRow,
    web::{
        cookie,
        failure::Failure,
        link,
        page::{Page, Words, html, see, status_of},
        picture::thousandths,
        visit::{Answers, Visit},
    },
};

/// Alerts that the page shows.
const SHOWN: usize = 50;

/// How alike a name must be to be told, in thousandths; the first is the usual one.
const THRESHOLDS: [(u32, &str); 3] = [
    (600, "portal-watch-medium"),
    (800, "portal-watch-high"),
    (450, "portal-watch-low"),
];

/// What the address says after a watch was begun or ended, with the text that says so.
const DONE: [(&str, &str); 2] = [("begun", "portal-watch-begun"), ("ended", "portal-watch-ended")];

#[derive(Template)]
#[template(path = "watches.html")]
struct Watches {
    page: Page,
    watches: Vec<Watch>,
    alerts: Vec<Alert>,
    thresholds: Vec<(u32, String, bool)>,
    name: String,
    wrong: Option<String>,
    /// What was just done.
    done: Option<String>,
    token: String,
    /// The key of the next watch: sent twice, it makes one.
    key: String,
}

struct Watch {
    id: String,
    name: String,
    since: String,
    /// Percent.
    threshold: u32,
}

struct Alert {
    name: String,
    watched: String,
    /// What the name is where it stands, in words.
    used_as: String,
    /// Percent.
    score: u32,
    /// Class of its colour.
    band: String,
    band_words: String,
    reasons: Vec<String>,
    found: String,
    /// Number of the case, where the reader may know of it.
    case: Option<String>,
    /// Owner of the mark that was entered.
    owner: Option<String>,
    compare: String,
}

/// The watches and the alerts.
#[handler]
pub(in crate::web) async fn show(visit: Visit, request: &Request) -> Result<Response, Failure> {
    visit.signed_in()?;
    let done = visit.was_done_of(request, &DONE);
    let done = done.map(|key| Words(visit.locale).t(key));
    draw(&visit, String::new(), THRESHOLDS[0].0, None, done).await
}

/// Begins to watch a name.
#[handler]
pub(in crate::web) async fn begin(visit: Visit, answers: Answers) -> Result<Response, Failure> {
    visit.signed_in()?;
    visit.check_token(cookie::SESSION, &answers)?;
    let name = answers.first("name").unwrap_or_default().trim().to_owned();
    let asked: Option<u32> = answers.first("threshold").and_then(|text| text.parse().ok());
    let known = THRESHOLDS.iter().find(|(value, _)| Some(*value) == asked);
    let threshold = known.map_or(THRESHOLDS[0].0, |(value, _)| *value);
    let new = NewWatch {
        mark_id: None,
        name: Some(name.clone()),
        classes: Vec::new(),
        threshold: f64::from(threshold) / 1_000.0,
    };
    let key = answers.first("_key").unwrap_or_default();
    match watches::watch_mark(&visit.app, &visit.actor, new, key).await {
        Ok(_) => Ok(see(&visit.done("/watches", "begun"))),
        Err(error @ (Error::Invalid { .. } | Error::IdempotencyConflict)) => {
            let words = Words(visit.locale);
            let wrong = if name.is_empty() {
                words.t("portal-marks-missing")
            } else {
                words.code("error", error.code())
            };
            draw(&visit, name, threshold, Some(wrong), None).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Ends a watch.
#[handler]
pub(in crate::web) async fn cancel(
    visit: Visit,
    Path(id): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    visit.signed_in()?;
    visit.check_token(cookie::SESSION, &answers)?;
    watches::cancel_watch(&visit.app, &visit.actor, &id).await?;
    Ok(see(&visit.done("/watches", "ended")))
}

async fn draw(
    visit: &Visit,
    name: String,
    threshold: u32,
    wrong: Option<String>,
    done: Option<String>,
) -> Result<Response, Failure> {
    let page = Page::titled(visit, "portal-watches-title")
        .within("marks")
        .failing(wrong.is_some());
    let words = page.words;
    let rows = watches::watches(&visit.app, &visit.actor).await?;
    let found = watches::alerts(&visit.app, &visit.actor, None, SHOWN).await?;
    let status = status_of(wrong.is_some());
    let template = Watches {
        watches: rows.iter().map(|row| watched(words, row)).collect(),
        alerts: found.iter().map(|view| alert(words, view)).collect(),
        thresholds: THRESHOLDS
            .iter()
            .map(|(value, key)| (*value, words.t(key), *value == threshold))
            .collect(),
        name,
        wrong,
        done,
        token: visit.token(cookie::SESSION),
        key: visit.app.ids.next().to_string(),
        page,
    };
    html(&template, status)
}

fn watched(words: Words, row: &WatchRow) -> Watch {
    Watch {
        id: row.id.clone(),
        name: row.name.clone(),
        since: words.day(row.created_at),
        threshold: thousandths(row.threshold) / 10,
    }
}

fn alert(words: Words, view: &AlertView) -> Alert {
    let row = &view.alert;
    let reasons = row.reasons.as_array().into_iter().flatten();
    let reasons = reasons.filter_map(serde_json::Value::as_str);
    Alert {
        name: row.name.clone(),
        watched: view.watch.name.clone(),
        used_as: if view.mark.is_some() {
            words.t("portal-name-use-register")
        } else {
            words.code("portal-name-use", &row.searched_as)
        },
        score: thousandths(row.score) / 10,
        band: row.band.clone(),
        band_words: words.code("portal-band", &row.band),
        reasons: reasons.map(|reason| in_words(words, reason)).collect(),
        found: words.moment(row.found_at),
        case: view.case.as_ref().map(|summary| summary.case.number.clone()),
        owner: view
            .mark
            .as_ref()
            .map(|mark| mark.owner.clone())
            .filter(|owner| !owner.is_empty()),
        compare: format!(
            "/marks/compare?name={}&mark={}",
            link::escape(&row.name),
            link::escape(&view.watch.name)
        ),
    }
}
