//! Whether what a scenario names is there. A name that nothing has is refused as well, so a scenario that misspells what it
//! wants refused would prove nothing; and what nothing has is never set, so it would be found unset as expected. That another
//! version of the procedure has a name is enough: that this one does not know it may be what is proved.

use std::{collections::BTreeSet, sync::Arc};

use zhengming_engine::{
    definition::{
        model::{Definition, EffectRule},
        source::nearest,
    },
    pack::Pack,
};

use super::{expectation::Expectation, scenario::Step};

/// Codes by which names themselves are refused: such a step may name what is not there.
const OF_FIELDS: &str = "UNKNOWN_FIELD";

/// The names of a procedure, in all its versions.
pub(super) struct Names<'p>(&'p [Arc<Definition>]);

impl<'p> Names<'p> {
    /// Those of a procedure of the pack.
    pub(super) fn of(pack: &'p Pack, key: &str) -> Self {
        Self(pack.procedures.get(key).map(Vec::as_slice).unwrap_or_default())
    }

    fn known<I: Iterator<Item = &'p String>>(
        &self,
        what: &str,
        name: &str,
        of: impl Fn(&'p Definition) -> I,
    ) -> Result<(), String> {
        let known: BTreeSet<&str> = self
            .0
            .iter()
            .flat_map(|version| of(version))
            .map(String::as_str)
            .collect();
        if known.contains(name) {
            return Ok(());
        }
        let known: Vec<&str> = known.into_iter().collect();
        let meant = nearest(name, &known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Err(format!("the procedure has no {what} `{name}`{meant}"))
    }

    fn event(&self, name: &str) -> Result<(), String> {
        self.known("event", name, |version| version.events.keys())
    }

    fn role(&self, name: &str) -> Result<(), String> {
        self.known("role", name, |version| version.roles.keys())
    }

    fn field(&self, name: &str) -> Result<(), String> {
        self.known("field", name, |version| version.fields.keys())
    }

    fn clock(&self, name: &str) -> Result<(), String> {
        self.known("clock", name, |version| version.clocks.keys())
    }

    fn subcase(&self, name: &str) -> Result<(), String> {
        self.known("subcase", name, |version| version.subcases.keys())
    }

    /// A document that some step of the procedure makes.
    fn document(&self, name: &str) -> Result<(), String> {
        self.known("document", name, |version| {
            version.effects().filter_map(|effect| match effect {
                EffectRule::Document { kind } => Some(kind),
                _ => None,
            })
        })
    }
}

impl Step {
    /// Whether the procedure has everything that the step names.
    ///
    /// # Errors
    /// The first name that it has not, with the one that was probably meant.
    pub(super) fn known(&self, names: &Names<'_>) -> Result<(), String> {
        if self.refused.is_some() && self.expect.is_some() {
            return Err("what is refused changes nothing: `refused` and `expect` stand in two steps".to_owned());
        }
        self.event.as_deref().map_or(Ok(()), |event| names.event(event))?;
        self.by.as_deref().map_or(Ok(()), |role| names.role(role))?;
        self.timer.as_deref().map_or(Ok(()), |clock| names.clock(clock))?;
        if self.refused.as_deref() != Some(OF_FIELDS) {
            self.fields.keys().try_for_each(|field| names.field(field))?;
        }
        self.expect.as_ref().map_or(Ok(()), |expected| expected.known(names))
    }
}

impl Expectation {
    /// Whether the procedure has the fields, roles, clocks, documents and subcases that are spoken of.
    ///
    /// # Errors
    /// The first that it has not.
    pub(super) fn known(&self, names: &Names<'_>) -> Result<(), String> {
        self.fields().try_for_each(|field| names.field(field))?;
        self.roles().try_for_each(|role| names.role(role))?;
        self.clocks().try_for_each(|clock| names.clock(clock))?;
        self.unmade().try_for_each(|kind| names.document(kind))?;
        self.subcases().try_for_each(|alias| names.subcase(alias))?;
        if let Some(clock) = self.clock_without_words() {
            return Err(format!(
                "nothing is said of clock `{clock}`: write its `status` or `due`"
            ));
        }
        match self.list_without_names() {
            Some(list) => Err(format!("`{list}` names nothing, so it says nothing")),
            None => Ok(()),
        }
    }
}
