//! Rows of the register of marks.

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
        mark(manager).await?;
        watch(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["watch", "mark"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn mark(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("mark")
                .col(text("id").primary_key())
                .col(text("name"))
                .col(text_null("registration_no"))
                .col(text("owner"))
                .col(text_null("owner_account"))
                .col(text("classes"))
                .col(text("status"))
                .col(text("tier"))
                .col(text("aliases"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .foreign_key(ForeignKey::create().from("mark", "owner_account").to("account", "id"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(Index::create().name("mark_name").table("mark").col("name").to_owned())
        .await?;
    manager
        .create_index(
            Index::create()
                .name("mark_registration_no")
                .table("mark")
                .col("registration_no")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("mark_owner_account")
                .table("mark")
                .col("owner_account")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn watch(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("watch")
                .col(text("id").primary_key())
                .col(text("account_id"))
                .col(text_null("mark_id"))
                .col(text("name"))
                .col(text("classes"))
                .col(double("threshold"))
                .col(big_integer("created_at"))
                .col(big_integer_null("cancelled_at"))
                .foreign_key(ForeignKey::create().from("watch", "account_id").to("account", "id"))
                .foreign_key(ForeignKey::create().from("watch", "mark_id").to("mark", "id"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("watch_account_id")
                .table("watch")
                .col("account_id")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("watch_mark_id")
                .table("watch")
                .col("mark_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}
