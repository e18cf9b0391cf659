//! Table `timer`.

use sea_orm::entity::prelude::*;

use crate::store::code::TimerState;
use crate::store::column::Micros;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "timer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub case_id: String,
    pub clock: String,
    pub generation: i64,
    pub rung: String,
    pub due_at: Micros,
    pub state: TimerState,
    pub attempts: i64,
}

impl ActiveModelBehavior for ActiveModel {}
