//! Syllables as small numbers, so that names are compared by array reads: readings of every character, nearness of every
//! two syllables, spellings, and the way back from letters.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{SoundMatch, Syllable, readings, toned};

/// Number of a syllable in the order of first use; stable for one version of the pinyin table.
pub(crate) type SyllableId = u16;

/// Characters whose readings are held: the unified ideographs with extension A.
const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9FFF;
/// Longest syllable in letters (`zhuang`).
const LONGEST: usize = 6;
/// Readings of a character that take part; more are rare names.
const READINGS: usize = 4;

struct Syllables {
    all: Vec<Syllable>,
    spelled: Vec<Box<[u8]>>,
    folded: Vec<SyllableId>,
    nearness: Vec<u8>,
    /// Begin and number of each character's readings in `readings`.
    places: Vec<(u32, u8)>,
    readings: Vec<SyllableId>,
    /// Number of the commonest reading of each character with its tone; 0 for none.
    toned: Vec<u16>,
    by_letters: FxHashMap<Box<[u8]>, SyllableId>,
}

static SYLLABLES: LazyLock<Syllables> = LazyLock::new(Syllables::gather);

impl Syllables {
    fn gather() -> Self {
        let mut all: Vec<Syllable> = Vec::new();
        let mut numbers: FxHashMap<Syllable, SyllableId> = FxHashMap::default();
        let mut places = Vec::new();
        let mut run: Vec<SyllableId> = Vec::new();
        let mut tones: FxHashMap<&'static str, u16> = FxHashMap::default();
        let mut numbered = Vec::new();
        for code in FIRST..=LAST {
            let from = run.len() as u32;
            for syllable in char::from_u32(code)
                .map(readings)
                .unwrap_or_default()
                .into_iter()
                .take(READINGS)
            {
                let id = *numbers.entry(syllable).or_insert_with(|| {
                    all.push(syllable);
                    (all.len() - 1) as SyllableId
                });
                run.push(id);
            }
            places.push((from, (run.len() as u32 - from) as u8));
            let first = char::from_u32(code).and_then(|c| toned(c).first().copied());
            let next = tones.len() as u16 + 1;
            numbered.push(first.map_or(0, |first| *tones.entry(first).or_insert(next)));
        }
        Self {
            spelled: all
                .iter()
                .map(|s| s.spelled().into_bytes().into_boxed_slice())
                .collect(),
            folded: folded(&all),
            nearness: all
                .iter()
                .flat_map(|a| all.iter().map(move |b| (a.compare(*b).nearness() * 200.0) as u8))
                .collect(),
            by_letters: all
                .iter()
                .enumerate()
                .map(|(id, s)| (s.spelled().into_bytes().into_boxed_slice(), id as SyllableId))
                .collect(),
            all,
            places,
            readings: run,
            toned: numbered,
        }
    }
}

/// For each syllable the first one that differs from it only by sounds that accents merge.
fn folded(all: &[Syllable]) -> Vec<SyllableId> {
    let mut first: FxHashMap<String, SyllableId> = FxHashMap::default();
    all.iter()
        .enumerate()
        .map(|(id, syllable)| *first.entry(syllable.fuzzy_key()).or_insert(id as SyllableId))
        .collect()
}

/// Readings of a character, the commonest first; empty for what has no pinyin.
pub(crate) fn syllables(c: char) -> &'static [SyllableId] {
    let table = &*SYLLABLES;
    let place = (c as u32)
        .checked_sub(FIRST)
        .and_then(|at| table.places.get(at as usize));
    place
        .and_then(|(from, count)| table.readings.get(*from as usize..*from as usize + usize::from(*count)))
        .unwrap_or_default()
}

/// The syllable's letters; `ü` is spelled `u`.
pub(crate) fn letters(id: SyllableId) -> &'static [u8] {
    SYLLABLES
        .spelled
        .get(usize::from(id))
        .map(|letters| &**letters)
        .unwrap_or_default()
}

/// One number for all syllables that accents merge.
pub(crate) fn fuzzy(id: SyllableId) -> SyllableId {
    SYLLABLES.folded.get(usize::from(id)).copied().unwrap_or(id)
}

/// Nearness of two syllables, 0 to 1: that of [`SoundMatch::nearness`].
fn near(a: SyllableId, b: SyllableId) -> u8 {
    let table = &*SYLLABLES;
    table
        .nearness
        .get(usize::from(a) * table.all.len() + usize::from(b))
        .copied()
        .unwrap_or_default()
}

/// Nearness of two characters by their nearest readings, 0 to 1.
pub(crate) fn sound_likeness(a: char, b: char) -> f32 {
    let (a, b) = (syllables(a), syllables(b));
    let best = a
        .iter()
        .flat_map(|x| b.iter().map(|y| near(*x, *y)))
        .max()
        .unwrap_or_default();
    f32::from(best) / 200.0
}

/// Whether the commonest readings of two characters are the same in tone too.
pub(crate) fn same_tone(a: char, b: char) -> bool {
    let toned = |c: char| {
        let at = (c as u32).checked_sub(FIRST)?;
        SYLLABLES.toned.get(at as usize).copied().filter(|number| *number != 0)
    };
    a == b || toned(a).is_some_and(|number| Some(number) == toned(b))
}

/// How the nearest readings of two characters relate.
pub(crate) fn sound_match(a: char, b: char) -> SoundMatch {
    let table = &*SYLLABLES;
    let all = |c: char| -> Vec<Syllable> {
        syllables(c)
            .iter()
            .filter_map(|id| table.all.get(usize::from(*id)).copied())
            .collect()
    };
    super::nearest(&all(a), &all(b))
}

/// Letters read as pinyin, if they can be wholly: `kangshifu` as kang shi fu. Of several ways the one of fewest syllables.
pub(crate) fn read_pinyin(name: &[u8]) -> Option<Vec<SyllableId>> {
    // Ways to read each beginning: the number of syllables and the last one with its length.
    let mut ways: Vec<Option<(usize, SyllableId, usize)>> = vec![None; name.len() + 1];
    for end in 1..=name.len() {
        for length in 1..=LONGEST.min(end) {
            let begin = end - length;
            let before = if begin == 0 {
                Some(0)
            } else {
                ways.get(begin)?.map(|(count, ..)| count)
            };
            let (Some(before), Some(part)) = (before, name.get(begin..end)) else {
                continue;
            };
            let Some(id) = SYLLABLES.by_letters.get(part) else {
                continue;
            };
            let way = (before + 1, *id, length);
            if let Some(best) = ways.get_mut(end)
                && best.is_none_or(|(count, ..)| count > way.0)
            {
                *best = Some(way);
            }
        }
    }
    let mut read = Vec::new();
    let mut end = name.len();
    while end > 0 {
        let (_, id, length) = ways.get(end).copied().flatten()?;
        read.push(id);
        end -= length;
    }
    read.reverse();
    Some(read).filter(|read| !read.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(ids: &[SyllableId]) -> Vec<String> {
        ids.iter()
            .map(|id| String::from_utf8_lossy(letters(*id)).into_owned())
            .collect()
    }

    #[test]
    fn readings_are_those_of_the_character() {
        assert_eq!(spelled(syllables('康')), ["kang"]);
        assert!(spelled(syllables('乐')).contains(&"yue".to_owned()));
        assert!(syllables('a').is_empty() && syllables('😀').is_empty());
        assert!((sound_likeness('乐', '月') - 1.0).abs() < 1e-6);
        assert!((sound_likeness('耐', '赖') - 0.85).abs() < 0.01);
    }

    #[test]
    fn letters_are_read_as_pinyin_only_if_all_of_them_are() {
        let read = |name: &str| read_pinyin(name.as_bytes()).map(|ids| spelled(&ids));
        assert_eq!(read("kangshifu").unwrap(), ["kang", "shi", "fu"]);
        assert_eq!(read("zhouheiya").unwrap(), ["zhou", "hei", "ya"]);
        assert_eq!(read("nike").unwrap(), ["ni", "ke"]);
        assert_eq!(read("adidas"), None);
        assert_eq!(read(""), None);
    }
}
