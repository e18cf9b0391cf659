//! What a group writes after it has decided.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DatabaseTransaction;

use crate::store::entity::{
    assignment, case_link, case_personal, cases, counter, document, event, event_payload, idempotency, identity,
    notice, outbox, party, timer,
};
use crate::store::group::Group;
use crate::store::table::{Batch, OnExisting};
use crate::store::{
    AssignmentRow, CaseLinkRow, CasePersonalRow, CaseRow, CounterRow, DocumentRow, EventPayloadRow, EventRow,
    IdempotencyRow, IdentityRow, NoticeRow, OutboxRow, PartyRow, StoreError, TimerRow,
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

/// What becomes of a timer after it was made.
const REARMED: [timer::Column; 3] = [timer::Column::DueAt, timer::Column::State, timer::Column::Attempts];

impl Group {
    /// Writes everything, cases first, because the other rows refer to them. `alone`: it is the work of one command.
    pub(super) async fn write(self, tx: &DatabaseTransaction, alone: bool) -> Result<(), StoreError> {
        let Self {
            mut cases,
            numbers,
            writes,
            ..
        } = self;
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
