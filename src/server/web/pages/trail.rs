//! The audit trail, for auditors.

use askama::Template;
use poem::{Request, Response, handler, http::StatusCode};
use serde::Deserialize;

use super::work_list::role_title;
use crate::{
    locale::find_text,
    service::trail::{self, Sought, Trail},
    store::{AuditOutcome, AuditRow},
    web::{
        failure::Failure,
        link,
        page::{Page, Words, html},
        visit::Visit,
    },
};

/// Characters of an id that tell what it is of apart.
const ID_END: usize = 8;

#[derive(Default, Deserialize)]
struct Query {
    before: Option<i64>,
    /// Number of a case.
    #[serde(default)]
    case: String,
    /// Id of an account.
    #[serde(default)]
    who: String,
}

#[derive(Template)]
#[template(path = "trail.html")]
struct Shown {
    page: Page,
    entries: Vec<Entry>,
    /// The number that was asked for.
    case: String,
    /// What was asked for, to go on with in addresses; empty where it is everything.
    again: String,
    /// Whether these are not the newest.
    earlier: bool,
    next: Option<i64>,
}

/// An entry in words.
struct Entry {
    number: i64,
    at: String,
    who: String,
    /// Whose other entries can be asked for.
    account: Option<String>,
    what: String,
    object: String,
    /// Class of its colour.
    tone: &'static str,
    outcome: String,
    purpose: String,
}

/// The newest entries, or those before a position.
#[handler]
pub(in crate::web) async fn show(visit: Visit, request: &Request) -> Result<Response, Failure> {
    visit.signed_in()?;
    let query = request.params::<Query>().unwrap_or_default();
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let sought = Sought {
        case: given(&query.case),
        account: given(&query.who),
        before: query.before,
    };
    let trail = trail::page(&visit.app, &visit.actor, &sought).await?;
    let parts = [("case", &sought.case), ("who", &sought.account)];
    let parts = parts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let again = parts.map(|(name, value)| format!("&{name}={}", link::escape(value)));
    let page = Page::titled(&visit, "portal-audit-title").within("audit");
    let words = page.words;
    let shown = Shown {
        entries: trail
            .entries
            .iter()
            .map(|row| entry(&visit, words, &trail, row))
            .collect(),
        again: again.collect(),
        case: query.case,
        earlier: query.before.is_some(),
        next: trail.before,
        page,
    };
    html(&shown, StatusCode::OK)
}

fn entry(visit: &Visit, words: Words, trail: &Trail, row: &AuditRow) -> Entry {
    let account = |id: &str| trail.accounts.get(id).cloned();
    let role = |role: &str| role_title(visit, words, role);
    let (tone, outcome) = match row.outcome {
        AuditOutcome::Allowed => ("over", "portal-audit-allowed"),
        AuditOutcome::Denied => ("late", "portal-audit-denied"),
        AuditOutcome::Failed => ("soon", "portal-audit-failed"),
    };
    let what = match (
        row.action.strip_prefix("role.grant."),
        row.action.strip_prefix("role.revoke."),
    ) {
        (Some(granted), _) => words.with("portal-audit-role-granted", "name", role(granted)),
        (_, Some(revoked)) => words.with("portal-audit-role-revoked", "name", role(revoked)),
        _ => words.code("portal-audit", &row.action.replace('.', "-")),
    };
    Entry {
        number: row.id,
        at: words.moment(row.at),
        who: match &row.actor_account {
            Some(id) => account(id).unwrap_or_else(|| id.clone()),
            None => words.t("portal-audit-nobody"),
        },
        account: row.actor_account.clone(),
        what,
        object: object(visit, words, trail, &row.object),
        tone,
        outcome: words.t(outcome),
        purpose: row
            .purpose
            .as_ref()
            .map_or_else(String::new, |why| words.code("portal-purpose", why)),
    }
}

/// What an entry is about: by its name where it has one, else by its kind and the end of its id. Ids begin with the moment, so that
/// those of one minute begin alike.
fn object(visit: &Visit, words: Words, trail: &Trail, object: &str) -> String {
    let (kind, id) = object.split_once(':').unwrap_or((object, ""));
    let named = match kind {
        "account" => trail.accounts.get(id).cloned(),
        "case" => trail.cases.get(id).cloned(),
        "organisation" => {
            let tree = visit.app.organisations();
            tree.get(id).map(|row| words.office(row).to_owned())
        }
        _ => None,
    };
    let end = id.char_indices().nth_back(ID_END - 1);
    let end = end.and_then(|(at, _)| id.get(at..)).unwrap_or(id);
    let key = format!("portal-audit-of-{}", kind.replace('_', "-"));
    let said = || find_text(words.0, &key, &[("name", end.into())]);
    named.or_else(said).unwrap_or_else(|| object.to_owned())
}
