//! Cases as a service would write them, with nothing left to chance.

use serde_json::json;
use time::OffsetDateTime;
use time::macros::datetime;
use zhengming::store::{
    AssignmentRow, CaseChange, CaseCommand, CaseRow, CaseStatus, DocumentRow, FilingMode, Idempotency, Loaded, Needs,
    NewDisclosure, NewEvent, NewIdentity, NewNotice, NewOutbox, NewTimer, OrganisationRow, PartyRow, Store, Target,
};

/// The moment at which every test begins.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-04-15 08:00:00.123456 UTC);

/// Why a test's decision says no.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum No {
    Stale,
}

/// An organisation that cases can belong to.
pub(crate) async fn bureau(store: &Store) {
    let row = OrganisationRow {
        id: "org".into(),
        key: "bureau".into(),
        name_zh: "市场监督管理局".into(),
        name_en: "Bureau".into(),
        kind: "bureau".into(),
        parent_id: None,
        division_code: "420100".into(),
    };
    store.put_organisation(row).await.expect("organisation");
}

/// A new case's row.
pub(crate) fn case(id: &str) -> CaseRow {
    CaseRow {
        id: id.into(),
        number: format!("WH26-{id}"),
        procedure: "complaint".into(),
        procedure_version: 1,
        definition_hash: "def".into(),
        organisation_id: "org".into(),
        filed_at: NOW,
        opened_at: NOW,
        closed_at: None,
        version: 0,
        seq: 0,
        status: CaseStatus::Open,
        phase: "intake".into(),
        states: vec!["received".into()],
        remembered: serde_json::json!({}),
        data: json!({"n": 0}),
        clocks: json!({}),
        next_due_at: None,
        head: String::new(),
        state_hash: String::new(),
        filing_mode: FilingMode::Named,
        receipt_hash: None,
        filer_account_id: None,
        opened_by_case: None,
    }
}

/// An event that carries something.
pub(crate) fn event(kind: &str) -> NewEvent {
    NewEvent {
        at: NOW,
        kind: kind.into(),
        actor: "officer-1".into(),
        definition_hash: "def".into(),
        from: vec!["received".into()],
        to: vec!["received".into()],
        guards: json!({}),
        clocks_hash: "clocks".into(),
        state_hash: format!("state-after-{kind}"),
        payload: Some(json!({"text": kind})),
        salt: [7; 16],
    }
}

/// A key that lives for a day.
pub(crate) fn key(key: &str, request: &str) -> Idempotency {
    Idempotency {
        scope: "account:1".into(),
        key_hash: key.into(),
        request_hash: request.into(),
        created_at: NOW,
        expires_at: NOW + time::Duration::DAY,
    }
}

/// A command around a decision.
pub(crate) fn command(
    target: Target,
    idempotency: Option<Idempotency>,
    decide: impl FnMut(Loaded<'_>) -> Result<CaseChange, No> + Send + 'static,
) -> CaseCommand<No> {
    CaseCommand {
        target,
        idempotency,
        needs: Needs::ALL,
        series: vec!["case".into()],
        decide: Box::new(decide),
    }
}

/// Opens a case.
pub(crate) fn open(id: &str) -> CaseCommand<No> {
    let id = id.to_owned();
    command(Target::Open { case_id: id.clone() }, None, move |_| Ok(opening(&id)))
}

/// What opens a case.
pub(crate) fn opening(id: &str) -> CaseChange {
    let mut change = CaseChange::new(case(id), event("filed"), true);
    change.personal = Some(json!({"story": format!("canary-personal-{id}")}));
    change.reply = format!("opened {id}").into_bytes();
    change
}

/// Counts one up in a case's data, if it has the expected version.
pub(crate) fn step(id: &str, expected: Option<i64>, idempotency: Option<Idempotency>) -> CaseCommand<No> {
    command(Target::Existing { case_id: id.into() }, idempotency, move |loaded| {
        let case = loaded.case.expect("an existing case is loaded");
        if expected.is_some_and(|expected| expected != case.version) {
            return Err(No::Stale);
        }
        let n = case.data["n"].as_i64().expect("a number") + 1;
        let mut next = case.clone();
        next.data = json!({"n": n});
        let mut change = CaseChange::new(next, event(&format!("step-{n}")), true);
        change.reply = n.to_string().into_bytes();
        Ok(change)
    })
}

/// A connection past the store: for looking at, and tampering with, what it wrote.
pub(crate) async fn raw(database: &crate::database::Database) -> sea_orm::DatabaseConnection {
    sea_orm::Database::connect(&database.url)
        .await
        .expect("a second connection")
}

/// A full change: every kind of row that an event can leave behind.
pub(crate) fn full(id: &str) -> CaseChange {
    let mut change = opening(id);
    change.identity = Some(NewIdentity {
        mode: FilingMode::Confidential,
        body: json!({"name": format!("canary-identity-{id}")}),
    });
    change.timers = vec![NewTimer {
        clock: "accept".into(),
        generation: 1,
        rung: "expiry".into(),
        due_at: NOW + time::Duration::DAY,
    }];
    change.outbox = vec![NewOutbox {
        kind: "mail".into(),
        body: json!({"to": format!("canary-outbox-{id}")}),
        due_at: NOW,
    }];
    change.notices = vec![NewNotice {
        recipient_role: "reporter".into(),
        template: "received".into(),
        locale: None,
        body: json!({"dear": format!("canary-notice-{id}")}),
    }];
    change.documents = vec![DocumentRow {
        id: format!("doc-{id}"),
        case_id: String::new(),
        seq: 0,
        kind: "acceptance".into(),
        number: format!("D-{id}"),
        body: json!({"name": format!("canary-document-{id}")}),
        created_at: NOW,
        visible_to: vec!["reporter".into()],
    }];
    change.disclosures = vec![NewDisclosure::Published("acceptance".into())];
    change.parties = vec![PartyRow {
        id: format!("party-{id}"),
        case_id: String::new(),
        role: "reporter".into(),
        account_id: None,
        name: Some(format!("canary-party-{id}")),
        contact: Some(json!({"phone": format!("canary-contact-{id}")})),
        erased_at: None,
    }];
    change.assignments = vec![AssignmentRow {
        id: format!("assignment-{id}"),
        case_id: String::new(),
        role: "officer".into(),
        account_id: None,
        organisation_id: Some("org".into()),
        since_seq: 1,
        until_seq: None,
    }];
    change
}

/// Opens a case with [`full`].
pub(crate) async fn open_full(store: &Store, id: &str) {
    let owned = id.to_owned();
    let open = command(
        Target::Open { case_id: id.into() },
        Some(key(&format!("open-{id}"), "r")),
        move |_| Ok(full(&owned)),
    );
    store.commit(open).await.expect("opened");
}
