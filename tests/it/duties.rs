//! Facts about duties that are kept apart on one case: who handled a penalty case does not review it, on both engines.

use serde_json::json;
use zhengming::{
    access::Actor,
    service::{Error, case_view, replay},
};
use zhengming_engine::{
    decision::{Problem, ProblemCode},
    definition::model::FilingMode,
};

use crate::{
    database::each_engine,
    town::{DISTRICT, Town},
};

fn account(who: &Actor) -> String {
    who.account_id().expect("an account").to_owned()
}

fn separated(sent: zhengming::service::Result<i64>) -> Problem {
    match sent {
        Err(Error::Refused(problems)) => problems.into_iter().next().expect("a problem"),
        other => panic!("the duties are not kept apart: {other:?}"),
    }
}

#[tokio::test]
async fn who_handled_a_case_does_not_review_it_by_assignment_or_by_membership_and_is_told_why() {
    each_engine(
        "who_handled_a_case_does_not_review_it_by_assignment_or_by_membership_and_is_told_why",
        async |database| {
            let town = Town::found(database).await;
            let both = ["case_officer", "reviewer"];
            let finder = town.person("finder", DISTRICT, &both).await;
            let handler = town.person("handler", DISTRICT, &both).await;
            let reviewer = town.person("reviewer", DISTRICT, &both).await;
            // The finder acts as case officer by membership, the handler is assigned.
            let lead = json!({ "party_name": "样例酒行", "facts": "查获仿冒白酒。" });
            let case = town.file(&finder, "penalty", FilingMode::Named, lead).await.case_id;
            let filed = json!({
                "filing_conditions": ["prima_facie", "penalty_due", "own_jurisdiction", "in_time"],
                "officer_one": account(&handler), "officer_two": account(town.who("colleague")),
            });
            town.send("head", &case, "file", filed).await;
            let findings = json!({ "findings": "事实清楚，证据充分。" });
            town.send("colleague", &case, "conclude", findings).await;
            let opinion = json!({ "review_opinion": "agreed" });
            for who in [&finder, &handler] {
                let problem = separated(town.try_send(who, &case, "review", opinion.clone()).await);
                assert_eq!(problem.code, ProblemCode::SeparationOfDuties);
                assert_eq!(problem.law.expect("an article").as_str(), "penalty-procedure#49(3)");
                let seen = case_view::case(&town.app, who, &case).await.expect("known");
                let review = seen.available.iter().find(|event| event.event == "review");
                let blocked = &review.expect("shown as blocked").blocked_by;
                assert_eq!(blocked[0].code, ProblemCode::SeparationOfDuties);
            }
            assert_eq!(town.states(&case).await, ["reviewing"]);
            // Who reviewed once does not handle it afterwards either.
            let opinion = json!({ "review_opinion": "investigate" });
            let sent = town.try_send(&reviewer, &case, "review", opinion).await;
            sent.expect("a reviewer who had no part in the case");
            assert_eq!(town.states(&case).await, ["investigating"]);
            let seen = case_view::case(&town.app, &reviewer, &case).await.expect("known");
            assert!(seen.available.iter().all(|event| !event.blocked_by.is_empty()));
            let replayed = replay::case(&town.app, &case).await.expect("replayed");
            assert!(
                replayed.differs.is_empty() && replayed.skipped.is_empty(),
                "{replayed:?}"
            );
        },
    )
    .await;
}
