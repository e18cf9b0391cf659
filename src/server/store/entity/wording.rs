//! Table `wording`.

use sea_orm::entity::prelude::*;

use crate::store::column::JsonText;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "wording")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    pub body: JsonText,
}

impl ActiveModelBehavior for ActiveModel {}
