//! The domain packs that ran, and what cases are pinned to.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;

use crate::store::column::Micros;
use crate::store::entity::{cases, definition, pack, publication, wording};
use crate::store::row::rows_of;
use crate::store::table::{self, OnExisting, keyed};
use crate::store::{DefinitionRow, PackRow, PinnedCases, PublicationRow, Store, StoreError, WordingRow};

#[derive(FromQueryResult)]
struct Counted {
    procedure: String,
    procedure_version: i64,
    definition_hash: String,
    cases: i64,
}

impl Store {
    /// Keeps a pack. One that is kept already stays as it is.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_pack(&self, row: PackRow) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(table::insert::<pack::Entity, _>(tx, vec![row], OnExisting::Keep)))
            .await
    }

    /// Keeps versions of procedures of a pack that is kept. What is kept already stays as it is.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_definitions(&self, rows: Vec<DefinitionRow>) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(table::insert::<definition::Entity, _>(tx, rows, OnExisting::Keep)))
            .await
    }

    /// A kept pack.
    ///
    /// # Errors
    /// The database's.
    pub async fn pack(&self, version: &str) -> Result<Option<PackRow>, StoreError> {
        Ok(keyed(pack::Entity::find_by_id(version), self.reader())
            .await?
            .map(PackRow::from))
    }

    /// Every version of a procedure that is kept.
    ///
    /// # Errors
    /// The database's.
    pub async fn definitions(&self) -> Result<Vec<DefinitionRow>, StoreError> {
        let rows = definition::Entity::find()
            .order_by_asc(definition::Column::Hash)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// Keeps templates. What is kept already stays as it is.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_wordings(&self, rows: Vec<WordingRow>) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(table::insert::<wording::Entity, _>(tx, rows, OnExisting::Keep)))
            .await
    }

    /// Hashes of every template that is kept.
    ///
    /// # Errors
    /// The database's.
    pub async fn wording_hashes(&self) -> Result<Vec<String>, StoreError> {
        let hashes = wording::Entity::find().select_only().column(wording::Column::Hash);
        Ok(hashes.into_tuple().all(self.reader()).await?)
    }

    /// Templates by their hashes.
    ///
    /// # Errors
    /// The database's.
    pub async fn wordings(&self, hashes: Vec<String>) -> Result<Vec<WordingRow>, StoreError> {
        let rows = wording::Entity::find()
            .filter(wording::Column::Hash.is_in(hashes))
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// Enters a proposal, or that a pack runs that nobody proposed. The same id again changes nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn propose(&self, row: PublicationRow) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(table::insert::<publication::Entity, _>(tx, vec![row], OnExisting::Keep)))
            .await
    }

    /// Notes that an account publishes a proposal. `false`: somebody has done so before.
    ///
    /// # Errors
    /// The database's.
    pub async fn publish(&self, id: &str, account: &str, now: OffsetDateTime) -> Result<bool, StoreError> {
        let (id, account) = (id.to_owned(), account.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let update = publication::Entity::update_many()
                    .col_expr(publication::Column::PublishedBy, Expr::value(account))
                    .col_expr(publication::Column::PublishedAt, Expr::value(Micros::from(now)))
                    .filter(publication::Column::Id.eq(id))
                    .filter(publication::Column::PublishedAt.is_null());
                Ok(update.exec(tx).await?.rows_affected > 0)
            })
        })
        .await
    }

    /// A proposal or publication.
    ///
    /// # Errors
    /// The database's.
    pub async fn publication(&self, id: &str) -> Result<Option<PublicationRow>, StoreError> {
        Ok(keyed(publication::Entity::find_by_id(id), self.reader())
            .await?
            .map(PublicationRow::from))
    }

    /// What was published last.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_published(&self) -> Result<Option<PublicationRow>, StoreError> {
        Ok(publication::Entity::find()
            .filter(publication::Column::PublishedAt.is_not_null())
            .order_by_desc(publication::Column::PublishedAt)
            .order_by_desc(publication::Column::Id)
            .one(self.reader())
            .await?
            .map(PublicationRow::from))
    }

    /// Proposals that nobody has published, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn proposals(&self, limit: u64) -> Result<Vec<PublicationRow>, StoreError> {
        let rows = publication::Entity::find()
            .filter(publication::Column::PublishedAt.is_null())
            .order_by_desc(publication::Column::ProposedAt)
            .order_by_desc(publication::Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// What cases are pinned to. Reads every case.
    ///
    /// # Errors
    /// The database's.
    pub async fn pinned_cases(&self) -> Result<Vec<PinnedCases>, StoreError> {
        let columns = [
            cases::Column::Procedure,
            cases::Column::ProcedureVersion,
            cases::Column::DefinitionHash,
        ];
        let counted = cases::Entity::find()
            .select_only()
            .columns(columns)
            .column_as(cases::Column::Id.count(), "cases")
            .group_by(cases::Column::Procedure)
            .group_by(cases::Column::ProcedureVersion)
            .group_by(cases::Column::DefinitionHash)
            .order_by_asc(cases::Column::Procedure)
            .order_by_asc(cases::Column::ProcedureVersion)
            .order_by_asc(cases::Column::DefinitionHash)
            .into_model::<Counted>()
            .all(self.reader())
            .await?;
        let pinned = counted.into_iter().map(|row| PinnedCases {
            procedure: row.procedure,
            version: row.procedure_version,
            hash: row.definition_hash,
            cases: u64::try_from(row.cases).unwrap_or(0),
        });
        Ok(pinned.collect())
    }
}
