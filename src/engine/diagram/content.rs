//! What a diagram of a procedure says, before it is drawn in one form or another.

use super::wording::{Wording, usual_instrument};
use crate::{
    chart::{Shape, StateIx},
    definition::model::{ALWAYS, ClockRule, DONE, Definition, EffectRule, State},
};

/// What makes an event happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// Somebody sends it.
    Person,
    /// A clock expires.
    Clock,
    /// The engine: the event is raised by another, comes from another case, or needs no event.
    System,
}

/// An event as an arrow or a state tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Its key; `done` and `always` too.
    pub(super) event: String,
    pub(super) title: String,
    /// Keys of the roles that send it; empty where nobody does.
    pub(super) roles: Vec<String>,
    pub(super) cause: Cause,
    /// Whether it happens only under a condition.
    pub(super) conditional: bool,
    /// Whether the superior organisation is told.
    pub(super) escalates: bool,
}

/// A clock as a state tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClockNote {
    pub(super) clock: String,
    pub(super) title: String,
    /// How long it runs, and the article.
    pub(super) rule: String,
    /// Whether it stands still in this state.
    pub(super) suspended: bool,
}

/// What a state is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    Plain,
    /// A case, or a region, ends here.
    Final,
    Compound,
    /// Its children run beside each other.
    Parallel,
    History {
        deep: bool,
    },
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figured {
    pub(super) ix: StateIx,
    pub(super) id: String,
    pub(super) parent: Option<StateIx>,
    pub(super) figure: Figure,
    pub(super) title: String,
    /// Key of its step.
    pub(super) phase: String,
    pub(super) owner: String,
    pub(super) outcome: Option<String>,
    pub(super) clocks: Vec<ClockNote>,
    /// What can happen without the case leaving it.
    pub(super) stays: Vec<Note>,
}

/// Where an arrow starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The dot from which a new case starts.
    Filing,
    /// The dot in a state that shows what is entered first inside it.
    Initial(StateIx),
    /// A state.
    State(StateIx),
}

/// All ways from one state to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrow {
    pub(super) from: Origin,
    pub(super) to: StateIx,
    pub(super) notes: Vec<Note>,
}

impl Arrow {
    /// The cause that all its ways have, that of a person where they differ.
    pub(super) fn cause(&self) -> Cause {
        self.notes.iter().map(|note| note.cause).min().unwrap_or(Cause::System)
    }
}

/// A procedure, told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) title: String,
    /// Roles with their names, in the order of the file.
    pub(super) roles: Vec<(String, String)>,
    pub(super) states: Vec<Figured>,
    pub(super) arrows: Vec<Arrow>,
    /// Title of the instrument that articles without a title are of.
    pub(super) instrument: Option<String>,
}

impl Content {
    /// Gathers what is to be told of a procedure, in the order of its file.
    pub(super) fn new(definition: &Definition, wording: &Wording<'_>) -> Self {
        let gathering = Gathering { definition, wording };
        let mut arrows = vec![Arrow {
            from: Origin::Filing,
            to: definition.initial,
            notes: vec![gathering.filing()],
        }];
        for (ix, node) in definition.chart.nodes() {
            match &node.shape {
                Shape::Compound { initial } => {
                    arrows.extend(initial.iter().map(|to| plain(Origin::Initial(ix), *to)));
                }
                Shape::History { default, .. } => {
                    arrows.extend(default.iter().map(|to| plain(Origin::State(ix), *to)));
                }
                Shape::Leaf | Shape::Final | Shape::Parallel => {}
            }
        }
        let mut states = Vec::new();
        for (ix, state) in indexed(definition) {
            let mut stays = Vec::new();
            for (event, branches) in &state.transitions {
                for branch in branches {
                    let mut note = gathering.note(event);
                    note.conditional = branch.when.is_some() || !branch.requires.is_empty();
                    note.escalates |= escalates(&branch.effects);
                    if branch.to.iter().all(|to| *to == ix) {
                        add(&mut stays, note);
                        continue;
                    }
                    for to in branch.to.iter().filter(|to| **to != ix) {
                        join(&mut arrows, ix, *to, note.clone());
                    }
                }
            }
            states.push(gathering.state(ix, state, stays));
        }
        let instrument = usual_instrument(definition).map(|reference| wording.instrument(reference));
        Self {
            title: wording.language.pick(&definition.title).to_owned(),
            roles: definition
                .roles
                .iter()
                .map(|(key, role)| (key.clone(), wording.language.pick(&role.title).to_owned()))
                .collect(),
            states,
            arrows,
            instrument,
        }
    }

    /// The number by which a role is known in the drawing.
    pub(super) fn role_sign(&self, role: &str) -> String {
        let place = self.roles.iter().position(|(key, _)| key == role).unwrap_or_default();
        // ① to ⑳; a procedure with more roles than that counts on in brackets.
        let circled = u32::try_from(place)
            .ok()
            .filter(|place| *place < 20)
            .and_then(|n| char::from_u32(0x2460 + n));
        circled.map_or_else(|| format!("({})", place + 1), String::from)
    }

    /// The numbers of several roles.
    pub(super) fn role_signs(&self, roles: &[String]) -> String {
        let known = self.roles.iter().filter(|(key, _)| roles.contains(key));
        known.map(|(key, _)| self.role_sign(key)).collect()
    }

    /// The steps in the order in which states first belong to them.
    pub(super) fn phases(&self) -> Vec<&str> {
        let mut phases: Vec<&str> = Vec::new();
        for state in &self.states {
            if !phases.contains(&state.phase.as_str()) {
                phases.push(&state.phase);
            }
        }
        phases
    }
}

/// The states with their indices.
pub(super) fn indexed(definition: &Definition) -> impl Iterator<Item = (StateIx, &State)> {
    let nodes = definition.chart.nodes();
    nodes.filter_map(|(ix, _)| Some((ix, definition.at(ix)?)))
}

fn plain(from: Origin, to: StateIx) -> Arrow {
    let notes = Vec::new();
    Arrow { from, to, notes }
}

fn add(notes: &mut Vec<Note>, note: Note) {
    match notes.iter_mut().find(|own| own.event == note.event) {
        Some(own) => {
            // Two ways for two conditions are one without.
            own.conditional &= note.conditional;
            own.escalates |= note.escalates;
        }
        None => notes.push(note),
    }
}

fn join(arrows: &mut Vec<Arrow>, from: StateIx, to: StateIx, note: Note) {
    let from = Origin::State(from);
    match arrows.iter_mut().find(|arrow| arrow.from == from && arrow.to == to) {
        Some(arrow) => add(&mut arrow.notes, note),
        None => arrows.push(Arrow {
            from,
            to,
            notes: vec![note],
        }),
    }
}

/// What makes an event happen.
pub(super) fn cause(definition: &Definition, event: &str) -> Cause {
    let expiry = definition
        .clocks
        .values()
        .any(|clock| clock.expiry.as_deref() == Some(event));
    let sent = definition.events.get(event).is_some_and(|event| !event.by.is_empty());
    match (sent, expiry) {
        (true, _) => Cause::Person,
        (false, true) => Cause::Clock,
        (false, false) => Cause::System,
    }
}

fn escalates(effects: &[EffectRule]) -> bool {
    effects.iter().any(|e| matches!(e, EffectRule::Escalate { .. }))
}

struct Gathering<'d, 'w> {
    definition: &'d Definition,
    wording: &'d Wording<'w>,
}

impl Gathering<'_, '_> {
    fn filing(&self) -> Note {
        Note {
            event: "filing".to_owned(),
            title: self.wording.language.of("提交", "Filing").to_owned(),
            roles: self.definition.filing.by.clone(),
            cause: Cause::Person,
            conditional: false,
            escalates: false,
        }
    }

    fn note(&self, event: &str) -> Note {
        let known = self.definition.events.get(event);
        Note {
            event: event.to_owned(),
            title: event_title(self.definition, self.wording, event),
            roles: known.map(|e| e.by.clone()).unwrap_or_default(),
            cause: cause(self.definition, event),
            conditional: false,
            escalates: known.is_some_and(|e| escalates(&e.effects)),
        }
    }

    fn state(&self, ix: StateIx, state: &State, stays: Vec<Note>) -> Figured {
        let node = self.definition.chart.node(ix);
        let figure = match self.definition.chart.shape(ix) {
            Shape::Leaf if state.outcome.is_some() => Figure::Final,
            Shape::Leaf => Figure::Plain,
            Shape::Final => Figure::Final,
            Shape::Compound { .. } => Figure::Compound,
            Shape::Parallel => Figure::Parallel,
            Shape::History { deep, .. } => Figure::History { deep: *deep },
        };
        let clocks = self.definition.clocks.iter();
        let mut told: Vec<ClockNote> = clocks
            .clone()
            .filter(|(_, clock)| clock.runs_in.contains(&ix))
            .map(|(key, clock)| self.clock(key, clock, false))
            .collect();
        told.extend(
            clocks
                .filter(|(_, clock)| clock.suspended_in.iter().any(|(state, _)| *state == ix))
                .map(|(key, clock)| self.clock(key, clock, true)),
        );
        Figured {
            ix,
            id: state.id.clone(),
            parent: node.and_then(|node| node.parent),
            figure,
            title: self.wording.language.pick(&state.title).to_owned(),
            phase: state.phase.clone(),
            owner: owner(self.definition, self.wording, state),
            outcome: state.outcome.clone(),
            clocks: told,
            stays,
        }
    }

    fn clock(&self, key: &str, clock: &ClockRule, suspended: bool) -> ClockNote {
        let usual = usual_instrument(self.definition).map(crate::clock::LawRef::instrument);
        let length = self.wording.length(self.definition, clock);
        let law = self.wording.article(&clock.law, usual);
        let comma = self.wording.language.of("，", ", ");
        ClockNote {
            clock: key.to_owned(),
            title: self.wording.language.pick(&clock.title).to_owned(),
            rule: format!("{length}{comma}{law}"),
            suspended,
        }
    }
}

/// Who acts in a state; empty where nobody does.
pub(super) fn owner(definition: &Definition, wording: &Wording<'_>, state: &State) -> String {
    match &state.owner {
        crate::definition::model::Owner::Roles(roles) => wording.roles(definition, roles),
        crate::definition::model::Owner::Nobody(_) => String::new(),
    }
}

/// The name of an event.
pub(super) fn event_title(definition: &Definition, wording: &Wording<'_>, event: &str) -> String {
    match (definition.events.get(event), event) {
        (Some(event), _) => wording.language.pick(&event.title).to_owned(),
        (None, DONE) => wording.language.of("内部已完成", "What is inside is done").to_owned(),
        (None, ALWAYS) => wording.language.of("条件成立时", "As soon as it holds").to_owned(),
        (None, other) => other.to_owned(),
    }
}
