//! Lists of cases: filters, order, paging.

use time::Duration;
use zhengming::store::{
    AccountRow, AssignmentRow, CaseChange, CaseCursor, CaseFilter, CaseOrder, CaseStatus, EXCLUDED, OfficeReach, Reach,
    Store, Target,
};

use crate::database::{Database, each_engine};
use crate::store::fixture::{NOW, bureau, command, opening};

fn account(id: &str) -> AccountRow {
    AccountRow {
        id: id.into(),
        login: format!("{id}@example.org"),
        display_name: id.into(),
        password_hash: String::new(),
        mail: None,
        locale: "zh-Hans".into(),
        disabled_at: None,
        created_at: NOW,
    }
}

async fn open(store: &Store, id: &str, shape: impl Fn(&mut CaseChange) + Send + 'static) {
    let owned = id.to_owned();
    let open = command(Target::Open { case_id: id.into() }, None, move |_| {
        let mut change = opening(&owned);
        shape(&mut change);
        Ok(change)
    });
    store.commit(open).await.expect("opened");
}

fn assignment(id: &str, role: &str, account: &str, until_seq: Option<i64>) -> AssignmentRow {
    AssignmentRow {
        id: id.into(),
        case_id: String::new(),
        role: role.into(),
        account_id: Some(account.into()),
        organisation_id: None,
        since_seq: 1,
        until_seq,
    }
}

async fn found(store: &Store, filter: &CaseFilter) -> Vec<String> {
    let cases = store
        .cases(filter, CaseOrder::OldestFirst, None, 100)
        .await
        .expect("listed");
    assert_eq!(store.count_cases(filter).await.expect("counted"), cases.len() as u64);
    cases.into_iter().map(|case| case.id).collect()
}

#[tokio::test]
async fn a_list_is_paged_without_gap_or_double() {
    each_engine("a_list_is_paged_without_gap_or_double", async |database: Database| {
        let store = &database.store;
        bureau(store).await;
        for n in 0..10_i64 {
            // Several at one moment: the id decides.
            open(store, &format!("c{n}"), move |change| {
                change.case.opened_at = NOW + Duration::hours(n / 4);
                change.case.next_due_at = (n % 2 == 0).then(|| NOW - Duration::hours(n / 4));
            })
            .await;
        }
        let expected: [(CaseOrder, &[&str]); 3] = [
            (
                CaseOrder::OldestFirst,
                &["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"],
            ),
            (
                CaseOrder::NewestFirst,
                &["c9", "c8", "c7", "c6", "c5", "c4", "c3", "c2", "c1", "c0"],
            ),
            (CaseOrder::DueFirst, &["c8", "c4", "c6", "c0", "c2"]),
        ];
        for (order, expected) in expected {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = store
                    .cases(&CaseFilter::default(), order, after.as_ref(), 3)
                    .await
                    .expect("listed");
                let Some(last) = page.last() else { break };
                after = CaseCursor::after(last, order);
                seen.extend(page.into_iter().map(|case| case.id));
            }
            assert_eq!(seen, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn each_filter_narrows_the_list() {
    each_engine("each_filter_narrows_the_list", async |database: Database| {
        let store = &database.store;
        bureau(store).await;
        store.insert_account(account("officer")).await.expect("account");
        open(store, "a", |change| {
            change.case.states = vec!["under_review".into()];
            change.case.next_due_at = Some(NOW);
            change.assignments = vec![assignment("1", "officer", "officer", None)];
        })
        .await;
        open(store, "b", |change| {
            change.case.states = vec!["underXreview".into()];
            change.case.procedure = "report".into();
            change.case.filer_account_id = Some("officer".into());
            change.assignments = vec![assignment("2", "officer", "officer", Some(1))];
        })
        .await;
        open(store, "c", |change| {
            change.case.status = CaseStatus::Closed;
            change.case.number = "X%_1".into();
            change.assignments = vec![assignment("3", EXCLUDED, "officer", None)];
        })
        .await;
        open(store, "d", |change| {
            let mut entrusted = assignment("4", "mediation_body", "", None);
            entrusted.account_id = None;
            entrusted.organisation_id = Some("org".into());
            let mut past = assignment("5", "intake", "", Some(1));
            past.account_id = None;
            past.organisation_id = Some("org".into());
            change.assignments = vec![entrusted, past];
        })
        .await;
        let all = CaseFilter::default();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(found(store, &all).await, ["a", "b", "c", "d"]);
        assert_eq!(
            found(
                store,
                &CaseFilter {
                    state: some("under_review"),
                    ..all.clone()
                }
            )
            .await,
            ["a"]
        );
        assert_eq!(
            found(
                store,
                &CaseFilter {
                    procedure: some("report"),
                    ..all.clone()
                }
            )
            .await,
            ["b"]
        );
        assert_eq!(
            found(
                store,
                &CaseFilter {
                    status: Some(CaseStatus::Closed),
                    ..all.clone()
                }
            )
            .await,
            ["c"]
        );
        for part in ["%_", "x%"] {
            let number = CaseFilter {
                number: some(part),
                ..all.clone()
            };
            assert_eq!(found(store, &number).await, ["c"], "{part}");
        }
        assert_eq!(
            found(
                store,
                &CaseFilter {
                    assigned_account: some("officer"),
                    ..all.clone()
                }
            )
            .await,
            ["a"]
        );
        assert_eq!(
            found(
                store,
                &CaseFilter {
                    filer_account: some("officer"),
                    ..all.clone()
                }
            )
            .await,
            ["b"]
        );
        assert_eq!(
            found(
                store,
                &CaseFilter {
                    due_by: Some(NOW),
                    ..all.clone()
                }
            )
            .await,
            ["a"]
        );
        let nowhere = CaseFilter {
            organisation_ids: Some(vec![]),
            ..all.clone()
        };
        assert_eq!(found(store, &nowhere).await, Vec::<String>::new());
        let reach = |offices| CaseFilter {
            reach: Some(Reach {
                account_id: "officer".into(),
                offices,
            }),
            ..all.clone()
        };
        assert_eq!(
            found(store, &reach(vec![])).await,
            ["a", "b"],
            "own matters and own work"
        );
        let office = OfficeReach {
            definition_hashes: vec![opening("a").case.definition_hash],
            organisation_ids: vec!["org".into()],
            untaken: vec![],
            entrusted: vec![],
        };
        assert_eq!(
            found(store, &reach(vec![office.clone()])).await,
            ["a", "b", "d"],
            "who is excluded sees nothing, whatever the office"
        );
        let unknown = OfficeReach {
            definition_hashes: vec!["another".into()],
            ..office.clone()
        };
        assert_eq!(
            found(store, &reach(vec![unknown])).await,
            ["a", "b"],
            "no role in that version"
        );
        let entrusted = |roles: &[&str]| OfficeReach {
            organisation_ids: vec![],
            entrusted: vec![("org".to_owned(), roles.iter().map(|&role| role.to_owned()).collect())],
            ..office.clone()
        };
        assert_eq!(
            found(store, &reach(vec![entrusted(&["mediation_body"])])).await,
            ["a", "b", "d"]
        );
        assert_eq!(
            found(store, &reach(vec![entrusted(&["intake"])])).await,
            ["a", "b"],
            "another role"
        );
        let untaken = |role: &str| OfficeReach {
            organisation_ids: vec![],
            untaken: vec![("org".to_owned(), role.to_owned())],
            ..office.clone()
        };
        let of_another = |offices| CaseFilter {
            reach: Some(Reach {
                account_id: "colleague".into(),
                offices,
            }),
            ..all.clone()
        };
        assert_eq!(
            found(store, &of_another(vec![untaken("head")])).await,
            found(store, &of_another(vec![office.clone()])).await,
            "nobody has taken that role"
        );
        assert!(
            !found(store, &of_another(vec![untaken("officer")]))
                .await
                .contains(&"a".to_owned()),
            "somebody has taken it on that case"
        );
        let counts = store.case_counts(&all).await.expect("counted");
        assert_eq!(
            counts
                .iter()
                .map(|count| (count.procedure.as_str(), count.cases))
                .collect::<Vec<_>>(),
            [("complaint", 1), ("complaint", 2), ("report", 1)]
        );
    })
    .await;
}
