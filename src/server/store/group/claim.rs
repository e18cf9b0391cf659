//! Idempotency keys on PostgreSQL, where other processes may hold them too.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, ExprTrait, QueryFilter,
};

use crate::store::entity::idempotency;
use crate::store::{Idempotency, StoreError};

/// Whose key, and its hash.
pub(in crate::store) type Name = (String, String);

/// PostgreSQL: takes the keys, waiting for other transactions that hold one, and returns those that it took; the others were
/// used and are not expired. SQLite has one writer and nothing to take.
pub(in crate::store) async fn if_shared(
    tx: &DatabaseTransaction,
    keys: &[Idempotency],
) -> Result<BTreeSet<Name>, StoreError> {
    if tx.get_database_backend() != DbBackend::Postgres || keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    // Each once, and in one order: two transactions that want the same keys do not wait for each other in a circle.
    let rows: BTreeMap<Name, _> = keys.iter().map(|key| (key.name(), key.row())).collect();
    let expired = idempotency::Column::ExpiresAt
        .into_expr()
        .lte(Expr::col(("excluded", idempotency::Column::CreatedAt)));
    let conflict = OnConflict::columns([idempotency::Column::Scope, idempotency::Column::KeyHash])
        .update_columns([
            idempotency::Column::RequestHash,
            idempotency::Column::Reply,
            idempotency::Column::CaseId,
        ])
        .update_columns([
            idempotency::Column::Version,
            idempotency::Column::CreatedAt,
            idempotency::Column::ExpiresAt,
        ])
        .action_and_where(expired)
        .to_owned();
    let rows = rows.into_values().map(idempotency::ActiveModel::from);
    let insert = idempotency::Entity::insert_many(rows).on_conflict(conflict);
    Ok(insert.exec_with_returning_keys(tx).await?.into_iter().collect())
}

/// The rows of keys, each by its whole name, as their index is: there are as many as a day has commands.
pub(super) fn any_of(names: impl IntoIterator<Item = Name>) -> Condition {
    names.into_iter().fold(Condition::any(), |any, (scope, key_hash)| {
        any.add(
            Condition::all()
                .add(idempotency::Column::Scope.eq(scope))
                .add(idempotency::Column::KeyHash.eq(key_hash)),
        )
    })
}

/// Gives keys back whose commands wrote nothing, while others of their transaction did.
pub(super) async fn give_back(tx: &DatabaseTransaction, names: impl Iterator<Item = Name>) -> Result<(), StoreError> {
    let any = any_of(names);
    if !any.is_empty() {
        idempotency::Entity::delete_many().filter(any).exec(tx).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sea_orm::{Database, QueryTrait, Statement};
    use zhengming_migrations::{Migrator, MigratorTrait};

    use super::*;

    #[tokio::test]
    async fn keys_are_looked_up_by_their_index_however_many_there_are() {
        let database = Database::connect("sqlite::memory:").await.expect("a database");
        Migrator::up(&database, None).await.expect("tables");
        for count in [1, 2, 64] {
            let names = (0..count).map(|n| (format!("scope {n}"), format!("hash {n}")));
            let mut plan = idempotency::Entity::find()
                .filter(any_of(names))
                .build(DbBackend::Sqlite);
            plan.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
            let rows = database
                .query_all_raw(Statement::from_sql_and_values(
                    DbBackend::Sqlite,
                    plan.sql,
                    plan.values.unwrap_or(sea_orm::Values(Vec::new())),
                ))
                .await
                .expect("a plan");
            let steps: Vec<String> = rows
                .iter()
                .map(|row| row.try_get("", "detail").expect("text"))
                .collect();
            assert!(steps.iter().all(|step| !step.starts_with("SCAN")), "{count}: {steps:?}");
        }
    }
}
