//! Rows about people, access and the service itself.

use serde_json::Value;
use time::OffsetDateTime;

use crate::store::code::{AuditOutcome, SessionKind};
use crate::store::entity::{account, audit, counter, draft, membership, organisation, peer_key, session, setting};
use crate::store::row::rows;

rows! {
    /// A bureau, court, police unit, procuratorate, industry association or firm.
    pub struct OrganisationRow from organisation {
        /// Id given by the caller.
        pub id: String,
        /// Stable short key that the domain pack uses.
        pub key: String,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// What it is, as the domain pack names it.
        pub kind: String,
        /// The organisation above it.
        pub parent_id: Option<String>,
        /// Administrative division, GB/T 2260.
        pub division_code: String,
    }

    /// A key by which files of an organisation elsewhere are known.
    pub struct PeerKeyRow from peer_key {
        /// Name of the key (RFC 7638).
        pub thumbprint: String,
        /// Whose it is.
        pub organisation_id: String,
        /// The key as a JSON Web Key has it (RFC 8037).
        pub x: String,
        /// Since when it counts.
        pub trusted_at: OffsetDateTime,
        /// Since when it counts no more.
        pub revoked_at: Option<OffsetDateTime>,
    }

    /// Somebody who can sign in.
    pub struct AccountRow from account {
        /// Id given by the caller.
        pub id: String,
        /// Sign-in name, unique.
        pub login: String,
        /// Name shown to others.
        pub display_name: String,
        /// PHC string.
        pub password_hash: String,
        /// Address for notices.
        pub mail: Option<String>,
        /// BCP 47 language tag.
        pub locale: String,
        /// Set when the account may no longer sign in.
        pub disabled_at: Option<OffsetDateTime>,
        /// When it was made.
        pub created_at: OffsetDateTime,
    }

    /// A role that an account holds in an organisation.
    pub struct MembershipRow from membership {
        /// Id given by the caller.
        pub id: String,
        /// Who.
        pub account_id: String,
        /// Where.
        pub organisation_id: String,
        /// Role code.
        pub role: String,
        /// From when.
        pub granted_at: OffsetDateTime,
        /// Until when.
        pub revoked_at: Option<OffsetDateTime>,
    }

    /// A signed-in browser or a bearer token; only the hash of the secret is kept.
    pub struct SessionRow from session {
        /// Id given by the caller.
        pub id: String,
        /// Hash of the secret, unique.
        pub token_hash: String,
        /// Whose.
        pub account_id: String,
        /// Cookie or bearer.
        pub kind: SessionKind,
        /// What the holder called it.
        pub label: Option<String>,
        /// Sign-in.
        pub created_at: OffsetDateTime,
        /// Last use, for the idle limit.
        pub last_seen_at: OffsetDateTime,
        /// Absolute limit.
        pub expires_at: OffsetDateTime,
        /// Signed out or withdrawn.
        pub revoked_at: Option<OffsetDateTime>,
    }

    /// A filing that was begun and not sent; it is found only by the hash of its secret.
    pub struct DraftRow from draft {
        /// Hash of the secret.
        pub id_hash: String,
        /// Procedure to be filed under.
        pub procedure: String,
        /// Fields so far.
        pub body: Value,
        /// When it was begun.
        pub created_at: OffsetDateTime,
        /// When it is thrown away.
        pub expires_at: OffsetDateTime,
    }

    /// One security event; append-only and hash-chained.
    pub struct AuditRow from audit {
        /// Position in the chain, from 1, without gaps.
        pub id: i64,
        /// When.
        pub at: OffsetDateTime,
        /// Who, if signed in.
        pub actor_account: Option<String>,
        /// Action code.
        pub action: String,
        /// What it was done to, as `kind:id`.
        pub object: String,
        /// How it ended.
        pub outcome: AuditOutcome,
        /// Why, where the law asks for a reason.
        pub purpose: Option<String>,
        /// Hash of the entry before, hex.
        pub prev_hash: String,
        /// Hash of this entry, hex.
        pub hash: String,
    }

    /// A value that the administrators or the service itself keep.
    pub struct SettingRow from setting {
        /// Name.
        pub key: String,
        /// Value.
        pub value: String,
    }

    /// The last number given out under a key; numbers are unique and may have gaps.
    pub struct CounterRow from counter {
        /// Name of the series.
        pub key: String,
        /// Last number given out.
        pub value: i64,
    }
}
