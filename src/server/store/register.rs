//! Importing into the register: a mark that is there already is updated, not entered a second time.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, Select};

use crate::store::entity::mark;
use crate::store::row::rows_of;
use crate::store::table::{self, OnExisting};
use crate::store::{MarkRow, Store, StoreError, revision};

/// Names or numbers asked for at once.
const ASKED: usize = 1_000;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Marks that were not in the register.
    pub entered: usize,
    /// Marks that were and differ now.
    pub updated: usize,
    /// Marks that were and are as before.
    pub unchanged: usize,
}

/// By what a mark is known again: its registration number, or without one its name and owner.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Identity {
    Number(String),
    Name(String, String),
}

impl Identity {
    fn of(row: &MarkRow) -> Self {
        match &row.registration_no {
            Some(number) => Self::Number(number.clone()),
            None => Self::Name(row.name.clone(), row.owner.clone()),
        }
    }
}

impl Store {
    /// Enters many marks, all or none. A mark that is in the register, under the same number or, without a number, under
    /// the same name and owner, is updated and keeps its id. Where several share a number (registers that list a mark once
    /// for each class), classes tell them apart.
    ///
    /// # Errors
    /// The database's; nothing was entered then.
    pub async fn import_marks(&self, rows: Vec<MarkRow>) -> Result<Imported, StoreError> {
        self.write(move |tx| Box::pin(import(tx, rows))).await
    }
}

async fn import(tx: &DatabaseTransaction, rows: Vec<MarkRow>) -> Result<Imported, StoreError> {
    let mut known = known(tx, &rows).await?;
    let mut shared: HashMap<Identity, usize> = HashMap::new();
    for row in &rows {
        *shared.entry(Identity::of(row)).or_default() += 1;
    }
    let mut imported = Imported::default();
    let mut written: Vec<MarkRow> = Vec::new();
    for row in rows {
        let identity = Identity::of(&row);
        let alone = shared.get(&identity) == Some(&1);
        let same = known.entry(identity).or_default();
        let place = same.iter().position(|old| old.classes == row.classes);
        let Some(old) = place
            .or((alone && same.len() == 1).then_some(0))
            .and_then(|place| same.get_mut(place))
        else {
            imported.entered += 1;
            same.push(row.clone());
            written.push(row);
            continue;
        };
        let renewed = MarkRow {
            id: old.id.clone(),
            owner_account: old.owner_account.clone(),
            created_at: old.created_at,
            revision: old.revision,
            ..row
        };
        if (MarkRow {
            updated_at: old.updated_at,
            ..renewed.clone()
        }) == *old
        {
            imported.unchanged += 1;
            continue;
        }
        imported.updated += 1;
        *old = renewed.clone();
        written.push(renewed);
    }
    if !written.is_empty() {
        let revision = revision::next(tx, revision::MARKS).await?;
        // A row that the file names twice is written once, as it stands last.
        let mut last: HashMap<String, MarkRow> = HashMap::new();
        let mut order = Vec::new();
        for row in written {
            if !last.contains_key(&row.id) {
                order.push(row.id.clone());
            }
            last.insert(row.id.clone(), MarkRow { revision, ..row });
        }
        let rows = order.iter().filter_map(|id| last.remove(id)).collect();
        table::insert::<mark::Entity, _>(tx, rows, OnExisting::Replace).await?;
    }
    Ok(imported)
}

/// The marks of the register that the rows may be about.
async fn known(tx: &DatabaseTransaction, rows: &[MarkRow]) -> Result<HashMap<Identity, Vec<MarkRow>>, StoreError> {
    let numbers: BTreeSet<&str> = rows.iter().filter_map(|row| row.registration_no.as_deref()).collect();
    let unnumbered = rows.iter().filter(|row| row.registration_no.is_none());
    let names: BTreeSet<&str> = unnumbered.map(|row| row.name.as_str()).collect();
    let mut known: HashMap<Identity, Vec<MarkRow>> = HashMap::new();
    let mut keep = |found: Vec<MarkRow>| {
        for row in found {
            known.entry(Identity::of(&row)).or_default().push(row);
        }
    };
    let numbers: Vec<&str> = numbers.into_iter().collect();
    for some in numbers.chunks(ASKED) {
        keep(
            found(
                tx,
                mark::Entity::find().filter(mark::Column::RegistrationNo.is_in(some.iter().copied())),
            )
            .await?,
        );
    }
    let names: Vec<&str> = names.into_iter().collect();
    for some in names.chunks(ASKED) {
        let select = mark::Entity::find()
            .filter(mark::Column::RegistrationNo.is_null())
            .filter(mark::Column::Name.is_in(some.iter().copied()));
        keep(found(tx, select).await?);
    }
    Ok(known)
}

async fn found(tx: &DatabaseTransaction, select: Select<mark::Entity>) -> Result<Vec<MarkRow>, StoreError> {
    Ok(rows_of(select.order_by_asc(mark::Column::Id).all(tx).await?))
}
