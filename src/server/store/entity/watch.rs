//! Table `watch`.

use sea_orm::entity::prelude::*;

use crate::store::column::{Micros, Names};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "watch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub account_id: String,
    pub mark_id: Option<String>,
    pub name: String,
    pub classes: Names,
    pub threshold: f64,
    pub created_at: Micros,
    pub cancelled_at: Option<Micros>,
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
