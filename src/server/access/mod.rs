//! Who may do what: roles of an actor on a case, and what follows from them. Pure: rows in, answers out.
//!
//! One function decides ([`can`]); resolvers, pages, lists, exports and mails call it, and what is not allowed is denied.
//! Whoever may not know of a case gets the same answer as for one that does not exist.

mod actor;
mod policy;
mod standing;

pub use actor::{Actor, Person};
pub use policy::{Action, Permit, can};
pub use standing::{OrganisationTree, Standing, standing};

/// Role that bars its holder from a case: conflict of interest or granted recusal.
pub const EXCLUDED: &str = "excluded";

/// Assignment that remembers which organisation took a case in.
pub const INTAKE: &str = "intake";

/// Roles that a person can hold in an organisation, the same words as in the procedures.
pub const ROLES: [&str; 13] = [
    "intake_officer",
    "case_officer",
    "reviewer",
    "head",
    "superior_officer",
    "mediator",
    "mediation_body",
    "police_liaison",
    "procuratorate_liaison",
    "court_liaison",
    "analyst",
    "auditor",
    "administrator",
];
