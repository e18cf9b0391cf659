//! A procedure file as an analyst wrote it: known keys, right shapes, names not yet resolved.

use time::Date;

use crate::{
    clock::{Period, ledger::Duty},
    definition::{
        act::Act,
        migration::Migration,
        model::{Approver, Audience, FilingMode, Force, RoleKind, SearchedAs, Storage},
        source::{Node, Place},
    },
    text::Label,
};

/// A name used in the file, with the place to blame.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// The name.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) place: Place,
    /// Path in the document.
    pub(crate) path: String,
}

/// One procedure file.
#[derive(Clone, Debug)]
pub(crate) struct Procedure {
    pub(crate) key: Named,
    pub(crate) version: u32,
    pub(crate) version_at: Place,
    pub(crate) title: Label,
    pub(crate) filed_from: Option<Date>,
    pub(crate) filed_to: Option<Date>,
    pub(crate) filed_at: Option<Place>,
    pub(crate) instrument: Option<Named>,
    pub(crate) roles: Vec<Role>,
    pub(crate) fields: Vec<Field>,
    pub(crate) filing: Option<Filing>,
    pub(crate) events: Vec<Event>,
    pub(crate) subcases: Vec<Subcase>,
    pub(crate) called_off: Option<Named>,
    pub(crate) confidential: Option<Named>,
    pub(crate) initial: Option<Named>,
    pub(crate) states: Vec<State>,
    pub(crate) clocks: Vec<Clock>,
    pub(crate) migrates: Vec<Migration>,
}

#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) name: Named,
    pub(crate) title: Label,
    pub(crate) kind: RoleKind,
    pub(crate) incompatible_with: Vec<Named>,
    pub(crate) law: Option<Named>,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: Named,
    pub(crate) title: Label,
    pub(crate) hint: Option<Label>,
    pub(crate) kind: String,
    pub(crate) kind_at: Place,
    pub(crate) max: Option<i64>,
    pub(crate) min: Option<i64>,
    pub(crate) past: bool,
    pub(crate) ahead: bool,
    pub(crate) options: Vec<(Named, Label, Option<Named>)>,
    pub(crate) kinds: Vec<String>,
    pub(crate) role: Option<Named>,
    pub(crate) storage: Storage,
    pub(crate) search: Option<SearchedAs>,
    pub(crate) readers: Vec<Named>,
    pub(crate) law: Option<Named>,
}

#[derive(Clone, Debug)]
pub(crate) struct Filing {
    pub(crate) place: Place,
    pub(crate) by: Vec<Named>,
    /// Where `by` stands, or the filing.
    pub(crate) by_at: Place,
    pub(crate) modes: Vec<FilingMode>,
    pub(crate) hint: Option<Label>,
    pub(crate) audience: Option<Audience>,
    pub(crate) to: Option<Named>,
    pub(crate) received: Option<Named>,
    pub(crate) received_by: Vec<Named>,
    pub(crate) pages: Vec<Page>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) law: Option<Named>,
}

#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) key: Named,
    pub(crate) title: Label,
    pub(crate) hint: Option<Label>,
    pub(crate) by: Vec<Named>,
    pub(crate) when: Option<Named>,
    pub(crate) form: Vec<Named>,
}

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: Named,
    pub(crate) title: Label,
    pub(crate) title_own: Option<Label>,
    pub(crate) hint: Option<Label>,
    pub(crate) by: Vec<Named>,
    pub(crate) form: Vec<Named>,
    /// Field, and where the organisation in it must stand.
    pub(crate) offices: Vec<(Named, Named)>,
    pub(crate) draws: Option<Draws>,
    /// Field of the form, and the field of the case whose value it begins with.
    pub(crate) prefill: Vec<(Named, Named)>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) seen_by: Vec<Named>,
    pub(crate) law: Option<Named>,
    pub(crate) irreversible: bool,
    pub(crate) approval: Option<Approval>,
    pub(crate) needs: Vec<Named>,
    pub(crate) evidence: Vec<Named>,
    pub(crate) act: Option<Act>,
}

/// The fields of a draw, as written.
#[derive(Clone, Debug)]
pub(crate) struct Draws {
    pub(crate) into: Named,
    pub(crate) seed: Named,
    pub(crate) pool: Named,
    pub(crate) pool_hash: Named,
    pub(crate) count: Named,
}

/// What must stand behind whoever sends an event, as written.
#[derive(Clone, Debug)]
pub(crate) struct Approval {
    pub(crate) place: Place,
    pub(crate) of: Approver,
    pub(crate) law: Option<Named>,
}

#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) name: Named,
    pub(crate) title: Label,
    pub(crate) phase: Option<String>,
    pub(crate) owner: Option<Vec<Named>>,
    pub(crate) why: Option<String>,
    pub(crate) no_clock: Option<String>,
    pub(crate) appointment: Vec<Named>,
    pub(crate) outcome: Option<String>,
    pub(crate) done: bool,
    pub(crate) initial: Option<Named>,
    pub(crate) transitions: Vec<(Named, Vec<Branch>)>,
    pub(crate) enter: Vec<Effect>,
    pub(crate) leave: Vec<Effect>,
    pub(crate) parallel: bool,
    pub(crate) children: Vec<State>,
    pub(crate) history: Option<History>,
}

/// What makes a name among the states a history state.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) deep: bool,
    pub(crate) to: Vec<Named>,
}

#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) place: Place,
    pub(crate) to: Vec<Named>,
    pub(crate) internal: bool,
    pub(crate) when: Option<Named>,
    pub(crate) requires: Vec<Requirement>,
    pub(crate) effects: Vec<Effect>,
}

#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    pub(crate) when: Named,
    pub(crate) code: String,
    pub(crate) reason: Label,
    pub(crate) law: Option<Named>,
}

/// An effect: its verb and its words, resolved by the compiler.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) verb: Named,
    pub(crate) node: Node,
}

/// A case that is opened and heard of.
#[derive(Clone, Debug)]
pub(crate) struct Subcase {
    pub(crate) name: Named,
    pub(crate) title: Label,
    pub(crate) procedure: Named,
    pub(crate) link: String,
    pub(crate) with: Vec<(Named, Named)>,
    pub(crate) identity: bool,
    pub(crate) parties: Vec<(Named, Named)>,
    pub(crate) to: Option<Named>,
    pub(crate) detached: bool,
    /// Where `outcomes` stands, or the entry.
    pub(crate) outcomes_at: Place,
    pub(crate) outcomes: Vec<(Named, Named)>,
    pub(crate) mirrors: Vec<(Named, Named)>,
    pub(crate) brings: Vec<(Named, Named)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Clock {
    pub(crate) name: Named,
    pub(crate) title: Label,
    pub(crate) within: Option<Period>,
    /// Whether `within` stands there and is no period, which was told.
    pub(crate) unread: bool,
    pub(crate) until: Option<Named>,
    pub(crate) from: Option<Named>,
    pub(crate) follows: Vec<Named>,
    pub(crate) law: Option<Named>,
    pub(crate) duty: Duty,
    pub(crate) waits: bool,
    pub(crate) force: Force,
    pub(crate) runs_in: Vec<Named>,
    pub(crate) suspended_in: Vec<(Named, String)>,
    pub(crate) restart_on: Vec<Named>,
    pub(crate) filed_from: Option<Date>,
    pub(crate) filed_to: Option<Date>,
    pub(crate) group: Option<String>,
    pub(crate) warn: Vec<(Period, Vec<Named>, Named)>,
    pub(crate) expiry: Option<Named>,
    pub(crate) extension: Option<Extension>,
}

/// How a clock may be extended, as written.
#[derive(Clone, Debug)]
pub(crate) struct Extension {
    pub(crate) place: Place,
    pub(crate) by: Period,
    pub(crate) max: u32,
    pub(crate) approver: Option<Named>,
    pub(crate) reason: Option<Named>,
}
