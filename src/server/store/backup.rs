//! A backup is one snapshot of all tables as JSON lines with checksums: it can be read without this program, and restored
//! into either engine.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sea_orm::sea_query::{ColumnType, Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, Iden, Iterable, ModelTrait,
    PrimaryKeyToColumn, QueryFilter, QueryOrder, QuerySelect, Value,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};

use crate::store::entity::*;
use crate::store::{Store, StoreError, chain};

/// Version of the format.
const FORMAT: u32 = 1;
/// Rows read or written at a time.
const BATCH: u64 = 1_000;
const MANIFEST: &str = "manifest.json";

/// Calls a macro's arm once for each table, referred-to tables first.
macro_rules! each_table {
    ($do:ident) => {
        $do!(
            organisation,
            peer_key,
            account,
            membership,
            session,
            draft,
            audit,
            setting,
            pack,
            definition,
            publication,
            wording,
            counter,
            mark,
            watch,
            cases,
            case_personal,
            event,
            event_payload,
            identity,
            party,
            assignment,
            case_link,
            document,
            disclosure,
            case_similar_mark,
            case_name,
            alert,
            timer,
            outbox,
            idempotency,
            notice,
            mail,
            telling
        )
    };
}

/// What a backup holds. It is written last: a directory without it is no backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format.
    pub format: u32,
    /// When it was made.
    pub created_at: String,
    /// Migrations that the tables had gone through.
    pub migrations: Vec<String>,
    /// The tables, referred-to tables first.
    pub tables: Vec<TableManifest>,
}

/// One table of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableManifest {
    /// Its name; the file is `name.jsonl`.
    pub table: String,
    /// Rows.
    pub rows: u64,
    /// SHA-256 of the file, hex.
    pub sha256: String,
}

impl Manifest {
    /// Reads what a backup holds and compares the checksums of its files: no database is needed for it, so that a damaged
    /// backup is found before one is made.
    ///
    /// # Errors
    /// [`StoreError::Backup`] for a backup that is incomplete, altered or of an unknown format.
    pub async fn read(dir: &Path) -> Result<Self, StoreError> {
        let text = tokio::fs::read(dir.join(MANIFEST)).await;
        let text = text.map_err(|error| at(&error, MANIFEST))?;
        let manifest: Self = serde_json::from_slice(&text).map_err(|_| broken("manifest cannot be read"))?;
        if manifest.format != FORMAT {
            return Err(broken("format is not known"));
        }
        for table in &manifest.tables {
            if checksum(dir, &table.table).await? != table.sha256 {
                return Err(broken(&format!("checksum of table {} differs", table.table)));
            }
        }
        Ok(manifest)
    }
}

impl Store {
    /// Writes a backup of one moment into a new or empty directory, while others go on working.
    ///
    /// # Errors
    /// [`StoreError::Backup`] for the directory, or the database's.
    pub async fn backup(&self, dir: &Path, now: OffsetDateTime) -> Result<Manifest, StoreError> {
        make_empty(dir)?;
        let mut manifest = Manifest {
            format: FORMAT,
            created_at: chain::moment(now),
            migrations: self.migrations().await?,
            tables: Vec::new(),
        };
        let tx = self.snapshot().await?;
        macro_rules! dump_each {
            ($($table:ident),+) => { $(manifest.tables.push(dump::<$table::Entity>(&tx, dir).await?);)+ };
        }
        each_table!(dump_each);
        tx.rollback().await?;
        let text = serde_json::to_vec_pretty(&manifest).map_err(|_| broken("manifest cannot be written"))?;
        let mut file = create(&dir.join(MANIFEST)).await?;
        file.write_all(&text).await.map_err(|error| io(&error))?;
        file.flush().await.map_err(|error| io(&error))?;
        file.get_ref().sync_all().await.map_err(|error| io(&error))?;
        Ok(manifest)
    }

    /// Restores a backup into a migrated database without rows, wholly or not at all. Checksums are compared first.
    ///
    /// # Errors
    /// [`StoreError::Backup`] for a backup that is incomplete, altered, of another schema, or a database with rows.
    pub async fn restore(&self, dir: &Path) -> Result<Manifest, StoreError> {
        let manifest = Manifest::read(dir).await?;
        if manifest.migrations != self.migrations().await? {
            return Err(broken("schema of the backup and of the database differ"));
        }
        let (dir, expected) = (PathBuf::from(dir), manifest.clone());
        self.write(move |tx| Box::pin(async move { load_all(tx, &dir, &expected).await }))
            .await?;
        Ok(manifest)
    }
}

async fn load_all(tx: &DatabaseTransaction, dir: &Path, manifest: &Manifest) -> Result<(), StoreError> {
    // Cases keep the pack that they run under: where there are some, nothing is taken away.
    if cases::Entity::find().one(tx).await?.is_some() {
        return Err(broken("database has rows in table cases"));
    }
    // A probe of the database may have left a setting, and opening it the pack that is loaded.
    setting::Entity::delete_many().exec(tx).await?;
    definition::Entity::delete_many().exec(tx).await?;
    pack::Entity::delete_many().exec(tx).await?;
    wording::Entity::delete_many().exec(tx).await?;
    macro_rules! load_each {
        ($($table:ident),+) => { $(load::<$table::Entity>(tx, dir, manifest).await?;)+ };
    }
    each_table!(load_each);
    Ok(())
}

fn broken(reason: &str) -> StoreError {
    StoreError::Backup {
        reason: reason.to_owned(),
    }
}

fn io(error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => StoreError::DiskFull,
        kind => StoreError::Backup {
            reason: kind.to_string(),
        },
    }
}

/// As [`io`], with the file's name.
fn at(error: &std::io::Error, file: &str) -> StoreError {
    match io(error) {
        StoreError::Backup { reason } => broken(&format!("{file}: {reason}")),
        other => other,
    }
}

fn file_of(dir: &Path, table: &str) -> PathBuf {
    dir.join(format!("{table}.jsonl"))
}

/// Makes the directory, readable by its owner alone, or accepts an empty one.
fn make_empty(dir: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|error| io(&error))?;
    match std::fs::read_dir(dir).map_err(|error| io(&error))?.next() {
        None => Ok(()),
        Some(_) => Err(broken("directory is not empty")),
    }
}

async fn create(path: &Path) -> Result<BufWriter<File>, StoreError> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    Ok(BufWriter::new(options.open(path).await.map_err(|error| io(&error))?))
}

async fn checksum(dir: &Path, table: &str) -> Result<String, StoreError> {
    let name = format!("{table}.jsonl");
    let opened = File::open(file_of(dir, table)).await;
    let mut file = opened.map_err(|error| at(&error, &name))?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer).await.map_err(|error| at(&error, &name))? {
            0 => return Ok(HEXLOWER.encode(&hasher.finalize())),
            n => hasher.update(&buffer[..n]),
        }
    }
}

/// Writes a table, by primary key.
async fn dump<E>(tx: &DatabaseTransaction, dir: &Path) -> Result<TableManifest, StoreError>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E> + Sync,
{
    let table = E::default().table_name().to_owned();
    let mut file = create(&file_of(dir, &table)).await?;
    let key: Vec<E::Column> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let (mut hasher, mut rows, mut last) = (Sha256::new(), 0, None::<E::Model>);
    loop {
        let mut select = E::find().limit(BATCH);
        for column in &key {
            select = select.order_by_asc(*column);
        }
        if let Some(last) = &last {
            let place = Expr::tuple(key.iter().map(|column| Expr::col(*column)));
            select = select.filter(place.gt(Expr::tuple(key.iter().map(|column| Expr::value(last.get(*column))))));
        }
        let batch = select.all(tx).await?;
        for model in &batch {
            let mut line = serde_json::to_vec(&to_json::<E>(model)?).map_err(|_| broken("row cannot be written"))?;
            line.push(b'\n');
            hasher.update(&line);
            file.write_all(&line).await.map_err(|error| io(&error))?;
            rows += 1;
        }
        match batch.into_iter().next_back() {
            Some(model) => last = Some(model),
            None => break,
        }
    }
    file.flush().await.map_err(|error| io(&error))?;
    file.get_ref().sync_all().await.map_err(|error| io(&error))?;
    Ok(TableManifest {
        table,
        rows,
        sha256: HEXLOWER.encode(&hasher.finalize()),
    })
}

fn to_json<E>(model: &E::Model) -> Result<Json, StoreError>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E>,
{
    let mut object = Map::new();
    for column in E::Column::iter() {
        let value = match model.get(column) {
            Value::String(text) => text.map_or(Json::Null, Json::from),
            Value::BigInt(number) => number.map_or(Json::Null, Json::from),
            Value::Double(number) => number.map_or(Json::Null, Json::from),
            Value::Bytes(bytes) => bytes.map_or(Json::Null, |bytes| HEXLOWER.encode(&bytes).into()),
            _ => return Err(broken("column type is not known")),
        };
        object.insert(column.to_string(), value);
    }
    Ok(Json::Object(object))
}

fn from_json(kind: &ColumnType, json: &Json) -> Result<Value, StoreError> {
    let wrong = || broken("value does not fit its column");
    Ok(match kind {
        ColumnType::BigInteger => Value::BigInt(optional(json, Json::as_i64).map_err(|()| wrong())?),
        ColumnType::Double => Value::Double(optional(json, Json::as_f64).map_err(|()| wrong())?),
        ColumnType::Blob | ColumnType::Binary(_) | ColumnType::VarBinary(_) => {
            let decode = |json: &Json| HEXLOWER.decode(json.as_str()?.as_bytes()).ok();
            Value::Bytes(optional(json, decode).map_err(|()| wrong())?)
        }
        _ => Value::String(optional(json, |json| json.as_str().map(str::to_owned)).map_err(|()| wrong())?),
    })
}

fn optional<T>(json: &Json, read: impl FnOnce(&Json) -> Option<T>) -> Result<Option<T>, ()> {
    if json.is_null() {
        Ok(None)
    } else {
        read(json).map(Some).ok_or(())
    }
}

/// A column of a table that refers to the table itself, and so may name a row that comes later.
fn self_reference(table: &str) -> Option<&'static str> {
    match table {
        "organisation" => Some("parent_id"),
        "cases" => Some("opened_by_case"),
        _ => None,
    }
}

/// Reads a table.
async fn load<E>(tx: &DatabaseTransaction, dir: &Path, manifest: &Manifest) -> Result<(), StoreError>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let table = E::default().table_name().to_owned();
    let expected = manifest
        .tables
        .iter()
        .find(|one| one.table == table)
        .ok_or_else(|| broken("a table is missing"))?;
    if E::find().one(tx).await?.is_some() {
        return Err(broken(&format!("database has rows in table {table}")));
    }
    let mut lines = BufReader::new(File::open(file_of(dir, &table)).await.map_err(|error| io(&error))?).lines();
    let (mut rows, mut batch, mut later) = (0, Vec::new(), Vec::new());
    loop {
        let line = lines.next_line().await.map_err(|error| io(&error))?;
        if let Some(line) = &line {
            let mut object: Map<String, Json> = serde_json::from_str(line).map_err(|_| broken("row cannot be read"))?;
            if let Some(column) = self_reference(&table)
                && let Some(reference) = object.insert(column.to_owned(), Json::Null)
                && let (Some(id), Some(reference)) = (object.get("id").and_then(Json::as_str), reference.as_str())
            {
                later.push((id.to_owned(), reference.to_owned()));
            }
            batch.push(object);
            rows += 1;
        }
        if batch.len() as u64 >= BATCH || (line.is_none() && !batch.is_empty()) {
            insert::<E>(tx, &std::mem::take(&mut batch)).await?;
        }
        if line.is_none() {
            break;
        }
    }
    for (id, reference) in later {
        // Only tables with a self-reference get here.
        let column = self_reference(&table).unwrap_or_default();
        let update = Query::update()
            .table(E::default())
            .value(column, reference)
            .and_where(Expr::col("id").eq(id))
            .take();
        tx.execute(&update).await?;
    }
    if rows == expected.rows {
        Ok(())
    } else {
        Err(broken("number of rows differs"))
    }
}

async fn insert<E: EntityTrait>(tx: &DatabaseTransaction, rows: &[Map<String, Json>]) -> Result<(), StoreError> {
    let columns: Vec<E::Column> = E::Column::iter().collect();
    let mut insert = Query::insert()
        .into_table(E::default())
        .columns(columns.iter().copied())
        .take();
    for row in rows {
        let values = columns.iter().map(|column| {
            let json = row
                .get(&column.to_string())
                .ok_or_else(|| broken("a column is missing"))?;
            Ok(Expr::value(from_json(column.def().get_column_type(), json)?))
        });
        let values = values.collect::<Result<Vec<_>, StoreError>>()?;
        insert.values(values).map_err(|_| broken("row has another shape"))?;
    }
    tx.execute(&insert).await?;
    Ok(())
}
