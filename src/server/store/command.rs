//! What the service hands to [`Store::commit`](crate::store::Store::commit), and what it gets back.

use std::collections::BTreeMap;

use serde_json::Value;
use time::OffsetDateTime;

use crate::store::{AssignmentRow, CaseLinkRow, CaseRow, DocumentRow, FilingMode, IdempotencyRow, PartyRow, TimerRow};

/// One change of one case, decided inside the transaction that writes it.
pub struct CaseCommand<R> {
    /// Which case.
    pub target: Target,
    /// Key under which a repeat gets the first reply.
    pub idempotency: Option<Idempotency>,
    /// What `decide` wants to see beside the case itself.
    pub needs: Needs,
    /// Number series that `decide` may draw from.
    pub series: Vec<String>,
    /// Decides the change. A pure function of what it is shown: the store calls it again when the transaction has to be
    /// repeated. It compares the expected version itself.
    pub decide: Decide<R>,
}

impl<R> CaseCommand<R> {
    /// What changes a case that exists, under no key and without numbers.
    pub fn on(
        case_id: impl Into<String>,
        needs: Needs,
        decide: impl FnMut(Loaded<'_>) -> Result<CaseChange, R> + Send + 'static,
    ) -> Self {
        Self {
            target: Target::Existing {
                case_id: case_id.into(),
            },
            idempotency: None,
            needs,
            series: Vec::new(),
            decide: Box::new(decide),
        }
    }
}

/// What decides a change.
pub type Decide<R> = Box<dyn FnMut(Loaded<'_>) -> Result<CaseChange, R> + Send>;

/// Which case a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A new case with this id.
    Open {
        /// Id of the new case.
        case_id: String,
    },
    /// A case that exists.
    Existing {
        /// Its id.
        case_id: String,
    },
    /// The case of a timer, which the same transaction marks as fired.
    Timer {
        /// Id of the timer.
        timer_id: String,
    },
}

/// An idempotency key. Hashing, and sealing the reply, are the service's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// Whose key it is, for instance `account:…`.
    pub scope: String,
    /// Hash of the key.
    pub key_hash: String,
    /// Hash of the request: another request under the same key is a conflict.
    pub request_hash: String,
    /// Now.
    pub created_at: OffsetDateTime,
    /// When the key is forgotten.
    pub expires_at: OffsetDateTime,
}

impl Idempotency {
    /// What the key is kept under.
    pub(super) fn name(&self) -> (String, String) {
        (self.scope.clone(), self.key_hash.clone())
    }

    /// The row that takes the key; its reply comes when there is one.
    pub(super) fn row(&self) -> IdempotencyRow {
        IdempotencyRow {
            scope: self.scope.clone(),
            key_hash: self.key_hash.clone(),
            request_hash: self.request_hash.clone(),
            reply: Vec::new(),
            case_id: None,
            version: 0,
            created_at: self.created_at,
            expires_at: self.expires_at,
        }
    }
}

/// Which rows of the case `decide` wants to see. Each costs one query a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Personal fields.
    pub personal: bool,
    /// Who filed.
    pub identity: bool,
    /// Parties.
    pub parties: bool,
    /// Assignments.
    pub assignments: bool,
    /// Documents.
    pub documents: bool,
    /// Links in both directions.
    pub links: bool,
}

impl Needs {
    /// Everything.
    pub const ALL: Self = Self {
        personal: true,
        identity: true,
        parties: true,
        assignments: true,
        documents: true,
        links: true,
    };
    /// The case row and its timers alone.
    pub const NOTHING: Self = Self {
        personal: false,
        identity: false,
        parties: false,
        assignments: false,
        documents: false,
        links: false,
    };

    pub(super) const fn or(self, other: Self) -> Self {
        Self {
            personal: self.personal || other.personal,
            identity: self.identity || other.identity,
            parties: self.parties || other.parties,
            assignments: self.assignments || other.assignments,
            documents: self.documents || other.documents,
            links: self.links || other.links,
        }
    }
}

impl Default for Needs {
    fn default() -> Self {
        Self::ALL
    }
}

/// What `decide` is shown: the case as the transaction sees it, with the changes of earlier commands of the same group.
pub struct Loaded<'a> {
    /// The case; `None` for [`Target::Open`].
    pub case: Option<&'a CaseRow>,
    /// Its personal fields.
    pub personal: Option<&'a Value>,
    /// Who filed it, as the service sealed it; nothing where that was erased.
    pub identity: Option<&'a Value>,
    /// Its parties.
    pub parties: &'a [PartyRow],
    /// Its assignments, ended ones too.
    pub assignments: &'a [AssignmentRow],
    /// Its documents.
    pub documents: &'a [DocumentRow],
    /// Its links, in both directions.
    pub links: &'a [CaseLinkRow],
    /// Its timers, without cancelled ones.
    pub timers: &'a [TimerRow],
    /// The timer that is fired, for [`Target::Timer`].
    pub timer: Option<&'a TimerRow>,
    /// Number series.
    pub numbers: &'a mut Numbers,
}

impl Loaded<'_> {
    /// The number that the event of this command will get.
    #[must_use]
    pub fn next_seq(&self) -> i64 {
        self.case.map_or(1, |case| case.seq + 1)
    }
}

/// Number series of the transaction. Numbers are unique and leave no gap: a number without its case or document shows that
/// something was taken away.
#[derive(Debug, Default)]
pub struct Numbers {
    pub(super) last: BTreeMap<String, i64>,
    pub(super) drawn: bool,
    pub(super) undeclared: bool,
    pub(super) exhausted: bool,
    /// Series from which the present command has drawn, once for each number.
    by_this: Vec<String>,
}

impl Numbers {
    /// The next number of a series, from 1. A series that the command did not declare fails the command, and so does one that has no
    /// more numbers.
    pub fn next(&mut self, series: &str) -> i64 {
        let Some(last) = self.last.get_mut(series) else {
            self.undeclared = true;
            return 0;
        };
        let Some(next) = last.checked_add(1) else {
            self.exhausted = true;
            return 0;
        };
        *last = next;
        self.drawn = true;
        self.by_this.push(series.to_owned());
        next
    }

    /// Another command begins.
    pub(super) fn begin(&mut self) {
        self.by_this.clear();
    }

    /// Takes back what the present command has drawn, because it failed.
    pub(super) fn take_back(&mut self) {
        for series in self.by_this.drain(..) {
            if let Some(last) = self.last.get_mut(&series) {
                *last -= 1;
            }
        }
    }
}

/// Everything that one event does to a case.
#[derive(Clone, Debug)]
pub struct CaseChange {
    /// The whole new snapshot. The store sets `version`, `seq`, `head` and `state_hash` itself.
    pub case: CaseRow,
    /// Whether states or fields change, so that clients must have seen the present version.
    pub raises_version: bool,
    /// The event.
    pub event: NewEvent,
    /// New personal fields, if they change.
    pub personal: Option<Value>,
    /// Every timer that shall be armed after this event: the store arms and cancels the difference.
    /// One that has fired is not armed again; a clock that starts anew has a new generation.
    pub timers: Vec<NewTimer>,
    /// Effects after the commit.
    pub outbox: Vec<NewOutbox>,
    /// Messages in the portal.
    pub notices: Vec<NewNotice>,
    /// Documents that the event issues. The store sets `case_id` and `seq`.
    pub documents: Vec<DocumentRow>,
    /// Documents that everybody may read from now on, or no more, in order.
    pub disclosures: Vec<NewDisclosure>,
    /// Parties that are new or change. The store sets `case_id`.
    pub parties: Vec<PartyRow>,
    /// Assignments that are new or change. The store sets `case_id`.
    pub assignments: Vec<AssignmentRow>,
    /// Who filed; at the opening.
    pub identity: Option<NewIdentity>,
    /// New links.
    pub links: Vec<CaseLinkRow>,
    /// Cases that this event opens, in the same transaction.
    pub opens: Vec<CaseChange>,
    /// What the caller gets, and a repeat of the command again.
    pub reply: Vec<u8>,
}

impl CaseChange {
    /// A change that does nothing but to append `event`.
    #[must_use]
    pub fn new(case: CaseRow, event: NewEvent, raises_version: bool) -> Self {
        Self {
            case,
            raises_version,
            event,
            personal: None,
            timers: Vec::new(),
            outbox: Vec::new(),
            notices: Vec::new(),
            documents: Vec::new(),
            disclosures: Vec::new(),
            parties: Vec::new(),
            assignments: Vec::new(),
            identity: None,
            links: Vec::new(),
            opens: Vec::new(),
            reply: Vec::new(),
        }
    }
}

/// A kind of document of the case that everybody may read from an event on, or no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewDisclosure {
    /// The newest document of this kind is published.
    Published(String),
    /// The document of this kind is withdrawn.
    Withdrawn(String),
}

/// An event before it has a place in the chain.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Recorded moment.
    pub at: OffsetDateTime,
    /// Event of the procedure.
    pub kind: String,
    /// Pseudonym of who did it within the case.
    pub actor: String,
    /// Hash of the procedure's definition.
    pub definition_hash: String,
    /// Active leaves before.
    pub from: Vec<String>,
    /// Active leaves after.
    pub to: Vec<String>,
    /// Guards and what they said. Never personal data: it cannot be erased.
    pub guards: Value,
    /// Hash of the clocks after.
    pub clocks_hash: String,
    /// Hash of the state after.
    pub state_hash: String,
    /// What the event carried, erasable.
    pub payload: Option<Value>,
    /// Random salt of the payload's hash.
    pub salt: [u8; 16],
}

/// A timer that shall be armed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTimer {
    /// Clock of the procedure.
    pub clock: String,
    /// Raised each time the clock is started or moved.
    pub generation: i64,
    /// Which effect.
    pub rung: String,
    /// Legal moment.
    pub due_at: OffsetDateTime,
}

/// An effect to be carried out after the commit.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOutbox {
    /// Kind of effect.
    pub kind: String,
    /// What the handler needs.
    pub body: Value,
    /// Not before.
    pub due_at: OffsetDateTime,
}

/// A message in the portal.
#[derive(Clone, Debug, PartialEq)]
pub struct NewNotice {
    /// Role that reads it.
    pub recipient_role: String,
    /// Template key.
    pub template: String,
    /// Language, if fixed.
    pub locale: Option<String>,
    /// What fills the template.
    pub body: Value,
}

/// Who filed.
#[derive(Clone, Debug, PartialEq)]
pub struct NewIdentity {
    /// How much of it others may see.
    pub mode: FilingMode,
    /// The identity, as the service sealed it.
    pub body: Value,
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The reply that was decided, now or the first time.
    pub reply: Vec<u8>,
    /// Whether it is the reply of an earlier command with the same key.
    pub replayed: bool,
    /// The case.
    pub case_id: String,
    /// Its version after the command.
    pub version: i64,
}
