//! The names that a running text may speak of: 兰鲸湖 of 买到一瓶兰鲸湖饮料, where no quotation marks tell it.
//!
//! Chinese is written without spaces, and names that somebody made up stand in no dictionary. So a text is parted into the words that
//! people write, the likeliest way; what is left over in between, characters by themselves and words that are hardly ever written, may
//! be a name. Function words, verbs of buying and using, and amounts end it; goods behind it and a common word beside it may be of it.

mod words;

use std::ops::{Range, RangeInclusive};

use rustc_hash::FxHashSet;

use self::words::{LISTS, is_colon, is_like_person, is_measure, is_numeral, may_begin_name};
use crate::{
    brands::is_known,
    normalize::is_han,
    statistics::hash,
    tables::{GenericKind, familiarity, generic, simplify},
};

/// Characters of a text that are looked at.
const READ: usize = 20_000;
/// Names taken out of one text.
const MOST: usize = 500;
/// Characters of the longest word.
const LONGEST_WORD: usize = 8;
/// Characters of a name: of longer ones a piece is taken.
const LENGTHS: RangeInclusive<usize> = 2..=6;
/// How often words are written, of 1, that are hardly ever written: they may be anybody's name.
const RARE: f32 = 4.5 / 9.0;
/// The same for the names of brands that lists know.
const RARE_BRAND: f32 = 6.5 / 9.0;

/// How unlikely words of each kind are to come next, as negative logarithms by rough judgement: any two words that people write are
/// likelier than the same characters one by one.
const FUNCTION_COST: f32 = 1.5;
const AMOUNT_COST: f32 = 2.0;
const GENERIC_COST: f32 = 2.5;
const WORD_COST: f32 = 3.0;
/// What a word hardly ever written costs beyond the commonest.
const RARITY_COST: f32 = 2.25;
const ALONE_COST: f32 = 4.0;

/// What a word of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Never part of a name.
    Never,
    /// Seldom at the end of one.
    Seldom,
    /// What a name stands right behind.
    Cue,
    /// A number with what is counted, and whether a name may begin with it.
    Amount(bool),
    /// A word that people often write.
    Common,
    /// The same, and the name of a brand.
    CommonBrand,
    /// Goods, trades, legal forms.
    Generic,
    Place,
    /// Anything else: what a name is known by.
    Own,
}

impl Kind {
    /// Whether it may stand beside words of their own and be of the name.
    fn is_beside(self) -> bool {
        matches!(
            self,
            Self::Common | Self::CommonBrand | Self::Place | Self::Generic | Self::Amount(true)
        )
    }
}

#[derive(Clone, Copy, Debug)]
struct Word {
    start: usize,
    end: usize,
    kind: Kind,
}

impl Word {
    /// A character of its own that is no word with its neighbours.
    fn is_alone(&self) -> bool {
        self.kind == Kind::Own && self.end == self.start + 1
    }
}

/// The names that a text may speak of outside of quotation marks, as they are written there, each once and in their order: of two to six
/// characters, Han characters and digits alone, since names in letters are parted by spaces anyway. Where one begins and ends is not
/// always to be told, so there are several for some and many are none; a name that is made up of words that everybody uses is not
/// recognised. Names of persons that the text itself says to be such are left out, and where it says somebody lives.
///
/// Never fails; of a text of more than twenty thousand characters the rest is not looked at.
///
/// ```
/// use zhengming_marks::names_in_text;
///
/// let names = names_in_text("昨天买到一瓶兰鲸湖饮料，味道不对。");
/// assert!(names.contains(&"兰鲸湖".to_owned()));
/// ```
#[must_use]
pub fn names_in_text(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().take(READ).collect();
    let (mut names, mut seen) = (Vec::new(), FxHashSet::default());
    let mut start = 0;
    for run in chars.chunk_by(|a, b| is_read(*a) == is_read(*b)) {
        if run.iter().copied().any(is_han) {
            let simple: Vec<char> = run.iter().copied().map(simplify).collect();
            for span in spans(&simple) {
                let name: String = run.get(span).into_iter().flatten().collect();
                if names.len() < MOST && seen.insert(name.clone()) {
                    names.push(name);
                }
            }
        }
        start += run.len();
        if names.len() >= MOST || start >= READ {
            break;
        }
    }
    names
}

fn is_read(c: char) -> bool {
    is_han(c) || c.is_ascii_digit() || is_colon(c)
}

/// The words of a run of simplified characters, parted the likeliest way.
fn parted(run: &[char]) -> Vec<Word> {
    let mut best: Vec<(f32, Option<Word>)> = vec![(0.0, None)];
    for end in 1..=run.len() {
        let mut here: (f32, Option<Word>) = (f32::INFINITY, None);
        for start in end.saturating_sub(LONGEST_WORD)..end {
            let (Some(word), Some((before, _))) = (run.get(start..end), best.get(start)) else {
                continue;
            };
            if let Some((kind, cost)) = judged(word)
                && before + cost < here.0
            {
                here = (before + cost, Some(Word { start, end, kind }));
            }
        }
        best.push(here);
    }
    let mut words = Vec::new();
    let mut end = run.len();
    while let Some((_, Some(word))) = best.get(end) {
        words.push(*word);
        end = word.start;
    }
    words.reverse();
    words
}

/// What a word is and what it costs; none for what is no word.
fn judged(word: &[char]) -> Option<(Kind, f32)> {
    if let [only] = word {
        return Some(if LISTS.never.contains(only) || is_colon(*only) {
            (Kind::Never, FUNCTION_COST)
        } else if is_numeral(*only) || LISTS.seldom.contains(only) {
            (Kind::Seldom, GENERIC_COST)
        } else {
            (Kind::Own, ALONE_COST)
        });
    }
    if word.iter().copied().all(is_numeral) {
        return Some((Kind::Never, AMOUNT_COST));
    }
    if let Some((measure, numerals)) = word.split_last()
        && is_measure(*measure)
        && numerals.iter().copied().all(is_numeral)
    {
        let may_begin = matches!(numerals, [only] if may_begin_name(*only, *measure));
        return Some((Kind::Amount(may_begin), AMOUNT_COST));
    }
    let text: String = word.iter().collect();
    if LISTS.is_cue(&text) {
        return Some((Kind::Cue, FUNCTION_COST));
    }
    match generic(&text) {
        Some((GenericKind::Place, _)) => return Some((Kind::Place, GENERIC_COST)),
        Some((GenericKind::Common, _)) | None => {}
        Some(_) => return Some((Kind::Generic, GENERIC_COST)),
    }
    let form = hash(word);
    let (level, brand) = (familiarity(form), is_known(form));
    let cost = WORD_COST + (1.0 - level) * RARITY_COST;
    match (brand, level) {
        (true, level) if level < RARE_BRAND => Some((Kind::Own, cost.min(ALONE_COST))),
        (true, _) => Some((Kind::CommonBrand, cost)),
        (false, level) if level <= 0.0 => None,
        (false, level) if level < RARE => Some((Kind::Own, cost)),
        _ => Some((Kind::Common, cost)),
    }
}

/// Where names may stand in a run of simplified characters, in order.
fn spans(run: &[char]) -> Vec<Range<usize>> {
    let words = parted(run);
    let apart = [persons(run, &words), dwellings(run, &words)].concat();
    let mut found = Vec::new();
    let is_inside = |word: &Word| matches!(word.kind, Kind::Own | Kind::Seldom);
    let mut from = 0;
    for group in words.chunk_by(|one, other| is_inside(one) == is_inside(other)) {
        if group.first().is_some_and(is_inside) {
            named(&words, from..from + group.len(), &mut found);
        }
        from += group.len();
    }
    for at in 0..words.len() {
        named_by_context(&words, at, &mut found);
    }
    found.retain(|span| {
        let touches = |other: &Range<usize>| span.start < other.end && other.start < span.end;
        LENGTHS.contains(&span.len()) && !apart.iter().any(touches)
    });
    found.sort_unstable_by_key(|span| (span.start, span.end));
    found.dedup();
    found
}

/// The names of some words in a row that may be one: each way that has a word of its own, with a common word or goods before or behind.
fn named(words: &[Word], row: Range<usize>, found: &mut Vec<Range<usize>>) {
    let is_beside = |at: &usize| words.get(*at).is_some_and(|word| word.kind.is_beside());
    let first = row.start.checked_sub(1).filter(is_beside).unwrap_or(row.start);
    let last = if is_beside(&row.end) { row.end + 1 } else { row.end };
    for start in first..row.end {
        // A word has a character at least.
        for end in start + 1..=last.min(start + *LENGTHS.end()) {
            let inside = words.get(start..end).unwrap_or_default();
            if let (Some(one), Some(other)) = (inside.first(), inside.last())
                && is_name(inside)
                && !is_torn(words, start..end)
            {
                found.push(one.start..other.end);
            }
        }
    }
}

/// Whether some words in a row are enough of a name: one of its own, which stands alone if a common one is taken along, and no two of
/// those at an end that seldom stand there.
fn is_name(words: &[Word]) -> bool {
    let seldom = |word: &&Word| word.kind == Kind::Seldom;
    let own = words.iter().any(|word| word.kind == Kind::Own);
    let beside = words.iter().any(|word| word.kind.is_beside());
    let begins_generic = words.first().is_some_and(|word| word.kind == Kind::Generic);
    own && (!beside || words.iter().any(Word::is_alone))
        && !begins_generic
        && words.iter().take_while(seldom).count() <= 1
        && words.iter().rev().take_while(seldom).count() <= 1
}

/// Whether a word behind a name is taken along and a character at the name's beginning is not: 湖饮料 of 兰鲸湖饮料.
fn is_torn(words: &[Word], span: Range<usize>) -> bool {
    let word = |at: Option<usize>| at.and_then(|at| words.get(at));
    let before = word(span.start.checked_sub(1)).is_some_and(Word::is_alone);
    let begins = word(Some(span.start)).is_some_and(Word::is_alone);
    let takes_along = word(span.end.checked_sub(1)).is_some_and(|last| last.kind.is_beside());
    before && begins && takes_along
}

/// A common word that is a name by what stands beside it: of 一箱红牛饮料 and of 招牌是天天.
fn named_by_context(words: &[Word], at: usize, found: &mut Vec<Range<usize>>) {
    let Some(word) = words.get(at) else { return };
    let before = at.checked_sub(1).and_then(|at| words.get(at)).map(|word| word.kind);
    let goods = words.get(at + 1).filter(|word| word.kind == Kind::Generic);
    let is_named = match word.kind {
        Kind::CommonBrand => goods.is_some() || matches!(before, Some(Kind::Amount(_) | Kind::Cue)),
        Kind::Common => match before {
            Some(Kind::Cue) => true,
            Some(Kind::Amount(_) | Kind::Never) => goods.is_some(),
            _ => false,
        },
        _ => false,
    };
    if is_named {
        found.push(word.start..word.end);
        found.extend(goods.map(|goods| word.start..goods.end));
    }
}

/// Where names of persons stand, by their form and by what stands around them: 联系人：李秀英, 王小明女士.
fn persons(run: &[char], words: &[Word]) -> Vec<Range<usize>> {
    let text = |span: Range<usize>| -> String { run.get(span).into_iter().flatten().collect() };
    let mut found = Vec::new();
    for (at, first) in words.iter().enumerate() {
        let announced = (1..=2).any(|back| {
            let start = at.checked_sub(back).and_then(|at| words.get(at));
            start.is_some_and(|start| LISTS.announces_person(text(start.start..first.start).trim_end_matches(is_colon)))
        });
        for (last, behind) in words.iter().enumerate().skip(at).take(4) {
            let title = words.get(last + 1);
            let titled = title.is_some_and(|title| LISTS.is_title(&text(title.start..title.end)));
            let name = run.get(first.start..behind.end).unwrap_or_default();
            if (announced || titled) && is_like_person(name) {
                found.push(first.start..behind.end);
            }
        }
    }
    found
}

/// Where somebody lives, up to what is done there: 住在青禾村3栋 of 我住在青禾村3栋买了一瓶. An address may tell who wrote the text.
fn dwellings(run: &[char], words: &[Word]) -> Vec<Range<usize>> {
    let text = |span: Range<usize>| -> String { run.get(span).into_iter().flatten().collect() };
    let leads_on = |word: &Word| {
        let said = text(word.start..word.end);
        said == "在" || said.starts_with(is_colon)
    };
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        // Of two words too: 收货地址.
        let before = at.checked_sub(1).and_then(|at| words.get(at));
        let from = |start: usize| LISTS.announces_dwelling(&text(start..word.end));
        if from(word.start) || before.is_some_and(|before| from(before.start)) {
            let mut behind = words.iter().skip(at + 1);
            let last = behind.find(|next| next.kind == Kind::Never && !leads_on(next));
            found.push(word.start..last.map_or(run.len(), |last| last.start));
        }
    }
    found
}

#[cfg(test)]
mod tests;
