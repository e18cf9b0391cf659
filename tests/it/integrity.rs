//! Rows beside the events of a case that were altered in the database are found, and the case is named.

use sea_orm::ConnectionTrait as _;
use serde_json::json;
use zhengming::{
    service::{integrity, privacy},
    store::Store,
};
use zhengming_engine::definition::model::FilingMode;

use crate::{database::each_engine, town::Town};

/// A complaint that an officer of a district has taken: its id and number.
async fn dispatched(town: &Town) -> (String, String) {
    let consumer = town.who("consumer");
    let filed = town.file(consumer, "complaint", FilingMode::Named, json!({})).await;
    let to = json!({ "organisation": "district" });
    town.send("intake", &filed.case_id, "dispatch", to).await;
    town.send("officer", &filed.case_id, "take", json!({})).await;
    (filed.case_id, filed.number)
}

/// One that was accepted, too.
async fn accepted(town: &Town) -> (String, String) {
    let (case, number) = dispatched(town).await;
    town.send("officer", &case, "accept", json!({})).await;
    (case, number)
}

/// What is found about a case, as `code:position`.
async fn found(town: &Town, names: &[&str]) -> Vec<String> {
    let replays = integrity::replay_all(&town.app, |_| {}).await.expect("replayed");
    let between = integrity::between(&town.app).await.expect("compared");
    let all = replays.findings.into_iter().chain(between);
    all.filter(|finding| names.contains(&finding.number.as_str()))
        .map(|finding| format!("{}:{}", finding.code, finding.seq))
        .collect()
}

/// Statements that somebody with the database in hand could run.
async fn alter(town: &Town, statements: &[String]) {
    let connection = sea_orm::Database::connect(&town.database.url)
        .await
        .expect("a second one");
    for statement in statements {
        connection.execute_unprepared(statement).await.expect("altered");
    }
    connection.close().await.expect("closed");
}

/// What takes a whole case away, without a trace in any table with its id.
fn removal(store: &Store, case: &str) -> Vec<String> {
    let unchecked = if store.is_postgres() {
        "SET session_replication_role = replica"
    } else {
        "PRAGMA foreign_keys = OFF"
    };
    let tables = [
        "event_payload",
        "event",
        "case_personal",
        "identity",
        "party",
        "assignment",
        "notice",
        "document",
        "outbox",
        "timer",
        "idempotency",
    ];
    let rows = tables
        .iter()
        .map(|table| format!("DELETE FROM {table} WHERE case_id = '{case}'"));
    let whole = rows.chain([format!("DELETE FROM cases WHERE id = '{case}'")]);
    vec![format!("{unchecked}; {}", whole.collect::<Vec<_>>().join("; "))]
}

#[tokio::test]
async fn rows_that_the_events_did_not_make_and_rows_that_are_gone_are_found() {
    each_engine(
        "rows_that_the_events_did_not_make_and_rows_that_are_gone_are_found",
        async |database| {
            let town = Town::found(database).await;
            let alterations = [
                (
                    "DELETE FROM document WHERE case_id = '{case}' AND seq = 4",
                    "DOCUMENTS_DIFFER:4",
                ),
                (
                    "UPDATE document SET number = '样例〔2026〕1号' WHERE case_id = '{case}' AND seq = 4",
                    "DOCUMENT_ALTERED:4",
                ),
                (
                    "UPDATE document SET body = REPLACE(body, '\"values\"', '\"Values\"') WHERE case_id = '{case}' AND seq = 4",
                    "DOCUMENT_ALTERED:4",
                ),
                (
                    "UPDATE notice SET recipient_role = 'respondent' WHERE case_id = '{case}' AND seq = 1 AND n = 0",
                    "NOTICES_DIFFER:1",
                ),
                (
                    "DELETE FROM assignment WHERE case_id = '{case}' AND role = 'intake'",
                    "ASSIGNMENTS_DIFFER:1",
                ),
                (
                    "UPDATE assignment SET until_seq = 4 WHERE case_id = '{case}' AND role = 'case_officer'",
                    "ASSIGNMENTS_DIFFER:4",
                ),
                (
                    "INSERT INTO assignment (id, case_id, role, account_id, since_seq) \
                     SELECT 'forged', '{case}', 'head', account_id, 4 FROM membership WHERE role = 'head'",
                    "ASSIGNMENTS_DIFFER:4",
                ),
                (
                    "UPDATE timer SET due_at = due_at + 86400000000 WHERE case_id = '{case}' AND state = 'armed'",
                    "TIMERS_DIFFER:4",
                ),
                (
                    "DELETE FROM timer WHERE case_id = '{case}' AND state = 'armed'",
                    "TIMERS_DIFFER:4",
                ),
                (
                    "UPDATE cases SET next_due_at = NULL WHERE id = '{case}'",
                    "CASE_DIFFERS:4",
                ),
                (
                    "UPDATE cases SET phase = 'closed' WHERE id = '{case}'",
                    "CASE_DIFFERS:4",
                ),
                (
                    "UPDATE cases SET filing_mode = 'perhaps' WHERE id = '{case}'",
                    "REPLAY_IMPOSSIBLE:0",
                ),
            ];
            for (statement, wanted) in alterations {
                let (case, number) = accepted(&town).await;
                assert_eq!(found(&town, &[&case, &number]).await, Vec::<String>::new());
                alter(&town, &[statement.replace("{case}", &case)]).await;
                assert_eq!(found(&town, &[&case, &number]).await, [wanted], "{statement}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_case_that_was_taken_away_leaves_its_number_and_an_erasure_that_nobody_ordered_is_found() {
    each_engine(
        "a_case_that_was_taken_away_leaves_its_number_and_an_erasure_that_nobody_ordered_is_found",
        async |database| {
            let town = Town::found(database).await;
            let (taken, number) = accepted(&town).await;
            let (erased, forged) = accepted(&town).await;
            let (lawful, closed) = dispatched(&town).await;
            town.send("officer", &lawful, "withdraw", json!({})).await;
            let purpose = "person_request";
            privacy::erase_person(&town.app, town.who("head"), &lawful, purpose)
                .await
                .expect("erased");
            assert_eq!(found(&town, &[&number, &forged, &closed]).await, Vec::<String>::new());

            alter(&town, &removal(&town.app.store, &taken)).await;
            assert_eq!(found(&town, &[&number]).await, ["NUMBER_WITHOUT_CASE:0"]);
            alter(
                &town,
                &[format!(
                    "UPDATE event_payload SET salt = NULL, body = NULL, erased_at = 1 WHERE case_id = '{erased}'"
                )],
            )
            .await;
            assert_eq!(found(&town, &[&forged]).await, ["ERASURE_UNRECORDED:0"]);
            assert_eq!(found(&town, &[&closed]).await, Vec::<String>::new());
        },
    )
    .await;
}

#[tokio::test]
async fn a_refused_filing_takes_no_number() {
    each_engine("a_refused_filing_takes_no_number", async |database| {
        let town = Town::found(database).await;
        let (_, first) = accepted(&town).await;
        let consumer = town.who("consumer");
        let filings = (0..6).map(|n| {
            let town = &town;
            async move {
                let mut fields = town.answers("complaint");
                if n % 2 == 0 {
                    fields.remove("facts");
                }
                let request = zhengming::service::intake::FileRequest {
                    procedure: "complaint".to_owned(),
                    mode: FilingMode::Named,
                    fields,
                    idempotency_key: town.key(),
                };
                zhengming::service::intake::file(&town.app, consumer, request)
                    .await
                    .is_ok()
            }
        });
        // Together, so that good and bad ones share a transaction.
        let done = futures_util::future::join_all(filings).await;
        assert_eq!(done.into_iter().filter(|filed| *filed).count(), 3);
        assert_eq!(integrity::between(&town.app).await.expect("compared"), []);
        let numbers = town.app.store.case_numbers().await.expect("numbers");
        assert_eq!(numbers.len(), 4);
        assert!(numbers.contains(&first));
    })
    .await;
}

/// Numbers of the documents of a kind in these cases, with series and place, in the order of those.
async fn numbers(town: &Town, cases: &[&String], kind: &str) -> Vec<(String, String, u64)> {
    let cases: Vec<String> = cases.iter().copied().cloned().collect();
    let rows = town.app.store.documents_of(&cases).await.expect("documents");
    let of_kind = rows.iter().filter(|row| row.kind == kind);
    let mut numbers: Vec<(String, String, u64)> = of_kind
        .map(|row| {
            let drawn = &row.body["drawn"];
            let series = drawn["series"].as_str().expect("a series").to_owned();
            (row.number.clone(), series, drawn["serial"].as_u64().expect("a place"))
        })
        .collect();
    numbers.sort();
    numbers
}

/// What is found between the cases, as `number:code`.
async fn missed(town: &Town) -> Vec<String> {
    let between = integrity::between(&town.app).await.expect("compared");
    let told = between
        .iter()
        .map(|finding| format!("{}:{}", finding.number, finding.code));
    told.collect()
}

fn drew(number: &str, series: &str, serial: u64) -> (String, String, u64) {
    (number.to_owned(), series.to_owned(), serial)
}

#[tokio::test]
async fn numbers_of_letters_run_without_gaps_and_records_are_counted_apart() {
    each_engine(
        "numbers_of_letters_run_without_gaps_and_records_are_counted_apart",
        async |database| {
            let town = Town::found(database).await;
            let (first, _) = accepted(&town).await;
            let (second, _) = accepted(&town).await;
            let cases = [&first, &second];
            assert_eq!(
                numbers(&town, &cases, "complaint_registration").await,
                [drew("", "record/bureau/2026", 1), drew("", "record/bureau/2026", 2)]
            );
            assert_eq!(
                numbers(&town, &cases, "dispatch_notice").await,
                [
                    drew("市监420100〔2026〕1号", "document/bureau/2026", 1),
                    drew("市监420100〔2026〕2号", "document/bureau/2026", 2)
                ]
            );
            assert_eq!(
                numbers(&town, &cases, "complaint_acceptance").await,
                [
                    drew("样例district〔2026〕1号", "document/district/2026", 1),
                    drew("样例district〔2026〕2号", "document/district/2026", 2)
                ]
            );
            assert_eq!(missed(&town).await, Vec::<String>::new());
        },
    )
    .await;
}

#[tokio::test]
async fn a_letter_or_record_that_was_taken_away_is_missed_also_where_its_case_is_erased() {
    each_engine(
        "a_letter_or_record_that_was_taken_away_is_missed_also_where_its_case_is_erased",
        async |database| {
            let town = Town::found(database).await;
            let (case, number) = dispatched(&town).await;
            dispatched(&town).await;
            town.send("officer", &case, "withdraw", json!({})).await;
            privacy::erase_person(&town.app, town.who("head"), &case, "person_request")
                .await
                .expect("erased");
            assert_eq!(missed(&town).await, Vec::<String>::new(), "the numbers stay");

            let count = |value: u64| format!("UPDATE counter SET value = {value} WHERE key = 'record/bureau/2026'");
            alter(&town, &[count(1)]).await;
            assert_eq!(missed(&town).await, ["record/bureau/2026/2:NUMBER_NOT_DRAWN"]);
            alter(&town, &[count(2)]).await;
            let removed = |kind: &str| format!("DELETE FROM document WHERE case_id = '{case}' AND kind = '{kind}'");
            alter(&town, &[removed("complaint_registration")]).await;
            let record = "record/bureau/2026/1:NUMBER_WITHOUT_DOCUMENT";
            assert_eq!(missed(&town).await, [record]);
            alter(&town, &[removed("dispatch_notice")]).await;
            let letter = "document/bureau/2026/1:NUMBER_WITHOUT_DOCUMENT";
            assert_eq!(missed(&town).await, [letter, record]);
            let replays = integrity::replay_all(&town.app, |_| {}).await.expect("replayed");
            let told = replays.findings.iter().any(|finding| finding.number == number);
            assert!(!told, "its events do not say any more what they made");
        },
    )
    .await;
}

#[tokio::test]
async fn a_series_that_was_set_far_beyond_its_numbers_does_not_keep_the_verification_busy() {
    each_engine(
        "a_series_that_was_set_far_beyond_its_numbers_does_not_keep_the_verification_busy",
        async |database| {
            let town = Town::found(database).await;
            dispatched(&town).await;
            for (series, code) in [
                ("record/bureau/2026", "NUMBER_WITHOUT_DOCUMENT"),
                ("case/2026", "NUMBER_WITHOUT_CASE"),
            ] {
                let set = |value: i64| format!("UPDATE counter SET value = {value} WHERE key = '{series}'");
                alter(&town, &[set(i64::MAX)]).await;
                let missed = missed(&town).await;
                let of_code = missed.iter().filter(|found| found.ends_with(code)).count();
                assert_eq!((missed.len(), of_code), (1_001, 1_000), "{series}");
                let last = missed.last().expect("more");
                assert!(last.ends_with("MORE_NUMBERS_MISSING"), "{last}");
                assert!(last.contains(&i64::MAX.to_string()), "{last}");
                alter(&town, &[set(1)]).await;
            }
            assert_eq!(missed(&town).await, Vec::<String>::new());
        },
    )
    .await;
}

#[tokio::test]
async fn a_database_in_which_all_documents_drew_from_one_series_is_sound_and_its_letters_go_on() {
    each_engine(
        "a_database_in_which_all_documents_drew_from_one_series_is_sound_and_its_letters_go_on",
        async |database| {
            let town = Town::found(database).await;
            let (old, _) = dispatched(&town).await;
            let earlier = |kind: &str, serial: u64| {
                format!(
                    "UPDATE document SET number = '市监420100〔2026〕{serial}号', body = '{{}}' \
                     WHERE case_id = '{old}' AND kind = '{kind}'"
                )
            };
            let before = [
                earlier("complaint_registration", 1),
                earlier("dispatch_notice", 2),
                "UPDATE counter SET value = 2 WHERE key = 'document/bureau/2026'".to_owned(),
                "DELETE FROM counter WHERE key = 'record/bureau/2026'".to_owned(),
            ];
            alter(&town, &before).await;
            assert_eq!(missed(&town).await, Vec::<String>::new());

            let (new, _) = dispatched(&town).await;
            assert_eq!(
                numbers(&town, &[&new], "dispatch_notice").await,
                [drew("市监420100〔2026〕3号", "document/bureau/2026", 3)]
            );
            assert_eq!(
                numbers(&town, &[&new], "complaint_registration").await,
                [drew("", "record/bureau/2026", 1)]
            );
            assert_eq!(missed(&town).await, Vec::<String>::new());
            let removed = format!("DELETE FROM document WHERE case_id = '{old}' AND kind = 'complaint_registration'");
            alter(&town, &[removed]).await;
            assert_eq!(
                missed(&town).await,
                ["document/bureau/2026/1:NUMBER_WITHOUT_DOCUMENT"],
                "what had drawn from the one series is missed there"
            );
        },
    )
    .await;
}
