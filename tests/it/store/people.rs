//! Accounts, sessions, the register, the audit log, settings.

use futures_util::future::join_all;
use serde_json::json;
use time::Duration;
use zhengming::store::{
    AccountRow, AuditFilter, AuditOutcome, CommitError, DraftRow, MarkRow, MembershipRow, NewAudit, RegisterChange,
    SessionKind, SessionRow, Store, WatchRow,
};

use crate::database::{Database, each_engine};
use crate::store::fixture::{NOW, bureau, key};

async fn somebody(store: &Store) {
    bureau(store).await;
    let account = AccountRow {
        id: "acc".into(),
        login: "li".into(),
        display_name: "李".into(),
        password_hash: "hash".into(),
        mail: None,
        locale: "zh-Hans".into(),
        disabled_at: None,
        created_at: NOW,
    };
    store.insert_account(account).await.expect("account");
}

fn session(id: &str) -> SessionRow {
    SessionRow {
        id: id.into(),
        token_hash: format!("token-{id}"),
        account_id: "acc".into(),
        kind: SessionKind::Cookie,
        label: None,
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW + Duration::hours(12),
        revoked_at: None,
    }
}

#[tokio::test]
async fn disabling_an_account_ends_its_sessions() {
    each_engine("disabling_an_account_ends_its_sessions", async |database: Database| {
        let store = &database.store;
        somebody(store).await;
        store.insert_session(session("s1"), "hash").await.expect("session");
        store.insert_session(session("s2"), "hash").await.expect("session");
        store
            .touch_sessions(vec!["s1".into()], NOW + Duration::HOUR)
            .await
            .expect("touched");
        let ids: Vec<_> = store
            .sessions_of("acc")
            .await
            .expect("sessions")
            .into_iter()
            .map(|one| one.id)
            .collect();
        assert_eq!(ids, ["s1", "s2"]);
        store.set_account_disabled("acc", Some(NOW)).await.expect("disabled");
        assert_eq!(store.sessions_of("acc").await.expect("sessions"), []);
        let ended = store
            .session_by_token("token-s1")
            .await
            .expect("read")
            .expect("it exists");
        assert_eq!(ended.revoked_at, Some(NOW));
        assert_eq!(
            store
                .account_by_login("li")
                .await
                .expect("read")
                .expect("it exists")
                .disabled_at,
            Some(NOW)
        );
        assert_eq!(
            store
                .delete_expired_sessions(NOW + Duration::DAY)
                .await
                .expect("deleted"),
            2
        );
    })
    .await;
}

#[tokio::test]
async fn a_password_that_was_replaced_while_it_was_compared_begins_no_session() {
    each_engine(
        "a_password_that_was_replaced_while_it_was_compared_begins_no_session",
        async |database: Database| {
            let store = &database.store;
            somebody(store).await;
            store.insert_session(session("s1"), "hash").await.expect("session");
            store.set_password_hash("acc", "another", NOW).await.expect("set");
            assert_eq!(store.sessions_of("acc").await.expect("sessions"), []);
            let code = async |id: &str, hash: &str| {
                let begun = store.insert_session(session(id), hash).await;
                begun.err().map_or("begun", |error| error.code())
            };
            assert_eq!(code("s2", "hash").await, "STORE_NOT_FOUND");
            assert_eq!(code("s3", "another").await, "begun");
            store.set_account_disabled("acc", Some(NOW)).await.expect("disabled");
            assert_eq!(code("s4", "another").await, "STORE_NOT_FOUND");
        },
    )
    .await;
}

#[tokio::test]
async fn a_password_is_changed_from_the_one_that_was_compared_and_reset_from_any() {
    each_engine(
        "a_password_is_changed_from_the_one_that_was_compared_and_reset_from_any",
        async |database: Database| {
            let store = &database.store;
            somebody(store).await;
            let first = store.change_password_hash("acc", "hash", "first", NOW).await;
            first.expect("it was the present one");
            store.insert_session(session("s1"), "first").await.expect("session");
            let second = store.change_password_hash("acc", "hash", "second", NOW).await;
            assert_eq!(second.expect_err("it is gone").code(), "STORE_NOT_FOUND");
            let account = store.account("acc").await.expect("read").expect("it exists");
            assert_eq!(account.password_hash, "first");
            assert_eq!(store.sessions_of("acc").await.expect("sessions").len(), 1);
            store.set_password_hash("acc", "reset", NOW).await.expect("set");
            let account = store.account("acc").await.expect("read").expect("it exists");
            assert_eq!(account.password_hash, "reset");
        },
    )
    .await;
}

#[tokio::test]
async fn a_login_is_unique_and_a_missing_account_is_told() {
    each_engine(
        "a_login_is_unique_and_a_missing_account_is_told",
        async |database: Database| {
            let store = &database.store;
            somebody(store).await;
            let mut other = store.account("acc").await.expect("read").expect("it exists");
            other.id = "other".into();
            assert_eq!(
                store.insert_account(other).await.expect_err("taken").code(),
                "STORE_DUPLICATE"
            );
            assert_eq!(
                store
                    .set_password_hash("nobody", "x", NOW)
                    .await
                    .expect_err("missing")
                    .code(),
                "STORE_NOT_FOUND"
            );
        },
    )
    .await;
}

#[tokio::test]
async fn a_revoked_role_holds_no_longer() {
    each_engine("a_revoked_role_holds_no_longer", async |database: Database| {
        let store = &database.store;
        somebody(store).await;
        let row = MembershipRow {
            id: "m".into(),
            account_id: "acc".into(),
            organisation_id: "org".into(),
            role: "officer".into(),
            granted_at: NOW,
            revoked_at: None,
        };
        store.grant(row.clone()).await.expect("granted");
        assert_eq!(store.memberships_of(&["acc".into()]).await.expect("read"), [row]);
        store.revoke_membership("m", NOW).await.expect("revoked");
        assert_eq!(store.members_of("org").await.expect("read"), []);
    })
    .await;
}

#[tokio::test]
async fn an_office_is_staffed_by_who_holds_a_role_there_and_was_not_shut_out() {
    each_engine(
        "an_office_is_staffed_by_who_holds_a_role_there_and_was_not_shut_out",
        async |database: Database| {
            let store = &database.store;
            somebody(store).await;
            let here = ["org".to_owned()];
            let staffed = async || store.staffed(&here, &["auditor"]).await.expect("read");
            let role = |id: &str, role: &str| MembershipRow {
                id: id.into(),
                account_id: "acc".into(),
                organisation_id: "org".into(),
                role: role.into(),
                granted_at: NOW,
                revoked_at: None,
            };
            assert_eq!(staffed().await, [""; 0]);
            store.grant(role("a", "auditor")).await.expect("granted");
            assert_eq!(staffed().await, [""; 0], "a role of the service acts on no case");
            store.grant(role("b", "officer")).await.expect("granted");
            store.grant(role("c", "head")).await.expect("granted");
            assert_eq!(staffed().await, ["org"]);
            store.set_account_disabled("acc", Some(NOW)).await.expect("disabled");
            assert_eq!(staffed().await, [""; 0]);
            store.set_account_disabled("acc", None).await.expect("enabled");
            for id in ["b", "c"] {
                store.revoke_membership(id, NOW).await.expect("revoked");
            }
            assert_eq!(staffed().await, [""; 0]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_register_changes_once_for_a_key() {
    each_engine("the_register_changes_once_for_a_key", async |database: Database| {
        let store = &database.store;
        somebody(store).await;
        let mark = |n: usize| MarkRow {
            id: format!("mark-{n}"),
            name: "正名".into(),
            registration_no: Some("123".into()),
            owner: "甲".into(),
            owner_account: Some("acc".into()),
            classes: vec!["25".into(), "35".into()],
            similar_groups: vec!["2501".into()],
            status: "registered".into(),
            tier: "known".into(),
            aliases: vec![],
            created_at: NOW,
            updated_at: NOW,
            revision: 0,
        };
        let all = join_all((0..8).map(|n| {
            let reply = n.to_string().into_bytes();
            store.change_register(Some(key("k", "r")), vec![RegisterChange::PutMark(mark(n))], reply)
        }))
        .await;
        let all: Vec<_> = all.into_iter().map(|one| one.expect("changed")).collect();
        assert_eq!(all.iter().filter(|one| !one.replayed).count(), 1);
        assert!(all.iter().all(|one| one.reply == all[0].reply));
        assert_eq!(store.count_marks().await.expect("counted"), 1);
        let marks = store.marks_by_registration("123").await.expect("read");
        assert_eq!(marks, store.marks_of("acc").await.expect("read"));
        let other = store.change_register(Some(key("k", "other")), vec![], vec![]).await;
        assert!(matches!(other, Err(CommitError::IdempotencyConflict)));

        let watch = WatchRow {
            id: "w".into(),
            account_id: "acc".into(),
            mark_id: Some(marks[0].id.clone()),
            name: "正名".into(),
            classes: vec![],
            threshold: 0.8,
            created_at: NOW,
            cancelled_at: None,
            revision: 1,
        };
        store
            .change_register(None, vec![RegisterChange::PutWatch(watch.clone())], vec![])
            .await
            .expect("watched");
        assert_eq!(store.watches(Some("acc")).await.expect("read"), [watch]);
        let cancel = RegisterChange::CancelWatch {
            id: "w".into(),
            at: NOW,
        };
        store
            .change_register(None, vec![cancel], vec![])
            .await
            .expect("cancelled");
        assert_eq!(store.watches(None).await.expect("read"), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_entries_of_many_callers_make_one_chain() {
    each_engine(
        "audit_entries_of_many_callers_make_one_chain",
        async |database: Database| {
            let store = &database.store;
            let entry = |n: i32| NewAudit {
                at: NOW,
                actor_account: Some(format!("acc-{}", n % 2)),
                action: "identity.read".into(),
                object: format!("case:{n}"),
                outcome: AuditOutcome::Denied,
                purpose: Some("review".into()),
            };
            let all = join_all((0..40).map(|n| store.audit(entry(n)))).await;
            let mut ids: Vec<_> = all.into_iter().map(|one| one.expect("audited").id).collect();
            ids.sort_unstable();
            assert_eq!(ids, (1..=40).collect::<Vec<_>>());
            let report = store.verify(|_| {}).await.expect("verified");
            assert_eq!((report.audit_entries, report.findings), (40, vec![]));
            let filter = AuditFilter {
                actor_account: Some("acc-1".into()),
                before: Some(41),
                object: None,
            };
            assert_eq!(store.audit_log(&filter, 100).await.expect("read").len(), 20);
        },
    )
    .await;
}

#[tokio::test]
async fn drafts_and_settings_are_kept_and_expire() {
    each_engine("drafts_and_settings_are_kept_and_expire", async |database: Database| {
        let store = &database.store;
        let draft = DraftRow {
            id_hash: "d".into(),
            procedure: "complaint".into(),
            body: json!({"b": 1, "a": "文"}),
            created_at: NOW,
            expires_at: NOW + Duration::DAY,
        };
        store.put_draft(draft.clone()).await.expect("kept");
        assert_eq!(store.draft("d", NOW).await.expect("read"), Some(draft));
        assert_eq!(store.draft("d", NOW + Duration::DAY).await.expect("read"), None);
        assert_eq!(store.delete_expired(NOW + Duration::DAY).await.expect("deleted"), 1);
        store.put_setting("k", "1").await.expect("put");
        store.put_setting("k", "2").await.expect("put");
        assert_eq!(store.setting("k").await.expect("read").as_deref(), Some("2"));
        store.probe_write(NOW).await.expect("writable");
        store.ping().await.expect("reachable");
    })
    .await;
}
