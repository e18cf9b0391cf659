//! What a procedure file may say: its mappings with their keys, and the words that stand for a choice.
//!
//! The decoder knows keys by these lists, and the JSON Schema for editors is printed from them.

mod effect;
mod procedure;
mod routing;

pub(crate) use self::{
    effect::{ASSIGN, DELEGATE, EFFECT, NOTIFY, OPEN, SET},
    procedure::{
        APPROVAL, BRANCH, CLOCK, DRAWS, EVENT, EXTENSION, FIELD, FILING, HISTORY, LABEL, MIGRATION, OPTION, PAGE,
        PROCEDURE, RANGE, REQUIREMENT, ROLE, STATE, SUBCASE, WARNING,
    },
    routing::{DIVISIONS, ROUTE, ROUTING, SEVERAL},
};
use crate::{
    clock::ledger::Duty,
    contribution::EvidenceKind,
    definition::{
        act::Act,
        model::{Approver, Audience, FilingMode, Force, Office, RoleKind, SearchedAs, Storage},
    },
    routing::{Hit, Level},
};

/// A mapping with its keys.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// What it describes, in one word.
    pub(crate) name: &'static str,
    /// Its keys in the order in which they are usually written.
    pub(crate) keys: &'static [Key],
}

/// A key of a mapping.
#[derive(Debug)]
pub(crate) struct Key {
    /// The key.
    pub(crate) name: &'static str,
    /// Whether it must stand there.
    pub(crate) required: bool,
    /// What stands behind it.
    pub(crate) shape: Shape,
    /// What it says, for whoever writes a file.
    pub(crate) about: &'static str,
}

/// What may stand behind a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Text, or a number that is taken as text.
    Text,
    /// Text that is not blank.
    Filled,
    /// An id: lower-case letters, digits and _, first a letter.
    Id,
    /// What programs read: letters, digits and _, first a letter.
    Code,
    /// A whole number of at least so much.
    Integer(i64),
    /// `true` or `false`.
    Bool,
    /// A day, `2026-04-15`.
    Date,
    /// A legal period, `7 working_days`.
    Period,
    /// A reference to an article, with or without its instrument.
    Law,
    /// One of some words.
    Word(fn() -> Vec<&'static str>),
    /// One or more of some words.
    Words(fn() -> Vec<&'static str>),
    /// One of some words, by id.
    WordById(fn() -> Vec<&'static str>),
    /// One name or a list of names.
    Names,
    /// Names by name.
    Pairs,
    /// Values by the fields that they are for.
    Values,
    /// Names by id.
    Entries,
    /// A mapping.
    One(&'static Mapping),
    /// A mapping, or a name that stands for one.
    OneOrName(&'static Mapping),
    /// One mapping or a list of them.
    OneOrMore(&'static Mapping),
    /// Mappings by id.
    Each(&'static Mapping),
    /// States by id, history states among them.
    States,
    /// Branches by event.
    Transitions,
    /// One effect or a list of them.
    Effects,
    /// Nothing.
    Nothing,
    /// Any value; the type of a field decides.
    Value,
}

impl Mapping {
    /// The names of all keys.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
}

const fn required(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key {
        name,
        required: true,
        shape,
        about,
    }
}

const fn optional(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key {
        name,
        required: false,
        shape,
        about,
    }
}

/// The words of a list that pairs them with what they mean.
pub(crate) fn words<T>(pairs: &[(&'static str, T)]) -> Vec<&'static str> {
    pairs.iter().map(|(word, _)| *word).collect()
}

/// Kinds of roles.
pub(crate) const ROLE_KINDS: [(&str, RoleKind); 4] = [
    ("party", RoleKind::Party),
    ("staff", RoleKind::Staff),
    ("delegate", RoleKind::Delegate),
    ("liaison", RoleKind::Liaison),
];

/// Where fields are stored.
pub(crate) const STORAGES: [(&str, Storage); 3] = [
    ("case", Storage::Case),
    ("personal", Storage::Personal),
    ("identity", Storage::Identity),
];

/// What fields are to a search for names.
pub(crate) const SEARCHED_AS: [(&str, SearchedAs); 6] = [
    ("mark", SearchedAs::Mark),
    ("sign", SearchedAs::Sign),
    ("trader", SearchedAs::Trader),
    ("shop", SearchedAs::Shop),
    ("web_address", SearchedAs::WebAddress),
    ("text", SearchedAs::Text),
];

/// Types of fields.
pub(crate) const FIELD_TYPES: [&str; 13] = [
    "text",
    "long_text",
    "bool",
    "date",
    "integer",
    "money",
    "choice",
    "choices",
    "organisation",
    "division",
    "account",
    "phone",
    "mail",
];

/// Keys of a field that only some types have a use for.
pub(crate) const OF_TYPES: [(&str, &[&str]); 7] = [
    ("max", &["text", "long_text", "integer"]),
    ("min", &["integer"]),
    ("past", &["date"]),
    ("ahead", &["date"]),
    ("options", &["choice", "choices"]),
    ("kinds", &["organisation"]),
    ("role", &["account"]),
];

/// Ways to file.
pub(crate) const MODES: [(&str, FilingMode); 3] = [
    ("named", FilingMode::Named),
    ("confidential", FilingMode::Confidential),
    ("anonymous", FilingMode::Anonymous),
];

/// Whom a procedure serves.
pub(crate) const AUDIENCES: [(&str, Audience); 5] = [
    ("consumers", Audience::Consumers),
    ("right_holders", Audience::RightHolders),
    ("disputants", Audience::Disputants),
    ("businesses", Audience::Businesses),
    ("offices", Audience::Offices),
];

/// What may have to stand behind whoever sends an event.
pub(crate) const APPROVALS: [(&str, Approver); 2] = [
    ("two_officers", Approver::TwoOfficers),
    ("superior", Approver::Superior),
];

/// Where organisations that are named may have to stand.
pub(crate) const OFFICES: [(&str, Office); 5] = [
    ("own", Office::Own),
    ("below", Office::Below),
    ("own_or_below", Office::OwnOrBelow),
    ("other", Office::Other),
    ("provincial", Office::Provincial),
];

/// Acts that programs ask for without knowing the name of the event.
pub(crate) const ACTS: [(&str, Act); 3] = [
    ("transfer", Act::Transfer),
    ("return", Act::Return),
    ("sign", Act::Sign),
];

/// Kinds of evidence, or any of them.
pub(crate) const EVIDENCE: [(&str, Option<EvidenceKind>); 9] = [
    ("any", None),
    ("documentary", Some(EvidenceKind::Documentary)),
    ("physical", Some(EvidenceKind::Physical)),
    ("audio_visual", Some(EvidenceKind::AudioVisual)),
    ("electronic_data", Some(EvidenceKind::ElectronicData)),
    ("testimony", Some(EvidenceKind::Testimony)),
    ("party_statement", Some(EvidenceKind::PartyStatement)),
    ("expert_opinion", Some(EvidenceKind::ExpertOpinion)),
    ("scene_record", Some(EvidenceKind::SceneRecord)),
];

/// Whose duty a clock is.
pub(crate) const DUTIES: [(&str, Duty); 2] = [("authority", Duty::Authority), ("party", Duty::Party)];

/// How binding a clock is.
pub(crate) const FORCES: [(&str, Force); 2] = [("statutory", Force::Statutory), ("service", Force::Service)];

/// How much a history state remembers: whether down to the leaves.
pub(crate) const HISTORIES: [(&str, bool); 2] = [("shallow", false), ("deep", true)];

/// What holds where several rules of a table fit.
pub(crate) const HITS: [(&str, Hit); 2] = [("unique", Hit::Unique), ("first", Hit::First)];

/// Levels of offices.
pub(crate) const LEVELS: [(&str, Level); 2] = [("county", Level::County), ("county_or_above", Level::CountyOrAbove)];
