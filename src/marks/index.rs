//! The register's names in a tantivy index, and the search for those that a name resembles.

mod damage;
mod filter;
mod gather;
mod ranking;
mod search;
mod snapshot;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use serde::{Deserialize, Serialize};
use tantivy::{
    IndexReader, IndexSettings, ReloadPolicy, TantivyDocument, TantivyError, Term,
    directory::error::LockError,
    schema::{FAST, Field, INDEXED, STORED, STRING, Schema},
    store::Compressor,
};

use self::snapshot::Snapshot;
pub(crate) use self::snapshot::renown;
pub use self::{
    filter::MatchOptions,
    ranking::Rescoring,
    search::{Candidate, Match},
};
use crate::{
    candidates::{Channel, stored},
    mark::Mark,
    normalize::NORMALIZER_VERSION,
    parts::essence,
    profile::Profile,
    signature::{generic, signed},
    statistics::{Statistics, hash},
    tables::TABLES_VERSION,
};

/// Raised whenever the fields of the index or what is put into them change.
const SCHEMA_VERSION: u32 = 4;
const VERSIONS_FILE: &str = "marks-index.json";
const STATISTICS_FILE: &str = "marks-statistics.bin";
/// Memory that the writer gathers new names in before it writes a segment, bytes.
const WRITER_MEMORY: usize = 64 * 1024 * 1024;
/// Stands in the class field of a mark whose classes are unknown; no Nice class has this number.
const CLASSES_UNKNOWN: u64 = 0;

/// Why the index could not be opened, written or searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// Made by another version of the schema or of the normal form: its tokens would miss names.
    #[error(
        "the index in {} was made for version {found} and this program needs {wanted}: delete the directory and import the register again",
        path.display()
    )]
    Outdated {
        /// Directory of the index.
        path: PathBuf,
        /// Versions of the index, or `unknown`.
        found: String,
        /// Versions needed.
        wanted: String,
    },
    /// The directory could not be read or written.
    #[error("cannot use the index directory {}", path.display())]
    Directory {
        /// Directory of the index.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Cut short or changed since it was written.
    #[error("the index in {} is damaged: delete the directory and import the register again", path.display())]
    Damaged {
        /// Directory of the index.
        path: PathBuf,
    },
    /// A mark could not be stored or read back.
    #[error("a mark in the index is not readable: delete the directory and import the register again")]
    Record(#[from] serde_json::Error),
    /// The index itself failed; a lock that another writer holds is reported here too.
    #[error("the index failed")]
    Index(#[from] TantivyError),
}

impl IndexError {
    /// Whether another writer of the index is alive.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Index(TantivyError::LockFailure(LockError::LockBusy, _)))
    }
}

/// What an index was made with, kept beside it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Versions {
    schema: u32,
    normalizer: u32,
    #[serde(default)]
    tables: u32,
}

impl Versions {
    pub(crate) const CURRENT: Self = Self {
        schema: SCHEMA_VERSION,
        normalizer: NORMALIZER_VERSION,
        tables: TABLES_VERSION,
    };

    pub(crate) fn label(&self) -> String {
        format!("{}.{}.{}", self.schema, self.normalizer, self.tables)
    }
}

#[derive(Clone, Copy, Debug)]
struct Fields {
    id: Field,
    /// The name as given, where it is not the mark's own but one of its aliases.
    alias: Field,
    mark: Field,
    class: Field,
    status: Field,
    owner: Field,
    fame: Field,
    /// Hash of the id, by which the names of a mark are brought together.
    key: Field,
    /// The packed characters of the name.
    signature: Field,
    /// The characters of generic words, as bits; absent where there are none.
    generic: Field,
    channels: [Field; Channel::ALL.len()],
}

impl Fields {
    fn channel(&self, channel: Channel) -> Field {
        // Channels are declared in the order of `Channel::ALL`.
        self.channels[channel as usize]
    }
}

/// The names of a register, searchable by similarity. Cheap to clone; clones see the same commits.
#[derive(Clone)]
pub struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    /// Where it is kept; none in memory.
    directory: Option<Arc<Path>>,
    /// What searches see.
    snapshot: Arc<RwLock<Arc<Snapshot>>>,
}

impl Index {
    /// An empty index in memory.
    pub fn in_memory() -> Result<Self, IndexError> {
        let (schema, fields) = schema();
        let index = tantivy::Index::builder()
            .schema(schema)
            .settings(settings())
            .create_in_ram()?;
        Self::from_tantivy(index, fields, None)
    }

    /// Opens the index in a directory, or makes an empty one if the directory is absent or empty. An index made by other
    /// versions of the schema or of the normal form is [`IndexError::Outdated`], and one with a byte other than was written is
    /// [`IndexError::Damaged`]: the caller deletes and refills it. All files are read for that, some .2 s for half a million names.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        let directory = |source| IndexError::Directory {
            path: path.to_owned(),
            source,
        };
        let (schema, fields) = schema();
        fs::create_dir_all(path).map_err(directory)?;
        let empty = fs::read_dir(path).map_err(directory)?.next().is_none();
        let index = if empty {
            let index = tantivy::Index::builder()
                .schema(schema)
                .settings(settings())
                .create_in_dir(path)?;
            // Last, so that a directory half made has no versions and counts as outdated.
            let versions = serde_json::to_vec(&Versions::CURRENT)?;
            fs::write(path.join(VERSIONS_FILE), versions).map_err(directory)?;
            index
        } else {
            check_versions(path)?;
            damage::caught(Some(path), || {
                let index = tantivy::Index::open_in_dir(path)?;
                damage::verify(&index, path)?;
                Ok(index)
            })
            .map_err(|error| damaged(path, error))?
        };
        let opened = damage::caught(Some(path), || {
            let opened = Self::from_tantivy(index, fields, Some(path))?;
            // A process that was ended between a commit and the count has left the register uncounted.
            opened.recount(damage::Kept::IfPossible)?;
            Ok(opened)
        });
        opened.map_err(|error| damaged(path, error))
    }

    fn from_tantivy(index: tantivy::Index, fields: Fields, directory: Option<&Path>) -> Result<Self, IndexError> {
        let reader: IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let statistics = match directory {
            Some(directory) => read_statistics(directory)?,
            None => Statistics::default(),
        };
        let snapshot = Snapshot::take(reader.searcher(), Arc::new(statistics), None)?;
        Ok(Self {
            index,
            reader,
            fields,
            directory: directory.map(Arc::from),
            snapshot: Arc::new(RwLock::new(Arc::new(snapshot))),
        })
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The one writer of the index. Fails while another is alive, in this process or another.
    pub fn writer(&self) -> Result<IndexWriter, IndexError> {
        Ok(IndexWriter {
            // One thread, so that the order of names in the index is the order they came in.
            writer: self.index.writer_with_num_threads(1, WRITER_MEMORY)?,
            index: self.clone(),
        })
    }

    /// Makes commits of other processes visible; those of this one are so at once.
    pub fn reload(&self) -> Result<(), IndexError> {
        self.load()?;
        self.recount(damage::Kept::IfPossible)
    }

    fn load(&self) -> Result<(), IndexError> {
        damage::caught(self.directory.as_deref(), || {
            self.reader.reload()?;
            let statistics = match &self.directory {
                Some(directory) => Arc::new(read_statistics(directory)?),
                None => Arc::clone(self.snapshot().statistics()),
            };
            self.see(statistics)
        })
    }

    /// Lets searches see the last commit loaded, weighed by these statistics.
    fn see(&self, statistics: Arc<Statistics>) -> Result<(), IndexError> {
        let before = self.snapshot();
        let fresh = Snapshot::take(self.reader.searcher(), statistics, Some(&before))?;
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }

    /// Counts the register anew if it has changed by a tenth since it was last counted.
    fn recount(&self, kept: damage::Kept) -> Result<(), IndexError> {
        let snapshot = self.snapshot();
        let (known, names) = (snapshot.statistics(), self.len());
        let statistics = if known.is_outgrown(names) {
            Statistics::default()
        } else if known.is_stale(names) {
            damage::caught(self.directory.as_deref(), || snapshot.count())?
        } else {
            return Ok(());
        };
        if let Some(directory) = &self.directory {
            let written = write_statistics(directory, &statistics);
            // Who only reads may lack the right to write, and counts again next time.
            if kept == damage::Kept::Always {
                written?;
            }
        }
        self.see(Arc::new(statistics))
    }

    /// The revision of the register that the last commit, of whatever process, caught up with.
    pub fn revision(&self) -> Result<Option<i64>, IndexError> {
        let payload = self.index.load_metas()?.payload;
        Ok(payload.and_then(|revision| revision.parse().ok()))
    }

    /// Number of names in the index, aliases included.
    pub fn len(&self) -> u64 {
        self.snapshot().searcher().num_docs()
    }

    /// True if nothing is committed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Adds, replaces and deletes marks; nothing is visible, or safe on disk, before [`IndexWriter::commit`].
pub struct IndexWriter {
    writer: tantivy::IndexWriter,
    index: Index,
}

impl IndexWriter {
    /// Adds a mark whose id is not in the index; for one that may be, use [`IndexWriter::upsert`].
    pub fn add(&mut self, mark: &Mark) -> Result<(), IndexError> {
        let record = serde_json::to_vec(mark)?;
        let mut names: Vec<&str> = Vec::with_capacity(1 + mark.aliases.len());
        for name in std::iter::once(&mark.name).chain(&mark.aliases) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        for name in names {
            let profile = Profile::new(name);
            if !profile.is_empty() {
                self.writer
                    .add_document(self.document(mark, &record, &profile, name != mark.name))?;
            }
        }
        Ok(())
    }

    /// Adds a mark, in place of the one with its id if there is one.
    pub fn upsert(&mut self, mark: &Mark) -> Result<(), IndexError> {
        self.delete(&mark.id);
        self.add(mark)
    }

    /// Deletes a mark with all its names; an unknown id is no error.
    pub fn delete(&mut self, id: &str) {
        self.writer.delete_term(Term::from_field_text(self.index.fields.id, id));
    }

    /// Makes everything since the last commit durable and visible. The index is at no known revision then.
    pub fn commit(&mut self) -> Result<(), IndexError> {
        self.writer.commit()?;
        self.index.load()?;
        self.index.recount(damage::Kept::Always)
    }

    /// Like [`IndexWriter::commit`]; remembers the revision of the register that the index has caught up with.
    pub fn commit_at(&mut self, revision: i64) -> Result<(), IndexError> {
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(&revision.to_string());
        prepared.commit()?;
        self.index.load()?;
        self.index.recount(damage::Kept::Always)
    }

    fn document(&self, mark: &Mark, record: &[u8], name: &Profile, alias: bool) -> TantivyDocument {
        let fields = &self.index.fields;
        let mut document = TantivyDocument::new();
        document.add_text(fields.id, &mark.id);
        if alias {
            document.add_text(fields.alias, &name.name.original);
        }
        document.add_bytes(fields.mark, record);
        if mark.classes.is_empty() {
            document.add_u64(fields.class, CLASSES_UNKNOWN);
        }
        for class in &mark.classes {
            document.add_u64(fields.class, u64::from(*class));
        }
        for (field, text) in [(fields.status, &mark.status), (fields.owner, &mark.owner)] {
            if let Some(text) = text {
                document.add_text(field, text.trim().to_lowercase());
            }
        }
        document.add_u64(fields.fame, u64::from(mark.fame.unwrap_or(0)));
        document.add_u64(fields.key, hash(&mark.id.chars().collect::<Vec<char>>()));
        let essence = essence(name);
        for part in signed(name, essence.as_ref()) {
            document.add_u64(fields.signature, part);
        }
        let bits = generic(name);
        if bits != 0 {
            document.add_u64(fields.generic, bits);
        }
        for (channel, tokens) in stored(name, essence.as_ref()) {
            let field = fields.channel(channel);
            for token in tokens {
                document.add_u64(field, token);
            }
        }
        document
    }
}

/// What a directory that cannot be opened as an index is.
fn damaged(path: &Path, error: IndexError) -> IndexError {
    match error {
        IndexError::Index(TantivyError::LockFailure(..)) => error,
        IndexError::Index(_) => IndexError::Damaged { path: path.to_owned() },
        other => other,
    }
}

fn read_statistics(directory: &Path) -> Result<Statistics, IndexError> {
    let read = fs::File::open(directory.join(STATISTICS_FILE)).and_then(Statistics::read);
    read.or_else(|source| match source.kind() {
        io::ErrorKind::NotFound => Ok(Statistics::default()),
        io::ErrorKind::InvalidData => Err(IndexError::Damaged {
            path: directory.to_owned(),
        }),
        _ => Err(IndexError::Directory {
            path: directory.to_owned(),
            source,
        }),
    })
}

/// Written beside and moved into place, so that a reader sees the old or the new ones.
fn write_statistics(directory: &Path, statistics: &Statistics) -> Result<(), IndexError> {
    // Of this process, since another may count the same register at the same time.
    let fresh = directory.join(format!("{STATISTICS_FILE}.{}", std::process::id()));
    let write = || {
        let mut file = fs::File::create(&fresh)?;
        statistics.write(&mut file)?;
        file.sync_all()?;
        fs::rename(&fresh, directory.join(STATISTICS_FILE))
    };
    write().map_err(|source| IndexError::Directory {
        path: directory.to_owned(),
        source,
    })
}

fn check_versions(path: &Path) -> Result<(), IndexError> {
    let file = path.join(VERSIONS_FILE);
    let found = match fs::read(&file) {
        Ok(bytes) => serde_json::from_slice::<Versions>(&bytes).ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => {
            return Err(IndexError::Directory {
                path: path.to_owned(),
                source,
            });
        }
    };
    if found.as_ref() == Some(&Versions::CURRENT) {
        return Ok(());
    }
    Err(IndexError::Outdated {
        path: path.to_owned(),
        found: found.map_or_else(|| "unknown".to_owned(), |versions| versions.label()),
        wanted: Versions::CURRENT.label(),
    })
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let fields = Fields {
        id: builder.add_text_field("id", STRING | STORED),
        alias: builder.add_text_field("alias", STORED),
        mark: builder.add_bytes_field("mark", STORED),
        class: builder.add_u64_field("class", INDEXED),
        status: builder.add_text_field("status", STRING),
        owner: builder.add_text_field("owner", STRING),
        fame: builder.add_u64_field("fame", FAST),
        key: builder.add_u64_field("key", FAST),
        signature: builder.add_u64_field("signature", FAST),
        generic: builder.add_u64_field("generic", FAST),
        channels: Channel::ALL.map(|channel| builder.add_u64_field(channel.field_name(), INDEXED)),
    };
    (builder.build(), fields)
}

/// Only the few marks of an answer are read from the store, so it may be packed tight.
fn settings() -> IndexSettings {
    IndexSettings {
        docstore_compression: Compressor::Lz4,
        ..IndexSettings::default()
    }
}

#[cfg(test)]
mod tests;
