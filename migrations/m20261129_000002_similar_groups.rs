//! Similar groups of goods and services of the marks in the register, a JSON list of texts.

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
        let column = text("similar_groups").default("[]").to_owned();
        let mark = Table::alter().table("mark").add_column(column).to_owned();
        manager.alter_table(mark).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mark = Table::alter().table("mark").drop_column("similar_groups").to_owned();
        manager.alter_table(mark).await
    }
}
