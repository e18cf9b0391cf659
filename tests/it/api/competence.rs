//! Which office is competent for a filed case: what officers are told, on both engines.

use serde_json::{Value, json};
use zhengming::store::OrganisationRow;

use super::client::Api;
use crate::{
    database::each_engine,
    town::{BUREAU, POLICE},
};

const ASKED: &str = "query($id: ID!) { case(id: $id) { competentOrganisations {
    organisation { key } place divisionCode legalBasis reason missing } } }";

/// Two more districts of the city, one of them with a police unit of the same code.
async fn settle(api: &Api) {
    for (key, kind, parent, code) in [
        ("river", "market_regulation", BUREAU, "420106"),
        ("harbour", "market_regulation", BUREAU, "420103"),
        ("harbour-police", "police", POLICE, "420103"),
    ] {
        let row = OrganisationRow {
            id: key.to_owned(),
            key: key.to_owned(),
            name_zh: format!("样例{key}"),
            name_en: format!("Sample {key}"),
            kind: kind.to_owned(),
            parent_id: Some(parent.to_owned()),
            division_code: code.to_owned(),
        };
        api.town.app.store.put_organisation(row).await.expect("an organisation");
    }
    api.town.app.reload_organisations().await.expect("organisations");
}

async fn file(api: &Api, procedure: &str, fields: Value) -> Value {
    api.file("consumer", procedure, "NAMED", fields).await["case"]["id"].take()
}

async fn competent(api: &Api, who: &str, id: &Value) -> Vec<Value> {
    let (_, body) = api.send(who, ASKED, json!({ "id": id }), "en").await;
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    let found = answer["data"]["case"]["competentOrganisations"].as_array();
    found.unwrap_or_else(|| panic!("{body}")).clone()
}

#[tokio::test]
async fn a_shop_on_a_platform_belongs_to_the_office_at_the_address_shown_there_or_else_to_the_operators() {
    each_engine(
        "a_shop_on_a_platform_belongs_to_the_office_at_the_address_shown_there_or_else_to_the_operators",
        async |database| {
            let api = Api::open(database).await;
            settle(&api).await;
            let shown =
                json!({ "trader_kind": "in_platform", "shown_division": "420106", "operator_division": "330000" });
            let id = file(&api, "complaint", shown).await;
            let [shop, operator] = &competent(&api, "intake", &id).await[..] else {
                panic!("two places")
            };
            assert_eq!(shop["organisation"]["key"], "river");
            assert_eq!(shop["divisionCode"], "420106");
            assert_eq!(shop["legalBasis"], "samr-121#13.3");
            assert!(
                shop["reason"]
                    .as_str()
                    .expect("words")
                    .starts_with("Trader on a platform")
            );
            assert_eq!(shop["missing"], Value::Null);
            assert_eq!(operator["organisation"], Value::Null);
            assert_eq!(operator["missing"], "This installation has no office there.");

            let operators = json!({ "trader_kind": "in_platform", "operator_division": "420103" });
            let id = file(&api, "complaint", operators).await;
            let [operator] = &competent(&api, "intake", &id).await[..] else {
                panic!("the operator alone")
            };
            assert_eq!(
                operator["organisation"]["key"], "harbour",
                "the police there is not asked for"
            );

            let id = file(&api, "complaint", json!({ "trader_kind": "in_platform" })).await;
            let [operator] = &competent(&api, "intake", &id).await[..] else {
                panic!("the operator alone")
            };
            assert_eq!(operator["place"], "Where the platform's operator is registered");
            assert_eq!(operator["missing"], "The place was not given.");
        },
    )
    .await;
}

#[tokio::test]
async fn of_several_competent_offices_the_first_receiver_handles_the_complaint_and_the_rule_is_told() {
    each_engine(
        "of_several_competent_offices_the_first_receiver_handles_the_complaint_and_the_rule_is_told",
        async |database| {
            let api = Api::open(database).await;
            settle(&api).await;
            let both =
                json!({ "trader_kind": "on_site", "business_division": "420103", "domicile_division": "420106" });
            let id = file(&api, "complaint", both).await;
            let found = competent(&api, "intake", &id).await;
            let keys: Vec<&Value> = found.iter().map(|office| &office["organisation"]["key"]).collect();
            assert_eq!(keys, ["harbour", "river"], "the place of business before the domicile");
            let reason = found[0]["reason"].as_str().expect("words");
            assert!(
                reason.contains("received the complaint first") && reason.contains("samr-121#14"),
                "{reason}"
            );
            let rough = json!({ "trader_kind": "on_site", "business_division": "420100" });
            let id = file(&api, "complaint", rough).await;
            let found = competent(&api, "intake", &id).await;
            assert_eq!(
                found[0]["missing"],
                "Only the city or province of the place is known, not the district."
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_report_goes_to_the_city_where_its_district_has_no_office() {
    each_engine(
        "a_report_goes_to_the_city_where_its_district_has_no_office",
        async |database| {
            let api = Api::open(database).await;
            settle(&api).await;
            let id = file(&api, "report", json!({ "act_division": "420117" })).await;
            let [office] = &competent(&api, "intake", &id).await[..] else {
                panic!("one place")
            };
            assert_eq!(
                office["organisation"]["key"], BUREAU,
                "not the office below it with the same code"
            );
            assert_eq!(office["legalBasis"], "samr-121#29");
            let split = json!({ "trader_kind": "on_site", "business_division": "420103" });
            let complaint = file(&api, "complaint", split).await;
            api.step("intake", &complaint, "split", json!({})).await;
            let (_, body) = api
                .send(
                    "intake",
                    "query($id: ID!) { case(id: $id) { links { caseId } } }",
                    json!({ "id": complaint }),
                    "en",
                )
                .await;
            let links: Value = serde_json::from_str(&body).expect("JSON");
            let report = &links["data"]["case"]["links"][0]["caseId"];
            let found = competent(&api, "intake", report).await;
            assert_eq!(
                found[0]["organisation"]["key"], "harbour",
                "the places go along with what is split off"
            );
        },
    )
    .await;
}

#[tokio::test]
async fn only_staff_are_told_of_competence_and_a_division_that_nobody_knows_is_refused() {
    each_engine(
        "only_staff_are_told_of_competence_and_a_division_that_nobody_knows_is_refused",
        async |database| {
            let api = Api::open(database).await;
            settle(&api).await;
            let places = json!({ "trader_kind": "on_site", "business_division": "420103" });
            let id = file(&api, "complaint", places).await;
            assert_eq!(competent(&api, "consumer", &id).await, [Value::Null; 0]);
            assert_eq!(competent(&api, "intake", &id).await.len(), 2);
            for unknown in ["990000", "42010", "harbour"] {
                let mut fields = api.town.answers("complaint");
                fields.extend([
                    ("trader_kind".to_owned(), json!("on_site")),
                    ("business_division".to_owned(), json!(unknown)),
                ]);
                let input = json!({ "fields": fields, "idempotencyKey": api.town.key() });
                let refused = api.change("consumer", "fileComplaint", input).await;
                assert_eq!(
                    refused["userErrors"][0]["field"],
                    json!(["fields", "business_division"]),
                    "{unknown}: {refused}"
                );
            }
        },
    )
    .await;
}

#[tokio::test]
async fn an_officer_adds_a_place_that_the_filing_left_out_and_is_told_the_office() {
    each_engine(
        "an_officer_adds_a_place_that_the_filing_left_out_and_is_told_the_office",
        async |database| {
            let api = Api::open(database).await;
            settle(&api).await;
            let id = file(&api, "complaint", json!({ "trader_kind": "on_site" })).await;
            let before = competent(&api, "intake", &id).await;
            assert!(
                before.iter().all(|office| office["organisation"].is_null()),
                "{before:?}"
            );
            let unknown = api
                .perform("intake", &id, "add_places", json!({ "business_division": "999999" }))
                .await;
            assert_eq!(
                unknown["userErrors"][0]["field"],
                json!(["fields", "business_division"])
            );
            api.step("intake", &id, "add_places", json!({ "business_division": "420106" }))
                .await;
            let after = competent(&api, "intake", &id).await;
            assert_eq!(after[0]["organisation"]["key"], "river", "{after:?}");
        },
    )
    .await;
}

#[tokio::test]
async fn divisions_are_listed_by_code_with_the_one_around_them() {
    let api = Api::open(crate::database::Database::sqlite().await).await;
    let all = api.data("", "divisions", json!({})).await;
    let all = all["divisions"].as_array().expect("a list");
    let district = all.iter().find(|division| division["code"] == "420102");
    assert_eq!(district.expect("a district")["within"], "420100");
    let codes: Vec<&str> = all.iter().filter_map(|division| division["code"].as_str()).collect();
    assert!(codes.is_sorted() && codes.len() > 40, "{codes:?}");
    let inside = api.data("", "divisions", json!({ "within": "420100" })).await;
    let inside = inside["divisions"].as_array().expect("a list");
    assert!(inside.len() > 10 && inside.iter().all(|division| division["within"] == "420100"));
}
