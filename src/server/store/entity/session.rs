//! Table `session`.

use sea_orm::entity::prelude::*;

use crate::store::code::SessionKind;
use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    #[sea_orm(unique)]
    pub token_hash: String,
    pub account_id: String,
    pub kind: SessionKind,
    pub label: Option<String>,
    pub created_at: Micros,
    pub last_seen_at: Micros,
    pub expires_at: Micros,
    pub revoked_at: Option<Micros>,
}

impl ActiveModelBehavior for ActiveModel {}
