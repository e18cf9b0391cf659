//! All answers on one page before they are sent, and the sending.

use askama::Template;
use poem::{Response, handler, web::Path};
use zhengming_engine::definition::model::{Definition, FilingMode};

use super::filing::{begun, governing, in_force, mode, pages};
use crate::{
    service::{
        Error,
        drafts::{self, Draft},
        intake::{self, FileRequest},
        wording::Called,
    },
    web::{
        cookie,
        failure::Failure,
        form::{Complaint, complaints},
        page::{Page, html, see, status_of},
        progress::answer,
        visit::{Answers, Visit},
    },
};

#[derive(Template)]
#[template(path = "check.html")]
struct Check {
    page: Page,
    procedure: String,
    mode: Option<String>,
    anonymous: bool,
    sections: Vec<Section>,
    token: String,
    complaints: Vec<Complaint>,
}

struct Section {
    key: String,
    title: String,
    answers: Vec<Answer>,
}

struct Answer {
    name: String,
    label: String,
    value: Option<String>,
    missing: bool,
}

/// Every answer with the way to change it.
#[handler]
pub(in crate::web) async fn show(visit: Visit, Path(procedure): Path<String>) -> Result<Response, Failure> {
    let definition = in_force(&visit, &procedure)?;
    let (_, draft) = match begun(&visit, &procedure).await? {
        Ok(begun) => begun,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let definition = governing(&visit, definition, &draft);
    draw(&visit, &definition, &draft, Vec::new())
}

/// Whoever loads the address of the sending comes back to the answers.
#[handler]
pub(in crate::web) async fn back(Path(procedure): Path<String>, visit: Visit) -> Result<Response, Failure> {
    let definition = in_force(&visit, &procedure)?;
    Ok(see(&format!("/file/{}/check", definition.key)))
}

fn draw(
    visit: &Visit,
    definition: &Definition,
    draft: &Draft,
    complaints: Vec<Complaint>,
) -> Result<Response, Failure> {
    let page = Page::titled(visit, "portal-check-title").failing(!complaints.is_empty());
    let words = page.words;
    let (pack, organisations) = (visit.app.pack(), visit.app.organisations());
    let called = Called::new(&pack, &organisations);
    let mode = mode(definition, draft);
    let sections = pages(visit, definition, mode, &draft.fields)
        .into_iter()
        .map(|(form_page, fields)| {
            let answers = fields.iter().filter_map(|asked| {
                let field = definition.fields.get(&asked.field)?;
                let value = draft.fields.get(&asked.field);
                let value = value.map(|value| answer(words, called, &field.kind, value));
                Some(Answer {
                    name: asked.field.clone(),
                    label: words.pick(&field.title).to_owned(),
                    missing: asked.required && value.is_none(),
                    value,
                })
            });
            Section {
                key: form_page.key.clone(),
                title: words.pick(&form_page.title).to_owned(),
                answers: answers.collect(),
            }
        });
    let name = match mode {
        FilingMode::Named => "named",
        FilingMode::Confidential => "confidential",
        FilingMode::Anonymous => "anonymous",
    };
    let status = status_of(!complaints.is_empty());
    let template = Check {
        sections: sections.collect(),
        mode: (definition.filing.modes.len() > 1).then(|| words.code("portal-mode", name)),
        anonymous: mode == FilingMode::Anonymous,
        procedure: definition.key.clone(),
        token: visit.token(&cookie::draft(&definition.key)),
        page,
        complaints,
    };
    html(&template, status)
}

/// Files the case. A second click gets the same receipt: the draft holds the key of the filing, and then the receipt.
#[handler]
pub(in crate::web) async fn send(
    visit: Visit,
    Path(procedure): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    let definition = in_force(&visit, &procedure)?;
    let (token, draft) = match begun(&visit, &procedure).await? {
        Ok(begun) => begun,
        Err(elsewhere) => return Ok(elsewhere),
    };
    visit.check_token(&cookie::draft(&procedure), &answers)?;
    let definition = governing(&visit, definition, &draft);
    let mode = mode(&definition, &draft);
    // Answers to pages that are not asked any more, since others were changed, stay in the draft and are not sent.
    let pages = pages(&visit, &definition, mode, &draft.fields);
    let asked = |name: &str| {
        pages
            .iter()
            .any(|(_, fields)| fields.iter().any(|asked| asked.field == name))
    };
    let fields = draft.fields.iter().filter(|(name, _)| asked(name));
    let request = FileRequest {
        procedure: procedure.clone(),
        mode,
        fields: fields.map(|(name, value)| (name.clone(), value.clone())).collect(),
        idempotency_key: draft.idempotency_key.clone(),
    };
    let filed = match intake::file_from(&visit.app, &visit.actor, visit.address, request).await {
        // Answers that were changed after the sending, which the visitor did not see succeed: what was filed is filed.
        Err(Error::IdempotencyConflict) => intake::filed(&visit.app, &visit.actor, &draft.idempotency_key).await,
        other => other,
    };
    match filed {
        Ok(filed) => {
            drafts::sent(&visit.app, &token, &procedure, &filed, false).await?;
            Ok(see(&format!("/file/{procedure}/done")))
        }
        Err(Error::Refused(problems)) => {
            let words = Page::titled(&visit, "portal-check-title").words;
            draw(&visit, &definition, &draft, complaints(words, &definition, &problems))
        }
        Err(error) => Err(error.into()),
    }
}
