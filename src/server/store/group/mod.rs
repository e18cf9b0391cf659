//! One transaction's worth of commands: loaded with one query a table, decided in memory in order, written with one
//! multi-row statement a table.

mod apply;
pub(in crate::store) mod claim;
mod load;
mod write;

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use sea_orm::DatabaseTransaction;
use serde_json::Value;

use self::load::Wanted;
use self::write::Writes;
use crate::store::{
    AssignmentRow, CaseChange, CaseCommand, CaseLinkRow, CaseRow, CommitError, Committed, DocumentRow, Idempotency,
    IdempotencyRow, Loaded, Numbers, PartyRow, StoreError, Target, TimerRow, TimerState,
};

/// A command whose rejection has no known type.
pub(super) type Command = CaseCommand<Box<dyn Any + Send>>;
/// What became of it.
pub(super) type Outcome = Result<Committed, CommitError<Box<dyn Any + Send>>>;

/// What became of a group.
pub(super) struct Done {
    /// One for each command, in order.
    pub(super) outcomes: Vec<Outcome>,
    /// How many of them wrote something.
    pub(super) written: usize,
}

/// A case as the transaction sees it, with what earlier commands of the group did to it.
#[derive(Default)]
struct CaseState {
    row: Option<CaseRow>,
    personal: Option<Value>,
    identity: Option<Value>,
    parties: Vec<PartyRow>,
    assignments: Vec<AssignmentRow>,
    documents: Vec<DocumentRow>,
    links: Vec<CaseLinkRow>,
    timers: Vec<TimerRow>,
}

/// A group at work.
#[derive(Default)]
struct Group {
    /// PostgreSQL: keys that this transaction took.
    claimed: BTreeSet<claim::Name>,
    /// Key → its earlier command's reply.
    replies: HashMap<claim::Name, IdempotencyRow>,
    /// Timer → its case.
    timer_cases: HashMap<String, String>,
    cases: HashMap<String, CaseState>,
    numbers: Numbers,
    writes: Writes,
}

/// Carries out commands in order. The transaction is not committed.
///
/// # Errors
/// A statement failed: the transaction must be rolled back, and no outcome counts.
pub(super) async fn run(tx: &DatabaseTransaction, commands: &mut [Command]) -> Result<Done, StoreError> {
    let mut group = Group::load(tx, Wanted::by(commands)).await?;
    let mut written = 0;
    let outcomes = commands
        .iter_mut()
        .map(|command| {
            let outcome = group.carry_out(command);
            written += usize::from(matches!(&outcome, Ok(committed) if !committed.replayed));
            outcome
        })
        .collect();
    if written > 0 {
        group.write(tx, written == 1).await?;
    }
    Ok(Done { outcomes, written })
}

impl Group {
    fn carry_out(&mut self, command: &mut Command) -> Outcome {
        if let Some(key) = &command.idempotency
            && let Some(earlier) = self.earlier(key)
        {
            return replay(key, earlier);
        }
        let case_id = self.case_of(&command.target)?;
        let change = self.decide(&case_id, command)?;
        let reply = change.reply.clone();
        if let Target::Timer { timer_id } = &command.target {
            self.mark_fired(&case_id, timer_id);
        }
        let version = self.apply(&case_id, change);
        if let Some(key) = &command.idempotency {
            self.remember(key, &reply, &case_id, version);
        }
        Ok(Committed {
            reply,
            replayed: false,
            case_id,
            version,
        })
    }

    fn earlier(&self, key: &Idempotency) -> Option<&IdempotencyRow> {
        self.replies
            .get(&key.name())
            .filter(|earlier| earlier.expires_at > key.created_at)
    }

    /// The case that a command is about, if it is in the state that the target asks for.
    fn case_of(&self, target: &Target) -> Result<String, CommitError<Box<dyn Any + Send>>> {
        match target {
            Target::Open { case_id } if self.exists(case_id) => Err(CommitError::AlreadyExists),
            Target::Open { case_id } => Ok(case_id.clone()),
            Target::Existing { case_id } if self.exists(case_id) => Ok(case_id.clone()),
            Target::Existing { .. } => Err(CommitError::NotFound),
            Target::Timer { timer_id } => {
                let case_id = self.timer_cases.get(timer_id).ok_or(CommitError::TimerGone)?;
                let armed = self
                    .timer(case_id, timer_id)
                    .is_some_and(|timer| timer.state == TimerState::Armed);
                if armed {
                    Ok(case_id.clone())
                } else {
                    Err(CommitError::TimerGone)
                }
            }
        }
    }

    fn exists(&self, case_id: &str) -> bool {
        self.cases.get(case_id).is_some_and(|state| state.row.is_some())
    }

    fn timer(&self, case_id: &str, timer_id: &str) -> Option<&TimerRow> {
        self.cases
            .get(case_id)?
            .timers
            .iter()
            .find(|timer| timer.id == timer_id)
    }

    fn decide(&mut self, case_id: &str, command: &mut Command) -> Result<CaseChange, CommitError<Box<dyn Any + Send>>> {
        self.numbers.begin();
        let decided = self.decision(case_id, command);
        if decided.is_err() {
            self.numbers.take_back();
        }
        decided
    }

    fn decision(
        &mut self,
        case_id: &str,
        command: &mut Command,
    ) -> Result<CaseChange, CommitError<Box<dyn Any + Send>>> {
        let absent = CaseState::default();
        let state = self.cases.get(case_id).unwrap_or(&absent);
        let timer = match &command.target {
            Target::Timer { timer_id } => state.timers.iter().find(|timer| timer.id == *timer_id),
            Target::Open { .. } | Target::Existing { .. } => None,
        };
        let loaded = Loaded {
            case: state.row.as_ref(),
            personal: state.personal.as_ref(),
            identity: state.identity.as_ref(),
            parties: &state.parties,
            assignments: &state.assignments,
            documents: &state.documents,
            links: &state.links,
            timers: &state.timers,
            timer,
            numbers: &mut self.numbers,
        };
        // A fault in one decision must not stop the writer that all others depend on.
        let decided = catch_unwind(AssertUnwindSafe(|| (command.decide)(loaded)));
        let exhausted = std::mem::take(&mut self.numbers.exhausted);
        if std::mem::take(&mut self.numbers.undeclared) {
            return Err(StoreError::UndeclaredSeries.into());
        }
        if exhausted {
            return Err(StoreError::ExhaustedSeries.into());
        }
        match decided {
            Ok(decision) => decision.map_err(CommitError::Rejected),
            Err(_) => Err(StoreError::DecisionPanicked.into()),
        }
    }

    fn remember(&mut self, key: &Idempotency, reply: &[u8], case_id: &str, version: i64) {
        let row = IdempotencyRow {
            reply: reply.to_vec(),
            case_id: Some(case_id.to_owned()),
            version,
            ..key.row()
        };
        let name = key.name();
        self.writes.idempotency.insert(name.clone(), row.clone());
        self.replies.insert(name, row);
    }
}

fn replay(key: &Idempotency, earlier: &IdempotencyRow) -> Outcome {
    if earlier.request_hash != key.request_hash {
        return Err(CommitError::IdempotencyConflict);
    }
    Ok(Committed {
        reply: earlier.reply.clone(),
        replayed: true,
        case_id: earlier.case_id.clone().unwrap_or_default(),
        version: earlier.version,
    })
}
