//! Sums that statutes fix, over the API.

use serde_json::json;

use super::client::{Api, NOBODY, code};
use crate::database::each_engine;

#[tokio::test]
async fn sums_of_the_law_are_reckoned_for_everybody_by_the_law_of_the_day() {
    each_engine(
        "sums_of_the_law_are_reckoned_for_everybody_by_the_law_of_the_day",
        async |database| {
            let api = Api::open(database).await;
            let found = api
                .data(
                    NOBODY,
                    "consumerCompensation",
                    json!({ "price": 15_000, "loss": 60_000 }),
                )
                .await;
            let sums = found["consumerCompensation"].as_array().expect("a list");
            let of = |key: &str| sums.iter().find(|sum| sum["key"] == key).expect("the rule")["amount"].clone();
            assert_eq!(
                (of("fraud"), of("unsafe_food"), of("known_defect")),
                (json!(50_000), json!(180_000), json!(120_000))
            );

            let damages = async |day: &str| {
                let input = json!({ "right": "TRADEMARK", "actOn": day, "loss": 20_000_000, "profit": 30_000_000 });
                api.data(NOBODY, "infringementDamages", json!({ "input": input })).await["infringementDamages"].clone()
            };
            let (old, new) = (damages("2026-12-31").await, damages("2027-01-01").await);
            assert_eq!(
                (&old["basis"], &old["punitiveTo"]),
                (&json!("LOSS"), &json!(100_000_000))
            );
            assert_eq!(
                (&new["basis"], &new["punitiveTo"]),
                (&json!("PROFIT"), &json!(150_000_000))
            );
            assert_eq!(new["legalBases"][0], "trademark-2027#77.1");

            let act = json!({ "offence": "counterfeit_goods", "volume": 3_000_000, "marks": 2 });
            let found = api.data(NOBODY, "criminalThreshold", json!({ "input": act })).await;
            let expected = json!(["SERIOUS", true, true, ["VOLUME"]]);
            let said = &found["criminalThreshold"];
            assert_eq!(
                json!([said["tier"], said["lower"], said["unverified"], said["reached"]]),
                expected
            );

            let unknown = api
                .ask(NOBODY, "criminalThreshold", json!({ "input": { "offence": "piracy" } }))
                .await;
            assert_eq!(code(&unknown), "BAD_USER_INPUT");
            let negative = api.ask(NOBODY, "consumerCompensation", json!({ "price": -1 })).await;
            assert!(
                negative["errors"][0]["message"]
                    .as_str()
                    .is_some_and(|m| m.contains("fen")),
                "{negative}"
            );
        },
    )
    .await;
}
