//! Keys by which files of organisations elsewhere are known.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::store::column::Micros;
use crate::store::entity::peer_key;
use crate::store::row::rows_of;
use crate::store::table::{self, OnExisting, keyed};
use crate::store::{PeerKeyRow, Store, StoreError};

impl Store {
    /// Remembers a key. One that is known stays as it is, revoked or not.
    ///
    /// # Errors
    /// The database's.
    pub async fn trust_key(&self, row: PeerKeyRow) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(table::insert::<peer_key::Entity, _>(tx, vec![row], OnExisting::Keep)))
            .await
    }

    /// Nothing that a key signs counts any more. `false`: no such key counted.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_key(&self, thumbprint: &str, now: OffsetDateTime) -> Result<bool, StoreError> {
        let thumbprint = thumbprint.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let update = peer_key::Entity::update_many()
                    .col_expr(peer_key::Column::RevokedAt, Expr::value(Micros::from(now)))
                    .filter(peer_key::Column::Thumbprint.eq(thumbprint))
                    .filter(peer_key::Column::RevokedAt.is_null());
                Ok(update.exec(tx).await?.rows_affected > 0)
            })
        })
        .await
    }

    /// A key by its thumbprint, a revoked one too.
    ///
    /// # Errors
    /// The database's.
    pub async fn peer_key(&self, thumbprint: &str) -> Result<Option<PeerKeyRow>, StoreError> {
        Ok(keyed(peer_key::Entity::find_by_id(thumbprint), self.reader())
            .await?
            .map(PeerKeyRow::from))
    }

    /// All keys, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn peer_keys(&self) -> Result<Vec<PeerKeyRow>, StoreError> {
        let rows = peer_key::Entity::find()
            .order_by_asc(peer_key::Column::TrustedAt)
            .order_by_asc(peer_key::Column::Thumbprint)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }
}
