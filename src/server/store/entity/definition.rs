//! Table `definition`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "definition")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    pub procedure: String,
    pub version: i64,
    pub pack: String,
}

impl ActiveModelBehavior for ActiveModel {}
