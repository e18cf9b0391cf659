//! Separation of duties on stored cases: who held which role, read from the assignments of a case.

use zhengming_engine::{definition::model::Definition, duty::Roster};

use super::record::{By, Recorder};
use crate::store::AssignmentRow;

/// Who held roles of a case before the event of this number.
pub(super) fn roster(assignments: &[AssignmentRow], seq: i64) -> Roster {
    let mut roster = Roster::default();
    for row in assignments.iter().filter(|row| row.since_seq < seq) {
        if let Some(account) = &row.account_id {
            roster.note(&row.role, account, row.until_seq.is_none_or(|until| until >= seq));
        }
    }
    roster
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
