//! Which alerts their readers were told of by mail. Those of before count as told: nobody gets a heap of old ones.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = big_integer_null("mailed_at").to_owned();
        manager
            .alter_table(Table::alter().table("alert").add_column(column).to_owned())
            .await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("UPDATE alert SET mailed_at = found_at")
            .await?;
        connection
            .execute_unprepared("CREATE INDEX alert_unmailed ON alert (account_id) WHERE mailed_at IS NULL")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name("alert_unmailed").table("alert").to_owned();
        manager.drop_index(index).await?;
        let alert = Table::alter().table("alert").drop_column("mailed_at").to_owned();
        manager.alter_table(alert).await
    }
}
