//! Table `telling`.

use sea_orm::entity::prelude::*;

use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "telling")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub case_id: String,
    pub subject_id: String,
    pub way: String,
    pub told_at: Micros,
    pub reference: Option<String>,
    pub recorded_by: String,
    pub recorded_at: Micros,
}

impl ActiveModelBehavior for ActiveModel {}
