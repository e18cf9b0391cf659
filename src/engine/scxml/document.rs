//! An SCXML document that needs no data model, on the kernel's chart.

use std::collections::BTreeMap;

use roxmltree::Node;

use super::{
    content::{Action, is_missing},
    tree::Tree,
    xml::{DEPTH, Source, elements, names, word},
};
use crate::{
    chart::{Chart, Shape, StateIx},
    definition::source::Place,
    diagnostic::Diagnostic,
};

/// An SCXML document that needs no data model.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its states.
    pub chart: Chart,
    /// What is entered at first.
    pub initial: Vec<StateIx>,
    /// What the states are called and do; same order as in the chart.
    pub(super) states: Vec<State>,
}

/// A state, apart from its place in the chart.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) id: String,
    /// The event of being done.
    pub(super) done: String,
    pub(super) transitions: Vec<Transition>,
    pub(super) enter: Vec<Vec<Action>>,
    pub(super) leave: Vec<Vec<Action>>,
    /// What its initial transition does; for a history state, what its default transition does.
    pub(super) initially: Vec<Action>,
}

#[derive(Clone, Debug)]
pub(super) struct Transition {
    /// Descriptors without `.*`; nothing: it needs no event.
    pub(super) events: Vec<String>,
    /// State that must be active.
    pub(super) condition: Option<StateIx>,
    pub(super) targets: Vec<StateIx>,
    pub(super) internal: bool,
    pub(super) actions: Vec<Action>,
}

impl Document {
    /// Reads a document. `file` is only for the findings.
    ///
    /// # Errors
    /// Everything that is wrong, or that would need a data model, an invocation or a script: `WF821` to `WF825`, each
    /// with its place.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let source = Source::parse(file, text).map_err(|error| vec![*error])?;
        let tree = Tree::of(&source)?;
        let mut reader = Reader {
            source: &source,
            tree: &tree,
            found: Vec::new(),
        };
        let document = reader.document();
        if reader.found.is_empty() {
            Ok(document)
        } else {
            reader.found.sort();
            Err(reader.found)
        }
    }

    /// The id of a state.
    pub fn id(&self, state: StateIx) -> &str {
        self.states.get(state.index()).map_or("", |s| s.id.as_str())
    }

    /// The state with an id.
    pub fn state(&self, id: &str) -> Option<StateIx> {
        let found = self.chart.nodes().zip(&self.states).find(|(_, state)| state.id == id);
        found.map(|((ix, _), _)| ix)
    }
}

pub(super) struct Reader<'s, 'i> {
    pub(super) source: &'s Source<'i>,
    tree: &'s Tree<'s, 'i>,
    found: Vec<Diagnostic>,
}

impl<'s, 'i> Reader<'s, 'i> {
    fn document(&mut self) -> Document {
        let root = self.source.root();
        for child in elements(root) {
            self.known(child, &["state", "parallel", "final"]);
        }
        let mut shapes = Vec::new();
        let mut states = Vec::new();
        for (ix, place) in self.tree.states() {
            shapes.push((place.parent, self.shape(ix, place.node)));
            states.push(self.content(place.node, &place.id));
        }
        let chart = Chart::new(shapes);
        let initial = match root.attribute("initial") {
            Some(_) => self.targets(root, "initial"),
            None => self.tree.first(None).into_iter().collect(),
        };
        if initial.is_empty() {
            let message = "there is no state to begin in".to_owned();
            self.wrong(self.source.place(root), "WF824", message, "add a `<state>`");
        }
        let document = Document { chart, initial, states };
        self.fits(&document);
        document
    }

    fn shape(&mut self, ix: StateIx, node: Node<'s, 'i>) -> Shape {
        match word(node) {
            Some("final") => Shape::Final,
            Some("history") => Shape::History {
                deep: node.attribute("type") == Some("deep"),
                default: self.default(node),
            },
            _ if self.tree.first(Some(ix)).is_none() => Shape::Leaf,
            Some("parallel") => Shape::Parallel,
            _ => Shape::Compound {
                initial: self.initial(ix, node),
            },
        }
    }

    fn initial(&mut self, ix: StateIx, node: Node<'s, 'i>) -> Vec<StateIx> {
        if node.has_attribute("initial") {
            return self.targets(node, "initial");
        }
        match elements(node).find(|child| word(*child) == Some("initial")) {
            Some(initial) => self.default(initial),
            None => self.tree.first(Some(ix)).into_iter().collect(),
        }
    }

    /// The targets of the one transition in `<initial>` or `<history>`.
    fn default(&mut self, node: Node<'s, 'i>) -> Vec<StateIx> {
        let transitions: Vec<_> = elements(node).filter(|c| word(*c) == Some("transition")).collect();
        let [transition] = transitions.as_slice() else {
            let message = format!("`<{}>` has not exactly one transition", node.tag_name().name());
            self.wrong(
                self.source.place(node),
                "WF823",
                message,
                "add `<transition target=\"…\"/>`",
            );
            return Vec::new();
        };
        if transition.has_attribute("event") || transition.has_attribute("cond") {
            let message = "a default transition has neither event nor condition".to_owned();
            self.wrong(
                self.source.place(*transition),
                "WF823",
                message,
                "leave only its target",
            );
        }
        self.need(*transition, "target");
        self.targets(*transition, "target")
    }

    fn content(&mut self, node: Node<'s, 'i>, id: &str) -> State {
        let mut state = State {
            id: id.to_owned(),
            done: format!("done.state.{id}"),
            ..State::default()
        };
        let known: &[&str] = match word(node) {
            Some("final") => &["onentry", "onexit"],
            Some("history") => &["transition"],
            Some("parallel") => &["onentry", "onexit", "transition", "state", "parallel", "history"],
            _ => &[
                "onentry",
                "onexit",
                "transition",
                "initial",
                "state",
                "parallel",
                "final",
                "history",
            ],
        };
        for child in elements(node) {
            if !self.known(child, known) {
                continue;
            }
            match word(child) {
                Some("onentry") => state.enter.push(self.block(child, 0)),
                Some("onexit") => state.leave.push(self.block(child, 0)),
                Some("initial") => {
                    let inside = elements(child).find(|c| word(*c) == Some("transition"));
                    state.initially = inside.map(|c| self.block(c, 0)).unwrap_or_default();
                }
                Some("transition") if word(node) == Some("history") => state.initially = self.block(child, 0),
                Some("transition") => {
                    let transition = self.transition(child);
                    state.transitions.push(transition);
                }
                _ => {}
            }
        }
        state
    }

    fn transition(&mut self, node: Node<'s, 'i>) -> Transition {
        let events = names(node, "event").into_iter().map(descriptor).collect();
        Transition {
            events,
            condition: self.condition(node),
            targets: self.targets(node, "target"),
            internal: node.attribute("type") == Some("internal"),
            actions: self.block(node, 0),
        }
    }

    /// States named in an attribute.
    fn targets(&mut self, node: Node<'s, 'i>, attribute: &str) -> Vec<StateIx> {
        let ids = names(node, attribute);
        ids.into_iter()
            .filter_map(|id| self.state(node, attribute, id))
            .collect()
    }

    /// A state named in an attribute.
    pub(super) fn state(&mut self, node: Node<'s, '_>, attribute: &str, id: &str) -> Option<StateIx> {
        let state = self.tree.state(id);
        if state.is_none() {
            let message = format!("`{id}` is no state of this document");
            self.wrong(
                self.source.at(node, attribute),
                "WF823",
                message,
                "name the id of a state",
            );
        }
        state
    }

    /// What a chart must hold so that its states can be entered: see [`Chart::is_legal`].
    fn fits(&mut self, document: &Document) {
        let chart = &document.chart;
        let root = self.source.root();
        self.compatible(document, &document.initial, self.source.at(root, "initial"));
        for ((ix, place), state) in self.tree.states().zip(&document.states) {
            let at = self.source.place(place.node);
            let (inside, around) = match chart.shape(ix) {
                Shape::Compound { initial } => (initial, Some(ix)),
                Shape::History { default, .. } => (default, place.parent),
                _ => continue,
            };
            let history = |to: &StateIx| matches!(chart.shape(*to), Shape::History { .. });
            if around.is_none()
                || inside.iter().any(|to| {
                    Some(*to) == around
                        || around.is_some_and(|a| !chart.inside(*to, a))
                        || (history(&ix) && history(to))
                })
            {
                let message = format!("`{}` begins outside of itself", state.id);
                self.wrong(
                    at,
                    "WF824",
                    message,
                    "name states inside it; a history state falls back on states beside it",
                );
            }
            self.compatible(document, inside, at);
        }
        for (state, (_, place)) in document.states.iter().zip(self.tree.states()) {
            let transitions = elements(place.node).filter(|c| word(*c) == Some("transition"));
            for (transition, node) in state.transitions.iter().zip(transitions) {
                self.compatible(document, &transition.targets, self.source.at(node, "target"));
            }
        }
    }

    fn compatible(&mut self, document: &Document, targets: &[StateIx], at: Place) {
        if let Some((a, b)) = document.chart.apart(targets) {
            let message = format!(
                "`{}` and `{}` are never active together",
                document.id(a),
                document.id(b)
            );
            self.wrong(
                at,
                "WF824",
                message,
                "several targets lie in several regions of one parallel state",
            );
        }
    }

    /// Whether an element may stand here. Elements of other namespaces are of no concern outside of executable content.
    fn known(&mut self, node: Node<'s, '_>, words: &[&str]) -> bool {
        match word(node) {
            Some(name) if words.contains(&name) => true,
            Some(_) => {
                self.unsupported(node);
                false
            }
            None => false,
        }
    }

    pub(super) fn unsupported(&mut self, node: Node<'s, '_>) {
        let name = node.tag_name().name();
        let place = self.source.place(node);
        if word(node).is_some_and(is_missing) {
            let message = format!("`<{name}>` is a data model, an invocation or a script");
            self.wrong(place, "WF825", message, "only documents without them can be run here");
        } else {
            let message = format!("`<{name}>` cannot stand here");
            self.wrong(place, "WF822", message, "take it out, or move it where SCXML has it");
        }
    }

    pub(super) fn expression(&mut self, node: Node<'s, '_>, attribute: &str, text: &str) {
        let message = format!("`{attribute}=\"{text}\"` needs a data model");
        let mend = "only `In('state')` can be asked without one";
        self.wrong(self.source.at(node, attribute), "WF825", message, mend);
    }

    /// Whether an element has none of these attributes, all of which hold expressions.
    pub(super) fn without(&mut self, node: Node<'s, '_>, attributes: &[&str]) -> bool {
        let mut clean = true;
        for attribute in attributes {
            if let Some(text) = node.attribute(*attribute) {
                self.expression(node, attribute, text);
                clean = false;
            }
        }
        clean
    }

    pub(super) fn need(&mut self, node: Node<'s, '_>, attribute: &str) -> Option<&'s str> {
        let value = node.attribute(attribute).filter(|v| !v.trim().is_empty());
        if value.is_none() {
            let message = format!("`<{}>` has no `{attribute}`", node.tag_name().name());
            let mend = format!("add `{attribute}=\"…\"`");
            self.wrong(self.source.place(node), "WF823", message, &mend);
        }
        value
    }

    pub(super) fn too_deep(&mut self, node: Node<'s, '_>) {
        let message = format!("elements lie more than {DEPTH} deep in each other");
        self.wrong(self.source.place(node), "WF822", message, "lay them flatter");
    }

    pub(super) fn wrong(&mut self, place: Place, code: &'static str, message: String, mend: &str) {
        self.found.push(self.source.wrong(place, code, message, mend));
    }
}

/// A descriptor without what it need not have: `a.*` and `a.` match what `a` matches.
fn descriptor(text: &str) -> String {
    let bare = text
        .strip_suffix(".*")
        .or_else(|| text.strip_suffix('.'))
        .unwrap_or(text);
    bare.to_owned()
}

impl Transition {
    /// Whether one of its descriptors matches an event: it is the event's name, or the beginning of it up to a dot.
    pub(super) fn hears(&self, event: &str) -> bool {
        self.events.iter().any(|descriptor| {
            descriptor == "*"
                || event
                    .strip_prefix(descriptor.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

/// The ids of a document, for whoever resolves them.
pub(super) type Ids<'s> = BTreeMap<&'s str, StateIx>;
