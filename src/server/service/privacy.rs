//! The two doors to a person's data: disclosure for a stated purpose, and erasure. Both are audited before they answer.

use serde_json::Value as Json;

use super::{
    Error, Result,
    accounts::{audit, demand},
    cases::standing_on,
    imitations,
};
use crate::{
    access::{Action, Actor},
    app::App,
    store::AuditOutcome,
};

/// Why an identity may be disclosed; a closed list.
pub const PURPOSES: [&str; 5] = [
    "contact_filer",
    "verify_identity",
    "mediation",
    "serve_document",
    "refer_to_police",
];

/// Discloses who filed a case. The audit entry is written first; without it there is no answer.
///
/// # Errors
/// [`Error::NotFound`] for cases that the actor may not know of or without an identity, [`Error::Forbidden`],
/// [`Error::Invalid`] for an unknown purpose.
pub async fn disclose_identity(app: &App, actor: &Actor, case_id: &str, purpose: &str) -> Result<Json> {
    if !PURPOSES.contains(&purpose) {
        return Err(Error::Invalid {
            field: "purpose",
            code: "UNKNOWN_PURPOSE",
        });
    }
    let case = app.store.case(case_id).await?.ok_or(Error::NotFound)?;
    let standing = standing_on(app, actor, &case).await?;
    if !standing.knows() {
        return Err(Error::NotFound);
    }
    let object = format!("case:{case_id}");
    demand(app, actor, Action::DiscloseIdentity, &standing, &object).await?;
    let code = Action::DiscloseIdentity.code();
    audit(
        app,
        actor.account_id(),
        code,
        &object,
        AuditOutcome::Allowed,
        Some(purpose),
    )
    .await?;
    let identity = app.store.identity(case_id).await?.and_then(|row| row.body);
    identity
        .filter(|body| body.as_object().is_some_and(|map| !map.is_empty()))
        .ok_or(Error::NotFound)
}

/// Erases the personal data of a case: payloads, identity, names, mail bodies. The chain still verifies after it.
///
/// # Errors
/// As [`disclose_identity`]; [`Error::Invalid`] for a case that still runs; [`Error::Busy`] while another case has not heard how it ended.
pub async fn erase_person(app: &App, actor: &Actor, case_id: &str, purpose: &str) -> Result<()> {
    if purpose.trim().is_empty() || purpose.len() > 64 || !purpose.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
        return Err(Error::Invalid {
            field: "purpose",
            code: "UNKNOWN_PURPOSE",
        });
    }
    let case = app.store.case(case_id).await?.ok_or(Error::NotFound)?;
    let standing = standing_on(app, actor, &case).await?;
    if !standing.knows() {
        return Err(Error::NotFound);
    }
    let object = format!("case:{case_id}");
    demand(app, actor, Action::ErasePerson, &standing, &object).await?;
    if case.closed_at.is_none() {
        return Err(Error::Invalid {
            field: "caseId",
            code: "CASE_STILL_OPEN",
        });
    }
    // What another case still has to hear would be erased with the rest; a moment later it has.
    if app.store.owes_news(case_id).await? {
        return Err(Error::Busy);
    }
    audit(
        app,
        actor.account_id(),
        Action::ErasePerson.code(),
        &object,
        AuditOutcome::Allowed,
        Some(purpose),
    )
    .await?;
    app.store.erase_case_person(case_id, app.now()).await?;
    // Should another process be writing to the index just now, that process makes it anew.
    imitations::catch_up(app).await?;
    app.mailer.forget(case_id).await.map_err(|error| {
        tracing::error!(error.code = error.code(), "spooled mails could not be removed");
        Error::Internal("spooled mails could not be removed")
    })
}
