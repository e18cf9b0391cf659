//! Rows of the register of marks.

use serde_json::Value;
use time::OffsetDateTime;

use crate::store::entity::{alert, case_name, mark, watch};
use crate::store::row::rows;

rows! {
    /// A mark in the register.
    pub struct MarkRow from mark {
        /// Id given by the caller.
        pub id: String,
        /// Wording.
        pub name: String,
        /// Registration number.
        pub registration_no: Option<String>,
        /// Registered owner.
        pub owner: String,
        /// Account of the owner.
        pub owner_account: Option<String>,
        /// Nice classes.
        pub classes: Vec<String>,
        /// Similar groups of goods and services.
        pub similar_groups: Vec<String>,
        /// Status in the register.
        pub status: String,
        /// Fame tier.
        pub tier: String,
        /// Other names of the same mark.
        pub aliases: Vec<String>,
        /// When it was entered.
        pub created_at: OffsetDateTime,
        /// Last change.
        pub updated_at: OffsetDateTime,
        /// Revision of the register in which it was last entered; the store sets it.
        pub revision: i64,
    }

    /// A standing order to tell an account about names like this one.
    pub struct WatchRow from watch {
        /// Id given by the caller.
        pub id: String,
        /// Who is told.
        pub account_id: String,
        /// Mark, if it is in the register.
        pub mark_id: Option<String>,
        /// Wording to watch.
        pub name: String,
        /// Nice classes; empty for all.
        pub classes: Vec<String>,
        /// Lowest score, 0 to 1, that is told.
        pub threshold: f64,
        /// From when.
        pub created_at: OffsetDateTime,
        /// Until when.
        pub cancelled_at: Option<OffsetDateTime>,
        /// Revision of the watches in which it was last changed; the store sets it.
        pub revision: i64,
    }

    /// A name in a case, so that a mark finds the cases that lean on it.
    pub struct CaseNameRow from case_name {
        /// Case, field and place in the field's value.
        pub id: String,
        /// Case.
        pub case_id: String,
        /// Field that holds it.
        pub field: String,
        /// What it is to a search, as procedures word it: `mark`, `sign`, `trader`, `shop`, `web_address`, `text`.
        pub searched_as: String,
        /// The name; empty where it is there no more.
        pub name: String,
        /// When it was found.
        pub found_at: OffsetDateTime,
        /// Revision of the names in which it was last written; the store sets it.
        pub revision: i64,
    }

    /// That something new leans on a watched mark.
    pub struct AlertRow from alert {
        /// One for a watch and what it is told about.
        pub id: String,
        /// The watch.
        pub watch_id: String,
        /// Who is told.
        pub account_id: String,
        /// The case that holds the name, or
        pub case_id: Option<String>,
        /// the mark that was entered into the register.
        pub mark_id: Option<String>,
        /// What the name is in the case; `mark` for one of the register.
        pub searched_as: String,
        /// The name that leans on the mark.
        pub name: String,
        /// 0 to 1.
        pub score: f64,
        /// Verdict band.
        pub band: String,
        /// Why.
        pub reasons: Value,
        /// 1: the account owns the mark that the case says is imitated, and learns the sign without seeing the case.
        pub for_owner: i64,
        /// When it was found.
        pub found_at: OffsetDateTime,
        /// When its reader was told by mail; the beginning of 1970 where no mail is to be sent.
        pub mailed_at: Option<OffsetDateTime>,
    }
}
