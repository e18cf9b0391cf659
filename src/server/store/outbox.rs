//! Effects after a commit, notices and mails.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{CaseStatement, Expr, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, ExprTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use time::{Duration, OffsetDateTime};

use crate::store::accounts::one;
use crate::store::column::Micros;
use crate::store::entity::{mail, notice, outbox};
use crate::store::row::rows_of;
use crate::store::table::{self, OnExisting, keyed};
use crate::store::{MailRow, MailState, NoticeRow, OutboxRow, Store, StoreError};

/// Failures after which an effect is given up until the service is started anew, and shown to the operators: five days with the pauses between them, as long
/// as mail servers wait for each other (RFC 5321 §4.5.4.1).
const ATTEMPTS: i64 = 64;
/// The kinds of effects by which cases that opened each other hear of each other.
pub const NEWS: [&str; 2] = ["tell_parent", "call_off"];
/// Mails that are forgotten at a time.
const FORGOTTEN: u64 = 1_000;
/// What the outbox is called where it is asked of itself.
const EARLIER: &str = "earlier";

impl Store {
    /// Takes effects that are due for `lease`: nobody else gets them until then, and after a crash they come again.
    /// Effects of one case come in the order of its events; its news waits until all that it has to tell from before was told.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_outbox(
        &self,
        now: OffsetDateTime,
        lease: Duration,
        limit: u64,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let (until, now) = (Micros::from(now + lease), Micros::from(now));
        self.write(move |tx| {
            Box::pin(async move {
                let mut select = outbox::Entity::find()
                    .filter(waiting())
                    .filter(in_its_turn())
                    .filter(outbox::Column::DueAt.lte(now))
                    .order_by_asc(outbox::Column::DueAt)
                    .order_by_asc(outbox::Column::CaseId)
                    .order_by_asc(outbox::Column::Seq)
                    .order_by_asc(outbox::Column::N)
                    .limit(limit);
                if tx.get_database_backend() == DbBackend::Postgres {
                    select = select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
                }
                let rows = after_earlier_news(tx, select.all(tx).await?).await?;
                if !rows.is_empty() {
                    outbox::Entity::update_many()
                        .col_expr(outbox::Column::DueAt, Expr::value(until))
                        .filter(outbox::Column::Id.is_in(rows.iter().map(|row| row.id.as_str())))
                        .exec(tx)
                        .await?;
                }
                Ok(rows_of(rows))
            })
        })
        .await
    }

    /// The moment at which the next effect is due.
    ///
    /// # Errors
    /// The database's.
    pub async fn next_outbox_due(&self) -> Result<Option<OffsetDateTime>, StoreError> {
        let row = outbox::Entity::find()
            .filter(waiting())
            .order_by_asc(outbox::Column::DueAt)
            .order_by_asc(outbox::Column::Id)
            .one(self.reader())
            .await?;
        Ok(row.map(|row| row.due_at.into()))
    }

    /// Notes that an effect was carried out, and in the same transaction what became of the last mail that it sent.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not wait, as after an erasure: what became of the mail is noted all the same. The
    /// database's.
    pub async fn outbox_done(
        &self,
        id: &str,
        mail: Option<(String, MailState)>,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let update = outbox::Entity::update_many()
                    .col_expr(outbox::Column::DoneAt, Expr::value(Micros::from(at)))
                    .filter(outbox::Column::Id.eq(id))
                    .filter(waiting());
                let ended = one(&update.exec(tx).await?);
                if let Some((id, state)) = mail {
                    put_mail_state(tx, &id, state, at).await?;
                }
                Ok(ended)
            })
        })
        .await?
    }

    /// Counts a failure to carry out an effect; the last of many gives it up. `error` is a code, never a text with values.
    /// Returns whether it was given up.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not wait; the database's.
    pub async fn outbox_failed(
        &self,
        id: &str,
        error: &str,
        now: OffsetDateTime,
        next_due: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let (id, error) = (id.to_owned(), error.to_owned());
        let last = outbox::Column::Attempts.into_expr().gte(ATTEMPTS - 1);
        let dead = CaseStatement::new()
            .case(last, Micros::from(now))
            .finally(outbox::Column::DeadAt.into_expr());
        self.write(move |tx| {
            Box::pin(async move {
                let update = outbox::Entity::update_many()
                    .col_expr(outbox::Column::DeadAt, dead.into())
                    .col_expr(outbox::Column::Attempts, outbox::Column::Attempts.into_expr().add(1))
                    .col_expr(outbox::Column::LastError, Expr::value(error))
                    .col_expr(outbox::Column::DueAt, Expr::value(Micros::from(next_due)))
                    .filter(outbox::Column::Id.eq(id.as_str()))
                    .filter(waiting());
                one(&update.exec(tx).await?)?;
                let given_up = outbox::Entity::find_by_id(id).filter(outbox::Column::DeadAt.is_not_null());
                Ok(given_up.count(tx).await? > 0)
            })
        })
        .await
    }

    /// Whether other cases have not heard yet what happened to a case.
    ///
    /// # Errors
    /// The database's.
    pub async fn owes_news(&self, case_id: &str) -> Result<bool, StoreError> {
        let owed = outbox::Entity::find()
            .filter(outbox::Column::CaseId.eq(case_id))
            .filter(outbox::Column::Kind.is_in(NEWS))
            .filter(waiting());
        Ok(owed.count(self.reader()).await? > 0)
    }

    /// Mails that were given up because the server refuses them for good.
    ///
    /// # Errors
    /// The database's.
    pub async fn failed_mails(&self) -> Result<u64, StoreError> {
        let failed = mail::Entity::find().filter(mail::Column::State.eq(MailState::Failed));
        Ok(failed.count(self.reader()).await?)
    }

    /// Effects that were given up.
    ///
    /// # Errors
    /// The database's.
    pub async fn dead_outbox(&self, limit: u64) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = outbox::Entity::find()
            .filter(outbox::Column::DeadAt.is_not_null())
            .order_by_asc(outbox::Column::DeadAt)
            .order_by_asc(outbox::Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// Lets an effect that was given up be tried again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it was not given up; the database's.
    pub async fn revive_outbox(&self, id: &str, due_at: OffsetDateTime) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let update = outbox::Entity::update_many()
                    .col_expr(outbox::Column::DeadAt, Expr::value(None::<i64>))
                    .col_expr(outbox::Column::Attempts, Expr::value(0))
                    .col_expr(outbox::Column::DueAt, Expr::value(Micros::from(due_at)))
                    .filter(outbox::Column::Id.eq(id))
                    .filter(outbox::Column::DeadAt.is_not_null());
                one(&update.exec(tx).await?)
            })
        })
        .await
    }

    /// A notice by its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice(&self, id: &str) -> Result<Option<NoticeRow>, StoreError> {
        Ok(keyed(notice::Entity::find_by_id(id), self.reader())
            .await?
            .map(NoticeRow::from))
    }

    /// Records mails before they are sent, those that are not recorded yet: an effect that is repeated does not send twice what
    /// was sent. One effect may send to several people. A mail whose effect does not wait any more is left out: an erasure leaves
    /// no mail to be written after it.
    ///
    /// # Errors
    /// The database's; nothing is recorded then.
    pub async fn record_mails(&self, rows: Vec<MailRow>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write(move |tx| {
            Box::pin(async move {
                let effects: BTreeSet<&str> = rows.iter().map(|row| row.outbox_id.as_str()).collect();
                let mut effects = outbox::Entity::find()
                    .filter(outbox::Column::Id.is_in(effects))
                    .filter(waiting())
                    .order_by_asc(outbox::Column::Id);
                if tx.get_database_backend() == DbBackend::Postgres {
                    effects = effects.lock_exclusive();
                }
                let waiting: BTreeSet<String> = effects.all(tx).await?.into_iter().map(|row| row.id).collect();
                let mut rows = rows;
                rows.retain(|row| waiting.contains(&row.outbox_id));
                table::insert::<mail::Entity, _>(tx, rows, OnExisting::Keep).await
            })
        })
        .await
    }

    /// Notes what became of a mail.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; the database's.
    pub async fn set_mail_state(&self, id: &str, state: MailState, at: OffsetDateTime) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |tx| Box::pin(async move { put_mail_state(tx, &id, state, at).await }))
            .await
    }

    /// Forgets to whom mails went that were sent before a moment, and what they said, at most a thousand of them; that they were sent,
    /// and when, stays: it is proof. Returns how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_mails(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        // While its effect waits, a mail says for whom it was recorded.
        let ended = Query::select()
            .column((outbox::Entity, outbox::Column::Id))
            .from(outbox::Entity)
            .cond_where(
                Condition::all()
                    .add(Expr::col((outbox::Entity, outbox::Column::Id)).equals((mail::Entity, mail::Column::OutboxId)))
                    .add(outbox::Column::DoneAt.is_not_null()),
            )
            .to_owned();
        let sent: Vec<String> = mail::Entity::find()
            .select_only()
            .column(mail::Column::Id)
            .filter(mail::Column::SentAt.lt(Micros::from(before)))
            .filter(mail::Column::ToAddress.is_not_null())
            .filter(Expr::exists(ended))
            .limit(FORGOTTEN)
            .into_tuple()
            .all(self.reader())
            .await?;
        if sent.is_empty() {
            return Ok(0);
        }
        self.write(move |tx| {
            Box::pin(async move {
                let update = mail::Entity::update_many()
                    .col_expr(mail::Column::ToAddress, Expr::value(None::<String>))
                    .col_expr(mail::Column::Subject, Expr::value(None::<String>))
                    .col_expr(mail::Column::Body, Expr::value(None::<String>))
                    .filter(mail::Column::Id.is_in(sent));
                Ok(update.exec(tx).await?.rows_affected)
            })
        })
        .await
    }

    /// Mails of a case.
    ///
    /// # Errors
    /// The database's.
    pub async fn mails_of(&self, case_id: &str) -> Result<Vec<MailRow>, StoreError> {
        let rows = mail::Entity::find()
            .filter(mail::Column::CaseId.eq(case_id))
            .order_by_asc(mail::Column::OutboxId)
            .order_by_asc(mail::Column::Id)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }
}

async fn put_mail_state(
    tx: &DatabaseTransaction,
    id: &str,
    state: MailState,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    let sent_at = (state == MailState::Sent).then(|| Micros::from(at));
    let update = mail::Entity::update_many()
        .col_expr(mail::Column::State, Expr::value(state))
        .col_expr(mail::Column::SentAt, Expr::value(sent_at))
        .filter(mail::Column::Id.eq(id));
    one(&update.exec(tx).await?)
}

/// Effects that were neither carried out nor given up.
fn waiting() -> Condition {
    Condition::all()
        .add(outbox::Column::DoneAt.is_null())
        .add(outbox::Column::DeadAt.is_null())
}

/// Leaves out news of cases that have something from before to tell which is not taken along. Another process may have that in hand, in a
/// transaction that this one does not see and whose rows it passed over: [`in_its_turn`] believes it still waits to be taken.
async fn after_earlier_news(
    tx: &DatabaseTransaction,
    mut rows: Vec<outbox::Model>,
) -> Result<Vec<outbox::Model>, StoreError> {
    let is_news = |row: &outbox::Model| NEWS.contains(&row.kind.as_str());
    let telling: BTreeSet<&str> = rows
        .iter()
        .filter(|row| is_news(row))
        .map(|row| row.case_id.as_str())
        .collect();
    if telling.is_empty() {
        return Ok(rows);
    }
    let owed: Vec<(String, String, i64, i64)> = outbox::Entity::find()
        .select_only()
        .column(outbox::Column::Id)
        .column(outbox::Column::CaseId)
        .column(outbox::Column::Seq)
        .column(outbox::Column::N)
        .filter(outbox::Column::CaseId.is_in(telling))
        .filter(outbox::Column::Kind.is_in(NEWS))
        .filter(waiting())
        .into_tuple()
        .all(tx)
        .await?;
    let mut passed_over: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (id, case_id, seq, n) in owed {
        if rows.iter().any(|row| row.id == id) {
            continue;
        }
        let first = passed_over.entry(case_id).or_insert((seq, n));
        *first = (*first).min((seq, n));
    }
    rows.retain(|row| {
        let earlier = passed_over.get(&row.case_id);
        !is_news(row) || earlier.is_none_or(|first| (row.seq, row.n) < *first)
    });
    Ok(rows)
}

/// Effects that are no news, and news of cases that have nothing from before to tell which comes later: because it failed, or because
/// somebody has it in hand. Who hears in another order may not be where it could hear any more.
fn in_its_turn() -> Condition {
    let earlier = |column: outbox::Column| Expr::col((EARLIER, column));
    let own = |column: outbox::Column| Expr::col((outbox::Entity, column));
    let same_event = Condition::all()
        .add(earlier(outbox::Column::Seq).eq(own(outbox::Column::Seq)))
        .add(earlier(outbox::Column::N).lt(own(outbox::Column::N)));
    let from_before = Condition::any()
        .add(earlier(outbox::Column::Seq).lt(own(outbox::Column::Seq)))
        .add(same_event);
    let untold = Query::select()
        .column((EARLIER, outbox::Column::Id))
        .from_as(outbox::Entity, EARLIER)
        .cond_where(
            Condition::all()
                .add(earlier(outbox::Column::CaseId).eq(own(outbox::Column::CaseId)))
                .add(earlier(outbox::Column::Kind).is_in(NEWS))
                .add(earlier(outbox::Column::DoneAt).is_null())
                .add(earlier(outbox::Column::DeadAt).is_null())
                .add(earlier(outbox::Column::DueAt).gt(own(outbox::Column::DueAt)))
                .add(from_before),
        )
        .to_owned();
    Condition::any()
        .add(outbox::Column::Kind.is_not_in(NEWS))
        .add(Expr::exists(untold).not())
}
