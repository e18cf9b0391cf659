//! Facts about the use cases, on both engines.

use sea_orm::ConnectionTrait as _;
use serde_json::json;
use time::macros::datetime;
use zhengming::{
    access::Actor,
    jobs,
    service::{
        Error, case_view,
        cases::{self, TransitionRequest},
        intake::{self, FileRequest},
        privacy, replay,
    },
};
use zhengming_engine::definition::model::FilingMode;

use crate::{database::each_engine, town::Town};

/// Files a complaint and has the district accept it.
async fn accepted(town: &Town) -> String {
    let case = town
        .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
        .await
        .case_id;
    town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
        .await;
    town.send("officer", &case, "take", json!({})).await;
    town.send("officer", &case, "accept", json!({})).await;
    case
}

#[tokio::test]
async fn a_complaint_goes_from_the_form_to_the_agreement_and_its_history_replays() {
    each_engine(
        "a_complaint_goes_from_the_form_to_the_agreement_and_its_history_replays",
        async |database| {
            let town = Town::found(database).await;
            let case = accepted(&town).await;
            let detail = case_view::case(&town.app, town.who("officer"), &case)
                .await
                .expect("readable");
            let mediation = detail
                .deadlines
                .iter()
                .find(|d| d.clock == "mediation")
                .expect("the clock runs");
            // Sixty days from 23 September end on Sunday 22 November, which is no statutory holiday.
            assert_eq!(
                mediation.state.due.at().expect("due").due_date.to_string(),
                "2026-11-22"
            );
            let consumer = town.who("consumer").clone();
            town.try_send(&consumer, &case, "complainant_consents", json!({}))
                .await
                .expect("the complainant consents");
            town.send("officer", &case, "respondent_consents", json!({})).await;
            assert!(
                town.states(&case).await[0].starts_with("mediating"),
                "{:?}",
                town.states(&case).await
            );
            let replayed = replay::case(&town.app, &case).await.expect("replayed");
            assert!(
                replayed.differs.is_empty() && replayed.apart.is_empty() && replayed.skipped.is_empty(),
                "{replayed:?}"
            );
            let report = town.app.store.verify(|_| {}).await.expect("verified");
            assert!(report.findings.is_empty(), "{:?}", report.findings);
        },
    )
    .await;
}

#[tokio::test]
async fn a_stale_version_a_foreign_case_and_a_wrong_role_change_nothing() {
    each_engine(
        "a_stale_version_a_foreign_case_and_a_wrong_role_change_nothing",
        async |database| {
            let town = Town::found(database).await;
            let case = accepted(&town).await;
            let before = town.app.store.case(&case).await.expect("read").expect("there");
            let stale = TransitionRequest {
                case_id: case.clone(),
                event: "complainant_refuses".to_owned(),
                fields: Default::default(),
                expected_version: before.version - 1,
                idempotency_key: town.key(),
            };
            let refused = cases::perform(&town.app, town.who("officer"), stale).await;
            assert!(matches!(refused, Err(Error::StaleVersion { current }) if current == before.version));
            for stranger in ["stranger", "mediator"] {
                let refused = town.try_send(town.who(stranger), &case, "withdraw", json!({})).await;
                assert!(matches!(refused, Err(Error::NotFound)), "{stranger}: {refused:?}");
                let unread = case_view::case(&town.app, town.who(stranger), &case).await;
                assert!(matches!(unread, Err(Error::NotFound)));
            }
            let refused = town.try_send(town.who("head"), &case, "accept", json!({})).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
            assert_eq!(town.app.store.case(&case).await.expect("read").expect("there"), before);
        },
    )
    .await;
}

#[tokio::test]
async fn a_repeated_filing_gets_its_receipt_again_and_only_with_its_key() {
    each_engine(
        "a_repeated_filing_gets_its_receipt_again_and_only_with_its_key",
        async |database| {
            let town = Town::found(database).await;
            let request = FileRequest {
                procedure: "report".to_owned(),
                mode: FilingMode::Anonymous,
                fields: {
                    let mut fields = town.answers("report");
                    fields.retain(|name, _| !name.starts_with("filer_"));
                    fields
                },
                idempotency_key: "0123456789abcdef-a-key".to_owned(),
            };
            let first = intake::file(&town.app, &Actor::Anonymous, request.clone())
                .await
                .expect("filed");
            let again = intake::file(&town.app, &Actor::Anonymous, request.clone())
                .await
                .expect("replayed");
            assert_eq!((&first.number, &first.receipt), (&again.number, &again.receipt));
            let mut other = request;
            other.mode = FilingMode::Anonymous;
            other.fields.insert("facts".to_owned(), json!("something else"));
            let conflict = intake::file(&town.app, &Actor::Anonymous, other).await;
            assert!(matches!(conflict, Err(Error::IdempotencyConflict)));
            let holder = case_view::receipt(&town.app, &first.number, &first.receipt)
                .await
                .expect("the receipt opens");
            let detail = case_view::case(&town.app, &holder, &first.case_id)
                .await
                .expect("readable");
            assert_eq!(detail.standing.roles, ["reporter".to_owned()].into());
            let wrong = case_view::receipt(&town.app, &first.number, "0000-0000-0000-0000-0000").await;
            assert!(matches!(wrong, Err(Error::NotFound)));
        },
    )
    .await;
}

#[tokio::test]
async fn the_acceptance_clock_fires_once_escalates_and_leaves_the_duty() {
    each_engine(
        "the_acceptance_clock_fires_once_escalates_and_leaves_the_duty",
        async |database| {
            let town = Town::found(database).await;
            let case = town
                .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
                .await
                .case_id;
            town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
                .await;
            town.send("officer", &case, "take", json!({})).await;
            town.clock.set(datetime!(2026-10-12 08:00 +8));
            for _ in 0..3 {
                jobs::run_due(&town.app).await.expect("jobs run");
            }
            let bundle = town.app.store.case_bundle(&case).await.expect("read").expect("there");
            let expired = bundle.events.iter().filter(|e| e.kind == "clock_expired").count();
            let acceptance = bundle
                .notices
                .iter()
                .filter(|n| n.template.starts_with("acceptance_late"))
                .count();
            assert!(expired >= 1 && acceptance >= 2, "{expired} {acceptance}");
            town.send("officer", &case, "accept", json!({})).await;
            assert_eq!(town.states(&case).await[0].split('.').next(), Some("accepted"));
        },
    )
    .await;
}

#[tokio::test]
async fn who_filed_is_shown_for_a_purpose_to_those_who_handle_the_case_and_audited() {
    each_engine(
        "who_filed_is_shown_for_a_purpose_to_those_who_handle_the_case_and_audited",
        async |database| {
            let town = Town::found(database).await;
            const CANARY: &str = "李样例";
            let filed = json!({ "filer_name": CANARY });
            let case = town
                .file(town.who("consumer"), "complaint", FilingMode::Named, filed)
                .await
                .case_id;
            town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
                .await;
            town.send("officer", &case, "take", json!({})).await;
            for reader in ["intake", "officer", "head", "superior", "consumer"] {
                let detail = case_view::case(&town.app, town.who(reader), &case)
                    .await
                    .expect("readable");
                assert!(!format!("{detail:?}").contains(CANARY), "{reader}");
            }
            let refused = privacy::disclose_identity(&town.app, town.who("superior"), &case, "mediation").await;
            assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
            let shown = privacy::disclose_identity(&town.app, town.who("officer"), &case, "mediation").await;
            assert_eq!(shown.expect("disclosed")["filer_name"], CANARY);
            let audit = town.app.store.audit_log(&Default::default(), 100).await.expect("audit");
            let of = |outcome: &str| {
                audit
                    .iter()
                    .filter(|a| a.action == "identity.disclose" && a.outcome.as_str() == outcome)
                    .count()
            };
            assert_eq!((of("allowed"), of("denied")), (1, 1));
        },
    )
    .await;
}

/// Rows of the database, accounts and what belongs to them apart, in which a text stands.
async fn rows_with(town: &Town, text: &str) -> Vec<String> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let copy = directory.path().join("copy");
    town.app
        .store
        .backup(&copy, town.app.clock.now())
        .await
        .expect("a copy");
    let mut rows = Vec::new();
    for entry in std::fs::read_dir(&copy).expect("the copy") {
        let path = entry.expect("a table").path();
        let table = path
            .file_stem()
            .and_then(|name| name.to_str())
            .expect("a name")
            .to_owned();
        let lines = std::fs::read_to_string(&path).expect("a table");
        let found = lines.lines().filter(|line| line.contains(text));
        if !["account", "membership"].contains(&table.as_str()) {
            rows.extend(found.map(|line| format!("{table}: {line}")));
        }
    }
    rows
}

#[tokio::test]
async fn who_files_confidentially_or_anonymously_while_signed_in_is_tied_to_nothing() {
    each_engine(
        "who_files_confidentially_or_anonymously_while_signed_in_is_tied_to_nothing",
        async |database| {
            let town = Town::found(database).await;
            let consumer = town.who("consumer");
            let account = consumer.account_id().expect("signed in").to_owned();
            let before = rows_with(&town, &account).await;
            for mode in [FilingMode::Confidential, FilingMode::Anonymous] {
                let filed = town.file(consumer, "report", mode, json!({})).await;
                assert_eq!(rows_with(&town, &account).await, before, "{mode:?}");
                // The pseudonym of an event would tell, to whoever has the keys, that the account is the reporter.
                let ids = [filed.case_id];
                let events = town.app.store.events_of(&ids).await.expect("events");
                assert!(!events[0].actor.contains(':'), "{}", events[0].actor);
            }
            let filed = town.file(consumer, "report", FilingMode::Named, json!({})).await;
            let rows = rows_with(&town, &account).await;
            assert!(
                rows.iter().any(|row| row.contains(&filed.case_id)),
                "a named one is: {rows:?}"
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_repeat_of_an_anonymous_filing_is_answered_whoever_is_signed_in_by_then() {
    each_engine(
        "a_repeat_of_an_anonymous_filing_is_answered_whoever_is_signed_in_by_then",
        async |database| {
            let town = Town::found(database).await;
            let mut fields = town.answers("report");
            fields.retain(|name, _| !name.starts_with("filer_"));
            let request = FileRequest {
                procedure: "report".to_owned(),
                mode: FilingMode::Anonymous,
                fields,
                idempotency_key: town.key(),
            };
            let first = intake::file(&town.app, &Actor::Anonymous, request.clone())
                .await
                .expect("filed");
            let again = intake::file(&town.app, town.who("consumer"), request)
                .await
                .expect("answered");
            assert_eq!((first.number, first.receipt), (again.number, again.receipt));
        },
    )
    .await;
}

#[tokio::test]
async fn a_report_split_from_a_complaint_keeps_its_reporter_confidential_and_linked() {
    each_engine(
        "a_report_split_from_a_complaint_keeps_its_reporter_confidential_and_linked",
        async |database| {
            let town = Town::found(database).await;
            let case = town
                .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
                .await
                .case_id;
            town.send("intake", &case, "split", json!({})).await;
            let links = town
                .app
                .store
                .links_of(std::slice::from_ref(&case))
                .await
                .expect("links");
            let report = town
                .app
                .store
                .case(&links[0].to_case)
                .await
                .expect("read")
                .expect("there");
            assert_eq!(
                (report.procedure.as_str(), report.filing_mode.as_str()),
                ("report", "confidential")
            );
            assert_eq!(report.filer_account_id, None);
            let consumer = case_view::case(&town.app, town.who("consumer"), &report.id).await;
            assert!(matches!(consumer, Err(Error::NotFound)));
        },
    )
    .await;
}

#[tokio::test]
async fn an_erased_person_is_in_no_file_and_the_chain_still_verifies() {
    each_engine("an_erased_person_is_in_no_file_and_the_chain_still_verifies", async |database| {
        let town = Town::found(database).await;
        const CANARY: &str = "kanarienvogel";
        let filed = json!({
            "filer_name": CANARY, "filer_mail": "kanarienvogel@example.cn", "facts": CANARY, "respondent_name": CANARY,
        });
        let case = town.file(town.who("consumer"), "complaint", FilingMode::Named, filed).await.case_id;
        town.send("intake", &case, "dispatch", json!({ "organisation": "district" })).await;
        town.send("officer", &case, "take", json!({})).await;
        jobs::run_due(&town.app).await.expect("jobs run");
        let spool = town.app.config.mail_spool();
        let mails = || std::fs::read_dir(&spool).expect("the spool").count();
        assert!(mails() > 0 && files_with(&town, CANARY).await > 0);
        let early = privacy::erase_person(&town.app, town.who("head"), &case, "person_request").await;
        assert!(matches!(early, Err(Error::Invalid { code: "CASE_STILL_OPEN", .. })), "{early:?}");
        town.send("officer", &case, "withdraw", json!({})).await;
        let refused = privacy::erase_person(&town.app, town.who("officer"), &case, "person_request").await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
        privacy::erase_person(&town.app, town.who("head"), &case, "person_request").await.expect("erased");
        assert_eq!(files_with(&town, CANARY).await, 0);
        let sent = mails();
        for _ in 0..3 {
            jobs::run_due(&town.app).await.expect("jobs run");
            town.clock.advance(std::time::Duration::from_secs(3_600));
        }
        assert_eq!(mails(), sent, "what had not been sent is not sent any more");
        let text = town.app.metrics.render().expect("metrics");
        assert!(!text.contains("zhengming_outbox_failed_total{"), "and fails nowhere: {text}");
        let report = town.app.store.verify(|_| {}).await.expect("verified");
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        let replayed = replay::case(&town.app, &case).await.expect("replayed");
        assert!(replayed.differs.is_empty() && replayed.agreed.is_empty() && !replayed.skipped.is_empty());
    })
    .await;
}

/// How many files of the service hold a text; on PostgreSQL the rows of every table are looked at through a backup.
async fn files_with(town: &Town, text: &str) -> usize {
    let backup = tempfile::tempdir().expect("a directory");
    let target = backup.path().join("backup");
    town.app.store.backup(&target, town.app.now()).await.expect("a backup");
    let mut waiting = vec![town.database.dir.path().to_owned(), backup.path().to_owned()];
    let mut found = 0;
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("a file");
            found += usize::from(bytes.windows(text.len()).any(|window| window == text.as_bytes()));
        }
    }
    found
}

#[tokio::test]
async fn a_notice_is_mailed_once_in_both_languages_to_those_who_hold_the_role() {
    each_engine(
        "a_notice_is_mailed_once_in_both_languages_to_those_who_hold_the_role",
        async |database| {
            let town = Town::found(database).await;
            let filed = json!({ "filer_mail": "filer@example.cn" });
            let case = town
                .file(town.who("consumer"), "complaint", FilingMode::Named, filed)
                .await
                .case_id;
            for _ in 0..2 {
                jobs::run_due(&town.app).await.expect("jobs run");
            }
            let mails = town.app.store.mails_of(&case).await.expect("mails");
            let to = |address: &str| {
                mails
                    .iter()
                    .filter(|m| m.to_address.as_deref() == Some(address))
                    .collect::<Vec<_>>()
            };
            assert_eq!(
                (to("filer@example.cn").len(), to("intake@example.cn").len()),
                (1, 1),
                "{mails:?}"
            );
            let body = to("filer@example.cn")[0].body.clone().expect("a body");
            assert!(body.contains("\n\n---\n\n") && !body.is_ascii(), "{body}");
            let number = town.app.store.case(&case).await.expect("read").expect("there").number;
            assert!(body.matches(&number).count() >= 2, "{body}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_notice_that_goes_out_late_reaches_the_office_that_had_the_case_then() {
    each_engine(
        "a_notice_that_goes_out_late_reaches_the_office_that_had_the_case_then",
        async |database| {
            let town = Town::found(database).await;
            town.person("far-intake", "district", &["intake_officer"]).await;
            let case = town
                .file(town.who("consumer"), "complaint", FilingMode::Named, json!({}))
                .await
                .case_id;
            // The mail server was away: the case has moved on before the first mail leaves.
            town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
                .await;
            jobs::run_due(&town.app).await.expect("jobs run");
            let mails = town.app.store.mails_of(&case).await.expect("mails");
            let of_filing = mails.iter().filter(|mail| mail.outbox_id.contains(":1:"));
            let to: Vec<&str> = of_filing.filter_map(|mail| mail.to_address.as_deref()).collect();
            assert!(
                to.contains(&"intake@example.cn") && !to.contains(&"far-intake@example.cn"),
                "{to:?}"
            );
        },
    )
    .await;
}

#[tokio::test]
async fn what_an_event_tells_about_the_filer_joins_the_identity_and_the_history_replays() {
    each_engine(
        "what_an_event_tells_about_the_filer_joins_the_identity_and_the_history_replays",
        async |database| {
            let town = Town::found(database).await;
            let filed = json!({ "filer_name": "李样例" });
            let case = town
                .file(town.who("consumer"), "complaint", FilingMode::Named, filed)
                .await
                .case_id;
            town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
                .await;
            town.send("officer", &case, "take", json!({})).await;
            let wanted = json!({
                "identity_doubt": "missing", "identity_wanted": "复印件", "identity_until": "2026-09-30",
                "identity_contact": "027-00000000",
            });
            town.send("officer", &case, "request_identity", wanted).await;
            let supplied = json!({ "filer_id_kind": "resident_card", "filer_id_number": "0000" });
            let consumer = town.who("consumer").clone();
            town.try_send(&consumer, &case, "supply_identity", supplied)
                .await
                .expect("supplied");
            let identity = privacy::disclose_identity(&town.app, town.who("officer"), &case, "verify_identity").await;
            let identity = identity.expect("disclosed");
            assert_eq!(
                (&identity["filer_name"], &identity["filer_id_number"]),
                (&json!("李样例"), &json!("0000"))
            );
            let replayed = replay::case(&town.app, &case).await.expect("replayed");
            assert!(replayed.differs.is_empty() && replayed.apart.is_empty(), "{replayed:?}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_mediator_who_must_step_aside_is_barred_and_a_colleague_takes_over() {
    each_engine(
        "a_mediator_who_must_step_aside_is_barred_and_a_colleague_takes_over",
        async |database| {
            let town = Town::found(database).await;
            let case = accepted(&town).await;
            town.send("officer", &case, "complainant_consents", json!({})).await;
            town.send("officer", &case, "respondent_consents", json!({})).await;
            let session = json!({
                "session_on": "2026-10-12", "session_time": "9:00", "session_place": "样例室", "mediator_names": "样例",
                "mediator_phone": "027-80000001", "recusal_days": 3,
            });
            town.send("officer", &case, "schedule_on_site", session).await;
            let asked = json!({ "recusal_reason": "样例" });
            let consumer = town.who("consumer").clone();
            town.try_send(&consumer, &case, "request_recusal", asked)
                .await
                .expect("asked");
            town.send("head", &case, "grant_recusal", json!({})).await;
            let barred = town.try_send(town.who("officer"), &case, "take", json!({})).await;
            assert!(matches!(barred, Err(Error::Refused(_))), "{barred:?}");
            let detail = case_view::case(&town.app, town.who("colleague"), &case)
                .await
                .expect("readable");
            assert!(!detail.available.is_empty(), "nobody can go on");
        },
    )
    .await;
}

#[tokio::test]
async fn who_mediates_reads_what_both_sides_may_read_and_not_that_a_report_was_split_off() {
    each_engine(
        "who_mediates_reads_what_both_sides_may_read_and_not_that_a_report_was_split_off",
        async |database| {
            let town = Town::found(database).await;
            let filed = json!({ "facts": "样例事实", "delegation_consent": true });
            let case = town
                .file(town.who("consumer"), "complaint", FilingMode::Named, filed)
                .await
                .case_id;

            town.send("intake", &case, "split", json!({})).await;
            town.send("intake", &case, "dispatch", json!({ "organisation": "district" }))
                .await;
            town.send("officer", &case, "take", json!({})).await;
            town.send("officer", &case, "accept", json!({})).await;
            let consented = json!({ "respondent_delegation_consent": true });
            town.send("officer", &case, "complainant_consents", json!({})).await;
            town.send("officer", &case, "respondent_consents", consented).await;
            town.send("officer", &case, "delegate_mediation", json!({ "body": "association" }))
                .await;
            let fields = async |who: &str| {
                let detail = case_view::case(&town.app, town.who(who), &case)
                    .await
                    .expect("readable");
                let names = detail.fields.into_iter().map(|(name, _)| name);
                let own = detail.case.data.as_object().expect("data").keys().cloned();
                names.chain(own).collect::<std::collections::BTreeSet<_>>()
            };
            let (officer, mediator) = (fields("officer").await, fields("mediator").await);
            assert!(officer.contains("was_split"), "{officer:?}");
            for known in ["facts", "body", "respondent_name"] {
                assert!(mediator.contains(known), "{known}: {mediator:?}");
            }
            for unknown in ["was_split", "lead_source", "publish_consent", "channel"] {
                assert!(!mediator.contains(unknown), "{unknown}: {mediator:?}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn facts_of_a_case_that_were_altered_in_the_database_are_found_also_after_an_erasure() {
    each_engine(
        "facts_of_a_case_that_were_altered_in_the_database_are_found_also_after_an_erasure",
        async |database| {
            let town = Town::found(database).await;
            let case = accepted(&town).await;
            let erased = town.app.store.erase_case_person(&case, town.app.clock.now()).await;
            erased.expect("erased");
            let sound = replay::case(&town.app, &case).await.expect("replayed");
            assert!(sound.differs.is_empty() && !sound.skipped.is_empty(), "{sound:?}");
            let update = "UPDATE cases SET data = replace(data, '2026-09-01', '2026-09-02')";
            let before = town.app.store.case(&case).await.expect("read").expect("the case").data;
            let connection = sea_orm::Database::connect(&town.database.url)
                .await
                .expect("a second one");
            connection.execute_unprepared(update).await.expect("altered");
            let after = town.app.store.case(&case).await.expect("read").expect("the case").data;
            assert_ne!(before, after, "something was altered");
            let last = *sound.skipped.last().expect("an event");
            let altered = replay::case(&town.app, &case).await.expect("replayed");
            assert_eq!(altered.differs, [last]);
        },
    )
    .await;
}
