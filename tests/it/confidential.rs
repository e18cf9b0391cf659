//! Who knows of a report: nobody who has nothing to do with it, be it a colleague at the next desk (Order 121 art 37).

use serde_json::json;
use zhengming::{
    access::Actor,
    service::{
        Error,
        case_view::{self, ListRequest},
        identity, privacy,
    },
    store::{AuditFilter, AuditOutcome, AuditRow, CaseFilter, CaseOrder},
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

#[tokio::test]
async fn who_is_denied_something_on_a_case_stands_in_the_audit_trail_and_who_may_does_not() {
    each_engine(
        "who_is_denied_something_on_a_case_stands_in_the_audit_trail_and_who_may_does_not",
        async |database| {
            let town = Town::found(database).await;
            let outsider = town.person("outsider", BUREAU, &["case_officer"]).await;
            let consumer = town.who("consumer").clone();
            let filed = town.file(&consumer, "report", FilingMode::Named, json!({})).await;
            let case = filed.case_id.as_str();
            town.send("intake", case, "dispatch", json!({ "organisation": DISTRICT }))
                .await;
            let trail = async || {
                let filter = AuditFilter {
                    object: Some(format!("case:{case}")),
                    ..AuditFilter::default()
                };
                let rows = town.app.store.audit_log(&filter, 20).await.expect("a trail");
                let line = |row: AuditRow| (row.action, row.actor_account, row.outcome);
                rows.into_iter().map(line).collect::<Vec<_>>()
            };
            assert_eq!(trail().await, [], "what is allowed stands in the case");
            let of = |who: &Actor| who.account_id().map(str::to_owned);
            // One does not know of the case, the other has not the role.
            let refused = town.try_send(&outsider, case, "take", json!({})).await;
            assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
            let refused = town.try_send(town.who("head"), case, "take", json!({})).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
            let refused = privacy::disclose_identity(&town.app, &outsider, case, "contact_filer").await;
            assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
            let denied = |action: &str, who: &Actor| (action.to_owned(), of(who), AuditOutcome::Denied);
            assert_eq!(
                trail().await,
                [
                    denied("identity.disclose", &outsider),
                    denied("case.event", town.who("head")),
                    denied("case.event", &outsider),
                ]
            );
            // What is wrong with the answers is no denial.
            let refused = town
                .try_send(town.who("officer"), case, "take", json!({ "nothing": 1 }))
                .await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
            assert_eq!(trail().await.len(), 3);
        },
    )
    .await;
}

#[tokio::test]
async fn who_filed_lies_sealed_in_the_database_and_is_read_with_the_keys_of_the_installation() {
    each_engine(
        "who_filed_lies_sealed_in_the_database_and_is_read_with_the_keys_of_the_installation",
        async |database| {
            let town = Town::found(database).await;
            let consumer = town.who("consumer").clone();
            let filed = town.file(&consumer, "report", FilingMode::Named, json!({})).await;
            let case = filed.case_id.as_str();
            let told = identity::of(&town.app, case).await.expect("keys").expect("a filer");
            assert!(
                told["filer_name"].as_str().is_some_and(|name| !name.is_empty()),
                "{told}"
            );
            let case_id = filed.case_id.as_str();
            town.send("intake", case_id, "dispatch", json!({ "organisation": DISTRICT }))
                .await;
            let asked = privacy::disclose_identity(&town.app, town.who("officer"), case_id, "mediation").await;
            assert!(
                matches!(
                    &asked,
                    Err(Error::Invalid {
                        code: "PURPOSE_OF_ANOTHER_CASE",
                        ..
                    })
                ),
                "{asked:?}"
            );
            let row = town.app.store.identity(case).await.expect("read").expect("a row");
            let kept = row.body.expect("not erased");
            let fields: Vec<_> = kept.as_object().expect("an object").keys().collect();
            assert_eq!(fields, ["sealed"]);
        },
    )
    .await;
}

#[tokio::test]
async fn an_erasure_says_where_else_the_same_person_is_known() {
    each_engine(
        "an_erasure_says_where_else_the_same_person_is_known",
        async |database| {
            let town = Town::found(database).await;
            let consumer = town.who("consumer").clone();
            let filed = town.file(&consumer, "complaint", FilingMode::Named, json!({})).await;
            let case = filed.case_id.as_str();
            town.send("intake", case, "split", json!({})).await;
            town.send("intake", case, "dispatch", json!({ "organisation": DISTRICT }))
                .await;
            town.send("officer", case, "take", json!({})).await;
            town.send("officer", case, "withdraw", json!({})).await;
            let head = town.who("head").clone();
            let erased = privacy::erase_person(&town.app, &head, case, "person_request").await;
            let elsewhere = erased.expect("erased");
            // The report waits at the intake office, which the head of the district does not see into.
            assert_eq!((elsewhere.known.len(), elsewhere.others), (0, 1), "{elsewhere:?}");
            let again = privacy::erase_person(&town.app, &head, case, "person_request").await;
            let nothing = again.expect("erased");
            assert_eq!((nothing.known.len(), nothing.others), (0, 0), "nobody to look for");
        },
    )
    .await;
}
