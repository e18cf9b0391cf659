//! Numbers that grow with each change of what processes keep in memory, so that each sees when it is behind.
//!
//! A revision is drawn in the transaction that makes the change. Its row stays locked until the commit: revisions become
//! visible in their order, and a reader that has seen one has seen all before it.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::store::entity::counter;
use crate::store::table::keyed;
use crate::store::{CounterRow, Store, StoreError};

/// Revision of the register of marks.
pub(super) const MARKS: &str = "revision:marks";
/// Revision of the names in cases.
pub(super) const NAMES: &str = "revision:case_names";
/// Revision of the watches.
pub(super) const WATCHES: &str = "revision:watches";
/// Revision of the organisations.
pub(super) const ORGANISATIONS: &str = "revision:organisations";

/// How often what processes keep in memory has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    /// Of the register of marks.
    pub marks: i64,
    /// Of the names in cases.
    pub names: i64,
    /// Of the watches.
    pub watches: i64,
    /// Of the organisations.
    pub organisations: i64,
}

/// Rows after a place, given as revision and id, up to a revision.
pub(super) fn between<C: ColumnTrait>(columns: (C, C), after: (i64, &str), up_to: i64) -> Condition {
    let ((revision, id), (reached, last)) = (columns, after);
    let same = Condition::all().add(revision.eq(reached)).add(id.gt(last));
    let later = Condition::any().add(revision.gt(reached)).add(same);
    Condition::all().add(later).add(revision.lte(up_to))
}

/// Draws the next revision.
pub(super) async fn next(tx: &DatabaseTransaction, key: &str) -> Result<i64, StoreError> {
    let row = CounterRow {
        key: key.to_owned(),
        value: 1,
    };
    let raised = Expr::col((counter::Entity, counter::Column::Value)).add(1);
    let conflict = OnConflict::column(counter::Column::Key)
        .value(counter::Column::Value, raised)
        .to_owned();
    let insert = counter::Entity::insert(counter::ActiveModel::from(row)).on_conflict(conflict);
    insert.exec_without_returning(tx).await?;
    let row = keyed(counter::Entity::find_by_id(key), tx).await?;
    Ok(row.map_or(0, |row| row.value))
}

impl Store {
    /// The present revisions.
    ///
    /// # Errors
    /// The database's.
    pub async fn revisions(&self) -> Result<Revisions, StoreError> {
        let rows = counter::Entity::find()
            .filter(counter::Column::Key.is_in([MARKS, NAMES, WATCHES, ORGANISATIONS]))
            .all(self.reader())
            .await?;
        let of = |key: &str| rows.iter().find(|row| row.key == key).map_or(0, |row| row.value);
        Ok(Revisions {
            marks: of(MARKS),
            names: of(NAMES),
            watches: of(WATCHES),
            organisations: of(ORGANISATIONS),
        })
    }
}
