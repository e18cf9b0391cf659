//! Table `case_name`.

use sea_orm::entity::prelude::*;

use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_name")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub case_id: String,
    pub field: String,
    pub searched_as: String,
    pub name: String,
    pub found_at: Micros,
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
