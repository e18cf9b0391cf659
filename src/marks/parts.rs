//! The parts of a name that can be a mark by themselves: a name's letters apart from its Han characters, and what is left of it
//! without places, legal forms and words for goods. ADIDAS of ADIDAS运动鞋, 雷碧 of 武汉雷碧饮料有限公司.
//!
//! A mark plus such words is still the mark, so a name is looked for by its parts too. Most names have none and pay nothing.

use std::ops::Range;

use crate::{
    normalize::is_character,
    profile::Profile,
    tables::{GenericKind, GenericSegment, generic, generic_segments},
};

/// Parts of a name that are looked at.
const PARTS: usize = 3;
/// Parts of a name that are looked for as they are.
const EXACT_PARTS: usize = 16;
/// What a part's likeness counts for where all else of the name is generic.
const BESIDE_GENERIC: f32 = 0.93;
/// The same where the name has more of its own and the part is long enough to be known by.
const BESIDE_OTHERS: f32 = 0.85;
/// The same for a short part, which stands in many names by chance.
const SHORT_BESIDE_OTHERS: f32 = 0.75;
/// What the likeness to a register's name without its generic words counts for: the mark by itself, and its name in another writing, go
/// before the names that build on it.
pub(crate) const ESSENCE: f32 = 0.75;
/// Characters, and letters, of the shortest part.
const FEWEST_CHARACTERS: usize = 2;
const FEWEST_LETTERS: usize = 3;
/// Letters from which on a part is not short; of characters one more than the fewest.
const MANY_LETTERS: usize = 5;
/// Characters of a division's own name: 江汉 of 江汉区.
const DIVISION: Range<usize> = 1..4;

/// A part of a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// The part as a name of its own.
    pub(crate) profile: Profile,
    /// Where it stands among the compared characters of the name.
    pub(crate) span: Range<usize>,
    /// What its likeness counts for, below 1.
    pub(crate) share: f32,
    /// Words before and after it, each told only where all of it is generic.
    pub(crate) generic: Vec<String>,
    /// Whether only a mark of this very form answers to it: 蓝枫公寓 of 蓝枫公寓牌, where the part is 蓝枫.
    pub(crate) exact: bool,
}

/// Whether a part holds all of a name but generic words. Nobody carries those into another writing, so there the part alone is looked
/// for.
pub(crate) fn says_all(parts: &[Part]) -> bool {
    parts.iter().any(|part| !part.exact && part.share >= BESIDE_GENERIC)
}

/// The parts of a name, those that say most first; none for most names.
pub(crate) fn parts(name: &Profile) -> Vec<Part> {
    let mut covered = covered(name);
    let spans = spans(name, &mut covered.bits);
    let exact = exact_spans(name.units.len(), &covered, &spans);
    if spans.is_empty() && exact.is_empty() {
        return Vec::new();
    }
    let covered = covered.bits;
    let spans = spans.into_iter().map(|span| (span, false));
    let mut parts: Vec<Part> = spans
        .chain(exact.into_iter().map(|span| (span, true)))
        .filter_map(|(span, exact)| part(name, &covered, span, exact))
        .collect();
    parts.sort_by(|a, b| {
        a.exact
            .cmp(&b.exact)
            .then(b.share.total_cmp(&a.share))
            .then(b.span.len().cmp(&a.span.len()))
            .then(a.span.start.cmp(&b.span.start))
    });
    let (mut near, mut exact) = (0, 0);
    parts.retain(|part| {
        let (count, most) = if part.exact {
            (&mut exact, EXACT_PARTS)
        } else {
            (&mut near, PARTS)
        };
        *count += 1;
        *count <= most
    });
    parts
}

/// The part that holds all of a name but generic words, if there is one: the only one that a name of the register is found by.
pub(crate) fn essence(name: &Profile) -> Option<Part> {
    let mut covered = covered(name);
    let spans = spans(name, &mut covered.bits);
    let mut parts = spans.into_iter().filter(|span| {
        let mut beside = (0..span.start).chain(span.end..name.units.len());
        beside.all(|at| is_generic(&covered.bits, at))
    });
    let part = parts.next().and_then(|span| part(name, &covered.bits, span, false))?;
    Some(Part { share: ESSENCE, ..part })
}

fn is_generic(covered: &[bool], at: usize) -> bool {
    covered.get(at).copied().unwrap_or(true)
}

fn part(name: &Profile, covered: &[bool], span: Range<usize>, exact: bool) -> Option<Part> {
    let units = &name.units;
    // The word before the part and the one after it, where the whole run beside it is generic.
    let says_nothing = |span: &Range<usize>| span.clone().all(|at| is_generic(covered, at));
    let profile = cut(name, &span)?;
    let beside = [0..span.start, span.end..units.len()];
    let share = if beside.iter().all(says_nothing) {
        BESIDE_GENERIC
    } else if is_short(&profile.units) {
        SHORT_BESIDE_OTHERS
    } else {
        BESIDE_OTHERS
    };
    let generic = beside
        .into_iter()
        .filter(|beside| !beside.is_empty() && says_nothing(beside))
        .filter_map(|beside| units.get(beside).map(|units| units.iter().collect()))
        .collect();
    Some(Part {
        profile,
        span,
        share,
        generic,
        exact,
    })
}

/// What is left of a name without some of the generic words at its ends, for a mark that has such words itself.
fn exact_spans(length: usize, covered: &Covered, spans: &[Range<usize>]) -> Vec<Range<usize>> {
    let own = |at: &usize| !covered.bits.get(*at).copied().unwrap_or(true);
    let first = (0..length).find(own).unwrap_or(length);
    let last = (0..length).rev().find(own).map_or(0, |at| at + 1);
    let starts = covered.cuts.iter().copied().filter(|at| *at <= first);
    let ends: Vec<usize> = covered.cuts.iter().copied().filter(|at| *at >= last).collect();
    let mut found: Vec<Range<usize>> = starts
        .flat_map(|start| ends.iter().map(move |end| start..*end))
        .filter(|span| span.end >= span.start + FEWEST_CHARACTERS && span.end - span.start < length)
        .filter(|span| {
            // A word that many names have is no mark by itself, two of them may be one: 南京银行.
            let inner = covered.cuts.iter().filter(|cut| span.start < **cut && **cut < span.end);
            first < last || inner.count() > 0
        })
        .filter(|span| !spans.contains(span))
        .collect();
    found.sort_by_key(|span| (length - span.len(), span.start));
    found.dedup();
    found
}

fn is_short(units: &[char]) -> bool {
    if units.iter().copied().any(is_character) {
        units.len() <= FEWEST_CHARACTERS
    } else {
        units.len() < MANY_LETTERS
    }
}

/// A part as a name, its words parted as they are in the whole.
fn cut(name: &Profile, span: &Range<usize>) -> Option<Profile> {
    let units = name.units.get(span.clone())?;
    let mut text = String::new();
    for (unit, at) in units.iter().zip(span.clone()) {
        if at > span.start && name.starts >> at.min(63) & 1 == 1 {
            text.push(' ');
        }
        text.push(*unit);
    }
    let profile = Profile::new(&text);
    // Letters of rare alphabets may be brought into another form by themselves.
    (profile.units == units).then_some(profile)
}

/// Runs of one writing: characters, or letters and digits.
fn runs(units: &[char]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    units
        .chunk_by(|a, b| is_character(*a) == is_character(*b))
        .map(move |run| {
            let span = start..start + run.len();
            start = span.end;
            span
        })
}

/// What of a name is generic.
struct Covered {
    /// Whether each character is.
    bits: Vec<bool>,
    /// Where generic words begin and end, and the name does, in order.
    cuts: Vec<usize>,
}

/// Which characters of a name are parts of generic words, of the names of divisions, or digits beside a name in Han characters.
fn covered(name: &Profile) -> Covered {
    let units = &name.units;
    let mut covered = Covered {
        bits: vec![false; units.len()],
        cuts: vec![0, units.len()],
    };
    let mut cover = |span: Range<usize>| {
        covered.cuts.extend([span.start, span.end]);
        if let Some(span) = covered.bits.get_mut(span) {
            span.fill(true);
        }
    };
    let mixed = name.is_han();
    for run in runs(units) {
        let Some(own) = units.get(run.clone()) else { continue };
        if own.first().copied().is_some_and(is_character) {
            let text: String = own.iter().collect();
            let segments = generic_segments(&text);
            let shift = |span: Range<usize>| run.start + span.start..run.start + span.end;
            divisions(own, &segments)
                .into_iter()
                .for_each(|span| cover(shift(span)));
            for segment in segments {
                if segment.kind != GenericKind::Common || is_modifier(&segment, own.len()) {
                    cover(shift(segment.span));
                }
            }
        } else if mixed && own.iter().all(char::is_ascii_digit) {
            cover(run);
        } else {
            for word in words(name, &run) {
                let text: String = units.get(word.clone()).into_iter().flatten().collect();
                if adds_nothing(&text, mixed) {
                    cover(word);
                }
            }
        }
    }
    covered.cuts.sort_unstable();
    covered.cuts.dedup();
    covered
}

/// A word of letters for a legal form, a place or, beside Han characters, goods. The words of a name that is all letters have a measure
/// of their own for the rest, and the table has ordinary words among its trades.
fn adds_nothing(word: &str, mixed: bool) -> bool {
    match generic(word) {
        Some((GenericKind::LegalForm | GenericKind::Place, _)) => true,
        Some((GenericKind::Trade | GenericKind::Goods, _)) => mixed,
        _ => mixed && word.len() == 1,
    }
}

/// A common word adds nothing at the end, or before a name long enough to be known without it: 正宗康师傅, but not 江南布衣.
fn is_modifier(segment: &GenericSegment, length: usize) -> bool {
    segment.span.len() >= FEWEST_CHARACTERS
        && (segment.span.end == length || segment.span.start == 0 && length > segment.span.len() + FEWEST_CHARACTERS)
}

/// Words of a run of letters.
fn words(name: &Profile, run: &Range<usize>) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for at in run.clone() {
        match words.last_mut() {
            Some(word) if at == 0 || name.starts >> at.min(63) & 1 == 0 => word.end = at + 1,
            _ => words.push(at..at + 1),
        }
    }
    words
}

/// Divisions that no list of places has, by what they end with: 江汉区 after 武汉市, or at the beginning.
fn divisions(units: &[char], segments: &[GenericSegment]) -> Vec<Range<usize>> {
    const ENDS: [char; 6] = ['区', '县', '镇', '乡', '村', '路'];
    const NO_PLACES: [&str; 13] = [
        "小镇", "古镇", "古村", "山村", "小区", "社区", "园区", "景区", "专区", "商区", "街区", "校区", "马路",
    ];
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = segments
        .first()
        .filter(|segment| segment.kind == GenericKind::Place && segment.span.start == 0)
        .map_or(0, |segment| segment.span.end);
    loop {
        let rest = units.get(at..).unwrap_or_default();
        let end = rest.iter().position(|c| ENDS.contains(c));
        let Some(end) = end.filter(|end| DIVISION.contains(end)) else {
            break;
        };
        let last: String = rest.get(end - 1..=end).into_iter().flatten().collect();
        if NO_PLACES.contains(&last.as_str()) || (at == 0 && end < FEWEST_CHARACTERS) {
            break;
        }
        found.push(at..at + end + 1);
        at += end + 1;
    }
    found
}

/// Where the parts of a name stand: each run without the generic words at its ends, which are covered then.
fn spans(name: &Profile, covered: &mut [bool]) -> Vec<Range<usize>> {
    let units = &name.units;
    let mut spans = Vec::new();
    for run in runs(units) {
        let characters = units.get(run.start).copied().is_some_and(is_character);
        let fewest = if characters { FEWEST_CHARACTERS } else { FEWEST_LETTERS };
        let Range { mut start, mut end } = run;
        let is_covered = |covered: &[bool], at: usize| covered.get(at).copied().unwrap_or(true);
        while start < end && is_covered(covered, start) {
            start += 1;
        }
        while start < end {
            let last = units.get(end - 1).copied().unwrap_or_default();
            // A character alone counts only at the end of its run; without the words after it, it stands there.
            let is_tail = characters && end - start > fewest && is_tail(last);
            if !is_covered(covered, end - 1) && !is_tail {
                break;
            }
            end -= 1;
            if let Some(covered) = covered.get_mut(end) {
                *covered = true;
            }
        }
        if end - start >= fewest && end - start < units.len() {
            spans.push(start..end);
        }
    }
    spans
}

/// 牌 of 康师傅牌方便面.
fn is_tail(c: char) -> bool {
    let kind = generic(c.encode_utf8(&mut [0; 4])).map(|(kind, _)| kind);
    matches!(
        kind,
        Some(GenericKind::LegalForm | GenericKind::Trade | GenericKind::Goods)
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(name: &str) -> Vec<(String, String)> {
        parts(&Profile::new(name))
            .into_iter()
            .filter(|part| !part.exact)
            .map(|part| (part.profile.name.form, part.generic.join("+")))
            .collect()
    }

    fn first(name: &str) -> Option<String> {
        found(name).into_iter().next().map(|(part, _)| part)
    }

    #[test]
    fn places_legal_forms_and_goods_leave_the_part_that_is_a_mark() {
        for (name, part, generic) in [
            ("宜昌市夷陵区丰溪茶馆", "丰溪", "宜昌市夷陵区+茶馆"),
            ("武汉蓝枫饮料有限公司", "蓝枫", "武汉+饮料有限公司"),
            ("青禾桥牌挂面", "青禾桥", "牌挂面"),
            ("青禾桥牌", "青禾桥", "牌"),
            ("青禾桥3", "青禾桥", "3"),
            ("蓝枫草莓味汽水", "蓝枫", "草莓味汽水"),
            ("VELDORA跑鞋", "veldora", "跑鞋"),
            ("veldora outlet", "veldora", "outlet"),
            ("正宗青禾桥火锅", "青禾桥", "正宗+火锅"),
        ] {
            assert_eq!(found(name), [(part.to_owned(), generic.to_owned())], "{name}");
        }
    }

    #[test]
    fn names_of_nothing_else_have_no_parts() {
        for name in [
            "青禾桥",
            "雪碧",
            "南京银行",
            "火锅店",
            "Veldora",
            "Snap Fitness",
            "The Kooples",
            "V仔",
            "江南布衣",
            "丝绸小镇",
            "手机",
            "a",
            "···",
        ] {
            assert_eq!(found(name), [], "{name}");
        }
    }

    #[test]
    fn a_mark_that_has_generic_words_itself_is_a_part_as_it_is() {
        for (name, mark) in [
            ("青禾公寓牌", "青禾公寓"),
            ("武汉南京银行有限公司", "南京银行"),
            ("杭州028青禾火锅火锅店", "028青禾火锅"),
        ] {
            let profile = Profile::new(name);
            let exact: Vec<String> = parts(&profile)
                .into_iter()
                .filter(|part| part.exact)
                .map(|part| part.profile.name.form)
                .collect();
            assert!(exact.iter().any(|part| part == mark), "{name} {exact:?}");
        }
        let exact = parts(&Profile::new("火锅店"));
        assert_eq!(exact, []);
    }

    #[test]
    fn letters_and_characters_are_parts_that_count_less_where_both_are_of_their_own() {
        let parts = |name: &str| -> Vec<Part> {
            parts(&Profile::new(name))
                .into_iter()
                .filter(|part| !part.exact)
                .collect()
        };
        let both = parts("VELDORA青禾桥");
        let share: Vec<f32> = both.iter().map(|part| part.share).collect();
        assert_eq!(share, [BESIDE_OTHERS, BESIDE_OTHERS]);
        let short = parts("VEL青禾桥");
        assert_eq!(short[1].share, SHORT_BESIDE_OTHERS);
        assert!(short[1].generic.is_empty());
        assert_eq!(first("VELDORA剃须刀").as_deref(), Some("veldora"));
    }

    #[test]
    fn a_long_name_has_few_parts() {
        for name in ["abc青禾", "武汉青禾火锅", "火锅"] {
            assert!(parts(&Profile::new(&name.repeat(5_000))).len() <= PARTS + EXACT_PARTS);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_are_what_stands_at_their_place(name in prop_oneof![any::<String>(), "[武汉市江区青禾茶店有限公司牌a-c2 ]{0,20}"]) {
            let profile = Profile::new(&name);
            for part in parts(&profile) {
                prop_assert_eq!(&profile.units[part.span.clone()], part.profile.units.as_slice());
                prop_assert!(part.span.len() < profile.units.len() && part.share < 1.0);
            }
        }
    }
}
