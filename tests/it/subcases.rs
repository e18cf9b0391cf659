//! Facts about cases that open cases: a penalty case that waits for the referral of a suspected crime, on both engines.

use serde_json::{Value as Json, json};
use zhengming::{
    jobs,
    service::{Error, case_view, replay, subcases},
    store::CaseStatus,
};
use zhengming_engine::definition::model::FilingMode;

use crate::{
    database::{Database, each_engine},
    town::{BUREAU, PROCURATORATE, Town},
    versions::{compiled, files},
};

/// A penalty case of the district that is being investigated.
async fn investigated(town: &Town) -> String {
    let lead = json!({ "party_name": "样例酒行", "facts": "查获仿冒白酒。", "infringement_kind": "counterfeit" });
    let penalty = town
        .file(town.who("officer"), "penalty", FilingMode::Named, lead)
        .await
        .case_id;
    let account = |name: &str| town.who(name).account_id().expect("an account").to_owned();
    let filed = json!({
        "filing_conditions": ["prima_facie", "penalty_due", "own_jurisdiction", "in_time"],
        "officer_one": account("officer"), "officer_two": account("colleague"),
    });
    town.send("head", &penalty, "file", filed).await;
    penalty
}

/// The case that a case opened under this link.
async fn opened(town: &Town, case: &str, kind: &str) -> String {
    let links = town.app.store.links_of(&[case.to_owned()]).await;
    let links = links.expect("links");
    let link = links.iter().find(|link| link.kind == kind);
    link.expect("it is linked").to_case.clone()
}

/// A penalty case of the district that has just referred a suspected crime; its id and that of the referral.
pub(crate) async fn referred(town: &Town) -> (String, String) {
    let penalty = investigated(town).await;
    let suspicion = json!({ "suspicion": "货值较大，存在犯罪的合理嫌疑。" });
    town.send("officer", &penalty, "refer", suspicion).await;
    let referral = opened(town, &penalty, "criminal_referral").await;
    (penalty, referral)
}

/// Brings a referral to public security, which signs for it.
async fn with_police(town: &Town, referral: &str) {
    let account = |name: &str| town.who(name).account_id().expect("an account").to_owned();
    let team = json!({ "officer_one": account("officer"), "officer_two": account("colleague") });
    town.send("head", referral, "form_team", team).await;
    let report = json!({
        "ground": "reasonable_suspicion", "report_facts": "经核实，存在合理嫌疑。",
        "items_listed": "白酒六瓶。", "tests_made": false,
    });
    town.send("officer", referral, "report", report).await;
    town.send("head", referral, "approve", json!({})).await;
    let letter = json!({
        "police": "police", "procuratorate": PROCURATORATE, "enclosures": ["investigation_report", "item_list"],
    });
    town.send("officer", referral, "transfer", letter).await;
    town.send(
        "policeman",
        referral,
        "sign_receipt",
        json!({ "own_jurisdiction": true }),
    )
    .await;
}

#[tokio::test]
async fn letters_name_whom_they_go_to_and_cite_what_they_are_about() {
    each_engine(
        "letters_name_whom_they_go_to_and_cite_what_they_are_about",
        async |database| {
            let town = Town::found(database).await;
            let (_, referral) = referred(&town).await;
            with_police(&town, &referral).await;
            let refusal = json!({ "not_filing_reason": "犯罪事实显著轻微。" });
            town.send("policeman", &referral, "not_file", refusal).await;
            let objection = json!({ "objection": "依法应当立案。" });
            town.send("head", &referral, "ask_reconsideration", objection).await;
            let rows = town.app.store.documents_of(std::slice::from_ref(&referral)).await;
            let rows = rows.expect("documents");
            let named = |kind: &str, placeholder: &str| {
                let row = rows.iter().find(|row| row.kind == kind).expect("made");
                row.body["values"]["zh"][placeholder].clone()
            };
            let (office, police) = (json!("样例district"), json!("样例police"));
            assert_eq!(named("transfer_receipt", "holder.case_officer"), office);
            assert_eq!(named("criminal_non_filing_notice", "holder.case_officer"), office);
            assert_eq!(named("reconsideration_request", "holder.police_officer"), police);
            let refusal = rows.iter().find(|row| row.kind == "criminal_non_filing_notice");
            assert_eq!(
                named("reconsideration_request", "document.criminal_non_filing_notice.number"),
                json!(refusal.expect("made").number),
                "the request cites what it is about"
            );
        },
    )
    .await;
}

#[tokio::test]
async fn an_office_that_was_asked_for_help_answers_the_office_that_asked() {
    each_engine(
        "an_office_that_was_asked_for_help_answers_the_office_that_asked",
        async |database| {
            let mut town = Town::found(database).await;
            let helper = town.person("helper", BUREAU, &["case_officer"]).await;
            town.people.insert("helper", helper);
            let penalty = investigated(&town).await;
            let asked = json!({ "assist_office": BUREAU, "assist_request": "核实供货商。" });
            town.send("officer", &penalty, "ask_assistance", asked).await;
            let help = opened(&town, &penalty, "investigation_assistance").await;
            let answer = json!({ "result": "供货商登记地址无人经营。" });
            town.send("helper", &help, "answer", answer).await;
            let rows = town.app.store.documents_of(&[help]).await.expect("documents");
            let reply = rows.iter().find(|row| row.kind == "investigation_assistance_reply");
            let asker = &reply.expect("made").body["values"]["zh"]["holder.intake"];
            assert_eq!(asker, &json!("样例district"));
        },
    )
    .await;
}

async fn kinds(town: &Town, case: &str) -> Vec<String> {
    let events = town.app.store.events_of(&[case.to_owned()]).await.expect("events");
    events.into_iter().map(|event| event.kind).collect()
}

async fn data(town: &Town, case: &str) -> Json {
    town.app
        .store
        .case_personal(case)
        .await
        .expect("read")
        .unwrap_or_default()
}

#[tokio::test]
async fn a_case_waits_for_the_case_that_it_opened_and_hears_each_stage_and_its_outcome_once() {
    each_engine(
        "a_case_waits_for_the_case_that_it_opened_and_hears_each_stage_and_its_outcome_once",
        async |database| {
            let town = Town::found(database).await;
            let (penalty, referral) = referred(&town).await;
            assert_eq!(town.states(&penalty).await, ["referring"]);
            assert_eq!(town.states(&referral).await, ["suspected"]);
            assert_eq!(data(&town, &referral).await["party_name"], "样例酒行");
            with_police(&town, &referral).await;
            jobs::run_due(&town.app).await.expect("jobs run");
            town.send(
                "policeman",
                &referral,
                "not_file",
                json!({ "not_filing_reason": "显著轻微。" }),
            )
            .await;
            town.send("head", &referral, "accept_non_filing", json!({})).await;
            jobs::run_due(&town.app).await.expect("jobs run");
            jobs::run_due(&town.app).await.expect("jobs run again");
            assert_eq!(
                kinds(&town, &penalty).await,
                [
                    "opened",
                    "file",
                    "refer",
                    "referral_sent",
                    "referral_not_filed",
                    "referral_ended"
                ]
            );
            assert_eq!(town.states(&penalty).await, ["investigating.collecting"]);
            assert_eq!(data(&town, &penalty).await["police_reasons"], "显著轻微。");
            for case in [&penalty, &referral] {
                let replayed = replay::case(&town.app, case).await.expect("replayed");
                assert!(replayed.differs.is_empty() && replayed.apart.is_empty(), "{replayed:?}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn what_a_case_has_heard_it_does_not_hear_again_when_the_effect_comes_back_days_later() {
    let town = Town::found(Database::sqlite().await).await;
    let (penalty, referral) = referred(&town).await;
    with_police(&town, &referral).await;
    let due = town.app.store.claim_outbox(town.app.now(), time::Duration::MINUTE, 100);
    let due = due.await.expect("claimed");
    for days in [0, 4] {
        town.clock.advance(std::time::Duration::from_hours(24 * days));
        for row in due.iter().filter(|row| row.kind == "tell_parent") {
            subcases::tell_parent(&town.app, row).await.expect("told");
        }
    }
    assert_eq!(
        kinds(&town, &penalty).await,
        ["opened", "file", "refer", "referral_sent"]
    );
}

#[tokio::test]
async fn a_case_hears_once_that_a_state_with_others_inside_was_entered() {
    each_engine(
        "a_case_hears_once_that_a_state_with_others_inside_was_entered",
        async |database| {
            let pack = compiled(&files(|path, text| {
                Some(match path {
                    "procedures/penalty-1.yaml" => {
                        text.replacen(" at_police.sent: referral_sent", " at_police: referral_sent", 1)
                    }
                    _ => text.to_owned(),
                })
            }));
            let town = Town::found(database).await.restarted_with(pack).await;
            let (penalty, referral) = referred(&town).await;
            // On the way through it the referral is in more than one of the states inside.
            with_police(&town, &referral).await;
            jobs::run_due(&town.app).await.expect("jobs run");
            assert_eq!(
                kinds(&town, &penalty).await,
                ["opened", "file", "refer", "referral_sent"]
            );
        },
    )
    .await;
}

#[tokio::test]
async fn who_handed_a_case_over_keeps_acting_on_it_and_strangers_learn_nothing() {
    each_engine(
        "who_handed_a_case_over_keeps_acting_on_it_and_strangers_learn_nothing",
        async |database| {
            let town = Town::found(database).await;
            let (_, referral) = referred(&town).await;
            let read = async |who: &str| case_view::case(&town.app, town.who(who), &referral).await;
            assert!(
                matches!(read("policeman").await, Err(Error::NotFound)),
                "not theirs yet"
            );
            with_police(&town, &referral).await;
            let case = town.app.store.case(&referral).await.expect("read").expect("there");
            assert_eq!(case.organisation_id, "police");
            assert!(read("policeman").await.is_ok() && read("officer").await.is_ok());
            for who in ["procurator", "mediator", "stranger", "consumer"] {
                assert!(matches!(read(who).await, Err(Error::NotFound)), "{who}");
            }
            let wanted = json!({ "missing_material": "检验报告。" });
            town.send("policeman", &referral, "ask_material", wanted).await;
            let refused = town
                .try_send(town.who("policeman"), &referral, "supply_material", json!({}))
                .await;
            assert!(refused.is_err(), "the police do not answer for the other side");
            town.send(
                "officer",
                &referral,
                "supply_material",
                json!({ "supplied_material": "检验报告一份。" }),
            )
            .await;
            town.send(
                "policeman",
                &referral,
                "not_file",
                json!({ "not_filing_reason": "显著轻微。" }),
            )
            .await;
            let suggestion = json!({ "procuratorate": "procuratorate", "objection": "应当立案。" });
            town.send("head", &referral, "ask_supervision", suggestion).await;
            town.send("procurator", &referral, "ask_reasons", json!({})).await;
            town.send(
                "policeman",
                &referral,
                "give_reasons",
                json!({ "not_filing_reason": "证据不足。" }),
            )
            .await;
            let chief = town.person("chief", PROCURATORATE, &["chief_procurator"]).await;
            let finding = json!({ "supervision_result": "应当立案。" });
            town.try_send(&chief, &referral, "order_filing", finding)
                .await
                .expect("the chief procurator decides");
            let number = json!({ "criminal_case_number": "一号" });
            town.send("policeman", &referral, "file_case", number).await;
            town.send(
                "officer",
                &referral,
                "hand_over",
                json!({ "handed_over": "案卷一册。" }),
            )
            .await;
            assert_eq!(town.states(&referral).await, ["filed.investigated"]);
        },
    )
    .await;
}

#[tokio::test]
async fn a_case_called_off_ends_and_its_opener_hears_that_too() {
    each_engine(
        "a_case_called_off_ends_and_its_opener_hears_that_too",
        async |database| {
            let town = Town::found(database).await;
            let (penalty, referral) = referred(&town).await;
            town.send(
                "head",
                &penalty,
                "call_back",
                json!({ "extension_reason": "鉴定为正品。" }),
            )
            .await;
            jobs::run_due(&town.app).await.expect("jobs run");
            let closed = town.app.store.case(&referral).await.expect("read").expect("there");
            assert_eq!(
                (closed.status, closed.states.as_slice()),
                (CaseStatus::Closed, &["closed_withdrawn".to_owned()][..])
            );
            assert_eq!(town.states(&penalty).await, ["investigating.collecting"]);
        },
    )
    .await;
}

#[tokio::test]
async fn what_public_security_has_is_not_called_off() {
    each_engine("what_public_security_has_is_not_called_off", async |database| {
        let town = Town::found(database).await;
        let (penalty, referral) = referred(&town).await;
        with_police(&town, &referral).await;
        town.send("head", &penalty, "call_back", json!({ "extension_reason": "误操作。" }))
            .await;
        jobs::run_due(&town.app).await.expect("jobs run");
        assert_eq!(town.states(&referral).await, ["at_police.reviewing"]);
        assert_eq!(town.states(&penalty).await, ["referring"]);
    })
    .await;
}

#[tokio::test]
async fn what_public_security_may_ask_for_no_more_is_not_owed_as_late() {
    each_engine(
        "what_public_security_may_ask_for_no_more_is_not_owed_as_late",
        async |database| {
            let town = Town::found(database).await;
            let (_, referral) = referred(&town).await;
            with_police(&town, &referral).await;
            let is_owed = async || {
                let detail = case_view::case(&town.app, town.who("officer"), &referral);
                let owes = Box::pin(detail).await.expect("readable").owes;
                let mut rows = owes.iter().flat_map(|open| &open.rows);
                rows.any(|row| row.title.zh.contains("需要补正的材料"))
            };
            assert!(is_owed().await, "for twenty-four hours");
            town.clock.advance(std::time::Duration::from_hours(25));
            jobs::run_due(&town.app).await.expect("jobs run");
            assert!(!is_owed().await, "the window has closed");
        },
    )
    .await;
}

#[tokio::test]
async fn a_penalty_case_is_opened_by_officers_alone() {
    each_engine("a_penalty_case_is_opened_by_officers_alone", async |database| {
        let town = Town::found(database).await;
        let request = zhengming::service::intake::FileRequest {
            procedure: "penalty".to_owned(),
            mode: FilingMode::Named,
            fields: town.answers("penalty"),
            idempotency_key: town.key(),
        };
        for who in [
            &zhengming::access::Actor::Anonymous,
            town.who("consumer"),
            town.who("mediator"),
        ] {
            let refused = zhengming::service::intake::file(&town.app, who, request.clone()).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        }
    })
    .await;
}
