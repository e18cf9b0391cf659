//! Mails about alerts: whoever watches a mark is told by mail that something was found, and reads in the portal what.
//!
//! A mail names no case and no sign, only the account's own watches and how much leans on each: it travels through other
//! hands, and what its reader may see can change on the way. The first is sent at once; what follows within a day comes
//! together in the next.

use std::{collections::BTreeMap, sync::Arc};

use time::{Duration, OffsetDateTime};

use super::{
    Error, Result,
    accounts::acting_for,
    intake::key_hash,
    watches::{self, AlertView},
};
use crate::{
    app::App,
    locale::{Locale, text},
    mail::{Message, MessageId},
    store::{AccountRow, AlertRow},
};

/// Time between two mails to one account.
const PAUSE: Duration = Duration::DAY;
/// Noted for alerts that no mail is sent about for now: no pause follows them.
const NO_MAIL: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
/// How long an alert of which its reader was not told is looked at again.
const NEWS: Duration = Duration::days(30);
/// The server takes other mails, maybe.
const NOT_TAKEN: &str = "the mail server does not take a mail about alerts";
/// Alerts of one account that one mail counts.
const MOST: u64 = 500;

/// Sends what is due to be sent. Returns how many mails were.
///
/// # Errors
/// Those of the database; [`Error::Internal`] where the mail server does not take a mail, or any. What was not sent is sent
/// later.
pub async fn send(app: &Arc<App>) -> Result<usize> {
    let (mut sent, mut not_taken) = (0, None);
    for account in app.store.accounts_to_be_told(app.now() - PAUSE).await? {
        let rows = app.store.unmailed_alerts(&account, MOST).await?;
        match tell(app, &account, rows).await {
            Ok(told) => sent += usize::from(told),
            // What the server has against one mail keeps nobody else from theirs.
            Err(error @ Error::Internal(NOT_TAKEN)) => not_taken = Some(error),
            Err(error) => return Err(error),
        }
    }
    not_taken.map_or(Ok(sent), Err)
}

/// Looks again at what nobody was told of, for thirty days: a case that its reader could not see may have come to the reader's
/// office since.
///
/// # Errors
/// Those of the database.
pub async fn look_again(app: &App) -> Result<()> {
    Ok(app.store.alerts_to_mail(NO_MAIL, app.now() - NEWS).await?)
}

/// Tells an account of alerts. Whether a mail was sent: not to somebody without an address, and not about what they may not
/// see now.
async fn tell(app: &Arc<App>, account: &str, rows: Vec<AlertRow>) -> Result<bool> {
    let mut untold: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let row = app
        .store
        .account(account)
        .await?
        .filter(|row| row.disabled_at.is_none());
    let to = row.as_ref().and_then(|row| row.mail.clone());
    let views = match row {
        Some(row) if to.is_some() => seen(app, row, rows).await?,
        _ => Vec::new(),
    };
    let found_at = views.iter().map(|view| view.alert.found_at).max();
    let mut ids: Vec<String> = views.iter().map(|view| view.alert.id.clone()).collect();
    ids.sort_unstable();
    untold.retain(|id| !ids.contains(id));
    if !untold.is_empty() {
        app.store.alerts_mailed(untold, NO_MAIL).await?;
    }
    let (Some(to), Some(found_at)) = (to, found_at) else {
        return Ok(false);
    };
    let seen = by_watch(views);
    let message = Message {
        to,
        subject: both(&seen, " / ", subject),
        body: both(&seen, "\n---\n\n", |locale, seen| body(app, locale, seen)),
        // The same alerts make the same mail, so that one which is sent again is known again, and others make another.
        id: MessageId::new(&key_hash(&ids.join(" ")), 0, 0),
        date: found_at,
    };
    let outcome = app.mailer.send(&message).await;
    let count = |outcome: &str| app.metrics.mails.with_label_values(&[outcome]).inc();
    match outcome {
        Ok(()) => count("sent"),
        Err(error) if error.is_permanent() => {
            count("refused");
            tracing::warn!(account.id = %account, error.code = error.code(), "a mail about alerts is given up");
        }
        Err(error) => {
            count("later");
            tracing::warn!(account.id = %account, error.code = error.code(), "a mail about alerts was not taken");
            return Err(Error::Internal(if error.concerns_all() {
                "the mail server takes nothing"
            } else {
                NOT_TAKEN
            }));
        }
    }
    app.store.alerts_mailed(ids, app.now()).await?;
    Ok(true)
}

/// The alerts that their reader may see, of what is watched still.
async fn seen(app: &Arc<App>, row: AccountRow, rows: Vec<AlertRow>) -> Result<Vec<AlertView>> {
    let reader = acting_for(app, row).await?;
    let mut views = watches::seen(app, &reader, rows).await?;
    views.retain(|view| view.watch.cancelled_at.is_none());
    Ok(views)
}

/// How many alerts there are, by the name of the watch.
fn by_watch(views: Vec<AlertView>) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for view in views {
        *counts.entry(view.watch.name).or_default() += 1;
    }
    counts
}

/// Chinese first, then English: nobody has to say beforehand which they read.
fn both<T>(seen: &T, between: &str, words: impl Fn(Locale, &T) -> String) -> String {
    [Locale::Zh, Locale::En].map(|locale| words(locale, seen)).join(between)
}

fn subject(locale: Locale, seen: &BTreeMap<String, usize>) -> String {
    let all: usize = seen.values().sum();
    text(locale, "api-alerts-subject", &[("count", all.into())])
}

fn body(app: &App, locale: Locale, seen: &BTreeMap<String, usize>) -> String {
    let lines: Vec<String> = seen
        .iter()
        .map(|(name, count)| {
            let given = [("name", name.as_str().into()), ("count", (*count).into())];
            text(locale, "api-alerts-line", &given)
        })
        .collect();
    let url = app.config.public_url().join("/watches");
    format!(
        "{}\n\n{}\n\n{}\n",
        text(locale, "api-alerts-lead", &[]),
        lines.join("\n"),
        text(locale, "api-alerts-where", &[("url", url.into())])
    )
}
