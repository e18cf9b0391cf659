//! Which domain pack runs, and which is proposed.

use async_graphql::{ID, SimpleObject};
use zhengming_engine::diagnostic::{Diagnostic, Severity};

use crate::{
    app::{Rejected, Running},
    graphql::scalar::DateTime,
    store::PublicationRow,
};

/// A domain pack that somebody proposed, or that runs since it was published.
#[derive(SimpleObject)]
pub struct WorkflowProposal {
    /// Opaque id.
    id: ID,
    /// Hash of everything in the pack.
    pack: String,
    /// Why, in the words of whoever proposed it; `SIGHUP` where a signal did.
    note: String,
    /// When it was proposed.
    proposed_at: DateTime,
    /// Whether the caller proposed it: then another person publishes it.
    proposed_by_me: bool,
    /// Since when it runs; null while it is only proposed.
    published_at: Option<DateTime>,
}

impl WorkflowProposal {
    /// A row as it looks to an account.
    pub(crate) fn new(row: PublicationRow, account: Option<&str>) -> Self {
        Self {
            proposed_by_me: row.proposed_by.as_deref().is_some_and(|by| Some(by) == account),
            id: ID(row.id),
            pack: row.pack,
            note: row.note,
            proposed_at: DateTime(row.proposed_at),
            published_at: row.published_at.map(DateTime),
        }
    }
}

/// A fault in a file of a domain pack.
#[derive(SimpleObject)]
pub struct WorkflowFault {
    /// File, from the folder of the pack.
    file: String,
    /// Line, from 1.
    line: u32,
    /// Stable code, for example `WF602`.
    code: String,
    /// Whether the pack cannot run because of it.
    error: bool,
    /// What is wrong.
    message: String,
    /// How to mend it.
    mend: String,
}

impl From<&Diagnostic> for WorkflowFault {
    fn from(found: &Diagnostic) -> Self {
        Self {
            file: found.file.clone(),
            line: found.line,
            code: found.code.to_owned(),
            error: found.severity == Severity::Error,
            message: found.message.clone(),
            mend: found.mend.clone(),
        }
    }
}

/// Why the domain pack in the folder does not run.
#[derive(SimpleObject)]
pub struct RejectedWorkflows {
    /// When it was looked at.
    at: DateTime,
    /// What is wrong with it as a whole.
    error: String,
    /// Every fault.
    faults: Vec<WorkflowFault>,
}

impl From<&Rejected> for RejectedWorkflows {
    fn from(rejected: &Rejected) -> Self {
        Self {
            at: DateTime(rejected.at),
            error: rejected.error.clone(),
            faults: rejected.found.iter().map(WorkflowFault::from).collect(),
        }
    }
}

/// The domain pack that runs, and what waits to take its place.
#[derive(SimpleObject)]
pub struct Workflows {
    /// Hash of everything in the pack that runs.
    pack: String,
    /// Since when it runs.
    since: DateTime,
    /// Whether one person proposes and another publishes, or a signal to the process is enough.
    two_persons: bool,
    /// Why the pack in the folder does not run; null if it was not looked at since, or is good.
    rejected: Option<RejectedWorkflows>,
    /// What is proposed and not published, newest first; at most 20.
    proposals: Vec<WorkflowProposal>,
}

impl Workflows {
    /// What runs, with its proposals.
    pub(crate) fn new(running: &Running, two_persons: bool, proposals: Vec<WorkflowProposal>) -> Self {
        Self {
            pack: running.pack.version().to_owned(),
            since: DateTime(running.since),
            two_persons,
            rejected: running.rejected.as_deref().map(RejectedWorkflows::from),
            proposals,
        }
    }
}
