//! Nothing that names a filer reaches anybody but through the audited door.

use serde_json::{Value, json};

use super::client::{Api, NOBODY, code, document};
use crate::database::each_engine;

/// What the filer tells of themselves, in no other word of the tests.
const CANARIES: [(&str, &str); 5] = [
    ("filer_name", "金丝雀李"),
    ("filer_phone", "02766554433"),
    ("filer_address", "金丝雀路九号"),
    ("filer_mail", "canary@example.cn"),
    ("filer_id_number", "420100190001010042"),
];

fn told() -> Value {
    json!(CANARIES.iter().copied().collect::<std::collections::BTreeMap<_, _>>())
}

#[tokio::test]
async fn who_filed_is_in_nobodys_answers() {
    each_engine("who_filed_is_in_nobodys_answers", async |database| {
        let api = Api::open(database).await;
        let complaint = api.file("consumer", "complaint", "NAMED", told()).await;
        let report = api.file("consumer", "report", "CONFIDENTIAL", told()).await;
        let district = api.organisation("district").await;
        for id in [&complaint["case"]["id"], &report["case"]["id"]] {
            api.step("intake", id, "dispatch", json!({ "organisation": district }))
                .await;
            api.step("officer", id, "take", json!({})).await;
        }
        let mut read = 0;
        for who in [
            "intake",
            "officer",
            "colleague",
            "head",
            "superior",
            "mediator",
            "stranger",
            "consumer",
            NOBODY,
        ] {
            for filed in [&complaint, &report] {
                let id = json!({ "id": filed["case"]["id"] });
                let secret = json!({ "number": filed["number"], "secret": filed["receipt"] });
                for (operation, variables) in [
                    ("case", id.clone()),
                    ("deadlineTrace", id.clone()),
                    ("node", id),
                    ("cases", json!({ "orderBy": "NEWEST_FIRST" })),
                    ("caseByReceipt", secret),
                ] {
                    // The holder of the receipt asks from one address; its limit is not the subject here.
                    if operation == "caseByReceipt" && who != NOBODY {
                        continue;
                    }
                    let (_, body) = api.send(who, &document(operation), variables, "en").await;
                    read += usize::from(body.contains(filed["number"].as_str().expect("a number")));
                    for (field, canary) in CANARIES {
                        assert!(!body.contains(canary), "{operation} shows {field} to {who:?}: {body}");
                    }
                }
            }
        }
        assert!(read >= 20, "only {read} answers showed a case at all");
    })
    .await;
}

#[tokio::test]
async fn an_identity_is_disclosed_for_a_purpose_to_those_who_handle_the_case() {
    each_engine(
        "an_identity_is_disclosed_for_a_purpose_to_those_who_handle_the_case",
        async |database| {
            let api = Api::open(database).await;
            let id = api.file("consumer", "complaint", "NAMED", told()).await["case"]["id"].take();
            api.step(
                "intake",
                &id,
                "dispatch",
                json!({ "organisation": api.organisation("district").await }),
            )
            .await;
            api.step("officer", &id, "take", json!({})).await;
            let input = json!({ "caseId": id, "purpose": "MEDIATION" });
            let shown = api.change("officer", "discloseIdentity", input.clone()).await;
            let name = shown["identity"]
                .as_array()
                .expect("an identity")
                .iter()
                .find(|field| field["name"] == "filer_name");
            assert_eq!(
                name.expect("a name"),
                &json!({ "name": "filer_name", "title": "Name", "value": "金丝雀李" })
            );
            let refused = [
                ("superior", "FORBIDDEN"),
                ("consumer", "FORBIDDEN"),
                ("mediator", "NOT_FOUND"),
                (NOBODY, "NOT_FOUND"),
            ];
            for (who, expected) in refused {
                let answer = api.ask(who, "discloseIdentity", json!({ "input": input })).await;
                assert_eq!(code(&answer), expected, "{who:?}");
                assert!(!answer.to_string().contains("金丝雀"), "{who:?}");
            }
            let audit = api
                .town
                .app
                .store
                .audit_log(&Default::default(), 100)
                .await
                .expect("the audit trail");
            let written: Vec<_> = audit
                .iter()
                .filter(|entry| entry.action == "identity.disclose")
                .collect();
            let allowed: Vec<_> = written
                .iter()
                .filter(|entry| entry.purpose.as_deref() == Some("mediation"))
                .collect();
            assert_eq!((written.len(), allowed.len()), (4, 1));
        },
    )
    .await;
}

#[tokio::test]
async fn erasure_waits_for_the_end_of_the_case_and_leaves_nothing_personal() {
    each_engine(
        "erasure_waits_for_the_end_of_the_case_and_leaves_nothing_personal",
        async |database| {
            let api = Api::open(database).await;
            let facts = json!({ "facts": "金丝雀所述事实", "filer_name": "金丝雀李" });
            let id = api.file("consumer", "complaint", "NAMED", facts).await["case"]["id"].take();
            api.step(
                "intake",
                &id,
                "dispatch",
                json!({ "organisation": api.organisation("district").await }),
            )
            .await;
            api.step("officer", &id, "take", json!({})).await;
            let input = json!({ "caseId": id, "purpose": "request_of_person" });
            let early = api.change("head", "erasePerson", input.clone()).await;
            assert_eq!(early["userErrors"][0]["code"], "CASE_STILL_OPEN");
            api.step("consumer", &id, "withdraw", json!({})).await;
            assert!(api.case("officer", &id).await.to_string().contains("金丝雀"));
            let refused = api
                .ask("officer", "erasePerson", json!({ "input": input.clone() }))
                .await;
            assert_eq!(code(&refused), "FORBIDDEN");
            let erased = api.change("head", "erasePerson", input).await;
            assert_eq!(erased["userErrors"], json!([]));
            assert!(!api.case("officer", &id).await.to_string().contains("金丝雀"));
            let gone = api
                .ask(
                    "officer",
                    "discloseIdentity",
                    json!({ "input": { "caseId": id, "purpose": "MEDIATION" } }),
                )
                .await;
            assert_eq!(code(&gone), "NOT_FOUND");
        },
    )
    .await;
}
