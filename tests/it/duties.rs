//! Facts about what must stand behind an event of a stored case, on both engines: duties that are kept apart, two officers,
//! documents that exist first.

use serde_json::json;
use time::macros::datetime;
use zhengming::{
    access::Actor,
    service::{
        Error, accounts, case_view,
        cases::{self, TransitionRequest},
        replay,
    },
};
use zhengming_engine::{
    contribution::EvidenceKind,
    decision::{Problem, ProblemCode},
    definition::model::FilingMode,
};

use crate::{
    database::{Database, each_engine},
    town::{BUREAU, DISTRICT, Town},
    versions::{compiled, files},
};

fn account(who: &Actor) -> String {
    who.account_id().expect("an account").to_owned()
}

fn refusals(sent: zhengming::service::Result<i64>) -> Vec<Problem> {
    match sent {
        Err(Error::Refused(problems)) => problems,
        other => panic!("not refused: {other:?}"),
    }
}

fn refused(sent: zhengming::service::Result<i64>) -> Problem {
    refusals(sent).into_iter().next().expect("a problem")
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
            let findings = json!({ "findings": "事实清楚，证据充分。", "party_address": "样例路1号" });
            town.prove("colleague", &case, EvidenceKind::SceneRecord).await;
            town.send("colleague", &case, "conclude", findings).await;
            let opinion = json!({ "review_opinion": "agreed" });
            for who in [&finder, &handler] {
                let problem = refused(town.try_send(who, &case, "review", opinion.clone()).await);
                assert_eq!(problem.code, ProblemCode::SeparationOfDuties);
                assert_eq!(problem.law.expect("an article").as_str(), "penalty-procedure#49.3");
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
            assert_eq!(town.states(&case).await, ["investigating.collecting"]);
            let seen = case_view::case(&town.app, &reviewer, &case).await.expect("known");
            assert!(seen.available.iter().all(|event| !event.blocked_by.is_empty()));
            let replayed = replay::case(&town.app, &case).await.expect("replayed");
            assert!(
                replayed.differs.is_empty() && replayed.apart.is_empty() && replayed.skipped.is_empty(),
                "{replayed:?}"
            );
        },
    )
    .await;
}

/// A penalty procedure that lets a case be filed with one officer who is named twice.
fn with_one_officer() -> Vec<zhengming::workflows::PackFile> {
    files(|path, text| {
        Some(match path {
            "procedures/penalty-1.yaml" => {
                text.replace("data.officer_one != data.officer_two", "has(data.officer_two)")
            }
            _ => text.to_owned(),
        })
    })
}

#[tokio::test]
async fn one_officer_alone_does_not_send_what_needs_two_and_is_told_the_article() {
    each_engine(
        "one_officer_alone_does_not_send_what_needs_two_and_is_told_the_article",
        async |database| {
            let town = Town::found(database)
                .await
                .restarted_with(compiled(&with_one_officer()))
                .await;
            let colleague = town.who("colleague").clone();
            let lead = json!({ "party_name": "样例酒行", "facts": "查获仿冒白酒。" });
            let findings = json!({ "findings": "事实清楚，证据充分。", "party_address": "样例路1号" });
            let filed = |second: &Actor| {
                json!({
                    "filing_conditions": ["prima_facie", "penalty_due", "own_jurisdiction", "in_time"],
                    "officer_one": account(&colleague), "officer_two": account(second),
                })
            };
            let officer = town.who("officer").clone();
            let alone = town
                .file(&colleague, "penalty", FilingMode::Named, lead.clone())
                .await
                .case_id;
            town.send("head", &alone, "file", filed(&colleague)).await;
            town.prove("colleague", &alone, EvidenceKind::SceneRecord).await;
            let problem = refused(town.try_send(&colleague, &alone, "conclude", findings.clone()).await);
            assert_eq!(problem.code, ProblemCode::TwoOfficersNeeded);
            assert_eq!(problem.law.expect("an article").as_str(), "penalty-procedure#22");
            assert_eq!(town.states(&alone).await, ["investigating.collecting"]);
            let seen = case_view::case(&town.app, &colleague, &alone).await.expect("known");
            let conclude = seen.available.iter().find(|event| event.event == "conclude");
            let blocked = &conclude.expect("shown as blocked").blocked_by;
            assert_eq!(blocked[0].code, ProblemCode::TwoOfficersNeeded);
            let both = town.file(&colleague, "penalty", FilingMode::Named, lead).await.case_id;
            town.send("head", &both, "file", filed(&officer)).await;
            town.prove("colleague", &both, EvidenceKind::SceneRecord).await;
            town.send("colleague", &both, "conclude", findings).await;
            assert_eq!(town.states(&both).await, ["reviewing"]);
        },
    )
    .await;
}

#[tokio::test]
async fn no_penalty_is_imposed_before_the_party_was_told_and_had_its_five_working_days_and_the_record_replays() {
    each_engine(
        "no_penalty_is_imposed_before_the_party_was_told_and_had_its_five_working_days_and_the_record_replays",
        async |database| {
            let town = Town::found(database).await;
            let reviewer = town.person("reviewer", DISTRICT, &["reviewer"]).await;
            let colleague = town.who("colleague").clone();
            let lead = json!({ "party_name": "样例酒行", "facts": "查获仿冒白酒。" });
            let case = town.file(&colleague, "penalty", FilingMode::Named, lead).await.case_id;
            let filed = json!({
                "filing_conditions": ["prima_facie", "penalty_due", "own_jurisdiction", "in_time"],
                "officer_one": account(&colleague), "officer_two": account(town.who("officer")),
            });
            town.send("head", &case, "file", filed).await;
            let findings = json!({ "findings": "事实清楚，证据充分。", "party_address": "样例路1号" });
            town.prove("colleague", &case, EvidenceKind::SceneRecord).await;
            town.send("colleague", &case, "conclude", findings).await;
            let opinion = json!({ "review_opinion": "agreed" });
            let sent = town.try_send(&reviewer, &case, "review", opinion).await;
            sent.expect("a reviewer who had no part in the case");
            let decision = json!({
                "penalty_kinds": ["fine", "goods"], "within_notice": true, "warning_only": false,
                "same_province": true, "fine": 5_000_000, "decision_reasons": "商标法第六十条。",
            });
            let head = town.who("head").clone();
            let blocked = async || {
                let seen = case_view::case(&town.app, &head, &case).await.expect("known");
                let punish = seen.available.into_iter().find(|event| event.event == "punish");
                punish.expect("shown").blocked_by
            };
            let problems = refusals(town.try_send(&head, &case, "punish", decision.clone()).await);
            let of = |code: ProblemCode| problems.iter().find(|p| p.code == code).expect("a problem");
            let (needed, early) = (of(ProblemCode::DocumentNeeded), of(ProblemCode::RequirementNotMet));
            let law = |problem: &Problem| problem.law.as_ref().expect("an article").as_str().to_owned();
            assert_eq!(law(needed), "penalty-procedure#57.1");
            assert_eq!(law(early), "penalty-procedure#57.2");
            let (_, words) = needed.requirement.as_ref().expect("words");
            assert_eq!(words.zh, "须先制作《行政处罚告知书》。");
            assert_eq!(blocked().await, problems);
            let intended = json!({
                "intended_penalty": "拟没收侵权商品并罚款五万元。", "party_kind": "organisation",
                "intended_fine": 5_000_000, "intended_gains": 0, "intended_confiscation": 0,
                "licence_intended": false, "business_intended": false, "hearing_ground": "none", "penalty_basis": "trademark_2019",
                "act_ended_on": "2026-09-01", "new_law_lighter": false,
            });
            town.send("head", &case, "announce", intended).await;
            assert_eq!(blocked().await, std::slice::from_ref(early));
            let served = json!({ "notice_served_on": "2026-09-23" });
            town.send("colleague", &case, "serve_notice", served).await;
            town.clock.set(datetime!(2026-10-08 23:00 +8));
            zhengming::jobs::run_due(&town.app).await.expect("jobs run");
            assert_eq!(
                blocked().await,
                std::slice::from_ref(early),
                "24, 28, 29, 30 September and 8 October"
            );
            town.clock.set(datetime!(2026-10-09 00:00 +8));
            zhengming::jobs::run_due(&town.app).await.expect("jobs run");
            assert_eq!(blocked().await, []);
            town.send("head", &case, "punish", decision).await;
            assert_eq!(town.states(&case).await, ["serving.pending"]);
            published_as_decided(&town, &head, &case).await;
            let replayed = replay::case(&town.app, &case).await.expect("replayed");
            assert!(
                replayed.differs.is_empty() && replayed.apart.is_empty() && replayed.skipped.is_empty(),
                "{replayed:?}"
            );
        },
    )
    .await;
}

/// Nobody types number, day and authority of a decision once more to publish it.
async fn published_as_decided(town: &Town, head: &Actor, case: &str) {
    let seen = case_view::case(&town.app, head, case).await.expect("known");
    let mut documents = seen.documents.iter();
    let letter = documents.find(|row| row.kind == "penalty_decision_letter");
    let letter = letter.expect("the decision");
    let mut links = seen.links.iter();
    let link = links.find(|link| link.kind == "penalty_publication");
    let publication = &link.expect("it is to be published").case.id;
    let opened = case_view::case(&town.app, head, publication).await.expect("known");
    let told = |name: &str| {
        let field = opened.fields.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.clone())
    };
    assert!(!letter.number.is_empty());
    assert_eq!(told("decision_number"), Some(json!(letter.number)));
    assert_eq!(told("decided_on"), Some(json!("2026-10-09")));
    let organisations = town.app.organisations();
    let office = organisations.get(&seen.case.organisation_id).expect("an office");
    assert_eq!(told("deciding_authority"), Some(json!(office.name_zh)));
}

#[tokio::test]
async fn nobody_puts_another_offices_officer_on_a_case_or_one_who_was_shut_out() {
    each_engine(
        "nobody_puts_another_offices_officer_on_a_case_or_one_who_was_shut_out",
        async |database| {
            let town = Town::found(database).await;
            let elsewhere = town.person("elsewhere", BUREAU, &["case_officer"]).await;
            let former = town.person("former", DISTRICT, &["case_officer"]).await;
            accounts::disable(&town.app, "former").await.expect("shut out");
            let lead = json!({ "party_name": "样例酒行", "facts": "查获仿冒白酒。" });
            let case = town
                .file(town.who("officer"), "penalty", FilingMode::Named, lead)
                .await
                .case_id;
            let with = |second: &Actor| {
                json!({
                    "filing_conditions": ["prima_facie", "penalty_due", "own_jurisdiction", "in_time"],
                    "officer_one": account(town.who("officer")), "officer_two": account(second),
                })
            };
            for other in [&elsewhere, &former] {
                let problem = refused(town.try_send(town.who("head"), &case, "file", with(other)).await);
                assert_eq!(problem.code, ProblemCode::InvalidField);
                assert_eq!(problem.field.as_deref(), Some("officer_two"));
            }
            town.send("head", &case, "file", with(town.who("colleague"))).await;
        },
    )
    .await;
}

#[tokio::test]
async fn the_repeat_of_an_answered_request_is_answered_though_whom_it_named_was_shut_out_since() {
    let town = Town::found(Database::sqlite().await).await;
    let lead = json!({ "party_name": "样例酒行", "facts": "查获仿冒白酒。" });
    let case = town.file(town.who("officer"), "penalty", FilingMode::Named, lead).await;
    let fields = json!({
        "filing_conditions": ["prima_facie", "penalty_due", "own_jurisdiction", "in_time"],
        "officer_one": account(town.who("officer")), "officer_two": account(town.who("colleague")),
    });
    let row = town.app.store.case(&case.case_id).await.expect("read").expect("there");
    let request = TransitionRequest {
        case_id: case.case_id,
        event: "file".to_owned(),
        fields: fields.as_object().expect("an object").clone(),
        expected_version: row.version,
        idempotency_key: town.key(),
    };
    let send = async |request: &TransitionRequest| cases::perform(&town.app, town.who("head"), request.clone()).await;
    let first = send(&request).await.expect("filed");
    accounts::disable(&town.app, "colleague").await.expect("shut out");
    assert_eq!(send(&request).await.expect("the same answer"), first);
    let anew = TransitionRequest {
        idempotency_key: town.key(),
        ..request
    };
    assert_eq!(refused(send(&anew).await).field.as_deref(), Some("officer_two"));
}

#[tokio::test]
async fn who_reads_a_case_and_may_not_do_something_is_told_by_which_rule() {
    each_engine(
        "who_reads_a_case_and_may_not_do_something_is_told_by_which_rule",
        async |database| {
            let town = Town::found(database).await;
            let lead = json!({ "party_name": "样例酒行", "facts": "查获仿冒白酒。" });
            let case = town
                .file(town.who("officer"), "penalty", FilingMode::Named, lead)
                .await
                .case_id;
            let problem = refused(town.try_send(town.who("superior"), &case, "file", json!({})).await);
            assert_eq!(problem.code, ProblemCode::RoleRequired);
            assert!(problem.law.is_some());
            let stranger = town.try_send(town.who("stranger"), &case, "file", json!({})).await;
            assert!(matches!(stranger, Err(Error::NotFound)), "{stranger:?}");
        },
    )
    .await;
}
