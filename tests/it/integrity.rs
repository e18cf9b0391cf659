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
