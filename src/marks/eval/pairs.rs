//! Pairs of names with a verdict, and the register that they are looked for in.

use std::{
    collections::HashSet,
    io::{self, Read},
};

use serde::Deserialize;

use crate::normalize::{is_han, normalize};

/// A name, a mark, and whether the one imitates the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name that was used.
    pub query: String,
    /// The mark it is held against.
    pub mark: String,
    /// True if the name was held, or is known, to imitate the mark.
    pub positive: bool,
    /// In what way, such as `glyph`, `phonetic`, `edit`, `translit`.
    pub kind: String,
}

/// Writings of a pair's two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PairScript {
    /// Both hold Han characters.
    Han,
    /// Neither holds any.
    Latin,
    /// One holds Han characters.
    Cross,
}

impl PairScript {
    /// All, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Han, Self::Latin, Self::Cross];

    /// Name in reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Han => "zh",
            Self::Latin => "latin",
            Self::Cross => "cross",
        }
    }
}

impl Pair {
    /// Writings of the two names.
    #[must_use]
    pub fn script(&self) -> PairScript {
        let han = |name: &str| name.chars().any(is_han);
        match (han(&self.query), han(&self.mark)) {
            (true, true) => PairScript::Han,
            (false, false) => PairScript::Latin,
            _ => PairScript::Cross,
        }
    }
}

/// Why a file of pairs cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PairError {
    /// A row is not one: the columns `query mark label kind` are parted by tabs under a header, and the label is 1 or 0.
    #[error(
        "the file of pairs: {0}; it needs the columns query, mark, label (1 or 0) and kind, parted by tabs, under a header"
    )]
    Row(#[from] csv::Error),
    /// The file could not be read.
    #[error("the file of pairs cannot be read")]
    Read(#[from] io::Error),
}

#[derive(Deserialize)]
struct Row {
    query: String,
    mark: String,
    label: u8,
    #[serde(default)]
    kind: String,
}

/// Reads pairs: `query mark label kind` and any other columns, parted by tabs, under a header. A label of 0 is a negative.
///
/// # Errors
/// [`PairError`], with the line.
pub fn read_pairs(file: impl Read) -> Result<Vec<Pair>, PairError> {
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .from_reader(file);
    rows.deserialize()
        .map(|row| {
            let row: Row = row?;
            Ok(Pair {
                query: row.query,
                mark: row.mark,
                positive: row.label != 0,
                kind: row.kind,
            })
        })
        .collect()
}

/// The register for an evaluation: the names, each normal form once, without the queries of the pairs and with their marks.
#[must_use]
pub fn register(names: impl Iterator<Item = String>, pairs: &[Pair]) -> Vec<String> {
    let form = |name: &str| normalize(name).form;
    let marks: HashSet<String> = pairs.iter().map(|pair| form(&pair.mark)).collect();
    let queries: HashSet<String> = pairs.iter().map(|pair| form(&pair.query)).collect();
    let mut known: HashSet<String> = HashSet::new();
    let mut kept = Vec::new();
    for name in pairs.iter().map(|pair| pair.mark.clone()).chain(names) {
        let form = form(&name);
        let wanted = !form.is_empty() && (marks.contains(&form) || !queries.contains(&form));
        if wanted && known.insert(form) {
            kept.push(name);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: &str = "query\tmark\tlabel\tkind\tsource\n雷碧\t雪碧\t1\tglyph\tx\nNIKE\t耐克\t0\ttranslit\t\"y\n";

    #[test]
    fn pairs_are_read_with_their_writing() {
        let pairs = read_pairs(PAIRS.as_bytes()).unwrap();
        assert_eq!(pairs.len(), 2);
        assert!(pairs[0].positive && !pairs[1].positive);
        assert_eq!(pairs[0].script(), PairScript::Han);
        assert_eq!(pairs[1].script(), PairScript::Cross);
        assert!(read_pairs("query\tmark\n1\t2\n".as_bytes()).is_err());
    }

    #[test]
    fn the_register_has_the_marks_and_lacks_the_queries() {
        let pairs = read_pairs(PAIRS.as_bytes()).unwrap();
        let names = ["雷碧", "nike", "康师傅", "雪 碧", "·"].map(str::to_owned);
        assert_eq!(register(names.into_iter(), &pairs), ["雪碧", "耐克", "康师傅"]);
    }
}
