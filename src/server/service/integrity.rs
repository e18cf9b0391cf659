//! Whether the records still lead to the state that the cases are in: every case, replayed.

use super::{Error, Result, laws::Laws, replay};
use crate::{
    app::App,
    store::{CaseCursor, CaseFilter, CaseOrder, CaseRow, StoreError},
};

/// Cases read at a time.
const BATCH: u64 = 200;

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

/// Replays every case with the version of the procedure that it is pinned to.
///
/// # Errors
/// Those of the database; what is wrong with a case is no error but a finding.
pub async fn replay_all(app: &App, mut progress: impl FnMut(u64)) -> Result<Replays> {
    let mut replays = Replays::default();
    let mut laws = Laws::default();
    let (filter, order) = (CaseFilter::default(), CaseOrder::OldestFirst);
    let mut after: Option<CaseCursor> = None;
    loop {
        let rows = app.store.cases(&filter, order, after.as_ref(), BATCH).await?;
        let Some(last) = rows.last() else { return Ok(replays) };
        after = CaseCursor::after(last, order);
        for row in &rows {
            replay_one(app, &mut laws, row, &mut replays).await?;
        }
        progress(replays.cases);
    }
}

async fn replay_one(app: &App, laws: &mut Laws, case: &CaseRow, replays: &mut Replays) -> Result<()> {
    replays.cases += 1;
    let mut find = |seq, code| {
        replays.findings.push(ReplayFinding {
            number: case.number.clone(),
            seq,
            code,
        })
    };
    let replay = match replay::case_by(app, laws, &case.id).await {
        Ok(replay) => replay,
        Err(Error::NotFound | Error::Internal(_) | Error::Store(StoreError::UnreadableValue)) => {
            find(0, "REPLAY_IMPOSSIBLE");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    replay.differs.iter().for_each(|seq| find(*seq, "REPLAY_DIFFERS"));
    replays.agreed += replay.agreed.len() as u64;
    if !replay.skipped.is_empty() {
        replays.skipped.push((case.number.clone(), replay.skipped));
    }
    Ok(())
}
