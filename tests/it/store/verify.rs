//! Verification names whatever was altered.

use sea_orm::ConnectionTrait;
use zhengming::store::{AuditOutcome, NewAudit, Store};

use crate::database::{Database, each_engine};
use crate::store::fixture::{NOW, bureau, open, open_full, raw, step};

async fn some_chains(store: &Store) {
    bureau(store).await;
    for id in ["a", "b"] {
        store.commit(open(id)).await.expect("opened");
        for _ in 0..3 {
            store.commit(step(id, None, None)).await.expect("stepped");
        }
    }
    for n in 0..3 {
        let entry = NewAudit {
            at: NOW,
            actor_account: None,
            action: "case.read".into(),
            object: format!("case:{n}"),
            outcome: AuditOutcome::Allowed,
            purpose: None,
        };
        store.audit(entry).await.expect("audited");
    }
}

/// What verification says, as `chain seq code`.
async fn findings(store: &Store) -> Vec<String> {
    let report = store.verify(|_| {}).await.expect("verified");
    report
        .findings
        .iter()
        .map(|found| format!("{} {} {}", found.chain, found.seq, found.flaw.code()))
        .collect()
}

#[tokio::test]
async fn an_untouched_database_has_no_findings() {
    each_engine("an_untouched_database_has_no_findings", async |database: Database| {
        some_chains(&database.store).await;
        let mut calls = 0;
        let report = database.store.verify(|_| calls += 1).await.expect("verified");
        assert_eq!(report.findings, []);
        assert_eq!(
            (report.cases, report.events, report.payloads, report.audit_entries),
            (2, 8, 8, 3)
        );
        assert!(calls > 0);
    })
    .await;
}

#[tokio::test]
async fn each_tampering_is_found_and_named() {
    // What is done, and what must be said about it.
    let tamperings: [(&str, &[&str]); 15] = [
        (
            "UPDATE event SET entry = replace(entry, 'officer-1', 'officer-2') WHERE case_id = 'a' AND seq = 2",
            &["WH26-a 2 HASH_MISMATCH", "WH26-a 2 COLUMN_MISMATCH"],
        ),
        (
            "UPDATE event SET entry = 'x' || substr(entry, 2) WHERE case_id = 'a' AND seq = 2",
            &["WH26-a 2 HASH_MISMATCH", "WH26-a 2 ENTRY_UNREADABLE"],
        ),
        (
            "UPDATE event SET hash = replace(hash, substr(hash, 1, 1), 'g') WHERE case_id = 'b' AND seq = 1",
            &["WH26-b 1 HASH_MISMATCH", "WH26-b 2 PREVIOUS_MISMATCH"],
        ),
        (
            "UPDATE event SET at = at + 1 WHERE case_id = 'a' AND seq = 1",
            &["WH26-a 1 COLUMN_MISMATCH"],
        ),
        (
            "UPDATE event SET kind = 'other' WHERE case_id = 'a' AND seq = 1",
            &["WH26-a 1 COLUMN_MISMATCH"],
        ),
        (
            "UPDATE event SET actor = 'other' WHERE case_id = 'a' AND seq = 1",
            &["WH26-a 1 COLUMN_MISMATCH"],
        ),
        (
            "UPDATE event_payload SET body = replace(body, 'text', 'tExt') WHERE case_id = 'a' AND seq = 3",
            &["WH26-a 3 PAYLOAD_MISMATCH"],
        ),
        (
            "UPDATE event_payload SET salt = (SELECT p.salt FROM event_payload p WHERE p.case_id = 'a' AND p.seq = 9) WHERE case_id = 'a' AND seq = 3",
            &["WH26-a 3 PAYLOAD_MISSING"],
        ),
        (
            "DELETE FROM event_payload WHERE case_id = 'a' AND seq = 3",
            &["WH26-a 3 PAYLOAD_MISSING"],
        ),
        (
            "UPDATE event_payload SET erased_at = 1 WHERE case_id = 'a' AND seq = 3",
            &["WH26-a 3 ERASURE_INCOMPLETE"],
        ),
        (
            "UPDATE cases SET head = 'other' WHERE id = 'a'",
            &["WH26-a 4 CASE_MISMATCH"],
        ),
        (
            "UPDATE cases SET state_hash = 'other' WHERE id = 'a'",
            &["WH26-a 4 CASE_MISMATCH"],
        ),
        ("UPDATE cases SET seq = 3 WHERE id = 'a'", &["WH26-a 4 CASE_MISMATCH"]),
        (
            "UPDATE audit SET object = 'case:9' WHERE id = 2",
            &["audit 2 HASH_MISMATCH"],
        ),
        (
            "DELETE FROM audit WHERE id = 2",
            &["audit 3 SEQUENCE_GAP", "audit 3 PREVIOUS_MISMATCH"],
        ),
    ];
    each_engine("each_tampering_is_found_and_named", async |database: Database| {
        some_chains(&database.store).await;
        let dir = database.dir.path().join("intact");
        database.store.backup(&dir, NOW).await.expect("backup");
        for (sql, expected) in tamperings {
            let copy = Database::like(&database).await;
            copy.store.restore(&dir).await.expect("restored");
            raw(&copy).await.execute_unprepared(sql).await.expect("tampered");
            assert_eq!(findings(&copy.store).await, expected, "{sql}");
            copy.store.close().await.expect("close");
        }
    })
    .await;
}

#[tokio::test]
async fn missing_and_reordered_events_are_found() {
    each_engine("missing_and_reordered_events_are_found", async |database: Database| {
        some_chains(&database.store).await;
        let raw = raw(&database).await;
        for sql in [
            "DELETE FROM event_payload WHERE case_id = 'a' AND seq = 2",
            "DELETE FROM event WHERE case_id = 'a' AND seq = 2",
            // The last event of the other case.
            "DELETE FROM event_payload WHERE case_id = 'b' AND seq = 4",
            "DELETE FROM event WHERE case_id = 'b' AND seq = 4",
        ] {
            raw.execute_unprepared(sql).await.expect("tampered");
        }
        assert_eq!(
            findings(&database.store).await,
            [
                "WH26-a 3 SEQUENCE_GAP",
                "WH26-a 3 PREVIOUS_MISMATCH",
                "WH26-b 3 CASE_MISMATCH",
                "WH26-b 3 CASE_MISMATCH",
                "WH26-b 3 CASE_MISMATCH",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn two_swapped_events_are_found() {
    each_engine("two_swapped_events_are_found", async |database: Database| {
        some_chains(&database.store).await;
        let raw = raw(&database).await;
        for sql in [
            "DELETE FROM event_payload WHERE case_id = 'a' AND seq IN (2, 3)",
            "UPDATE event SET seq = 99 WHERE case_id = 'a' AND seq = 2",
            "UPDATE event SET seq = 2 WHERE case_id = 'a' AND seq = 3",
            "UPDATE event SET seq = 3 WHERE case_id = 'a' AND seq = 99",
        ] {
            raw.execute_unprepared(sql).await.expect("tampered");
        }
        let found = findings(&database.store).await;
        for one in [
            "WH26-a 2 PREVIOUS_MISMATCH",
            "WH26-a 2 COLUMN_MISMATCH",
            "WH26-a 3 COLUMN_MISMATCH",
        ] {
            assert!(found.iter().any(|found| found == one), "{one} not in {found:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_flipped_byte_of_an_entry_is_found() {
    let database = Database::sqlite().await;
    let store = &database.store;
    bureau(store).await;
    store.commit(open("a")).await.expect("opened");
    let length = store.events_of(&["a".into()]).await.expect("events")[0].entry.len();
    let raw = raw(&database).await;
    for place in 0..length {
        // The byte and its neighbour in the code, so that the text need not stay text.
        let flip = |by: &str| {
            format!(
                "UPDATE event SET entry = CAST(substr(CAST(entry AS BLOB), 1, {place}) || char({by}) || \
                 substr(CAST(entry AS BLOB), {next}) AS TEXT)",
                next = place + 2
            )
        };
        let original = store.events_of(&["a".into()]).await.expect("events")[0]
            .entry
            .as_bytes()[place];
        raw.execute_unprepared(&flip(&(original ^ 1).to_string()))
            .await
            .expect("flipped");
        let found = findings(store).await;
        assert!(
            found.iter().any(|found| found == "WH26-a 1 HASH_MISMATCH"),
            "byte {place}"
        );
        raw.execute_unprepared(&flip(&original.to_string()))
            .await
            .expect("flipped back");
    }
    assert_eq!(findings(store).await, Vec::<String>::new());
}

#[tokio::test]
async fn bytes_that_are_no_text_are_a_finding_and_no_failure() {
    let database = Database::sqlite().await;
    some_chains(&database.store).await;
    let sql = "UPDATE event SET entry = CAST(X'FF' || entry AS TEXT), kind = CAST(X'FF' AS TEXT) WHERE case_id = 'a' AND seq = 2";
    raw(&database).await.execute_unprepared(sql).await.expect("tampered");
    assert_eq!(
        findings(&database.store).await,
        ["WH26-a 2 HASH_MISMATCH", "WH26-a 2 ENTRY_UNREADABLE"]
    );
}

#[tokio::test]
async fn a_case_without_events_is_found() {
    each_engine("a_case_without_events_is_found", async |database: Database| {
        bureau(&database.store).await;
        open_full(&database.store, "a").await;
        let raw = raw(&database).await;
        raw.execute_unprepared("DELETE FROM event_payload")
            .await
            .expect("tampered");
        raw.execute_unprepared("DELETE FROM event").await.expect("tampered");
        assert_eq!(findings(&database.store).await, ["WH26-a 0 NO_EVENTS"]);
    })
    .await;
}

#[tokio::test]
async fn both_engines_make_the_same_chain() {
    let mut chains = Vec::new();
    let collected = std::sync::Mutex::new(&mut chains);
    each_engine("both_engines_make_the_same_chain", async |database: Database| {
        let store = &database.store;
        bureau(store).await;
        for id in 0..20 {
            store.commit(open(&format!("c{id}"))).await.expect("opened");
            for _ in 0..9 {
                store
                    .commit(step(&format!("c{id}"), None, None))
                    .await
                    .expect("stepped");
            }
        }
        let ids: Vec<String> = (0..20).map(|id| format!("c{id}")).collect();
        let mut events: Vec<_> = store.events_of(&ids).await.expect("events");
        events.sort_by(|a, b| (&a.case_id, a.seq).cmp(&(&b.case_id, b.seq)));
        collected.lock().expect("one test at a time").push(events);
    })
    .await;
    assert_eq!(chains[0].len(), 200);
    for chain in &chains[1..] {
        assert_eq!(chain, &chains[0]);
    }
}
