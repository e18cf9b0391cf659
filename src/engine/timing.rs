//! How the clocks of a case follow its states: which start, stop, pause, start anew; which timers must be armed.

pub(crate) mod carry;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use time::{Date, Duration, OffsetDateTime};

use crate::{
    chart::Position,
    clock::{
        CHINA, Calendar, ClockError, ClockState, ClockStatus, DueAt, Duty, Law, LawRef, Period, Unit, deadline_date,
        ledger::{ClockTerms, Extension},
        local_date,
    },
    decision::{Problem, ProblemCode, Refusal, Timer},
    definition::model::{ClockRule, Definition, EffectRule, Event, Length, Rung},
    form,
};

/// Hour of the day (Asia/Shanghai) at which warnings go out: nobody is served by a mail at midnight.
const WARNING_HOUR: i64 = 9;

/// A step of a case, as far as its clocks care.
pub(crate) struct Change<'c> {
    pub(crate) from: &'c Position,
    pub(crate) to: &'c Position,
    pub(crate) event: &'c str,
    /// The clock whose end set it off.
    pub(crate) expired: Option<&'c str>,
    pub(crate) extended: &'c [&'c str],
    pub(crate) data: &'c Map<String, Json>,
    /// What was answered in this step.
    pub(crate) given: &'c Map<String, Json>,
    pub(crate) filed_on: Date,
    pub(crate) moment: OffsetDateTime,
}

/// The clocks after a step.
pub(crate) fn follow(
    definition: &Definition,
    law: &Law,
    before: &IndexMap<String, ClockState>,
    change: &Change<'_>,
) -> Result<IndexMap<String, ClockState>, Refusal> {
    let mut clocks = before.clone();
    let mut extended: Vec<&str> = change.extended.to_vec();
    for (name, rule) in &definition.clocks {
        if !rule.filed.contains(change.filed_on) {
            continue;
        }
        let inside = |position: &Position| rule.runs_in.iter().any(|state| position.contains(*state));
        let (was, is) = (inside(change.from), inside(change.to));
        let known = clocks.get(name).cloned();
        let next = match (was, is) {
            (false, false) => known,
            // A clock whose own expiry ends the waiting has expired, not been met.
            (true, false) => known.map(|clock| match (clock.status, clock.stopped_at) {
                (ClockStatus::Expired, Some(at)) if at == change.moment => clock,
                _ => clock.stop(change.moment).unwrap_or(clock),
            }),
            (false, true) => start(law, name, rule, known.as_ref(), change)?.or(known),
            (true, true) if rule.restart_on.iter().any(|e| e == change.event) => {
                start(law, name, rule, known.as_ref(), change)?.or(known)
            }
            (true, true) => known,
        };
        let Some(next) = next else { continue };
        let next = pause(law, rule, next, is, change)?;
        let asked = extended.contains(&name.as_str());
        extended.retain(|clock| clock != name);
        let next = if asked { extend(law, rule, next, change)? } else { next };
        clocks.insert(name.clone(), next);
    }
    // What never started cannot be lengthened, and whoever asks for it is told so.
    match extended.first().and_then(|name| definition.clocks.get(*name)) {
        Some(rule) => Err(refused(rule, ProblemCode::ClockNotRunning)),
        None => Ok(clocks),
    }
}

fn mismatch<E>(_: E) -> Refusal {
    Problem::new(ProblemCode::DefinitionMismatch).into()
}

fn start(
    law: &Law,
    name: &str,
    rule: &ClockRule,
    known: Option<&ClockState>,
    change: &Change<'_>,
) -> Result<Option<ClockState>, Refusal> {
    let mut come = None;
    let period = match &rule.length {
        Length::Period(period) => *period,
        Length::Until(field) => {
            let Some(value) = change.data.get(field) else {
                return Ok(None);
            };
            let until = form::date(value).map_err(|why| Refusal::from(Problem::value(field, why)))?;
            let days = (until - local_date(change.moment).map_err(mismatch)?).whole_days();
            let mut days = u32::try_from(days).unwrap_or(0);
            // A date that the step itself tells lies ahead of it; one told before may have come, and the clock ends on it all the same.
            if days == 0 && !change.given.contains_key(field) {
                come = until.previous_day();
                days = 1;
            }
            Period::new(days, Unit::Days)
                .map_err(|_| Refusal::from(Problem::value(field, form::ValueProblem::NotLater)))?
        }
    };
    let terms = ClockTerms {
        name: name.to_owned(),
        instrument: rule.law.instrument().to_owned(),
        legal_basis: rule.law.clone(),
        period,
        duty: rule.duty,
    };
    let from = match come {
        Some(day) => day.midnight().assume_offset(CHINA),
        None => counted_from(rule, change)?,
    };
    let mut clock = ClockState::start(law, terms, from).map_err(mismatch)?;
    clock.generation = known.map_or(1, |c| c.generation.saturating_add(1));
    Ok(Some(clock))
}

/// The moment that a period counts from: on the day that the step tells in its field, on the last day of the clock that it
/// follows, else that of the step. A day that an earlier step told may be that of another service. A period ends at 24:00 of its last day, which is 00:00 of the next: what begins with that end begins on its day.
fn counted_from(rule: &ClockRule, change: &Change<'_>) -> Result<OffsetDateTime, Refusal> {
    if let Some((field, value)) = rule
        .from
        .as_ref()
        .and_then(|field| Some((field, change.given.get(field)?)))
    {
        let day = form::date(value).map_err(|why| Refusal::from(Problem::value(field, why)))?;
        let is_today = local_date(change.moment).map_err(mismatch)? == day;
        return Ok(if is_today {
            change.moment
        } else {
            day.midnight().assume_offset(CHINA)
        });
    }
    let follows = change
        .expired
        .is_some_and(|expired| rule.follows.iter().any(|clock| clock == expired));
    Ok(if follows {
        change.moment - Duration::MICROSECOND
    } else {
        change.moment
    })
}

fn pause(
    law: &Law,
    rule: &ClockRule,
    clock: ClockState,
    runs: bool,
    change: &Change<'_>,
) -> Result<ClockState, Refusal> {
    let cause = rule
        .suspended_in
        .iter()
        .find(|(state, _)| change.to.contains(*state))
        .map(|(_, c)| c);
    match (clock.status, cause) {
        (ClockStatus::Running, Some(cause)) if runs => match clock.suspend(law, change.moment, cause) {
            // Its period is over and only the timer is late: what is used up cannot be paused.
            Err(ClockError::AlreadyDue) => Ok(clock),
            other => other.map_err(mismatch),
        },
        (ClockStatus::Suspended, None) if runs => clock.resume(law, change.moment).map_err(mismatch),
        _ => Ok(clock),
    }
}

fn extend(law: &Law, rule: &ClockRule, clock: ClockState, change: &Change<'_>) -> Result<ClockState, Refusal> {
    let Some(extension) = &rule.extension else {
        return Ok(clock);
    };
    let reason = extension.reason.as_ref().and_then(|field| change.data.get(field));
    let granted = Extension {
        period: extension.by,
        reason_code: reason.and_then(Json::as_str).unwrap_or(change.event).to_owned(),
        approved_by: extension.approver.clone(),
        at: change.moment,
    };
    clock.extend(law, granted, extension.max).map_err(|error| match error {
        ClockError::TooManyExtensions { .. } => refused(rule, ProblemCode::ExtensionExhausted),
        ClockError::AlreadyDue | ClockError::WrongStatus(_) => refused(rule, ProblemCode::ClockNotRunning),
        other => mismatch(other),
    })
}

/// Why clocks that an event lengthens cannot be lengthened as they stand.
pub(crate) fn not_extended<'d>(
    definition: &'d Definition,
    clocks: &'d IndexMap<String, ClockState>,
    (name, event): (&'d str, &'d Event),
) -> impl Iterator<Item = Problem> + 'd {
    let asked = event.effects.iter().filter_map(|effect| match effect {
        EffectRule::Extend { clock } => definition.clocks.get_key_value(clock),
        _ => None,
    });
    // A clock that the event starts anew has its time before it.
    let kept = asked.filter(move |(_, rule)| !rule.restart_on.iter().any(|event| event == name));
    kept.filter_map(|(clock, rule)| {
        let known = clocks.get(clock);
        let open = known.filter(|known| matches!(known.status, ClockStatus::Running | ClockStatus::Suspended));
        let most = rule
            .extension
            .as_ref()
            .and_then(|extension| usize::try_from(extension.max).ok());
        let code = match (open, most) {
            (None, _) => ProblemCode::ClockNotRunning,
            (Some(open), Some(most)) if open.extensions.len() >= most => ProblemCode::ExtensionExhausted,
            _ => return None,
        };
        Some(Problem {
            law: Some(rule.law.clone()),
            ..Problem::new(code)
        })
    })
}

/// Why a clock cannot do what an event asks, with the article that sets it.
fn refused(rule: &ClockRule, code: ProblemCode) -> Refusal {
    let problem = Problem {
        law: Some(rule.law.clone()),
        ..Problem::new(code)
    };
    problem.into()
}

/// All timers that the running clocks need, ordered by moment, clock and rung.
pub(crate) fn timers(definition: &Definition, law: &Law, clocks: &IndexMap<String, ClockState>) -> Vec<Timer> {
    let mut timers = Vec::new();
    for (name, clock) in clocks {
        let Some(rule) = definition.clocks.get(name) else {
            continue;
        };
        let (ClockStatus::Running, Some(due)) = (clock.status, clock.due.at()) else {
            continue;
        };
        let (due_date, due_at) = (due.due_date, due.due_at);
        let last = last_day(rule.duty, due);
        let timer = |rung: String, due_at: OffsetDateTime| Timer {
            clock: name.clone(),
            generation: clock.generation,
            rung,
            due_at,
        };
        timers.push(timer(format!("expiry:{due_date}"), due_at));
        if !warns(definition, clocks, name, rule, due_at) {
            continue;
        }
        for (i, rung) in rule.warn.iter().enumerate() {
            let moment = warning_moment(&law.calendar, last, rung.before);
            if let Some(moment) = moment.filter(|moment| *moment > clock.started_at && *moment < due_at) {
                timers.push(timer(format!("warn-{i}:{due_date}"), moment));
            }
        }
    }
    timers.sort_by(|a, b| (a.due_at, &a.clock, &a.rung).cmp(&(b.due_at, &b.clock, &b.rung)));
    timers
}

/// In a group only the clock that is due first warns.
fn warns(
    definition: &Definition,
    clocks: &IndexMap<String, ClockState>,
    name: &str,
    rule: &ClockRule,
    due: OffsetDateTime,
) -> bool {
    let Some(group) = &rule.group else { return true };
    !clocks.iter().any(|(other, clock)| {
        let same = definition
            .clocks
            .get(other)
            .is_some_and(|r| r.group.as_ref() == Some(group));
        let earlier = clock
            .due
            .at()
            .is_some_and(|at| (at.due_at, other.as_str()) < (due, name));
        other != name && same && clock.status == ClockStatus::Running && earlier
    })
}

/// When the case is due next: the nearest end of a running clock, or of a duty of an authority that expired and is still
/// owed, which the case is late by until it is done. In a group the duty lasts as long as its last clock.
pub(crate) fn next_due(
    definition: &Definition,
    position: &Position,
    clocks: &IndexMap<String, ClockState>,
) -> Option<OffsetDateTime> {
    let counts = |name: &str, clock: &ClockState| {
        clock.status == ClockStatus::Running || is_owed(definition, position, clocks, (name, clock))
    };
    let due = clocks.iter().filter(|(name, clock)| counts(name, clock));
    due.filter_map(|(_, clock)| clock.due.at()).map(|due| due.due_at).min()
}

/// Whether a duty outlasts the end of its clock. That a party may do something, or that an announcement lasts, just ends; so does
/// a period whose end led the case on, and one of a group while another of it still runs.
pub(crate) fn is_owed(
    definition: &Definition,
    position: &Position,
    clocks: &IndexMap<String, ClockState>,
    (name, clock): (&str, &ClockState),
) -> bool {
    let rule = definition.clocks.get(name);
    let waits = rule.is_some_and(|rule| rule.runs_in.iter().any(|state| position.contains(*state)));
    clock.status == ClockStatus::Expired
        && clock.terms.duty == Duty::Authority
        && waits
        && group_expired(definition, clocks, name)
}

/// Whether no clock of the group is still running or suspended, the given one having just expired.
pub(crate) fn group_expired(definition: &Definition, clocks: &IndexMap<String, ClockState>, name: &str) -> bool {
    let Some(group) = definition.clocks.get(name).and_then(|r| r.group.as_ref()) else {
        return true;
    };
    !clocks.iter().any(|(other, clock)| {
        let same = definition
            .clocks
            .get(other)
            .is_some_and(|r| r.group.as_ref() == Some(group));
        other != name && same && matches!(clock.status, ClockStatus::Running | ClockStatus::Suspended)
    })
}

/// The warning that a rung key names.
pub(crate) fn warning<'r>(rule: &'r ClockRule, rung: &str) -> Option<&'r Rung> {
    let (kind, _) = rung.split_once(':')?;
    let index: usize = kind.strip_prefix("warn-")?.parse().ok()?;
    rule.warn.get(index)
}

/// The last day by which a duty is warned, and when it ends. An authority is held to the strict date, which no holiday
/// moves; a party may use the whole of its right.
fn last_day(duty: Duty, due: &DueAt) -> (Date, OffsetDateTime) {
    match duty {
        Duty::Authority => (due.strict_date, due.due_at - (due.due_date - due.strict_date)),
        Duty::Party => (due.due_date, due.due_at),
    }
}

/// How a warning lies to the start of its clock, over the start days of the last published year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Start days tried.
    pub(crate) days: usize,
    /// Of these, how many the warning follows.
    pub(crate) after_start: usize,
}

/// Tries a warning on every start day of the last published year. `None` where nothing can be computed.
pub(crate) fn warning_reach(law: &Law, rule: &LawRef, period: Period, duty: Duty, before: Period) -> Option<Reach> {
    let instrument = law.cited(rule).ok()?;
    let coverage = law.calendar.coverage();
    let year = coverage.end().year();
    let first = Date::from_ordinal_date(year, 1).ok()?;
    let days = std::iter::successors(Some(first), |day| day.next_day()).take_while(|day| day.year() == year);
    let mut reach = Reach {
        days: 0,
        after_start: 0,
    };
    for day in days {
        let start = day.midnight().assume_offset(CHINA) + Duration::hours(WARNING_HOUR);
        let due = deadline_date(law, instrument, period, start, &[]).ok()?;
        let moment = warning_moment(&law.calendar, last_day(duty, due.at()?), before);
        reach.days += 1;
        reach.after_start += usize::from(moment.is_some_and(|moment| moment > start));
    }
    Some(reach)
}

/// When a warning goes out: so long before the end of a last day. `None`: before all dates that can be represented.
fn warning_moment(calendar: &Calendar, (last, end): (Date, OffsetDateTime), before: Period) -> Option<OffsetDateTime> {
    let amount = i64::from(before.amount());
    let day = match before.unit() {
        Unit::Hours => return end.checked_sub(Duration::hours(amount)),
        Unit::WorkingDays => calendar.working_days_back(last, before.amount()),
        Unit::Days => last.checked_sub(Duration::days(amount)),
        Unit::Months => last.checked_sub(Duration::days(amount * 30)),
        Unit::Years => last.checked_sub(Duration::days(amount * 365)),
    };
    Some(day?.midnight().assume_offset(CHINA) + Duration::hours(WARNING_HOUR))
}
