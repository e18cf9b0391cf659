//! The register's names in a tantivy index, and the search for those that a name resembles.

mod search;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tantivy::{
    IndexReader, IndexSettings, ReloadPolicy, TantivyDocument, TantivyError, Term,
    schema::{Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions},
    store::Compressor,
    tokenizer::{TextAnalyzer, WhitespaceTokenizer},
};

pub use self::search::{Candidate, Match, MatchOptions};
use crate::{
    candidates::{Channel, stored_tokens},
    mark::Mark,
    normalize::NORMALIZER_VERSION,
    profile::Profile,
};

/// Raised whenever the fields of the index change.
const SCHEMA_VERSION: u32 = 1;
const VERSIONS_FILE: &str = "marks-index.json";
const TOKENIZER: &str = "tokens";
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
        matches!(self, Self::Index(TantivyError::LockFailure(..)))
    }
}

/// What an index was made with, kept beside it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Versions {
    schema: u32,
    normalizer: u32,
}

impl Versions {
    const CURRENT: Self = Self {
        schema: SCHEMA_VERSION,
        normalizer: NORMALIZER_VERSION,
    };

    fn label(&self) -> String {
        format!("{}.{}", self.schema, self.normalizer)
    }
}

#[derive(Clone, Copy, Debug)]
struct Fields {
    id: Field,
    name: Field,
    mark: Field,
    class: Field,
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
}

impl Index {
    /// An empty index in memory.
    pub fn in_memory() -> Result<Self, IndexError> {
        let (schema, fields) = schema();
        let index = tantivy::Index::builder()
            .schema(schema)
            .settings(settings())
            .create_in_ram()?;
        Self::from_tantivy(index, fields)
    }

    /// Opens the index in a directory, or makes an empty one if the directory is absent or empty. An index made by other
    /// versions of the schema or of the normal form is [`IndexError::Outdated`]: the caller deletes and refills it.
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
            tantivy::Index::open_in_dir(path)?
        };
        Self::from_tantivy(index, fields)
    }

    fn from_tantivy(index: tantivy::Index, fields: Fields) -> Result<Self, IndexError> {
        let tokens = TextAnalyzer::builder(WhitespaceTokenizer::default()).build();
        index.tokenizers().register(TOKENIZER, tokens);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { index, reader, fields })
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
        Ok(self.reader.reload()?)
    }

    /// The revision of the register that the last commit, of whatever process, caught up with.
    pub fn revision(&self) -> Result<Option<i64>, IndexError> {
        let payload = self.index.load_metas()?.payload;
        Ok(payload.and_then(|revision| revision.parse().ok()))
    }

    /// Number of names in the index, aliases included.
    pub fn len(&self) -> u64 {
        self.reader.searcher().num_docs()
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
                self.writer.add_document(self.document(mark, &record, &profile))?;
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
        self.index.reload()
    }

    /// Like [`IndexWriter::commit`]; remembers the revision of the register that the index has caught up with.
    pub fn commit_at(&mut self, revision: i64) -> Result<(), IndexError> {
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(&revision.to_string());
        prepared.commit()?;
        self.index.reload()
    }

    fn document(&self, mark: &Mark, record: &[u8], name: &Profile) -> TantivyDocument {
        let fields = &self.index.fields;
        let mut document = TantivyDocument::new();
        document.add_text(fields.id, &mark.id);
        document.add_text(fields.name, &name.name.original);
        document.add_bytes(fields.mark, record);
        if mark.classes.is_empty() {
            document.add_u64(fields.class, CLASSES_UNKNOWN);
        }
        for class in &mark.classes {
            document.add_u64(fields.class, u64::from(*class));
        }
        for (channel, tokens) in stored_tokens(name) {
            document.add_text(fields.channel(channel), tokens.join(" "));
        }
        document
    }
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
    let tokens = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(true),
    );
    let fields = Fields {
        id: builder.add_text_field("id", STRING | STORED),
        name: builder.add_text_field("name", STORED),
        mark: builder.add_bytes_field("mark", STORED),
        class: builder.add_u64_field("class", INDEXED),
        channels: Channel::ALL.map(|channel| builder.add_text_field(channel.field_name(), tokens.clone())),
    };
    (builder.build(), fields)
}

/// Small uncompressed blocks: a search reads a thousand scattered names.
fn settings() -> IndexSettings {
    IndexSettings {
        docstore_compression: Compressor::None,
        docstore_blocksize: 2048,
        ..IndexSettings::default()
    }
}

#[cfg(test)]
mod tests;
