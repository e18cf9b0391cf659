//! The tree of states laid flat, and what a guard sees of a procedure that is being compiled.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::{
    chart::{Chart, Shape},
    definition::{
        authored,
        compile::Compiler,
        model::{Field, FieldKind, FormField, Owner, Role, StateIx, Storage},
    },
    guard::Scope,
};

/// What a guard may name.
pub(super) struct Visible<'c> {
    pub(super) fields: &'c IndexMap<String, Field>,
    pub(super) roles: &'c IndexMap<String, Role>,
    pub(super) clocks: BTreeSet<&'c str>,
    pub(super) states: &'c BTreeMap<String, StateIx>,
    pub(super) always: &'c BTreeSet<String>,
    pub(super) also: &'c [FormField],
}

impl Scope for Visible<'_> {
    fn field(&self, name: &str) -> Option<(&FieldKind, Storage)> {
        self.fields.get(name).map(|f| (&f.kind, f.storage))
    }
    fn clock(&self, name: &str) -> bool {
        self.clocks.contains(name)
    }
    fn role(&self, name: &str) -> bool {
        self.roles.contains_key(name)
    }
    fn state(&self, name: &str) -> bool {
        self.states.contains_key(name)
    }
    fn present(&self, name: &str) -> bool {
        self.always.contains(name) || self.also.iter().any(|f| f.required && f.field == name)
    }
}

/// A state with what its place in the tree gives it.
pub(super) struct Flat<'s> {
    pub(super) path: String,
    pub(super) parent: Option<String>,
    pub(super) source: &'s authored::State,
    pub(super) above: Vec<&'s authored::State>,
}

impl Flat<'_> {
    pub(super) fn phase(&self) -> String {
        let own = self.source.phase.clone();
        own.or_else(|| self.above.iter().rev().find_map(|s| s.phase.clone()))
            .unwrap_or_else(|| {
                let top = self.above.first().unwrap_or(&self.source);
                top.name.name.clone()
            })
    }

    fn around(&self) -> &str {
        self.parent.as_deref().unwrap_or_default()
    }

    pub(super) fn owner(&self, compiler: &mut Compiler<'_, '_, '_>) -> Owner {
        for state in self.above.iter().rev() {
            if let Some(names) = &state.owner {
                if names.len() == 1 && names.iter().all(|n| n.name == "none") {
                    return Owner::Nobody(state.why.clone().unwrap_or_default());
                }
                return Owner::Roles(compiler.roles_named(names));
            }
        }
        Owner::Nobody(String::new())
    }
}

impl Compiler<'_, '_, '_> {
    /// A history state falls back on states inside the state around it; anything else could lead in circles.
    pub(super) fn histories(&mut self, flat: &[Flat<'_>], chart: &Chart) {
        for ((_, node), one) in chart.nodes().zip(flat) {
            let (Shape::History { default, .. }, Some(around)) = (&node.shape, node.parent) else {
                continue;
            };
            let fits = |to: &StateIx| chart.inside(*to, around) && !matches!(chart.shape(*to), Shape::History { .. });
            if !default.iter().all(fits) {
                let message = format!(
                    "`{}` falls back on what is no state inside `{}`",
                    one.path,
                    one.around()
                );
                let mend = format!("name a state inside `{}` after `to:`", one.around());
                let name = &one.source.name;
                self.r.error("WF209", name.place, &name.path, message, &mend);
            }
            if chart.apart(default).is_some() {
                let message = format!("`{}` falls back on states that are never active together", one.path);
                let name = &one.source.name;
                self.r.error(
                    "WF209",
                    name.place,
                    &name.path,
                    message,
                    "name one state, or one in each of several regions",
                );
            }
        }
    }
}

/// All states, parents before their children.
pub(super) fn flatten<'s>(
    states: &'s [authored::State],
    above: Option<&(String, Vec<&'s authored::State>)>,
    flat: &mut Vec<Flat<'s>>,
) {
    // Parents come before their children, so an index never points forward to an ancestor.
    for state in states {
        let (path, chain) = match above {
            Some((prefix, chain)) => (format!("{prefix}.{}", state.name.name), chain.clone()),
            None => (state.name.name.clone(), Vec::new()),
        };
        let parent = above.map(|(prefix, _)| prefix.clone());
        flat.push(Flat {
            path: path.clone(),
            parent,
            source: state,
            above: chain.clone(),
        });
        let mut below = chain;
        below.push(state);
        flatten(&state.children, Some(&(path, below)), flat);
    }
}
