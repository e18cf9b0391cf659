//! Table `identity`.

use sea_orm::entity::prelude::*;

use crate::store::code::FilingMode;
use crate::store::column::{JsonText, Micros};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "identity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: String,
    pub mode: FilingMode,
    pub body: Option<JsonText>,
    pub erased_at: Option<Micros>,
}

impl ActiveModelBehavior for ActiveModel {}
