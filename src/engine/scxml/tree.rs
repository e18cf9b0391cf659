//! The states of a document, laid flat in document order.

use std::collections::BTreeSet;

use roxmltree::Node;

use super::{
    document::Ids,
    xml::{DEPTH, Source, elements, is_state, word},
};
use crate::{chart::StateIx, diagnostic::Diagnostic};

/// A state with its place.
pub(super) struct Placed<'s, 'i> {
    pub(super) node: Node<'s, 'i>,
    pub(super) parent: Option<StateIx>,
    /// Its own, or one that no other state has.
    pub(super) id: String,
    /// States right inside, history states too.
    children: Vec<StateIx>,
}

/// All states of a document.
pub(super) struct Tree<'s, 'i> {
    states: Vec<Placed<'s, 'i>>,
    top: Vec<StateIx>,
    ids: Ids<'s>,
}

impl<'s, 'i> Tree<'s, 'i> {
    /// Finds the states.
    ///
    /// # Errors
    /// That the root is no SCXML, ids that stand twice, states without number or measure.
    pub(super) fn of(source: &'s Source<'i>) -> Result<Self, Vec<Diagnostic>> {
        let root = source.root();
        if word(root) != Some("scxml") {
            let message = format!("`<{}>` is not an SCXML document", root.tag_name().name());
            let mend = format!("the outermost element is `<scxml xmlns=\"{}\">`", super::SCXML);
            return Err(vec![source.wrong(source.place(root), "WF822", message, &mend)]);
        }
        let mut tree = Self {
            states: Vec::new(),
            top: Vec::new(),
            ids: Ids::new(),
        };
        let mut found = Vec::new();
        tree.gather(source, root, None, 0, &mut found);
        tree.name_the_nameless();
        if found.is_empty() { Ok(tree) } else { Err(found) }
    }

    fn gather(
        &mut self,
        source: &'s Source<'i>,
        node: Node<'s, 'i>,
        parent: Option<StateIx>,
        depth: usize,
        found: &mut Vec<Diagnostic>,
    ) {
        for child in elements(node).filter(|child| is_state(*child)) {
            if depth > DEPTH {
                let message = format!("states lie more than {DEPTH} deep in each other");
                found.push(source.wrong(source.place(child), "WF824", message, "lay them flatter"));
                return;
            }
            let Ok(number) = u16::try_from(self.states.len()) else {
                let message = "more states than can be numbered".to_owned();
                found.push(source.wrong(source.place(child), "WF824", message, "at most 65,535 states"));
                return;
            };
            let ix = StateIx(number);
            let id = child.attribute("id").unwrap_or_default().trim();
            if !id.is_empty() && self.ids.insert(id, ix).is_some() {
                let message = format!("the id `{id}` stands twice");
                found.push(source.wrong(
                    source.at(child, "id"),
                    "WF823",
                    message,
                    "give each state an id of its own",
                ));
            }
            self.states.push(Placed {
                node: child,
                parent,
                id: id.to_owned(),
                children: Vec::new(),
            });
            match parent.and_then(|parent| self.states.get_mut(parent.index())) {
                Some(around) => around.children.push(ix),
                None => self.top.push(ix),
            }
            self.gather(source, child, Some(ix), depth + 1, found);
        }
    }

    fn name_the_nameless(&mut self) {
        let taken: BTreeSet<&str> = self.ids.keys().copied().collect();
        let mut number = 0_usize;
        for placed in self.states.iter_mut().filter(|placed| placed.id.is_empty()) {
            while placed.id.is_empty() || taken.contains(placed.id.as_str()) {
                number += 1;
                placed.id = format!("state{number}");
            }
        }
    }

    /// All states in document order.
    pub(super) fn states<'t>(&'t self) -> impl Iterator<Item = (StateIx, &'t Placed<'s, 'i>)> {
        let number = |i: usize| Some(StateIx(u16::try_from(i).ok()?));
        let numbered = self.states.iter().enumerate();
        numbered.filter_map(move |(i, placed)| Some((number(i)?, placed)))
    }

    /// The state with an id.
    pub(super) fn state(&self, id: &str) -> Option<StateIx> {
        self.ids.get(id).copied()
    }

    /// A state.
    pub(super) fn get(&self, ix: StateIx) -> Option<&Placed<'s, 'i>> {
        self.states.get(ix.index())
    }

    /// States right inside one, or of the document, history states too.
    pub(super) fn inside(&self, around: Option<StateIx>) -> &[StateIx] {
        match around {
            None => &self.top,
            Some(ix) => self
                .get(ix)
                .map(|placed| placed.children.as_slice())
                .unwrap_or_default(),
        }
    }

    /// The first state inside one, or of the document; history states apart.
    pub(super) fn first(&self, around: Option<StateIx>) -> Option<StateIx> {
        let state = |ix: &StateIx| self.get(*ix).is_some_and(|placed| word(placed.node) != Some("history"));
        self.inside(around).iter().copied().find(state)
    }
}
