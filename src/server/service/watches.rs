//! Watches: whoever watches a mark is told of each new report and each new mark of the register that leans on it.
//!
//! New names are looked up among the watches, not the watches among all names. Of a report, whoever may not read it learns
//! something only as the owner of the mark that the report itself says is imitated: then the sign, and nothing else. A trader
//! who watches his own imitation must not learn that somebody reported him.

use std::{collections::BTreeMap, sync::Arc};

use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use zhengming_marks::{Band, Mark, Match, MatchOptions};

use super::{
    Error, Result,
    case_state::hash,
    case_view::{self, CaseSummary},
    indexes::{self, Entry, Source},
    intake::{check_key, key_hash},
    register::{self, failed, word},
};
use crate::{
    access::Actor,
    app::App,
    search::SearchError,
    store::{AlertRow, CaseNameRow, CaseRow, CommitError, Idempotency, MarkRow, RegisterChange, SettingRow, WatchRow},
};

/// Watches that one account may keep.
const MOST: usize = 200;
/// Names looked up among the watches before their place is remembered.
const BATCH: u64 = 100;
/// Watches that one name can set off.
const TOLD: usize = 1_000;
/// Uses of a name in a case, the most telling first.
const TELLING: [&str; 6] = ["sign", "shop", "trader", "web_address", "text", "mark"];
/// Setting: up to which revision and row the names of cases were looked at.
const CASES_SEEN: &str = "alerts:case_names";
/// Setting: up to which revision and row the register was looked at.
const MARKS_SEEN: &str = "alerts:marks";

/// What is to be watched.
#[derive(Clone, Debug)]
pub struct NewWatch {
    /// A mark of the register, under all its names; or
    pub mark_id: Option<String>,
    /// a name.
    pub name: Option<String>,
    /// Of the register, only marks of these classes (Nice, 1 to 45), and those whose classes are unknown. None: all.
    pub classes: Vec<u8>,
    /// Names that are less alike are not told, 0 to 1.
    pub threshold: f64,
}

/// That something leans on a watched mark, as its reader may see it.
#[derive(Clone, Debug)]
pub struct AlertView {
    /// The row.
    pub alert: AlertRow,
    /// The watch that it belongs to.
    pub watch: WatchRow,
    /// The case, where the reader may know of it.
    pub case: Option<CaseSummary>,
    /// The mark that was entered into the register.
    pub mark: Option<MarkRow>,
}

/// Begins to watch. Repeats under the same key give the same watch.
///
/// # Errors
/// [`Error::Unauthenticated`]; [`Error::Invalid`] for what cannot be watched; [`Error::NotFound`] for an unknown mark.
pub async fn watch_mark(app: &Arc<App>, actor: &Actor, new: NewWatch, idempotency_key: &str) -> Result<WatchRow> {
    let account = actor.account_id().ok_or(Error::Unauthenticated)?;
    let key = check_key(idempotency_key)?;
    let name = watched_name(app, &new).await?;
    if !(0.3..=1.0).contains(&new.threshold) {
        return Err(invalid("threshold", "INVALID_THRESHOLD"));
    }
    let now = app.now();
    let request = json!(["watch", new.mark_id, new.name, new.classes, new.threshold]);
    let key = Idempotency {
        scope: format!("account:{account}"),
        key_hash: key_hash(key),
        request_hash: hash(&request),
        created_at: now,
        expires_at: now + app.config.retention.idempotency(),
    };
    let mine = app.store.watches(Some(account)).await?;
    // The repeat of what was answered is answered again: its watch is one of those.
    if mine.len() >= MOST && app.store.reply(&key.scope, &key.key_hash, now).await?.is_none() {
        return Err(invalid("name", "TOO_MANY_WATCHES"));
    }
    let row = WatchRow {
        id: app.ids.next().to_string(),
        account_id: account.to_owned(),
        mark_id: new.mark_id,
        name,
        classes: new.classes.iter().map(ToString::to_string).collect(),
        threshold: new.threshold,
        created_at: now,
        cancelled_at: None,
        revision: 0,
    };
    let change = vec![RegisterChange::PutWatch(row.clone())];
    let committed = app.store.change_register(Some(key), change, row.id.into_bytes()).await;
    let committed = committed.map_err(|error| match error {
        CommitError::IdempotencyConflict => Error::IdempotencyConflict,
        CommitError::Store(error) => error.into(),
        _ => Error::Internal("the register refused a watch"),
    })?;
    let id = String::from_utf8(committed.reply).map_err(|_| Error::Internal("stored reply is unreadable"))?;
    let row = app.store.watch(&id).await?.ok_or(Error::NotFound)?;
    indexes::soon(catch_up(app).await);
    Ok(row)
}

const fn invalid(field: &'static str, code: &'static str) -> Error {
    Error::Invalid { field, code }
}

async fn watched_name(app: &App, new: &NewWatch) -> Result<String> {
    match (&new.mark_id, &new.name) {
        (Some(id), None) => Ok(register::mark(app, id).await?.name),
        (None, Some(name)) => register::check_name(name).map(|()| name.trim().to_owned()),
        _ => Err(invalid("name", "MARK_OR_NAME")),
    }
}

/// Ends a watch of the actor's; one that has ended stays so.
///
/// # Errors
/// [`Error::NotFound`] for a watch that is not the actor's.
pub async fn cancel_watch(app: &Arc<App>, actor: &Actor, id: &str) -> Result<WatchRow> {
    let account = actor.account_id().ok_or(Error::Unauthenticated)?;
    let row = app.store.watch(id).await?;
    let row = row.filter(|row| row.account_id == account).ok_or(Error::NotFound)?;
    if row.cancelled_at.is_none() {
        let change = vec![RegisterChange::CancelWatch {
            id: id.to_owned(),
            at: app.now(),
        }];
        let cancelled = app.store.change_register(None, change, Vec::new()).await;
        cancelled.map_err(|error| match error {
            CommitError::Store(error) => error.into(),
            _ => Error::Internal("the register refused a change"),
        })?;
        indexes::soon(catch_up(app).await);
    }
    app.store.watch(id).await?.ok_or(Error::NotFound)
}

/// What the actor watches, the oldest first.
///
/// # Errors
/// [`Error::Unauthenticated`]; those of the database.
pub async fn watches(app: &App, actor: &Actor) -> Result<Vec<WatchRow>> {
    let account = actor.account_id().ok_or(Error::Unauthenticated)?;
    Ok(app.store.watches(Some(account)).await?)
}

/// What the actor was told, the latest first, after a place given as moment and id: at most `limit`, 1 to 100. Of a case that
/// the actor may not know of any more, nothing.
///
/// # Errors
/// [`Error::Unauthenticated`]; those of the database.
pub async fn alerts(
    app: &App,
    actor: &Actor,
    mut after: Option<(OffsetDateTime, String)>,
    limit: usize,
) -> Result<Vec<AlertView>> {
    let account = actor.account_id().ok_or(Error::Unauthenticated)?;
    let limit = limit.clamp(1, 101);
    let mut views = Vec::new();
    while views.len() < limit {
        let place = after.as_ref().map(|(at, id)| (*at, id.as_str()));
        let rows = app.store.alerts(account, place, limit as u64).await?;
        let read = rows.len();
        after = rows.last().map(|last| (last.found_at, last.id.clone()));
        for view in seen(app, actor, rows).await? {
            if views.len() < limit {
                views.push(view);
            }
        }
        if read < limit {
            break;
        }
    }
    Ok(views)
}

/// Those of the alerts that their reader may see.
pub(super) async fn seen(app: &App, actor: &Actor, rows: Vec<AlertRow>) -> Result<Vec<AlertView>> {
    let ids = |of: fn(&AlertRow) -> Option<String>| rows.iter().filter_map(of).collect::<Vec<String>>();
    let watches = app.store.watches_by_ids(&ids(|row| Some(row.watch_id.clone()))).await?;
    let marks = app.store.marks_by_ids(&ids(|row| row.mark_id.clone())).await?;
    let cases = case_view::summaries(app, actor, &ids(|row| row.case_id.clone())).await?;
    let mut views = Vec::new();
    for alert in rows {
        let Some(watch) = watches.iter().find(|watch| watch.id == alert.watch_id) else {
            continue;
        };
        let case = alert
            .case_id
            .as_ref()
            .and_then(|id| cases.iter().find(|summary| summary.case.id == *id));
        if alert.case_id.is_some() && case.is_none() && alert.for_owner == 0 {
            continue;
        }
        let mark = marks.iter().find(|mark| alert.mark_id.as_ref() == Some(&mark.id));
        views.push(AlertView {
            watch: watch.clone(),
            case: case.cloned(),
            mark: mark.cloned(),
            alert,
        });
    }
    Ok(views)
}

/// Brings the index of watches to what is watched. Returns how many were put.
///
/// # Errors
/// Those of the database and of the index.
pub async fn catch_up(app: &App) -> Result<u64> {
    let target = app.store.revisions().await?.watches;
    indexes::catch_up(&app.watched, target, &Watched(app))
        .await
        .map_err(failed)
}

/// The watches as the index takes them.
struct Watched<'a>(&'a App);

impl Source for Watched<'_> {
    async fn after(&self, revision: i64, id: &str, up_to: i64) -> std::result::Result<Vec<Entry>, SearchError> {
        let app = self.0;
        let rows = app.store.watches_after((revision, id), up_to, indexes::PAGE).await?;
        let of_marks: Vec<String> = rows.iter().filter_map(|row| row.mark_id.clone()).collect();
        let marks = app.store.marks_by_ids(&of_marks).await?;
        let entries = rows.into_iter().map(|row| {
            let mark = marks.iter().find(|mark| row.mark_id.as_ref() == Some(&mark.id));
            // A mark is watched under the names that it has now.
            let (name, aliases) = mark.map_or((row.name, Vec::new()), |mark| (mark.name.clone(), mark.aliases.clone()));
            Entry {
                revision: row.revision,
                id: row.id.clone(),
                mark: row.cancelled_at.is_none().then(|| Mark {
                    id: row.id,
                    name,
                    aliases,
                    ..Mark::default()
                }),
            }
        });
        Ok(entries.collect())
    }
}

/// Looks up what is new since the last time among the watches, and raises alerts. Returns how many names were looked at.
///
/// # Errors
/// Those of the database and of the index; what was looked at until then is remembered.
pub async fn tell(app: &App) -> Result<usize> {
    let mut looked = 0;
    loop {
        match tell_some(app).await? {
            0 => return Ok(looked),
            some => looked += some,
        }
    }
}

/// As [`tell`], for a part of what is new: what else the caller has to do waits no longer than that. None left: 0.
///
/// # Errors
/// As [`tell`].
pub async fn tell_some(app: &App) -> Result<usize> {
    catch_up(app).await?;
    Ok(tell_of_cases(app).await? + tell_of_marks(app).await?)
}

/// A revision and a row, as a setting holds them.
async fn position(app: &App, key: &str) -> Result<(i64, String)> {
    let kept = app.store.setting(key).await?.unwrap_or_default();
    let (revision, id) = kept.split_once(' ').unwrap_or(("0", ""));
    Ok((revision.parse().unwrap_or(0), id.to_owned()))
}

fn place(key: &str, revision: i64, id: &str) -> SettingRow {
    SettingRow {
        key: key.to_owned(),
        value: format!("{revision} {id}"),
    }
}

async fn tell_of_cases(app: &App) -> Result<usize> {
    let target = app.store.revisions().await?.names;
    let (revision, id) = position(app, CASES_SEEN).await?;
    let rows = app.store.case_names_after((revision, &id), target, BATCH).await?;
    let Some(last) = rows.last() else { return Ok(0) };
    let looked = rows.len();
    let place = place(CASES_SEEN, last.revision, &last.id);
    let alerts = if app.store.is_anything_watched().await? {
        case_alerts(app, rows).await?
    } else {
        Vec::new()
    };
    app.store.raise_alerts(alerts, place).await?;
    Ok(looked)
}

async fn tell_of_marks(app: &App) -> Result<usize> {
    let target = app.store.revisions().await?.marks;
    let (revision, id) = position(app, MARKS_SEEN).await?;
    if revision < target && !app.store.is_anything_watched().await? {
        app.store
            .raise_alerts(Vec::new(), place(MARKS_SEEN, target + 1, ""))
            .await?;
        return Ok(0);
    }
    let rows = app.store.marks_after((revision, &id), target, BATCH).await?;
    let Some(last) = rows.last() else { return Ok(0) };
    let looked = rows.len();
    let place = place(MARKS_SEEN, last.revision, &last.id);
    app.store.raise_alerts(mark_alerts(app, rows).await?, place).await?;
    Ok(looked)
}

/// Watches that names set off, by watch: what of them is most alike.
async fn set_off<'n, N>(
    app: &App,
    names: impl Iterator<Item = (&'n str, N)>,
) -> Result<BTreeMap<String, Vec<(N, Match)>>>
where
    N: Clone,
{
    let options = MatchOptions {
        limit: TOLD,
        ..MatchOptions::default()
    };
    let mut set_off: BTreeMap<String, Vec<(N, Match)>> = BTreeMap::new();
    for (name, what) in names {
        for found in app.watched.matches(name, options.clone()).await.map_err(failed)? {
            let of_watch = set_off.entry(found.mark.id.clone()).or_default();
            of_watch.push((what.clone(), found));
        }
    }
    for found in set_off.values_mut() {
        found.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    }
    Ok(set_off)
}

/// The watches by their ids, with their marks.
async fn watches_of<T>(app: &App, set_off: &BTreeMap<String, T>) -> Result<Vec<(WatchRow, Option<MarkRow>)>> {
    let ids: Vec<String> = set_off.keys().cloned().collect();
    let rows = app.store.watches_by_ids(&ids).await?;
    let of_marks: Vec<String> = rows.iter().filter_map(|row| row.mark_id.clone()).collect();
    let marks = app.store.marks_by_ids(&of_marks).await?;
    let live = rows.into_iter().filter(|row| row.cancelled_at.is_none());
    let with_mark = live.map(|row| {
        let mark = marks
            .iter()
            .find(|mark| row.mark_id.as_ref() == Some(&mark.id))
            .cloned();
        (row, mark)
    });
    Ok(with_mark.collect())
}

async fn case_alerts(app: &App, rows: Vec<CaseNameRow>) -> Result<Vec<AlertRow>> {
    let mut changed: Vec<String> = rows.into_iter().map(|row| row.case_id).collect();
    changed.sort_unstable();
    changed.dedup();
    // All names of each: what is new is told by what the case names as imitated.
    let mut by_case: BTreeMap<String, Vec<CaseNameRow>> = BTreeMap::new();
    for row in app.store.case_names(&changed).await? {
        by_case.entry(row.case_id.clone()).or_default().push(row);
    }
    let mut alerts = Vec::new();
    for (case_id, names) in by_case {
        let Some(case) = app.store.case(&case_id).await? else {
            continue;
        };
        let set_off = set_off(app, names.iter().map(|row| (row.name.as_str(), row))).await?;
        for (watch, mark) in watches_of(app, &set_off).await? {
            let found = set_off.get(&watch.id).map(Vec::as_slice).unwrap_or_default();
            alerts.extend(case_alert(&case, &watch, mark.as_ref(), found, app.now()));
        }
    }
    Ok(alerts)
}

/// What a watch is told of a case. Its owner is told of the sign, and only if the case names the owner's very mark as imitated: his own is only like it.
fn case_alert(
    case: &CaseRow,
    watch: &WatchRow,
    mark: Option<&MarkRow>,
    found: &[(&CaseNameRow, Match)],
    now: OffsetDateTime,
) -> Option<AlertRow> {
    if case.filer_account_id.as_deref() == Some(watch.account_id.as_str()) {
        return None;
    }
    let owner = mark.and_then(|mark| mark.owner_account.as_deref());
    let owns = owner == Some(watch.account_id.as_str());
    let names_it = found
        .iter()
        .any(|(row, hit)| row.searched_as == "mark" && hit.band == Band::Identical);
    let for_owner = owns && names_it;
    let told = found
        .iter()
        .filter(|(row, hit)| hit.score >= watch.threshold && row.found_at >= watch.created_at)
        .filter(|(row, _)| !for_owner || matches!(row.searched_as.as_str(), "sign" | "mark"));
    // The first of the most telling: what stands on the goods says more than the mark that it imitates, which is the watched one.
    let (row, hit) = told.min_by_key(|(row, _)| TELLING.iter().position(|use_| *use_ == row.searched_as))?;
    Some(AlertRow {
        id: alert_id(&watch.id, &case.id),
        watch_id: watch.id.clone(),
        account_id: watch.account_id.clone(),
        case_id: Some(case.id.clone()),
        mark_id: None,
        searched_as: row.searched_as.clone(),
        name: row.name.clone(),
        score: hit.score,
        band: word(&hit.band),
        reasons: reasons(hit),
        for_owner: i64::from(for_owner),
        found_at: now,
        mailed_at: None,
    })
}

async fn mark_alerts(app: &App, rows: Vec<MarkRow>) -> Result<Vec<AlertRow>> {
    let mut alerts = Vec::new();
    for row in rows {
        let names = std::iter::once(&row.name).chain(&row.aliases);
        let set_off = set_off(app, names.map(|name| (name.as_str(), name))).await?;
        for (watch, mark) in watches_of(app, &set_off).await? {
            let found = set_off.get(&watch.id).and_then(|found| found.first());
            // What the register held before is found by a search.
            let is_new = row.updated_at >= watch.created_at;
            let same_owner =
                mark.is_some_and(|mark| mark.id == row.id || (!row.owner.is_empty() && mark.owner == row.owner));
            let classes = watch.classes.is_empty()
                || row.classes.is_empty()
                || row.classes.iter().any(|class| watch.classes.contains(class));
            let Some((name, hit)) =
                found.filter(|(_, hit)| hit.score >= watch.threshold && classes && is_new && !same_owner)
            else {
                continue;
            };
            alerts.push(AlertRow {
                id: alert_id(&watch.id, &row.id),
                watch_id: watch.id,
                account_id: watch.account_id,
                case_id: None,
                mark_id: Some(row.id.clone()),
                searched_as: "mark".to_owned(),
                name: (*name).clone(),
                score: hit.score,
                band: word(&hit.band),
                reasons: reasons(hit),
                for_owner: 0,
                found_at: app.now(),
                mailed_at: None,
            });
        }
    }
    Ok(alerts)
}

fn reasons(hit: &Match) -> serde_json::Value {
    json!(hit.reasons.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// One for a watch and what it is told about.
fn alert_id(watch: &str, what: &str) -> String {
    let digest = Sha256::new()
        .chain_update(watch)
        .chain_update([0])
        .chain_update(what)
        .finalize();
    HEXLOWER.encode(digest.get(..16).unwrap_or_default())
}
