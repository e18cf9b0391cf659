//! What a standing allows.

use super::{Actor, Standing};

/// Something that somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Know that the case exists and read what its roles may read.
    ReadCase,
    /// Send an event; the procedure decides which.
    SendEvent,
    /// Read who filed, for a stated purpose.
    DiscloseIdentity,
    /// Erase the personal data of a case.
    ErasePerson,
    /// Write a message to the other side of the desk.
    SendMessage,
    /// Change accounts and roles.
    Administer,
    /// Read the audit trail.
    ReadAudit,
    /// Keep marks in the register.
    KeepRegister,
    /// Propose and publish procedures and law.
    PublishWorkflows,
}

impl Action {
    /// All actions, for the matrix.
    pub const ALL: [Self; 9] = [
        Self::ReadCase,
        Self::SendEvent,
        Self::DiscloseIdentity,
        Self::ErasePerson,
        Self::SendMessage,
        Self::Administer,
        Self::ReadAudit,
        Self::KeepRegister,
        Self::PublishWorkflows,
    ];

    /// Stable code for the audit trail.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ReadCase => "case.read",
            Self::SendEvent => "case.event",
            Self::DiscloseIdentity => "identity.disclose",
            Self::ErasePerson => "person.erase",
            Self::SendMessage => "case.message",
            Self::Administer => "account.administer",
            Self::ReadAudit => "audit.read",
            Self::KeepRegister => "register.keep",
            Self::PublishWorkflows => "workflows.publish",
        }
    }
}

/// Proof that [`can`] said yes. Nothing else makes one.
#[derive(Clone, Copy, Debug)]
pub struct Permit {
    action: Action,
}

impl Permit {
    /// What was permitted.
    #[must_use]
    pub const fn action(&self) -> Action {
        self.action
    }
}

/// Roles that may have an identity disclosed to them, for cases that they handle: those of authorities, of bodies that mediate, of
/// courts and of platforms. Without, whoever must invite the sides could not call them.
const DISCLOSURE: [&str; 9] = [
    "intake_officer",
    "case_officer",
    super::HEAD,
    "mediation_body",
    "mediation_head",
    "ip_mediation_head",
    "judge",
    "court_president",
    "platform_officer",
];

/// Decides. `standing` is that of the actor on the case in question; for actions without a case it is the default one.
#[must_use]
pub fn can(actor: &Actor, action: Action, standing: &Standing) -> Option<Permit> {
    let allowed = match action {
        Action::ReadCase => standing.knows(),
        Action::SendEvent | Action::SendMessage => !standing.excluded && !standing.roles.is_empty(),
        Action::DiscloseIdentity => {
            standing.staff && !standing.excluded && DISCLOSURE.iter().any(|role| standing.roles.contains(*role))
        }
        Action::ErasePerson => standing.staff && !standing.excluded && standing.roles.contains(super::HEAD),
        Action::Administer => actor.holds(super::ADMINISTRATOR),
        Action::ReadAudit => actor.holds("auditor"),
        Action::KeepRegister | Action::PublishWorkflows => actor.holds("analyst") || actor.holds(super::ADMINISTRATOR),
    };
    allowed.then_some(Permit { action })
}
