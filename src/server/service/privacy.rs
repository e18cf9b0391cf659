//! The two doors to a person's data: disclosure for a stated purpose, and erasure. Both are audited before they answer.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use zhengming_engine::definition::model::{Definition, FieldKind};

use super::{
    Error, Result,
    accounts::{audit, demand},
    cases::{pinned, standing_on},
    denied, identity, imitations,
};
use crate::{
    access::{Action, Actor, Standing},
    app::App,
    store::{AuditOutcome, CaseRow, StoreError},
};

/// A purpose, and the phase of cases that have it.
const MEDIATION: &str = "mediation";

/// Why an identity may be disclosed; a closed list.
pub const PURPOSES: [&str; 5] = [
    "contact_filer",
    "verify_identity",
    MEDIATION,
    "serve_document",
    "refer_to_police",
];

/// Why people's data are erased, as the portal offers it; programs may state others.
pub const ERASURE_REASONS: [&str; 3] = ["request_of_person", "no_longer_needed", "unlawfully_collected"];

/// Those for which the filer of a case of this procedure may be disclosed: nobody mediates a report (Order 121 art 37).
pub fn purposes(definition: &Definition) -> impl Iterator<Item = &'static str> {
    let mediated = definition.phases().contains(&MEDIATION);
    PURPOSES
        .into_iter()
        .filter(move |purpose| mediated || *purpose != MEDIATION)
}

/// Discloses who filed a case. The audit entry is written first; without it there is no answer.
///
/// # Errors
/// [`Error::NotFound`] for cases that the actor may not know of or without an identity, [`Error::Forbidden`],
/// [`Error::Invalid`] for an unknown purpose, or one that cases of the procedure do not have.
pub async fn disclose_identity(app: &App, actor: &Actor, case_id: &str, purpose: &str) -> Result<Json> {
    if !PURPOSES.contains(&purpose) {
        return Err(Error::Invalid {
            field: "purpose",
            code: "UNKNOWN_PURPOSE",
        });
    }
    let found = known(app, actor, case_id).await;
    let (case, standing) = denied::noted(app, actor, Action::DiscloseIdentity.code(), case_id, found).await?;
    let object = format!("case:{case_id}");
    demand(app, actor, Action::DiscloseIdentity, &standing, &object).await?;
    let definition = pinned(app, &case)?;
    if !purposes(&definition).any(|known| known == purpose) {
        return Err(Error::Invalid {
            field: "purpose",
            code: "PURPOSE_OF_ANOTHER_CASE",
        });
    }
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
    let identity = identity::of(app, case_id).await?;
    identity
        .filter(|body| body.as_object().is_some_and(|map| !map.is_empty()))
        .ok_or(Error::NotFound)
}

/// A case that the actor may know of, and what the actor is to it.
async fn known(app: &App, actor: &Actor, case_id: &str) -> Result<(CaseRow, Standing)> {
    let case = app.store.case(case_id).await?.ok_or(Error::NotFound)?;
    let standing = standing_on(app, actor, &case).await?;
    if standing.knows() {
        Ok((case, standing))
    } else {
        Err(Error::NotFound)
    }
}

/// Where else the person whose data were erased is known: what was split off, or came of the case, took who filed along.
/// Those cases have ends and periods of their own, so each is erased by itself.
#[derive(Clone, Debug, Default)]
pub struct Elsewhere {
    /// Cases that whoever erased may know of.
    pub known: Vec<CaseRow>,
    /// How many others there are.
    pub others: usize,
}

/// Erases the personal data of a case: payloads, identity, names, mail bodies. The chain still verifies after it. Says where
/// the same person's are still kept.
///
/// # Errors
/// As [`disclose_identity`]; [`Error::Invalid`] for a case that still runs; [`Error::Busy`] while another case has not heard how it ended.
pub async fn erase_person(app: &App, actor: &Actor, case_id: &str, purpose: &str) -> Result<Elsewhere> {
    if purpose.trim().is_empty() || purpose.len() > 64 || !purpose.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
        return Err(Error::Invalid {
            field: "purpose",
            code: "UNKNOWN_PURPOSE",
        });
    }
    let found = known(app, actor, case_id).await;
    let (case, standing) = denied::noted(app, actor, Action::ErasePerson.code(), case_id, found).await?;
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
    let elsewhere = elsewhere(app, actor, &case).await?;
    audit(
        app,
        actor.account_id(),
        Action::ErasePerson.code(),
        &object,
        AuditOutcome::Allowed,
        Some(purpose),
    )
    .await?;
    let erased = match app.store.erase_case_person(case_id, app.now()).await {
        // A reader may hold up that the freed bytes are overwritten. The rows are erased all the same, and the rest must be, too.
        Err(StoreError::Contention) => Err(StoreError::Contention),
        erased => Ok(erased?),
    };
    // Should another process be writing to the index just now, that process makes it anew.
    imitations::catch_up(app).await?;
    app.mailer.forget(case_id).await.map_err(|error| {
        tracing::error!(error.code = error.code(), "spooled mails could not be removed");
        Error::Internal("spooled mails could not be removed")
    })?;
    erased?;
    Ok(elsewhere)
}

/// The cases that a case is linked with, directly or over others, and in which the same person filed.
async fn elsewhere(app: &App, actor: &Actor, case: &CaseRow) -> Result<Elsewhere> {
    let mut found = Elsewhere::default();
    let Some(person) = filer(app, &case.id).await? else {
        return Ok(found);
    };
    let definition = pinned(app, case).ok();
    let is_chosen = |field: &str| {
        let asked = definition.as_ref().and_then(|definition| definition.fields.get(field));
        asked.is_some_and(|field| matches!(field.kind, FieldKind::Choice(_)))
    };
    let mut seen = BTreeSet::from([case.id.clone()]);
    let mut next = vec![case.id.clone()];
    while !next.is_empty() {
        let links = app.store.links_of(&next).await?;
        let ends = links.into_iter().flat_map(|link| [link.from_case, link.to_case]);
        next = ends.filter(|id| seen.insert(id.clone())).collect();
        for linked in app.store.cases_by_ids(&next).await? {
            let other = filer(app, &linked.id).await?;
            if other.is_none_or(|other| !same_person(&person, &other, is_chosen)) {
                continue;
            }
            if standing_on(app, actor, &linked).await?.knows() {
                found.known.push(linked);
            } else {
                found.others += 1;
            }
        }
    }
    found.known.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(found)
}

/// Who filed, where that can be read: what was sealed with keys that are lost names nobody, and is erased all the same.
async fn filer(app: &App, case_id: &str) -> Result<Option<Json>> {
    match identity::of(app, case_id).await {
        Err(Error::Internal(_)) => Ok(None),
        found => found,
    }
}

/// Whether two filers gave the same answer to one question at least, of those whose answers are not chosen from a list: many
/// people have the same kind of paper.
fn same_person(one: &Json, other: &Json, is_chosen: impl Fn(&str) -> bool) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return false;
    };
    one.iter()
        .filter(|(field, answer)| answer.is_string() && !is_chosen(field))
        .any(|(field, answer)| other.get(field) == Some(answer))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::same_person;

    #[test]
    fn two_people_with_the_same_kind_of_paper_are_two_people() {
        let filer = |name: &str, phone: &str| json!({ "filer_name": name, "filer_phone": phone, "filer_id_kind": "identity_card" });
        let one = filer("甲", "02700000001");
        let is_chosen = |field: &str| field == "filer_id_kind";
        assert!(!same_person(&one, &filer("乙", "02700000002"), is_chosen));
        assert!(same_person(&one, &filer("乙", "02700000001"), is_chosen));
    }
}
