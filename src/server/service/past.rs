//! What a case was before one of its events: who held which role, by its assignments, and which documents it had.

use zhengming_engine::{
    contribution::Contribution,
    definition::{
        model::{Definition, EffectRule},
        paper::of_paper,
    },
    dossier::Dossier,
    duty::Roster,
    pack::Pack,
};

use super::record::{By, Recorder};
use crate::{
    access::EXCLUDED,
    store::{AssignmentRow, DocumentRow},
};

/// Who held roles of a case before the event of this number.
pub(super) fn roster(assignments: &[AssignmentRow], seq: i64) -> Roster {
    let mut roster = Roster::default();
    for row in assignments.iter().filter(|row| row.since_seq < seq) {
        if let Some(account) = row.account_id.as_ref().filter(|_| row.role == EXCLUDED) {
            roster.bar(account);
        } else if let Some(account) = &row.account_id {
            roster.note(&row.role, account, row.until_seq.is_none_or(|until| until >= seq));
        }
    }
    roster
}

/// Kinds of documents that were made on a case before the event of this number. An erased document was made.
pub(super) fn dossier(documents: &[DocumentRow], seq: i64) -> Dossier {
    let before = documents.iter().filter(|row| row.seq < seq);
    before.map(|row| row.kind.as_str()).collect()
}

/// The same with the evidence that lies in the case.
pub(super) fn with_evidence<'c>(mut dossier: Dossier, laid: impl IntoIterator<Item = &'c Contribution>) -> Dossier {
    laid.into_iter().for_each(|contribution| dossier.lay(contribution));
    dossier
}

/// Whether an event waits for evidence, so that what was added to the case has to be read.
pub(super) fn wants_evidence(definition: &Definition, event: &str) -> bool {
    definition
        .events
        .get(event)
        .is_some_and(|event| !event.evidence.is_empty())
}

/// Whether an event waits for documents or its step may publish one, make one that cites others or open a case that is told of
/// one, so that those of the case have to be read.
pub(super) fn needs_documents(pack: &Pack, definition: &Definition, event: &str) -> bool {
    let waits = || {
        let event = definition.events.get(event);
        event.is_some_and(|event| !event.needs.is_empty())
    };
    let cites = |effect: &EffectRule| match effect {
        EffectRule::Document { kind } => pack.documents.get(kind).is_some_and(|kind| kind.cites),
        EffectRule::Open { with, .. } => with.iter().any(|(_, own)| of_paper(own).is_some()),
        _ => false,
    };
    let read = !definition.needed.is_empty() && (waits() || definition.publishes().next().is_some());
    read || (definition.draws_numbers(event) && definition.effects().any(cites))
}

impl Recorder {
    /// Who acts in a role that excludes others had it, for the length of this step, also without an assignment.
    pub(super) fn acted(
        &self,
        definition: &Definition,
        by: &By,
        case_id: &str,
        seq: i64,
        assignments: &[AssignmentRow],
    ) -> Option<AssignmentRow> {
        let (role, account) = (&by.role, by.account.as_ref()?);
        let apart = |other: &String| definition.separated(role, other).is_some();
        let known = |row: &AssignmentRow| row.role == *role && row.account_id.as_ref() == Some(account);
        if !definition.roles.keys().any(apart) || assignments.iter().any(known) {
            return None;
        }
        let mut row = self.assignment(case_id, role, Some(account.clone()), None, seq);
        row.until_seq = Some(seq);
        Some(row)
    }
}
