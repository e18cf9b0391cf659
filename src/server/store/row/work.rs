//! Rows about work that a commit leaves behind.

use serde_json::Value;
use time::OffsetDateTime;

use crate::store::code::{MailState, TimerState};
use crate::store::entity::{idempotency, mail, notice, outbox, telling, timer};
use crate::store::row::rows;

rows! {
    /// A moment at which a clock of a case has an effect.
    pub struct TimerRow from timer {
        /// `case:clock:generation:rung`, made by the store.
        pub id: String,
        /// Case.
        pub case_id: String,
        /// Clock of the procedure.
        pub clock: String,
        /// Raised each time the clock is started or moved.
        pub generation: i64,
        /// Which effect: warning, expiry, …
        pub rung: String,
        /// Legal moment.
        pub due_at: OffsetDateTime,
        /// Whether it still waits.
        pub state: TimerState,
        /// Failed attempts to fire it.
        pub attempts: i64,
    }

    /// Something to do after the commit, at least once.
    pub struct OutboxRow from outbox {
        /// `case:seq:n`, made by the store; what receivers deduplicate by.
        pub id: String,
        /// Case.
        pub case_id: String,
        /// Event.
        pub seq: i64,
        /// Position among the effects of that event, from 0.
        pub n: i64,
        /// Kind of effect.
        pub kind: String,
        /// What the handler needs.
        pub body: Value,
        /// Not before.
        pub due_at: OffsetDateTime,
        /// Failed attempts.
        pub attempts: i64,
        /// When it was done.
        pub done_at: Option<OffsetDateTime>,
        /// When it was given up.
        pub dead_at: Option<OffsetDateTime>,
        /// Code of the last failure.
        pub last_error: Option<String>,
    }

    /// The reply to a command that was carried out, so that a repeat gets the same one.
    pub struct IdempotencyRow from idempotency {
        /// Whose key it is.
        pub scope: String,
        /// Hash of the key.
        pub key_hash: String,
        /// Hash of the request.
        pub request_hash: String,
        /// Reply as the service encoded (and sealed) it.
        pub reply: Vec<u8>,
        /// Case that the command was about.
        pub case_id: Option<String>,
        /// Version of that case after it.
        pub version: i64,
        /// When it was carried out.
        pub created_at: OffsetDateTime,
        /// When it is forgotten.
        pub expires_at: OffsetDateTime,
    }

    /// A message to a role of a case, shown in the portal.
    pub struct NoticeRow from notice {
        /// `case:seq:n`, made by the store.
        pub id: String,
        /// Case.
        pub case_id: String,
        /// Event.
        pub seq: i64,
        /// Position among the notices of that event, from 0.
        pub n: i64,
        /// Role that reads it.
        pub recipient_role: String,
        /// Template key.
        pub template: String,
        /// Language, if fixed.
        pub locale: Option<String>,
        /// What fills the template.
        pub body: Value,
        /// When.
        pub created_at: OffsetDateTime,
        /// First read.
        pub read_at: Option<OffsetDateTime>,
    }

    /// What an officer recorded of how somebody was told what a notice or document says.
    pub struct TellingRow from telling {
        /// `subject:way:day`, made by whoever records it: the same thing recorded again is the same row.
        pub id: String,
        /// Case.
        pub case_id: String,
        /// The notice or document.
        pub subject_id: String,
        /// Way of the domain pack.
        pub way: String,
        /// The day on which it happened, at noon in China.
        pub told_at: OffsetDateTime,
        /// Number of the receipt or recording.
        pub reference: Option<String>,
        /// Account of who recorded it.
        pub recorded_by: String,
        /// When it was recorded.
        pub recorded_at: OffsetDateTime,
    }

    /// A mail and what became of it.
    pub struct MailRow from mail {
        /// Id given by the caller.
        pub id: String,
        /// Effect that asked for it.
        pub outbox_id: String,
        /// Case.
        pub case_id: Option<String>,
        /// Receiver; absent after erasure, and long after it was sent.
        pub to_address: Option<String>,
        /// Subject; absent as the receiver is.
        pub subject: Option<String>,
        /// Text; absent as the receiver is.
        pub body: Option<String>,
        /// Queued, sent or failed.
        pub state: MailState,
        /// Handed to the mail system.
        pub sent_at: Option<OffsetDateTime>,
    }
}

impl NoticeRow {
    /// The id of the `n`-th notice of an event, from 0.
    #[must_use]
    pub fn id_of(case_id: &str, seq: i64, n: i64) -> String {
        format!("{case_id}:{seq}:{n}")
    }
}
