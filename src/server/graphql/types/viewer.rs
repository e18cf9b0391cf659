//! The signed-in person.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::organisation::Organisation;
use crate::{
    access::Person,
    graphql::{context::ContextExt as _, id::NodeKind, scalar::DateTime},
};

/// The signed-in person.
pub struct Viewer(pub(crate) Person);

/// A role that somebody holds in an organisation.
#[derive(SimpleObject)]
pub struct Membership {
    /// The role, as procedures name it.
    role: String,
    /// Where it is held.
    organisation: Option<Organisation>,
    /// Since when.
    since: DateTime,
}

/// The signed-in person.
#[Object]
impl Viewer {
    /// Opaque id.
    async fn id(&self) -> ID {
        NodeKind::Account.id(&self.0.account.id)
    }

    /// Sign-in name.
    async fn login(&self) -> &str {
        &self.0.account.login
    }

    /// Name shown to others.
    async fn display_name(&self) -> &str {
        &self.0.account.display_name
    }

    /// Roles that are in force now.
    async fn memberships(&self, ctx: &Context<'_>) -> Result<Vec<Membership>> {
        let tree = ctx.request()?.app.organisations();
        let memberships = self.0.memberships.iter().map(|membership| Membership {
            role: membership.role.clone(),
            organisation: Organisation::find(&tree, &membership.organisation_id),
            since: DateTime(membership.granted_at),
        });
        Ok(memberships.collect())
    }
}
