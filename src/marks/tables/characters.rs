//! Forms, strokes and components of Han characters.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{rows, single};

pub(super) const SIMPLIFIED: &str = include_str!("simplified.tsv");
pub(super) const CHARACTERS: &str = include_str!("characters.tsv");

struct Character {
    strokes: u8,
    components: Box<[char]>,
    /// A bit for each component; two may share one.
    marks: u64,
    phonetic: Option<char>,
}

/// Code points of the basic plane.
const BASIC: usize = 1 << 16;

static FORMS: LazyLock<FxHashMap<char, char>> = LazyLock::new(|| {
    rows(SIMPLIFIED)
        .filter_map(|row| {
            let (from, to) = row.split_once('\t')?;
            Some((single(from)?, single(to)?))
        })
        .collect()
});

/// A bit for each code point of the basic plane that has another form, so that most characters are not looked for.
static HAS_FORM: LazyLock<Box<[u64; BASIC / 64]>> = LazyLock::new(|| {
    let mut bits = Box::new([0; BASIC / 64]);
    for code in FORMS.keys().map(|c| *c as usize).filter(|code| *code < BASIC) {
        bits[code / 64] |= 1 << (code % 64);
    }
    bits
});

/// The characters of the table, and where each of the basic plane stands among them, from 1; 0 for none.
struct Characters {
    all: Vec<(char, Character)>,
    places: Box<[u16]>,
    /// The few beyond the basic plane.
    beyond: FxHashMap<char, usize>,
}

impl Characters {
    fn get(&self, c: char) -> Option<&Character> {
        let place = match self.places.get(c as usize) {
            Some(place) => usize::from(*place).checked_sub(1)?,
            None => *self.beyond.get(&c)?,
        };
        self.all.get(place).map(|(_, known)| known)
    }
}

static KNOWN: LazyLock<Characters> = LazyLock::new(|| {
    let read = |row: &str| {
        let mut cells = row.split('\t');
        let c = single(cells.next()?)?;
        let strokes = cells.next()?.parse().ok()?;
        let components: Box<[char]> = cells.next()?.chars().collect();
        let known = Character {
            strokes,
            marks: components.iter().fold(0, |marks, component| marks | mark(*component)),
            components,
            phonetic: cells.next().and_then(single),
        };
        Some((c, known))
    };
    let all: Vec<(char, Character)> = rows(CHARACTERS).filter_map(read).collect();
    let mut places = vec![0; BASIC].into_boxed_slice();
    let mut beyond = FxHashMap::default();
    for (at, (c, _)) in all.iter().enumerate() {
        match (places.get_mut(*c as usize), u16::try_from(at + 1)) {
            (Some(place), Ok(number)) => *place = number,
            _ => {
                beyond.insert(*c, at);
            }
        }
    }
    Characters { all, places, beyond }
});

/// The bit of a component.
fn mark(component: char) -> u64 {
    1 << ((component as u32).wrapping_mul(0x9E37_79B1) >> 26)
}

/// The simplified form of a traditional character; any other character is its own. Where a traditional character was
/// merged into several, the commonest. Idempotent.
///
/// ```
/// use zhengming_marks::tables::simplify;
///
/// assert_eq!("國際康師傅".chars().map(simplify).collect::<String>(), "国际康师傅");
/// ```
pub fn simplify(c: char) -> char {
    let code = c as usize;
    match HAS_FORM.get(code / 64) {
        Some(bits) if bits >> (code % 64) & 1 == 0 => c,
        _ => FORMS.get(&c).copied().unwrap_or(c),
    }
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
    KNOWN.get(simplify(c)).map_or(&[], |known| &known.components)
}

/// Characters that hold a component.
static HOLDERS: LazyLock<FxHashMap<char, Vec<char>>> = LazyLock::new(|| {
    let mut holders: FxHashMap<char, Vec<char>> = FxHashMap::default();
    for (c, known) in &KNOWN.all {
        for component in &known.components {
            holders.entry(*component).or_default().push(*c);
        }
    }
    for holders in holders.values_mut() {
        holders.sort_unstable();
        holders.dedup();
    }
    holders
});

/// Share of the components of two characters that both have, from 0 to 1; 0 for what is not in the table. Unlike their look it
/// does not change with what stands beside a component: 每 and 海, 占 and 点.
///
/// ```
/// use zhengming_marks::tables::shared_components;
///
/// assert!(shared_components('占', '点') > 0.7);
/// assert_eq!(shared_components('师', '雪'), 0.0);
/// ```
pub fn shared_components(a: char, b: char) -> f32 {
    let (Some(one), Some(other)) = (KNOWN.get(simplify(a)), KNOWN.get(simplify(b))) else {
        return 0.0;
    };
    if one.marks & other.marks == 0 {
        return 0.0;
    }
    shared(&one.components, &other.components)
}

/// As [`shared_components`], of components found before.
fn shared(a: &[char], b: &[char]) -> f32 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    // Each counterpart is taken once; no character has more components than bits.
    let mut taken = 0_u64;
    let mut common = 0;
    for component in a {
        let counterpart = b
            .iter()
            .take(64)
            .enumerate()
            .find(|(at, other)| taken >> at & 1 == 0 && *other == component);
        if let Some((at, _)) = counterpart {
            taken |= 1 << at;
            common += 1;
        }
    }
    2.0 * common as f32 / (a.len() + b.len()) as f32
}

/// Other characters that share at least so much of their components with a character, the most alike first.
pub(crate) fn sharing_components(c: char, least: f32) -> Vec<(char, f32)> {
    let own = components(c);
    let mut sharing: Vec<(char, f32)> = own
        .iter()
        .filter_map(|component| HOLDERS.get(component))
        .flatten()
        .filter(|other| **other != c)
        .map(|other| (*other, shared(own, components(*other))))
        .filter(|(_, share)| *share >= least)
        .collect();
    sharing.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    sharing.dedup();
    sharing
}

/// Forms that a component takes beside another, and how it is written alone.
const ALONE: [(char, char); 12] = [
    ('亻', '人'),
    ('氵', '水'),
    ('扌', '手'),
    ('忄', '心'),
    ('钅', '金'),
    ('饣', '食'),
    ('讠', '言'),
    ('礻', '示'),
    ('衤', '衣'),
    ('犭', '犬'),
    ('灬', '火'),
    ('刂', '刀'),
];

fn alone(component: char) -> char {
    let whole = ALONE.iter().find(|(beside, _)| *beside == component);
    whole.map_or(component, |(_, whole)| *whole)
}

/// Characters of two components and more by these, each as it is written alone.
static COMPOSED: LazyLock<FxHashMap<Vec<char>, char>> = LazyLock::new(|| {
    let mut composed: FxHashMap<Vec<char>, char> = FxHashMap::default();
    for (c, known) in KNOWN.all.iter().filter(|(_, known)| known.components.len() > 1) {
        let parts = known.components.iter().copied().map(alone).collect();
        let first = composed.entry(parts).or_insert(*c);
        // Of several the simplest, then the first in order, so that the choice is always the same.
        let simpler = KNOWN.get(*first).map_or(u8::MAX, |known| known.strokes);
        if (known.strokes, *c) < (simpler, *first) {
            *first = *c;
        }
    }
    composed
});

/// The character that two characters make if they are written as one, 好 of 女 and 子: names are imitated by taking a character
/// apart. None if they make none.
///
/// ```
/// use zhengming_marks::tables::composed;
///
/// assert_eq!(composed('女', '子'), Some('好'));
/// assert_eq!(composed('康', '师'), None);
/// ```
pub fn composed(left: char, right: char) -> Option<char> {
    let parts: Vec<char> = components(left)
        .iter()
        .chain(components(right))
        .copied()
        .map(alone)
        .collect();
    if components(left).is_empty() || components(right).is_empty() {
        return None;
    }
    COMPOSED.get(&parts).copied()
}

/// Number of strokes of a character in its simplified form, if it is in the table.
pub fn strokes(c: char) -> Option<u8> {
    KNOWN.get(simplify(c)).map(|known| known.strokes)
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
        _ if KNOWN.get(extended)?.phonetic == Some(base) => beyond.first().copied(),
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
    fn characters_that_share_components_are_found_from_either() {
        for (a, b) in [('占', '点'), ('每', '海'), ('尹', '伊')] {
            let share = shared_components(a, b);
            assert!(
                share > 0.6 && (share - shared_components(b, a)).abs() < f32::EPSILON,
                "{a} {b} {share}"
            );
            assert!(
                sharing_components(a, 0.6).iter().any(|(other, _)| *other == b),
                "{a} {b}"
            );
        }
        assert!(sharing_components('x', 0.1).is_empty());
        assert!(sharing_components('占', 0.6).iter().all(|(other, _)| *other != '占'));
    }

    #[test]
    fn components_and_strokes_are_those_of_the_simplified_form() {
        assert_eq!(components('媽'), components('妈'));
        assert_eq!(components('汪'), ['氵', '王']);
        assert_eq!(strokes('师'), Some(6));
        assert_eq!(strokes('帅'), Some(5));
        assert!(components('é').is_empty() && strokes('é').is_none());
        assert!(KNOWN.all.len() > 8000);
        assert!(
            KNOWN.all.iter().all(|(c, known)| known.strokes > 0
                && !known.components.is_empty()
                && strokes(*c) == Some(known.strokes))
        );
    }
}
