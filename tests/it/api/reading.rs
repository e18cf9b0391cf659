//! Reading cases, lists, marks and procedures.

use poem::http::StatusCode;
use serde_json::{Value, json};
use time::macros::datetime;
use zhengming::{jobs, service::accounts};
use zhengming_engine::definition::model::FilingMode;

use super::client::{Api, NOBODY, code, document};
use crate::database::each_engine;

#[tokio::test]
async fn an_unknown_case_and_a_forbidden_one_give_the_same_bytes() {
    each_engine(
        "an_unknown_case_and_a_forbidden_one_give_the_same_bytes",
        async |database| {
            let api = Api::open(database).await;
            let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
            let id = id.as_str().expect("an id").to_owned();
            let other = if id.ends_with('A') { 'B' } else { 'A' };
            let unknown = format!("{}{other}{}", &id[..10], &id[11..]);
            let organisation = api.organisation("district").await;
            for operation in ["case", "node", "deadlineTrace"] {
                for stranger in [NOBODY, "mediator", "stranger"] {
                    let text = document(operation);
                    let ask = |id: Value| api.send(stranger, &text, json!({ "id": id }), "en");
                    let forbidden = ask(json!(id)).await;
                    assert_eq!(forbidden, ask(json!(unknown)).await, "{operation} of {stranger:?}");
                    assert_eq!(forbidden, ask(json!("nonsense")).await, "{operation} of {stranger:?}");
                    if operation != "node" {
                        assert_eq!(
                            forbidden,
                            ask(organisation.clone()).await,
                            "{operation} of {stranger:?}"
                        );
                    }
                    assert_eq!(code(&serde_json::from_str(&forbidden.1).expect("JSON")), "NOT_FOUND");
                }
            }
            let step = |id: &str| {
                json!({ "input": {
                "caseId": id, "event": "withdraw", "expectedVersion": 1, "idempotencyKey": "a-key-that-is-long-enough",
            } })
            };
            let forbidden = api
                .send("mediator", &document("performTransition"), step(&id), "en")
                .await;
            assert_eq!(
                forbidden,
                api.send("mediator", &document("performTransition"), step(&unknown), "en")
                    .await
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_list_is_paged_from_both_ends_without_gaps_and_knows_its_length() {
    each_engine(
        "a_list_is_paged_from_both_ends_without_gaps_and_knows_its_length",
        async |database| {
            let api = Api::open(database).await;
            let mut numbers = Vec::new();
            for _ in 0..5 {
                numbers.push(api.file("intake", "report", "ANONYMOUS", json!({})).await["number"].take());
                api.town.clock.advance(std::time::Duration::from_secs(60));
            }
            let query = "query P($first: Int, $after: String, $last: Int, $before: String) {
            cases(orderBy: OLDEST_FIRST, first: $first, after: $after, last: $last, before: $before) {
                totalCount nodes { number } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
            let page = async |arguments: Value| -> Value {
                let (_, body) = api.send("intake", query, arguments, "en").await;
                let mut answer: Value = serde_json::from_str(&body).expect("JSON");
                assert_eq!(answer["errors"], Value::Null);
                answer["data"]["cases"].take()
            };
            let numbers_of = |page: &Value| -> Vec<Value> {
                let nodes = page["nodes"].as_array().expect("nodes");
                nodes.iter().map(|node| node["number"].clone()).collect()
            };
            let first = page(json!({ "first": 2 })).await;
            assert_eq!(numbers_of(&first), numbers[..2]);
            assert_eq!(first["totalCount"], 5);
            assert_eq!(
                [&first["pageInfo"]["hasPreviousPage"], &first["pageInfo"]["hasNextPage"]],
                [false, true]
            );
            let second = page(json!({ "first": 2, "after": first["pageInfo"]["endCursor"] })).await;
            assert_eq!(numbers_of(&second), numbers[2..4]);
            let third = page(json!({ "first": 2, "after": second["pageInfo"]["endCursor"] })).await;
            assert_eq!(numbers_of(&third), numbers[4..]);
            assert_eq!(
                [&third["pageInfo"]["hasPreviousPage"], &third["pageInfo"]["hasNextPage"]],
                [true, false]
            );
            let last = page(json!({ "last": 2 })).await;
            assert_eq!(numbers_of(&last), numbers[3..]);
            assert_eq!(
                [&last["pageInfo"]["hasPreviousPage"], &last["pageInfo"]["hasNextPage"]],
                [true, false]
            );
            let before = page(json!({ "last": 4, "before": last["pageInfo"]["startCursor"] })).await;
            assert_eq!(numbers_of(&before), numbers[..3]);
            assert_eq!(
                [
                    &before["pageInfo"]["hasPreviousPage"],
                    &before["pageInfo"]["hasNextPage"]
                ],
                [false, true]
            );
        },
    )
    .await;
}

#[tokio::test]
async fn lists_show_what_the_caller_may_know_of_and_nothing_to_strangers() {
    each_engine(
        "lists_show_what_the_caller_may_know_of_and_nothing_to_strangers",
        async |database| {
            let api = Api::open(database).await;
            let complaint = api.file("consumer", "complaint", "NAMED", json!({})).await["number"].take();
            let report = api.file("intake", "report", "ANONYMOUS", json!({})).await["number"].take();
            let listed = async |who: &str, filter: Value| -> Vec<Value> {
                let data = api
                    .data(who, "cases", json!({ "filter": filter, "orderBy": "OLDEST_FIRST" }))
                    .await;
                let nodes = data["cases"]["nodes"].as_array().expect("nodes");
                assert_eq!(data["cases"]["totalCount"], nodes.len(), "{who}");
                nodes.iter().map(|node| node["number"].clone()).collect()
            };
            assert_eq!(listed("intake", json!({})).await, [complaint.clone(), report.clone()]);
            assert_eq!(listed("intake", json!({ "procedure": "report" })).await, [report]);
            assert_eq!(listed("consumer", json!({})).await, std::slice::from_ref(&complaint));
            assert_eq!(
                listed("consumer", json!({ "filedByMe": true, "status": "OPEN" })).await,
                [complaint]
            );
            for (who, filter) in [
                ("mediator", json!({})),
                ("officer", json!({})),
                ("intake", json!({ "status": "CLOSED" })),
            ] {
                assert_eq!(listed(who, filter).await, Vec::<Value>::new(), "{who}");
            }
            assert_eq!(code(&api.ask(NOBODY, "cases", json!({})).await), "UNAUTHENTICATED");
            let unbounded = api.send("intake", "{ cases { nodes { id } } }", json!({}), "en").await;
            let unbounded: Value = serde_json::from_str(&unbounded.1).expect("JSON");
            assert_eq!(code(&unbounded), "BAD_USER_INPUT");
        },
    )
    .await;
}

#[tokio::test]
async fn credentials_that_open_nothing_are_refused_and_nobody_is_no_viewer() {
    each_engine(
        "credentials_that_open_nothing_are_refused_and_nobody_is_no_viewer",
        async |database| {
            let api = Api::open(database).await;
            let (status, body) = api.send("no-such-token", "{ viewer { id } }", json!({}), "en").await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            assert_eq!(code(&serde_json::from_str(&body).expect("JSON")), "UNAUTHENTICATED");
            let nobody = api.data(NOBODY, "viewer", json!({})).await;
            assert_eq!(nobody["viewer"], Value::Null);
            assert_eq!(nobody["serviceLimits"]["cost"], 200);
            let officer = api.data("officer", "viewer", json!({})).await;
            assert_eq!(officer["serviceLimits"]["cost"], 1_000);
            assert_eq!(officer["viewer"]["login"], "officer");
            assert_eq!(officer["viewer"]["memberships"][0]["role"], "case_officer");
            assert_eq!(officer["viewer"]["memberships"][0]["organisation"]["key"], "district");
        },
    )
    .await;
}

#[tokio::test]
async fn a_deadline_explains_itself_day_by_day() {
    each_engine("a_deadline_explains_itself_day_by_day", async |database| {
        let api = Api::open(database).await;
        let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
        let data = api.data("consumer", "deadlineTrace", json!({ "id": id })).await;
        let deadlines = data["case"]["deadlines"].as_array().expect("deadlines");
        let acceptance = deadlines
            .iter()
            .find(|deadline| deadline["clock"] == "acceptance")
            .expect("the clock runs");
        // Filed on Wednesday 23 September 2026; the holidays run from 25 to 27 September and from 1 to 7 October;
        // Saturday 10 October is worked.
        assert_eq!(acceptance["legalBasis"], "samr-121#15.1");
        assert_eq!(acceptance["status"], "RUNNING");
        let due = "2026-10-10";
        assert_eq!(acceptance["dueDate"], due);
        let trace = acceptance["trace"].as_array().expect("days");
        assert_eq!(
            trace[0],
            json!({ "date": "2026-09-23", "counted": false, "reason": "START_DAY" })
        );
        assert_eq!(trace.last().expect("a day")["date"], due);
        assert_eq!(trace.iter().filter(|day| day["counted"] == true).count(), 7);
        assert!(acceptance["dueAt"].as_str().expect("a moment").ends_with("+08:00"));
    })
    .await;
}

#[tokio::test]
async fn ids_of_organisations_go_in_and_come_out_of_the_answers() {
    each_engine(
        "ids_of_organisations_go_in_and_come_out_of_the_answers",
        async |database| {
            let api = Api::open(database).await;
            let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
            let district = api.organisation("district").await;
            assert_ne!(district, "district");
            api.step("intake", &id, "dispatch", json!({ "organisation": district }))
                .await;
            let case = api.case("intake", &id).await;
            assert_eq!(case["fields"]["organisation"], district);
            assert_eq!(case["organisation"]["id"], district);
            let node = api.data(NOBODY, "node", json!({ "id": district })).await;
            assert_eq!(node["node"]["key"], "district");
            let unknown = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
            let refused = api
                .perform("intake", &unknown, "dispatch", json!({ "organisation": "nowhere" }))
                .await;
            assert_eq!(refused["userErrors"][0]["field"], json!(["fields", "organisation"]));
        },
    )
    .await;
}

#[tokio::test]
async fn a_mark_that_an_analyst_enters_is_found_by_its_likeness() {
    each_engine(
        "a_mark_that_an_analyst_enters_is_found_by_its_likeness",
        async |database| {
            let api = Api::open(database).await;
            let input = |key: &str| {
                json!({
                    "name": "康师傅", "owner": "样例食品有限公司", "classes": [30], "similarGroups": ["3009", "0901"],
                    "idempotencyKey": key,
                })
            };
            // The analyst of the town works for the association.
            let entered = api.change("stranger", "registerMark", input("enter-a-mark-0001")).await;
            assert_eq!(entered["userErrors"], json!([]));
            let again = api.change("stranger", "registerMark", input("enter-a-mark-0001")).await;
            assert_eq!(entered, again);
            let found = api.data(NOBODY, "matchMarks", json!({ "name": "康帅傅" })).await;
            assert_eq!(found["matchMarks"][0]["mark"]["id"], entered["mark"]["id"]);
            assert!(found["matchMarks"][0]["score"].as_f64().expect("a score") > 0.6);
            let elsewhere = api
                .data(NOBODY, "matchMarks", json!({ "name": "康帅傅", "classes": [25] }))
                .await;
            assert_eq!(elsewhere["matchMarks"], json!([]));
            // A group brings its class along.
            assert_eq!(entered["mark"]["classes"], json!([9, 30]));
            assert_eq!(entered["mark"]["similarGroups"], json!(["0901", "3009"]));
            let node = api.data(NOBODY, "node", json!({ "id": entered["mark"]["id"] })).await;
            assert_eq!(node["node"]["name"], "康师傅");
            let refused = api
                .ask(
                    "officer",
                    "registerMark",
                    json!({ "input": input("enter-a-mark-0002") }),
                )
                .await;
            assert_eq!(code(&refused), "FORBIDDEN");
            let wrong = json!({ "name": "x", "classes": [46], "idempotencyKey": "enter-a-mark-0003" });
            let wrong = api.change("stranger", "registerMark", wrong).await;
            assert_eq!(wrong["userErrors"][0]["code"], "INVALID_CLASS");
            let wrong = json!({ "name": "x", "similarGroups": ["30"], "idempotencyKey": "enter-a-mark-0004" });
            let wrong = api.change("stranger", "registerMark", wrong).await;
            assert_eq!(wrong["userErrors"][0]["code"], "INVALID_GROUP");
        },
    )
    .await;
}

#[tokio::test]
async fn goods_stand_beside_the_likeness_of_two_names() {
    each_engine("goods_stand_beside_the_likeness_of_two_names", async |database| {
        let api = Api::open(database).await;
        let compared = async |name: Value, mark: Value| {
            let asked = json!({ "name": "康帅傅", "mark": "康师傅", "nameGoods": name, "markGoods": mark });
            api.ask(NOBODY, "compareMarks", asked).await
        };
        for (name, mark, goods) in [
            (
                json!(["3009"]),
                json!(["30", "3009"]),
                json!({ "nearness": "SAME_GROUP", "shared": ["3009"], "score": 1.0 }),
            ),
            (
                json!(["3009"]),
                json!(["30"]),
                json!({ "nearness": "SAME_CLASS", "shared": ["30"], "score": 0.5 }),
            ),
            (
                json!(["25"]),
                json!(["30"]),
                json!({ "nearness": "APART", "shared": [], "score": 0.0 }),
            ),
            (
                json!([]),
                json!(["30"]),
                json!({ "nearness": "UNKNOWN", "shared": [], "score": null }),
            ),
        ] {
            assert_eq!(compared(name, mark).await["data"]["compareMarks"]["goods"], goods);
        }
        assert_eq!(code(&compared(json!(["46"]), json!([])).await), "BAD_USER_INPUT");
    })
    .await;
}

#[tokio::test]
async fn what_was_not_compared_of_two_names_is_null_and_no_nought() {
    each_engine(
        "what_was_not_compared_of_two_names_is_null_and_no_nought",
        async |database| {
            let api = Api::open(database).await;
            let aspects = async |name: &str, mark: &str| {
                let asked = json!({ "name": name, "mark": mark });
                api.ask(NOBODY, "compareMarks", asked).await["data"]["compareMarks"]["aspects"].take()
            };
            let by_sound = aspects("naike", "耐克").await;
            assert_eq!((&by_sound["form"], &by_sound["meaning"]), (&Value::Null, &Value::Null));
            assert!(by_sound["sound"].is_number(), "{by_sound}");
            let seen = aspects("康帅傅", "康师傅").await;
            assert!(seen["form"].is_number() && seen["meaning"].is_number(), "{seen}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_procedure_is_chosen_by_the_day_of_filing_or_by_version() {
    each_engine(
        "a_procedure_is_chosen_by_the_day_of_filing_or_by_version",
        async |database| {
            let api = Api::open(database).await;
            let version =
                async |variables: Value| api.data(NOBODY, "procedure", variables).await["procedure"]["version"].take();
            assert_eq!(version(json!({ "key": "complaint", "filedOn": "2026-04-14" })).await, 1);
            assert_eq!(version(json!({ "key": "complaint", "filedOn": "2026-04-15" })).await, 2);
            assert_eq!(version(json!({ "key": "complaint" })).await, 2);
            assert_eq!(version(json!({ "key": "complaint", "version": 1 })).await, 1);
            let unknown = api
                .ask(NOBODY, "procedure", json!({ "key": "complaint", "version": 99 }))
                .await;
            assert_eq!(code(&unknown), "NOT_FOUND");
            let data = api.data(NOBODY, "procedure", json!({ "key": "report" })).await;
            let form = &data["procedure"]["filing"]["form"];
            assert_eq!(form["$schema"], "https://json-schema.org/draft/2020-12/schema");
            assert!(form["required"].as_array().expect("a list").contains(&json!("facts")));
            let today = api.data(NOBODY, "procedures", json!({})).await;
            let keys: Vec<&Value> = today["procedures"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|procedure| &procedure["key"])
                .collect();
            let pack = api.town.app.pack();
            let later: Vec<&String> = pack
                .procedures
                .keys()
                .filter(|key| !keys.contains(&&json!(key)))
                .collect();
            assert_eq!(
                later,
                ["judicial_support"],
                "the others govern today, this one from 2027 on"
            );
            assert!(
                ["complaint", "penalty", "report"]
                    .iter()
                    .all(|key| keys.contains(&&json!(key)))
            );
            let again = api.data(NOBODY, "node", json!({ "id": data["procedure"]["id"] })).await;
            assert_eq!(again["node"]["key"], "report");
        },
    )
    .await;
}

#[tokio::test]
async fn what_stays_open_ends_when_a_role_or_the_session_is_revoked() {
    each_engine(
        "what_stays_open_ends_when_a_role_or_the_session_is_revoked",
        async |database| {
            let api = Api::open(database).await;
            let app = &api.town.app;
            let came_in = async |who: &str| {
                let actor = accounts::authenticate(app, api.token(who)).await.expect("the database");
                actor.and_then(|actor| actor.person().cloned()).expect("somebody")
            };
            let (officer, head) = (came_in("officer").await, came_in("head").await);
            assert!(accounts::unchanged(app, &officer).await.expect("the database"));
            app.store
                .revoke_membership(&officer.memberships[0].id, app.now())
                .await
                .expect("revoked");
            assert!(!accounts::unchanged(app, &officer).await.expect("the database"));
            assert!(accounts::unchanged(app, &head).await.expect("the database"));
            app.store
                .revoke_session(&head.session_id, app.now())
                .await
                .expect("revoked");
            assert!(!accounts::unchanged(app, &head).await.expect("the database"));
            let viewer = api.data("officer", "viewer", json!({})).await;
            assert_eq!(
                viewer["viewer"]["memberships"],
                json!([]),
                "a revoked role ends with the next request"
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_fault_of_ours_says_nothing_but_an_id_to_quote() {
    each_engine("a_fault_of_ours_says_nothing_but_an_id_to_quote", async |database| {
        let api = Api::open(database).await;
        let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
        api.town.app.store.close().await.expect("closed");
        let answer = api.ask(NOBODY, "case", json!({ "id": id })).await;
        let code = code(&answer);
        assert!(matches!(code, "INTERNAL" | "BUSY"), "{code}");
        let error = &answer["errors"][0];
        let known = [
            "Something went wrong on our side. Nothing was saved.",
            "The service is busy. Please try again shortly.",
        ];
        assert!(known.iter().any(|message| error["message"] == *message), "{error}");
        let mut told: Vec<&String> = error["extensions"].as_object().expect("extensions").keys().collect();
        told.retain(|key| *key != "traceId");
        assert_eq!(told, ["code"]);
    })
    .await;
}

#[tokio::test]
async fn a_case_whose_authority_is_late_comes_first_and_is_among_the_overdue() {
    each_engine(
        "a_case_whose_authority_is_late_comes_first_and_is_among_the_overdue",
        async |database| {
            let api = Api::open(database).await;
            let town = &api.town;
            let late = town
                .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
                .await;
            town.send(
                "intake",
                &late.case_id,
                "dispatch",
                json!({ "organisation": "district" }),
            )
            .await;
            town.send("officer", &late.case_id, "take", json!({})).await;
            town.clock.set(datetime!(2026-10-10 10:00 +8));
            let young = town
                .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
                .await;
            town.send(
                "intake",
                &young.case_id,
                "dispatch",
                json!({ "organisation": "district" }),
            )
            .await;
            town.clock.set(datetime!(2026-10-11 08:00 +8));
            jobs::run_due(&town.app).await.expect("jobs run");
            let query = "query L($filter: CaseFilter) { cases(filter: $filter, orderBy: DUE_FIRST, first: 10) {
                nodes { number deadlines { clock status overdue dueDate waits } } } }";
            let listed = async |filter: Value| -> Vec<Value> {
                let (_, body) = api.send("officer", query, json!({ "filter": filter }), "en").await;
                let answer: Value = serde_json::from_str(&body).expect("JSON");
                assert_eq!(answer["errors"], Value::Null, "{answer}");
                answer["data"]["cases"]["nodes"].as_array().expect("nodes").clone()
            };
            let all = listed(json!({})).await;
            let numbers: Vec<&str> = all.iter().filter_map(|node| node["number"].as_str()).collect();
            assert_eq!(numbers, [late.number.as_str(), young.number.as_str()]);
            let overdue = listed(json!({ "dueBy": "2026-10-11T08:00:00+08:00" })).await;
            assert_eq!(overdue.len(), 1);
            let acceptance = json!({
                "clock": "acceptance",
                "status": "EXPIRED",
                "overdue": true,
                "dueDate": "2026-10-10",
                "waits": false,
            });
            let deadlines = overdue[0]["deadlines"].as_array().expect("deadlines");
            assert!(deadlines.contains(&acceptance), "{deadlines:?}");
        },
    )
    .await;
}

#[tokio::test]
async fn programs_read_by_which_article_a_notice_is_owed_and_what_is_open() {
    each_engine(
        "programs_read_by_which_article_a_notice_is_owed_and_what_is_open",
        async |database| {
            let api = Api::open(database).await;
            let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
            let query = "query C($id: ID!) { case(id: $id) {
                notices { id template owed { row title article dueDate inTime channel proof receivedOn } }
                documents { kind owed { row } }
                owedFeedback { titles articles dueDate late } } }";
            let ask = async |who: &str| -> Value {
                let (_, body) = api.send(who, query, json!({ "id": id }), "en").await;
                let mut answer: Value = serde_json::from_str(&body).expect("JSON");
                assert_eq!(answer["errors"], Value::Null, "{who}");
                answer["data"]["case"].take()
            };
            let before = ask("intake").await;
            assert_eq!(
                before["owedFeedback"],
                json!([{
                    "titles": ["Acceptance", "Non-acceptance with reasons and other ways"],
                    "articles": ["samr-121#15.1", "samr-121#15.2"],
                    "dueDate": "2026-10-10",
                    "late": false,
                }])
            );
            assert_eq!(before["notices"][0]["owed"], Value::Null, "{before}");
            let district = api.organisation("district").await;
            api.step("intake", &id, "dispatch", json!({ "organisation": district }))
                .await;
            api.step("officer", &id, "take", json!({})).await;
            api.step("officer", &id, "accept", json!({})).await;
            let after = ask("consumer").await;
            let notices = after["notices"].as_array().expect("notices");
            let accepted = notices.iter().find(|n| n["template"] == "complaint_accepted");
            assert_eq!(
                accepted.expect("the notice")["owed"],
                json!({
                    "row": "complaint_accepted", "title": "Acceptance", "article": "samr-121#15.1",
                    "dueDate": "2026-10-10", "inTime": true, "channel": "portal",
                    "proof": "Record of the first time the page showed it", "receivedOn": null,
                })
            );
            assert_eq!(after["owedFeedback"], json!([]));

            // Who is told has no mail: the officer calls, and records it.
            let notice = accepted.expect("the notice")["id"].clone();
            let telling = |way: &str| json!({ "caseId": id, "id": notice, "way": way, "toldOn": "2026-09-23", "reference": "A-12" });
            let refused = api.change("officer", "recordTelling", telling("portal")).await;
            assert_eq!(refused["userErrors"][0]["code"], "WAY_NOT_OPEN");
            assert_eq!(refused["userErrors"][0]["field"], json!(["way"]));
            let done = api.change("officer", "recordTelling", telling("phone")).await;
            assert_eq!(done["userErrors"], json!([]));
            let notices = done["case"]["notices"].as_array().expect("notices");
            let told = notices.iter().find(|n| n["id"] == notice).expect("the notice");
            assert_eq!(
                told["owed"],
                json!({
                    "row": "complaint_accepted", "article": "samr-121#15.1", "dueDate": "2026-10-10", "inTime": true,
                    "channel": "phone", "proof": "Note of the call", "reference": "A-12", "receivedOn": "2026-09-23",
                    "recordable": ["sms", "phone", "letter"],
                })
            );
        },
    )
    .await;
}
