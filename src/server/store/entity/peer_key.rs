//! Table `peer_key`.

use sea_orm::entity::prelude::*;

use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "peer_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub thumbprint: String,
    pub organisation_id: String,
    pub x: String,
    pub trusted_at: Micros,
    pub revoked_at: Option<Micros>,
}

impl ActiveModelBehavior for ActiveModel {}
