//! Facts about hand-over by signed file: the town's police have no access to its service and work with one of their own.

mod evidence;
mod forged;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use poem::test::TestClient;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use time::macros::datetime;
use zhengming::{
    access::Actor,
    clock::SeededEntropy,
    endpoint::endpoint,
    secret::Secrets,
    service::{
        Error,
        accounts::{self, SignIn},
        case_view, integrity, replay,
        transfer::{self, Imported, Item, Request},
    },
    store::SessionKind,
};
use zhengming_engine::{clock::ClockState, decision::ProblemCode, definition::model::FilingMode};

use crate::{
    database::{Database, each_engine},
    subcases::referred,
    town::{BUREAU, DISTRICT, POLICE, Town},
};

/// The town, whose district has handed a case to the police, and the service of the police.
struct Sides {
    town: Town,
    police: Town,
    /// Id of the referral, the same on both sides.
    case: String,
}

impl Sides {
    async fn found(database: Database) -> Self {
        let elsewhere = Database::like(&database).await;
        let data = elsewhere.dir.path().join("data");
        Secrets::open(&data, &SeededEntropy::new(8)).expect("other keys");
        let (town, police) = (Town::found(database).await, Town::found(elsewhere).await);
        let theirs = transfer::own_key(&police.app, POLICE).await.expect("a key");
        let theirs = serde_json::to_string(&theirs).expect("JSON");
        transfer::trust(&town.app, &theirs, None).await.expect("trusted");
        let (_, case) = referred(&town).await;
        let account = |name: &str| town.who(name).account_id().expect("an account").to_owned();
        let team = json!({ "officer_one": account("officer"), "officer_two": account("colleague") });
        town.send("head", &case, "form_team", team).await;
        let report = json!({
            "ground": "reasonable_suspicion", "report_facts": "经核实，存在合理嫌疑。",
            "items_listed": "白酒六瓶。", "tests_made": false,
        });
        town.send("officer", &case, "report", report).await;
        town.send("head", &case, "approve", json!({})).await;
        let letter = json!({
            "police": POLICE, "procuratorate": crate::town::PROCURATORATE,
            "enclosures": ["investigation_report", "item_list"],
        });
        town.send("officer", &case, "transfer", letter).await;
        Self { town, police, case }
    }

    /// As [`Self::found`], and the police know the district's key.
    async fn acquainted(database: Database) -> Self {
        let sides = Self::found(database).await;
        let ours = transfer::own_key(&sides.town.app, DISTRICT).await.expect("a key");
        let ours = serde_json::to_string(&ours).expect("JSON");
        transfer::trust(&sides.police.app, &ours, None).await.expect("trusted");
        sides
    }

    async fn written(&self, items: Vec<Item>) -> String {
        let number = number(&self.town, &self.case).await;
        let signed = transfer::write_transfer(&self.town.app, self.town.who("officer"), &request(&number), items).await;
        signed.expect("a file").text
    }

    async fn events(from: &Town, who: &str, case: &str) -> String {
        let number = number(from, case).await;
        let signed = transfer::write_events(&from.app, from.who(who), &request(&number)).await;
        signed.expect("a file").text
    }
}

fn request(number: &str) -> Request<'_> {
    Request {
        number,
        by: None,
        to: None,
    }
}

async fn number(town: &Town, case: &str) -> String {
    town.app.store.case(case).await.expect("read").expect("there").number
}

async fn read(town: &Town, text: &str) -> Result<Imported, Error> {
    transfer::read(&town.app, &Actor::System, text, &BTreeMap::new()).await
}

async fn refused(town: &Town, text: &str) -> &'static str {
    let cases = town.app.store.count_cases(&Default::default()).await.expect("counted");
    let code = read(town, text).await.err().map_or("read", |error| error.code());
    let after = town.app.store.count_cases(&Default::default()).await.expect("counted");
    assert_eq!(cases, after, "a refused file leaves nothing");
    code
}

async fn clock(town: &Town, case: &str, name: &str) -> ClockState {
    let row = town.app.store.case(case).await.expect("read").expect("there");
    serde_json::from_value(row.clocks[name].clone()).expect("a clock")
}

#[tokio::test]
async fn a_case_goes_on_elsewhere_under_its_procedure_and_each_side_follows_what_the_other_did() {
    each_engine(
        "a_case_goes_on_elsewhere_under_its_procedure_and_each_side_follows_what_the_other_did",
        async |database| {
            let sides = Sides::acquainted(database).await;
            let (town, police, case) = (&sides.town, &sides.police, &sides.case);
            let file = sides.written(Vec::new()).await;
            let here = read(police, &file).await.expect("taken over");
            assert!(matches!(here, Imported::TakenOver { known: false, .. }));
            assert_eq!(police.states(case).await, town.states(case).await);
            let personal = police.app.store.case_personal(case).await.expect("read");
            assert_eq!(personal.unwrap_or_default()["party_name"], "样例酒行");
            let papers = |town: &Town| {
                let store = town.app.store.clone();
                async move {
                    let rows = store.documents_of(std::slice::from_ref(case)).await.expect("read");
                    rows.into_iter().map(|row| (row.kind, row.number)).collect::<Vec<_>>()
                }
            };
            assert_eq!(papers(police).await, papers(town).await, "the documents came along");
            let policeman = police.who("policeman");
            let seen = case_view::case(&police.app, policeman, case).await.expect("known");
            assert_eq!(seen.number_elsewhere, Some(number(town, case).await));
            let told = seen.notices.iter().filter(|row| row.template == "case_arrived");
            let told: Vec<&str> = told.map(|row| row.recipient_role.as_str()).collect();
            assert_eq!(told, ["police_officer"], "who goes on with it");

            // Signed on Wednesday afternoon; the bureau hears of it on Saturday.
            police.clock.set(datetime!(2026-09-23 16:00 +8));
            police
                .send("policeman", case, "sign_receipt", json!({ "own_jurisdiction": true }))
                .await;
            town.clock.set(datetime!(2026-09-26 10:00 +8));
            let answer = Sides::events(police, "policeman", case).await;
            let followed = read(town, &answer).await.expect("followed");
            assert!(matches!(
                followed,
                Imported::Events {
                    performed: 1,
                    refused: None,
                    ..
                }
            ));
            assert_eq!(town.states(case).await, police.states(case).await);
            // Three days from the signature (Order 310 art 8), not from the day on which the bureau heard of it.
            let due = clock(town, case, "police_decision")
                .await
                .deadline(&town.app.pack().law)
                .expect("counted");
            let there = clock(police, case, "police_decision").await;
            assert_eq!(due.due, there.deadline(&police.app.pack().law).expect("counted").due);
            assert_eq!(due.due.at().expect("it runs").strict_date.to_string(), "2026-09-26");

            // And the other way round: the bureau supplies what is asked for.
            police
                .send(
                    "policeman",
                    case,
                    "ask_material",
                    json!({ "missing_material": "补充清单" }),
                )
                .await;
            let asked = Sides::events(police, "policeman", case).await;
            let followed = read(town, &asked).await.expect("followed");
            assert!(matches!(
                followed,
                Imported::Events {
                    performed: 1,
                    known: 1,
                    refused: None,
                    ..
                }
            ));
            town.send(
                "officer",
                case,
                "supply_material",
                json!({ "supplied_material": "清单一份" }),
            )
            .await;
            let supplied = Sides::events(town, "officer", case).await;
            read(police, &supplied).await.expect("followed");
            assert_eq!(town.states(case).await, police.states(case).await);
            for side in [town, police] {
                let replayed = replay::case(&side.app, case).await.expect("replayed");
                assert_eq!((replayed.differs, replayed.apart), (vec![], vec![]));
                let all = integrity::replay_all(&side.app, |_| {}).await.expect("replayed");
                assert_eq!(all.findings, []);
                assert_eq!(integrity::between(&side.app).await.expect("compared"), []);
            }
        },
    )
    .await;
}

#[tokio::test]
async fn what_was_done_elsewhere_before_the_new_year_is_taken_in_after_it_and_draws_numbers_of_its_own_year() {
    each_engine(
        "what_was_done_elsewhere_before_the_new_year_is_taken_in_after_it_and_draws_numbers_of_its_own_year",
        async |database| {
            let sides = Sides::acquainted(database).await;
            let (town, police, case) = (&sides.town, &sides.police, &sides.case);
            let file = sides.written(Vec::new()).await;
            read(police, &file).await.expect("taken over");
            police.clock.set(datetime!(2026-12-31 16:00 +8));
            police
                .send("policeman", case, "sign_receipt", json!({ "own_jurisdiction": true }))
                .await;
            let answer = Sides::events(police, "policeman", case).await;
            town.clock.set(datetime!(2027-01-04 09:00 +8));
            let followed = read(town, &answer).await.expect("followed");
            assert!(matches!(
                followed,
                Imported::Events {
                    performed: 1,
                    refused: None,
                    ..
                }
            ));
            let papers = town.app.store.documents_of(std::slice::from_ref(case)).await;
            let papers = papers.expect("read");
            let receipt = papers.iter().find(|row| row.kind == "transfer_receipt").expect("made");
            let drawn = receipt.body.to_string();
            assert!(drawn.contains(&format!("{POLICE}/2026")), "{drawn}");
        },
    )
    .await;
}

#[tokio::test]
async fn the_same_file_again_changes_nothing_and_another_for_the_same_case_is_refused() {
    each_engine(
        "the_same_file_again_changes_nothing_and_another_for_the_same_case_is_refused",
        async |database| {
            let sides = Sides::acquainted(database).await;
            let file = sides.written(Vec::new()).await;
            read(&sides.police, &file).await.expect("taken over");
            let again = read(&sides.police, &file).await.expect("known");
            assert!(matches!(again, Imported::TakenOver { known: true, .. }));
            sides.town.clock.advance(std::time::Duration::from_secs(60));
            let second = sides.written(Vec::new()).await;
            assert_eq!(refused(&sides.police, &second).await, "TRANSFER_REPLAYED");

            let police = &sides.police;
            police
                .send(
                    "policeman",
                    &sides.case,
                    "sign_receipt",
                    json!({ "own_jurisdiction": true }),
                )
                .await;
            let answer = Sides::events(police, "policeman", &sides.case).await;
            read(&sides.town, &answer).await.expect("followed");
            let events = sides
                .town
                .app
                .store
                .events_of(std::slice::from_ref(&sides.case))
                .await
                .expect("read")
                .len();
            let again = read(&sides.town, &answer).await.expect("known");
            assert!(matches!(
                again,
                Imported::Events {
                    performed: 0,
                    known: 1,
                    refused: None,
                    ..
                }
            ));
            let after = sides
                .town
                .app
                .store
                .events_of(std::slice::from_ref(&sides.case))
                .await
                .expect("read")
                .len();
            assert_eq!(events, after);
        },
    )
    .await;
}

#[tokio::test]
async fn a_file_that_is_cut_off_altered_unknown_or_for_somebody_else_is_refused_by_name() {
    let database = Database::sqlite().await;
    let sides = Sides::found(database).await;
    let file = sides.written(Vec::new()).await;
    assert_eq!(refused(&sides.police, &file).await, "TRANSFER_UNKNOWN_KEY");
    let ours = transfer::own_key(&sides.town.app, DISTRICT).await.expect("a key");
    let key = serde_json::to_string(&ours).expect("JSON");
    transfer::trust(&sides.police.app, &key, None).await.expect("trusted");
    assert_eq!(
        refused(&sides.police, &file[..file.len() - 1]).await,
        "TRANSFER_TRUNCATED"
    );
    assert_eq!(
        refused(&sides.police, &file[..file.len() / 2]).await,
        "TRANSFER_TRUNCATED"
    );
    assert_eq!(refused(&sides.police, "").await, "TRANSFER_UNREADABLE");
    assert_eq!(refused(&sides.police, "{\"case\":1}").await, "TRANSFER_UNREADABLE");
    let middle = file.len() / 2;
    let other = if file.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let altered = format!("{}{other}{}", &file[..middle], &file[middle + 1..]);
    assert_eq!(refused(&sides.police, &altered).await, "TRANSFER_ALTERED");
    // The bureau's own service is not whom it is for, and does not know the bureau's key as that of somebody else.
    assert_eq!(refused(&sides.town, &file).await, "TRANSFER_UNKNOWN_KEY");
    transfer::revoke(&sides.police.app, &ours.kid).await.expect("revoked");
    assert_eq!(refused(&sides.police, &file).await, "TRANSFER_REVOKED_KEY");
    let again = transfer::trust(&sides.police.app, &key, None).await;
    assert_eq!(again.err().map(|error| error.code()), Some("TRANSFER_REVOKED_KEY"));
}

#[tokio::test]
async fn what_goes_along_must_arrive_as_it_was_sent() {
    let sides = Sides::acquainted(Database::sqlite().await).await;
    let item = Item {
        name: "investigation.pdf".to_owned(),
        bytes: 3,
        sha256: "ab".repeat(32),
    };
    let file = sides.written(vec![item]).await;
    assert_eq!(refused(&sides.police, &file).await, "TRANSFER_ITEM_MISSING");
    let mut found = BTreeMap::from([("investigation.pdf".to_owned(), "cd".repeat(32))]);
    let altered = transfer::read(&sides.police.app, &Actor::System, &file, &found).await;
    assert_eq!(altered.err().map(|error| error.code()), Some("TRANSFER_ITEM_ALTERED"));
    found.insert("investigation.pdf".to_owned(), "ab".repeat(32));
    let whole = transfer::read(&sides.police.app, &Actor::System, &file, &found).await;
    assert!(matches!(whole, Ok(Imported::TakenOver { .. })));
}

#[tokio::test]
async fn a_file_is_uploaded_in_the_portal_with_what_goes_along() {
    let sides = Sides::acquainted(Database::sqlite().await).await;
    let content = "调查报告";
    let item = Item {
        name: "report.txt".to_owned(),
        bytes: content.len() as u64,
        sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(content)),
    };
    let file = sides.written(vec![item]).await;
    let app = &sides.police.app;
    let sign_in = SignIn {
        login: "policeman".to_owned(),
        password: format!("the {} of a sample town 42", "secret"),
        kind: SessionKind::Cookie,
        label: None,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let session = accounts::sign_in(app, sign_in).await.expect("signed in").token;
    let cookie = format!("__Host-zhengming={session}");
    let client = TestClient::new(endpoint(app, None));
    let page = client.get("/transfers").header("cookie", &cookie).send().await;
    let page = page.0.into_body().into_string().await.expect("a page");
    let form = page.rsplit("<form").next().expect("a form");
    let (_, token) = form.split_once("name=\"_token\" value=\"").expect("a token");
    let token = token.split('"').next().expect("its end");
    let send = async |item: &str| {
        let part = |head: &str, content: &str| {
            format!("--edge\r\ncontent-disposition: form-data; {head}\r\n\r\n{content}\r\n")
        };
        let body = [
            part("name=\"_token\"", token),
            part("name=\"upload\"; filename=\"case.jws\"", &file),
            part("name=\"items\"; filename=\"report.txt\"", item),
            "--edge--\r\n".to_owned(),
        ];
        let request = client.post("/transfers").header("cookie", &cookie);
        let request = request.header("content-type", "multipart/form-data; boundary=edge");
        let answer = request.body(body.concat()).send().await.0;
        (
            answer.status().as_u16(),
            answer.into_body().into_string().await.expect("a page"),
        )
    };
    let (status, page) = send("别的报告").await;
    assert_eq!(status, 422, "{page}");
    assert!(app.store.case(&sides.case).await.expect("read").is_none());
    let (status, page) = send(content).await;
    assert_eq!(status, 200, "{page}");
    let here = app.store.case(&sides.case).await.expect("read").expect("taken over");
    assert!(page.contains(&here.number), "{page}");
}

#[tokio::test]
async fn an_event_that_the_procedure_does_not_let_happen_here_is_refused_and_told() {
    let sides = Sides::acquainted(Database::sqlite().await).await;
    let (town, police, case) = (&sides.town, &sides.police, &sides.case);
    read(police, &sides.written(Vec::new()).await)
        .await
        .expect("taken over");
    police
        .send("policeman", case, "sign_receipt", json!({ "own_jurisdiction": true }))
        .await;
    police
        .send(
            "policeman",
            case,
            "file_case",
            json!({ "criminal_case_number": "样例2026" }),
        )
        .await;
    // Meanwhile the bureau has taken the answer down from the letter that came by post.
    let policeman = town.who("policeman").clone();
    let signed = town.try_send(&policeman, case, "sign_receipt", json!({ "own_jurisdiction": true }));
    signed.await.expect("noted");
    let answer = Sides::events(police, "policeman", case).await;
    let followed = read(town, &answer).await.expect("read");
    let Imported::Events {
        performed: 1,
        refused: Some((event, Error::Refused(problems))),
        ..
    } = followed
    else {
        panic!("{followed:?}");
    };
    assert_eq!(
        (event.as_str(), problems[0].code),
        ("sign_receipt", ProblemCode::EventNotAvailable)
    );
    assert!(problems[0].law.is_some(), "{problems:?}");
    // What followed it there found its place here, and what it overtook is not made up for.
    let again = read(town, &answer).await.expect("read");
    let Imported::Events {
        performed: 0,
        known: 2,
        refused: None,
        ..
    } = again
    else {
        panic!("{again:?}");
    };
}

#[tokio::test]
async fn only_who_reads_a_case_as_staff_writes_it_and_only_for_the_other_side() {
    let sides = Sides::found(Database::sqlite().await).await;
    let (town, case) = (&sides.town, &sides.case);
    let number = number(town, case).await;
    let write = async |who: &Actor, by: Option<&str>| {
        let request = Request { by, ..request(&number) };
        let written = transfer::write_transfer(&town.app, who, &request, Vec::new()).await;
        written.err().map_or("written", |error| error.code())
    };
    assert_eq!(write(town.who("officer"), None).await, "written");
    assert_eq!(write(town.who("mediator"), None).await, "NOT_FOUND");
    assert_eq!(write(town.who("consumer"), None).await, "NOT_FOUND");
    assert_eq!(write(&Actor::Anonymous, None).await, "NOT_FOUND");
    assert_eq!(write(town.who("policeman"), None).await, "TRANSFER_CASE_IS_HERE");
    assert_eq!(write(&Actor::System, None).await, "FORBIDDEN");
    assert_eq!(write(&Actor::System, Some(DISTRICT)).await, "written");
    // The procuratorate has given nobody its key.
    let to = Request {
        to: Some(crate::town::PROCURATORATE),
        ..request(&number)
    };
    let unknown = transfer::write_transfer(&town.app, town.who("officer"), &to, Vec::new()).await;
    assert_eq!(unknown.err().map(|error| error.code()), Some("TRANSFER_NO_KEY"));
}

#[tokio::test]
async fn who_only_reads_along_is_not_offered_to_write_a_file() {
    let town = Town::found(Database::sqlite().await).await;
    let above = town.person("above", BUREAU, &["case_officer"]).await;
    let lead = json!({ "party_name": "样例酒行", "facts": "查获仿冒白酒。" });
    let filed = town
        .file(town.who("colleague"), "penalty", FilingMode::Named, lead)
        .await;
    let row = town.app.store.case(&filed.case_id).await.expect("read").expect("there");
    let seen = case_view::case(&town.app, &above, &row.id).await.expect("known");
    assert!(seen.standing.reads_as_staff());
    for (who, may) in [
        (&above, false),
        (town.who("colleague"), true),
        (town.who("consumer"), false),
    ] {
        let offered = transfer::may_write(&town.app, who, &row).await.expect("asked");
        assert_eq!(offered, may);
    }
}

#[tokio::test]
async fn a_file_is_taken_in_by_whom_it_is_for() {
    let sides = Sides::acquainted(Database::sqlite().await).await;
    let (police, file) = (&sides.police, sides.written(Vec::new()).await);
    let read = async |who: &Actor| {
        let read = transfer::read(&police.app, who, &file, &BTreeMap::new()).await;
        read.err().map_or("read", |error| error.code())
    };
    assert_eq!(read(&Actor::Anonymous).await, "UNAUTHENTICATED");
    assert_eq!(read(police.who("procurator")).await, "FORBIDDEN");
    assert_eq!(read(police.who("policeman")).await, "read");
}

#[tokio::test]
async fn who_filed_is_in_no_file() {
    let database = Database::sqlite().await;
    let sides = Sides::acquainted(database).await;
    let town = &sides.town;
    let canary = "灯塔二〇四八";
    let names = json!({ "filer_name": canary, "filer_phone": "02700002048", "filer_address": canary });
    let report = town
        .file(&Actor::Anonymous, "report", FilingMode::Confidential, names)
        .await
        .case_id;
    // Whatever its state, a case can be written for whoever it is said to be for.
    let request = Request {
        number: &number(town, &report).await,
        by: Some(DISTRICT),
        to: Some(POLICE),
    };
    let signed = transfer::write_transfer(&town.app, &Actor::System, &request, Vec::new()).await;
    let text = signed.expect("a file").text;
    let payload = text.split('.').nth(1).expect("a payload");
    let payload = data_encoding::BASE64URL_NOPAD
        .decode(payload.as_bytes())
        .expect("base64url");
    let payload = String::from_utf8(payload).expect("UTF-8");
    let whole: Json = serde_json::from_str(&payload).expect("JSON");
    assert!(whole["fields"].as_object().is_some_and(|fields| !fields.is_empty()));
    assert!(!payload.contains(canary) && !payload.contains("02700002048"));
}
