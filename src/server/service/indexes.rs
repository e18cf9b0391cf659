//! Indexes of names follow the tables that they are made from, by revisions.

use zhengming_marks::Mark;

use crate::search::{MarkSearch, SearchError};

/// Rows put into an index at once.
pub(super) const PAGE: u64 = 5_000;

/// A row of the table that an index is made from.
pub(super) struct Entry {
    /// Revision in which it was last written.
    pub(super) revision: i64,
    /// Its id.
    pub(super) id: String,
    /// What the index takes of it; `None` if what it took before must be gone.
    pub(super) mark: Option<Mark>,
}

/// A table that an index is made from.
pub(super) trait Source: Sync {
    /// Its rows after a place, a revision and an id, up to a revision, in that order; at most [`PAGE`].
    fn after(
        &self,
        revision: i64,
        id: &str,
        up_to: i64,
    ) -> impl Future<Output = Result<Vec<Entry>, SearchError>> + Send;
}

/// Brings an index to what its table holds at the revision `target`, whoever wrote it. Where another process writes to the same index, that process, or the
/// next call, does the rest. Returns how many were put.
///
/// # Errors
/// Those of the database and of the index.
pub(super) async fn catch_up(index: &MarkSearch, target: i64, rows: &impl Source) -> Result<u64, SearchError> {
    let _turn = index.turn().await;
    let reached = match index.revision().await {
        // What is entered meanwhile is put into the index when its server answers again.
        Err(error) if error.passes() => return Ok(0),
        reached => reached?,
    };
    let filled = match reached {
        Some(reached) if reached == target => return Ok(0),
        // The database is an older one than the index was made from, a restored backup for instance.
        Some(reached) if reached > target => anew(index, target, rows).await,
        _ => match fill(index, reached.unwrap_or(-1), target, rows, reached.is_none()).await {
            // What is deleted from an index stays in its files for a while; an erased name must not.
            Ok(None) => anew(index, target, rows).await,
            filled => filled.map(Option::unwrap_or_default),
        },
    };
    match filled {
        Err(error) if error.passes() => Ok(0),
        filled => filled,
    }
}

/// Whoever has written a row sees it at once where the index takes it. What is written is written: where the index fails, the
/// background brings it there.
pub(super) fn soon<E: std::fmt::Display>(caught_up: Result<u64, E>) {
    if let Err(error) = caught_up {
        tracing::error!(%error, "an index of names is behind its table");
    }
}

/// Throws an index away and makes it again.
///
/// # Errors
/// As [`catch_up`]; [`SearchError::Busy`] while another process writes.
pub(super) async fn fill_anew(index: &MarkSearch, target: i64, rows: &impl Source) -> Result<u64, SearchError> {
    let _turn = index.turn().await;
    anew(index, target, rows).await
}

async fn anew(index: &MarkSearch, target: i64, rows: &impl Source) -> Result<u64, SearchError> {
    index.clear().await?;
    let filled = fill(index, -1, target, rows, true).await?;
    Ok(filled.unwrap_or_default())
}

/// Puts what is new. `None`: something that the index holds must be gone, which only an index made anew can do.
async fn fill(
    index: &MarkSearch,
    reached: i64,
    target: i64,
    rows: &impl Source,
    is_empty: bool,
) -> Result<Option<u64>, SearchError> {
    let (mut revision, mut id, mut count) = (reached + 1, String::new(), 0);
    loop {
        let entries = rows.after(revision, &id, target).await?;
        let Some(last) = entries.last() else {
            index.put(Vec::new(), Some(target)).await?;
            return Ok(Some(count));
        };
        if !is_empty && entries.iter().any(|entry| entry.mark.is_none()) {
            return Ok(None);
        }
        (revision, id) = (last.revision, last.id.clone());
        let marks: Vec<Mark> = entries.into_iter().filter_map(|entry| entry.mark).collect();
        count += marks.len() as u64;
        index.put(marks, None).await?;
    }
}
