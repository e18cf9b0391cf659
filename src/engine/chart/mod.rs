//! The statechart kernel: which states are active after an event, by the algorithm of SCXML (W3C, 2015, appendix D).
//!
//! A [`Chart`] is the tree of states alone. What triggers a transition, which guard it has and what it does is the
//! business of a [`Behaviour`]: a procedure, or an SCXML document. The kernel decides which of the enabled transitions
//! are taken together, what is left, in which order what is entered, what a history state remembers, and when a region
//! is done; it runs to completion, and it is a pure function.

mod entry;
#[cfg(test)]
mod random_tests;
mod run;

use std::collections::BTreeMap;

pub use run::{Arrow, Behaviour, Endless, MICROSTEPS, Trigger};

/// Index of a state in its chart, in document order: a parent comes before its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateIx(pub(crate) u16);

impl StateIx {
    /// The place in a list of all states.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What a state is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing inside.
    Leaf,
    /// Nothing inside, and the state around it is done when it is entered.
    Final,
    /// One of the states inside is active, at first these (several where they lie in parallel regions further in).
    Compound {
        /// Entered when nothing else is said.
        initial: Vec<StateIx>,
    },
    /// All states inside are active together; each is a region.
    Parallel,
    /// Not a state: a target that stands for what was active when the state around it was last left.
    History {
        /// Remembers the leaves; otherwise the states right inside.
        deep: bool,
        /// Entered when there is nothing to remember yet.
        default: Vec<StateIx>,
    },
}

/// A state in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The state around it.
    pub parent: Option<StateIx>,
    /// What it is made of.
    pub shape: Shape,
    /// States right inside, history states too, in document order.
    pub children: Vec<StateIx>,
}

/// A tree of states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chart {
    nodes: Vec<Node>,
}

/// Where something that follows a chart is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// All active states, leaves and what is around them, in document order.
    pub active: Vec<StateIx>,
    /// By history state: what it remembers.
    pub remembered: BTreeMap<StateIx, Vec<StateIx>>,
}

impl Position {
    /// Whether a state is active.
    pub fn contains(&self, state: StateIx) -> bool {
        self.active.binary_search(&state).is_ok()
    }
}

impl Chart {
    /// A chart of these states. Parents must stand before their children; `children` is filled in here.
    pub fn new(states: impl IntoIterator<Item = (Option<StateIx>, Shape)>) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        for (parent, shape) in states {
            let ix = StateIx(u16::try_from(nodes.len()).unwrap_or(u16::MAX));
            if let Some(parent) = parent.and_then(|p| nodes.get_mut(p.index())) {
                parent.children.push(ix);
            }
            nodes.push(Node {
                parent,
                shape,
                children: Vec::new(),
            });
        }
        Self { nodes }
    }

    /// A state.
    pub fn node(&self, ix: StateIx) -> Option<&Node> {
        self.nodes.get(ix.index())
    }

    /// All states in document order.
    pub fn nodes(&self) -> impl Iterator<Item = (StateIx, &Node)> {
        self.nodes
            .iter()
            .enumerate()
            .filter_map(|(i, node)| Some((StateIx(u16::try_from(i).ok()?), node)))
    }

    /// What a state is made of; [`Shape::Leaf`] for one that is not of this chart.
    pub fn shape(&self, ix: StateIx) -> &Shape {
        self.node(ix).map_or(&Shape::Leaf, |node| &node.shape)
    }

    /// States right inside one, history states left out.
    pub fn regions(&self, ix: StateIx) -> impl Iterator<Item = StateIx> + '_ {
        let children = self.node(ix).map(|node| node.children.as_slice()).unwrap_or_default();
        children.iter().copied().filter(|child| !self.is_history(*child))
    }

    /// Whether the state has nothing inside.
    pub fn is_leaf(&self, ix: StateIx) -> bool {
        matches!(self.shape(ix), Shape::Leaf | Shape::Final)
    }

    fn is_history(&self, ix: StateIx) -> bool {
        matches!(self.shape(ix), Shape::History { .. })
    }

    /// A state and those around it, inner first.
    pub fn lineage(&self, ix: StateIx) -> impl Iterator<Item = StateIx> + '_ {
        std::iter::successors(Some(ix), |ix| self.node(*ix)?.parent)
    }

    /// Whether a state lies inside another.
    pub fn inside(&self, inner: StateIx, outer: StateIx) -> bool {
        inner != outer && self.lineage(inner).any(|ix| ix == outer)
    }

    /// Whether two states can be active at one time, as targets of one transition: one lies in the other, or they lie
    /// in two regions. A history state stands for everything in the state around it.
    pub fn together(&self, a: StateIx, b: StateIx) -> bool {
        let stands_for = |ix: StateIx| match self.node(ix) {
            Some(node) if self.is_history(ix) => node.parent.unwrap_or(ix),
            _ => ix,
        };
        let (a_whole, b_whole) = (stands_for(a), stands_for(b));
        let history =
            |ix: StateIx, whole: StateIx, other: StateIx| ix != whole && (other == whole || self.inside(other, whole));
        if a != b && (history(a, a_whole, b_whole) || history(b, b_whole, a_whole)) {
            return false;
        }
        let shared = self
            .lineage(a_whole)
            .find(|ix| *ix == b_whole || self.inside(b_whole, *ix));
        shared.is_some_and(|ix| ix == a_whole || ix == b_whole || *self.shape(ix) == Shape::Parallel)
    }

    /// Two of these targets that can not be active together.
    pub fn apart(&self, targets: &[StateIx]) -> Option<(StateIx, StateIx)> {
        let pairs = targets
            .iter()
            .enumerate()
            .flat_map(|(i, a)| targets.iter().skip(i + 1).map(move |b| (*a, *b)));
        pairs.into_iter().find(|(a, b)| !self.together(*a, *b))
    }

    /// The active leaves, in document order.
    pub fn leaves<'c>(&'c self, position: &'c Position) -> impl Iterator<Item = StateIx> + 'c {
        position.active.iter().copied().filter(|ix| self.is_leaf(*ix))
    }

    /// The position with these leaves active.
    pub fn at(&self, leaves: impl IntoIterator<Item = StateIx>) -> Position {
        let mut active: Vec<StateIx> = Vec::new();
        for leaf in leaves {
            active.extend(self.lineage(leaf));
        }
        active.sort_unstable();
        active.dedup();
        Position {
            active,
            remembered: BTreeMap::new(),
        }
    }

    /// Whether a state with states inside is done: a final state in it is active, or all its regions are done.
    pub fn done(&self, position: &Position, ix: StateIx) -> bool {
        match self.shape(ix) {
            Shape::Compound { .. } => self
                .regions(ix)
                .any(|child| *self.shape(child) == Shape::Final && position.contains(child)),
            Shape::Parallel => self.regions(ix).all(|child| self.done(position, child)),
            _ => false,
        }
    }

    /// Whether exactly one state inside each active compound state and every region of each active parallel state is
    /// active, and nothing whose parent is not.
    pub fn is_legal(&self, position: &Position) -> bool {
        let tops = position
            .active
            .iter()
            .filter(|ix| self.node(**ix).is_some_and(|n| n.parent.is_none()));
        tops.count() == 1
            && position.active.iter().all(|ix| {
                let Some(node) = self.node(*ix) else { return false };
                let inside = self.regions(*ix).filter(|child| position.contains(*child)).count();
                let around = node.parent.is_none_or(|parent| position.contains(parent));
                around
                    && match node.shape {
                        Shape::Leaf | Shape::Final => true,
                        Shape::Compound { .. } => inside == 1,
                        Shape::Parallel => inside == self.regions(*ix).count(),
                        Shape::History { .. } => false,
                    }
            })
    }
}
