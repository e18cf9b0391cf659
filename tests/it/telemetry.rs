//! What operators see: whether the service is ready, and in `/metrics` every counter, written where the thing happens.

use poem::test::TestClient;
use serde_json::json;
use zhengming::{endpoint::endpoint, jobs};
use zhengming_engine::definition::model::FilingMode;

use crate::{database::Database, town::Town};

async fn metrics(town: &Town) -> String {
    let response = TestClient::new(endpoint(&town.app, None)).get("/metrics").send().await;
    response.0.into_body().into_string().await.expect("a text")
}

/// The value of a series, 0 where it was never written.
fn value(text: &str, series: &str) -> f64 {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().expect("a number"))
}

#[tokio::test]
async fn what_happens_is_counted_where_it_happens() {
    let town = Town::found(Database::sqlite().await).await;
    let before = metrics(&town).await;
    let case = town
        .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
        .await
        .case_id;
    let refused = town.try_send(town.who("head"), &case, "accept", json!({})).await;
    assert!(refused.is_err());
    jobs::run_due(&town.app).await.expect("jobs run");
    let client = TestClient::new(endpoint(&town.app, None));
    for _ in 0..200 {
        let query = json!({ "query": "{ procedures { key } }" });
        client.post("/graphql").body_json(&query).send().await;
    }
    // Ten working days later nobody has sent it on.
    town.clock.advance(std::time::Duration::from_secs(14 * 86_400));
    jobs::run_due(&town.app).await.expect("jobs run");
    let after = metrics(&town).await;
    for series in [
        "zhengming_commits_total{outcome=\"committed\"}",
        "zhengming_commits_total{outcome=\"rejected\"}",
        "zhengming_commit_seconds_count",
        "zhengming_graphql_operations_total{operation=\"query\",outcome=\"good\"}",
        "zhengming_mails_total{outcome=\"sent\"}",
        "zhengming_outbox_sent_total",
        "zhengming_rate_limited_total{door=\"graphql\"}",
        "zhengming_timers_fired_total{outcome=\"fired\"}",
    ] {
        assert!(value(&after, series) > value(&before, series), "{series}: {after}");
    }
    assert!(after.contains("\nzhengming_hashing_queue 0\n"), "{after}");
}

#[tokio::test]
async fn a_new_installation_is_ready_and_says_that_nobody_takes_filings_in_yet() {
    let ready = async |town: &Town| {
        let response = TestClient::new(endpoint(&town.app, None)).get("/readyz").send().await;
        response.assert_status_is_ok();
        response.0.into_body().into_string().await.expect("a text")
    };
    let new = Town::empty(Database::sqlite().await, None).await;
    let told = ready(&new).await;
    assert!(
        told.starts_with("ready; ") && told.contains("NO_INTAKE_ORGANISATION"),
        "{told}"
    );
    assert_eq!(ready(&Town::found(Database::sqlite().await).await).await, "ready");
}
