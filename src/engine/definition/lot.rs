//! The lot that an event draws (`draws`): from which answers, and where the positions are written.

use super::{
    authored::{self, Named},
    compile::Compiler,
    model::{FieldKind, FormField},
};

/// A draw that a step makes. Whoever sends it gives the seed and what is drawn from; the result is computed and typed by
/// nobody ([`crate::draw`]; Order 67 arts 4 and 9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Field that gets the positions, in the order in which they were drawn, with spaces between.
    pub into: String,
    /// Field with the published seed.
    pub seed: String,
    /// Field with the number of what is drawn from.
    pub pool: String,
    /// Field with the hash of what is drawn from.
    pub pool_hash: String,
    /// Field with how many are drawn.
    pub count: String,
}

impl Compiler<'_, '_, '_> {
    /// The lot that an event draws.
    pub(super) fn lot(&mut self, event: &authored::Event, form: &[FormField]) -> Option<Lot> {
        let draws = event.draws.as_ref()?;
        let [into, seed, pool, pool_hash, count] =
            [&draws.into, &draws.seed, &draws.pool, &draws.pool_hash, &draws.count];
        let text = |kind: &FieldKind| matches!(kind, FieldKind::Text { .. });
        let number = |kind: &FieldKind| matches!(kind, FieldKind::Integer { .. });
        for (name, fits, word) in [
            (seed, &text as &dyn Fn(&FieldKind) -> bool, "text"),
            (pool, &number, "integer"),
            (pool_hash, &text, "text"),
            (count, &number, "integer"),
        ] {
            let is_asked = form.iter().any(|asked| asked.required && asked.field == name.name);
            let is_fit = self.fields.get(&name.name).is_some_and(|field| fits(&field.kind));
            if !is_asked || !is_fit {
                let message = format!("the draw needs `{}`, and the event asks for no such {word}", name.name);
                self.of_lot(
                    name,
                    message,
                    &format!("name a field of `type: {word}` that its `form` asks for without `?`"),
                );
            }
        }
        let is_list = self
            .fields
            .get(&into.name)
            .is_some_and(|field| matches!(field.kind, FieldKind::LongText { .. }));
        if !is_list || form.iter().any(|asked| asked.field == into.name) {
            let message = format!("`{}` gets what is drawn: nobody types it", into.name);
            self.of_lot(
                into,
                message,
                "name a field of `type: long_text` that the `form` does not ask for",
            );
        }
        Some(Lot {
            into: self.field_named(into)?,
            seed: self.field_named(seed)?,
            pool: self.field_named(pool)?,
            pool_hash: self.field_named(pool_hash)?,
            count: self.field_named(count)?,
        })
    }

    fn of_lot(&mut self, name: &Named, message: String, mend: &str) {
        self.r.error("WF111", name.place, &name.path, message, mend);
    }
}
