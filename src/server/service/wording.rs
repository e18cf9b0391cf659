//! Values in words: what fills the placeholders of notices and documents, and what pages and answers show.

use serde_json::{Value as Json, json};
use time::OffsetDateTime;
use zhengming_engine::{
    clock::local_date,
    decision::Decision,
    definition::model::{Choice, Definition, FieldKind},
    notice::{Values, fill},
};

use crate::{
    access::OrganisationTree,
    store::{CaseRow, OrganisationRow},
};

/// A value of a field in Chinese (`zh`) or English.
#[must_use]
pub fn shown(kind: &FieldKind, value: &Json, zh: bool, organisations: &OrganisationTree) -> String {
    match (kind, value) {
        (FieldKind::Choice(choices), Json::String(key)) => title(choices, key, zh),
        (FieldKind::Choices(choices), Json::Array(keys)) => {
            let words: Vec<String> = keys
                .iter()
                .filter_map(Json::as_str)
                .map(|k| title(choices, k, zh))
                .collect();
            words.join(if zh { "、" } else { ", " })
        }
        (FieldKind::Bool, Json::Bool(yes)) => match (*yes, zh) {
            (true, true) => "是",
            (false, true) => "否",
            (true, false) => "yes",
            (false, false) => "no",
        }
        .to_owned(),
        (FieldKind::Money, Json::Number(fen)) => {
            let fen = fen.as_i64().unwrap_or(0);
            format!("¥{}.{:02}", fen / 100, fen % 100)
        }
        (FieldKind::Organisation { .. }, Json::String(id)) => organisations.get(id).map_or_else(
            || id.clone(),
            |row| if zh { row.name_zh.clone() } else { row.name_en.clone() },
        ),
        (_, Json::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

fn title(choices: &[Choice], key: &str, zh: bool) -> String {
    let choice = choices.iter().find(|c| c.key == key);
    choice.map_or_else(
        || key.to_owned(),
        |c| if zh { c.title.zh.clone() } else { c.title.en.clone() },
    )
}

/// A template filled with the values of one language, as they were when it was sent.
#[must_use]
pub fn filled(template: &str, body: &Json, locale: &str) -> String {
    let values = body
        .get("values")
        .and_then(|v| v.get(locale))
        .cloned()
        .unwrap_or_default();
    fill(template, &serde_json::from_value::<Values>(values).unwrap_or_default())
}

/// A document's own placeholders, and the personal fields that only documents may print.
pub(super) struct DocumentPart<'d> {
    pub(super) number: &'d str,
    pub(super) issued_at: OffsetDateTime,
    pub(super) personal: &'d Json,
}

/// What templates may name beside the case itself.
pub(super) struct Outside<'o> {
    pub(super) organisations: &'o OrganisationTree,
    pub(super) follow_url: &'o str,
}

/// What fills the placeholders of notices and documents, in both languages.
pub(super) fn placeholder_values(
    definition: &Definition,
    case: &CaseRow,
    decision: &Decision,
    outside: &Outside<'_>,
    document: Option<&DocumentPart<'_>>,
) -> Json {
    let organisations = outside.organisations;
    let one = |zh: bool| -> Values {
        let mut values = Values::new();
        let pick = |title: &zhengming_engine::text::Label| if zh { title.zh.clone() } else { title.en.clone() };
        values.insert("case.number".to_owned(), case.number.clone());
        values.insert("receipt.link".to_owned(), outside.follow_url.to_owned());
        values.insert("case.title".to_owned(), pick(&definition.title));
        values.insert("case.filed".to_owned(), day(case.filed_at));
        let organisation = organisations.get(&case.organisation_id);
        let name = organisation.map(|o| if zh { o.name_zh.clone() } else { o.name_en.clone() });
        values.insert("organisation".to_owned(), name.unwrap_or_default());
        for (name, clock) in &decision.clocks {
            if let Some(due) = clock.due.at() {
                values.insert(format!("clock.{name}.due"), due.due_date.to_string());
            }
        }
        let end = |date: Option<time::Date>| date.map_or_else(|| "…".to_owned(), |date| date.to_string());
        let moved = decision.moved.iter().map(|moved| {
            let title = definition.clocks.get(&moved.clock).map(|rule| pick(&rule.title));
            let title = title.unwrap_or_else(|| moved.clock.clone());
            format!(
                "{title}{}{} → {}",
                if zh { "：" } else { ": " },
                end(moved.from),
                end(moved.to)
            )
        });
        let moved: Vec<String> = moved.collect();
        if !moved.is_empty() {
            values.insert("deadlines.moved".to_owned(), moved.join(if zh { "；" } else { "; " }));
        }
        let mut fields = |map: &serde_json::Map<String, Json>| {
            for (name, value) in map {
                if let Some(field) = definition.fields.get(name) {
                    values.insert(format!("field.{name}"), shown(&field.kind, value, zh, organisations));
                }
            }
        };
        fields(&decision.data);
        if let Some(Json::Object(personal)) = document.map(|d| d.personal) {
            fields(personal);
        }
        if let Some(document) = document {
            values.insert("document.number".to_owned(), document.number.to_owned());
            values.insert("document.date".to_owned(), day(document.issued_at));
        }
        values
    };
    json!({ "zh": one(true), "en": one(false) })
}

/// A day in Asia/Shanghai.
#[must_use]
pub fn day(at: OffsetDateTime) -> String {
    local_date(at).map(|d| d.to_string()).unwrap_or_default()
}

/// Number of a document (发文字号): code of the issuing authority (机关代字), year, place, serial number.
pub(super) fn document_number(office: Option<&OrganisationRow>, year: i32, serial: i64) -> String {
    let code = match office.map(|row| row.kind.as_str()) {
        Some("police") => "公",
        Some("procuratorate") => "检",
        Some("court") => "法",
        _ => "市监",
    };
    let place = office.map_or("", |row| row.division_code.as_str());
    format!("{code}﹝{year}﹞{place}第{serial}号")
}
