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
    guard::{Nameable, Scope},
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
    fn names(&self, of: Nameable) -> Vec<&str> {
        match of {
            Nameable::Field => self.fields.keys().map(String::as_str).collect(),
            Nameable::Clock => self.clocks.iter().copied().collect(),
            Nameable::Role => self.roles.keys().map(String::as_str).collect(),
            Nameable::State => self.states.keys().map(String::as_str).collect(),
        }
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
    /// The step of the progress bar to which it belongs; where no state of the file names one, each state of the top is a
    /// step of its own.
    pub(super) fn phase(&self) -> String {
        let top = self.above.first().unwrap_or(&self.source);
        self.named_phase().unwrap_or(&top.name.name).to_owned()
    }

    /// The step that the file names for it: its own, or that of a state around it. A state with states inside is at the
    /// step at which a case in it begins, a history at that of the state in which it stands.
    fn named_phase(&self) -> Option<&str> {
        let around = || self.above.iter().rev();
        let own = self.source.phase.as_deref();
        let given = own.or_else(|| around().find_map(|state| state.phase.as_deref()));
        given.or_else(|| begun(self.source)).or_else(|| {
            self.source
                .history
                .as_ref()
                .and_then(|_| around().find_map(|state| begun(state)))
        })
    }

    /// Nobody acts where nothing is to be done any more, and who acts says why nobody does only where nobody does.
    fn idle_owner(&self, compiler: &mut Compiler<'_, '_, '_>) {
        let state = self.source;
        let Some(first) = state.owner.as_ref().and_then(|names| names.first()) else {
            return;
        };
        let (message, mend) = if state.outcome.is_some() || state.done {
            (
                format!("`{}` ends, and names an owner: nobody has to act there", self.path),
                "take `owner` out",
            )
        } else if state.why.is_some() && first.name != "none" {
            (
                format!("`{}` says why nobody acts there, and names who does", self.path),
                "take `why` out, or write `owner: none`",
            )
        } else {
            return;
        };
        compiler.r.warning("WF401", first.place, &first.path, message, mend);
    }

    fn around(&self) -> &str {
        self.parent.as_deref().unwrap_or_default()
    }

    /// Who acts in it: its own owner, or that of a state around it.
    pub(super) fn owner(&self, compiler: &mut Compiler<'_, '_, '_>) -> Owner {
        self.idle_owner(compiler);
        let whole = self.above.iter().chain([&self.source]);
        for state in whole.rev() {
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

/// The step at which a case begins in a state.
fn begun(state: &authored::State) -> Option<&str> {
    let first = |child: &&authored::State| match &state.initial {
        Some(name) => child.name.name == name.name,
        None => child.history.is_none(),
    };
    let own = state.phase.as_deref();
    own.or_else(|| state.children.iter().find(first).and_then(begun))
}

impl Compiler<'_, '_, '_> {
    /// Where some states are steps of the progress bar, all in which a case can be are: else people would read a key there.
    pub(super) fn phases(&mut self, flat: &[Flat<'_>]) {
        if flat.iter().all(|one| one.source.phase.is_none()) {
            return;
        }
        let leaf = |one: &&Flat<'_>| one.source.children.is_empty() && one.source.history.is_none();
        for one in flat.iter().filter(leaf).filter(|one| one.named_phase().is_none()) {
            let message = format!(
                "state `{}` has no phase: people would read its key in the progress bar",
                one.path
            );
            let name = &one.source.name;
            let mend = "write `phase:` here or at the state around it, as at the others";
            self.r
                .error("WF421", name.place, &format!("{}.phase", name.path), message, mend);
        }
    }

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
