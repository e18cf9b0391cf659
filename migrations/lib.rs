//! The database schema, step by step, for SQLite and PostgreSQL.
//!
//! Two conventions hold in every table: a `*_at` column is the number of microseconds since 1970-01-01 UTC, and a
//! column that holds JSON is text. Both engines then order and return the same bytes.

use sea_orm_migration::prelude::*;

pub use sea_orm_migration::{MigratorTrait, SchemaManager};

mod m20261101_000001_people;
mod m20261101_000002_marks;
mod m20261101_000003_cases;
mod m20261101_000004_work;
mod m20261126_000001_history;
mod m20261127_000001_revisions;
mod m20261127_000002_definitions;
mod m20261127_000003_publications;
mod m20261128_000001_wordings;
mod m20261128_000002_peer_keys;
mod m20261128_000003_names;
mod m20261128_000004_tellings;
mod m20261129_000001_alert_mails;
mod m20261129_000002_similar_groups;
mod m20261129_000003_disclosures;

/// All steps in the order in which they are applied.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261101_000001_people::Migration),
            Box::new(m20261101_000002_marks::Migration),
            Box::new(m20261101_000003_cases::Migration),
            Box::new(m20261101_000004_work::Migration),
            Box::new(m20261126_000001_history::Migration),
            Box::new(m20261127_000001_revisions::Migration),
            Box::new(m20261127_000002_definitions::Migration),
            Box::new(m20261127_000003_publications::Migration),
            Box::new(m20261128_000001_wordings::Migration),
            Box::new(m20261128_000002_peer_keys::Migration),
            Box::new(m20261128_000003_names::Migration),
            Box::new(m20261128_000004_tellings::Migration),
            Box::new(m20261129_000001_alert_mails::Migration),
            Box::new(m20261129_000002_similar_groups::Migration),
            Box::new(m20261129_000003_disclosures::Migration),
        ]
    }
}
