//! Open cases follow the law when a year's holidays are published; what is overdue comes first.

use serde_json::{Value, json};
use time::macros::datetime;
use zhengming::{
    app::SharedApp,
    jobs,
    service::{Error, deadlines, replay},
    store::{CaseFilter, CaseOrder, TimerState},
    workflows,
};
use zhengming_engine::{definition::model::FilingMode, pack::Pack};

use crate::{database::each_engine, town::Town};

/// The pack after the notice of 2027: its first three days are off. Invented, as the real one is not out.
fn with_2027() -> Pack {
    let mut files = workflows::built_in();
    let year = "year: 2027\noff: [2027-01-01..2027-01-03]\n";
    files.push(("calendar/cn/2027.yaml".to_owned(), year.to_owned()));
    workflows::compile(&files).0.expect("a sound pack")
}

/// A complaint that an officer took on 28 December 2026: acceptance is due in seven working days.
async fn taken_in_december(town: &Town) -> String {
    town.clock.set(datetime!(2026-12-28 10:00 +8));
    let filed = town.file(town.who("consumer"), "complaint", FilingMode::Named, json!({}));
    let case = filed.await.case_id;
    town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
        .await;
    town.send("officer", &case, "take", json!({})).await;
    case
}

async fn acceptance(app: &SharedApp, case: &str) -> (String, bool) {
    let row = app.store.case(case).await.expect("read").expect("there");
    let due = &row.clocks["acceptance"]["due"];
    let date = due["due_date"].as_str().expect("a date").to_owned();
    (date, due["provisional"].as_bool().expect("said"))
}

async fn kinds(app: &SharedApp, case: &str) -> Vec<String> {
    let events = app.store.events_of(&[case.to_owned()]).await.expect("read");
    events.into_iter().map(|event| event.kind).collect()
}

fn recomputed(kinds: &[String]) -> usize {
    kinds.iter().filter(|kind| *kind == "clocks_recomputed").count()
}

async fn sound(app: &SharedApp, case: &str) {
    let replayed = replay::case(app, case).await.expect("replayed");
    assert!(
        replayed.differs.is_empty() && replayed.apart.is_empty() && replayed.skipped.is_empty(),
        "{replayed:?}"
    );
    let report = app.store.verify(|_| {}).await.expect("verified");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[tokio::test]
async fn a_published_year_moves_the_provisional_deadlines_of_open_cases_tells_the_officers_and_replays() {
    each_engine(
        "a_published_year_moves_the_provisional_deadlines_of_open_cases_tells_the_officers_and_replays",
        async |database| {
            let town = Town::found(database).await;
            let case = taken_in_december(&town).await;
            assert_eq!(acceptance(&town.app, &case).await, ("2027-01-06".to_owned(), true));
            assert_eq!(
                jobs::follow_law(&town.app).await.expect("followed"),
                0,
                "nothing to follow yet"
            );

            let later = town.started_with(with_2027()).await;
            let version = later.store.case(&case).await.expect("read").expect("there").version;
            assert_eq!(jobs::follow_law(&later).await.expect("followed"), 1);
            assert_eq!(acceptance(&later, &case).await, ("2027-01-07".to_owned(), false));
            assert_eq!(recomputed(&kinds(&later, &case).await), 1);
            let bundle = later.store.case_bundle(&case).await.expect("read").expect("there");
            assert_eq!(bundle.case.version, version, "whoever saw the case may still act on it");
            assert_eq!(bundle.case.next_due_at, Some(datetime!(2027-01-08 00:00 +8)));
            let armed: Vec<_> = bundle.timers.iter().filter(|t| t.state == TimerState::Armed).collect();
            assert!(armed.iter().any(|t| t.rung == "expiry:2027-01-07"), "{armed:?}");
            assert!(!armed.iter().any(|t| t.rung.ends_with("2027-01-06")), "{armed:?}");
            let told: Vec<_> = bundle
                .notices
                .iter()
                .filter(|n| n.template == "deadlines_moved")
                .collect();
            let roles: Vec<_> = told.iter().map(|n| n.recipient_role.as_str()).collect();
            assert_eq!(roles, ["case_officer", "head"]);
            let moved = told[0].body["values"]["zh"]["deadlines.moved"].as_str().expect("words");
            assert!(moved.ends_with("：2027年1月6日 → 2027年1月7日"), "{moved}");
            let event = bundle.events.last().expect("an event");
            let payload = bundle
                .payloads
                .iter()
                .find(|p| p.seq == event.seq)
                .and_then(|p| p.body.clone());
            let payload: Value = serde_json::from_str(&payload.expect("kept")).expect("JSON");
            assert_eq!(
                payload["moved"],
                json!([{ "clock": "acceptance", "from": "2027-01-06", "to": "2027-01-07" }])
            );

            assert_eq!(jobs::follow_law(&later).await.expect("followed"), 0, "once is enough");
            sound(&later, &case).await;
            sound(&town.app, &case).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_walk_goes_on_where_it_was_stopped_and_a_repeat_changes_nothing() {
    each_engine(
        "a_walk_goes_on_where_it_was_stopped_and_a_repeat_changes_nothing",
        async |database| {
            let town = Town::found(database).await;
            let mut cases = Vec::new();
            for _ in 0..5 {
                cases.push(taken_in_december(&town).await);
            }
            let first = town.started_with(with_2027()).await;
            let batch = deadlines::follow_law(&first, 2).await.expect("followed");
            assert_eq!((batch.seen, batch.moved, batch.done), (2, 2, false));
            drop(first);

            let second = town.started_with(with_2027()).await;
            let batch = deadlines::follow_law(&second, 2).await.expect("followed");
            assert_eq!((batch.seen, batch.moved, batch.done), (2, 2, false), "the next two");
            // A process that dies between the cases and its note of them finds them done.
            let key = "deadlines-follow";
            second.store.put_setting(key, "lost").await.expect("written");
            let batch = deadlines::follow_law(&second, 100).await.expect("followed");
            assert_eq!((batch.seen, batch.moved, batch.done), (5, 1, true));
            for case in &cases {
                assert_eq!(recomputed(&kinds(&second, case).await), 1);
                assert_eq!(acceptance(&second, case).await.0, "2027-01-07");
                sound(&second, case).await;
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_timer_of_an_older_law_does_not_expire_a_clock_that_the_new_one_moved() {
    each_engine(
        "a_timer_of_an_older_law_does_not_expire_a_clock_that_the_new_one_moved",
        async |database| {
            let town = Town::found(database).await;
            let case = taken_in_december(&town).await;
            let later = town.started_with(with_2027()).await;
            town.clock.set(datetime!(2027-01-07 09:00 +8));
            jobs::run_due(&later).await.expect("jobs run");
            let seen = kinds(&later, &case).await;
            assert_eq!(recomputed(&seen), 1, "{seen:?}");
            assert!(!seen.iter().any(|kind| kind == "clock_expired"), "{seen:?}");
            town.clock.set(datetime!(2027-01-08 09:00 +8));
            jobs::run_due(&later).await.expect("jobs run");
            assert!(kinds(&later, &case).await.iter().any(|kind| kind == "clock_expired"));
            sound(&later, &case).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_right_of_a_party_does_not_lapse_on_a_provisional_day_and_does_once_the_year_is_published() {
    each_engine(
        "a_right_of_a_party_does_not_lapse_on_a_provisional_day_and_does_once_the_year_is_published",
        async |database| {
            let town = Town::found(database).await;
            let case = taken_in_december(&town).await;
            let wanted = json!({
                "identity_doubt": "missing", "identity_wanted": "复印件", "identity_until": "2027-01-05",
                "identity_contact": "027-00000000",
            });
            town.send("officer", &case, "request_identity", wanted).await;
            let states = async |app: &SharedApp| app.store.case(&case).await.expect("read").expect("there").states;
            let waiting = states(&town.app).await;

            town.clock.set(datetime!(2027-01-20 09:00 +8));
            jobs::run_due(&town.app).await.expect("jobs run");
            assert_eq!(states(&town.app).await, waiting, "the proof may still be handed in");
            sound(&town.app, &case).await;

            let later = town.started_with(with_2027()).await;
            assert_eq!(jobs::follow_law(&later).await.expect("followed"), 1);
            jobs::run_due(&later).await.expect("jobs run");
            assert_ne!(states(&later).await, waiting, "the period ended on 5 January");
            sound(&later, &case).await;
        },
    )
    .await;
}

#[tokio::test]
async fn what_comes_after_the_end_of_a_clock_finds_it_ended_however_late_the_machine_is() {
    each_engine(
        "what_comes_after_the_end_of_a_clock_finds_it_ended_however_late_the_machine_is",
        async |database| {
            let town = Town::found(database).await;
            let case = taken_in_december(&town).await;
            let wanted = json!({
                "identity_doubt": "missing", "identity_wanted": "复印件", "identity_until": "2026-12-30",
                "identity_contact": "027-00000000",
            });
            town.send("officer", &case, "request_identity", wanted).await;
            // Nobody lets the clocks fire.
            town.clock.set(datetime!(2026-12-31 00:30 +8));
            let proof = json!({ "filer_id_kind": "resident_card", "filer_id_number": "0000" });
            let consumer = town.who("consumer").clone();
            let sent = town.try_send(&consumer, &case, "supply_identity", proof).await;
            assert!(matches!(sent, Err(Error::Refused(_))), "{sent:?}");
            assert_eq!(town.states(&case).await, ["not_accepted"]);
            sound(&town.app, &case).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_duty_that_expired_keeps_its_case_overdue_until_it_is_done() {
    each_engine(
        "a_duty_that_expired_keeps_its_case_overdue_until_it_is_done",
        async |database| {
            let town = Town::found(database).await;
            let late = taken_in_december(&town).await;
            town.clock.set(datetime!(2027-01-06 10:00 +8));
            let filed = town.file(town.who("consumer"), "complaint", FilingMode::Named, json!({}));
            let young = filed.await.case_id;
            town.clock.set(datetime!(2027-01-07 09:00 +8));
            jobs::run_due(&town.app).await.expect("jobs run");
            let row = town.app.store.case(&late).await.expect("read").expect("there");
            assert_eq!(row.clocks["acceptance"]["status"], "expired");
            assert_eq!(row.next_due_at, Some(datetime!(2027-01-07 00:00 +8)));
            let listed = async |filter: CaseFilter| -> Vec<String> {
                let rows = town.app.store.cases(&filter, CaseOrder::DueFirst, None, 10).await;
                rows.expect("read").into_iter().map(|row| row.id).collect()
            };
            assert_eq!(listed(CaseFilter::default()).await, [late.clone(), young]);
            let overdue = CaseFilter {
                due_by: Some(town.app.now()),
                ..CaseFilter::default()
            };
            assert_eq!(listed(overdue.clone()).await, std::slice::from_ref(&late));
            town.send("officer", &late, "accept", json!({})).await;
            assert_eq!(listed(overdue).await, [""; 0], "the duty was done, late");
        },
    )
    .await;
}
