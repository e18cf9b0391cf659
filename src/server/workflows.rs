//! The domain pack: compiled into the program, or read from a directory of the operator's.

use std::{
    collections::BTreeSet,
    io,
    path::Path,
    sync::{Mutex, OnceLock, PoisonError},
};

use include_dir::{Dir, include_dir};
use zhengming_engine::{
    diagnostic::{Diagnostic, Severity},
    explore,
    pack::Pack,
};

/// States of each procedure that are looked at before a pack may run: many times what the shipped ones have, and seen within
/// a second or two. `zhengming check` goes further.
const EXPLORED: usize = 200_000;

/// The pack of [`built_in`], compiled once in a process: its files cannot change.
static SHIPPED: OnceLock<Pack> = OnceLock::new();
/// Versions of packs in which the exploration has found nothing: the same files need not be explored twice in a process.
static SOUND: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../workflows");

/// Why no pack could be loaded.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The directory cannot be read.
    #[error("the workflows in {directory} cannot be read: {source}")]
    Unreadable {
        /// Which directory.
        directory: String,
        /// Why.
        source: io::Error,
    },
    /// The files have errors; all of them.
    #[error("the workflows have {} errors", .0.iter().filter(|d| d.severity == Severity::Error).count())]
    Defective(Vec<Diagnostic>),
}

/// One file of a pack: path inside it, with `/`, and text.
pub type PackFile = (String, String);

/// The files compiled into the program.
#[must_use]
pub fn built_in() -> Vec<PackFile> {
    let mut files = Vec::new();
    collect(&BUILT_IN, &mut files);
    files.sort();
    files
}

fn collect(directory: &Dir<'_>, files: &mut Vec<PackFile>) {
    for file in directory.files() {
        if let (Some("yaml"), Some(text)) = (file.path().extension().and_then(|e| e.to_str()), file.contents_utf8()) {
            files.push((file.path().to_string_lossy().replace('\\', "/"), text.to_owned()));
        }
    }
    directory.dirs().for_each(|dir| collect(dir, files));
}

/// The files of a directory.
///
/// # Errors
/// [`PackError::Unreadable`].
pub fn read_directory(directory: &Path) -> Result<Vec<PackFile>, PackError> {
    let mut files = Vec::new();
    walk(directory, directory, &mut files).map_err(|source| PackError::Unreadable {
        directory: directory.display().to_string(),
        source,
    })?;
    files.sort();
    Ok(files)
}

fn walk(root: &Path, directory: &Path, files: &mut Vec<PackFile>) -> io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(root, &path, files)?;
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            // Which file it is says more than which directory.
            let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
            let bytes = std::fs::read(&path).map_err(named)?;
            // The check says where bytes are no text, beside all else that is wrong.
            files.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(())
}

/// Compiles and checks a pack. Warnings come back beside it.
#[must_use]
pub fn compile(files: &[PackFile]) -> (Option<Pack>, Vec<Diagnostic>) {
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Pack::load(&files)
}

/// The pack that the service runs by: from `directory` if one is configured, else the one compiled in.
///
/// # Errors
/// [`PackError`] with every diagnostic.
pub fn load(directory: Option<&Path>) -> Result<Pack, PackError> {
    let compiled = |files: &[PackFile]| {
        let (pack, found) = compile(files);
        pack.ok_or(PackError::Defective(found))
    };
    match (directory, SHIPPED.get()) {
        (Some(directory), _) => compiled(&read_directory(directory)?),
        (None, Some(pack)) => Ok(pack.clone()),
        (None, None) => {
            let pack = compiled(&built_in())?;
            Ok(SHIPPED.get_or_init(|| pack).clone())
        }
    }
}

/// [`load`], and only a pack in whose procedures the exploration finds no dead end either: what may run. It looks at a
/// bounded number of states; where a procedure has more, nothing is said about the others.
///
/// # Errors
/// [`PackError`] with every diagnostic.
pub fn load_sound(directory: Option<&Path>) -> Result<Pack, PackError> {
    let pack = load(directory)?;
    let sound = || SOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if sound().contains(pack.version()) {
        return Ok(pack);
    }
    let found = explore::explore(&pack, EXPLORED).diagnostics();
    if found.iter().any(|found| found.severity == Severity::Error) {
        return Err(PackError::Defective(found));
    }
    sound().insert(pack.version().to_owned());
    Ok(pack)
}
