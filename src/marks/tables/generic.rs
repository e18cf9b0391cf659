//! Words that say little of whose a name is: legal forms, places, goods and trades, common words. They weigh less in a
//! comparison but never vanish.

use std::{fmt, ops::Range, sync::LazyLock};

use rustc_hash::FxHashMap;

use super::rows;
use crate::normalize::is_han;

pub(super) const GENERIC: &str = include_str!("generic.tsv");

/// Longest word of Han characters that is looked for.
const LONGEST_WORD: usize = 8;
/// Characters of a run of Han characters that are parted into words; the rest of a longer run is left as it is.
const LONGEST_RUN: usize = 64;

/// Why a word is generic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GenericKind {
    /// 有限公司, Ltd, 旗舰店: what form of firm or shop it is.
    LegalForm,
    /// 武汉, 中国, france.
    Place,
    /// 烤肉, 科技, coffee: what is sold or done.
    Trade,
    /// 国际, super, the: in many names.
    Common,
    /// 方便面, 剃须刀, 牌: what stands behind a mark on a package. It tells a mark's part from the rest, but weighs as much as a word
    /// of its own, since whole names are weighed without it.
    Goods,
}

impl fmt::Display for GenericKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LegalForm => "legal_form",
            Self::Place => "place",
            Self::Trade => "trade",
            Self::Common => "common",
            Self::Goods => "goods",
        })
    }
}

/// A generic word within a name.
#[derive(Clone, Debug, PartialEq)]
pub struct GenericSegment {
    /// Where it stands, in characters.
    pub span: Range<usize>,
    /// Why it is generic.
    pub kind: GenericKind,
    /// Weight of each of its characters, from .1 to .6, where others have 1.
    pub weight: f32,
}

static WORDS: LazyLock<FxHashMap<&'static str, (GenericKind, f32)>> = LazyLock::new(|| {
    rows(GENERIC)
        .filter_map(|row| {
            let mut cells = row.split('\t');
            let word = cells.next()?;
            let kind = match cells.next()? {
                "legal" => GenericKind::LegalForm,
                "place" => GenericKind::Place,
                "trade" => GenericKind::Trade,
                "goods" => GenericKind::Goods,
                _ => GenericKind::Common,
            };
            let hundredths: u8 = cells.next()?.parse().ok()?;
            Some((word, (kind, f32::from(hundredths) / 100.0)))
        })
        .collect()
});

/// Kind and weight of a word in normal form and simplified characters, if it is generic.
pub fn generic(word: &str) -> Option<(GenericKind, f32)> {
    WORDS.get(word).copied()
}

/// Weight of a word in normal form and simplified characters: 1 for a word of its own, down to .1 for a generic one.
///
/// ```
/// use zhengming_marks::tables::generic_weight;
///
/// assert!(generic_weight("有限公司") < generic_weight("烤肉"));
/// assert_eq!(generic_weight("百度"), 1.0);
/// ```
pub fn generic_weight(word: &str) -> f32 {
    generic(word).map_or(1.0, |(_, weight)| weight)
}

/// Generic words of a name in normal form and simplified characters, in order: words in letters as a whole, runs of Han
/// characters parted so that generic words cover the most with the fewest. A single Han character counts only at the end of
/// its run. The words of a name may be given parted by spaces, which count as characters.
///
/// ```
/// use zhengming_marks::tables::{GenericKind, generic_segments};
///
/// let found = generic_segments("百度烤肉");
/// assert_eq!((found[0].span.clone(), found[0].kind), (2..4, GenericKind::Trade));
/// ```
pub fn generic_segments(name: &str) -> Vec<GenericSegment> {
    segments(name, |_| true)
}

/// [`generic_segments`] of the words that weigh less in a comparison of whole names.
pub(crate) fn light_segments(name: &str) -> Vec<GenericSegment> {
    segments(name, |kind| kind != GenericKind::Goods)
}

fn segments(name: &str, wanted: impl Fn(GenericKind) -> bool + Copy) -> Vec<GenericSegment> {
    let mut segments = Vec::new();
    let chars: Vec<char> = name.chars().collect();
    let mut start = 0;
    for run in chars.chunk_by(|a, b| class(*a) == class(*b)) {
        let end = start + run.len();
        match run.first().copied().map(class) {
            Some(Class::Han) => segments.extend(han_segments(run, start, wanted)),
            Some(Class::Letter) => {
                let word: String = run.iter().collect();
                segments.extend(generic(&word).map(|(kind, weight)| GenericSegment {
                    span: start..end,
                    kind,
                    weight,
                }));
            }
            _ => {}
        }
        start = end;
    }
    segments
}

#[derive(PartialEq, Eq)]
enum Class {
    Han,
    Letter,
    Other,
}

fn class(c: char) -> Class {
    if is_han(c) {
        Class::Han
    } else if c.is_alphabetic() {
        Class::Letter
    } else {
        Class::Other
    }
}

/// Best way to part the run up to a position: characters covered, words used, and the last step.
#[derive(Clone, Copy, Default)]
struct Parting {
    covered: usize,
    words: usize,
    last: Option<(usize, GenericKind, f32)>,
}

fn han_segments(run: &[char], start: usize, wanted: impl Fn(GenericKind) -> bool) -> Vec<GenericSegment> {
    let run = run.get(..LONGEST_RUN).unwrap_or(run);
    let mut best: Vec<Parting> = vec![Parting::default()];
    for end in 1..=run.len() {
        let mut here = best.last().copied().unwrap_or_default();
        here.last = None;
        for length in 1..=LONGEST_WORD.min(end) {
            if length == 1 && end < run.len() {
                continue;
            }
            let word: String = run.get(end - length..end).into_iter().flatten().collect();
            let generic = generic(&word).filter(|(kind, _)| wanted(*kind));
            if let (Some((kind, weight)), Some(before)) = (generic, best.get(end - length)) {
                let (covered, words) = (before.covered + length, before.words + 1);
                if covered > here.covered || (covered == here.covered && words <= here.words) {
                    here = Parting {
                        covered,
                        words,
                        last: Some((length, kind, weight)),
                    };
                }
            }
        }
        best.push(here);
    }
    let mut segments = Vec::new();
    let mut end = run.len();
    while end > 0 {
        match best.get(end).and_then(|parting| parting.last) {
            Some((length, kind, weight)) => {
                segments.push(GenericSegment {
                    span: start + end - length..start + end,
                    kind,
                    weight,
                });
                end -= length;
            }
            None => end -= 1,
        }
    }
    segments.reverse();
    segments
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(name: &str) -> Vec<(String, GenericKind)> {
        let chars: Vec<char> = name.chars().collect();
        generic_segments(name)
            .into_iter()
            .map(|segment| (chars[segment.span].iter().collect(), segment.kind))
            .collect()
    }

    #[test]
    fn legal_forms_places_and_trades_are_found_and_the_own_word_is_not() {
        use GenericKind::{Common, LegalForm, Place, Trade};
        let named = |parts: &[(&str, GenericKind)]| -> Vec<(String, GenericKind)> {
            parts.iter().map(|(word, kind)| ((*word).to_owned(), *kind)).collect()
        };
        assert_eq!(
            found("武汉蓝天科技有限公司"),
            named(&[("武汉", Place), ("科技", Trade), ("有限公司", LegalForm)])
        );
        assert_eq!(found("百度烤肉店"), named(&[("烤肉", Trade), ("店", Trade)]));
        assert_eq!(found("耐克官方旗舰店"), named(&[("官方旗舰店", LegalForm)]));
        assert_eq!(found("康师傅国际"), named(&[("国际", Common)]));
        assert_eq!(found("luckin coffee"), named(&[("coffee", Trade)]));
        assert_eq!(found("acme inc"), named(&[("inc", LegalForm)]));
        assert!(found("康师傅").is_empty() && found("耐克").is_empty() && found("adidas").is_empty());
    }

    #[test]
    fn goods_are_found_but_weigh_nothing_less() {
        let goods = ["方便面", "运动鞋", "奶糖", "洗衣粉", "凉茶", "剃须刀", "浏览器", "牌"];
        for word in goods {
            assert_eq!(generic(word).map(|(kind, _)| kind), Some(GenericKind::Goods), "{word}");
        }
        assert_eq!(found("康师傅方便面"), [("方便面".to_owned(), GenericKind::Goods)]);
        assert!(light_segments("康师傅方便面").is_empty());
        assert!(found("海底捞").is_empty() && found("小龙坎").is_empty());
    }

    #[test]
    fn weights_lie_between_a_tenth_and_one() {
        assert!(WORDS.len() > 2000);
        assert!(WORDS.values().all(|(_, weight)| (0.1..1.0).contains(weight)));
        assert!((generic_weight("zhengming") - 1.0).abs() < f32::EPSILON);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn segments_of_any_name_are_in_order_and_within_it(name in prop_oneof![any::<String>(), "[武汉烤肉店公司百度 a]{0,80}"]) {
            let mut end = 0;
            for segment in generic_segments(&name) {
                prop_assert!(segment.span.start >= end && segment.span.end > segment.span.start);
                end = segment.span.end;
            }
            prop_assert!(end <= name.chars().count());
        }
    }
}
