//! What officers record of how somebody was told: by telephone, by post, at the door.

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
                    .table("telling")
                    .col(text("id").primary_key())
                    .col(text("case_id"))
                    .col(text("subject_id"))
                    .col(text("way"))
                    .col(big_integer("told_at"))
                    .col(text_null("reference"))
                    .col(text("recorded_by"))
                    .col(big_integer("recorded_at"))
                    .foreign_key(ForeignKey::create().from("telling", "case_id").to("cases", "id"))
                    .foreign_key(ForeignKey::create().from("telling", "recorded_by").to("account", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("telling_case_id")
                    .table("telling")
                    .col("case_id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("telling").to_owned()).await
    }
}
