//! Who gets a filing: whom the filer picks, or a body of the kind that the procedure names.

use serde_json::json;
use zhengming::service::{
    Error, case_view,
    intake::{self, FileRequest},
};
use zhengming_engine::definition::model::FilingMode;

use crate::{
    database::each_engine,
    town::{ASSOCIATION, BUREAU, POLICE, Town},
    versions::{compiled, files},
};

#[tokio::test]
async fn a_filing_goes_to_whom_the_filer_picks_and_nobody_at_the_bureau_learns_of_it() {
    each_engine(
        "a_filing_goes_to_whom_the_filer_picks_and_nobody_at_the_bureau_learns_of_it",
        async |database| {
            let town = Town::found(database).await;
            let body = town.person("body", ASSOCIATION, &["mediation_body"]).await;
            let consumer = town.who("consumer").clone();
            let picked = json!({ "committee": ASSOCIATION });
            let filed = town
                .file(&consumer, "peoples_mediation", FilingMode::Named, picked)
                .await;
            let case = town.app.store.case(&filed.case_id).await.expect("read").expect("there");
            assert_eq!(case.organisation_id, ASSOCIATION);
            assert!(case_view::case(&town.app, &body, &case.id).await.is_ok());
            for who in ["intake", "officer", "head", "superior", "policeman"] {
                let read = case_view::case(&town.app, town.who(who), &case.id).await;
                assert!(matches!(read, Err(Error::NotFound)), "{who}");
            }
            let mut fields = town.answers("peoples_mediation");
            fields.insert("committee".to_owned(), json!(BUREAU));
            let request = FileRequest {
                procedure: "peoples_mediation".to_owned(),
                mode: FilingMode::Named,
                fields,
                idempotency_key: town.key(),
            };
            let refused = intake::file(&town.app, &consumer, request).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "a bureau is no committee");
        },
    )
    .await;
}

#[tokio::test]
async fn a_filing_that_names_nobody_goes_to_a_body_of_the_kind_that_takes_it_or_is_refused_until_there_is_one() {
    each_engine(
        "a_filing_that_names_nobody_goes_to_a_body_of_the_kind_that_takes_it_or_is_refused_until_there_is_one",
        async |database| {
            let with = |kinds: &'static str| {
                compiled(&files(|path, text| {
                    let kinds = format!("\nfiling:\n  received_by: {kinds}\n");
                    Some(match path {
                        "procedures/feedback-1.yaml" => text.replacen("\nfiling:\n", &kinds, 1),
                        _ => text.to_owned(),
                    })
                }))
            };
            let town = Town::found(database).await;
            let consumer = town.who("consumer").clone();
            let usual = town.file(&consumer, "feedback", FilingMode::Named, json!({})).await;
            let place = async |town: &Town, case: &str| {
                let case = town.app.store.case(case).await.expect("read").expect("there");
                case.organisation_id
            };
            assert_eq!(place(&town, &usual.case_id).await, BUREAU);
            // There is no court in this town; public security comes next.
            let town = town.restarted_with(with("[court, police]")).await;
            let other = town.file(&consumer, "feedback", FilingMode::Named, json!({})).await;
            assert_eq!(place(&town, &other.case_id).await, POLICE);
            let town = town.restarted_with(with("[court]")).await;
            let request = FileRequest {
                procedure: "feedback".to_owned(),
                mode: FilingMode::Named,
                fields: town.answers("feedback"),
                idempotency_key: town.key(),
            };
            let refused = intake::file(&town.app, &consumer, request).await;
            assert!(matches!(refused, Err(Error::NotSetUp)), "{refused:?}");
        },
    )
    .await;
}
