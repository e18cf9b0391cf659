//! Similar marks: the tantivy index behind the register. The database is the truth; the index can be thrown away.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

use zhengming_marks::{Comparison, Index, IndexError, IndexWriter, Mark, Match, MatchOptions};

use crate::store::{MarkRow, StoreError};

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

/// The index of the register's names; cheap to clone.
#[derive(Clone)]
pub struct MarkSearch {
    inner: Arc<Inner>,
}

struct Inner {
    directory: Option<PathBuf>,
    index: RwLock<Index>,
    writer: Mutex<Option<IndexWriter>>,
    /// Revision up to which the reader sees; -1: none.
    seen: AtomicI64,
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
        status: Some(row.status.clone()).filter(|s| !s.is_empty()),
        fame: row.tier.parse().ok(),
        aliases: row.aliases.clone(),
    }
}

impl MarkSearch {
    /// Opens the index in a directory, making an empty one where there is none, or where it is damaged or of another version.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn open(directory: &Path) -> Result<Self, SearchError> {
        std::fs::create_dir_all(directory)?;
        let index = match Index::open(directory) {
            Err(IndexError::Outdated { .. } | IndexError::Damaged { .. }) => {
                std::fs::remove_dir_all(directory)?;
                std::fs::create_dir_all(directory)?;
                Index::open(directory)?
            }
            index => index?,
        };
        Ok(Self::new(index, Some(directory.to_owned())))
    }

    /// An index that lives in memory only, for commands and tests.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn in_memory() -> Result<Self, SearchError> {
        Ok(Self::new(Index::in_memory()?, None))
    }

    fn new(index: Index, directory: Option<PathBuf>) -> Self {
        Self {
            inner: Arc::new(Inner {
                directory,
                index: RwLock::new(index),
                writer: Mutex::new(None),
                seen: AtomicI64::new(-1),
            }),
        }
    }

    fn index(&self) -> Index {
        self.inner.index.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many names are in the index.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.index().len()
    }

    /// Whether the index holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The revision of the register that the index has caught up with, here or in another process; what that process wrote
    /// is visible then. `None` for an index that was never filled to its end.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn revision(&self) -> Result<Option<i64>, SearchError> {
        let index = self.index();
        let revision = index.revision()?;
        let seen = revision.unwrap_or(-1);
        if self.inner.seen.load(Ordering::Acquire) != seen {
            index.reload()?;
            self.inner.seen.store(seen, Ordering::Release);
        }
        Ok(revision)
    }

    /// Puts marks into the index. They become visible, and the index is at `revision`, with the call that gives one.
    ///
    /// # Errors
    /// [`SearchError::Busy`] while another process writes; nothing was put then.
    pub async fn put(&self, marks: Vec<Mark>, revision: Option<i64>) -> Result<(), SearchError> {
        let this = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            let mut guard = this.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let writer = match guard.as_mut() {
                Some(writer) => writer,
                None => guard.insert(this.index().writer()?),
            };
            for mark in &marks {
                writer.upsert(mark)?;
            }
            if let Some(revision) = revision {
                writer.commit_at(revision)?;
            }
            Ok(())
        });
        task.await.map_err(|_| SearchError::Stopped)?
    }

    /// Throws the index away and makes an empty one in its place.
    ///
    /// # Errors
    /// [`SearchError::Busy`] while another process writes.
    pub fn clear(&self) -> Result<(), SearchError> {
        let mut writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.is_none() {
            *writer = Some(self.index().writer()?);
        }
        *writer = None;
        let fresh = match &self.inner.directory {
            Some(directory) => {
                std::fs::remove_dir_all(directory)?;
                std::fs::create_dir_all(directory)?;
                Index::open(directory)?
            }
            None => Index::in_memory()?,
        };
        *self.inner.index.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Compares two names, by what is common in the register.
    #[must_use]
    pub fn compare(&self, name: &str, mark: &str) -> Comparison {
        self.index().compare(name, mark)
    }

    /// The marks that a name resembles, best first.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn matches(&self, name: &str, limit: usize, classes: &[u8]) -> Result<Vec<Match>, SearchError> {
        let index = self.index();
        let name = name.to_owned();
        let options = MatchOptions {
            limit,
            classes: classes.to_vec(),
            ..MatchOptions::default()
        };
        let task = tokio::task::spawn_blocking(move || index.match_name(&name, &options));
        Ok(task.await.map_err(|_| SearchError::Stopped)??)
    }
}
