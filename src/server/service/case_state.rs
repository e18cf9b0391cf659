//! What a case is at one moment: the engine's view of its row, and the hash of its state that the chain keeps.

use data_encoding::HEXLOWER;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use zhengming_engine::{
    clock::{ClockState, local_date},
    decision::CaseView,
};

use super::{
    Error, Result,
    past::{dossier, roster},
};
use crate::store::{AssignmentRow, CaseRow, DocumentRow, canonical, canonical_json};

/// SHA-256 (hex) of a value's canonical JSON.
pub(super) fn hash(value: &Json) -> String {
    digest(&canonical_json(value))
}

fn digest(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// Hash of what a case is: states, clocks (by their hash), non-personal fields; never a personal one.
pub(super) fn state_hash(case: &CaseRow, clocks_hash: &str) -> String {
    digest(&canonical(&State {
        states: &case.states,
        remembered: &case.remembered,
        data: &case.data,
        clocks: clocks_hash,
        status: case.status.as_str(),
        organisation: &case.organisation_id,
    }))
}

/// What [`state_hash`] covers, under the names that it has there.
#[derive(Serialize)]
struct State<'c> {
    states: &'c [String],
    remembered: &'c Json,
    data: &'c Json,
    clocks: &'c str,
    status: &'c str,
    organisation: &'c str,
}

/// The engine's view of a stored case. Without its documents, an event that needs one is refused.
pub(super) fn view(case: &CaseRow, assignments: &[AssignmentRow], documents: &[DocumentRow]) -> Result<CaseView> {
    let clocks: IndexMap<String, ClockState> =
        IndexMap::deserialize(&case.clocks).map_err(|_| Error::Internal("stored clocks are unreadable"))?;
    let data = case.data.as_object().cloned().unwrap_or_default();
    let filed_on = local_date(case.filed_at).map_err(|_| Error::Internal("date out of range"))?;
    let held = assignments
        .iter()
        .filter(|a| a.until_seq.is_none())
        .map(|a| a.role.clone())
        .collect();
    let remembered = Deserialize::deserialize(&case.remembered)
        .map_err(|_| Error::Internal("what a case remembers is unreadable"))?;
    Ok(CaseView {
        states: case.states.clone(),
        remembered,
        data,
        clocks,
        filed_on,
        held,
        roster: roster(assignments, case.seq + 1),
        dossier: dossier(documents, case.seq + 1),
    })
}
