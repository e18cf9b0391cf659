//! What cases are pinned to: every domain pack that ran, and which of them holds a version of a procedure.

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
        manager
            .create_table(
                Table::create()
                    .table("pack")
                    .col(text("version").primary_key())
                    .col(text("law"))
                    .col(text("files"))
                    .col(big_integer("kept_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("definition")
                    .col(text("hash").primary_key())
                    .col(text("procedure"))
                    .col(big_integer("version"))
                    .col(text("pack"))
                    .foreign_key(ForeignKey::create().from("definition", "pack").to("pack", "version"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["definition", "pack"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
