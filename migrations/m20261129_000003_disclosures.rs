//! Which documents of cases everybody may read (公示).

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
                    .table("disclosure")
                    .col(text("case_id"))
                    .col(text("kind"))
                    .col(big_integer("seq"))
                    .col(big_integer_null("published_at"))
                    .col(big_integer_null("withdrawn_at"))
                    .primary_key(Index::create().col("case_id").col("kind"))
                    .foreign_key(ForeignKey::create().from("disclosure", "case_id").to("cases", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE INDEX disclosure_published_at ON disclosure (published_at, case_id, kind) \
                 WHERE withdrawn_at IS NULL",
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("disclosure").to_owned()).await
    }
}
