//! What a decision does to a case, told so that other cases in the same situation can follow it.

use std::rc::Rc;

use serde_json::{Map, Value as Json};
use time::Date;
use zhengming_engine::{
    clock::{ClockError, ClockStatus, Law, Period, Suspension},
    decision::Effect,
    definition::model::{ClockRule, Definition, FieldKind, Storage},
    form,
};

use crate::{
    answers::{Answer, later},
    book::{Refused, unknown},
    case::{Case, Clock},
    moment::{Second, day, moment},
};

/// What a decision does to a case.
#[derive(Debug, PartialEq)]
pub(crate) struct Step {
    /// The situation after.
    pub(crate) to: u32,
    /// How clocks turn, by index.
    pub(crate) turns: Vec<(usize, Turn)>,
    /// What happens to the values of date fields.
    pub(crate) dates: Vec<(usize, DateTurn)>,
    pub(crate) outcome: Option<String>,
    /// Cases that it opens.
    pub(crate) opens: Vec<Opens>,
    /// Cases that it calls off: of which procedure, by which link.
    pub(crate) calls_off: Vec<(String, String)>,
}

/// A case to be opened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Opens {
    pub(crate) procedure: String,
    pub(crate) link: String,
    /// What it is given, dates apart: those are the case's own.
    pub(crate) with: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Turn {
    Start(Period),
    Suspend,
    Resume,
    Extend,
    End(ClockStatus),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum DateTurn {
    /// So many days from today.
    Later(i32),
    Fixed(Date),
    Gone,
}

/// A step that was taken. Clocks and dates are there when the engine was asked, else the step's turns make them.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) step: Rc<Step>,
    pub(crate) fresh: Option<(Vec<Option<Clock>>, Vec<(usize, Date)>)>,
}

impl Turn {
    /// Turns a clock, as the engine's ledger does.
    pub(crate) fn carry_out(
        self,
        slot: &mut Option<Clock>,
        law: &Law,
        rule: &ClockRule,
        now: Second,
    ) -> Result<(), ClockError> {
        if let Self::Start(period) = self {
            let generation = slot.as_ref().map_or(1, |known| known.generation.saturating_add(1));
            let clock = slot.insert(Clock {
                status: ClockStatus::Running,
                generation,
                period,
                started: now,
                stopped: None,
                due: None,
                pauses: Vec::new(),
                extensions: 0,
            });
            return clock.lay(law, rule);
        }
        let Some(clock) = slot else { return Ok(()) };
        match self {
            Self::Start(_) => {}
            Self::Suspend => {
                clock.status = ClockStatus::Suspended;
                clock.pauses.push(Suspension::new(moment(now), None)?);
                clock.lay(law, rule)?;
            }
            Self::Resume => {
                clock.status = ClockStatus::Running;
                for pause in clock.pauses.iter_mut().filter(|pause| pause.to().is_none()) {
                    *pause = Suspension::new(pause.from(), Some(moment(now)))?;
                }
                clock.lay(law, rule)?;
            }
            Self::Extend => {
                clock.extensions = clock.extensions.saturating_add(1);
                clock.lay(law, rule)?;
            }
            Self::End(status) => {
                clock.status = status;
                clock.stopped = Some(now);
            }
        }
        Ok(())
    }
}

impl DateTurn {
    /// Changes the value of a date field.
    pub(crate) fn carry_out(self, field: usize, dates: &mut Vec<(usize, Date)>, today: Date) {
        let date = match self {
            Self::Gone => return dates.retain(|(known, _)| *known != field),
            Self::Later(days) => later(today, days),
            Self::Fixed(date) => date,
        };
        match dates.iter_mut().find(|(known, _)| *known == field) {
            Some((_, known)) => *known = date,
            None => dates.push((field, date)),
        }
    }
}

/// Takes the values of date fields out of the others.
pub(crate) fn take_dates(definition: &Definition, data: &mut Map<String, Json>) -> Vec<(usize, Date)> {
    let mut dates = Vec::new();
    for (index, (name, field)) in definition.fields.iter().enumerate() {
        if field.storage == Storage::Case
            && matches!(field.kind, FieldKind::Date { .. })
            && let Some(date) = data.get(name).and_then(|value| form::date(value).ok())
        {
            data.shift_remove(name);
            dates.push((index, date));
        }
    }
    dates
}

/// How the values of date fields changed; of those that stayed nothing is said.
pub(crate) fn date_turns(
    definition: &Definition,
    before: &[(usize, Date)],
    after: &[(usize, Date)],
    answers: &[(&str, &Answer)],
) -> Vec<(usize, DateTurn)> {
    let of = |dates: &[(usize, Date)], field: usize| dates.iter().find(|(known, _)| *known == field).map(|(_, d)| *d);
    let mut turns = Vec::new();
    for (index, name) in definition.fields.keys().enumerate() {
        let answered = answers
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, answer)| *answer);
        let turn = match (of(before, index), of(after, index), answered) {
            (_, Some(_), Some(Answer::Day(days))) => DateTurn::Later(*days),
            (_, Some(date), Some(Answer::Value(_))) => DateTurn::Fixed(date),
            (was, Some(date), _) if was != Some(date) => DateTurn::Fixed(date),
            (Some(_), None, _) => DateTurn::Gone,
            _ => continue,
        };
        turns.push((index, turn));
    }
    turns
}

/// How clocks turned from one step to the next.
pub(crate) fn turns(before: &[Option<Clock>], after: &[Option<Clock>]) -> Vec<(usize, Turn)> {
    let mut turns = Vec::new();
    for (index, clock) in after.iter().enumerate() {
        let Some(clock) = clock else { continue };
        let (mut status, mut extensions) = (ClockStatus::Running, 0);
        match before.get(index).and_then(Option::as_ref) {
            Some(known) if known.generation == clock.generation => {
                (status, extensions) = (known.status, known.extensions);
            }
            _ => turns.push((index, Turn::Start(clock.period))),
        }
        if status != clock.status {
            turns.push((
                index,
                match clock.status {
                    ClockStatus::Suspended => Turn::Suspend,
                    ClockStatus::Running => Turn::Resume,
                    ended => Turn::End(ended),
                },
            ));
        }
        turns.extend((extensions..clock.extensions).map(|_| (index, Turn::Extend)));
    }
    turns
}

pub(crate) fn opens(effect: &Effect) -> Option<Opens> {
    match effect {
        Effect::Open {
            procedure, link, with, ..
        } => Some(Opens {
            procedure: procedure.clone(),
            link: link.clone(),
            with: with.clone(),
        }),
        _ => None,
    }
}

pub(crate) fn calls_off(effect: &Effect) -> Option<(String, String)> {
    match effect {
        Effect::CallOff { procedure, link } => Some((procedure.clone(), link.clone())),
        _ => None,
    }
}

impl Taken {
    /// Carries the step out on the clocks and dates of a case.
    ///
    /// # Errors
    /// A clock that cannot be counted, which the engine would have refused.
    pub(crate) fn carry_out(
        &mut self,
        case: &mut Case,
        law: &Law,
        definition: &Definition,
        now: Second,
    ) -> Result<(), Refused> {
        case.situation = self.step.to;
        if let Some((clocks, dates)) = self.fresh.take() {
            case.clocks = clocks;
            case.dates = dates;
            return Ok(());
        }
        case.clocks.resize(definition.clocks.len(), None);
        for (index, turn) in &self.step.turns {
            let (Some(slot), Some((_, rule))) = (case.clocks.get_mut(*index), definition.clocks.get_index(*index))
            else {
                continue;
            };
            turn.carry_out(slot, law, rule, now).map_err(|_| unknown())?;
        }
        for (field, turn) in &self.step.dates {
            turn.carry_out(*field, &mut case.dates, day(now));
        }
        Ok(())
    }
}
