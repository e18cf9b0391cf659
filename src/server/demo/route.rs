//! Ways through a procedure: a breadth-first search with the real engine for a shortest sequence of events to each leaf.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value as Json, json};
use time::{Duration, OffsetDateTime};
use zhengming_engine::{
    clock::{Law, local_date},
    decision::{Actor, Opening},
    definition::model::{Branch, Definition, Event, Field, FieldKind, RoleKind, State, StateIx},
};

use super::answers::{Answers, Sheet};
use crate::rehearsal::Rehearsal;

/// One event on the way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Move {
    /// The event.
    pub(super) event: String,
    /// The role that sends it.
    pub(super) role: String,
    /// Answers that decide where it leads; the others are made when it is sent.
    pub(super) decisive: Map<String, Json>,
    /// Working days since the move before.
    pub(super) after: u32,
}

/// Events that routes leave out: a case that its first office keeps, or gives to a station of its own, never meets the offices above
/// and below.
const AVOIDED: [&str; 2] = ["keep", "send_to_station"];
/// Combinations of decisive answers that are tried for one event at most.
const COMBINATIONS: usize = 16;

/// Finds ways from one point of a case on.
pub(super) struct Routes<'p> {
    pub(super) law: &'p Law,
    pub(super) definition: &'p Definition,
    pub(super) answers: &'p Answers<'p>,
    pub(super) sheet: &'p Sheet,
}

struct Node<'p> {
    case: Rehearsal<'p>,
    way: Vec<Move>,
}

impl<'p> Routes<'p> {
    /// A shortest way from filing to each leaf that events can reach.
    pub(super) fn all(&self, at: OffsetDateTime) -> BTreeMap<String, Vec<Move>> {
        let Some(start) = self.start(at) else {
            return BTreeMap::new();
        };
        self.search(start, Vec::new(), at)
    }

    /// Ways on from the end of `way`, which begins with filing.
    pub(super) fn beyond(&self, way: &[Move], at: OffsetDateTime) -> BTreeMap<String, Vec<Move>> {
        let Some(mut case) = self.start(at) else {
            return BTreeMap::new();
        };
        let today = local_date(at).unwrap_or(at.date());
        for (i, step) in way.iter().enumerate() {
            let fields = self.fields(step, today);
            let soon = moment(at, i + 1);
            let proved = case.prove(&step.event, &step.role, soon);
            let sent = proved.and_then(|()| case.perform(&step.event, &step.role, &fields, soon));
            if sent.is_err() {
                return BTreeMap::new();
            }
        }
        self.search(case, way.to_vec(), at)
    }

    /// The role that would send an event: never the respondent, whom nobody in the demo is.
    pub(super) fn role(&self, event: &Event, held: &BTreeSet<String>) -> Option<String> {
        let plays = |role: &&String| {
            self.definition.roles.get(*role).is_some_and(|r| match r.kind {
                RoleKind::Staff | RoleKind::Liaison => true,
                RoleKind::Party => self.definition.filing.by.contains(role),
                RoleKind::Delegate => held.contains(*role),
            })
        };
        event.by.iter().find(plays).cloned()
    }

    /// The answers with which a move is made on a day.
    pub(super) fn fields(&self, step: &Move, today: time::Date) -> Map<String, Json> {
        let asked = self
            .definition
            .events
            .get(&step.event)
            .map_or(&[] as &[_], |event| event.form.as_slice());
        let mut fields = self.answers.form(self.definition, asked, self.sheet, false, today);
        for (name, written) in &step.decisive {
            let value = self
                .definition
                .fields
                .get(name)
                .and_then(|field| self.answers.value(field, written, today));
            fields.insert(name.clone(), value.unwrap_or_else(|| written.clone()));
        }
        fields
    }

    fn start(&self, at: OffsetDateTime) -> Option<Rehearsal<'p>> {
        let mode = *self.definition.filing.modes.first()?;
        let fields = self
            .answers
            .filing(self.definition, mode, self.sheet, local_date(at).ok()?);
        let roles = self.definition.filing.by.iter().take(1).cloned().collect();
        let opening = Opening {
            actor: Actor {
                roles,
                excluded: false,
                ..Default::default()
            },
            mode,
            fields,
            complete: true,
        };
        Rehearsal::open(self.law, self.definition, &opening, at)
            .ok()
            .map(|(case, _)| case)
    }

    fn search(&self, start: Rehearsal<'p>, way: Vec<Move>, at: OffsetDateTime) -> BTreeMap<String, Vec<Move>> {
        let today = local_date(at).unwrap_or(at.date());
        let mut seen = BTreeSet::from([self.mark(&start)]);
        let mut found: BTreeMap<String, Vec<Move>> = BTreeMap::new();
        for leaf in &start.view().states {
            found.insert(leaf.clone(), way.clone());
        }
        let mut queue = VecDeque::from([Node { case: start, way }]);
        while let Some(node) = queue.pop_front() {
            for step in self.moves(&node.case) {
                let fields = self.fields(&step, today);
                let mut case = node.case.clone();
                let soon = moment(at, node.way.len() + 1);
                let proved = case.prove(&step.event, &step.role, soon);
                let sent = proved.and_then(|()| case.perform(&step.event, &step.role, &fields, soon));
                if sent.is_err() {
                    continue;
                }
                if seen.insert(self.mark(&case)) {
                    let mut way = node.way.clone();
                    way.push(step);
                    for leaf in &case.view().states {
                        found.entry(leaf.clone()).or_insert_with(|| way.clone());
                    }
                    queue.push_back(Node { case, way });
                }
            }
        }
        found
    }

    /// What tells two cases apart for the search: the leaves, what their conditions read, which bodies are entrusted, which documents
    /// were made that events need.
    fn mark(&self, case: &Rehearsal<'_>) -> String {
        let view = case.view();
        let mut read = Map::new();
        for branch in self
            .lineage(case)
            .flat_map(|(_, state)| state.transitions.values().flatten())
        {
            for name in guarded(branch) {
                if let Some(value) = view.data.get(name) {
                    read.insert(name.to_owned(), value.clone());
                }
            }
        }
        let delegated = |role: &&String| {
            self.definition
                .roles
                .get(*role)
                .is_some_and(|r| r.kind == RoleKind::Delegate)
        };
        let held: Vec<&String> = view.held.iter().filter(delegated).collect();
        json!([view.states, view.remembered, read, held, view.dossier]).to_string()
    }

    fn lineage(&self, case: &Rehearsal<'_>) -> impl Iterator<Item = (StateIx, &'p State)> {
        let definition = self.definition;
        let leaves: Vec<StateIx> = case
            .view()
            .states
            .iter()
            .filter_map(|id| definition.state(id))
            .collect();
        leaves.into_iter().flat_map(move |leaf| definition.lineage(leaf))
    }

    /// Every event that somebody could send here, with each combination of answers that decides something.
    fn moves(&self, case: &Rehearsal<'_>) -> Vec<Move> {
        let mut names = BTreeSet::new();
        let mut moves = Vec::new();
        for (name, branches) in self.lineage(case).flat_map(|(_, state)| state.transitions.iter()) {
            if AVOIDED.contains(&name.as_str()) || !names.insert(name) {
                continue;
            }
            let Some(event) = self.definition.events.get(name) else {
                continue;
            };
            let Some(role) = self.role(event, &case.view().held) else {
                continue;
            };
            for decisive in self.combinations(event, branches) {
                moves.push(Move {
                    event: name.clone(),
                    role: role.clone(),
                    decisive,
                    after: 1,
                });
            }
        }
        moves
    }

    fn combinations(&self, event: &Event, branches: &[Branch]) -> Vec<Map<String, Json>> {
        let read: BTreeSet<&str> = branches.iter().flat_map(guarded).collect();
        let mut combinations = vec![Map::new()];
        for asked in event.form.iter().filter(|asked| read.contains(asked.field.as_str())) {
            let Some(field) = self.definition.fields.get(&asked.field) else {
                continue;
            };
            let mut next = Vec::new();
            for given in &combinations {
                if !asked.required {
                    next.push(given.clone());
                }
                for value in self.told_apart(&asked.field, field) {
                    let mut more = given.clone();
                    more.insert(asked.field.clone(), value);
                    next.push(more);
                }
            }
            next.truncate(COMBINATIONS);
            if !next.is_empty() {
                combinations = next;
            }
        }
        combinations
    }

    /// Values of a field that a condition can tell apart: those that the data have for this procedure, so that the amounts and
    /// kinds of a demo case fit each other; else all of its kind.
    fn told_apart(&self, name: &str, field: &Field) -> Vec<Json> {
        let own = self
            .answers
            .data
            .answers
            .get(&format!("{}_{name}", self.definition.key));
        own.cloned().unwrap_or_else(|| values(&field.kind))
    }
}

/// Fields that a branch's conditions read.
fn guarded(branch: &Branch) -> impl Iterator<Item = &str> {
    let guards = branch
        .when
        .iter()
        .chain(branch.requires.iter().map(|requirement| &requirement.guard));
    guards.flat_map(|guard| guard.fields())
}

/// Values of a kind that a condition can tell apart.
fn values(kind: &FieldKind) -> Vec<Json> {
    match kind {
        FieldKind::Bool => vec![json!(true), json!(false)],
        FieldKind::Choice(choices) => choices.iter().map(|c| json!(c.key)).collect(),
        FieldKind::Choices(choices) => vec![json!(choices.iter().map(|c| &c.key).collect::<Vec<_>>())],
        _ => Vec::new(),
    }
}

/// Moments of a search lie so close together that no clock runs out.
fn moment(at: OffsetDateTime, step: usize) -> OffsetDateTime {
    at + Duration::seconds(i64::try_from(step).unwrap_or(0))
}
