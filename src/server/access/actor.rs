//! Who is asking.

use crate::store::{AccountRow, MembershipRow};

/// Who is asking. Authority comes from here alone, never from the request's fields.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Nobody signed in.
    Anonymous,
    /// The holder of a receipt, for the one case that it opens.
    Receipt {
        /// The case.
        case_id: String,
    },
    /// An organisation that has no access here: what it did comes as a file that it signed.
    Organisation {
        /// Its id.
        id: String,
    },
    /// Somebody signed in.
    Person(Person),
    /// The service itself: clocks and jobs.
    System,
}

/// A signed-in person with the roles that are in force now.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub account: AccountRow,
    /// Memberships that are not revoked.
    pub memberships: Vec<MembershipRow>,
    /// The session by which the person came.
    pub session_id: String,
}

impl Actor {
    /// The person, if somebody is signed in.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            _ => None,
        }
    }

    /// The account's id, if somebody is signed in.
    #[must_use]
    pub fn account_id(&self) -> Option<&str> {
        self.person().map(|person| person.account.id.as_str())
    }

    /// The organisations that the actor belongs to, or is.
    pub fn organisations(&self) -> impl Iterator<Item = &str> {
        let memberships = self
            .person()
            .map(|person| person.memberships.as_slice())
            .unwrap_or_default();
        let own = match self {
            Self::Organisation { id } => Some(id.as_str()),
            _ => None,
        };
        own.into_iter()
            .chain(memberships.iter().map(|m| m.organisation_id.as_str()))
    }

    /// Whether the person acts for an organisation: somebody whom the administrators know.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.person().is_some_and(|person| !person.memberships.is_empty())
    }

    /// Whether the person holds a role in any organisation.
    #[must_use]
    pub fn holds(&self, role: &str) -> bool {
        self.person()
            .is_some_and(|person| person.memberships.iter().any(|m| m.role == role))
    }
}
