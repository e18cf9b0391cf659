//! Erasing personal data. What the law wants kept, that something happened and when, stays and still verifies.

use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::store::column::{JsonText, Micros};
use crate::store::entity::{
    case_personal, cases, disclosure, document, event_payload, idempotency, identity, mail, notice, outbox, party,
    telling,
};
use crate::store::table::keyed;
use crate::store::{Store, StoreError, names};

/// The kind of effect that sends mails.
pub const NOTICE: &str = "notice";

/// Where the body of a document says which number of which series it has drawn. It is nobody's data, and stays when the text is
/// erased: a number without its document would say that the document was taken away.
pub const DRAWN: &str = "drawn";

/// What stands in place of an erased JSON body that a table must have.
fn emptied() -> JsonText {
    JsonText(serde_json::json!({}))
}

impl Store {
    /// Erases the personal data of a case: what its events carried, its personal fields, the filer's identity and
    /// account, accounts, names and contacts of parties, the texts of mails, notices and documents, numbers of receipts, what waits or waited in the outbox, and the
    /// remembered replies. The hash chain still verifies, because it holds only salted hashes. On SQLite the log is folded
    /// into the file, whose freed bytes are overwritten.
    ///
    /// # Errors
    /// The database's. After a failure to fold the log the erasure itself holds; call again.
    pub async fn erase_case_person(&self, case_id: &str, at: OffsetDateTime) -> Result<(), StoreError> {
        let id = case_id.to_owned();
        self.write(move |tx| Box::pin(async move { erase(tx, &id, Micros::from(at)).await }))
            .await?;
        self.fold_log().await
    }

    /// SQLite: moves the log into the file and empties it, so that no erased bytes stay in it.
    async fn fold_log(&self) -> Result<(), StoreError> {
        if self.is_postgres() {
            return Ok(());
        }
        let row = self
            .inner
            .write
            .query_one_raw(sea_orm::Statement::from_string(
                DbBackend::Sqlite,
                "PRAGMA wal_checkpoint(TRUNCATE)",
            ))
            .await?;
        let busy: i64 = row.map_or(Ok(1), |row| row.try_get_by_index(0))?;
        // A reader with an old snapshot was in the way.
        if busy == 0 { Ok(()) } else { Err(StoreError::Contention) }
    }
}

/// Keeps commits and erasures away from a case until the transaction ends, as each of them does first. SQLite has one
/// transaction at a time that writes.
pub(super) async fn hold(tx: &DatabaseTransaction, case_id: &str) -> Result<(), StoreError> {
    if tx.get_database_backend() == DbBackend::Postgres {
        // Rows that refer to the case are written all the same: whoever holds one of them waits for nobody here.
        let case = cases::Entity::find_by_id(case_id).lock(LockType::NoKeyUpdate);
        keyed(case, tx).await?;
    }
    Ok(())
}

/// Whether personal data of a case were erased.
pub(super) async fn is_erased(tx: &DatabaseTransaction, case_id: &str) -> Result<bool, StoreError> {
    let erased = event_payload::Entity::find()
        .filter(event_payload::Column::CaseId.eq(case_id))
        .filter(event_payload::Column::ErasedAt.is_not_null());
    Ok(erased.count(tx).await? > 0)
}

async fn erase(tx: &DatabaseTransaction, case_id: &str, at: Micros) -> Result<(), StoreError> {
    hold(tx, case_id).await?;
    event_payload::Entity::update_many()
        .col_expr(event_payload::Column::Salt, Expr::value(None::<Vec<u8>>))
        .col_expr(event_payload::Column::Body, Expr::value(None::<String>))
        .col_expr(event_payload::Column::ErasedAt, Expr::value(at))
        .filter(event_payload::Column::CaseId.eq(case_id))
        .filter(event_payload::Column::ErasedAt.is_null())
        .exec(tx)
        .await?;
    case_personal::Entity::delete_by_id(case_id).exec(tx).await?;
    cases::Entity::update_many()
        .col_expr(cases::Column::FilerAccountId, Expr::value(None::<String>))
        .filter(cases::Column::Id.eq(case_id))
        .exec(tx)
        .await?;
    identity::Entity::update_many()
        .col_expr(identity::Column::Body, Expr::value(None::<String>))
        .col_expr(identity::Column::ErasedAt, Expr::value(at))
        .filter(identity::Column::CaseId.eq(case_id))
        .exec(tx)
        .await?;
    party::Entity::update_many()
        .col_expr(party::Column::AccountId, Expr::value(None::<String>))
        .col_expr(party::Column::Name, Expr::value(None::<String>))
        .col_expr(party::Column::Contact, Expr::value(None::<String>))
        .col_expr(party::Column::ErasedAt, Expr::value(at))
        .filter(party::Column::CaseId.eq(case_id))
        .exec(tx)
        .await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        // In the order in which mails are recorded, which needs several of these rows too: in another each could wait for the other.
        let effects = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::Id)
            .filter(outbox::Column::CaseId.eq(case_id))
            .order_by_asc(outbox::Column::Id)
            .lock_exclusive();
        let _: Vec<String> = effects.into_tuple().all(tx).await?;
    }
    // What was not sent is not sent any more: without its text it could only fail again and again. This comes before the mails, so
    // that none is recorded after those that were found.
    outbox::Entity::update_many()
        .col_expr(outbox::Column::DoneAt, Expr::value(at))
        .filter(outbox::Column::CaseId.eq(case_id))
        .filter(outbox::Column::Kind.eq(NOTICE))
        .filter(outbox::Column::DoneAt.is_null())
        .exec(tx)
        .await?;
    mail::Entity::update_many()
        .col_expr(mail::Column::ToAddress, Expr::value(None::<String>))
        .col_expr(mail::Column::Subject, Expr::value(None::<String>))
        .col_expr(mail::Column::Body, Expr::value(None::<String>))
        .filter(mail::Column::CaseId.eq(case_id))
        .exec(tx)
        .await?;
    telling::Entity::update_many()
        .col_expr(telling::Column::Reference, Expr::value(None::<String>))
        .filter(telling::Column::CaseId.eq(case_id))
        .exec(tx)
        .await?;
    notice::Entity::update_many()
        .col_expr(notice::Column::Body, Expr::value(emptied()))
        .filter(notice::Column::CaseId.eq(case_id))
        .exec(tx)
        .await?;
    erase_documents(tx, case_id).await?;
    // Nobody is shown a page without a text.
    disclosure::Entity::update_many()
        .col_expr(disclosure::Column::WithdrawnAt, Expr::value(at))
        .filter(disclosure::Column::CaseId.eq(case_id))
        .filter(disclosure::Column::WithdrawnAt.is_null())
        .exec(tx)
        .await?;
    names::erase(tx, case_id).await?;
    outbox::Entity::update_many()
        .col_expr(outbox::Column::Body, Expr::value(emptied()))
        .filter(outbox::Column::CaseId.eq(case_id))
        .exec(tx)
        .await?;
    // The key itself goes too: a repeat of an erased filing must not be answered with an empty reply.
    idempotency::Entity::delete_many()
        .filter(idempotency::Column::CaseId.eq(case_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Erases the texts of documents. Bodies are read as texts, so that one that is damaged is erased like the others.
async fn erase_documents(tx: &DatabaseTransaction, case_id: &str) -> Result<(), StoreError> {
    let rows: Vec<(String, String)> = document::Entity::find()
        .select_only()
        .columns([document::Column::Id, document::Column::Body])
        .filter(document::Column::CaseId.eq(case_id))
        .into_tuple()
        .all(tx)
        .await?;
    for (id, body) in rows {
        let mut left = emptied();
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        if let (Some(left), Some(drawn)) = (left.0.as_object_mut(), body.get(DRAWN)) {
            left.insert(DRAWN.to_owned(), drawn.clone());
        }
        document::Entity::update_many()
            .col_expr(document::Column::Body, Expr::value(left))
            .filter(document::Column::Id.eq(id))
            .exec(tx)
            .await?;
    }
    Ok(())
}
