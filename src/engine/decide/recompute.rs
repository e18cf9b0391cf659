//! A case follows a change of the law or its calendar, as when the holidays of a year are published.

use time::OffsetDateTime;

use super::{
    course::Done,
    mismatch, position,
    step::{Answers, Step},
};
use crate::{
    chart::Position,
    clock::{ClockState, Due, Law},
    decision::{CaseView, Decision, Moved, RECOMPUTED, Refusal},
    definition::model::{ClockRule, Definition, EffectRule, Owner, RoleKind},
};

/// Computes the open clocks of a case again. `None`: every deadline stays where it is.
///
/// `notice` is what tells the officers of a deadline that moved; one that merely stops being provisional is recorded and
/// told to nobody.
///
/// # Errors
/// [`crate::decision::ProblemCode::DefinitionMismatch`] when definition, law and case do not fit.
pub fn recompute(
    definition: &Definition,
    law: &Law,
    view: &CaseView,
    notice: Option<&str>,
    now: OffsetDateTime,
) -> Result<Option<Decision>, Refusal> {
    let mut changed = Vec::new();
    for (name, clock) in &view.clocks {
        let next = clock.reproject(law).map_err(|_| mismatch())?;
        if next.due != clock.due {
            changed.push((name, clock, next));
        }
    }
    let Some((_, first, _)) = changed.first() else {
        return Ok(None);
    };
    let basis = Some(first.terms.legal_basis.clone());
    let from = position(definition, view)?;
    let moved = changed.iter().filter(|(_, before, after)| end(before) != end(after));
    let moved: Vec<Moved> = moved.map(|(name, before, after)| told(name, before, after)).collect();
    let tell = notice.filter(|_| !moved.is_empty()).map(|notice| EffectRule::Notify {
        to: officers(definition, &from, &moved),
        notice: notice.to_owned(),
    });
    let mut clocks = view.clocks.clone();
    for (name, _, after) in changed {
        clocks.insert(name.clone(), after);
    }
    let step = Step {
        definition,
        law,
        view: &CaseView { clocks, ..view.clone() },
        kind: RECOMPUTED.to_owned(),
        event: "",
        timer: None,
        signal: None,
        sender: None,
        legal_moment: now,
    };
    let done = Done {
        effects: tell.iter().collect(),
        ..Done::default()
    };
    let decision = step.take(&from, &from, Answers::none(view), &done, basis)?;
    Ok(Some(Decision { moved, ..decision }))
}

/// When a clock ends, and what is left of one that stands still: what people go by.
fn end(clock: &ClockState) -> (Option<OffsetDateTime>, Option<crate::clock::Remaining>) {
    match clock.due {
        Due::At(due) => (Some(due.due_at), None),
        Due::Suspended { remaining } => (None, Some(remaining)),
    }
}

fn told(name: &str, before: &ClockState, after: &ClockState) -> Moved {
    let date = |clock: &ClockState| clock.due.at().map(|due| due.due_date);
    Moved {
        clock: name.to_owned(),
        from: date(before),
        to: date(after),
    }
}

/// Whom the clocks warn, staff only; for clocks that warn none of them, the staff whose turn it is.
fn officers(definition: &Definition, position: &Position, moved: &[Moved]) -> Vec<String> {
    let staff = |role: &&String| definition.roles.get(*role).is_some_and(|r| r.kind == RoleKind::Staff);
    let warned = |rule: &ClockRule| -> Vec<String> {
        let roles = rule.warn.iter().flat_map(|rung| &rung.notify);
        roles.filter(staff).cloned().collect()
    };
    let owners = || -> Vec<String> {
        let leaves = definition.chart.leaves(position).filter_map(|ix| definition.at(ix));
        let owned = leaves.filter_map(|state| match &state.owner {
            Owner::Roles(roles) => Some(roles),
            Owner::Nobody(_) => None,
        });
        owned.flatten().filter(staff).cloned().collect()
    };
    let mut all: Vec<String> = Vec::new();
    for rule in moved.iter().filter_map(|moved| definition.clocks.get(&moved.clock)) {
        let roles = Some(warned(rule))
            .filter(|roles| !roles.is_empty())
            .unwrap_or_else(owners);
        for role in roles {
            if !all.contains(&role) {
                all.push(role);
            }
        }
    }
    all
}
