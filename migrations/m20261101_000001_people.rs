//! Rows about people, access and the service itself.

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
        organisation(manager).await?;
        account(manager).await?;
        membership(manager).await?;
        session(manager).await?;
        draft(manager).await?;
        audit(manager).await?;
        setting(manager).await?;
        counter(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "counter",
            "setting",
            "audit",
            "draft",
            "session",
            "membership",
            "account",
            "organisation",
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn organisation(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("organisation")
                .col(text("id").primary_key())
                .col(text_uniq("key"))
                .col(text("name_zh"))
                .col(text("name_en"))
                .col(text("kind"))
                .col(text_null("parent_id"))
                .col(text("division_code"))
                .foreign_key(
                    ForeignKey::create()
                        .from("organisation", "parent_id")
                        .to("organisation", "id"),
                )
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("organisation_parent_id")
                .table("organisation")
                .col("parent_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn account(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("account")
                .col(text("id").primary_key())
                .col(text_uniq("login"))
                .col(text("display_name"))
                .col(text("password_hash"))
                .col(text_null("mail"))
                .col(text("locale"))
                .col(big_integer_null("disabled_at"))
                .col(big_integer("created_at"))
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn membership(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("membership")
                .col(text("id").primary_key())
                .col(text("account_id"))
                .col(text("organisation_id"))
                .col(text("role"))
                .col(big_integer("granted_at"))
                .col(big_integer_null("revoked_at"))
                .foreign_key(
                    ForeignKey::create()
                        .from("membership", "account_id")
                        .to("account", "id"),
                )
                .foreign_key(
                    ForeignKey::create()
                        .from("membership", "organisation_id")
                        .to("organisation", "id"),
                )
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("membership_account_id")
                .table("membership")
                .col("account_id")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("membership_organisation_id")
                .table("membership")
                .col("organisation_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn session(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("session")
                .col(text("id").primary_key())
                .col(text_uniq("token_hash"))
                .col(text("account_id"))
                .col(text("kind"))
                .col(text_null("label"))
                .col(big_integer("created_at"))
                .col(big_integer("last_seen_at"))
                .col(big_integer("expires_at"))
                .col(big_integer_null("revoked_at"))
                .foreign_key(ForeignKey::create().from("session", "account_id").to("account", "id"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("session_account_id")
                .table("session")
                .col("account_id")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("session_expires_at")
                .table("session")
                .col("expires_at")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn draft(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("draft")
                .col(text("id_hash").primary_key())
                .col(text("procedure"))
                .col(text("body"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("draft_expires_at")
                .table("draft")
                .col("expires_at")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn audit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("audit")
                .col(big_integer("id").primary_key())
                .col(big_integer("at"))
                .col(text_null("actor_account"))
                .col(text("action"))
                .col(text("object"))
                .col(text("outcome"))
                .col(text_null("purpose"))
                .col(text("prev_hash"))
                .col(text("hash"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(Index::create().name("audit_at").table("audit").col("at").to_owned())
        .await?;
    manager
        .create_index(
            Index::create()
                .name("audit_actor_account")
                .table("audit")
                .col("actor_account")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("audit_object")
                .table("audit")
                .col("object")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn setting(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("setting")
                .col(text("key").primary_key())
                .col(text("value"))
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn counter(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("counter")
                .col(text("key").primary_key())
                .col(big_integer("value"))
                .to_owned(),
        )
        .await?;
    Ok(())
}
