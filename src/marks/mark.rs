//! A mark of the register.

use serde::{Deserialize, Serialize};

use crate::goods::{Goods, SimilarGroup};

/// Characters of the longest name that a register takes and a caller should ask for: longer ones are nearly always a missing closing quote,
/// and are compared by their beginning anyway.
pub const LONGEST_NAME: usize = 200;

/// A registered, applied-for or otherwise protected name. All its names, `name` and `aliases`, are searched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// Identity in the register; names are indexed and replaced under it.
    pub id: String,
    /// The mark as registered.
    pub name: String,
    /// Number given by the trademark office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_no: Option<String>,
    /// Who holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Nice classes, 1 to 45; empty if unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<u8>,
    /// Similar groups of goods and services; empty if unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<SimilarGroup>,
    /// Status as the source words it, such as `registered`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// How widely known the mark is, 0 to 100; decides between matches of the same score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fame: Option<u8>,
    /// Further names it is known by: translations, transliterations, short forms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

impl Mark {
    /// Its goods and services, as far as they are known.
    pub fn goods(&self) -> Goods {
        Goods::new(&self.classes, &self.groups)
    }
}

/// What a row of an imported file says about a mark; the importer's caller gives it an id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkRow {
    /// See [`Mark::name`].
    pub name: String,
    /// See [`Mark::registration_no`].
    pub registration_no: Option<String>,
    /// See [`Mark::owner`].
    pub owner: Option<String>,
    /// See [`Mark::classes`]; sorted, without repetition.
    pub classes: Vec<u8>,
    /// See [`Mark::groups`]; sorted, without repetition. Their classes are among `classes`.
    pub groups: Vec<SimilarGroup>,
    /// See [`Mark::status`].
    pub status: Option<String>,
    /// See [`Mark::fame`].
    pub fame: Option<u8>,
    /// See [`Mark::aliases`].
    pub aliases: Vec<String>,
}

impl MarkRow {
    /// The mark that the row describes, under the id given.
    pub fn into_mark(self, id: impl Into<String>) -> Mark {
        Mark {
            id: id.into(),
            name: self.name,
            registration_no: self.registration_no,
            owner: self.owner,
            classes: self.classes,
            groups: self.groups,
            status: self.status,
            fame: self.fame,
            aliases: self.aliases,
        }
    }
}
