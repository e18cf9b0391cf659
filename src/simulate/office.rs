//! One office through its time: filings come, officers work, parties answer, clocks run.

mod arrival;
mod course;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

use serde_json::{Map, Value as Json};
use zhengming_engine::{clock::ClockStatus, decision::Signal};

use self::arrival::Stream;
use crate::{
    book::{Book, What},
    case::{Case, CaseId},
    desk::{Desk, Task},
    moment::{DAY, Second},
    run::Plan,
    step::Opens,
    tally::{ClockTally, DayTally, Tally},
};

/// Something that will happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    at: Second,
    /// What happens first in one second: the end of a day, then clocks, then people.
    rank: u8,
    number: u64,
    what: Happening,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happening {
    /// A day is over.
    Evening,
    /// A clock ends.
    Timer {
        case: CaseId,
        clock: usize,
        generation: u32,
    },
    /// A filing of a procedure comes.
    Filing(usize),
    /// Something pending can happen, or the work on it can begin.
    Ready { case: CaseId, token: u64 },
    /// Work begins at a desk.
    Opening(usize),
    /// An officer is done.
    Done { desk: usize, task: Task },
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.rank, self.number).cmp(&(other.at, other.rank, other.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What a case has to tell others, or wants of them.
#[derive(Debug)]
enum Message {
    Open {
        opener: CaseId,
        opens: Opens,
        given: Map<String, Json>,
        counted: bool,
    },
    Tell {
        to: CaseId,
        signal: Signal,
        brought: Map<String, Json>,
    },
}

/// A place for a case; it is used again, with another stamp.
#[derive(Debug, Default)]
struct Place {
    stamp: u32,
    case: Option<Case>,
}

/// One office.
pub(crate) struct Office<'m, 'b> {
    plan: &'m Plan<'m>,
    books: &'b mut [Book<'m>],
    tally: &'b mut Tally,
    /// Number of the office.
    number: u64,
    events: BinaryHeap<Reverse<Entry>>,
    entries: u64,
    tokens: u64,
    places: Vec<Place>,
    empty: Vec<usize>,
    desks: Vec<Desk<'m>>,
    streams: Vec<Stream>,
    /// Cases filed so far, by procedure.
    filed: Vec<u64>,
    /// Open cases, by procedure.
    open: Vec<u64>,
    messages: VecDeque<Message>,
}

impl<'m, 'b> Office<'m, 'b> {
    pub(crate) fn new(plan: &'m Plan<'m>, books: &'b mut [Book<'m>], tally: &'b mut Tally, number: u64) -> Self {
        let model = plan.model;
        let desks = model.desks.iter().zip(&plan.rosters);
        tally.offices += 1;
        tally.procedures.resize_with(model.procedures.len(), Default::default);
        for (counted, conduct) in tally.procedures.iter_mut().zip(&model.procedures) {
            counted
                .clocks
                .resize_with(conduct.definition.clocks.len(), ClockTally::default);
        }
        tally.desks.resize_with(model.desks.len(), Default::default);
        Self {
            streams: Stream::all(plan, number),
            desks: desks.map(|(desk, roster)| Desk::new(desk, roster)).collect(),
            filed: vec![0; model.procedures.len()],
            open: vec![0; model.procedures.len()],
            plan,
            books,
            tally,
            number,
            events: BinaryHeap::new(),
            entries: 0,
            tokens: 0,
            places: Vec::new(),
            empty: Vec::new(),
            messages: VecDeque::new(),
        }
    }

    /// Lets the time of the run pass.
    pub(crate) fn run(mut self) {
        let plan = self.plan;
        for procedure in 0..self.streams.len() {
            self.next_filing(procedure);
        }
        let mut evening = plan.window.from + DAY;
        while evening <= plan.window.to {
            self.will_happen(evening, Happening::Evening);
            evening += DAY;
        }
        while let Some(Reverse(entry)) = self.events.pop() {
            // The last evening is the second after the last day.
            if entry.at > plan.end || entry.at == plan.end && entry.what != Happening::Evening {
                break;
            }
            self.happen(entry.what, entry.at);
            while let Some(message) = self.messages.pop_front() {
                self.deliver(message, entry.at);
            }
        }
        self.close_books();
    }

    fn will_happen(&mut self, at: Second, what: Happening) {
        let rank = match what {
            Happening::Evening => 0,
            Happening::Timer { .. } => 1,
            _ => 2,
        };
        self.entries += 1;
        self.events.push(Reverse(Entry {
            at,
            rank,
            number: self.entries,
            what,
        }));
    }

    fn happen(&mut self, what: Happening, now: Second) {
        match what {
            Happening::Evening => self.evening(now),
            Happening::Filing(procedure) => {
                self.file(procedure, now);
                self.next_filing(procedure);
            }
            Happening::Timer {
                case,
                clock,
                generation,
            } => self.expire(case, clock, generation, now),
            Happening::Ready { case, token } => self.ready(case, token, now),
            Happening::Opening(desk) => {
                if let Some(desk) = self.desks.get_mut(desk) {
                    desk.called = false;
                }
                self.dispatch(desk, now);
            }
            Happening::Done { desk, task } => {
                if let Some(desk) = self.desks.get_mut(desk) {
                    desk.end();
                }
                self.perform(task.case, task.token, now);
                self.dispatch(desk, now);
            }
        }
    }

    fn next_filing(&mut self, procedure: usize) {
        let hours = self
            .plan
            .model
            .procedures
            .get(procedure)
            .and_then(|p| p.arrivals.as_ref());
        let expected = self.plan.expected.get(procedure);
        let (Some(stream), Some(arrivals), Some(expected)) = (self.streams.get_mut(procedure), hours, expected) else {
            return;
        };
        if let Some(at) = stream.next(expected, &arrivals.hours, self.plan.start) {
            self.will_happen(at, Happening::Filing(procedure));
        }
    }

    /// Takes a case out of its place, to work on it.
    fn lift(&mut self, id: CaseId) -> Option<Case> {
        let place = self.places.get_mut(id.place)?;
        if place.stamp == id.stamp {
            place.case.take()
        } else {
            None
        }
    }

    fn put(&mut self, id: CaseId, case: Case) {
        if let Some(place) = self.places.get_mut(id.place) {
            place.case = Some(case);
        }
    }

    fn new_place(&mut self) -> CaseId {
        let place = self.empty.pop().unwrap_or_else(|| {
            self.places.push(Place::default());
            self.places.len() - 1
        });
        let stamp = self.places.get(place).map_or(0, |place| place.stamp);
        CaseId { place, stamp }
    }

    fn clear(&mut self, id: CaseId) {
        if let Some(place) = self.places.get_mut(id.place) {
            place.stamp = place.stamp.wrapping_add(1);
            place.case = None;
            self.empty.push(id.place);
        }
    }

    /// A clock ends, if the case has not moved on.
    fn expire(&mut self, id: CaseId, clock: usize, generation: u32, now: Second) {
        let Some(mut case) = self.lift(id) else { return };
        let running = case.clocks.get(clock).and_then(Option::as_ref);
        let due = running
            .is_some_and(|c| c.generation == generation && c.status == ClockStatus::Running && c.due == Some(now));
        if !due {
            return self.put(id, case);
        }
        let Some(book) = self.books.get_mut(case.procedure) else {
            return;
        };
        match book.take(&case, What::Expiry(clock), now) {
            Ok(taken) => self.advance(id, case, taken, now),
            Err(code) => {
                let name = book
                    .conduct
                    .definition
                    .clocks
                    .get_index(clock)
                    .map(|(name, _)| name.clone());
                self.note_refusal(&mut case, None, &name.unwrap_or_default(), &code);
                self.put(id, case);
            }
        }
    }

    /// Lays a task on its desk, or lets happen what nobody has to work on.
    fn ready(&mut self, id: CaseId, token: u64, now: Second) {
        let Some(mut case) = self.lift(id) else { return };
        let Some(conduct) = self.plan.model.procedures.get(case.procedure) else {
            return;
        };
        let due = case.due(&conduct.definition);
        let stay = case
            .stays
            .iter_mut()
            .find(|stay| stay.pending.as_ref().is_some_and(|p| p.token == token));
        let Some((leaf, pending)) = stay.and_then(|stay| Some((stay.leaf, stay.pending.as_mut()?))) else {
            return self.put(id, case);
        };
        let choice = conduct.choices(leaf).get(pending.choice);
        let desk = choice.and_then(|choice| conduct.actions.get(choice.action)?.desk);
        let task = Task {
            case: id,
            token,
            since: now,
            work: pending.work,
        };
        match desk {
            Some(number) => {
                pending.waits_at = Some(number);
                self.put(id, case);
                if let Some(desk) = self.desks.get_mut(number) {
                    desk.lay(task, due);
                }
                self.dispatch(number, now);
            }
            None => {
                self.put(id, case);
                self.perform(id, token, now);
            }
        }
    }

    /// Lets free officers begin what lies at a desk.
    fn dispatch(&mut self, number: usize, now: Second) {
        let plan = self.plan;
        loop {
            let places = &self.places;
            let Some(desk) = self.desks.get_mut(number) else { return };
            if desk.waiting == 0 || !desk.manned() || !desk.free() {
                return;
            }
            if !desk.at_work(now) {
                let opening = desk.opening(now).filter(|_| !desk.called);
                if let Some(opening) = opening {
                    desk.called = true;
                    self.will_happen(opening, Happening::Opening(number));
                }
                return;
            }
            let Some(task) = desk.next(|task| wants(places, task)) else {
                return;
            };
            let place = self.places.get_mut(task.case.place);
            let Some(case) = place.and_then(|place| place.case.as_mut()) else {
                continue;
            };
            let pending = case.stays.iter_mut().filter_map(|stay| stay.pending.as_mut());
            for pending in pending.filter(|pending| pending.token == task.token) {
                pending.waits_at = None;
            }
            let counted = case.counted;
            let Some(tally) = self.tally.desks.get_mut(number) else {
                return;
            };
            if let Some(finish) = desk.begin(&task, now, counted, plan.window, tally) {
                self.will_happen(finish, Happening::Done { desk: number, task });
            }
        }
    }

    /// Notes what lies where at the end of a day.
    fn evening(&mut self, now: Second) {
        let day = usize::try_from((now - self.plan.window.from) / DAY - 1).unwrap_or(0);
        if self.tally.days.len() <= day {
            self.tally.days.resize_with(day + 1, DayTally::default);
        }
        let Some(noted) = self.tally.days.get_mut(day) else {
            return;
        };
        let add = |noted: &mut Vec<u64>, counts: &mut dyn Iterator<Item = u64>| {
            for (index, count) in counts.enumerate() {
                match noted.get_mut(index) {
                    Some(noted) => *noted += count,
                    None => noted.push(count),
                }
            }
        };
        add(&mut noted.waiting, &mut self.desks.iter().map(|desk| desk.waiting));
        add(&mut noted.in_work, &mut self.desks.iter().map(Desk::in_work));
        add(&mut noted.open, &mut self.open.iter().copied());
    }

    /// Counts what is open at the end, and what officers had to do.
    fn close_books(mut self) {
        let plan = self.plan;
        for (desk, tally) in self.desks.iter().zip(&mut self.tally.desks) {
            tally.present += desk.present(plan.window);
        }
        let places = std::mem::take(&mut self.places);
        let opened: Vec<bool> = places.iter().map(|place| place.case.is_some()).collect();
        let is_open = |id: &CaseId| {
            opened.get(id.place) == Some(&true) && places.get(id.place).is_some_and(|place| place.stamp == id.stamp)
        };
        for case in places
            .iter()
            .filter_map(|place| place.case.as_ref())
            .filter(|case| case.counted)
        {
            let (Some(book), Some(tally)) = (
                self.books.get(case.procedure),
                self.tally.procedures.get_mut(case.procedure),
            ) else {
                continue;
            };
            let state = book.state(case.situation);
            *tally.open.entry(state.clone()).or_default() += 1;
            for (clock, tally) in case.clocks.iter().zip(&mut tally.clocks) {
                tally.running += u64::from(clock.as_ref().is_some_and(crate::case::Clock::open));
            }
            let runs = case
                .clocks
                .iter()
                .flatten()
                .any(|clock| clock.status == ClockStatus::Running);
            let pends = case.stays.iter().any(|stay| stay.pending.is_some());
            if !runs && !pends && !case.opened.iter().any(|(id, ..)| is_open(id)) {
                *tally.stuck.entry(state).or_default() += 1;
            }
        }
    }
}

/// Whether a case still waits for a task to be done.
fn wants(places: &[Place], task: &Task) -> bool {
    let place = places
        .get(task.case.place)
        .filter(|place| place.stamp == task.case.stamp);
    let case = place.and_then(|place| place.case.as_ref());
    case.is_some_and(|case| {
        let mut pending = case.stays.iter().filter_map(|stay| stay.pending.as_ref());
        pending.any(|pending| pending.token == task.token)
    })
}
