//! Proving that nothing was altered: recomputes every hash chain from one snapshot and names each place that is wrong.
//!
//! Texts are read as bytes, because a damaged one need not be text any more. What this cannot find is a whole database
//! replaced by another consistent one: for that a head must be known outside.

use sea_orm::{ColumnTrait, QuerySelect, Statement, Value};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QueryResult};

use crate::store::chain::{self, Entry, GENESIS};
use crate::store::column::Micros;
use crate::store::entity::audit;
use crate::store::{AuditRow, Store, StoreError, audit as audit_log};

/// Rows read at a time.
const BATCH: u64 = 5_000;

/// What is wrong at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// One or more events before this one are missing, or it is in the wrong place.
    SequenceGap,
    /// The entry does not follow the entry before.
    PreviousMismatch,
    /// The entry does not have the stored hash.
    HashMismatch,
    /// The entry is not the JSON of an entry.
    EntryUnreadable,
    /// A column differs from what the entry says; its name.
    ColumnMismatch(&'static str),
    /// What the event carried is gone, without an erasure.
    PayloadMissing,
    /// The event carries something that its entry does not know.
    PayloadUnexpected,
    /// What the event carried, or its salt, was altered.
    PayloadMismatch,
    /// An erasure left something behind.
    ErasureIncomplete,
    /// The case does not stand where its last event left it; the name of the column.
    CaseMismatch(&'static str),
    /// The case has no events.
    NoEvents,
    /// Events without a case.
    NoCase,
    /// Something carried by an event that does not exist.
    NoEvent,
}

impl Flaw {
    /// A stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SequenceGap => "SEQUENCE_GAP",
            Self::PreviousMismatch => "PREVIOUS_MISMATCH",
            Self::HashMismatch => "HASH_MISMATCH",
            Self::EntryUnreadable => "ENTRY_UNREADABLE",
            Self::ColumnMismatch(_) => "COLUMN_MISMATCH",
            Self::PayloadMissing => "PAYLOAD_MISSING",
            Self::PayloadUnexpected => "PAYLOAD_UNEXPECTED",
            Self::PayloadMismatch => "PAYLOAD_MISMATCH",
            Self::ErasureIncomplete => "ERASURE_INCOMPLETE",
            Self::CaseMismatch(_) => "CASE_MISMATCH",
            Self::NoEvents => "NO_EVENTS",
            Self::NoCase => "NO_CASE",
            Self::NoEvent => "NO_EVENT",
        }
    }
}

/// One place that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Number of the case, its id where it has no row, or `audit`.
    pub chain: String,
    /// Position in the chain; 0 where the whole chain is meant.
    pub seq: i64,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What a verification saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Chains of cases.
    pub cases: u64,
    /// Events.
    pub events: u64,
    /// Payloads that match their entry.
    pub payloads: u64,
    /// Payloads that were lawfully erased: a replay of these events is not possible.
    pub erased: u64,
    /// Entries of the audit log.
    pub audit_entries: u64,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
}

impl VerifyReport {
    fn find(&mut self, chain: &str, seq: i64, flaw: Flaw) {
        self.findings.push(Finding {
            chain: chain.to_owned(),
            seq,
            flaw,
        });
    }
}

impl Store {
    /// Verifies every chain from one snapshot. `progress` is called now and then with what was seen so far.
    ///
    /// # Errors
    /// The database's; flaws are no errors but findings.
    pub async fn verify(&self, mut progress: impl FnMut(&VerifyReport) + Send) -> Result<VerifyReport, StoreError> {
        let tx = self.snapshot().await?;
        let mut report = VerifyReport::default();
        verify_events(&tx, &mut report, &mut progress).await?;
        for row in query(&tx, EVENTLESS_CASES, vec![]).await? {
            report.find(&label(&row, "chain")?, 0, Flaw::NoEvents);
        }
        for row in query(&tx, EVENTLESS_PAYLOADS, vec![]).await? {
            report.find(&label(&row, "chain")?, row.try_get("", "seq")?, Flaw::NoEvent);
        }
        verify_audit(&tx, &mut report, &mut progress).await?;
        tx.rollback().await?;
        Ok(report)
    }
}

// `{x}` stands for the bytes of a text.
const EVENTS: &str = "SELECT {e.case_id} AS case_id, e.seq AS seq, e.at AS at, {e.kind} AS kind, {e.actor} AS actor, \
     {e.entry} AS entry, {e.hash} AS hash, p.seq AS payload, {p.salt} AS salt, {p.body} AS body, p.erased_at AS erased_at, \
     {c.number} AS number, c.seq AS case_seq, {c.head} AS head, {c.state_hash} AS state_hash \
     FROM event e LEFT JOIN event_payload p ON p.case_id = e.case_id AND p.seq = e.seq \
     LEFT JOIN cases c ON c.id = e.case_id \
     WHERE (e.case_id, e.seq) > ([1], [2]) ORDER BY e.case_id, e.seq LIMIT [3]";
const EVENTLESS_CASES: &str = "SELECT {c.number} AS chain FROM cases c \
     WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.case_id = c.id) ORDER BY c.id";
const EVENTLESS_PAYLOADS: &str = "SELECT {p.case_id} AS chain, p.seq AS seq FROM event_payload p \
     WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.case_id = p.case_id AND e.seq = p.seq) ORDER BY p.case_id, p.seq";

/// Runs a statement of this file in the engine's own words.
async fn query(tx: &DatabaseTransaction, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, StoreError> {
    let backend = tx.get_database_backend();
    let mut words = String::with_capacity(sql.len() * 2);
    for (n, piece) in sql.split(['{', '}']).enumerate() {
        match (n % 2, backend) {
            (0, _) => words.push_str(piece),
            (_, DbBackend::Postgres) if piece.ends_with(".salt") => words.push_str(piece),
            (_, DbBackend::Postgres) => words.push_str(&format!("convert_to({piece}, 'UTF8')")),
            _ => words.push_str(&format!("CAST({piece} AS BLOB)")),
        }
    }
    // The bytes of the last case id are compared as the text that they came from.
    let place = match backend {
        DbBackend::Postgres => ["convert_from($1, 'UTF8')", "$2", "$3"],
        _ => ["CAST(?1 AS TEXT)", "?2", "?3"],
    };
    for (n, place) in place.into_iter().enumerate() {
        words = words.replace(&format!("[{}]", n + 1), place);
    }
    Ok(tx
        .query_all_raw(Statement::from_sql_and_values(backend, words, values))
        .await?)
}

fn bytes(row: &QueryResult, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(row.try_get("", column)?)
}

fn label(row: &QueryResult, column: &str) -> Result<String, StoreError> {
    Ok(String::from_utf8_lossy(&bytes(row, column)?.unwrap_or_default()).into_owned())
}

/// Where a case's chain stands while its events go by.
struct Walk {
    case_id: Vec<u8>,
    chain: String,
    next_seq: i64,
    prev: Vec<u8>,
    last_state_hash: String,
    /// What the case's row says: sequence number, head, state hash; `None` without a row.
    stands: Option<(i64, Vec<u8>, Vec<u8>)>,
}

impl Walk {
    fn begin(row: &QueryResult, case_id: Vec<u8>) -> Result<Self, StoreError> {
        let number = bytes(row, "number")?;
        let stands = match &number {
            Some(_) => Some((
                row.try_get("", "case_seq")?,
                bytes(row, "head")?.unwrap_or_default(),
                bytes(row, "state_hash")?.unwrap_or_default(),
            )),
            None => None,
        };
        Ok(Self {
            chain: String::from_utf8_lossy(number.as_deref().unwrap_or(&case_id)).into_owned(),
            case_id,
            next_seq: 1,
            prev: GENESIS.into(),
            last_state_hash: String::new(),
            stands,
        })
    }

    fn end(&self, report: &mut VerifyReport) {
        report.cases += 1;
        let last = self.next_seq - 1;
        match &self.stands {
            None => report.find(&self.chain, 0, Flaw::NoCase),
            Some((seq, head, state_hash)) => {
                for (equal, column) in [
                    (*seq == last, "seq"),
                    (*head == self.prev, "head"),
                    (state_hash == self.last_state_hash.as_bytes(), "state_hash"),
                ] {
                    if !equal {
                        report.find(&self.chain, last, Flaw::CaseMismatch(column));
                    }
                }
            }
        }
    }

    fn event(&mut self, row: &QueryResult, report: &mut VerifyReport) -> Result<(), StoreError> {
        report.events += 1;
        let seq: i64 = row.try_get("", "seq")?;
        if seq != self.next_seq {
            report.find(&self.chain, seq, Flaw::SequenceGap);
        }
        self.next_seq = seq + 1;
        let text = bytes(row, "entry")?.unwrap_or_default();
        let hash = bytes(row, "hash")?.unwrap_or_default();
        if chain::entry_hash(&text).as_bytes() != hash {
            report.find(&self.chain, seq, Flaw::HashMismatch);
        }
        let prev = std::mem::replace(&mut self.prev, hash);
        let Ok(entry) = serde_json::from_slice::<Entry>(&text) else {
            report.find(&self.chain, seq, Flaw::EntryUnreadable);
            return Ok(());
        };
        if entry.prev.as_bytes() != prev {
            report.find(&self.chain, seq, Flaw::PreviousMismatch);
        }
        self.columns(&entry, seq, row, report)?;
        if let Some(flaw) = payload_flaw(&entry, row, report)? {
            report.find(&self.chain, seq, flaw);
        }
        self.last_state_hash = entry.state_hash;
        Ok(())
    }

    fn columns(&self, entry: &Entry, seq: i64, row: &QueryResult, report: &mut VerifyReport) -> Result<(), StoreError> {
        let at = chain::moment(Micros(row.try_get("", "at")?).into());
        for (equal, column) in [
            (entry.case.as_bytes() == self.case_id, "case_id"),
            (entry.seq == seq, "seq"),
            (entry.at == at, "at"),
            (Some(entry.kind.as_bytes()) == bytes(row, "kind")?.as_deref(), "kind"),
            (Some(entry.actor.as_bytes()) == bytes(row, "actor")?.as_deref(), "actor"),
        ] {
            if !equal {
                report.find(&self.chain, seq, Flaw::ColumnMismatch(column));
            }
        }
        Ok(())
    }
}

/// Compares what an event carried with what its entry says.
fn payload_flaw(entry: &Entry, row: &QueryResult, report: &mut VerifyReport) -> Result<Option<Flaw>, StoreError> {
    let there: Option<i64> = row.try_get("", "payload")?;
    let erased: Option<i64> = row.try_get("", "erased_at")?;
    let (salt, body) = (bytes(row, "salt")?, bytes(row, "body")?);
    Ok(match (&entry.payload_hash, there) {
        (None, None) => None,
        (None, Some(_)) => Some(Flaw::PayloadUnexpected),
        (Some(_), None) => Some(Flaw::PayloadMissing),
        (Some(expected), Some(_)) => match (erased, salt, body) {
            (Some(_), None, None) => {
                report.erased += 1;
                None
            }
            (Some(_), _, _) => Some(Flaw::ErasureIncomplete),
            (None, Some(salt), Some(body)) if chain::payload_hash(&salt, &body) == *expected => {
                report.payloads += 1;
                None
            }
            (None, Some(_), Some(_)) => Some(Flaw::PayloadMismatch),
            (None, _, _) => Some(Flaw::PayloadMissing),
        },
    })
}

async fn verify_events(
    tx: &DatabaseTransaction,
    report: &mut VerifyReport,
    progress: &mut (impl FnMut(&VerifyReport) + Send),
) -> Result<(), StoreError> {
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let mut walk: Option<Walk> = None;
    // Every position is after this one: numbers are positive, and a damaged one may be the smallest.
    let mut after = (Vec::new(), i64::MIN);
    loop {
        let rows = query(tx, EVENTS, vec![after.0.clone().into(), after.1.into(), limit.into()]).await?;
        let Some(last) = rows.last() else { break };
        after = (bytes(last, "case_id")?.unwrap_or_default(), last.try_get("", "seq")?);
        for row in &rows {
            let case_id = bytes(row, "case_id")?.unwrap_or_default();
            let mut current = match walk.take() {
                Some(current) if current.case_id == case_id => current,
                earlier => {
                    if let Some(earlier) = earlier {
                        earlier.end(report);
                    }
                    Walk::begin(row, case_id)?
                }
            };
            current.event(row, report)?;
            walk = Some(current);
        }
        progress(report);
    }
    if let Some(walk) = walk {
        walk.end(report);
    }
    Ok(())
}

async fn verify_audit(
    tx: &DatabaseTransaction,
    report: &mut VerifyReport,
    progress: &mut (impl FnMut(&VerifyReport) + Send),
) -> Result<(), StoreError> {
    let mut walk = AuditWalk {
        last: 0,
        prev: GENESIS.to_owned(),
    };
    loop {
        let select = || {
            audit::Entity::find()
                .filter(audit::Column::Id.gt(walk.last))
                .order_by_asc(audit::Column::Id)
        };
        let rows = match select().limit(BATCH).all(tx).await.map_err(StoreError::from) {
            Ok(rows) => rows,
            // One of them holds a value that is none: each by itself then, and only that one is a finding.
            Err(StoreError::UnreadableValue) => {
                let ids = select().select_only().column(audit::Column::Id).limit(BATCH);
                let ids: Vec<i64> = ids.into_tuple().all(tx).await?;
                for id in ids {
                    walk.alone(tx, id, report).await?;
                }
                progress(report);
                continue;
            }
            Err(error) => return Err(error),
        };
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            walk.entry(row.into(), report);
        }
        progress(report);
    }
}

/// Where the audit log stands while its entries go by.
struct AuditWalk {
    last: i64,
    prev: String,
}

impl AuditWalk {
    const CHAIN: &str = "audit";

    async fn alone(&mut self, tx: &DatabaseTransaction, id: i64, report: &mut VerifyReport) -> Result<(), StoreError> {
        match audit::Entity::find_by_id(id).one(tx).await.map_err(StoreError::from) {
            Ok(Some(row)) => self.entry(row.into(), report),
            Ok(None) => {}
            Err(StoreError::UnreadableValue) => {
                report.audit_entries += 1;
                report.find(Self::CHAIN, id, Flaw::EntryUnreadable);
                // What follows it is compared with the hash that it has.
                let hash = audit::Entity::find_by_id(id).select_only().column(audit::Column::Hash);
                let hash: Option<String> = hash.into_tuple().one(tx).await.unwrap_or_default();
                (self.last, self.prev) = (id, hash.unwrap_or_default());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn entry(&mut self, row: AuditRow, report: &mut VerifyReport) {
        report.audit_entries += 1;
        if row.id != self.last + 1 {
            report.find(Self::CHAIN, row.id, Flaw::SequenceGap);
        }
        if row.prev_hash != self.prev {
            report.find(Self::CHAIN, row.id, Flaw::PreviousMismatch);
        }
        if audit_log::hash_of(&row) != row.hash {
            report.find(Self::CHAIN, row.id, Flaw::HashMismatch);
        }
        (self.last, self.prev) = (row.id, row.hash);
    }
}
