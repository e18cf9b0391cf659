//! Another domain pack comes to run while the service works; a bad one never does.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use poem::test::TestClient;
use serde_json::json;
use zhengming::{
    access::Actor,
    app::SharedApp,
    endpoint::endpoint,
    jobs,
    service::{
        Error,
        intake::{self, FileRequest},
        publication::{self, Reloaded},
    },
    store::AuditFilter,
    workflows,
};
use zhengming_engine::definition::model::FilingMode;

use crate::{
    database::each_engine,
    town::{BUREAU, Town},
    versions::sound,
};

/// The domain pack that is compiled in, as a folder that can be changed.
struct Folder(PathBuf);

impl Folder {
    fn of(town: &Town) -> Self {
        Self::at(town.database.dir.path().join("workflows"))
    }

    fn at(folder: PathBuf) -> Self {
        let made = Self(folder);
        for (path, text) in workflows::built_in() {
            made.write(&path, &text);
        }
        made
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// Changes a file, and answers the line that changed first.
    fn change(&self, path: &str, from: &str, to: &str) -> u32 {
        let text = fs::read_to_string(self.0.join(path)).expect("read");
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, &text.replacen(from, to, 1));
        let line = text.lines().position(|line| line.contains(from)).expect("the line");
        u32::try_from(line + 1).expect("a line")
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

const REPORT: &str = "procedures/report-2.yaml";
const COMPLAINT: &str = "procedures/complaint-2.yaml";

async fn reload(app: &SharedApp) -> Reloaded {
    publication::reload(app).await.expect("the database works")
}

fn refused(reloaded: &Reloaded) -> Vec<(String, u32, &'static str)> {
    let Reloaded::Refused(rejected) = reloaded else {
        panic!("not refused: {reloaded:?}")
    };
    let found = rejected.found.iter();
    found.map(|d| (d.file.clone(), d.line, d.code)).collect()
}

async fn readyz(app: &SharedApp) -> String {
    let response = TestClient::new(endpoint(app, None)).get("/readyz").send().await;
    response.assert_status_is_ok();
    response.0.into_body().into_string().await.expect("a body")
}

#[tokio::test]
async fn a_bad_pack_never_takes_the_place_of_a_good_one_and_the_service_says_so() {
    each_engine(
        "a_bad_pack_never_takes_the_place_of_a_good_one_and_the_service_says_so",
        async |database| {
            let town = Town::found(database).await;
            let folder = Folder::of(&town);
            let app = town.started_on(folder.path(), false).await;
            let good = app.pack().version().to_owned();
            assert!(matches!(reload(&app).await, Reloaded::Unchanged));
            assert_eq!(readyz(&app).await, "ready");

            let line = folder.change(REPORT, "take: verifying", "take: verifing");
            assert_eq!(refused(&reload(&app).await), [(REPORT.to_owned(), line, "WF101")]);
            assert_eq!(app.pack().version(), good);
            let told = readyz(&app).await;
            assert!(
                told.starts_with("ready; the pack on disk does not run: the workflows have 1 errors; the running one is of 2026-09-23T"),
                "{told}"
            );
            folder.write(REPORT, "procedure: [");
            assert_eq!(refused(&reload(&app).await).len(), 1);
            assert_eq!(app.pack().version(), good);
            // What each file alone does not show, only the ways that a case can take: one that leads nowhere.
            Folder::of(&town);
            folder.change(COMPLAINT, "- {to: closed_terminated}", "- {to: closed_terminated, when: data.joint}");
            let found = refused(&reload(&app).await);
            let dead_end = |(file, _, code): &(String, u32, &'static str)| file == COMPLAINT && *code == "WF201";
            assert!(found.iter().any(dead_end), "{found:?}");
            assert_eq!(app.pack().version(), good);
            let town = town.moved_to(app);
            town.file(town.who("consumer"), "report", FilingMode::Named, json!({})).await;

            Folder::of(&town);
            assert!(matches!(reload(&town.app).await, Reloaded::Unchanged));
            assert_eq!(readyz(&town.app).await, "ready");
        },
    )
    .await;
}

#[tokio::test]
async fn no_pack_takes_a_procedure_from_the_filings_of_today_unless_it_says_so() {
    each_engine(
        "no_pack_takes_a_procedure_from_the_filings_of_today_unless_it_says_so",
        async |database| {
            let town = Town::found(database).await;
            let folder = Folder::of(&town);
            let app = town.started_on(folder.path(), false).await;
            publication::record_start(&app).await.expect("recorded");
            let good = app.pack().version().to_owned();
            let remove = |path: &str| fs::remove_file(folder.path().join(path)).expect("removed");
            let ungoverned = |file: &str, line| vec![(file.to_owned(), line, "WF613")];

            remove(COMPLAINT);
            assert_eq!(refused(&reload(&app).await), ungoverned(COMPLAINT, 1));
            let restarted = town.started_on(folder.path(), false).await;
            assert_eq!(restarted.pack().version(), good, "a start goes on with what ran, too");
            assert!(
                readyz(&restarted)
                    .await
                    .starts_with("ready; the pack on disk does not run")
            );
            Folder::of(&town);
            // What is owed on which days would have to be said anew, too.
            fs::remove_dir_all(folder.path().join("feedback")).expect("removed");
            folder.change(COMPLAINT, "filed: {from: 2026-04-15}", "filed: {from: 2026-10-15}");
            folder.change("procedures/complaint-1.yaml", "to: 2026-04-14", "to: 2026-10-14");
            assert!(
                matches!(reload(&app).await, Reloaded::Published),
                "another version governs them"
            );
            Folder::of(&town);
            assert!(matches!(reload(&app).await, Reloaded::Published));
            remove("procedures/complaint-1.yaml");
            let line = folder.change(COMPLAINT, "filed: {from: 2026-04-15}", "filed: {from: 2027-04-15}");
            assert_eq!(
                refused(&reload(&app).await),
                ungoverned(COMPLAINT, line),
                "not before 2027"
            );
            for part in ["procedures", "routing"] {
                fs::remove_dir_all(folder.path().join(part)).expect("removed");
            }
            assert_eq!(
                refused(&reload(&app).await),
                [("procedures".to_owned(), 1, "WF612")],
                "an empty folder"
            );

            Folder::of(&town);
            assert!(matches!(reload(&app).await, Reloaded::Unchanged));
            let town = town.moved_to(app);
            let consumer = town.who("consumer");
            let request = FileRequest {
                procedure: "complaint".to_owned(),
                mode: FilingMode::Named,
                fields: town.answers("complaint"),
                idempotency_key: town.key(),
            };
            let filed = intake::file(&town.app, consumer, request.clone()).await.expect("filed");
            folder.change(
                COMPLAINT,
                "filed: {from: 2026-04-15}",
                "filed: {from: 2026-04-15, to: 2026-09-22}",
            );
            assert!(
                matches!(reload(&town.app).await, Reloaded::Published),
                "who ends a procedure says so"
            );
            let again = intake::file(&town.app, consumer, request.clone())
                .await
                .expect("answered");
            assert_eq!(
                (again.case_id, again.number, again.receipt),
                (filed.case_id, filed.number, filed.receipt),
                "a repeat is answered although nothing more can be filed"
            );
            let other = FileRequest {
                idempotency_key: town.key(),
                ..request
            };
            let refused = intake::file(&town.app, consumer, other).await;
            assert!(matches!(
                refused,
                Err(Error::Invalid {
                    code: "UNKNOWN_PROCEDURE",
                    ..
                })
            ));
        },
    )
    .await;
}

#[tokio::test]
async fn a_version_is_changed_only_while_no_case_is_pinned_to_it() {
    each_engine(
        "a_version_is_changed_only_while_no_case_is_pinned_to_it",
        async |database| {
            let town = Town::found(database).await;
            let folder = Folder::of(&town);
            let app = town.started_on(folder.path(), false).await;
            folder.change(REPORT, "within: 15 working_days", "within: 16 working_days");
            assert!(matches!(reload(&app).await, Reloaded::Published), "no case uses it");
            let town = town.moved_to(app);
            let filed = town
                .file(town.who("consumer"), "report", FilingMode::Named, json!({}))
                .await;

            let line = folder.change(REPORT, "within: 16 working_days", "within: 14 working_days");
            assert_eq!(refused(&reload(&town.app).await), [(REPORT.to_owned(), line, "WF602")]);
            folder.change(REPORT, "within: 14 working_days", "within: 16 working_days");
            folder.change(
                REPORT,
                "filed: {from: 2026-04-15}",
                "filed: {from: 2026-04-15, to: 2026-12-31}",
            );
            assert!(
                matches!(reload(&town.app).await, Reloaded::Published),
                "the end of its filing days changes nothing for its cases"
            );
            folder.change("procedures/complaint-2.yaml", "within: 60 days", "within: 61 days");
            assert!(
                matches!(reload(&town.app).await, Reloaded::Published),
                "no complaint was filed"
            );
            town.send("intake", &filed.case_id, "keep", json!({})).await;
            sound(&town.app, &filed.case_id).await;

            // A start finds the same as a signal, and goes on with what ran last.
            folder.change(REPORT, "within: 16 working_days", "within: 14 working_days");
            let ran = town.app.pack().version().to_owned();
            let later = town.started_on(folder.path(), false).await;
            assert_eq!(later.pack().version(), ran);
            assert_eq!(later.running().rejected.expect("told").found[0].code, "WF602");
        },
    )
    .await;
}

#[tokio::test]
async fn open_cases_follow_the_law_of_a_pack_that_comes_to_run() {
    each_engine(
        "open_cases_follow_the_law_of_a_pack_that_comes_to_run",
        async |database| {
            let town = Town::found(database).await;
            let folder = Folder::of(&town);
            let app = town.started_on(folder.path(), false).await;
            let town = town.moved_to(app);
            town.clock.set(time::macros::datetime!(2026-12-28 10:00 +8));
            let filed = town
                .file(town.who("consumer"), "report", FilingMode::Named, json!({}))
                .await;
            assert_eq!(jobs::follow_law(&town.app).await.expect("followed"), 0);
            folder.write("calendar/cn/2027.yaml", "year: 2027\noff: [2027-01-01..2027-01-03]\n");
            assert!(matches!(reload(&town.app).await, Reloaded::Published));
            assert_eq!(jobs::follow_law(&town.app).await.expect("followed"), 1);
            let events = town
                .app
                .store
                .events_of(std::slice::from_ref(&filed.case_id))
                .await
                .expect("read");
            assert!(events.iter().any(|event| event.kind == "clocks_recomputed"));
            sound(&town.app, &filed.case_id).await;
        },
    )
    .await;
}

#[tokio::test]
async fn one_person_proposes_a_pack_and_another_publishes_it_everywhere() {
    each_engine(
        "one_person_proposes_a_pack_and_another_publishes_it_everywhere",
        async |database| {
            let town = Town::found(database).await;
            let keeper = town.person("keeper", BUREAU, &["administrator"]).await;
            let analyst = town.who("stranger");
            let folder = Folder::of(&town);
            let app = town.started_on(folder.path(), true).await;
            publication::record_start(&app).await.expect("recorded");
            let other = town.started_on(folder.path(), true).await;
            let first = app.pack().version().to_owned();
            town.clock.advance(Duration::from_secs(1));
            let propose = async |who: &Actor, note: &str, key: &str| publication::propose(&app, who, note, key).await;
            let publish = async |who: &Actor, id: &str| publication::publish(&app, who, id, "a-key-of-the-tests").await;
            let code = |done: zhengming::service::Result<zhengming::store::PublicationRow>| match done {
                Ok(row) => panic!("not refused: {row:?}"),
                Err(error) => error.code(),
            };

            let key = town.key();
            assert_eq!(code(propose(analyst, "no change", &key).await), "ALREADY_RUNNING");
            folder.change(REPORT, "within: 15 working_days", "within: 16 working_days");
            assert!(
                matches!(reload(&app).await, Reloaded::Proposed(_)),
                "a signal alone publishes nothing"
            );
            assert_eq!(app.pack().version(), first);
            assert_eq!(code(propose(town.who("officer"), "mine", &key).await), "FORBIDDEN");
            assert_eq!(code(propose(analyst, " ", &key).await), "NOTE_MISSING");
            let proposal = propose(analyst, "sixteen days", &key).await.expect("proposed");
            let repeated = propose(analyst, "sixteen days", &key).await.expect("the same");
            assert_eq!(repeated.id, proposal.id);

            assert_eq!(code(publish(analyst, &proposal.id).await), "SAME_PERSON");
            assert_eq!(code(publish(town.who("officer"), &proposal.id).await), "FORBIDDEN");
            assert_eq!(code(publish(&keeper, "none").await), "NOT_FOUND");
            assert_eq!(app.pack().version(), first);
            // What is published is what was proposed, whatever became of the folder.
            folder.change(REPORT, "within: 16 working_days", "within: nonsense");
            let published = publish(&keeper, &proposal.id).await.expect("published");
            assert_eq!(published.published_by.as_deref(), keeper.account_id());
            assert_eq!(app.pack().version(), proposal.pack);
            assert_eq!(app.running().since, published.published_at.expect("a moment"));
            let again = publish(&keeper, &proposal.id).await.expect("a repeat");
            assert_eq!(again, published);
            let third = town.person("third", BUREAU, &["analyst"]).await;
            assert_eq!(code(publish(&third, &proposal.id).await), "ALREADY_PUBLISHED");

            assert_eq!(other.pack().version(), first);
            jobs::catch_up(&other).await.expect("caught up");
            assert_eq!(other.pack().version(), proposal.pack, "the other process follows");
            let later = town.started_on(folder.path(), true).await;
            assert_eq!(
                later.pack().version(),
                proposal.pack,
                "a start goes on with what was published"
            );
            assert!(later.running().rejected.is_some(), "and says that the folder is bad");

            let log = app.store.audit_log(&AuditFilter::default(), 50).await.expect("read");
            let object = format!("pack:{}", proposal.pack);
            let entries: Vec<_> = log.iter().rev().filter(|row| row.object == object).collect();
            let entries: Vec<_> = entries
                .iter()
                .map(|row| (row.action.as_str(), row.outcome.as_str(), row.actor_account.as_deref()))
                .collect();
            assert_eq!(
                entries,
                [
                    ("workflows.propose", "allowed", analyst.account_id()),
                    ("workflows.publish", "denied", analyst.account_id()),
                    ("workflows.publish", "allowed", keeper.account_id()),
                ]
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_proposal_that_no_longer_fits_the_cases_is_not_published() {
    each_engine(
        "a_proposal_that_no_longer_fits_the_cases_is_not_published",
        async |database| {
            let town = Town::found(database).await;
            let keeper = town.person("keeper", BUREAU, &["administrator"]).await;
            let folder = Folder::of(&town);
            let app = town.started_on(folder.path(), true).await;
            folder.change(REPORT, "within: 15 working_days", "within: 16 working_days");
            let proposal = publication::propose(&app, town.who("stranger"), "days", &town.key()).await;
            let proposal = proposal.expect("no case uses the version yet");
            let town = town.moved_to(Arc::clone(&app));
            town.file(town.who("consumer"), "report", FilingMode::Named, json!({}))
                .await;
            let refused = publication::publish(&app, &keeper, &proposal.id, &town.key()).await;
            assert!(
                matches!(
                    refused,
                    Err(Error::Invalid {
                        code: "DEFECTIVE_WORKFLOWS",
                        ..
                    })
                ),
                "{refused:?}"
            );
            assert_eq!(app.running().rejected.expect("told").found[0].code, "WF602");
            assert_ne!(app.pack().version(), proposal.pack);
        },
    )
    .await;
}

#[tokio::test]
async fn a_signal_lets_the_running_program_read_the_folder_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let folder = Folder::at(dir.path().join("workflows"));
    // Without an authority that takes filings in, a service is not ready.
    let made = Command::new(env!("CARGO_BIN_EXE_zhengming"))
        .args([
            "user",
            "add",
            "admin",
            "--role",
            "administrator",
            "--organisation",
            "city",
        ])
        .args(["--organisation-name", "样例市", "--data-dir"])
        .arg(dir.path().join("data"))
        .env("ZHENGMING_PASSWORD__MEMORY_KIB", "64")
        .output();
    assert!(made.expect("the command runs").status.success());
    let mut child = Command::new(env!("CARGO_BIN_EXE_zhengming"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(dir.path().join("data"))
        .env("ZHENGMING_WORKFLOWS_DIR", folder.path())
        .env("ZHENGMING_LOG__FORMAT", "text")
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stderr.take().expect("stderr"))
        .lines()
        .map_while(Result::ok);
    let mut until = |part: &str| {
        let line = lines.find(|line| line.contains(part));
        line.unwrap_or_else(|| panic!("it never said {part}"))
    };
    let ready = until("ready listen=");
    let address = ready
        .split("listen=")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    let address = address.expect("an address").to_owned();
    let hang_up = || {
        let status = Command::new("kill").args(["-HUP", &child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    };
    let readyz = async || {
        let answer = reqwest::get(format!("http://{address}/readyz"))
            .await
            .expect("an answer");
        answer.text().await.expect("text")
    };

    let line = folder.change(REPORT, "take: verifying", "take: verifing");
    hang_up();
    until("does not run");
    until(&format!("{REPORT}:{line}:WF101"));
    assert!(readyz().await.contains("the workflows have 1 errors"));

    folder.change(REPORT, "take: verifing", "take: verifying");
    folder.change(REPORT, "within: 15 working_days", "within: 16 working_days");
    hang_up();
    until("another domain pack runs");
    // The answer that follows is of a process that has put it in place: the line is written just before.
    while readyz().await != "ready" {
        tokio::task::yield_now().await;
    }
    child.kill().expect("SIGKILL");
    child.wait().expect("ended");
}
