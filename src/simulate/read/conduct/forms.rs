//! Answers to forms, as a model has them.

use serde_json::{Map, Value as Json};
use zhengming_engine::{
    decide,
    definition::{
        model::{Definition, FieldKind, FilingMode, FormField},
        source::{Fields, Node, Reader, Value},
    },
    form,
};

use super::is_map;
use crate::{
    answers::{Answer, Form, Question, usual},
    read::{numbers, unknown},
};

/// Combinations of answers to one form at most: each is a decision of its own.
const MOST: usize = 4_096;
/// What says that a question is left open.
const NO_ANSWER: &str = "no-answer";

/// The filing form.
pub(super) fn filing(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    definition: &Definition,
    mode: FilingMode,
) -> Option<Form> {
    let asked = decide::asked_on_filing(definition, mode, |_| false, &Map::new());
    let form = read(reader, fields.get("fields"), &fields.at("fields"), definition, &asked);
    let place = fields.get("fields").map_or(fields.place, |node| node.place);
    few(reader, form, place, &fields.at("fields"))
}

/// The form of an event; `heard`: of what another case brings with it.
pub(super) fn of_event(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    definition: &Definition,
    event: &str,
    heard: bool,
) -> Form {
    let written = fields.get("answers").and_then(|node| match &node.value {
        Value::Map(entries) => entries.iter().find(|(key, _)| key.name == event).map(|(_, node)| node),
        _ => None,
    });
    let brought = definition.subcases.values().flat_map(|subcase| &subcase.brings);
    let asked: Vec<FormField> = if heard {
        brought
            .map(|(own, _)| FormField {
                field: own.clone(),
                required: false,
            })
            .collect()
    } else {
        definition
            .events
            .get(event)
            .map(|event| event.form.clone())
            .unwrap_or_default()
    };
    let path = format!("{}.{event}", fields.at("answers"));
    let form = read(reader, written, &path, definition, &asked);
    let place = written.map_or(fields.place, |node| node.place);
    few(reader, form, place, &path).unwrap_or_default()
}

/// `answers:` names events that somebody sends.
pub(super) fn check_names(reader: &mut Reader<'_>, fields: &Fields<'_>, known: &[&str]) {
    let Some(node) = fields.get("answers") else { return };
    for (key, _) in reader.entries(node, &fields.at("answers")) {
        if !known.contains(&key.name.as_str()) {
            let path = format!("{}.{}", fields.at("answers"), key.name);
            unknown(
                reader,
                "WF108",
                key.place,
                &path,
                "event that somebody sends",
                &key.name,
                known,
            );
        }
    }
}

fn few(
    reader: &mut Reader<'_>,
    form: Form,
    place: zhengming_engine::definition::source::Place,
    path: &str,
) -> Option<Form> {
    if form.variants() <= MOST {
        return Some(form);
    }
    let message = format!("there are {} combinations of these answers", form.variants());
    reader.error(
        "WF801",
        place,
        path,
        message,
        &format!("let chance decide fewer answers: at most {MOST} combinations"),
    );
    None
}

fn read(
    reader: &mut Reader<'_>,
    written: Option<&Node>,
    path: &str,
    definition: &Definition,
    asked: &[FormField],
) -> Form {
    let entries = written.map(|node| reader.entries(node, path)).unwrap_or_default();
    let known: Vec<&str> = asked.iter().map(|asked| asked.field.as_str()).collect();
    for (key, _) in &entries {
        if !known.contains(&key.name.as_str()) {
            unknown(
                reader,
                "WF103",
                key.place,
                path,
                "field in this form",
                &key.name,
                &known,
            );
        }
    }
    let questions = asked.iter().map(|asked| {
        let node = entries
            .iter()
            .find(|(key, _)| key.name == asked.field)
            .map(|(_, node)| *node);
        let answers = match node {
            Some(node) => answers(
                reader,
                node,
                &format!("{path}.{}", asked.field),
                definition,
                &asked.field,
            ),
            None => vec![(1.0, usual(definition, asked))],
        };
        Question {
            field: asked.field.clone(),
            answers,
        }
    });
    Form(questions.collect())
}

/// One answer, or several with their weights: `{on_site: 0.4, in_platform: 0.6}`.
fn answers(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &str,
    definition: &Definition,
    field: &str,
) -> Vec<(f64, Answer)> {
    if !is_map(node) {
        let answer = answer(reader, node, path, definition, field, node.value.clone());
        return answer.map(|answer| (1.0, answer)).into_iter().collect();
    }
    let mut all = Vec::new();
    for (key, node) in reader.pairs(node, path) {
        let Some(weight) = numbers::number(reader, node, path) else {
            continue;
        };
        let at = Node {
            place: key.place,
            value: Value::Text(key.name.clone()),
        };
        let value = definition
            .fields
            .get(field)
            .map_or_else(|| at.value.clone(), |field| typed(&field.kind, &key.name));
        if let Some(answer) = answer(reader, &at, path, definition, field, value) {
            all.push((weight, answer));
        }
    }
    if all.iter().all(|(weight, _)| *weight <= 0.0) {
        reader.error(
            "WF801",
            node.place,
            path,
            "no answer has a weight".to_owned(),
            "give one of them a weight above 0",
        );
    }
    all
}

/// What a key says to a field: keys are text, as `+15`, where a value has a type.
fn typed(kind: &FieldKind, key: &str) -> Value {
    let other = || Value::Text(key.to_owned());
    match kind {
        FieldKind::Bool => key.parse().map_or_else(|_| other(), Value::Bool),
        FieldKind::Integer { .. } | FieldKind::Money => key.parse().map_or_else(|_| other(), Value::Integer),
        _ => other(),
    }
}

/// Whether a text means that nothing is answered. `none` does only where the field has no option of that name; no option
/// can be named like the other word, whose hyphen keeps it apart.
fn is_no_answer(kind: &FieldKind, text: &str) -> bool {
    let option = match kind {
        FieldKind::Choice(choices) | FieldKind::Choices(choices) => choices.iter().any(|choice| choice.key == text),
        _ => false,
    };
    text == NO_ANSWER || text == "none" && !option
}

/// A value as the field takes it. Days are dates, or so many days from the day of the answer, as `+10`; `no-answer` is none.
fn answer(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &str,
    definition: &Definition,
    name: &str,
    value: Value,
) -> Option<Answer> {
    let field = definition.fields.get(name)?;
    if let Value::Text(text) = &value {
        if is_no_answer(&field.kind, text) {
            return Some(Answer::Nothing);
        }
        if matches!(field.kind, FieldKind::Date { .. })
            && let Some(days) = text.strip_prefix(['+', '-'])
            && let Ok(days) = days.parse::<i32>()
        {
            return Some(Answer::Day(if text.starts_with('-') { -days } else { days }));
        }
    }
    let place = node.place;
    let mut json = Node { place, value }.to_json();
    if matches!(field.kind, FieldKind::Choices(_)) && json.is_string() {
        // A key of a mapping may name several, as `refund+compensation`.
        json = json
            .as_str()
            .map(|text| text.split('+').collect::<Json>())
            .unwrap_or_default();
    }
    match form::accepts(&field.kind, &json) {
        Ok(()) => Some(Answer::Value(json)),
        Err(problem) => {
            let mend = match &field.kind {
                FieldKind::Choice(choices) | FieldKind::Choices(choices) => {
                    let keys: Vec<&str> = choices.iter().map(|choice| choice.key.as_str()).collect();
                    format!("there are: {}", keys.join(", "))
                }
                FieldKind::Date { .. } => "write a date, or days from the day of the answer as \"+10\"".to_owned(),
                _ => "write a value that the field takes".to_owned(),
            };
            reader.error(
                "WF801",
                place,
                path,
                format!("{json} does not fit `{name}`: {problem}"),
                &mend,
            );
            None
        }
    }
}
