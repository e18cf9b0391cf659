//! Hand-over by signed file, in the portal: files are written on a case's own page and read on one for all.

use std::{borrow::Cow, collections::BTreeMap};

use askama::Template;
use data_encoding::HEXLOWER;
use poem::{Body, Request, Response, handler, http::header, web::Path};
use sha2::{Digest as _, Sha256};

use crate::{
    service::{
        Error, case_view,
        transfer::{self, Imported, Signed},
    },
    web::{
        cookie,
        failure::Failure,
        form::complaints,
        page::{Page, html, status_of},
        upload::{File, Uploaded},
        visit::{Answers, Visit},
    },
};

#[derive(Template)]
#[template(path = "handover.html")]
struct Handover {
    page: Page,
    number: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "transfers.html")]
struct Transfers {
    page: Page,
    error: Option<String>,
    /// What was pasted, to be mended.
    file: String,
    done: Option<Done>,
}

/// What became of a file.
struct Done {
    number: String,
    said: String,
    /// The event that could not happen, and why.
    refused: Option<(String, Vec<String>)>,
}

/// How a case goes to an organisation without access here.
#[handler]
pub(in crate::web) async fn case_form(visit: Visit, Path(number): Path<String>) -> Result<Response, Failure> {
    visit.signed_in()?;
    draw_case(&visit, &number, None).await
}

/// Writes the file that was asked for, as a download.
#[handler]
pub(in crate::web) async fn write(
    visit: Visit,
    Path(number): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    visit.signed_in()?;
    visit.check_token(cookie::SESSION, &answers)?;
    let request = transfer::Request {
        number: &number,
        by: None,
        to: None,
    };
    let written = match answers.first("what") {
        Some("events") => transfer::write_events(&visit.app, &visit.actor, &request).await,
        _ => transfer::write_transfer(&visit.app, &visit.actor, &request, Vec::new()).await,
    };
    match written {
        Ok(signed) => Ok(download(signed)),
        Err(error @ Error::Invalid { .. }) => draw_case(&visit, &number, Some(error)).await,
        Err(error) => Err(error.into()),
    }
}

async fn draw_case(visit: &Visit, number: &str, error: Option<Error>) -> Result<Response, Failure> {
    let detail = case_view::case_by_number(&visit.app, &visit.actor, number).await?;
    if !transfer::may_write(&visit.app, &visit.actor, &detail.case).await? {
        return Err(Failure::NotFound);
    }
    let page = Page::titled(visit, "portal-handover-title").within("cases");
    let template = Handover {
        number: detail.case.number.clone(),
        error: error.as_ref().map(|error| page.words.code("error", error.code())),
        page: page.failing(error.is_some()),
    };
    html(&template, status_of(error.is_some()))
}

fn download(signed: Signed) -> Response {
    Response::builder()
        .content_type("application/jose")
        .header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", signed.name),
        )
        .header(header::CACHE_CONTROL, "no-store")
        .body(signed.text)
}

/// Where files that came are read.
#[handler]
pub(in crate::web) async fn form(visit: Visit) -> Result<Response, Failure> {
    visit.signed_in()?;
    draw(&visit, None, String::new(), None)
}

/// Reads a file that came, uploaded or pasted, and what came along with it.
#[handler]
pub(in crate::web) async fn read(visit: Visit, request: &Request, body: Body) -> Result<Response, Failure> {
    visit.signed_in()?;
    let sent = Uploaded::read(&visit, request, body).await?;
    visit.check_token(cookie::SESSION, &sent.answers)?;
    let file = sent.answers.first("file").unwrap_or_default();
    let uploaded = sent.files("upload").next();
    let text = uploaded.map_or(Cow::Borrowed(file), |uploaded| String::from_utf8_lossy(&uploaded.bytes));
    let hashed = |item: &File| (item.name.clone(), HEXLOWER.encode(&Sha256::digest(&item.bytes)));
    let items: BTreeMap<String, String> = sent.files("items").map(hashed).collect();
    let read = if text.trim().is_empty() {
        Err(Error::Invalid {
            field: "file",
            code: "TRANSFER_FILE_MISSING",
        })
    } else {
        transfer::read(&visit.app, &visit.actor, &text, &items).await
    };
    match read {
        Ok(imported) => {
            let done = done(&visit, imported).await?;
            draw(&visit, None, String::new(), Some(done))
        }
        Err(error @ (Error::Invalid { .. } | Error::Forbidden | Error::Refused(_))) => {
            draw(&visit, Some(error), file.to_owned(), None)
        }
        Err(error) => Err(error.into()),
    }
}

async fn done(visit: &Visit, imported: Imported) -> Result<Done, Failure> {
    let words = Page::titled(visit, "portal-transfers-title").words;
    let count = |key: &str, count: usize| words.with(key, "count", i64::try_from(count).unwrap_or(i64::MAX));
    Ok(match imported {
        Imported::TakenOver { number, known } => Done {
            number,
            said: words.t(if known {
                "portal-transfers-known"
            } else {
                "portal-transfers-taken-over"
            }),
            refused: None,
        },
        Imported::Events {
            number,
            performed,
            refused,
            ..
        } => {
            let mut told = None;
            if let Some((event, error)) = refused {
                let row = visit.app.store.case_by_number(&number).await;
                let row = row.map_err(|error| Failure::from(Error::from(error)))?;
                let pack = visit.app.pack();
                let definition = row.and_then(|row| pack.pinned(&row.procedure, &row.definition_hash).cloned());
                told = definition.map(|definition| {
                    let title = definition.events.get(&event);
                    let title = title.map_or_else(|| event.clone(), |event| words.pick(&event.title).to_owned());
                    let why = match &error {
                        Error::Refused(problems) => complaints(words, &definition, problems)
                            .into_iter()
                            .map(|problem| problem.message)
                            .collect(),
                        other => vec![words.code("error", other.code())],
                    };
                    (title, why)
                });
            }
            Done {
                number,
                said: count("portal-transfers-events", performed),
                refused: told,
            }
        }
    })
}

fn draw(visit: &Visit, error: Option<Error>, file: String, done: Option<Done>) -> Result<Response, Failure> {
    let page = Page::titled(visit, "portal-transfers-title").within("cases");
    let template = Transfers {
        error: error.as_ref().map(|error| page.words.code("error", error.code())),
        file,
        done,
        page: page.failing(error.is_some()),
    };
    html(&template, status_of(error.is_some()))
}
