//! Whether the records still lead to the state that the cases are in: every case, replayed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use serde_json::Value as Json;

use super::{
    Error, Result,
    laws::Laws,
    numbering::{LETTERS, RECORDS},
    replay::{self, Replay},
    seal::{self, Seal},
};
use crate::{
    access::Action,
    app::App,
    secret::CaseNumber,
    store::{CaseHistory, DRAWN, StoreError},
};

/// Beginning of the names of the number series of cases.
const CASES: &str = "case/";

/// Cases read at a time.
const BATCH: u64 = 256;

/// Documents of which the numbers are read at a time.
const NUMBERS: u64 = 1_000;

/// So many missing numbers of a series are named one by one. A series that was set to what it never reached misses more than
/// anybody can look through, and one finding says so, however far it was set.
const MISSING: usize = 1_000;

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
    /// Number of the case; for a document the series that it drew from and its place there.
    pub number: String,
    /// Position of the event; 0 where the case as a whole is meant.
    pub seq: i64,
    /// `REPLAY_DIFFERS`: the events lead elsewhere. `REPLAY_IMPOSSIBLE`: its records or its procedure are missing or
    /// unreadable. `DOCUMENTS_DIFFER`, `NOTICES_DIFFER`, `ASSIGNMENTS_DIFFER`, `LINKS_DIFFER`, `TIMERS_DIFFER`,
    /// `CASE_DIFFERS`: rows beside the events are not those that they made. `DOCUMENT_ALTERED`: a document does not say what it
    /// was sealed with. `NUMBER_WITHOUT_CASE`, `NUMBER_WITHOUT_DOCUMENT`, `NUMBER_NOT_DRAWN`, `MORE_NUMBERS_MISSING` (beside a
    /// thousand that are named, up to this one), `ERASURE_UNRECORDED`: see [`between`].
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

/// What lies between the cases: numbers that were drawn and have no case or no document, and erasures that nobody ordered.
///
/// # Errors
/// Those of the database.
pub async fn between(app: &App) -> Result<Vec<ReplayFinding>> {
    let mut found = missing_numbers(app).await?;
    found.extend(missing_documents(app).await?);
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
        let (missing, more) = missing(drawn, |serial| known.contains(&serial));
        let beyond = known.iter().copied().filter(|serial| *serial > last);
        found.extend(missing.into_iter().map(|serial| (year, serial, "NUMBER_WITHOUT_CASE")));
        found.extend(more.map(|serial| (year, serial, "MORE_NUMBERS_MISSING")));
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

/// The first places of a series that nobody has, and its last one where more are missing than are named.
fn missing(drawn: u64, is_held: impl Fn(u64) -> bool) -> (Vec<u64>, Option<u64>) {
    // It stops at the first that is not named: what is gone through is what somebody has and so many more.
    let gaps = (1..=drawn).filter(|serial| !is_held(*serial));
    let mut gaps: Vec<u64> = gaps.take(MISSING + 1).collect();
    let more = (gaps.len() > MISSING).then_some(drawn);
    gaps.truncate(MISSING);
    (gaps, more)
}

/// Numbers of documents leave no gap, neither those of letters nor those of records: one without its document shows that the
/// document was taken away, also where the case's events are erased and cannot say what they made.
async fn missing_documents(app: &App) -> Result<Vec<ReplayFinding>> {
    // As with cases: what was drawn before the documents are read is there by then, and the other way round.
    let before = document_series(app).await?;
    let mut drawn = Drawn::default();
    let mut after = String::new();
    loop {
        let rows = app.store.document_numbers(&after, NUMBERS).await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.id);
        rows.iter().for_each(|row| drawn.note(&row.number, &row.body));
    }
    let now = document_series(app).await?;
    let named = |series: &str, serial: u64, code| ReplayFinding {
        number: format!("{series}/{serial}"),
        seq: 0,
        code,
    };
    let mut found = Vec::new();
    for (series, last) in &before {
        let (missing, more) = missing(*last, |serial| drawn.holds(series, serial));
        let missing = missing.into_iter();
        found.extend(missing.map(|serial| named(series, serial, "NUMBER_WITHOUT_DOCUMENT")));
        found.extend(more.map(|serial| named(series, serial, "MORE_NUMBERS_MISSING")));
    }
    for (series, serials) in &drawn.told {
        let last = now.get(series).copied().unwrap_or_default();
        let beyond = serials.iter().filter(|serial| **serial > last);
        found.extend(beyond.map(|serial| named(series, *serial, "NUMBER_NOT_DRAWN")));
    }
    Ok(found)
}

/// The last number of each series of documents.
async fn document_series(app: &App) -> Result<BTreeMap<String, u64>> {
    let mut series = app.store.series(LETTERS).await?;
    series.extend(app.store.series(RECORDS).await?);
    Ok(series.into_iter().map(|(name, last)| (name, serial(last))).collect())
}

/// The numbers that documents have drawn.
#[derive(Debug, Default)]
struct Drawn {
    /// By series, as the documents say.
    told: BTreeMap<String, BTreeSet<u64>>,
    /// Those of earlier programs, when both kinds drew from the series of letters: office, year and place. No office where the
    /// seal that named it was erased with the text; such a one stands for that place of any office.
    earlier: BTreeSet<(Option<String>, u64, u64)>,
}

impl Drawn {
    /// Notes what a document says.
    fn note(&mut self, number: &str, body: &Json) {
        match body.get(DRAWN) {
            // It came from elsewhere, where its number was drawn.
            Some(Json::Null) => {}
            Some(drawn) => {
                let series = drawn.get("series").and_then(Json::as_str).unwrap_or_default();
                let serial = drawn.get("serial").and_then(Json::as_u64).unwrap_or_default();
                self.told.entry(series.to_owned()).or_default().insert(serial);
            }
            None => {
                let Some((year, serial)) = year_and_serial(number) else {
                    return;
                };
                let office = seal::sealed_by(body).map(str::to_owned);
                self.earlier.insert((office, year, serial));
            }
        }
    }

    /// Whether a document has this number of a series.
    fn holds(&self, series: &str, serial: u64) -> bool {
        let told = self.told.get(series);
        told.is_some_and(|serials| serials.contains(&serial)) || self.held_earlier(series, serial).unwrap_or_default()
    }

    fn held_earlier(&self, series: &str, serial: u64) -> Option<bool> {
        let (office, year) = series.strip_prefix(LETTERS)?.rsplit_once('/')?;
        let year: u64 = year.parse().ok()?;
        let of = |office: Option<&str>| self.earlier.contains(&(office.map(str::to_owned), year, serial));
        Some(of(Some(office)) || of(None))
    }
}

/// Year and place that a number says, as programs of all times have written it: 市监420100〔2026〕7号, 市监﹝2026﹞420100第7号.
fn year_and_serial(number: &str) -> Option<(u64, u64)> {
    let (_, rest) = number.rsplit_once(['〔', '﹝'])?;
    let (year, rest) = rest.split_once(['〕', '﹞'])?;
    let serial = rest.strip_suffix('号')?;
    let serial = serial.rsplit_once('第').map_or(serial, |(_, serial)| serial);
    Some((year.parse().ok()?, serial.parse().ok()?))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn drawn(said: &[(&str, Json)]) -> Drawn {
        let mut drawn = Drawn::default();
        said.iter().for_each(|(number, body)| drawn.note(number, body));
        drawn
    }

    #[test]
    fn a_document_holds_the_number_of_the_series_that_it_says_it_drew_from() {
        let record = json!({ DRAWN: { "series": "record/district/2026", "serial": 3 } });
        let letter = json!({ DRAWN: { "series": "document/district/2026", "serial": 1 } });
        let held = drawn(&[("", record), ("市监420100〔2026〕1号", letter)]);
        assert!(held.holds("record/district/2026", 3));
        assert!(!held.holds("record/district/2026", 1) && !held.holds("document/district/2026", 3));
        assert!(held.holds("document/district/2026", 1));
        assert!(!held.holds("document/bureau/2026", 1) && !held.holds("document/district/2025", 1));
    }

    #[test]
    fn documents_of_earlier_programs_hold_numbers_of_letters_whatever_they_are() {
        let sealed = json!({ "seal": { "organisation": "district" } });
        let held = drawn(&[
            ("市监420100〔2026〕7号", sealed),
            ("样例所〔2026〕8号", json!({})),
            ("市监﹝2026﹞420100第9号", json!({})),
            ("no number", json!({})),
        ]);
        assert!(held.holds("document/district/2026", 7));
        assert!(!held.holds("document/bureau/2026", 7) && !held.holds("record/district/2026", 7));
        for serial in [8, 9] {
            assert!(
                held.holds("document/bureau/2026", serial),
                "whose it was is erased: {serial}"
            );
        }
        assert!(!held.holds("document/district/2026", 10));
        assert_eq!(held.told, BTreeMap::new(), "what they drew beyond is no fault");
    }

    #[test]
    fn of_a_series_that_was_set_far_beyond_its_numbers_a_thousand_are_missed_and_the_last_one_is_told() {
        assert_eq!(missing(4, |serial| serial != 3), (vec![3], None));
        let (gaps, more) = missing(1_002, |serial| serial <= 2);
        assert_eq!((gaps.len(), more), (1_000, None));
        let (gaps, more) = missing(u64::MAX, |serial| serial <= 2);
        assert_eq!((gaps.first(), gaps.last()), (Some(&3), Some(&1_002)));
        assert_eq!((gaps.len(), more), (1_000, Some(u64::MAX)));
    }

    #[test]
    fn documents_from_elsewhere_hold_no_number_of_an_office_here() {
        let held = drawn(&[("公420100〔2026〕1号", json!({ DRAWN: null }))]);
        assert!(!held.holds("document/district/2026", 1));
    }
}
