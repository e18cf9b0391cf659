//! Table `outbox`.

use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Micros};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub case_id: String,
    pub seq: i64,
    pub n: i64,
    pub kind: String,
    pub body: JsonText,
    pub due_at: Micros,
    pub attempts: i64,
    pub done_at: Option<Micros>,
    pub dead_at: Option<Micros>,
    pub last_error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
