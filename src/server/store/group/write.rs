//! What a group writes after it has decided.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DatabaseTransaction;

use crate::store::entity::{
    assignment, case_link, case_personal, cases, counter, document, event, event_payload, idempotency, identity,
    notice, outbox, party, timer,
};
use crate::store::group::Group;
use crate::store::table::{OnExisting, insert};
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

impl Group {
    /// Writes everything with one statement a table: cases first, because the other rows refer to them.
    pub(super) async fn write(self, tx: &DatabaseTransaction) -> Result<(), StoreError> {
        let Self {
            mut cases,
            numbers,
            writes,
            ..
        } = self;
        let mut take = |id: &String| -> Option<CaseRow> { cases.get_mut(id)?.row.take() };
        let opened: Vec<CaseRow> = writes.opened.iter().filter_map(&mut take).collect();
        let changed: Vec<CaseRow> = writes.changed.iter().filter_map(&mut take).collect();
        insert::<cases::Entity, _>(tx, opened, OnExisting::Fail).await?;
        insert::<cases::Entity, _>(tx, changed, OnExisting::Replace).await?;
        insert::<event::Entity, _>(tx, writes.events, OnExisting::Fail).await?;
        insert::<event_payload::Entity, _>(tx, writes.payloads, OnExisting::Fail).await?;
        insert::<case_personal::Entity, _>(tx, values(writes.personal), OnExisting::Replace).await?;
        insert::<identity::Entity, _>(tx, values(writes.identities), OnExisting::Replace).await?;
        insert::<party::Entity, _>(tx, values(writes.parties), OnExisting::Replace).await?;
        insert::<assignment::Entity, _>(tx, values(writes.assignments), OnExisting::Replace).await?;
        insert::<case_link::Entity, _>(tx, writes.links, OnExisting::Keep).await?;
        insert::<document::Entity, _>(tx, writes.documents, OnExisting::Fail).await?;
        insert::<notice::Entity, _>(tx, writes.notices, OnExisting::Fail).await?;
        insert::<outbox::Entity, _>(tx, writes.outbox, OnExisting::Fail).await?;
        insert::<timer::Entity, _>(tx, values(writes.timers), OnExisting::Replace).await?;
        insert::<idempotency::Entity, _>(tx, values(writes.idempotency), OnExisting::Replace).await?;
        if numbers.drawn {
            let rows = numbers
                .last
                .into_iter()
                .map(|(key, value)| CounterRow { key, value })
                .collect();
            insert::<counter::Entity, _>(tx, rows, OnExisting::Replace).await?;
        }
        Ok(())
    }
}

fn values<K, V>(rows: BTreeMap<K, V>) -> Vec<V> {
    rows.into_values().collect()
}
