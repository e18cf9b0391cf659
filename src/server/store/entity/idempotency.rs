//! Table `idempotency`.

use sea_orm::entity::prelude::*;

use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_hash: String,
    pub request_hash: String,
    pub reply: Vec<u8>,
    pub case_id: Option<String>,
    pub version: i64,
    pub created_at: Micros,
    pub expires_at: Micros,
}

impl ActiveModelBehavior for ActiveModel {}
