//! The model of transliteration: what letters each Mandarin syllable stands for, and how costly.
//!
//! Costs are negative natural logarithms of probabilities. The program that learns the table measures with this same
//! file, so it depends on nothing else of the crate.

use rustc_hash::{FxHashMap, FxHashSet};

/// Letters that one syllable may stand for, at most.
pub(crate) const LONGEST_CHUNK: usize = 6;
/// Syllables and letters of a name that are compared; the rest of a longer name is left out, which bounds the work.
pub(crate) const MOST_SYLLABLES: usize = 12;
/// See [`MOST_SYLLABLES`].
pub(crate) const MOST_LETTERS: usize = 32;
/// Cost of a syllable that stands for nothing, beyond what the table says.
const LOST_SYLLABLE: f32 = 5.0;
/// Cost of a letter that no syllable stands for, beyond that of the letter itself.
const LOST_LETTER: f32 = 1.5;
/// Chunks of a syllable that are tried when it is spelled.
const CHUNKS_TRIED: usize = 10;
/// Costs in the table are in hundredths.
const HUNDREDTHS: f32 = 100.0;

/// Letters packed five bits each.
type Chunk = u32;

/// Costs of letters for each syllable, and of letters by themselves.
#[derive(Debug, Default)]
pub(crate) struct Model {
    syllables: FxHashMap<String, u16>,
    /// Costs of chunks; infinite for what is only the beginning of one.
    costs: FxHashMap<(u16, Chunk), f32>,
    /// For each syllable the cost of the empty chunk, and a bit for each letter that a chunk begins with: most letters begin none, and
    /// those are not looked for.
    begun: Vec<(f32, u32)>,
    /// Chunks of each syllable with their costs, the likeliest first.
    likely: Vec<Vec<(String, f32)>>,
    letters: [f32; 26],
}

/// The syllables that a character may be read as, as the model numbers them.
pub(crate) type Reading = Vec<u16>;

impl Model {
    /// Reads rows of a syllable and its chunks with their costs, `nai\tnai:85 ni:140 ne:210`; the row `*` has the costs of
    /// single letters. What cannot be read is left out.
    pub(crate) fn read<'a>(rows: impl Iterator<Item = &'a str>) -> Self {
        let mut model = Self::default();
        for (syllable, chunks) in rows.filter_map(|row| row.split_once('\t')) {
            let costs = chunks.split(' ').filter_map(|cell| {
                let (chunk, cost) = cell.split_once(':')?;
                Some((chunk, cost.parse::<u16>().ok().map(f32::from)? / HUNDREDTHS))
            });
            if syllable == "*" {
                for (letter, cost) in costs {
                    if let Some(place) = letter_index(letter.bytes().next()).and_then(|at| model.letters.get_mut(at)) {
                        *place = cost;
                    }
                }
                continue;
            }
            let Ok(id) = u16::try_from(model.syllables.len()) else {
                break;
            };
            model.syllables.insert(syllable.to_owned(), id);
            model.likely.push(Vec::new());
            model.begun.push((f32::INFINITY, 0));
            for (chunk, cost) in costs {
                model.insert(id, chunk, cost);
            }
        }
        model
    }

    /// Enters a chunk, and its beginnings as what may still become one, so that a search can end early.
    fn insert(&mut self, syllable: u16, chunk: &str, cost: f32) {
        let letters = chunk.trim_start_matches('_');
        for end in 0..=letters.len() {
            if let Some(chunk) = letters.get(..end).and_then(|beginning| packed(beginning.bytes())) {
                let entry = self.costs.entry((syllable, chunk)).or_insert(f32::INFINITY);
                if end == letters.len() {
                    *entry = cost;
                }
            }
        }
        if let Some(chunks) = self.likely.get_mut(usize::from(syllable)) {
            chunks.push((letters.to_owned(), cost));
        }
        if let Some((empty, firsts)) = self.begun.get_mut(usize::from(syllable)) {
            match letter_index(letters.bytes().next()) {
                Some(first) => *firsts |= 1 << first,
                None if letters.is_empty() => *empty = cost,
                None => {}
            }
        }
    }

    /// Number of a syllable in plain letters.
    pub(crate) fn syllable(&self, spelled: &str) -> Option<u16> {
        self.syllables.get(spelled).copied()
    }

    /// How much of what the letters say is explained by the syllables: 1 less the cost of the letters given the
    /// syllables over their cost alone, as they are [`plain`]ly spelled.
    /// From 0 to 1.
    pub(crate) fn likeness(&self, han: &[Reading], letters: &str) -> f32 {
        self.plain_likeness(han, &plain(letters))
    }

    /// [`Self::likeness`] to what is plainly spelled already.
    pub(crate) fn plain_likeness(&self, han: &[Reading], letters: &str) -> f32 {
        let letters: Vec<usize> = letters.bytes().filter_map(|byte| letter_index(Some(byte))).collect();
        let han = han.get(..MOST_SYLLABLES).unwrap_or(han);
        if han.is_empty() || letters.is_empty() {
            return 0.0;
        }
        let alone: f32 = letters.iter().map(|letter| self.letter(*letter)).sum();
        let explained = self.cheapest(han, &letters);
        (1.0 - explained / alone.max(f32::MIN_POSITIVE)).clamp(0.0, 1.0)
    }

    fn letter(&self, letter: usize) -> f32 {
        self.letters.get(letter).copied().unwrap_or_default()
    }

    /// Least cost of the letters given the syllables, over all ways to part them.
    fn cheapest(&self, han: &[Reading], letters: &[usize]) -> f32 {
        let letters = letters.get(..MOST_LETTERS).unwrap_or(letters);
        let mut before = [f32::INFINITY; MOST_LETTERS + 1];
        before[0] = 0.0;
        self.lose_letters(&mut before, letters);
        for readings in han {
            // Losing the syllable costs the same wherever it happens.
            let mut after = before.map(|cost| cost + LOST_SYLLABLE);
            for id in readings {
                for (from, begun) in before.iter().enumerate().take(letters.len() + 1) {
                    self.extend(
                        *id,
                        *begun,
                        letters.get(from..).unwrap_or_default(),
                        after.get_mut(from..).unwrap_or_default(),
                    );
                }
            }
            self.lose_letters(&mut after, letters);
            before = after;
        }
        before[letters.len()]
    }

    /// Lets a syllable take the first letters, as many as it may stand for; `after` starts where they do.
    fn extend(&self, syllable: u16, begun: f32, letters: &[usize], after: &mut [f32]) {
        let (Some((empty, firsts)), Some((here, after))) =
            (self.begun.get(usize::from(syllable)), after.split_first_mut())
        else {
            return;
        };
        *here = here.min(begun + empty);
        if letters.first().is_none_or(|first| firsts >> first & 1 == 0) {
            return;
        }
        let mut chunk: Chunk = 1;
        for (letter, best) in letters.iter().zip(after).take(LONGEST_CHUNK) {
            chunk = chunk << 5 | *letter as Chunk;
            let Some(cost) = self.costs.get(&(syllable, chunk)) else {
                break;
            };
            *best = best.min(begun + cost);
        }
    }

    /// Likely spellings of the syllables in letters with their costs, the likeliest first. Spellings with the same key are
    /// one: only the likeliest of them is given.
    pub(crate) fn spellings(&self, han: &[Reading], most: usize, key: impl Fn(&str) -> String) -> Vec<(String, f32)> {
        let mut begun: Vec<(String, f32)> = vec![(String::new(), 0.0)];
        for readings in han.get(..MOST_SYLLABLES).unwrap_or(han) {
            let chunks = readings.iter().filter_map(|id| self.likely.get(usize::from(*id)));
            let chunks: Vec<&(String, f32)> = chunks.flat_map(|chunks| chunks.iter().take(CHUNKS_TRIED)).collect();
            if chunks.is_empty() {
                continue;
            }
            let mut longer: Vec<(String, f32)> = begun
                .iter()
                .flat_map(|(letters, cost)| {
                    chunks
                        .iter()
                        .map(move |(chunk, more)| (format!("{letters}{chunk}"), cost + more))
                })
                .collect();
            longer.sort_by(|(a, p), (b, q)| p.total_cmp(q).then_with(|| a.cmp(b)));
            let mut keys = FxHashSet::default();
            // The last letter decides how the next chunk is read, so it is part of what tells beginnings apart.
            longer.retain(|(letters, _)| keys.len() < 4 * most && keys.insert((key(letters), letters.chars().last())));
            begun = longer;
        }
        let mut keys = FxHashSet::default();
        begun.retain(|(letters, _)| !letters.is_empty() && keys.len() < most && keys.insert(key(letters)));
        begun
    }

    /// Lets every position be reached from the one before it by leaving a letter unexplained.
    fn lose_letters(&self, costs: &mut [f32], letters: &[usize]) {
        for (at, letter) in letters.iter().enumerate() {
            if let [.., before, here] = &mut costs[..at + 2] {
                *here = here.min(*before + self.letter(*letter) + LOST_LETTER);
            }
        }
    }
}

/// Spelling without what only custom explains, so that one sound is written in fewer ways: `philips` is `filips`, `gillette`
/// `gilet`, `cadbury` `kadburi`. Letters other than `a` to `z` are left out, and what follows the first
/// [`MOST_LETTERS`].
pub(crate) fn plain(letters: &str) -> String {
    let letters: Vec<u8> = letters
        .bytes()
        .map(|byte| byte.to_ascii_lowercase())
        .filter(u8::is_ascii_lowercase)
        .take(MOST_LETTERS)
        .collect();
    let mut plain = String::with_capacity(letters.len());
    for (at, letter) in letters.iter().copied().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied();
        let after = letters.get(at + 1).copied();
        if let Some(sound) = plain_letter(letter, before, after, at)
            && !plain.ends_with(sound)
        {
            plain.push(sound);
        }
    }
    plain
}

/// The plain letter for one between its neighbours, or nothing if it is not heard.
fn plain_letter(letter: u8, before: Option<u8>, after: Option<u8>, at: usize) -> Option<char> {
    let vowel = |byte: Option<u8>| matches!(byte, Some(b'a' | b'e' | b'i' | b'o' | b'u'));
    match (letter, after) {
        (b'p', Some(b'h')) => Some('f'),
        // The h of ph, th, gh, kh, rh, bh and dh; that of sh and ch changes the sound and stays.
        (b'h', _) if matches!(before, Some(b'p' | b't' | b'g' | b'k' | b'r' | b'b' | b'd')) => None,
        (b'c', Some(b'e' | b'i' | b'y')) => Some('s'),
        (b'c', Some(b'h')) => Some('c'),
        (b'c' | b'q', _) => Some('k'),
        (b'y', _) if !vowel(after) => Some('i'),
        // A last e after a consonant is silent in names of more than three letters.
        (b'e', None) if at >= 3 && !vowel(before) => None,
        (other, _) => Some(char::from(other)),
    }
}

fn letter_index(byte: Option<u8>) -> Option<usize> {
    byte.map(|byte| byte.to_ascii_lowercase())
        .filter(u8::is_ascii_lowercase)
        .map(|byte| usize::from(byte - b'a'))
}

/// Letters of a chunk after a leading 1, so that chunks of every length differ; `_` is the empty chunk.
fn packed(chunk: impl Iterator<Item = u8>) -> Option<Chunk> {
    let mut packed: Chunk = 1;
    for (at, byte) in chunk.enumerate() {
        if byte == b'_' && at == 0 {
            return Some(packed);
        }
        if at == LONGEST_CHUNK {
            return None;
        }
        packed = packed << 5 | letter_index(Some(byte))? as Chunk;
    }
    Some(packed)
}
