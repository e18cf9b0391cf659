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
    let mut alike: BTreeMap<(BTreeSet<String>, Entrusted), BTreeSet<String>> = BTreeMap::new();
    for definition in definitions {
        let mut reached = BTreeSet::new();
        let mut entrusted = Entrusted::new();
        for membership in &person.memberships {
            add(membership, definition, organisations, &mut reached, &mut entrusted);
        }
        if !(reached.is_empty() && entrusted.is_empty()) {
            let hashes = alike.entry((reached, entrusted)).or_default();
            hashes.insert(definition.hash.clone());
        }
    }
    let offices = alike
        .into_iter()
        .map(|((organisations, entrusted), hashes)| OfficeReach {
            definition_hashes: hashes.into_iter().collect(),
            organisation_ids: organisations.into_iter().collect(),
            entrusted: entrusted
                .into_iter()
                .map(|(organisation, roles)| (organisation, roles.into_iter().collect()))
                .collect(),
        });
    Reach {
        account_id: person.account.id.clone(),
        offices: offices.collect(),
    }
}

/// Roles whose assignment to an organisation opens a case to its people, by organisation.
type Entrusted = BTreeMap<String, BTreeSet<String>>;

/// What one membership reaches in one version of a procedure.
fn add(
    membership: &MembershipRow,
    definition: &Definition,
    organisations: &OrganisationTree,
    reached: &mut BTreeSet<String>,
    entrusted: &mut Entrusted,
) {
    let (organisation, role) = (membership.organisation_id.as_str(), membership.role.as_str());
    let kind = definition.roles.get(role).map(|r| r.kind);
    let mut opening: BTreeSet<String> = BTreeSet::new();
    match kind {
        Some(RoleKind::Staff) => {
            reached.extend(organisations.scope(organisation));
            reached.insert(organisation.to_owned());
            opening.extend([role.to_owned(), INTAKE.to_owned()]);
        }
        Some(RoleKind::Liaison) => {
            let below = organisations.scope(organisation).into_iter();
            reached.extend(below.filter(|id| id != organisation));
        }
        _ => {}
    }
    let entrusting = definition
        .roles
        .iter()
        .filter(|(key, r)| r.kind != RoleKind::Staff && (key.as_str() == role || role == super::MEDIATOR));
    opening.extend(entrusting.map(|(key, _)| key.clone()));
    if !opening.is_empty() {
        entrusted.entry(organisation.to_owned()).or_default().extend(opening);
    }
}
