//! Organisations: bureaus, courts, police units, associations.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use crate::{
    access::OrganisationTree,
    graphql::{context::ContextExt as _, id::NodeKind},
    store::OrganisationRow,
};

/// A bureau, court, police unit, procuratorate, association or firm. Public.
pub struct Organisation {
    row: OrganisationRow,
    tree: Arc<OrganisationTree>,
}

impl Organisation {
    /// An organisation of the tree.
    pub(crate) fn find(tree: &Arc<OrganisationTree>, key: &str) -> Option<Self> {
        tree.get(key).map(|row| Self {
            row: row.clone(),
            tree: tree.clone(),
        })
    }
}

/// A bureau, court, police unit, procuratorate, association or firm. Public.
#[Object]
impl Organisation {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        NodeKind::Organisation.id(&self.row.id)
    }

    /// Stable short key.
    async fn key(&self) -> &str {
        &self.row.key
    }

    /// Name in the language of the request.
    async fn name(&self, ctx: &Context<'_>) -> Result<&str> {
        let zh = ctx.request()?.locale.is_zh();
        Ok(if zh { &self.row.name_zh } else { &self.row.name_en })
    }

    /// What it is, for example `market_regulation`.
    async fn kind(&self) -> &str {
        &self.row.kind
    }

    /// Administrative division, GB/T 2260.
    async fn division_code(&self) -> &str {
        &self.row.division_code
    }

    /// The organisation above it.
    async fn parent(&self) -> Option<Self> {
        self.row
            .parent_id
            .as_deref()
            .and_then(|key| Self::find(&self.tree, key))
    }
}
