//! Erased is erased, and still verifies.

use time::Duration;
use zhengming::store::{CaseChange, CaseFilter, CaseStatus, MailRow, MailState, Target};

use crate::database::{Database, each_engine};
use crate::store::fixture::{NOW, bureau, command, event, open_full};

fn mail(id: &str) -> MailRow {
    MailRow {
        id: id.into(),
        outbox_id: "a:1:0".into(),
        case_id: Some("a".into()),
        to_address: Some("canary-mail-a@example.org".into()),
        subject: Some("canary-subject-a".into()),
        body: Some("canary-body-a".into()),
        state: MailState::Queued,
        sent_at: None,
    }
}

async fn a_mail(database: &Database) {
    let mail = mail("mail-a");
    let store = &database.store;
    store.record_mails(vec![mail.clone()]).await.expect("recorded");
    let again = MailRow {
        subject: Some("another text".into()),
        ..mail.clone()
    };
    store.record_mails(vec![again]).await.expect("recorded");
    let recorded = store.mails_of("a").await.expect("mails");
    assert_eq!(recorded, [mail], "a repeat finds the first text");
}

#[tokio::test]
async fn no_mail_is_recorded_for_an_effect_that_has_ended() {
    each_engine(
        "no_mail_is_recorded_for_an_effect_that_has_ended",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            open_full(store, "a").await;
            store.outbox_done("a:1:0", None, NOW).await.expect("ended");
            store
                .record_mails(vec![mail("mail-a")])
                .await
                .expect("nothing to record");
            assert_eq!(store.mails_of("a").await.expect("mails"), []);
        },
    )
    .await;
}

#[tokio::test]
async fn what_became_of_a_mail_is_kept_though_its_effect_was_ended_meanwhile() {
    each_engine(
        "what_became_of_a_mail_is_kept_though_its_effect_was_ended_meanwhile",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            open_full(store, "a").await;
            store.record_mails(vec![mail("mail-a")]).await.expect("recorded");
            // As an erasure does between the sending and the noting.
            store.outbox_done("a:1:0", None, NOW).await.expect("ended");
            let sent = Some(("mail-a".to_owned(), MailState::Sent));
            let late = store.outbox_done("a:1:0", sent, NOW).await.expect_err("it has ended");
            assert_eq!(late.code(), "STORE_NOT_FOUND");
            let mails = store.mails_of("a").await.expect("mails");
            assert_eq!((mails[0].state, mails[0].sent_at), (MailState::Sent, Some(NOW)));
        },
    )
    .await;
}

#[tokio::test]
async fn what_is_erased_is_gone_and_the_chain_verifies() {
    each_engine(
        "what_is_erased_is_gone_and_the_chain_verifies",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            open_full(store, "a").await;
            open_full(store, "b").await;
            a_mail(&database).await;
            store.erase_case_person("a", NOW + Duration::DAY).await.expect("erased");
            let bundle = store.case_bundle("a").await.expect("read").expect("it exists");
            assert!(!format!("{bundle:?}").contains("canary"), "{bundle:?}");
            assert_eq!(bundle.payloads[0].erased_at, Some(NOW + Duration::DAY));
            let identity = store.identity("a").await.expect("read").expect("it exists");
            assert_eq!((identity.body, identity.erased_at), (None, Some(NOW + Duration::DAY)));
            assert_eq!(store.mails_of("a").await.expect("mails")[0].to_address, None);
            let other = store.case_bundle("b").await.expect("read").expect("it exists");
            assert!(
                format!("{other:?}").contains("canary-party-b"),
                "another case is untouched"
            );
            let shown = store.disclosed(None, None, 9).await.expect("published");
            let shown: Vec<&str> = shown.iter().map(|one| one.document.case_id.as_str()).collect();
            assert_eq!(shown, ["b"], "what was erased is published no more");
            let report = store.verify(|_| {}).await.expect("verified");
            assert_eq!(
                (report.findings.as_slice(), report.erased, report.payloads),
                (&[][..], 1, 1)
            );
        },
    )
    .await;
}

#[tokio::test]
async fn what_decides_after_an_erasure_sees_nothing_of_who_filed() {
    each_engine(
        "what_decides_after_an_erasure_sees_nothing_of_who_filed",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            open_full(store, "a").await;
            let seen = async || {
                let looks = command(Target::Existing { case_id: "a".into() }, None, |loaded| {
                    let case = loaded.case.expect("an existing case is loaded").clone();
                    let mut change = CaseChange::new(case, event("seen"), false);
                    let filer = loaded.identity.map(ToString::to_string);
                    change.reply = filer.unwrap_or_default().into_bytes();
                    Ok(change)
                });
                let reply = store.commit(looks).await.expect("committed").reply;
                String::from_utf8(reply).expect("text")
            };
            assert_eq!(seen().await, r#"{"name":"canary-identity-a"}"#);
            store.erase_case_person("a", NOW).await.expect("erased");
            assert_eq!(seen().await, "");
        },
    )
    .await;
}

#[tokio::test]
async fn a_case_that_closed_long_ago_counts_until_it_is_erased() {
    each_engine(
        "a_case_that_closed_long_ago_counts_until_it_is_erased",
        async |database: Database| {
            let store = &database.store;
            bureau(store).await;
            open_full(store, "a").await;
            open_full(store, "b").await;
            let close = command(Target::Existing { case_id: "a".into() }, None, |loaded| {
                let mut case = loaded.case.expect("an existing case is loaded").clone();
                case.closed_at = Some(NOW);
                case.status = CaseStatus::Closed;
                Ok(CaseChange::new(case, event("closed"), true))
            });
            store.commit(close).await.expect("closed");
            let kept = async |before| {
                let filter = CaseFilter {
                    personal_since: Some(before),
                    ..CaseFilter::default()
                };
                store.count_cases(&filter).await.expect("counted")
            };
            assert_eq!(kept(NOW).await, 0);
            assert_eq!(kept(NOW + Duration::SECOND).await, 1, "the other one still runs");
            store.erase_case_person("a", NOW).await.expect("erased");
            assert_eq!(kept(NOW + Duration::SECOND).await, 0);
        },
    )
    .await;
}

#[tokio::test]
async fn no_erased_byte_stays_in_the_sqlite_files() {
    let database = Database::sqlite().await;
    let store = &database.store;
    bureau(store).await;
    open_full(store, "a").await;
    a_mail(&database).await;
    let bytes = || -> Vec<u8> {
        let files = std::fs::read_dir(database.dir.path()).expect("a directory");
        files
            .flat_map(|file| std::fs::read(file.expect("a file").path()).expect("readable"))
            .collect()
    };
    let contains = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(contains(&bytes(), "canary"), "the files do hold what was filed");
    store.erase_case_person("a", NOW).await.expect("erased");
    assert!(!contains(&bytes(), "canary"));
}
