//! A run of a model: its offices one after the other on each thread, all counted together.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use time::Duration;
use zhengming_engine::clock::DayKind;

use crate::{
    book::Book,
    desk::Window,
    hours::Roster,
    model::{Arrivals, Model},
    moment::{Second, midnight},
    office::Office,
    report::Report,
    tally::Tally,
};

/// Days after the last one for which work is planned: a task begun late still gets its end.
const BEYOND: i64 = 30;

/// A model with what all its offices have in common.
#[derive(Debug)]
pub(crate) struct Plan<'m> {
    pub(crate) model: &'m Model,
    /// The first second.
    pub(crate) start: Second,
    /// The second after the last.
    pub(crate) end: Second,
    /// What counts.
    pub(crate) window: Window,
    /// By index of the desk.
    pub(crate) rosters: Vec<Roster>,
    /// By index of the procedure: filings expected on each day from the first.
    pub(crate) expected: Vec<Vec<f64>>,
}

impl<'m> Plan<'m> {
    pub(crate) fn new(model: &'m Model) -> Self {
        let (first, last) = model.days();
        let days = || std::iter::successors(Some(first), |day| day.next_day()).take_while(move |day| *day <= last);
        let planned = (first, last.saturating_add(Duration::days(BEYOND)));
        let calendar = &model.law.calendar;
        let rate = |arrivals: &Arrivals, date: time::Date| {
            let [monday, .., sunday] = arrivals.weekdays;
            let of_kind = || match calendar.day(date) {
                DayKind::MakeUpWorkingDay => monday,
                DayKind::StatutoryHoliday => arrivals.holidays.unwrap_or(sunday),
                DayKind::WorkingDay | DayKind::Weekend | DayKind::Unpublished => {
                    let weekday = usize::from(date.weekday().number_days_from_monday());
                    arrivals.weekdays.get(weekday).copied().unwrap_or(monday)
                }
            };
            arrivals.per_day * arrivals.days.get(&date).copied().unwrap_or_else(of_kind)
        };
        let expected = model.procedures.iter().map(|conduct| match &conduct.arrivals {
            Some(arrivals) => days().map(|date| rate(arrivals, date)).collect(),
            None => Vec::new(),
        });
        let rosters = model
            .desks
            .iter()
            .map(|desk| Roster::new(calendar, &desk.hours, desk.every_day, planned));
        let after = |date: time::Date| midnight(date.next_day().unwrap_or(date));
        Self {
            start: midnight(first),
            end: after(last),
            window: Window {
                from: midnight(model.from),
                to: after(model.to),
            },
            rosters: rosters.collect(),
            expected: expected.collect(),
            model,
        }
    }
}

/// Situations that a thread keeps in mind from one office to the next, some kilobytes each.
const REMEMBERED: usize = 30_000;

/// Runs a model on so many threads. What comes out does not depend on how many.
#[must_use]
pub fn run(model: &Model, threads: usize) -> Report {
    run_telling(model, threads, &|_, _| {})
}

/// [`run()`], and after each authority `tell` hears how many are done, and of how many.
pub fn run_telling(model: &Model, threads: usize, tell: &(dyn Fn(u32, u32) + Sync)) -> Report {
    Report::new(model, &count_telling(model, threads, true, tell))
}

/// Counts what happens in all offices. Without `remember` the engine is asked for every single step.
#[cfg(test)]
pub(crate) fn count(model: &Model, threads: usize, remember: bool) -> Tally {
    count_telling(model, threads, remember, &|_, _| {})
}

fn count_telling(model: &Model, threads: usize, remember: bool, tell: &(dyn Fn(u32, u32) + Sync)) -> Tally {
    let plan = Plan::new(model);
    let offices = model.authorities.div_ceil(model.sample.max(1));
    let (next, done) = (AtomicU32::new(0), AtomicU32::new(0));
    let all = Mutex::new(Tally::default());
    let work = || {
        let blank = || -> Vec<Book<'_>> {
            let procedures = model.procedures.iter();
            procedures.map(|p| Book::new(&model.law, p, remember)).collect()
        };
        let mut books = blank();
        let mut own = Tally::default();
        loop {
            let office = next.fetch_add(1, Ordering::Relaxed);
            if office >= offices {
                break;
            }
            Office::new(&plan, &mut books, &mut own, u64::from(office)).run();
            // Rare situations add up over many offices; what comes often is soon learnt again.
            if books.iter().map(Book::size).sum::<usize>() > REMEMBERED {
                books = blank();
            }
            tell(done.fetch_add(1, Ordering::Relaxed) + 1, offices);
        }
        // Sums only: whoever had the lock before left whole numbers behind.
        let mut all = all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.merge(&own);
    };
    let threads = threads.clamp(1, usize::try_from(offices).unwrap_or(1).max(1));
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
