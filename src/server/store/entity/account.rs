//! Table `account`.

use sea_orm::entity::prelude::*;

use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    #[sea_orm(unique)]
    pub login: String,
    pub display_name: String,
    pub password_hash: String,
    pub mail: Option<String>,
    pub locale: String,
    pub disabled_at: Option<Micros>,
    pub created_at: Micros,
}

impl ActiveModelBehavior for ActiveModel {}
