//! From the text of a sent form to the values that the engine checks.

use serde_json::{Map, Value as Json, json};
use zhengming_engine::definition::model::{Definition, FieldKind, FormField};

use crate::web::visit::Answers;

/// The answers to the asked fields. What cannot be read as its type stays as it was typed: the engine refuses it and the
/// form shows it again.
pub(in crate::web) fn read(definition: &Definition, asked: &[FormField], answers: &Answers) -> Map<String, Json> {
    let mut values = Map::new();
    for form_field in asked {
        let name = &form_field.field;
        let Some(field) = definition.fields.get(name) else {
            continue;
        };
        let value = match &field.kind {
            FieldKind::Choices(_) => {
                let chosen: Vec<&str> = answers.all(name).collect();
                if chosen.is_empty() { None } else { Some(json!(chosen)) }
            }
            FieldKind::Date { .. } => typed_day(answers, name).map(Json::String),
            kind => answers
                .first(name)
                .map(clean)
                .filter(|text| !text.is_empty())
                .map(|text| typed(kind, text)),
        };
        if let Some(value) = value {
            values.insert(name.clone(), value);
        }
    }
    values
}

/// Trimmed, with the line ends of browsers made plain.
fn clean(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

fn typed(kind: &FieldKind, text: String) -> Json {
    match kind {
        FieldKind::Bool => match text.as_str() {
            "yes" => Json::Bool(true),
            "no" => Json::Bool(false),
            _ => Json::String(text),
        },
        FieldKind::Integer { .. } => text.parse::<i64>().map_or(Json::String(text), |number| json!(number)),
        FieldKind::Money => fen(&text).map_or(Json::String(text), |fen| json!(fen)),
        _ => Json::String(text),
    }
}

/// Yuan with at most two decimals as fen; grouping commas and the sign ¥ may be there.
pub(in crate::web) fn fen(text: &str) -> Option<i64> {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | '，' | '¥' | '￥' | ' ' | '元'))
        .collect();
    let (yuan, rest) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if yuan.is_empty() || !digits(yuan) || !digits(rest) || rest.len() > 2 {
        return None;
    }
    let yuan: i64 = yuan.parse().ok()?;
    let cents: i64 = format!("{rest:0<2}").parse().ok()?;
    yuan.checked_mul(100)?.checked_add(cents)
}

/// A day asked as three numbers, or as one ISO date. Parts that make no date stay as typed, joined by hyphens.
pub(in crate::web) fn typed_day(answers: &Answers, name: &str) -> Option<String> {
    if let Some(whole) = answers.first(name).map(clean).filter(|text| !text.is_empty()) {
        return Some(whole);
    }
    let part = |suffix: &str| clean(answers.first(&format!("{name}.{suffix}")).unwrap_or_default());
    let parts = [part("year"), part("month"), part("day")];
    if parts.iter().all(String::is_empty) {
        return None;
    }
    let [year, month, day] = &parts;
    Some(format!("{year}-{month:0>2}-{day:0>2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_become_fen_without_floating_point() {
        let cases = [
            ("12", Some(1_200)),
            ("12.5", Some(1_250)),
            ("0.29", Some(29)),
            ("¥1,234.56", Some(123_456)),
            ("3600元", Some(360_000)),
            ("", None),
            ("1.234", None),
            ("-1", None),
            ("1e3", None),
            (".5", None),
            ("99999999999999999999", None),
        ];
        for (text, fen_wanted) in cases {
            assert_eq!(fen(text), fen_wanted, "{text}");
        }
    }

    #[test]
    fn three_numbers_make_a_day() {
        let answers =
            |pairs: &[(&str, &str)]| Answers(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
        let full = answers(&[("on.year", "2026"), ("on.month", "4"), ("on.day", " 5 ")]);
        let day = |answers: &Answers| typed_day(answers, "on");
        assert_eq!(day(&full).as_deref(), Some("2026-04-05"));
        assert_eq!(
            day(&answers(&[("on.year", ""), ("on.month", ""), ("on.day", "")])),
            None
        );
        assert_eq!(day(&answers(&[("on.year", "2026")])).as_deref(), Some("2026-00-00"));
    }
}
