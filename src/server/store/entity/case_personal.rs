//! Table `case_personal`.

use sea_orm::entity::prelude::*;

use crate::store::column::JsonText;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_personal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: String,
    pub body: JsonText,
}

impl ActiveModelBehavior for ActiveModel {}
