//! kill -9 again and again: what was acknowledged is there afterwards, once, each timer has fired once, and the chain
//! verifies.
//!
//! `CRASH_ROUNDS=100 cargo test --test it crash` for a long run.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use zhengming::{
    clock::{Clock as _, SystemClock},
    service::replay,
    store::{Store, TimerState},
};
use zhengming_engine::definition::model::FilingMode;

use crate::{
    database::{Database, each_engine},
    town::Town,
};

/// Clients that file at the same time.
const CLIENTS: usize = 8;
/// Acknowledged filings after which the server is killed, per round.
const ACKS: usize = 12;
/// Cases whose timers are due when the server starts.
const CASES: usize = 100;

/// How often the server is killed.
fn rounds() -> usize {
    let asked = std::env::var("CRASH_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok());
    asked.unwrap_or(5)
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_or_doubled_by_kill_9() {
    each_engine("nothing_acknowledged_is_lost_or_doubled_by_kill_9", filings).await;
}

#[tokio::test]
async fn each_timer_fires_once_whenever_kill_9_comes() {
    each_engine("each_timer_fires_once_whenever_kill_9_comes", timers).await;
}

async fn timers(database: Database) {
    let data = database.dir.path().join("data");
    let town = Town::found(database).await;
    let mut cases = Vec::new();
    for _ in 0..CASES {
        let filed = town
            .file(town.who("consumer"), "report", FilingMode::Anonymous, json!({}))
            .await;
        cases.push(filed.case_id);
    }
    let store = &town.database.store;
    // Filed in the past of the machine's clock: all these timers are due when the server starts.
    let due = async || {
        let due = store.due_timers(SystemClock::new().now(), 100_000).await;
        due.expect("read").len()
    };
    let all = due().await;
    assert!(all >= CASES, "{all} timers are due");
    let step = all / (rounds() + 1);
    let mut left = all;
    while left > 0 {
        let (mut server, _) = start(&town.database, &data);
        let target = left.saturating_sub(step.max(1));
        while due().await > target {
            tokio::task::yield_now().await;
        }
        server.kill().expect("SIGKILL");
        server.wait().expect("dead");
        left = due().await;
    }
    for case in &cases {
        let bundle = store.case_bundle(case).await.expect("read").expect("the case");
        let fired = bundle.timers.iter().filter(|timer| timer.state == TimerState::Fired);
        let fired: BTreeSet<_> = fired
            .map(|timer| (timer.clock.clone(), timer.generation, timer.rung.clone()))
            .collect();
        let mut recorded = BTreeSet::new();
        for payload in &bundle.payloads {
            let body = payload.body.as_deref().expect("nothing was erased");
            let body: Value = serde_json::from_str(body).expect("JSON");
            let timer = &body["timer"];
            if timer.is_null() {
                continue;
            }
            let text = |key: &str| timer[key].as_str().expect("a text").to_owned();
            let generation = timer["generation"].as_i64().expect("a number");
            let first = recorded.insert((text("clock"), generation, text("rung")));
            assert!(first, "{timer} fired twice");
        }
        assert!(!fired.is_empty());
        assert_eq!(recorded, fired, "what has fired left its event");
        let replay = replay::case(&town.app, case).await.expect("replayed");
        assert!(replay.differs.is_empty() && replay.apart.is_empty(), "{replay:?}");
    }
    let report = store.verify(|_| {}).await.expect("verified");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

async fn filings(database: Database) {
    let rounds = rounds();
    let data = database.dir.path().join("data");
    settle(&database.store).await;
    let acknowledged = Arc::new(Mutex::new(BTreeMap::<String, String>::new()));
    let mut open: Vec<String> = Vec::new();
    for round in 0..rounds {
        let (mut server, address) = start(&database, &data);
        // Keys without an answer, and one that had its answer, are sent again: each gets one case.
        let known = acknowledged
            .lock()
            .expect("lock")
            .iter()
            .next()
            .map(|(k, v)| (k.clone(), v.clone()));
        if let Some((key, number)) = known {
            assert_eq!(
                file(&address, &key).await.as_deref(),
                Some(number.as_str()),
                "round {round}"
            );
        }
        for key in open.drain(..) {
            let number = file(&address, &key).await.expect("a repeat is answered");
            acknowledged.lock().expect("lock").insert(key, number);
        }
        let target = acknowledged.lock().expect("lock").len() + ACKS;
        let clients = (0..CLIENTS).map(|client| {
            let (address, acknowledged) = (address.clone(), acknowledged.clone());
            tokio::spawn(async move {
                let mut unanswered = Vec::new();
                for n in 0.. {
                    if acknowledged.lock().expect("lock").len() >= target + CLIENTS {
                        break;
                    }
                    let key = format!("crash-{round:04}-{client:02}-{n:06}");
                    match file(&address, &key).await {
                        Some(number) => {
                            acknowledged.lock().expect("lock").insert(key, number);
                        }
                        None => {
                            unanswered.push(key);
                            break;
                        }
                    }
                }
                unanswered
            })
        });
        let clients: Vec<_> = clients.collect();
        while acknowledged.lock().expect("lock").len() < target {
            tokio::task::yield_now().await;
        }
        server.kill().expect("SIGKILL");
        server.wait().expect("dead");
        for client in clients {
            open.extend(client.await.expect("a client"));
        }
    }
    let acknowledged = acknowledged.lock().expect("lock").clone();
    let numbers: std::collections::BTreeSet<&String> = acknowledged.values().collect();
    assert_eq!(numbers.len(), acknowledged.len(), "two keys share a case");
    let store = &database.store;
    let stored = store.count_cases(&Default::default()).await.expect("count");
    let stored = usize::try_from(stored).expect("a count");
    // Beyond the acknowledged ones there may be filings that were committed in the moment of the kill.
    assert!(
        stored >= acknowledged.len() && stored <= acknowledged.len() + open.len(),
        "{stored}"
    );
    for number in numbers {
        assert!(
            store.case_by_number(number).await.expect("read").is_some(),
            "{number} was acknowledged and is lost"
        );
    }
    let report = store.verify(|_| {}).await.expect("verified");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

/// A bureau, so that filings have a place to go.
async fn settle(store: &Store) {
    store
        .put_organisation(zhengming::store::OrganisationRow {
            id: "bureau".to_owned(),
            key: "bureau".to_owned(),
            name_zh: "样例市市场监督管理局".to_owned(),
            name_en: "Sample bureau".to_owned(),
            kind: "market_regulation".to_owned(),
            parent_id: None,
            division_code: "420100".to_owned(),
        })
        .await
        .expect("an organisation");
}

/// Starts the program on a free port and waits until it says that it is ready.
fn start(database: &Database, data: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zhengming"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data)
        .env("ZHENGMING_DATABASE__URL", &database.url)
        .envs([
            ("ZHENGMING_LIMITS__FILING__BURST", "1000000"),
            ("ZHENGMING_LIMITS__GRAPHQL_ANONYMOUS__BURST", "1000000"),
            ("ZHENGMING_LOG__FORMAT", "text"),
        ])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stderr.take().expect("stderr")).lines();
    let mut said = Vec::new();
    let ready = lines.by_ref().map_while(Result::ok).find(|line| {
        said.push(line.clone());
        line.contains("ready listen=")
    });
    let ready = ready.unwrap_or_else(|| panic!("the program does not get ready: {said:#?}"));
    let address = ready
        .split("listen=")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    let address = address.expect("an address").to_owned();
    // Somebody must read on, or the pipe fills up and the program waits.
    std::thread::spawn(move || lines.for_each(drop));
    (child, address)
}

/// Files an anonymous report; `None` when no answer came.
async fn file(address: &str, key: &str) -> Option<String> {
    let query = "mutation($input: FileReportInput!) { fileReport(input: $input) { number userErrors { code field } } }";
    let fields = json!({
        "true_statement": true, "facts": "样例", "basis": "样例", "reported_name": "样例商店", "reported_address": "样例路",
        "trader_kind": "on_site",
    });
    let input = json!({ "mode": "ANONYMOUS", "fields": fields, "idempotencyKey": key });
    let request = reqwest::Client::new()
        .post(format!("http://{address}/graphql"))
        .json(&json!({ "query": query, "variables": { "input": input } }));
    let answer: Value = request.send().await.ok()?.json().await.ok()?;
    let filed = &answer["data"]["fileReport"];
    let number = filed["number"].as_str().map(str::to_owned);
    Some(number.unwrap_or_else(|| panic!("refused: {answer}")))
}
