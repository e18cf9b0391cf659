//! Table `pack`.

use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Micros};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pack")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: String,
    pub law: String,
    pub files: JsonText,
    pub kept_at: Micros,
}

impl ActiveModelBehavior for ActiveModel {}
