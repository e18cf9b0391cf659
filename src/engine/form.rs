//! Forms: what an event asks, as JSON Schema, and the reading of answers. All problems are reported at once.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};
use time::Date;

use crate::{
    clock::iso_day,
    decision::{Problem, ProblemCode},
    definition::model::{Choice, Days, Definition, Event, FieldKind, FormField, Office},
    division::is_code,
};

/// Why a value does not fit its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueProblem {
    /// Text, number, list … of another kind was wanted.
    #[error("a value of another type is wanted")]
    WrongType,
    /// More characters than allowed.
    #[error("at most {0} characters")]
    TooLong(usize),
    /// Outside the allowed range.
    #[error("between {0} and {1}")]
    OutOfRange(i64, i64),
    /// Not in the closed list.
    #[error("not in the list")]
    NotAnOption,
    /// A day after today where only past days make sense.
    #[error("the day lies in the future")]
    Future,
    /// A day before today where only days to come make sense.
    #[error("the day is over")]
    Over,
    /// Not after today, where a period ends on it that has still to run.
    #[error("the day does not lie after today")]
    NotLater,
    /// An organisation that does not stand where this event wants it.
    #[error("an organisation of another place is wanted ({0:?})")]
    WrongOffice(Office),
    /// Not what the seed draws.
    #[error("not what the seed draws")]
    NotDrawn,
    /// Not a date, telephone number, mail address or id.
    #[error("malformed")]
    Malformed,
}

/// Whether a value is of the field's type (whether a day is past or to come is checked by [`read`], which knows the day).
pub fn accepts(kind: &FieldKind, value: &Json) -> Result<(), ValueProblem> {
    match kind {
        FieldKind::Text { max } => text(value, *max, false),
        FieldKind::LongText { max } => text(value, *max, true),
        FieldKind::Bool => value.as_bool().map(|_| ()).ok_or(ValueProblem::WrongType),
        FieldKind::Date { .. } => date(value).map(|_| ()),
        FieldKind::Integer { min, max } => integer(value, *min, *max),
        FieldKind::Money => integer(value, 0, 1_000_000_000_000_000),
        FieldKind::Choice(choices) => option(choices, value),
        FieldKind::Choices(choices) => {
            let items = value.as_array().ok_or(ValueProblem::WrongType)?;
            items.iter().try_for_each(|item| option(choices, item))?;
            let distinct: BTreeSet<&str> = items.iter().filter_map(Json::as_str).collect();
            let once = distinct.len() == items.len();
            once.then_some(()).ok_or(ValueProblem::Malformed)
        }
        FieldKind::Organisation { .. } | FieldKind::Account { .. } => text(value, 64, false),
        FieldKind::Division => {
            let code = value.as_str().ok_or(ValueProblem::WrongType)?;
            is_code(code).then_some(()).ok_or(ValueProblem::Malformed)
        }
        FieldKind::Phone => {
            text(value, 32, false)?;
            let digits = value.as_str().unwrap_or_default();
            let clean = digits.chars().all(|c| c.is_ascii_digit() || " +-()".contains(c));
            let count = digits.chars().filter(char::is_ascii_digit).count();
            if clean && (7..=15).contains(&count) {
                Ok(())
            } else {
                Err(ValueProblem::Malformed)
            }
        }
        FieldKind::Mail => {
            text(value, 254, false)?;
            let (local, domain) = value
                .as_str()
                .and_then(|s| s.split_once('@'))
                .ok_or(ValueProblem::Malformed)?;
            let good = !local.is_empty() && domain.contains('.') && !domain.contains('@');
            let plain = value.as_str().is_some_and(|s| !s.chars().any(char::is_whitespace));
            if good && plain {
                Ok(())
            } else {
                Err(ValueProblem::Malformed)
            }
        }
    }
}

fn text(value: &Json, max: usize, lines: bool) -> Result<(), ValueProblem> {
    let text = value.as_str().ok_or(ValueProblem::WrongType)?;
    if text.chars().count() > max {
        return Err(ValueProblem::TooLong(max));
    }
    if has_control(text, lines) {
        Err(ValueProblem::Malformed)
    } else {
        Ok(())
    }
}

/// Whether a mail can be sent to a text: one name and one domain, both of parts between dots (RFC 5322 §3.2.3, RFC 1034 §3.5), in
/// letters of any script (RFC 6531). What is taken here must not be refused for good when the first notice is sent.
#[must_use]
pub fn is_mail_address(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let name = |name: &str| {
        let mut atoms = name.split('.');
        name.len() <= 64 && atoms.all(|atom| !atom.is_empty() && atom.chars().all(word))
    };
    let label = |label: &str| {
        let inside = label.chars().all(|c| c.is_alphanumeric() || c == '-');
        (1..=63).contains(&label.len()) && inside && !label.starts_with('-') && !label.ends_with('-')
    };
    let parts = text.split_once('@');
    parts.is_some_and(|(local, domain)| name(local) && domain.contains('.') && domain.split('.').all(label))
}

/// Whether a text has control characters: nobody types them, and what prints or sends it may take them for orders. Line breaks and tabs
/// may stand in a text of `lines`.
pub(crate) fn has_control(text: &str, lines: bool) -> bool {
    let control = |c: char| c.is_control() && !(lines && matches!(c, '\n' | '\r' | '\t'));
    text.chars().any(control)
}

fn integer(value: &Json, min: i64, max: i64) -> Result<(), ValueProblem> {
    let number = value.as_i64().ok_or(ValueProblem::WrongType)?;
    if (min..=max).contains(&number) {
        Ok(())
    } else {
        Err(ValueProblem::OutOfRange(min, max))
    }
}

fn option(choices: &[Choice], value: &Json) -> Result<(), ValueProblem> {
    let key = value.as_str().ok_or(ValueProblem::WrongType)?;
    if choices.iter().any(|c| c.key == key) {
        Ok(())
    } else {
        Err(ValueProblem::NotAnOption)
    }
}

/// An ISO date as a day.
pub fn date(value: &Json) -> Result<Date, ValueProblem> {
    let text = value.as_str().ok_or(ValueProblem::WrongType)?;
    iso_day(text).ok_or(ValueProblem::Malformed)
}

fn blank(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(s) => s.trim().is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Reads the answers to a form. Text is trimmed, empty answers count as none, a field that was not asked is refused.
///
/// With `complete` false, missing required answers are let pass: a case that another case opens brings what that one has. So are mail
/// addresses that no mail can be sent to: those were taken before they were looked at closely.
pub fn read(
    definition: &Definition,
    form: &[&FormField],
    input: &Map<String, Json>,
    today: Date,
    complete: bool,
) -> Result<Map<String, Json>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut answers = Map::new();
    for name in input.keys() {
        if !form.iter().any(|f| &f.field == name) {
            problems.push(Problem::field(ProblemCode::UnknownField, name));
        }
    }
    for asked in form {
        let Some(field) = definition.fields.get(&asked.field) else {
            continue;
        };
        let value = input.get(&asked.field).filter(|v| !blank(v));
        let Some(value) = value else {
            if asked.required && complete {
                let mut problem = Problem::field(ProblemCode::MissingField, &asked.field);
                problem.law.clone_from(&field.law);
                problems.push(problem);
            }
            continue;
        };
        let value = match value {
            Json::String(s) => Json::String(s.trim().to_owned()),
            other => other.clone(),
        };
        let mut verdict = accepts(&field.kind, &value);
        if complete && matches!(field.kind, FieldKind::Mail) && !value.as_str().is_some_and(is_mail_address) {
            verdict = verdict.and(Err(ValueProblem::Malformed));
        }
        if let (Ok(()), FieldKind::Date { days }, Ok(day)) = (&verdict, &field.kind, date(&value)) {
            verdict = match days {
                Days::Past if day > today => Err(ValueProblem::Future),
                Days::Ahead if day < today => Err(ValueProblem::Over),
                _ => Ok(()),
            };
        }
        match verdict {
            Ok(()) => {
                answers.insert(asked.field.clone(), value);
            }
            Err(why) => problems.push(Problem {
                law: field.law.clone(),
                ..Problem::value(&asked.field, why)
            }),
        }
    }
    if problems.is_empty() {
        Ok(answers)
    } else {
        Err(problems)
    }
}

/// The JSON Schema (2020-12) of a form. `title` and `description` are Chinese; `x-en` carries the English ones.
pub fn schema<'d>(definition: &'d Definition, form: impl IntoIterator<Item = &'d FormField>) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for asked in form {
        let Some(field) = definition.fields.get(&asked.field) else {
            continue;
        };
        let mut property = kind_schema(&field.kind);
        property.insert("title".to_owned(), json!(field.title.zh));
        let mut english = json!({ "title": field.title.en });
        if let Some(hint) = &field.hint {
            property.insert("description".to_owned(), json!(hint.zh));
            english = json!({ "title": field.title.en, "description": hint.en });
        }
        property.insert("x-en".to_owned(), english);
        property.insert("x-storage".to_owned(), json!(field.storage));
        if let Some(law) = &field.law {
            property.insert("x-law".to_owned(), json!(law.as_str()));
        }
        if asked.required {
            required.push(json!(asked.field));
        }
        properties.insert(asked.field.clone(), Json::Object(property));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "required": required,
    })
}

/// The JSON Schema of the whole filing form. What a page asks under a condition says so (`x-when`), and is required where the
/// condition holds, unless that compares what JSON Schema cannot: days, or one answer with another.
pub fn filing_schema(definition: &Definition) -> Json {
    let mut whole = schema(definition, definition.filing.form());
    let mut required = Vec::new();
    for page in &definition.filing.pages {
        let Some(when) = &page.when else { continue };
        for asked in &page.fields {
            let property = whole.pointer_mut(&format!("/properties/{}", asked.field));
            if let Some(property) = property.and_then(Json::as_object_mut) {
                property.insert("x-when".to_owned(), json!(when.source()));
            }
        }
        if let Some(holds) = when.json_schema().filter(|_| !page.needed.is_empty()) {
            required.push(json!({ "if": holds, "then": { "required": page.needed } }));
        }
    }
    if let (false, Some(parts)) = (required.is_empty(), whole.as_object_mut()) {
        parts.insert("allOf".to_owned(), Json::Array(required));
    }
    whole
}

/// The JSON Schema of what an event asks: [`schema`], with `x-office` at the organisations of which only some may be named
/// (`own`, `below`, `own_or_below`, `other`: seen from the sender's; `provincial`).
pub fn event_schema(definition: &Definition, event: &Event) -> Json {
    let mut whole = schema(definition, &event.form);
    for (field, office) in &event.offices {
        let property = whole.pointer_mut(&format!("/properties/{field}"));
        if let Some(property) = property.and_then(Json::as_object_mut) {
            property.insert("x-office".to_owned(), json!(office));
        }
    }
    whole
}

fn kind_schema(kind: &FieldKind) -> Map<String, Json> {
    let schema = match kind {
        FieldKind::Text { max } => json!({"type": "string", "maxLength": max}),
        FieldKind::LongText { max } => json!({"type": "string", "maxLength": max, "x-lines": true}),
        FieldKind::Bool => json!({"type": "boolean"}),
        FieldKind::Date { days } => json!({
            "type": "string",
            "format": "date",
            "x-past": *days == Days::Past,
            "x-ahead": *days == Days::Ahead,
        }),
        FieldKind::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        FieldKind::Money => json!({"type": "integer", "minimum": 0, "x-unit": "fen"}),
        FieldKind::Choice(choices) => options(choices),
        FieldKind::Choices(choices) => json!({"type": "array", "uniqueItems": true, "items": options(choices)}),
        FieldKind::Organisation { kinds } => json!({"type": "string", "x-organisation": kinds}),
        FieldKind::Division => json!({"type": "string", "pattern": "^[0-9]{6}$", "x-division": true}),
        FieldKind::Account { role } => json!({"type": "string", "x-account": role}),
        FieldKind::Phone => json!({"type": "string", "format": "phone"}),
        FieldKind::Mail => json!({"type": "string", "format": "email"}),
    };
    match schema {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

fn options(choices: &[Choice]) -> Json {
    let keys: Vec<&str> = choices.iter().map(|c| c.key.as_str()).collect();
    let of = choices.iter().map(|c| {
        json!({"const": c.key, "title": c.title.zh, "x-en": {"title": c.title.en}, "x-law": c.law.as_ref().map(|l| l.as_str())})
    });
    json!({"type": "string", "enum": keys, "oneOf": of.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ValueProblem, accepts, is_mail_address};
    use crate::{
        definition::model::{Choice, FieldKind},
        text::Label,
    };

    #[test]
    fn a_mail_address_is_one_that_mails_are_sent_to() {
        for good in [
            "li@example.cn",
            "li.si+a@mail.example.cn",
            "李四@例子.中国",
            "o'hara@a-b.c2",
        ] {
            assert!(is_mail_address(good), "{good}");
        }
        let long = format!("{}@example.cn", "a".repeat(65));
        for bad in [
            "a@b.c,",
            "a@b.c, d@e.f",
            "a@b.c;d@e.f",
            "a@b..c",
            "a@b.c.",
            "a@-b.c",
            "a..b@c.d",
            ".a@b.c",
            "a b@c.d",
            "<a@b.c>",
            "a@b@c.d",
            "a@b",
            "@b.c",
            "a@",
            "",
            long.as_str(),
        ] {
            assert!(!is_mail_address(bad), "{bad}");
        }
    }

    #[test]
    fn an_option_of_a_list_is_chosen_once_as_the_schema_says() {
        let choice = |key: &str| Choice {
            key: key.to_owned(),
            title: Label::default(),
            law: None,
        };
        let kind = FieldKind::Choices(vec![choice("a"), choice("b")]);
        assert_eq!(accepts(&kind, &json!(["b", "a"])), Ok(()));
        assert_eq!(accepts(&kind, &json!(["a", "a"])), Err(ValueProblem::Malformed));
        assert_eq!(accepts(&kind, &json!(["c"])), Err(ValueProblem::NotAnOption));
    }
}
