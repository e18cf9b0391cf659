//! The index of the register's names on a Meilisearch server: for more processes, or more names, than one machine has.
//!
//! Meilisearch keeps tokens as words and answers with names that share some; they are scored and explained here as those of the
//! embedded index are. Writing is handing over tasks that the server works off in their order. The service does not wait for
//! them: it looks later whether they were done, and only then is the revision recorded that the index has caught up with, so
//! that what failed is handed over again. A new index is filled beside the old one and takes its place in one step.

mod ask;
mod connection;
mod document;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use meilisearch_sdk::{
    client::{Client, SwapIndexes},
    documents::{DocumentDeletionQuery, DocumentsQuery},
    errors::{Error, ErrorCode},
    indexes::Index,
    settings::PrefixSearchSettings,
    task_info::TaskInfo,
    tasks::Task,
};
use zhengming_marks::{
    Comparison, Mark, Match, MatchOptions,
    external::{Question, RegisterCounts, Scorer, Signature, mark_word},
};

use self::{
    connection::{Connection, Unreached},
    document::{
        COUNTS, Counted, Hit, NameRow, PRIMARY_KEY, STATE, STORED_FIELDS, State, Stored, name_rows, settings, versions,
    },
};
use super::SearchError;
use crate::config::{Hidden, Meilisearch};

/// Between looks at a task that is waited for.
const LOOK: Duration = Duration::from_millis(50);
/// Names read at once when the register is counted.
const PAGE: usize = 10_000;

/// What the library says went wrong.
type Failure = Error;

/// The index on the server; cheap to clone.
#[derive(Clone)]
pub(super) struct MeilisearchMarks {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client<Connection>,
    url: String,
    /// Name of the index that is searched.
    uid: String,
    counts: RwLock<(Option<String>, RegisterCounts)>,
    /// Set while a new index is filled.
    filling: tokio::sync::Mutex<Option<Filling>>,
    /// What was handed over and not yet seen done.
    pending: tokio::sync::Mutex<Option<Pending>>,
    /// Whether this process may fill the index anew: at its start, not when another one has changed it since.
    may_replace: AtomicBool,
    /// Whether the server answered the last time, so that the log says it once.
    answered: AtomicBool,
    /// Another version's index is there.
    outdated: Mutex<Option<String>>,
}

/// The number that the server has given a task.
#[derive(Debug, Clone, Copy)]
struct TaskNumber(u32);

impl AsRef<u32> for TaskNumber {
    fn as_ref(&self) -> &u32 {
        &self.0
    }
}

/// An index that is not searched yet.
struct Filling {
    uid: String,
    tasks: Vec<TaskNumber>,
    signatures: BTreeMap<String, Signature>,
}

/// Tasks handed over.
#[derive(Default)]
struct Pending {
    tasks: Vec<TaskNumber>,
    /// What the index is at when all are done.
    revision: Option<i64>,
    /// Whether recording that is the last of the tasks.
    recorded: bool,
}

impl MeilisearchMarks {
    /// The index that the configuration names.
    pub(super) async fn open(config: &Meilisearch) -> Result<Self, SearchError> {
        let url = config.url.trim_end_matches('/').to_owned();
        let connection = Connection::new(config.key.as_ref().map(Hidden::reveal), config.timeout)?;
        let marks = Self {
            inner: Arc::new(Inner {
                client: Client::new_with_client(url.clone(), None::<String>, connection),
                url,
                uid: config.index.clone(),
                counts: RwLock::default(),
                filling: tokio::sync::Mutex::new(None),
                pending: tokio::sync::Mutex::new(None),
                may_replace: AtomicBool::new(true),
                answered: AtomicBool::new(true),
                outdated: Mutex::new(None),
            }),
        };
        match marks.look().await {
            Err(error) if !error.passes() => Err(error),
            _ => Ok(marks),
        }
    }

    fn index(&self) -> Index<Connection> {
        self.inner.client.index(&self.inner.uid)
    }

    fn counts(&self) -> RegisterCounts {
        let counts = self.inner.counts.read().unwrap_or_else(PoisonError::into_inner);
        counts.1.clone()
    }

    /// Sorts an error, and logs when the server goes away.
    fn failed(&self, error: Failure) -> SearchError {
        if let Error::Other(other) = &error
            && let Some(unreached) = other.downcast_ref::<Unreached>()
        {
            let error = SearchError::Unreachable {
                url: self.inner.url.clone(),
                cause: unreached.to_string(),
            };
            if self.inner.answered.swap(false, Ordering::AcqRel) {
                tracing::warn!(%error, "marks are not searched until it does");
            }
            return error;
        }
        SearchError::Refused(error.to_string())
    }

    fn reached<T>(&self, answer: Result<T, Failure>) -> Result<T, SearchError> {
        let answer = answer.map_err(|error| self.failed(error))?;
        if !self.inner.answered.swap(true, Ordering::AcqRel) {
            tracing::info!(url = self.inner.url, "Meilisearch answers again");
        }
        Ok(answer)
    }

    /// What the index of a name is; `None` if there is none, or one that was never begun by this program.
    async fn state(&self, index: &Index<Connection>) -> Result<Option<State>, SearchError> {
        match index.get_document::<State>(STATE).await {
            Err(Error::Meilisearch(error))
                if matches!(error.error_code, ErrorCode::IndexNotFound | ErrorCode::DocumentNotFound) =>
            {
                self.reached(Ok(None))
            }
            state => self.reached(state).map(Some),
        }
    }

    /// The revision that the index has caught up with, or will when the tasks handed over are done. Whoever asks is about to
    /// fill the index, from there or from the beginning: a filling that was broken off is given up.
    pub(super) async fn revision(&self) -> Result<Option<i64>, SearchError> {
        *self.inner.filling.lock().await = None;
        self.look().await
    }

    async fn look(&self) -> Result<Option<i64>, SearchError> {
        if let Some(revision) = self.look_after_tasks().await? {
            return Ok(Some(revision));
        }
        let Some(state) = self.state(&self.index()).await? else {
            return Ok(None);
        };
        if state.versions != versions() {
            return self.differing(&state.versions);
        }
        self.note_outdated(None);
        self.inner.may_replace.store(false, Ordering::Release);
        self.read_counts(&state).await?;
        Ok(state.revision)
    }

    /// The index is of another version. One found at the start is an old one, to be made anew; one that appears later was made
    /// by a newer program, which this one must not fight.
    fn differing(&self, found: &str) -> Result<Option<i64>, SearchError> {
        let first = self.note_outdated(Some(found.to_owned()));
        if self.inner.may_replace.load(Ordering::Acquire) {
            if first {
                tracing::warn!(
                    found,
                    wanted = versions(),
                    "the index of marks on Meilisearch is of another version: it is made anew from the register"
                );
            }
            return Ok(None);
        }
        Err(self.outdated(found))
    }

    fn outdated(&self, found: &str) -> SearchError {
        SearchError::Outdated {
            found: found.to_owned(),
            wanted: versions(),
        }
    }

    fn note_outdated(&self, found: Option<String>) -> bool {
        let mut noted = self.inner.outdated.lock().unwrap_or_else(PoisonError::into_inner);
        let news = *noted != found;
        *noted = found;
        news
    }

    async fn read_counts(&self, state: &State) -> Result<(), SearchError> {
        let known = {
            let counts = self.inner.counts.read().unwrap_or_else(PoisonError::into_inner);
            counts.0.clone()
        };
        if known == state.counted {
            return Ok(());
        }
        let counts = match &state.counted {
            None => RegisterCounts::default(),
            Some(_) => self
                .reached(self.index().get_document::<Counted>(COUNTS).await)?
                .counts()?,
        };
        self.keep_counts(state.counted.clone(), counts);
        Ok(())
    }

    fn keep_counts(&self, tag: Option<String>, counts: RegisterCounts) {
        *self.inner.counts.write().unwrap_or_else(PoisonError::into_inner) = (tag, counts);
    }

    /// Forgets tasks that are done, and records the revision when all are. Gives the revision that is on its way.
    async fn look_after_tasks(&self) -> Result<Option<i64>, SearchError> {
        let mut guard = self.inner.pending.lock().await;
        let Some(pending) = guard.as_mut() else {
            return Ok(None);
        };
        while let Some(task) = pending.tasks.first() {
            match self.task(*task).await? {
                Progress::Waits => return Ok(pending.revision),
                Progress::Done => {
                    pending.tasks.remove(0);
                }
                Progress::Failed(cause) => {
                    tracing::error!(cause, "Meilisearch could not take marks in: they are handed over again");
                    *guard = None;
                    return Ok(None);
                }
            }
        }
        let Some(revision) = pending.revision.filter(|_| !pending.recorded) else {
            *guard = None;
            return Ok(None);
        };
        let tag = self.counted_anew().await?;
        let state = State::new(Some(revision), tag);
        let task = self.reached(self.index().add_or_replace(&[state], Some(PRIMARY_KEY)).await)?;
        pending.tasks.push(TaskNumber(task.task_uid));
        pending.recorded = true;
        Ok(Some(revision))
    }

    async fn task(&self, task: TaskNumber) -> Result<Progress, SearchError> {
        Ok(match self.inner.client.get_task(task).await {
            Ok(Task::Succeeded { .. }) => Progress::Done,
            Ok(Task::Failed { content }) => Progress::Failed(content.error.to_string()),
            Ok(Task::Enqueued { .. } | Task::Processing { .. }) => Progress::Waits,
            // A status that the library does not know: cancelled by somebody.
            Err(Error::ParseError(error)) => Progress::Failed(error.to_string()),
            Err(error) => return Err(self.failed(error)),
        })
    }

    async fn done(&self, tasks: &[TaskNumber]) -> Result<(), SearchError> {
        for task in tasks {
            loop {
                match self.task(*task).await? {
                    Progress::Done => break,
                    Progress::Waits => tokio::time::sleep(LOOK).await,
                    Progress::Failed(cause) => return Err(SearchError::Refused(cause)),
                }
            }
        }
        Ok(())
    }

    /// Counts the register anew if it has grown or shrunk by more than a tenth. Gives the tag of the counts that the index has then.
    async fn counted_anew(&self) -> Result<Option<String>, SearchError> {
        let stats = self.reached(self.index().get_stats().await)?;
        let (tag, counts) = {
            let counts = self.inner.counts.read().unwrap_or_else(PoisonError::into_inner);
            counts.clone()
        };
        if !counts.is_stale(stats.number_of_documents as u64) {
            return Ok(tag);
        }
        let mut signatures = Vec::with_capacity(stats.number_of_documents);
        loop {
            let index = self.index();
            let mut query = DocumentsQuery::new(&index);
            let fields = ["id", "signature"];
            query
                .with_filter("number >= 0")
                .with_fields(fields)
                .with_offset(signatures.len())
                .with_limit(PAGE);
            let page = self.reached(query.execute::<Hit>().await)?.results;
            signatures.extend(page.iter().map(Hit::signature));
            if page.len() < PAGE {
                break;
            }
        }
        let counts = RegisterCounts::of(&signatures);
        let (counted, tag) = Counted::new(&counts)?;
        self.reached(self.index().add_or_replace(&[counted], Some(PRIMARY_KEY)).await)?;
        self.keep_counts(Some(tag.clone()), counts);
        Ok(Some(tag))
    }

    /// Hands marks over.
    pub(super) async fn put(&self, marks: &[Mark], revision: Option<i64>) -> Result<(), SearchError> {
        let mut filling = self.inner.filling.lock().await;
        if filling.is_none() && self.inner.may_replace.load(Ordering::Acquire) {
            *filling = Some(self.begin().await?);
        }
        let counts = self.counts();
        let rows: Vec<Vec<(NameRow, Signature)>> = marks.iter().filter_map(|mark| name_rows(mark, &counts)).collect();
        if let Some(new) = filling.as_mut() {
            let index = self.inner.client.index(&new.uid);
            for (row, signature) in rows.iter().flatten() {
                new.signatures.insert(row.id().to_owned(), signature.clone());
            }
            if let Some(task) = self.add(&index, &rows).await? {
                new.tasks.push(task);
            }
            if let Some(revision) = revision {
                self.finish(new, revision).await?;
                *filling = None;
            }
            return Ok(());
        }
        drop(filling);
        let mut tasks = Vec::new();
        tasks.extend(self.add(&self.index(), &rows).await?);
        // Names that a mark has no longer go after its new ones have come, so that it is never missing.
        let counts: Vec<(&Mark, usize)> = marks.iter().zip(rows.iter().map(Vec::len)).collect();
        tasks.extend(self.delete(&surplus(&counts)).await?);
        self.handed(tasks, revision).await;
        Ok(())
    }

    async fn handed(&self, tasks: Vec<TaskNumber>, revision: Option<i64>) {
        let mut pending = self.inner.pending.lock().await;
        let pending = pending.get_or_insert_default();
        pending.tasks.extend(tasks);
        if revision.is_some() {
            pending.revision = revision;
            pending.recorded = false;
        }
    }

    async fn add(
        &self,
        index: &Index<Connection>,
        rows: &[Vec<(NameRow, Signature)>],
    ) -> Result<Option<TaskNumber>, SearchError> {
        let rows: Vec<&NameRow> = rows.iter().flatten().map(|(row, _)| row).collect();
        if rows.is_empty() {
            return Ok(None);
        }
        let task = self.reached(index.add_or_replace(&rows, Some(PRIMARY_KEY)).await)?;
        Ok(Some(TaskNumber(task.task_uid)))
    }

    async fn delete(&self, filter: &str) -> Result<Option<TaskNumber>, SearchError> {
        if filter.is_empty() {
            return Ok(None);
        }
        let index = self.index();
        let mut query = DocumentDeletionQuery::new(&index);
        query.with_filter(filter);
        let task = self.reached(query.execute::<()>().await)?;
        Ok(Some(TaskNumber(task.task_uid)))
    }

    /// Begins a new index beside the one that is searched.
    pub(super) async fn clear(&self) -> Result<(), SearchError> {
        *self.inner.filling.lock().await = Some(self.begin().await?);
        Ok(())
    }

    async fn begin(&self) -> Result<Filling, SearchError> {
        // The server numbers its tasks, so the number of this one tells the new index from every other.
        let task = self.reached(self.inner.client.create_index(&self.inner.uid, Some(PRIMARY_KEY)).await)?;
        let uid = format!("{}-{}", self.inner.uid, task.task_uid);
        let index = self.inner.client.index(&uid);
        let mut tasks = Vec::new();
        let made: [TaskInfo; 3] = [
            self.reached(self.inner.client.create_index(&uid, Some(PRIMARY_KEY)).await)?,
            self.reached(index.set_settings(&settings()).await)?,
            self.reached(index.set_prefix_search(PrefixSearchSettings::Disabled).await)?,
        ];
        tasks.extend(made.iter().map(|task| TaskNumber(task.task_uid)));
        let begun = self.reached(index.add_or_replace(&[State::new(None, None)], Some(PRIMARY_KEY)).await)?;
        tasks.push(TaskNumber(begun.task_uid));
        Ok(Filling {
            uid,
            tasks,
            signatures: BTreeMap::new(),
        })
    }

    /// Puts the new index in the place of the old one.
    async fn finish(&self, new: &mut Filling, revision: i64) -> Result<(), SearchError> {
        let index = self.inner.client.index(&new.uid);
        let signatures: Vec<Signature> = std::mem::take(&mut new.signatures).into_values().collect();
        let mut counts = RegisterCounts::default();
        let mut tag = None;
        if counts.is_stale(signatures.len() as u64) {
            counts = RegisterCounts::of(&signatures);
            let (counted, hash) = Counted::new(&counts)?;
            let task = self.reached(index.add_or_replace(&[counted], Some(PRIMARY_KEY)).await)?;
            new.tasks.push(TaskNumber(task.task_uid));
            tag = Some(hash);
        }
        self.done(&new.tasks).await?;
        if self.state(&index).await?.is_none() {
            // Another process has cleared away what it took for left over.
            return Err(SearchError::Busy);
        }
        let state = State::new(Some(revision), tag.clone());
        let recorded = self.reached(index.add_or_replace(&[state], Some(PRIMARY_KEY)).await)?;
        let swap = SwapIndexes {
            indexes: (self.inner.uid.clone(), new.uid.clone()),
            rename: None,
        };
        let swapped = self.reached(self.inner.client.swap_indexes([&swap]).await)?;
        self.done(&[TaskNumber(recorded.task_uid), TaskNumber(swapped.task_uid)])
            .await?;
        self.keep_counts(tag, counts);
        self.note_outdated(None);
        self.inner.may_replace.store(false, Ordering::Release);
        *self.inner.pending.lock().await = None;
        self.clear_away(&new.uid).await
    }

    /// Deletes the old index, which has the new one's name now, and those of fillings that were broken off before.
    async fn clear_away(&self, uid: &str) -> Result<(), SearchError> {
        let number =
            |name: &str| -> Option<u32> { name.strip_prefix(&self.inner.uid)?.strip_prefix('-')?.parse().ok() };
        self.reached(self.inner.client.delete_index(uid).await)?;
        let last = number(uid);
        let all = self.reached(self.inner.client.list_all_indexes_raw().await)?;
        let names = all["results"].as_array().into_iter().flatten();
        for name in names.filter_map(|index| index["uid"].as_str()) {
            if number(name).is_some_and(|number| Some(number) < last) {
                self.reached(self.inner.client.delete_index(name).await)?;
            }
        }
        Ok(())
    }

    /// Waits until everything handed over is done.
    pub(super) async fn settle(&self) -> Result<(), SearchError> {
        while self.inner.pending.lock().await.is_some() {
            self.look_after_tasks().await?;
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Whether there is an index of this version, and the server answers.
    pub(super) async fn ready(&self) -> Result<(), SearchError> {
        self.reached(self.inner.client.health().await)?;
        self.searchable().await
    }

    /// Whether what is searched was filled to its end, by this version.
    async fn searchable(&self) -> Result<(), SearchError> {
        if self.inner.may_replace.load(Ordering::Acquire) {
            // Not seen so far: the server may have been away, or another process may have filled the index since.
            self.look().await?;
        }
        let outdated = self.inner.outdated.lock().unwrap_or_else(PoisonError::into_inner);
        match outdated.as_deref() {
            Some(found) if !self.inner.may_replace.load(Ordering::Acquire) => Err(self.outdated(found)),
            None if !self.inner.may_replace.load(Ordering::Acquire) => Ok(()),
            _ => Err(SearchError::Unfilled),
        }
    }

    /// Compares two names by what is common in the register.
    pub(super) fn compare(&self, name: &str, mark: &str) -> Comparison {
        self.counts().compare(name, mark)
    }

    /// The marks that a name resembles.
    pub(super) async fn matches(&self, name: &str, options: &MatchOptions) -> Result<Vec<Match>, SearchError> {
        let question = Question::of(name);
        if question.forms.is_empty() || options.limit == 0 {
            return Ok(Vec::new());
        }
        self.searchable().await?;
        let index = self.index();
        let names = self.reached(ask::candidates(&index, &question, options).await)?;
        let (query, counts, wanted) = (name.to_owned(), self.counts(), options.clone());
        let scored = tokio::task::spawn_blocking(move || ask::best(&query, &counts, names, &wanted));
        let best = scored.await.map_err(|_| SearchError::Stopped)?;
        let stored = self.stored(&index, &best).await?;
        let mut read: Vec<(ask::Best, Mark, String)> = best
            .into_iter()
            .filter_map(|best| {
                let stored = stored.get(&best.id)?;
                let mark = serde_json::from_str(&stored.record).ok()?;
                Some((best, mark, stored.name.clone()))
            })
            .collect();
        read.sort_by(|(a, one, _), (b, other, _)| {
            let fame = || other.fame.cmp(&one.fame).then_with(|| one.id.cmp(&other.id));
            a.likeness.first(&b.likeness).then_with(fame)
        });
        read.truncate(options.limit);
        let scorer = Scorer::new(name, &self.counts());
        Ok(read
            .into_iter()
            .map(|(best, mark, name)| scorer.explain(mark, name, best.likeness))
            .collect())
    }

    async fn stored(
        &self,
        index: &Index<Connection>,
        best: &[ask::Best],
    ) -> Result<HashMap<String, Stored>, SearchError> {
        if best.is_empty() {
            return Ok(HashMap::new());
        }
        let mut query = DocumentsQuery::new(index);
        query
            .with_ids(best.iter().map(|best| best.id.as_str()))
            .with_fields(STORED_FIELDS)
            .with_limit(best.len());
        let stored = self.reached(query.execute::<Stored>().await)?.results;
        Ok(stored.into_iter().map(|stored| (stored.id.clone(), stored)).collect())
    }
}

/// How far the server is with a task.
enum Progress {
    Waits,
    Done,
    Failed(String),
}

/// The filter for the names that marks have no longer, by how many each has.
fn surplus(marks: &[(&Mark, usize)]) -> String {
    let mut by_count: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (mark, names) in marks {
        by_count.entry(*names).or_default().push(mark_word(&mark.id));
    }
    let parts: Vec<String> = by_count
        .into_iter()
        .map(|(names, marks)| format!("(mark IN [{}] AND number >= {names})", marks.join(", ")))
        .collect();
    parts.join(" OR ")
}
