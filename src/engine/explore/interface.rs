//! What a case that opens another can tell of it: the subcase's states, merged as far as nobody outside can see.
//!
//! Two states of a subcase are one here when the same outcomes and the same mirrored states can still come from both by
//! themselves. So the product of two procedures stays small, and what the opening case may wait for in vain is still
//! found: each outcome of a class can come from every state in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    graph::Graph,
    machine::Machine,
    steps::{Label, Steps},
};
use crate::definition::model::{State, StateIx, Subcase};

/// What is seen of a subcase, all versions of its procedure together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Interface {
    classes: Vec<Class>,
    /// Where it may begin, with the mirrored states that it enters then.
    pub(super) first: Vec<(u16, u16)>,
    /// Whether not all states of the subcase are known.
    pub(super) bounded: bool,
}

/// States of a subcase that cannot be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// Where it has ended: the number of the outcome under `outcomes`, if it stands there.
    pub(super) ended: Option<Option<u16>>,
    /// Where it can go by itself, with the mirrored states that it enters on the way.
    pub(super) next: Vec<(u16, u16)>,
    /// Where it can go when it hears that it is called off.
    pub(super) called_off: Vec<(u16, u16)>,
}

/// What tells states apart: how it ended, outcomes and mirrored states that can still come.
type Signature = (Option<Option<u16>>, u64, u64);

impl Interface {
    pub(super) fn class(&self, number: u64) -> Option<&Class> {
        self.classes.get(usize::try_from(number).ok()?)
    }

    /// Adds one version of the subcase's procedure.
    pub(super) fn add(&mut self, machine: &Machine<'_>, graph: &Graph, subcase: &Subcase) {
        let steps = Steps { machine, children: &[] };
        self.bounded |= graph.bounded;
        let seen = Seen::new(machine, graph, &steps, subcase);
        let signatures = seen.signatures(graph);
        let base = self.classes.len();
        let mut numbers: BTreeMap<Signature, u16> = BTreeMap::new();
        let mut class_of: Vec<u16> = Vec::new();
        for signature in &signatures {
            let new = u16::try_from(base + numbers.len()).unwrap_or(u16::MAX);
            class_of.push(*numbers.entry(*signature).or_insert(new));
        }
        let mut next: BTreeMap<u16, BTreeSet<(u16, u16)>> = BTreeMap::new();
        let mut called_off: BTreeMap<u16, BTreeSet<(u16, u16)>> = BTreeMap::new();
        for (from, own) in class_of.iter().enumerate() {
            for (to, label) in graph.after(from) {
                let Some(class) = class_of.get(*to as usize).copied() else {
                    continue;
                };
                let entered = seen.entered(from, *to as usize);
                match label {
                    Label::CalledOff => {
                        called_off.entry(*own).or_default().insert((class, entered));
                    }
                    _ if class != *own || entered != 0 => {
                        next.entry(*own).or_default().insert((class, entered));
                    }
                    _ => {}
                }
            }
        }
        let mut classes: Vec<(u16, Signature)> = numbers.into_iter().map(|(s, number)| (number, s)).collect();
        classes.sort_unstable();
        for (number, (ended, ..)) in classes {
            let moves = |of: &BTreeMap<u16, BTreeSet<(u16, u16)>>| -> Vec<(u16, u16)> {
                of.get(&number).into_iter().flatten().copied().collect()
            };
            self.classes.push(Class {
                ended,
                next: moves(&next),
                called_off: moves(&called_off),
            });
        }
        let mut first: BTreeSet<(u16, u16)> = self.first.iter().copied().collect();
        for (ix, (origin, _)) in graph.origin.iter().enumerate() {
            if *origin as usize == ix
                && let Some(class) = class_of.get(ix)
            {
                first.insert((*class, seen.mirrored(ix)));
            }
        }
        self.first = first.into_iter().collect();
    }
}

/// What the opening case sees in each state of the subcase.
struct Seen {
    /// How the subcase ended there.
    ended: Vec<Option<Option<u16>>>,
    /// Mirrored states that are active there.
    active: Vec<u16>,
}

impl Seen {
    fn new(machine: &Machine<'_>, graph: &Graph, steps: &Steps<'_, '_>, subcase: &Subcase) -> Self {
        let definition = machine.definition;
        let mirrors: Vec<Option<StateIx>> = subcase.mirrors.keys().map(|id| definition.state(id)).collect();
        let by_position: Vec<(Option<Option<u16>>, u16)> = machine
            .positions
            .iter()
            .map(|position| {
                let leaves = definition.chart.leaves(position).filter_map(|ix| definition.at(ix));
                let outcome = leaves.filter_map(|state: &State| state.outcome.as_ref()).next();
                let ended = outcome.map(|outcome| {
                    let route = subcase.outcomes.get_index_of(outcome);
                    route.and_then(|route| u16::try_from(route).ok())
                });
                let active = |(i, state): (usize, &Option<StateIx>)| {
                    state.filter(|ix| i < 16 && position.contains(*ix)).map(|_| 1 << i)
                };
                (ended, mirrors.iter().enumerate().filter_map(active).sum())
            })
            .collect();
        let at = |state| by_position.get(steps.position(state)).copied().unwrap_or((None, 0));
        Self {
            ended: graph.states.iter().map(|state| at(state).0).collect(),
            active: graph.states.iter().map(|state| at(state).1).collect(),
        }
    }

    fn mirrored(&self, state: usize) -> u16 {
        self.active.get(state).copied().unwrap_or(0)
    }

    /// Mirrored states that a step enters.
    fn entered(&self, from: usize, to: usize) -> u16 {
        self.mirrored(to) & !self.mirrored(from)
    }

    /// What can still come from each state, the calling off apart.
    fn signatures(&self, graph: &Graph) -> Vec<Signature> {
        let alone = |label: Label| label != Label::CalledOff;
        let mut signatures: Vec<Signature> = self.ended.iter().map(|ended| (*ended, 0, 0)).collect();
        let backward = graph.backward(alone);
        let outcomes: BTreeSet<Option<u16>> = self.ended.iter().filter_map(|ended| *ended).collect();
        for (bit, outcome) in outcomes.into_iter().enumerate().take(64) {
            let reached = backward.reaching(|i| self.ended.get(i) == Some(&Some(outcome)));
            for (signature, _) in signatures.iter_mut().zip(reached).filter(|(_, reached)| *reached) {
                signature.1 |= 1 << bit;
            }
        }
        for bit in 0..16 {
            let entering: BTreeSet<usize> = (0..graph.expanded())
                .filter(|from| {
                    let mut steps = graph.after(*from).iter().filter(|(_, label)| alone(*label));
                    steps.any(|(to, _)| self.entered(*from, *to as usize) & (1 << bit) != 0)
                })
                .collect();
            if entering.is_empty() {
                continue;
            }
            let reached = backward.reaching(|i| entering.contains(&i));
            for (signature, _) in signatures.iter_mut().zip(reached).filter(|(_, reached)| *reached) {
                signature.2 |= 1 << bit;
            }
        }
        signatures
    }
}
