//! Documents that everybody may read (公示).

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;

use crate::store::column::Micros;
use crate::store::entity::{disclosure, document};
use crate::store::row::rows_of;
use crate::store::{DisclosureRow, DocumentRow, Store, StoreError};

/// A document that everybody may read.
#[derive(Clone, Debug, PartialEq)]
pub struct Disclosed {
    /// The document.
    pub document: DocumentRow,
    /// Since when.
    pub published_at: OffsetDateTime,
}

/// Where a list of published documents goes on: after this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosedBefore {
    /// When it was published.
    pub at: OffsetDateTime,
    /// Its case.
    pub case_id: String,
    /// Its kind.
    pub kind: String,
}

impl Store {
    /// Documents that are published now, the last one first; of one kind if `kind` is given.
    ///
    /// # Errors
    /// The database's.
    pub async fn disclosed(
        &self,
        kind: Option<&str>,
        before: Option<&DisclosedBefore>,
        limit: u64,
    ) -> Result<Vec<Disclosed>, StoreError> {
        let mut select = disclosure::Entity::find()
            .filter(live())
            .order_by_desc(disclosure::Column::PublishedAt)
            .order_by_desc(disclosure::Column::CaseId)
            .order_by_desc(disclosure::Column::Kind)
            .limit(limit);
        if let Some(kind) = kind {
            select = select.filter(disclosure::Column::Kind.eq(kind));
        }
        if let Some(before) = before {
            let at = Micros::from(before.at);
            let case = disclosure::Column::CaseId;
            let same = Condition::all().add(disclosure::Column::PublishedAt.eq(at));
            select = select.filter(
                Condition::any()
                    .add(disclosure::Column::PublishedAt.lt(at))
                    .add(same.clone().add(case.lt(before.case_id.as_str())))
                    .add(
                        same.add(case.eq(before.case_id.as_str()))
                            .add(disclosure::Column::Kind.lt(before.kind.as_str())),
                    ),
            );
        }
        let rows: Vec<DisclosureRow> = rows_of(select.all(self.reader()).await?);
        self.with_documents(rows).await
    }

    /// Kinds of documents of which some are published now, in their order.
    ///
    /// # Errors
    /// The database's.
    pub async fn disclosed_kinds(&self) -> Result<Vec<String>, StoreError> {
        let kinds = disclosure::Entity::find()
            .select_only()
            .column(disclosure::Column::Kind)
            .filter(live())
            .distinct()
            .order_by_asc(disclosure::Column::Kind);
        Ok(kinds.into_tuple().all(self.reader()).await?)
    }

    /// A document, if everybody may read it now.
    ///
    /// # Errors
    /// The database's.
    pub async fn disclosed_document(&self, id: &str) -> Result<Option<Disclosed>, StoreError> {
        let Some(document) = self.document(id).await? else {
            return Ok(None);
        };
        let rows = disclosure::Entity::find()
            .filter(live())
            .filter(disclosure::Column::CaseId.eq(document.case_id.as_str()))
            .filter(disclosure::Column::Kind.eq(document.kind.as_str()))
            .all(self.reader())
            .await?;
        let found = self.with_documents(rows_of(rows)).await?;
        Ok(found.into_iter().find(|disclosed| disclosed.document.id == document.id))
    }

    /// Documents of a case that everybody may read now: since when, by id.
    ///
    /// # Errors
    /// The database's.
    pub async fn disclosed_of(&self, case_id: &str) -> Result<BTreeMap<String, OffsetDateTime>, StoreError> {
        let rows = disclosure::Entity::find()
            .filter(live())
            .filter(disclosure::Column::CaseId.eq(case_id))
            .all(self.reader())
            .await?;
        let found = self.with_documents(rows_of(rows)).await?;
        Ok(found
            .into_iter()
            .map(|disclosed| (disclosed.document.id, disclosed.published_at))
            .collect())
    }

    /// The document of each row: the newest of its kind that the case had at the event that published it.
    async fn with_documents(&self, rows: Vec<DisclosureRow>) -> Result<Vec<Disclosed>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let documents = document::Entity::find()
            .filter(document::Column::CaseId.is_in(rows.iter().map(|row| row.case_id.as_str())))
            .filter(document::Column::Kind.is_in(rows.iter().map(|row| row.kind.as_str())))
            .order_by_asc(document::Column::Seq)
            .order_by_asc(document::Column::Id)
            .all(self.reader())
            .await?;
        let documents: Vec<DocumentRow> = rows_of(documents);
        let shown = rows.into_iter().filter_map(|row| {
            let of_row = |document: &&DocumentRow| {
                document.case_id == row.case_id && document.kind == row.kind && document.seq <= row.seq
            };
            Some(Disclosed {
                document: documents.iter().rfind(of_row)?.clone(),
                published_at: row.published_at?,
            })
        });
        Ok(shown.collect())
    }
}

/// What is published and not withdrawn.
fn live() -> Condition {
    Condition::all()
        .add(disclosure::Column::PublishedAt.is_not_null())
        .add(disclosure::Column::WithdrawnAt.is_null())
}
