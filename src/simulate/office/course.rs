//! How a case goes on: what is drawn, what the engine makes of it, what follows.

use serde_json::{Map, Value as Json};
use zhengming_engine::{clock::ClockStatus, decision::Signal, definition::model::StateIx};

use super::{Happening, Message, Office};
use crate::{
    book::What,
    case::{Case, CaseId, Pending, Stay},
    chance::Chance,
    model::MOST_EVENTS,
    moment::Second,
    step::{Opens, Taken, Turn},
};

/// Numbers of cases that other cases open lie apart from those of filings.
const OPENED: u64 = 1 << 63;
/// How many answers are tried before an event counts as refused.
const TRIES: usize = 8;

impl Office<'_, '_> {
    /// Somebody files.
    pub(super) fn file(&mut self, procedure: usize, now: Second) {
        let (mut case, variant) = self.new_case(procedure, 0, now);
        let Some(book) = self.books.get_mut(procedure) else {
            return;
        };
        let opened = book.open(variant, now);
        case.counted = self.plan.window.from <= now && now < self.plan.window.to;
        self.begin(case, opened, now);
    }

    /// A case opens another.
    fn open_from(&mut self, opener: CaseId, opens: Opens, given: Map<String, Json>, counted: bool, now: Second) {
        let mut procedures = self.plan.model.procedures.iter();
        let Some(procedure) = procedures.position(|p| p.definition.key == opens.procedure) else {
            return;
        };
        let (mut case, variant) = self.new_case(procedure, OPENED, now);
        case.counted = counted;
        case.opener = Some((opener, opens.link.clone()));
        let Some(book) = self.books.get_mut(procedure) else {
            return;
        };
        let opened = book.open_with(variant, given, now);
        if counted
            && opened.is_ok()
            && let Some(tally) = self.tally.procedures.get_mut(procedure)
        {
            tally.opened_by_cases += 1;
        }
        if let Some(id) = self.begin(case, opened, now) {
            let place = self
                .places
                .get_mut(opener.place)
                .filter(|place| place.stamp == opener.stamp);
            if let Some(case) = place.and_then(|place| place.case.as_mut()) {
                case.opened.push((id, procedure, opens.link));
            }
        }
    }

    fn new_case(&mut self, procedure: usize, kind: u64, now: Second) -> (Case, usize) {
        let number = self.filed.get_mut(procedure).map_or(0, |filed| {
            *filed += 1;
            *filed
        });
        let mut chance = Chance::new(self.plan.model.seed, [self.number, procedure as u64, kind | number]);
        let conduct = self.plan.model.procedures.get(procedure);
        let variant = conduct.map_or(0, |conduct| conduct.filing.draw(&mut chance));
        let case = Case {
            procedure,
            situation: 0,
            clocks: Vec::new(),
            dates: Vec::new(),
            filed_at: now,
            counted: false,
            chance,
            stays: Vec::new(),
            opener: None,
            opened: Vec::new(),
        };
        (case, variant)
    }

    fn begin(&mut self, case: Case, opened: Result<Taken, crate::book::Refused>, now: Second) -> Option<CaseId> {
        let tally = self.tally.procedures.get_mut(case.procedure)?;
        match opened {
            Ok(taken) => {
                tally.filed += u64::from(case.counted);
                if let Some(open) = self.open.get_mut(case.procedure) {
                    *open += 1;
                }
                let id = self.new_place();
                self.advance(id, case, taken, now);
                Some(id)
            }
            Err(code) => {
                if case.counted {
                    *tally.not_filed.entry(code.to_string()).or_default() += 1;
                }
                None
            }
        }
    }

    /// What is pending for a case happens now, if it still is.
    pub(super) fn perform(&mut self, id: CaseId, token: u64, now: Second) {
        let Some(mut case) = self.lift(id) else { return };
        let found = case.stays.iter_mut().enumerate().find_map(|(index, stay)| {
            let pending = stay.pending.take_if(|pending| pending.token == token)?;
            Some((index, stay.leaf, pending))
        });
        let (Some((index, leaf, pending)), Some(book)) = (found, self.books.get_mut(case.procedure)) else {
            return self.put(id, case);
        };
        let action = book
            .conduct
            .choices(leaf)
            .get(pending.choice)
            .map_or(0, |choice| choice.action);
        match book.take(&case, What::Act(action, pending.variant), now) {
            Ok(taken) => {
                if let Some(stay) = case.stays.get_mut(index) {
                    stay.happened |= bit(pending.choice);
                }
                self.advance(id, case, taken, now);
            }
            Err(code) => {
                self.refuse(&mut case, index, pending.choice, &code);
                self.draw(id, &mut case, index, now);
                self.put(id, case);
            }
        }
    }

    /// A case takes a step.
    pub(super) fn advance(&mut self, id: CaseId, mut case: Case, mut taken: Taken, now: Second) {
        self.count_step(&case, &taken, now);
        let before: Vec<StateIx> = case.stays.iter().map(|stay| stay.leaf).collect();
        let Some(conduct) = self.plan.model.procedures.get(case.procedure) else {
            return;
        };
        if let Err(code) = taken.carry_out(&mut case, &self.plan.model.law, &conduct.definition, now) {
            self.note_refusal(&mut case, None, "", &code);
        }
        for (clock, _) in &taken.step.turns {
            let state = case.clocks.get(*clock).and_then(Option::as_ref);
            if let Some(state) = state.filter(|state| state.status == ClockStatus::Running)
                && let Some(due) = state.due
            {
                let generation = state.generation;
                let clock = *clock;
                self.will_happen(
                    due,
                    Happening::Timer {
                        case: id,
                        clock,
                        generation,
                    },
                );
            }
        }
        self.follow_leaves(&mut case, now);
        self.write_messages(id, &case, &taken, &before);
        if let Some(outcome) = &taken.step.outcome {
            return self.close(id, &case, outcome, now);
        }
        for index in 0..case.stays.len() {
            if case.stays.get(index).is_some_and(|stay| stay.pending.is_none()) {
                self.draw(id, &mut case, index, now);
            }
        }
        self.put(id, case);
    }

    /// Ends the stays that are over and begins the new ones.
    fn follow_leaves(&mut self, case: &mut Case, now: Second) {
        let book = self.books.get(case.procedure);
        let Some(situation) = book.and_then(|book| book.situation(case.situation)) else {
            return;
        };
        let mut old = std::mem::take(&mut case.stays);
        for leaf in &situation.leaves {
            let known = old.iter().position(|stay| stay.leaf == *leaf);
            case.stays.push(match known {
                Some(index) => Stay {
                    refused: 0,
                    ..old.swap_remove(index)
                },
                None => Stay {
                    leaf: *leaf,
                    since: now,
                    happened: 0,
                    refused: 0,
                    pending: None,
                },
            });
        }
        for desk in old.iter().filter_map(|stay| stay.pending.as_ref()?.waits_at) {
            if let Some(desk) = self.desks.get_mut(desk) {
                desk.waiting = desk.waiting.saturating_sub(1);
            }
        }
    }

    /// Draws what happens next in a stay. What the engine would refuse as things are is drawn again.
    fn draw(&mut self, id: CaseId, case: &mut Case, index: usize, now: Second) {
        loop {
            let (Some(stay), Some(book)) = (case.stays.get(index), self.books.get_mut(case.procedure)) else {
                return;
            };
            let (conduct, closed, since) = (book.conduct, stay.happened | stay.refused, stay.since);
            let choices = conduct.choices(stay.leaf);
            let open = |(number, choice): (usize, &crate::model::Choice)| {
                if closed & bit(number) == 0 { choice.weight } else { 0.0 }
            };
            let drawn = case.chance.weighted(choices.iter().enumerate().map(open));
            let Some((choice, action)) = drawn.and_then(|n| Some((n, choices.get(n)?.action))) else {
                return;
            };
            let Some(planned) = conduct.actions.get(action) else {
                return;
            };
            // What stands against one answer need not stand against another.
            let tries = if planned.form.variants() > 1 { TRIES } else { 1 };
            let mut accepted = Err(None);
            for _ in 0..tries {
                let variant = planned.form.draw(&mut case.chance);
                accepted = book
                    .take(case, What::Act(action, variant), now)
                    .map(|_| variant)
                    .map_err(Some);
                if accepted.is_ok() {
                    break;
                }
            }
            let variant = match accepted {
                Ok(variant) => variant,
                Err(code) => {
                    self.refuse(case, index, choice, code.as_deref().unwrap_or_default());
                    continue;
                }
            };
            // A second at least, so that time goes on whatever the model says.
            let work = planned.takes.draw(&mut case.chance).max(1);
            let delay = planned.after.as_ref().map(|after| after.draw(&mut case.chance));
            let at = match (planned.desk, delay) {
                // Parties are asked when the state is entered, whatever else happens first.
                (None, delay) => (since + delay.unwrap_or(0)).max(now + 1),
                (Some(_), delay) => now + delay.unwrap_or(0),
            };
            self.tokens += 1;
            let token = self.tokens;
            if let Some(stay) = case.stays.get_mut(index) {
                stay.pending = Some(Pending {
                    token,
                    choice,
                    variant,
                    work,
                    waits_at: None,
                });
            }
            return self.will_happen(at, Happening::Ready { case: id, token });
        }
    }

    fn refuse(&mut self, case: &mut Case, index: usize, choice: usize, code: &str) {
        let Some(stay) = case.stays.get_mut(index) else { return };
        stay.refused |= bit(choice);
        let leaf = stay.leaf;
        let Some(conduct) = self.plan.model.procedures.get(case.procedure) else {
            return;
        };
        let action = conduct
            .choices(leaf)
            .get(choice)
            .and_then(|c| conduct.actions.get(c.action));
        let event = action.map(|action| action.event.as_str()).unwrap_or_default();
        self.note_refusal(case, Some(leaf), event, code);
    }

    /// Counts that the engine refused something, with the state, the event and the code.
    pub(super) fn note_refusal(&mut self, case: &mut Case, leaf: Option<StateIx>, event: &str, code: &str) {
        let conduct = self.plan.model.procedures.get(case.procedure);
        let state = leaf.and_then(|leaf| conduct?.definition.at(leaf));
        let state = state.map(|state| state.id.clone()).unwrap_or_default();
        if let Some(tally) = self.tally.procedures.get_mut(case.procedure).filter(|_| case.counted) {
            *tally
                .refused
                .entry((state, event.to_owned(), code.to_owned()))
                .or_default() += 1;
        }
    }

    fn count_step(&mut self, case: &Case, taken: &Taken, now: Second) {
        let Some(tally) = self.tally.procedures.get_mut(case.procedure) else {
            return;
        };
        tally.steps += 1;
        if !case.counted {
            return;
        }
        for (index, turn) in &taken.step.turns {
            let before = case.clocks.get(*index).and_then(Option::as_ref);
            let Some(clock) = tally.clocks.get_mut(*index) else {
                continue;
            };
            match turn {
                Turn::Start(_) => {
                    clock.started += 1;
                    clock.restarted += u64::from(before.is_some_and(crate::case::Clock::open));
                }
                Turn::End(ClockStatus::Expired) => clock.expired += 1,
                Turn::End(ClockStatus::Cancelled) => clock.cancelled += 1,
                Turn::End(_) => match before.filter(|before| before.status == ClockStatus::Expired) {
                    Some(before) => {
                        let late = (now - before.stopped.unwrap_or(now)) / 60;
                        clock.late.add(u64::try_from(late).unwrap_or(0));
                    }
                    None => clock.met += 1,
                },
                Turn::Suspend | Turn::Resume | Turn::Extend => {}
            }
        }
    }

    fn close(&mut self, id: CaseId, case: &Case, outcome: &str, now: Second) {
        if let Some(open) = self.open.get_mut(case.procedure) {
            *open = open.saturating_sub(1);
        }
        if let Some(tally) = self.tally.procedures.get_mut(case.procedure).filter(|_| case.counted) {
            if !tally.closed.contains_key(outcome) {
                tally.closed.insert(outcome.to_owned(), Default::default());
            }
            if let Some(lengths) = tally.closed.get_mut(outcome) {
                lengths.add(u64::try_from((now - case.filed_at) / 60).unwrap_or(0));
            }
        }
        self.clear(id);
    }

    /// What a step makes a case tell, open and call off.
    fn write_messages(&mut self, id: CaseId, case: &Case, taken: &Taken, before: &[StateIx]) {
        let Some(book) = self.books.get(case.procedure) else {
            return;
        };
        for opens in &taken.step.opens {
            let known = self
                .plan
                .model
                .procedures
                .iter()
                .any(|p| p.definition.key == opens.procedure);
            if known {
                let data = book.data(case);
                let given = opens
                    .with
                    .iter()
                    .filter_map(|(theirs, own)| Some((theirs.clone(), data.get(own)?.clone())));
                self.messages.push_back(Message::Open {
                    opener: id,
                    opens: opens.clone(),
                    given: given.collect(),
                    counted: case.counted,
                });
            } else if let Some(tally) = self.tally.procedures.get_mut(case.procedure).filter(|_| case.counted) {
                *tally.opened_outside.entry(opens.procedure.clone()).or_default() += 1;
            }
        }
        for (procedure, link) in &taken.step.calls_off {
            for (child, of, by) in &case.opened {
                let key = self.plan.model.procedures.get(*of).map(|p| &p.definition.key);
                if key == Some(procedure) && by == link {
                    self.messages.push_back(Message::Tell {
                        to: *child,
                        signal: Signal::CalledOff,
                        brought: Map::new(),
                    });
                }
            }
        }
        if let Some((opener, link)) = &case.opener {
            self.tell(*opener, link, case, taken, before);
        }
    }

    /// Tells the case that opened this one which states it entered and what became of it.
    fn tell(&mut self, opener: CaseId, link: &str, case: &Case, taken: &Taken, before: &[StateIx]) {
        let procedures = &self.plan.model.procedures;
        let place = self
            .places
            .get(opener.place)
            .filter(|place| place.stamp == opener.stamp);
        let parent = place
            .and_then(|place| place.case.as_ref())
            .and_then(|case| procedures.get(case.procedure));
        let (Some(parent), Some(own), Some(book)) =
            (parent, procedures.get(case.procedure), self.books.get(case.procedure))
        else {
            return;
        };
        let mut subcases = parent.definition.subcases.iter();
        let Some((alias, subcase)) = subcases.find(|(_, s)| s.procedure == own.definition.key && s.link == link) else {
            return;
        };
        let data = book.data(case);
        let brought: Map<String, Json> = subcase
            .brings
            .iter()
            .filter_map(|(own, theirs)| Some((own.clone(), data.get(theirs)?.clone())))
            .collect();
        let within = |leaves: &[StateIx], state: StateIx| leaves.iter().any(|leaf| own.definition.inside(*leaf, state));
        let now: Vec<StateIx> = case.stays.iter().map(|stay| stay.leaf).collect();
        let mut signals = Vec::new();
        for state in subcase.mirrors.keys() {
            let entered = own
                .definition
                .state(state)
                .is_some_and(|ix| within(&now, ix) && !within(before, ix));
            if entered {
                signals.push(Signal::Entered {
                    subcase: alias.clone(),
                    state: state.clone(),
                });
            }
        }
        let outcome = taken
            .step
            .outcome
            .as_ref()
            .filter(|outcome| subcase.outcomes.contains_key(*outcome));
        signals.extend(outcome.map(|outcome| Signal::Outcome {
            subcase: alias.clone(),
            outcome: outcome.clone(),
        }));
        for signal in signals {
            self.messages.push_back(Message::Tell {
                to: opener,
                signal,
                brought: brought.clone(),
            });
        }
    }

    /// Another case hears, or is opened.
    pub(super) fn deliver(&mut self, message: Message, now: Second) {
        match message {
            Message::Open {
                opener,
                opens,
                given,
                counted,
            } => self.open_from(opener, opens, given, counted, now),
            Message::Tell { to, signal, brought } => {
                let Some(mut case) = self.lift(to) else { return };
                let Some(book) = self.books.get_mut(case.procedure) else {
                    return;
                };
                match book.hear(&case, &signal, &brought, now) {
                    Ok(taken) => self.advance(to, case, taken, now),
                    Err(code) => {
                        self.note_refusal(&mut case, None, "", &code);
                        self.put(to, case);
                    }
                }
            }
        }
    }
}

fn bit(choice: usize) -> u64 {
    if choice < MOST_EVENTS { 1 << choice } else { 0 }
}
