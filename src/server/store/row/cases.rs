//! Rows that make up a case.

use serde_json::Value;
use time::OffsetDateTime;

use crate::store::code::{CaseStatus, FilingMode};
use crate::store::entity::{
    assignment, case_link, case_personal, case_similar_mark, cases, disclosure, document, event, event_payload,
    identity, party,
};
use crate::store::row::rows;

rows! {
    /// The present state of a case: a snapshot that its events can rebuild. No personal data.
    pub struct CaseRow from cases {
        /// Id given by the caller.
        pub id: String,
        /// Public number, unique.
        pub number: String,
        /// Key of the procedure.
        pub procedure: String,
        /// Version of the procedure that the case runs under.
        pub procedure_version: i64,
        /// Hash of that definition.
        pub definition_hash: String,
        /// Organisation that is in charge.
        pub organisation_id: String,
        /// Date that selects the law in force.
        pub filed_at: OffsetDateTime,
        /// When the record was opened.
        pub opened_at: OffsetDateTime,
        /// When it came to its end.
        pub closed_at: Option<OffsetDateTime>,
        /// Raised by every event that changes states or fields; what clients expect. The store sets it.
        pub version: i64,
        /// Number of the last event. The store sets it.
        pub seq: i64,
        /// Open or closed.
        pub status: CaseStatus,
        /// Coarse stage for lists.
        pub phase: String,
        /// Active leaf states.
        pub states: Vec<String>,
        /// By history state: what was active when the state around it was last left.
        pub remembered: Value,
        /// Fields that are not personal.
        pub data: Value,
        /// The ledger of legal periods.
        pub clocks: Value,
        /// Nearest deadline of a running clock.
        pub next_due_at: Option<OffsetDateTime>,
        /// Hash of the last event, hex. The store sets it.
        pub head: String,
        /// Hash of the state after the last event. The store copies it from the event.
        pub state_hash: String,
        /// How much of the filer others may see.
        pub filing_mode: FilingMode,
        /// Hash of the receipt secret, unique.
        pub receipt_hash: Option<String>,
        /// Account of the filer, if any.
        pub filer_account_id: Option<String>,
        /// Case that opened this one.
        pub opened_by_case: Option<String>,
    }

    /// Fields of a case that are personal data; erasable.
    pub struct CasePersonalRow from case_personal {
        /// Case.
        pub case_id: String,
        /// Fields.
        pub body: Value,
    }

    /// One link of a case's hash chain; append-only.
    pub struct EventRow from event {
        /// Case.
        pub case_id: String,
        /// Position, from 1, without gaps.
        pub seq: i64,
        /// Recorded moment.
        pub at: OffsetDateTime,
        /// Event of the procedure.
        pub kind: String,
        /// Pseudonym of who did it within the case.
        pub actor: String,
        /// Canonical JSON of the entry: what the hash covers.
        pub entry: String,
        /// SHA-256 of the entry, hex.
        pub hash: String,
    }

    /// What an event carried; erasable, because the entry holds only its salted hash.
    pub struct EventPayloadRow from event_payload {
        /// Case.
        pub case_id: String,
        /// Event.
        pub seq: i64,
        /// Salt of the hash; absent after erasure.
        pub salt: Option<Vec<u8>>,
        /// Canonical JSON; absent after erasure.
        pub body: Option<String>,
        /// When it was erased.
        pub erased_at: Option<OffsetDateTime>,
    }

    /// Who filed: kept apart from the case, and read only through an audited door.
    pub struct IdentityRow from identity {
        /// Case.
        pub case_id: String,
        /// How much of it others may see.
        pub mode: FilingMode,
        /// The identity; absent after erasure.
        pub body: Option<Value>,
        /// When it was erased.
        pub erased_at: Option<OffsetDateTime>,
    }

    /// A party of a case.
    pub struct PartyRow from party {
        /// Id given by the caller.
        pub id: String,
        /// Case.
        pub case_id: String,
        /// Role in the procedure.
        pub role: String,
        /// Account, if the party has one.
        pub account_id: Option<String>,
        /// Name; absent when withheld or erased.
        pub name: Option<String>,
        /// Ways to reach it; absent when withheld or erased.
        pub contact: Option<Value>,
        /// When it was erased.
        pub erased_at: Option<OffsetDateTime>,
    }

    /// Who works on a case, or is excluded from it.
    pub struct AssignmentRow from assignment {
        /// Id given by the caller.
        pub id: String,
        /// Case.
        pub case_id: String,
        /// Role on the case; `excluded` bars somebody.
        pub role: String,
        /// Person.
        pub account_id: Option<String>,
        /// Organisation.
        pub organisation_id: Option<String>,
        /// Event that began it.
        pub since_seq: i64,
        /// Event that ended it.
        pub until_seq: Option<i64>,
    }

    /// A directed link between two cases.
    pub struct CaseLinkRow from case_link {
        /// From.
        pub from_case: String,
        /// To.
        pub to_case: String,
        /// Why they are linked.
        pub kind: String,
    }

    /// A document (文书) of a case.
    pub struct DocumentRow from document {
        /// Id given by the caller.
        pub id: String,
        /// Case.
        pub case_id: String,
        /// Event that issued it.
        pub seq: i64,
        /// Template key.
        pub kind: String,
        /// Document number.
        pub number: String,
        /// What fills the template.
        pub body: Value,
        /// When it was issued.
        pub created_at: OffsetDateTime,
        /// Roles that may read it.
        pub visible_to: Vec<String>,
    }

    /// That everybody may read a document of a case (公示): the newest of its kind up to an event.
    pub struct DisclosureRow from disclosure {
        /// Case.
        pub case_id: String,
        /// Template key of the document.
        pub kind: String,
        /// Event that published it last.
        pub seq: i64,
        /// When it was published; none: something was withdrawn that had not been published.
        pub published_at: Option<OffsetDateTime>,
        /// When it was withdrawn.
        pub withdrawn_at: Option<OffsetDateTime>,
    }

    /// A mark that resembles the one a case is about.
    pub struct SimilarMarkRow from case_similar_mark {
        /// Case.
        pub case_id: String,
        /// Mark.
        pub mark_id: String,
        /// 0 to 1.
        pub score: f64,
        /// Verdict band.
        pub band: String,
        /// Why.
        pub reasons: Value,
        /// When it was found.
        pub found_at: OffsetDateTime,
    }
}
