//! Separation of duties: roles that nobody has together on one case (`incompatible_with`), such as handling and reviewing.
//!
//! Whoever has or ever had one of the two, by assignment or by acting in it, neither gets the other nor acts in it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    decision::{Actor, Effect, Problem, ProblemCode, Refusal},
    definition::model::{Approver, Definition, Event},
    text::Label,
};

/// Who holds and ever held the roles of a case, by account id.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Roster {
    /// By role: accounts, and whether each holds it now.
    roles: BTreeMap<String, BTreeMap<String, bool>>,
    /// Accounts that are barred from the case.
    barred: BTreeSet<String>,
}

impl Roster {
    /// Notes that an account holds a role now, or held it at some time.
    pub fn note(&mut self, role: &str, account: &str, now: bool) {
        let accounts = self.roles.entry(role.to_owned()).or_default();
        *accounts.entry(account.to_owned()).or_default() |= now;
    }

    /// Notes that an account is barred from the case.
    pub fn bar(&mut self, account: &str) {
        self.barred.insert(account.to_owned());
    }

    /// Whether an account is barred from the case.
    #[must_use]
    pub fn is_barred(&self, account: &str) -> bool {
        self.barred.contains(account)
    }

    /// The same without who had which role.
    pub(crate) fn only_barred(&self) -> Self {
        Self {
            roles: BTreeMap::new(),
            barred: self.barred.clone(),
        }
    }

    /// Whether an account holds a role or ever held it.
    #[must_use]
    pub fn ever(&self, role: &str, account: &str) -> bool {
        self.roles
            .get(role)
            .is_some_and(|accounts| accounts.contains_key(account))
    }

    /// How many accounts hold a role now.
    #[must_use]
    pub fn holders(&self, role: &str) -> usize {
        let accounts = self.roles.get(role).into_iter().flatten();
        accounts.filter(|(_, now)| **now).count()
    }

    /// Follows the effects of a decision in their order, for whoever plays cases without a record of assignments.
    pub fn follow(&mut self, effects: &[Effect], sender: Option<&str>) {
        for effect in effects {
            match effect {
                Effect::Assign {
                    role,
                    account,
                    additional,
                } => {
                    if !additional {
                        self.end(role);
                    }
                    if let Some(account) = account.as_deref().or(sender) {
                        self.note(role, account, true);
                    }
                }
                Effect::Exclude { role } => {
                    let holders = self.roles.get(role).into_iter().flatten();
                    let holding: Vec<String> = holders.filter(|(_, now)| **now).map(|(a, _)| a.clone()).collect();
                    self.barred.extend(holding);
                    self.end(role);
                }
                Effect::Delegate { role, .. } | Effect::Release { role } => self.end(role),
                Effect::MoveTo { .. } | Effect::ReturnToIntake => {
                    let all: Vec<String> = self.roles.keys().cloned().collect();
                    all.iter().for_each(|role| self.end(role));
                }
                _ => {}
            }
        }
    }

    fn end(&mut self, role: &str) {
        let accounts = self.roles.get_mut(role).into_iter().flatten();
        accounts.for_each(|(_, now)| *now = false);
    }
}

/// What stands against an account in a role, because of another role that it has or had on the case.
pub(crate) fn conflict(definition: &Definition, roster: &Roster, role: &str, account: &str) -> Option<Problem> {
    let mut held = roster
        .roles
        .iter()
        .filter(|(_, accounts)| accounts.contains_key(account));
    held.find_map(|(other, _)| {
        let law = definition.separated(role, other)?;
        let title = |name: &str| {
            definition
                .roles
                .get(name)
                .map(|role| role.title.clone())
                .unwrap_or_default()
        };
        let (role, other) = (title(role), title(other));
        let reason = Label {
            zh: format!("曾任本案“{}”的，不得担任本案“{}”。", other.zh, role.zh),
            en: format!(
                "Who is or was “{}” on this case may not be “{}” on it.",
                other.en, role.en
            ),
        };
        let code = ProblemCode::SeparationOfDuties;
        Some(Problem {
            requirement: Some((code.as_str().to_owned(), reason)),
            law: law.cloned(),
            ..Problem::new(code)
        })
    })
}

/// What is missing behind an actor who sends an event. Where no account is known, as in a replay, it was there or is
/// nobody's matter.
pub(crate) fn unapproved(roster: &Roster, event: &Event, acting: &Acting, actor: &Actor) -> Option<Problem> {
    let approval = event.approval.as_ref().filter(|_| actor.account.is_some())?;
    let role = acting.role.as_deref()?;
    let (given, code) = match approval.of {
        Approver::TwoOfficers => (roster.holders(role) >= 2, ProblemCode::TwoOfficersNeeded),
        Approver::Superior => (actor.superior.contains(role), ProblemCode::SuperiorNeeded),
    };
    (!given).then(|| Problem {
        law: approval.law.clone(),
        ..Problem::new(code)
    })
}

/// An actor in the roles that it may act in on a case.
#[derive(Clone, Debug)]
pub(crate) struct Acting {
    /// The one in which the event is sent.
    pub(crate) role: Option<String>,
    /// All of them.
    pub(crate) roles: BTreeSet<String>,
}

/// The role of those that may send something in which an actor sends it, none where it has none of them.
///
/// # Errors
/// That duties are separated, where the actor has such roles and may act in none of them.
pub fn sending_role<'e>(
    definition: &Definition,
    roster: &Roster,
    by: &'e [String],
    actor: &Actor,
) -> Result<Option<&'e String>, Refusal> {
    let mut against = None;
    for role in by.iter().filter(|role| actor.roles.contains(*role)) {
        let account = actor.account.as_deref();
        match account.and_then(|account| conflict(definition, roster, role, account)) {
            None => return Ok(Some(role)),
            Some(problem) => against = against.or(Some(problem)),
        }
    }
    against.map_or(Ok(None), |problem: Problem| Err(problem.into()))
}

/// As [`sending_role`], with all roles that conditions see: none that is incompatible with the one that is sent in.
pub(crate) fn acting(
    definition: &Definition,
    roster: &Roster,
    by: &[String],
    actor: &Actor,
) -> Result<Acting, Refusal> {
    let role = sending_role(definition, roster, by, actor)?;
    let free = |other: &&String| {
        let account = actor.account.as_deref();
        let barred = account.is_some_and(|account| conflict(definition, roster, other, account).is_some());
        !barred && role.is_none_or(|role| definition.separated(role, other).is_none())
    };
    Ok(Acting {
        role: role.cloned(),
        roles: actor.roles.iter().filter(free).cloned().collect(),
    })
}
