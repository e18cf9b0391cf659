//! Words as people write them, and how often: a name that is one of the common ones is taken for it sooner than one that somebody made up,
//! and so is the name of a brand that is written about.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt::Write,
};

use crate::{Table, characters::Characters, sources::Sources};

/// Words of Chinese texts with how often they stand there, one JSON array a line.
const HAN: &str = "pypi/jionlp/jionlp/dictionary/word_distribution.json";
/// Words of Wikipedia, the commonest first.
const LATIN: &str = "pypi/wordninja-2.0.0/wordninja/wordninja_words.txt";
/// Characters of a word.
const HAN_LENGTHS: std::ops::RangeInclusive<usize> = 2..=6;
/// Shorter words of letters are anything.
const LATIN_LENGTHS: std::ops::RangeInclusive<usize> = 3..=24;
/// Levels of how often a word is written, each so many times the one below.
const LEVELS: u32 = 9;
/// How often Han words of less than the first level are written, and of the last.
const HAN_RANGE: (f64, f64) = (100.0, 300_000.0);
/// Places of words of letters of the last level, and of less than the first.
const LATIN_RANGE: (f64, f64) = (1_000.0, 126_000.0);
/// Words of a lower level are left out: most of them are hardly ever anybody's name.
const LEAST: u32 = 2;

/// Level of something, from 1 for what is just more than the lower end of a range to [`LEVELS`] for the upper end.
fn level(much: f64, (low, high): (f64, f64)) -> u32 {
    let steps = (1..LEVELS).filter(|step| much > low * (high / low).powf(f64::from(*step) / f64::from(LEVELS)));
    1 + steps.count() as u32
}

/// `words.tsv`: what some words begin with, then the rest of each with its level, parted by spaces.
pub(crate) fn table(sources: &Sources, characters: &Characters) -> Result<Table, Box<dyn Error>> {
    let mut levels: BTreeMap<String, u32> = BTreeMap::new();
    for line in sources.text(HAN)?.lines() {
        // A few lines hold control characters.
        let Ok((word, count)) = serde_json::from_str::<(String, u64)>(line) else {
            continue;
        };
        let simple: String = word.chars().map(|c| characters.simplify(c)).collect();
        let known = simple.chars().all(|c| characters.all.binary_search(&c).is_ok());
        if known && HAN_LENGTHS.contains(&simple.chars().count()) && count as f64 > HAN_RANGE.0 {
            let level = level(count as f64, HAN_RANGE);
            let most = levels.entry(simple).or_insert(level);
            *most = level.max(*most);
        }
    }
    let (first, last) = LATIN_RANGE;
    for (place, word) in sources.text(LATIN)?.lines().enumerate() {
        let letters = word.bytes().all(|letter| letter.is_ascii_lowercase());
        if letters && LATIN_LENGTHS.contains(&word.len()) && place as f64 + 1.0 < last {
            let level = level(last / (place as f64 + 1.0), (1.0, last / first));
            levels.entry(word.to_owned()).or_insert(level);
        }
    }
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (word, level) in levels.iter().filter(|(_, level)| **level >= LEAST) {
        let beginning = if word.is_ascii() { 2 } else { 1 };
        let rest: String = word.chars().skip(beginning).collect();
        let begin = words.entry(word.chars().take(beginning).collect()).or_default();
        begin.insert(format!("{rest}{level}"));
    }
    let mut text = "# Words by what they begin with, the rest of each with how often it is written, from 2 to 9. Han: from jionlp 1.5.31 \
                    (PyPI, Apache-2.0).\n# Latin: from wordninja 2.0.0 (PyPI, MIT), which counted words of Wikipedia.\n"
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
