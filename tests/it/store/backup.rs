//! Backups: the same database again, on either engine, or nothing.

use std::collections::BTreeMap;
use std::path::Path;

use crate::database::{Database, each_engine, skipped};
use crate::store::fixture::{NOW, bureau, full, open, open_full, raw, step};
use sea_orm::ConnectionTrait;
use zhengming::store::{CaseChange, Target};

use crate::store::fixture::{command, event};

async fn some_rows(database: &Database) {
    let store = &database.store;
    bureau(store).await;
    open_full(store, "parent").await;
    // A child whose id comes before its parent's.
    let link = command(
        Target::Existing {
            case_id: "parent".into(),
        },
        None,
        |loaded| {
            let case = loaded.case.expect("an existing case is loaded").clone();
            let mut change = CaseChange::new(case, event("split"), true);
            let mut child = full("child");
            child.case.opened_by_case = Some("parent".into());
            change.opens = vec![child];
            Ok(change)
        },
    );
    store.commit(link).await.expect("linked");
    for _ in 0..3 {
        store.commit(step("child", None, None)).await.expect("stepped");
    }
    store.erase_case_person("parent", NOW).await.expect("erased");
}

fn tables(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(dir)
        .expect("a directory")
        .map(|file| file.expect("a file").path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("readable")))
        .map(|(name, bytes)| (name.rsplit('/').next().expect("a name").to_owned(), bytes))
        .collect()
}

#[tokio::test]
async fn a_restored_backup_equals_its_source() {
    each_engine("a_restored_backup_equals_its_source", async |database: Database| {
        some_rows(&database).await;
        let (first, second) = (database.dir.path().join("first"), database.dir.path().join("second"));
        let manifest = database.store.backup(&first, NOW).await.expect("backup");
        let copy = Database::like(&database).await;
        copy.store.restore(&first).await.expect("restored");
        assert_eq!(copy.store.backup(&second, NOW).await.expect("backup"), manifest);
        assert_eq!(tables(&first), tables(&second));
        assert_eq!(copy.store.verify(|_| {}).await.expect("verified").findings, []);
        copy.store
            .commit(step("child", None, None))
            .await
            .expect("life goes on");
        copy.store.close().await.expect("close");
    })
    .await;
}

#[tokio::test]
async fn a_database_moves_from_sqlite_to_postgresql_and_back() {
    let sqlite = Database::sqlite().await;
    let Some(postgres) = Database::postgres().await else {
        return skipped("a_database_moves_from_sqlite_to_postgresql_and_back");
    };
    some_rows(&sqlite).await;
    let dir = |name: &str| sqlite.dir.path().join(name);
    sqlite.store.backup(&dir("there"), NOW).await.expect("backup");
    postgres.store.restore(&dir("there")).await.expect("restored");
    postgres.store.backup(&dir("back"), NOW).await.expect("backup");
    let again = Database::sqlite().await;
    again.store.restore(&dir("back")).await.expect("restored");
    again.store.backup(&dir("again"), NOW).await.expect("backup");
    assert_eq!(tables(&dir("there")), tables(&dir("back")));
    assert_eq!(tables(&dir("there")), tables(&dir("again")));
    postgres.store.close().await.expect("close");
}

#[tokio::test]
async fn an_altered_or_incomplete_backup_restores_nothing() {
    each_engine(
        "an_altered_or_incomplete_backup_restores_nothing",
        async |database: Database| {
            some_rows(&database).await;
            let dir = database.dir.path().join("backup");
            database.store.backup(&dir, NOW).await.expect("backup");
            let copy = Database::like(&database).await;
            let file = dir.join("party.jsonl");
            let intact = std::fs::read(&file).expect("readable");
            std::fs::write(&file, [intact.as_slice(), b"\n"].concat()).expect("written");
            let error = copy.store.restore(&dir).await.expect_err("refused");
            assert_eq!(error.to_string(), "backup: checksum of table party differs");
            std::fs::remove_file(&file).expect("removed");
            let error = copy.store.restore(&dir).await.expect_err("refused");
            assert_eq!(error.to_string(), "backup: party.jsonl: entity not found");
            assert_eq!(copy.store.organisations().await.expect("read"), []);
            std::fs::write(&file, intact).expect("written");
            copy.store.restore(&dir).await.expect("restored");
            let error = copy.store.restore(&dir).await.expect_err("refused");
            assert_eq!(error.to_string(), "backup: database has rows in table cases");
            copy.store.close().await.expect("close");
        },
    )
    .await;
}

#[tokio::test]
async fn a_restore_that_fails_half_way_leaves_nothing() {
    each_engine(
        "a_restore_that_fails_half_way_leaves_nothing",
        async |database: Database| {
            some_rows(&database).await;
            let dir = database.dir.path().join("backup");
            database.store.backup(&dir, NOW).await.expect("backup");
            let copy = Database::like(&database).await;
            // The last table cannot be written.
            raw(&copy)
                .await
                .execute_unprepared("DROP TABLE mail")
                .await
                .expect("dropped");
            assert!(copy.store.restore(&dir).await.is_err());
            assert_eq!(copy.store.organisations().await.expect("read"), []);
            copy.store.close().await.expect("close");
        },
    )
    .await;
}

#[tokio::test]
async fn a_backup_never_overwrites() {
    let database = Database::sqlite().await;
    bureau(&database.store).await;
    database.store.commit(open("a")).await.expect("opened");
    let dir = database.dir.path().join("backup");
    database.store.backup(&dir, NOW).await.expect("backup");
    let error = database.store.backup(&dir, NOW).await.expect_err("refused");
    assert_eq!(error.to_string(), "backup: directory is not empty");
}
