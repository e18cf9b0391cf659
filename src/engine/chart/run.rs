//! Running to completion: one event from outside, and all that follows from it at once.

use std::collections::VecDeque;

use super::{Chart, Position, Shape, StateIx, entry::Domain, entry::Entries};

/// At most so many steps follow from one event; a chart that takes more goes in circles.
pub const MICROSTEPS: usize = 200;

/// What sets a transition off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger<'e> {
    /// An event with this name.
    Event(&'e str),
    /// The states inside this one are done.
    Done(StateIx),
    /// Nothing: its condition is enough.
    Always,
}

/// A transition as the kernel sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrow<'d> {
    /// The state that it starts from.
    pub source: StateIx,
    /// Where it leads; nowhere: nothing is left or entered.
    pub targets: &'d [StateIx],
    /// Whether a source with states inside stays active when all targets lie inside it.
    pub internal: bool,
    /// What tells transitions of one source apart; the behaviour's own number.
    pub number: usize,
}

/// What the transitions of a chart are and do.
pub trait Behaviour<'d> {
    /// The first transition in document order out of `state` that `trigger` sets off and whose condition holds.
    fn enabled(&self, state: StateIx, trigger: Trigger<'_>, position: &Position) -> Option<Arrow<'d>>;
    /// A state is left; events to raise go to `raised`.
    fn leave(&mut self, state: StateIx, raised: &mut Vec<String>);
    /// A transition is taken, after states were left and before others are entered; `first` of those of its trigger.
    fn take(&mut self, arrow: &Arrow<'d>, first: bool, raised: &mut Vec<String>);
    /// A state is entered.
    fn enter(&mut self, state: StateIx, raised: &mut Vec<String>);
    /// Follows [`Behaviour::enter`] where the state's `initial` decides what is active inside it.
    fn enter_initially(&mut self, _state: StateIx, _raised: &mut Vec<String>) {}
    /// Follows [`Behaviour::enter`] of the state around a history state that has nothing to remember yet.
    fn enter_by_history(&mut self, _history: StateIx, _raised: &mut Vec<String>) {}
    /// Whether it is over in this position: nothing more follows by itself.
    fn finished(&self, position: &Position) -> bool;
}

/// One event set off more than [`MICROSTEPS`] steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endless;

/// Events raised inside, in the order in which they are handled.
enum Internal {
    Raised(String),
    Done(StateIx),
}

impl Chart {
    /// The transitions that are taken together for a trigger: the innermost enabled one for each active leaf, and of
    /// two that would leave the same state the inner one, else the earlier.
    pub fn select<'d>(
        &self,
        position: &Position,
        trigger: Trigger<'_>,
        behaviour: &impl Behaviour<'d>,
    ) -> Vec<Arrow<'d>> {
        let mut found: Vec<Arrow<'d>> = Vec::new();
        for leaf in self.leaves(position) {
            let arrow = self
                .lineage(leaf)
                .find_map(|ix| behaviour.enabled(ix, trigger, position));
            if let Some(arrow) = arrow
                && !found
                    .iter()
                    .any(|f| f.source == arrow.source && f.number == arrow.number)
            {
                found.push(arrow);
            }
        }
        if found.len() < 2 {
            return found;
        }
        self.without_conflicts(position, found)
    }

    fn without_conflicts<'d>(&self, position: &Position, found: Vec<Arrow<'d>>) -> Vec<Arrow<'d>> {
        let mut kept: Vec<(Arrow<'d>, Vec<StateIx>)> = Vec::new();
        for arrow in found {
            let exits = self.exits(position, &arrow);
            let clashes = |other: &[StateIx]| exits.iter().any(|ix| other.contains(ix));
            let preempted = kept
                .iter()
                .any(|(other, left)| clashes(left) && !self.inside(arrow.source, other.source));
            if !preempted {
                kept.retain(|(_, left)| !clashes(left));
                kept.push((arrow, exits));
            }
        }
        kept.into_iter().map(|(arrow, _)| arrow).collect()
    }

    /// Enters the chart at `initial` and runs to completion.
    ///
    /// # Errors
    /// [`Endless`].
    pub fn begin<'d>(&self, initial: &[StateIx], behaviour: &mut impl Behaviour<'d>) -> Result<Position, Endless> {
        let mut position = Position::default();
        let mut queue = VecDeque::new();
        self.enter_all(&mut position, self.start(initial), behaviour, &mut queue);
        self.complete(&mut position, behaviour, &mut queue)?;
        Ok(position)
    }

    /// Takes transitions that [`Chart::select`] chose, and runs to completion.
    ///
    /// # Errors
    /// [`Endless`]; the position is then of no use.
    pub fn run<'d>(
        &self,
        position: &mut Position,
        arrows: &[Arrow<'d>],
        behaviour: &mut impl Behaviour<'d>,
    ) -> Result<(), Endless> {
        let mut queue = VecDeque::new();
        self.microstep(position, arrows, behaviour, &mut queue);
        self.complete(position, behaviour, &mut queue)
    }

    fn complete<'d>(
        &self,
        position: &mut Position,
        behaviour: &mut impl Behaviour<'d>,
        queue: &mut VecDeque<Internal>,
    ) -> Result<(), Endless> {
        for _ in 0..MICROSTEPS {
            if behaviour.finished(position) {
                return Ok(());
            }
            let mut arrows = self.select(position, Trigger::Always, behaviour);
            if arrows.is_empty() {
                let Some(next) = queue.pop_front() else { return Ok(()) };
                arrows = match &next {
                    Internal::Raised(event) => self.select(position, Trigger::Event(event), behaviour),
                    Internal::Done(ix) => self.select(position, Trigger::Done(*ix), behaviour),
                };
            }
            if !arrows.is_empty() {
                self.microstep(position, &arrows, behaviour, queue);
            }
        }
        Err(Endless)
    }

    /// One set of transitions: leave, inner first; what the transitions do; enter, outer first.
    fn microstep<'d>(
        &self,
        position: &mut Position,
        arrows: &[Arrow<'d>],
        behaviour: &mut impl Behaviour<'d>,
        queue: &mut VecDeque<Internal>,
    ) {
        let mut left: Vec<StateIx> = Vec::new();
        for arrow in arrows {
            left.extend(self.exits(position, arrow));
        }
        left.sort_unstable();
        left.dedup();
        let domains: Vec<Domain> = arrows.iter().map(|arrow| self.domain(position, arrow)).collect();
        self.remember(position, &left);
        let entered = self.entries(position, arrows, &domains, &left);
        let mut raised = Vec::new();
        for ix in left.iter().rev() {
            behaviour.leave(*ix, &mut raised);
        }
        position.active.retain(|ix| left.binary_search(ix).is_err());
        for (i, arrow) in arrows.iter().enumerate() {
            behaviour.take(arrow, i == 0, &mut raised);
        }
        queue.extend(raised.into_iter().map(Internal::Raised));
        self.enter_all(position, entered, behaviour, queue);
    }

    fn enter_all<'d>(
        &self,
        position: &mut Position,
        entered: Entries,
        behaviour: &mut impl Behaviour<'d>,
        queue: &mut VecDeque<Internal>,
    ) {
        for ix in entered.states {
            if let Err(place) = position.active.binary_search(&ix) {
                position.active.insert(place, ix);
            }
            let mut raised = Vec::new();
            behaviour.enter(ix, &mut raised);
            if entered.by_initial.contains(&ix) {
                behaviour.enter_initially(ix, &mut raised);
            }
            for history in &entered.by_history {
                if self.node(*history).is_some_and(|node| node.parent == Some(ix)) {
                    behaviour.enter_by_history(*history, &mut raised);
                }
            }
            queue.extend(raised.into_iter().map(Internal::Raised));
            if *self.shape(ix) != Shape::Final {
                continue;
            }
            let Some(parent) = self.node(ix).and_then(|node| node.parent) else {
                continue;
            };
            queue.push_back(Internal::Done(parent));
            // A parallel state is done when its last region is.
            let above = self.node(parent).and_then(|node| node.parent);
            if let Some(above) = above.filter(|ix| *self.shape(*ix) == Shape::Parallel && self.done(position, *ix)) {
                queue.push_back(Internal::Done(above));
            }
        }
    }
}
