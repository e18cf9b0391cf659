//! One run of the kernel for every combination of facts that it asks for, folded into a decision tree.
//!
//! The run is that of `decide`: the same statechart, the same conditions, the same order. What it does not know it asks a
//! script, which is then changed answer by answer until all were given. A step reads facts as they were before it, so
//! one answer to each question is enough for the whole of it.

use std::{cell::RefCell, collections::BTreeMap};

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value as Json;

use super::variables::{Standing, Var, Variables};
use crate::{decide::course::Evidence, definition::model::Definition};

/// More combinations of facts than this are not tried for one event in one position.
pub(super) const RUNS: usize = 60_000;

/// Facts that answer as a script says and note what was asked.
pub(super) struct Trial<'v> {
    vars: &'v Variables,
    script: RefCell<Script>,
}

#[derive(Default)]
struct Script {
    /// What was asked, with the answer and the number of answers there are.
    answers: Vec<(Var, usize, usize)>,
    /// How many of them this run has asked for.
    asked: usize,
}

impl<'v> Trial<'v> {
    pub(super) fn new(vars: &'v Variables) -> Self {
        Self {
            vars,
            script: RefCell::default(),
        }
    }

    /// The value of a variable in this run, by number.
    pub(super) fn ask(&self, var: Var) -> usize {
        let mut script = self.script.borrow_mut();
        let known = script.asked;
        if let Some((_, answer, _)) = script.answers.iter().take(known).find(|(v, ..)| *v == var) {
            return *answer;
        }
        script.asked += 1;
        if let Some((_, answer, _)) = script.answers.get(known) {
            return *answer;
        }
        script.answers.push((var, 0, self.vars.size(var)));
        0
    }

    /// The facts that this run asked for.
    fn path(&self) -> Vec<(Var, usize)> {
        let script = self.script.borrow();
        let asked = script.answers.iter().take(script.asked);
        asked.map(|(var, answer, _)| (*var, *answer)).collect()
    }

    /// Sets up the next combination; false when all were tried.
    pub(super) fn next(&self) -> bool {
        let mut script = self.script.borrow_mut();
        let asked = script.asked;
        script.answers.truncate(asked);
        script.asked = 0;
        while let Some((var, answer, size)) = script.answers.pop() {
            if answer + 1 < size {
                script.answers.push((var, answer + 1, size));
                return true;
            }
        }
        false
    }

    fn clock(&self, name: &str, standing: Standing) -> bool {
        let number = self.vars.clocks.get_index_of(name).and_then(|i| u16::try_from(i).ok());
        number.is_some_and(|i| self.ask(Var::Clock(i)) as u64 == standing.number())
    }
}

impl Evidence for Trial<'_> {
    fn field(&self, name: &str) -> Option<&Json> {
        let field = self.vars.field(name)?;
        let number = self.ask(Var::Field(field));
        self.vars.value(field, number)
    }
    fn expired(&self, clock: &str) -> bool {
        self.clock(clock, Standing::Expired)
    }
    fn running(&self, clock: &str) -> bool {
        self.clock(clock, Standing::Running)
    }
    fn holds(&self, role: &str) -> bool {
        let number = self.vars.held.get_index_of(role).and_then(|i| u16::try_from(i).ok());
        number.is_some_and(|i| self.ask(Var::Held(i)) == 1)
    }
    fn by(&self, role: &str) -> bool {
        let number = self.vars.by.get_index_of(role).and_then(|i| u16::try_from(i).ok());
        number.is_some_and(|i| self.ask(Var::By(i)) == 1)
    }
    fn made(&self, kind: &str) -> bool {
        let number = self.vars.document(kind);
        number.is_some_and(|i| self.ask(Var::Made(i)) == 1)
    }
    fn one_reason(&self) -> bool {
        true
    }
}

/// The facts of a trial for an event that somebody sends: who sends it has no role that all of its `by` exclude.
pub(super) struct Sent<'t, 'v> {
    pub(super) trial: &'t Trial<'v>,
    pub(super) definition: &'t Definition,
    pub(super) by: &'t [String],
}

impl Evidence for Sent<'_, '_> {
    fn field(&self, name: &str) -> Option<&Json> {
        self.trial.field(name)
    }
    fn expired(&self, clock: &str) -> bool {
        self.trial.expired(clock)
    }
    fn running(&self, clock: &str) -> bool {
        self.trial.running(clock)
    }
    fn holds(&self, role: &str) -> bool {
        self.trial.holds(role)
    }
    fn by(&self, role: &str) -> bool {
        let apart = |sending: &String| self.definition.separated(sending, role).is_some();
        !self.by.iter().all(apart) && self.trial.by(role)
    }
    fn made(&self, kind: &str) -> bool {
        self.trial.made(kind)
    }
    fn one_reason(&self) -> bool {
        self.trial.one_reason()
    }
}

/// A node of a decision tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// It depends on a variable: sets of its values, and where each leads.
    Ask(Var, Vec<(u64, NodeIx)>),
    /// It is decided: the number of what happens.
    Decided(u32),
}

/// Number of a node in its [`Forest`].
pub(super) type NodeIx = u32;

/// Decision trees that share what they have in common.
#[derive(Debug, Default)]
pub(super) struct Forest {
    nodes: Vec<Node>,
    known: FxHashMap<Node, NodeIx>,
}

impl Forest {
    pub(super) fn node(&self, ix: NodeIx) -> Option<&Node> {
        self.nodes.get(ix as usize)
    }

    /// The number of a node, a new one if it was not known.
    pub(super) fn add(&mut self, node: Node) -> NodeIx {
        if let Some(ix) = self.known.get(&node) {
            return *ix;
        }
        let ix = NodeIx::try_from(self.nodes.len()).unwrap_or(NodeIx::MAX);
        self.nodes.push(node.clone());
        self.known.insert(node, ix);
        ix
    }

    /// The tree of a step. `run` runs it once and gives the number of what happens. Also says whether all was tried.
    pub(super) fn grow(&mut self, vars: &Variables, mut run: impl FnMut(&Trial<'_>) -> u32) -> (NodeIx, bool) {
        let trial = Trial::new(vars);
        let mut runs = Vec::new();
        loop {
            let what = run(&trial);
            runs.push((trial.path(), what));
            if !trial.next() {
                return (self.fold(&runs, 0), true);
            }
            if runs.len() >= RUNS {
                return (self.fold(&runs, 0), false);
            }
        }
    }

    fn fold(&mut self, runs: &[(Vec<(Var, usize)>, u32)], depth: usize) -> NodeIx {
        let Some((path, what)) = runs.first() else {
            return self.add(Node::Decided(0));
        };
        let Some((var, _)) = path.get(depth) else {
            return self.add(Node::Decided(*what));
        };
        let answer = |run: &(Vec<(Var, usize)>, u32)| run.0.get(depth).map(|(_, answer)| *answer);
        let mut arms: Vec<(u64, NodeIx)> = Vec::new();
        for group in runs.chunk_by(|a, b| answer(a) == answer(b)) {
            let Some(value) = group.first().and_then(answer) else {
                continue;
            };
            let below = self.fold(group, depth + 1);
            match arms.iter_mut().find(|(_, node)| *node == below) {
                Some((values, _)) => *values |= 1 << value,
                None => arms.push((1 << value, below)),
            }
        }
        match arms.as_slice() {
            // The same whatever the answer: the question made no difference.
            [(_, only)] if runs.len() > 1 => *only,
            _ => self.add(Node::Ask(*var, arms)),
        }
    }

    /// Adds how a tree divides the values of what it asks for; what is answered before it asks is left out.
    pub(super) fn partition(&self, root: NodeIx, answered: &dyn Fn(Var) -> bool, parts: &mut BTreeMap<Var, Vec<u64>>) {
        for (var, arms) in self.questions(root) {
            if !matches!(var, Var::Field(_) | Var::Held(_) | Var::Made(_)) || answered(var) {
                continue;
            }
            let before = parts.remove(&var).unwrap_or_else(|| vec![u64::MAX]);
            let finer = before
                .iter()
                .flat_map(|part| arms.iter().map(move |(values, _)| part & values));
            let mut finer: Vec<u64> = finer.filter(|part| *part != 0).collect();
            // Values that no arm names stay together.
            let named = arms.iter().fold(0, |all, (values, _)| all | values);
            finer.extend(before.iter().map(|part| part & !named).filter(|part| *part != 0));
            parts.insert(var, finer);
        }
    }

    /// The variables that a tree asks for, in the order in which it does.
    pub(super) fn asks(&self, root: NodeIx) -> Vec<Var> {
        let mut found = Vec::new();
        for (var, _) in self.questions(root) {
            if !found.contains(&var) {
                found.push(var);
            }
        }
        found
    }

    /// What a tree may decide.
    pub(super) fn decisions(&self, root: NodeIx) -> Vec<u32> {
        let decided = |node: NodeIx| match self.node(node) {
            Some(Node::Decided(what)) => Some(*what),
            _ => None,
        };
        self.below(root).into_iter().filter_map(decided).collect()
    }

    fn questions(&self, root: NodeIx) -> impl Iterator<Item = (Var, &[(u64, NodeIx)])> {
        let asked = |node: NodeIx| match self.node(node) {
            Some(Node::Ask(var, arms)) => Some((*var, arms.as_slice())),
            _ => None,
        };
        self.below(root).into_iter().filter_map(asked)
    }

    /// The nodes of a tree, each once, from the root on.
    fn below(&self, root: NodeIx) -> Vec<NodeIx> {
        let mut nodes = Vec::new();
        let mut known = FxHashSet::default();
        let mut waiting = vec![root];
        while let Some(node) = waiting.pop() {
            if !known.insert(node) {
                continue;
            }
            nodes.push(node);
            if let Some(Node::Ask(_, arms)) = self.node(node) {
                waiting.extend(arms.iter().rev().map(|(_, below)| *below));
            }
        }
        nodes
    }
}
