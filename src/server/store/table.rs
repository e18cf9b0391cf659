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
    let most = (MAX_VALUES / E::Column::iter().count()).max(1);
    let mut left = rows.len();
    let mut rows = rows.into_iter().map(E::ActiveModel::from);
    while left > 0 {
        let chunk = chunk(left, most);
        left -= chunk;
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

/// How many of the rows that are left the next statement takes: a power of two, so that groups of all sizes make few
/// different statements, which stay prepared.
fn chunk(left: usize, most: usize) -> usize {
    let most = left.min(most);
    1 << (usize::BITS - 1 - most.leading_zeros())
}

/// Values for `IN (…)`, the last one repeated up to a power of two: lists of all lengths make few different statements.
pub(super) fn padded<T: Clone>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_in_chunks_of_powers_of_two_and_none_is_left_out() {
        for rows in 1..500_usize {
            let (mut left, mut sizes) = (rows, Vec::new());
            while left > 0 {
                let chunk = chunk(left, 100);
                assert!(chunk.is_power_of_two() && chunk <= 100, "{chunk}");
                sizes.push(chunk);
                left -= chunk;
            }
            assert_eq!(sizes.iter().sum::<usize>(), rows);
        }
        assert_eq!(chunk(64, 30_000), 64);
    }

    #[test]
    fn a_padded_list_holds_the_same_values() {
        assert_eq!(padded([1, 2, 3, 4, 5]), [1, 2, 3, 4, 5, 5, 5, 5]);
        assert_eq!(padded([7]), [7]);
        assert!(padded(Vec::<u8>::new()).is_empty());
    }
}
