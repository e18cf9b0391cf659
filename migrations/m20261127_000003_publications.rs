//! Who proposed and who published which domain pack.

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
        let publication = Table::create()
            .table("publication")
            .col(text("id").primary_key())
            .col(text("pack"))
            .col(text("note"))
            .col(text_null("proposed_by"))
            .col(big_integer("proposed_at"))
            .col(text_null("published_by"))
            .col(big_integer_null("published_at"))
            .foreign_key(ForeignKey::create().from("publication", "pack").to("pack", "version"))
            .foreign_key(
                ForeignKey::create()
                    .from("publication", "proposed_by")
                    .to("account", "id"),
            )
            .foreign_key(
                ForeignKey::create()
                    .from("publication", "published_by")
                    .to("account", "id"),
            )
            .to_owned();
        manager.create_table(publication).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("publication").to_owned()).await
    }
}
