//! The cases that a case opens and hears of: names resolved within this procedure.
//!
//! What needs the other procedure (its outcomes, states and fields) is checked when the whole pack is there.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::{
    definition::{
        authored::{self, Named},
        compile::Compiler,
        model::{Event, RoleKind},
    },
    text::Label,
};

/// A case that a case of this procedure opens.
#[derive(Clone, Debug, PartialEq)]
pub struct Subcase {
    /// What it is to this case.
    pub title: Label,
    /// Its procedure.
    pub procedure: String,
    /// Kind of the link between the two.
    pub link: String,
    /// What it is filed with: its fields, paired with fields of this case.
    pub with: Vec<(String, String)>,
    /// Whether the filer's identity goes along, kept confidential.
    pub identity: bool,
    /// Sides that go along, by their accounts: its roles, paired with roles of this case.
    pub parties: Vec<(String, String)>,
    /// Field with the organisation that gets it; none: the one that has this case.
    pub to: Option<String>,
    /// Whether this case may close while that one is open.
    pub detached: bool,
    /// Event of this case by outcome of that one.
    pub outcomes: IndexMap<String, String>,
    /// Event of this case by state that the other enters on its way.
    pub mirrors: IndexMap<String, String>,
    /// What comes back with outcomes and mirrored states: fields of this case, paired with fields of the other.
    pub brings: Vec<(String, String)>,
    /// Line in the file.
    pub line: u32,
    /// Lines of its parts, by key: `outcomes.agreed`, `with.amount`.
    pub lines: BTreeMap<String, u32>,
}

/// Where the parts of an entry stand.
fn lines(subcase: &authored::Subcase) -> BTreeMap<String, u32> {
    let lists = [
        ("with", &subcase.with),
        ("parties", &subcase.parties),
        ("outcomes", &subcase.outcomes),
        ("mirrors", &subcase.mirrors),
        ("brings", &subcase.brings),
    ];
    let parts = lists.into_iter().flat_map(|(list, pairs)| {
        let part = move |(key, _): &(Named, Named)| (format!("{list}.{}", key.name), key.place.line);
        pairs.iter().map(part)
    });
    let outcomes = ("outcomes".to_owned(), subcase.outcomes_at.line);
    parts.chain([outcomes]).collect()
}

impl Compiler<'_, '_, '_> {
    /// Compiles one entry; events are checked apart, since effects of events may open it.
    pub(super) fn subcase(&mut self, subcase: &authored::Subcase) -> Subcase {
        let known: Vec<&str> = self.around.procedures.iter().copied().collect();
        if !known.contains(&subcase.procedure.name.as_str()) {
            self.unknown("WF301", "procedure", &subcase.procedure, &known);
        }
        let with = subcase.with.iter().filter_map(|(child, own)| {
            let own = self.given_named(own)?;
            Some((child.name.clone(), own))
        });
        let with = with.collect();
        let parties = subcase.parties.iter();
        let parties = parties.filter_map(|(child, own)| Some((child.name.clone(), self.side_named(own)?)));
        let parties = parties.collect();
        let brings = subcase.brings.iter().filter_map(|(own, child)| {
            let own = self.field_named(own)?;
            Some((own, child.name.clone()))
        });
        let brings = brings.collect();
        let routes = |pairs: &[(Named, Named)]| -> IndexMap<String, String> {
            let routes = pairs.iter();
            routes
                .map(|(from, event)| (from.name.clone(), event.name.clone()))
                .collect()
        };
        Subcase {
            title: subcase.title.clone(),
            procedure: subcase.procedure.name.clone(),
            link: subcase.link.clone(),
            with,
            identity: subcase.identity,
            parties,
            to: subcase.to.as_ref().and_then(|field| self.field_named(field)),
            detached: subcase.detached,
            outcomes: routes(&subcase.outcomes),
            mirrors: routes(&subcase.mirrors),
            brings,
            line: subcase.name.place.line,
            lines: lines(subcase),
        }
    }

    /// A role of this procedure that is a party's.
    fn side_named(&mut self, name: &Named) -> Option<String> {
        let role = self.role_named(name)?;
        if self.roles.get(&role).is_some_and(|role| role.kind != RoleKind::Party) {
            let message = format!("`{role}` is no side of the case");
            let mend = "name a role of kind `party`; staff come with the organisation that gets it";
            self.r.error("WF403", name.place, &name.path, message, mend);
            return None;
        }
        Some(role)
    }

    /// All entries of `subcases`.
    pub(super) fn subcases(&mut self, events: &IndexMap<String, Event>) -> IndexMap<String, Subcase> {
        let authored = self.authored;
        let mut subcases: IndexMap<String, Subcase> = IndexMap::new();
        for subcase in &authored.subcases {
            for (_, event) in subcase.outcomes.iter().chain(&subcase.mirrors) {
                self.event_named(event, events);
            }
            let compiled = self.subcase(subcase);
            if subcases
                .values()
                .any(|s| s.procedure == compiled.procedure && s.link == compiled.link)
            {
                let message = format!("`{}` has the procedure and link of another subcase", subcase.name.name);
                self.r.error(
                    "WF109",
                    subcase.name.place,
                    &subcase.name.path,
                    message,
                    "give it a `link` of its own, by which its outcomes are told apart",
                );
            }
            if !self.used.contains(&format!("subcase {}", subcase.name.name)) {
                let message = format!("subcase `{}` is never opened", subcase.name.name);
                self.r.warning(
                    "WF108",
                    subcase.name.place,
                    &subcase.name.path,
                    message,
                    "open it with `open: ALIAS` or remove it",
                );
            }
            subcases.insert(subcase.name.name.clone(), compiled);
        }
        subcases
    }

    /// An event that this procedure declares, which somebody else raises.
    pub(super) fn event_named(&mut self, name: &Named, events: &IndexMap<String, Event>) -> Option<String> {
        if !events.contains_key(&name.name) {
            let known: Vec<&str> = events.keys().map(String::as_str).collect();
            self.unknown("WF108", "event of this procedure", name, &known);
            return None;
        }
        self.used.insert(format!("event {}", name.name));
        Some(name.name.clone())
    }
}
