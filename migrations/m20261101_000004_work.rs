//! Rows about work that a commit leaves behind.

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
        timer(manager).await?;
        outbox(manager).await?;
        idempotency(manager).await?;
        notice(manager).await?;
        mail(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["mail", "notice", "idempotency", "outbox", "timer"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn timer(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("timer")
                .col(text("id").primary_key())
                .col(text("case_id"))
                .col(text("clock"))
                .col(big_integer("generation"))
                .col(text("rung"))
                .col(big_integer("due_at"))
                .col(text("state"))
                .col(big_integer("attempts"))
                .index(
                    Index::create()
                        .unique()
                        .name("timer_case_id_clock_generation_rung")
                        .col("case_id")
                        .col("clock")
                        .col("generation")
                        .col("rung"),
                )
                .foreign_key(ForeignKey::create().from("timer", "case_id").to("cases", "id"))
                .to_owned(),
        )
        .await?;
    manager
        .get_connection()
        .execute_unprepared("CREATE INDEX timer_armed_due_at ON timer (due_at, id) WHERE state = 'armed'")
        .await?;
    Ok(())
}

async fn outbox(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("outbox")
                .col(text("id").primary_key())
                .col(text("case_id"))
                .col(big_integer("seq"))
                .col(big_integer("n"))
                .col(text("kind"))
                .col(text("body"))
                .col(big_integer("due_at"))
                .col(big_integer("attempts"))
                .col(big_integer_null("done_at"))
                .col(big_integer_null("dead_at"))
                .col(text_null("last_error"))
                .index(
                    Index::create()
                        .unique()
                        .name("outbox_case_id_seq_n")
                        .col("case_id")
                        .col("seq")
                        .col("n"),
                )
                .foreign_key(ForeignKey::create().from("outbox", "case_id").to("cases", "id"))
                .to_owned(),
        )
        .await?;
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE INDEX outbox_waiting_due_at ON outbox (due_at, id) WHERE done_at IS NULL AND dead_at IS NULL",
        )
        .await?;
    Ok(())
}

async fn idempotency(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("idempotency")
                .col(text("scope"))
                .col(text("key_hash"))
                .col(text("request_hash"))
                .col(blob("reply"))
                .col(text_null("case_id"))
                .col(big_integer("version"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .primary_key(Index::create().col("scope").col("key_hash"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("idempotency_expires_at")
                .table("idempotency")
                .col("expires_at")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn notice(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("notice")
                .col(text("id").primary_key())
                .col(text("case_id"))
                .col(big_integer("seq"))
                .col(big_integer("n"))
                .col(text("recipient_role"))
                .col(text("template"))
                .col(text_null("locale"))
                .col(text("body"))
                .col(big_integer("created_at"))
                .col(big_integer_null("read_at"))
                .index(
                    Index::create()
                        .unique()
                        .name("notice_case_id_seq_n")
                        .col("case_id")
                        .col("seq")
                        .col("n"),
                )
                .foreign_key(ForeignKey::create().from("notice", "case_id").to("cases", "id"))
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn mail(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("mail")
                .col(text("id").primary_key())
                .col(text("outbox_id"))
                .col(text_null("case_id"))
                .col(text_null("to_address"))
                .col(text_null("subject"))
                .col(text_null("body"))
                .col(text("state"))
                .col(big_integer_null("sent_at"))
                .foreign_key(ForeignKey::create().from("mail", "case_id").to("cases", "id"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("mail_case_id")
                .table("mail")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}
