//! The shortest way to a fault as something that can be played: what is filed, who sends what, which clock expires.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{
    domain::{ABSENT, Set},
    graph::Graph,
    outcome::{Move, Outcome},
    packed::Packed,
    steps::{Found, Label, Steps},
    variables::Var,
};
use crate::{
    definition::model::{Definition, FieldKind, FormField},
    form,
};

/// A case, step by step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// Key of the procedure.
    pub procedure: String,
    /// Its version.
    pub version: u32,
    /// What is answered on filing.
    pub fields: Map<String, Json>,
    /// What happens then.
    pub deeds: Vec<Deed>,
}

/// One step of a story.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the line above a variant says what its fields are")]
pub enum Deed {
    /// Somebody in this role sends an event with these answers.
    Sent {
        event: String,
        role: String,
        fields: Map<String, Json>,
    },
    /// A clock expires.
    Expired { clock: String },
    /// Something happens in another case, in words.
    Elsewhere(String),
}

/// Something that was answered: at which step (0 is the filing), to which tracked field, with one of these values.
struct Answer {
    step: usize,
    field: u16,
    values: Set,
}

/// The story of the way to a state, and of one more step.
pub(super) fn tell(
    steps: &Steps<'_, '_>,
    graph: &Graph,
    state: usize,
    more: Option<Label>,
    words: &dyn Fn(Label) -> String,
) -> Story {
    let definition = steps.machine.definition;
    let way = graph.way(u32::try_from(state).unwrap_or(u32::MAX));
    let more = more.filter(|label| *label != Label::Filed);
    let mut labels: Vec<Label> = way.iter().map(|(_, label)| *label).collect();
    let states = way.iter().map(|(from, _)| *from as usize).chain([state]);
    let states: Vec<Packed> = states.filter_map(|ix| graph.states.get_index(ix).copied()).collect();
    let mut choices = Choices::default();
    choices.file(steps, states.first());
    for (step, label) in labels.iter().enumerate() {
        if let Some(from) = states.get(step) {
            choices.follow(steps, step + 1, (from, *label), states.get(step + 1));
        }
    }
    if let (Some(label), Some(from)) = (more, states.last()) {
        choices.follow(steps, labels.len() + 1, (from, label), None);
        labels.push(label);
    }
    let deeds = labels.iter().enumerate().map(|(i, label)| match label {
        Label::Sent(number) => match steps.machine.event(*number) {
            Some((name, event)) => Deed::Sent {
                event: name.clone(),
                role: event.by.first().cloned().unwrap_or_default(),
                fields: choices.answers(steps, definition, i + 1, event.form.iter()),
            },
            None => Deed::Elsewhere(String::new()),
        },
        Label::Expired(number) => {
            let clock = definition.clocks.get_index(usize::from(*number));
            Deed::Expired {
                clock: clock.map(|(name, _)| name.clone()).unwrap_or_default(),
            }
        }
        other => Deed::Elsewhere(words(*other)),
    });
    Story {
        procedure: definition.key.clone(),
        version: definition.version,
        fields: choices.answers(steps, definition, 0, definition.filing.form()),
        deeds: deeds.collect(),
    }
}

/// The answers on a way, narrowed by what conditions found out about them later.
#[derive(Default)]
struct Choices {
    answers: Vec<Answer>,
    /// By field: the answer that its present value comes from.
    origin: BTreeMap<u16, usize>,
}

impl Choices {
    fn file(&mut self, steps: &Steps<'_, '_>, first: Option<&Packed>) {
        for (field, required) in steps.machine.answers(steps.machine.definition.filing.form()) {
            let domain = steps.machine.vars.domain(field);
            let values = domain.map_or(0, |d| if required { d.present() } else { d.all() });
            self.answer(0, field, values);
        }
        let found = first.and_then(|wanted| {
            let mut narrowed = None;
            steps.first(&mut |found| {
                if leads(steps, &found, wanted) {
                    narrowed.get_or_insert(*found.narrowed);
                }
            });
            narrowed
        });
        for state in found.iter().chain(first) {
            self.narrow(steps, state, &[], 0);
        }
    }

    fn answer(&mut self, step: usize, field: u16, values: Set) {
        self.origin.insert(field, self.answers.len());
        self.answers.push(Answer { step, field, values });
    }

    /// Goes one step on: to the wanted state, or the first that the label leads to.
    fn follow(&mut self, steps: &Steps<'_, '_>, step: usize, (from, label): (&Packed, Label), to: Option<&Packed>) {
        let asked = match label {
            Label::Sent(number) => {
                let event = steps.machine.event(number);
                event
                    .map(|(_, event)| steps.machine.answers(event.form.iter()))
                    .unwrap_or_default()
            }
            _ => Vec::new(),
        };
        // What was answered before goes with some ways of the step only: the first of those, else the first.
        let mut taken: Option<(bool, Packed, Option<Move>)> = None;
        steps.after(from, &mut |found| {
            if found.label == label && to.is_none_or(|to| leads(steps, &found, to)) {
                let fits = self.fits(steps, found.narrowed, &asked);
                if taken.as_ref().is_none_or(|(known, ..)| !known && fits) {
                    let change = match found.outcome {
                        Some((_, Outcome::Goes(change))) => Some(change.clone()),
                        _ => None,
                    };
                    taken = Some((fits, *found.narrowed, change));
                }
            }
        });
        let Some((_, narrowed, change)) = taken else { return };
        self.narrow(steps, &narrowed, &asked, step);
        for (field, _) in change.iter().flat_map(|change| &change.fields) {
            self.origin.remove(field);
        }
        if matches!(label, Label::Ended(..) | Label::Entered(..)) {
            self.origin.clear();
        }
        // What decides at the next position was told apart on arrival.
        if let Some(to) = to {
            self.narrow(steps, to, &[], step);
        }
    }

    /// Whether a way of a step goes with what was answered before it.
    fn fits(&self, steps: &Steps<'_, '_>, narrowed: &Packed, asked: &[(u16, bool)]) -> bool {
        let mut known = self
            .origin
            .iter()
            .filter(|(field, _)| !asked.iter().any(|(f, _)| f == *field));
        known.all(|(field, answer)| {
            let slot = steps.machine.slots.of(Var::Field(*field));
            let values = slot.map_or(Set::MAX, |slot| narrowed.get(slot));
            self.answers
                .get(*answer)
                .is_none_or(|answer| answer.values & values != 0)
        })
    }

    fn narrow(&mut self, steps: &Steps<'_, '_>, narrowed: &Packed, asked: &[(u16, bool)], step: usize) {
        for (number, slot) in steps.machine.slots.fields.iter().enumerate() {
            let field = u16::try_from(number).unwrap_or(u16::MAX);
            let Some(values) = slot.map(|slot| narrowed.get(slot)) else {
                continue;
            };
            let known = self.origin.get(&field).and_then(|i| self.answers.get_mut(*i));
            let fits = known.as_ref().is_some_and(|answer| answer.values & values != 0);
            match asked.iter().find(|(f, _)| *f == field) {
                Some((_, required)) if *required || !fits && values & !ABSENT != 0 => {
                    self.answer(step, field, values & !ABSENT);
                }
                _ => {
                    if let Some(answer) = known.filter(|_| fits) {
                        answer.values &= values;
                    }
                }
            }
        }
    }

    /// The answers to a form at a step: tracked fields as the way needs them, others with a sample.
    fn answers<'f>(
        &self,
        steps: &Steps<'_, '_>,
        definition: &Definition,
        step: usize,
        form: impl Iterator<Item = &'f FormField>,
    ) -> Map<String, Json> {
        let mut answers = Map::new();
        for asked in form {
            let tracked = steps.machine.vars.field(&asked.field);
            let own = self.answers.iter().find(|a| a.step == step && Some(a.field) == tracked);
            let value = match (own, tracked) {
                (Some(answer), Some(field)) => {
                    let number = answer.values.trailing_zeros() as usize;
                    steps.machine.vars.value(field, number).cloned()
                }
                _ if asked.required => definition.fields.get(&asked.field).map(|f| sample(&f.kind)),
                _ => None,
            };
            answers.extend(value.map(|value| (asked.field.clone(), value)));
        }
        answers
    }
}

/// Whether a step leads to a state, with what it opens.
fn leads(steps: &Steps<'_, '_>, found: &Found<'_>, wanted: &Packed) -> bool {
    let (opens, refused) = match found.outcome {
        Some((_, Outcome::Goes(change))) => (change.opens.as_slice(), false),
        Some((_, Outcome::Refused(_))) => (&[][..], true),
        None => (&[][..], false),
    };
    let closed = steps.place(&found.to).is_some_and(|place| place.closed);
    if refused {
        return false;
    }
    if closed {
        let mut alone = found.to;
        steps.part(&mut alone);
        return steps.split(alone).contains(wanted);
    }
    let mut opened = steps.opened(found.to, opens).into_iter();
    opened.any(|state| steps.split(state).contains(wanted))
}

/// A value that a field accepts.
fn sample(kind: &FieldKind) -> Json {
    let value = match kind {
        FieldKind::Bool => Json::from(true),
        FieldKind::Date { .. } => Json::from("2026-01-05"),
        FieldKind::Integer { min, .. } => Json::from(*min),
        FieldKind::Money => Json::from(100),
        FieldKind::Choice(choices) => choices.first().map_or(Json::Null, |c| Json::from(c.key.as_str())),
        FieldKind::Choices(choices) => choices.iter().take(1).map(|c| Json::from(c.key.as_str())).collect(),
        FieldKind::Phone => Json::from("02712345678"),
        FieldKind::Mail => Json::from("sample@example.cn"),
        FieldKind::Text { .. } | FieldKind::LongText { .. } => Json::from("样例"),
        FieldKind::Organisation { .. } | FieldKind::Account { .. } => Json::from("sample"),
        FieldKind::Division => Json::from("420102"),
    };
    debug_assert!(form::accepts(kind, &value).is_ok(), "{kind:?}");
    value
}
