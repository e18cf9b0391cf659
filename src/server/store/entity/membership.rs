//! Table `membership`.

use sea_orm::entity::prelude::*;

use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub account_id: String,
    pub organisation_id: String,
    pub role: String,
    pub granted_at: Micros,
    pub revoked_at: Option<Micros>,
}

impl ActiveModelBehavior for ActiveModel {}
