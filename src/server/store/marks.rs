//! The register of marks and the watches on it.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;

use crate::store::accounts::one;
use crate::store::column::Micros;
use crate::store::entity::{idempotency, mark, watch};
use crate::store::group::claim;
use crate::store::revision;
use crate::store::row::rows_of;
use crate::store::table::{self, OnExisting, keyed};
use crate::store::{CommitError, Committed, Idempotency, IdempotencyRow, MarkRow, Store, StoreError, WatchRow};

/// Ids asked for at once.
const ASKED: usize = 1_000;

/// A change of the register.
#[derive(Clone, Debug, PartialEq)]
pub enum RegisterChange {
    /// Enters a mark, or replaces the one with the same id.
    PutMark(MarkRow),
    /// Enters a watch, or replaces the one with the same id.
    PutWatch(WatchRow),
    /// Ends a watch.
    CancelWatch {
        /// Its id.
        id: String,
        /// When.
        at: OffsetDateTime,
    },
}

impl Store {
    /// Changes the register, once for an idempotency key: a repeat gets the first `reply`.
    ///
    /// # Errors
    /// [`CommitError::IdempotencyConflict`], [`CommitError::Store`].
    pub async fn change_register(
        &self,
        key: Option<Idempotency>,
        changes: Vec<RegisterChange>,
        reply: Vec<u8>,
    ) -> Result<Committed, CommitError<std::convert::Infallible>> {
        let outcome = self
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(key) = &key
                        && let Some(earlier) = earlier(tx, key).await?
                    {
                        return Ok((earlier.request_hash == key.request_hash).then(|| replay(earlier)));
                    }
                    for change in changes {
                        apply(tx, change).await?;
                    }
                    if let Some(key) = key {
                        remember(tx, key, &reply).await?;
                    }
                    Ok(Some(Committed {
                        reply,
                        replayed: false,
                        case_id: String::new(),
                        version: 0,
                    }))
                })
            })
            .await?;
        outcome.ok_or(CommitError::IdempotencyConflict)
    }

    /// A mark by its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn mark(&self, id: &str) -> Result<Option<MarkRow>, StoreError> {
        Ok(keyed(mark::Entity::find_by_id(id), self.reader())
            .await?
            .map(MarkRow::from))
    }

    /// Marks by their ids, in no order.
    ///
    /// # Errors
    /// The database's.
    pub async fn marks_by_ids(&self, ids: &[String]) -> Result<Vec<MarkRow>, StoreError> {
        Ok(rows_of(
            mark::Entity::find()
                .filter(mark::Column::Id.is_in(ids))
                .all(self.reader())
                .await?,
        ))
    }

    /// Marks with a registration number: one for each class that it covers, in some registers.
    ///
    /// # Errors
    /// The database's.
    pub async fn marks_by_registration(&self, registration_no: &str) -> Result<Vec<MarkRow>, StoreError> {
        let rows = mark::Entity::find()
            .filter(mark::Column::RegistrationNo.eq(registration_no))
            .order_by_asc(mark::Column::Id)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// Marks of an account, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn marks_of(&self, account_id: &str) -> Result<Vec<MarkRow>, StoreError> {
        let rows = mark::Entity::find()
            .filter(mark::Column::OwnerAccount.eq(account_id))
            .order_by_asc(mark::Column::Name)
            .order_by_asc(mark::Column::Id)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// At most `limit` marks after a place, given as revision and id, up to a revision, in that order: for walking through
    /// what was entered since.
    ///
    /// # Errors
    /// The database's.
    pub async fn marks_after(&self, after: (i64, &str), up_to: i64, limit: u64) -> Result<Vec<MarkRow>, StoreError> {
        let columns = (mark::Column::Revision, mark::Column::Id);
        let rows = mark::Entity::find()
            .filter(revision::between(columns, after, up_to))
            .order_by_asc(mark::Column::Revision)
            .order_by_asc(mark::Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// How many marks there are.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_marks(&self) -> Result<u64, StoreError> {
        Ok(mark::Entity::find().count(self.reader()).await?)
    }

    /// Watches that hold; of one account, or of all.
    ///
    /// # Errors
    /// The database's.
    pub async fn watches(&self, account_id: Option<&str>) -> Result<Vec<WatchRow>, StoreError> {
        let mut select = watch::Entity::find().filter(watch::Column::CancelledAt.is_null());
        if let Some(account_id) = account_id {
            select = select.filter(watch::Column::AccountId.eq(account_id));
        }
        let select = select
            .order_by_asc(watch::Column::CreatedAt)
            .order_by_asc(watch::Column::Id);
        Ok(rows_of(select.all(self.reader()).await?))
    }
}

async fn apply(tx: &DatabaseTransaction, change: RegisterChange) -> Result<(), StoreError> {
    match change {
        RegisterChange::PutMark(mut row) => {
            row.revision = revision::next(tx, revision::MARKS).await?;
            let changed = BTreeSet::from([row.id.clone()]);
            table::insert::<mark::Entity, _>(tx, vec![row], OnExisting::Replace).await?;
            watches_follow(tx, &changed).await
        }
        RegisterChange::PutWatch(mut row) => {
            row.revision = revision::next(tx, revision::WATCHES).await?;
            table::insert::<watch::Entity, _>(tx, vec![row], OnExisting::Replace).await
        }
        RegisterChange::CancelWatch { id, at } => {
            let revision = revision::next(tx, revision::WATCHES).await?;
            let update = watch::Entity::update_many()
                .col_expr(watch::Column::CancelledAt, Expr::value(Micros::from(at)))
                .col_expr(watch::Column::Revision, Expr::value(revision))
                .filter(watch::Column::Id.eq(id))
                .filter(watch::Column::CancelledAt.is_null());
            one(&update.exec(tx).await?)
        }
    }
}

/// Lets the watches of marks follow them: under names that a mark has now it is looked for from now on.
pub(super) async fn watches_follow(tx: &DatabaseTransaction, marks: &BTreeSet<String>) -> Result<(), StoreError> {
    let watched: Vec<Option<String>> = watch::Entity::find()
        .select_only()
        .column(watch::Column::MarkId)
        .distinct()
        .filter(watch::Column::CancelledAt.is_null())
        .filter(watch::Column::MarkId.is_not_null())
        .into_tuple()
        .all(tx)
        .await?;
    let followed: Vec<String> = watched.into_iter().flatten().filter(|id| marks.contains(id)).collect();
    if followed.is_empty() {
        return Ok(());
    }
    let revision = revision::next(tx, revision::WATCHES).await?;
    for some in followed.chunks(ASKED) {
        watch::Entity::update_many()
            .col_expr(watch::Column::Revision, Expr::value(revision))
            .filter(watch::Column::MarkId.is_in(some.iter().map(String::as_str)))
            .filter(watch::Column::CancelledAt.is_null())
            .exec(tx)
            .await?;
    }
    Ok(())
}

async fn earlier(tx: &DatabaseTransaction, key: &Idempotency) -> Result<Option<IdempotencyRow>, StoreError> {
    if claim::if_shared(tx, std::slice::from_ref(key))
        .await?
        .contains(&key.name())
    {
        return Ok(None);
    }
    let row = keyed(
        idempotency::Entity::find_by_id((key.scope.clone(), key.key_hash.clone()))
            .filter(idempotency::Column::ExpiresAt.gt(Micros::from(key.created_at))),
        tx,
    )
    .await?;
    Ok(row.map(IdempotencyRow::from))
}

fn replay(earlier: IdempotencyRow) -> Committed {
    Committed {
        reply: earlier.reply,
        replayed: true,
        case_id: earlier.case_id.unwrap_or_default(),
        version: earlier.version,
    }
}

async fn remember(tx: &DatabaseTransaction, key: Idempotency, reply: &[u8]) -> Result<(), StoreError> {
    let row = IdempotencyRow {
        reply: reply.to_vec(),
        ..key.row()
    };
    table::insert::<idempotency::Entity, _>(tx, vec![row], OnExisting::Replace).await
}
