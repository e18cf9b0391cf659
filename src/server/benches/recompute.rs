//! `cargo bench -p zhengming --bench recompute [-- CASES] [postgres URL]`
//!
//! How long open cases take to follow the calendar of a published year, each case in a transaction of its own, and how long
//! readers wait meanwhile, who come at their own pace and not when the service has time for them; then how long the timers of
//! all take that fall due on one day, and how long `zhengming verify` takes to prove and replay all events. The disk's
//! fdatasync rate stands beside.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops where something is wrong"
)]

use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};
use time::macros::datetime;
use zhengming::{
    access::Actor,
    app::SharedApp,
    backends::{self, Surroundings},
    clock::{SystemEntropy, TestClock},
    config::{Config, Flags},
    jobs,
    service::{
        case_view,
        intake::{self, FileRequest},
        integrity, timers,
    },
    store::OrganisationRow,
    workflows,
};
use zhengming_engine::{
    definition::model::{FieldKind, FilingMode},
    pack::Pack,
};

/// Clients that file, and readers while the cases follow.
const CLIENTS: usize = 32;
const READERS: u32 = 4;
/// Each reader asks for a case this often.
const PACE: Duration = Duration::from_millis(20);
/// Timers that the background takes at once.
const TOGETHER: u64 = 512;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let url = arguments.iter().find(|a| a.starts_with("postgres")).cloned();
    let cases = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(url, cases));
}

async fn run(url: Option<String>, cases: usize) {
    let directory = tempfile::tempdir_in(".").unwrap();
    // Filed on the last day of the published year: the dispatch is due on the next working day, which is not known yet.
    let clock = TestClock::at(datetime!(2026-12-31 10:00 +8));
    let before = open(directory.path(), url.as_deref(), &clock, pack(&[])).await;
    let (filed, took) = file_all(&before, cases).await;
    println!("{cases} cases filed in {took:.1?}");
    let year = ("calendar/cn/2027.yaml", "year: 2027\noff: [2027-01-01..2027-01-03]\n");
    let after = open(directory.path(), url.as_deref(), &clock, pack(&[year])).await;
    println!("fdatasync/s before: {:.0}", fdatasync(directory.path()));
    let still = Arc::new(AtomicBool::new(true));
    let readers: Vec<_> = (0..READERS)
        .map(|one| tokio::spawn(read(after.clone(), filed.clone(), still.clone(), PACE * one / READERS)))
        .collect();
    let begun = Instant::now();
    let moved = jobs::follow_law(&after).await.unwrap();
    let took = begun.elapsed();
    still.store(false, Ordering::Relaxed);
    let mut waits = Vec::new();
    for reader in readers {
        waits.extend(reader.await.unwrap());
    }
    waits.sort();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    println!(
        "{moved} of {cases} open cases followed in {took:.1?}: {:.0} cases/s; {:.0} reads/s meanwhile, p50 {:?}, p99 {:?}, worst {:?}",
        moved as f64 / took.as_secs_f64(),
        waits.len() as f64 / took.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(1.0),
    );
    let begun = Instant::now();
    after.store.put_setting("deadlines-follow", "").await.unwrap();
    let moved = jobs::follow_law(&after).await.unwrap();
    println!("a second walk moved {moved} and took {:.1?}", begun.elapsed());
    fire_all(&after, &clock).await;
    prove_all(&after).await;
    println!("fdatasync/s after: {:.0}", fdatasync(directory.path()));
}

/// The dispatch of every case falls due on one day: each timer fires once, with the event that it makes.
async fn fire_all(app: &SharedApp, clock: &TestClock) {
    clock.set(datetime!(2027-01-06 10:00 +8));
    let before = app.store.activity();
    let (begun, mut fired) = (Instant::now(), 0);
    loop {
        match timers::fire_due(app, TOGETHER).await.unwrap() {
            0 => break,
            some => fired += some,
        }
    }
    let took = begun.elapsed();
    let after = app.store.activity();
    println!(
        "{fired} timers due together fired in {took:.1?}: {:.0} timers/s, {:.0} a commit",
        fired as f64 / took.as_secs_f64(),
        (after.commands - before.commands) as f64 / (after.commits - before.commits).max(1) as f64,
    );
}

/// Every hash and every state, as `zhengming verify` does it.
async fn prove_all(app: &SharedApp) {
    let begun = Instant::now();
    let store = app.store.clone();
    let chains = tokio::spawn(async move { store.verify(|_| ()).await });
    let replays = integrity::replay_all(app, |_| ()).await.unwrap();
    let chains = chains.await.unwrap().unwrap();
    assert!(chains.findings.is_empty() && replays.findings.is_empty());
    let took = begun.elapsed();
    println!(
        "{} events proved and {} replayed in {took:.1?}: {:.1} s for a million",
        chains.events,
        replays.agreed,
        took.as_secs_f64() * 1e6 / chains.events as f64,
    );
}

fn pack(more: &[(&str, &str)]) -> Arc<Pack> {
    let mut files = workflows::built_in();
    files.extend(more.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    Arc::new(workflows::compile(&files).0.unwrap())
}

async fn open(directory: &Path, url: Option<&str>, clock: &TestClock, pack: Arc<Pack>) -> SharedApp {
    let mut environment = vec![("ZHENGMING_LOG__LEVEL".to_owned(), "error".to_owned())];
    if let Some(url) = url {
        environment.push(("ZHENGMING_DATABASE__URL".to_owned(), url.to_owned()));
    }
    let flags = Flags {
        data_dir: Some(directory.join("data")),
        ..Flags::default()
    };
    let app = backends::open(Surroundings {
        config: Config::load(&flags, environment).unwrap(),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SystemEntropy),
        pack: Some(pack),
        mailer: None,
    })
    .await
    .unwrap_or_else(|error| panic!("{error}"));
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
    app
}

/// What a reader needs to see a case: its number and its receipt.
type Filed = Arc<Vec<(String, String)>>;

async fn file_all(app: &SharedApp, cases: usize) -> (Filed, Duration) {
    let begun = Instant::now();
    let fields = answers(app);
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (app, fields) = (app.clone(), fields.clone());
            tokio::spawn(async move {
                let mut filed = Vec::new();
                for n in (client..cases).step_by(CLIENTS) {
                    let request = FileRequest {
                        procedure: "report".to_owned(),
                        mode: FilingMode::Anonymous,
                        fields: fields.clone(),
                        idempotency_key: format!("a-key-of-the-bench-{n:010}"),
                    };
                    let one = intake::file(&app, &Actor::Anonymous, request).await.unwrap();
                    filed.push((one.number, one.receipt));
                }
                filed
            })
        })
        .collect();
    let mut filed = Vec::new();
    for task in tasks {
        filed.extend(task.await.unwrap());
    }
    (Arc::new(filed), begun.elapsed())
}

/// Answers of the right type to every required question that an anonymous reporter is asked.
fn answers(app: &SharedApp) -> Map<String, Value> {
    let today = zhengming_engine::clock::local_date(app.clock.now()).unwrap();
    let pack = app.pack();
    let definition = pack.in_force("report", today).unwrap();
    let asked = zhengming_engine::decide::asked_on_filing(definition, FilingMode::Anonymous, |_| false, &Map::new());
    let value = |name: &str| match &definition.fields[name].kind {
        FieldKind::Bool => json!(false),
        FieldKind::Choice(choices) => json!(choices[0].key),
        FieldKind::Choices(choices) => json!([choices[0].key]),
        FieldKind::Date { .. } => json!("2026-09-01"),
        FieldKind::Integer { min, .. } => json!(min),
        FieldKind::Money => json!(100),
        _ => json!("样例"),
    };
    let required = asked.iter().filter(|asked| asked.required);
    required
        .map(|asked| (asked.field.clone(), value(&asked.field)))
        .collect()
}

/// Reads one case after the other by its receipt, as a reporter does, one each [`PACE`] until told to stop. A wait counts
/// from the moment at which the reader came, so that those who had to queue are in it.
async fn read(app: SharedApp, filed: Filed, still: Arc<AtomicBool>, first: Duration) -> Vec<Duration> {
    let mut waits = Vec::new();
    let mut came = tokio::time::Instant::now() + first;
    for (number, receipt) in filed.iter().cycle() {
        tokio::time::sleep_until(came).await;
        if !still.load(Ordering::Relaxed) {
            break;
        }
        let holder = case_view::receipt(&app, number, receipt).await.unwrap();
        let case = match &holder {
            Actor::Receipt { case_id } => case_id,
            _ => unreachable!("a receipt makes its holder"),
        };
        case_view::case(&app, &holder, case).await.unwrap();
        waits.push(came.elapsed());
        came += PACE;
    }
    waits
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
