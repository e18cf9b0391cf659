//! Table `case_similar_mark`.

use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Micros};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_similar_mark")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub mark_id: String,
    pub score: f64,
    pub band: String,
    pub reasons: JsonText,
    pub found_at: Micros,
}

impl ActiveModelBehavior for ActiveModel {}
