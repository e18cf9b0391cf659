//! Facts about work that falls due: timers together, on both engines; a mail server that does not answer; a stop.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use serde_json::json;
use time::OffsetDateTime;
use tokio::sync::{Notify, watch};
use zhengming::{
    jobs,
    mail::{MailError, Mailer, Message},
    service::timers,
    store::Store,
};
use zhengming_engine::definition::model::FilingMode;

use crate::{
    database::{Database, each_engine, skipped},
    town::{BUREAU, DISTRICT, Town},
};

#[tokio::test(flavor = "multi_thread")]
async fn timers_that_fall_due_together_fire_once_each_though_several_workers_take_them() {
    each_engine(
        "timers_that_fall_due_together_fire_once_each_though_several_workers_take_them",
        async |database| {
            let town = Town::found(database).await;
            let mut cases = Vec::new();
            for _ in 0..24 {
                let filed = town
                    .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
                    .await;
                cases.push(filed.case_id);
            }
            // No clock of an acceptance runs longer: every warning and expiry of each case is due at once.
            town.clock.advance(Duration::from_hours(40 * 24));
            let workers = (0..4).map(|_| {
                let app = town.app.clone();
                tokio::spawn(async move { jobs::run_due(&app).await })
            });
            for worker in workers.collect::<Vec<_>>() {
                worker.await.expect("a worker").expect("background work");
            }
            // Whoever passed over a case that another had in hand finds its timers later.
            while timers::fire_due(&town.app, 100).await.expect("fired") > 0 {}
            let events = town.app.store.events_of(&cases).await.expect("events");
            let mut kinds = BTreeSet::new();
            for case in &cases {
                let fired: Vec<&str> = events
                    .iter()
                    .filter(|event| event.case_id == *case && event.kind != "opened")
                    .map(|event| event.kind.as_str())
                    .collect();
                kinds.insert(fired);
            }
            assert_eq!(kinds.len(), 1, "each case has the same history: {kinds:?}");
            let fired = kinds.first().expect("a history");
            // The dispatch promise, two warnings of the acceptance, its expiry: each once, in the order of their moments.
            let expected = ["clock_expired", "clock_warned", "clock_warned", "clock_expired"];
            assert_eq!(fired[..], expected);
            assert!(
                town.app
                    .store
                    .due_timers(town.app.now(), 10)
                    .await
                    .expect("due")
                    .is_empty()
            );
        },
    )
    .await;
}

/// A mail server that lets a client wait until it is told to answer, and then cannot take the mail.
#[derive(Debug, Default)]
struct Slow {
    asked: AtomicUsize,
    waited_for: Notify,
    answer: Notify,
}

impl Mailer for Slow {
    fn send<'a>(&'a self, _: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.waited_for.notify_one();
            self.answer.notified().await;
            Err(MailError::Unavailable { reason: "timeout" })
        })
    }
}

/// Cases whose officers are all to be written to, and whose clocks are all over.
async fn overdue(town: &Town) -> Vec<String> {
    let mut cases = Vec::new();
    for _ in 0..4 {
        let filed = json!({ "filer_mail": "filer@example.cn" });
        let filed = town.file(town.who("consumer"), "complaint", FilingMode::Named, filed);
        cases.push(filed.await.case_id);
    }
    town.clock.advance(Duration::from_hours(40 * 24));
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_does_not_answer_delays_no_deadline_and_no_stop() {
    each_engine(
        "a_mail_server_that_does_not_answer_delays_no_deadline_and_no_stop",
        async |database| {
            let slow = Arc::new(Slow::default());
            let town = Town::found_with(database, Some(slow.clone())).await;
            let cases = overdue(&town).await;
            let (stop, stopped) = watch::channel(false);
            let working = tokio::spawn(jobs::run(town.app.clone(), stopped));
            slow.waited_for.notified().await;
            // The server still thinks about the first mail.
            while !town
                .app
                .store
                .due_timers(town.app.now(), 100)
                .await
                .expect("due")
                .is_empty()
            {
                tokio::task::yield_now().await;
            }
            let events = town.app.store.events_of(&cases).await.expect("events");
            let expired = events.iter().filter(|event| event.kind == "clock_expired").count();
            assert_eq!(
                expired,
                2 * cases.len(),
                "the promise to dispatch and the acceptance of each case"
            );
            assert_eq!(slow.asked.load(Ordering::SeqCst), 1);

            stop.send(true).expect("somebody works");
            slow.answer.notify_one();
            working.await.expect("it stops");
            assert_eq!(
                slow.asked.load(Ordering::SeqCst),
                1,
                "no other mail was begun after that"
            );
            let waiting = town.app.store.next_outbox_due().await.expect("read");
            assert!(waiting.is_some(), "what was not carried out comes again");
        },
    )
    .await;
}

#[tokio::test]
async fn one_mail_in_a_batch_asks_a_server_that_is_down_and_the_other_effects_are_carried_out() {
    each_engine(
        "one_mail_in_a_batch_asks_a_server_that_is_down_and_the_other_effects_are_carried_out",
        async |database| {
            let slow = Arc::new(Slow::default());
            let town = Town::found_with(database, Some(slow.clone())).await;
            overdue(&town).await;
            slow.answer.notify_one();
            let taken = jobs::deliver_due(&town.app, 100).await.expect("delivered");
            assert!(taken > 8, "{taken}");
            assert_eq!(slow.asked.load(Ordering::SeqCst), 1);
            // All but the notices are done, those that come after the one that failed too.
            let text = town.app.metrics.render().expect("metrics");
            let done = text
                .lines()
                .find_map(|line| line.strip_prefix("zhengming_outbox_sent_total "));
            let done: usize = done.and_then(|n| n.parse().ok()).expect("a count");
            assert!(done >= 1 && done < taken, "{done} of {taken}");
            assert!(
                text.contains("zhengming_outbox_failed_total{outcome=\"again\"} 1"),
                "{text}"
            );
            // Whoever asks again at once finds nothing that is due.
            assert_eq!(jobs::deliver_due(&town.app, 100).await.expect("delivered"), 0);
            let dead = town.app.store.dead_outbox(10).await.expect("read");
            assert_eq!(dead, [], "nothing is given up");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_that_was_given_up_is_tried_again_when_the_service_starts() {
    each_engine(
        "a_timer_that_was_given_up_is_tried_again_when_the_service_starts",
        async |database| {
            let town = Town::found(database).await;
            overdue(&town).await;
            let due = town.app.store.due_timers(town.app.now(), 1).await.expect("due");
            for _ in 0..5 {
                town.app.store.timer_failed(&due[0].id).await.expect("counted");
            }
            jobs::run_due(&town.app).await.expect("jobs");
            let parked = async || town.app.store.parked_timers().await.expect("parked").len();
            assert_eq!(parked().await, 1, "nobody tries it any more");
            let (stop, stopped) = watch::channel(false);
            let working = tokio::spawn(jobs::run(town.app.clone(), stopped));
            let waits = async || {
                let due = town.app.store.due_timers(town.app.now(), 1).await.expect("due");
                parked().await > 0 || !due.is_empty()
            };
            let gone = async {
                while waits().await {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_mins(1), gone)
                .await
                .expect("it is tried");
            stop.send(true).expect("somebody works");
            working.await.expect("it stops");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::disallowed_methods,
    reason = "another process has the case in hand, and not through this store"
)]
async fn a_clock_ends_before_the_step_that_came_after_its_end_though_somebody_had_the_case_in_hand() {
    let name = "a_clock_ends_before_the_step_that_came_after_its_end_though_somebody_had_the_case_in_hand";
    let Some(database) = Database::postgres().await else {
        return skipped(name);
    };
    let another = sea_orm::Database::connect(&database.url).await.expect("a connection");
    let town = Town::found(database).await;
    let case = overdue(&town).await.remove(0);
    let holder = another.begin().await.expect("a transaction");
    let hold = format!("SELECT id FROM cases WHERE id = '{case}' FOR UPDATE");
    holder.execute_unprepared(&hold).await.expect("the case is locked");
    let sending = town.send("intake", &case, "keep", json!({}));
    let released = async {
        let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let waiting = || Statement::from_string(DbBackend::Postgres, waiting);
        // The clocks were looked through by then, and the case passed over.
        while another.query_one_raw(waiting()).await.expect("asked").is_none() {
            tokio::task::yield_now().await;
        }
        holder.rollback().await.expect("let go");
    };
    futures_util::join!(sending, released);
    let events = town
        .app
        .store
        .events_of(std::slice::from_ref(&case))
        .await
        .expect("events");
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds.last(), Some(&"keep"), "{kinds:?}");
    assert!(kinds.contains(&"clock_expired"), "{kinds:?}");
    another.close().await.expect("closed");
}

/// A mail server that does not take the first mail to one address.
#[derive(Debug)]
struct Wary {
    of: &'static str,
    was: AtomicBool,
    taken: Mutex<Vec<String>>,
}

impl Mailer for Wary {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            if message.to == self.of && !self.was.swap(true, Ordering::SeqCst) {
                return Err(MailError::NotTaken { code: 550 });
            }
            self.taken.lock().expect("not poisoned").push(message.to.clone());
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_notice_reaches_everybody_once_though_who_gets_it_changes_between_two_attempts() {
    each_engine(
        "a_notice_reaches_everybody_once_though_who_gets_it_changes_between_two_attempts",
        async |database| {
            let wary = Arc::new(Wary {
                of: "reserve@example.cn",
                was: AtomicBool::new(false),
                taken: Mutex::default(),
            });
            let town = Town::found_with(database, Some(wary.clone())).await;
            town.person("reserve", BUREAU, &["intake_officer"]).await;
            town.file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
                .await;
            jobs::deliver_due(&town.app, 100).await.expect("delivered");
            // By the order of addresses this one comes before those that were written to.
            town.person("deputy", BUREAU, &["intake_officer"]).await;
            town.clock.advance(Duration::from_mins(1));
            jobs::deliver_due(&town.app, 100).await.expect("delivered");
            let mut taken = wary.taken.lock().expect("not poisoned").clone();
            taken.retain(|to| !to.starts_with("consumer") && !to.starts_with("filer"));
            taken.sort();
            assert_eq!(taken, ["deputy@example.cn", "intake@example.cn", "reserve@example.cn"]);
        },
    )
    .await;
}

/// A mail server that takes nothing, and what it was asked to take: id and date of each mail.
#[derive(Default)]
struct Refusing {
    asked: Mutex<Vec<(String, OffsetDateTime)>>,
}

impl Mailer for Refusing {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            let asked = (message.id.to_string(), message.date);
            self.asked.lock().expect("not poisoned").push(asked);
            Err(MailError::NotTaken { code: 550 })
        })
    }
}

#[tokio::test]
async fn a_mail_that_is_tried_again_has_the_date_that_it_had_before() {
    let refusing = Arc::new(Refusing::default());
    let town = Town::found_with(Database::sqlite().await, Some(refusing.clone())).await;
    town.file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
        .await;
    let asked = async || {
        jobs::deliver_due(&town.app, 100).await.expect("delivered");
        let mut asked = std::mem::take(&mut *refusing.asked.lock().expect("not poisoned"));
        asked.sort();
        asked
    };
    let first = asked().await;
    assert!(!first.is_empty());
    town.clock.advance(Duration::from_mins(1));
    assert_eq!(asked().await, first);
}

#[tokio::test]
async fn a_notice_goes_to_the_address_that_a_filing_asks_for_whatever_its_field_is_called() {
    let town = Town::found(Database::sqlite().await).await;
    let contact = json!({ "target": "penalty", "authority": DISTRICT, "contact_mail": "contact@example.cn" });
    let filed = town.file(town.who("consumer"), "credit_repair", FilingMode::Named, contact);
    let case = filed.await.case_id;
    let missing = json!({ "missing_material": "缴款凭证。" });
    town.send("officer", &case, "ask_supplement", missing).await;
    jobs::deliver_due(&town.app, 100).await.expect("delivered");
    let mails = town.app.store.mails_of(&case).await.expect("read");
    let to: Vec<&str> = mails.iter().filter_map(|mail| mail.to_address.as_deref()).collect();
    assert!(to.contains(&"contact@example.cn"), "{to:?}");
}

#[tokio::test]
async fn what_a_mail_said_and_to_whom_it_went_is_forgotten_in_time_and_that_it_was_sent_is_not() {
    each_engine(
        "what_a_mail_said_and_to_whom_it_went_is_forgotten_in_time_and_that_it_was_sent_is_not",
        async |database| {
            let town = Town::found(database).await;
            let filed = json!({ "filer_mail": "filer@example.cn" });
            let filed = town.file(town.who("consumer"), "complaint", FilingMode::Named, filed);
            let case = filed.await.case_id;
            jobs::deliver_due(&town.app, 100).await.expect("delivered");
            let mails = async || town.app.store.mails_of(&case).await.expect("read");
            let sent = mails().await;
            assert!(!sent.is_empty() && sent.iter().all(|mail| mail.sent_at.is_some()));
            let days = town.app.config.retention.sent_mail();
            town.clock.advance(days);
            jobs::sweep(&town.app).await.expect("swept");
            assert_eq!(mails().await, sent, "on the last day it is all there");
            town.clock.advance(Duration::from_secs(1));
            jobs::sweep(&town.app).await.expect("swept");
            let left = mails().await;
            assert_eq!(left.len(), sent.len());
            assert!(left.iter().all(|mail| mail.sent_at.is_some()
                && mail.to_address.is_none()
                && mail.subject.is_none()
                && mail.body.is_none()));
        },
    )
    .await;
}

/// A mail server during whose first mail a case is erased.
#[derive(Default)]
struct Erasing {
    case: Mutex<Option<(Store, String)>>,
    taken: AtomicUsize,
}

impl Mailer for Erasing {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            let case = self.case.lock().expect("not poisoned").take();
            if let Some((store, id)) = case {
                store.erase_case_person(&id, message.date).await.expect("erased");
            }
            self.taken.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_case_that_is_erased_while_its_mail_is_sent_holds_up_no_other() {
    each_engine(
        "a_case_that_is_erased_while_its_mail_is_sent_holds_up_no_other",
        async |database| {
            let erasing = Arc::new(Erasing::default());
            let town = Town::found_with(database, Some(erasing.clone())).await;
            let file = || town.file(town.who("consumer"), "complaint", FilingMode::Named, json!({}));
            let first = file().await.case_id;
            town.clock.advance(Duration::from_secs(1));
            let second = file().await.case_id;
            *erasing.case.lock().expect("not poisoned") = Some((town.app.store.clone(), first.clone()));
            jobs::deliver_due(&town.app, 100).await.expect("delivered");
            let mails = async |case: &String| town.app.store.mails_of(case).await.expect("read");
            let of_first = mails(&first).await;
            assert!(of_first.iter().all(|mail| mail.to_address.is_none()), "{of_first:?}");
            let of_second = mails(&second).await;
            assert!(!of_second.is_empty() && of_second.iter().all(|mail| mail.sent_at.is_some()));
            assert!(erasing.taken.load(Ordering::SeqCst) > of_second.len());
        },
    )
    .await;
}
