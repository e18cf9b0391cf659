//! What `decide` takes and gives: views, commands, decisions with effects as values, refusals.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use time::{Date, OffsetDateTime};

use crate::{
    clock::{ClockState, Duty, LawRef},
    contribution::Contribution,
    definition::{migration::Migration, model::FilingMode},
    dossier::Dossier,
    duty::Roster,
    form::ValueProblem,
    text::Label,
};

/// A case as the engine sees it: no personal data.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseView {
    /// The leaves it is in, one a region, in the order of the file.
    pub states: Vec<String>,
    /// By history state: what was active when the state around it was last left.
    pub remembered: BTreeMap<String, Vec<String>>,
    /// Values of the fields stored with the case.
    pub data: Map<String, Json>,
    /// Clocks by name; only the newest generation of each.
    pub clocks: IndexMap<String, ClockState>,
    /// Filing day in Asia/Shanghai.
    pub filed_on: Date,
    /// Case roles that somebody holds.
    pub held: BTreeSet<String>,
    /// Who holds and ever held case roles.
    pub roster: Roster,
    /// Kinds of documents that were made on it.
    pub dossier: Dossier,
}

/// Who sends a command, in roles of this very case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// Roles on the case.
    pub roles: BTreeSet<String>,
    /// Barred from the case (conflict of interest, recusal).
    pub excluded: bool,
    /// The account, where one is known; duties are kept apart by it, and approvals asked for.
    pub account: Option<String>,
    /// Of the roles, those that the actor has through an organisation above the one that has the case.
    pub superior: BTreeSet<String>,
}

/// Who holds roles of a case, as effects change it. Whoever plays cases without accounts keeps one beside the view.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holders {
    held: BTreeSet<String>,
    /// Of these, the ones that persons hold: they end when the case moves to another organisation.
    personal: BTreeSet<String>,
}

impl Holders {
    /// Case roles that somebody holds, as a [`CaseView`] wants them.
    #[must_use]
    pub fn held(&self) -> &BTreeSet<String> {
        &self.held
    }

    /// Follows the effects of a decision, in their order.
    pub fn follow(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Assign { role, .. } => {
                    self.held.insert(role.clone());
                    self.personal.insert(role.clone());
                }
                Effect::Delegate { role, .. } | Effect::Keep { role } => {
                    self.held.insert(role.clone());
                }
                Effect::Release { role } | Effect::Exclude { role } => {
                    self.held.remove(role);
                    self.personal.remove(role);
                }
                Effect::MoveTo { .. } | Effect::ReturnToIntake => {
                    for role in std::mem::take(&mut self.personal) {
                        self.held.remove(&role);
                    }
                }
                Effect::Notify { .. }
                | Effect::Document { .. }
                | Effect::Publish { .. }
                | Effect::Withdraw { .. }
                | Effect::Open { .. }
                | Effect::CallOff { .. } => {}
            }
        }
    }
}

/// A request to make an event happen.
#[derive(Clone, Debug)]
pub struct Command {
    /// The event.
    pub event: String,
    /// Who sends it.
    pub actor: Actor,
    /// Answers to the event's form.
    pub fields: Map<String, Json>,
    /// False in a replay: what was answered about the filer's identity is not kept with the event.
    pub complete: bool,
}

/// A request to open a case.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The filer's role.
    pub actor: Actor,
    /// How it is filed.
    pub mode: FilingMode,
    /// Answers to the filing form.
    pub fields: Map<String, Json>,
    /// False for a case that another case opens: it brings what that one has.
    pub complete: bool,
}

/// Something that another case makes happen to this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "signal", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the line above a variant says what its fields are")]
pub enum Signal {
    /// The subcase of this alias came to an outcome.
    Outcome { subcase: String, outcome: String },
    /// The subcase of this alias entered a state.
    Entered { subcase: String, state: String },
    /// The case that opened this one calls it off.
    CalledOff,
}

/// A timer to keep armed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Clock.
    pub clock: String,
    /// Generation of the clock.
    pub generation: u32,
    /// `expiry:DATE` or `warn-N:DATE`: a rung fires once per due date.
    pub rung: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub due_at: OffsetDateTime,
}

impl Timer {
    /// Whether the clock ends with it; else it warns.
    #[must_use]
    pub fn ends(&self) -> bool {
        self.rung.starts_with("expiry:")
    }
}

/// What has to be done outside the engine, in order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the line above a variant says what its fields are")]
pub enum Effect {
    /// Tell the holders of these roles; `superior`: those of the superior organisation.
    Notify {
        to: Vec<String>,
        notice: String,
        superior: bool,
    },
    /// Make a document.
    Document { kind: String },
    /// Show the newest document of a kind to everybody.
    Publish { kind: String },
    /// Show the document of a kind to nobody outside the case any more.
    Withdraw { kind: String },
    /// Move the case to an organisation.
    MoveTo { organisation: String },
    /// Move the case back to the unit that took it in.
    ReturnToIntake,
    /// Give a case role to an account, or to the actor; `additional`: beside whoever holds it.
    Assign {
        role: String,
        account: Option<String>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        additional: bool,
    },
    /// Give a case role to an organisation.
    Delegate { role: String, organisation: String },
    /// Take a case role from its holder.
    Release { role: String },
    /// Take a case role from its holder and bar the holder.
    Exclude { role: String },
    /// Open another case, with an organisation or with the one that has this; `with` pairs its fields with fields of this one.
    Open {
        procedure: String,
        link: String,
        with: Vec<(String, String)>,
        identity: bool,
        organisation: Option<String>,
    },
    /// Call off the open cases of this procedure that were opened with this link.
    CallOff { procedure: String, link: String },
    /// Let the organisation that has the case keep a role on it.
    Keep { role: String },
}

/// Kind of the event by which a case follows a change of the law or its calendar.
pub const RECOMPUTED: &str = "clocks_recomputed";

/// Kind of the event by which a case moves to a later version of its procedure.
pub const MIGRATED: &str = "migrated";

/// Kind of the event by which a case begins that another installation has handed over.
pub const TAKEN_OVER: &str = "taken_over";

/// Kind of the event by which somebody writes a message.
pub const MESSAGE_SENT: &str = "message_sent";

/// Kind of the event by which somebody adds an item of evidence.
pub const EVIDENCE_ADDED: &str = "evidence_added";

/// Kinds of events that no procedure declares: the opening, a warning, an expiry, a change of the law or its calendar, a
/// move to another version, the taking over of a case that was begun elsewhere, what is added without moving the case.
pub const RESERVED_KINDS: [&str; 8] = [
    "opened",
    "clock_warned",
    "clock_expired",
    RECOMPUTED,
    MIGRATED,
    TAKEN_OVER,
    MESSAGE_SENT,
    EVIDENCE_ADDED,
];

/// Where a case that was begun elsewhere stands when it is taken over: all that its answers do not tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// The leaves it is in.
    pub states: Vec<String>,
    /// What its history states remember.
    pub remembered: BTreeMap<String, Vec<String>>,
    /// Its clocks, the newest generation of each.
    pub clocks: IndexMap<String, ClockState>,
    /// Kinds of the documents that were made on it and come along, one entry for each document.
    pub documents: Vec<String>,
    /// Roles that organisations hold on it.
    pub roles: Vec<String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a case that is taken over comes from. Nothing personal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Fingerprint of the key that signed the file.
    pub key: String,
    /// Its number there.
    pub number: String,
    /// Number of its last event there.
    pub seq: i64,
    /// Hash of that event.
    pub head: String,
    /// SHA-256 of the signed text, hex.
    pub file: String,
    /// What came along beside the file: name and SHA-256, hex.
    pub items: Vec<(String, String)>,
}

/// A deadline that moved because the law or its calendar changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Clock.
    pub clock: String,
    /// When it was due; none: it stands still.
    #[serde(with = "crate::clock::iso_date::option")]
    pub from: Option<Date>,
    /// When it is due now.
    #[serde(with = "crate::clock::iso_date::option")]
    pub to: Option<Date>,
}

/// What is written when a command is accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Event name, or one of [`RESERVED_KINDS`].
    pub kind: String,
    /// Leaves before.
    pub from: Vec<String>,
    /// Leaves after.
    pub to: Vec<String>,
    /// What history states remember after.
    pub remembered: BTreeMap<String, Vec<String>>,
    /// Progress step after.
    pub phase: String,
    /// Outcome, if the case is closed now.
    pub outcome: Option<String>,
    /// All case fields after.
    pub data: Map<String, Json>,
    /// Answers stored with the case that this command gave; with `personal` they replay it.
    pub answers: Map<String, Json>,
    /// The timer that fired, if one did.
    pub timer: Option<Timer>,
    /// What another case made happen, if one did.
    pub signal: Option<Signal>,
    /// Personal fields given with this command.
    pub personal: Map<String, Json>,
    /// Identity fields given with this command.
    pub identity: Map<String, Json>,
    /// All clocks after.
    pub clocks: IndexMap<String, ClockState>,
    /// All timers of the clocks after it; [`Decision::armed`] says which may fire as they stand.
    pub timers: Vec<Timer>,
    /// When the case is due next, or by when it should have been.
    pub next_due: Option<OffsetDateTime>,
    /// Deadlines that moved because the law or its calendar changed; empty for every other decision.
    pub moved: Vec<Moved>,
    /// The map by which the case moved to another version of its procedure; none for every other decision.
    pub migration: Option<Migration>,
    /// Where the case stood elsewhere, if this takes it over; none for every other decision.
    pub handover: Option<Handover>,
    /// What was added to the case; none for every other decision.
    pub contribution: Option<Contribution>,
    /// Effects in order.
    pub effects: Vec<Effect>,
    /// Whether states or fields changed.
    pub raises_version: bool,
    /// Lines of the procedure's file with the branches that were taken, in order.
    pub taken: Vec<u32>,
    /// Guards that were true on the way.
    pub guards: Vec<String>,
    /// Legal basis of the event.
    pub law: Option<LawRef>,
}

impl Decision {
    /// The timers that may fire as they stand. What a party may do does not end on a day that the notice of holidays may
    /// still move: a right that is cut short cannot be given back, while what waits is done when the year is published
    /// and the case follows it (`recompute`). Warnings and an authority's duties do not wait.
    pub fn armed(&self) -> impl Iterator<Item = &Timer> {
        self.timers.iter().filter(|timer| !self.waits_for_calendar(timer))
    }

    fn waits_for_calendar(&self, timer: &Timer) -> bool {
        let clock = self.clocks.get(&timer.clock);
        let may_move =
            |clock: &ClockState| clock.terms.duty == Duty::Party && clock.due.at().is_some_and(|due| due.provisional);
        timer.ends() && clock.is_some_and(may_move)
    }
}

/// A command was not accepted; nothing happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Everything that stands against it.
    pub problems: Vec<Problem>,
}

/// One thing that stands against a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Stable code.
    pub code: ProblemCode,
    /// The field, if one is to blame.
    pub field: Option<String>,
    /// For values: what does not fit.
    pub value: Option<ValueProblem>,
    /// For requirements of the procedure: its own code and words.
    pub requirement: Option<(String, Label)>,
    /// Legal basis.
    pub law: Option<LawRef>,
}

/// Stable codes of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    /// The event does not exist or is not possible in this state.
    EventNotAvailable,
    /// The actor has none of the roles.
    RoleRequired,
    /// The actor is barred from this case.
    Excluded,
    /// Who has or had one role on the case may not have this other one.
    SeparationOfDuties,
    /// Fewer than two persons hold the role in which this is sent.
    TwoOfficersNeeded,
    /// This is for the superior organisation alone.
    SuperiorNeeded,
    /// A document that must exist first was not made.
    DocumentNeeded,
    /// A piece of evidence that must lie in the case first does not.
    EvidenceNeeded,
    /// A condition of the procedure is not met.
    RequirementNotMet,
    /// No branch of the event fits the facts.
    NoBranch,
    /// A required answer is missing.
    MissingField,
    /// An answer does not fit its field.
    InvalidField,
    /// An answer to a question that was not asked.
    UnknownField,
    /// This way of filing is not allowed.
    ModeNotAllowed,
    /// The timer's clock is not running any more.
    ClockNotRunning,
    /// The clock may not be extended again.
    ExtensionExhausted,
    /// The definition and the case do not fit.
    DefinitionMismatch,
    /// A state of the case has no place in the version that it shall move to, alone or beside its others.
    StateNotMigratable,
    /// A clock of the case has no place in the version that it shall move to, or cannot be counted by its terms.
    ClockNotMigratable,
    /// The procedure goes in circles and would never come to rest.
    Endless,
}

impl ProblemCode {
    /// The code as other programs see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EventNotAvailable => "EVENT_NOT_AVAILABLE",
            Self::RoleRequired => "ROLE_REQUIRED",
            Self::Excluded => "EXCLUDED",
            Self::SeparationOfDuties => "SEPARATION_OF_DUTIES",
            Self::TwoOfficersNeeded => "TWO_OFFICERS_NEEDED",
            Self::SuperiorNeeded => "SUPERIOR_NEEDED",
            Self::DocumentNeeded => "DOCUMENT_NEEDED",
            Self::EvidenceNeeded => "EVIDENCE_NEEDED",
            Self::RequirementNotMet => "REQUIREMENT_NOT_MET",
            Self::NoBranch => "NO_BRANCH",
            Self::MissingField => "MISSING_FIELD",
            Self::InvalidField => "INVALID_FIELD",
            Self::UnknownField => "UNKNOWN_FIELD",
            Self::ModeNotAllowed => "MODE_NOT_ALLOWED",
            Self::ClockNotRunning => "CLOCK_NOT_RUNNING",
            Self::ExtensionExhausted => "EXTENSION_EXHAUSTED",
            Self::DefinitionMismatch => "DEFINITION_MISMATCH",
            Self::StateNotMigratable => "STATE_NOT_MIGRATABLE",
            Self::ClockNotMigratable => "CLOCK_NOT_MIGRATABLE",
            Self::Endless => "ENDLESS",
        }
    }
}

impl Problem {
    /// A problem without details.
    pub fn new(code: ProblemCode) -> Self {
        Self {
            code,
            field: None,
            value: None,
            requirement: None,
            law: None,
        }
    }

    /// A problem of a field.
    pub fn field(code: ProblemCode, field: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..Self::new(code)
        }
    }

    /// A value that does not fit.
    pub fn value(field: &str, value: ValueProblem) -> Self {
        Self {
            value: Some(value),
            ..Self::field(ProblemCode::InvalidField, field)
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

/// An event as it stands for one actor.
#[derive(Clone, Debug, PartialEq)]
pub struct Available {
    /// The event.
    pub event: String,
    /// What blocks it; empty: it may be sent now.
    pub blocked_by: Vec<Problem>,
}
