//! The server's own secret: one random root in the data directory, from which every key comes.

use std::{
    collections::HashMap,
    fs, io,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::jws::SigningKey;
use crate::clock::{Entropy, random};

/// Name of the directory within the data directory.
const DIRECTORY: &str = "secrets";
/// Name of the file that holds the 32 bytes of the root.
const ROOT_FILE: &str = "root.key";
/// Bytes of the root.
const ROOT_LENGTH: usize = 32;

/// Bytes of a fingerprint: enough that two installations never share one.
const FINGERPRINT_LENGTH: usize = 16;
/// Signing keys kept at most: more than a city has organisations. A forged seal may name any number of them.
const KEPT_SIGNING_KEYS: usize = 4_096;

/// What a derived key is for. A key never serves two purposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Digests of receipt secrets.
    Receipt,
    /// Salt of the keys that seal kept replies.
    Reply,
    /// Tokens of the portal's forms against cross-site posts.
    Form,
    /// Names that stand for persons in exports and statistics.
    Pseudonym,
    /// Salt of the keys that seal drafts.
    Draft,
    /// Salt of the keys that seal who filed a case.
    Identity,
    /// What a database remembers of the keys it was begun with.
    Fingerprint,
}

/// The label of signing keys; the organisation's id follows it.
const SIGNING: &[u8] = b"zhengming/signing/1/";

impl Purpose {
    /// The label that enters the derivation. Changing one makes all that it protected unreadable.
    fn label(self) -> &'static [u8] {
        match self {
            Self::Receipt => b"zhengming/receipt/1",
            Self::Reply => b"zhengming/reply/1",
            Self::Form => b"zhengming/form/1",
            Self::Pseudonym => b"zhengming/pseudonym/1",
            Self::Draft => b"zhengming/draft/1",
            Self::Identity => b"zhengming/identity/1",
            Self::Fingerprint => b"zhengming/fingerprint/1",
        }
    }
}

/// The keys of this installation. Losing them makes receipts worthless; a stolen database without
/// them does not even let anyone confirm a guess. They therefore belong in a backup of their own.
pub struct Secrets {
    root: Zeroizing<[u8; ROOT_LENGTH]>,
    /// Signing keys by organisation: to make one takes as long as to sign.
    signing: Mutex<HashMap<String, Arc<SigningKey>>>,
}

/// Why the secrets could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system refused.
    #[error("cannot use {path}: {source}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Others on the machine may read the file.
    #[error("{path} can be read by others: run chmod 600 on it, and consider its keys known")]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// The file does not hold exactly 32 bytes.
    #[error("{path} does not hold 32 bytes: restore it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

impl Secrets {
    /// Reads the secrets in `data_dir`, or makes them (directory 0700, file 0600) on first start.
    ///
    /// # Errors
    /// The file cannot be made or read, others may read it, or it is damaged.
    pub fn open(data_dir: &Path, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        if let Some(found) = Self::find(data_dir)? {
            return Ok(found);
        }
        let directory = data_dir.join(DIRECTORY);
        let file = Self::file(data_dir);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .map_err(failed_at(&directory))?;
        write_root(&directory, &file, &Zeroizing::new(random(entropy)))?;
        // Another process may have been first: what counts is what the file holds now.
        read_root(&file)
    }

    /// Reads the secrets in `data_dir`, where there are any.
    ///
    /// # Errors
    /// The file cannot be read, others may read it, or it is damaged.
    pub fn find(data_dir: &Path) -> Result<Option<Self>, KeyError> {
        match read_root(&Self::file(data_dir)) {
            Err(KeyError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            found => found.map(Some),
        }
    }

    /// The file that holds them.
    #[must_use]
    pub fn file(data_dir: &Path) -> PathBuf {
        data_dir.join(DIRECTORY).join(ROOT_FILE)
    }

    /// By what a database knows these secrets again; it says nothing about them.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let key = self.key(Purpose::Fingerprint);
        key.iter()
            .take(FINGERPRINT_LENGTH)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The key for one purpose.
    #[must_use]
    pub fn key(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, self.root.as_slice())
            .expand(purpose.label(), key.as_mut_slice())
            .unwrap_or_else(|_| unreachable!("32 bytes are within what HKDF-SHA-256 can expand"));
        key
    }
}

impl Secrets {
    /// The key with which an organisation signs what leaves this installation.
    #[must_use]
    pub fn signing_key(&self, organisation_id: &str) -> Arc<SigningKey> {
        let mut kept = self.signing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = kept.get(organisation_id) {
            return Arc::clone(key);
        }
        let key = Arc::new(SigningKey::from_seed(&self.signing_seed(organisation_id)));
        if kept.len() < KEPT_SIGNING_KEYS {
            kept.insert(organisation_id.to_owned(), Arc::clone(&key));
        }
        key
    }

    fn signing_seed(&self, organisation_id: &str) -> Zeroizing<[u8; 32]> {
        let mut seed = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, self.root.as_slice())
            .expand_multi_info(&[SIGNING, organisation_id.as_bytes()], seed.as_mut_slice())
            .unwrap_or_else(|_| unreachable!("32 bytes are within what HKDF-SHA-256 can expand"));
        seed
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(hidden)")
    }
}

fn read_root(file: &Path) -> Result<Secrets, KeyError> {
    let bytes = Zeroizing::new(fs::read(file).map_err(failed_at(file))?);
    let mode = fs::metadata(file).map_err(failed_at(file))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed { path: file.to_owned() });
    }
    let root =
        <[u8; ROOT_LENGTH]>::try_from(bytes.as_slice()).map_err(|_| KeyError::Damaged { path: file.to_owned() })?;
    Ok(Secrets {
        root: Zeroizing::new(root),
        signing: Mutex::default(),
    })
}

/// Puts the whole file in place at once, and never over one that is there. Temporary files are
/// made with mode 0600.
fn write_root(directory: &Path, file: &Path, root: &[u8; ROOT_LENGTH]) -> Result<(), KeyError> {
    let mut temporary = tempfile::NamedTempFile::new_in(directory).map_err(failed_at(directory))?;
    temporary.write_all(root).map_err(failed_at(file))?;
    temporary.as_file().sync_all().map_err(failed_at(file))?;
    match temporary.persist_noclobber(file) {
        Ok(_) => {}
        Err(failure) if failure.error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(failure) => return Err(failed_at(file)(failure.error)),
    }
    fs::File::open(directory)
        .and_then(|opened| opened.sync_all())
        .map_err(failed_at(directory))
}

fn failed_at(path: &Path) -> impl FnOnce(io::Error) -> KeyError + '_ {
    |source| KeyError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededEntropy;

    #[test]
    fn the_second_start_finds_the_keys_of_the_first() {
        let data = tempfile::tempdir().expect("temporary directory");
        let first = Secrets::open(data.path(), &SeededEntropy::new(1)).expect("made");
        let second = Secrets::open(data.path(), &SeededEntropy::new(2)).expect("read");
        assert_eq!(first.key(Purpose::Receipt), second.key(Purpose::Receipt));
    }

    #[test]
    fn only_the_owner_may_read_what_the_first_start_made() {
        let data = tempfile::tempdir().expect("temporary directory");
        Secrets::open(data.path(), &SeededEntropy::new(1)).expect("made");
        let mode = |path: &Path| fs::metadata(path).expect("made").permissions().mode() & 0o777;
        assert_eq!(mode(&data.path().join(DIRECTORY)), 0o700);
        assert_eq!(mode(&data.path().join(DIRECTORY).join(ROOT_FILE)), 0o600);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let data = tempfile::tempdir().expect("temporary directory");
        Secrets::open(data.path(), &SeededEntropy::new(1)).expect("made");
        let file = data.path().join(DIRECTORY).join(ROOT_FILE);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("chmod");
        let refused = Secrets::open(data.path(), &SeededEntropy::new(1));
        assert!(matches!(refused, Err(KeyError::Exposed { .. })));
    }

    #[test]
    fn a_truncated_file_is_refused_and_not_replaced() {
        let data = tempfile::tempdir().expect("temporary directory");
        Secrets::open(data.path(), &SeededEntropy::new(1)).expect("made");
        let file = data.path().join(DIRECTORY).join(ROOT_FILE);
        fs::write(&file, b"short").expect("write");
        let refused = Secrets::open(data.path(), &SeededEntropy::new(1));
        assert!(matches!(refused, Err(KeyError::Damaged { .. })));
        assert_eq!(fs::read(&file).expect("read"), b"short");
    }

    #[test]
    fn each_purpose_has_its_own_key() {
        let data = tempfile::tempdir().expect("temporary directory");
        let secrets = Secrets::open(data.path(), &SeededEntropy::new(1)).expect("made");
        let all = [
            Purpose::Receipt,
            Purpose::Reply,
            Purpose::Form,
            Purpose::Pseudonym,
            Purpose::Draft,
            Purpose::Identity,
            Purpose::Fingerprint,
        ];
        for (index, one) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                assert_ne!(secrets.key(*one), secrets.key(*other));
            }
        }
    }
}
