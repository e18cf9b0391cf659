//! The outbox: notices to mail, similar marks to cases, news between cases that opened each other.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::Value as Json;
use time::OffsetDateTime;
use zhengming_engine::definition::model::{Definition, FieldKind, Storage};

use super::unless_gone;
use crate::{
    app::App,
    mail::{Message, MessageId},
    service::{Error, Result, identity, imitations, register, subcases, wording},
    store::{AssignmentRow, MailRow, MailState, NEWS, NOTICE, NoticeRow, OutboxRow},
};

/// How long an effect is taken for: after a crash it comes again then.
const LEASE: time::Duration = time::Duration::minutes(2);
/// More than the people whom one notice goes to: mails of two notices have two numbers.
const RECIPIENTS: u32 = 10_000;
/// The effect that looks for marks like the names in a case.
const SIMILAR_MARKS: &str = "similar_marks";
/// What a mail server that cannot take any mail now makes of an effect.
const MAIL_IS_DOWN: &str = "no mail is taken";
/// What a mail server makes of one that does not take this mail now.
const MAIL_NOT_TAKEN: &str = "mail was not taken";

/// Carries out effects that are due, at most `limit`. Returns how many were taken.
///
/// # Errors
/// Those of the database. An effect that fails is tried again later and given up after days, visibly.
pub async fn deliver_due(app: &Arc<App>, limit: u64) -> Result<usize> {
    deliver_while(app, limit, || true).await
}

/// The same as long as `go_on` says so. Effects that were taken and not carried out come again after their lease.
pub(super) async fn deliver_while(app: &Arc<App>, limit: u64, go_on: impl Fn() -> bool) -> Result<usize> {
    let now = app.now();
    let rows = app.store.claim_outbox(now, LEASE, limit).await?;
    let mut letters = letters(app, &rows).await;
    let (mut mail_is_down, mut search_is_down) = (false, false);
    let mut untold: BTreeSet<&str> = BTreeSet::new();
    for row in &rows {
        if !go_on() {
            break;
        }
        // Each would wait for the same server as long as the one that just failed.
        if mail_is_down && row.kind == NOTICE || search_is_down && row.kind == SIMILAR_MARKS {
            continue;
        }
        // Its later news waits for the one that failed.
        let is_news = NEWS.contains(&row.kind.as_str());
        if is_news && untold.contains(row.case_id.as_str()) {
            continue;
        }
        let delivered = match letters.remove(row.id.as_str()) {
            Some(Ok(letters)) => send_all(app, row, letters).await,
            Some(Err(error)) => Err(error),
            None => carry_out(app, row).await.map(|()| None),
        };
        match delivered {
            Ok(last) => {
                unless_gone(app.store.outbox_done(&row.id, last, app.now()).await)?;
                app.metrics.outbox_sent.inc();
            }
            Err(error) => {
                mail_is_down |= matches!(error, Error::Internal(MAIL_IS_DOWN));
                search_is_down |= matches!(error, Error::Unsearchable(_));
                if is_news {
                    untold.insert(row.case_id.as_str());
                }
                tracing::warn!(outbox.id = %row.id, error.code = error.code(), "effect failed, will be tried again");
                let wait = time::Duration::seconds(30 * (1 << row.attempts.clamp(0, 8)));
                let noted = app
                    .store
                    .outbox_failed(&row.id, error.code(), app.now(), app.now() + wait)
                    .await;
                let dead = unless_gone(noted)?;
                let outcome = if dead { "dead" } else { "again" };
                app.metrics.outbox_failed.with_label_values(&[outcome]).inc();
            }
        }
    }
    Ok(rows.len())
}

async fn carry_out(app: &Arc<App>, row: &OutboxRow) -> Result<()> {
    match row.kind.as_str() {
        SIMILAR_MARKS => similar_marks(app, &row.case_id).await,
        "tell_parent" => subcases::tell_parent(app, row).await,
        "call_off" => subcases::call_off(app, row).await,
        _ => Err(Error::Internal("unknown kind of effect")),
    }
}

/// Looks for marks like those in a case, and notes its names for those who look for it.
async fn similar_marks(app: &App, case_id: &str) -> Result<()> {
    register::attach_similar_marks(app, case_id).await?;
    imitations::note_names(app, case_id).await
}

/// The mails of one notice.
struct Letters {
    /// The notice's own moment: that of the effect moves with each attempt, and a second copy is known by being the same.
    of: OffsetDateTime,
    /// Each with its number among them.
    mails: Vec<(usize, MailRow)>,
    recorded: bool,
}

impl Letters {
    fn mails(&self) -> impl Iterator<Item = MailRow> {
        self.mails.iter().map(|(_, mail)| mail.clone())
    }
}

/// The mails of all notices among some effects, by the effect. They are recorded together, which costs the disk as much as recording
/// one; where that fails, each notice is tried by itself when its turn comes.
async fn letters<'r>(app: &App, rows: &'r [OutboxRow]) -> HashMap<&'r str, Result<Letters>> {
    let mut letters = HashMap::new();
    for row in rows.iter().filter(|row| row.kind == NOTICE) {
        letters.insert(row.id.as_str(), notice(app, row).await);
    }
    let mails = letters.values().flatten().flat_map(Letters::mails).collect();
    if app.store.record_mails(mails).await.is_ok() {
        letters
            .values_mut()
            .flatten()
            .for_each(|letters| letters.recorded = true);
    }
    letters
}

/// Writes one notice to everybody who holds the role and has an address. The portal shows it in any case.
async fn notice(app: &App, row: &OutboxRow) -> Result<Letters> {
    let place = row.body.get("place").and_then(Json::as_i64).unwrap_or(row.n);
    let notice = app
        .store
        .notice(&NoticeRow::id_of(&row.case_id, row.seq, place))
        .await?;
    let notice = notice.ok_or(Error::Internal("a notice to be sent is not there"))?;
    let pack = app.pack();
    let Some(template) = pack.notice(&notice.template, wording::worded(&notice.body)) else {
        return Err(Error::Internal("a notice template is not loaded"));
    };
    let recorded = app.store.mails_of(&row.case_id).await?;
    let recorded: Vec<MailRow> = recorded.into_iter().filter(|mail| mail.outbox_id == row.id).collect();
    let addresses = recipients(app, row, &notice).await?;
    // Bilingual, Chinese first: nobody has to say beforehand which language they read.
    let fill = |zh: &str, en: &str| {
        (
            wording::filled(zh, &notice.body, "zh"),
            wording::filled(en, &notice.body, "en"),
        )
    };
    let (subject_zh, subject_en) = fill(&template.subject.zh, &template.subject.en);
    let (body_zh, body_en) = fill(&template.body.zh, &template.body.en);
    let mail = |i: usize, address| MailRow {
        id: format!("{}:{i}", row.id),
        outbox_id: row.id.clone(),
        case_id: Some(row.case_id.clone()),
        to_address: Some(address),
        subject: Some(format!("{subject_zh} / {subject_en}")),
        body: Some(format!("{body_zh}\n\n---\n\n{body_en}\n")),
        state: MailState::Queued,
        sent_at: None,
    };
    let mails = numbered(&recorded, addresses).into_iter();
    Ok(Letters {
        of: notice.created_at,
        mails: mails.map(|(i, address)| (i, mail(i, address))).collect(),
        recorded: false,
    })
}

/// Addresses with the numbers of their mails. Who is written to may be others at the next attempt: an address keeps the mail that was
/// recorded for it, and a new one gets a number of its own, so that nobody is passed over or written to twice.
fn numbered(recorded: &[MailRow], addresses: Vec<String>) -> Vec<(usize, String)> {
    let number_of = |address: &str| {
        let mail = recorded
            .iter()
            .find(|mail| mail.to_address.as_deref() == Some(address))?;
        mail.id.rsplit(':').next()?.parse::<usize>().ok()
    };
    let mut free = recorded.len()..;
    let numbered = addresses.into_iter().filter_map(|address| {
        let number = number_of(&address).or_else(|| free.next())?;
        Some((number, address))
    });
    numbered.collect()
}

/// Sends the mails of a notice. Returns what became of the last one, which is noted with the end of the effect.
async fn send_all(app: &App, row: &OutboxRow, letters: Letters) -> Result<Option<(String, MailState)>> {
    if !letters.recorded {
        app.store.record_mails(letters.mails().collect()).await?;
    }
    // What goes out is what is recorded by now: the text of the first attempt, and nothing of what was erased meanwhile.
    let recorded = app.store.mails_of(&row.case_id).await?.into_iter();
    let mut recorded: HashMap<String, MailRow> = recorded.map(|mail| (mail.id.clone(), mail)).collect();
    let mut last: Option<(String, MailState)> = None;
    for (i, mail) in letters.mails {
        let Some(mail) = recorded.remove(&mail.id) else {
            continue;
        };
        // Before the next one is tried, which may fail.
        if let Some((id, state)) = last.take() {
            app.store.set_mail_state(&id, state, app.now()).await?;
        }
        last = send(app, row, letters.of, mail, i).await?;
    }
    Ok(last)
}

/// Sends one mail and says what became of it; nothing of one that was sent or refused for good before.
async fn send(
    app: &App,
    row: &OutboxRow,
    of: OffsetDateTime,
    mail: MailRow,
    i: usize,
) -> Result<Option<(String, MailState)>> {
    let (Some(to), Some(subject), Some(body)) = (mail.to_address, mail.subject, mail.body) else {
        return Ok(None);
    };
    if mail.state != MailState::Queued {
        return Ok(None);
    }
    let message = Message {
        to,
        subject,
        body,
        id: MessageId::new(&row.case_id, u64::try_from(row.seq).unwrap_or(0), number_of(row.n, i)),
        date: of,
    };
    let count = |outcome: &str| app.metrics.mails.with_label_values(&[outcome]).inc();
    match app.mailer.send(&message).await {
        Ok(()) => {
            count("sent");
            Ok(Some((mail.id, MailState::Sent)))
        }
        Err(error) if error.is_permanent() => {
            count("refused");
            tracing::warn!(outbox.id = %row.id, error.code = error.code(), %error, "a mail is given up");
            Ok(Some((mail.id, MailState::Failed)))
        }
        Err(error) => {
            count("later");
            tracing::warn!(outbox.id = %row.id, error.code = error.code(), %error, "mail was not taken");
            Err(Error::Internal(if error.concerns_all() {
                MAIL_IS_DOWN
            } else {
                MAIL_NOT_TAKEN
            }))
        }
    }
}

/// The number of a mail among those of an event: by the place of its notice, and its own among the mails of that.
fn number_of(place: i64, mail: usize) -> u32 {
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    let mail = u32::try_from(mail).unwrap_or(u32::MAX);
    place.saturating_mul(RECIPIENTS).saturating_add(mail)
}

/// The mail address among what whoever filed says of themselves.
fn own_address(definition: &Definition, identity: &Json) -> Option<String> {
    let mut asked = definition
        .fields
        .iter()
        .filter(|(_, field)| field.storage == Storage::Identity && matches!(field.kind, FieldKind::Mail));
    let address = asked.find_map(|(name, _)| identity.get(name)?.as_str());
    address.map(str::to_owned)
}

/// Addresses of those who held a role on a case when the event came about, however long ago: the filer by the identity kept
/// apart, accounts by their own address. Who was barred since gets nothing.
async fn recipients(app: &App, row: &OutboxRow, notice: &NoticeRow) -> Result<Vec<String>> {
    let role = notice.recipient_role.as_str();
    let superior = notice.body.get("superior").and_then(Json::as_bool).unwrap_or(false);
    let case_id = row.case_id.as_str();
    let case = app.store.case(case_id).await?.ok_or(Error::NotFound)?;
    let ids = [case_id.to_owned()];
    let assignments = app.store.assignments_of(&ids).await?;
    let parties = app.store.parties_of(&ids).await?;
    let pack = app.pack();
    let definition = pack.pinned(&case.procedure, &case.definition_hash);
    let filer = definition.is_some_and(|d| d.filers().any(|r| r == role));
    let mut accounts: Vec<String> = parties
        .iter()
        .filter(|p| p.role == role)
        .filter_map(|p| p.account_id.clone())
        .collect();
    let live = || assignments.iter().filter(|a| a.until_seq.is_none());
    let then = || {
        let until = |a: &&AssignmentRow| a.until_seq.is_none_or(|until| until > row.seq);
        assignments.iter().filter(|a| a.since_seq <= row.seq).filter(until)
    };
    let held: Vec<String> = then()
        .filter(|a| a.role == role)
        .filter_map(|a| a.account_id.clone())
        .collect();
    accounts.extend(held.iter().cloned());
    if held.is_empty() && !filer {
        let delegated = then().find(|a| a.role == role).and_then(|a| a.organisation_id.clone());
        let had_it = row.body.get("organisation").and_then(Json::as_str);
        let had_it = had_it.map_or_else(|| case.organisation_id.clone(), str::to_owned);
        let mut organisation = delegated.unwrap_or(had_it);
        if superior {
            let tree = app.organisations();
            organisation = tree
                .get(&organisation)
                .and_then(|o| o.parent_id.clone())
                .unwrap_or(organisation);
        }
        let members = app.store.members_of(&organisation).await?;
        accounts.extend(
            members
                .into_iter()
                .filter(|m| m.role == role && m.revoked_at.is_none())
                .map(|m| m.account_id),
        );
    }
    let barred: Vec<&String> = live()
        .filter(|a| a.role == crate::access::EXCLUDED)
        .filter_map(|a| a.account_id.as_ref())
        .collect();
    accounts.retain(|id| !barred.contains(&id));
    accounts.sort();
    accounts.dedup();
    let rows = app.store.accounts_by_ids(&accounts).await?;
    let mut addresses: Vec<String> = rows
        .into_iter()
        .filter(|a| a.disabled_at.is_none())
        .filter_map(|a| a.mail)
        .collect();
    if let Some(definition) = definition.filter(|_| filer)
        && let Some(identity) = identity::of(app, case_id).await?
    {
        addresses.extend(own_address(definition, &identity));
    }
    addresses.sort();
    addresses.dedup();
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::number_of;

    #[test]
    fn the_mails_of_two_notices_have_two_numbers() {
        assert_ne!(number_of(0, 100), number_of(1, 0));
        assert_ne!(number_of(0, 101), number_of(1, 1));
    }
}
