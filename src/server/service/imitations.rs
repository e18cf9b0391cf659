//! Names in cases: which there are, which lean on a mark, and which cases belong to one series because they share them.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value as Json;
use zhengming_engine::definition::model::{Definition, SearchedAs};
use zhengming_marks::{Band, Comparison, LONGEST_NAME, Mark, MatchOptions, Reason};

use super::{
    Error, Result,
    case_view::{self, CaseSummary, ListRequest},
    cases::pinned,
    identity,
    indexes::{self, Entry, Source},
    mentions::mentions,
    register::{self, failed},
};
use crate::{
    access::{Actor, Standing},
    app::App,
    search::SearchError,
    store::{CaseCursor, CaseFilter, CaseNameRow, CaseOrder, CaseRow},
};

/// Names of cases that one search looks at, the most alike first.
const NAMES: usize = 300;
/// Cases that one search looks at, the newest first.
const CASES: usize = 500;
/// Cases asked for at once.
const PAGE: usize = 100;
/// From which likeness on two traders are called the same.
const SAME_TRADER: f64 = 0.95;
/// Cases of one series that are shown.
const SERIES: usize = 20;
/// Stands in a text for what says who filed: no name goes beyond it.
const TAKEN_OUT: &str = "，";

/// A case that holds names which lean on a mark.
#[derive(Clone, Debug)]
pub struct ReportMatch {
    /// The case, as its reader may see it.
    pub summary: CaseSummary,
    /// The names, the most alike first; never none.
    pub names: Vec<NameMatch>,
}

impl ReportMatch {
    /// How much the closest of its names is like the mark, from 0 to 1.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.names.first().map_or(0.0, |name| name.score)
    }
}

/// A name in a case and what it is like.
#[derive(Clone, Debug)]
pub struct NameMatch {
    /// Field that holds it.
    pub field: String,
    /// What it is in the case.
    pub searched_as: String,
    /// The name.
    pub name: String,
    /// Likeness from 0 to 1.
    pub score: f64,
    /// What the score means.
    pub band: Band,
    /// Why, the strongest first.
    pub reasons: Vec<Reason>,
}

/// What is looked for.
#[derive(Clone, Debug)]
pub enum Sought {
    /// A mark of the register, under all its names.
    Mark(String),
    /// A name.
    Name(String),
}

/// A page of a search for reports.
#[derive(Clone, Debug)]
pub struct SearchRequest {
    /// What is looked for.
    pub sought: Sought,
    /// Names that are less alike are left out, 0 to 1.
    pub least_score: f64,
    /// So many matches are passed over.
    pub after: usize,
    /// At most so many.
    pub limit: usize,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The page.
    pub matches: Vec<ReportMatch>,
    /// How many there are in all, among the newest 500 cases that hold one of the 300 names most alike.
    pub total: usize,
}

/// Which names the value of a field holds, where a search looks at the field at all. Texts are read without what says `who` filed.
fn names_in<'v>(
    definition: &'v Definition,
    personal: &'v Json,
    who: &'v [&'v str],
) -> impl Iterator<Item = (&'v String, SearchedAs, Vec<String>)> + 'v {
    definition.fields.iter().filter_map(move |(name, field)| {
        let searched_as = field.search?;
        let mut value = Cow::Borrowed(personal.get(name)?.as_str()?);
        if searched_as == SearchedAs::Text {
            for known in who.iter().copied() {
                if value.contains(known) {
                    value = Cow::Owned(value.replace(known, TAKEN_OUT));
                }
            }
        }
        Some((name, searched_as, mentions(searched_as, &value)))
    })
}

/// The code of what a name is in a case, as procedures word it.
pub(super) fn code(searched_as: SearchedAs) -> String {
    match serde_json::to_value(searched_as) {
        Ok(Json::String(code)) => code,
        _ => String::new(),
    }
}

/// The names by which a case says what it is about: the mark that is imitated, or the sign as it was found.
pub(super) fn named_as(definition: &Definition, personal: &Json, wanted: SearchedAs) -> Vec<String> {
    let names = names_in(definition, personal, &[]).filter(|(_, searched_as, _)| *searched_as == wanted);
    names.flat_map(|(_, _, names)| names).collect()
}

/// Notes the names that a case holds, so that they are found. What names the filer is left out: no index may tell who filed.
///
/// # Errors
/// Those of the database.
pub async fn note_names(app: &App, case_id: &str) -> Result<()> {
    let case = app.store.case(case_id).await?.ok_or(Error::NotFound)?;
    let definition = pinned(app, &case)?;
    let personal = app.store.case_personal(case_id).await?.unwrap_or_default();
    let identity = identity::of(app, case_id).await?;
    let identity = identity.unwrap_or_default();
    let mut who: Vec<&str> = texts(&identity).filter(|text| text.chars().count() > 1).collect();
    // An address goes before the place that it holds, or the rest of it would be left.
    who.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let mut rows = Vec::new();
    for (field, searched_as, names) in names_in(&definition, &personal, &who) {
        // The names that a field is for are the other side's; a text may name anybody.
        let tells = |name: &String| {
            let in_text = searched_as == SearchedAs::Text;
            who.iter()
                .any(|known| name == known || (in_text && (name.contains(known) || known.contains(name.as_str()))))
        };
        for (n, name) in names.into_iter().filter(|name| !tells(name)).enumerate() {
            rows.push(CaseNameRow {
                id: format!("{case_id}/{field}/{n}"),
                case_id: case_id.to_owned(),
                field: field.clone(),
                searched_as: code(searched_as),
                name,
                found_at: app.now(),
                revision: 0,
            });
        }
    }
    Ok(app.store.put_case_names(case_id, rows).await?)
}

/// All texts in a value.
fn texts(value: &Json) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Json::String(text) => Box::new(std::iter::once(text.as_str())),
        Json::Array(list) => Box::new(list.iter().flat_map(texts)),
        Json::Object(map) => Box::new(map.values().flat_map(texts)),
        _ => Box::new(std::iter::empty()),
    }
}

/// Brings the index of names to what the cases hold. Returns how many names were put.
///
/// # Errors
/// Those of the database and of the index.
pub async fn catch_up(app: &App) -> Result<u64> {
    let target = app.store.revisions().await?.names;
    indexes::catch_up(&app.names, target, &Names(app)).await.map_err(failed)
}

/// Notes the names of all cases and makes their index anew. Returns how many names it holds.
///
/// # Errors
/// Those of the database and of the index.
pub async fn reindex(app: &App) -> Result<u64> {
    let mut after = None;
    loop {
        let filter = CaseFilter::default();
        let cases = app
            .store
            .cases(&filter, CaseOrder::OldestFirst, after.as_ref(), PAGE as u64)
            .await?;
        for case in &cases {
            note_names(app, &case.id).await?;
        }
        let Some(last) = cases.last() else { break };
        after = CaseCursor::after(last, CaseOrder::OldestFirst);
    }
    let target = app.store.revisions().await?.names;
    indexes::fill_anew(&app.names, target, &Names(app))
        .await
        .map_err(failed)
}

/// The names in cases. The index knows each name once, whatever cases hold it: who may see which is the database's to say.
struct Names<'a>(&'a App);

impl Source for Names<'_> {
    async fn after(&self, revision: i64, id: &str, up_to: i64) -> std::result::Result<Vec<Entry>, SearchError> {
        let app = self.0;
        let rows = app.store.case_names_after((revision, id), up_to, indexes::PAGE).await?;
        let entries = rows.into_iter().map(|row| Entry {
            revision: row.revision,
            id: row.id,
            mark: (!row.name.is_empty()).then(|| Mark {
                id: row.name.clone(),
                name: row.name,
                ..Mark::default()
            }),
        });
        Ok(entries.collect())
    }
}

/// The cases with names that lean on a mark, the most alike first, then the newest. Each passed the access check of its reader,
/// and so did each field that a name stands in.
///
/// # Errors
/// [`Error::Unauthenticated`] without an account; [`Error::NotFound`] for an unknown mark; [`Error::Invalid`].
pub async fn search_reports(app: &App, actor: &Actor, request: SearchRequest) -> Result<Found> {
    if actor.person().is_none() {
        return Err(Error::Unauthenticated);
    }
    let names = match &request.sought {
        Sought::Mark(id) => {
            let mark = register::mark(app, id).await?;
            std::iter::once(mark.name).chain(mark.aliases).collect()
        }
        Sought::Name(name) if (1..=LONGEST_NAME).contains(&name.trim().chars().count()) => vec![name.trim().to_owned()],
        Sought::Name(_) => {
            return Err(Error::Invalid {
                field: "name",
                code: "INVALID_NAME",
            });
        }
    };
    let alike = alike(app, &names, request.least_score).await?;
    let mut matches = holding(app, actor, &alike, |_, _| true).await?;
    let total = matches.len();
    let matches = matches.drain(..).skip(request.after).take(request.limit).collect();
    Ok(Found { matches, total })
}

/// Cases that belong to one series with a case (串案): their signs are called alike, or their traders or shops are the
/// same. For staff.
///
/// # Errors
/// Those of the database and of the index.
pub async fn series(app: &App, actor: &Actor, case: &CaseRow, standing: &Standing) -> Result<Vec<ReportMatch>> {
    if !standing.reads_as_staff() {
        return Ok(Vec::new());
    }
    let own = app.store.case_names(std::slice::from_ref(&case.id)).await?;
    let names: Vec<String> = own
        .into_iter()
        .filter(|row| tells_series(row, 1.0))
        .map(|row| row.name)
        .collect();
    let alike = alike(app, &names, Band::HIGH).await?;
    let counts = |row: &CaseNameRow, found: &Comparison| row.case_id != case.id && tells_series(row, found.score);
    let mut found = holding(app, actor, &alike, counts).await?;
    found.truncate(SERIES);
    Ok(found)
}

/// As many names as one search looks at.
fn most_alike() -> MatchOptions {
    MatchOptions {
        limit: NAMES,
        ..MatchOptions::default()
    }
}

/// Whether a name that is so much like one of a case's own tells that the cases belong together. Names of traders and shops
/// share places and trades: they must be the same but for a trifle.
fn tells_series(row: &CaseNameRow, score: f64) -> bool {
    match row.searched_as.as_str() {
        "sign" => score >= Band::HIGH,
        "trader" | "shop" => score >= SAME_TRADER,
        _ => false,
    }
}

/// The names of cases that lean on one of these, by name, with what each is like. The index is asked what the mark is like; what
/// counts is the other way round, by what is common in the register.
async fn alike(app: &App, names: &[String], least_score: f64) -> Result<BTreeMap<String, Comparison>> {
    let mut alike: BTreeMap<String, Comparison> = BTreeMap::new();
    for name in names {
        for found in app.names.matches(name, most_alike()).await.map_err(failed)? {
            let known = alike.get(&found.mark.name).map_or(-1.0, |known| known.score);
            let compared = app.marks.compare(&found.mark.name, name);
            if compared.score >= least_score && compared.score > known {
                alike.insert(found.mark.name, compared);
            }
        }
    }
    let mut best: Vec<(String, Comparison)> = alike.into_iter().collect();
    best.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    best.truncate(NAMES);
    Ok(best.into_iter().collect())
}

/// The cases within the actor's reach that hold one of these names in a field that the actor may read.
async fn holding(
    app: &App,
    actor: &Actor,
    alike: &BTreeMap<String, Comparison>,
    counts: impl Fn(&CaseNameRow, &Comparison) -> bool,
) -> Result<Vec<ReportMatch>> {
    if alike.is_empty() {
        return Ok(Vec::new());
    }
    let mut request = ListRequest {
        filter: CaseFilter {
            names: Some(alike.keys().cloned().collect()),
            ..CaseFilter::default()
        },
        order: CaseOrder::NewestFirst,
        after: None,
        limit: PAGE as u64,
    };
    let mut matches = Vec::new();
    for _ in 0..CASES / PAGE {
        let summaries = case_view::list(app, actor, request.clone()).await?;
        let read = summaries.len();
        request.after = summaries
            .last()
            .and_then(|last| CaseCursor::after(&last.case, request.order));
        let ids: Vec<String> = summaries.iter().map(|summary| summary.case.id.clone()).collect();
        let rows = app.store.case_names(&ids).await?;
        for summary in summaries {
            let here = rows.iter().filter(|row| row.case_id == summary.case.id);
            let mut names: Vec<NameMatch> = here
                .filter(|row| case_view::may_read(&summary.standing, &summary.definition, &row.field))
                .filter_map(|row| Some((row, alike.get(&row.name)?)))
                .filter(|(row, found)| counts(row, found))
                .map(|(row, found)| name_match(row, found))
                .collect();
            names.sort_by(|a, b| b.score.total_cmp(&a.score));
            let names = each_place_once(names);
            if !names.is_empty() {
                matches.push(ReportMatch { summary, names });
            }
        }
        if read < PAGE || request.after.is_none() {
            break;
        }
    }
    // Stable: of equals the newest stays first.
    matches.sort_by(|a, b| b.score().total_cmp(&a.score()));
    Ok(matches)
}

/// Of a text may be taken 兰鲸湖 and 兰鲸湖饮料: the more alike tells. The names come the most alike first.
fn each_place_once(names: Vec<NameMatch>) -> Vec<NameMatch> {
    let mut told: Vec<NameMatch> = Vec::with_capacity(names.len());
    for name in names {
        let is_told = |known: &NameMatch| {
            known.field == name.field && (known.name.contains(&name.name) || name.name.contains(&known.name))
        };
        if name.searched_as != "text" || !told.iter().any(is_told) {
            told.push(name);
        }
    }
    told
}

fn name_match(row: &CaseNameRow, found: &Comparison) -> NameMatch {
    NameMatch {
        field: row.field.clone(),
        searched_as: row.searched_as.clone(),
        name: row.name.clone(),
        score: found.score,
        band: found.band,
        reasons: found.reasons.clone(),
    }
}
