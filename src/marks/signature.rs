//! A name's compared characters in a few integers: what the index keeps of every name for rescoring, so that comparing a
//! thousand candidates reads no stored document.
//!
//! An integer holds seven ASCII characters of eight bits each, of which the highest says that a word begins, or three
//! characters of any kind of 21 bits each; bit 63 tells which. Zero bits are no character, and behind one in first place stands where the
//! part is that holds all of a name but generic words.

use std::ops::Range;

use crate::{
    parts::Part,
    profile::{COMPARED_CHARS, Profile},
    tables::{generic_weight, light_segments},
};

const WIDE: u64 = 1 << 63;
const WIDE_BITS: u32 = 21;
const WIDE_MASK: u64 = (1 << WIDE_BITS) - 1;
const WIDE_COUNT: usize = 3;
const NARROW_BITS: u32 = 8;
const NARROW_COUNT: usize = 7;
const WORD_BEGINS: u64 = 0x80;
/// A name of two characters is too short to have a part that says nothing.
const FEWEST_WITH_GENERIC: usize = 3;

/// The compared characters of a name, without allocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    units: [char; COMPARED_CHARS],
    length: usize,
    /// Bit `i` is set where a word begins at character `i`.
    pub(crate) words: u64,
    /// Bit `i` is set where character `i` is part of a generic word beside others of the name's own; see [`generic`].
    pub(crate) generic: u64,
    /// First character and length of the part that holds all of the name but generic words; no length for none.
    essence: (usize, usize),
}

impl View {
    pub(crate) const EMPTY: Self = Self {
        units: ['\0'; COMPARED_CHARS],
        length: 0,
        words: 0,
        generic: 0,
        essence: (0, 0),
    };

    pub(crate) fn units(&self) -> &[char] {
        self.units.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, c: char, word_begins: bool) {
        if let Some(unit) = self.units.get_mut(self.length) {
            *unit = c;
            self.words |= u64::from(word_begins) << self.length;
            self.length += 1;
        }
    }

    /// Reads a packed name; integers that no name packs into are skipped.
    pub(crate) fn read(&mut self, packed: impl Iterator<Item = u64>) {
        self.length = 0;
        self.words = 0;
        self.generic = 0;
        self.essence = (0, 0);
        let mut narrow_before = true;
        for part in packed {
            if part & WIDE != 0 && part & WIDE_MASK == 0 {
                let place = |at: u32| (part >> (at * WIDE_BITS) & WIDE_MASK) as usize;
                self.essence = (place(1), place(2));
            } else if part & WIDE == 0 {
                for at in 0..NARROW_COUNT as u32 {
                    let byte = part >> (at * NARROW_BITS) & 0xFF;
                    if byte == 0 {
                        break;
                    }
                    self.push((byte as u8 & 0x7F) as char, byte & WORD_BEGINS != 0);
                }
                narrow_before = true;
            } else {
                for at in 0..WIDE_COUNT as u32 {
                    let code = (part >> (at * WIDE_BITS)) as u32 & 0x1F_FFFF;
                    let Some(c) = char::from_u32(code).filter(|c| *c != '\0') else {
                        break;
                    };
                    self.push(c, narrow_before && at == 0);
                }
                narrow_before = false;
            }
        }
    }

    /// The part that holds all of the name but generic words, as a name.
    pub(crate) fn essence(&self) -> Option<Self> {
        let (start, length) = self.essence;
        let units = self.units().get(start..start.checked_add(length)?)?;
        (length > 0).then(|| {
            let mut view = Self::EMPTY;
            for (at, unit) in units.iter().enumerate() {
                view.push(*unit, at == 0 || self.words >> (start + at).min(63) & 1 == 1);
            }
            view
        })
    }

    /// The name with other Han characters, of which none is known to be generic.
    pub(crate) fn written(&self, units: &[char]) -> Self {
        let mut view = Self::EMPTY;
        for (at, unit) in units.iter().enumerate() {
            view.push(*unit, self.words >> at.min(63) & 1 == 1);
        }
        view
    }

    /// The compared characters of a profile, as [`View::read`] would give them.
    pub(crate) fn of(profile: &Profile) -> Self {
        let mut view = Self::EMPTY;
        view.read(packed(profile).into_iter());
        view.generic = generic(profile);
        view
    }
}

/// Packs a name of the register, with the part that holds all of it but generic words.
pub(crate) fn signed(profile: &Profile, essence: Option<&Part>) -> Vec<u64> {
    let mut packed = packed(profile);
    // A packed character that is none is followed by the place of that part.
    packed.extend(essence.map(|part| {
        let Range { start, end } = part.span;
        WIDE | (start as u64) << WIDE_BITS | ((end - start) as u64) << (2 * WIDE_BITS)
    }));
    packed
}

/// The characters of a name that generic words take up, 烤肉 of 百度烤肉 or Coffee of Luckin Coffee, as bits. A name of nothing but
/// such words is told by the first: 南京 of 南京银行.
pub(crate) fn generic(profile: &Profile) -> u64 {
    if profile.units.len() < FEWEST_WITH_GENERIC {
        return 0;
    }
    let spans: Vec<Range<usize>> = if profile.is_han() {
        let form: String = profile.units.iter().collect();
        light_segments(&form).into_iter().map(|segment| segment.span).collect()
    } else {
        generic_words(&profile.name.words)
    };
    let covered: usize = spans.iter().map(ExactSizeIterator::len).sum();
    spans
        .into_iter()
        .skip(usize::from(covered >= profile.units.len()))
        .flatten()
        .fold(0_u64, |bits, at| bits | 1_u64.checked_shl(at as u32).unwrap_or(0))
}

/// Where the generic words among several stand in the name that they make.
fn generic_words(words: &[String]) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut at = 0;
    for word in words.iter().take(COMPARED_CHARS) {
        let end = at + word.chars().count();
        if words.len() > 1 && generic_weight(word) < 1.0 {
            spans.push(at..end.min(COMPARED_CHARS));
        }
        at = end;
        if at >= COMPARED_CHARS {
            break;
        }
    }
    spans
}

/// Packs a name.
pub(crate) fn packed(profile: &Profile) -> Vec<u64> {
    let units = &profile.units;
    let mut parts = Vec::with_capacity(units.len() / WIDE_COUNT + 1);
    let mut at = 0;
    while at < units.len() {
        let rest = units.get(at..).unwrap_or_default();
        let narrow = rest.iter().take(NARROW_COUNT).take_while(|c| is_narrow(**c)).count();
        if narrow > 0 {
            let bytes = rest.iter().take(narrow).enumerate().map(|(i, c)| {
                let begins = profile.starts >> (at + i) & 1 == 1;
                let byte = *c as u64 | if begins { WORD_BEGINS } else { 0 };
                byte << (i as u32 * NARROW_BITS)
            });
            parts.push(bytes.fold(0, |part, byte| part | byte));
            at += narrow;
        } else {
            let wide = rest.iter().take(WIDE_COUNT).take_while(|c| !is_narrow(**c));
            let (part, count) = wide.fold((WIDE, 0), |(part, count), c| {
                (part | (*c as u64) << (count * WIDE_BITS), count + 1)
            });
            parts.push(part);
            at += count as usize;
        }
    }
    parts
}

fn is_narrow(c: char) -> bool {
    c.is_ascii() && c != '\0'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parts::essence;

    fn config() -> ProptestConfig {
        ProptestConfig {
            cases: 256,
            failure_persistence: None,
            ..ProptestConfig::default()
        }
    }

    #[test]
    fn a_short_name_is_one_integer() {
        assert_eq!(packed(&Profile::new("康师傅")).len(), 1);
        assert_eq!(packed(&Profile::new("adidas")).len(), 1);
        let view = View::of(&Profile::new("Hard Rock Café"));
        assert_eq!(view.units().iter().collect::<String>(), "hardrockcafe");
        assert_eq!(view.words, 0b1_0001_0001);
    }

    #[test]
    fn generic_words_are_marked_but_for_one_that_the_name_begins_with_if_it_has_no_other() {
        assert_eq!(generic(&Profile::new("百度烤肉")), 0b1100);
        assert_eq!(generic(&Profile::new("南京银行")), 0b1100);
        assert_eq!(generic(&Profile::new("Luckin Coffee")), 0b1111_1100_0000);
        assert_eq!(generic(&Profile::new("Coffee Inc")), 0b1_1100_0000);
        assert_eq!(generic(&Profile::new("Coffee")), 0);
        assert_eq!(generic(&Profile::new("烤肉")), 0);
        assert_eq!(generic(&Profile::new("雪碧")), 0);
        assert_eq!(View::of(&Profile::new("武汉百度")).generic, 0b0011);
    }

    #[test]
    fn the_part_beside_generic_words_is_read_back_as_a_name_of_its_own() {
        for (name, part) in [
            ("雪碧饮料", Some("雪碧")),
            ("武汉雪碧", Some("雪碧")),
            ("雪碧", None),
            ("ADIDAS运动鞋", Some("adidas")),
        ] {
            let profile = Profile::new(name);
            let mut view = View::EMPTY;
            view.read(signed(&profile, essence(&profile).as_ref()).into_iter());
            assert_eq!(view.units(), profile.units.as_slice());
            let read: Option<String> = view.essence().map(|view| view.units().iter().collect());
            assert_eq!(read.as_deref(), part, "{name}");
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn what_is_packed_is_read_back(name in any::<String>()) {
            let profile = Profile::new(&name);
            let view = View::of(&profile);
            prop_assert_eq!(view.units(), profile.units.as_slice());
        }

        #[test]
        fn any_integers_are_read_as_some_name(parts in proptest::collection::vec(any::<u64>(), 0..40)) {
            let mut view = View::EMPTY;
            view.read(parts.into_iter());
            prop_assert!(view.units().len() <= COMPARED_CHARS);
            prop_assert!(view.essence().is_none_or(|part| part.units().len() <= view.units().len()));
        }
    }
}
