//! States with their branches, as written.

use super::{bool_at, effects, effects_at, key_name, label, name_at, named, names, names_at, text_at, title, word};
use crate::{
    definition::{
        authored::{Branch, History, Named, Requirement, State},
        grammar,
        source::{Fields, Node, Reader, Value, is_id},
    },
    text::Label,
};

/// The outcome of a case that ends here: a word that other procedures and programs route by.
fn outcome(r: &mut Reader<'_>, map: &Fields<'_>) -> Option<String> {
    let outcome = text_at(r, map, "outcome")?;
    if let Some(node) = map.get("outcome").filter(|_| !is_id(&outcome)) {
        let message = format!("`{outcome}` is no outcome that other procedures could name");
        let mend = "write small letters, digits and `_`, such as `not_performed`";
        r.error("WF005", node.place, &map.at("outcome"), message, mend);
    }
    Some(outcome)
}

/// All states of a map of states.
pub(super) fn states(r: &mut Reader<'_>, node: &Node, path: &str) -> Vec<State> {
    let entries = r.entries(node, path);
    entries
        .into_iter()
        .filter_map(|(k, n)| state(r, key_name(k, path), n))
        .collect()
}

fn state(r: &mut Reader<'_>, name: Named, node: &Node) -> Option<State> {
    if let Value::Map(entries) = &node.value
        && entries.iter().any(|(key, _)| key.name == "history")
    {
        return history(r, name, node);
    }
    let map = r.mapping(node, &name.path, &grammar::STATE)?;
    let path = map.at("events");
    let events = map.get("events").map(|n| r.entries(n, &path)).unwrap_or_default();
    let transitions = events.into_iter().map(|(k, n)| {
        let event = key_name(k, &path);
        let branches = branches(r, &event.path, n);
        (event, branches)
    });
    let transitions = transitions.collect();
    let (regions, inside) = (map.get("parallel"), map.get("states"));
    if let (Some(regions), Some(_)) = (regions, inside) {
        r.error(
            "WF004",
            regions.place,
            &map.at("parallel"),
            "a state has either `states` or `parallel`".to_owned(),
            "put the regions under `parallel:` alone, each with `states:` of its own",
        );
    }
    let key = if regions.is_some() { "parallel" } else { "states" };
    let children = map.get(key).map(|n| states(r, n, &map.at(key))).unwrap_or_default();
    Some(State {
        title: title(r, &map),
        phase: text_at(r, &map, "phase"),
        owner: map.get("owner").map(|n| names(r, n, &map.at("owner"))),
        why: text_at(r, &map, "why"),
        no_clock: text_at(r, &map, "no_clock"),
        appointment: names_at(r, &map, "appointment"),
        outcome: outcome(r, &map),
        done: bool_at(r, &map, "final"),
        initial: name_at(r, &map, "initial"),
        transitions,
        enter: effects_at(r, &map, "enter"),
        leave: effects_at(r, &map, "leave"),
        parallel: regions.is_some(),
        children,
        history: None,
        name,
    })
}

/// `name: { history: shallow | deep, to: STATE }`: where a case goes back to when it comes again.
fn history(r: &mut Reader<'_>, name: Named, node: &Node) -> Option<State> {
    let map = r.mapping(node, &name.path, &grammar::HISTORY)?;
    let deep = word(r, &map, "history", &grammar::HISTORIES)?;
    Some(State {
        title: Label::default(),
        phase: None,
        owner: None,
        why: None,
        no_clock: None,
        appointment: Vec::new(),
        outcome: None,
        done: false,
        initial: None,
        transitions: Vec::new(),
        enter: Vec::new(),
        leave: Vec::new(),
        parallel: false,
        children: Vec::new(),
        history: Some(History {
            deep,
            to: names_at(r, &map, "to"),
        }),
        name,
    })
}

/// `event: target`, `event: { to, internal, when, requires, do }` or a list of the latter.
fn branches(r: &mut Reader<'_>, path: &str, node: &Node) -> Vec<Branch> {
    let mut branches = Vec::new();
    for item in r.list(node) {
        if let Value::Text(_) = item.value {
            branches.push(Branch {
                place: item.place,
                to: names(r, item, path),
                internal: false,
                when: None,
                requires: Vec::new(),
                effects: Vec::new(),
            });
            continue;
        }
        let Some(map) = r.mapping(item, path, &grammar::BRANCH) else {
            continue;
        };
        let requires_path = map.at("requires");
        let requires = map.get("requires").map(|n| r.list(n)).unwrap_or_default();
        let requires = requires
            .into_iter()
            .filter_map(|n| requirement(r, &requires_path, n))
            .collect();
        branches.push(Branch {
            place: item.place,
            to: names_at(r, &map, "to"),
            internal: bool_at(r, &map, "internal"),
            when: name_at(r, &map, "when"),
            requires,
            effects: effects(r, &map),
        });
    }
    if branches.is_empty() && matches!(node.value, Value::Null) {
        // `event:` with nothing behind it: the case stays where it is.
        branches.push(Branch {
            place: node.place,
            to: Vec::new(),
            internal: false,
            when: None,
            requires: Vec::new(),
            effects: Vec::new(),
        });
    }
    branches
}

fn requirement(r: &mut Reader<'_>, path: &str, node: &Node) -> Option<Requirement> {
    let map = r.mapping(node, path, &grammar::REQUIREMENT)?;
    let when = map.get("when").and_then(|n| named(r, n, &map.at("when")));
    Some(Requirement {
        when: when?,
        code: text_at(r, &map, "code").unwrap_or_default(),
        reason: map
            .get("reason")
            .map(|n| label(r, n, &map.at("reason")))
            .unwrap_or_default(),
        law: name_at(r, &map, "law"),
    })
}
