//! Names in cases, and the alerts of those who watch a mark.
//!
//! A name that was erased or replaced leaves its row empty under a new revision: whoever keeps an index of the names sees by it
//! that the index has to be made anew.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;

use crate::store::column::Micros;
use crate::store::entity::{alert, case_name, setting, watch};
use crate::store::row::rows_of;
use crate::store::table::{self, OnExisting, keyed};
use crate::store::{AlertRow, CaseNameRow, SettingRow, Store, StoreError, WatchRow, erase, revision};

impl Store {
    /// Says which names a case holds now. Nothing is written if it holds them already, or was erased after it was read.
    ///
    /// # Errors
    /// The database's.
    pub async fn put_case_names(&self, case_id: &str, rows: Vec<CaseNameRow>) -> Result<(), StoreError> {
        let case_id = case_id.to_owned();
        self.write(move |tx| Box::pin(put(tx, case_id, rows))).await
    }

    /// The names that cases hold.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_names(&self, case_ids: &[String]) -> Result<Vec<CaseNameRow>, StoreError> {
        let rows = case_name::Entity::find()
            .filter(case_name::Column::CaseId.is_in(case_ids))
            .filter(case_name::Column::Name.ne(""))
            .order_by_asc(case_name::Column::Id)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// At most `limit` names after a place, given as revision and id, up to a revision, in that order.
    ///
    /// # Errors
    /// The database's.
    pub async fn case_names_after(
        &self,
        after: (i64, &str),
        up_to: i64,
        limit: u64,
    ) -> Result<Vec<CaseNameRow>, StoreError> {
        use case_name::Column;

        let rows = case_name::Entity::find()
            .filter(revision::between((Column::Revision, Column::Id), after, up_to))
            .order_by_asc(Column::Revision)
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// At most `limit` watches after a place, given as revision and id, up to a revision, in that order; cancelled ones too.
    ///
    /// # Errors
    /// The database's.
    pub async fn watches_after(&self, after: (i64, &str), up_to: i64, limit: u64) -> Result<Vec<WatchRow>, StoreError> {
        use watch::Column;

        let rows = watch::Entity::find()
            .filter(revision::between((Column::Revision, Column::Id), after, up_to))
            .order_by_asc(Column::Revision)
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// Whether any watch holds.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_anything_watched(&self) -> Result<bool, StoreError> {
        let live = watch::Entity::find().filter(watch::Column::CancelledAt.is_null());
        Ok(live.limit(1).all(self.reader()).await?.pop().is_some())
    }

    /// A watch by its id, a cancelled one too.
    ///
    /// # Errors
    /// The database's.
    pub async fn watch(&self, id: &str) -> Result<Option<WatchRow>, StoreError> {
        let row = keyed(watch::Entity::find_by_id(id), self.reader()).await?;
        Ok(row.map(WatchRow::from))
    }

    /// Watches by their ids, in no order; cancelled ones too.
    ///
    /// # Errors
    /// The database's.
    pub async fn watches_by_ids(&self, ids: &[String]) -> Result<Vec<WatchRow>, StoreError> {
        let rows = watch::Entity::find().filter(watch::Column::Id.is_in(ids));
        Ok(rows_of(rows.all(self.reader()).await?))
    }

    /// Raises alerts and remembers, with them, up to where new names were looked at: a crash repeats none and leaves none out.
    ///
    /// # Errors
    /// The database's.
    pub async fn raise_alerts(&self, alerts: Vec<AlertRow>, position: SettingRow) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                table::insert::<alert::Entity, _>(tx, alerts, OnExisting::Keep).await?;
                table::insert::<setting::Entity, _>(tx, vec![position], OnExisting::Replace).await
            })
        })
        .await
    }

    /// At most `limit` alerts of an account, the latest first, after a place given as moment and id.
    ///
    /// # Errors
    /// The database's.
    pub async fn alerts(
        &self,
        account_id: &str,
        after: Option<(OffsetDateTime, &str)>,
        limit: u64,
    ) -> Result<Vec<AlertRow>, StoreError> {
        use alert::Column;

        let mut select = alert::Entity::find().filter(Column::AccountId.eq(account_id));
        if let Some((at, id)) = after {
            let at = Micros::from(at);
            let same = Condition::all().add(Column::FoundAt.eq(at)).add(Column::Id.lt(id));
            select = select.filter(Condition::any().add(Column::FoundAt.lt(at)).add(same));
        }
        let select = select
            .order_by_desc(Column::FoundAt)
            .order_by_desc(Column::Id)
            .limit(limit);
        Ok(rows_of(select.all(self.reader()).await?))
    }
}

impl Store {
    /// Accounts with alerts that they were not told of by mail yet, and that got no such mail since a moment.
    ///
    /// # Errors
    /// The database's.
    pub async fn accounts_to_be_told(&self, since: OffsetDateTime) -> Result<Vec<String>, StoreError> {
        use alert::Column;

        let accounts = || alert::Entity::find().select_only().column(Column::AccountId).distinct();
        let waiting = accounts().filter(Column::MailedAt.is_null());
        let waiting: Vec<String> = waiting.into_tuple().all(self.reader()).await?;
        let told = accounts()
            .filter(Column::AccountId.is_in(&waiting))
            .filter(Column::MailedAt.gt(Micros::from(since)));
        let told: Vec<String> = told.into_tuple().all(self.reader()).await?;
        Ok(waiting.into_iter().filter(|account| !told.contains(account)).collect())
    }

    /// At most `limit` alerts of an account that it was not told of by mail yet, the earliest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn unmailed_alerts(&self, account_id: &str, limit: u64) -> Result<Vec<AlertRow>, StoreError> {
        use alert::Column;

        let rows = alert::Entity::find()
            .filter(Column::AccountId.eq(account_id))
            .filter(Column::MailedAt.is_null())
            .order_by_asc(Column::FoundAt)
            .order_by_asc(Column::Id)
            .limit(limit);
        Ok(rows_of(rows.all(self.reader()).await?))
    }

    /// Puts alerts that were found since a moment, and are noted as told at that one, back among those to be told by mail.
    ///
    /// # Errors
    /// The database's.
    pub async fn alerts_to_mail(&self, noted: OffsetDateTime, since: OffsetDateTime) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                alert::Entity::update_many()
                    .col_expr(alert::Column::MailedAt, Expr::value(None::<i64>))
                    .filter(alert::Column::MailedAt.eq(Micros::from(noted)))
                    .filter(alert::Column::FoundAt.gte(Micros::from(since)))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes that somebody was told of alerts by mail.
    ///
    /// # Errors
    /// The database's.
    pub async fn alerts_mailed(&self, ids: Vec<String>, at: OffsetDateTime) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                alert::Entity::update_many()
                    .col_expr(alert::Column::MailedAt, Expr::value(Micros::from(at)))
                    .filter(alert::Column::Id.is_in(ids))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

async fn put(tx: &DatabaseTransaction, case_id: String, rows: Vec<CaseNameRow>) -> Result<(), StoreError> {
    erase::hold(tx, &case_id).await?;
    if erase::is_erased(tx, &case_id).await? {
        return Ok(());
    }
    let kept = case_name::Entity::find()
        .filter(case_name::Column::CaseId.eq(case_id))
        .all(tx)
        .await?;
    let kept: Vec<CaseNameRow> = rows_of(kept);
    let gone = kept.iter().filter(|old| rows.iter().all(|row| row.id != old.id));
    let gone = gone.filter(|old| !old.name.is_empty()).map(|old| CaseNameRow {
        name: String::new(),
        ..old.clone()
    });
    let is_new = |row: &&CaseNameRow| {
        let same = |old: &&CaseNameRow| old.id == row.id && old.name == row.name && old.searched_as == row.searched_as;
        kept.iter().find(same).is_none()
    };
    let mut written: Vec<CaseNameRow> = rows.iter().filter(is_new).cloned().chain(gone).collect();
    if written.is_empty() {
        return Ok(());
    }
    let revision = revision::next(tx, revision::NAMES).await?;
    for row in &mut written {
        row.revision = revision;
    }
    table::insert::<case_name::Entity, _>(tx, written, OnExisting::Replace).await
}

/// Empties the names of a case and takes away what was told of them.
pub(super) async fn erase(tx: &DatabaseTransaction, case_id: &str) -> Result<(), StoreError> {
    alert::Entity::delete_many()
        .filter(alert::Column::CaseId.eq(case_id))
        .exec(tx)
        .await?;
    let of_case = || case_name::Column::CaseId.eq(case_id);
    let named = case_name::Entity::find()
        .filter(of_case())
        .filter(case_name::Column::Name.ne(""));
    if named.one(tx).await?.is_none() {
        return Ok(());
    }
    let revision = revision::next(tx, revision::NAMES).await?;
    case_name::Entity::update_many()
        .col_expr(case_name::Column::Name, Expr::value(""))
        .col_expr(case_name::Column::Revision, Expr::value(revision))
        .filter(of_case())
        .exec(tx)
        .await?;
    Ok(())
}
