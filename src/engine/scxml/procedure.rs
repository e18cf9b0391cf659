//! A procedure from SCXML.

use indexmap::IndexMap;
use roxmltree::Node as Element;

use super::{
    tree::Tree,
    value::{self, Entries, is_own, key},
    xml::{Source, elements, is_state, names, word},
};
use crate::{
    chart::StateIx,
    definition::{
        model::{ALWAYS, DONE},
        source::{Key, Node, Place, Value, is_id},
    },
    diagnostic::Diagnostic,
};

/// The procedure file that an SCXML document stands for. Places are those of the document, so that whatever is wrong
/// with the procedure is found there.
///
/// What [`super::export()`] wrote comes back as it was. A document from elsewhere comes back as the states of a procedure;
/// `zhengming check` says what it lacks.
///
/// # Errors
/// All that a procedure has no word for, `WF821` to `WF824`.
pub fn procedure(file: &str, text: &str) -> Result<Node, Vec<Diagnostic>> {
    let source = Source::parse(file, text).map_err(|error| vec![*error])?;
    let tree = Tree::of(&source)?;
    let mut reader = Reader {
        source: &source,
        paths: Vec::new(),
        tree: &tree,
        found: Vec::new(),
    };
    reader.name();
    let root = reader.root();
    if reader.found.is_empty() {
        Ok(root)
    } else {
        reader.found.sort();
        Err(reader.found)
    }
}

struct Reader<'s, 'i> {
    source: &'s Source<'i>,
    tree: &'s Tree<'s, 'i>,
    /// By state: its name and its path.
    paths: Vec<(String, String)>,
    found: Vec<Diagnostic>,
}

impl<'s, 'i> Reader<'s, 'i> {
    /// Ids that begin with the id of the state around are paths already.
    fn name(&mut self) {
        let mut ids: Vec<&str> = Vec::new();
        for (_, placed) in self.tree.states() {
            let around = placed
                .parent
                .and_then(|ix| Some((self.paths.get(ix.index())?, ids.get(ix.index())?)));
            let (name, path) = match around {
                Some(((_, path), id)) => {
                    let inside = placed.id.strip_prefix(*id).and_then(|rest| rest.strip_prefix('.'));
                    let name = inside.unwrap_or(&placed.id);
                    (name.to_owned(), format!("{path}.{name}"))
                }
                None => (placed.id.clone(), placed.id.clone()),
            };
            if !is_id(&name) {
                let message = format!("`{}` cannot be the name of a state", placed.id);
                let mend = "ids are lower-case letters, digits and _, first a letter, behind the id of the state around and a dot";
                self.wrong(self.source.at(placed.node, "id"), "WF823", message, mend);
            }
            self.paths.push((name, path));
            ids.push(&placed.id);
        }
    }

    fn root(&mut self) -> Node {
        let root = self.source.root();
        let place = self.source.place(root);
        let mut entries = Entries::default();
        if let Some(name) = root.attribute("name") {
            self.put(
                &mut entries,
                self.source.at(root, "name"),
                "procedure",
                text(place, name),
            );
        }
        for child in elements(root).filter(|child| !is_state(*child)) {
            self.entry(&mut entries, child);
        }
        match names(root, "initial").as_slice() {
            [] => {
                if let Some((_, path)) = self.tree.first(None).and_then(|ix| self.paths.get(ix.index())).cloned()
                    && !entries.has("initial")
                {
                    self.put(&mut entries, place, "initial", text(place, &path));
                }
            }
            [id] => {
                let at = self.source.at(root, "initial");
                if let Some(path) = self.path(root, "initial", id) {
                    self.put(&mut entries, at, "initial", text(at, &path));
                }
            }
            _ => self.wrong(
                self.source.at(root, "initial"),
                "WF822",
                "a procedure begins in one state".to_owned(),
                "name one state",
            ),
        }
        self.inside(&mut entries, None, "states", place);
        map(place, entries)
    }

    /// An element that is a key of our own.
    fn entry(&mut self, entries: &mut Entries, child: Element<'s, 'i>) {
        match key(self.source, child) {
            Some(key) => {
                let node = value::read(self.source, child, &mut self.found);
                entries.put(self.source, key, node, &mut self.found);
            }
            None => self.unsaid(child),
        }
    }

    /// The states inside one, or of the document.
    fn inside(&mut self, entries: &mut Entries, around: Option<StateIx>, key: &str, place: Place) {
        let tree = self.tree;
        let mut states = Entries::default();
        for ix in tree.inside(around).iter().copied() {
            let Some(placed) = tree.get(ix) else { continue };
            let node = self.state(ix, placed.node);
            let name = self
                .paths
                .get(ix.index())
                .map(|(name, _)| name.clone())
                .unwrap_or_default();
            self.put(&mut states, self.source.place(placed.node), &name, node);
        }
        if !states.is_empty() {
            self.put(entries, place, key, map(place, states));
        }
    }

    fn state(&mut self, ix: StateIx, element: Element<'s, 'i>) -> Node {
        let place = self.source.place(element);
        if word(element) == Some("history") {
            return self.history(element, place);
        }
        let mut entries = Entries::default();
        let mut events = Events::default();
        let mut initial = self.initial(ix, element);
        for child in elements(element).filter(|child| !is_state(*child)) {
            match word(child) {
                Some("onentry") => self.block(&mut entries, "enter", child),
                Some("onexit") => self.block(&mut entries, "leave", child),
                Some("transition") => self.transition(&mut events, ix, child),
                Some("initial") => initial = self.initial_element(child).or(initial),
                _ if is_own(child, "event") => {
                    let node = value::read(self.source, child, &mut self.found);
                    let name = child.attribute("key").unwrap_or_default();
                    events.put(name, self.source.place(child), Branch::Whole(node));
                }
                _ => self.entry(&mut entries, child),
            }
        }
        if word(element) == Some("final") && !entries.has("final") && !entries.has("outcome") {
            let truth = Node {
                place,
                value: Value::Bool(true),
            };
            self.put(&mut entries, place, "final", truth);
        }
        if let Some((at, id)) = initial.filter(|_| !entries.has("initial")) {
            self.first(&mut entries, ix, at, &id);
        }
        let events = events.finish(self);
        if !events.is_empty() {
            self.put(&mut entries, place, "events", map(place, events));
        }
        let key = if word(element) == Some("parallel") {
            "parallel"
        } else {
            "states"
        };
        self.inside(&mut entries, Some(ix), key, place);
        map(place, entries)
    }

    /// The id of the state that is entered at first, where a compound state names or has one.
    fn initial(&mut self, ix: StateIx, element: Element<'s, 'i>) -> Option<(Place, String)> {
        if word(element) != Some("state") {
            return None;
        }
        match element.attribute("initial") {
            Some(id) => Some((self.source.at(element, "initial"), id.trim().to_owned())),
            None => {
                let first = self.tree.first(Some(ix))?;
                let placed = self.tree.get(first)?;
                Some((self.source.place(element), placed.id.clone()))
            }
        }
    }

    fn initial_element(&mut self, element: Element<'s, 'i>) -> Option<(Place, String)> {
        let transition = elements(element).find(|child| word(*child) == Some("transition"))?;
        for child in elements(transition) {
            self.unsaid(child);
        }
        let id = transition.attribute("target")?.trim().to_owned();
        Some((self.source.at(transition, "target"), id))
    }

    /// A procedure names the first state by its name alone, so it lies right inside.
    fn first(&mut self, entries: &mut Entries, ix: StateIx, at: Place, id: &str) {
        let first = self.tree.state(id).or_else(|| self.nameless(id));
        let inside = first.filter(|first| self.tree.inside(Some(ix)).contains(first));
        match inside.and_then(|first| self.paths.get(first.index())).cloned() {
            Some((name, _)) => self.put(entries, at, "initial", text(at, &name)),
            None => {
                let message = format!("`{id}` is not one state right inside");
                self.wrong(
                    at,
                    "WF822",
                    message,
                    "a state begins in one of the states right inside it",
                );
            }
        }
    }

    fn nameless(&self, id: &str) -> Option<StateIx> {
        self.tree.states().find(|(_, placed)| placed.id == id).map(|(ix, _)| ix)
    }

    fn history(&mut self, element: Element<'s, 'i>, place: Place) -> Node {
        let mut entries = Entries::default();
        let kind = element.attribute("type").unwrap_or("shallow");
        self.put(&mut entries, place, "history", text(place, kind));
        for child in elements(element) {
            if word(child) == Some("transition") {
                self.targets(&mut entries, child);
                for inside in elements(child) {
                    self.unsaid(inside);
                }
            } else {
                self.entry(&mut entries, child);
            }
        }
        map(place, entries)
    }

    /// `to` of a transition, if it has targets.
    fn targets(&mut self, entries: &mut Entries, element: Element<'s, 'i>) {
        let at = self.source.at(element, "target");
        let ids = names(element, "target");
        let mut paths = Vec::new();
        for id in &ids {
            paths.extend(self.path(element, "target", id).map(|path| text(at, &path)));
        }
        let listed = ids.len() > 1 || mark(element, "to") == Some("list");
        let value = match (paths.len(), listed) {
            (0, _) => return,
            (1, false) => paths.pop().map(|node| node.value).unwrap_or(Value::Null),
            _ => Value::List(paths),
        };
        self.put(entries, at, "to", Node { place: at, value });
    }

    fn path(&mut self, element: Element<'s, 'i>, attribute: &str, id: &str) -> Option<String> {
        let found = self
            .tree
            .state(id)
            .and_then(|ix| self.paths.get(ix.index()))
            .map(|(_, path)| path.clone());
        if found.is_none() {
            let message = format!("`{id}` is no state of this document");
            self.wrong(
                self.source.at(element, attribute),
                "WF823",
                message,
                "name the id of a state",
            );
        }
        found
    }

    fn transition(&mut self, events: &mut Events, ix: StateIx, element: Element<'s, 'i>) {
        let place = self.source.place(element);
        let Some(event) = self.event(ix, element) else { return };
        let mut entries = Entries::default();
        self.targets(&mut entries, element);
        if let Some(condition) = element.attribute("cond") {
            let at = self.source.at(element, "cond");
            self.put(&mut entries, at, "when", text(at, condition));
        }
        if let Some(kind) = element.attribute("type") {
            let at = self.source.at(element, "type");
            let value = Value::Bool(kind == "internal");
            self.put(&mut entries, at, "internal", Node { place: at, value });
        }
        self.block(&mut entries, "do", element);
        let node = match (mark(element, "written"), element.attribute("target")) {
            (Some("target"), Some(_)) => {
                let entries = entries.finish();
                // Somebody may have added to what was a target alone.
                match entries.as_slice() {
                    [(key, target)] if key.name == "to" => target.clone(),
                    _ => Node {
                        place,
                        value: Value::Map(entries),
                    },
                }
            }
            (Some("nothing"), None) if entries.is_empty() => Node {
                place,
                value: Value::Null,
            },
            _ => map(place, entries),
        };
        let listed = mark(element, "listed") == Some("true");
        events.put(
            &event,
            place,
            if listed {
                Branch::Listed(node)
            } else {
                Branch::Single(node)
            },
        );
    }

    /// The one event of a transition, as a procedure calls it.
    fn event(&mut self, ix: StateIx, element: Element<'s, 'i>) -> Option<String> {
        let Some(event) = element.attribute("event").map(str::trim).filter(|e| !e.is_empty()) else {
            return Some(ALWAYS.to_owned());
        };
        let own = self.tree.get(ix).map(|placed| placed.id.as_str());
        if event.strip_prefix("done.state.").is_some_and(|id| Some(id) == own) {
            return Some(DONE.to_owned());
        }
        if is_id(event) && event != DONE && event != ALWAYS {
            return Some(event.to_owned());
        }
        let message = format!("`{event}` is not one event of a procedure");
        let mend = "write one id, or `done.state.` and the id of this state";
        self.wrong(self.source.at(element, "event"), "WF822", message, mend);
        None
    }

    /// Effects, and keys of our own that stand beside them.
    fn block(&mut self, entries: &mut Entries, name: &str, element: Element<'s, 'i>) {
        let place = self.source.place(element);
        let mut effects = Vec::new();
        for child in elements(element) {
            let at = self.source.place(child);
            let effect = match word(child) {
                Some("raise") => one(at, "raise", text(at, child.attribute("event").unwrap_or_default())),
                _ if is_own(child, "effect") => {
                    let verb = child.attribute("verb").unwrap_or_default();
                    match child.attribute("bare") {
                        Some("true") => text(at, verb),
                        _ => one(at, verb, value::read(self.source, child, &mut self.found)),
                    }
                }
                _ if word(element) == Some("transition") => {
                    self.entry(entries, child);
                    continue;
                }
                _ => {
                    self.unsaid(child);
                    continue;
                }
            };
            effects.push(effect);
        }
        let single = mark(element, "single") == Some("true") && effects.len() == 1;
        let value = match effects.pop() {
            None => return,
            Some(effect) if single => effect.value,
            Some(effect) => {
                effects.push(effect);
                Value::List(effects)
            }
        };
        self.put(entries, place, name, Node { place, value });
    }

    fn put(&mut self, entries: &mut Entries, place: Place, name: &str, node: Node) {
        let key = Key {
            name: name.to_owned(),
            place,
        };
        entries.put(self.source, key, node, &mut self.found);
    }

    /// What a procedure has no word for.
    fn unsaid(&mut self, element: Element<'s, 'i>) {
        let message = format!("a procedure has no word for `<{}>`", element.tag_name().name());
        let mend = "take it out; conditions, raised events and elements of our own namespace are understood here";
        self.wrong(self.source.place(element), "WF822", message, mend);
    }

    fn wrong(&mut self, place: Place, code: &'static str, message: String, mend: &str) {
        self.found.push(self.source.wrong(place, code, message, mend));
    }
}

fn text(place: Place, text: &str) -> Node {
    Node {
        place,
        value: Value::Text(text.to_owned()),
    }
}

fn map(place: Place, entries: Entries) -> Node {
    Node {
        place,
        value: Value::Map(entries.finish()),
    }
}

/// A mapping of one key.
fn one(place: Place, name: &str, node: Node) -> Node {
    let key = Key {
        name: name.to_owned(),
        place,
    };
    Node {
        place,
        value: Value::Map(vec![(key, node)]),
    }
}

/// An attribute of our own, which says how something was written.
fn mark<'n>(element: Element<'n, '_>, name: &str) -> Option<&'n str> {
    element.attribute((super::OWN, name))
}

enum Branch {
    /// The branch of an event that has no list of branches.
    Single(Node),
    /// One of a list.
    Listed(Node),
    /// All of them.
    Whole(Node),
}

/// The branches of a state, by event in the order in which the events first stand.
#[derive(Default)]
struct Events {
    events: IndexMap<String, (Place, Vec<Branch>)>,
}

impl Events {
    fn put(&mut self, event: &str, place: Place, branch: Branch) {
        let (_, branches) = self.events.entry(event.to_owned()).or_insert((place, Vec::new()));
        branches.push(branch);
    }

    fn finish(self, reader: &mut Reader<'_, '_>) -> Entries {
        let mut entries = Entries::default();
        for (name, (place, mut branches)) in self.events {
            let key = Key { name, place };
            let node = match branches.pop() {
                Some(Branch::Single(node) | Branch::Whole(node)) if branches.is_empty() => node,
                last => {
                    branches.extend(last);
                    let each = branches.into_iter().map(|branch| match branch {
                        Branch::Single(node) | Branch::Listed(node) | Branch::Whole(node) => node,
                    });
                    Node {
                        place,
                        value: Value::List(each.collect()),
                    }
                }
            };
            entries.put(reader.source, key, node, &mut reader.found);
        }
        entries
    }
}
