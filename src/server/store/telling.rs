//! How somebody was told what a notice or document says: shown by the portal, taken by the mail server, brought about by an
//! officer.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::store::column::Micros;
use crate::store::entity::{notice, outbox, telling};
use crate::store::row::rows_of;
use crate::store::table::{self, OnExisting, keyed};
use crate::store::{MailState, NOTICE, Store, StoreError, TellingRow};

/// What became of a mail by which a notice went out. It says nothing of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeMail {
    /// Event that sent the notice.
    pub seq: i64,
    /// Place of the notice among those of the event, from 0.
    pub place: i64,
    /// Queued, sent or failed.
    pub state: MailState,
    /// When the mail system took it.
    pub sent_at: Option<OffsetDateTime>,
}

impl Store {
    /// Notes the first time that somebody to whom they are for was shown notices.
    ///
    /// # Errors
    /// The database's.
    pub async fn notices_read(&self, ids: Vec<String>, at: OffsetDateTime) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                notice::Entity::update_many()
                    .col_expr(notice::Column::ReadAt, Expr::value(Micros::from(at)))
                    .filter(notice::Column::Id.is_in(ids))
                    .filter(notice::Column::ReadAt.is_null())
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// What became of the mails of a case's notices, by the event and the place of the notice among those of the event.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice_mails(&self, case_id: &str) -> Result<Vec<NoticeMail>, StoreError> {
        let effects = outbox::Entity::find()
            .filter(outbox::Column::CaseId.eq(case_id))
            .filter(outbox::Column::Kind.eq(NOTICE))
            .order_by_asc(outbox::Column::Seq)
            .order_by_asc(outbox::Column::N)
            .all(self.reader())
            .await?;
        let mails = self.mails_of(case_id).await?;
        let mut found = Vec::new();
        let (mut seq, mut place) = (0, 0);
        for effect in effects {
            place = if effect.seq == seq { place + 1 } else { 0 };
            seq = effect.seq;
            let of_effect = mails.iter().filter(|mail| mail.outbox_id == effect.id);
            found.extend(of_effect.map(|mail| NoticeMail {
                seq,
                place,
                state: mail.state,
                sent_at: mail.sent_at,
            }));
        }
        Ok(found)
    }

    /// What officers recorded of a case, in the order of their recording.
    ///
    /// # Errors
    /// The database's.
    pub async fn tellings(&self, case_id: &str) -> Result<Vec<TellingRow>, StoreError> {
        let rows = telling::Entity::find()
            .filter(telling::Column::CaseId.eq(case_id))
            .order_by_asc(telling::Column::RecordedAt)
            .order_by_asc(telling::Column::Id)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// Records how somebody was told. What was recorded already stays as it is, unless it comes with another number: that corrects
    /// the one before.
    ///
    /// # Errors
    /// The database's.
    pub async fn record_telling(&self, row: TellingRow) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let on_existing = if row.reference.is_some() {
                    OnExisting::Replace
                } else {
                    OnExisting::Keep
                };
                let known = keyed(telling::Entity::find_by_id(row.id.as_str()), tx).await?;
                if known.is_some_and(|known| known.reference == row.reference) {
                    return Ok(());
                }
                table::insert::<telling::Entity, _>(tx, vec![row], on_existing).await
            })
        })
        .await
    }
}
