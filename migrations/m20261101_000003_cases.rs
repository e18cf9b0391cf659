//! Rows that make up a case.

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
        cases(manager).await?;
        case_personal(manager).await?;
        event(manager).await?;
        event_payload(manager).await?;
        identity(manager).await?;
        party(manager).await?;
        assignment(manager).await?;
        case_link(manager).await?;
        document(manager).await?;
        case_similar_mark(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "case_similar_mark",
            "document",
            "case_link",
            "assignment",
            "party",
            "identity",
            "event_payload",
            "event",
            "case_personal",
            "cases",
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn cases(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("cases")
                .col(text("id").primary_key())
                .col(text_uniq("number"))
                .col(text("procedure"))
                .col(big_integer("procedure_version"))
                .col(text("definition_hash"))
                .col(text("organisation_id"))
                .col(big_integer("filed_at"))
                .col(big_integer("opened_at"))
                .col(big_integer_null("closed_at"))
                .col(big_integer("version"))
                .col(big_integer("seq"))
                .col(text("status"))
                .col(text("phase"))
                .col(text("states"))
                .col(text("data"))
                .col(text("clocks"))
                .col(big_integer_null("next_due_at"))
                .col(text("head"))
                .col(text("state_hash"))
                .col(text("filing_mode"))
                .col(text_null("receipt_hash").unique_key())
                .col(text_null("filer_account_id"))
                .col(text_null("opened_by_case"))
                .foreign_key(
                    ForeignKey::create()
                        .from("cases", "organisation_id")
                        .to("organisation", "id"),
                )
                .foreign_key(
                    ForeignKey::create()
                        .from("cases", "filer_account_id")
                        .to("account", "id"),
                )
                .foreign_key(ForeignKey::create().from("cases", "opened_by_case").to("cases", "id"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("cases_opened_at_id")
                .table("cases")
                .col("opened_at")
                .col("id")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("cases_organisation_id_opened_at_id")
                .table("cases")
                .col("organisation_id")
                .col("opened_at")
                .col("id")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("cases_next_due_at_id")
                .table("cases")
                .col("next_due_at")
                .col("id")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("cases_procedure_opened_at")
                .table("cases")
                .col("procedure")
                .col("opened_at")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("cases_filer_account_id")
                .table("cases")
                .col("filer_account_id")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("cases_opened_by_case")
                .table("cases")
                .col("opened_by_case")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn case_personal(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("case_personal")
                .col(text("case_id").primary_key())
                .col(text("body"))
                .foreign_key(ForeignKey::create().from("case_personal", "case_id").to("cases", "id"))
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn event(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("event")
                .col(text("case_id"))
                .col(big_integer("seq"))
                .col(big_integer("at"))
                .col(text("kind"))
                .col(text("actor"))
                .col(text("entry"))
                .col(text("hash"))
                .primary_key(Index::create().col("case_id").col("seq"))
                .foreign_key(ForeignKey::create().from("event", "case_id").to("cases", "id"))
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn event_payload(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("event_payload")
                .col(text("case_id"))
                .col(big_integer("seq"))
                .col(blob_null("salt"))
                .col(text_null("body"))
                .col(big_integer_null("erased_at"))
                .primary_key(Index::create().col("case_id").col("seq"))
                .foreign_key(
                    ForeignKey::create()
                        .from("event_payload", ("case_id", "seq"))
                        .to("event", ("case_id", "seq")),
                )
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn identity(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("identity")
                .col(text("case_id").primary_key())
                .col(text("mode"))
                .col(text_null("body"))
                .col(big_integer_null("erased_at"))
                .foreign_key(ForeignKey::create().from("identity", "case_id").to("cases", "id"))
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn party(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("party")
                .col(text("id").primary_key())
                .col(text("case_id"))
                .col(text("role"))
                .col(text_null("account_id"))
                .col(text_null("name"))
                .col(text_null("contact"))
                .col(big_integer_null("erased_at"))
                .foreign_key(ForeignKey::create().from("party", "case_id").to("cases", "id"))
                .foreign_key(ForeignKey::create().from("party", "account_id").to("account", "id"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("party_case_id")
                .table("party")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("party_account_id")
                .table("party")
                .col("account_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn assignment(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("assignment")
                .col(text("id").primary_key())
                .col(text("case_id"))
                .col(text("role"))
                .col(text_null("account_id"))
                .col(text_null("organisation_id"))
                .col(big_integer("since_seq"))
                .col(big_integer_null("until_seq"))
                .foreign_key(ForeignKey::create().from("assignment", "case_id").to("cases", "id"))
                .foreign_key(
                    ForeignKey::create()
                        .from("assignment", "account_id")
                        .to("account", "id"),
                )
                .foreign_key(
                    ForeignKey::create()
                        .from("assignment", "organisation_id")
                        .to("organisation", "id"),
                )
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("assignment_case_id")
                .table("assignment")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("assignment_account_id")
                .table("assignment")
                .col("account_id")
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("assignment_organisation_id")
                .table("assignment")
                .col("organisation_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn case_link(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("case_link")
                .col(text("from_case"))
                .col(text("to_case"))
                .col(text("kind"))
                .primary_key(Index::create().col("from_case").col("to_case").col("kind"))
                .foreign_key(ForeignKey::create().from("case_link", "from_case").to("cases", "id"))
                .foreign_key(ForeignKey::create().from("case_link", "to_case").to("cases", "id"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("case_link_to_case")
                .table("case_link")
                .col("to_case")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn document(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("document")
                .col(text("id").primary_key())
                .col(text("case_id"))
                .col(big_integer("seq"))
                .col(text("kind"))
                .col(text("number"))
                .col(text("body"))
                .col(big_integer("created_at"))
                .col(text("visible_to"))
                .foreign_key(ForeignKey::create().from("document", "case_id").to("cases", "id"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("document_case_id")
                .table("document")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}

async fn case_similar_mark(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("case_similar_mark")
                .col(text("case_id"))
                .col(text("mark_id"))
                .col(double("score"))
                .col(text("band"))
                .col(text("reasons"))
                .col(big_integer("found_at"))
                .primary_key(Index::create().col("case_id").col("mark_id"))
                .foreign_key(
                    ForeignKey::create()
                        .from("case_similar_mark", "case_id")
                        .to("cases", "id"),
                )
                .foreign_key(
                    ForeignKey::create()
                        .from("case_similar_mark", "mark_id")
                        .to("mark", "id"),
                )
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("case_similar_mark_mark_id")
                .table("case_similar_mark")
                .col("mark_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}
