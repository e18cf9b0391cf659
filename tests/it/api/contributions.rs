//! Evidence and messages: added without moving the case, and read by those they are for.

use serde_json::{Value, json};
use zhengming::{jobs, service::replay};

use super::client::Api;
use crate::database::each_engine;

fn texts<'v>(case: &'v Value, list: &str, member: &str) -> Vec<&'v str> {
    let list = case[list].as_array().into_iter().flatten();
    list.filter_map(|entry| entry[member].as_str()).collect()
}

fn codes(payload: &Value) -> Vec<(&str, &str)> {
    let errors = payload["userErrors"].as_array().into_iter().flatten();
    errors
        .filter_map(|error| Some((error["field"][0].as_str()?, error["code"].as_str()?)))
        .collect()
}

#[tokio::test]
async fn a_party_and_the_office_write_to_each_other_and_the_version_stays() {
    each_engine(
        "a_party_and_the_office_write_to_each_other_and_the_version_stays",
        async |database| {
            let api = Api::open(database).await;
            let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
            let before = api.case("consumer", &id).await["version"].clone();
            let asking = json!({ "caseId": id, "text": "请问进展如何？", "idempotencyKey": api.town.key() });
            let sent = api.change("consumer", "sendMessage", asking.clone()).await;
            assert_eq!(sent["userErrors"], json!([]));
            let again = api.change("consumer", "sendMessage", asking).await;
            assert_eq!(
                again["userErrors"],
                json!([]),
                "the same request is answered as the first time"
            );
            let answer =
                json!({ "caseId": id, "to": ["complainant"], "text": "正在核实。", "idempotencyKey": api.town.key() });
            assert_eq!(
                api.change("intake", "sendMessage", answer).await["userErrors"],
                json!([])
            );
            let case = api.case("consumer", &id).await;
            assert_eq!(texts(&case, "messages", "text"), ["请问进展如何？", "正在核实。"]);
            assert_eq!(case["messages"][0]["own"], json!(true));
            assert_eq!(case["messages"][1]["own"], json!(false));
            assert_eq!(case["version"], before);
            // What is for the complainant is not for the respondent, nor for whoever has nothing to do with the case.
            let stranger = json!({ "caseId": id, "text": "?", "idempotencyKey": api.town.key() });
            let refused = api.ask("policeman", "sendMessage", json!({ "input": stranger })).await;
            assert!(refused["data"]["sendMessage"]["case"].is_null(), "{refused}");
            jobs::run_due(&api.town.app).await.expect("jobs");
            let key = zhengming::graphql::id::NodeKind::Case
                .key(id.as_str().expect("an id"))
                .expect("a key");
            let replayed = replay::case(&api.town.app, &key).await.expect("replayed");
            assert!(replayed.differs.is_empty() && replayed.apart.is_empty(), "{replayed:?}");
            assert!(replayed.agreed.len() >= 3);
        },
    )
    .await;
}

#[tokio::test]
async fn evidence_is_read_by_the_office_and_its_own_side_and_by_whom_the_office_names() {
    each_engine("evidence_is_read_by_the_office_and_its_own_side_and_by_whom_the_office_names", async |database| {
        let api = Api::open(database).await;
        let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
        let receipt = json!({
            "caseId": id, "title": "购物小票", "kind": "DOCUMENTARY", "keptBy": "投诉人", "obtainedOn": "2026-09-01",
            "file": { "name": "ticket.jpg", "sha256": "a".repeat(64), "size": 1200 }, "idempotencyKey": api.town.key(),
        });
        assert_eq!(api.change("consumer", "addEvidence", receipt).await["userErrors"], json!([]));
        let record = |readers: Value| {
            json!({
                "caseId": id, "title": "现场笔录", "kind": "SCENE_RECORD", "readers": readers, "idempotencyKey": api.town.key(),
            })
        };
        assert_eq!(api.change("intake", "addEvidence", record(json!([]))).await["userErrors"], json!([]));
        assert_eq!(texts(&api.case("consumer", &id).await, "evidence", "title"), ["购物小票"]);
        assert_eq!(texts(&api.case("intake", &id).await, "evidence", "title"), ["购物小票", "现场笔录"]);
        assert_eq!(api.change("intake", "addEvidence", record(json!(["complainant"]))).await["userErrors"], json!([]));
        assert_eq!(texts(&api.case("consumer", &id).await, "evidence", "title"), ["购物小票", "现场笔录"]);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_its_input_and_nothing_is_added() {
    each_engine(
        "what_does_not_fit_is_refused_by_its_input_and_nothing_is_added",
        async |database| {
            let api = Api::open(database).await;
            let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
            let wrong = json!({
                "caseId": id, "title": " ", "kind": "PHYSICAL", "obtainedOn": "2030-01-01", "readers": ["respondent"],
                "file": { "name": "x", "sha256": "A", "size": 1 }, "idempotencyKey": api.town.key(),
            });
            let refused = api.change("consumer", "addEvidence", wrong).await;
            let expected = [
                ("title", "MISSING_FIELD"),
                ("sha256", "INVALID_FIELD"),
                ("obtainedOn", "INVALID_FIELD"),
                ("readers", "INVALID_FIELD"),
            ];
            assert_eq!(codes(&refused), expected);
            let nobody = json!({ "caseId": id, "text": "x", "idempotencyKey": api.town.key() });
            assert_eq!(
                codes(&api.change("intake", "sendMessage", nobody).await),
                [("to", "MISSING_FIELD")]
            );
            let staff = json!({ "caseId": id, "text": "x", "to": ["case_officer"], "idempotencyKey": api.town.key() });
            assert_eq!(
                codes(&api.change("consumer", "sendMessage", staff).await),
                [("to", "INVALID_FIELD")]
            );
            let case = api.case("intake", &id).await;
            assert_eq!(
                (case["evidence"].clone(), case["messages"].clone()),
                (json!([]), json!([]))
            );
        },
    )
    .await;
}
