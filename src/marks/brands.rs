//! Names that public lists of brands hold, and which of them are one brand's: 肯德基 and KFC.
//!
//! The table is written by the example `brands` from two packages, the name-suggestion-index (BSD-3-Clause) and Simple Icons
//! (CC0-1.0). A row is one brand: its names, parted by tabs.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::{normalize::normalize, statistics::hash};

const BRANDS: &str = include_str!("brands.tsv");

struct Brands {
    /// Row of each name, by the hash of its form; a name of several brands has the first.
    rows: FxHashMap<u64, u32>,
    names: Vec<&'static str>,
}

static KNOWN: LazyLock<Brands> = LazyLock::new(|| {
    let names: Vec<&str> = BRANDS.lines().filter(|line| !line.starts_with("# ")).collect();
    let mut rows = FxHashMap::default();
    for (row, line) in names.iter().enumerate() {
        for name in line.split('\t') {
            rows.entry(form_hash(name)).or_insert(row as u32);
        }
    }
    Brands { rows, names }
});

fn form_hash(name: &str) -> u64 {
    let units: Vec<char> = normalize(name).form.chars().take(crate::COMPARED_CHARS).collect();
    hash(&units)
}

/// Whether a name, by the hash of its form, stands on a public list of brands.
pub(crate) fn is_known(form: u64) -> bool {
    KNOWN.rows.contains_key(&form)
}

/// The names of the same brand as a name of this form, itself among them.
pub(crate) fn names_of(form: u64) -> impl Iterator<Item = &'static str> {
    let known = &*KNOWN;
    let row = known.rows.get(&form).and_then(|row| known.names.get(*row as usize));
    row.into_iter().flat_map(|line| line.split('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brand_is_found_by_each_of_its_names() {
        let names = |name: &str| names_of(form_hash(name)).collect::<Vec<_>>();
        assert!(names("肯德基").contains(&"KFC"), "{:?}", names("肯德基"));
        assert!(names("kfc").contains(&"肯德基"));
        assert!(names("no such brand at all").is_empty());
    }

    #[test]
    fn the_table_is_sorted_and_says_where_it_is_from() {
        assert!(BRANDS.starts_with("# "));
        assert!(KNOWN.names.len() > 10_000);
        assert!(KNOWN.names.is_sorted());
        assert!(is_known(form_hash("Adidas")));
    }
}
