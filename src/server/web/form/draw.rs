//! Fields as they stand on a page.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use zhengming_engine::{
    definition::model::{Choice, Definition, FieldKind, FormField},
    pack::Pack,
};

use super::Complaint;
use crate::{
    access::OrganisationTree,
    service::{choices::Candidate, wording::Called},
    web::page::Words,
};

/// One field of a form.
pub(in crate::web) struct Question {
    pub(in crate::web) name: String,
    pub(in crate::web) label: String,
    pub(in crate::web) hint: Option<String>,
    /// The rule that asks for it.
    pub(in crate::web) law: Option<String>,
    pub(in crate::web) optional: bool,
    pub(in crate::web) error: Option<String>,
    /// What the law proposes as the answer.
    pub(in crate::web) advice: Option<Advice>,
    pub(in crate::web) control: Control,
}

/// What the law proposes as an answer, above the field.
pub(in crate::web) struct Advice {
    /// The rule in words.
    pub(in crate::web) reason: String,
    /// Where it stands.
    pub(in crate::web) law: String,
    /// Places by name, each with the office there or why none is named.
    pub(in crate::web) seats: Vec<(String, String)>,
    /// What holds because there are several: words and article.
    pub(in crate::web) several: Option<(String, String)>,
}

/// How it is answered.
pub(in crate::web) enum Control {
    /// One line.
    Line(Line),
    /// Several lines.
    Lines { value: String },
    /// A day as three numbers.
    Date { parts: Vec<DatePart> },
    /// Radio buttons, or boxes to tick where several may be chosen.
    Options { many: bool, options: Vec<Entry> },
    /// A list that folds out.
    Select { options: Vec<Entry> },
}

impl Control {
    /// A day as far as it was typed: `year-month-day`.
    pub(in crate::web) fn day(words: Words, typed: &str) -> Self {
        Self::Date {
            parts: date_parts(words, typed),
        }
    }
}

/// What a one-line field is like.
pub(in crate::web) struct Line {
    pub(in crate::web) value: String,
    /// `type` of the input.
    pub(in crate::web) kind: &'static str,
    /// Keyboard of telephones.
    pub(in crate::web) mode: &'static str,
    /// What browsers may fill in (HTML, autofill field names).
    pub(in crate::web) autocomplete: &'static str,
    /// Class that sets the width.
    pub(in crate::web) width: &'static str,
    /// Whether it is an amount of money.
    pub(in crate::web) money: bool,
}

impl Line {
    /// Text that browsers do not fill in.
    pub(in crate::web) fn text(value: &str, width: &'static str) -> Self {
        Self {
            value: value.to_owned(),
            kind: "text",
            mode: "text",
            autocomplete: "off",
            width,
            money: false,
        }
    }
}

/// A number of a day.
pub(in crate::web) struct DatePart {
    pub(in crate::web) key: &'static str,
    pub(in crate::web) label: String,
    pub(in crate::web) value: String,
    pub(in crate::web) wide: bool,
}

/// An entry of a list.
pub(in crate::web) struct Entry {
    pub(in crate::web) value: String,
    pub(in crate::web) label: String,
    pub(in crate::web) law: Option<String>,
    pub(in crate::web) chosen: bool,
}

impl Question {
    /// One that must be answered, with nothing beside its label but what is wrong with the answer.
    pub(in crate::web) fn plain(name: &str, label: String, control: Control, complaints: &[Complaint]) -> Self {
        Self {
            name: name.to_owned(),
            label,
            hint: None,
            law: None,
            optional: false,
            error: Complaint::of(complaints, name).map(str::to_owned),
            advice: None,
            control,
        }
    }

    /// Ids of the texts that describe the field, for `aria-describedby`.
    pub(in crate::web) fn described(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("h-{}", self.name));
        let advice = self.advice.as_ref().map(|_| format!("a-{}", self.name));
        let error = self.error.as_ref().map(|_| format!("e-{}", self.name));
        [hint, advice, error]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether it is a group of inputs with a legend.
    pub(in crate::web) fn grouped(&self) -> bool {
        matches!(self.control, Control::Date { .. } | Control::Options { .. })
    }
}

/// What drawing needs besides the definition.
pub(in crate::web) struct Around<'a> {
    pub(in crate::web) words: Words,
    pub(in crate::web) pack: &'a Pack,
    pub(in crate::web) organisations: &'a OrganisationTree,
    /// The people and organisations among which fields pick, by field.
    pub(in crate::web) candidates: &'a BTreeMap<String, Vec<Candidate>>,
}

/// The asked fields with the answers so far and what is wrong with them.
pub(in crate::web) fn questions(
    around: &Around<'_>,
    definition: &Definition,
    asked: &[FormField],
    values: &Map<String, Json>,
    complaints: &[Complaint],
) -> Vec<Question> {
    asked
        .iter()
        .filter_map(|form_field| {
            let name = &form_field.field;
            let field = definition.fields.get(name)?;
            let limit = match field.kind {
                FieldKind::LongText { max } => Some(around.words.with(
                    "portal-form-limit",
                    "max",
                    i64::try_from(max).unwrap_or(i64::MAX),
                )),
                _ => None,
            };
            let hint = field.hint.as_ref().map(|hint| around.words.pick(hint).to_owned());
            Some(Question {
                hint: [hint, limit].into_iter().flatten().reduce(|a, b| format!("{a} {b}")),
                law: field.law.as_ref().map(|law| around.words.law(&around.pack.law, law)),
                optional: !form_field.required,
                ..Question::plain(
                    name,
                    around.words.pick(&field.title).to_owned(),
                    control(around, name, &field.kind, values.get(name)),
                    complaints,
                )
            })
        })
        .collect()
}

fn control(around: &Around<'_>, name: &str, kind: &FieldKind, value: Option<&Json>) -> Control {
    let words = around.words;
    let text = || value.and_then(Json::as_str).unwrap_or_default().to_owned();
    let line = |kind, mode, width, value| {
        Control::Line(Line {
            value,
            kind,
            mode,
            autocomplete: autocomplete(name),
            width,
            money: false,
        })
    };
    match kind {
        FieldKind::Text { max } => line("text", "text", if *max <= 60 { "short" } else { "long" }, text()),
        FieldKind::LongText { .. } => Control::Lines { value: text() },
        FieldKind::Phone => line("tel", "tel", "medium", text()),
        FieldKind::Mail => line("email", "email", "long", text()),
        FieldKind::Integer { .. } => line(
            "text",
            "numeric",
            "short",
            value.and_then(Json::as_i64).map_or_else(text, |n| n.to_string()),
        ),
        FieldKind::Money => {
            let value = value.and_then(Json::as_i64).map_or_else(text, yuan);
            Control::Line(Line {
                value,
                kind: "text",
                mode: "decimal",
                autocomplete: "off",
                width: "short",
                money: true,
            })
        }
        FieldKind::Date { .. } => Control::day(words, &text()),
        FieldKind::Bool => {
            let chosen = value.and_then(Json::as_bool);
            let entry = |key: &str, yes| Entry {
                value: key.to_owned(),
                label: words.t(if yes { "portal-yes" } else { "portal-no" }),
                law: None,
                chosen: chosen == Some(yes),
            };
            Control::Options {
                many: false,
                options: vec![entry("yes", true), entry("no", false)],
            }
        }
        FieldKind::Choice(choices) => {
            let chosen = text();
            Control::Options {
                many: false,
                options: entries(around, choices, &|key| key == chosen),
            }
        }
        FieldKind::Choices(choices) => {
            let chosen: Vec<&str> = value
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .collect();
            Control::Options {
                many: true,
                options: entries(around, choices, &|key| chosen.contains(&key)),
            }
        }
        FieldKind::Division => {
            let chosen = text();
            let mut named = Called::new(around.pack, around.organisations).divisions(words.0.is_zh());
            // Most people name a place near the offices that are here: it stood behind sixteen provinces.
            let near = |code: &str| around.organisations.iter().any(|row| row.division_code == code);
            named.sort_by_key(|(code, _)| !near(code));
            let options = named.into_iter().map(|(code, name)| Entry {
                chosen: code == chosen,
                value: code,
                label: name,
                law: None,
            });
            Control::Select {
                options: options.collect(),
            }
        }
        FieldKind::Organisation { .. } | FieldKind::Account { .. } => {
            let chosen = text();
            let candidates = around.candidates.get(name).into_iter().flatten();
            let called = |candidate: &Candidate| {
                let name = words.pick(&candidate.name).to_owned();
                if candidate.deserted {
                    words.with("portal-office-deserted", "name", name)
                } else {
                    name
                }
            };
            let options = candidates.map(|candidate| Entry {
                value: candidate.key.clone(),
                label: called(candidate),
                law: None,
                chosen: candidate.key == chosen,
            });
            Control::Select {
                options: options.collect(),
            }
        }
    }
}

fn entries(around: &Around<'_>, choices: &[Choice], chosen: &dyn Fn(&str) -> bool) -> Vec<Entry> {
    let entry = |choice: &Choice| Entry {
        value: choice.key.clone(),
        label: around.words.pick(&choice.title).to_owned(),
        law: choice.law.as_ref().map(|law| around.words.law(&around.pack.law, law)),
        chosen: chosen(&choice.key),
    };
    choices.iter().map(entry).collect()
}

/// Fen as yuan, the way they are typed: without decimals where there are none.
fn yuan(fen: i64) -> String {
    if fen % 100 == 0 {
        (fen / 100).to_string()
    } else {
        format!("{}.{:02}", fen / 100, fen % 100)
    }
}

/// The parts in the order of the language: year first in Chinese, day first in English.
fn date_parts(words: Words, value: &str) -> Vec<DatePart> {
    let mut typed = value.splitn(3, '-').map(|part| match part.trim_start_matches('0') {
        "" => String::new(),
        digits => digits.to_owned(),
    });
    let mut part = |key: &'static str, label: &str, wide| DatePart {
        key,
        label: words.t(label),
        value: typed.next().unwrap_or_default(),
        wide,
    };
    let mut parts = vec![
        part("year", "portal-form-year", true),
        part("month", "portal-form-month", false),
        part("day", "portal-form-day", false),
    ];
    if !words.0.is_zh() {
        parts.reverse();
    }
    parts
}

/// What browsers may fill in, for the fields about the visitor (WCAG 2.2, 1.3.5).
fn autocomplete(name: &str) -> &'static str {
    match name {
        "filer_name" => "name",
        "filer_phone" => "tel",
        "filer_mail" => "email",
        "filer_address" => "street-address",
        _ => "off",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn fen_are_shown_as_they_are_typed() {
        assert_eq!(
            (yuan(360_000), yuan(1_250), yuan(9)),
            ("3600".to_owned(), "12.50".to_owned(), "0.09".to_owned())
        );
    }

    #[test]
    fn the_parts_of_a_day_follow_the_language() {
        let order = |locale| -> Vec<(&str, String)> {
            date_parts(Words(locale), "2026-04-05")
                .into_iter()
                .map(|p| (p.key, p.value))
                .collect()
        };
        let part = |key, value: &str| (key, value.to_owned());
        assert_eq!(
            order(Locale::Zh),
            [part("year", "2026"), part("month", "4"), part("day", "5")]
        );
        assert_eq!(
            order(Locale::En),
            [part("day", "5"), part("month", "4"), part("year", "2026")]
        );
    }
}
