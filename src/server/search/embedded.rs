//! The tantivy index of this process's own directory.

use std::{
    fmt::Display,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use zhengming_marks::{Comparison, Index, IndexError, IndexWriter, Mark, Match, MatchOptions};

use super::SearchError;

/// The index of the register's names; cheap to clone.
#[derive(Clone)]
pub(super) struct EmbeddedMarks {
    inner: Arc<Inner>,
}

struct Inner {
    directory: Option<PathBuf>,
    index: RwLock<Index>,
    writer: Mutex<Option<IndexWriter>>,
    /// Revision up to which the reader sees; -1: none.
    seen: AtomicI64,
    /// Whether the last search failed.
    search_failed: AtomicBool,
    /// Whether the last look at its state, or the last writing, failed.
    access_failed: AtomicBool,
}

impl EmbeddedMarks {
    /// Opens the index in a directory, making an empty one where there is none, or where it is damaged or of another version.
    pub(super) fn open(directory: &Path) -> Result<Self, SearchError> {
        std::fs::create_dir_all(directory)?;
        let index = match Index::open(directory) {
            Err(error @ (IndexError::Outdated { .. } | IndexError::Damaged { .. })) => {
                tracing::warn!(%error, "an index of names is made anew from its table");
                std::fs::remove_dir_all(directory)?;
                std::fs::create_dir_all(directory)?;
                Index::open(directory)?
            }
            index => index?,
        };
        Ok(Self::new(index, Some(directory.to_owned())))
    }

    /// An index that lives in memory only, for commands and tests.
    pub(super) fn in_memory() -> Result<Self, SearchError> {
        Ok(Self::new(Index::in_memory()?, None))
    }

    fn new(index: Index, directory: Option<PathBuf>) -> Self {
        Self {
            inner: Arc::new(Inner {
                directory,
                index: RwLock::new(index),
                writer: Mutex::new(None),
                seen: AtomicI64::new(-1),
                search_failed: AtomicBool::new(false),
                access_failed: AtomicBool::new(false),
            }),
        }
    }

    fn index(&self) -> Index {
        self.inner.index.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The revision of the register that the index has caught up with, here or in another process; what that process wrote
    /// is visible then. `None` for an index that was never filled to its end.
    pub(super) fn revision(&self) -> Result<Option<i64>, SearchError> {
        let reached = || {
            let index = self.index();
            let revision = index.revision()?;
            let seen = revision.unwrap_or(-1);
            if self.inner.seen.load(Ordering::Acquire) != seen {
                index.reload()?;
                self.inner.seen.store(seen, Ordering::Release);
            }
            Ok::<_, IndexError>(revision)
        };
        match reached() {
            Ok(revision) => {
                self.inner.access_failed.store(false, Ordering::Release);
                Ok(revision)
            }
            Err(error) => Err(self.given_up(&self.inner.access_failed, &error)),
        }
    }

    /// Puts marks into the index. They become visible, and the index is at `revision`, with the call that gives one.
    ///
    /// # Errors
    /// [`SearchError::Busy`] while another process writes; nothing was put then.
    pub(super) async fn put(&self, marks: Vec<Mark>, revision: Option<i64>) -> Result<(), SearchError> {
        let change = move |writer: &mut IndexWriter| {
            for mark in &marks {
                writer.upsert(mark)?;
            }
            revision.map_or(Ok(()), |revision| writer.commit_at(revision))
        };
        self.write(change).await
    }

    async fn write<F>(&self, change: F) -> Result<(), SearchError>
    where
        F: FnOnce(&mut IndexWriter) -> Result<(), IndexError> + Send + 'static,
    {
        let this = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            let mut guard = this.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let writer = match guard.as_mut() {
                Some(writer) => writer,
                None => guard.insert(this.index().writer()?),
            };
            change(writer)
        });
        match task.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.is_locked() => Err(SearchError::Busy),
            Ok(Err(error)) => Err(self.given_up(&self.inner.access_failed, &error)),
            Err(_) => Err(SearchError::Stopped),
        }
    }

    /// Throws the index away and makes an empty one in its place.
    ///
    /// # Errors
    /// [`SearchError::Busy`] while another process writes.
    pub(super) fn clear(&self) -> Result<(), SearchError> {
        let mut writer = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.is_none() {
            match self.index().writer() {
                Ok(held) => *writer = Some(held),
                Err(error) if error.is_locked() => return Err(error.into()),
                // What is damaged or gone has no lock to take.
                Err(_) => {}
            }
        }
        *writer = None;
        let fresh = match &self.inner.directory {
            Some(directory) => {
                match std::fs::remove_dir_all(directory) {
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    removed => removed?,
                }
                std::fs::create_dir_all(directory)?;
                Index::open(directory)?
            }
            None => Index::in_memory()?,
        };
        self.inner.seen.store(-1, Ordering::Release);
        self.inner.search_failed.store(false, Ordering::Release);
        self.inner.access_failed.store(false, Ordering::Release);
        *self.inner.index.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Compares two names, by what is common in the register.
    pub(super) fn compare(&self, name: &str, mark: &str) -> Comparison {
        self.index().compare(name, mark)
    }

    /// The marks that a name resembles, best first.
    ///
    /// # Errors
    /// [`SearchError::Unfilled`] as long as the index was never filled to its end: part of the register is no answer.
    pub(super) async fn matches(&self, name: &str, options: MatchOptions) -> Result<Vec<Match>, SearchError> {
        if self.inner.seen.load(Ordering::Acquire) < 0 && self.revision()?.is_none() {
            return Err(SearchError::Unfilled);
        }
        let index = self.index();
        let name = name.to_owned();
        let task = tokio::task::spawn_blocking(move || index.match_name(&name, &options));
        match task.await {
            Ok(Ok(found)) => {
                self.inner.search_failed.store(false, Ordering::Release);
                Ok(found)
            }
            Ok(Err(error)) => Err(self.given_up(&self.inner.search_failed, &error)),
            Err(died) => Err(self.given_up(&self.inner.search_failed, &died)),
        }
    }

    /// Throws an index away that failed twice in a row: the next catching up fills it anew from its table. Once may be
    /// another process that makes it anew at this moment.
    fn given_up(&self, failed: &AtomicBool, cause: &dyn Display) -> SearchError {
        if !failed.swap(true, Ordering::AcqRel) {
            tracing::warn!(%cause, "an index of names failed");
            return SearchError::Unfilled;
        }
        tracing::error!(%cause, "an index of names is damaged: it is made anew from its table");
        match self.clear() {
            Ok(()) => SearchError::Unfilled,
            Err(error) => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_index_whose_directory_is_gone_is_made_anew_also_where_nothing_was_written_yet() {
        let directory = tempfile::tempdir().expect("a directory");
        let place = directory.path().join("index");
        let mark = |id: &str, name: &str| Mark {
            id: id.to_owned(),
            name: name.to_owned(),
            ..Mark::default()
        };
        let first = EmbeddedMarks::open(&place).expect("opened");
        first.put(vec![mark("1", "康师傅")], Some(1)).await.expect("put");
        drop(first);
        let marks = EmbeddedMarks::open(&place).expect("opened again");
        assert_eq!(marks.revision().expect("filled"), Some(1));
        std::fs::remove_dir_all(&place).expect("gone");
        for _ in 0..2 {
            let found = marks.matches("康帅傅", MatchOptions::default()).await;
            assert!(found.is_ok() || found.is_err_and(|error| error.passes()));
            assert!(marks.revision().is_err_and(|error| error.passes()));
        }
        assert_eq!(marks.revision().expect("empty"), None);
        marks.put(vec![mark("1", "康师傅")], None).await.expect("put");
        let part = marks.matches("康帅傅", MatchOptions::default()).await;
        assert!(
            matches!(part, Err(SearchError::Unfilled)),
            "part of the register is no answer"
        );
        marks.put(vec![mark("2", "雪碧")], Some(2)).await.expect("put");
        let found = marks.matches("雷碧", MatchOptions::default()).await.expect("found");
        assert_eq!(found.first().map(|hit| hit.mark.id.as_str()), Some("2"));
    }
}
