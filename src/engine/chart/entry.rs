//! What a set of transitions leaves and enters.

use super::{Arrow, Chart, Position, Shape, StateIx};

/// The state inside which a transition happens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    /// It goes nowhere.
    Nowhere,
    /// The whole chart.
    Whole,
    /// This state, which stays active.
    Inside(StateIx),
}

/// What is entered, and how.
#[derive(Default)]
pub(super) struct Entries {
    /// The states, in document order.
    pub(super) states: Vec<StateIx>,
    /// Those of them whose `initial` decided what is active inside.
    pub(super) by_initial: Vec<StateIx>,
    /// History states that had nothing to remember yet.
    pub(super) by_history: Vec<StateIx>,
}

impl Entries {
    fn in_order(mut self) -> Self {
        self.states.sort_unstable();
        self.states.dedup();
        self
    }
}

impl Chart {
    /// Where a transition leads once history states are replaced by what they remember.
    fn effective(&self, position: &Position, targets: &[StateIx], found: &mut Vec<StateIx>) {
        for target in targets {
            match self.shape(*target) {
                Shape::History { default, .. } => match position.remembered.get(target) {
                    Some(states) => found.extend(states),
                    // Compiled charts have no circle of history states; one more would only be dropped here.
                    None => found.extend(
                        default
                            .iter()
                            .filter(|d| !matches!(self.shape(**d), Shape::History { .. })),
                    ),
                },
                _ => found.push(*target),
            }
        }
    }

    /// The state inside which a transition happens, as things stand before it.
    pub(super) fn domain(&self, position: &Position, arrow: &Arrow<'_>) -> Domain {
        let mut targets = Vec::new();
        self.effective(position, arrow.targets, &mut targets);
        if targets.is_empty() {
            return Domain::Nowhere;
        }
        let holds = |ix: StateIx| targets.iter().all(|target| self.inside(*target, ix));
        let compound = |ix: StateIx| matches!(self.shape(ix), Shape::Compound { .. });
        if arrow.internal && compound(arrow.source) && holds(arrow.source) {
            return Domain::Inside(arrow.source);
        }
        self.lineage(arrow.source)
            .skip(1)
            .find(|ix| compound(*ix) && holds(*ix))
            .map_or(Domain::Whole, Domain::Inside)
    }

    /// The active states that a transition leaves, in document order.
    pub(super) fn exits(&self, position: &Position, arrow: &Arrow<'_>) -> Vec<StateIx> {
        let inside = |domain: StateIx| {
            let active = position.active.iter().copied();
            active.filter(|ix| self.inside(*ix, domain)).collect()
        };
        match self.domain(position, arrow) {
            Domain::Nowhere => Vec::new(),
            Domain::Whole => position.active.clone(),
            Domain::Inside(domain) => inside(domain),
        }
    }

    /// Lets the history states of the states that are left remember what was active in them.
    pub(super) fn remember(&self, position: &mut Position, left: &[StateIx]) {
        for ix in left {
            let children = self.node(*ix).map(|node| node.children.as_slice()).unwrap_or_default();
            for child in children {
                let Shape::History { deep, .. } = self.shape(*child) else {
                    continue;
                };
                let kept = |state: &StateIx| match deep {
                    true => self.is_leaf(*state) && self.inside(*state, *ix),
                    false => self.node(*state).is_some_and(|node| node.parent == Some(*ix)),
                };
                let states = position.active.iter().copied().filter(kept).collect();
                position.remembered.insert(*child, states);
            }
        }
    }

    /// The states that transitions enter, in document order. `position` is before the states `left` were left, but with what
    /// history states remember of them; `domains` are those from before that: what is entered must fit what was left.
    pub(super) fn entries(
        &self,
        position: &Position,
        arrows: &[Arrow<'_>],
        domains: &[Domain],
        left: &[StateIx],
    ) -> Entries {
        let mut entered = Entries::default();
        for (arrow, domain) in arrows.iter().zip(domains) {
            for target in self.innermost(arrow.targets) {
                self.enter(position, target, &mut entered);
            }
            let domain = match *domain {
                Domain::Inside(ix) => Some(ix),
                Domain::Whole | Domain::Nowhere => None,
            };
            let mut targets = Vec::new();
            self.effective(position, arrow.targets, &mut targets);
            for target in targets {
                self.enter_around(position, target, domain, &mut entered);
            }
        }
        // A history state enters all between it and what it stands for; some of that may have stayed active.
        entered
            .states
            .retain(|ix| !position.contains(*ix) || left.binary_search(ix).is_ok());
        entered.in_order()
    }

    /// The states entered at first.
    pub(super) fn start(&self, initial: &[StateIx]) -> Entries {
        let nowhere = Position::default();
        let mut entered = Entries::default();
        for target in self.innermost(initial) {
            self.enter(&nowhere, target, &mut entered);
        }
        for target in initial {
            self.enter_around(&nowhere, *target, None, &mut entered);
        }
        entered.in_order()
    }

    /// Targets without those that only stand around another one: what is inside them is said by that one.
    fn innermost<'t>(&'t self, targets: &'t [StateIx]) -> impl Iterator<Item = StateIx> + 't {
        let around = move |ix: StateIx| targets.iter().any(|other| self.inside(*other, ix));
        targets.iter().copied().filter(move |ix| !around(*ix))
    }

    /// Enters a state and what must become active inside it.
    fn enter(&self, position: &Position, ix: StateIx, entered: &mut Entries) {
        let all = |targets: &[StateIx], around: Option<StateIx>, entered: &mut Entries| {
            for target in targets {
                self.enter(position, *target, entered);
            }
            for target in targets {
                self.enter_around(position, *target, around, entered);
            }
        };
        match self.shape(ix) {
            Shape::History { default, .. } => {
                let around = self.node(ix).and_then(|node| node.parent);
                let remembered = position.remembered.get(&ix);
                if remembered.is_none() {
                    entered.by_history.push(ix);
                }
                all(remembered.unwrap_or(default), around, entered);
            }
            Shape::Compound { initial } => {
                entered.states.push(ix);
                entered.by_initial.push(ix);
                all(initial, Some(ix), entered);
            }
            Shape::Parallel => {
                entered.states.push(ix);
                self.enter_regions(position, ix, entered);
            }
            Shape::Leaf | Shape::Final => entered.states.push(ix),
        }
    }

    /// Enters the states around one, up to but without `end`.
    fn enter_around(&self, position: &Position, ix: StateIx, end: Option<StateIx>, entered: &mut Entries) {
        for around in self.lineage(ix).skip(1).take_while(|around| Some(*around) != end) {
            entered.states.push(around);
            if *self.shape(around) == Shape::Parallel {
                self.enter_regions(position, around, entered);
            }
        }
    }

    fn enter_regions(&self, position: &Position, ix: StateIx, entered: &mut Entries) {
        for region in self.regions(ix) {
            if !entered
                .states
                .iter()
                .any(|state| *state == region || self.inside(*state, region))
            {
                self.enter(position, region, entered);
            }
        }
    }
}
