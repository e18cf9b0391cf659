//! Table `organisation`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    #[sea_orm(unique)]
    pub key: String,
    pub name_zh: String,
    pub name_en: String,
    pub kind: String,
    pub parent_id: Option<String>,
    pub division_code: String,
}

impl ActiveModelBehavior for ActiveModel {}
