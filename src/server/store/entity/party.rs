//! Table `party`.

use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Micros};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "party")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub case_id: String,
    pub role: String,
    pub account_id: Option<String>,
    pub name: Option<String>,
    pub contact: Option<JsonText>,
    pub erased_at: Option<Micros>,
}

impl ActiveModelBehavior for ActiveModel {}
