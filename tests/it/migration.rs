//! Running cases move to a later version: seen beforehand, then one by one, across a kill, with a history that replays.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::{Value as Json, json};
use zhengming::{
    service::{identity, migration, replay},
    workflows::PackFile,
};
use zhengming_engine::definition::model::FilingMode;

use crate::{
    database::each_engine,
    town::Town,
    versions::{compiled, sound, taken, with_a_third_version},
};

const MAP: &str = "
migrates:
  from: 2
  states: {verifying: examining}
  fields: {competence_note: competence_reason, filer_id_number: filer_document}
  clocks: {dispatch: sending}
";

/// The third version of reports with a map from the second; it renames a state, a clock, a personal field and one of the
/// filer's, gives five days more for the verification, and wants to know the kind of infringement.
fn with_a_map() -> Vec<PackFile> {
    let third = |(path, text): PackFile| {
        if path != "procedures/report-3.yaml" {
            return (path, text);
        }
        let text = text
            .replace("competence_note", "competence_reason")
            .replace("filer_id_number", "filer_document")
            .replace(
                "\n  dispatch:\n    title: {zh: 分送（服务",
                "\n  sending:\n    title: {zh: 分送（服务",
            )
            .replace("within: 15 working_days", "within: 20 working_days")
            .replace("\"infringement_kind?\"", "infringement_kind");
        (path, format!("{text}{MAP}"))
    };
    with_a_third_version().into_iter().map(third).collect()
}

/// A report with everything that the third version wants, sent away by the district once and taken the second time.
async fn bounced(town: &Town) -> String {
    let more = json!({ "infringement_kind": "counterfeit", "filer_id_number": "X-1" });
    let filed = town.file(town.who("consumer"), "report", FilingMode::Named, more).await;
    let case = filed.case_id;
    let district = json!({ "organisation": "district" });
    town.send("intake", &case, "dispatch", district.clone()).await;
    town.send("officer", &case, "bounce", json!({ "competence_note": "elsewhere" }))
        .await;
    town.send("intake", &case, "dispatch", district).await;
    town.send("officer", &case, "take", json!({})).await;
    case
}

#[tokio::test]
async fn a_case_moves_with_all_that_is_recorded_of_it_and_its_history_replays_across_the_move() {
    let moved = each_engine(
        "a_case_moves_with_all_that_is_recorded_of_it_and_its_history_replays_across_the_move",
        async |database| {
            let town = Town::found(database).await;
            let (moving, stuck) = (bounced(&town).await, taken(&town).await);
            let town = town.restarted_with(compiled(&with_a_map())).await;
            let before = town.app.store.case(&moving).await.expect("read").expect("there");

            let mut plans = Vec::new();
            let dry = migration::migrate(&town.app, "report", 3, true, |plan| plans.push(plan.clone()));
            let dry = dry.await.expect("rehearsed");
            assert_eq!((dry.seen, dry.moved, dry.stayed, dry.stuck), (2, 1, 0, 1));
            let plan = plans.iter().find(|p| p.number == before.number).expect("its plan");
            let states = |state: &str| vec![state.to_owned()];
            assert_eq!(
                plan.states,
                (states("verifying.checking"), states("examining.checking"))
            );
            let longer = plan
                .deadlines
                .iter()
                .find(|d| d.before.as_ref().is_some_and(|b| b.0 == "verification"));
            let longer = longer.expect("the clock");
            let (from, to) = (
                longer.before.as_ref().expect("before"),
                longer.after.as_ref().expect("after"),
            );
            assert!(to.0 == "verification" && to.1 > from.1, "{plan:?}");
            let other = plans.iter().find(|p| p.number != before.number).expect("the other");
            assert_eq!(other.problems, ["MISSING_FIELD infringement_kind"]);
            let unmoved = town.app.store.case(&moving).await.expect("read").expect("there");
            assert_eq!(unmoved, before, "a rehearsal writes nothing");

            let walk = migration::migrate(&town.app, "report", 3, false, |_| {})
                .await
                .expect("moved");
            assert_eq!((walk.moved, walk.stuck), (1, 1));
            let bundle = town.app.store.case_bundle(&moving).await.expect("read").expect("there");
            let pack = town.app.pack();
            let third = pack.procedures["report"]
                .iter()
                .find(|d| d.version == 3)
                .expect("loaded");
            assert_eq!(bundle.case.procedure_version, 3);
            assert_eq!(bundle.case.definition_hash, third.hash);
            assert_eq!(bundle.case.states, ["examining.checking"]);
            assert_eq!(bundle.case.version, before.version + 1);
            assert_eq!(bundle.events.last().expect("an event").kind, "migrated");
            let personal = town
                .app
                .store
                .case_personal(&moving)
                .await
                .expect("read")
                .expect("there");
            assert_eq!(personal["competence_reason"], "elsewhere");
            assert_eq!(personal.get("competence_note"), None);
            let identity = identity::of(&town.app, &moving).await.expect("read").expect("there");
            assert_eq!(identity["filer_document"], "X-1");
            assert_eq!(identity.get("filer_id_number"), None);
            assert_eq!(bundle.case.clocks["sending"]["status"], "met");
            assert_eq!(bundle.case.clocks.get("dispatch"), None);
            sound(&town.app, &moving).await;

            town.send(
                "officer",
                &moving,
                "send_to_test",
                json!({ "test_commission_note": "样例" }),
            )
            .await;
            assert_eq!(town.states(&moving).await, ["examining.testing"]);
            town.send(
                "officer",
                &stuck,
                "send_to_test",
                json!({ "test_commission_note": "样例" }),
            )
            .await;
            assert_eq!(
                town.states(&stuck).await,
                ["verifying.testing"],
                "it goes on where it is"
            );
            sound(&town.app, &moving).await;
            sound(&town.app, &stuck).await;
            let replayed = replay::case(&town.app, &moving).await.expect("replayed");
            let moved = bundle.events.last().expect("an event").seq;
            assert!(
                replayed.agreed.contains(&moved) && replayed.agreed.contains(&(moved + 1)),
                "{replayed:?}"
            );

            let again = migration::migrate(&town.app, "report", 3, false, |_| {})
                .await
                .expect("made again");
            assert_eq!((again.moved, again.stayed, again.stuck), (0, 1, 1));
        },
    );
    Box::pin(moved).await;
}

#[tokio::test]
async fn a_case_that_lacks_what_the_later_version_requires_is_given_it_by_the_map_and_replays() {
    each_engine(
        "a_case_that_lacks_what_the_later_version_requires_is_given_it_by_the_map_and_replays",
        async |database| {
            let town = Town::found(database).await;
            let (answered, lacking) = (bounced(&town).await, taken(&town).await);
            let giving = |(path, text): PackFile| {
                let map = "  from: 2\n  set: {infringement_kind: similar_mark}\n";
                (path, text.replace("  from: 2\n", map))
            };
            let files: Vec<PackFile> = with_a_map().into_iter().map(giving).collect();
            let town = town.restarted_with(compiled(&files)).await;
            let mut plans = Vec::new();
            let walk = migration::migrate(&town.app, "report", 3, false, |plan| plans.push(plan.clone()));
            let walk = walk.await.expect("moved");
            assert_eq!((walk.moved, walk.stuck), (2, 0), "{plans:?}");
            for (case, kind, given) in [
                (&answered, "counterfeit", json!({})),
                (&lacking, "similar_mark", json!({ "infringement_kind": "similar_mark" })),
            ] {
                let row = town.app.store.case(case).await.expect("read").expect("there");
                assert_eq!(row.data["infringement_kind"], kind);
                let plan = plans.iter().find(|plan| plan.number == row.number).expect("its plan");
                assert_eq!(Json::Object(plan.given.clone()), given);
                sound(&town.app, case).await;
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_timer_that_was_read_before_the_move_fires_under_the_version_that_the_case_is_under() {
    each_engine(
        "a_timer_that_was_read_before_the_move_fires_under_the_version_that_the_case_is_under",
        async |database| {
            let town = Town::found(database).await;
            let case = bounced(&town).await;
            let town = town.restarted_with(compiled(&with_a_map())).await;
            migration::migrate(&town.app, "report", 3, false, |_| {})
                .await
                .expect("moved");
            // Long after every end of the verification.
            town.clock.set(time::macros::datetime!(2026-12-01 09:00 +8));
            zhengming::jobs::run_due(&town.app).await.expect("jobs run");
            let bundle = town.app.store.case_bundle(&case).await.expect("read").expect("there");
            let expired = bundle.events.iter().filter(|e| e.kind == "clock_expired").count();
            assert!(
                expired >= 1,
                "{:?}",
                bundle.events.iter().map(|e| &e.kind).collect::<Vec<_>>()
            );
            assert_eq!(bundle.case.clocks["verification"]["status"], "expired");
            assert!(town.app.store.parked_timers().await.expect("read").is_empty());
            sound(&town.app, &case).await;
        },
    )
    .await;
}

/// The pack in a folder, and the program run on the data of a town.
struct Program<'t> {
    town: &'t Town,
    folder: PathBuf,
}

impl<'t> Program<'t> {
    fn new(town: &'t Town, files: &[PackFile]) -> Self {
        let folder = town.database.dir.path().join("workflows");
        for (path, text) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        Self { town, folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhengming"));
        let dir: &Path = self.town.database.dir.path();
        command
            .args(arguments)
            .env_clear()
            .env("ZHENGMING_DATABASE__URL", &self.town.database.url)
            .env("ZHENGMING_DATA_DIR", dir.join("data"))
            .env("ZHENGMING_WORKFLOWS_DIR", &self.folder)
            .current_dir(dir);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("runs")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[tokio::test]
async fn a_walk_that_is_killed_leaves_whole_cases_and_is_finished_by_the_next() {
    each_engine(
        "a_walk_that_is_killed_leaves_whole_cases_and_is_finished_by_the_next",
        async |database| {
            let town = Town::found(database).await;
            let mut cases = Vec::new();
            for _ in 0..6 {
                cases.push(bounced(&town).await);
            }
            let program = Program::new(&town, &with_a_map());
            let arguments = ["migrate-cases", "report", "--to", "3"];
            let mut child = program
                .command(&arguments)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("runs");
            let mut first = String::new();
            let mut out = BufReader::new(child.stdout.take().expect("piped"));
            out.read_line(&mut first).expect("a line");
            child.kill().expect("SIGKILL");
            child.wait().expect("ended");
            let mut err = String::new();
            child
                .stderr
                .take()
                .expect("piped")
                .read_to_string(&mut err)
                .expect("read");
            assert!(first.ends_with("report 2->3: moves\n"), "{first}{err}");

            let moved = async || {
                let mut moved = 0;
                for case in &cases {
                    let row = town.app.store.case(case).await.expect("read").expect("there");
                    let fits = match row.procedure_version {
                        3 => row.states == ["examining.checking"],
                        _ => row.states == ["verifying.checking"],
                    };
                    assert!(fits, "{row:?}");
                    moved += usize::from(row.procedure_version == 3);
                }
                moved
            };
            let before = moved().await;
            assert!(before >= 1, "what was told was committed");

            let rest = program.run(&arguments);
            let told = text(&rest.stdout);
            assert_eq!(rest.status.code(), Some(0), "{told}{}", text(&rest.stderr));
            let left = cases.len() - before;
            assert!(
                told.ends_with(&format!(
                    "6 open cases: {left} moved, {before} stay under their version, 0 cannot move\n"
                )),
                "{told}"
            );
            assert_eq!(moved().await, cases.len());
            zhengming::jobs::catch_up(&town.app).await.expect("caught up");
            for case in &cases {
                let events = town
                    .app
                    .store
                    .events_of(std::slice::from_ref(case))
                    .await
                    .expect("read");
                assert_eq!(events.iter().filter(|event| event.kind == "migrated").count(), 1);
                sound(&town.app, case).await;
            }
            town.send(
                "officer",
                &cases[0],
                "send_to_test",
                json!({ "test_commission_note": "样例" }),
            )
            .await;
            let verified = program.run(&["verify"]);
            assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stdout));
        },
    )
    .await;
}

#[tokio::test]
async fn check_shows_what_the_maps_would_do_to_each_live_case_and_fails_where_one_cannot_move() {
    each_engine(
        "check_shows_what_the_maps_would_do_to_each_live_case_and_fails_where_one_cannot_move",
        async |database| {
            let town = Town::found(database).await;
            let case = bounced(&town).await;
            let program = Program::new(&town, &with_a_map());
            let folder = program.folder.display().to_string();
            let url = town.database.url.clone();
            let arguments = ["check", &folder, "--against", &url];
            let good = program.run(&arguments);
            let told = text(&good.stdout);
            assert_eq!(good.status.code(), Some(0), "{told}{}", text(&good.stderr));
            assert!(told.contains("report 2->3: moves\n"), "{told}");
            assert!(
                told.contains("  states: verifying.checking -> examining.checking\n"),
                "{told}"
            );
            assert!(told.contains("  deadline: verification 2026-10-"), "{told}");
            let row = town.app.store.case(&case).await.expect("read").expect("there");
            assert_eq!(row.procedure_version, 2, "nothing is written");

            let poor = taken(&town).await;
            let number = town.app.store.case(&poor).await.expect("read").expect("there").number;
            let bad = program.run(&["check", &folder, "--json", "--against", &url]);
            assert_eq!(bad.status.code(), Some(1), "{}", text(&bad.stdout));
            let answer: Json = serde_json::from_slice(&bad.stdout).expect("JSON");
            let plan = answer["cases"]
                .as_array()
                .expect("cases")
                .iter()
                .find(|c| c["number"] == number.as_str());
            assert_eq!(
                plan.expect("its plan")["problems"],
                json!(["MISSING_FIELD infringement_kind"])
            );

            let changed = program.folder.join("procedures/report-2.yaml");
            let text_now = fs::read_to_string(&changed).expect("read");
            fs::write(
                &changed,
                text_now.replace("within: 15 working_days", "within: 14 working_days"),
            )
            .expect("written");
            let line = text_now
                .lines()
                .position(|l| l.contains("within: 15 working_days"))
                .expect("there")
                + 1;
            let edited = program.run(&arguments);
            let told = text(&edited.stdout);
            assert_eq!(edited.status.code(), Some(1), "{told}");
            assert!(
                told.contains(&format!("procedures/report-2.yaml:{line}:WF602")),
                "{told}"
            );
        },
    )
    .await;
}
