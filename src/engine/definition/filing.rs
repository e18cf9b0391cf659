//! How a case is filed, and who gets it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use super::{
    authored::{self, Named},
    compile::Compiler,
    effect,
    model::{EffectRule, Field, RoleKind, Storage},
};
use crate::{
    clock::LawRef,
    form,
    guard::{Facts, Guard},
    text::Label,
};

/// Who takes filings in where the file does not say: market regulation runs the service.
pub const USUAL_RECEIVER: &str = "market_regulation";

/// How a person may file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingMode {
    /// With a name that the handling office sees.
    Named,
    /// With a name that only an audited, purpose-bound call shows.
    Confidential,
    /// Without any name.
    Anonymous,
}

/// Whom a procedure serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Who bought something, or saw something.
    Consumers,
    /// Who owns or may use a mark.
    RightHolders,
    /// The sides of a dispute.
    Disputants,
    /// Traders on whom something was imposed.
    Businesses,
    /// Officers.
    Offices,
}

/// The form that opens a case.
#[derive(Clone, Debug)]
pub struct Filing {
    /// Who files.
    pub by: Vec<String>,
    /// Allowed modes, the first is the default.
    pub modes: Vec<FilingMode>,
    /// Who files this way, and what for: what a person reads before the form.
    pub hint: Option<Label>,
    /// Whom it serves.
    pub audience: Audience,
    /// The answer that names the organisation which gets the case; without one, one of `received_by` does.
    pub to: Option<String>,
    /// The answer that names the day on which something came that is registered later: that is the filing day then.
    pub received: Option<String>,
    /// Kinds of organisations that take filings of the public in, the first that the installation has.
    pub received_by: Vec<String>,
    /// One thing per page.
    pub pages: Vec<Page>,
    /// What happens on filing.
    pub effects: Vec<EffectRule>,
    /// The rule that allows it.
    pub law: Option<LawRef>,
}

impl Filing {
    /// All asked fields, page after page, those of pages for some roles too.
    pub fn form(&self) -> impl Iterator<Item = &FormField> {
        self.pages.iter().flat_map(|page| page.fields.iter())
    }
}

/// A page of the filing form.
#[derive(Clone, Debug)]
pub struct Page {
    /// Stable key, used in the address.
    pub key: String,
    /// Heading.
    pub title: Label,
    /// Help under the heading.
    pub hint: Option<Label>,
    /// Roles that are asked it, of those that file; empty: all are.
    pub by: Vec<String>,
    /// For which answers to the pages before it is asked; none: for all.
    pub when: Option<Guard>,
    /// What is asked. Nothing is required of a page that is asked under a condition: a case may come without it.
    pub fields: Vec<FormField>,
    /// Fields of a page asked under a condition that must be answered where it is asked.
    pub needed: BTreeSet<String>,
}

/// Answers to a form, as conditions of its later pages see them.
#[derive(Debug, Default)]
pub(crate) struct Told<'a>(BTreeMap<&'a str, &'a Json>);

impl<'a> Told<'a> {
    /// Adds the answer to a question, if there is one that fits.
    pub(crate) fn add(&mut self, name: &'a str, field: Option<&Field>, answer: Option<&'a Json>) {
        if let (Some(field), Some(answer)) = (field, answer)
            && form::accepts(&field.kind, answer).is_ok()
        {
            self.0.insert(name, answer);
        }
    }
}

impl Facts for Told<'_> {
    fn field(&self, name: &str) -> Option<&Json> {
        self.0.get(name).copied()
    }
    fn expired(&self, _: &str) -> bool {
        false
    }
    fn running(&self, _: &str) -> bool {
        false
    }
    fn holds(&self, _: &str) -> bool {
        false
    }
    fn by(&self, _: &str) -> bool {
        false
    }
    fn active(&self, _: &str) -> bool {
        false
    }
}

/// A field asked by a form.
#[derive(Clone, Debug)]
pub struct FormField {
    /// Its name in [`Definition::fields`](super::model::Definition::fields).
    pub field: String,
    /// Whether an answer is required.
    pub required: bool,
}

impl Compiler<'_, '_, '_> {
    /// A page for some of those who file: they file, and the others lack nothing without it.
    fn page_for_some(&mut self, filing: &authored::Filing, page: &Page, source: &authored::Page) {
        for role in &source.by {
            if !filing.by.iter().any(|files| files.name == role.name) {
                let message = format!("`{}` does not file, so nobody is asked this page", role.name);
                let mend = "name roles of `filing.by`";
                self.r.error("WF403", role.place, &role.path, message, mend);
            }
        }
        if let Some(asked) = page.fields.iter().find(|asked| asked.required && !page.by.is_empty()) {
            let message = format!("`{}` must be answered, and only some who file are asked", asked.field);
            let (place, path) = (source.key.place, &source.key.path);
            let mend = format!("write `\"{}?\"`, or ask it on a page without `by`", asked.field);
            self.r.error("WF004", place, path, message, &mend);
        }
    }

    /// What a person answers who files for themselves they may read afterwards.
    fn answers_hidden(&mut self, filing: &authored::Filing, page: &authored::Page) {
        let by = if page.by.is_empty() { &filing.by } else { &page.by };
        let party = |role: &&Named| {
            self.roles
                .get(&role.name)
                .is_some_and(|role| role.kind == RoleKind::Party)
        };
        for name in &page.form {
            let field = self.fields.get(name.name.trim_end_matches('?'));
            let Some(field) = field.filter(|field| field.storage != Storage::Identity) else {
                continue;
            };
            let Some(role) = by.iter().filter(party).find(|role| !field.readers.contains(&role.name)) else {
                continue;
            };
            let message = format!(
                "`{}` files and is asked `{}`, and may not read it afterwards",
                role.name, name.name
            );
            let mend = format!(
                "add `{}` to the `readers` of the field, or ask it on a page for staff",
                role.name
            );
            self.r.warning("WF504", name.place, &name.path, message, &mend);
        }
    }

    /// The filing day decides which law applies: only staff tell another than today.
    fn received_by_staff(&mut self, filing: &authored::Filing, pages: &[Page]) {
        let Some(received) = &filing.received else { return };
        let staff = |role: &String| self.roles.get(role).is_some_and(|role| role.kind == RoleKind::Staff);
        let asks = |page: &&Page| page.fields.iter().any(|asked| asked.field == received.name);
        let open = pages
            .iter()
            .filter(asks)
            .any(|page| page.by.is_empty() || !page.by.iter().all(staff));
        if open {
            let message = format!(
                "everybody who is asked `{}` could choose the filing day, and with it the law",
                received.name
            );
            let mend = "ask for it on a page whose `by` names staff alone";
            self.r.error("WF422", received.place, &received.path, message, mend);
        }
    }

    /// The pages, each with its condition, which sees the answers to those before it.
    fn pages(&mut self, filing: &authored::Filing) -> Vec<Page> {
        let mut before: Vec<FormField> = Vec::new();
        let mut pages = Vec::new();
        for page in &filing.pages {
            let mut fields = self.form(&page.form);
            let mut needed = BTreeSet::new();
            let when = page.when.as_ref().and_then(|when| self.page_condition(when, &before));
            if page.when.is_some() {
                for asked in fields.iter_mut().filter(|asked| asked.required) {
                    asked.required = false;
                    needed.insert(asked.field.clone());
                }
            }
            before.extend(fields.iter().cloned());
            pages.push(Page {
                key: page.key.name.clone(),
                title: page.title.clone(),
                hint: page.hint.clone(),
                by: self.roles_named(&page.by),
                when,
                fields,
                needed,
            });
        }
        pages
    }

    /// A condition under which a page is asked: of answers alone, and of those that were given by then.
    fn page_condition(&mut self, when: &Named, before: &[FormField]) -> Option<Guard> {
        let guard = self.guard(when, before)?;
        if !guard.asks_answers_alone() {
            let message = format!("`{}` asks for more than answers, and there is no case yet", when.name);
            let mend = "ask for `data.FIELD` of the pages before this one";
            self.r.error("WF004", when.place, &when.path, message, mend);
        }
        for field in guard.fields() {
            if !before.iter().any(|asked| asked.field == field) {
                let message = format!("`{field}` is not asked before this page, so the condition never holds");
                let mend = format!("ask `{field}` on a page before it");
                self.r.error("WF112", when.place, &when.path, message, &mend);
            }
        }
        Some(guard)
    }

    /// The form as a whole.
    pub(super) fn filing(&mut self, filing: &authored::Filing) -> Filing {
        let pages = self.pages(filing);
        let mut asked = BTreeSet::new();
        for (page, source) in pages.iter().zip(&filing.pages) {
            self.page_for_some(filing, page, source);
            self.answers_hidden(filing, source);
            for field in &page.fields {
                if !asked.insert(field.field.clone()) {
                    let message = format!("`{}` is asked on two pages", field.field);
                    self.r
                        .error("WF109", source.key.place, &source.key.path, message, "ask it once");
                }
            }
        }
        if filing.by.is_empty() {
            let message = "nobody may file".to_owned();
            self.r
                .error("WF403", filing.by_at, "filing.by", message, "add `by:` with a party");
        }
        if let Some(to) = filing.to.as_ref().filter(|to| !asked.contains(&to.name)) {
            let message = format!("`{}` is to get the case, and no page asks for it", to.name);
            self.r
                .error("WF422", to.place, &to.path, message, "ask for it on a page of the form");
        }
        if let Some(received) = filing.received.as_ref().filter(|field| !asked.contains(&field.name)) {
            let message = format!("`{}` is the filing day, and no page asks for it", received.name);
            self.r.error(
                "WF422",
                received.place,
                &received.path,
                message,
                "ask for it on a page of the form",
            );
        }
        self.received_by_staff(filing, &pages);
        let named: Vec<String> = filing.received_by.iter().map(|kind| kind.name.clone()).collect();
        let by = self.roles_named(&filing.by);
        let is_party = |role: &String| self.roles.get(role).is_some_and(|r| r.kind == RoleKind::Party);
        let usual = if by.iter().any(is_party) {
            Audience::Consumers
        } else {
            Audience::Offices
        };
        Filing {
            audience: filing.audience.unwrap_or(usual),
            by,
            modes: filing.modes.clone(),
            hint: filing.hint.clone(),
            to: filing.to.as_ref().and_then(|field| self.field_named(field)),
            received: filing.received.as_ref().and_then(|field| self.field_named(field)),
            received_by: if named.is_empty() {
                vec![USUAL_RECEIVER.to_owned()]
            } else {
                named
            },
            effects: effect::compile(self, &filing.effects),
            law: self.maybe_law(filing.law.as_ref()),
            pages,
        }
    }
}
