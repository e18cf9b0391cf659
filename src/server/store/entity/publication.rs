//! Table `publication`.

use sea_orm::entity::prelude::*;

use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "publication")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub pack: String,
    pub note: String,
    pub proposed_by: Option<String>,
    pub proposed_at: Micros,
    pub published_by: Option<String>,
    pub published_at: Option<Micros>,
}

impl ActiveModelBehavior for ActiveModel {}
