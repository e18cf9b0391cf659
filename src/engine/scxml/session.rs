//! A document that runs.

use std::collections::BTreeSet;

use super::{
    content::Action,
    document::{Document, State},
};
use crate::chart::{Arrow, Behaviour, Endless, Position, Shape, StateIx, Trigger};

/// A document on its way. Time passes only when it is told so.
#[derive(Clone, Debug)]
pub struct Session<'d> {
    document: &'d Document,
    position: Position,
    run: Run<'d>,
}

impl<'d> Session<'d> {
    /// Enters the document and runs to completion. Events that it sends to itself wait until time passes.
    ///
    /// # Errors
    /// [`Endless`].
    pub fn start(document: &'d Document) -> Result<Self, Endless> {
        let mut run = Run {
            document,
            active: BTreeSet::new(),
            waiting: Vec::new(),
            now: 0,
        };
        let position = document.chart.begin(&document.initial, &mut run)?;
        Ok(Self {
            document,
            position,
            run,
        })
    }

    /// Lets an event from outside happen, and what follows from it.
    ///
    /// # Errors
    /// [`Endless`]; the session is then of no use.
    pub fn send(&mut self, event: &str) -> Result<(), Endless> {
        if self.is_over() {
            return Ok(());
        }
        let chart = &self.document.chart;
        let arrows = chart.select(&self.position, Trigger::Event(event), &self.run);
        if arrows.is_empty() {
            return Ok(());
        }
        chart.run(&mut self.position, &arrows, &mut self.run)
    }

    /// Lets milliseconds pass: what the document sent to itself arrives when it is due, in the order of being due.
    ///
    /// # Errors
    /// [`Endless`]; so many events that each sends the next.
    pub fn pass(&mut self, milliseconds: u64) -> Result<(), Endless> {
        let until = self.run.now.saturating_add(milliseconds);
        for _ in 0..crate::chart::MICROSTEPS {
            let due = self
                .run
                .waiting
                .iter()
                .enumerate()
                .filter(|(_, sent)| sent.due <= until);
            // Of two that are due together the one that was sent first comes first: minima keep the first of equals.
            let Some((place, _)) = due.min_by_key(|(_, sent)| sent.due) else {
                self.run.now = until;
                return Ok(());
            };
            let sent = self.run.waiting.remove(place);
            self.run.now = self.run.now.max(sent.due);
            self.send(&sent.event)?;
        }
        Err(Endless)
    }

    /// Where it is.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// The ids of the active leaves, in document order.
    pub fn leaves(&self) -> Vec<&'d str> {
        let leaves = self.document.chart.leaves(&self.position);
        leaves.map(|ix| self.document.id(ix)).collect()
    }

    /// Whether it ended: nothing happens any more.
    pub fn is_over(&self) -> bool {
        self.run.finished(&self.position)
    }
}

/// An event that a document sent to itself.
#[derive(Clone, Debug)]
struct Sent {
    event: String,
    due: u64,
    id: Option<String>,
}

#[derive(Clone, Debug)]
struct Run<'d> {
    document: &'d Document,
    /// The active states while a step is under way: what `In()` sees in executable content.
    active: BTreeSet<StateIx>,
    waiting: Vec<Sent>,
    now: u64,
}

impl<'d> Run<'d> {
    fn state(&self, ix: StateIx) -> Option<&'d State> {
        self.document.states.get(ix.index())
    }

    /// Runs a block; false if an error ended it.
    fn act(&mut self, actions: &'d [Action], raised: &mut Vec<String>) -> bool {
        for action in actions {
            match action {
                Action::Raise(event) => raised.push(event.clone()),
                Action::Send { event, delay, id } => self.waiting.push(Sent {
                    event: event.clone(),
                    due: self.now.saturating_add(*delay),
                    id: id.clone(),
                }),
                Action::Fail { error, stop } => {
                    raised.push((*error).to_owned());
                    if *stop {
                        return false;
                    }
                }
                Action::Cancel(id) => self.waiting.retain(|sent| sent.id.as_ref() != Some(id)),
                Action::Choose(branches) => {
                    let fits = |state: &Option<StateIx>| state.is_none_or(|ix| self.active.contains(&ix));
                    let chosen = branches.iter().find(|(state, _)| fits(state));
                    if let Some((_, actions)) = chosen
                        && !self.act(actions, raised)
                    {
                        return false;
                    }
                }
            }
        }
        true
    }

    fn blocks(&mut self, blocks: &'d [Vec<Action>], raised: &mut Vec<String>) {
        for block in blocks {
            self.act(block, raised);
        }
    }
}

impl<'d> Behaviour<'d> for Run<'d> {
    fn enabled(&self, state: StateIx, trigger: Trigger<'_>, position: &Position) -> Option<Arrow<'d>> {
        let event = match trigger {
            Trigger::Event(event) => Some(event),
            Trigger::Done(ix) => Some(self.state(ix)?.done.as_str()),
            Trigger::Always => None,
        };
        let transitions = self.state(state)?.transitions.iter().enumerate();
        let (number, transition) = transitions.into_iter().find(|(_, transition)| {
            let heard = match event {
                Some(event) => transition.hears(event),
                None => transition.events.is_empty(),
            };
            heard && transition.condition.is_none_or(|ix| position.contains(ix))
        })?;
        Some(Arrow {
            source: state,
            targets: &transition.targets,
            internal: transition.internal,
            number,
        })
    }

    fn leave(&mut self, state: StateIx, raised: &mut Vec<String>) {
        if let Some(content) = self.state(state) {
            self.blocks(&content.leave, raised);
        }
        self.active.remove(&state);
    }

    fn take(&mut self, arrow: &Arrow<'d>, _first: bool, raised: &mut Vec<String>) {
        let taken = self.state(arrow.source).and_then(|s| s.transitions.get(arrow.number));
        if let Some(transition) = taken {
            self.act(&transition.actions, raised);
        }
    }

    fn enter(&mut self, state: StateIx, raised: &mut Vec<String>) {
        self.active.insert(state);
        if let Some(content) = self.state(state) {
            self.blocks(&content.enter, raised);
        }
    }

    fn enter_initially(&mut self, state: StateIx, raised: &mut Vec<String>) {
        if let Some(content) = self.state(state) {
            self.act(&content.initially, raised);
        }
    }

    fn enter_by_history(&mut self, history: StateIx, raised: &mut Vec<String>) {
        self.enter_initially(history, raised);
    }

    fn finished(&self, position: &Position) -> bool {
        let chart = &self.document.chart;
        let ends =
            |ix: &StateIx| *chart.shape(*ix) == Shape::Final && chart.node(*ix).is_some_and(|n| n.parent.is_none());
        position.active.iter().any(ends)
    }
}
