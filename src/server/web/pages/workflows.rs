//! Which domain pack runs, what is proposed to take its place, and the two steps of publishing it.

use std::sync::Arc;

use askama::Template;
use poem::{Request, Response, handler, web::Path};
use time::Date;
use zhengming_engine::{
    clock::local_date,
    definition::model::{Definition, FiledRange},
    diagnostic::{Diagnostic, Severity},
};

use crate::{
    locale::text,
    service::{
        Error,
        amendment::{self, Amendment, Line},
        directory, publication,
    },
    store::PublicationRow,
    web::{
        cookie,
        failure::Failure,
        form::Complaint,
        page::{Page, Words, html, see, status_of},
        visit::{Answers, Visit},
    },
};

/// Characters of a hash that people compare.
const SHORT: usize = 12;

/// What the address says after a proposal or a publication, with the text that says so.
const DONE: [(&str, &str); 2] = [
    ("proposed", "portal-workflows-proposed"),
    ("published", "portal-workflows-published"),
];

#[derive(Template)]
#[template(path = "workflows.html")]
struct Workflows {
    page: Page,
    pack: String,
    since: String,
    two_persons: bool,
    /// Whether there is a folder to propose from.
    folder: bool,
    versions: Vec<Version>,
    rejected: Option<Refused>,
    proposals: Vec<Proposal>,
    /// What was written in the form.
    note: String,
    note_is_wrong: bool,
    /// Makes the form's second sending the same request.
    key: String,
    complaints: Vec<Complaint>,
    /// What the reader has just done.
    done: Option<String>,
}

/// A version of a procedure.
struct Version {
    title: String,
    key: String,
    version: u32,
    filed: String,
    current: bool,
    /// Whether it governs filings of today, does not any more or not yet, in words.
    today: String,
}

/// Why the pack in the folder does not run.
struct Refused {
    at: String,
    error: String,
    faults: Vec<Fault>,
}

struct Fault {
    place: String,
    code: &'static str,
    error: bool,
    message: String,
    mend: String,
}

struct Proposal {
    id: String,
    pack: String,
    note: String,
    by: String,
    at: String,
    mine: bool,
    key: String,
    /// None where the proposed pack cannot be read.
    amendments: Option<Vec<Changed>>,
}

struct Changed {
    path: String,
    summary: String,
    lines: Vec<Shown>,
}

/// A line of a change: class of its colour, sign, text.
struct Shown {
    class: &'static str,
    sign: &'static str,
    text: String,
}

/// What runs, and what is proposed.
#[handler]
pub(in crate::web) async fn show(visit: Visit, request: &Request) -> Result<Response, Failure> {
    visit.signed_in()?;
    let done = visit.was_done_of(request, &DONE);
    draw(&visit, String::new(), None, done).await
}

/// What was sent is not sent again by loading its address.
#[handler]
pub(in crate::web) async fn back(visit: Visit) -> Result<Response, Failure> {
    visit.signed_in()?;
    Ok(see("/workflows"))
}

/// Proposes what is in the folder.
#[handler]
pub(in crate::web) async fn propose(visit: Visit, answers: Answers) -> Result<Response, Failure> {
    visit.signed_in()?;
    visit.check_token(cookie::SESSION, &answers)?;
    let note = answers.first("note").unwrap_or_default();
    let key = answers.first("key").unwrap_or_default();
    match publication::propose(&visit.app, &visit.actor, note, key).await {
        Ok(_) => Ok(see(&visit.done("/workflows", "proposed"))),
        Err(Error::Invalid { field, code }) => draw(&visit, note.to_owned(), Some((field, code)), None).await,
        Err(error) => Err(error.into()),
    }
}

/// Publishes a proposal.
#[handler]
pub(in crate::web) async fn publish(
    visit: Visit,
    Path(id): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    visit.signed_in()?;
    visit.check_token(cookie::SESSION, &answers)?;
    let key = answers.first("key").unwrap_or_default();
    match publication::publish(&visit.app, &visit.actor, &id, key).await {
        Ok(_) => Ok(see(&visit.done("/workflows", "published"))),
        Err(Error::Invalid { field, code }) => draw(&visit, String::new(), Some((field, code)), None).await,
        Err(error) => Err(error.into()),
    }
}

async fn draw(
    visit: &Visit,
    note: String,
    wrong: Option<(&'static str, &'static str)>,
    done: Option<&str>,
) -> Result<Response, Failure> {
    let rows = publication::proposals(&visit.app, &visit.actor).await?;
    let page = Page::titled(visit, "portal-workflows-title")
        .within("workflows")
        .failing(wrong.is_some());
    let words = page.words;
    let names = directory::names(&visit.app, rows.iter().filter_map(|row| row.proposed_by.clone())).await?;
    let mut proposals = Vec::new();
    for row in rows {
        let amendments = match amendment::of_proposal(&visit.app, &visit.actor, &row.id).await {
            Ok(amendments) => Some(amendments),
            Err(Error::Internal(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let by = row.proposed_by.as_ref().and_then(|id| names.get(id)).cloned();
        proposals.push(proposal(visit, words, row, by, amendments));
    }
    let running = visit.app.running();
    let complaint = |(field, code): (&str, &str)| Complaint {
        field: (field == "note").then(|| field.to_owned()),
        message: words.code("error", code),
    };
    let template = Workflows {
        pack: short(running.pack.version()),
        since: words.moment(running.since),
        two_persons: visit.app.config.workflows.two_persons,
        folder: visit.app.config.workflows_dir.is_some(),
        versions: versions(visit, words),
        rejected: running.rejected.as_deref().map(|rejected| Refused {
            at: words.moment(rejected.at),
            error: rejected.error.clone(),
            faults: rejected.found.iter().map(fault).collect(),
        }),
        proposals,
        note,
        note_is_wrong: wrong.is_some_and(|(field, _)| field == "note"),
        key: visit.app.ids.next().to_string(),
        complaints: wrong.map(complaint).into_iter().collect(),
        done: done.map(|key| words.t(key)),
        page,
    };
    let status = status_of(wrong.is_some());
    html(&template, status)
}

fn short(hash: &str) -> String {
    hash.chars().take(SHORT).collect()
}

fn versions(visit: &Visit, words: Words) -> Vec<Version> {
    let today = local_date(visit.app.now()).ok();
    let pack = visit.app.pack();
    let version = |definition: &Arc<Definition>| Version {
        title: words.pick(&definition.title).to_owned(),
        key: definition.key.clone(),
        version: definition.version,
        filed: filed(words, definition.filed),
        current: today.is_some_and(|today| definition.filed.contains(today)),
        today: today
            .map(|today| words.t(stands(definition.filed, today)))
            .unwrap_or_default(),
    };
    pack.procedures.values().flatten().map(version).collect()
}

/// How a version stands on a day: in use, not any more, not yet.
fn stands(range: FiledRange, today: Date) -> &'static str {
    if range.contains(today) {
        "portal-workflows-current"
    } else if range.to.is_some_and(|to| to < today) {
        "portal-workflows-ended"
    } else {
        "portal-workflows-not-yet"
    }
}

/// For which filing days a version is, in words.
fn filed(words: Words, range: FiledRange) -> String {
    let day = |key, day| words.with(key, "date", words.date(day));
    match (range.from, range.to) {
        (None, None) => words.t("portal-workflows-always"),
        (Some(from), None) => day("portal-workflows-from", from),
        (None, Some(to)) => day("portal-workflows-to", to),
        (Some(from), Some(to)) => format!(
            "{} {}",
            day("portal-workflows-from", from),
            day("portal-workflows-to", to)
        ),
    }
}

fn fault(found: &Diagnostic) -> Fault {
    Fault {
        place: format!("{}:{}", found.file, found.line),
        code: found.code,
        error: found.severity == Severity::Error,
        message: found.message.clone(),
        mend: found.mend.clone(),
    }
}

fn proposal(
    visit: &Visit,
    words: Words,
    row: PublicationRow,
    by: Option<String>,
    amendments: Option<Vec<Amendment>>,
) -> Proposal {
    Proposal {
        mine: row.proposed_by.is_some() && row.proposed_by.as_deref() == visit.actor.account_id(),
        by: by.unwrap_or_else(|| words.t("portal-workflows-by-signal")),
        pack: short(&row.pack),
        at: words.moment(row.proposed_at),
        note: row.note,
        key: visit.app.ids.next().to_string(),
        amendments: amendments.map(|all| all.into_iter().map(|one| changed(words, one)).collect()),
        id: row.id,
    }
}

fn changed(words: Words, amendment: Amendment) -> Changed {
    let line = |line: Line| match line {
        Line::Kept(text) => ("kept", " ", text),
        Line::Added(text) => ("added", "+", text),
        Line::Removed(text) => ("removed", "-", text),
        Line::Gap => ("gap", "…", String::new()),
    };
    let lines = amendment.lines.into_iter().map(line);
    Changed {
        path: amendment.path,
        summary: text(
            words.0,
            "portal-workflows-lines",
            &[("added", amendment.added.into()), ("removed", amendment.removed.into())],
        ),
        lines: lines.map(|(class, sign, text)| Shown { class, sign, text }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_version_of_the_past_is_told_from_one_of_the_future() {
        let range = FiledRange {
            from: Some(date!(2026 - 04 - 15)),
            to: Some(date!(2026 - 12 - 31)),
        };
        assert_eq!(stands(range, date!(2026 - 04 - 14)), "portal-workflows-not-yet");
        assert_eq!(stands(range, date!(2026 - 12 - 31)), "portal-workflows-current");
        assert_eq!(stands(range, date!(2027 - 01 - 01)), "portal-workflows-ended");
    }
}
