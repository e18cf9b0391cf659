//! Something is added to a case that does not move it.

use time::OffsetDateTime;

use super::{Answers, Done, Step, day, position};
use crate::{
    clock::Law,
    contribution::Contribution,
    decision::{Actor, CaseView, Decision, EVIDENCE_ADDED, Effect, MESSAGE_SENT, Problem, ProblemCode, Refusal},
    definition::model::{Definition, Owner, RoleKind},
};

/// Adds something to a case. No state, field, clock or version changes; those it is for are told by `notice`, where there is one.
///
/// # Errors
/// [`ProblemCode::Excluded`] and [`ProblemCode::RoleRequired`] for whoever has no part in the case,
/// [`ProblemCode::EventNotAvailable`] once it has ended, [`ProblemCode::MissingField`] and [`ProblemCode::InvalidField`] for
/// what does not fit.
pub fn append(
    definition: &Definition,
    law: &Law,
    view: &CaseView,
    contribution: &Contribution,
    notice: Option<&str>,
    actor: &Actor,
    now: OffsetDateTime,
) -> Result<Decision, Refusal> {
    if actor.excluded {
        return Err(Problem::new(ProblemCode::Excluded).into());
    }
    let role = contributor(definition, actor).ok_or(Problem::new(ProblemCode::RoleRequired))?;
    let is_party = definition
        .roles
        .get(role)
        .is_some_and(|role| role.kind == RoleKind::Party);
    let at = position(definition, view)?;
    let ended = definition
        .chart
        .leaves(&at)
        .any(|leaf| definition.at(leaf).is_some_and(|state| state.outcome.is_some()));
    if ended {
        return Err(Problem::new(ProblemCode::EventNotAvailable).into());
    }
    let problems = contribution.problems(definition, is_party, day(now)?);
    if !problems.is_empty() {
        return Err(Refusal { problems });
    }
    let name = match contribution {
        Contribution::Message(_) => MESSAGE_SENT,
        Contribution::Evidence(_) => EVIDENCE_ADDED,
    };
    let step = Step {
        definition,
        law,
        view,
        kind: name.to_owned(),
        event: "",
        timer: None,
        signal: None,
        sender: None,
        legal_moment: now,
    };
    let decision = step.take(&at, &at, Answers::none(view), &Done::default(), None)?;
    let mut told: Vec<String> = contribution.readers().to_vec();
    if told.is_empty() && is_party {
        told = handlers(definition, view);
    }
    told.sort();
    told.dedup();
    told.retain(|to| to != role);
    let notify = notice.filter(|_| !told.is_empty()).map(|notice| Effect::Notify {
        to: told,
        notice: notice.to_owned(),
        superior: false,
    });
    Ok(Decision {
        raises_version: false,
        contribution: Some(contribution.clone()),
        effects: notify.into_iter().collect(),
        ..decision
    })
}

/// The role in which somebody adds something: the first that the procedure knows.
pub fn contributor<'a>(definition: &Definition, actor: &'a Actor) -> Option<&'a String> {
    actor.roles.iter().find(|role| definition.roles.contains_key(*role))
}

/// Who handles the case: the staff whom its states belong to.
fn handlers(definition: &Definition, view: &CaseView) -> Vec<String> {
    let states = definition.states.iter().filter(|state| view.states.contains(&state.id));
    let owners = states.flat_map(|state| match &state.owner {
        Owner::Roles(roles) => roles.as_slice(),
        Owner::Nobody(_) => &[],
    });
    let is_staff = |role: &&String| definition.roles.get(*role).is_some_and(|r| r.kind != RoleKind::Party);
    owners.filter(is_staff).cloned().collect()
}
