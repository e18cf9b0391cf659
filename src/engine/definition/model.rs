//! A procedure after it was compiled: names resolved, guards type-checked, nothing left to go wrong at run time.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Serialize;
use time::Date;

use crate::{
    chart::{Chart, Shape},
    clock::LawRef,
    decision::Signal,
    definition::{act::Act, migration::Migration},
    guard::Guard,
    text::Label,
};

pub use super::clock_rule::{ClockRule, ExtensionRule, Force, Length, Rung};
pub use super::filing::{Audience, Filing, FilingMode, FormField, Page};
pub use super::subcase::Subcase;
pub use super::{confidential::Confidential, evidence::EvidenceWanted, lot::Lot, needs::Needed, office::Office};
pub use crate::chart::StateIx;

/// The event that a state raises in itself when what is inside it is done.
pub const DONE: &str = "done";
/// Stands for no event: the branches are tried whenever the case rests in the state.
pub const ALWAYS: &str = "always";

/// One version of a procedure. Immutable once cases were opened under it; `hash` covers its canonical form.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Stable key, for example `complaint`.
    pub key: String,
    /// Version number within the key, from 1.
    pub version: u32,
    /// SHA-256 (hex) of the canonical JSON of the file; running cases are pinned to it.
    pub hash: String,
    /// The same without the days that the version governs and the ways by which cases come to it: closing its range of
    /// filing days, or adding a map, changes nothing for its cases.
    pub rules: String,
    /// The file it was read from.
    pub file: String,
    /// Name of the procedure.
    pub title: Label,
    /// The filings (by date, Asia/Shanghai) that this version governs.
    pub filed: FiledRange,
    /// Who takes part.
    pub roles: IndexMap<String, Role>,
    /// What a case of this procedure records.
    pub fields: IndexMap<String, Field>,
    /// How a case is opened.
    pub filing: Filing,
    /// What can happen to a case.
    pub events: IndexMap<String, Event>,
    /// Kinds of documents that some event needs or publishes.
    pub needed: BTreeSet<String>,
    /// Cases that a case opens and waits for or hears of, by alias.
    pub subcases: IndexMap<String, Subcase>,
    /// Event that happens when the case that opened this one calls it off.
    pub called_off: Option<String>,
    /// Who knows of its cases, where not all staff around them may.
    pub confidential: Option<Confidential>,
    /// States, parents before children.
    pub states: Vec<State>,
    /// How the states lie in each other; same order as `states`.
    pub chart: Chart,
    /// The state that a new case enters.
    pub initial: StateIx,
    /// Legal clocks.
    pub clocks: IndexMap<String, ClockRule>,
    /// How cases of earlier versions come to this one.
    pub migrations: Vec<Migration>,
    /// Where in the file what has no line of its own stands.
    pub lines: Lines,
}

/// Lines of a procedure's file, counted from 1, for what is wrong with the procedure as a whole or with an effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// The version.
    pub version: u32,
    /// The range of filing days, or the version where there is none.
    pub filed: u32,
    /// The filing.
    pub filing: u32,
    /// The answer that says who gets what is filed; 0 where there is none.
    pub receiver: u32,
    /// Of each effect, in the order of [`Definition::effects`].
    pub effects: Vec<u32>,
    /// Of each pair of `with:` in an `open:` without alias, by the line of the effect and the field of the other case.
    pub with: BTreeMap<(u32, String), u32>,
}

/// A range of filing dates, both ends included; `None` is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FiledRange {
    /// First filing date.
    pub from: Option<Date>,
    /// Last filing date.
    pub to: Option<Date>,
}

impl FiledRange {
    /// Whether a filing of this date falls into the range.
    pub fn contains(&self, filed_on: Date) -> bool {
        self.from.is_none_or(|from| from <= filed_on) && self.to.is_none_or(|to| filed_on <= to)
    }
}

/// What kind of participant a role is; access and identity rules hang on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleKind {
    /// A person or company the case is about.
    Party,
    /// Staff of the organisation that holds the case.
    Staff,
    /// Somebody outside who acts in the organisation's name (a mediator).
    Delegate,
    /// A contact in another authority.
    Liaison,
}

/// A role of the procedure.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name.
    pub title: Label,
    /// Its kind.
    pub kind: RoleKind,
    /// Roles that nobody has together with it on one case, at any time: separation of duties.
    pub incompatible_with: Vec<String>,
    /// Article that separates them.
    pub law: Option<LawRef>,
    /// Line in the file.
    pub line: u32,
}

/// Where the value of a field is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// In the case: covered by `state_hash`, usable in guards, never erased. Not for personal data.
    Case,
    /// With the personal data: salted, erasable, never in `state_hash` and never in a guard.
    Personal,
    /// With the filer's identity: its own table, reachable only through an audited call.
    Identity,
}

/// What the value of a field is to whoever looks for names that lean on a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchedAs {
    /// The mark that is said to be imitated.
    Mark,
    /// The sign as it stands on the goods.
    Sign,
    /// The trader who is reported or complained about.
    Trader,
    /// A shop or an account on a platform.
    Shop,
    /// A web address: its host names somebody.
    WebAddress,
    /// Free text that may name signs.
    Text,
}

/// One recorded thing.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its question or label.
    pub title: Label,
    /// Help under the label.
    pub hint: Option<Label>,
    /// What values it takes.
    pub kind: FieldKind,
    /// Where it is kept.
    pub storage: Storage,
    /// As what its value is found by a search for names.
    pub search: Option<SearchedAs>,
    /// Parties who may read it; staff who handle the case always may, identity fields apart.
    pub readers: Vec<String>,
    /// The rule that asks for it.
    pub law: Option<LawRef>,
    /// Line in the file.
    pub line: u32,
}

/// Which days a date field takes, seen from the day of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Days {
    /// All.
    #[default]
    Any,
    /// Today and days before it: what has happened.
    Past,
    /// Today and days after it: what is called or asked for.
    Ahead,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the line above a variant says what its fields are")]
pub enum FieldKind {
    /// One line, at most so many characters.
    Text { max: usize },
    /// Several lines, at most so many characters.
    LongText { max: usize },
    /// Yes or no.
    Bool,
    /// A day.
    Date { days: Days },
    /// A whole number.
    Integer { min: i64, max: i64 },
    /// An amount in fen (1/100 yuan), not negative.
    Money,
    /// One of a closed list.
    Choice(Vec<Choice>),
    /// Several of a closed list, at least one where required.
    Choices(Vec<Choice>),
    /// An organisation, by id; `kinds` bounds what may be picked.
    Organisation { kinds: Vec<String> },
    /// An administrative division, by its code of GB/T 2260.
    Division,
    /// A person with an account, by id, who holds this role in the organisation that has the case.
    Account { role: String },
    /// A telephone number.
    Phone,
    /// A mail address.
    Mail,
}

/// One entry of a closed list.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Stable key.
    pub key: String,
    /// What a person reads.
    pub title: Label,
    /// The article behind the entry, for statutory lists.
    pub law: Option<LawRef>,
}

/// Something that can happen to a case.
#[derive(Clone, Debug)]
pub struct Event {
    /// What a button says.
    pub title: Label,
    /// What it says to a party that may press it.
    pub title_own: Option<Label>,
    /// Help beside the button.
    pub hint: Option<Label>,
    /// Roles that may send it; empty: only clocks and the system do.
    pub by: Vec<String>,
    /// What it asks.
    pub form: Vec<FormField>,
    /// Where organisations must stand that its answers name, by field.
    pub offices: BTreeMap<String, Office>,
    /// The lot that it draws.
    pub draws: Option<Lot>,
    /// Fields of the case by the fields of its form that begin with their values.
    pub prefill: BTreeMap<String, String>,
    /// Effects common to all its transitions, before theirs.
    pub effects: Vec<EffectRule>,
    /// Parties that see it in their timeline (staff always do).
    pub seen_by: Vec<String>,
    /// The rule that allows or demands it.
    pub law: Option<LawRef>,
    /// Whether a person is asked to confirm, because it cannot be undone.
    pub irreversible: bool,
    /// What must stand behind whoever sends it, besides the role.
    pub approval: Option<Approval>,
    /// Documents that must have been made on the case before it.
    pub needs: Vec<Needed>,
    /// Evidence of which a piece must lie in the case before it.
    pub evidence: Vec<EvidenceWanted>,
    /// What it is to programs that do not know its name.
    pub act: Option<Act>,
    /// Line in the file.
    pub line: u32,
}

/// Who must stand behind an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Approver {
    /// At least two persons who hold the sender's role on the case (执法人员不得少于两人).
    TwoOfficers,
    /// The organisation above the one that has the case.
    Superior,
}

/// What must stand behind whoever sends an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// Whose.
    pub of: Approver,
    /// The article that asks for it, or that of the event.
    pub law: Option<LawRef>,
    /// Line in the file.
    pub line: u32,
}

/// Who must act in a state.
#[derive(Clone, Debug)]
pub enum Owner {
    /// These roles.
    Roles(Vec<String>),
    /// Nobody here, and why.
    Nobody(String),
}

/// A state; leaves are what a case is in.
#[derive(Clone, Debug)]
pub struct State {
    /// Full path, for example `mediating.in_session`.
    pub id: String,
    /// Its name.
    pub title: Label,
    /// Step of the progress tracker that it belongs to.
    pub phase: String,
    /// Outcome of the case that ends here.
    pub outcome: Option<String>,
    /// Who acts.
    pub owner: Owner,
    /// Why no clock runs here, where none does.
    pub no_clock: Option<String>,
    /// Fields that say when and where people meet while a case is here.
    pub appointment: Vec<String>,
    /// Branches per event (or [`DONE`], [`ALWAYS`]), tried in file order.
    pub transitions: IndexMap<String, Vec<Branch>>,
    /// Effects of entering it.
    pub enter: Vec<EffectRule>,
    /// Effects of leaving it.
    pub leave: Vec<EffectRule>,
    /// Line in the file.
    pub line: u32,
}

impl State {
    /// All branches, event after event.
    pub fn branches(&self) -> impl Iterator<Item = &Branch> {
        self.transitions.values().flatten()
    }
}

/// One way an event can go.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Target states; nothing: the case stays where it is.
    pub to: Vec<StateIx>,
    /// Whether the state that it starts from stays active when the targets lie inside it.
    pub internal: bool,
    /// Chosen only if true.
    pub when: Option<Guard>,
    /// Must hold, or the event is blocked with the reason.
    pub requires: Vec<Requirement>,
    /// Effects of this branch.
    pub effects: Vec<EffectRule>,
    /// Line in the file.
    pub line: u32,
}

/// A condition that blocks an event, with the words for it.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Must be true.
    pub guard: Guard,
    /// Stable code.
    pub code: String,
    /// Why the event is blocked.
    pub reason: Label,
    /// Legal basis.
    pub law: Option<LawRef>,
}

/// An effect as the file declares it.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the line above a variant says what its fields are")]
pub enum EffectRule {
    /// Tell the holders of roles something.
    Notify { to: Vec<String>, notice: String },
    /// Tell the holders of roles in the superior organisation that something is late or wrong.
    Escalate { to: Vec<String>, notice: String },
    /// Make a document (文书).
    Document { kind: String },
    /// Show the newest document of a kind to everybody (公示), in the place of the one before.
    Publish { kind: String },
    /// Show the document of a kind to nobody outside the case any more.
    Withdraw { kind: String },
    /// Move the case to the organisation in a field.
    MoveTo { field: String },
    /// Move the case back to the unit that took it in.
    ReturnToIntake,
    /// Give a case role to the account in a field, or to the actor; `additional`: beside whoever holds it.
    Assign {
        role: String,
        field: Option<String>,
        additional: bool,
    },
    /// Give a case role to the organisation in a field.
    Delegate { role: String, field: String },
    /// Take a case role from whoever holds it.
    Release { role: String },
    /// Take a case role from whoever holds it and bar them from the case (recusal).
    Exclude { role: String },
    /// Open another case from this one; `to` is the field with the organisation that gets it.
    Open {
        procedure: String,
        link: String,
        with: Vec<(String, String)>,
        identity: bool,
        to: Option<String>,
    },
    /// Call off the open subcases of an alias.
    CallOff { subcase: String },
    /// Let the organisation that has the case keep a role on it when it moves.
    Keep { role: String },
    /// Extend a clock by its own extension rule.
    Extend { clock: String },
    /// Set a field.
    Set { field: String, value: serde_json::Value },
    /// Empty a field.
    Clear { field: String },
    /// Let an event happen right after this one, without anybody sending it.
    Raise { event: String },
}

impl Definition {
    /// The roles of those who file for themselves. Staff who file for a caller do not become the filer.
    pub fn filers(&self) -> impl Iterator<Item = &String> {
        let party = |role: &&String| self.roles.get(*role).is_some_and(|r| r.kind == RoleKind::Party);
        self.filing.by.iter().filter(party)
    }

    /// Whether two roles are not for one person on one case, and the article that says so.
    pub fn separated(&self, one: &str, other: &str) -> Option<Option<&LawRef>> {
        let declares = |role: &str, of: &str| {
            let role = self.roles.get(role)?;
            role.incompatible_with
                .iter()
                .any(|r| r == of)
                .then_some(role.law.as_ref())
        };
        declares(one, other).or_else(|| declares(other, one))
    }

    /// The state with this path.
    pub fn state(&self, id: &str) -> Option<StateIx> {
        let position = self.states.iter().position(|s| s.id == id)?;
        u16::try_from(position).ok().map(StateIx)
    }

    /// The state at an index of this definition.
    pub fn at(&self, ix: StateIx) -> Option<&State> {
        self.states.get(ix.index())
    }

    /// A state and its ancestors, inner first.
    pub fn lineage(&self, ix: StateIx) -> impl Iterator<Item = (StateIx, &State)> {
        self.chart.lineage(ix).filter_map(|ix| Some((ix, self.at(ix)?)))
    }

    /// Whether a state is another or lies inside it.
    pub fn inside(&self, inner: StateIx, outer: StateIx) -> bool {
        inner == outer || self.chart.inside(inner, outer)
    }

    /// The leaves that entering a state leads to, when nothing is remembered in it; several where it has regions.
    pub fn entered(&self, ix: StateIx) -> Vec<StateIx> {
        let inside = |targets: &[StateIx]| targets.iter().flat_map(|t| self.entered(*t)).collect();
        match self.chart.shape(ix) {
            Shape::Leaf | Shape::Final => vec![ix],
            Shape::Compound { initial } => inside(initial),
            Shape::History { default, .. } => inside(default),
            Shape::Parallel => self.chart.regions(ix).flat_map(|region| self.entered(region)).collect(),
        }
    }

    /// All leaves: what a case can be in.
    pub fn leaves(&self) -> impl Iterator<Item = (StateIx, &State)> {
        let leaves = self
            .chart
            .nodes()
            .map(|(ix, _)| ix)
            .filter(|ix| self.chart.is_leaf(*ix));
        leaves.filter_map(|ix| Some((ix, self.at(ix)?)))
    }

    /// The event that a branch belongs to, by its number among those of its state; none for [`DONE`] and [`ALWAYS`].
    pub(crate) fn event_of(&self, state: StateIx, number: usize) -> Option<&Event> {
        let mut before = 0;
        let (name, _) = self.at(state)?.transitions.iter().find(|(_, branches)| {
            before += branches.len();
            number < before
        })?;
        self.events.get(name)
    }

    /// The event that another case makes happen with a signal, if this procedure hears it.
    pub fn heard(&self, signal: &Signal) -> Option<&String> {
        let subcase = |alias: &String| self.subcases.get(alias);
        match signal {
            Signal::Outcome {
                subcase: alias,
                outcome,
            } => subcase(alias).and_then(|s| s.outcomes.get(outcome)),
            Signal::Entered { subcase: alias, state } => subcase(alias).and_then(|s| s.mirrors.get(state)),
            Signal::CalledOff => self.called_off.as_ref(),
        }
    }

    /// Whether another case can make this event happen.
    pub fn hears(&self, event: &str) -> bool {
        let mut routes = self
            .subcases
            .values()
            .flat_map(|s| s.outcomes.values().chain(s.mirrors.values()));
        self.called_off.as_deref() == Some(event) || routes.any(|route| route == event)
    }

    /// Whether something else than a person can make this event happen: a clock, another case, or an event that raises it.
    pub fn set_off(&self, event: &str) -> bool {
        let mut raised = self.effects().filter_map(|effect| match effect {
            EffectRule::Raise { event } => Some(event),
            _ => None,
        });
        let expires = |clock: &ClockRule| clock.expiry.as_deref() == Some(event);
        self.clocks.values().any(expires) || self.hears(event) || raised.any(|name| name == event)
    }

    /// Whether a step that begins with this event can issue a document or open a case, and so draw a number. Errs on the
    /// side of yes: what the step passes through depends on the case.
    pub fn draws_numbers(&self, event: &str) -> bool {
        let numbered = |effect: &EffectRule| matches!(effect, EffectRule::Document { .. } | EffectRule::Open { .. });
        let of = |event: &str| {
            let own = self.events.get(event).into_iter().flat_map(|event| &event.effects);
            let branches = self.states.iter().filter_map(|state| state.transitions.get(event));
            own.chain(branches.flatten().flat_map(|branch| &branch.effects))
                .any(numbered)
        };
        let passing = || {
            let states = self.states.iter();
            states
                .flat_map(|state| state.enter.iter().chain(&state.leave))
                .any(numbered)
        };
        let mut raised = self.effects().filter_map(|effect| match effect {
            EffectRule::Raise { event } => Some(event),
            _ => None,
        });
        of(event) || of(DONE) || of(ALWAYS) || passing() || raised.any(|event| of(event))
    }

    /// All effects, in file order: those of the filing, of events, of branches, of entering and leaving states.
    pub fn effects(&self) -> impl Iterator<Item = &EffectRule> {
        let events = self.events.values().flat_map(|event| event.effects.iter());
        let states = self.states.iter().flat_map(|state| {
            let branches = state.branches().flat_map(|branch| branch.effects.iter());
            branches.chain(&state.enter).chain(&state.leave)
        });
        self.filing.effects.iter().chain(events).chain(states)
    }

    /// All effects with the lines that they stand in.
    pub fn placed_effects(&self) -> impl Iterator<Item = (u32, &EffectRule)> {
        let lines = self.lines.effects.iter().copied();
        lines.chain(std::iter::repeat(1)).zip(self.effects())
    }

    /// The progress steps in file order.
    pub fn phases(&self) -> Vec<&str> {
        let mut phases: Vec<&str> = Vec::new();
        for state in &self.states {
            if !phases.contains(&state.phase.as_str()) {
                phases.push(&state.phase);
            }
        }
        phases
    }
}
