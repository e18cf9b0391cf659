//! Which cases a person may know of at all: what [`super::standing()`] says of one case, said of all of them.

use std::collections::{BTreeMap, BTreeSet};

use zhengming_engine::definition::model::{Definition, RoleKind};

use super::{INTAKE, OrganisationTree, Person};
use crate::store::{MembershipRow, OfficeReach, Reach};

/// The reach of a person over cases pinned to one of `definitions`: exactly those of which the person's standing knows.
///
/// Lists and totals are asked for with it, so a total never counts a case that its reader may not know of.
#[must_use]
pub fn reach<'a>(
    person: &Person,
    definitions: impl Iterator<Item = &'a Definition>,
    organisations: &OrganisationTree,
) -> Reach {
    // Most versions give a role the same meaning; they share one condition.
    let mut alike: BTreeMap<Reached, BTreeSet<String>> = BTreeMap::new();
    for definition in definitions {
        let mut reached = Reached::default();
        for membership in &person.memberships {
            add(membership, definition, organisations, &mut reached);
        }
        if reached != Reached::default() {
            let hashes = alike.entry(reached).or_default();
            hashes.insert(definition.hash.clone());
        }
    }
    let offices = alike.into_iter().map(|(reached, hashes)| OfficeReach {
        definition_hashes: hashes.into_iter().collect(),
        organisation_ids: reached.organisations.into_iter().collect(),
        untaken: reached.untaken.into_iter().collect(),
        entrusted: reached
            .entrusted
            .into_iter()
            .map(|(organisation, roles)| (organisation, roles.into_iter().collect()))
            .collect(),
    });
    Reach {
        account_id: person.account.id.clone(),
        offices: offices.collect(),
    }
}

/// What memberships reach.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
struct Reached {
    /// Organisations all of whose cases are reached.
    organisations: BTreeSet<String>,
    /// Organisation and role: its cases are reached while nobody has taken the role on them.
    untaken: BTreeSet<(String, String)>,
    /// Roles whose assignment to an organisation opens a case to its people, by organisation.
    entrusted: BTreeMap<String, BTreeSet<String>>,
}

/// What one membership reaches in one version of a procedure.
fn add(membership: &MembershipRow, definition: &Definition, organisations: &OrganisationTree, office: &mut Reached) {
    let (organisation, role) = (membership.organisation_id.as_str(), membership.role.as_str());
    let kind = definition.roles.get(role).map(|r| r.kind);
    let mut opening: BTreeSet<String> = BTreeSet::new();
    match kind {
        Some(RoleKind::Staff) => {
            let below = organisations.scope(organisation).into_iter();
            let below = below.filter(|id| id != organisation);
            opening.insert(role.to_owned());
            match &definition.confidential {
                None => {
                    office.organisations.extend(below);
                    office.organisations.insert(organisation.to_owned());
                    opening.insert(INTAKE.to_owned());
                }
                Some(closed) => {
                    office.untaken.insert((organisation.to_owned(), role.to_owned()));
                    if closed.above.contains(role) {
                        office.organisations.extend(below);
                    }
                    if closed.giving.contains(role) {
                        opening.insert(INTAKE.to_owned());
                    }
                }
            }
        }
        Some(RoleKind::Liaison) => {
            let below = organisations.scope(organisation).into_iter();
            office.organisations.extend(below.filter(|id| id != organisation));
        }
        _ => {}
    }
    let entrusting = definition
        .roles
        .iter()
        .filter(|(key, r)| r.kind != RoleKind::Staff && (key.as_str() == role || role == super::MEDIATOR));
    opening.extend(entrusting.map(|(key, _)| key.clone()));
    if !opening.is_empty() {
        office
            .entrusted
            .entry(organisation.to_owned())
            .or_default()
            .extend(opening);
    }
}
