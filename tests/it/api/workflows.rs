//! Proposing and publishing a domain pack through the API.

use std::fs;

use serde_json::{Value, json};
use zhengming::workflows;

use super::client::Api;
use crate::{
    database::each_engine,
    town::{BUREAU, Town},
};

#[tokio::test]
async fn a_pack_is_proposed_by_one_and_published_by_another_and_its_faults_are_told() {
    each_engine(
        "a_pack_is_proposed_by_one_and_published_by_another_and_its_faults_are_told",
        async |database| {
            let mut town = Town::found(database).await;
            let keeper = town.person("keeper", BUREAU, &["administrator"]).await;
            town.people.insert("keeper", keeper);
            let folder = town.database.dir.path().join("workflows");
            for (path, text) in workflows::built_in() {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().expect("a folder")).expect("made");
                fs::write(path, text).expect("written");
            }
            let app = town.started_on(&folder, true).await;
            let api = Api::of(town.moved_to(app)).await;
            let before = api.data("keeper", "workflows", json!({})).await;
            assert_eq!(before["workflows"]["proposals"], json!([]));
            assert_eq!(before["workflows"]["twoPersons"], true);
            let denied = api.ask("officer", "workflows", json!({})).await;
            assert_eq!(denied["errors"][0]["extensions"]["code"], "FORBIDDEN");

            let report = folder.join("procedures/report-2.yaml");
            let good = fs::read_to_string(&report).expect("read");
            fs::write(&report, good.replace("take: verifying", "take: verifing")).expect("written");
            let propose = async |who: &str| -> Value {
                let input = json!({ "note": "longer", "idempotencyKey": api.town.key() });
                api.change(who, "proposeWorkflows", input).await
            };
            let bad = propose("stranger").await;
            assert_eq!(bad["proposal"], Value::Null);
            assert_eq!(bad["userErrors"][0]["code"], "DEFECTIVE_WORKFLOWS");
            let faults = bad["faults"].as_array().expect("a list");
            let of_report = faults.iter().find(|fault| fault["file"] == "procedures/report-2.yaml");
            assert_eq!(of_report.expect("a fault of the file")["code"], "WF101");

            let longer = good.replace("within: 15 working_days", "within: 16 working_days");
            fs::write(&report, longer).expect("written");
            let proposed = propose("stranger").await;
            assert_eq!(proposed["userErrors"], json!([]));
            let id = proposed["proposal"]["id"].clone();
            let publish = async |who: &str| -> Value {
                let input = json!({ "proposalId": id, "idempotencyKey": api.town.key() });
                api.change(who, "publishWorkflows", input).await
            };
            let own = publish("stranger").await;
            assert_eq!(own["userErrors"][0]["code"], "SAME_PERSON");
            assert_eq!(
                own["userErrors"][0]["message"],
                "Whoever proposed a pack may not publish it."
            );
            let listed = api.data("keeper", "workflows", json!({})).await;
            assert_eq!(listed["workflows"]["proposals"][0]["proposedByMe"], false);
            let published = publish("keeper").await;
            assert_eq!(published["userErrors"], json!([]));
            let after = api.data("keeper", "workflows", json!({})).await;
            assert_eq!(after["workflows"]["pack"], proposed["proposal"]["pack"]);
            assert_ne!(after["workflows"]["pack"], before["workflows"]["pack"]);
            assert_eq!(after["workflows"]["proposals"], json!([]));
        },
    )
    .await;
}
