//! Plans of cases: when each is filed and when each event is sent, so that today it stands where it should.
//!
//! A plan is rehearsed with the real engine, clocks and all, before it is kept: what does not lead there is thrown away.

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;
use serde_json::{Map, Value as Json};
use time::{Date, Duration, OffsetDateTime};
use zhengming_engine::{
    clock::{CHINA, ClockStatus, local_date},
    decision::{Actor, Opening},
    definition::model::{Definition, FilingMode, RoleKind, State},
    pack::Pack,
};

use super::{
    answers::{Answers, Sheet},
    data::{Account, Data, Mode, Situation, Story},
    route::{Move, Routes},
};
use crate::rehearsal::Rehearsal;

/// A case that will be played.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) procedure: String,
    pub(super) mode: FilingMode,
    /// Login of who files; `None` is a visitor.
    pub(super) by: Option<String>,
    pub(super) filed_at: OffsetDateTime,
    /// Answers to the filing form.
    pub(super) fields: Map<String, Json>,
    pub(super) steps: Vec<PlannedStep>,
    /// Whether every step has to succeed. A way that was found by searching may ask for somebody whom the office that has the
    /// case does not employ; such a case rests where it has come to.
    pub(super) strict: bool,
}

/// An event that will be sent.
#[derive(Clone, Debug)]
pub(super) struct PlannedStep {
    pub(super) at: OffsetDateTime,
    pub(super) event: String,
    pub(super) role: String,
    pub(super) fields: Map<String, Json>,
    /// Procedure of the case where it happens, if that is one which the planned case opens.
    pub(super) case: Option<String>,
}

/// How an open case's deadlines should look today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// Nothing is pressing.
    Quiet,
    /// A clock runs out within [`NEAR`].
    Near,
    /// A clock has run out and the duty remains.
    Late,
}

/// A deadline this close counts as near.
const NEAR: Duration = Duration::days(3);
/// Days before today on which a case of the present rules may have been filed.
const FILED_BEFORE: [i64; 16] = [2, 4, 6, 8, 10, 13, 16, 20, 25, 31, 38, 47, 60, 75, 95, 120];
/// Days before today on which a case that waited long is taken up again.
const RESUMED_BEFORE: [i64; 6] = [3, 6, 9, 13, 18, 26];
/// Open leaves that are shown of a procedure that is not shown whole.
const OPEN_SHOWN: usize = 4;
/// And ends.
const CLOSED_SHOWN: usize = 1;
/// Minutes between two things done on one day.
const SHORTLY: Duration = Duration::minutes(40);

/// Plans all cases of the demo.
pub(super) struct Planner<'p> {
    pub(super) pack: &'p Pack,
    pub(super) data: &'p Data,
    pub(super) answers: &'p Answers<'p>,
    pub(super) now: OffsetDateTime,
}

/// One case on its way to a plan.
struct Draft<'p> {
    routes: Routes<'p>,
    mode: FilingMode,
    by: Option<String>,
    /// Answers over the usual ones on filing.
    over: Map<String, Json>,
    /// The leaf wanted.
    ends: String,
    /// As in [`Plan`].
    strict: bool,
}

/// A leaf that a case should rest in.
struct Target<'p> {
    definition: &'p Definition,
    leaf: &'p State,
    /// Ways there, to be tried in this order.
    ways: Vec<Vec<Move>>,
    /// Whether cases can be filed under this version today.
    present: bool,
}

impl<'p> Planner<'p> {
    /// Every story, and a case for each leaf of each version of each procedure that has been in force by now.
    pub(super) fn plans(&self) -> Vec<Plan> {
        let mut plans: Vec<Plan> = self
            .data
            .stories
            .iter()
            .enumerate()
            .filter_map(|(i, s)| self.story(i, s))
            .collect();
        let definitions: Vec<&Arc<Definition>> = self.pack.procedures.values().flatten().collect();
        let searched: Vec<Vec<Target>> = definitions
            .par_iter()
            .map(|definition| self.targets(definition))
            .collect();
        // Each case has its turn, by which they differ, whoever plans it.
        let turns: Vec<(usize, Target)> = (1..).zip(searched.into_iter().flatten()).collect();
        plans.par_extend(turns.par_iter().filter_map(|(turn, target)| self.leaf(*turn, target)));
        plans.sort_by_key(|plan| plan.filed_at);
        plans
    }

    fn today(&self) -> Date {
        local_date(self.now).unwrap_or(self.now.date())
    }

    /// The leaves of a procedure in which the demo has cases, with the ways there.
    fn targets(&self, definition: &'p Definition) -> Vec<Target<'p>> {
        let Some(first) = self.data.situations.first() else {
            return Vec::new();
        };
        let sheet = self.answers.sheet(&definition.key, first, 0);
        let search = self.routes(definition, &sheet);
        let at = self.now - Duration::days(1);
        let direct = search.all(at);
        let present = definition.filed.to.is_none_or(|to| to >= self.today());
        let pauses = if present {
            Vec::new()
        } else {
            self.pauses(definition, &search, &direct, at)
        };
        let reached = |leaf: &State| {
            let mut ways = pauses.iter().chain([&direct]);
            ways.any(|ways| ways.contains_key(&leaf.id))
        };
        let target = |leaf: &'p State| {
            // What is closed went straight to its end; what is still open under old rules must have waited somewhere.
            let waited = pauses
                .iter()
                .filter_map(|beyond| beyond.get(&leaf.id))
                .filter(|_| leaf.outcome.is_none());
            Target {
                definition,
                leaf,
                ways: waited.chain(direct.get(&leaf.id)).cloned().collect(),
                present,
            }
        };
        self.shown(definition, &reached).into_iter().map(target).collect()
    }

    /// The leaves in which the demo has cases: all of the intakes, which are the demo's heart; of other procedures some of the
    /// open ones and some ends that its answers lead to, from first to last, so that it starts within seconds.
    fn shown<'d>(&self, definition: &'d Definition, reached: &dyn Fn(&State) -> bool) -> Vec<&'d State> {
        let mut leaves: Vec<&State> = definition.leaves().map(|(_, leaf)| leaf).collect();
        if self.data.every_state.contains(&definition.key) {
            return leaves;
        }
        leaves.retain(|leaf| reached(leaf));
        let (closed, open): (Vec<&State>, Vec<&State>) = leaves.into_iter().partition(|leaf| leaf.outcome.is_some());
        let mut shown = spread(&open, OPEN_SHOWN);
        shown.extend(spread(&closed, CLOSED_SHOWN));
        shown
    }

    /// Ways on from the leaves in which a clock is suspended: there a case can wait for long without a deadline passing.
    fn pauses(
        &self,
        definition: &Definition,
        search: &Routes<'_>,
        direct: &BTreeMap<String, Vec<Move>>,
        at: OffsetDateTime,
    ) -> Vec<BTreeMap<String, Vec<Move>>> {
        let mut leaves: Vec<&str> = Vec::new();
        for (ix, _) in definition.clocks.values().flat_map(|clock| &clock.suspended_in) {
            for leaf in definition.entered(*ix) {
                let leaf = definition.at(leaf).map(|state| state.id.as_str());
                leaves.extend(leaf.filter(|id| !leaves.contains(id)));
            }
        }
        leaves
            .iter()
            .filter_map(|id| Some(search.beyond(direct.get(*id)?, at)))
            .collect()
    }

    fn routes<'r>(&'r self, definition: &'r Definition, sheet: &'r Sheet) -> Routes<'r> {
        Routes {
            law: &self.pack.law,
            definition,
            answers: self.answers,
            sheet,
        }
    }

    /// A case that rests in the target today, in the mood whose turn it is where that can be had.
    fn leaf(&self, turn: usize, target: &Target<'p>) -> Option<Plan> {
        let (definition, closed) = (target.definition, target.leaf.outcome.is_some());
        let situation = self.data.situations.get(turn % self.data.situations.len().max(1))?;
        let sheet = self.answers.sheet(&definition.key, situation, turn);
        let mood = [Mood::Quiet, Mood::Near, Mood::Late].get(turn % 3).copied()?;
        let mut second = None;
        for way in &target.ways {
            let mode = mode(definition, way, turn);
            let draft = Draft {
                routes: self.routes(definition, &sheet),
                mode,
                by: by(self.data, definition, mode, &situation.district, turn),
                over: Map::new(),
                ends: target.leaf.id.clone(),
                strict: self.data.every_state.contains(&definition.key),
            };
            for (filed_on, wait) in self.timings(definition, way.len(), turn, closed, target.present) {
                let Some((plan, found)) = self.attempt(&draft, way, filed_on, wait) else {
                    continue;
                };
                if closed || found == mood {
                    return Some(plan);
                }
                second.get_or_insert(plan);
            }
        }
        second
    }

    /// Filing days to try, each with the move before which the case waits and the day on which it goes on.
    fn timings(
        &self,
        definition: &Definition,
        moves: usize,
        turn: usize,
        closed: bool,
        present: bool,
    ) -> Vec<(Date, Option<(usize, Date)>)> {
        let today = self.today();
        let before = |day: Date, days: i64| day.checked_sub(Duration::days(days));
        let spread = i64::try_from(turn % 9).unwrap_or(0);
        if present {
            // Closed cases are spread over the past, open ones are as young as they can be.
            let skip = if closed { turn % FILED_BEFORE.len() } else { 0 };
            let days = FILED_BEFORE.iter().cycle().skip(skip).take(FILED_BEFORE.len());
            let days = days
                .filter_map(|days| before(today, *days))
                .filter(|day| definition.filed.contains(*day));
            return days.map(|day| (day, None)).collect();
        }
        let Some(filed_on) = definition.filed.to.and_then(|to| before(to, 1 + 4 * spread)) else {
            return Vec::new();
        };
        let mut timings = vec![(filed_on, None)];
        if !closed {
            for pause in (0..moves).rev() {
                let resumed = RESUMED_BEFORE.iter().filter_map(|days| before(today, *days));
                timings.extend(resumed.map(|day| (filed_on, Some((pause, day)))));
            }
        }
        timings
    }

    /// A story, if its days fit the rules in force on them.
    fn story(&self, index: usize, story: &Story) -> Option<Plan> {
        let filed_on = self.today().checked_sub(Duration::days(story.filed.into()))?;
        let definition = self.pack.in_force(&story.procedure, filed_on)?;
        let situation: &Situation = self.data.situations.iter().find(|s| s.key == story.situation)?;
        let sheet = self.answers.sheet(&story.procedure, situation, index);
        if story.steps.iter().any(|step| step.case.is_some()) {
            return self.told(story, definition, &sheet, filed_on);
        }
        let routes = self.routes(definition, &sheet);
        let mut way = Vec::new();
        for step in &story.steps {
            let event = definition.events.get(&step.event)?;
            let role = step.role.clone().or_else(|| routes.role(event, &Default::default()))?;
            way.push(Move {
                event: step.event.clone(),
                role,
                decisive: step.fields.clone(),
                after: step.after,
            });
        }
        definition.state(&story.ends)?;
        let draft = Draft {
            routes,
            mode: story_mode(story),
            by: story.by.clone(),
            over: story.fields.clone(),
            ends: story.ends.clone(),
            strict: true,
        };
        self.attempt(&draft, &way, filed_on, None).map(|(plan, _)| plan)
    }

    /// A story that goes through several cases, as it is told: the engine alone cannot rehearse what cases do to each other.
    fn told(&self, story: &Story, definition: &Definition, sheet: &Sheet, filed_on: Date) -> Option<Plan> {
        let turn = sheet.turn;
        let filed_at = hour(filed_on, 8 + turn % 7, turn * 17 % 60);
        let mode = story_mode(story);
        let mut fields = self.answers.filing(definition, mode, sheet, filed_on);
        fields.extend(self.written(definition, &story.fields, filed_on));
        let mut steps = Vec::new();
        let mut at = filed_at;
        for (i, step) in story.steps.iter().enumerate() {
            at = self.next(at, step.after, turn + i);
            let day = local_date(at).ok().filter(|_| at < self.now)?;
            let definition = match &step.case {
                Some(procedure) => self.pack.in_force(procedure, day)?,
                None => definition,
            };
            let routes = self.routes(definition, sheet);
            let event = definition.events.get(&step.event)?;
            let role = step.role.clone().or_else(|| event.by.first().cloned())?;
            let answered = Move {
                event: step.event.clone(),
                role: role.clone(),
                decisive: step.fields.clone(),
                after: step.after,
            };
            steps.push(PlannedStep {
                at,
                event: step.event.clone(),
                role,
                fields: routes.fields(&answered, day),
                case: step.case.clone(),
            });
        }
        Some(Plan {
            procedure: definition.key.clone(),
            mode,
            by: story.by.clone(),
            filed_at,
            fields,
            steps,
            strict: true,
        })
    }

    /// Answers as the data write them, as the fields take them.
    fn written(&self, definition: &Definition, answers: &Map<String, Json>, today: Date) -> Map<String, Json> {
        let value = |name: &String, written: &Json| {
            let field = definition.fields.get(name)?;
            self.answers.value(field, written, today)
        };
        let taken = answers.iter();
        taken
            .map(|(name, written)| (name.clone(), value(name, written).unwrap_or_else(|| written.clone())))
            .collect()
    }

    /// Rehearses a way with its days; the plan and how its deadlines look today, if it ends where it should.
    fn attempt(
        &self,
        draft: &Draft<'_>,
        way: &[Move],
        filed_on: Date,
        wait: Option<(usize, Date)>,
    ) -> Option<(Plan, Mood)> {
        let routes = &draft.routes;
        let (definition, turn) = (routes.definition, routes.sheet.turn);
        let filed_at = hour(filed_on, 8 + turn % 7, turn * 17 % 60);
        let mut fields = self.answers.filing(definition, draft.mode, routes.sheet, filed_on);
        fields.extend(self.written(definition, &draft.over, filed_on));
        let staff = |role: &&String| definition.roles.get(*role).is_some_and(|r| r.kind == RoleKind::Staff);
        let by = || definition.filing.by.iter();
        // Who files for a caller is staff.
        let filer = draft.by.as_ref().and_then(|_| by().find(staff));
        let roles = filer.or(by().next()).into_iter().cloned().collect();
        let actor = Actor {
            roles,
            excluded: false,
            ..Default::default()
        };
        let opening = Opening {
            actor,
            mode: draft.mode,
            fields: fields.clone(),
            complete: true,
        };
        let (mut case, _) = Rehearsal::open(routes.law, definition, &opening, filed_at).ok()?;
        let mut steps = Vec::new();
        let mut at = filed_at;
        for (i, step) in way.iter().enumerate() {
            at = self.next(at, step.after, turn + i);
            if let Some((_, day)) = wait.filter(|(pause, _)| *pause == i) {
                at = at.max(self.next(hour(day, 0, 0), 1, turn + i));
            }
            if at >= self.now {
                return None;
            }
            let fields = routes.fields(step, local_date(at).ok()?);
            case.pass(at).ok()?;
            case.prove(&step.event, &step.role, at).ok()?;
            case.perform(&step.event, &step.role, &fields, at).ok()?;
            steps.push(PlannedStep {
                at,
                event: step.event.clone(),
                role: step.role.clone(),
                fields,
                case: None,
            });
        }
        if filed_at >= self.now {
            return None;
        }
        case.pass(self.now).ok()?;
        let plan = Plan {
            procedure: definition.key.clone(),
            mode: draft.mode,
            by: draft.by.clone(),
            filed_at,
            fields,
            steps,
            strict: draft.strict,
        };
        case.view()
            .states
            .contains(&draft.ends)
            .then(|| (plan, mood(&case, self.now)))
    }

    /// When the next thing is done: in office hours, so many working days later.
    fn next(&self, at: OffsetDateTime, after: u32, turn: usize) -> OffsetDateTime {
        if after == 0 {
            return at + SHORTLY;
        }
        let day = local_date(at).unwrap_or(at.date());
        let day = self
            .pack
            .law
            .calendar
            .add_working_days(day, after)
            .map_or(day, |(day, _)| day);
        hour(day, 9 + turn * 3 % 8, turn * 23 % 60)
    }
}

fn story_mode(story: &Story) -> FilingMode {
    match story.mode {
        Some(Mode::Confidential) => FilingMode::Confidential,
        Some(Mode::Anonymous) => FilingMode::Anonymous,
        Some(Mode::Named) | None => FilingMode::Named,
    }
}

/// So many of a list, evenly from its first to its last.
fn spread<T: Copy>(all: &[T], most: usize) -> Vec<T> {
    let last = all.len().saturating_sub(1);
    let picked = most.min(all.len());
    let places = (0..picked).map(|n| if picked < 2 { 0 } else { n * last / (picked - 1) });
    places.filter_map(|place| all.get(place).copied()).collect()
}

fn hour(day: Date, hour: usize, minute: usize) -> OffsetDateTime {
    let minutes = i64::try_from(hour * 60 + minute).unwrap_or(0);
    day.midnight().assume_offset(CHINA) + Duration::minutes(minutes)
}

/// Modes take turns; a case in which the office finds a real name was filed with one.
fn mode(definition: &Definition, way: &[Move], turn: usize) -> FilingMode {
    let modes = &definition.filing.modes;
    let real = way
        .iter()
        .any(|step| step.decisive.get("real_name") == Some(&Json::Bool(true)));
    if real && modes.contains(&FilingMode::Named) {
        return FilingMode::Named;
    }
    modes
        .get(turn % modes.len().max(1))
        .copied()
        .unwrap_or(FilingMode::Named)
}

/// Every third named case is filed by somebody with an account, the others by visitors. What no party files is filed by
/// those officers of the competent office who may, in turn; by others where it has none.
fn by(data: &Data, definition: &Definition, mode: FilingMode, office: &str, turn: usize) -> Option<String> {
    let party = |role: &&String| definition.roles.get(*role).is_some_and(|r| r.kind == RoleKind::Party);
    let Some(party) = definition.filing.by.iter().find(party) else {
        let may = |role: &String, own: bool| {
            let (key, place) = role.split_once('@').unwrap_or((role, ""));
            definition.filing.by.iter().any(|by| by == key) && (!own || place == office)
        };
        let officers = |own: bool| -> Vec<&str> {
            let may = |account: &&Account| account.roles.iter().any(|role| may(role, own));
            data.accounts
                .iter()
                .filter(may)
                .map(|account| account.login.as_str())
                .collect()
        };
        let own = officers(true);
        let officers = if own.is_empty() { officers(false) } else { own };
        return officers
            .get(turn % officers.len().max(1))
            .map(|login| (*login).to_owned());
    };
    let login = if party == "reporter" { "reporter" } else { "consumer" };
    (mode == FilingMode::Named && turn.is_multiple_of(3)).then(|| login.to_owned())
}

fn mood(case: &Rehearsal<'_>, now: OffsetDateTime) -> Mood {
    let clocks = || case.view().clocks.values();
    if clocks().any(|clock| clock.status == ClockStatus::Expired) {
        return Mood::Late;
    }
    let running = clocks().filter(|clock| clock.status == ClockStatus::Running);
    let near = running
        .filter_map(|clock| clock.due.at())
        .any(|due| due.due_at - now <= NEAR);
    if near { Mood::Near } else { Mood::Quiet }
}
