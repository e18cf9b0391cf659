//! Conditions in words, for people who do not read CEL.

use super::{Comparison, Guard, Literal, Term, Tree};
use crate::{
    definition::model::{Choice, Definition, FieldKind},
    text::{Label, short_yuan},
};

impl Guard {
    /// The condition in Chinese and English, with the names that the procedure gives its fields, choices, clocks and roles.
    pub fn in_words(&self, definition: &Definition) -> Label {
        let words = |zh: bool| Words { definition, zh }.say(&self.tree, false);
        Label {
            zh: words(true),
            en: words(false),
        }
    }
}

struct Words<'d> {
    definition: &'d Definition,
    zh: bool,
}

impl Words<'_> {
    fn of(&self, zh: String, en: String) -> String {
        if self.zh { zh } else { en }
    }

    fn pick<'l>(&self, label: &'l Label) -> &'l str {
        if self.zh { &label.zh } else { &label.en }
    }

    fn quoted(&self, name: &str) -> String {
        format!("“{name}”")
    }

    fn field(&self, name: &str) -> String {
        let field = self.definition.fields.get(name);
        self.quoted(field.map_or(name, |field| self.pick(&field.title)))
    }

    fn clock(&self, name: &str) -> String {
        let clock = self.definition.clocks.get(name);
        self.quoted(clock.map_or(name, |clock| self.pick(&clock.title)))
    }

    fn role(&self, name: &str) -> String {
        let role = self.definition.roles.get(name);
        role.map_or_else(|| name.to_owned(), |role| self.pick(&role.title).to_owned())
    }

    fn state(&self, name: &str) -> String {
        let state = self.definition.state(name).and_then(|ix| self.definition.at(ix));
        self.quoted(state.map_or(name, |state| self.pick(&state.title)))
    }

    /// A condition; in brackets if it is a part of another and has parts itself.
    fn say(&self, tree: &Tree, part: bool) -> String {
        match tree {
            Tree::Constant(true) => self.of("总是".to_owned(), "always".to_owned()),
            Tree::Constant(false) => self.of("从不".to_owned(), "never".to_owned()),
            Tree::Flag(name) => {
                let field = self.field(name);
                self.of(format!("{field}为是"), format!("{field}: yes"))
            }
            Tree::Has(name) => {
                let field = self.field(name);
                self.of(format!("已填写{field}"), format!("{field} is given"))
            }
            Tree::Not(inner) => self.deny(inner),
            // `has(x) && x …` is one condition for whoever reads it.
            Tree::And(a, b) if is_presence_of(a, b) => self.say(b, part),
            Tree::And(a, b) => {
                let (a, b) = (self.say(a, true), self.say(b, true));
                self.bracketed(self.of(format!("{a}，并且{b}"), format!("{a} and {b}")), part)
            }
            Tree::Or(a, b) => {
                let (a, b) = (self.say(a, true), self.say(b, true));
                self.bracketed(self.of(format!("{a}，或者{b}"), format!("{a} or {b}")), part)
            }
            Tree::Compare(how, a, b) => self.compare(*how, a, b),
            Tree::In(term, list) => {
                let values: Vec<String> = list.iter().map(|value| self.literal(value, Some(term))).collect();
                let (term, values) = (self.term(term, None), values.join(if self.zh { "、" } else { ", " }));
                self.of(format!("{term}是{values}之一"), format!("{term} is one of {values}"))
            }
            Tree::Contains(name, value) => {
                let value = self.literal(value, Some(&Term::Field(name.clone())));
                let field = self.field(name);
                self.of(format!("{field}包括{value}"), format!("{field} include {value}"))
            }
            Tree::Expired(name) => {
                let clock = self.clock(name);
                self.of(format!("期限{clock}已届满"), format!("the period {clock} has expired"))
            }
            Tree::Running(name) => {
                let clock = self.clock(name);
                self.of(format!("期限{clock}正在计算"), format!("the period {clock} runs"))
            }
            Tree::Holds(name) => {
                let role = self.role(name);
                self.of(format!("本案已有{role}"), format!("the case has a {role}"))
            }
            Tree::By(name) => {
                let role = self.role(name);
                self.of(format!("由{role}提出"), format!("sent by: {role}"))
            }
            Tree::Active(name) => {
                let state = self.state(name);
                self.of(format!("处于{state}"), format!("the case is in {state}"))
            }
        }
    }

    fn bracketed(&self, text: String, part: bool) -> String {
        match (part, self.zh) {
            (false, _) => text,
            (true, true) => format!("（{text}）"),
            (true, false) => format!("({text})"),
        }
    }

    fn deny(&self, tree: &Tree) -> String {
        match tree {
            Tree::Flag(name) => {
                let field = self.field(name);
                self.of(format!("{field}为否"), format!("{field}: no"))
            }
            Tree::Has(name) => {
                let field = self.field(name);
                self.of(format!("未填写{field}"), format!("{field} is not given"))
            }
            Tree::Holds(name) => {
                let role = self.role(name);
                self.of(format!("本案没有{role}"), format!("the case has no {role}"))
            }
            Tree::Not(inner) => self.say(inner, true),
            other => {
                let inner = self.say(other, true);
                self.of(format!("并非{inner}"), format!("not {inner}"))
            }
        }
    }

    fn compare(&self, how: Comparison, a: &Term, b: &Term) -> String {
        let (left, right) = (self.term(a, Some(b)), self.term(b, Some(a)));
        let (zh, en) = match how {
            Comparison::Equal => ("是", "is"),
            Comparison::NotEqual => ("不是", "is not"),
            Comparison::Less => ("小于（早于）", "is less (earlier) than"),
            Comparison::LessOrEqual => ("不大于（不晚于）", "is at most (not later than)"),
            Comparison::Greater => ("大于（晚于）", "is more (later) than"),
            Comparison::GreaterOrEqual => ("不小于（不早于）", "is at least (not earlier than)"),
        };
        self.of(format!("{left}{zh}{right}"), format!("{left} {en} {right}"))
    }

    fn term(&self, term: &Term, other: Option<&Term>) -> String {
        match term {
            Term::Field(name) => self.field(name),
            Term::Times(factor, name) => {
                let field = self.field(name);
                self.of(format!("{field}的{factor}倍"), format!("{factor} times {field}"))
            }
            Term::Literal(value) => self.literal(value, other),
        }
    }

    /// A value as the field that it is compared with shows it.
    fn literal(&self, value: &Literal, of: Option<&Term>) -> String {
        let kind = match of {
            Some(term) => term
                .times()
                .and_then(|(_, name)| self.definition.fields.get(name))
                .map(|field| &field.kind),
            None => None,
        };
        match (value, kind) {
            (Literal::Bool(value), _) => {
                let (zh, en) = if *value { ("是", "yes") } else { ("否", "no") };
                self.of(zh.to_owned(), en.to_owned())
            }
            (Literal::Integer(fen), Some(FieldKind::Money)) => {
                let yuan = short_yuan(*fen);
                self.of(format!("{yuan}元"), format!("CNY {yuan}"))
            }
            (Literal::Integer(value), _) => value.to_string(),
            (Literal::Text(key), Some(FieldKind::Choice(choices) | FieldKind::Choices(choices))) => {
                self.quoted(self.choice(choices, key))
            }
            (Literal::Text(text), _) => text.clone(),
        }
    }

    fn choice<'c>(&self, choices: &'c [Choice], key: &'c str) -> &'c str {
        let choice = choices.iter().find(|choice| choice.key == key);
        choice.map_or(key, |choice| self.pick(&choice.title))
    }
}

/// Whether the first only says that a field has a value which the second reads anyway.
fn is_presence_of(a: &Tree, b: &Tree) -> bool {
    let Tree::Has(name) = a else { return false };
    let field = |term: &Term| term.times().is_some_and(|(_, own)| own == name);
    match b {
        Tree::Flag(own) | Tree::Contains(own, _) => own == name,
        Tree::Compare(_, a, b) => field(a) || field(b),
        Tree::In(term, _) => field(term),
        _ => false,
    }
}
