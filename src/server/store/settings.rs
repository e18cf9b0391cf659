//! Values that the administrators or the service keep, drafts, and what expires.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use time::OffsetDateTime;

use crate::store::column::Micros;
use crate::store::entity::{draft, idempotency, setting};
use crate::store::table::{self, OnExisting, keyed};
use crate::store::{CaseFilter, DraftRow, IdempotencyRow, SettingRow, Store, StoreError};

impl Store {
    /// A setting.
    ///
    /// # Errors
    /// The database's.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(keyed(setting::Entity::find_by_id(key), self.reader())
            .await?
            .map(|row| row.value))
    }

    /// Changes a setting.
    ///
    /// # Errors
    /// The database's.
    pub async fn put_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let row = SettingRow {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        self.write(move |tx| Box::pin(table::insert::<setting::Entity, _>(tx, vec![row], OnExisting::Replace)))
            .await
    }

    /// Whether nobody has entered anything yet: no organisation, account, mark or case.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_unused(&self) -> Result<bool, StoreError> {
        Ok(self.organisations().await?.is_empty()
            && self.accounts().await?.is_empty()
            && self.count_marks().await? == 0
            && self.count_cases(&CaseFilter::default()).await? == 0)
    }

    /// Keeps a draft, or replaces it.
    ///
    /// # Errors
    /// The database's.
    pub async fn put_draft(&self, row: DraftRow) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(table::insert::<draft::Entity, _>(tx, vec![row], OnExisting::Replace)))
            .await
    }

    /// A draft by the hash of its secret, unless it has expired.
    ///
    /// # Errors
    /// The database's.
    pub async fn draft(&self, id_hash: &str, now: OffsetDateTime) -> Result<Option<DraftRow>, StoreError> {
        let row = keyed(
            draft::Entity::find_by_id(id_hash).filter(draft::Column::ExpiresAt.gt(Micros::from(now))),
            self.reader(),
        )
        .await?;
        Ok(row.map(DraftRow::from))
    }

    /// Throws a draft away. Returns whether there was one.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete_draft(&self, id_hash: &str) -> Result<bool, StoreError> {
        let id_hash = id_hash.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let delete = draft::Entity::delete_many().filter(draft::Column::IdHash.eq(id_hash));
                Ok(delete.exec(tx).await?.rows_affected > 0)
            })
        })
        .await
    }

    /// What a request was answered under its key, unless that has expired. The command itself looks it up too; this is for
    /// requests that cannot be commands any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn reply(
        &self,
        scope: &str,
        key_hash: &str,
        now: OffsetDateTime,
    ) -> Result<Option<IdempotencyRow>, StoreError> {
        let row = keyed(
            idempotency::Entity::find_by_id((scope.to_owned(), key_hash.to_owned()))
                .filter(idempotency::Column::ExpiresAt.gt(Micros::from(now))),
            self.reader(),
        )
        .await?;
        Ok(row.map(IdempotencyRow::from))
    }

    /// Throws away drafts and idempotency keys that have expired. Returns how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete_expired(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let now = Micros::from(now);
        self.write(move |tx| {
            Box::pin(async move {
                let drafts = draft::Entity::delete_many()
                    .filter(draft::Column::ExpiresAt.lte(now))
                    .exec(tx)
                    .await?;
                let keys = idempotency::Entity::delete_many()
                    .filter(idempotency::Column::ExpiresAt.lte(now))
                    .exec(tx)
                    .await?;
                Ok(drafts.rows_affected + keys.rows_affected)
            })
        })
        .await
    }
}
