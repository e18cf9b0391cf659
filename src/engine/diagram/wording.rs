//! The words of diagrams: the procedure's own, those of the law, and a few of ours.

use std::collections::BTreeMap;

use crate::{
    clock::{Law, LawRef, Period, period::Unit},
    definition::model::{ClockRule, Definition, Length},
    text::Label,
};

/// The language of a diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    /// This language's half of a label.
    pub fn pick(self, label: &Label) -> &str {
        self.of(&label.zh, &label.en)
    }

    /// One of two texts.
    pub(super) fn of<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// The tag of the language (BCP 47).
    pub fn tag(self) -> &'static str {
        self.of("zh-CN", "en")
    }

    /// Several names in one line.
    pub(super) fn list(self, names: &[&str]) -> String {
        names.join(self.of("、", ", "))
    }
}

/// What a diagram needs to be written in a language.
#[derive(Clone, Copy)]
pub struct Wording<'w> {
    /// The language.
    pub language: Language,
    /// Instruments, for their titles.
    pub law: &'w Law,
    /// Names of the steps (phases) by key; a step without a name is called by its key.
    pub phases: &'w BTreeMap<String, String>,
}

impl Wording<'_> {
    /// The name of a step.
    pub fn phase<'k>(&'k self, key: &'k str) -> &'k str {
        self.phases.get(key).map_or(key, String::as_str)
    }

    /// The name of a role.
    pub(super) fn role<'d>(&self, definition: &'d Definition, role: &'d str) -> &'d str {
        definition
            .roles
            .get(role)
            .map_or(role, |role| self.language.pick(&role.title))
    }

    /// The names of roles in one line; empty without any.
    pub(super) fn roles(&self, definition: &Definition, roles: &[String]) -> String {
        let names: Vec<&str> = roles.iter().map(|role| self.role(definition, role)).collect();
        self.language.list(&names)
    }

    /// An article, with the title of its instrument unless that is `usual`.
    pub(super) fn article(&self, reference: &LawRef, usual: Option<&str>) -> String {
        let article = match self.language {
            Language::Zh => reference.chinese(),
            Language::En => reference.english(),
        };
        if usual == Some(reference.instrument()) {
            return article;
        }
        let title = self.instrument(reference);
        match self.language {
            Language::Zh => format!("《{title}》{article}"),
            Language::En => format!("{title}, {article}"),
        }
    }

    /// The title of an instrument; its key where the pack does not know it.
    pub(super) fn instrument(&self, reference: &LawRef) -> String {
        let known = self.law.cited(reference);
        known.map_or_else(
            |_| reference.instrument().to_owned(),
            |instrument| self.language.pick(&instrument.title).to_owned(),
        )
    }

    /// How long a clock runs; of one that is only waited for, that it is.
    pub(super) fn length(&self, definition: &Definition, clock: &ClockRule) -> String {
        let length = self.span(definition, &clock.length);
        match self.language {
            _ if !clock.waits => length,
            Language::Zh => format!("等待期{length}"),
            Language::En => format!("waiting period, {length}"),
        }
    }

    fn span(&self, definition: &Definition, length: &Length) -> String {
        match length {
            Length::Period(period) => self.period(*period),
            Length::Until(field) => {
                let title = definition
                    .fields
                    .get(field)
                    .map_or(field.as_str(), |field| self.language.pick(&field.title));
                match self.language {
                    Language::Zh => format!("至“{title}”"),
                    Language::En => format!("until “{title}”"),
                }
            }
        }
    }

    /// A period.
    pub(super) fn period(&self, period: Period) -> String {
        let (zh, one, many) = match period.unit() {
            Unit::Hours => ("小时", "hour", "hours"),
            Unit::WorkingDays => ("个工作日", "working day", "working days"),
            Unit::Days => ("日", "day", "days"),
            Unit::Months => ("个月", "month", "months"),
            Unit::Years => ("年", "year", "years"),
        };
        let amount = period.amount();
        match self.language {
            Language::Zh => format!("{amount}{zh}"),
            Language::En => format!("{amount} {}", if amount == 1 { one } else { many }),
        }
    }
}

/// The instrument that most articles of a procedure are of; references to it go without its title.
pub(super) fn usual_instrument(definition: &Definition) -> Option<&LawRef> {
    let clocks = definition.clocks.values().map(|clock| &clock.law);
    let events = definition.events.values().filter_map(|event| event.law.as_ref());
    let all: Vec<&LawRef> = clocks.chain(events).collect();
    let count = |own: &LawRef| {
        all.iter()
            .filter(|other| other.instrument() == own.instrument())
            .count()
    };
    // The first of those that are equally frequent.
    all.iter().rev().copied().max_by_key(|own| count(own))
}
