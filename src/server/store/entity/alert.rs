//! Table `alert`.

use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Micros};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "alert")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub watch_id: String,
    pub account_id: String,
    pub case_id: Option<String>,
    pub mark_id: Option<String>,
    pub searched_as: String,
    pub name: String,
    pub score: f64,
    pub band: String,
    pub reasons: JsonText,
    pub for_owner: i64,
    pub found_at: Micros,
    pub mailed_at: Option<Micros>,
}

impl ActiveModelBehavior for ActiveModel {}
