//! Opening: the schema, and what the server promises.

use sea_orm::ConnectionTrait;
use zhengming::store::{Store, StoreConfig, StoreError};
use zhengming_migrations::{Migrator, MigratorTrait};

use crate::database::{Database, each_engine, skipped};
use crate::store::fixture::{bureau, open, raw, step};

#[tokio::test]
async fn a_schema_of_a_later_version_is_refused() {
    each_engine("a_schema_of_a_later_version_is_refused", async |database: Database| {
        let sql = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 0)";
        raw(&database).await.execute_unprepared(sql).await.expect("written");
        let config = StoreConfig {
            url: database.url.clone(),
            read_connections: 2,
        };
        let error = Store::open(&config).await.err().expect("refused");
        assert_eq!(error.code(), "STORE_NEWER_DATABASE");
        assert_eq!(
            database.store.migrate().await.expect_err("refused").code(),
            "STORE_NEWER_DATABASE"
        );
    })
    .await;
}

#[tokio::test]
async fn the_schema_can_be_taken_back_and_made_again() {
    each_engine(
        "the_schema_can_be_taken_back_and_made_again",
        async |database: Database| {
            let raw = raw(&database).await;
            Migrator::down(&raw, None).await.expect("down");
            assert_eq!(database.store.migrations().await.expect("read"), Vec::<String>::new());
            database.store.migrate().await.expect("up");
            bureau(&database.store).await;
            database.store.commit(open("a")).await.expect("opened");
        },
    )
    .await;
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    each_engine("migrating_twice_changes_nothing", async |database: Database| {
        let before = database.store.migrations().await.expect("read");
        database.store.migrate().await.expect("up");
        assert_eq!(database.store.migrations().await.expect("read"), before);
        assert_eq!(before.len(), Migrator::migrations().len());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_may_lose_acknowledged_writes_is_refused() {
    let Some(database) = Database::postgres().await else {
        return skipped("a_server_that_may_lose_acknowledged_writes_is_refused");
    };
    let sql = format!("ALTER DATABASE {} SET synchronous_commit = off", database.name());
    raw(&database).await.execute_unprepared(&sql).await.expect("altered");
    let error = Store::open(&StoreConfig {
        url: database.url.clone(),
        read_connections: 2,
    })
    .await
    .err();
    assert!(matches!(error, Some(StoreError::NotDurable { setting }) if setting == "synchronous_commit"));
    database.store.close().await.expect("close");
}

#[tokio::test]
async fn a_command_survives_the_loss_of_its_connections() {
    let Some(database) = Database::postgres().await else {
        return skipped("a_command_survives_the_loss_of_its_connections");
    };
    let store = &database.store;
    bureau(store).await;
    store.commit(open("a")).await.expect("opened");
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    raw(&database).await.execute_unprepared(sql).await.expect("terminated");
    assert_eq!(
        store.commit(step("a", Some(1), None)).await.expect("stepped").version,
        2
    );
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_url_of_no_engine_is_refused() {
    for url in ["mysql://localhost/x", "x.db", "sqlite::memory:"] {
        let error = Store::open(&StoreConfig {
            url: url.into(),
            read_connections: 1,
        })
        .await
        .err()
        .expect("refused");
        assert_eq!(error.code(), "STORE_UNSUPPORTED_URL", "{url}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_sqlite_file_belongs_to_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let database = Database::sqlite().await;
    bureau(&database.store).await;
    for file in std::fs::read_dir(database.dir.path()).expect("a directory") {
        let file = file.expect("a file");
        assert_eq!(
            file.metadata().expect("metadata").permissions().mode() & 0o077,
            0,
            "{:?}",
            file.file_name()
        );
    }
}
