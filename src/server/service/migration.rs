//! Running cases move to a later version of their procedure: seen beforehand case by case, then each in a transaction of
//! its own. Nothing else moves a case from the version that it was opened under.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use time::{Date, OffsetDateTime};
use zhengming_engine::{
    clock::{ClockState, Law},
    decide,
    decision::{Decision, Problem, ProblemCode},
    definition::{
        migration::{ClockMove, Migration},
        model::{Definition, Storage},
    },
    pack::Pack,
};

use super::{
    Error, Result,
    case_state::view,
    cases::{recorder, still_under},
    identity,
    record::{Around, By},
};
use crate::{
    app::App,
    store::{CaseCommand, CaseCursor, CaseFilter, CaseOrder, CaseRow, CaseStatus, Needs, Store, StoreError},
};

/// Cases read at a time.
const BATCH: u64 = 200;

/// What moving does to one case.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Number of the case.
    pub number: String,
    /// Key of its procedure.
    pub procedure: String,
    /// The version that it is under.
    pub from: i64,
    /// The version that it moves to; none: no version has a map from its own.
    pub to: Option<u32>,
    /// States before and after.
    pub states: (Vec<String>, Vec<String>),
    /// Deadlines that change, come or go.
    pub deadlines: Vec<DeadlineMove>,
    /// Answers that it is given because it brings none, by the map's `set`.
    pub given: Map<String, Json>,
    /// Why it does not move; empty: it does.
    pub problems: Vec<String>,
}

/// A deadline before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadlineMove {
    /// Clock before; none: it is new.
    pub before: Option<(String, Option<Date>)>,
    /// Clock after; none: it does not come along or runs no more.
    pub after: Option<(String, Option<Date>)>,
}

/// What a walk did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Open cases that were looked at.
    pub seen: u64,
    /// Cases that moved, or would.
    pub moved: u64,
    /// Cases that stay: under the version asked for or a later one, or without a map.
    pub stayed: u64,
    /// Cases that cannot move although there is a map, or whose version cannot be read.
    pub stuck: u64,
}

/// What becomes of a case, as far as a pack says.
enum Fate {
    Stays,
    Unreadable,
    Moves(Arc<Definition>, Arc<Definition>),
}

/// Looks what moving every open case to the latest version with a map from its own would do. Nothing is written. `pack`
/// must be complete.
///
/// # Errors
/// Those of the database; what is wrong with a case is part of its plan.
pub async fn rehearse(store: &Store, pack: &Pack, now: OffsetDateTime, mut tell: impl FnMut(&Plan)) -> Result<Walk> {
    let mut walk = Walk::default();
    let mut after = None;
    while let Some(rows) = page(store, None, &mut after).await? {
        for case in &rows {
            walk.count(plan(pack, case, None, now), &mut tell);
        }
    }
    Ok(walk)
}

/// Moves every open case of a procedure to a version of it, or only looks what that would do (`dry`). May be stopped at any
/// moment and made again: a case that has moved is left alone.
///
/// # Errors
/// [`Error::Invalid`] for an unknown procedure or version; those of the database. A case that cannot move is told and
/// left behind.
pub async fn migrate(
    app: &Arc<App>,
    procedure: &str,
    version: u32,
    dry: bool,
    mut tell: impl FnMut(&Plan),
) -> Result<Walk> {
    let pack = app.pack();
    let versions = pack.procedures.get(procedure).ok_or(Error::Invalid {
        field: "procedure",
        code: "UNKNOWN_PROCEDURE",
    })?;
    if !versions.iter().any(|d| d.version == version) {
        return Err(Error::Invalid {
            field: "to",
            code: "UNKNOWN_VERSION",
        });
    }
    let mut walk = Walk::default();
    let mut after = None;
    while let Some(rows) = page(&app.store, Some(procedure), &mut after).await? {
        for case in &rows {
            let mut plan = plan(&pack, case, Some(version), app.now());
            if let Fate::Moves(old, new) = fate(&pack, case, Some(version))
                && plan.problems.is_empty()
                && !dry
            {
                match move_case(app, case, old, new).await {
                    Ok(()) => {}
                    Err(Error::Store(error)) if !matches!(error, StoreError::UnreadableValue) => {
                        return Err(error.into());
                    }
                    Err(error) => plan.problems = words(&error),
                }
            }
            walk.count(plan, &mut tell);
        }
    }
    Ok(walk)
}

impl Walk {
    fn count(&mut self, plan: Plan, tell: &mut impl FnMut(&Plan)) {
        self.seen += 1;
        match (&plan.to, plan.problems.is_empty()) {
            (_, false) => self.stuck += 1,
            (None, true) => self.stayed += 1,
            (Some(_), true) => self.moved += 1,
        }
        if plan.to.is_some() || !plan.problems.is_empty() {
            tell(&plan);
        }
    }
}

async fn page(store: &Store, procedure: Option<&str>, after: &mut Option<CaseCursor>) -> Result<Option<Vec<CaseRow>>> {
    let filter = CaseFilter {
        procedure: procedure.map(str::to_owned),
        status: Some(CaseStatus::Open),
        ..CaseFilter::default()
    };
    let order = CaseOrder::OldestFirst;
    let rows = store.cases(&filter, order, after.as_ref(), BATCH).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    *after = CaseCursor::after(last, order);
    Ok(Some(rows))
}

/// Which versions a case moves between: to the one asked for, or to the latest with a map from its own.
fn fate(pack: &Pack, case: &CaseRow, version: Option<u32>) -> Fate {
    let versions = pack.procedures.get(&case.procedure).into_iter().flatten();
    let maps = |new: &&Arc<Definition>| map(new, case).is_some() && version.is_none_or(|v| new.version == v);
    let target = versions.rev().find(maps);
    match (pack.pinned(&case.procedure, &case.definition_hash), target) {
        (None, _) => Fate::Unreadable,
        (Some(old), Some(new)) => Fate::Moves(old.clone(), new.clone()),
        (Some(_), None) => Fate::Stays,
    }
}

/// The map by which a case comes to a version.
fn map<'d>(new: &'d Definition, case: &CaseRow) -> Option<&'d Migration> {
    let maps = new.migrations.iter();
    maps.into_iter().find(|m| i64::from(m.from) == case.procedure_version)
}

fn plan(pack: &Pack, case: &CaseRow, version: Option<u32>, now: OffsetDateTime) -> Plan {
    let mut plan = Plan {
        number: case.number.clone(),
        procedure: case.procedure.clone(),
        from: case.procedure_version,
        to: None,
        states: (case.states.clone(), Vec::new()),
        deadlines: Vec::new(),
        given: Map::new(),
        problems: Vec::new(),
    };
    match fate(pack, case, version) {
        // Whoever asks for a version wants every case before it to come there.
        Fate::Stays => {
            if version.is_some_and(|version| case.procedure_version < i64::from(version)) {
                plan.problems = vec![format!("no map leads there from version {}", case.procedure_version)];
            }
        }
        Fate::Unreadable => {
            plan.problems = vec!["its version of the procedure is neither in the files nor kept".to_owned()]
        }
        Fate::Moves(old, new) => {
            plan.to = Some(new.version);
            match decided(&old, &new, &pack.law, case, now) {
                Ok((decision, before)) => {
                    if let Some(map) = map(&new, case) {
                        plan.deadlines = deadlines(map, &before, &decision);
                        plan.given = given(map, case, &decision);
                    }
                    plan.states.1 = decision.to;
                }
                Err(error) => plan.problems = words(&error),
            }
        }
    }
    plan
}

type Clocks = Vec<(String, ClockState)>;

fn decided(
    old: &Definition,
    new: &Definition,
    law: &Law,
    case: &CaseRow,
    now: OffsetDateTime,
) -> Result<(Decision, Clocks)> {
    let before = view(case, &[], &[])?;
    let map = map(new, case).ok_or(Error::Internal("a map is missing"))?;
    let decision = decide::migrate(old, new, map, law, &before, now.max(case.opened_at))?;
    Ok((decision, before.clocks.into_iter().collect()))
}

fn deadlines(map: &Migration, before: &Clocks, decision: &Decision) -> Vec<DeadlineMove> {
    let date = |clock: &ClockState| clock.due.at().map(|due| due.due_date);
    let open = |clock: &ClockState| {
        use zhengming_engine::clock::ClockStatus::{Running, Suspended};
        matches!(clock.status, Running | Suspended)
    };
    let mut moves = Vec::new();
    let mut seen = Vec::new();
    for (name, clock) in before {
        let to = match map.clock(name) {
            ClockMove::Drop => None,
            ClockMove::Restart => Some(name.as_str()),
            ClockMove::To(to) => Some(to),
        };
        seen.extend(to.map(str::to_owned));
        let after = to.and_then(|to| Some((to, decision.clocks.get(to)?)));
        let after = after.filter(|(_, clock)| open(clock));
        let after = after.map(|(to, clock)| (to.to_owned(), date(clock)));
        let before = open(clock).then(|| (name.clone(), date(clock)));
        if before != after {
            moves.push(DeadlineMove { before, after });
        }
    }
    let new = decision
        .clocks
        .iter()
        .filter(|(name, clock)| !seen.contains(name) && open(clock));
    moves.extend(new.map(|(name, clock)| DeadlineMove {
        before: None,
        after: Some((name.clone(), date(clock))),
    }));
    moves
}

/// What the map says and the case does not bring.
fn given(map: &Migration, case: &CaseRow, decision: &Decision) -> Map<String, Json> {
    let own = case.data.as_object().into_iter().flatten();
    let brought: Vec<&str> = own.filter_map(|(name, _)| map.field(name)).collect();
    let given = map.set.keys().filter(|name| !brought.contains(&name.as_str()));
    given
        .filter_map(|name| Some((name.clone(), decision.data.get(name)?.clone())))
        .collect()
}

/// Moves one case. What is stored apart from it, under names of fields, moves with it.
async fn move_case(app: &Arc<App>, case: &CaseRow, old: Arc<Definition>, new: Arc<Definition>) -> Result<()> {
    let now = app.now();
    let map = map(&new, case).ok_or(Error::Internal("a map is missing"))?.clone();
    let moves_filer = moves(&map, &old, Storage::Identity);
    let recorder = recorder(app);
    let needs = Needs {
        personal: true,
        identity: moves_filer,
        assignments: true,
        ..Needs::NOTHING
    };
    let command = CaseCommand::on(case.id.clone(), needs, move |loaded| {
        let case = loaded.case.ok_or(Error::NotFound)?;
        still_under(case, &old)?;
        if case.status != CaseStatus::Open {
            return Err(Error::Refused(vec![Problem::new(ProblemCode::EventNotAvailable)]));
        }
        let at = now.max(case.opened_at);
        let before = view(case, loaded.assignments, &[])?;
        let decision = decide::migrate(&old, &new, &map, &recorder.pack.law, &before, at)?;
        let by = By {
            account: None,
            role: "migration".to_owned(),
            organisation: None,
            at,
        };
        let mut around = Around {
            personal: loaded.personal,
            identity: None,
            assignments: loaded.assignments,
            parties: &[],
            documents: &[],
            numbers: &mut *loaded.numbers,
        };
        let mut change = recorder.change(&new, case, &decision, &by, &mut around)?;
        if moves(&map, &old, Storage::Personal) {
            change.personal = loaded.personal.map(|body| renamed(&map, body));
        }
        let kept = loaded.identity.filter(|_| moves_filer);
        if let Some(body) = &identity::read(&recorder.secrets, &case.id, kept)? {
            change.identity = Some(recorder.identity(&case.id, case.filing_mode, renamed(&map, body))?);
        }
        Ok(change)
    });
    app.commit(command).await.map_err(Error::from)?;
    app.feed.publish(&case.id);
    Ok(())
}

/// Whether the map moves a field that is stored so.
fn moves(map: &Migration, old: &Definition, storage: Storage) -> bool {
    let stored = |name: &String| old.fields.get(name).is_some_and(|field| field.storage == storage);
    map.fields.keys().any(stored)
}

fn renamed(map: &Migration, body: &Json) -> Json {
    let fields = body.as_object().into_iter().flatten();
    let fields = fields.filter_map(|(name, value)| Some((map.field(name)?.to_owned(), value.clone())));
    Json::Object(fields.collect())
}

/// What stands against a case's moving: codes with the state, clock or field concerned.
fn words(error: &Error) -> Vec<String> {
    match error {
        Error::Refused(problems) => {
            let word = |problem: &Problem| match &problem.field {
                Some(field) => format!("{} {field}", problem.code.as_str()),
                None => problem.code.as_str().to_owned(),
            };
            problems.iter().map(word).collect()
        }
        Error::StaleVersion { .. } => vec!["it has changed meanwhile: run the command again".to_owned()],
        Error::Internal(what) => vec![(*what).to_owned()],
        other => vec![other.code().to_owned()],
    }
}
