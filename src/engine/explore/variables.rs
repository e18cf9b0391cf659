//! What the steps of a case depend on besides the states it is in.

use std::collections::BTreeMap;

use indexmap::{IndexMap, IndexSet};
use serde_json::Value as Json;

use super::domain::Domain;
use crate::{
    definition::model::{Definition, EffectRule, FieldKind, Length},
    guard::reads::{Compared, Reads},
};

/// Something that a step asks: one of a small number of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Var {
    /// The value of a tracked field.
    Field(u16),
    /// Where a clock stands.
    Clock(u16),
    /// Whether somebody holds a case role: 0 no, 1 yes.
    Held(u16),
    /// Whether a document was made on the case: 0 no, 1 yes.
    Made(u16),
    /// Whether the actor has a role: 0 no, 1 yes. Known for one step only.
    By(u16),
    /// Whether a clock that a step pauses is over by then and has only not ended yet: 0 no, 1 yes. Known for one step only.
    Late(u16),
}

/// Where a clock stands, as far as the exploration tells it: one that was met counts as one that is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Standing {
    Off,
    Running,
    Suspended,
    Expired,
}

impl Standing {
    pub(super) const ALL: [Self; 4] = [Self::Off, Self::Running, Self::Suspended, Self::Expired];

    pub(super) fn number(self) -> u64 {
        self as u64
    }

    pub(super) fn of(number: u64) -> Self {
        match number {
            1 => Self::Running,
            2 => Self::Suspended,
            3 => Self::Expired,
            _ => Self::Off,
        }
    }
}

/// The variables of a procedure.
#[derive(Clone, Debug)]
pub(super) struct Variables {
    /// Fields that conditions read, or without which an effect or a clock cannot come about.
    pub(super) fields: IndexMap<String, Domain>,
    /// By the number of a field: those that conditions compare it with.
    beside: Vec<Vec<u16>>,
    /// By the number of a field: how many others stand in a row of comparisons with it.
    rows: Vec<usize>,
    /// Clocks, in the order of the file.
    pub(super) clocks: IndexSet<String>,
    /// Roles that `holds` asks for.
    pub(super) held: IndexSet<String>,
    /// Kinds of documents that events need.
    pub(super) made: IndexSet<String>,
    /// Roles that `by` asks for.
    pub(super) by: IndexSet<String>,
}

impl Variables {
    pub(super) fn of(definition: &Definition) -> Self {
        let mut reads = Reads::default();
        let branches = definition.states.iter().flat_map(|state| state.branches());
        for branch in branches {
            branch.when.iter().for_each(|guard| reads.add(guard));
            branch.requires.iter().for_each(|r| reads.add(&r.guard));
        }
        let wanted = definition.effects().filter_map(wanted).map(str::to_owned);
        let until = definition.clocks.values().filter_map(|clock| match &clock.length {
            Length::Until(field) => Some(field.clone()),
            Length::Period(_) => None,
        });
        for field in wanted.chain(until) {
            reads.fields.entry(field).or_default();
        }
        for (name, compared) in reads
            .fields
            .iter_mut()
            .filter(|(_, compared)| !compared.beside.is_empty())
        {
            let kind = definition.fields.get(name).map(|field| &field.kind);
            compared.with_values(kind.map(Domain::ends).unwrap_or_default());
        }
        let together = |name: &str, own: &Compared| {
            let mut all = own.clone();
            for other in own.beside.keys().filter(|other| *other != name) {
                if let Some(compared) = reads.fields.get(other) {
                    all.with_those_of(other, compared);
                }
            }
            all
        };
        let domain = |name: &String| {
            let (field, compared) = (definition.fields.get(name)?, reads.fields.get(name)?);
            // Multiples of sums would reach from field to field beyond what can be tried.
            let compared = match field.kind {
                FieldKind::Money => together(name, compared),
                _ => in_a_row(&reads.fields, name)?,
            };
            Some((name.clone(), Domain::of(&field.kind, &compared)))
        };
        let fields: IndexMap<String, Domain> = definition.fields.keys().filter_map(domain).collect();
        let number = |other: &String| fields.get_index_of(other).and_then(|i| u16::try_from(i).ok());
        let beside = |name: &String| {
            let others = reads.fields.get(name).into_iter().flat_map(|own| own.beside.keys());
            others.filter(|other| *other != name).filter_map(number).collect()
        };
        let others = |name: &String| reached(&reads.fields, name).len() - 1;
        Self {
            beside: fields.keys().map(beside).collect(),
            rows: fields.keys().map(others).collect(),
            fields,
            clocks: definition.clocks.keys().cloned().collect(),
            held: reads.held.into_iter().collect(),
            made: definition.needed.iter().cloned().collect(),
            by: reads.by.into_iter().collect(),
        }
    }

    /// The number of a tracked field.
    pub(super) fn field(&self, name: &str) -> Option<u16> {
        self.fields.get_index_of(name).and_then(|i| u16::try_from(i).ok())
    }

    /// The domain of a tracked field.
    pub(super) fn domain(&self, field: u16) -> Option<&Domain> {
        self.fields.get_index(usize::from(field)).map(|(_, domain)| domain)
    }

    /// The tracked fields that conditions compare a field with.
    pub(super) fn beside(&self, field: u16) -> &[u16] {
        self.beside.get(usize::from(field)).map_or(&[], Vec::as_slice)
    }

    /// How many other fields stand in a row of comparisons with a field.
    pub(super) fn others(&self, field: u16) -> usize {
        self.rows.get(usize::from(field)).copied().unwrap_or(0)
    }

    /// The number of a kind of document, if an event needs it.
    pub(super) fn document(&self, kind: &str) -> Option<u16> {
        self.made.get_index_of(kind).and_then(|i| u16::try_from(i).ok())
    }

    /// A value of a field.
    pub(super) fn value(&self, field: u16, number: usize) -> Option<&Json> {
        self.domain(field)?.value(number)
    }

    /// How many values a variable has.
    pub(super) fn size(&self, var: Var) -> usize {
        match var {
            Var::Field(field) => self.domain(field).map_or(1, Domain::size),
            Var::Clock(_) => Standing::ALL.len(),
            Var::Held(_) | Var::Made(_) | Var::By(_) | Var::Late(_) => 2,
        }
    }
}

/// A field, those that conditions compare with it, those that they compare with these, and so on, nearest first: each with the one
/// through which it is reached.
fn reached<'r>(fields: &'r BTreeMap<String, Compared>, name: &'r str) -> Vec<(&'r str, Option<&'r str>)> {
    let mut row = vec![(name, None)];
    let mut at = 0;
    while let Some((field, _)) = row.get(at).copied() {
        at += 1;
        let beside = fields.get(field).into_iter().flat_map(|own| own.beside.keys().rev());
        for other in beside {
            if row.iter().all(|(known, _)| *known != other.as_str()) {
                row.push((other.as_str(), Some(field)));
            }
        }
    }
    row
}

/// What a field is compared with, directly and through others: of `a < b`, `b < c` each has to find its place among the three.
fn in_a_row(fields: &BTreeMap<String, Compared>, name: &str) -> Option<Compared> {
    let row = reached(fields, name);
    let known = row
        .iter()
        .filter_map(|(field, _)| Some((*field, fields.get(*field)?.clone())));
    let mut all: BTreeMap<&str, Compared> = known.collect();
    // From the farthest on, so that each hands on what it was handed.
    for (field, through) in row.iter().rev() {
        let Some(through) = through else { continue };
        if let Some(far) = all.remove(field)
            && let Some(near) = all.get_mut(through)
        {
            near.with_those_of(field, &far);
        }
    }
    let mut own = all.remove(name)?;
    own.row = row.len();
    Some(own)
}

/// The field without a value of which an effect cannot come about.
pub(super) fn wanted(effect: &EffectRule) -> Option<&str> {
    match effect {
        EffectRule::MoveTo { field } | EffectRule::Delegate { field, .. } => Some(field),
        EffectRule::Assign { field, .. } => field.as_deref(),
        EffectRule::Open { to, .. } => to.as_deref(),
        _ => None,
    }
}
