//! Reading cases.

use sea_orm::EntityTrait;

use crate::store::entity::cases;
use crate::store::{CaseRow, Store, StoreError};

impl Store {
    /// A case by its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn case(&self, id: &str) -> Result<Option<CaseRow>, StoreError> {
        Ok(cases::Entity::find_by_id(id)
            .one(self.reader())
            .await?
            .map(CaseRow::from))
    }
}
