//! Organisations: the offices and bodies that cases belong to and people act for.

use super::{Error, Result, accounts::audit};
use crate::{
    access::organisation_kinds,
    app::App,
    store::{AuditOutcome, OrganisationRow},
};

/// A new organisation.
#[derive(Clone, Debug)]
pub struct NewOrganisation {
    /// Stable short key: lower-case letters, digits and hyphens.
    pub key: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// What it is, as the domain pack names it, for example `market_regulation`.
    pub kind: String,
    /// Key of the organisation above it.
    pub parent: Option<String>,
    /// Administrative division, GB/T 2260.
    pub division_code: String,
}

/// Enters an organisation.
///
/// # Errors
/// [`Error::Invalid`] for a key that is malformed or taken, a name that is empty, an unknown kind or parent, or a division that
/// is no code of GB/T 2260 (six digits).
pub async fn create(app: &App, new: NewOrganisation) -> Result<OrganisationRow> {
    let good = (2..=64).contains(&new.key.len())
        && new
            .key
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !good {
        return Err(Error::Invalid {
            field: "key",
            code: "INVALID_ORGANISATION_KEY",
        });
    }
    let named = |name: &str| (1..=200).contains(&name.trim().chars().count());
    if !named(&new.name_zh) || !named(&new.name_en) {
        return Err(Error::Invalid {
            field: "name",
            code: "INVALID_NAME",
        });
    }
    if !organisation_kinds(&app.pack()).contains(new.kind.as_str()) {
        return Err(Error::Invalid {
            field: "kind",
            code: "UNKNOWN_ORGANISATION_KIND",
        });
    }
    let division = &new.division_code;
    if !(division.is_empty() || (division.len() == 6 && division.bytes().all(|b| b.is_ascii_digit()))) {
        return Err(Error::Invalid {
            field: "division",
            code: "INVALID_DIVISION",
        });
    }
    if app.store.organisation_by_key(&new.key).await?.is_some() {
        return Err(Error::Invalid {
            field: "key",
            code: "ORGANISATION_TAKEN",
        });
    }
    let parent_id = match &new.parent {
        None => None,
        Some(key) => {
            let parent = app.store.organisation_by_key(key).await?;
            let unknown = Error::Invalid {
                field: "parent",
                code: "UNKNOWN_ORGANISATION",
            };
            Some(parent.ok_or(unknown)?.id)
        }
    };
    let row = OrganisationRow {
        id: app.ids.next().to_string(),
        key: new.key,
        name_zh: new.name_zh.trim().to_owned(),
        name_en: new.name_en.trim().to_owned(),
        kind: new.kind,
        parent_id,
        division_code: new.division_code,
    };
    app.store.put_organisation(row.clone()).await?;
    app.reload_organisations().await?;
    audit(
        app,
        None,
        "organisation.create",
        &format!("organisation:{}", row.id),
        AuditOutcome::Allowed,
        None,
    )
    .await?;
    Ok(row)
}
