//! Acts that programs ask for by their kind, and filings with names of their own.

use serde_json::{Value, json};

use super::client::Api;
use crate::{
    database::each_engine,
    town::{ASSOCIATION, POLICE},
};

/// An input about a case at its present version.
async fn input(api: &Api, who: &str, id: &Value, more: Value) -> Value {
    let case = api.case(who, id).await;
    let mut input = json!({ "caseId": id, "expectedVersion": case["version"], "idempotencyKey": api.town.key() });
    let fields = more.as_object().cloned().unwrap_or_default();
    input.as_object_mut().expect("an object").extend(fields);
    input
}

fn first_code(payload: &Value) -> &str {
    payload["userErrors"][0]["code"].as_str().unwrap_or("none")
}

#[tokio::test]
async fn a_case_is_handed_over_and_given_back_by_programs_that_know_no_event_of_it() {
    each_engine(
        "a_case_is_handed_over_and_given_back_by_programs_that_know_no_event_of_it",
        async |database| {
            let api = Api::open(database).await;
            let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
            let district = api.organisation("district").await;
            let handing = input(&api, "intake", &id, json!({ "to": district })).await;
            let handed = api.change("intake", "transferCase", handing.clone()).await;
            assert_eq!(handed["userErrors"], json!([]));
            assert_eq!(handed["case"]["states"], json!(["dispatched"]));
            // The same request again is answered as the first time, although the case has moved on.
            let again = api.change("intake", "transferCase", handing).await;
            assert_eq!(again["userErrors"], json!([]));
            assert_eq!(again["case"]["version"], handed["case"]["version"]);
            let reason = json!({ "fields": { "competence_note": "不属于本局管辖" } });
            let returning = input(&api, "officer", &id, reason).await;
            let returned = api.change("officer", "returnTransfer", returning).await;
            assert_eq!(returned["userErrors"], json!([]));
            let back = api.case("intake", &id).await;
            assert_eq!(back["states"], json!(["registered"]));
            let events: Vec<&str> = back["events"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|event| event["name"].as_str())
                .collect();
            assert_eq!(events, ["opened", "dispatch", "bounce"]);
        },
    )
    .await;
}

#[tokio::test]
async fn an_act_that_the_procedure_does_not_know_now_is_refused_by_name() {
    each_engine(
        "an_act_that_the_procedure_does_not_know_now_is_refused_by_name",
        async |database| {
            let api = Api::open(database).await;
            let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
            let police = api.organisation(POLICE).await;
            let wrong = input(&api, "intake", &id, json!({ "to": police })).await;
            let refused = api.change("intake", "transferCase", wrong).await;
            assert_eq!(first_code(&refused), "NO_SUCH_ACT");
            let early = input(&api, "consumer", &id, json!({})).await;
            let refused = api.change("consumer", "signAgreement", early).await;
            assert_eq!(first_code(&refused), "NO_SUCH_ACT");
            let early = input(&api, "intake", &id, json!({})).await;
            let refused = api.change("intake", "returnTransfer", early).await;
            assert_eq!(first_code(&refused), "NO_SUCH_ACT");
            let district = api.organisation("district").await;
            let mut stale = input(&api, "intake", &id, json!({ "to": district })).await;
            stale["expectedVersion"] = json!(0);
            let refused = api.change("intake", "transferCase", stale).await;
            assert_eq!(first_code(&refused), "STALE_VERSION");
            assert_eq!(api.case("intake", &id).await["states"], json!(["registered"]));
        },
    )
    .await;
}

#[tokio::test]
async fn each_side_signs_for_itself_and_who_may_note_either_signature_says_which() {
    each_engine(
        "each_side_signs_for_itself_and_who_may_note_either_signature_says_which",
        async |database| {
            let api = Api::open(database).await;
            let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
            let district = api.organisation("district").await;
            api.step("intake", &id, "dispatch", json!({ "organisation": district }))
                .await;
            for event in ["take", "accept"] {
                api.step("officer", &id, event, json!({})).await;
            }
            api.step("consumer", &id, "complainant_consents", json!({})).await;
            api.step("officer", &id, "respondent_consents", json!({})).await;
            let session = json!({
                "session_on": "2026-09-23", "session_time": "9:30", "session_mode": "video",
                "mediator_names": "样例调解员", "recusal_days": 3,
            });
            api.step("officer", &id, "schedule_remote", session).await;
            api.step("officer", &id, "open_session", json!({ "held_on": "2026-09-23" }))
                .await;
            let agreement =
                json!({ "agreement_form": "instrument", "agreement_text": "退货退款", "agreement_amount": 19_900 });
            api.step("officer", &id, "reach_agreement", agreement).await;
            let noting = input(&api, "officer", &id, json!({})).await;
            let refused = api.change("officer", "signAgreement", noting).await;
            assert_eq!(first_code(&refused), "WHICH_EVENT");
            let signing = input(&api, "consumer", &id, json!({})).await;
            let signed = api.change("consumer", "signAgreement", signing).await;
            assert_eq!(signed["userErrors"], json!([]));
            let noting = input(&api, "officer", &id, json!({ "event": "respondent_signs" })).await;
            let noted = api.change("officer", "signAgreement", noting).await;
            assert_eq!(noted["userErrors"], json!([]));
            assert_eq!(api.case("consumer", &id).await["states"], json!(["agreed"]));
        },
    )
    .await;
}

#[tokio::test]
async fn requests_mediations_and_feedback_have_filings_of_their_own() {
    each_engine(
        "requests_mediations_and_feedback_have_filings_of_their_own",
        async |database| {
            let api = Api::open(database).await;
            let committee = api.organisation(ASSOCIATION).await;
            let cases = [
                ("requestHandling", "handling_request", json!({}), json!({})),
                (
                    "openMediation",
                    "peoples_mediation",
                    json!({ "kind": "PEOPLES" }),
                    json!({ "committee": committee }),
                ),
                ("submitFeedback", "feedback", json!({}), json!({})),
            ];
            for (mutation, procedure, more, answers) in cases {
                let mut fields = api.town.answers(procedure);
                fields.extend(answers.as_object().cloned().unwrap_or_default());
                let mut input = json!({ "fields": fields, "idempotencyKey": api.town.key() });
                let more = more.as_object().cloned().unwrap_or_default();
                input.as_object_mut().expect("an object").extend(more);
                let filed = api.change("consumer", mutation, input).await;
                assert_eq!(filed["userErrors"], json!([]), "{mutation}");
                let case = api.case("consumer", &filed["case"]["id"]).await;
                assert_eq!(case["procedure"]["key"], procedure);
                assert!(filed["receipt"].as_str().is_some_and(|receipt| !receipt.is_empty()));
            }
        },
    )
    .await;
}
