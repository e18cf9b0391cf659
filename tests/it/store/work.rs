//! Timers, effects and numbers: once, in order, never lost.

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};
use serde_json::json;
use time::Duration;
use zhengming::store::{CaseChange, CommitError, NewOutbox, NewTimer, Store, Target, TimerRow, TimerState};

use crate::database::{Database, each_engine, skipped};
use crate::store::fixture::{NOW, bureau, command, event, open, open_full, opening, raw};

fn timer(generation: i64, rung: &str, hours: i64) -> NewTimer {
    NewTimer {
        clock: "accept".into(),
        generation,
        rung: rung.into(),
        due_at: NOW + Duration::hours(hours),
    }
}

/// Sets a case's timers by a command.
async fn arm(store: &Store, id: &str, timers: Vec<NewTimer>) {
    let arm = command(Target::Existing { case_id: id.into() }, None, move |loaded| {
        let case = loaded.case.expect("an existing case is loaded").clone();
        let mut change = CaseChange::new(case, event("armed"), false);
        change.timers.clone_from(&timers);
        Ok(change)
    });
    store.commit(arm).await.expect("armed");
}

async fn states(store: &Store, id: &str) -> Vec<(i64, String, TimerState)> {
    let timers = store.timers_of(&[id.to_owned()]).await.expect("timers");
    timers
        .into_iter()
        .map(|timer: TimerRow| (timer.generation, timer.rung, timer.state))
        .collect()
}

#[tokio::test]
async fn a_change_arms_and_cancels_the_difference() {
    each_engine(
        "a_change_arms_and_cancels_the_difference",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            store.commit(open("a")).await.expect("opened");
            arm(store, "a", vec![timer(1, "warning", 1), timer(1, "expiry", 2)]).await;
            arm(store, "a", vec![timer(1, "expiry", 3), timer(2, "warning", 4)]).await;
            assert_eq!(
                states(store, "a").await,
                [
                    (1, "warning".to_owned(), TimerState::Cancelled),
                    (1, "expiry".to_owned(), TimerState::Armed),
                    (2, "warning".to_owned(), TimerState::Armed),
                ]
            );
            let due = store.due_timers(NOW + Duration::hours(3), 10).await.expect("due");
            assert_eq!(
                due.iter().map(|timer| timer.due_at).collect::<Vec<_>>(),
                [NOW + Duration::hours(3)]
            );
            assert_eq!(
                store.next_timer_due().await.expect("next"),
                Some(NOW + Duration::hours(3))
            );
            let case = store.case("a").await.expect("read").expect("it exists");
            assert_eq!((case.version, case.seq), (1, 3), "appends do not raise the version");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_fires_once_however_many_try() {
    each_engine("a_timer_fires_once_however_many_try", async |database: Database| {
        let store = &database.store;
        bureau(store).await;
        for id in ["a", "b", "c"] {
            store.commit(open(id)).await.expect("opened");
            arm(store, id, vec![timer(1, "expiry", 1)]).await;
        }
        let due = store.due_timers(NOW + Duration::hours(1), 10).await.expect("due");
        assert_eq!(due.len(), 3);
        let fire = |timer_id: String| {
            store.commit(command(Target::Timer { timer_id }, None, |loaded| {
                assert!(loaded.timer.is_some_and(|timer| timer.state == TimerState::Armed));
                let case = loaded.case.expect("the timer's case is loaded").clone();
                let mut change = CaseChange::new(case, event("expired"), true);
                // A careless service asks for the timer that fires: it must not be armed again.
                change.timers = vec![timer(1, "expiry", 1)];
                Ok(change)
            }))
        };
        let ids = (0..8).flat_map(|_| due.iter().map(|timer| timer.id.clone()));
        let all = join_all(ids.map(fire)).await;
        assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 3);
        assert!(all.iter().all(|one| matches!(one, Ok(_) | Err(CommitError::TimerGone))));
        let events = store
            .events_of(&["a".into(), "b".into(), "c".into()])
            .await
            .expect("events");
        assert_eq!(events.iter().filter(|event| event.kind == "expired").count(), 3);
        assert_eq!(store.due_timers(NOW + Duration::hours(1), 10).await.expect("due"), []);
    })
    .await;
}

#[tokio::test]
async fn a_timer_that_fails_five_times_is_parked_until_an_operator_looks() {
    each_engine(
        "a_timer_that_fails_five_times_is_parked_until_an_operator_looks",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            store.commit(open("a")).await.expect("opened");
            arm(store, "a", vec![timer(1, "expiry", 1)]).await;
            let id = "a:accept:1:expiry";
            for _ in 0..4 {
                store.timer_failed(id).await.expect("counted");
            }
            assert_eq!(store.parked_timers().await.expect("parked"), []);
            store.timer_failed(id).await.expect("counted");
            assert_eq!(store.parked_timers().await.expect("parked").len(), 1);
            assert_eq!(
                store.timer_failed(id).await.expect_err("parked").code(),
                "STORE_NOT_FOUND"
            );
            store.unpark_timer(id).await.expect("armed");
            assert_eq!(store.due_timers(NOW + Duration::DAY, 10).await.expect("due").len(), 1);
        },
    )
    .await;
}

#[tokio::test]
async fn an_effect_is_taken_once_until_its_lease_ends() {
    each_engine(
        "an_effect_is_taken_once_until_its_lease_ends",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            open_full(store, "a").await;
            let lease = Duration::MINUTE;
            let taken = store.claim_outbox(NOW, lease, 10).await.expect("claim");
            assert_eq!(
                taken.iter().map(|effect| effect.id.as_str()).collect::<Vec<_>>(),
                ["a:1:0"]
            );
            assert_eq!(store.claim_outbox(NOW, lease, 10).await.expect("claim"), []);
            assert_eq!(
                store.claim_outbox(NOW + lease, lease, 10).await.expect("claim").len(),
                1,
                "a crash gives it back"
            );
            store.outbox_done("a:1:0", None, NOW).await.expect("done");
            assert_eq!(
                store.claim_outbox(NOW + Duration::DAY, lease, 10).await.expect("claim"),
                []
            );
            assert_eq!(
                store.outbox_done("a:1:0", None, NOW).await.expect_err("done").code(),
                "STORE_NOT_FOUND"
            );
        },
    )
    .await;
}

/// Writes an event with an effect that is due at once.
async fn owe(store: &Store, id: &str, kind: &'static str) {
    let owe = command(Target::Existing { case_id: id.into() }, None, move |loaded| {
        let case = loaded.case.expect("an existing case is loaded").clone();
        let mut change = CaseChange::new(case, event("happened"), false);
        change.outbox = vec![NewOutbox {
            kind: kind.into(),
            body: json!({}),
            due_at: NOW,
        }];
        Ok(change)
    });
    store.commit(owe).await.expect("written");
}

#[tokio::test]
async fn the_news_of_a_case_waits_for_its_earlier_news_and_holds_up_nothing_else() {
    each_engine(
        "the_news_of_a_case_waits_for_its_earlier_news_and_holds_up_nothing_else",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            for id in ["a", "b"] {
                store.commit(open(id)).await.expect("opened");
                owe(store, id, "tell_parent").await;
            }
            owe(store, "a", "call_off").await;
            owe(store, "a", "index").await;
            let lease = Duration::MINUTE;
            let taken = async |at| {
                let taken = store.claim_outbox(at, lease, 10).await.expect("claim");
                taken.into_iter().map(|effect| effect.id).collect::<Vec<_>>()
            };
            assert_eq!(taken(NOW).await, ["a:2:0", "a:3:0", "a:4:0", "b:2:0"]);
            let next = NOW + Duration::HOUR;
            let failed = store.outbox_failed("a:2:0", "STORE_CONTENTION", NOW, next);
            failed.await.expect("counted");
            assert_eq!(taken(NOW + lease).await, ["a:4:0", "b:2:0"]);
            for id in ["a:4:0", "b:2:0"] {
                store.outbox_done(id, None, NOW).await.expect("done");
            }
            assert_eq!(taken(next).await, ["a:2:0"]);
            assert_eq!(taken(next).await, Vec::<String>::new(), "somebody has it in hand");
            store.outbox_done("a:2:0", None, next).await.expect("done");
            assert_eq!(taken(next).await, ["a:3:0"]);
        },
    )
    .await;
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "another process has the news in hand, and not through this store"
)]
async fn news_is_not_overtaken_while_another_process_takes_what_comes_before_it() {
    let Some(database) = Database::postgres().await else {
        return skipped("news_is_not_overtaken_while_another_process_takes_what_comes_before_it");
    };
    let store = &database.store;
    bureau(store).await;
    for id in ["a", "b"] {
        store.commit(open(id)).await.expect("opened");
        owe(store, id, "tell_parent").await;
        owe(store, id, "tell_parent").await;
    }
    let another = raw(&database).await;
    let taking = another.begin().await.expect("a transaction");
    let first = "SELECT id FROM outbox WHERE id = 'a:2:0' FOR UPDATE";
    taking.execute_unprepared(first).await.expect("locked");
    let taken = async |at| {
        let taken = store.claim_outbox(at, Duration::MINUTE, 10).await.expect("claim");
        taken.into_iter().map(|effect| effect.id).collect::<Vec<_>>()
    };
    assert_eq!(taken(NOW).await, ["b:2:0", "b:3:0"]);
    taking.rollback().await.expect("let go");
    assert_eq!(taken(NOW).await, ["a:2:0", "a:3:0"], "it waited and was not lost");
    another.close().await.expect("closed");
    store.close().await.expect("closed");
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "somebody else holds the erasure up until it waits, and not through this store"
)]
async fn an_erasure_takes_effects_in_the_order_in_which_mails_are_recorded() {
    let Some(database) = Database::postgres().await else {
        return skipped("an_erasure_takes_effects_in_the_order_in_which_mails_are_recorded");
    };
    let store = &database.store;
    bureau(store).await;
    store.commit(open("a")).await.expect("opened");
    for _ in 0..9 {
        owe(store, "a", "notice").await;
    }
    let another = raw(&database).await;
    let holder = another.begin().await.expect("a transaction");
    let second = "SELECT id FROM outbox WHERE id = 'a:2:0' FOR UPDATE";
    holder.execute_unprepared(second).await.expect("held");
    let row = async |text: &str| {
        let asked = Statement::from_string(DbBackend::Postgres, text);
        another.query_one_raw(asked).await.expect("asked")
    };
    let looked = async {
        let one_waits =
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while row(one_waits).await.is_none() {
            tokio::task::yield_now().await;
        }
        // `a:10:0` comes before `a:2:0` by its text, and was written after it.
        let first = row("SELECT id FROM outbox WHERE id = 'a:10:0' FOR UPDATE SKIP LOCKED").await;
        assert!(first.is_none(), "the first is not taken yet");
        holder.rollback().await.expect("let go");
    };
    let (erased, ()) = futures_util::join!(store.erase_case_person("a", NOW), looked);
    erased.expect("erased");
    another.close().await.expect("closed");
    store.close().await.expect("closed");
}

#[tokio::test]
async fn an_effect_that_fails_for_days_is_given_up_and_can_be_revived() {
    each_engine(
        "an_effect_that_fails_for_days_is_given_up_and_can_be_revived",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            open_full(store, "a").await;
            for n in 1..=64 {
                assert_eq!(store.dead_outbox(10).await.expect("dead"), []);
                store
                    .outbox_failed("a:1:0", "MAIL_REFUSED", NOW, NOW + Duration::hours(n))
                    .await
                    .expect("counted");
            }
            let dead = store.dead_outbox(10).await.expect("dead");
            assert_eq!(
                (dead[0].attempts, dead[0].last_error.as_deref(), dead[0].dead_at),
                (64, Some("MAIL_REFUSED"), Some(NOW))
            );
            store.revive_outbox("a:1:0", NOW).await.expect("revived");
            assert_eq!(
                store
                    .claim_outbox(NOW, Duration::MINUTE, 10)
                    .await
                    .expect("claim")
                    .len(),
                1
            );
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_unique_under_load() {
    each_engine("numbers_are_unique_under_load", async |database: Database| {
        let store = &database.store;
        bureau(store).await;
        let all = join_all((0..20).map(|n| {
            store.commit(command(
                Target::Open {
                    case_id: format!("c{n}"),
                },
                None,
                move |loaded| {
                    let number = loaded.numbers.next("case");
                    let mut change = opening(&format!("c{n}"));
                    change.case.number = format!("N{number}");
                    change.reply = number.to_string().into_bytes();
                    Ok(change)
                },
            ))
        }))
        .await;
        let mut numbers: Vec<i64> = all
            .into_iter()
            .map(|one| {
                String::from_utf8(one.expect("committed").reply)
                    .expect("digits")
                    .parse()
                    .expect("a number")
            })
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_series_that_was_not_declared_fails_the_command() {
    each_engine(
        "a_series_that_was_not_declared_fails_the_command",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            let draw = command(Target::Open { case_id: "a".into() }, None, |loaded| {
                loaded.numbers.next("unknown");
                Ok(opening("a"))
            });
            let error = store.commit(draw).await.expect_err("undeclared");
            assert!(matches!(error, CommitError::Store(error) if error.code() == "STORE_UNDECLARED_SERIES"));
        },
    )
    .await;
}

#[tokio::test]
async fn a_series_without_a_number_left_fails_the_command_and_gives_none_twice() {
    each_engine(
        "a_series_without_a_number_left_fails_the_command_and_gives_none_twice",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            let draw = |id: &'static str| {
                command(Target::Open { case_id: id.into() }, None, move |loaded| {
                    let number = loaded.numbers.next("case");
                    let mut change = opening(id);
                    change.reply = number.to_string().into_bytes();
                    Ok(change)
                })
            };
            store.commit(draw("a")).await.expect("committed");
            let highest = format!("UPDATE counter SET value = {} WHERE \"key\" = 'case'", i64::MAX - 1);
            let connection = raw(&database).await;
            connection.execute_unprepared(&highest).await.expect("set");
            connection.close().await.expect("closed");
            let last = store.commit(draw("b")).await.expect("committed");
            assert_eq!(last.reply, i64::MAX.to_string().into_bytes());
            let error = store.commit(draw("c")).await.expect_err("exhausted");
            assert!(matches!(error, CommitError::Store(error) if error.code() == "STORE_EXHAUSTED_SERIES"));
            assert_eq!(store.case("c").await.expect("read"), None);
        },
    )
    .await;
}

#[tokio::test]
async fn an_event_opens_other_cases_in_the_same_transaction() {
    each_engine(
        "an_event_opens_other_cases_in_the_same_transaction",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            let open = command(
                Target::Open {
                    case_id: "parent".into(),
                },
                None,
                |_| {
                    let mut change = opening("parent");
                    let mut child = opening("child");
                    child.case.opened_by_case = Some("parent".into());
                    child.outbox = vec![NewOutbox {
                        kind: "index".into(),
                        body: json!({}),
                        due_at: NOW,
                    }];
                    change.opens = vec![child];
                    Ok(change)
                },
            );
            store.commit(open).await.expect("opened");
            let child = store.case("child").await.expect("read").expect("it exists");
            assert_eq!(
                (child.opened_by_case.as_deref(), child.version, child.seq),
                (Some("parent"), 1, 1)
            );
            assert_eq!(
                store.claim_outbox(NOW, Duration::MINUTE, 9).await.expect("claim")[0].id,
                "child:1:0"
            );
        },
    )
    .await;
}
