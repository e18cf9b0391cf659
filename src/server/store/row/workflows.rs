//! Rows about the domain packs that ran.

use serde_json::Value;
use time::OffsetDateTime;

use crate::store::entity::{definition, pack, publication, wording};
use crate::store::row::rows;

rows! {
    /// A domain pack that ran, as its files: what cases were opened under can be read again from it. Never changed.
    pub struct PackRow from pack {
        /// Hash of everything in it.
        pub version: String,
        /// Version of its law, whose files are among the settings.
        pub law: String,
        /// The other files, as an array of `[path, text]`.
        pub files: Value,
        /// When it ran first.
        pub kept_at: OffsetDateTime,
    }

    /// One version of a procedure, and a pack that holds it. Never changed.
    pub struct DefinitionRow from definition {
        /// Hash that cases are pinned to.
        pub hash: String,
        /// Key of the procedure.
        pub procedure: String,
        /// Version.
        pub version: i64,
        /// Version of the pack in which it ran first.
        pub pack: String,
    }

    /// The template of notices or documents, as it was when something was sent by it. Never changed.
    pub struct WordingRow from wording {
        /// Hash that they remember.
        pub hash: String,
        /// The template.
        pub body: Value,
    }

    /// That a pack was proposed, or runs.
    pub struct PublicationRow from publication {
        /// Id given by the caller.
        pub id: String,
        /// Version of the pack.
        pub pack: String,
        /// Why, in the words of whoever proposed it; `start` or `SIGHUP` where nobody did.
        pub note: String,
        /// Account that proposed it.
        pub proposed_by: Option<String>,
        /// When.
        pub proposed_at: OffsetDateTime,
        /// Account that published it.
        pub published_by: Option<String>,
        /// Since when it runs; none while it is only proposed.
        pub published_at: Option<OffsetDateTime>,
    }
}

/// How many cases are pinned to one version of a procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedCases {
    /// Key of the procedure.
    pub procedure: String,
    /// Version.
    pub version: i64,
    /// Hash of the definition.
    pub hash: String,
    /// Cases, closed ones too.
    pub cases: u64,
}
