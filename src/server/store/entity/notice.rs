//! Table `notice`.

use sea_orm::entity::prelude::*;

use crate::store::column::{JsonText, Micros};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub case_id: String,
    pub seq: i64,
    pub n: i64,
    pub recipient_role: String,
    pub template: String,
    pub locale: Option<String>,
    pub body: JsonText,
    pub created_at: Micros,
    pub read_at: Option<Micros>,
}

impl ActiveModelBehavior for ActiveModel {}
