//! Importing into the register: a mark that is there already is updated, not entered a second time.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, Select};

use crate::store::entity::mark;
use crate::store::row::rows_of;
use crate::store::table::{self, OnExisting};
use crate::store::{MarkRow, Store, StoreError, marks, revision};

/// Names or numbers asked for at once.
const ASKED: usize = 1_000;
/// Rows written at once.
const WRITTEN: usize = 5_000;

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

/// A mark that an import knows.
enum Known {
    /// As the register holds it.
    Stored(Box<MarkRow>),
    /// Entered or changed by this import: its place among what is written.
    Written(usize),
}

impl Known {
    fn row<'k>(&'k self, written: &'k [MarkRow]) -> Option<&'k MarkRow> {
        match self {
            Self::Stored(row) => Some(row),
            Self::Written(place) => written.get(*place),
        }
    }
}

/// The marks of one identity.
#[derive(Default)]
struct Sharing {
    /// How many rows of the file are about them.
    named: usize,
    marks: Vec<Known>,
}

impl Sharing {
    /// Which of them a row is about: the one of its classes, or the only one where the file names it once.
    fn meant(&mut self, row: &MarkRow, written: &[MarkRow]) -> Option<&mut Known> {
        let alike = |known: &Known| known.row(written).is_some_and(|old| old.classes == row.classes);
        let only = (self.named == 1 && self.marks.len() == 1).then_some(0);
        let place = self.marks.iter().position(alike).or(only)?;
        self.marks.get_mut(place)
    }
}

async fn import(tx: &DatabaseTransaction, rows: Vec<MarkRow>) -> Result<Imported, StoreError> {
    // Its row is locked up to the commit: of two imports at once the second looks when what the first entered is there to be found.
    let revision = revision::next(tx, revision::MARKS).await?;
    let mut known = known(tx, &rows).await?;
    for row in &rows {
        known.entry(Identity::of(row)).or_default().named += 1;
    }
    let mut imported = Imported::default();
    let mut written: Vec<MarkRow> = Vec::new();
    let mut changed = BTreeSet::new();
    for row in rows {
        let sharing = known.entry(Identity::of(&row)).or_default();
        let meant = sharing.meant(&row, &written);
        let Some((old, known)) = meant.and_then(|known| Some((known.row(&written)?.clone(), known))) else {
            imported.entered += 1;
            sharing.marks.push(Known::Written(written.len()));
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
        let as_before = MarkRow {
            updated_at: renewed.updated_at,
            ..old
        };
        if as_before == renewed {
            imported.unchanged += 1;
            continue;
        }
        imported.updated += 1;
        changed.insert(renewed.id.clone());
        // A mark that the file names twice is written once, as it stands last.
        match known {
            Known::Written(place) => {
                if let Some(earlier) = written.get_mut(*place) {
                    *earlier = renewed;
                }
            }
            Known::Stored(_) => {
                *known = Known::Written(written.len());
                written.push(renewed);
            }
        }
    }
    drop(known);
    write(tx, written, revision).await?;
    marks::watches_follow(tx, &changed).await?;
    Ok(imported)
}

/// Writes marks, some at a time: a register has a million, and as statements they take several times their room.
async fn write(tx: &DatabaseTransaction, written: Vec<MarkRow>, revision: i64) -> Result<(), StoreError> {
    let mut rows = written.into_iter().map(|row| MarkRow { revision, ..row });
    loop {
        let some: Vec<MarkRow> = rows.by_ref().take(WRITTEN).collect();
        if some.is_empty() {
            return Ok(());
        }
        table::insert::<mark::Entity, _>(tx, some, OnExisting::Replace).await?;
    }
}

/// The marks of the register that the rows may be about.
async fn known(tx: &DatabaseTransaction, rows: &[MarkRow]) -> Result<HashMap<Identity, Sharing>, StoreError> {
    let numbers: BTreeSet<&str> = rows.iter().filter_map(|row| row.registration_no.as_deref()).collect();
    let unnumbered = rows.iter().filter(|row| row.registration_no.is_none());
    let names: BTreeSet<&str> = unnumbered.map(|row| row.name.as_str()).collect();
    let mut known: HashMap<Identity, Sharing> = HashMap::new();
    let mut keep = |found: Vec<MarkRow>| {
        for row in found {
            let sharing = known.entry(Identity::of(&row)).or_default();
            sharing.marks.push(Known::Stored(Box::new(row)));
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
