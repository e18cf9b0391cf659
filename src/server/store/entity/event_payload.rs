//! Table `event_payload`.

use sea_orm::entity::prelude::*;

use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event_payload")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub salt: Option<Vec<u8>>,
    pub body: Option<String>,
    pub erased_at: Option<Micros>,
}

impl ActiveModelBehavior for ActiveModel {}
