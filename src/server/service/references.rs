//! Whom and what answers name: organisations, divisions and people, and where they must stand.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};
use zhengming_engine::{
    decision::Problem,
    definition::model::{Definition, Event, FieldKind},
    form::ValueProblem,
};

use super::{Error, Result, wording::Called};
use crate::{
    access::{Actor, OrganisationTree, Standing, acts_for},
    app::App,
    store::{AssignmentRow, CaseRow},
};

fn is_division(app: &App, code: &str) -> bool {
    Called::new(&app.pack(), &app.organisations()).has_division(code)
}

/// The organisations whose people can be named on a case: the one that has it, those that hold a role on it, and those in whose
/// name the actor comes.
pub(super) async fn offices_of(app: &App, actor: &Actor, case: &CaseRow) -> Result<BTreeSet<String>> {
    let assignments = app.store.assignments_of(std::slice::from_ref(&case.id)).await?;
    let holding = assignments.into_iter().filter(|row| row.until_seq.is_none());
    let mut offices: BTreeSet<String> = holding.filter_map(|row| row.organisation_id).collect();
    offices.insert(case.organisation_id.clone());
    offices.extend(own_offices(actor));
    Ok(offices)
}

/// The organisations in whose name an actor comes.
pub(super) fn own_offices(actor: &Actor) -> impl Iterator<Item = String> {
    let memberships = actor
        .person()
        .map(|person| person.memberships.as_slice())
        .unwrap_or_default();
    memberships.iter().map(|membership| membership.organisation_id.clone())
}

/// Organisations, divisions and accounts named in answers must exist and be of the kind that the field asks for; accounts of
/// people who still work, in one of the `offices`: nobody puts another office's officers on a case.
pub(super) async fn check_references(
    app: &App,
    definition: &Definition,
    fields: &Map<String, Json>,
    offices: &BTreeSet<String>,
) -> Result<()> {
    let mut problems = Vec::new();
    for (name, value) in fields {
        let (Some(field), Some(id)) = (definition.fields.get(name), value.as_str()) else {
            continue;
        };
        let good = match &field.kind {
            FieldKind::Organisation { kinds } => {
                id.is_empty()
                    || app
                        .organisations()
                        .get(id)
                        .is_some_and(|o| kinds.is_empty() || kinds.contains(&o.kind))
            }
            FieldKind::Division => id.is_empty() || is_division(app, id),
            FieldKind::Account { role } => id.is_empty() || works_in(app, id, role, offices).await?,
            _ => true,
        };
        if !good {
            problems.push(Problem::value(name, ValueProblem::NotAnOption));
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(problems))
    }
}

/// Whether somebody holds a role in one of some organisations, and has not been shut out.
async fn works_in(app: &App, account: &str, role: &str, offices: &BTreeSet<String>) -> Result<bool> {
    let ids = [account.to_owned()];
    let held = app.store.memberships_of(&ids).await?.into_iter().any(|membership| {
        membership.role == role && membership.revoked_at.is_none() && offices.contains(&membership.organisation_id)
    });
    let accounts = app.store.accounts_by_ids(&ids).await?;
    Ok(held && accounts.iter().any(|account| account.disabled_at.is_none()))
}

/// Organisations that an event's answers name must stand where the event wants them, seen from the sender's. With one that is
/// not known nothing is said here: [`check_references`] does.
///
/// # Errors
/// [`Error::Refused`] with each answer and the event's article.
pub(super) fn check_offices(
    event: &Event,
    answers: &Map<String, Json>,
    sender: &str,
    organisations: &OrganisationTree,
) -> Result<()> {
    let wrong = event.offices.iter().filter_map(|(field, office)| {
        let named = answers.get(field)?.as_str().filter(|id| !id.is_empty())?;
        let problem = || Problem {
            law: event.law.clone(),
            ..Problem::value(field, ValueProblem::WrongOffice(*office))
        };
        (!organisations.stands(*office, sender, named)).then(problem)
    });
    let wrong: Vec<Problem> = wrong.collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(wrong))
    }
}

/// The organisation from which an event is sent in a role: that of the sender, or the one that has the case where somebody
/// acts in its name.
pub(super) fn sender(
    actor: &Actor,
    definition: &Definition,
    case: &CaseRow,
    assignments: &[AssignmentRow],
    organisations: &OrganisationTree,
    role: &str,
) -> String {
    let own = acts_for(actor, definition, case, assignments, organisations, role);
    own.unwrap_or_else(|| case.organisation_id.clone())
}

/// From which organisation the actor would send each event of a case that is particular about organisations.
pub(super) fn senders(
    actor: &Actor,
    definition: &Definition,
    case: &CaseRow,
    assignments: &[AssignmentRow],
    organisations: &OrganisationTree,
    standing: &Standing,
) -> BTreeMap<String, String> {
    let particular = definition.events.iter().filter(|(_, event)| !event.offices.is_empty());
    let sent = particular.filter_map(|(name, event)| {
        let role = event.by.iter().find(|role| standing.roles.contains(*role))?;
        let from = sender(actor, definition, case, assignments, organisations, role);
        Some((name.clone(), from))
    });
    sent.collect()
}
