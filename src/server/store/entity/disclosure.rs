//! Table `disclosure`.

use sea_orm::entity::prelude::*;

use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "disclosure")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    pub seq: i64,
    pub published_at: Option<Micros>,
    pub withdrawn_at: Option<Micros>,
}

impl ActiveModelBehavior for ActiveModel {}
