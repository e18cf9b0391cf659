//! Table `cases`.

use sea_orm::entity::prelude::*;

use crate::store::code::{CaseStatus, FilingMode};
use crate::store::column::{JsonText, Micros, Names};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cases")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    #[sea_orm(unique)]
    pub number: String,
    pub procedure: String,
    pub procedure_version: i64,
    pub definition_hash: String,
    pub organisation_id: String,
    pub filed_at: Micros,
    pub opened_at: Micros,
    pub closed_at: Option<Micros>,
    pub version: i64,
    pub seq: i64,
    pub status: CaseStatus,
    pub phase: String,
    pub states: Names,
    pub remembered: JsonText,
    pub data: JsonText,
    pub clocks: JsonText,
    pub next_due_at: Option<Micros>,
    pub head: String,
    pub state_hash: String,
    pub filing_mode: FilingMode,
    #[sea_orm(unique)]
    pub receipt_hash: Option<String>,
    pub filer_account_id: Option<String>,
    pub opened_by_case: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
