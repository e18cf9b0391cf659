//! What is owed to whom: the printed table, both sides of 15 April 2026, how a notice went and when it counts as received.

use std::{fmt::Write as _, path::Path};

use expect_test::expect_file;
use serde_json::json;
use time::macros::{date, datetime};
use zhengming::{
    access::Actor,
    jobs,
    service::{
        case_view::{self, CaseDetail},
        feedback::{self, OwedView},
        telling::{self, Telling},
    },
    store::AuditFilter,
    workflows,
};
use zhengming_engine::{
    contribution::EvidenceKind,
    definition::model::FilingMode,
    feedback::{Occasion, Owed, Within},
    pack::Pack,
};

use crate::{database::each_engine, town::Town};

/// What a list of the table holds, or a dash.
fn listed(names: impl IntoIterator<Item = String>) -> String {
    let names: Vec<String> = names.into_iter().collect();
    if names.is_empty() {
        "–".to_owned()
    } else {
        names.join(", ")
    }
}

fn by_when(within: &Within) -> String {
    match within {
        Within::AtOnce => "at once".to_owned(),
        Within::Promptly => "promptly (no number)".to_owned(),
        Within::Clocks(clocks) => format!("clock {}", listed(clocks.iter().map(|clock| format!("`{clock}`")))),
        Within::Period { period, since } => format!("{period} from `{since}`"),
        Within::Before { field, ahead: None } => format!("before `{field}`"),
        Within::Before {
            field,
            ahead: Some(ahead),
        } => format!("{ahead} before `{field}`"),
    }
}

fn filed(row: &Owed) -> String {
    match (row.filed.from, row.filed.to) {
        (None, None) => "all".to_owned(),
        (from, to) => format!(
            "{}–{}",
            from.map(|day| day.to_string()).unwrap_or_default(),
            to.map(|day| day.to_string()).unwrap_or_default()
        ),
    }
}

fn line(key: &str, row: &Owed) -> String {
    let occasions = row.on.iter().map(|on| match on {
        Occasion::Filing => "filing".to_owned(),
        Occasion::Event(event) => format!("`{event}`"),
        Occasion::Clock(clock) => format!("warning of `{clock}`"),
    });
    let to = row.outside.as_ref().map_or_else(
        || listed(row.to.iter().map(|role| format!("`{role}`"))),
        |outside| outside.en.clone(),
    );
    let notice = row.notice.iter().map(|key| format!("notice `{key}`"));
    let document = row.document.iter().map(|key| format!("document `{key}`"));
    let law = row.law.as_ref().map(ToString::to_string);
    let unverified = row.unverified.then(|| "unverified".to_owned());
    let ended = row.ended.as_ref().map(|why| format!("; no longer owed: {}", why.en));
    format!(
        "| {} (`{key}`){} | {} | {} | {to} | {} | {} | {} | {} |",
        row.title.en,
        ended.unwrap_or_default(),
        filed(row),
        listed(occasions),
        by_when(&row.within),
        listed(law.into_iter().chain(unverified)),
        listed(notice.chain(document)),
        row.ways.join(", "),
    )
}

fn printed(pack: &Pack) -> String {
    let table = &pack.feedback;
    let mut out = String::from(
        "# What is owed to whom\n\nPrinted from `workflows/feedback/` by `UPDATE_EXPECT=1 cargo test --test it feedback`. Days are filing days of the cases, both ends included.\n",
    );
    for (key, versions) in &pack.procedures {
        let mut rows = table.rows.iter().filter(|(_, row)| row.procedure == *key).peekable();
        let (Some(_), Some(latest)) = (rows.peek(), versions.last()) else {
            continue;
        };
        let _ = write!(
            out,
            "\n## {} (`{key}`)\n\n| what | filings | at | to | by when | article | sent as | ways |\n|---|---|---|---|---|---|---|---|\n",
            latest.title.en
        );
        for (key, row) in rows {
            let _ = writeln!(out, "{}", line(key, row));
        }
    }
    out.push_str("\n## Ways\n\n| way | proof | counts as received | rule | |\n|---|---|---|---|---|\n");
    for (key, way) in &table.ways {
        let consent = way.consent.then(|| "only with consent".to_owned());
        let law = way.law.as_ref().map(ToString::to_string);
        let unverified = way.unverified.then(|| "unverified".to_owned());
        let _ = writeln!(
            out,
            "| {} (`{key}`) | {} | {} | {} | {} |",
            way.title.en,
            way.proof.en,
            way.received.en,
            listed(law.into_iter().chain(unverified)),
            listed(consent)
        );
    }
    out.push_str("\n## Courtesies: sent to parties, owed by no article\n\n| procedure | notices |\n|---|---|\n");
    for courtesy in &table.courtesies {
        let notices = courtesy.notices.iter().map(|(notice, _)| format!("`{notice}`"));
        let _ = writeln!(out, "| `{}` | {} |", courtesy.procedure, listed(notices));
    }
    out
}

#[test]
fn the_printed_table_of_what_is_owed_is_the_committed_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pack = workflows::load(None).expect("the pack is sound");
    expect_file![root.join("workflows/FEEDBACK.md")].assert_eq(&printed(&pack));
}

async fn read(town: &Town, who: &Actor, case: &str) -> CaseDetail {
    Box::pin(case_view::case(&town.app, who, case)).await.expect("readable")
}

/// By which row the first notice of a template is owed.
fn owed<'d>(detail: &'d CaseDetail, template: &str) -> Option<&'d OwedView> {
    let notice = detail.notices.iter().find(|notice| notice.template == template);
    detail
        .owed
        .get(&notice.unwrap_or_else(|| panic!("no notice {template}")).id)
}

async fn accepted(town: &Town) -> String {
    let filed = town
        .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
        .await;
    let case = filed.case_id;
    town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
        .await;
    town.send("officer", &case, "take", json!({})).await;
    town.send("officer", &case, "accept", json!({})).await;
    case
}

#[tokio::test]
async fn a_notice_is_owed_by_its_article_in_time_and_received_when_the_mail_server_took_it_or_the_page_showed_it() {
    each_engine(
        "a_notice_is_owed_by_its_article_in_time_and_received_when_the_mail_server_took_it_or_the_page_showed_it",
        async |database| {
            let town = Box::pin(Town::found(database)).await;
            let case = Box::pin(accepted(&town)).await;
            let officer = town.who("officer").clone();
            let detail = read(&town, &officer, &case).await;
            assert!(owed(&detail, "complaint_registered").is_none(), "a courtesy");
            let view = owed(&detail, "complaint_accepted").expect("owed");
            assert_eq!(view.row.law.as_ref().expect("an article").as_str(), "samr-121#15.1");
            // Received on 23 September; seven working days end on the make-up Saturday.
            assert_eq!((view.due, view.in_time), (Some(date!(2026 - 10 - 10)), Some(true)));
            assert!(view.deliveries.iter().all(|delivery| delivery.received_on.is_none()));
            assert!(detail.owes.iter().all(|open| !open.late), "{:?}", detail.owes);

            town.clock.set(datetime!(2026-09-24 08:00 +8));
            Box::pin(jobs::run_due(&town.app)).await.expect("the mails go out");
            let detail = read(&town, &officer, &case).await;
            let by_mail = &owed(&detail, "complaint_accepted").expect("owed").deliveries[0];
            assert_eq!(
                (by_mail.key.as_str(), by_mail.received_on),
                ("mail", Some(date!(2026 - 09 - 24)))
            );

            town.clock.set(datetime!(2026-09-25 08:00 +8));
            // An officer who looks at the case is not the one to whom it is owed.
            Box::pin(feedback::shown(&town.app, &detail)).await.expect("noted");
            let detail = read(&town, &officer, &case).await;
            let shown = |detail: &CaseDetail| {
                let view = owed(detail, "complaint_accepted").expect("owed");
                let portal = view.deliveries.iter().find(|delivery| delivery.key == "portal");
                portal.expect("the portal shows it").received_on
            };
            assert_eq!(shown(&detail), None);
            let consumer = town.who("consumer").clone();
            let own = read(&town, &consumer, &case).await;
            assert!(
                Box::pin(feedback::shown(&town.app, &own)).await.expect("noted"),
                "it is new"
            );
            let own = read(&town, &consumer, &case).await;
            assert!(
                !Box::pin(feedback::shown(&town.app, &own)).await.expect("noted"),
                "and then not"
            );
            assert_eq!(shown(&own), Some(date!(2026 - 09 - 25)));
            assert!(own.owes.is_empty(), "what is open is for staff");
            let report = Box::pin(town.app.store.verify(|_| {})).await.expect("verified");
            assert!(report.findings.is_empty(), "{:?}", report.findings);
        },
    )
    .await;
}

#[tokio::test]
async fn what_a_running_clock_waits_for_is_open_and_late_after_its_last_day() {
    each_engine(
        "what_a_running_clock_waits_for_is_open_and_late_after_its_last_day",
        async |database| {
            let town = Box::pin(Town::found(database)).await;
            let case = town
                .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
                .await
                .case_id;
            town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
                .await;
            let officer = town.who("officer").clone();
            let open = async || {
                let detail = read(&town, &officer, &case).await;
                let open = detail.owes.iter().map(|open| {
                    let titles: Vec<String> = open.rows.iter().map(|row| row.title.en.clone()).collect();
                    (titles.join(" / "), open.due.map(|day| day.to_string()), open.late)
                });
                open.collect::<Vec<_>>()
            };
            let acceptance = |late| {
                let titles = "Acceptance / Non-acceptance with reasons and other ways".to_owned();
                vec![(titles, Some("2026-10-10".to_owned()), late)]
            };
            assert_eq!(open().await, acceptance(false));
            town.clock.set(datetime!(2026-10-12 09:00 +8));
            Box::pin(jobs::run_due(&town.app)).await.expect("timers fire");
            assert_eq!(open().await, acceptance(true));
            town.send("officer", &case, "take", json!({})).await;
            town.send("officer", &case, "accept", json!({})).await;
            assert_eq!(open().await, []);
            let detail = read(&town, &officer, &case).await;
            let view = owed(&detail, "complaint_accepted").expect("owed");
            assert_eq!((view.due, view.in_time), (Some(date!(2026 - 10 - 10)), Some(false)));
        },
    )
    .await;
}

/// Files a report with a name on the day that the clock shows and has the case filed.
async fn reported(town: &Town) -> String {
    let case = town
        .file(town.who("consumer"), "report", FilingMode::Named, json!({}))
        .await
        .case_id;
    town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
        .await;
    town.send("officer", &case, "take", json!({})).await;
    case
}

#[tokio::test]
async fn a_named_reporter_is_told_of_the_filing_in_five_working_days_until_14_april_2026_and_no_more_from_the_15th() {
    each_engine(
        "a_named_reporter_is_told_of_the_filing_in_five_working_days_until_14_april_2026_and_no_more_from_the_15th",
        async |database| {
            let town = Box::pin(Town::found(database)).await;
            let officer = town.who("officer").clone();
            town.clock.set(datetime!(2026-04-14 09:00 +8));
            let before = Box::pin(reported(&town)).await;
            let conditions = json!(["prima_facie", "penalty_due", "own_jurisdiction", "in_time"]);
            let filing = json!({ "filing_conditions": conditions, "real_name": true, "result_statute": "none" });
            town.send("head", &before, "file", filing).await;
            let open = read(&town, &officer, &before).await.owes;
            assert_eq!(open[0].due, Some(date!(2026 - 04 - 21)));
            assert_eq!(
                open[0].rows[0].law.as_ref().expect("an article").as_str(),
                "samr-20#31.2"
            );
            town.send("officer", &before, "tell_filing", json!({})).await;
            let detail = read(&town, &officer, &before).await;
            let view = owed(&detail, "filing_told_2020").expect("owed");
            assert_eq!((view.due, view.in_time), (Some(date!(2026 - 04 - 21)), Some(true)));

            town.clock.set(datetime!(2026-04-15 09:00 +8));
            let after = Box::pin(reported(&town)).await;
            let detail = read(&town, &officer, &after).await;
            assert!(!detail.definition.events.contains_key("tell_filing"));
            assert!(detail.owes.is_empty(), "{:?}", detail.owes);
        },
    )
    .await;
}

#[tokio::test]
async fn a_decision_handed_over_on_the_spot_is_served_that_day() {
    each_engine(
        "a_decision_handed_over_on_the_spot_is_served_that_day",
        async |database| {
            let town = Box::pin(Town::found(database)).await;
            let officer = town.who("officer").clone();
            let case = town
                .file(&officer, "penalty_simple", FilingMode::Named, json!({}))
                .await
                .case_id;
            town.send(
                "officer",
                &case,
                "tell",
                json!({ "intended_penalty": "警告", "cards_shown": true }),
            )
            .await;
            let account = |name: &str| town.who(name).person().expect("a person").account.id.clone();
            let decision = json!({
                "penalty_kind": "warning", "fine": 0, "officer_one": account("officer"), "officer_two": account("colleague"),
                "decision_reasons": "样例", "received": "signed",
            });
            town.prove("officer", &case, EvidenceKind::SceneRecord).await;
            town.send("officer", &case, "decide", decision).await;
            let detail = read(&town, &officer, &case).await;
            let decision = detail.documents.iter().find(|d| d.kind == "penalty_simple_decision");
            let view = &detail.owed[&decision.expect("the decision").id];
            assert_eq!(view.in_time, Some(true));
            assert_eq!(view.deliveries[0].key, "on_the_spot");
            assert_eq!(view.deliveries[0].received_on, Some(date!(2026 - 09 - 23)));
        },
    )
    .await;
}

#[tokio::test]
async fn what_an_officer_records_proves_ways_that_the_service_does_not_carry() {
    each_engine(
        "what_an_officer_records_proves_ways_that_the_service_does_not_carry",
        async |database| {
            let town = Box::pin(Town::found(database)).await;
            let case = Box::pin(accepted(&town)).await;
            let officer = town.who("officer").clone();
            let detail = read(&town, &officer, &case).await;
            let id = |template: &str| {
                let notice = detail.notices.iter().find(|notice| notice.template == template);
                notice.expect("the notice").id.clone()
            };
            town.clock.set(datetime!(2026-09-25 08:00 +8));
            let try_record = async |who: &str, template: &str, way: &str, on, reference: Option<&str>| {
                let told = Telling {
                    subject: id(template),
                    way: way.to_owned(),
                    on,
                    reference: reference.map(str::to_owned),
                };
                let outcome = Box::pin(telling::record(&town.app, town.who(who), &case, told)).await;
                outcome.map_err(|error| error.code())
            };
            let called = date!(2026 - 09 - 24);
            for (who, template, way, on, reference, code) in [
                // Where the service itself has the proof, nobody writes another.
                ("officer", "complaint_accepted", "portal", called, None, "WAY_NOT_OPEN"),
                (
                    "officer",
                    "complaint_accepted",
                    "announcement",
                    called,
                    None,
                    "WAY_NOT_OPEN",
                ),
                ("officer", "complaint_registered", "phone", called, None, "NOT_OWED"),
                (
                    "officer",
                    "complaint_accepted",
                    "phone",
                    date!(2026 - 09 - 26),
                    None,
                    "DAY_NOT_POSSIBLE",
                ),
                (
                    "officer",
                    "complaint_accepted",
                    "phone",
                    date!(2026 - 09 - 22),
                    None,
                    "DAY_NOT_POSSIBLE",
                ),
                (
                    "officer",
                    "complaint_accepted",
                    "phone",
                    called,
                    Some("王先生"),
                    "BAD_REFERENCE",
                ),
                ("consumer", "complaint_accepted", "phone", called, None, "FORBIDDEN"),
            ] {
                let refused = try_record(who, template, way, on, reference).await;
                assert_eq!(refused, Err(code), "{who} {template} {way} {on}");
            }
            let record = async |way: &str, on| {
                let recorded = try_record("officer", "complaint_accepted", way, on, Some("A-12")).await;
                assert_eq!(recorded, Ok(()), "{way}");
            };
            record("phone", date!(2026 - 09 - 23)).await;
            record("letter", date!(2026 - 09 - 25)).await;
            // Recorded again: the same day is the same record, another day corrects it.
            record("letter", date!(2026 - 09 - 25)).await;
            town.clock.set(datetime!(2026-09-25 09:00 +8));
            record("phone", called).await;
            // So does another number for that day; none takes the number away.
            for number in [Some("A-13"), None] {
                let recorded = try_record("officer", "complaint_accepted", "phone", called, number).await;
                assert_eq!(recorded, Ok(()));
            }
            let detail = read(&town, &officer, &case).await;
            let view = owed(&detail, "complaint_accepted").expect("owed");
            let told = view.deliveries.iter().filter_map(|delivery| {
                let day = delivery.received_on?;
                Some((delivery.key.as_str(), day, delivery.reference.as_deref()))
            });
            assert_eq!(
                told.collect::<Vec<_>>(),
                [
                    ("phone", called, Some("A-13")),
                    ("letter", date!(2026 - 09 - 25), Some("A-12"))
                ]
            );
            assert_eq!(town.app.store.tellings(&case).await.expect("read").len(), 3);
            let trail = AuditFilter {
                object: Some(format!("case:{case}")),
                ..AuditFilter::default()
            };
            let trail = town.app.store.audit_log(&trail, 20).await.expect("the trail");
            assert!(trail.iter().any(|entry| entry.action == "notice.told"), "{trail:?}");
            let report = Box::pin(town.app.store.verify(|_| {})).await.expect("verified");
            assert!(report.findings.is_empty(), "{:?}", report.findings);
        },
    )
    .await;
}

#[tokio::test]
async fn what_must_be_told_in_writing_is_open_until_an_officer_records_how_it_was() {
    each_engine(
        "what_must_be_told_in_writing_is_open_until_an_officer_records_how_it_was",
        async |database| {
            let town = Box::pin(Town::found(database)).await;
            let officer = town.who("officer").clone();
            let account = |name: &str| town.who(name).person().expect("a person").account.id.clone();
            let case = town
                .file(&officer, "coercive_measure", FilingMode::Named, json!({}))
                .await
                .case_id;
            let basis = json!({ "basis": "trademark_2019", "city_level": false });
            town.send("head", &case, "approve", basis).await;
            let seizure = json!({
                "basis": "trademark_2019", "kind": "seized", "carried_out_on": "2026-09-23", "carried_out_at": "九时，样例仓库",
                "party_presence": "present",
                "officer_one": account("officer"), "officer_two": account("colleague"),
            });
            town.send("officer", &case, "take", seizure).await;
            let testing = json!({ "laboratory": "示例检验所", "test_until": "2026-10-20" });
            town.send("officer", &case, "start_testing", testing).await;
            let detail = read(&town, &officer, &case).await;
            let of = |detail: &CaseDetail, kind: &str| {
                let document = detail.documents.iter().find(|document| document.kind == kind);
                let id = document.expect("the document").id.clone();
                (id.clone(), detail.owed[&id].clone())
            };
            let (_, decision) = of(&detail, "measure_decision");
            let paper = |kind: &str| {
                let document = detail.documents.iter().find(|document| document.kind == kind);
                document.expect("the document")
            };
            assert_eq!(
                paper("measure_decision").body["values"]["zh"]["document.penalty_item_list.number"],
                json!(paper("penalty_item_list").number),
                "the decision cites the list that is handed over with it"
            );
            assert_eq!(decision.deliveries[0].key, "on_the_spot");
            assert!(decision.recordable.is_empty(), "the event records it");
            let open: Vec<&str> = detail.owes.iter().map(|open| open.rows[0].title.en.as_str()).collect();
            assert_eq!(open, ["Period of the testing, in writing"]);
            let (subject, notice) = of(&detail, "measure_testing_notice");
            let ways: Vec<&str> = notice.recordable.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!(ways, ["direct", "left", "post"], "and nothing electronic");
            town.clock.set(datetime!(2026-09-25 09:00 +8));
            let told = Telling {
                subject,
                way: "post".to_owned(),
                on: date!(2026 - 09 - 25),
                reference: None,
            };
            Box::pin(telling::record(&town.app, &officer, &case, told))
                .await
                .expect("recorded");
            let detail = read(&town, &officer, &case).await;
            assert!(detail.owes.is_empty(), "{:?}", detail.owes);
            let (_, notice) = of(&detail, "measure_testing_notice");
            assert_eq!(notice.deliveries[0].received_on, Some(date!(2026 - 09 - 25)));
        },
    )
    .await;
}
