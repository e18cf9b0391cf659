//! Words that people know: a name that is one of them is taken for it sooner than one that somebody made up.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt::Write,
};

use crate::{Table, characters::Characters, sources::Sources};

const DICTIONARY: &str = "pypi/jieba-0.42.1/jieba/dict.txt";
/// Nouns, and names of persons, firms and other things.
const NOUNS: [&str; 5] = ["n", "nr", "nrt", "nz", "nt"];
/// Characters of a word.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=4;

/// `words.tsv`: the first character of some words, then the rest of each, parted by spaces.
pub(crate) fn table(sources: &Sources, characters: &Characters) -> Result<Table, Box<dyn Error>> {
    let text = sources.text(DICTIONARY)?;
    let mut words: BTreeMap<char, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines() {
        let mut cells = line.split(' ');
        let (Some(word), Some(_), Some(kind)) = (cells.next(), cells.next(), cells.next()) else {
            continue;
        };
        let simple: String = word.chars().map(|c| characters.simplify(c)).collect();
        let known = simple.chars().all(|c| characters.all.binary_search(&c).is_ok());
        let mut rest = simple.chars();
        if NOUNS.contains(&kind)
            && known
            && LENGTHS.contains(&simple.chars().count())
            && let Some(first) = rest.next()
        {
            words.entry(first).or_default().insert(rest.collect());
        }
    }
    let mut text = "# Nouns and names of two to four characters: the first, then the rest of each. From jieba 0.42.1 (PyPI, MIT).\n"
        .to_owned();
    for (first, rests) in words {
        let rests: Vec<String> = rests.into_iter().collect();
        let _ = writeln!(text, "{first}\t{}", rests.join(" "));
    }
    Ok(Table {
        name: "words.tsv",
        text,
    })
}
