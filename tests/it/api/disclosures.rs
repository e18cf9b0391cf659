//! What procedures publish: everybody reads it, as it was made, until it is withdrawn.

use poem::http::StatusCode;
use serde_json::{Value, json};
use zhengming::{graphql::id::NodeKind, service::integrity};
use zhengming_engine::definition::model::FilingMode;

use super::client::{Api, NOBODY, code};
use crate::database::each_engine;

/// What is published, as nobody in particular sees it.
async fn published(api: &Api, variables: Value) -> Value {
    api.data(NOBODY, "publishedDocuments", variables).await["publishedDocuments"].take()
}

fn texts(page: &Value) -> Vec<String> {
    let nodes = page["nodes"].as_array().expect("a list");
    nodes
        .iter()
        .map(|node| node["document"]["text"].as_str().expect("a text").to_owned())
        .collect()
}

/// How many documents of a case are said to be public, and how many it has.
async fn marked(api: &Api, case: &str) -> (usize, usize) {
    let seen = api.case("officer", &json!(NodeKind::Case.id(case))).await;
    let documents = seen["documents"].as_array().expect("documents");
    let public = documents.iter().filter(|document| document["publishedAt"].is_string());
    (public.count(), documents.len())
}

/// A penalty whose publication is under way, with the summary that is published.
async fn penalty(api: &Api, party: &str, summary: &str) -> String {
    let town = &api.town;
    let filed = json!({ "party_name": party, "same_province": true });
    let case = town
        .file(town.who("officer"), "penalty_publication", FilingMode::Named, filed)
        .await
        .case_id;
    town.send("officer", &case, "prepare", prepared(api, summary)).await;
    town.send("officer", &case, "publish", publication(api)).await;
    case
}

/// The summary and the decision, as the officer enters them.
fn prepared(api: &Api, summary: &str) -> Value {
    let today = api.town.app.clock.now().date().to_string();
    json!({
        "party_particulars": "住所：样例路1号", "decision_number": "样例处罚〔2026〕1号", "decided_on": today,
        "deciding_authority": "样例市场监督管理局", "violation_kind": "销售侵犯注册商标专用权的商品", "penalty_content": summary,
        "penalty_kinds": ["fine"], "fine": 6_000_000, "lenient": false, "decision_text": "决定书全文",
    })
}

fn publication(api: &Api) -> Value {
    let until = (api.town.app.clock.now() + time::Duration::days(365))
        .date()
        .to_string();
    json!({ "secrecy_reviewed": true, "as_served": true, "tier": "ordinary", "published_until": until })
}

#[tokio::test]
async fn a_published_document_is_read_by_everybody_until_it_is_withdrawn_and_by_nobody_before() {
    each_engine(
        "a_published_document_is_read_by_everybody_until_it_is_withdrawn_and_by_nobody_before",
        async |database| {
            let api = Api::open(database).await;
            assert_eq!(published(&api, json!({})).await["nodes"], json!([]));
            let (status, empty) = api.page("/published", "en").await;
            assert!(status == StatusCode::OK && empty.contains("No document is published at present."));

            let case = penalty(&api, "样例酒行", "第一份摘要").await;
            let page = published(&api, json!({ "kind": "penalty_summary" })).await;
            assert!(texts(&page)[0].contains("第一份摘要"), "{page}");
            let made = api
                .town
                .app
                .store
                .documents_of(std::slice::from_ref(&case))
                .await
                .expect("documents");
            let id = made
                .into_iter()
                .find(|row| row.kind == "penalty_summary")
                .expect("a summary")
                .id;
            for language in ["zh", "en"] {
                let (status, list) = api.page("/published", language).await;
                assert!(
                    status == StatusCode::OK && list.contains(&format!("/published/{id}")),
                    "{list}"
                );
                let (status, paper) = api.page(&format!("/published/{id}"), language).await;
                assert!(status == StatusCode::OK && paper.contains("第一份摘要"), "{paper}");
            }

            assert_eq!(
                marked(&api, &case).await,
                (2, 2),
                "who works on the case sees what is public"
            );

            // The corrected one stands in its place, under its own address.
            api.town
                .send(
                    "officer",
                    &case,
                    "correct",
                    json!({ "penalty_content": "更正的摘要", "secrecy_reviewed": true, "as_served": true }),
                )
                .await;
            assert_eq!(marked(&api, &case).await, (2, 4), "the newer ones alone are public now");
            let page = published(&api, json!({ "kind": "penalty_summary" })).await;
            assert!(
                texts(&page).len() == 1 && texts(&page)[0].contains("更正的摘要"),
                "{page}"
            );
            assert_eq!(
                api.page(&format!("/published/{id}"), "zh").await.0,
                StatusCode::NOT_FOUND
            );

            let gone = json!({ "reason": "处罚决定已被撤销" });
            api.town
                .send("officer", &case, "learn_decision_gone", gone.clone())
                .await;
            api.town.send("officer", &case, "take_down", gone).await;
            // Summary and decision are gone; why they are is public (Order 45 art 11).
            let page = published(&api, json!({})).await;
            assert!(
                texts(&page).len() == 1 && texts(&page)[0].contains("处罚决定已被撤销"),
                "{page}"
            );
            assert_eq!(marked(&api, &case).await, (1, 5));
            let replays = integrity::replay_all(&api.town.app, |_| {}).await.expect("replayed");
            assert_eq!(replays.findings, [], "what is published is what the events say");
        },
    )
    .await;
}

#[tokio::test]
async fn published_documents_come_by_pages_and_by_kind_the_last_one_first() {
    each_engine(
        "published_documents_come_by_pages_and_by_kind_the_last_one_first",
        async |database| {
            let api = Api::open(database).await;
            for n in 1..=5 {
                penalty(&api, "样例酒行", &format!("摘要之{n}")).await;
                // Two of them at one moment.
                if n != 3 {
                    api.town.clock.advance(std::time::Duration::from_secs(60));
                }
            }
            let mut read = Vec::new();
            let mut after = Value::Null;
            loop {
                let page = published(&api, json!({ "kind": "penalty_summary", "first": 2, "after": after })).await;
                read.extend(texts(&page));
                after = page["endCursor"].clone();
                if after.is_null() {
                    break;
                }
            }
            assert_eq!(read.len(), 5, "{read:?}");
            for n in 1..=5 {
                let of_n = read.iter().filter(|text| text.contains(&format!("摘要之{n}")));
                assert_eq!(of_n.count(), 1, "{n} once: {read:?}");
            }
            assert!(read[0].contains("摘要之5") && read[4].contains("摘要之1"), "{read:?}");
            let none = published(&api, json!({ "kind": "draw_list" })).await;
            assert_eq!(none["nodes"], json!([]));
            let bad = api.ask(NOBODY, "publishedDocuments", json!({ "after": "?" })).await;
            assert_eq!(code(&bad), "BAD_USER_INPUT");
        },
    )
    .await;
}

#[tokio::test]
async fn a_document_that_nobody_published_is_not_read_by_its_address() {
    each_engine(
        "a_document_that_nobody_published_is_not_read_by_its_address",
        async |database| {
            let api = Api::open(database).await;
            let town = &api.town;
            let case = town
                .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
                .await
                .case_id;
            town.send("intake", &case, "keep", json!({})).await;
            let made = town.app.store.documents_of(&[case]).await.expect("documents");
            for id in made.iter().map(|row| row.id.as_str()).chain(["nothing", "%ff", ""]) {
                let (status, body) = api.page(&format!("/published/{id}"), "zh").await;
                assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{id:?}");
                assert!(
                    status == StatusCode::NOT_FOUND || id.is_empty() || id == "%ff",
                    "{id:?}: {status} {body}"
                );
            }
        },
    )
    .await;
}
