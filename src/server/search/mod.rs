//! Similar marks: the index of the register, embedded (tantivy, in the data directory) or on a Meilisearch server that several
//! processes share. The database is the truth; either index can be thrown away.

mod embedded;
mod meilisearch;

use std::{path::Path, sync::Arc};

use zhengming_marks::{Comparison, IndexError, Mark, Match, MatchOptions};

use self::{embedded::EmbeddedMarks, meilisearch::MeilisearchMarks};
use crate::{
    config::Meilisearch,
    store::{MarkRow, StoreError},
};

/// Why similar marks cannot be looked for.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The index failed.
    #[error("the index of marks failed: {0}")]
    Index(IndexError),
    /// Another process writes to the index.
    #[error("another process writes to the index of marks: try again, or stop the service first")]
    Busy,
    /// The register could not be read.
    #[error("the register of marks: {0}")]
    Register(#[from] StoreError),
    /// A thread of the index died.
    #[error("the index of marks stopped")]
    Stopped,
    /// Its directory could not be made or cleared.
    #[error("the directory of the index: {0}")]
    Directory(#[from] std::io::Error),
    /// The search server cannot be reached; nothing is lost, and what was entered meanwhile is put into the index later.
    #[error("Meilisearch at {url} does not answer ({cause}): start it, or correct search.meilisearch_url")]
    Unreachable {
        /// Where it should be.
        url: String,
        /// Why not.
        cause: String,
    },
    /// The search server refuses a request.
    #[error("Meilisearch refuses: {0}")]
    Refused(String),
    /// The index is not there yet, or is made anew.
    #[error("the index of names is not filled yet: it is being filled from the register, or `zhengming reindex` does")]
    Unfilled,
    /// The search server's index is of another version of this program.
    #[error(
        "the index of marks on Meilisearch is of version {found} and this program needs {wanted}: restart the older program"
    )]
    Outdated {
        /// Version of the index.
        found: String,
        /// Version needed.
        wanted: String,
    },
}

impl SearchError {
    /// Whether it will pass without anybody changing anything here.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Busy | Self::Unfilled | Self::Unreachable { .. })
    }
}

impl From<IndexError> for SearchError {
    fn from(error: IndexError) -> Self {
        if error.is_locked() {
            Self::Busy
        } else {
            Self::Index(error)
        }
    }
}

/// A mark of the register as the index takes it.
#[must_use]
pub fn indexed(row: &MarkRow) -> Mark {
    Mark {
        id: row.id.clone(),
        name: row.name.clone(),
        registration_no: row.registration_no.clone(),
        owner: Some(row.owner.clone()).filter(|o| !o.is_empty()),
        classes: row.classes.iter().filter_map(|c| c.parse().ok()).collect(),
        groups: row.similar_groups.iter().filter_map(|g| g.parse().ok()).collect(),
        status: Some(row.status.clone()).filter(|s| !s.is_empty()),
        fame: row.tier.parse().ok(),
        aliases: row.aliases.clone(),
    }
}

/// The index of the register's names; cheap to clone.
#[derive(Clone)]
pub struct MarkSearch {
    backend: Backend,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// Talking to a server takes large futures: they are boxed, so that those of the callers stay small.
#[derive(Clone)]
enum Backend {
    Embedded(EmbeddedMarks),
    Meilisearch(MeilisearchMarks),
}

impl MarkSearch {
    fn of(backend: Backend) -> Self {
        let turn = Arc::default();
        Self { backend, turn }
    }

    /// Opens the index in a directory, making an empty one where there is none, or where it is damaged or of another version.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn open(directory: &Path) -> Result<Self, SearchError> {
        EmbeddedMarks::open(directory).map(|marks| Self::of(Backend::Embedded(marks)))
    }

    /// An index that lives in memory only, for commands and tests.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn in_memory() -> Result<Self, SearchError> {
        EmbeddedMarks::in_memory().map(|marks| Self::of(Backend::Embedded(marks)))
    }

    /// The index on a Meilisearch server. One of another version is filled anew by the next catching up, one that cannot be
    /// reached is looked at again with every use.
    ///
    /// # Errors
    /// [`SearchError::Refused`] for a key that the server does not take.
    pub async fn on_meilisearch(config: &Meilisearch) -> Result<Self, SearchError> {
        let marks = Box::pin(MeilisearchMarks::open(config)).await?;
        Ok(Self::of(Backend::Meilisearch(marks)))
    }

    /// The turn to bring the index to a revision: of the tasks of one process one at a time does.
    pub async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The revision of the register that the index has caught up with, here or in another process; what that process wrote
    /// is visible then. `None` for an index that was never filled to its end. What was handed to a search server and waits
    /// there to be taken in counts as caught up with, and what a broken off filling has brought there does not.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn revision(&self) -> Result<Option<i64>, SearchError> {
        match &self.backend {
            Backend::Embedded(marks) => marks.revision(),
            Backend::Meilisearch(marks) => Box::pin(marks.revision()).await,
        }
    }

    /// Puts marks into the index. They become visible, and the index is at `revision`, with the call that gives one; on a
    /// search server as soon as it has taken them in.
    ///
    /// # Errors
    /// [`SearchError::Busy`] while another process writes; nothing was put then.
    pub async fn put(&self, marks: Vec<Mark>, revision: Option<i64>) -> Result<(), SearchError> {
        match &self.backend {
            Backend::Embedded(index) => index.put(marks, revision).await,
            Backend::Meilisearch(index) => Box::pin(index.put(&marks, revision)).await,
        }
    }

    /// Throws the index away and begins an empty one in its place. On a search server the old one answers until the new one is
    /// at a revision.
    ///
    /// # Errors
    /// [`SearchError::Busy`] while another process writes.
    pub async fn clear(&self) -> Result<(), SearchError> {
        match &self.backend {
            Backend::Embedded(marks) => marks.clear(),
            Backend::Meilisearch(marks) => Box::pin(marks.clear()).await,
        }
    }

    /// Waits until everything that was put is visible. The service never waits; commands and tests do.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn settle(&self) -> Result<(), SearchError> {
        match &self.backend {
            Backend::Embedded(_) => Ok(()),
            Backend::Meilisearch(marks) => Box::pin(marks.settle()).await,
        }
    }

    /// Whether names can be looked for now.
    ///
    /// # Errors
    /// Why not.
    pub async fn ready(&self) -> Result<(), SearchError> {
        match &self.backend {
            Backend::Embedded(_) => Ok(()),
            Backend::Meilisearch(marks) => Box::pin(marks.ready()).await,
        }
    }

    /// Compares two names, by what is common in the register.
    #[must_use]
    pub fn compare(&self, name: &str, mark: &str) -> Comparison {
        match &self.backend {
            Backend::Embedded(marks) => marks.compare(name, mark),
            Backend::Meilisearch(marks) => marks.compare(name, mark),
        }
    }

    /// The marks that a name resembles, best first.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn matches(&self, name: &str, options: MatchOptions) -> Result<Vec<Match>, SearchError> {
        match &self.backend {
            Backend::Embedded(marks) => marks.matches(name, options).await,
            Backend::Meilisearch(marks) => Box::pin(marks.matches(name, &options)).await,
        }
    }
}
