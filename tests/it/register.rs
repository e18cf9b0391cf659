//! Facts about the register of marks and about what several processes enter, on both engines.

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use time::OffsetDateTime;
use zhengming::{
    jobs,
    service::register,
    store::{Imported, MarkRow, OrganisationRow, Store, StoreConfig},
};
use zhengming_marks::{MarkRow as ImportedMark, MatchOptions};

use crate::{
    database::{Database, each_engine, skipped},
    town::Town,
};

fn row(name: &str, number: Option<&str>, classes: &[u8]) -> ImportedMark {
    ImportedMark {
        name: name.to_owned(),
        registration_no: number.map(str::to_owned),
        owner: Some("样例公司".to_owned()),
        classes: classes.to_vec(),
        ..ImportedMark::default()
    }
}

fn counts(entered: usize, updated: usize, unchanged: usize) -> Imported {
    Imported {
        entered,
        updated,
        unchanged,
    }
}

/// A mark as it stands in the register.
fn mark(id: &str, at: OffsetDateTime) -> MarkRow {
    MarkRow {
        id: id.to_owned(),
        name: "康师傅".to_owned(),
        registration_no: Some("9".to_owned()),
        owner: String::new(),
        owner_account: None,
        classes: vec!["30".to_owned()],
        similar_groups: Vec::new(),
        status: String::new(),
        tier: String::new(),
        aliases: Vec::new(),
        created_at: at,
        updated_at: at,
        revision: 0,
    }
}

#[tokio::test]
async fn a_register_imported_again_updates_what_changed_and_doubles_nothing() {
    each_engine(
        "a_register_imported_again_updates_what_changed_and_doubles_nothing",
        async |database| {
            let town = Town::found(database).await;
            let import = async |rows: Vec<ImportedMark>| register::import(&town.app, rows).await.expect("imported");
            // One mark listed once for each class, one with a number of its own, one without a number.
            let file = || {
                vec![
                    row("康师傅", Some("7"), &[30]),
                    row("康师傅", Some("7"), &[32]),
                    row("雪碧", Some("8"), &[32]),
                    row("热干面", None, &[]),
                ]
            };
            assert_eq!(import(file()).await, counts(4, 0, 0));
            assert_eq!(import(file()).await, counts(0, 0, 4));
            assert_eq!(town.app.store.count_marks().await.expect("counted"), 4);
            let before = town.app.store.marks_by_registration("8").await.expect("read");

            let mut changed = file();
            changed[2] = row("雪碧 SPRITE", Some("8"), &[32, 33]);
            changed[3].aliases = vec!["蔡林记".to_owned()];
            changed.push(row("鸭脖", None, &[]));
            assert_eq!(import(changed).await, counts(1, 2, 2));
            let after = town.app.store.marks_by_registration("8").await.expect("read");
            assert_eq!(
                (&after[0].id, after[0].created_at, after.len()),
                (&before[0].id, before[0].created_at, 1)
            );
            let found = register::match_marks(
                &town.app,
                "雪碧 SPRITE",
                MatchOptions {
                    limit: 5,
                    ..MatchOptions::default()
                },
            )
            .await
            .expect("found");
            assert_eq!(found[0].mark.classes, [32, 33]);
            let old = found.iter().filter(|hit| hit.mark.name == "雪碧").count();
            assert_eq!(old, 0, "the old wording is no longer in the index");
        },
    )
    .await;
}

#[tokio::test]
async fn a_mark_that_a_file_names_twice_is_entered_once() {
    each_engine("a_mark_that_a_file_names_twice_is_entered_once", async |database| {
        let town = Town::found(database).await;
        let rows = vec![row("雪碧", Some("8"), &[32]), row("雪碧", Some("8"), &[32])];
        let done = register::import(&town.app, rows).await.expect("imported");
        assert_eq!(done, counts(1, 0, 1));
        assert_eq!(town.app.store.count_marks().await.expect("counted"), 1);
    })
    .await;
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "somebody else holds both imports up until both have begun, and not through a store"
)]
async fn two_imports_at_once_enter_a_mark_once() {
    let Some(database) = Database::postgres().await else {
        return skipped("two_imports_at_once_enter_a_mark_once");
    };
    let config = StoreConfig {
        url: database.url.clone(),
        read_connections: 1,
    };
    let other = Store::open(&config).await.expect("another process");
    let third = sea_orm::Database::connect(&database.url).await.expect("a third");
    let holder = third.begin().await.expect("a transaction");
    let first = "INSERT INTO counter (key, value) VALUES ('revision:marks', 0)";
    holder.execute_unprepared(first).await.expect("held");
    let at = OffsetDateTime::UNIX_EPOCH;
    let one = database.store.import_marks(vec![mark("one", at)]);
    let two = other.import_marks(vec![mark("two", at)]);
    let released = async {
        let two_wait =
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' OFFSET 1";
        let two_wait = || Statement::from_string(DbBackend::Postgres, two_wait);
        while third.query_one_raw(two_wait()).await.expect("asked").is_none() {
            tokio::task::yield_now().await;
        }
        holder.rollback().await.expect("let go");
    };
    let (one, two, ()) = futures_util::join!(one, two, released);
    let (one, two) = (one.expect("imported"), two.expect("imported"));
    assert_eq!((one.entered + two.entered, one.unchanged + two.unchanged), (1, 1));
    assert_eq!(database.store.count_marks().await.expect("counted"), 1);
    third.close().await.expect("closed");
    other.close().await.expect("closed");
    database.store.close().await.expect("closed");
}

#[tokio::test]
async fn what_another_process_enters_is_seen_without_a_new_start() {
    each_engine(
        "what_another_process_enters_is_seen_without_a_new_start",
        async |database| {
            let town = Town::found(database).await;
            let now = town.app.now();
            // Past this process: straight into the database, as a command in another process does.
            let entered = town.app.store.import_marks(vec![mark("foreign", now)]);
            entered.await.expect("entered");
            let office = OrganisationRow {
                id: "new-office".to_owned(),
                key: "new-office".to_owned(),
                name_zh: "新所".to_owned(),
                name_en: "New office".to_owned(),
                kind: "market_regulation".to_owned(),
                parent_id: None,
                division_code: "420100".to_owned(),
            };
            town.app.store.put_organisation(office).await.expect("entered");
            let matches = async || {
                register::match_marks(
                    &town.app,
                    "康帅傅",
                    MatchOptions {
                        limit: 5,
                        ..MatchOptions::default()
                    },
                )
                .await
                .expect("found")
            };
            assert!(matches().await.is_empty());
            assert!(town.app.organisations().get("new-office").is_none());
            jobs::catch_up(&town.app).await.expect("caught up");
            assert_eq!(matches().await[0].mark.id, "foreign");
            assert!(town.app.organisations().get("new-office").is_some());
        },
    )
    .await;
}

#[tokio::test]
async fn an_index_that_is_lost_under_a_running_service_is_made_anew_and_nothing_entered_meanwhile_is_lost() {
    let town = Town::found(crate::database::Database::sqlite().await).await;
    register::import(&town.app, vec![row("康师傅", Some("1"), &[30])])
        .await
        .expect("imported");
    let five = || MatchOptions {
        limit: 5,
        ..MatchOptions::default()
    };
    let found = register::match_marks(&town.app, "康帅傅", five()).await.expect("found");
    assert_eq!(found.len(), 1);
    std::fs::remove_dir_all(town.app.config.data_dir.join("marks-index")).expect("gone");
    register::import(&town.app, vec![row("雪碧", Some("2"), &[32])])
        .await
        .expect("written is written");
    for _ in 0..3 {
        drop(register::catch_up(&town.app).await);
    }
    for (name, mark) in [("康帅傅", "康师傅"), ("雷碧", "雪碧")] {
        let found = register::match_marks(&town.app, name, five()).await.expect("found");
        assert_eq!(found.first().map(|hit| hit.mark.name.as_str()), Some(mark));
    }
}
