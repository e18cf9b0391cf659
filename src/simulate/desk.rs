//! A desk: officers of one role, and what lies there.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::{case::CaseId, hours::Roster, model, moment::Second, tally::DeskTally};

/// Work on one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) case: CaseId,
    pub(crate) token: u64,
    pub(crate) since: Second,
    /// Seconds of an officer's time.
    pub(crate) work: Second,
}

/// A task in the pile: what is taken first stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Filed {
    /// When it is due, or the same for all where what came first is done first.
    rank: Second,
    number: u64,
    task: Task,
}

impl Ord for Filed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.rank, self.number).cmp(&(other.rank, other.number))
    }
}

impl PartialOrd for Filed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The days that count, from the first second to the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) from: Second,
    pub(crate) to: Second,
}

/// Officers of one role at work.
#[derive(Debug)]
pub(crate) struct Desk<'m> {
    model: &'m model::Desk,
    roster: &'m Roster,
    pile: BinaryHeap<Reverse<Filed>>,
    number: u64,
    busy: u32,
    /// Tasks in the pile that are still wanted.
    pub(crate) waiting: u64,
    /// Whether somebody will look at the pile when work begins.
    pub(crate) called: bool,
}

impl<'m> Desk<'m> {
    pub(crate) fn new(model: &'m model::Desk, roster: &'m Roster) -> Self {
        Self {
            model,
            roster,
            pile: BinaryHeap::new(),
            number: 0,
            busy: 0,
            waiting: 0,
            called: false,
        }
    }

    /// Lays a task on the pile.
    pub(crate) fn lay(&mut self, task: Task, due: Option<Second>) {
        let rank = match due {
            Some(due) if self.model.due_first => due,
            _ if self.model.due_first => Second::MAX,
            _ => 0,
        };
        self.number += 1;
        self.waiting += 1;
        self.pile.push(Reverse(Filed {
            rank,
            number: self.number,
            task,
        }));
    }

    /// Whether an officer is free.
    pub(crate) fn free(&self) -> bool {
        self.model.count.is_none_or(|count| self.busy < count)
    }

    /// Whether an officer will ever be there.
    pub(crate) fn manned(&self) -> bool {
        self.model.count != Some(0)
    }

    /// Officers in the middle of a task.
    pub(crate) fn in_work(&self) -> u64 {
        u64::from(self.busy)
    }

    pub(crate) fn at_work(&self, now: Second) -> bool {
        self.roster.at_work(now)
    }

    /// When work begins next.
    pub(crate) fn opening(&self, now: Second) -> Option<Second> {
        self.roster.opening(now)
    }

    /// Takes the first task from the pile that is still wanted.
    pub(crate) fn next(&mut self, wanted: impl Fn(&Task) -> bool) -> Option<Task> {
        while let Some(Reverse(filed)) = self.pile.pop() {
            // Those that are not were left out of the count when the case moved on.
            if wanted(&filed.task) {
                self.waiting -= 1;
                return Some(filed.task);
            }
        }
        None
    }

    /// Begins a task; when it is finished, `None` if not within the time of the run.
    pub(crate) fn begin(
        &mut self,
        task: &Task,
        now: Second,
        counted: bool,
        window: Window,
        tally: &mut DeskTally,
    ) -> Option<Second> {
        self.busy += 1;
        let finish = self.roster.finish(now, task.work);
        let end = finish.unwrap_or(Second::MAX).min(window.to);
        let work = self.roster.worked(end.max(window.from)) - self.roster.worked(now.clamp(window.from, window.to));
        tally.worked += u64::try_from(work).unwrap_or(0);
        if counted {
            tally.tasks += 1;
            let lay = self.roster.worked(now) - self.roster.worked(task.since);
            tally.waits.add(u64::try_from(lay / 60).unwrap_or(0));
        }
        finish
    }

    /// An officer is done with a task.
    pub(crate) fn end(&mut self) {
        self.busy = self.busy.saturating_sub(1);
    }

    /// Seconds that officers are there in the days that count; none where there are always enough.
    pub(crate) fn present(&self, window: Window) -> u64 {
        let each = self.roster.worked(window.to) - self.roster.worked(window.from);
        u64::try_from(each).unwrap_or(0) * u64::from(self.model.count.unwrap_or(0))
    }
}
