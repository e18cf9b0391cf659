//! Multi-row statements.

use sea_orm::sea_query::{CommonTableExpression, InsertStatement, OnConflict, Values, WithClause, WithQuery};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, Iterable, PrimaryKeyToColumn, QueryTrait, Select,
    Statement,
};

use crate::store::StoreError;

/// Bound values that one statement may carry: SQLite allows 32766, PostgreSQL 65535.
const MAX_VALUES: usize = 30_000;

/// What to do with a row whose primary key exists.
pub(super) enum OnExisting<'c, Column> {
    /// Fail the statement.
    Fail,
    /// Replace every other column.
    Replace,
    /// Replace these columns. An index over others is left alone then, which for a row that changes often is most of the
    /// work.
    Update(&'c [Column]),
    /// Leave the old row.
    Keep,
}

/// Writes rows with as few statements as the engines allow; with one for every group that a writer makes.
pub(super) async fn insert<E, R>(
    tx: &impl ConnectionTrait,
    rows: Vec<R>,
    on_existing: OnExisting<'_, E::Column>,
) -> Result<(), StoreError>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E> + From<R> + Send,
{
    for statement in inserts::<E, R>(rows, &on_existing) {
        tx.execute(&statement).await?;
    }
    Ok(())
}

/// Statements that write rows.
fn inserts<E, R>(rows: Vec<R>, on_existing: &OnExisting<'_, E::Column>) -> Vec<InsertStatement>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E> + From<R> + Send,
{
    let most = (MAX_VALUES / E::Column::iter().count()).max(1);
    let mut left = rows.len();
    let mut rows = rows.into_iter().map(E::ActiveModel::from);
    let mut statements = Vec::new();
    while left > 0 {
        let chunk = chunk(left, most);
        left -= chunk;
        let some: Vec<_> = rows.by_ref().take(chunk).collect();
        let insert = E::insert_many(some);
        let insert = match on_existing {
            OnExisting::Fail => insert,
            OnExisting::Replace => insert.on_conflict(replace::<E>(others::<E>())),
            OnExisting::Update(columns) => insert.on_conflict(replace::<E>(columns.to_vec())),
            OnExisting::Keep => insert.on_conflict(
                OnConflict::columns(E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column))
                    .do_nothing()
                    .to_owned(),
            ),
        };
        statements.push(insert.into_query());
    }
    statements
}

/// Rows of several tables that are written together, in as few exchanges with the engine as it allows.
#[derive(Default)]
pub(super) struct Batch {
    statements: Vec<InsertStatement>,
}

impl Batch {
    /// Adds rows of one table, after those that they refer to.
    pub(super) fn insert<E, R>(&mut self, rows: Vec<R>, on_existing: OnExisting<'_, E::Column>)
    where
        E: EntityTrait,
        E::ActiveModel: ActiveModelTrait<Entity = E> + From<R> + Send,
    {
        self.statements.extend(inserts::<E, R>(rows, &on_existing));
    }

    /// Writes them. Those of one command go in one exchange: on PostgreSQL as one statement in which each table is a part,
    /// and which checks references when it is done; on SQLite as several in one text. Those of a group come one by one,
    /// because their numbers of rows make too many different texts to stay prepared.
    pub(super) async fn write(self, tx: &impl ConnectionTrait, alone: bool) -> Result<(), StoreError> {
        let backend = tx.get_database_backend();
        match backend {
            DbBackend::Postgres if alone => {
                for mut portion in portions(self.statements, |statement| bound(backend, statement)) {
                    match portion.pop() {
                        Some(single) if portion.is_empty() => tx.execute(&single).await?,
                        Some(last) => tx.execute(&united(portion, last)).await?,
                        None => continue,
                    };
                }
            }
            _ if alone => {
                let parts = self.statements.iter().map(|statement| backend.build(statement));
                let (texts, values): (Vec<_>, Vec<_>) = parts
                    .map(|part| (part.sql, part.values.unwrap_or(Values(Vec::new())).0))
                    .unzip();
                let text = texts.join("; ");
                tx.execute_raw(Statement::from_sql_and_values(backend, text, values.concat()))
                    .await?;
            }
            _ => {
                for statement in &self.statements {
                    tx.execute(statement).await?;
                }
            }
        }
        Ok(())
    }
}

/// Statements in portions that bind no more values together than one may carry.
fn portions<S>(statements: Vec<S>, bound: impl Fn(&S) -> usize) -> Vec<Vec<S>> {
    let mut portions: Vec<Vec<S>> = Vec::new();
    let mut values = 0;
    for statement in statements {
        let more = bound(&statement);
        match portions.last_mut() {
            Some(portion) if values + more <= MAX_VALUES => portion.push(statement),
            _ => {
                values = 0;
                portions.push(vec![statement]);
            }
        }
        values += more;
    }
    portions
}

/// Inserts as the parts of one statement.
fn united(others: Vec<InsertStatement>, last: InsertStatement) -> WithQuery {
    let mut parts = WithClause::new();
    for (number, statement) in others.into_iter().enumerate() {
        let mut part = CommonTableExpression::new();
        part.table_name(format!("part_{number}")).query(statement);
        parts.cte(part);
    }
    parts.query(last)
}

/// How many values a statement binds.
fn bound(backend: DbBackend, statement: &InsertStatement) -> usize {
    backend.build(statement).values.map_or(0, |values| values.0.len())
}

/// The row of a key, which is unique: without the `LIMIT` of `one`, whose bound number makes SQLite prepare the statement
/// anew each time that it runs.
pub(super) async fn keyed<E: EntityTrait>(
    select: Select<E>,
    connection: &impl ConnectionTrait,
) -> Result<Option<E::Model>, StoreError> {
    Ok(select.all(connection).await?.into_iter().next())
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

fn replace<E: EntityTrait>(columns: Vec<E::Column>) -> OnConflict {
    let key: Vec<_> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let mut conflict = OnConflict::columns(key);
    if columns.is_empty() {
        conflict.do_nothing();
    } else {
        conflict.update_columns(columns);
    }
    conflict
}

/// The columns that are not of the primary key.
fn others<E: EntityTrait>() -> Vec<E::Column> {
    E::Column::iter()
        .filter(|column| E::PrimaryKey::from_column(*column).is_none())
        .collect()
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
    fn statements_share_a_portion_while_their_values_fit_and_none_is_lost() {
        let sizes = [20_000, 10_000, 1, 30_000, 2, 29_998, 1];
        let split = portions(sizes.to_vec(), |size| *size);
        assert_eq!(
            split,
            [vec![20_000, 10_000], vec![1], vec![30_000], vec![2, 29_998], vec![1]]
        );
    }

    #[test]
    fn a_padded_list_holds_the_same_values() {
        assert_eq!(padded([1, 2, 3, 4, 5]), [1, 2, 3, 4, 5, 5, 5, 5]);
        assert_eq!(padded([7]), [7]);
        assert!(padded(Vec::<u8>::new()).is_empty());
    }
}
