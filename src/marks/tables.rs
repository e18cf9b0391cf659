//! What is known of single characters, words and sounds, in tables that the program in `tables/generator` writes.
//!
//! Every table is a small sorted text with its sources at the head; `tables/README.md` tells the licences and how the
//! tables are made again. They are read once, at the first question.

mod characters;
mod generic;
mod shape;
pub mod transliteration;
mod words;

pub(crate) use characters::sharing_components;
pub use characters::{component_added, components, composed, shared_components, simplify, strokes};
pub(crate) use generic::light_segments;
pub use generic::{GenericKind, GenericSegment, generic, generic_segments, generic_weight};
pub use shape::{LookAlike, look_alikes, shape_likeness};
pub(crate) use words::familiarity;

/// Raised whenever a table changes in a way that changes what an index holds or how names score.
pub const TABLES_VERSION: u32 = 4;

/// Rows of a table: its lines without the attribution at the head.
fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with("# "))
}

/// The one character that a cell holds.
fn single(cell: &str) -> Option<char> {
    let mut chars = cell.chars();
    chars.next().filter(|_| chars.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First cells of a table's rows.
    fn keys(table: &'static str) -> Vec<&'static str> {
        rows(table).filter_map(|row| row.split('\t').next()).collect()
    }

    #[test]
    fn every_table_names_its_sources_and_is_sorted() {
        for (name, table) in [
            ("characters", characters::CHARACTERS),
            ("simplified", characters::SIMPLIFIED),
            ("look-alikes", shape::LOOK_ALIKES),
            ("generic", generic::GENERIC),
            ("transliteration", transliteration::TRANSLITERATION),
            ("words", words::WORDS),
        ] {
            assert!(
                table.starts_with("# ") && table.contains("Noto") | table.contains("rom "),
                "{name}"
            );
            let keys = keys(table);
            assert!(keys.len() > 300, "{name}: {}", keys.len());
            assert!(keys.is_sorted(), "{name}");
            assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "{name}");
        }
    }

    /// Takes minutes: set `MARK_TABLE_SOURCES` to the directory that `tables/generator/sources.sh` filled.
    #[test]
    #[expect(clippy::print_stderr, reason = "a test that did not run says so")]
    fn the_generator_writes_the_same_bytes_again() {
        let Some(sources) = std::env::var_os("MARK_TABLE_SOURCES") else {
            eprintln!("SKIPPED: MARK_TABLE_SOURCES is not set, so the tables were not made again");
            return;
        };
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tables/generator/Cargo.toml");
        let status = std::process::Command::new(env!("CARGO"))
            .args([
                "run",
                "--quiet",
                "--release",
                "--locked",
                "--manifest-path",
                manifest,
                "--",
                "check",
            ])
            .arg(sources)
            .status()
            .expect("cargo runs");
        assert!(status.success(), "a table differs from what its sources give");
    }
}
