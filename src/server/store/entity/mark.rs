//! Table `mark`.

use sea_orm::entity::prelude::*;

use crate::store::column::{Micros, Names};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mark")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    pub registration_no: Option<String>,
    pub owner: String,
    pub owner_account: Option<String>,
    pub classes: Names,
    pub similar_groups: Names,
    pub status: String,
    pub tier: String,
    pub aliases: Names,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
