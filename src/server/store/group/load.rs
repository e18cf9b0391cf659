//! What a group reads before it decides.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::store::entity::{
    assignment, case_link, case_personal, cases, counter, document, idempotency, identity, party, timer,
};
use crate::store::group::{CaseState, Command, Group, claim};
use crate::store::table::{self, OnExisting};
use crate::store::{
    AssignmentRow, CaseLinkRow, CaseRow, CounterRow, DocumentRow, Idempotency, IdempotencyRow, Needs, Numbers,
    PartyRow, StoreError, Target, TimerRow, TimerState,
};

/// What the commands of a group want to see.
#[derive(Default)]
pub(super) struct Wanted {
    keys: Vec<Idempotency>,
    targets: Vec<Target>,
    series: BTreeSet<String>,
    needs: Needs,
}

impl Wanted {
    pub(super) fn by(commands: &[Command]) -> Self {
        Self {
            keys: commands
                .iter()
                .filter_map(|command| command.idempotency.clone())
                .collect(),
            targets: commands.iter().map(|command| command.target.clone()).collect(),
            series: commands
                .iter()
                .flat_map(|command| command.series.iter().cloned())
                .collect(),
            needs: commands
                .iter()
                .fold(Needs::NOTHING, |needs, command| needs.or(command.needs)),
        }
    }
}

impl Group {
    /// Reads what the commands need: one query a table, whatever their number.
    pub(super) async fn load(tx: &DatabaseTransaction, wanted: Wanted) -> Result<Self, StoreError> {
        let mut group = Self::default();
        group.load_replies(tx, &wanted.keys).await?;
        group.load_timer_cases(tx, &wanted.targets).await?;
        let ids: BTreeSet<String> = wanted
            .targets
            .iter()
            .filter_map(|target| match target {
                Target::Open { case_id } | Target::Existing { case_id } => Some(case_id.clone()),
                Target::Timer { timer_id } => group.timer_cases.get(timer_id).cloned(),
            })
            .collect();
        let passing = wanted
            .targets
            .iter()
            .all(|target| matches!(target, Target::Timer { .. }));
        group.load_cases(tx, &ids, passing).await?;
        let found = table::padded(group.cases.keys().cloned());
        if !found.is_empty() {
            group.load_parts(tx, &found, wanted.needs).await?;
        }
        group.numbers = load_numbers(tx, &wanted.series).await?;
        Ok(group)
    }

    async fn load_replies(&mut self, tx: &DatabaseTransaction, keys: &[Idempotency]) -> Result<(), StoreError> {
        self.claimed = claim::if_shared(tx, keys).await?;
        let names = keys.iter().map(Idempotency::name);
        let read = table::padded(names.filter(|name| !self.claimed.contains(name)));
        if read.is_empty() {
            return Ok(());
        }
        let rows = idempotency::Entity::find().filter(claim::any_of(read)).all(tx).await?;
        self.replies = rows
            .into_iter()
            .map(|row| ((row.scope.clone(), row.key_hash.clone()), IdempotencyRow::from(row)))
            .collect();
        Ok(())
    }

    async fn load_timer_cases(&mut self, tx: &DatabaseTransaction, targets: &[Target]) -> Result<(), StoreError> {
        let ids: Vec<&str> = targets
            .iter()
            .filter_map(|target| match target {
                Target::Timer { timer_id } => Some(timer_id.as_str()),
                Target::Open { .. } | Target::Existing { .. } => None,
            })
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        // Read without a lock: the lock on the case, taken next and passed over when somebody else has it, guards all its
        // timers. Since everybody locks the case first, nobody waits in a circle.
        let rows: Vec<(String, String)> = timer::Entity::find()
            .select_only()
            .columns([timer::Column::Id, timer::Column::CaseId])
            .filter(timer::Column::Id.is_in(table::padded(ids)))
            .into_tuple()
            .all(tx)
            .await?;
        self.timer_cases = rows.into_iter().collect();
        Ok(())
    }

    /// Reads cases and, on PostgreSQL, locks them. `passing`: those that somebody else holds are left to them.
    async fn load_cases(
        &mut self,
        tx: &DatabaseTransaction,
        ids: &BTreeSet<String>,
        passing: bool,
    ) -> Result<(), StoreError> {
        let mut select = cases::Entity::find()
            .filter(cases::Column::Id.is_in(table::padded(ids.iter().map(String::as_str))))
            .order_by_asc(cases::Column::Id);
        if tx.get_database_backend() == DbBackend::Postgres {
            select = if passing {
                select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            } else {
                select.lock_exclusive()
            };
        }
        for row in select.all(tx).await? {
            let row = CaseRow::from(row);
            self.cases.insert(
                row.id.clone(),
                CaseState {
                    row: Some(row),
                    ..CaseState::default()
                },
            );
        }
        Ok(())
    }

    async fn load_parts(&mut self, tx: &DatabaseTransaction, ids: &[String], needs: Needs) -> Result<(), StoreError> {
        let cases = &mut self.cases;
        // Cancelled timers decide nothing, and a long case has many.
        for row in timer::Entity::find()
            .filter(timer::Column::CaseId.is_in(ids))
            .filter(timer::Column::State.ne(TimerState::Cancelled))
            .all(tx)
            .await?
        {
            part(cases, &row.case_id.clone(), |state| {
                state.timers.push(TimerRow::from(row))
            });
        }
        if needs.personal {
            for row in case_personal::Entity::find()
                .filter(case_personal::Column::CaseId.is_in(ids))
                .all(tx)
                .await?
            {
                part(cases, &row.case_id, |state| state.personal = Some(row.body.0));
            }
        }
        // After the case was locked: an erasure that came before has emptied it.
        if needs.identity {
            for row in identity::Entity::find()
                .filter(identity::Column::CaseId.is_in(ids))
                .all(tx)
                .await?
            {
                part(cases, &row.case_id, |state| {
                    state.identity = row.body.map(|body| body.0)
                });
            }
        }
        if needs.parties {
            for row in party::Entity::find()
                .filter(party::Column::CaseId.is_in(ids))
                .all(tx)
                .await?
            {
                part(cases, &row.case_id.clone(), |state| {
                    state.parties.push(PartyRow::from(row))
                });
            }
        }
        if needs.assignments {
            for row in assignment::Entity::find()
                .filter(assignment::Column::CaseId.is_in(ids))
                .all(tx)
                .await?
            {
                part(cases, &row.case_id.clone(), |state| {
                    state.assignments.push(AssignmentRow::from(row))
                });
            }
        }
        if needs.documents {
            for row in document::Entity::find()
                .filter(document::Column::CaseId.is_in(ids))
                .all(tx)
                .await?
            {
                part(cases, &row.case_id.clone(), |state| {
                    state.documents.push(DocumentRow::from(row))
                });
            }
        }
        if needs.links {
            let either = Condition::any()
                .add(case_link::Column::FromCase.is_in(ids))
                .add(case_link::Column::ToCase.is_in(ids));
            for row in case_link::Entity::find().filter(either).all(tx).await? {
                let row = CaseLinkRow::from(row);
                part(cases, &row.from_case, |state| state.links.push(row.clone()));
                part(cases, &row.to_case, |state| state.links.push(row.clone()));
            }
        }
        Ok(())
    }
}

fn part(cases: &mut HashMap<String, CaseState>, case_id: &str, put: impl FnOnce(&mut CaseState)) {
    if let Some(state) = cases.get_mut(case_id) {
        put(state);
    }
}

async fn load_numbers(tx: &DatabaseTransaction, series: &BTreeSet<String>) -> Result<Numbers, StoreError> {
    let mut numbers = Numbers::default();
    if series.is_empty() {
        return Ok(numbers);
    }
    let mut select = counter::Entity::find()
        .filter(counter::Column::Key.is_in(series.iter().map(|key| key.as_str())))
        .order_by_asc(counter::Column::Key);
    if tx.get_database_backend() == DbBackend::Postgres {
        // Rows must exist to be locked; the order of the keys keeps two transactions from waiting for each other.
        let rows = series
            .iter()
            .map(|key| CounterRow {
                key: (*key).clone(),
                value: 0,
            })
            .collect();
        table::insert::<counter::Entity, _>(tx, rows, OnExisting::Keep).await?;
        select = select.lock_exclusive();
    }
    numbers.last = series.iter().map(|key| (key.clone(), 0)).collect();
    numbers
        .last
        .extend(select.all(tx).await?.into_iter().map(|row| (row.key, row.value)));
    Ok(numbers)
}
