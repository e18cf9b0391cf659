//! What a group writes after it has decided.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DatabaseTransaction;
use time::OffsetDateTime;

use crate::store::entity::{
    assignment, case_link, case_personal, cases, counter, disclosure, document, event, event_payload, idempotency,
    identity, notice, outbox, party, timer,
};
use crate::store::group::{Group, claim};
use crate::store::table::{Batch, OnExisting};
use crate::store::{
    AssignmentRow, CaseLinkRow, CasePersonalRow, CaseRow, CounterRow, DisclosureRow, DocumentRow, EventPayloadRow,
    EventRow, IdempotencyRow, IdentityRow, NewDisclosure, NoticeRow, OutboxRow, PartyRow, StoreError, TimerRow,
};

/// Rows to be written. Where several commands change one row, only its last form is kept.
#[derive(Default)]
pub(super) struct Writes {
    /// New cases, each after the one that opened it.
    pub(super) opened: Vec<String>,
    /// Changed cases.
    pub(super) changed: BTreeSet<String>,
    pub(super) events: Vec<EventRow>,
    pub(super) payloads: Vec<EventPayloadRow>,
    pub(super) personal: BTreeMap<String, CasePersonalRow>,
    pub(super) identities: BTreeMap<String, IdentityRow>,
    pub(super) parties: BTreeMap<String, PartyRow>,
    pub(super) assignments: BTreeMap<String, AssignmentRow>,
    pub(super) links: Vec<CaseLinkRow>,
    pub(super) documents: Vec<DocumentRow>,
    /// By case and kind of document.
    published: BTreeMap<(String, String), DisclosureRow>,
    withdrawn: BTreeMap<(String, String), DisclosureRow>,
    pub(super) notices: Vec<NoticeRow>,
    pub(super) outbox: Vec<OutboxRow>,
    pub(super) timers: BTreeMap<String, TimerRow>,
    pub(super) idempotency: BTreeMap<(String, String), IdempotencyRow>,
}

/// What an event can change of a case. Its number, its filing and who may follow it stand from the opening on.
const CHANGING: [cases::Column; 15] = [
    cases::Column::ProcedureVersion,
    cases::Column::DefinitionHash,
    cases::Column::OrganisationId,
    cases::Column::ClosedAt,
    cases::Column::Version,
    cases::Column::Seq,
    cases::Column::Status,
    cases::Column::Phase,
    cases::Column::States,
    cases::Column::Remembered,
    cases::Column::Data,
    cases::Column::Clocks,
    cases::Column::NextDueAt,
    cases::Column::Head,
    cases::Column::StateHash,
];

/// What a withdrawal changes: when a document was published, and by which event, stays known.
const WITHDRAWN: [disclosure::Column; 1] = [disclosure::Column::WithdrawnAt];

/// What becomes of a timer after it was made.
const REARMED: [timer::Column; 3] = [timer::Column::DueAt, timer::Column::State, timer::Column::Attempts];

impl Writes {
    /// Notes that a document is published or withdrawn; the last of several in one group holds.
    pub(super) fn disclose(&mut self, case_id: &str, seq: i64, at: OffsetDateTime, disclosure: NewDisclosure) {
        let row = |kind: String, published_at, withdrawn_at| DisclosureRow {
            case_id: case_id.to_owned(),
            kind,
            seq,
            published_at,
            withdrawn_at,
        };
        match disclosure {
            NewDisclosure::Published(kind) => {
                let key = (case_id.to_owned(), kind.clone());
                self.withdrawn.remove(&key);
                self.published.insert(key, row(kind, Some(at), None));
            }
            NewDisclosure::Withdrawn(kind) => {
                let key = (case_id.to_owned(), kind.clone());
                if let Some(published) = self.published.get_mut(&key) {
                    published.withdrawn_at = Some(at);
                } else {
                    self.withdrawn.insert(key, row(kind, None, Some(at)));
                }
            }
        }
    }
}

impl Group {
    /// Writes everything, cases first, because the other rows refer to them. `alone`: it is the work of one command.
    pub(super) async fn write(self, tx: &DatabaseTransaction, alone: bool) -> Result<(), StoreError> {
        let Self {
            mut cases,
            numbers,
            writes,
            claimed,
            ..
        } = self;
        // A key whose command was refused is free again: it has no reply that a repeat could get.
        let unused = claimed
            .into_iter()
            .filter(|name| !writes.idempotency.contains_key(name));
        claim::give_back(tx, unused).await?;
        let mut take = |id: &String| -> Option<CaseRow> { cases.get_mut(id)?.row.take() };
        let opened: Vec<CaseRow> = writes.opened.iter().filter_map(&mut take).collect();
        let changed: Vec<CaseRow> = writes.changed.iter().filter_map(&mut take).collect();
        let mut batch = Batch::default();
        batch.insert::<cases::Entity, _>(opened, OnExisting::Fail);
        batch.insert::<cases::Entity, _>(changed, OnExisting::Update(&CHANGING));
        batch.insert::<event::Entity, _>(writes.events, OnExisting::Fail);
        batch.insert::<event_payload::Entity, _>(writes.payloads, OnExisting::Fail);
        batch.insert::<case_personal::Entity, _>(values(writes.personal), OnExisting::Replace);
        batch.insert::<identity::Entity, _>(values(writes.identities), OnExisting::Replace);
        batch.insert::<party::Entity, _>(values(writes.parties), OnExisting::Replace);
        batch.insert::<assignment::Entity, _>(values(writes.assignments), OnExisting::Replace);
        batch.insert::<case_link::Entity, _>(writes.links, OnExisting::Keep);
        batch.insert::<document::Entity, _>(writes.documents, OnExisting::Fail);
        batch.insert::<disclosure::Entity, _>(values(writes.published), OnExisting::Replace);
        batch.insert::<disclosure::Entity, _>(values(writes.withdrawn), OnExisting::Update(&WITHDRAWN));
        batch.insert::<notice::Entity, _>(writes.notices, OnExisting::Fail);
        batch.insert::<outbox::Entity, _>(writes.outbox, OnExisting::Fail);
        batch.insert::<timer::Entity, _>(values(writes.timers), OnExisting::Update(&REARMED));
        batch.insert::<idempotency::Entity, _>(values(writes.idempotency), OnExisting::Replace);
        if numbers.drawn {
            let rows = numbers
                .last
                .into_iter()
                .map(|(key, value)| CounterRow { key, value })
                .collect();
            batch.insert::<counter::Entity, _>(rows, OnExisting::Replace);
        }
        batch.write(tx, alone).await
    }
}

fn values<K, V>(rows: BTreeMap<K, V>) -> Vec<V> {
    rows.into_values().collect()
}
