//! Exhaustive exploration of procedures: every state that a case can be in, and what is wrong with some of them.
//!
//! A state is where the case is (leaves, and what history states remember), how each clock stands, what the facts that
//! conditions read may be, and how far the cases that it waits for have come. Facts are kept as sets of values that
//! conditions can tell apart, and told apart only when a condition asks; what is answered later is chosen anew. Steps are
//! those of the kernel that runs cases: [`crate::chart`] under the behaviour of `decide`, once for every combination of
//! facts. Time is left open: a running clock may expire at any moment, so more ways are tried than can happen, and none
//! that can happen is missed. Exceptions: a clock whose timer is late while its state is left, and how often a clock was
//! extended, are not told apart; of several open cases of one alias one is followed.
//!
//! What leads to the same is one state. A position forgets facts that are read no more (`relevance`), limits that whoever
//! sends the event can always keep (`leeway`), and that a detached case was opened where nothing it can tell changes
//! anything: which branches it takes there is found afterwards, along the steps from where it was opened.
//!
//! The result is a proof for all cases, or the shortest way to a fault.

mod conditions;
mod domain;
mod graph;
mod interface;
mod leeway;
mod machine;
mod outcome;
mod packed;
mod relevance;
mod report;
mod steps;
mod story;
mod trial;
mod variables;

#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    panic,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{definition::model::Definition, diagnostic::Diagnostic, pack::Pack};

pub use story::{Deed, Story};

use graph::Graph;
use interface::Interface;
use machine::Machine;

/// Exploration of one procedure stops at so many states unless another number is given.
pub const STATES: usize = 1_000_000;

/// What the exploration of a pack found.
#[derive(Clone, Debug, Default)]
pub struct Exploration {
    /// By procedure and version, in order.
    pub procedures: Vec<Explored>,
    /// What is wrong, sorted by file and line.
    pub findings: Vec<Finding>,
}

impl Exploration {
    /// What is wrong, without the stories.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        self.findings.iter().map(|finding| finding.diagnostic.clone()).collect()
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Where, what, and how to mend it.
    pub diagnostic: Diagnostic,
    /// The shortest way there, where there is one.
    pub story: Option<Story>,
}

/// How much of a procedure there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explored {
    /// Key of the procedure.
    pub procedure: String,
    /// Its version.
    pub version: u32,
    /// States found, those of the cases that it waits for counted as far as it can tell them apart.
    pub states: usize,
    /// Steps between them.
    pub steps: u64,
    /// Whether it stopped before it had seen everything.
    pub bounded: bool,
    /// Subcases of which several can be open; one was followed.
    pub one_followed: Vec<String>,
}

/// Explores all procedures of a pack, each together with the cases that it waits for, up to `bound` states each.
pub fn explore(pack: &Pack, bound: usize) -> Exploration {
    explore_some(pack, bound, |_| true)
}

/// Explores one procedure and those that wait for its cases: all whose states a change of it can touch.
pub fn explore_around(pack: &Pack, bound: usize, key: &str) -> Exploration {
    let mut near: BTreeSet<&str> = BTreeSet::from([key]);
    loop {
        let waits = |d: &&Arc<Definition>| {
            d.subcases
                .values()
                .any(|subcase| near.contains(subcase.procedure.as_str()))
        };
        let more = pack.procedures.values().flatten().filter(waits).map(|d| d.key.as_str());
        let grown: BTreeSet<&str> = near.iter().copied().chain(more).collect();
        if grown.len() == near.len() {
            break;
        }
        near = grown;
    }
    explore_some(pack, bound, |definition| near.contains(definition.key.as_str()))
}

fn explore_some(pack: &Pack, bound: usize, wanted: impl Fn(&Definition) -> bool) -> Exploration {
    explore_with(pack, bound, true, wanted)
}

fn explore_with(pack: &Pack, bound: usize, reduced: bool, wanted: impl Fn(&Definition) -> bool) -> Exploration {
    let all = pack.procedures.values().flatten();
    let groups = together(all.filter(|definition| wanted(definition)).collect());
    let next = AtomicUsize::new(0);
    let explorer = || {
        let mut explorer = Explorer {
            pack,
            bound,
            reduced,
            done: BTreeMap::new(),
            under_way: Vec::new(),
        };
        let mut exploration = Exploration::default();
        while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
            for definition in group {
                let (explored, mut found) = explorer.procedure(definition);
                exploration.procedures.push(explored);
                exploration.findings.append(&mut found);
            }
            explorer.done.clear();
        }
        exploration
    };
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(groups.len());
    let mut whole = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(explorer)).collect();
        let mut whole = explorer();
        for other in others {
            let mut part = other.join().unwrap_or_else(|panic| panic::resume_unwind(panic));
            whole.procedures.append(&mut part.procedures);
            whole.findings.append(&mut part.findings);
        }
        whole
    });
    let order = |explored: &Explored| (explored.procedure.clone(), explored.version);
    whole.procedures.sort_by_cached_key(order);
    whole.findings.sort_by(|a, b| a.diagnostic.cmp(&b.diagnostic));
    whole.findings.dedup_by(|a, b| a.diagnostic == b.diagnostic);
    whole
}

/// Procedures of which one waits for cases of the other stand in one group, so that the states of each are found once
/// only. The largest groups come first: what takes long is not begun last.
fn together(definitions: Vec<&Arc<Definition>>) -> Vec<Vec<&Definition>> {
    let mut groups: Vec<Vec<&Definition>> = Vec::new();
    for definition in definitions {
        let (joined, apart) = groups
            .into_iter()
            .partition::<Vec<_>, _>(|group| group.iter().any(|other| wait(definition, other)));
        groups = apart;
        groups.push(joined.into_iter().flatten().chain([&**definition]).collect());
    }
    let size = |group: &Vec<&Definition>| group.iter().map(|d| d.states.len() * d.events.len()).sum::<usize>();
    groups.sort_by_cached_key(|group| Reverse(size(group)));
    groups
}

/// Whether one of two procedures waits for cases of the other, or they are versions of one.
fn wait(one: &Definition, other: &Definition) -> bool {
    let waits = |who: &Definition, whom: &Definition| {
        let mut subcases = who.subcases.values();
        subcases.any(|subcase| !subcase.detached && subcase.procedure == whom.key)
    };
    one.key == other.key || waits(one, other) || waits(other, one)
}

struct Explorer<'p> {
    pack: &'p Pack,
    bound: usize,
    /// Whether states that lead to the same are one.
    reduced: bool,
    /// By procedure and version: its states. Kept, since several procedures may wait for one.
    done: BTreeMap<(&'p str, u32), Whole<'p>>,
    /// Procedures whose exploration waits for that of another.
    under_way: Vec<&'p str>,
}

/// A procedure with all its states.
struct Whole<'p> {
    machine: Machine<'p>,
    children: Vec<Option<Interface>>,
    graph: Graph,
}

impl<'p> Explorer<'p> {
    fn procedure(&mut self, definition: &'p Definition) -> (Explored, Vec<Finding>) {
        let key = (definition.key.as_str(), definition.version);
        self.states(definition);
        let Some(Whole {
            machine,
            children,
            graph,
        }) = self.done.get(&key)
        else {
            return (Explored::nothing(definition), Vec::new());
        };
        let crowded = graph.crowded.iter();
        let names = crowded.filter_map(|alias| definition.subcases.get_index(usize::from(*alias)));
        let mut one_followed: Vec<String> = names.map(|(name, _)| name.clone()).collect();
        one_followed.sort();
        let explored = Explored {
            procedure: definition.key.clone(),
            version: definition.version,
            states: graph.states.len(),
            steps: graph.steps,
            bounded: graph.bounded,
            one_followed,
        };
        let mut found = report::diagnose(machine, children, graph);
        found.append(&mut conditions::check(definition, &machine.vars));
        (explored, found)
    }

    /// Explores a procedure if that was not done yet.
    fn states(&mut self, definition: &'p Definition) {
        let key = (definition.key.as_str(), definition.version);
        if self.done.contains_key(&key) {
            return;
        }
        let children = self.children(definition);
        let machine = Machine::new(definition, self.reduced);
        let mut graph = Graph::explore(&machine, &children, self.bound);
        graph.bounded |= children.iter().flatten().any(|child| child.bounded);
        let whole = Whole {
            machine,
            children,
            graph,
        };
        self.done.insert(key, whole);
    }

    /// What a case sees of those that it waits for; none for those that go their own way.
    fn children(&mut self, definition: &'p Definition) -> Vec<Option<Interface>> {
        let mut children = Vec::new();
        self.under_way.push(&definition.key);
        for subcase in definition.subcases.values() {
            let circle = self.under_way.iter().any(|key| *key == subcase.procedure);
            let versions = self.pack.procedures.get(&subcase.procedure);
            let Some(versions) = versions.filter(|_| !subcase.detached && !circle) else {
                children.push(None);
                continue;
            };
            let mut interface = Interface::default();
            for version in versions {
                self.states(version);
                if let Some(whole) = self.done.get(&(version.key.as_str(), version.version)) {
                    interface.add(&whole.machine, &whole.graph, subcase);
                }
            }
            children.push(Some(interface));
        }
        self.under_way.pop();
        children
    }
}

impl Explored {
    fn nothing(definition: &Definition) -> Self {
        Self {
            procedure: definition.key.clone(),
            version: definition.version,
            states: 0,
            steps: 0,
            bounded: true,
            one_followed: Vec::new(),
        }
    }
}
