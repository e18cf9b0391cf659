//! Commands: all or nothing, once, in order.

use futures_util::future::join_all;
use zhengming::store::{CommitError, Target};

use crate::database::{Database, each_engine};
use crate::store::fixture::{No, bureau, case, command, key, open, step};

#[tokio::test]
async fn a_case_is_opened_and_read_back_as_it_was_written() {
    each_engine(
        "a_case_is_opened_and_read_back_as_it_was_written",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            let committed = store.commit(open("a")).await.expect("opened");
            assert_eq!(
                (committed.reply.as_slice(), committed.version, committed.replayed),
                (&b"opened a"[..], 1, false)
            );
            let read = store.case("a").await.expect("read").expect("it exists");
            let mut written = case("a");
            (written.version, written.seq) = (1, 1);
            written.head.clone_from(&read.head);
            written.state_hash = "state-after-filed".into();
            assert_eq!(read, written);
            assert_eq!(read.head.len(), 64);
        },
    )
    .await;
}

#[tokio::test]
async fn the_same_key_gets_the_same_reply_and_another_request_a_conflict() {
    each_engine(
        "the_same_key_gets_the_same_reply_and_another_request_a_conflict",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            store.commit(open("a")).await.expect("opened");
            let first = store.commit(step("a", None, Some(key("k", "r")))).await.expect("first");
            let second = store
                .commit(step("a", None, Some(key("k", "r"))))
                .await
                .expect("second");
            assert!(!first.replayed && second.replayed);
            assert_eq!(
                (first.reply, first.version, first.case_id),
                (second.reply, second.version, second.case_id)
            );
            let other = store.commit(step("a", None, Some(key("k", "other")))).await;
            assert!(matches!(other, Err(CommitError::IdempotencyConflict)));
            assert_eq!(store.case("a").await.expect("read").expect("it exists").version, 2);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_racing_commands_with_one_key_one_is_carried_out() {
    each_engine(
        "of_eight_racing_commands_with_one_key_one_is_carried_out",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            store.commit(open("a")).await.expect("opened");
            let all = join_all((0..8).map(|_| store.commit(step("a", None, Some(key("k", "r")))))).await;
            let all: Vec<_> = all.into_iter().map(|one| one.expect("committed")).collect();
            assert_eq!(all.iter().filter(|one| !one.replayed).count(), 1);
            assert!(all.iter().all(|one| one.reply == b"1"));
            assert_eq!(store.case("a").await.expect("read").expect("it exists").seq, 2);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_commands_that_expect_one_version_one_wins() {
    each_engine(
        "of_eight_commands_that_expect_one_version_one_wins",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            store.commit(open("a")).await.expect("opened");
            let all = join_all((0..8).map(|_| store.commit(step("a", Some(1), None)))).await;
            assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1);
            assert!(
                all.iter()
                    .all(|one| matches!(one, Ok(_) | Err(CommitError::Rejected(No::Stale))))
            );
        },
    )
    .await;
}

#[tokio::test]
async fn commands_that_wait_together_share_one_commit() {
    each_engine(
        "commands_that_wait_together_share_one_commit",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            let before = store.activity();
            // One thread: all 64 are in the queue before a writer runs.
            let opened = join_all((0..64).map(|n| store.commit(open(&format!("case-{n}"))))).await;
            assert!(opened.iter().all(Result::is_ok));
            let stepped = join_all((0..64).map(|_| store.commit(step("case-0", None, None)))).await;
            let replies: Vec<_> = stepped.into_iter().map(|one| one.expect("committed").reply).collect();
            assert_eq!(
                replies,
                (1..=64).map(|n: i32| n.to_string().into_bytes()).collect::<Vec<_>>()
            );
            let after = store.activity();
            assert_eq!(
                (after.commands - before.commands, after.commits - before.commits),
                (128, 2)
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_refused_command_leaves_its_key_free_though_others_of_its_group_commit() {
    each_engine(
        "a_refused_command_leaves_its_key_free_though_others_of_its_group_commit",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            store.commit(open("a")).await.expect("opened");
            store.commit(open("b")).await.expect("opened");
            let before = store.activity();
            let together = [
                step("a", Some(99), Some(key("k", "r"))),
                step("b", None, Some(key("other", "r"))),
            ];
            let together = join_all(together.map(|one| store.commit(one))).await;
            assert!(matches!(
                together.as_slice(),
                [Err(CommitError::Rejected(No::Stale)), Ok(_)]
            ));
            assert_eq!(store.activity().commits - before.commits, 1, "they were one group");
            let again = store.commit(step("a", None, Some(key("k", "r")))).await.expect("free");
            assert!(!again.replayed, "there was no reply to replay");
            assert_eq!(again.version, 2);
        },
    )
    .await;
}

#[tokio::test]
async fn one_spoilt_command_of_a_group_fails_alone() {
    each_engine(
        "one_spoilt_command_of_a_group_fails_alone",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            let spoilt = command(
                Target::Open {
                    case_id: "spoilt".into(),
                },
                None,
                |_| {
                    let mut change = crate::store::fixture::opening("spoilt");
                    change.case.organisation_id = "nowhere".into();
                    Ok(change)
                },
            );
            let panics = command(
                Target::Open {
                    case_id: "panics".into(),
                },
                None,
                |_| panic!("a fault in a decision"),
            );
            let all = join_all([open("a"), spoilt, panics, open("b")].map(|one| store.commit(one))).await;
            let codes: Vec<_> = all
                .iter()
                .map(|one| match one {
                    Ok(_) => "ok",
                    Err(CommitError::Store(error)) => error.code(),
                    Err(_) => "other",
                })
                .collect();
            assert_eq!(
                codes,
                ["ok", "STORE_DANGLING_REFERENCE", "STORE_DECISION_PANICKED", "ok"]
            );
            assert!(store.case("spoilt").await.expect("read").is_none());
        },
    )
    .await;
}

#[tokio::test]
async fn a_missing_case_and_an_existing_one_are_told_apart() {
    each_engine(
        "a_missing_case_and_an_existing_one_are_told_apart",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            assert!(matches!(
                store.commit(step("a", None, None)).await,
                Err(CommitError::NotFound)
            ));
            store.commit(open("a")).await.expect("opened");
            assert!(matches!(store.commit(open("a")).await, Err(CommitError::AlreadyExists)));
        },
    )
    .await;
}
