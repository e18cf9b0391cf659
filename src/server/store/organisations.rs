//! Organisations.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::store::entity::organisation;
use crate::store::revision;
use crate::store::table::{self, OnExisting, keyed};
use crate::store::{OrganisationRow, Store, StoreError};

impl Store {
    /// Enters an organisation, or replaces the one with the same id.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] if another one has the key; the database's.
    pub async fn put_organisation(&self, row: OrganisationRow) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                revision::next(tx, revision::ORGANISATIONS).await?;
                table::insert::<organisation::Entity, _>(tx, vec![row], OnExisting::Replace).await
            })
        })
        .await
    }

    /// All organisations, by key.
    ///
    /// # Errors
    /// The database's.
    pub async fn organisations(&self) -> Result<Vec<OrganisationRow>, StoreError> {
        let rows = organisation::Entity::find()
            .order_by_asc(organisation::Column::Key)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(OrganisationRow::from).collect())
    }

    /// An organisation by its key.
    ///
    /// # Errors
    /// The database's.
    pub async fn organisation_by_key(&self, key: &str) -> Result<Option<OrganisationRow>, StoreError> {
        let row = keyed(
            organisation::Entity::find().filter(organisation::Column::Key.eq(key)),
            self.reader(),
        )
        .await?;
        Ok(row.map(OrganisationRow::from))
    }
}
