//! Table `document`.

use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Micros, Names};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub case_id: String,
    pub seq: i64,
    pub kind: String,
    pub number: String,
    pub body: JsonText,
    pub created_at: Micros,
    pub visible_to: Names,
}

impl ActiveModelBehavior for ActiveModel {}
