//! Keys that stand for the same in every procedure: the fields that say who somebody is, and the roles.

use std::collections::{BTreeMap, BTreeSet};

use super::problem;
use crate::{
    definition::model::{Definition, Field, RoleKind, Storage},
    diagnostic::{Diagnostic, Severity},
};

/// Warns of a field that says who somebody is in one procedure and can be read in another, and of a role that is of another kind.
pub(super) fn check<'d>(definitions: impl Iterator<Item = &'d Definition> + Clone, found: &mut Vec<Diagnostic>) {
    let mut identities: BTreeMap<&str, &Definition> = BTreeMap::new();
    for definition in definitions.clone() {
        let of_identity = |field: &&Field| field.storage == Storage::Identity;
        let names = definition.fields.iter().filter(|(_, field)| of_identity(field));
        names.for_each(|(name, _)| {
            identities.entry(name).or_insert(definition);
        });
    }
    for definition in definitions.clone() {
        for (name, field) in &definition.fields {
            if let Some(other) = identities.get(name.as_str())
                && field.storage != Storage::Identity
            {
                let message = format!(
                    "`{name}` is an identity in `{}` version {}, and here it is kept where the case is read",
                    other.key, other.version
                );
                let mend = "write `storage: identity`, or give what is no identity another name";
                found.push(warning(
                    definition,
                    "WF504",
                    (field.line, &format!("fields.{name}")),
                    message,
                    mend,
                ));
            }
        }
    }
    roles(definitions, found);
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
            found.push(warning(
                definition,
                "WF403",
                (role.line, &format!("roles.{name}")),
                message,
                mend,
            ));
        }
    }
}

fn warning(definition: &Definition, code: &'static str, place: (u32, &str), message: String, mend: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        ..problem(definition, code, place, message, mend)
    }
}
