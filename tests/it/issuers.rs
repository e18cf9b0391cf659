//! Whose a document is: that of the authority in whose name somebody acts, with its number and its seal, whoever has the case.

use std::time::Duration;

use serde_json::json;
use zhengming::{
    jobs,
    service::{case_view, integrity, seal},
    store::OrganisationRow,
};
use zhengming_engine::definition::model::FilingMode;

use crate::{
    database::each_engine,
    town::{BUREAU, DISTRICT, Town},
    versions::{compiled, files},
};

/// Kind, number and maker of each document of a case.
async fn made(town: &Town, case: &str) -> Vec<(String, String, String)> {
    let rows = town
        .app
        .store
        .documents_of(&[case.to_owned()])
        .await
        .expect("documents");
    let maker = |row| match seal::proved(&town.app.secrets, row) {
        seal::Seal::Whole { organisation, .. } => organisation,
        other => panic!("{other:?}"),
    };
    rows.iter()
        .map(|row| (row.kind.clone(), row.number.clone(), maker(row)))
        .collect()
}

#[tokio::test]
async fn a_superior_that_designates_signs_and_numbers_its_order_and_the_office_its_request() {
    each_engine(
        "a_superior_that_designates_signs_and_numbers_its_order_and_the_office_its_request",
        async |database| {
            let town = Town::found(database).await;
            let filed = json!({ "matter": "penalty_case" });
            let officer = town.who("officer").clone();
            let case = town
                .file(&officer, "jurisdiction", FilingMode::Named, filed)
                .await
                .case_id;
            town.send("head", &case, "ask_superior", json!({ "reason": "样例" }))
                .await;
            let order = json!({ "receiver": DISTRICT, "files_there": true });
            town.send("superior", &case, "designate", order).await;

            let made = made(&town, &case).await;
            let of = |kind: &str| made.iter().find(|(made, ..)| made == kind).expect("made");
            assert_eq!(of("designation_request").2, DISTRICT);
            assert_eq!(of("designation_order").2, BUREAU, "the case was the district's");
            let rows = town.app.store.documents_of(std::slice::from_ref(&case)).await;
            let rows = rows.expect("documents");
            let request = rows.iter().find(|row| row.kind == "designation_request");
            let superior = &request.expect("made").body["values"]["zh"]["organisation.superior"];
            assert_eq!(
                superior,
                &json!(format!("样例{BUREAU}")),
                "the request names whom it asks"
            );
            assert_eq!(of("designation_request").1, format!("样例{DISTRICT}〔2026〕1号"));
            assert_eq!(of("designation_order").1, "市监420100〔2026〕1号");
            let replays = integrity::replay_all(&town.app, |_| {}).await.expect("replayed");
            assert_eq!(replays.findings, []);
        },
    )
    .await;
}

#[tokio::test]
async fn a_station_writes_in_the_name_of_its_office() {
    each_engine("a_station_writes_in_the_name_of_its_office", async |database| {
        let town = Town::found(database).await;
        let station = OrganisationRow {
            id: "station".to_owned(),
            key: "station".to_owned(),
            name_zh: "样例第一所".to_owned(),
            name_en: "Sample station".to_owned(),
            kind: "market_station".to_owned(),
            parent_id: Some(DISTRICT.to_owned()),
            division_code: "420100".to_owned(),
        };
        town.app.store.put_organisation(station).await.expect("a station");
        town.app.reload_organisations().await.expect("organisations");
        let there = town.person("there", "station", &["case_officer"]).await;
        let filed = town.file(town.who("consumer"), "complaint", FilingMode::Named, json!({}));
        let case = filed.await.case_id;
        town.send("intake", &case, "dispatch", json!({ "organisation": DISTRICT }))
            .await;
        town.send("head", &case, "send_to_station", json!({ "station": "station" }))
            .await;
        for event in ["take", "accept"] {
            town.try_send(&there, &case, event, json!({})).await.expect(event);
        }
        let row = town.app.store.case(&case).await.expect("read").expect("there");
        assert_eq!(row.organisation_id, "station");
        let made = made(&town, &case).await;
        let accepted = made.iter().find(|(kind, ..)| kind == "complaint_acceptance");
        assert_eq!(accepted.expect("made").2, DISTRICT);
        let told = case_view::case(&town.app, town.who("consumer"), &case);
        let told = Box::pin(told).await.expect("readable").notices;
        let told = told.iter().find(|notice| notice.template == "complaint_accepted");
        assert_eq!(
            told.expect("told").body["values"]["zh"]["organisation"],
            json!(format!("样例{DISTRICT}"))
        );
        let replays = integrity::replay_all(&town.app, |_| {}).await.expect("replayed");
        assert_eq!(replays.findings, []);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_returns_a_case_to_the_office_that_took_it_in_makes_a_document_of_that_office() {
    each_engine(
        "a_clock_that_returns_a_case_to_the_office_that_took_it_in_makes_a_document_of_that_office",
        async |database| {
            let late = "      - escalate: {to: [head], notice: acceptance_late}\n";
            let returned = format!("      - return_to_intake\n      - document: complaint_registration\n{late}");
            let pack = compiled(&files(|path, text| {
                Some(match path {
                    "procedures/complaint-2.yaml" => text.replacen(late, &returned, 1),
                    _ => text.to_owned(),
                })
            }));
            let town = Town::found(database).await.restarted_with(pack).await;
            let filed = town.file(town.who("consumer"), "complaint", FilingMode::Named, json!({}));
            let case = filed.await.case_id;
            town.send("intake", &case, "dispatch", json!({ "organisation": DISTRICT }))
                .await;
            let before = made(&town, &case).await.len();
            town.clock.advance(Duration::from_hours(40 * 24));
            jobs::run_due(&town.app).await.expect("jobs run");
            let row = town.app.store.case(&case).await.expect("read").expect("there");
            assert_eq!(row.organisation_id, BUREAU);
            let made = made(&town, &case).await;
            assert_eq!(made.len(), before + 1);
            let of_bureau =
                |(kind, _, maker): &&(String, String, String)| kind == "complaint_registration" && maker == BUREAU;
            assert_eq!(made.iter().filter(of_bureau).count(), 2);
        },
    )
    .await;
}
