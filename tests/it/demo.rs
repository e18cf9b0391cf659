//! The demo: every state is there, it is made once, and nothing else is overwritten.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc, time::Instant};

use time::{OffsetDateTime, macros::datetime};
use zhengming::{
    access::{self, Action, Actor, Person},
    app::SharedApp,
    backends::{self, Surroundings},
    clock::{SeededEntropy, TestClock},
    config::{Config, Flags},
    demo::{self, DemoError, Prepared},
    service::{
        case_view::{self, ListRequest},
        integrity, replay,
    },
    store::{AccountRow, CaseCursor, CaseFilter, CaseOrder, CaseRow, MembershipRow},
};

use crate::database::each_engine;

/// The day on which the demos of these tests are made.
const TODAY: OffsetDateTime = datetime!(2026-11-23 16:40 +8);

fn config(data_dir: &Path, url: Option<&str>) -> Config {
    let mut environment = vec![
        ("ZHENGMING_PASSWORD__MEMORY_KIB".to_owned(), "64".to_owned()),
        ("ZHENGMING_PASSWORD__ITERATIONS".to_owned(), "1".to_owned()),
    ];
    environment.extend(url.map(|url| ("ZHENGMING_DATABASE__URL".to_owned(), url.to_owned())));
    let flags = Flags {
        data_dir: Some(data_dir.to_owned()),
        ..Flags::default()
    };
    Config::load(&flags, environment).expect("a configuration for tests")
}

async fn prepare(config: &Config, now: OffsetDateTime) -> Result<Prepared, DemoError> {
    Box::pin(demo::prepare(config, Arc::new(SeededEntropy::new(11)), now, &|_| ())).await
}

async fn open(config: Config) -> SharedApp {
    let around = Surroundings {
        config,
        clock: Arc::new(TestClock::at(TODAY)),
        entropy: Arc::new(SeededEntropy::new(12)),
        pack: None,
        mailer: None,
    };
    Box::pin(backends::open(around)).await.expect("the application opens")
}

async fn all_cases(app: &SharedApp) -> Vec<CaseRow> {
    let cases = app
        .store
        .cases(&CaseFilter::default(), CaseOrder::default(), None, 1_000)
        .await
        .expect("cases");
    assert!(cases.len() < 1_000, "the list is cut");
    cases
}

#[tokio::test]
async fn the_demo_has_a_case_in_every_state_of_the_intakes_and_in_several_of_the_rest_and_is_made_once() {
    each_engine(
        "the_demo_has_a_case_in_every_state_of_the_intakes_and_in_several_of_the_rest_and_is_made_once",
        async |database| {
            let config = config(&database.dir.path().join("demo"), Some(&database.url));
            let started = Instant::now();
            let made = prepare(&config, TODAY).await.expect("made");
            eprintln!("made in {:?}", started.elapsed());
            let Prepared::Made { cases, logins, file } = made else {
                panic!("nothing was there to be found")
            };
            assert_eq!(fs::metadata(&file).expect("logins").permissions().mode() & 0o777, 0o600);
            let listed = fs::read_to_string(&file).expect("logins");
            assert!(logins.iter().all(|login| listed.contains(&login.password)));

            let app = open(config.clone()).await;
            assert!(app.demo, "pages can say that this is a demo");
            let rows = all_cases(&app).await;
            assert!(
                cases >= 60 && rows.len() >= cases,
                "{cases} filed, {} there",
                rows.len()
            );
            let there: BTreeSet<(String, i64, String)> = rows
                .iter()
                .flat_map(|row| {
                    row.states
                        .iter()
                        .map(|s| (row.procedure.clone(), row.procedure_version, s.clone()))
                })
                .collect();
            for definition in app.pack().procedures.values().flatten() {
                let (key, version) = (&definition.key, i64::from(definition.version));
                let here = |leaf: &str| there.contains(&(key.clone(), version, leaf.to_owned()));
                let missing: Vec<&str> = definition
                    .leaves()
                    .map(|(_, leaf)| leaf.id.as_str())
                    .filter(|leaf| !here(leaf))
                    .collect();
                if ["complaint", "report"].contains(&key.as_str()) {
                    assert_eq!(missing, [""; 0], "{key} version {version}");
                } else if definition.filed.contains(TODAY.date()) {
                    let shown = definition.leaves().count() - missing.len();
                    assert!(shown >= 2, "{key} version {version} is shown in {shown} states");
                }
            }
            assert!(
                rows.iter().all(|row| row.opened_at <= TODAY),
                "nothing happened after today"
            );
            let due = |row: &&CaseRow| {
                row.next_due_at
                    .is_some_and(|at| at > TODAY && at - TODAY < time::Duration::days(3))
            };
            assert!(rows.iter().filter(due).count() >= 3, "some deadlines are near");
            let late = |row: &&CaseRow| row.clocks.to_string().contains("\"expired\"") && row.closed_at.is_none();
            assert!(rows.iter().filter(late).count() >= 3, "some deadlines have passed");
            // Whoever applied for a mediation takes part in the confirmation that comes of it.
            let confirmed = |row: &&CaseRow| row.procedure == "judicial_confirmation" && row.opened_by_case.is_some();
            let confirmed: Vec<String> = rows.iter().filter(confirmed).map(|row| row.id.clone()).collect();
            let parties = app.store.parties_of(&confirmed).await.expect("parties");
            let mut applicants = parties.iter().filter(|party| party.role == "applicant");
            assert!(
                applicants.any(|party| party.account_id.is_some()),
                "{} confirmations",
                confirmed.len()
            );
            app.store.close().await.expect("close");

            assert!(matches!(
                prepare(&config, TODAY).await.expect("found"),
                Prepared::Found { .. }
            ));
            let app = open(config).await;
            assert_eq!(all_cases(&app).await.len(), rows.len(), "a second start adds nothing");
            app.store.close().await.expect("close");
        },
    )
    .await;
}

#[tokio::test]
async fn the_demo_verifies_and_every_history_replays() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = config(directory.path(), None);
    prepare(&config, TODAY).await.expect("made");
    let app = open(config).await;
    let report = app.store.verify(|_| {}).await.expect("verified");
    assert_eq!(report.findings, []);
    for row in all_cases(&app).await {
        let replayed = replay::case(&app, &row.id).await.expect("replayed");
        assert!(
            replayed.differs.is_empty(),
            "{} {:?} differs at {:?}",
            row.procedure,
            row.states,
            replayed.differs
        );
        assert_eq!(replayed.apart, [], "{} {:?}", row.procedure, row.states);
    }
    let all = integrity::replay_all(&app, |_| {}).await.expect("replayed");
    assert_eq!(all.findings, []);
    assert_eq!(integrity::between(&app).await.expect("compared"), []);
    assert!(
        app.store.due_timers(TODAY, 1).await.expect("timers").is_empty(),
        "every timer of the past has fired"
    );
}

#[tokio::test]
async fn on_the_first_day_of_new_rules_the_demo_still_starts() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = config(directory.path(), None);
    let now = datetime!(2026-04-15 09:00 +8);
    let made = prepare(&config, now).await.expect("made");
    assert!(matches!(made, Prepared::Made { cases, .. } if cases > 0));
}

#[tokio::test]
async fn a_directory_with_other_data_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let real = config(&directory.path().join("real"), None);
    open(real.clone()).await.store.close().await.expect("close");
    assert!(matches!(prepare(&real, TODAY).await, Err(DemoError::Foreign(_))));
    let app = open(real).await;
    assert!(!app.demo && app.store.organisations().await.expect("organisations").is_empty());

    let files = directory.path().join("files");
    fs::create_dir(&files).expect("made");
    fs::write(files.join("letter.txt"), "mine").expect("written");
    assert!(matches!(
        prepare(&config(&files, None), TODAY).await,
        Err(DemoError::Foreign(_))
    ));
    assert_eq!(fs::read_dir(&files).expect("listed").count(), 1);
}

#[tokio::test]
async fn a_demo_that_was_interrupted_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = config(directory.path(), None);
    let app = open(config.clone()).await;
    app.store
        .put_setting("demo", "making")
        .await
        .expect("as an interrupted start leaves it");
    app.store.close().await.expect("close");
    assert!(matches!(prepare(&config, TODAY).await, Err(DemoError::Unfinished(_))));
}

/// Cases of which the rule for one case says that the person may know of them, in the order of their ids.
async fn known_to(app: &SharedApp, actor: &Actor, cases: &[CaseRow]) -> Vec<String> {
    let ids: Vec<String> = cases.iter().map(|case| case.id.clone()).collect();
    let parties = app.store.parties_of(&ids).await.expect("parties");
    let assignments = app.store.assignments_of(&ids).await.expect("assignments");
    let pack = app.pack();
    let knows = |case: &&CaseRow| {
        let definition = pack.pinned(&case.procedure, &case.definition_hash).expect("pinned");
        let parties: Vec<_> = parties.iter().filter(|p| p.case_id == case.id).cloned().collect();
        let assignments: Vec<_> = assignments.iter().filter(|a| a.case_id == case.id).cloned().collect();
        let standing = access::standing(actor, definition, case, &parties, &assignments, &app.organisations());
        access::can(actor, Action::ReadCase, &standing).is_some()
    };
    let mut known: Vec<String> = cases.iter().filter(knows).map(|case| case.id.clone()).collect();
    known.sort();
    known
}

/// What the pages of a list show, in the order of their ids. Each page but the last is full.
async fn paged(app: &SharedApp, actor: &Actor, order: CaseOrder, size: usize) -> Vec<String> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let ask = ListRequest {
            filter: CaseFilter::default(),
            order,
            after,
            limit: size as u64,
        };
        let page = case_view::list(app, actor, ask).await.expect("listed");
        after = page.last().and_then(|last| CaseCursor::after(&last.case, order));
        seen.extend(page.iter().map(|summary| summary.case.id.clone()));
        if page.len() < size {
            break;
        }
    }
    seen.sort();
    seen
}

/// Everybody of the demo, and somebody with each role in each organisation.
async fn everybody(app: &SharedApp) -> Vec<Person> {
    let mut people = Vec::new();
    for account in app.store.accounts().await.expect("accounts") {
        let memberships = app
            .store
            .memberships_of(std::slice::from_ref(&account.id))
            .await
            .expect("roles");
        people.push((account, memberships));
    }
    for organisation in app.organisations().iter() {
        for role in access::grantable(&app.pack()) {
            let account = AccountRow {
                id: format!("{role}-{}", organisation.id),
                login: String::new(),
                display_name: String::new(),
                password_hash: String::new(),
                mail: None,
                locale: "zh".to_owned(),
                disabled_at: None,
                created_at: TODAY,
            };
            let membership = MembershipRow {
                id: account.id.clone(),
                account_id: account.id.clone(),
                organisation_id: organisation.id.clone(),
                role: role.to_owned(),
                granted_at: TODAY,
                revoked_at: None,
            };
            people.push((account, vec![membership]));
        }
    }
    let person = |(account, memberships)| Person {
        account,
        memberships,
        session_id: String::new(),
    };
    people.into_iter().map(person).collect()
}

#[tokio::test]
async fn lists_and_totals_hold_exactly_the_cases_that_their_reader_may_know_of() {
    each_engine(
        "lists_and_totals_hold_exactly_the_cases_that_their_reader_may_know_of",
        async |database| {
            let config = config(&database.dir.path().join("demo"), Some(&database.url));
            Box::pin(prepare(&config, TODAY)).await.expect("made");
            let app = Box::pin(open(config)).await;
            let cases = all_cases(&app).await;
            let running: BTreeSet<&str> = cases
                .iter()
                .filter(|case| case.next_due_at.is_some())
                .map(|case| case.id.as_str())
                .collect();
            let (mut some, mut none) = (0, 0);
            for person in everybody(&app).await {
                let who = format!("{} {:?}", person.account.login, person.memberships);
                let size = if person.account.login.is_empty() { 100 } else { 7 };
                let actor = Actor::Person(person);
                let mut known = known_to(&app, &actor, &cases).await;
                for order in [CaseOrder::NewestFirst, CaseOrder::OldestFirst, CaseOrder::DueFirst] {
                    if order == CaseOrder::DueFirst {
                        known.retain(|id| running.contains(id.as_str()));
                    }
                    assert_eq!(paged(&app, &actor, order, size).await, known, "{order:?} for {who}");
                    let total = case_view::count(&app, &actor, CaseFilter::default(), order).await;
                    assert_eq!(total.expect("counted"), known.len() as u64, "{order:?} for {who}");
                }
                if known.is_empty() { none += 1 } else { some += 1 }
            }
            assert!(some > 20 && none > 20, "{some} people know of cases, {none} of none");
            app.store.close().await.expect("close");
        },
    )
    .await;
}
