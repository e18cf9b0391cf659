//! Who knows of a report: nobody who has nothing to do with it, be it a colleague at the next desk (Order 121 art 37).

use serde_json::json;
use zhengming::{
    access::Actor,
    service::{
        Error,
        case_view::{self, ListRequest},
    },
    store::{CaseFilter, CaseOrder},
};
use zhengming_engine::definition::model::FilingMode;

use crate::{
    database::each_engine,
    town::{BUREAU, DISTRICT, Town},
};

/// Whether somebody knows of a case; its page and the lists say the same.
async fn knows(town: &Town, who: &Actor, case: &str) -> bool {
    let read = match case_view::case(&town.app, who, case).await {
        Ok(_) => true,
        Err(Error::NotFound) => false,
        Err(other) => panic!("{other:?}"),
    };
    let ask = ListRequest {
        filter: CaseFilter::default(),
        order: CaseOrder::default(),
        after: None,
        limit: 10,
    };
    let listed = case_view::list(&town.app, who, ask).await.expect("a list");
    let listed = listed.into_iter().any(|summary| summary.case.id == case);
    let counted = case_view::count(&town.app, who, CaseFilter::default(), CaseOrder::default()).await;
    assert_eq!(listed, read, "the list says what the page says");
    assert_eq!(counted.expect("a total") > 0, read, "and the total too");
    read
}

#[tokio::test]
async fn once_a_report_is_taken_only_those_who_have_to_do_with_it_know_of_it() {
    each_engine(
        "once_a_report_is_taken_only_those_who_have_to_do_with_it_know_of_it",
        async |database| {
            let town = Town::found(database).await;
            let outsider = town.person("outsider", BUREAU, &["case_officer"]).await;
            let city_head = town.person("city-head", BUREAU, &["head"]).await;
            let consumer = town.who("consumer").clone();
            let filed = town.file(&consumer, "report", FilingMode::Named, json!({})).await;
            let case = filed.case_id.as_str();
            town.send("intake", case, "dispatch", json!({ "organisation": DISTRICT }))
                .await;
            // Both officers of the district may take it.
            for who in ["officer", "colleague", "head", "intake"] {
                assert!(knows(&town, town.who(who), case).await, "{who}");
            }
            assert!(
                !knows(&town, &outsider, case).await,
                "officers of the city have nothing to do with it"
            );
            assert!(
                knows(&town, &city_head, case).await,
                "the head above is told when it is late"
            );
            town.send("officer", case, "take", json!({})).await;
            for (who, is_in) in [
                ("officer", true),
                ("colleague", false),
                ("head", true),
                ("intake", true),
            ] {
                assert_eq!(knows(&town, town.who(who), case).await, is_in, "{who}");
            }
            assert!(!knows(&town, &outsider, case).await);
        },
    )
    .await;
}

#[tokio::test]
async fn of_a_complaint_that_is_taken_colleagues_read_along() {
    each_engine("of_a_complaint_that_is_taken_colleagues_read_along", async |database| {
        let town = Town::found(database).await;
        let consumer = town.who("consumer").clone();
        let filed = town.file(&consumer, "complaint", FilingMode::Named, json!({})).await;
        let case = filed.case_id.as_str();
        town.send("intake", case, "dispatch", json!({ "organisation": DISTRICT }))
            .await;
        town.send("officer", case, "take", json!({})).await;
        assert!(knows(&town, town.who("colleague"), case).await);
    })
    .await;
}
