//! The audit trail, for auditors: who signed in, who was given which role, who looked at an identity and why.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Result,
    accounts::{audit, demand},
    directory,
};
use crate::{
    access::{Action, Actor, Standing},
    app::App,
    secret::CaseNumber,
    store::{AuditFilter, AuditOutcome, AuditRow},
};

/// Entries of a page.
const PAGE: u8 = 50;

/// What the entry says that the reading of the trail leaves.
const OBJECT: &str = "audit";

/// A page of the trail.
pub struct Trail {
    /// The entries, the newest first.
    pub entries: Vec<AuditRow>,
    /// Names of the accounts in them, by id.
    pub accounts: BTreeMap<String, String>,
    /// Numbers of the cases in them, by id.
    pub cases: BTreeMap<String, String>,
    /// Position before which the next page begins; none on the last one.
    pub before: Option<i64>,
}

/// What is looked for in the trail.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Number of the case that entries are about.
    pub case: Option<String>,
    /// Id of the account that they are by.
    pub account: Option<String>,
    /// Position before which they stand.
    pub before: Option<i64>,
}

/// The entries that are looked for, the newest first. Whoever reads them leaves one as well.
///
/// # Errors
/// `Forbidden` to all but auditors, which is written down; those of the database.
pub async fn page(app: &App, actor: &Actor, sought: &Sought) -> Result<Trail> {
    demand(app, actor, Action::ReadAudit, &Standing::default(), OBJECT).await?;
    let code = Action::ReadAudit.code();
    audit(app, actor.account_id(), code, OBJECT, AuditOutcome::Allowed, None).await?;
    let object = match &sought.case {
        Some(number) => Some(format!("case:{}", case_id(app, number).await?)),
        None => None,
    };
    let filter = AuditFilter {
        actor_account: sought.account.clone(),
        object,
        before: sought.before,
    };
    let mut entries = app.store.audit_log(&filter, u64::from(PAGE) + 1).await?;
    let more = entries.len() > usize::from(PAGE);
    entries.truncate(usize::from(PAGE));
    let of_kind = |kind: &'static str| {
        let objects = entries.iter().filter_map(move |entry| entry.object.strip_prefix(kind));
        objects.map(str::to_owned)
    };
    let actors = entries.iter().filter_map(|entry| entry.actor_account.clone());
    let named: BTreeSet<String> = actors.chain(of_kind("account:")).collect();
    let told: BTreeSet<String> = of_kind("case:").collect();
    let mut cases = BTreeMap::new();
    for id in told {
        if let Some(case) = app.store.case(&id).await? {
            cases.insert(id, case.number);
        }
    }
    Ok(Trail {
        accounts: directory::names(app, named.into_iter()).await?,
        cases,
        before: entries.last().filter(|_| more).map(|entry| entry.id),
        entries,
    })
}

/// The id of a case by its number; none that any case has where there is no such case.
async fn case_id(app: &App, number: &str) -> Result<String> {
    let Ok(number) = number.parse::<CaseNumber>() else {
        return Ok(String::new());
    };
    let row = app.store.case_by_number(&number.to_string()).await?;
    Ok(row.map(|row| row.id).unwrap_or_default())
}
