//! From a file as written to a [`Definition`]: names resolved, guards compiled, every defect reported.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::{
    chart::{Chart, Shape},
    clock::Law,
    decision::RESERVED_KINDS,
    definition::{
        act::Act,
        authored::{self, Named},
        decode, effect,
        model::{
            ALWAYS, Approval, Branch, ClockRule, Confidential, DONE, Definition, Event, Field, FiledRange, FormField,
            Lines, Requirement, Role, RoleKind, State, StateIx,
        },
        names,
        source::{Node, Reader, is_id},
        tree::{Flat, Visible, flatten},
    },
    guard::Guard,
    notice::DocumentKind,
    text::Label,
};

/// What a procedure may refer to outside its own file.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// Instruments and calendar.
    pub law: &'a Law,
    /// Keys of the notices.
    pub notices: BTreeSet<&'a str>,
    /// Documents by key.
    pub documents: BTreeMap<&'a str, &'a DocumentKind>,
    /// Keys of all procedures.
    pub procedures: BTreeSet<&'a str>,
}

/// Compiles one procedure file. `None` if an error was found; all findings are in the reader.
pub fn compile(reader: &mut Reader<'_>, file: &str, root: &Node, around: &Surroundings<'_>) -> Option<Definition> {
    let before = reader.found.len();
    let authored = decode::procedure(reader, root)?;
    let definition = Compiler::new(reader, around, &authored).run(file, root);
    names::once(reader, &authored, before);
    let errors = reader
        .found
        .iter()
        .skip(before)
        .any(|d| d.severity == crate::diagnostic::Severity::Error);
    if errors { None } else { definition }
}

/// Keys of a file that say which filings a version governs and how cases come to it, and nothing about its own cases.
const AROUND: [&str; 2] = ["filed", "migrates"];

/// SHA-256 (hex) of the RFC 8785 canonical JSON of the file: comments and layout do not change it.
pub fn hash(root: &Node) -> String {
    canonical_hash(&root.to_json())
}

/// As [`hash`], of what the cases of a version live by.
fn rules_hash(root: &Node) -> String {
    let mut rules = root.to_json();
    if let Some(map) = rules.as_object_mut() {
        map.retain(|key, _| !AROUND.contains(&key.as_str()));
    }
    canonical_hash(&rules)
}

/// SHA-256 (hex) of a value's RFC 8785 canonical JSON.
pub(crate) fn canonical_hash(value: &serde_json::Value) -> String {
    let canonical = serde_json_canonicalizer::to_vec(value).unwrap_or_default();
    Sha256::digest(canonical).iter().map(|b| format!("{b:02x}")).collect()
}

/// Where the version, the filing days and the effects stand; effects in the order of [`Definition::effects`].
fn lines(authored: &authored::Procedure, flat: &[Flat<'_>]) -> Lines {
    let filing = authored.filing.iter().flat_map(|filing| &filing.effects);
    let events = authored.events.iter().flat_map(|event| &event.effects);
    let states = flat.iter().flat_map(|flat| {
        let branches = flat.source.transitions.iter().flat_map(|(_, branches)| branches);
        let effects = branches.flat_map(|branch| &branch.effects);
        effects.chain(&flat.source.enter).chain(&flat.source.leave)
    });
    let all: Vec<&authored::Effect> = filing.chain(events).chain(states).collect();
    let with = all.iter().flat_map(|effect| {
        let pairs = effect.node.get("with").map(Node::keys).unwrap_or_default();
        let line = effect.verb.place.line;
        pairs
            .into_iter()
            .map(move |key| ((line, key.name.clone()), key.place.line))
    });
    Lines {
        version: authored.version_at.line,
        filed: authored.filed_at.unwrap_or(authored.version_at).line,
        filing: authored.filing.as_ref().map_or(0, |filing| filing.place.line),
        receiver: authored
            .filing
            .as_ref()
            .and_then(|f| f.to.as_ref())
            .map_or(0, |to| to.place.line),
        with: with.collect(),
        effects: all.iter().map(|effect| effect.verb.place.line).collect(),
    }
}

pub(super) struct Compiler<'r, 'f, 'a> {
    pub(super) r: &'r mut Reader<'f>,
    pub(super) around: &'r Surroundings<'a>,
    pub(super) authored: &'r authored::Procedure,
    pub(super) roles: IndexMap<String, Role>,
    pub(super) fields: IndexMap<String, Field>,
    pub(super) states: BTreeMap<String, StateIx>,
    always: BTreeSet<String>,
    pub(super) used: BTreeSet<String>,
}

impl<'r, 'f, 'a> Compiler<'r, 'f, 'a> {
    fn new(r: &'r mut Reader<'f>, around: &'r Surroundings<'a>, authored: &'r authored::Procedure) -> Self {
        Self {
            r,
            around,
            authored,
            roles: IndexMap::new(),
            fields: IndexMap::new(),
            states: BTreeMap::new(),
            always: BTreeSet::new(),
            used: BTreeSet::new(),
        }
    }

    fn run(mut self, file: &str, root: &Node) -> Option<Definition> {
        let authored = self.authored;
        let mut unfit = |place, path, message: &str, mend| self.r.error("WF005", place, path, message.to_owned(), mend);
        if !is_id(&authored.key.name) {
            unfit(
                authored.key.place,
                "procedure",
                "a procedure has an id",
                "write `procedure: complaint`",
            );
        }
        if authored.version == 0 {
            unfit(
                authored.version_at,
                "version",
                "a procedure has a version from 1",
                "write `version: 1`",
            );
        }
        self.governed_days();
        self.roles();
        for field in &authored.fields {
            let compiled = self.field(field);
            self.fields.insert(field.name.name.clone(), compiled);
        }
        let mut flat = Vec::new();
        flatten(&authored.states, None, &mut flat);
        self.phases(&flat);
        if flat.len() > usize::from(u16::MAX) {
            return None;
        }
        self.states = flat
            .iter()
            .enumerate()
            .map(|(i, f)| (f.path.clone(), StateIx(i as u16)))
            .collect();
        let filing = authored.filing.as_ref().map(|filing| self.filing(filing))?;
        self.always = filing.form().filter(|f| f.required).map(|f| f.field.clone()).collect();
        let events: IndexMap<String, Event> = authored
            .events
            .iter()
            .map(|e| (e.name.name.clone(), self.event(e)))
            .collect();
        let mut states = Vec::new();
        let mut nodes = Vec::new();
        for one in &flat {
            let parent = one.parent.as_ref().and_then(|p| self.states.get(p)).copied();
            nodes.push((parent, self.shape(one)));
            states.push(self.state(one, &events));
        }
        let chart = Chart::new(nodes);
        self.histories(&flat, &chart);
        let clocks: IndexMap<String, ClockRule> = authored
            .clocks
            .iter()
            .filter_map(|c| Some((c.name.name.clone(), self.clock(c, &events)?)))
            .collect();
        self.extensions(&clocks, &events);
        let subcases = self.subcases(&events);
        let called_off = authored.called_off.as_ref();
        let called_off = called_off.and_then(|name| self.event_named(name, &events));
        let confidential = self.maybe_law(authored.confidential.as_ref());
        let initial = authored.initial.as_ref().and_then(|name| self.state_named(name));
        self.unused(&events);
        let needs = events.values().flat_map(|event| &event.needs);
        let needed = needs.map(|needed| needed.kind.clone()).collect();
        let mut definition = Definition {
            key: authored.key.name.clone(),
            version: authored.version,
            hash: hash(root),
            rules: rules_hash(root),
            file: file.to_owned(),
            title: authored.title.clone(),
            filed: FiledRange {
                from: authored.filed_from,
                to: authored.filed_to,
            },
            roles: self.roles,
            fields: self.fields,
            filing,
            needed,
            events,
            subcases,
            called_off,
            confidential: None,
            states,
            chart,
            initial: initial?,
            clocks,
            lines: lines(authored, &flat),
            migrations: authored.migrates.clone(),
        };
        let published: Vec<String> = definition.publishes().cloned().collect();
        definition.needed.extend(published);
        definition.confidential = confidential.map(|law| Confidential::of(&definition, law));
        Some(definition)
    }

    /// The fields that a form asks for.
    pub(super) fn form(&mut self, names: &[Named]) -> Vec<FormField> {
        let mut seen = BTreeSet::new();
        let mut form = Vec::new();
        for name in names {
            let (bare, required) = match name.name.strip_suffix('?') {
                Some(bare) => (bare, false),
                None => (name.name.as_str(), true),
            };
            let bare = Named {
                name: bare.to_owned(),
                ..name.clone()
            };
            if !seen.insert(bare.name.clone()) {
                let message = format!("`{}` is asked twice", bare.name);
                self.r.error("WF109", name.place, &name.path, message, "ask it once");
            }
            if let Some(field) = self.field_named(&bare) {
                form.push(FormField { field, required });
            }
        }
        form
    }

    fn event(&mut self, event: &authored::Event) -> Event {
        if matches!(event.name.name.as_str(), DONE | ALWAYS) {
            let message = format!("`{}` is no event that somebody sends", event.name.name);
            self.r.error(
                "WF005",
                event.name.place,
                &event.name.path,
                message,
                "`done` and `always` stand among the `events` of a state and need no declaration",
            );
        }
        if RESERVED_KINDS.contains(&event.name.name.as_str()) {
            let message = format!("`{}` is what the record calls something of its own", event.name.name);
            self.r.error(
                "WF005",
                event.name.place,
                &event.name.path,
                message,
                "give the event another name",
            );
        }
        self.watched(&event.seen_by);
        let (form, effects) = (self.form(&event.form), effect::compile(self, &event.effects));
        let (offices, draws) = (self.offices(event, &form), self.lot(event, &form));
        let prefill = self.prefill(event, &form);
        Event {
            title: event.title.clone(),
            title_own: self.title_own(event),
            hint: event.hint.clone(),
            by: self.roles_named(&event.by),
            act: event.act.or_else(|| Act::of(&form, &effects)),
            form,
            offices,
            draws,
            prefill,
            effects,
            seen_by: self.roles_named(&event.seen_by),
            law: self.maybe_law(event.law.as_ref()),
            irreversible: event.irreversible,
            needs: self.needs(event),
            evidence: self.evidence(event),
            approval: event.approval.as_ref().map(|approval| Approval {
                of: approval.of,
                law: self.maybe_law(approval.law.as_ref().or(event.law.as_ref())),
                line: approval.place.line,
            }),
            line: event.name.place.line,
        }
    }

    /// What a party reads on its own page is for events that parties send, and says something else than what all others read.
    fn title_own(&mut self, event: &authored::Event) -> Option<Label> {
        let own = event.title_own.clone()?;
        let path = format!("{}.title_own", event.name.path);
        let party = |name: &Named| {
            self.roles
                .get(&name.name)
                .is_some_and(|role| role.kind == RoleKind::Party)
        };
        if own == event.title {
            let message = "`title_own` reads as `title` does".to_owned();
            self.r
                .warning("WF109", event.name.place, &path, message, "leave it out");
        } else if !event.by.iter().any(party) {
            let message = "no party sends this event, so nobody reads `title_own`".to_owned();
            self.r
                .warning("WF504", event.name.place, &path, message, "leave it out");
        }
        Some(own)
    }

    /// `seen_by` names whom a party's timeline is for: it says nothing of the staff, who see all.
    fn watched(&mut self, seen_by: &[Named]) {
        let staff = |name: &&Named| {
            self.roles
                .get(&name.name)
                .is_some_and(|role| role.kind == RoleKind::Staff)
        };
        for name in seen_by.iter().filter(staff) {
            let message = format!("`{}` is staff: the staff of a case see every event", name.name);
            let mend = "name parties, delegates or liaisons in `seen_by`";
            self.r.warning("WF504", name.place, &name.path, message, mend);
        }
    }

    pub(super) fn guard(&mut self, source: &Named, also: &[FormField]) -> Option<Guard> {
        let visible = Visible {
            fields: &self.fields,
            roles: &self.roles,
            clocks: self.authored.clocks.iter().map(|c| c.name.name.as_str()).collect(),
            states: &self.states,
            always: &self.always,
            also,
        };
        match Guard::compile(&source.name, &visible) {
            Ok(guard) => {
                if guard.constant().is_some() {
                    let message = format!("`{}` is always the same", source.name);
                    self.r.warning(
                        "WF114",
                        source.place,
                        &source.path,
                        message,
                        "remove the condition or the branch",
                    );
                }
                for field in guard.fields() {
                    self.used.insert(format!("field {field}"));
                }
                Some(guard)
            }
            Err(error) => {
                self.r
                    .error(error.code, source.place, &source.path, error.message, &error.mend);
                None
            }
        }
    }

    /// What a state is made of.
    fn shape(&mut self, flat: &Flat<'_>) -> Shape {
        let source = flat.source;
        let place = source.name.place;
        let path = &source.name.path;
        if let Some(history) = &source.history {
            let default: Vec<StateIx> = history.to.iter().filter_map(|to| self.state_named(to)).collect();
            if flat.parent.is_none() {
                let message = format!("`{}` stands in no state, so there is nothing to remember", flat.path);
                self.r.error(
                    "WF004",
                    place,
                    path,
                    message,
                    "move it into the state that is left and entered again",
                );
            }
            return Shape::History {
                deep: history.deep,
                default,
            };
        }
        if source.children.is_empty() {
            let ends = source.done || source.outcome.is_some();
            return if ends { Shape::Final } else { Shape::Leaf };
        }
        if source.done || source.outcome.is_some() {
            let message = format!("`{}` has states inside and ends", flat.path);
            self.r
                .error("WF004", place, path, message, "end in one of the states inside");
        }
        if source.parallel {
            return Shape::Parallel;
        }
        let Some(name) = &source.initial else {
            let message = format!("`{}` has states inside and no `initial`", flat.path);
            self.r
                .error("WF003", place, path, message, "add `initial:` with the first of them");
            return Shape::Compound { initial: Vec::new() };
        };
        let first = Named {
            name: format!("{}.{}", flat.path, name.name),
            ..name.clone()
        };
        Shape::Compound {
            initial: self.state_named(&first).into_iter().collect(),
        }
    }

    fn state(&mut self, flat: &Flat<'_>, events: &IndexMap<String, Event>) -> State {
        let source = flat.source;
        let place = source.name.place;
        let owner = flat.owner(self);
        self.doubled(&source.appointment);
        let appointment = source
            .appointment
            .iter()
            .filter_map(|name| self.field_named(name))
            .collect();
        let mut transitions = IndexMap::new();
        for (name, branches) in &source.transitions {
            if matches!(name.name.as_str(), DONE | ALWAYS) {
                let branches: Vec<Branch> = branches.iter().map(|b| self.branch(b, &[])).collect();
                transitions.insert(name.name.clone(), branches);
                continue;
            }
            let Some(event) = events.get(&name.name) else {
                let known: Vec<&str> = events.keys().map(String::as_str).collect();
                self.unknown("WF108", "event of this procedure", name, &known);
                continue;
            };
            self.used.insert(format!("event {}", name.name));
            let form = event.form.clone();
            let branches: Vec<Branch> = branches.iter().map(|b| self.branch(b, &form)).collect();
            transitions.insert(name.name.clone(), branches);
        }
        State {
            id: flat.path.clone(),
            title: source.title.clone(),
            phase: flat.phase(),
            outcome: source.outcome.clone(),
            owner,
            no_clock: source
                .no_clock
                .clone()
                .or_else(|| flat.above.iter().rev().find_map(|s| s.no_clock.clone())),
            appointment,
            transitions,
            enter: effect::compile(self, &source.enter),
            leave: effect::compile(self, &source.leave),
            line: place.line,
        }
    }

    /// Programs read the code of a requirement.
    fn code(&mut self, requirement: &authored::Requirement) {
        let code = requirement.code.as_str();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !code.starts_with(|c: char| c.is_ascii_alphabetic()) || !code.chars().all(plain) {
            let message = format!("`{code}` is no code that programs could read");
            let mend = "write letters, digits and `_`, such as `TOO_LATE`";
            self.r
                .error("WF005", requirement.when.place, "requires.code", message, mend);
        }
    }

    fn branch(&mut self, branch: &authored::Branch, form: &[FormField]) -> Branch {
        let when = branch.when.as_ref().and_then(|w| self.guard(w, form));
        let mut requires = Vec::new();
        for requirement in &branch.requires {
            self.code(requirement);
            if let Some(guard) = self.guard(&requirement.when, form) {
                requires.push(Requirement {
                    guard,
                    code: requirement.code.clone(),
                    reason: requirement.reason.clone(),
                    law: self.maybe_law(requirement.law.as_ref()),
                });
            }
        }
        Branch {
            to: branch.to.iter().filter_map(|to| self.state_named(to)).collect(),
            internal: branch.internal,
            when,
            requires,
            effects: effect::compile(self, &branch.effects),
            line: branch.place.line,
        }
    }
}
