//! Whom and what somebody can name in answers: the people and the organisations to choose from.

use std::collections::BTreeMap;

use zhengming_engine::{
    definition::model::{Definition, FieldKind, FormField, Office},
    text::Label,
};

use super::{Result, case_view::CaseDetail, directory};
use crate::{app::App, store::OrganisationRow};

/// One of those that can be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Key of the account or organisation: the answer.
    pub key: String,
    /// Its name; that of a person is the same in both languages.
    pub name: Label,
    /// An office in which nobody can act yet: a case that goes there lies there.
    pub deserted: bool,
}

/// Those that the fields of an event take, by field, in the order in which they are shown: people of the office that has the
/// case, by name; organisations of the field's kinds that stand where the event wants them. Fields of other types are not among
/// them, and an event that the actor may not send has none.
///
/// # Errors
/// Those of the database.
pub async fn of(app: &App, detail: &CaseDetail, event: &str) -> Result<BTreeMap<String, Vec<Candidate>>> {
    let mut candidates = BTreeMap::new();
    let is_theirs = detail.available.iter().any(|available| available.event == event);
    let Some(asking) = detail.definition.events.get(event).filter(|_| is_theirs) else {
        return Ok(candidates);
    };
    for asked in &asking.form {
        let field = &asked.field;
        let some = match detail.definition.fields.get(field).map(|field| &field.kind) {
            Some(FieldKind::Account { role }) => people(app, &detail.case.organisation_id, role).await?,
            Some(FieldKind::Organisation { kinds }) => {
                let sender = detail.senders.get(event).map(String::as_str);
                organisations(app, kinds, sender.zip(asking.offices.get(field).copied())).await?
            }
            _ => continue,
        };
        candidates.insert(field.clone(), some);
    }
    Ok(candidates)
}

/// The organisations that the fields of a filing form take, by field.
///
/// # Errors
/// Those of the database.
pub async fn on_filing(
    app: &App,
    definition: &Definition,
    asked: &[FormField],
) -> Result<BTreeMap<String, Vec<Candidate>>> {
    let mut candidates = BTreeMap::new();
    for asked in asked {
        let field = &asked.field;
        if let Some(FieldKind::Organisation { kinds }) = definition.fields.get(field).map(|field| &field.kind) {
            candidates.insert(field.clone(), organisations(app, kinds, None).await?);
        }
    }
    Ok(candidates)
}

async fn people(app: &App, office: &str, role: &str) -> Result<Vec<Candidate>> {
    let people = directory::holders(app, office, role).await?;
    let candidates = people.into_iter().map(|(key, name)| Candidate {
        key,
        name: Label {
            zh: name.clone(),
            en: name,
        },
        deserted: false,
    });
    Ok(candidates.collect())
}

/// The organisations of some kinds; those that stand where the event wants them, seen from the sender's.
async fn organisations(app: &App, kinds: &[String], wanted: Option<(&str, Office)>) -> Result<Vec<Candidate>> {
    let tree = app.organisations();
    let fits = |id: &str| wanted.is_none_or(|(sender, office)| tree.stands(office, sender, id));
    let named = tree.iter().filter(|o| kinds.is_empty() || kinds.contains(&o.kind));
    let named: Vec<&OrganisationRow> = named.filter(|o| fits(&o.id)).collect();
    let deserted = directory::deserted(app, named.iter().map(|o| o.id.clone()).collect()).await?;
    let candidates = named.into_iter().map(|o| Candidate {
        key: o.id.clone(),
        name: Label {
            zh: o.name_zh.clone(),
            en: o.name_en.clone(),
        },
        deserted: deserted.contains(&o.id),
    });
    Ok(candidates.collect())
}
