//! Filing and moving cases.

use serde_json::{Value, json};
use zhengming::{
    graphql::id::NodeKind,
    service::{integrity, replay},
};
use zhengming_engine::definition::model::FilingMode;

use super::client::{Api, NOBODY, code, document};
use crate::database::each_engine;

/// A complaint of the consumer that the district has accepted.
async fn accepted(api: &Api) -> Value {
    let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
    let district = api.organisation("district").await;
    api.step("intake", &id, "dispatch", json!({ "organisation": district }))
        .await;
    api.step("officer", &id, "take", json!({})).await;
    api.step("officer", &id, "accept", json!({})).await;
    id
}

#[tokio::test]
async fn a_complaint_goes_from_the_form_to_the_agreement() {
    each_engine("a_complaint_goes_from_the_form_to_the_agreement", async |database| {
        let api = Api::open(database).await;
        let id = accepted(&api).await;
        api.step("consumer", &id, "complainant_consents", json!({})).await;
        let case = api.step("officer", &id, "respondent_consents", json!({})).await;
        assert_eq!(case["states"], json!(["mediating.scheduling"]));
        let session = json!({
            "session_on": "2026-09-23", "session_time": "9:30", "session_mode": "video",
            "mediator_names": "样例调解员", "recusal_days": 3,
        });
        api.step("officer", &id, "schedule_remote", session).await;
        api.step("officer", &id, "open_session", json!({ "held_on": "2026-09-23" }))
            .await;
        let agreement =
            json!({ "agreement_form": "performed_at_once", "agreement_text": "退货退款", "agreement_amount": 19_900 });
        let case = api.step("officer", &id, "reach_agreement", agreement).await;
        assert_eq!(case["outcome"], "agreed");
        let seen = api.case("consumer", &id).await;
        assert_eq!(seen["status"], "CLOSED");
        assert_eq!(seen["fields"]["agreement_amount"], 19_900);
        let papers = api.case("officer", &id).await["documents"].clone();
        assert!(!list(&papers).is_empty());
        for paper in list(&papers) {
            let record = ["complaint_registration", "mediation_record"].contains(&paper["kind"].as_str().unwrap_or(""));
            assert_eq!(paper["number"].is_null(), record, "{paper}");
        }
        let mediation = find(&seen["deadlines"], "clock", "mediation");
        assert_eq!(mediation["status"], "MET");
        assert_eq!(mediation["dueDate"], "2026-11-22");
        let events: Vec<&str> = list(&seen["events"])
            .iter()
            .filter_map(|event| event["name"].as_str())
            .collect();
        assert_eq!(events.first().copied(), Some("opened"));
        assert_eq!(events.last().copied(), Some("reach_agreement"));
        assert!(
            list(&seen["documents"])
                .iter()
                .all(|document| !document["text"].as_str().unwrap_or("").is_empty())
        );
    })
    .await;
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn find<'v>(values: &'v Value, key: &str, wanted: &str) -> &'v Value {
    list(values)
        .iter()
        .find(|value| value[key] == wanted)
        .unwrap_or_else(|| panic!("no {wanted} in {values}"))
}

#[tokio::test]
async fn an_anonymous_report_is_followed_with_its_receipt() {
    each_engine("an_anonymous_report_is_followed_with_its_receipt", async |database| {
        let api = Api::open(database).await;
        let filed = api
            .file(NOBODY, "report", "ANONYMOUS", json!({ "brand": "康师傅" }))
            .await;
        assert_eq!(filed["case"]["filingMode"], "ANONYMOUS");
        let follow = |number: Value, secret: Value| json!({ "number": number, "secret": secret });
        let right = follow(filed["number"].clone(), filed["receipt"].clone());
        let seen = api.data(NOBODY, "caseByReceipt", right).await;
        assert_eq!(seen["caseByReceipt"]["number"], filed["number"]);
        let other = api.file(NOBODY, "report", "ANONYMOUS", json!({})).await;
        let foreign = follow(other["number"].clone(), filed["receipt"].clone());
        let wrong = follow(filed["number"].clone(), json!("00000-00000-00000-00000"));
        let ask = document("caseByReceipt");
        let (_, first) = api.send(NOBODY, &ask, foreign, "en").await;
        let (_, second) = api.send(NOBODY, &ask, wrong, "en").await;
        assert_eq!(first, second);
        assert_eq!(code(&serde_json::from_str(&first).expect("JSON")), "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn the_holder_of_a_receipt_can_act_without_an_account() {
    each_engine("the_holder_of_a_receipt_can_act_without_an_account", async |database| {
        let api = Api::open(database).await;
        let filed = api.file(NOBODY, "complaint", "NAMED", json!({})).await;
        let input = |secret: &Value| {
            json!({
                "caseId": filed["case"]["id"], "event": "withdraw", "expectedVersion": filed["case"]["version"],
                "idempotencyKey": api.town.key(), "receipt": { "number": filed["number"], "secret": secret },
            })
        };
        let wrong = api
            .ask(
                NOBODY,
                "performTransition",
                json!({ "input": input(&json!("00000-00000-00000-00000")) }),
            )
            .await;
        assert_eq!(code(&wrong), "NOT_FOUND");
        let withdrawn = api.change(NOBODY, "performTransition", input(&filed["receipt"])).await;
        assert_eq!(withdrawn["userErrors"], json!([]));
        assert_eq!(withdrawn["case"]["outcome"], "withdrawn");
    })
    .await;
}

#[tokio::test]
async fn what_stands_against_a_filing_is_told_field_by_field_in_the_language_asked_for() {
    each_engine(
        "what_stands_against_a_filing_is_told_field_by_field_in_the_language_asked_for",
        async |database| {
            let api = Api::open(database).await;
            let mut fields = api.town.answers("complaint");
            fields.remove("facts");
            fields.insert("claims".to_owned(), json!(["gold"]));
            fields.insert("favourite_colour".to_owned(), json!("red"));
            fields.insert("business_division".to_owned(), json!("990000"));
            let input = json!({ "fields": fields, "mode": "NAMED", "idempotencyKey": api.town.key() });
            let variables = json!({ "input": input });
            for (language, missing) in [("en", "Please answer this."), ("zh-CN,en;q=0.5", "请填写此项。")] {
                let (_, body) = api
                    .send(NOBODY, &document("fileComplaint"), variables.clone(), language)
                    .await;
                let answer: Value = serde_json::from_str(&body).expect("JSON");
                let payload = &answer["data"]["fileComplaint"];
                assert_eq!(payload["case"], Value::Null);
                assert_eq!(payload["receipt"], Value::Null);
                let mut told: Vec<(String, String)> = list(&payload["userErrors"])
                    .iter()
                    .map(|error| {
                        (
                            error["field"][1].as_str().unwrap_or("").to_owned(),
                            error["code"].as_str().unwrap_or("").to_owned(),
                        )
                    })
                    .collect();
                told.sort();
                let expected = [
                    ("business_division", "INVALID_FIELD"),
                    ("claims", "INVALID_FIELD"),
                    ("facts", "MISSING_FIELD"),
                    ("favourite_colour", "UNKNOWN_FIELD"),
                ];
                assert_eq!(told, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
                let facts = find(&payload["userErrors"], "code", "MISSING_FIELD");
                assert_eq!(facts["message"], missing);
                assert_eq!(facts["legalBasis"], "samr-121#10.1(3)");
            }
            let not_an_object = json!({ "fields": [], "mode": "NAMED", "idempotencyKey": api.town.key() });
            let payload = api.change(NOBODY, "fileComplaint", not_an_object).await;
            assert_eq!(payload["userErrors"][0]["code"], "FIELDS_NOT_AN_OBJECT");
            let no_key = json!({ "fields": {}, "mode": "NAMED", "idempotencyKey": "short" });
            let payload = api.change(NOBODY, "fileComplaint", no_key).await;
            assert_eq!(payload["userErrors"][0]["code"], "INVALID_IDEMPOTENCY_KEY");
            assert_eq!(payload["userErrors"][0]["field"], json!(["idempotencyKey"]));
        },
    )
    .await;
}

#[tokio::test]
async fn the_day_of_receipt_is_told_by_the_office_alone_and_the_period_counts_from_it() {
    each_engine(
        "the_day_of_receipt_is_told_by_the_office_alone_and_the_period_counts_from_it",
        async |database| {
            let api = Api::open(database).await;
            let mut fields = api.town.answers("complaint");
            fields.insert("received_on".to_owned(), json!("2026-09-22"));
            let input = json!({ "fields": fields, "mode": "NAMED", "idempotencyKey": api.town.key() });
            let refused = api.change("consumer", "fileComplaint", input).await;
            assert_eq!(refused["userErrors"][0]["code"], "UNKNOWN_FIELD");
            assert_eq!(refused["userErrors"][0]["field"], json!(["fields", "received_on"]));
            let received = json!({ "received_on": "2026-09-22", "channel": "mail" });
            let filed = api.file("intake", "complaint", "NAMED", received).await;
            let seen = api.case("intake", &filed["case"]["id"]).await;
            assert_eq!(find(&seen["deadlines"], "clock", "acceptance")["dueDate"], "2026-10-09");
            assert_eq!(seen["filedAt"], "2026-09-22T00:00:00+08:00");
            let id = api
                .town
                .app
                .store
                .case_by_number(filed["number"].as_str().expect("a number"))
                .await;
            let id = id.expect("read").expect("there").id;
            let replayed = replay::case(&api.town.app, &id).await.expect("replayed");
            assert_eq!((replayed.differs, replayed.apart), (vec![], vec![]));
            assert_eq!(integrity::between(&api.town.app).await.expect("compared"), []);
            let today = api.file("consumer", "complaint", "NAMED", json!({})).await;
            let seen = api.case("intake", &today["case"]["id"]).await;
            assert_eq!(find(&seen["deadlines"], "clock", "acceptance")["dueDate"], "2026-10-10");
        },
    )
    .await;
}

#[tokio::test]
async fn a_repeat_under_one_key_changes_nothing_and_another_request_under_it_is_refused() {
    each_engine("a_repeat_under_one_key_changes_nothing_and_another_request_under_it_is_refused", async |database| {
        let api = Api::open(database).await;
        let mut fields = api.town.answers("report");
        fields.retain(|name, _| !name.starts_with("filer_"));
        let input = json!({ "fields": fields, "mode": "ANONYMOUS", "idempotencyKey": "0f8fad5b-d9cb-469f-a165-70867728950e" });
        let first = api.change(NOBODY, "fileReport", input.clone()).await;
        let again = api.change(NOBODY, "fileReport", input.clone()).await;
        assert_eq!(first, again);
        let mut other = input;
        other["fields"]["facts"] = json!("something else");
        let refused = api.change(NOBODY, "fileReport", other).await;
        assert_eq!(refused["userErrors"][0]["code"], "IDEMPOTENCY_CONFLICT");

        let id = &first["case"]["id"];
        let input = json!({
            "caseId": id, "event": "keep", "expectedVersion": first["case"]["version"], "idempotencyKey": api.town.key(),
        });
        let kept = api.change("intake", "performTransition", input.clone()).await;
        let again = api.change("intake", "performTransition", input).await;
        assert_eq!(kept, again);
        let events = api.case("intake", id).await["events"].take();
        assert_eq!(list(&events).iter().filter(|event| event["name"] == "keep").count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_step_on_an_old_version_is_told_the_version_of_now() {
    each_engine("a_step_on_an_old_version_is_told_the_version_of_now", async |database| {
        let api = Api::open(database).await;
        let id = accepted(&api).await;
        let before = api.case("officer", &id).await;
        let version = before["version"].as_i64().expect("a version");
        let input = json!({
            "caseId": id, "event": "complainant_refuses", "expectedVersion": version - 1, "idempotencyKey": api.town.key(),
        });
        let payload = api.change("officer", "performTransition", input).await;
        assert_eq!(payload["userErrors"][0]["code"], "STALE_VERSION");
        assert_eq!(payload["userErrors"][0]["field"], json!(["expectedVersion"]));
        assert!(payload["userErrors"][0]["message"].as_str().expect("words").contains(&version.to_string()));
        assert_eq!(api.case("officer", &id).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_blocked_event_says_why_with_the_article_and_cannot_be_forced() {
    each_engine(
        "a_blocked_event_says_why_with_the_article_and_cannot_be_forced",
        async |database| {
            let api = Api::open(database).await;
            let id = api
                .file("consumer", "complaint", "NAMED", json!({ "living_consumption": false }))
                .await["case"]["id"]
                .take();
            api.step(
                "intake",
                &id,
                "dispatch",
                json!({ "organisation": api.organisation("district").await }),
            )
            .await;
            api.step("officer", &id, "take", json!({})).await;
            let case = api.case("officer", &id).await;
            let accept = find(&case["availableEvents"], "name", "accept");
            let blocker = find(&accept["blockedBy"], "code", "NOT_LIVING_CONSUMPTION");
            assert_eq!(blocker["legalBasis"], "samr-121#3.1");
            assert_eq!(blocker["message"], "Not for living needs, so not a complaint");
            let forced = api.perform("officer", &id, "accept", json!({})).await;
            assert_eq!(forced["case"], Value::Null);
            assert_eq!(forced["userErrors"][0]["code"], "NOT_LIVING_CONSUMPTION");
            assert_eq!(api.case("officer", &id).await["states"], json!(["in_review"]));
            let not_theirs = api.perform("consumer", &id, "accept", json!({})).await;
            assert_eq!(not_theirs["userErrors"][0]["code"], "ROLE_REQUIRED");
        },
    )
    .await;
}

#[tokio::test]
async fn floods_of_filings_from_one_address_are_stopped_and_the_hotline_is_not() {
    each_engine(
        "floods_of_filings_from_one_address_are_stopped_and_the_hotline_is_not",
        async |database| {
            let api = Api::open(database).await;
            // Whoever mends what was refused is not counted for it.
            for _ in 0..6 {
                let input = json!({ "fields": {}, "mode": "ANONYMOUS", "idempotencyKey": api.town.key() });
                let refused = api.change(NOBODY, "fileReport", input).await;
                assert_eq!(refused["userErrors"][0]["code"], "MISSING_FIELD");
            }
            for _ in 0..5 {
                api.file(NOBODY, "report", "ANONYMOUS", json!({})).await;
            }
            let input = json!({ "fields": {}, "mode": "ANONYMOUS", "idempotencyKey": api.town.key() });
            let answer = api.ask(NOBODY, "fileReport", json!({ "input": input })).await;
            assert_eq!(code(&answer), "RATE_LIMITED");
            assert!(
                answer["errors"][0]["extensions"]["retryAfter"]
                    .as_u64()
                    .expect("seconds")
                    > 0
            );
            for _ in 0..6 {
                api.file("intake", "report", "ANONYMOUS", json!({})).await;
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_form_says_what_its_fields_begin_with_where_the_case_knows_it_by_another_field() {
    each_engine(
        "a_form_says_what_its_fields_begin_with_where_the_case_knows_it_by_another_field",
        async |database| {
            let api = Api::open(database).await;
            let plan = json!({ "organiser": "province", "planned_until": "2026-12-31" });
            let officer = api.town.who("officer");
            let filed = api.town.file(officer, "random_inspection", FilingMode::Named, plan).await;
            let id = json!(NodeKind::Case.id(&filed.case_id));
            api.step("head", &id, "publish_plan", json!({ "no_repeat_checked": true }))
                .await;
            let pools = json!({
                "pool_frozen_on": "2026-09-22", "frozen_pool_size": 1_200, "frozen_pool_hash": "9f2c0a",
                "minimum_count": 36, "inspector_pool_size": 80,
            });
            api.step("officer", &id, "freeze_pools", pools).await;
            let source = json!({
                "seed_source": "lottery", "seed_detail": "样例", "committed_on": "2026-09-23", "seed_known_from": "2026-09-24",
            });
            api.step("officer", &id, "commit_seed", source).await;
            let case = api.case("officer", &id).await;
            let asked = &find(&case["availableEvents"], "name", "draw")["form"]["properties"];
            assert_eq!(asked["pool_size"]["default"], 1_200);
            assert_eq!(asked["pool_hash"]["default"], "9f2c0a");
            assert_eq!(asked["drawn_count"]["default"], Value::Null, "nothing says how many");
        },
    )
    .await;
}
