//! Forms, strokes and components of Han characters.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{rows, single};

pub(super) const SIMPLIFIED: &str = include_str!("simplified.tsv");
pub(super) const CHARACTERS: &str = include_str!("characters.tsv");

struct Character {
    strokes: u8,
    components: Box<[char]>,
    phonetic: Option<char>,
}

static FORMS: LazyLock<FxHashMap<char, char>> = LazyLock::new(|| {
    rows(SIMPLIFIED)
        .filter_map(|row| {
            let (from, to) = row.split_once('\t')?;
            Some((single(from)?, single(to)?))
        })
        .collect()
});

static KNOWN: LazyLock<FxHashMap<char, Character>> = LazyLock::new(|| {
    rows(CHARACTERS)
        .filter_map(|row| {
            let mut cells = row.split('\t');
            let c = single(cells.next()?)?;
            let known = Character {
                strokes: cells.next()?.parse().ok()?,
                components: cells.next()?.chars().collect(),
                phonetic: cells.next().and_then(single),
            };
            Some((c, known))
        })
        .collect()
});

/// The simplified form of a traditional character; any other character is its own. Where a traditional character was
/// merged into several, the commonest. Idempotent.
///
/// ```
/// use zhengming_marks::tables::simplify;
///
/// assert_eq!("國際康師傅".chars().map(simplify).collect::<String>(), "国际康师傅");
/// ```
pub fn simplify(c: char) -> char {
    FORMS.get(&c).copied().unwrap_or(c)
}

/// Components of a character in the order of writing: radicals and what cannot be taken apart into named parts, repeated as
/// often as they are written. A traditional character has those of its simplified form; one that is not in the table has
/// none.
///
/// ```
/// use zhengming_marks::tables::components;
///
/// assert_eq!(components('吧'), ['口', '巴']);
/// assert_eq!(components('晶'), ['日', '日', '日']);
/// ```
pub fn components(c: char) -> &'static [char] {
    KNOWN.get(&simplify(c)).map_or(&[], |known| &known.components)
}

/// Number of strokes of a character in its simplified form, if it is in the table.
pub fn strokes(c: char) -> Option<u8> {
    KNOWN.get(&simplify(c)).map(|known| known.strokes)
}

/// The component that one character has beyond the whole of another: 口 of 吧 beyond 巴, 礻 of 禧 beyond 喜. None if more or
/// less than one component was added.
pub fn component_added(to: char, gives: char) -> Option<char> {
    let (base, extended) = (simplify(to), simplify(gives));
    if base == extended {
        return None;
    }
    let mut beyond = components(extended).to_vec();
    let mut missing = false;
    for component in components(base) {
        match beyond.iter().position(|other| other == component) {
            Some(at) => {
                beyond.remove(at);
            }
            None => missing = true,
        }
    }
    match (missing, beyond.as_slice()) {
        (false, [only]) => Some(*only),
        // Where the parts of the phonetic are named in another way, the phonetic itself tells.
        _ if KNOWN.get(&extended)?.phonetic == Some(base) => beyond.first().copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_forms_become_simplified_ones_and_stay_so() {
        for (from, to) in [
            ('師', '师'),
            ('國', '国'),
            ('傑', '杰'),
            ('馬', '马'),
            ('龍', '龙'),
            ('师', '师'),
            ('x', 'x'),
        ] {
            assert_eq!(simplify(from), to);
        }
        assert!(FORMS.len() > 3000);
        assert!(FORMS.values().all(|form| simplify(*form) == *form));
    }

    #[test]
    fn an_added_component_is_named() {
        assert_eq!(component_added('巴', '吧'), Some('口'));
        assert_eq!(component_added('喜', '禧'), Some('礻'));
        assert_eq!(component_added('王', '旺'), Some('日'));
        assert_eq!(component_added('王', '汪'), Some('氵'));
        assert_eq!(component_added('門', '们'), Some('亻'));
        assert_eq!(component_added('旺', '汪'), None);
        assert_eq!(component_added('吧', '巴'), None);
        assert_eq!(component_added('吧', '吧'), None);
        assert_eq!(component_added('a', '吧'), None);
        assert_eq!(component_added('師', '师'), None);
    }

    #[test]
    fn components_and_strokes_are_those_of_the_simplified_form() {
        assert_eq!(components('媽'), components('妈'));
        assert_eq!(components('汪'), ['氵', '王']);
        assert_eq!(strokes('师'), Some(6));
        assert_eq!(strokes('帅'), Some(5));
        assert!(components('é').is_empty() && strokes('é').is_none());
        assert!(KNOWN.len() > 8000);
        assert!(
            KNOWN
                .values()
                .all(|known| known.strokes > 0 && !known.components.is_empty())
        );
    }
}
