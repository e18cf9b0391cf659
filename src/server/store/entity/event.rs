//! Table `event`.

use sea_orm::entity::prelude::*;

use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub at: Micros,
    pub kind: String,
    pub actor: String,
    pub entry: String,
    pub hash: String,
}

impl ActiveModelBehavior for ActiveModel {}
