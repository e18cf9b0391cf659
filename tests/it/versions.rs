//! Versions of procedures: a case goes on under the one that it was opened under, whatever became of the files.

use serde_json::json;
use time::macros::datetime;
use zhengming::{
    app::SharedApp,
    service::{
        case_view, replay,
        wording::{filled, worded},
    },
    workflows::{self, PackFile},
};
use zhengming_engine::{definition::model::FilingMode, pack::Pack};

use crate::{database::each_engine, town::Town};

/// The files of the pack that is compiled in, some of them changed.
pub(crate) fn files(change: impl Fn(&str, &str) -> Option<String>) -> Vec<PackFile> {
    let changed = |(path, text): PackFile| change(&path, &text).map(|text| (path, text));
    workflows::built_in().into_iter().filter_map(changed).collect()
}

pub(crate) fn compiled(files: &[PackFile]) -> Pack {
    let (pack, found) = workflows::compile(files);
    pack.unwrap_or_else(|| panic!("not a sound pack: {found:#?}"))
}

/// Procedures that open reports: a test that changes what a report asks for leaves them out.
const OPEN_REPORTS: [&str; 5] = [
    "consumer_mediation",
    "feedback",
    "handling_request",
    "platform_notice",
    "rights_assistance",
];

/// From October on reports are verified in a state of another name; the range of the version before ends then.
pub(crate) fn with_a_third_version() -> Vec<PackFile> {
    let mut files = files(|path, text| {
        let opens_one = |key: &&str| path.starts_with(&format!("procedures/{key}-"));
        if OPEN_REPORTS.iter().any(opens_one) {
            return None;
        }
        Some(match path {
            "procedures/report-2.yaml" => {
                text.replace("filed: {from: 2026-04-15}", "filed: {from: 2026-04-15, to: 2026-09-30}")
            }
            _ => text.to_owned(),
        })
    });
    let second = files.iter().find(|(path, _)| path == "procedures/report-2.yaml");
    let (_, second) = second.expect("the second version").clone();
    let third = second
        .replace("version: 2", "version: 3")
        .replace("filed: {from: 2026-04-15, to: 2026-09-30}", "filed: {from: 2026-10-01}")
        .replace("verifying", "examining");
    files.push(("procedures/report-3.yaml".to_owned(), third));
    files
}

/// A report that an officer has taken: it is being verified.
pub(crate) async fn taken(town: &Town) -> String {
    let filed = town.file(town.who("consumer"), "report", FilingMode::Named, json!({}));
    let case = filed.await.case_id;
    town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
        .await;
    town.send("officer", &case, "take", json!({})).await;
    case
}

pub(crate) async fn sound(app: &SharedApp, case: &str) {
    let replayed = replay::case(app, case).await.expect("replayed");
    assert!(
        replayed.differs.is_empty()
            && replayed.apart.is_empty()
            && replayed.skipped.is_empty()
            && !replayed.agreed.is_empty(),
        "{replayed:?}"
    );
    let report = app.store.verify(|_| {}).await.expect("verified");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[tokio::test]
async fn a_case_goes_on_under_its_version_when_the_file_is_changed_and_a_new_version_governs() {
    each_engine(
        "a_case_goes_on_under_its_version_when_the_file_is_changed_and_a_new_version_governs",
        async |database| {
            let town = Town::found(database).await;
            let old = taken(&town).await;
            let pinned = town.app.store.case(&old).await.expect("read").expect("there");

            let town = town.restarted_with(compiled(&with_a_third_version())).await;
            let pack = town.app.pack();
            let files = pack.procedures["report"].iter();
            assert!(
                !files.into_iter().any(|d| d.hash == pinned.definition_hash),
                "the text of the second version is in no file any more"
            );
            let kept = pack.pinned("report", &pinned.definition_hash).expect("kept");
            assert_eq!((kept.version, kept.filed.to), (2, None));
            let rules = |version: u32| {
                let definition = pack.procedures["report"].iter().find(|d| d.version == version);
                definition.expect("a version").rules.clone()
            };
            assert_eq!(kept.rules, rules(2), "its range of filing days apart it is the same");
            assert_ne!(kept.rules, rules(3));
            town.send(
                "officer",
                &old,
                "send_to_test",
                json!({ "test_commission_note": "样例" }),
            )
            .await;
            assert_eq!(town.states(&old).await, ["verifying.testing"]);
            sound(&town.app, &old).await;

            town.clock.set(datetime!(2026-10-09 09:00 +8));
            let new = taken(&town).await;
            assert_eq!(town.states(&new).await, ["examining.checking"]);
            sound(&town.app, &new).await;
            sound(&town.app, &old).await;
        },
    )
    .await;
}

/// The pack whose every notice and document says something else.
fn with_other_words() -> Vec<PackFile> {
    files(|path, text| {
        let worded = ["notices/", "documents/"].iter().any(|folder| path.starts_with(folder));
        let other = |style: &str, text: &str| {
            let body = format!("zh: {style}\n");
            text.replace(&body, &format!("{body}        今后的文字\n"))
        };
        Some(if worded {
            other(">-", &other("|-", text))
        } else {
            text.to_owned()
        })
    })
}

#[tokio::test]
async fn what_was_sent_reads_as_it_was_sent_whatever_its_template_says_today() {
    each_engine(
        "what_was_sent_reads_as_it_was_sent_whatever_its_template_says_today",
        async |database| {
            let town = Town::found(database).await;
            let case = taken(&town).await;
            let told = async |town: &Town| -> Vec<String> {
                let detail = case_view::case(&town.app, town.who("officer"), &case)
                    .await
                    .expect("read");
                let pack = town.app.pack();
                let notices = detail.notices.iter().map(|row| {
                    let notice = pack.notice(&row.template, worded(&row.body)).expect("a template");
                    filled(&notice.body.zh, &row.body, "zh")
                });
                let documents = detail.documents.iter().map(|row| {
                    let kind = pack.document(&row.kind, worded(&row.body)).expect("a template");
                    filled(&kind.body.zh, &row.body, "zh")
                });
                notices.chain(documents).collect()
            };
            let sent = told(&town).await;
            assert!(!sent.is_empty() && !sent.iter().any(|text| text.contains("今后的文字")));

            let town = town.restarted_with(compiled(&with_other_words())).await;
            assert_eq!(told(&town).await, sent);
            town.send(
                "officer",
                &case,
                "send_to_test",
                json!({ "test_commission_note": "样例" }),
            )
            .await;
            town.clock.set(datetime!(2026-12-01 09:00 +8));
            zhengming::jobs::run_due(&town.app).await.expect("jobs run");
            let all = told(&town).await;
            let (before, after): (Vec<_>, Vec<_>) = all.into_iter().partition(|text| !text.contains("今后的文字"));
            assert_eq!(before, sent);
            assert!(!after.is_empty(), "what is sent from now on has the other words");
        },
    )
    .await;
}

#[tokio::test]
async fn a_case_stays_readable_and_goes_on_when_no_file_has_its_procedure_any_more() {
    each_engine(
        "a_case_stays_readable_and_goes_on_when_no_file_has_its_procedure_any_more",
        async |database| {
            let town = Town::found(database).await;
            let filed = town.file(town.who("consumer"), "report", FilingMode::Named, json!({}));
            let case = filed.await.case_id;
            let gone: Vec<&str> = ["report", "complaint"].into_iter().chain(OPEN_REPORTS).collect();
            let others = files(|path, text| {
                let own = path.starts_with("law/") || path.starts_with("calendar/");
                let name = path.rsplit('/').next().unwrap_or_default();
                (own || !gone.iter().any(|key| name.starts_with(key))).then(|| text.to_owned())
            });
            let town = town.restarted_with(compiled(&others)).await;
            let pack = town.app.pack();
            assert!(!pack.procedures.contains_key("report"));
            assert!(
                pack.notices.contains_key("report_registered"),
                "what its procedure sends came with it"
            );
            town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
                .await;
            town.send("officer", &case, "take", json!({})).await;
            assert_eq!(town.states(&case).await, ["verifying.checking"]);
            zhengming::jobs::run_due(&town.app).await.expect("jobs run");
            let dead = town.app.store.dead_outbox(10).await.expect("read");
            assert!(dead.is_empty(), "{dead:?}");
            sound(&town.app, &case).await;
        },
    )
    .await;
}
