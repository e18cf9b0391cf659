//! Table `audit`.

use sea_orm::entity::prelude::*;

use crate::store::code::AuditOutcome;
use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub at: Micros,
    pub actor_account: Option<String>,
    pub action: String,
    pub object: String,
    pub outcome: AuditOutcome,
    pub purpose: Option<String>,
    pub prev_hash: String,
    pub hash: String,
}

impl ActiveModelBehavior for ActiveModel {}
