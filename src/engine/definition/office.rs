//! Which organisations the answers of an event may name (`offices`): a case is handed down and not across, nobody disputes
//! jurisdiction with its own office. The service knows where organisations stand; a definition says where they must.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    authored::{self, Named},
    compile::Compiler,
    grammar::OFFICES,
    model::{FieldKind, FormField},
};

/// Where an organisation that an answer names must stand, seen from the one in whose name the event is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Office {
    /// The sender's own.
    Own,
    /// Under the sender's, at whatever depth.
    Below,
    /// The sender's own, or one under it.
    OwnOrBelow,
    /// Any but the sender's own.
    Other,
    /// Of a province or of the whole country, whoever sends.
    Provincial,
}

impl Compiler<'_, '_, '_> {
    /// Where the organisations must stand that an event's answers name.
    pub(super) fn offices(&mut self, event: &authored::Event, form: &[FormField]) -> BTreeMap<String, Office> {
        let mut offices = BTreeMap::new();
        for (name, word) in &event.offices {
            let is_asked = form.iter().any(|asked| asked.field == name.name);
            let picks = self.fields.get(&name.name).map(|field| &field.kind);
            if !is_asked || !matches!(picks, Some(FieldKind::Organisation { .. })) {
                self.not_asked(name);
            }
            match OFFICES.iter().find(|(known, _)| *known == word.name) {
                Some((_, office)) => {
                    offices.insert(name.name.clone(), *office);
                }
                None => self.unknown(
                    "WF004",
                    "place of an organisation",
                    word,
                    &OFFICES.map(|(known, _)| known),
                ),
            }
        }
        offices
    }

    fn not_asked(&mut self, name: &Named) {
        let message = format!("`{}` is no organisation that this event asks for", name.name);
        let mend = "name a field of `type: organisation` out of its `form`";
        self.r.error("WF111", name.place, &name.path, message, mend);
    }
}
