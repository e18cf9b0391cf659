//! An index whose files are not what was written: found when it is opened, and never more than an error.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use super::IndexError;

/// The files that every segment has. Some are opened by the first search that needs them, so that one which is gone would not be
/// missed before.
const KINDS: [&str; 6] = ["term", "idx", "pos", "fieldnorm", "fast", "store"];

/// What happens to counts that cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It is an error.
    Always,
    /// They are used and forgotten.
    IfPossible,
}

/// Looks whether all files of the last commit are there, and compares the checksum of each.
pub(super) fn verify(index: &tantivy::Index, path: &Path) -> Result<(), IndexError> {
    let committed = || -> Result<(u64, Vec<String>), IndexError> {
        let metas = index.load_metas()?;
        let segments = metas.segments.iter().map(|segment| segment.id().uuid_string());
        Ok((metas.opstamp, segments.collect()))
    };
    loop {
        let commit = committed()?;
        let (_, segments) = &commit;
        // By name and not as tantivy lists them, since that list may be damaged too.
        let files = files(path)?;
        let is_there = |segment: &String, kind: &str| files.contains(&format!("{segment}.{kind}"));
        let is_whole = segments
            .iter()
            .all(|segment| KINDS.iter().all(|kind| is_there(segment, kind)));
        let is_sound = files
            .iter()
            .filter(|file| segments.iter().any(|segment| file.starts_with(segment)))
            .all(|file| index.directory().validate_checksum(Path::new(file)).unwrap_or(false));
        if is_whole && is_sound {
            return Ok(());
        }
        // A writer may have committed or merged, and deleted the files of before, in the meantime.
        if committed()? == commit {
            return Err(IndexError::Damaged { path: path.to_owned() });
        }
    }
}

/// Names of the files in a directory.
fn files(path: &Path) -> Result<Vec<String>, IndexError> {
    let directory = |source| IndexError::Directory {
        path: path.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(directory)? {
        files.extend(entry.map_err(directory)?.file_name().into_string());
    }
    Ok(files)
}

/// Does what reads an index. tantivy believes its files and panics at some that it did not write; that is the same error here.
pub(super) fn caught<T>(
    directory: Option<&Path>,
    read: impl FnOnce() -> Result<T, IndexError>,
) -> Result<T, IndexError> {
    // What a panic leaves half done is the caches of a search, which hold nothing from one search to the next.
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(IndexError::Damaged {
            path: directory.map_or_else(PathBuf::new, Path::to_owned),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Index, Mark, MatchOptions};

    /// An index of 600 marks in a directory, committed after so many of them each.
    fn kept(path: &Path, together: usize) -> Index {
        let index = Index::open(path).unwrap();
        let mut writer = index.writer().unwrap();
        for number in 0..600 {
            let mark = Mark {
                id: number.to_string(),
                name: format!("青禾{number}桥"),
                fame: Some((number % 100) as u8),
                ..Mark::default()
            };
            writer.add(&mark).unwrap();
            if (number + 1) % together == 0 {
                writer.commit().unwrap();
            }
        }
        index
    }

    #[test]
    fn a_flipped_byte_in_any_file_of_an_index_is_found_when_it_is_opened() {
        let directory = tempfile::tempdir().unwrap();
        kept(directory.path(), 600);
        let mut tried = std::collections::BTreeSet::new();
        for entry in fs::read_dir(directory.path()).unwrap() {
            let file = entry.unwrap().path();
            let kind = file
                .extension()
                .and_then(|kind| kind.to_str())
                .unwrap_or_default()
                .to_owned();
            if !KINDS.contains(&kind.as_str()) {
                continue;
            }
            let bytes = fs::read(&file).unwrap();
            for at in [0, bytes.len() / 3, bytes.len() / 2] {
                let mut changed = bytes.clone();
                changed[at] ^= 0x10;
                fs::write(&file, &changed).unwrap();
                let opened = Index::open(directory.path()).err();
                assert!(
                    matches!(opened, Some(IndexError::Damaged { .. })),
                    "{kind} {at} {opened:?}"
                );
            }
            fs::write(&file, bytes).unwrap();
            tried.insert(kind);
        }
        assert!(
            tried.contains("fast") && tried.contains("store") && tried.contains("idx"),
            "{tried:?}"
        );
        assert!(Index::open(directory.path()).is_ok());
    }

    #[test]
    fn a_file_of_an_index_that_is_gone_is_missed_when_it_is_opened() {
        let directory = tempfile::tempdir().unwrap();
        kept(directory.path(), 600);
        for kind in KINDS {
            let ends = |file: &String| file.ends_with(&format!(".{kind}"));
            let file = files(directory.path()).unwrap().into_iter().find(ends).unwrap();
            let file = directory.path().join(file);
            let bytes = fs::read(&file).unwrap();
            fs::remove_file(&file).unwrap();
            let opened = Index::open(directory.path()).err();
            assert!(matches!(opened, Some(IndexError::Damaged { .. })), "{kind} {opened:?}");
            fs::write(&file, bytes).unwrap();
        }
        assert!(Index::open(directory.path()).is_ok());
    }

    #[test]
    fn a_panic_while_reading_is_an_error() {
        let caught = caught(Some(Path::new("x")), || -> Result<(), IndexError> {
            // As tantivy does at a number that no file of its own holds.
            let none: [u8; 0] = [];
            drop(none.chunks(none.len()));
            Ok(())
        });
        assert!(matches!(caught, Err(IndexError::Damaged { path }) if path == Path::new("x")));
    }

    #[test]
    fn a_register_is_counted_again_where_its_counts_are_missing() {
        let directory = tempfile::tempdir().unwrap();
        kept(directory.path(), 600);
        let found = |index: &Index| index.match_name("青木桥", &MatchOptions::default()).unwrap();
        let before = found(&Index::open(directory.path()).unwrap());
        let file = directory.path().join(super::super::STATISTICS_FILE);
        fs::remove_file(&file).unwrap();
        let after = found(&Index::open(directory.path()).unwrap());
        assert_eq!(before, after);
        assert!(file.try_exists().unwrap());
    }

    #[test]
    fn a_register_that_grew_scores_as_one_made_at_once() {
        let at_once = tempfile::tempdir().unwrap();
        kept(at_once.path(), 600);
        let grown = tempfile::tempdir().unwrap();
        let index = kept(grown.path(), 60);
        let score = |index: &Index| index.match_name("青木桥", &MatchOptions::default()).unwrap()[0].score;
        assert!((score(&Index::open(at_once.path()).unwrap()) - score(&index)).abs() < 0.01);
    }
}
