//! Whether the records still lead to the state that the cases are in: every case, replayed.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use super::{
    Error, Result,
    laws::Laws,
    replay::{self, Replay},
};
use crate::{
    app::App,
    store::{CaseCursor, CaseFilter, CaseOrder, CaseRow, StoreError},
};

/// Cases read at a time.
const BATCH: u64 = 256;

/// What replaying all cases found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replays {
    /// Cases.
    pub cases: u64,
    /// Events whose recorded state was reached again.
    pub agreed: u64,
    /// Cases with events that could not be replayed because their payload was lawfully erased: number and positions.
    pub skipped: Vec<(String, Vec<i64>)>,
    /// Everything that is wrong.
    pub findings: Vec<ReplayFinding>,
}

/// One place where a replay does not lead to the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayFinding {
    /// Number of the case.
    pub number: String,
    /// Position of the event; 0 where the case as a whole is meant.
    pub seq: i64,
    /// `REPLAY_DIFFERS`: the events lead elsewhere. `REPLAY_IMPOSSIBLE`: its records or its procedure are missing or
    /// unreadable.
    pub code: &'static str,
}

/// Replays every case with the version of the procedure that it is pinned to, a few batches of cases at once.
///
/// # Errors
/// Those of the database; what is wrong with a case is no error but a finding.
pub async fn replay_all(app: &Arc<App>, mut progress: impl FnMut(u64)) -> Result<Replays> {
    let mut replays = Replays::default();
    let mut batches = VecDeque::new();
    let (filter, order) = (CaseFilter::default(), CaseOrder::OldestFirst);
    let mut after: Option<CaseCursor> = None;
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    loop {
        let rows = app.store.cases(&filter, order, after.as_ref(), BATCH).await?;
        let last = rows.last().and_then(|last| CaseCursor::after(last, order));
        if !rows.is_empty() {
            batches.push_back(tokio::spawn(replay_batch(app.clone(), rows)));
        }
        // Batches are taken in their order, so that the findings are in that of the cases.
        while batches.len() > at_once || last.is_none() {
            let Some(batch) = batches.pop_front() else {
                return Ok(replays);
            };
            let batch = batch.await.map_err(|_| Error::Internal("a replay panicked"))??;
            replays.cases += batch.cases;
            replays.agreed += batch.agreed;
            replays.skipped.extend(batch.skipped);
            replays.findings.extend(batch.findings);
            progress(replays.cases);
        }
        after = last;
    }
}

async fn replay_batch(app: Arc<App>, rows: Vec<CaseRow>) -> Result<Replays> {
    let mut replays = Replays::default();
    let mut laws = Laws::default();
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let mut histories = match app.store.histories(&ids).await {
        Ok(histories) => histories.into_iter().map(|h| (h.case.id.clone(), h)).collect(),
        // Something in one of them cannot be read: each by itself then, and only that one is a finding.
        Err(StoreError::UnreadableValue) => HashMap::new(),
        Err(error) => return Err(error.into()),
    };
    for row in &rows {
        replays.cases += 1;
        let replayed = match histories.remove(&row.id) {
            Some(history) => replay::of_history(&app, &mut laws, &history).await,
            None => replay::case(&app, &row.id).await,
        };
        replays.note(&row.number, replayed)?;
    }
    Ok(replays)
}

impl Replays {
    fn note(&mut self, number: &str, replayed: Result<Replay>) -> Result<()> {
        let mut find = |seq, code| {
            self.findings.push(ReplayFinding {
                number: number.to_owned(),
                seq,
                code,
            })
        };
        let replay = match replayed {
            Ok(replay) => replay,
            Err(Error::NotFound | Error::Internal(_) | Error::Store(StoreError::UnreadableValue)) => {
                find(0, "REPLAY_IMPOSSIBLE");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        replay.differs.iter().for_each(|seq| find(*seq, "REPLAY_DIFFERS"));
        self.agreed += replay.agreed.len() as u64;
        if !replay.skipped.is_empty() {
            self.skipped.push((number.to_owned(), replay.skipped));
        }
        Ok(())
    }
}
