//! Table `draft`.

use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Micros};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "draft")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id_hash: String,
    pub procedure: String,
    pub body: JsonText,
    pub created_at: Micros,
    pub expires_at: Micros,
}

impl ActiveModelBehavior for ActiveModel {}
