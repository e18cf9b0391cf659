//! How clocks and dates of a case follow a remembered step.

use time::Date;
use zhengming_engine::{
    clock::{ClockError, ClockStatus, Law, Suspension},
    definition::model::ClockRule,
};

use crate::{
    answers::later,
    book::{DateTurn, Turn},
    case::Clock,
    moment::{Second, moment},
};

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
