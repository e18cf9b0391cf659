//! What a decision tree leaves open to whoever makes the step and may choose some of its answers.
//!
//! An amount that is asked together with the event can always be low enough, so nothing hangs on the limit that it is
//! compared with: of such a tree remains, for the facts that nobody chooses, the set of what can be made to happen. States
//! that differ in nothing else are one to the exploration.

use indexmap::IndexSet;
use rustc_hash::FxHashMap;

use super::{
    trial::{Forest, Node, NodeIx},
    variables::Var,
};

/// Trees that would need more work than this stay as they are.
const WORK: usize = 20_000;

/// What remains of decision trees. A decision of [`Leeway::forest`] is the number of a set of outcomes.
#[derive(Debug, Default)]
pub(super) struct Leeway {
    pub(super) forest: Forest,
    sets: IndexSet<Vec<u32>>,
}

/// One tree that is looked at.
struct Look<'l, 'f> {
    leeway: &'l mut Leeway,
    forest: &'f Forest,
    /// The values of a variable that can be chosen; none for one that is as it is.
    chosen: &'l dyn Fn(Var) -> Option<u64>,
    /// Whether anything comes of an outcome.
    shows: &'l dyn Fn(u32) -> bool,
    left: FxHashMap<NodeIx, NodeIx>,
    united: FxHashMap<(NodeIx, NodeIx), NodeIx>,
    given: FxHashMap<(NodeIx, Var, u64), NodeIx>,
    work: usize,
}

impl Leeway {
    /// What remains of a tree when some of its answers can be chosen; none if finding that out takes too long.
    pub(super) fn of(
        &mut self,
        forest: &Forest,
        root: NodeIx,
        chosen: &dyn Fn(Var) -> Option<u64>,
        shows: &dyn Fn(u32) -> bool,
    ) -> Option<NodeIx> {
        let mut look = Look {
            leeway: self,
            forest,
            chosen,
            shows,
            left: FxHashMap::default(),
            united: FxHashMap::default(),
            given: FxHashMap::default(),
            work: 0,
        };
        look.leave(root)
    }

    fn set(&mut self, outcomes: Vec<u32>) -> NodeIx {
        let number = self.sets.insert_full(outcomes).0;
        self.forest
            .add(Node::Decided(u32::try_from(number).unwrap_or(u32::MAX)))
    }

    fn outcomes(&self, set: u32) -> &[u32] {
        self.sets.get_index(set as usize).map_or(&[], Vec::as_slice)
    }
}

impl Look<'_, '_> {
    /// A question; none where every answer leads to the same.
    fn ask(&mut self, var: Var, found: Vec<(u64, NodeIx)>) -> NodeIx {
        let mut arms: Vec<(u64, NodeIx)> = Vec::new();
        for (values, below) in found {
            match arms.iter_mut().find(|(_, node)| *node == below) {
                Some((known, _)) => *known |= values,
                None => arms.push((values, below)),
            }
        }
        match arms.as_slice() {
            [(_, only)] => *only,
            _ => self.leeway.forest.add(Node::Ask(var, arms)),
        }
    }

    fn spend(&mut self) -> Option<()> {
        self.work += 1;
        (self.work <= WORK).then_some(())
    }

    /// What remains of the tree below a node.
    fn leave(&mut self, node: NodeIx) -> Option<NodeIx> {
        if let Some(known) = self.left.get(&node) {
            return Some(*known);
        }
        self.spend()?;
        let left = match self.forest.node(node) {
            None => self.leeway.set(Vec::new()),
            Some(Node::Decided(outcome)) => {
                let shown = (self.shows)(*outcome).then_some(*outcome);
                self.leeway.set(shown.into_iter().collect())
            }
            Some(Node::Ask(var, arms)) => {
                let (var, arms) = (*var, arms.clone());
                match (self.chosen)(var) {
                    Some(values) => {
                        let mut all = self.leeway.set(Vec::new());
                        for (_, below) in arms.iter().filter(|(arm, _)| arm & values != 0) {
                            let below = self.leave(*below)?;
                            all = self.unite(all, below)?;
                        }
                        all
                    }
                    None => {
                        let mut found = Vec::new();
                        for (values, below) in arms {
                            found.push((values, self.leave(below)?));
                        }
                        self.ask(var, found)
                    }
                }
            }
        };
        self.left.insert(node, left);
        Some(left)
    }

    /// The tree of what one of two trees allows.
    fn unite(&mut self, a: NodeIx, b: NodeIx) -> Option<NodeIx> {
        if a == b {
            return Some(a);
        }
        let pair = (a.min(b), a.max(b));
        if let Some(known) = self.united.get(&pair) {
            return Some(*known);
        }
        self.spend()?;
        let (first, second) = (self.leeway.forest.node(a)?.clone(), self.leeway.forest.node(b)?.clone());
        let united = match (first, second) {
            (Node::Decided(one), Node::Decided(other)) => {
                let mut all = [self.leeway.outcomes(one), self.leeway.outcomes(other)].concat();
                all.sort_unstable();
                all.dedup();
                self.leeway.set(all)
            }
            (Node::Ask(var, arms), _) => self.unite_below(var, &arms, b)?,
            (_, Node::Ask(var, arms)) => self.unite_below(var, &arms, a)?,
        };
        self.united.insert(pair, united);
        Some(united)
    }

    fn unite_below(&mut self, var: Var, arms: &[(u64, NodeIx)], other: NodeIx) -> Option<NodeIx> {
        let mut parts = vec![u64::MAX];
        self.divide(other, var, &mut parts)?;
        let mut found = Vec::new();
        for (values, below) in arms {
            for part in parts.iter().map(|part| part & values).filter(|part| *part != 0) {
                let given = self.given(other, var, part)?;
                found.push((part, self.unite(*below, given)?));
            }
        }
        Some(self.ask(var, found))
    }

    /// Divides the values of a variable as a tree does.
    fn divide(&mut self, node: NodeIx, var: Var, parts: &mut Vec<u64>) -> Option<()> {
        self.spend()?;
        let Node::Ask(asked, arms) = self.leeway.forest.node(node)?.clone() else {
            return Some(());
        };
        if asked == var {
            let named = arms.iter().fold(0, |all, (values, _)| all | values);
            let pieces = || arms.iter().map(|(values, _)| *values).chain([!named]);
            let finer = parts.iter().flat_map(|part| pieces().map(move |piece| part & piece));
            *parts = finer.filter(|part| *part != 0).collect();
        }
        for (_, below) in arms {
            self.divide(below, var, parts)?;
        }
        Some(())
    }

    /// A tree for those values of a variable, which it does not tell apart.
    fn given(&mut self, node: NodeIx, var: Var, values: u64) -> Option<NodeIx> {
        let key = (node, var, values);
        if let Some(known) = self.given.get(&key) {
            return Some(*known);
        }
        self.spend()?;
        let left = match self.leeway.forest.node(node)?.clone() {
            Node::Decided(_) => node,
            Node::Ask(asked, arms) if asked == var => match arms.iter().find(|(arm, _)| arm & values != 0) {
                Some((_, below)) => *below,
                None => self.leeway.set(Vec::new()),
            },
            Node::Ask(asked, arms) => {
                let mut found = Vec::new();
                for (arm, below) in arms {
                    found.push((arm, self.given(below, var, values)?));
                }
                self.ask(asked, found)
            }
        };
        self.given.insert(key, left);
        Some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Var = Var::Field(0);
    const AMOUNT: Var = Var::Field(1);

    /// An amount up to the limit is taken (1), a higher one refused (0).
    fn tree() -> (Forest, NodeIx) {
        let mut forest = Forest::default();
        let (refused, taken) = (forest.add(Node::Decided(0)), forest.add(Node::Decided(1)));
        let low = forest.add(Node::Ask(AMOUNT, vec![(0b010, taken), (0b101, refused)]));
        let high = forest.add(Node::Ask(AMOUNT, vec![(0b110, taken), (0b001, refused)]));
        let root = forest.add(Node::Ask(LIMIT, vec![(0b010, low), (0b100, high), (0b001, taken)]));
        (forest, root)
    }

    fn left(chosen: &dyn Fn(Var) -> Option<u64>, shows: &dyn Fn(u32) -> bool) -> (Vec<Var>, usize) {
        let (forest, root) = tree();
        let mut leeway = Leeway::default();
        let left = leeway.of(&forest, root, chosen, shows).unwrap();
        (leeway.forest.asks(left), leeway.forest.decisions(left).len())
    }

    #[test]
    fn what_can_be_chosen_low_enough_makes_its_limit_no_matter() {
        let amount = |var| (var == AMOUNT).then_some(0b110);
        assert_eq!(left(&amount, &|outcome| outcome == 1), (vec![], 1));
    }

    #[test]
    fn a_refusal_that_shows_keeps_the_limit_apart_and_so_does_an_amount_that_is_given() {
        let amount = |var| (var == AMOUNT).then_some(0b110);
        assert_eq!(left(&amount, &|_| true), (vec![LIMIT], 2));
        assert_eq!(left(&|_| None, &|outcome| outcome == 1), (vec![LIMIT, AMOUNT], 2));
    }

    #[test]
    fn trees_that_ask_in_another_order_are_united_by_what_both_ask() {
        let mut forest = Forest::default();
        let leaves: Vec<NodeIx> = (0..4).map(|n| forest.add(Node::Decided(n))).collect();
        let (a, b) = (Var::Field(2), Var::Field(3));
        let inner = |forest: &mut Forest, var, low: usize, high: usize| {
            forest.add(Node::Ask(var, vec![(0b01, leaves[low]), (0b10, leaves[high])]))
        };
        let (under_a, over_a) = (inner(&mut forest, b, 0, 1), inner(&mut forest, b, 2, 3));
        let a_first = forest.add(Node::Ask(a, vec![(0b01, under_a), (0b10, over_a)]));
        let (under_b, over_b) = (inner(&mut forest, a, 0, 2), inner(&mut forest, a, 1, 3));
        let b_first = forest.add(Node::Ask(b, vec![(0b01, under_b), (0b10, over_b)]));
        let root = forest.add(Node::Ask(AMOUNT, vec![(0b010, a_first), (0b100, b_first)]));
        let mut leeway = Leeway::default();
        let all = |node: NodeIx, leeway: &mut Leeway, chosen: &dyn Fn(Var) -> Option<u64>| {
            leeway.of(&forest, node, chosen, &|_| true).unwrap()
        };
        let alone = all(a_first, &mut leeway, &|_| None);
        let chosen = all(root, &mut leeway, &|var| (var == AMOUNT).then_some(0b110));
        assert_eq!(chosen, alone, "both say the same, so either is what remains");
    }
}
