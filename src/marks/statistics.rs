//! How common characters, words and whole names are in a register: what is common tells marks apart less.
//!
//! A snapshot is taken when the register has grown or shrunk by a tenth since the last one, and kept beside the index, so that a score
//! stays the same between snapshots however often it is asked for.

use std::io::{self, Read, Write};

use rustc_hash::FxHashMap;

use crate::{brands::is_known, signature::View};

/// Names below which a register says nothing about what is common.
const FEWEST_NAMES: u32 = 500;
/// What the commonest character or word still weighs.
const LEAST_WEIGHT: f32 = 0.45;
/// Characters of a name that are looked for inside longer ones, at least and at most.
const INSIDE: std::ops::RangeInclusive<usize> = 2..=8;
/// Words that are looked for inside names of more words, at most.
const INSIDE_WORDS: usize = 4;
/// A register with one name in so many on the public lists of brands: there the lists say all that they can.
const FEW_LISTED: f32 = 30.0;
const MAGIC: &[u8; 8] = b"ZMSTAT03";

/// A snapshot of a register.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Statistics {
    names: u32,
    /// Names that stand on public lists of brands.
    listed: u32,
    /// Names that hold a character, and likewise a word, by its hash; only what occurs twice.
    characters: FxHashMap<u32, u32>,
    words: FxHashMap<u64, u32>,
    /// Names that hold a whole name, itself included, by its hash; only from two on.
    reach: FxHashMap<u64, u32>,
    /// Weights of the characters of the basic plane, in 255ths; empty for a snapshot that says nothing.
    weights: Vec<u8>,
}

/// Hash of some characters, the same in every process and version (FNV-1a over code points, with a last mixing): it is kept
/// in files.
pub(crate) fn hash(units: &[char]) -> u64 {
    fnv(units.iter().map(|unit| u64::from(*unit as u32)))
}

fn fnv(parts: impl Iterator<Item = u64>) -> u64 {
    let sum = parts.fold(0xCBF2_9CE4_8422_2325_u64, |sum, part| {
        (sum ^ part).wrapping_mul(0x0100_0000_01B3)
    });
    (sum ^ (sum >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9)
}

impl Statistics {
    /// Whether a register of so many names wants a new snapshot: it has grown or shrunk by more than a tenth.
    pub(crate) fn is_stale(&self, names: u64) -> bool {
        names >= u64::from(FEWEST_NAMES) && 10 * names.abs_diff(self.names.into()) > u64::from(self.names)
    }

    /// Whether a register of so many names is too small to say what is common, and this says it all the same.
    pub(crate) fn is_outgrown(&self, names: u64) -> bool {
        names < u64::from(FEWEST_NAMES) && self.names > 0
    }

    /// Weight of a character, from [`LEAST_WEIGHT`] for the commonest to 1 for one seen once.
    pub(crate) fn character(&self, c: char) -> f32 {
        self.weights
            .get(c as usize)
            .map_or(1.0, |weight| f32::from(*weight) / 255.0)
    }

    /// Weight of a word of letters, likewise.
    pub(crate) fn word(&self, word: &[char]) -> f32 {
        if self.words.is_empty() {
            return 1.0;
        }
        self.weight(self.words.get(&hash(word)).copied().unwrap_or(1))
    }

    /// How many names build on a name, from 0 for none to 1 for a hundred and more: names that others lean on are known.
    pub(crate) fn reach(&self, name: u64) -> f32 {
        let names = self.reach.get(&name).copied().unwrap_or(1);
        ((names as f32).ln() / 100_f32.ln()).clamp(0.0, 1.0)
    }

    /// What it says of a name of this register to be on a public list of brands, from 0 where all are to 1 where few are.
    pub(crate) fn listing(&self) -> f32 {
        if self.names == 0 {
            return 1.0;
        }
        let rarity = self.names as f32 / self.listed.max(1) as f32;
        (rarity.ln() / FEW_LISTED.ln()).clamp(0.0, 1.0)
    }

    fn weight(&self, count: u32) -> f32 {
        let rarity = 1.0 - (count.max(1) as f32).ln() / (self.names.max(2) as f32).ln();
        LEAST_WEIGHT + (1.0 - LEAST_WEIGHT) * rarity.clamp(0.0, 1.0)
    }

    fn weigh(&mut self) {
        let mut weights = vec![255_u8; 1 << 16];
        for (code, count) in &self.characters {
            if let Some(weight) = weights.get_mut(*code as usize) {
                *weight = (self.weight(*count) * 255.0) as u8;
            }
        }
        self.weights = weights;
    }

    /// Takes a snapshot of names, which are walked through twice.
    pub(crate) fn of<I: Iterator<Item = View>>(names: impl Fn() -> I) -> Self {
        let mut statistics = Self::default();
        let mut whole: FxHashMap<u64, u32> = FxHashMap::default();
        for name in names() {
            let form = hash(name.units());
            statistics.names += 1;
            statistics.listed += u32::from(is_known(form));
            whole.insert(form, 0);
            let mut units = name.units().to_vec();
            units.sort_unstable();
            units.dedup();
            for unit in units.into_iter().filter(|c| !c.is_ascii()) {
                *statistics.characters.entry(unit as u32).or_default() += 1;
            }
            for word in words(name.units(), name.words) {
                *statistics.words.entry(hash(word)).or_default() += 1;
            }
        }
        for name in names() {
            for part in parts(&name) {
                if let Some(count) = whole.get_mut(&part) {
                    *count += 1;
                }
            }
        }
        whole.retain(|_, count| *count > 1);
        statistics.reach = whole;
        statistics.characters.retain(|_, count| *count > 1);
        statistics.words.retain(|_, count| *count > 1);
        statistics.weigh();
        statistics
    }

    /// Writes the snapshot, in order, with a checksum at its end.
    pub(crate) fn write(&self, mut file: impl Write) -> io::Result<()> {
        let mut bytes = Vec::new();
        bytes.extend(MAGIC);
        bytes.extend(self.names.to_le_bytes());
        bytes.extend(self.listed.to_le_bytes());
        let mut characters: Vec<(u64, u32)> = self.characters.iter().map(|(c, n)| (u64::from(*c), *n)).collect();
        characters.sort_unstable();
        put(&mut bytes, &characters);
        for counts in [&self.words, &self.reach] {
            let mut counts: Vec<(u64, u32)> = counts.iter().map(|(key, n)| (*key, *n)).collect();
            counts.sort_unstable();
            put(&mut bytes, &counts);
        }
        bytes.extend(checksum(&bytes).to_le_bytes());
        file.write_all(&bytes)
    }

    /// Reads a snapshot; one that is cut short, changed or of another form is an error of kind `InvalidData`.
    pub(crate) fn read(mut file: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Self::parse(&bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_last_chunk::<8>()?;
        if checksum(body) != u64::from_le_bytes(*sum) {
            return None;
        }
        let mut rest = body.strip_prefix(MAGIC)?;
        let mut statistics = Self {
            names: take_u32(&mut rest)?,
            listed: take_u32(&mut rest)?,
            ..Self::default()
        };
        let characters = take(&mut rest)?;
        statistics.characters = characters.into_iter().map(|(c, n)| (c as u32, n)).collect();
        statistics.words = take(&mut rest)?.into_iter().collect();
        statistics.reach = take(&mut rest)?.into_iter().collect();
        if statistics.names > 0 {
            statistics.weigh();
        }
        Some(statistics)
    }
}

fn put(bytes: &mut Vec<u8>, counts: &[(u64, u32)]) {
    bytes.extend((counts.len() as u32).to_le_bytes());
    for (key, count) in counts {
        bytes.extend(key.to_le_bytes());
        bytes.extend(count.to_le_bytes());
    }
}

fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*head))
}

fn take(bytes: &mut &[u8]) -> Option<Vec<(u64, u32)>> {
    let count = take_u32(bytes)?;
    let mut counts = Vec::with_capacity((count as usize).min(bytes.len() / 12));
    for _ in 0..count {
        let (key, rest) = bytes.split_first_chunk::<8>()?;
        *bytes = rest;
        counts.push((u64::from_le_bytes(*key), take_u32(bytes)?));
    }
    Some(counts)
}

fn checksum(bytes: &[u8]) -> u64 {
    fnv(bytes.iter().map(|byte| u64::from(*byte)))
}

/// The words of a name's characters.
pub(crate) fn words(units: &[char], starts: u64) -> impl Iterator<Item = &[char]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = units.get(at..).filter(|rest| !rest.is_empty())?;
        let begun = starts.checked_shr(at as u32 + 1).unwrap_or(0);
        let length = (begun.trailing_zeros() as usize + 1).min(rest.len());
        at += length;
        rest.get(..length)
    })
}

/// Hashes of the parts of a name that could be a name by themselves: runs of characters in a Han name, runs of words in
/// another; the whole among them.
fn parts(name: &View) -> Vec<u64> {
    let units = name.units();
    let mut parts = vec![hash(units)];
    if crate::profile::holds_han(units) {
        for length in INSIDE.take_while(|length| *length < units.len()) {
            parts.extend(units.windows(length).map(hash));
        }
    } else {
        let words: Vec<&[char]> = words(units, name.words).collect();
        for count in 1..words.len().min(INSIDE_WORDS + 1) {
            parts.extend(words.windows(count).map(|run| hash(&run.concat())));
        }
    }
    parts.sort_unstable();
    parts.dedup();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn snapshot(names: &[&str]) -> Statistics {
        let views: Vec<View> = names.iter().map(|name| View::of(&Profile::new(name))).collect();
        Statistics::of(|| views.iter().copied())
    }

    fn reach(statistics: &Statistics, name: &str) -> f32 {
        statistics.reach(hash(&Profile::new(name).units))
    }

    #[test]
    fn common_characters_and_words_weigh_less_but_something() {
        let names = ["招商银行", "平安银行", "洛阳银行", "Rock Cafe", "Blue Cafe", "Sky Cafe"];
        let statistics = snapshot(&names);
        assert!(statistics.character('银') < statistics.character('招'));
        assert!(statistics.character('银') >= LEAST_WEIGHT - 0.01);
        let word = |word: &str| statistics.word(&word.chars().collect::<Vec<_>>());
        assert!(word("cafe") < word("rock"));
    }

    #[test]
    fn a_name_that_others_hold_reaches_further() {
        let statistics = snapshot(&[
            "百度",
            "百度烤肉",
            "百度网盘",
            "雷碧",
            "Adidas",
            "Adidas Originals",
            "Adi",
        ]);
        assert!(reach(&statistics, "百度") > reach(&statistics, "百度烤肉"));
        assert!(reach(&statistics, "adidas") > reach(&statistics, "雷碧"));
        assert!(reach(&statistics, "adi") < f32::EPSILON);
    }

    #[test]
    fn a_list_of_brands_says_nothing_in_a_register_of_brands() {
        let brands = snapshot(&["NIKE", "ADIDAS", "肯德基"]);
        assert!(brands.listing() < f32::EPSILON);
        let few: Vec<String> = (0..40).map(|at| format!("no brand {at}")).collect();
        let names: Vec<&str> = few.iter().map(String::as_str).chain(["NIKE"]).collect();
        assert!(snapshot(&names).listing() > 0.9);
    }

    #[test]
    fn a_snapshot_comes_back_whole_or_not_at_all() {
        let statistics = snapshot(&["百度", "百度烤肉", "Sky Cafe", "Cafe"]);
        let mut bytes = Vec::new();
        statistics.write(&mut bytes).unwrap();
        assert_eq!(Statistics::read(bytes.as_slice()).unwrap(), statistics);
        for cut in [0, 7, bytes.len() / 2, bytes.len() - 1] {
            assert!(Statistics::read(&bytes[..cut]).is_err());
        }
        bytes[9] ^= 1;
        assert!(Statistics::read(bytes.as_slice()).is_err());
    }

    #[test]
    fn words_are_cut_where_they_begin() {
        let view = View::of(&Profile::new("Hard Rock Café"));
        let cut: Vec<String> = words(view.units(), view.words)
            .map(|word| word.iter().collect())
            .collect();
        assert_eq!(cut, ["hard", "rock", "cafe"]);
    }
}
