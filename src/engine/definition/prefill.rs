//! What the form of an event begins with (`prefill`): the case knows it by another field, and nobody has to type it once more.
//!
//! It saves typing and decides nothing: what is sent counts, and a condition that wants both to be the same says so itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{
    authored::{self, Named},
    compile::Compiler,
    field::fits,
    model::{Event, Field, FieldKind, FormField, RoleKind, Storage},
};

impl Event {
    /// Fields of its form with what they begin with, where the case has nothing in them, by what somebody may read of the case.
    pub fn begins_with<'v>(&'v self, known: &'v Map<String, Json>) -> impl Iterator<Item = (&'v String, &'v Json)> {
        self.prefill
            .iter()
            .filter(move |(into, _)| !known.contains_key(into.as_str()))
            .filter_map(move |(into, from)| Some((into, known.get(from)?)))
    }
}

impl Compiler<'_, '_, '_> {
    /// Fields of the case by the fields of an event's form that begin with their values.
    pub(super) fn prefill(&mut self, event: &authored::Event, form: &[FormField]) -> BTreeMap<String, String> {
        let mut prefill = BTreeMap::new();
        for (into, from) in &event.prefill {
            let (Some(target), Some(source)) = (self.field_named(into), self.field_named(from)) else {
                continue;
            };
            if !form.iter().any(|asked| asked.field == target) {
                let message = format!("this event does not ask for `{target}`, so its form cannot begin with it");
                self.of_prefill("WF111", into, message, "name a field out of its `form`");
            } else if target == source {
                let message = format!("a form begins with what the case has of `{target}` anyway");
                self.of_prefill("WF111", from, message, "name another field, or leave it out");
            } else {
                self.fills(event, into, from);
            }
            prefill.insert(target, source);
        }
        prefill
    }

    /// The one takes every value of the other, and everybody who is shown it may read it.
    fn fills(&mut self, event: &authored::Event, into: &Named, from: &Named) {
        let (Some(target), Some(source)) = (self.fields.get(&into.name), self.fields.get(&from.name)) else {
            return;
        };
        let is_identity = source.storage == Storage::Identity;
        let is_list = |field: &Field| matches!(field.kind, FieldKind::Choices(_));
        let is_fit =
            fits(&source.kind, &target.kind) && is_list(source) == is_list(target) && source.storage == target.storage;
        // Staff read all; a role that is not known is told elsewhere.
        let is_outside = |role: &&str| self.roles.get(*role).is_some_and(|role| role.kind != RoleKind::Staff);
        let mut outside = event.by.iter().map(|role| role.name.as_str()).filter(is_outside);
        let unread = outside
            .find(|role| !source.is_read_by(role, &self.roles))
            .map(str::to_owned);
        if is_identity {
            let message = format!("`{}` is who filed: no form shows it", from.name);
            self.of_prefill("WF504", from, message, "ask for it where it is needed");
        } else if !is_fit {
            let message = format!("`{}` does not fit `{}`", from.name, into.name);
            let mend =
                "pair fields of one type and storage; options and lengths of the one must be possible in the other";
            self.of_prefill("WF111", from, message, mend);
        } else if let Some(role) = unread {
            let (source, event) = (&from.name, &event.name.name);
            let message = format!("the form of `{event}` shows `{source}` to `{role}`, who may not read it");
            let mend = format!("leave it out, or add `{role}` to the `readers` of the field");
            self.of_prefill("WF504", from, message, &mend);
        }
    }

    fn of_prefill(&mut self, code: &'static str, name: &Named, message: String, mend: &str) {
        self.r.error(code, name.place, &name.path, message, mend);
    }
}
