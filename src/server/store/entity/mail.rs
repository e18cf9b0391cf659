//! Table `mail`.

use sea_orm::entity::prelude::*;

use crate::store::code::MailState;
use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub outbox_id: String,
    pub case_id: Option<String>,
    pub to_address: Option<String>,
    pub subject: Option<String>,
    pub body: Option<String>,
    pub state: MailState,
    pub sent_at: Option<Micros>,
}

impl ActiveModelBehavior for ActiveModel {}
