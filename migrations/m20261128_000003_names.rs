//! Names in cases, so that a mark finds the reports that lean on it, and the alerts of those who watch a mark.

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
        case_name(manager).await?;
        alert(manager).await?;
        manager
            .alter_table(
                Table::alter()
                    .table("watch")
                    .add_column(big_integer("revision").default(0))
                    .to_owned(),
            )
            .await?;
        index(manager, "watch", "watch_revision", &["revision", "id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_revision = Index::drop().name("watch_revision").table("watch").to_owned();
        manager.drop_index(by_revision).await?;
        let watch = Table::alter().table("watch").drop_column("revision").to_owned();
        manager.alter_table(watch).await?;
        for table in ["alert", "case_name"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn case_name(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("case_name")
                .col(text("id").primary_key())
                .col(text("case_id"))
                .col(text("field"))
                .col(text("searched_as"))
                .col(text("name"))
                .col(big_integer("found_at"))
                .col(big_integer("revision"))
                .foreign_key(ForeignKey::create().from("case_name", "case_id").to("cases", "id"))
                .to_owned(),
        )
        .await?;
    index(manager, "case_name", "case_name_case_id", &["case_id"]).await?;
    index(manager, "case_name", "case_name_name", &["name"]).await?;
    index(manager, "case_name", "case_name_revision", &["revision", "id"]).await
}

async fn alert(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("alert")
                .col(text("id").primary_key())
                .col(text("watch_id"))
                .col(text("account_id"))
                .col(text_null("case_id"))
                .col(text_null("mark_id"))
                .col(text("searched_as"))
                .col(text("name"))
                .col(double("score"))
                .col(text("band"))
                .col(text("reasons"))
                .col(big_integer("for_owner"))
                .col(big_integer("found_at"))
                .foreign_key(ForeignKey::create().from("alert", "watch_id").to("watch", "id"))
                .foreign_key(ForeignKey::create().from("alert", "account_id").to("account", "id"))
                .foreign_key(ForeignKey::create().from("alert", "case_id").to("cases", "id"))
                .foreign_key(ForeignKey::create().from("alert", "mark_id").to("mark", "id"))
                .to_owned(),
        )
        .await?;
    index(manager, "alert", "alert_account_id", &["account_id", "found_at", "id"]).await?;
    index(manager, "alert", "alert_case_id", &["case_id"]).await?;
    index(manager, "alert", "alert_watch_id", &["watch_id"]).await
}

async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}
