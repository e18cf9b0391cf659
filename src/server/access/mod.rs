//! Who may do what: roles of an actor on a case, and what follows from them. Pure: rows in, answers out.
//!
//! One function decides ([`can`]); resolvers, pages, lists, exports and mails call it, and what is not allowed is denied.
//! Whoever may not know of a case gets the same answer as for one that does not exist.

use std::collections::BTreeSet;

use zhengming_engine::{
    definition::model::{FieldKind, RoleKind},
    pack::Pack,
};

mod actor;
mod policy;
mod reach;
mod standing;

pub use actor::{Actor, Person};
pub use policy::{Action, Permit, can};
pub use reach::reach;
pub use standing::{OrganisationTree, Standing, acts_for, files_for, standing};

pub use crate::store::EXCLUDED;

/// Assignment that remembers which organisation took a case in.
pub const INTAKE: &str = "intake";

/// Role that makes and ends accounts.
pub const ADMINISTRATOR: &str = "administrator";

/// Roles of the service itself, which have nothing to do with cases.
pub const SERVICE_ROLES: [&str; 3] = ["analyst", "auditor", ADMINISTRATOR];

/// Role whose holders work for their organisation on every case that is entrusted to it.
pub(crate) const MEDIATOR: &str = "mediator";

/// Role of who heads an office: nobody else erases personal data.
pub(crate) const HEAD: &str = "head";

/// Roles that a person can hold in an organisation whatever the procedures: those of the shipped ones and of the service
/// itself. Procedures may name more, see [`grantable`].
pub const ROLES: [&str; 29] = [
    "intake_officer",
    "case_officer",
    "reviewer",
    "legal_reviewer",
    "hearing_host",
    HEAD,
    "superior_officer",
    MEDIATOR,
    "mediation_body",
    "mediation_head",
    "ip_mediator",
    "ip_mediation_head",
    "police_officer",
    "procurator",
    "chief_procurator",
    "judge",
    "court_president",
    "court_officer",
    "platform_officer",
    "inspector",
    "registry_officer",
    "association_officer",
    "peer_office",
    "police_liaison",
    "procuratorate_liaison",
    "court_liaison",
    "analyst",
    "auditor",
    ADMINISTRATOR,
];

/// Kind of the stations (派出机构) that act in the name of the office above them. One that a law lets act in its own name is an
/// authority like others.
const STATION: &str = "market_station";

/// Kinds of organisations that the shipped procedures or the service know.
const KINDS: [&str; 7] = [
    "market_regulation",
    STATION,
    "consumer_association",
    "mediation_body",
    "police",
    "procuratorate",
    "court",
];

/// Every kind that an organisation can be of: those of the service, and those that the pack names, in a field or as takers of
/// filings.
#[must_use]
pub fn organisation_kinds(pack: &Pack) -> BTreeSet<&str> {
    let fields = pack.procedures.values().flatten().flat_map(|d| d.fields.values());
    let named = fields.filter_map(|field| match &field.kind {
        FieldKind::Organisation { kinds } => Some(kinds.iter().map(String::as_str)),
        _ => None,
    });
    let receivers = pack.procedures.values().flatten().flat_map(|d| &d.filing.received_by);
    let receivers = receivers.map(String::as_str);
    KINDS.into_iter().chain(named.flatten()).chain(receivers).collect()
}

/// Every role that can be given to an account: [`ROLES`] and those that a procedure of the pack gives to staff, liaisons or
/// entrusted bodies.
#[must_use]
pub fn grantable(pack: &Pack) -> BTreeSet<&str> {
    let definitions = pack.procedures.values().flatten();
    let of_pack = definitions.flat_map(|definition| &definition.roles);
    let of_pack = of_pack.filter(|(_, role)| role.kind != RoleKind::Party);
    ROLES.into_iter().chain(of_pack.map(|(key, _)| key.as_str())).collect()
}
