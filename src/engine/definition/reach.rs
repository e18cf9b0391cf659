//! Where a case can get to, whatever the facts: every event in every position, every condition true and false.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    chart::{Arrow, Behaviour, Position, StateIx, Trigger},
    definition::model::{ALWAYS, Branch, DONE, Definition, EffectRule},
};

/// More positions than this are not looked at; a procedure of that size is refused by the exploration of `check`.
const POSITIONS: usize = 100_000;
/// So many conditions are tried both ways within one event.
const CHOICES: usize = 16;

/// All positions that a case can be in, and where each leads.
pub(super) struct Reach {
    /// The positions that a filing leads to.
    pub(super) first: Vec<Position>,
    /// By position: the positions that one event leads to.
    pub(super) next: BTreeMap<Position, BTreeSet<Position>>,
    /// States that were active at some time, also only in passing.
    pub(super) seen: BTreeSet<StateIx>,
    /// Branches (state, number) that were taken.
    pub(super) taken: BTreeSet<(StateIx, usize)>,
    /// States in which an event set off steps without end, with the event.
    pub(super) endless: BTreeSet<(StateIx, String)>,
}

/// A run in which a script says which conditions hold.
struct Trial<'d, 's> {
    definition: &'d Definition,
    script: &'s RefCell<Script>,
    seen: BTreeSet<StateIx>,
    taken: BTreeSet<(StateIx, usize)>,
}

#[derive(Default)]
struct Script {
    answers: Vec<bool>,
    asked: usize,
}

impl Script {
    fn ask(&mut self) -> bool {
        if self.asked == self.answers.len() && self.asked < CHOICES {
            self.answers.push(false);
        }
        let answer = self.answers.get(self.asked).copied().unwrap_or(false);
        self.asked += 1;
        answer
    }

    /// Sets up the next combination of answers; false when all were tried.
    fn next(&mut self) -> bool {
        self.asked = 0;
        while let Some(last) = self.answers.pop() {
            if !last {
                self.answers.push(true);
                return true;
            }
        }
        false
    }
}

impl<'d> Behaviour<'d> for Trial<'d, '_> {
    fn enabled(&self, state: StateIx, trigger: Trigger<'_>, _: &Position) -> Option<Arrow<'d>> {
        let key = match trigger {
            Trigger::Event(name) => name,
            Trigger::Done(ix) if ix == state => DONE,
            Trigger::Done(_) => return None,
            Trigger::Always => ALWAYS,
        };
        let transitions = &self.definition.at(state)?.transitions;
        let place = transitions.get_index_of(key)?;
        let before: usize = transitions.values().take(place).map(Vec::len).sum();
        let (_, branches) = transitions.get_index(place)?;
        let fits = |branch: &Branch| match &branch.when {
            None => true,
            Some(guard) => guard.constant().unwrap_or_else(|| self.script.borrow_mut().ask()),
        };
        let (number, branch) = branches.iter().enumerate().find(|(_, branch)| fits(branch))?;
        Some(Arrow {
            source: state,
            targets: &branch.to,
            internal: branch.internal,
            number: before + number,
        })
    }

    fn leave(&mut self, state: StateIx, raised: &mut Vec<String>) {
        if let Some(state) = self.definition.at(state) {
            raise(&state.leave, raised);
        }
    }

    fn take(&mut self, arrow: &Arrow<'d>, first: bool, raised: &mut Vec<String>) {
        self.taken.insert((arrow.source, arrow.number));
        let event = self.definition.event_of(arrow.source, arrow.number);
        if let Some(event) = event.filter(|_| first) {
            raise(&event.effects, raised);
        }
        let state = self.definition.at(arrow.source);
        if let Some(branch) = state.and_then(|state| state.branches().nth(arrow.number)) {
            raise(&branch.effects, raised);
        }
    }

    fn enter(&mut self, state: StateIx, raised: &mut Vec<String>) {
        self.seen.insert(state);
        if let Some(state) = self.definition.at(state) {
            raise(&state.enter, raised);
        }
    }

    fn finished(&self, position: &Position) -> bool {
        closed(self.definition, position)
    }
}

fn raise(effects: &[EffectRule], raised: &mut Vec<String>) {
    for effect in effects {
        if let EffectRule::Raise { event } = effect {
            raised.push(event.clone());
        }
    }
}

/// Whether the case has ended in this position.
pub(super) fn closed(definition: &Definition, position: &Position) -> bool {
    let leaves = definition.chart.leaves(position);
    leaves
        .filter_map(|ix| definition.at(ix))
        .any(|state| state.outcome.is_some())
}

/// Explores a definition.
pub(super) fn reach(definition: &Definition) -> Reach {
    let mut reach = Reach {
        first: Vec::new(),
        next: BTreeMap::new(),
        seen: BTreeSet::new(),
        taken: BTreeSet::new(),
        endless: BTreeSet::new(),
    };
    let mut waiting = reach.steps(definition, None, "");
    reach.first.clone_from(&waiting);
    while let Some(position) = waiting.pop() {
        if reach.next.contains_key(&position) || reach.next.len() >= POSITIONS {
            continue;
        }
        let mut next = BTreeSet::new();
        if !closed(definition, &position) {
            for event in definition.events.keys() {
                next.extend(reach.steps(definition, Some(&position), event));
            }
        }
        waiting.extend(next.iter().filter(|p| !reach.next.contains_key(p)).cloned());
        reach.next.insert(position, next);
    }
    reach
}

impl Reach {
    /// Where an event leads from a position, or a filing from nowhere, under every combination of conditions.
    fn steps(&mut self, definition: &Definition, from: Option<&Position>, event: &str) -> Vec<Position> {
        let script = RefCell::new(Script::default());
        let mut found = Vec::new();
        loop {
            let mut trial = Trial {
                definition,
                script: &script,
                seen: BTreeSet::new(),
                taken: BTreeSet::new(),
            };
            let reached = match from {
                None => definition.chart.begin(&[definition.initial], &mut trial),
                Some(from) => {
                    let arrows = definition.chart.select(from, Trigger::Event(event), &trial);
                    let mut to = from.clone();
                    let run = definition.chart.run(&mut to, &arrows, &mut trial);
                    run.map(|()| to)
                }
            };
            self.seen.append(&mut trial.seen);
            self.taken.append(&mut trial.taken);
            match reached {
                Ok(position) => found.push(position),
                Err(_) => {
                    let at = from.and_then(|p| definition.chart.leaves(p).next());
                    self.endless
                        .insert((at.unwrap_or(definition.initial), event.to_owned()));
                }
            }
            if !script.borrow_mut().next() {
                return found;
            }
        }
    }

    /// The positions from which a case can be closed.
    pub(super) fn finishing(&self, definition: &Definition) -> BTreeSet<&Position> {
        let mut back: BTreeMap<&Position, Vec<&Position>> = BTreeMap::new();
        for (from, next) in &self.next {
            for to in next {
                back.entry(to).or_default().push(from);
            }
        }
        let mut good: BTreeSet<&Position> = self.next.keys().filter(|p| closed(definition, p)).collect();
        let mut waiting: Vec<&Position> = good.iter().copied().collect();
        while let Some(position) = waiting.pop() {
            for from in back.get(position).into_iter().flatten() {
                if good.insert(from) {
                    waiting.push(from);
                }
            }
        }
        good
    }
}
