//! The roles that an actor has on one case.

use std::collections::{BTreeMap, BTreeSet};

use zhengming_engine::definition::model::{Confidential, Definition, Office, RoleKind};

use super::{Actor, EXCLUDED, STATION};
use crate::store::{AssignmentRow, CaseRow, MembershipRow, OrganisationRow, PartyRow};

/// Which organisation stands above which.
#[derive(Clone, Debug, Default)]
pub struct OrganisationTree {
    rows: BTreeMap<String, OrganisationRow>,
}

impl OrganisationTree {
    /// The tree of these organisations.
    #[must_use]
    pub fn new(rows: Vec<OrganisationRow>) -> Self {
        Self {
            rows: rows.into_iter().map(|row| (row.id.clone(), row)).collect(),
        }
    }

    /// An organisation.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&OrganisationRow> {
        self.rows.get(id)
    }

    /// All organisations, by id.
    pub fn iter(&self) -> impl Iterator<Item = &OrganisationRow> {
        self.rows.values()
    }

    /// Whether `upper` is somewhere above `lower`. A loop in the data ends the walk instead of hanging it.
    #[must_use]
    pub fn above(&self, upper: &str, lower: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut next = self.get(lower).and_then(|row| row.parent_id.as_deref());
        while let Some(id) = next {
            if id == upper {
                return true;
            }
            if !seen.insert(id) {
                return false;
            }
            next = self.get(id).and_then(|row| row.parent_id.as_deref());
        }
        false
    }

    /// The organisation in whose name one acts: of a station that of its office (Order 121 art 30, penalty procedure art 9), of all
    /// others their own.
    #[must_use]
    pub fn in_name_of<'o>(&'o self, id: &'o str) -> &'o str {
        let station = self.get(id).filter(|row| row.kind == STATION);
        station.and_then(|row| row.parent_id.as_deref()).unwrap_or(id)
    }

    /// Whether an organisation stands where an event wants it, seen from the sender's. Provinces have codes that end in four
    /// zeros (GB/T 2260), what is of the whole country has none or only zeros.
    #[must_use]
    pub fn stands(&self, office: Office, sender: &str, named: &str) -> bool {
        match office {
            Office::Own => named == sender,
            Office::Below => self.above(sender, named),
            Office::OwnOrBelow => named == sender || self.above(sender, named),
            Office::Other => named != sender,
            Office::Provincial => self
                .get(named)
                .is_some_and(|row| row.division_code.is_empty() || row.division_code.ends_with("0000")),
        }
    }

    /// An organisation and all below it.
    #[must_use]
    pub fn scope(&self, id: &str) -> Vec<String> {
        self.rows
            .keys()
            .filter(|other| *other == id || self.above(id, other))
            .cloned()
            .collect()
    }
}

/// What an actor is to a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Roles of the procedure that the actor has on this case.
    pub roles: BTreeSet<String>,
    /// Handles the case for its organisation: reads all but identities.
    pub staff: bool,
    /// Reads without acting: staff of a superior organisation, or of the one that took the case in.
    pub overseer: bool,
    /// Barred from it.
    pub excluded: bool,
    /// Of the roles, those that come from an organisation above the one that has the case.
    pub superior: BTreeSet<String>,
}

impl Standing {
    /// Whether the actor may know of the case at all.
    #[must_use]
    pub fn knows(&self) -> bool {
        !self.excluded && (self.staff || self.overseer || !self.roles.is_empty())
    }

    /// Whether fields, events and documents are shown as to staff.
    #[must_use]
    pub fn reads_as_staff(&self) -> bool {
        !self.excluded && (self.staff || self.overseer)
    }
}

/// Computes the standing of an actor from rows alone.
#[must_use]
pub fn standing(
    actor: &Actor,
    definition: &Definition,
    case: &CaseRow,
    parties: &[PartyRow],
    assignments: &[AssignmentRow],
    organisations: &OrganisationTree,
) -> Standing {
    match actor {
        Actor::System | Actor::Anonymous => Standing::default(),
        Actor::Receipt { case_id } if *case_id == case.id => Standing {
            roles: definition.filers().cloned().collect(),
            ..Standing::default()
        },
        Actor::Receipt { .. } => Standing::default(),
        // Whoever signs for an organisation does so in any role that it can have on the case; whom it lets do what is its own
        // affair.
        Actor::Organisation { id } => {
            let live: Vec<_> = assignments.iter().filter(|a| a.until_seq.is_none()).collect();
            let mut standing = Standing::default();
            for role in definition.roles.keys() {
                let membership = MembershipRow {
                    id: String::new(),
                    account_id: String::new(),
                    organisation_id: id.clone(),
                    role: role.clone(),
                    granted_at: case.opened_at,
                    revoked_at: None,
                };
                add(&mut standing, &membership, definition, case, &live, organisations);
            }
            standing
        }
        Actor::Person(person) => {
            let account = person.account.id.as_str();
            let live = || assignments.iter().filter(|a| a.until_seq.is_none());
            if live().any(|a| a.role == EXCLUDED && a.account_id.as_deref() == Some(account)) {
                return Standing {
                    excluded: true,
                    ..Standing::default()
                };
            }
            let mut standing = Standing::default();
            let party = parties.iter().filter(|p| p.account_id.as_deref() == Some(account));
            standing.roles.extend(party.map(|p| p.role.clone()));
            if case.filer_account_id.as_deref() == Some(account) {
                standing.roles.extend(definition.filers().cloned());
            }
            let is_party = !standing.roles.is_empty();
            // One's own matter is no matter for one's office.
            if !is_party {
                let own = live().filter(|a| a.account_id.as_deref() == Some(account));
                let own = own.filter(|a| definition.roles.contains_key(&a.role));
                standing.roles.extend(own.map(|a| a.role.clone()));
                for membership in &person.memberships {
                    add(
                        &mut standing,
                        membership,
                        definition,
                        case,
                        &live().collect::<Vec<_>>(),
                        organisations,
                    );
                }
            }
            standing
        }
    }
}

/// The organisation in whose name an actor acts in a role of a case. Staff and liaisons act for the one that they belong to,
/// which need not be the one that has the case: a superior that designates, an office that kept its part, a procuratorate
/// beside the police. None for parties, and for those who are entrusted and act in the name of the one that has the case.
#[must_use]
pub fn acts_for(
    actor: &Actor,
    definition: &Definition,
    case: &CaseRow,
    assignments: &[AssignmentRow],
    organisations: &OrganisationTree,
    role: &str,
) -> Option<String> {
    if !signs(definition, role) {
        return None;
    }
    let person = match actor {
        Actor::Organisation { id } => return Some(id.clone()),
        Actor::Person(person) => person,
        Actor::System | Actor::Anonymous | Actor::Receipt { .. } => return None,
    };
    let live: Vec<_> = assignments.iter().filter(|a| a.until_seq.is_none()).collect();
    let gives = |membership: &&MembershipRow| {
        let mut alone = Standing::default();
        add(&mut alone, membership, definition, case, &live, organisations);
        // Who took the role on the case has it by that, and the membership gives it to nobody any more.
        alone.roles.contains(role) || membership.role == role
    };
    let giving = person.memberships.iter().filter(gives);
    nearest(giving, &case.organisation_id)
}

/// The organisation in whose name an actor files in a role, for the one that receives the case or not: that of the
/// staff. None for parties.
#[must_use]
pub fn files_for(actor: &Actor, definition: &Definition, receiving: &str, role: &str) -> Option<String> {
    let memberships = actor.person().filter(|_| signs(definition, role))?.memberships.iter();
    nearest(memberships.filter(|m| m.role == role), receiving)
}

/// Whether whoever acts in a role acts for the organisation that they belong to.
fn signs(definition: &Definition, role: &str) -> bool {
    let kind = definition.roles.get(role).map(|role| role.kind);
    matches!(kind, Some(RoleKind::Staff | RoleKind::Liaison))
}

/// Of the organisations that give somebody a role the one that has the case, else the first.
fn nearest<'m>(giving: impl Iterator<Item = &'m MembershipRow> + Clone, has: &str) -> Option<String> {
    let mut ids = giving.map(|membership| &membership.organisation_id);
    let own = ids.clone().find(|id| *id == has);
    own.or_else(|| ids.next()).cloned()
}

/// What one membership adds.
fn add(
    standing: &mut Standing,
    membership: &MembershipRow,
    definition: &Definition,
    case: &CaseRow,
    live: &[&AssignmentRow],
    organisations: &OrganisationTree,
) {
    let organisation = membership.organisation_id.as_str();
    let role = membership.role.as_str();
    let by_organisation = |a: &&&AssignmentRow| a.organisation_id.as_deref() == Some(organisation);
    match definition.roles.get(role).map(|r| r.kind) {
        Some(RoleKind::Staff) if case.organisation_id == organisation => {
            // Once somebody has taken a role on the case, colleagues with the same role only read along; of what is
            // confidential they do not know any more. An organisation that signs a file is all its people.
            let mut holders = live
                .iter()
                .filter(|a| a.role == role)
                .filter_map(|a| a.account_id.as_ref())
                .peekable();
            let taken = holders.peek().is_some();
            let theirs = membership.account_id.is_empty() || holders.any(|account| *account == membership.account_id);
            if !taken {
                standing.roles.insert(role.to_owned());
            }
            standing.staff |= !taken || theirs || definition.confidential.is_none();
        }
        Some(RoleKind::Liaison) if organisations.above(organisation, &case.organisation_id) => {
            standing.overseer = true;
            standing.roles.insert(role.to_owned());
            standing.superior.insert(role.to_owned());
        }
        Some(RoleKind::Staff) => {
            let may = |roles: fn(&Confidential) -> &BTreeSet<String>| {
                definition
                    .confidential
                    .as_ref()
                    .is_none_or(|closed| roles(closed).contains(role))
            };
            let took_in = live.iter().filter(by_organisation).any(|a| a.role == super::INTAKE);
            let is_above = organisations.above(organisation, &case.organisation_id);
            if took_in && may(|closed| &closed.giving) || is_above && may(|closed| &closed.above) {
                standing.overseer = true;
            }
        }
        _ => {}
    }
    // A case entrusted to an organisation is entrusted to its mediators; a role that it kept is its staff's.
    for assignment in live.iter().filter(by_organisation) {
        let staff = definition
            .roles
            .get(&assignment.role)
            .is_some_and(|r| r.kind == RoleKind::Staff);
        if staff && role == assignment.role {
            standing.overseer = true;
            standing.roles.insert(role.to_owned());
        }
        let entrusted = definition
            .roles
            .get(&assignment.role)
            .is_some_and(|r| r.kind != RoleKind::Staff);
        if entrusted && (role == assignment.role || role == super::MEDIATOR) {
            standing.roles.insert(assignment.role.clone());
        }
    }
}
