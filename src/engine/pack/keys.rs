//! Keys that stand for the same in every procedure: the fields that say who somebody is, and the roles.

use std::collections::{BTreeMap, BTreeSet};

use super::problem;
use crate::{
    definition::model::{Definition, RoleKind, Storage},
    diagnostic::{Diagnostic, Severity},
};

/// Warns of fields and of roles that are not the same everywhere.
pub(super) fn check<'d>(definitions: impl Iterator<Item = &'d Definition> + Clone, found: &mut Vec<Diagnostic>) {
    identities(definitions.clone(), found);
    roles(definitions, found);
}

/// What says who somebody is in one procedure can be read in no other.
fn identities<'d>(definitions: impl Iterator<Item = &'d Definition> + Clone, found: &mut Vec<Diagnostic>) {
    let mut identities: BTreeMap<&str, &Definition> = BTreeMap::new();
    for definition in definitions.clone() {
        let of_identity = definition
            .fields
            .iter()
            .filter(|(_, field)| field.storage == Storage::Identity);
        identities.extend(of_identity.map(|(name, _)| (name.as_str(), definition)));
    }
    for definition in definitions {
        let readable = definition
            .fields
            .iter()
            .filter(|(_, field)| field.storage != Storage::Identity);
        for (name, field) in readable {
            let Some(other) = identities.get(name.as_str()) else {
                continue;
            };
            let message = format!(
                "`{name}` is an identity in `{}` version {}, and here it is kept where the case is read",
                other.key, other.version
            );
            let mend = "write `storage: identity`, or give what is no identity another name";
            let place = (field.line, format!("fields.{name}"));
            found.push(warning(definition, "WF504", place, message, mend));
        }
    }
}

/// Who is staff of an office in one procedure may be entrusted with a case in another; nobody else changes sides.
fn roles<'d>(definitions: impl Iterator<Item = &'d Definition> + Clone, found: &mut Vec<Diagnostic>) {
    let side = |kind: RoleKind| match kind {
        RoleKind::Party => "party",
        RoleKind::Staff | RoleKind::Delegate => "staff",
        RoleKind::Liaison => "liaison",
    };
    let mut kinds: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for definition in definitions.clone() {
        for (name, role) in &definition.roles {
            let procedures = kinds.entry(name).or_default().entry(side(role.kind)).or_default();
            procedures.insert(&definition.key);
        }
    }
    for definition in definitions {
        for (name, role) in &definition.roles {
            let Some(of_name) = kinds.get(name.as_str()).filter(|sides| sides.len() > 1) else {
                continue;
            };
            let own = of_name.get(side(role.kind)).map_or(0, BTreeSet::len);
            let most = of_name.iter().max_by_key(|(_, procedures)| procedures.len());
            // The few are told, not the many.
            let Some((usual, procedures)) = most.filter(|(_, procedures)| procedures.len() > own) else {
                continue;
            };
            let message = format!("`{name}` is of kind `{usual}` in {} other procedures", procedures.len());
            let mend = "write the same kind: one key is one role everywhere; else give the role another key";
            let place = (role.line, format!("roles.{name}"));
            found.push(warning(definition, "WF403", place, message, mend));
        }
    }
}

fn warning(
    definition: &Definition,
    code: &'static str,
    (line, path): (u32, String),
    message: String,
    mend: &str,
) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        ..problem(definition, code, (line, &path), message, mend)
    }
}
