//! What a verification reads: whole histories of cases, the numbers that were drawn, and what was erased.

use std::collections::HashMap;

use sea_orm::sea_query::{Query, UnionType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;

use crate::store::cases::{links_of, on};
use crate::store::entity::{cases, counter, document, event_payload, identity};
use crate::store::{
    AssignmentRow, CaseLinkRow, CaseRow, DisclosureRow, DocumentRow, EventPayloadRow, EventRow, NoticeRow, Store,
    StoreError, TimerRow,
};

/// What a replay of a case goes by.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseHistory {
    /// The case as it is.
    pub case: CaseRow,
    /// Its events, in order.
    pub events: Vec<EventRow>,
    /// What they carried.
    pub payloads: Vec<EventPayloadRow>,
    /// Its assignments, ended ones too.
    pub assignments: Vec<AssignmentRow>,
    /// Its documents.
    pub documents: Vec<DocumentRow>,
    /// Which of its documents are or were published.
    pub disclosures: Vec<DisclosureRow>,
    /// Its notices.
    pub notices: Vec<NoticeRow>,
    /// Its timers, in every state.
    pub timers: Vec<TimerRow>,
    /// Its links to other cases.
    pub links: Vec<CaseLinkRow>,
}

/// What a document says of its number.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentNumber {
    /// Id of the document.
    pub id: String,
    /// Its number, empty where its form has none.
    pub number: String,
    /// Its body; null where that cannot be read.
    pub body: Value,
}

impl Store {
    /// Ids of cases after `after`, in their order. Nothing else is read, so a row that cannot be read does not hide others.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_ids(&self, after: &str, limit: u64) -> Result<Vec<String>, StoreError> {
        let ids = cases::Entity::find()
            .select_only()
            .column(cases::Column::Id)
            .filter(cases::Column::Id.gt(after))
            .order_by_asc(cases::Column::Id)
            .limit(limit);
        Ok(ids.into_tuple().all(self.reader()).await?)
    }

    /// Public numbers of all cases, in no order.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_numbers(&self) -> Result<Vec<String>, StoreError> {
        let numbers = cases::Entity::find().select_only().column(cases::Column::Number);
        Ok(numbers.into_tuple().all(self.reader()).await?)
    }

    /// What documents after `after` say of their numbers, in the order of their ids. A body that cannot be read hides no other.
    ///
    /// # Errors
    /// The database's.
    pub async fn document_numbers(&self, after: &str, limit: u64) -> Result<Vec<DocumentNumber>, StoreError> {
        let rows: Vec<(String, String, String)> = document::Entity::find()
            .select_only()
            .columns([document::Column::Id, document::Column::Number, document::Column::Body])
            .filter(document::Column::Id.gt(after))
            .order_by_asc(document::Column::Id)
            .limit(limit)
            .into_tuple()
            .all(self.reader())
            .await?;
        let said = |(id, number, body): (String, String, String)| DocumentNumber {
            id,
            number,
            body: serde_json::from_str(&body).unwrap_or_default(),
        };
        Ok(rows.into_iter().map(said).collect())
    }

    /// The last number that was drawn from each series whose name begins so.
    ///
    /// # Errors
    /// The database's.
    pub async fn series(&self, prefix: &str) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = counter::Entity::find()
            .filter(counter::Column::Key.starts_with(prefix))
            .order_by_asc(counter::Column::Key)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(|row| (row.key, row.value)).collect())
    }

    /// Cases of which something was erased, by id and number.
    ///
    /// # Errors
    /// The database's.
    pub async fn erased_cases(&self) -> Result<Vec<(String, String)>, StoreError> {
        let erased = Query::select()
            .column(identity::Column::CaseId)
            .from(identity::Entity)
            .cond_where(identity::Column::ErasedAt.is_not_null())
            .union(
                UnionType::Distinct,
                Query::select()
                    .column(event_payload::Column::CaseId)
                    .from(event_payload::Entity)
                    .cond_where(event_payload::Column::ErasedAt.is_not_null())
                    .to_owned(),
            )
            .to_owned();
        let cases = cases::Entity::find()
            .select_only()
            .columns([cases::Column::Id, cases::Column::Number])
            .filter(cases::Column::Id.in_subquery(erased))
            .order_by_asc(cases::Column::Id);
        Ok(cases.into_tuple().all(self.reader()).await?)
    }

    /// The histories of cases, all from one snapshot, by id; those that do not exist are left out.
    ///
    /// # Errors
    /// The database's; [`StoreError::UnreadableValue`] for all of them where one has a value that cannot be read.
    pub async fn histories(&self, case_ids: &[String]) -> Result<Vec<CaseHistory>, StoreError> {
        let tx = self.snapshot().await?;
        let cases = cases::Entity::find()
            .filter(cases::Column::Id.is_in(case_ids))
            .order_by_asc(cases::Column::Id)
            .all(&tx)
            .await?;
        let mut events = by_case(on::events_of(&tx, case_ids).await?, |row| &row.case_id);
        let mut payloads = by_case(on::payloads_of(&tx, case_ids).await?, |row| &row.case_id);
        let mut assignments = by_case(on::assignments_of(&tx, case_ids).await?, |row| &row.case_id);
        let mut documents = by_case(on::documents_of(&tx, case_ids).await?, |row| &row.case_id);
        let mut disclosures = by_case(on::disclosures_of(&tx, case_ids).await?, |row| &row.case_id);
        let mut notices = by_case(on::notices_of(&tx, case_ids).await?, |row| &row.case_id);
        let mut timers = by_case(on::timers_of(&tx, case_ids).await?, |row| &row.case_id);
        let mut links = by_case(links_of(&tx, case_ids).await?, |row| &row.from_case);
        tx.rollback().await?;
        let history = |case: CaseRow| CaseHistory {
            events: events.remove(&case.id).unwrap_or_default(),
            payloads: payloads.remove(&case.id).unwrap_or_default(),
            assignments: assignments.remove(&case.id).unwrap_or_default(),
            documents: documents.remove(&case.id).unwrap_or_default(),
            disclosures: disclosures.remove(&case.id).unwrap_or_default(),
            notices: notices.remove(&case.id).unwrap_or_default(),
            timers: timers.remove(&case.id).unwrap_or_default(),
            links: links.remove(&case.id).unwrap_or_default(),
            case,
        };
        Ok(cases.into_iter().map(CaseRow::from).map(history).collect())
    }
}

/// Rows of several cases, apart by their case and otherwise in their order.
fn by_case<R>(rows: Vec<R>, case_id: impl Fn(&R) -> &String) -> HashMap<String, Vec<R>> {
    let mut apart: HashMap<String, Vec<R>> = HashMap::new();
    for row in rows {
        apart.entry(case_id(&row).clone()).or_default().push(row);
    }
    apart
}
