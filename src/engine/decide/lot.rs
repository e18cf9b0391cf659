//! Drawing the lot of an event.

use serde_json::{Map, Value as Json};

use crate::{
    decision::{Problem, Refusal},
    definition::{lot::Lot, model::Definition},
    draw,
    form::{ValueProblem, accepts},
};

/// Positions that one step draws at most: three in a hundred of the enterprises of a large city, and no more than a page can
/// list.
const MOST: u32 = 50_000;

impl Lot {
    /// Whether everything is there that it is drawn from.
    pub(super) fn is_told(&self, answers: &Map<String, Json>) -> bool {
        [&self.seed, &self.pool, &self.pool_hash, &self.count]
            .into_iter()
            .all(|field| answers.contains_key(field))
    }

    /// Writes what is drawn to the other answers. Where it came along already, from another installation or from who computed
    /// it before, it must be the same.
    pub(super) fn draw(&self, definition: &Definition, answers: &mut Map<String, Json>) -> Result<(), Refusal> {
        let number = |field: &str| -> Result<u32, Refusal> {
            let value = answers.get(field).and_then(Json::as_u64);
            let value = value.and_then(|value| u32::try_from(value).ok());
            value.ok_or_else(|| Problem::value(field, ValueProblem::WrongType).into())
        };
        let text = |field: &str| answers.get(field).and_then(Json::as_str).unwrap_or_default();
        let (pool, count) = (number(&self.pool)?, number(&self.count)?);
        let most = pool.min(MOST);
        if count > most {
            return Err(Problem::value(&self.count, ValueProblem::OutOfRange(0, most.into())).into());
        }
        let drawn = draw::positions(text(&self.seed), text(&self.pool_hash), pool, count)
            .map_err(|_| Problem::value(&self.count, ValueProblem::OutOfRange(0, most.into())))?;
        let drawn: Vec<String> = drawn.iter().map(u32::to_string).collect();
        let drawn = Json::String(drawn.join(" "));
        if let Some(kind) = definition.fields.get(&self.into).map(|field| &field.kind) {
            accepts(kind, &drawn).map_err(|why| Problem::value(&self.count, why))?;
        }
        if answers.get(&self.into).is_some_and(|told| *told != drawn) {
            return Err(Problem::value(&self.into, ValueProblem::NotDrawn).into());
        }
        answers.insert(self.into.clone(), drawn);
        Ok(())
    }
}
