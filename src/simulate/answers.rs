//! Answers to forms: fixed, or one of several by chance; each combination is a variant with a number.

use serde_json::{Map, Value as Json, json};
use time::{Date, Duration};
use zhengming_engine::definition::model::{Days, Definition, FieldKind, FormField};

use crate::chance::Chance;

/// What is answered to one question.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// This value.
    Value(Json),
    /// The day so many days after the one on which the form is answered.
    Day(i32),
    /// Nothing.
    Nothing,
}

/// One question with its possible answers by weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The field.
    pub field: String,
    /// Answers with their weights; at least one.
    pub answers: Vec<(f64, Answer)>,
}

/// All questions of a form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form(pub Vec<Question>);

impl Form {
    /// How many combinations of answers there are.
    pub(crate) fn variants(&self) -> usize {
        self.0.iter().map(|q| q.answers.len()).product()
    }

    /// One combination by chance.
    pub(crate) fn draw(&self, chance: &mut Chance) -> usize {
        let mut variant = 0;
        for question in self.0.iter().filter(|q| q.answers.len() > 1) {
            let picked = chance.weighted(question.answers.iter().map(|(weight, _)| *weight));
            variant = variant * question.answers.len() + picked.unwrap_or(0);
        }
        variant
    }

    /// The answers of a combination.
    pub(crate) fn chosen(&self, mut variant: usize) -> impl Iterator<Item = (&str, &Answer)> {
        let mut chosen = Vec::with_capacity(self.0.len());
        for question in self.0.iter().rev() {
            let count = question.answers.len().max(1);
            if let Some((_, answer)) = question.answers.get(variant % count) {
                chosen.push((question.field.as_str(), answer));
            }
            variant /= count;
        }
        chosen.into_iter().rev()
    }

    /// The answers of a combination as they are handed in on a day.
    pub(crate) fn filled(&self, variant: usize, today: Date) -> Map<String, Json> {
        let written = |answer: &Answer| match answer {
            Answer::Value(value) => Some(value.clone()),
            Answer::Day(days) => Some(json!(later(today, *days).to_string())),
            Answer::Nothing => None,
        };
        let chosen = self.chosen(variant);
        chosen
            .filter_map(|(field, answer)| Some((field.to_owned(), written(answer)?)))
            .collect()
    }
}

/// A date so many days later.
pub(crate) fn later(today: Date, days: i32) -> Date {
    today.saturating_add(Duration::days(i64::from(days)))
}

/// What is answered to a question that the model says nothing about: nothing where it may stay open, else what any case
/// may have. Yes, the first of a list, a fortnight from now (today for days that must be past).
pub(crate) fn usual(definition: &Definition, asked: &FormField) -> Answer {
    let Some(field) = definition.fields.get(&asked.field).filter(|_| asked.required) else {
        return Answer::Nothing;
    };
    Answer::Value(match &field.kind {
        FieldKind::Text { .. } | FieldKind::LongText { .. } => json!("-"),
        FieldKind::Bool => json!(true),
        FieldKind::Date { days } => return Answer::Day(if *days == Days::Past { 0 } else { 14 }),
        FieldKind::Integer { min, .. } => json!(min),
        FieldKind::Money => json!(10_000),
        FieldKind::Choice(choices) => json!(choices.first().map(|c| &c.key)),
        FieldKind::Choices(choices) => json!([choices.first().map(|c| &c.key)]),
        FieldKind::Organisation { .. } => json!("office"),
        FieldKind::Division => json!("420102"),
        FieldKind::Account { .. } => json!("officer"),
        FieldKind::Phone => json!("0270000000"),
        FieldKind::Mail => json!("party@example.cn"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_has_a_number_of_its_own() {
        let question = |field: &str, answers: &[i64]| Question {
            field: field.to_owned(),
            answers: answers.iter().map(|n| (1.0, Answer::Value(json!(n)))).collect(),
        };
        let form = Form(vec![
            question("a", &[1, 2, 3]),
            question("b", &[7]),
            question("c", &[8, 9]),
        ]);
        assert_eq!(form.variants(), 6);
        let today = time::macros::date!(2026 - 09 - 01);
        let all: std::collections::BTreeSet<String> = (0..6)
            .map(|v| Json::Object(form.filled(v, today)).to_string())
            .collect();
        assert_eq!(all.len(), 6);
        let mut chance = Chance::new(1, [0; 3]);
        let drawn: std::collections::BTreeSet<usize> = (0..200).map(|_| form.draw(&mut chance)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    }
}
