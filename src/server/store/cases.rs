//! Reading cases and their parts. Parts are read for many cases at once, so that a list costs a fixed number of queries.

use sea_orm::sea_query::{LikeExpr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::store::column::Micros;
use crate::store::entity::{
    assignment, case_link, case_name, case_personal, case_similar_mark, cases, disclosure, document, event,
    event_payload, identity, notice, party, timer,
};
use crate::store::reach::{Reach, reached, worked_on};
use crate::store::row::rows_of;
use crate::store::table::{self, OnExisting, keyed};
use crate::store::{
    AssignmentRow, CaseLinkRow, CasePersonalRow, CaseRow, CaseStatus, DisclosureRow, DocumentRow, EventPayloadRow,
    EventRow, IdentityRow, NoticeRow, PartyRow, SimilarMarkRow, Store, StoreError, TimerRow,
};

/// Role of an assignment that bars its holder from a case: conflict of interest or granted recusal.
pub const EXCLUDED: &str = "excluded";

/// Which cases to list. Every field that is set narrows the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// In charge is one of these organisations.
    pub organisation_ids: Option<Vec<String>>,
    /// Within what somebody may know of.
    pub reach: Option<Reach>,
    /// Key of the procedure.
    pub procedure: Option<String>,
    /// Open or closed.
    pub status: Option<CaseStatus>,
    /// Coarse stage.
    pub phase: Option<String>,
    /// An active leaf state.
    pub state: Option<String>,
    /// Has a current assignment, other than an exclusion, to this account.
    pub assigned_account: Option<String>,
    /// Filed by this account.
    pub filer_account: Option<String>,
    /// Nearest deadline at or before this moment.
    pub due_by: Option<OffsetDateTime>,
    /// Opened at or after.
    pub opened_from: Option<OffsetDateTime>,
    /// Opened before.
    pub opened_before: Option<OffsetDateTime>,
    /// Part of the public number.
    pub number: Option<String>,
    /// Has a deadline, as [`CaseOrder::DueFirst`] asks of its cases.
    pub with_deadline: bool,
    /// Holds one of these names, letter for letter.
    pub names: Option<Vec<String>>,
    /// Closed before this moment, and still holds personal data.
    pub personal_since: Option<OffsetDateTime>,
}

/// Order of a list; ties are broken by id, so that paging is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CaseOrder {
    /// Last opened first.
    #[default]
    NewestFirst,
    /// First opened first.
    OldestFirst,
    /// Nearest deadline first; cases without one are left out.
    DueFirst,
}

/// The place in a list after a certain case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseCursor {
    /// What the list is ordered by.
    pub at: OffsetDateTime,
    /// The case.
    pub id: String,
}

impl CaseCursor {
    /// The place after `case`; `None` if the order leaves it out.
    #[must_use]
    pub fn after(case: &CaseRow, order: CaseOrder) -> Option<Self> {
        let at = match order {
            CaseOrder::NewestFirst | CaseOrder::OldestFirst => Some(case.opened_at),
            CaseOrder::DueFirst => case.next_due_at,
        };
        at.map(|at| Self {
            at,
            id: case.id.clone(),
        })
    }
}

/// Everything that a case's page shows, from one snapshot. The identity of the filer is not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseBundle {
    /// The case.
    pub case: CaseRow,
    /// Its personal fields.
    pub personal: Option<Value>,
    /// Its events, in order.
    pub events: Vec<EventRow>,
    /// What they carried.
    pub payloads: Vec<EventPayloadRow>,
    /// Its parties.
    pub parties: Vec<PartyRow>,
    /// Its assignments, ended ones too.
    pub assignments: Vec<AssignmentRow>,
    /// Its links, in both directions.
    pub links: Vec<CaseLinkRow>,
    /// Its documents.
    pub documents: Vec<DocumentRow>,
    /// Its notices.
    pub notices: Vec<NoticeRow>,
    /// Its timers, in every state.
    pub timers: Vec<TimerRow>,
    /// Marks that resemble the one it is about, best first.
    pub similar_marks: Vec<SimilarMarkRow>,
}

/// How many cases there are of one procedure in one stage.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct CaseCount {
    /// Key of the procedure.
    pub procedure: String,
    /// `open` or `closed`.
    pub status: String,
    /// Coarse stage.
    pub phase: String,
    /// How many.
    pub cases: i64,
}

/// Reads one kind of part for many cases, in a stable order: as a function on any connection and as one of the store.
macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident: $entity:ident -> $row:ident by $($order:ident),+;)*) => {
        pub(in crate::store) mod on {
            use super::*;

            $(pub(in crate::store) async fn $name(db: &impl ConnectionTrait, case_ids: &[String]) -> Result<Vec<$row>, StoreError> {
                let rows = $entity::Entity::find()
                    .filter($entity::Column::CaseId.is_in(case_ids))
                    .order_by_asc($entity::Column::CaseId)
                    $(.order_by_asc($entity::Column::$order))+
                    .all(db)
                    .await?;
                Ok(rows_of(rows))
            })*
        }

        impl Store {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// The database's.
            pub async fn $name(&self, case_ids: &[String]) -> Result<Vec<$row>, StoreError> {
                on::$name(self.reader(), case_ids).await
            }
        )*}
    };
}

parts! {
    /// Events of cases, in order.
    events_of: event -> EventRow by Seq;
    /// Personal fields of cases.
    personal_of: case_personal -> CasePersonalRow by CaseId;
    /// What the events of cases carried.
    payloads_of: event_payload -> EventPayloadRow by Seq;
    /// Parties of cases.
    parties_of: party -> PartyRow by Id;
    /// Assignments of cases, ended ones too.
    assignments_of: assignment -> AssignmentRow by SinceSeq, Id;
    /// Documents of cases.
    documents_of: document -> DocumentRow by Seq, Id;
    /// Which documents of cases are or were published.
    disclosures_of: disclosure -> DisclosureRow by Kind;
    /// Notices of cases.
    notices_of: notice -> NoticeRow by Seq, N;
    /// Timers of cases, in every state.
    timers_of: timer -> TimerRow by DueAt, Id;
}

impl Store {
    /// What was done on cases and by whom, without what it carried: case, kind of event and actor, in the order of each case.
    ///
    /// # Errors
    /// The database's.
    pub async fn acts_of(&self, case_ids: &[String]) -> Result<Vec<(String, String, String)>, StoreError> {
        let acts = event::Entity::find()
            .select_only()
            .column(event::Column::CaseId)
            .column(event::Column::Kind)
            .column(event::Column::Actor)
            .filter(event::Column::CaseId.is_in(case_ids))
            .order_by_asc(event::Column::CaseId)
            .order_by_asc(event::Column::Seq);
        Ok(acts.into_tuple().all(self.reader()).await?)
    }

    /// A case by its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn case(&self, id: &str) -> Result<Option<CaseRow>, StoreError> {
        Ok(keyed(cases::Entity::find_by_id(id), self.reader())
            .await?
            .map(CaseRow::from))
    }

    /// Cases by their ids, in no order.
    ///
    /// # Errors
    /// The database's.
    pub async fn cases_by_ids(&self, ids: &[String]) -> Result<Vec<CaseRow>, StoreError> {
        Ok(rows_of(
            cases::Entity::find()
                .filter(cases::Column::Id.is_in(ids))
                .all(self.reader())
                .await?,
        ))
    }

    /// A case by its public number.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_by_number(&self, number: &str) -> Result<Option<CaseRow>, StoreError> {
        let row = keyed(
            cases::Entity::find().filter(cases::Column::Number.eq(number)),
            self.reader(),
        )
        .await?;
        Ok(row.map(CaseRow::from))
    }

    /// A case by the hash of its receipt secret.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_by_receipt(&self, receipt_hash: &str) -> Result<Option<CaseRow>, StoreError> {
        let row = keyed(
            cases::Entity::find().filter(cases::Column::ReceiptHash.eq(receipt_hash)),
            self.reader(),
        )
        .await?;
        Ok(row.map(CaseRow::from))
    }

    /// At most `limit` cases after `after`.
    ///
    /// # Errors
    /// The database's.
    pub async fn cases(
        &self,
        filter: &CaseFilter,
        order: CaseOrder,
        after: Option<&CaseCursor>,
        limit: u64,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let mut condition = condition(filter);
        let by = match order {
            CaseOrder::NewestFirst | CaseOrder::OldestFirst => cases::Column::OpenedAt,
            CaseOrder::DueFirst => cases::Column::NextDueAt,
        };
        if order == CaseOrder::DueFirst {
            condition = condition.add(cases::Column::NextDueAt.is_not_null());
        }
        let descending = order == CaseOrder::NewestFirst;
        if let Some(CaseCursor { at, id }) = after {
            let at = Micros::from(*at);
            let same = Condition::all().add(by.eq(at));
            condition = condition.add(if descending {
                Condition::any()
                    .add(by.lt(at))
                    .add(same.add(cases::Column::Id.lt(id.as_str())))
            } else {
                Condition::any()
                    .add(by.gt(at))
                    .add(same.add(cases::Column::Id.gt(id.as_str())))
            });
        }
        let direction = if descending {
            sea_orm::Order::Desc
        } else {
            sea_orm::Order::Asc
        };
        let rows = cases::Entity::find()
            .filter(condition)
            .order_by(by, direction.clone())
            .order_by(cases::Column::Id, direction)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// How many cases a filter finds.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_cases(&self, filter: &CaseFilter) -> Result<u64, StoreError> {
        Ok(cases::Entity::find()
            .filter(condition(filter))
            .count(self.reader())
            .await?)
    }

    /// Cases by procedure, status and stage.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_counts(&self, filter: &CaseFilter) -> Result<Vec<CaseCount>, StoreError> {
        let grouped = [cases::Column::Procedure, cases::Column::Status, cases::Column::Phase];
        let mut select = cases::Entity::find()
            .select_only()
            .columns(grouped)
            .column_as(cases::Column::Id.count(), "cases")
            .filter(condition(filter));
        for column in grouped {
            select = select.group_by(column).order_by_asc(column);
        }
        Ok(select.into_model().all(self.reader()).await?)
    }

    /// Personal fields of a case.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_personal(&self, case_id: &str) -> Result<Option<Value>, StoreError> {
        Ok(keyed(case_personal::Entity::find_by_id(case_id), self.reader())
            .await?
            .map(|row| row.body.0))
    }

    /// Links of cases, in both directions.
    ///
    /// # Errors
    /// The database's.
    pub async fn links_of(&self, case_ids: &[String]) -> Result<Vec<CaseLinkRow>, StoreError> {
        links_of(self.reader(), case_ids).await
    }

    /// Marks that resemble those of cases, best first.
    ///
    /// # Errors
    /// The database's.
    pub async fn similar_marks_of(&self, case_ids: &[String]) -> Result<Vec<SimilarMarkRow>, StoreError> {
        similar_marks_of(self.reader(), case_ids).await
    }

    /// Replaces the marks that were found for a case.
    ///
    /// # Errors
    /// The database's.
    pub async fn put_similar_marks(&self, case_id: &str, rows: Vec<SimilarMarkRow>) -> Result<(), StoreError> {
        let case_id = case_id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                case_similar_mark::Entity::delete_many()
                    .filter(case_similar_mark::Column::CaseId.eq(case_id))
                    .exec(tx)
                    .await?;
                table::insert::<case_similar_mark::Entity, _>(tx, rows, OnExisting::Fail).await
            })
        })
        .await
    }

    /// A document by its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn document(&self, id: &str) -> Result<Option<DocumentRow>, StoreError> {
        Ok(keyed(document::Entity::find_by_id(id), self.reader())
            .await?
            .map(DocumentRow::from))
    }

    /// Who filed a case. The one door to it: whoever calls this records the access and its purpose in the audit log first.
    ///
    /// # Errors
    /// The database's.
    pub async fn identity(&self, case_id: &str) -> Result<Option<IdentityRow>, StoreError> {
        Ok(keyed(identity::Entity::find_by_id(case_id), self.reader())
            .await?
            .map(IdentityRow::from))
    }

    /// Everything that a case's page shows.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_bundle(&self, case_id: &str) -> Result<Option<CaseBundle>, StoreError> {
        let tx = self.snapshot().await?;
        let Some(case) = keyed(cases::Entity::find_by_id(case_id), &tx).await?.map(CaseRow::from) else {
            return Ok(None);
        };
        let ids = [case_id.to_owned()];
        let bundle = CaseBundle {
            case,
            personal: keyed(case_personal::Entity::find_by_id(case_id), &tx)
                .await?
                .map(|row| row.body.0),
            events: on::events_of(&tx, &ids).await?,
            payloads: on::payloads_of(&tx, &ids).await?,
            parties: on::parties_of(&tx, &ids).await?,
            assignments: on::assignments_of(&tx, &ids).await?,
            links: links_of(&tx, &ids).await?,
            documents: on::documents_of(&tx, &ids).await?,
            notices: on::notices_of(&tx, &ids).await?,
            timers: on::timers_of(&tx, &ids).await?,
            similar_marks: similar_marks_of(&tx, &ids).await?,
        };
        tx.rollback().await?;
        Ok(Some(bundle))
    }
}

pub(super) async fn links_of(db: &impl ConnectionTrait, case_ids: &[String]) -> Result<Vec<CaseLinkRow>, StoreError> {
    let either = Condition::any()
        .add(case_link::Column::FromCase.is_in(case_ids))
        .add(case_link::Column::ToCase.is_in(case_ids));
    let rows = case_link::Entity::find()
        .filter(either)
        .order_by_asc(case_link::Column::FromCase)
        .order_by_asc(case_link::Column::ToCase)
        .order_by_asc(case_link::Column::Kind)
        .all(db)
        .await?;
    Ok(rows_of(rows))
}

async fn similar_marks_of(db: &impl ConnectionTrait, case_ids: &[String]) -> Result<Vec<SimilarMarkRow>, StoreError> {
    let rows = case_similar_mark::Entity::find()
        .filter(case_similar_mark::Column::CaseId.is_in(case_ids))
        .order_by_asc(case_similar_mark::Column::CaseId)
        .order_by_desc(case_similar_mark::Column::Score)
        .order_by_asc(case_similar_mark::Column::MarkId)
        .all(db)
        .await?;
    Ok(rows_of(rows))
}

fn condition(filter: &CaseFilter) -> Condition {
    use cases::Column;

    let mut all = Condition::all();
    if let Some(ids) = &filter.organisation_ids {
        all = all.add(Column::OrganisationId.is_in(ids));
    }
    if let Some(reach) = &filter.reach {
        all = all.add(reached(reach));
    }
    if let Some(account) = &filter.assigned_account {
        all = all.add(worked_on(account));
    }
    if filter.with_deadline {
        all = all.add(Column::NextDueAt.is_not_null());
    }
    if let Some(names) = &filter.names {
        let named = Query::select()
            .column(case_name::Column::CaseId)
            .from(case_name::Entity)
            .cond_where(case_name::Column::Name.is_in(names))
            .to_owned();
        all = all.add(Column::Id.in_subquery(named));
    }
    if let Some(before) = filter.personal_since {
        all = all.add(Column::ClosedAt.lt(Micros::from(before))).add(personal());
    }
    all = all
        .add_option(
            filter
                .procedure
                .as_ref()
                .map(|procedure| Column::Procedure.eq(procedure.as_str())),
        )
        .add_option(filter.status.map(|status| Column::Status.eq(status)))
        .add_option(filter.phase.as_ref().map(|phase| Column::Phase.eq(phase.as_str())))
        .add_option(
            filter
                .state
                .as_ref()
                .map(|state| Column::States.into_expr().like(containing(&format!("\"{state}\"")))),
        )
        .add_option(
            filter
                .filer_account
                .as_ref()
                .map(|account| Column::FilerAccountId.eq(account.as_str())),
        )
        .add_option(filter.due_by.map(|at| Column::NextDueAt.lte(Micros::from(at))))
        .add_option(filter.opened_from.map(|at| Column::OpenedAt.gte(Micros::from(at))))
        .add_option(filter.opened_before.map(|at| Column::OpenedAt.lt(Micros::from(at))))
        .add_option(filter.number.as_ref().map(|part| {
            // Numbers are written in capitals; of the two engines one tells them from small letters.
            let part = part.to_ascii_uppercase();
            Column::Number.into_expr().like(containing(&part))
        }));
    all
}

/// Cases that say something of people, or who filed them: what an erasure takes.
fn personal() -> Condition {
    let told = Query::select()
        .column(case_personal::Column::CaseId)
        .from(case_personal::Entity)
        .to_owned();
    let filed = Query::select()
        .column(identity::Column::CaseId)
        .from(identity::Entity)
        .cond_where(identity::Column::Body.is_not_null())
        .to_owned();
    Condition::any()
        .add(cases::Column::Id.in_subquery(told))
        .add(cases::Column::Id.in_subquery(filed))
}

/// A pattern for texts that contain `part`, whose own wildcards mean themselves.
fn containing(part: &str) -> LikeExpr {
    let escaped = part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    LikeExpr::new(format!("%{escaped}%")).escape('\\')
}
