//! How a procedure behaves on its chart: which branch an event takes, and which effects gather on the way.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::{no_branch, step};
use crate::{
    chart::{Arrow, Behaviour, Position, StateIx, Trigger},
    clock::{ClockState, ClockStatus},
    decision::{Problem, Refusal},
    definition::model::{ALWAYS, Branch, DONE, Definition, EffectRule, Event},
    guard::Facts,
};

/// What conditions read, the states apart.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'c> {
    pub(super) data: &'c Map<String, Json>,
    pub(super) clocks: &'c IndexMap<String, ClockState>,
    pub(super) held: &'c BTreeSet<String>,
    pub(super) actor: &'c BTreeSet<String>,
}

impl<'c> Sheet<'c> {
    /// The facts with the case at a position.
    pub(super) fn at(self, definition: &'c Definition, position: &'c Position) -> Here<'c> {
        Here {
            sheet: self,
            definition,
            position,
        }
    }
}

pub(super) struct Here<'c> {
    sheet: Sheet<'c>,
    definition: &'c Definition,
    position: &'c Position,
}

impl Facts for Here<'_> {
    fn field(&self, name: &str) -> Option<&Json> {
        self.sheet.data.get(name)
    }
    fn expired(&self, clock: &str) -> bool {
        let clock = self.sheet.clocks.get(clock);
        clock.is_some_and(|c| c.status == ClockStatus::Expired)
    }
    fn running(&self, clock: &str) -> bool {
        let clock = self.sheet.clocks.get(clock);
        clock.is_some_and(|c| c.status == ClockStatus::Running)
    }
    fn holds(&self, role: &str) -> bool {
        self.sheet.held.contains(role)
    }
    fn by(&self, role: &str) -> bool {
        self.sheet.actor.contains(role)
    }
    fn active(&self, state: &str) -> bool {
        self.definition
            .state(state)
            .is_some_and(|ix| self.position.contains(ix))
    }
}

/// What gathered in a run.
#[derive(Default)]
pub(super) struct Done<'d> {
    /// Effects in order.
    pub(super) effects: Vec<&'d EffectRule>,
    /// Conditions that were true on the way.
    pub(super) guards: Vec<String>,
    /// Lines of the branches that were taken.
    pub(super) taken: Vec<u32>,
}

/// One run of a procedure to completion.
pub(super) struct Course<'d, 's> {
    definition: &'d Definition,
    sheet: Sheet<'s>,
    /// Whether what is selected now was sent by somebody, who is then told what a branch requires.
    pub(super) sent: bool,
    pub(super) done: Done<'d>,
}

impl<'d, 's> Course<'d, 's> {
    pub(super) fn new(definition: &'d Definition, sheet: Sheet<'s>) -> Self {
        Self {
            definition,
            sheet,
            sent: false,
            done: Done::default(),
        }
    }

    fn branch(&self, arrow: &Arrow<'d>) -> Option<&'d Branch> {
        self.definition.at(arrow.source)?.branches().nth(arrow.number)
    }

    /// The event that a branch belongs to, none for [`DONE`] and [`ALWAYS`].
    fn event(&self, arrow: &Arrow<'d>) -> Option<&'d Event> {
        let mut before = 0;
        let transitions = &self.definition.at(arrow.source)?.transitions;
        let (name, _) = transitions.iter().find(|(_, branches)| {
            before += branches.len();
            arrow.number < before
        })?;
        self.definition.events.get(name)
    }

    /// Whether branches that somebody wants to take may be taken.
    ///
    /// # Errors
    /// All requirements that are not met; that there is no branch.
    pub(super) fn may_take(&self, event: &Event, arrows: &[Arrow<'d>], position: &Position) -> Result<(), Refusal> {
        if arrows.is_empty() {
            return Err(no_branch(event).into());
        }
        let facts = self.sheet.at(self.definition, position);
        let mut problems: Vec<Problem> = Vec::new();
        for requirement in arrows.iter().filter_map(|a| self.branch(a)).flat_map(|b| &b.requires) {
            let problem = step::requirement(requirement);
            if !requirement.guard.holds(&facts) && !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Refusal { problems })
        }
    }

    fn gather(&mut self, effects: &'d [EffectRule], raised: &mut Vec<String>) {
        for effect in effects {
            match effect {
                EffectRule::Raise { event } => raised.push(event.clone()),
                other => self.done.effects.push(other),
            }
        }
    }
}

impl<'d> Behaviour<'d> for Course<'d, '_> {
    fn enabled(&self, state: StateIx, trigger: Trigger<'_>, position: &Position) -> Option<Arrow<'d>> {
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
        let facts = self.sheet.at(self.definition, position);
        let fits = |branch: &Branch| {
            branch.when.as_ref().is_none_or(|guard| guard.holds(&facts))
                && (self.sent || branch.requires.iter().all(|r| r.guard.holds(&facts)))
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
            self.gather(&state.leave, raised);
        }
    }

    fn take(&mut self, arrow: &Arrow<'d>, first: bool, raised: &mut Vec<String>) {
        if let Some(event) = self.event(arrow).filter(|_| first) {
            self.gather(&event.effects, raised);
        }
        let Some(branch) = self.branch(arrow) else { return };
        let guards = branch.when.iter().chain(branch.requires.iter().map(|r| &r.guard));
        self.done.taken.push(branch.line);
        self.done.guards.extend(guards.map(|guard| guard.source().to_owned()));
        self.gather(&branch.effects, raised);
    }

    fn enter(&mut self, state: StateIx, raised: &mut Vec<String>) {
        if let Some(state) = self.definition.at(state) {
            self.gather(&state.enter, raised);
        }
    }

    fn finished(&self, position: &Position) -> bool {
        let leaves = self.definition.chart.leaves(position);
        leaves
            .filter_map(|ix| self.definition.at(ix))
            .any(|state| state.outcome.is_some())
    }
}
