//! Multi-row statements.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, Iterable, PrimaryKeyToColumn};

use crate::store::StoreError;

/// Bound values that one statement may carry: SQLite allows 32766, PostgreSQL 65535.
const MAX_VALUES: usize = 30_000;

/// What to do with a row whose primary key exists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnExisting {
    /// Fail the statement.
    Fail,
    /// Replace every other column.
    Replace,
    /// Leave the old row.
    Keep,
}

/// Writes rows with as few statements as the engines allow; with one for every group that a writer makes.
pub(super) async fn insert<E, R>(
    tx: &impl ConnectionTrait,
    rows: Vec<R>,
    on_existing: OnExisting,
) -> Result<(), StoreError>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E> + From<R> + Send,
    R: Send,
{
    if rows.is_empty() {
        return Ok(());
    }
    let chunk = (MAX_VALUES / E::Column::iter().count()).max(1);
    let mut rows = rows.into_iter().map(E::ActiveModel::from).peekable();
    while rows.peek().is_some() {
        let some: Vec<_> = rows.by_ref().take(chunk).collect();
        let insert = E::insert_many(some);
        let insert = match on_existing {
            OnExisting::Fail => insert,
            OnExisting::Replace => insert.on_conflict(replace::<E>()),
            OnExisting::Keep => insert.on_conflict(
                OnConflict::columns(E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column))
                    .do_nothing()
                    .to_owned(),
            ),
        };
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

fn replace<E: EntityTrait>() -> OnConflict {
    let key: Vec<_> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let others: Vec<_> = E::Column::iter()
        .filter(|column| E::PrimaryKey::from_column(*column).is_none())
        .collect();
    let mut conflict = OnConflict::columns(key);
    if others.is_empty() {
        conflict.do_nothing();
    } else {
        conflict.update_columns(others);
    }
    conflict
}
