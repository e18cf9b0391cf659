//! Rows of the register of marks.

use time::OffsetDateTime;

use crate::store::entity::{mark, watch};
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
    }
}
