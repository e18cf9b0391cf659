//! How a procedure behaves on its chart: which branch an event takes, and which effects gather on the way.
//!
//! What conditions read comes from an [`Evidence`]: a real case has its fields and clocks, the exploration of `check`
//! has every value that they might have. Both run the same [`Course`].

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::{endless, no_branch, step};
use crate::{
    chart::{Arrow, Behaviour, Position, StateIx, Trigger},
    clock::{ClockState, ClockStatus},
    contribution::EvidenceKind,
    decision::{Problem, Refusal},
    definition::model::{ALWAYS, Branch, DONE, Definition, EffectRule, Event},
    dossier::{self, Dossier},
    guard::Facts,
};

/// What conditions read, the states apart.
pub(crate) trait Evidence {
    /// The value of a case field, if it has one.
    fn field(&self, name: &str) -> Option<&Json>;
    /// Whether a clock has expired.
    fn expired(&self, clock: &str) -> bool;
    /// Whether a clock is running.
    fn running(&self, clock: &str) -> bool;
    /// Whether somebody holds a case role.
    fn holds(&self, role: &str) -> bool;
    /// Whether the actor has a role.
    fn by(&self, role: &str) -> bool;
    /// Whether a document of this kind was made before.
    fn made(&self, kind: &str) -> bool;
    /// Whether a piece of evidence of this kind lies in the case. One can always be added first.
    fn lies(&self, _kind: Option<EvidenceKind>) -> bool {
        true
    }
    /// Whether one reason to refuse an event is as good as all: nobody reads them.
    fn one_reason(&self) -> bool {
        false
    }
}

/// The evidence of a real case.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'c> {
    pub(super) data: &'c Map<String, Json>,
    pub(super) clocks: &'c IndexMap<String, ClockState>,
    pub(super) held: &'c BTreeSet<String>,
    pub(super) actor: &'c BTreeSet<String>,
    pub(super) dossier: &'c Dossier,
}

impl Evidence for Sheet<'_> {
    fn field(&self, name: &str) -> Option<&Json> {
        self.data.get(name)
    }
    fn expired(&self, clock: &str) -> bool {
        let clock = self.clocks.get(clock);
        clock.is_some_and(|c| c.status == ClockStatus::Expired)
    }
    fn running(&self, clock: &str) -> bool {
        let clock = self.clocks.get(clock);
        clock.is_some_and(|c| c.status == ClockStatus::Running)
    }
    fn holds(&self, role: &str) -> bool {
        self.held.contains(role)
    }
    fn by(&self, role: &str) -> bool {
        self.actor.contains(role)
    }
    fn made(&self, kind: &str) -> bool {
        self.dossier.has(kind)
    }
    fn lies(&self, kind: Option<EvidenceKind>) -> bool {
        self.dossier.holds(kind)
    }
}

/// The evidence with the case at a position.
pub(super) struct Here<'c> {
    pub(super) evidence: &'c dyn Evidence,
    pub(super) definition: &'c Definition,
    pub(super) position: &'c Position,
}

impl Facts for Here<'_> {
    fn field(&self, name: &str) -> Option<&Json> {
        self.evidence.field(name)
    }
    fn expired(&self, clock: &str) -> bool {
        self.evidence.expired(clock)
    }
    fn running(&self, clock: &str) -> bool {
        self.evidence.running(clock)
    }
    fn holds(&self, role: &str) -> bool {
        self.evidence.holds(role)
    }
    fn by(&self, role: &str) -> bool {
        self.evidence.by(role)
    }
    fn active(&self, state: &str) -> bool {
        self.definition
            .state(state)
            .is_some_and(|ix| self.position.contains(ix))
    }
}

/// What gathered in a run.
#[derive(Default)]
pub(crate) struct Done<'d> {
    /// Effects in order.
    pub(crate) effects: Vec<&'d EffectRule>,
    /// Conditions that were true on the way.
    pub(crate) guards: Vec<String>,
    /// Lines of the branches that were taken.
    pub(crate) taken: Vec<u32>,
    /// The branches that were taken: the state, and the branch's number among those of the state.
    pub(crate) branches: Vec<(StateIx, usize)>,
}

/// Enters the initial state.
///
/// # Errors
/// [`crate::decision::ProblemCode::Endless`].
pub(crate) fn begin<'d>(definition: &'d Definition, evidence: &dyn Evidence) -> Result<(Position, Done<'d>), Refusal> {
    let mut course = Course::new(definition, evidence);
    course.done.effects.extend(&definition.filing.effects);
    let initial = [definition.initial];
    let to = definition.chart.begin(&initial, &mut course).map_err(|_| endless())?;
    Ok((to, course.done))
}

/// Runs an event that somebody sends; its answers are part of the evidence.
///
/// # Errors
/// Every document that is missing and every requirement that is not met, that no branch fits, that it would not come to rest.
pub(crate) fn send<'d>(
    definition: &'d Definition,
    from: &Position,
    (name, event): (&str, &Event),
    evidence: &dyn Evidence,
) -> Result<(Position, Done<'d>), Refusal> {
    let mut course = Course::new(definition, evidence);
    let mut to = from.clone();
    course.sent = true;
    let arrows = definition.chart.select(from, Trigger::Event(name), &course);
    course.may_take(event, &arrows, from)?;
    course.sent = false;
    let run = definition.chart.run(&mut to, &arrows, &mut course);
    run.map_err(|_| endless())?;
    Ok((to, course.done))
}

/// Runs an event that nobody sends: where no state knows it, nothing moves, the duty stays, and who must know is told.
///
/// # Errors
/// [`crate::decision::ProblemCode::Endless`].
pub(crate) fn happen<'d>(
    definition: &'d Definition,
    from: &Position,
    name: &str,
    evidence: &dyn Evidence,
) -> Result<(Position, Done<'d>), Refusal> {
    let mut course = Course::new(definition, evidence);
    let arrows = definition.chart.select(from, Trigger::Event(name), &course);
    if arrows.is_empty() {
        let event = definition.events.get(name);
        let effects = event.into_iter().flat_map(|e| e.effects.iter());
        course.done.effects.extend(effects);
    }
    let mut to = from.clone();
    let run = definition.chart.run(&mut to, &arrows, &mut course);
    run.map_err(|_| endless())?;
    Ok((to, course.done))
}

/// One run of a procedure to completion.
struct Course<'d, 's> {
    definition: &'d Definition,
    evidence: &'s dyn Evidence,
    /// Whether what is selected now was sent by somebody, who is then told what a branch requires.
    sent: bool,
    done: Done<'d>,
}

impl<'d, 's> Course<'d, 's> {
    fn new(definition: &'d Definition, evidence: &'s dyn Evidence) -> Self {
        Self {
            definition,
            evidence,
            sent: false,
            done: Done::default(),
        }
    }

    fn facts<'c>(&'c self, position: &'c Position) -> Here<'c> {
        Here {
            evidence: self.evidence,
            definition: self.definition,
            position,
        }
    }

    fn branch(&self, arrow: &Arrow<'d>) -> Option<&'d Branch> {
        self.definition.at(arrow.source)?.branches().nth(arrow.number)
    }

    /// Whether branches that somebody wants to take may be taken.
    ///
    /// # Errors
    /// All documents and evidence that are missing and all requirements that are not met; that there is no branch.
    fn may_take(&self, event: &Event, arrows: &[Arrow<'d>], position: &Position) -> Result<(), Refusal> {
        let mut problems: Vec<Problem> =
            dossier::lacking(event, |kind| self.evidence.made(kind), |kind| self.evidence.lies(kind)).collect();
        if arrows.is_empty() {
            problems.push(no_branch(event));
        }
        let facts = self.facts(position);
        for requirement in arrows.iter().filter_map(|a| self.branch(a)).flat_map(|b| &b.requires) {
            if !problems.is_empty() && self.evidence.one_reason() {
                break;
            }
            if requirement.guard.holds(&facts) {
                continue;
            }
            let problem = step::requirement(requirement);
            if !problems.contains(&problem) {
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
        let facts = self.facts(position);
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
        if let Some(event) = self.definition.event_of(arrow.source, arrow.number).filter(|_| first) {
            self.gather(&event.effects, raised);
        }
        let Some(branch) = self.branch(arrow) else { return };
        let guards = branch.when.iter().chain(branch.requires.iter().map(|r| &r.guard));
        self.done.taken.push(branch.line);
        self.done.branches.push((arrow.source, arrow.number));
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
