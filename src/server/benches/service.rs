//! `cargo bench -p zhengming --bench service [-- sqlite|postgres URL] [SECONDS] [clients=N]`
//!
//! `clients=N` measures the transitions of that many clients alone.
//!
//! Durable transitions a second through `service`, for several numbers of clients, with the disk's fdatasync rate and the
//! raw commits of the same database with the same rows beside each line.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops where something is wrong"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures the machine: it takes its time and opens its own transactions"
)]

use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, TransactionTrait};
use serde_json::{Map, Value, json};
use zhengming::{
    access::{Actor, Person},
    app::SharedApp,
    backends::{self, Surroundings},
    clock::{SystemClock, SystemEntropy},
    config::{Config, Flags},
    service::{
        accounts, cases,
        intake::{self, FileRequest},
    },
    store::{MembershipRow, OrganisationRow},
};
use zhengming_engine::definition::model::{FieldKind, FilingMode};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let url = arguments.iter().find(|a| a.starts_with("postgres")).cloned();
    let seconds = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(5);
    let alone = arguments.iter().find_map(|a| a.strip_prefix("clients=")?.parse().ok());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(url, Duration::from_secs(seconds), alone));
}

async fn run(url: Option<String>, time: Duration, alone: Option<usize>) {
    let directory = tempfile::tempdir_in(".").unwrap();
    let all = if url.is_some() { [1, 8, 32] } else { [1, 8, 64] };
    let clients: &[usize] = alone.as_ref().map_or(&all, std::slice::from_ref);
    let app = open(directory.path(), url.as_deref()).await;
    let officer = officer(&app).await;
    println!("fdatasync/s before: {:.0}", fdatasync(directory.path()));
    for clients in clients {
        let before = app.store.activity();
        let rate = transitions(&app, &officer, *clients, time).await;
        let after = app.store.activity();
        let shared = (after.commands - before.commands) as f64 / (after.commits - before.commits) as f64;
        println!(
            "{clients:>3} clients: {:>8.0} transitions/s  p50 {:?}  p99 {:?}  {shared:.1} a commit",
            rate.0, rate.1, rate.2
        );
    }
    if alone.is_some() {
        return;
    }
    let (reads, p95) = reads(&app, &officer, 16, time).await;
    println!(" 16 clients: {reads:>8.0} case reads/s  p95 {p95:?}");
    let (filings, p95) = filings(&app, 16, time).await;
    println!(" 16 clients: {filings:>8.0} filings/s  p95 {p95:?}");
    match &url {
        None => {
            for group in [1, 8, 64] {
                let rate = raw(directory.path(), group, time).await;
                println!("raw sqlite, same rows, {group:>2} a commit: {rate:>8.0} transitions/s");
            }
        }
        Some(url) => {
            for clients in clients {
                let rate = raw_postgres(url, *clients, time).await;
                println!("raw postgres, same rows, {clients:>2} clients: {rate:>8.0} transitions/s");
            }
        }
    }
    println!("fdatasync/s after: {:.0}", fdatasync(directory.path()));
}

async fn open(directory: &Path, url: Option<&str>) -> SharedApp {
    let mut environment = vec![("ZHENGMING_LOG__LEVEL".to_owned(), "error".to_owned())];
    if let Some(url) = url {
        environment.push(("ZHENGMING_DATABASE__URL".to_owned(), url.to_owned()));
    }
    let flags = Flags {
        data_dir: Some(directory.join("data")),
        ..Flags::default()
    };
    let config = Config::load(&flags, environment).unwrap();
    backends::open(Surroundings {
        config,
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(SystemEntropy),
        pack: None,
        mailer: None,
    })
    .await
    .unwrap_or_else(|error| panic!("{error}"))
}

async fn officer(app: &SharedApp) -> Actor {
    let organisation = OrganisationRow {
        id: "bureau".to_owned(),
        key: "bureau".to_owned(),
        name_zh: "样例市市场监督管理局".to_owned(),
        name_en: "Sample bureau".to_owned(),
        kind: "market_regulation".to_owned(),
        parent_id: None,
        division_code: "420100".to_owned(),
    };
    app.store.put_organisation(organisation).await.unwrap();
    app.reload_organisations().await.unwrap();
    let account = accounts::create(
        app,
        accounts::NewAccount {
            login: "officer".to_owned(),
            display_name: "样例".to_owned(),
            password: "a bench of the service".to_owned(),
            mail: None,
            locale: "zh".to_owned(),
        },
    )
    .await
    .unwrap();
    let memberships = ["intake_officer", "case_officer"].map(|role| MembershipRow {
        id: role.to_owned(),
        account_id: account.id.clone(),
        organisation_id: "bureau".to_owned(),
        role: role.to_owned(),
        granted_at: app.clock.now(),
        revoked_at: None,
    });
    for membership in &memberships {
        accounts::grant(app, &account.id, "bureau", &membership.role)
            .await
            .unwrap();
    }
    Actor::Person(Person {
        account,
        memberships: memberships.to_vec(),
        session_id: "bench".to_owned(),
    })
}

/// Answers of the right type to every required question; no to all that opens more questions.
fn answers(app: &SharedApp, procedure: &str) -> Map<String, Value> {
    let today = zhengming_engine::clock::local_date(app.clock.now()).unwrap();
    let pack = app.pack();
    let definition = pack.in_force(procedure, today).unwrap();
    let required = definition.filing.form().filter(|f| f.required);
    let value = |name: &str| match &definition.fields[name].kind {
        FieldKind::Bool => json!(false),
        FieldKind::Choice(choices) => json!(choices[0].key),
        FieldKind::Choices(choices) => json!([choices[0].key]),
        FieldKind::Date { .. } => json!("2026-04-20"),
        FieldKind::Integer { min, .. } => json!(min),
        FieldKind::Money => json!(100),
        FieldKind::Phone => json!("02700000000"),
        FieldKind::Mail => json!("a@example.cn"),
        _ => json!("样例文字，用于测量，长度与真实的投诉相近。"),
    };
    required.map(|f| (f.field.clone(), value(&f.field))).collect()
}

/// A key that no other request of this run has.
fn key(what: &str) -> String {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    format!("bench-{what}-{:012}", LAST.fetch_add(1, Ordering::Relaxed))
}

async fn file(app: &SharedApp, fields: &Map<String, Value>, key: String) -> String {
    let request = FileRequest {
        procedure: "complaint".to_owned(),
        mode: FilingMode::Named,
        fields: fields.clone(),
        idempotency_key: key,
    };
    intake::file(app, &Actor::Anonymous, request)
        .await
        .unwrap_or_else(|e| panic!("{e:?}"))
        .case_id
}

async fn step(
    app: &SharedApp,
    actor: &Actor,
    case_id: &str,
    event: &str,
    fields: Value,
    version: i64,
    key: String,
) -> i64 {
    let request = cases::TransitionRequest {
        case_id: case_id.to_owned(),
        event: event.to_owned(),
        fields: fields.as_object().cloned().unwrap_or_default(),
        expected_version: version,
        idempotency_key: key,
    };
    cases::perform(app, actor, request)
        .await
        .unwrap_or_else(|e| panic!("{event}: {e:?}"))
}

/// Steps after which a client goes on with another case: about as many as a real one has.
const STEPS: usize = 20;

/// Each client files a case, keeps it for its own office, and moves it to and fro between review and the request for proof
/// of identity; after [`STEPS`] it goes on with the next. Each of these is a transition.
async fn transitions(app: &SharedApp, officer: &Actor, clients: usize, time: Duration) -> (f64, Duration, Duration) {
    let fields = answers(app, "complaint");
    let until = (app.clock.now() + time::Duration::days(20)).date().to_string();
    let mut tasks = Vec::new();
    for i in 0..clients {
        let (app, officer, fields, until) = (app.clone(), officer.clone(), fields.clone(), until.clone());
        tasks.push(tokio::spawn(async move {
            let (mut case, mut version) = (String::new(), 0);
            let mut waits = Vec::new();
            let begun = Instant::now();
            // Clients begin at different places of their cases, as people do.
            for j in i.. {
                if begun.elapsed() > time {
                    break;
                }
                let one = Instant::now();
                if case.is_empty() || j % STEPS == 0 {
                    case = file(&app, &fields, key("file")).await;
                    version = step(&app, &officer, &case, "keep", json!({}), 1, key("keep")).await;
                    waits.extend([one.elapsed() / 2; 2]);
                    continue;
                }
                let (event, fields) = if version % 2 == 0 {
                    ("request_identity", json!({ "identity_doubt": "missing", "identity_wanted": "身份证复印件", "identity_until": until, "identity_contact": "027-80000001" }))
                } else {
                    ("supply_identity", json!({ "filer_id_kind": "resident_card", "filer_id_number": "000" }))
                };
                version = step(&app, &officer, &case, event, fields, version, key(event)).await;
                waits.push(one.elapsed());
            }
            (waits, begun.elapsed())
        }));
    }
    collect(tasks).await
}

async fn collect(tasks: Vec<tokio::task::JoinHandle<(Vec<Duration>, Duration)>>) -> (f64, Duration, Duration) {
    let (mut waits, mut rate) = (Vec::new(), 0.0);
    for task in tasks {
        let (mine, time) = task.await.unwrap();
        rate += mine.len() as f64 / time.as_secs_f64();
        waits.extend(mine);
    }
    waits.sort();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    (rate, at(0.50), at(0.99))
}

async fn reads(app: &SharedApp, officer: &Actor, clients: usize, time: Duration) -> (f64, Duration) {
    let case = file(app, &answers(app, "complaint"), key("read")).await;
    let mut tasks = Vec::new();
    for _ in 0..clients {
        let (app, officer, case) = (app.clone(), officer.clone(), case.clone());
        tasks.push(tokio::spawn(async move {
            let (mut waits, begun) = (Vec::new(), Instant::now());
            while begun.elapsed() < time {
                let one = Instant::now();
                zhengming::service::case_view::case(&app, &officer, &case)
                    .await
                    .unwrap();
                waits.push(one.elapsed());
            }
            (waits, begun.elapsed())
        }));
    }
    with_p95(tasks).await
}

async fn filings(app: &SharedApp, clients: usize, time: Duration) -> (f64, Duration) {
    let mut tasks = Vec::new();
    for _ in 0..clients {
        let (app, fields) = (app.clone(), answers(app, "complaint"));
        tasks.push(tokio::spawn(async move {
            let (mut waits, begun) = (Vec::new(), Instant::now());
            while begun.elapsed() <= time {
                let one = Instant::now();
                file(&app, &fields, key("filing")).await;
                waits.push(one.elapsed());
            }
            (waits, begun.elapsed())
        }));
    }
    with_p95(tasks).await
}

async fn with_p95(tasks: Vec<tokio::task::JoinHandle<(Vec<Duration>, Duration)>>) -> (f64, Duration) {
    let (mut waits, mut rate) = (Vec::new(), 0.0);
    for task in tasks {
        let (mine, time) = task.await.unwrap();
        rate += mine.len() as f64 / time.as_secs_f64();
        waits.extend(mine);
    }
    waits.sort();
    (rate, waits[((waits.len() - 1) as f64 * 0.95) as usize])
}

/// How often the disk makes 4 KiB durable in a second: the physical limit of one writer.
fn fdatasync(directory: &Path) -> f64 {
    let mut file = File::create(directory.join("fdatasync")).unwrap();
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(1) {
        file.seek(SeekFrom::Start((count % 16) * 4096)).unwrap();
        file.write_all(&[b'x'; 4096]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

const RAW_SCHEMA: &str = "CREATE TABLE raw_case(id BIGINT PRIMARY KEY, version BIGINT, state TEXT, data TEXT);
CREATE TABLE raw_event(case_id BIGINT, seq BIGINT, entry TEXT, hash TEXT, PRIMARY KEY(case_id, seq));
CREATE TABLE raw_payload(case_id BIGINT, seq BIGINT, salt TEXT, body TEXT, PRIMARY KEY(case_id, seq));
CREATE TABLE raw_timer(id TEXT PRIMARY KEY, due BIGINT);
CREATE TABLE raw_outbox(id TEXT PRIMARY KEY, body TEXT);
CREATE TABLE raw_notice(id TEXT PRIMARY KEY, body TEXT);
CREATE TABLE raw_document(id TEXT PRIMARY KEY, body TEXT);
CREATE TABLE raw_key(scope TEXT, k TEXT, reply TEXT, PRIMARY KEY(scope, k));";

/// The statements of `group` transitions: one row each in the tables that a transition writes.
fn statements(client: usize, round: usize, group: usize) -> Vec<String> {
    let (entry, body) = ("e".repeat(600), "b".repeat(400));
    let each = |row: &dyn Fn(String, usize) -> String| -> String {
        (0..group)
            .map(|g| row(format!("{client}-{round}-{g}"), g))
            .collect::<Vec<_>>()
            .join(",")
    };
    vec![
        format!(
            "INSERT INTO raw_case VALUES {} ON CONFLICT(id) DO UPDATE SET version = excluded.version, data = excluded.data",
            each(&|_, g| format!("({}, {round}, 's', '{body}')", client * 1000 + g))
        ),
        format!(
            "INSERT INTO raw_event VALUES {}",
            each(&|_, g| format!("({}, {round}, '{entry}', 'h')", client * 1000 + g))
        ),
        format!(
            "INSERT INTO raw_payload VALUES {}",
            each(&|_, g| format!("({}, {round}, 's', '{body}')", client * 1000 + g))
        ),
        format!("INSERT INTO raw_timer VALUES {}", each(&|id, _| format!("('{id}', 1)"))),
        format!(
            "INSERT INTO raw_outbox VALUES {}",
            each(&|id, _| format!("('{id}', '{body}')"))
        ),
        format!(
            "INSERT INTO raw_notice VALUES {}",
            each(&|id, _| format!("('{id}', '{body}')"))
        ),
        format!(
            "INSERT INTO raw_document VALUES {}",
            each(&|id, _| format!("('{id}', '{body}')"))
        ),
        format!(
            "INSERT INTO raw_key VALUES {}",
            each(&|id, _| format!("('s', '{id}', 'r')"))
        ),
    ]
}

async fn commit(connection: &DatabaseConnection, statements: Vec<String>) {
    let tx = connection.begin().await.unwrap();
    for statement in statements {
        tx.execute_unprepared(&statement).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn raw(directory: &Path, group: usize, time: Duration) -> f64 {
    let file = directory.join(format!("raw-{group}.sqlite"));
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", file.display()));
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await.unwrap();
    connection
        .execute_unprepared("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON")
        .await
        .unwrap();
    connection.execute_unprepared(RAW_SCHEMA).await.unwrap();
    let (begun, mut round) = (Instant::now(), 0);
    while begun.elapsed() < time {
        commit(&connection, statements(0, round, group)).await;
        round += 1;
    }
    (round * group) as f64 / begun.elapsed().as_secs_f64()
}

async fn raw_postgres(url: &str, clients: usize, time: Duration) -> f64 {
    let mut options = ConnectOptions::new(url.to_owned());
    options.max_connections(clients as u32).sqlx_logging(false);
    let connection = Database::connect(options).await.unwrap();
    for table in [
        "case", "event", "payload", "timer", "outbox", "notice", "document", "key",
    ] {
        connection
            .execute_unprepared(&format!("DROP TABLE IF EXISTS raw_{table}"))
            .await
            .unwrap();
    }
    connection.execute_unprepared(RAW_SCHEMA).await.unwrap();
    let begun = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let connection = connection.clone();
            tokio::spawn(async move {
                let mut round = 0;
                while begun.elapsed() < time {
                    commit(&connection, statements(client, round, 1)).await;
                    round += 1;
                }
                round
            })
        })
        .collect();
    let mut total = 0;
    for task in tasks {
        total += task.await.unwrap();
    }
    total as f64 / begun.elapsed().as_secs_f64()
}
