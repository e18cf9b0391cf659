//! Table `assignment`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub case_id: String,
    pub role: String,
    pub account_id: Option<String>,
    pub organisation_id: Option<String>,
    pub since_seq: i64,
    pub until_seq: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
