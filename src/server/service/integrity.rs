//! Whether the records still lead to the state that the cases are in: every case, replayed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use super::{
    Error, Result,
    laws::Laws,
    replay::{self, Replay},
    seal::{self, Seal},
};
use crate::{
    access::Action,
    app::App,
    secret::CaseNumber,
    store::{CaseHistory, StoreError},
};

/// Beginning of the names of the number series of cases.
const CASES: &str = "case/";

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
    /// unreadable. `DOCUMENTS_DIFFER`, `NOTICES_DIFFER`, `ASSIGNMENTS_DIFFER`, `LINKS_DIFFER`, `TIMERS_DIFFER`,
    /// `CASE_DIFFERS`: rows beside the events are not those that they made. `DOCUMENT_ALTERED`: a document does not say what it
    /// was sealed with. `NUMBER_WITHOUT_CASE`, `NUMBER_NOT_DRAWN`,
    /// `ERASURE_UNRECORDED`: see [`between`].
    pub code: &'static str,
}

/// Replays every case with the version of the procedure that it is pinned to, a few batches of cases at once.
///
/// # Errors
/// Those of the database; what is wrong with a case is no error but a finding.
pub async fn replay_all(app: &Arc<App>, mut progress: impl FnMut(u64)) -> Result<Replays> {
    let mut replays = Replays::default();
    let mut batches = VecDeque::new();
    let mut after = String::new();
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    loop {
        let ids = app.store.case_ids(&after, BATCH).await?;
        let last = ids.last().cloned();
        if !ids.is_empty() {
            batches.push_back(tokio::spawn(replay_batch(app.clone(), ids)));
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
        after = last.unwrap_or_default();
    }
}

/// What lies between the cases: numbers that were drawn and have no case, and erasures that nobody ordered.
///
/// # Errors
/// Those of the database.
pub async fn between(app: &App) -> Result<Vec<ReplayFinding>> {
    let mut found = missing_numbers(app).await?;
    // An erasure is ordered before it is carried out: read the other way round, one in between has its order.
    let erased = app.store.erased_cases().await?;
    let ordered = app.store.audited_objects(Action::ErasePerson.code()).await?;
    for (id, number) in erased {
        if !ordered.contains(&format!("case:{id}")) {
            found.push(ReplayFinding {
                number,
                seq: 0,
                code: "ERASURE_UNRECORDED",
            });
        }
    }
    Ok(found)
}

/// Numbers of cases leave no gap: one without its case shows that the whole case was taken away.
async fn missing_numbers(app: &App) -> Result<Vec<ReplayFinding>> {
    // The service may go on: what was drawn before the numbers are read has its case by then, and the other way round.
    let before = app.store.series(CASES).await?;
    let mut there: BTreeMap<u8, BTreeSet<u64>> = BTreeMap::new();
    for number in app.store.case_numbers().await? {
        if let Ok(number) = number.parse::<CaseNumber>() {
            there.entry(number.year()).or_default().insert(number.serial());
        }
    }
    let mut found = Vec::new();
    for (series, last) in app.store.series(CASES).await? {
        let year: i32 = series.trim_start_matches(CASES).parse().unwrap_or_default();
        let known = there.remove(&u8::try_from(year.rem_euclid(100)).unwrap_or_default());
        let known = known.unwrap_or_default();
        let (last, drawn) = (serial(last), before.iter().find(|(name, _)| *name == series));
        let drawn = drawn.map_or(0, |(_, value)| serial(*value));
        let missing = (1..=drawn).filter(|serial| !known.contains(serial));
        let beyond = known.iter().copied().filter(|serial| *serial > last);
        found.extend(missing.map(|serial| (year, serial, "NUMBER_WITHOUT_CASE")));
        found.extend(beyond.map(|serial| (year, serial, "NUMBER_NOT_DRAWN")));
    }
    let named = |(year, serial, code)| ReplayFinding {
        number: CaseNumber::new(app.config.case_number_prefix.clone(), year, serial).to_string(),
        seq: 0,
        code,
    };
    Ok(found.into_iter().map(named).collect())
}

fn serial(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

async fn replay_batch(app: Arc<App>, ids: Vec<String>) -> Result<Replays> {
    let mut replays = Replays::default();
    let mut laws = Laws::default();
    let mut histories = match app.store.histories(&ids).await {
        Ok(histories) => histories.into_iter().map(|h| (h.case.id.clone(), h)).collect(),
        // Something in one of them cannot be read: each by itself then, and only that one is a finding.
        Err(StoreError::UnreadableValue) => HashMap::new(),
        Err(error) => return Err(error.into()),
    };
    for id in &ids {
        replays.cases += 1;
        let (number, replayed) = match histories.remove(id) {
            Some(history) => {
                let replayed = replay::of_history(&app, &mut laws, &history).await;
                replays.seals(&app, &history);
                (history.case.number, replayed)
            }
            // One whose row cannot be read has no number that could be told.
            None => match app.store.histories(std::slice::from_ref(id)).await {
                Ok(alone) => match alone.into_iter().next() {
                    Some(history) => {
                        let replayed = replay::of_history(&app, &mut laws, &history).await;
                        replays.seals(&app, &history);
                        (history.case.number, replayed)
                    }
                    None => (id.clone(), Err(Error::NotFound)),
                },
                Err(error) => (id.clone(), Err(error.into())),
            },
        };
        replays.note(&number, replayed)?;
    }
    Ok(replays)
}

impl Replays {
    /// Notes documents that say something else than when they were made.
    fn seals(&mut self, app: &App, history: &CaseHistory) {
        let broken = history.documents.iter();
        let broken = broken.filter(|row| seal::proved(&app.secrets, row) == Seal::Broken);
        self.findings.extend(broken.map(|row| ReplayFinding {
            number: history.case.number.clone(),
            seq: row.seq,
            code: "DOCUMENT_ALTERED",
        }));
    }

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
        replay.apart.iter().for_each(|(seq, code)| find(*seq, code));
        self.agreed += replay.agreed.len() as u64;
        if !replay.skipped.is_empty() {
            self.skipped.push((number.to_owned(), replay.skipped));
        }
        Ok(())
    }
}
