//! The people of the offices, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::Result;
use crate::{access::SERVICE_ROLES, app::App};

/// The people who hold a role in an organisation, as id and display name, by name.
///
/// # Errors
/// Those of the database.
pub async fn holders(app: &App, organisation_id: &str, role: &str) -> Result<Vec<(String, String)>> {
    let members = app.store.members_of(organisation_id).await?;
    let live = members.into_iter().filter(|m| m.role == role && m.revoked_at.is_none());
    let ids: Vec<String> = live.map(|m| m.account_id).collect();
    let accounts = app.store.accounts_by_ids(&ids).await?;
    let active = accounts.into_iter().filter(|account| account.disabled_at.is_none());
    let mut people: Vec<(String, String)> = active.map(|account| (account.id, account.display_name)).collect();
    people.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(people)
}

/// Those of some organisations in which nobody who can sign in has a role in cases: what comes to them lies there.
///
/// # Errors
/// Those of the database.
pub async fn deserted(app: &App, organisations: BTreeSet<String>) -> Result<BTreeSet<String>> {
    let among: Vec<String> = organisations.iter().cloned().collect();
    if among.is_empty() {
        return Ok(organisations);
    }
    let staffed: BTreeSet<String> = app.store.staffed(&among, &SERVICE_ROLES).await?.into_iter().collect();
    Ok(organisations.difference(&staffed).cloned().collect())
}

/// Display names of accounts, by their ids.
///
/// # Errors
/// Those of the database.
pub async fn names(app: &App, accounts: impl Iterator<Item = String>) -> Result<BTreeMap<String, String>> {
    let ids: Vec<String> = accounts.collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let accounts = app.store.accounts_by_ids(&ids).await?;
    Ok(accounts.into_iter().map(|a| (a.id, a.display_name)).collect())
}
