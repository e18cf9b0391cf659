//! Timers that wait. They fire through [`Store::commit`](crate::store::Store::commit) with
//! [`Target::Timer`](crate::store::Target), which takes the timer and records its effects in one transaction.

use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;

use crate::store::accounts::one;
use crate::store::column::Micros;
use crate::store::entity::timer;
use crate::store::row::rows_of;
use crate::store::{Store, StoreError, TimerRow, TimerState};

/// Failures after which a timer is parked until the service is started anew, so that it does not hold up the others.
const ATTEMPTS: i64 = 5;

/// Armed timers, the state written out: a bound one would have SQLite plan anew each time to see that it may use the index
/// of armed timers.
fn armed() -> Expr {
    timer::Column::State
        .into_expr()
        .eq(Expr::Constant(TimerState::Armed.as_str().into()))
}

impl Store {
    /// Armed timers that are due, by legal moment.
    ///
    /// # Errors
    /// The database's.
    pub async fn due_timers(&self, now: OffsetDateTime, limit: u64) -> Result<Vec<TimerRow>, StoreError> {
        let rows = timer::Entity::find()
            .filter(armed())
            .filter(timer::Column::DueAt.lte(Micros::from(now)))
            .order_by_asc(timer::Column::DueAt)
            .order_by_asc(timer::Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// Armed timers of a case that are due, by legal moment.
    ///
    /// # Errors
    /// The database's.
    pub async fn due_timers_of(&self, case_id: &str, now: OffsetDateTime) -> Result<Vec<TimerRow>, StoreError> {
        let rows = timer::Entity::find()
            .filter(timer::Column::CaseId.eq(case_id))
            .filter(armed())
            .filter(timer::Column::DueAt.lte(Micros::from(now)))
            .order_by_asc(timer::Column::DueAt)
            .order_by_asc(timer::Column::Id)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }

    /// The moment at which the next armed timer is due.
    ///
    /// # Errors
    /// The database's.
    pub async fn next_timer_due(&self) -> Result<Option<OffsetDateTime>, StoreError> {
        let row = timer::Entity::find()
            .filter(armed())
            .order_by_asc(timer::Column::DueAt)
            .order_by_asc(timer::Column::Id)
            .one(self.reader())
            .await?;
        Ok(row.map(|row| row.due_at.into()))
    }

    /// Counts a failure to fire; the fifth parks the timer.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the timer is no longer armed; the database's.
    pub async fn timer_failed(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        let last = timer::Column::Attempts.into_expr().gte(ATTEMPTS - 1);
        let state = CaseStatement::new()
            .case(last, TimerState::Parked)
            .finally(timer::Column::State.into_expr());
        self.write(move |tx| {
            Box::pin(async move {
                let update = timer::Entity::update_many()
                    .col_expr(timer::Column::State, state.into())
                    .col_expr(timer::Column::Attempts, timer::Column::Attempts.into_expr().add(1))
                    .filter(timer::Column::Id.eq(id))
                    .filter(armed());
                one(&update.exec(tx).await?)
            })
        })
        .await
    }

    /// Arms a parked timer again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the timer is not parked; the database's.
    pub async fn unpark_timer(&self, id: &str) -> Result<(), StoreError> {
        self.set_timer(id, TimerState::Parked, TimerState::Armed).await
    }

    /// Takes away an armed timer whose effect turned out to be nothing, so that no event records it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the timer is not armed; the database's.
    pub async fn cancel_timer(&self, id: &str) -> Result<(), StoreError> {
        self.set_timer(id, TimerState::Armed, TimerState::Cancelled).await
    }

    async fn set_timer(&self, id: &str, from: TimerState, to: TimerState) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let update = timer::Entity::update_many()
                    .col_expr(timer::Column::State, Expr::value(to))
                    .col_expr(timer::Column::Attempts, Expr::value(0))
                    .filter(timer::Column::Id.eq(id))
                    .filter(timer::Column::State.eq(from));
                one(&update.exec(tx).await?)
            })
        })
        .await
    }

    /// Timers that wait for an operator.
    ///
    /// # Errors
    /// The database's.
    pub async fn parked_timers(&self) -> Result<Vec<TimerRow>, StoreError> {
        let rows = timer::Entity::find()
            .filter(timer::Column::State.eq(TimerState::Parked))
            .order_by_asc(timer::Column::DueAt)
            .all(self.reader())
            .await?;
        Ok(rows_of(rows))
    }
}
