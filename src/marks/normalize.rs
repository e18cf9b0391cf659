//! The normal form of a name: what is left when type, case, accents, spaces and punctuation are taken away.

use std::{borrow::Cow, ops::Range};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

use crate::tables::simplify;

/// Raised whenever [`normalize`] or the tokens derived from it change, so that an index built by an older
/// normaliser is recognised and rebuilt instead of silently missing names.
pub const NORMALIZER_VERSION: u32 = 3;

/// Writing of a name, which decides the rules it is compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Script {
    /// Han characters or kana, perhaps with digits: compared character by character, by form and by sound.
    Han,
    /// Latin letters and digits: compared as spelling.
    Latin,
    /// Han characters together with letters, such as `V仔`.
    Mixed,
    /// Any other alphabet, and the empty name: compared as spelling.
    Other,
}

/// A name beside its normal form; the original is kept for display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormalName {
    /// The name as it was given.
    pub original: String,
    /// Normal form of each word, in order; words end at spaces and punctuation.
    pub words: Vec<String>,
    /// All words joined, which is what names are compared by.
    pub form: String,
    /// Writing of the normal form.
    pub script: Script,
}

/// Brings a name into its normal form: compatibility composition (NFKC), case folding, no combining marks, simplified
/// characters for traditional ones, Latin letters for those of other alphabets that are drawn like them (Unicode TR39), no
/// spaces or punctuation. Never fails; a name of nothing but punctuation has the empty form and is similar to nothing.
///
/// ```
/// let name = zhengming_marks::normalize("Ｈäagen-Dazs®");
/// assert_eq!(name.form, "haagendazs");
/// assert_eq!(name.words, ["haagen", "dazs"]);
/// ```
pub fn normalize(name: &str) -> NormalName {
    let folded = fold(&as_typed(name));
    let words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(latinised)
        .collect();
    let form = words.concat();
    let script = script_of(&form);
    NormalName {
        original: name.to_owned(),
        words,
        form,
        script,
    }
}

/// Where each character of the normal form stands in the name as it was given, in bytes, with the accents upon it. Empty where that
/// cannot be said: a few alphabets join letters that are typed one by one.
///
/// ```
/// let typed = "Häagen-Dazs";
/// let places = zhengming_marks::places(typed);
/// assert_eq!(&typed[places[1].clone()], "ä");
/// assert_eq!(&typed[places[6].clone()], "D");
/// ```
pub fn places(name: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut characters = name.char_indices().peekable();
    while let Some((start, first)) = characters.next() {
        let mut end = start + first.len_utf8();
        while let Some((at, accent)) = characters.next_if(|(_, c)| is_combining_mark(*c)) {
            end = at + accent.len_utf8();
        }
        let folded = name.get(start..end).map(fold).unwrap_or_default();
        let units = folded.chars().filter(|c| c.is_alphanumeric()).count();
        places.extend(std::iter::repeat_n(start..end, units));
    }
    if places.len() != normalize(name).form.chars().count() {
        places.clear();
    }
    places
}

/// True for Han characters of any block, and for the iteration zero `〇`.
pub fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}

/// True for what is read character by character rather than spelled.
pub(crate) fn is_character(c: char) -> bool {
    is_han(c) || is_kana(c)
}

/// Kana are read syllable by syllable, so they are compared by the rules for Han characters.
fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}')
}

fn script_of(form: &str) -> Script {
    let mut han = false;
    let mut latin = false;
    let mut other = false;
    for c in form.chars() {
        if is_character(c) {
            han = true;
        } else if c.is_ascii_alphabetic() {
            latin = true;
        } else if !c.is_ascii_digit() {
            other = true;
        }
    }
    match (han, latin, other) {
        (true, false, false) => Script::Han,
        (true, _, _) => Script::Mixed,
        (false, _, true) => Script::Other,
        (false, true, false) => Script::Latin,
        // Digits alone (`555`, `7-11`) are spelled like letters.
        (false, false, false) if form.is_empty() => Script::Other,
        (false, false, false) => Script::Latin,
    }
}

/// Compatibility form, case, accents and traditional forms. `ß` becomes `ss` and a final sigma a sigma because letters go
/// through upper case.
fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let plain = name.nfkd().filter(|c| !is_stripped_mark(*c));
    let lower: String = plain
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect();
    let lower = lower.nfkd().filter(|c| !is_stripped_mark(*c)).nfkc();
    lower.map(simplify).collect()
}

/// Small letters with the look of capitals, and what they stand for.
const SMALL_CAPITALS: (&str, &str) = ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz");

/// The name with its words in Latin letters where all their letters are drawn like such, before case is taken away: the Greek
/// `Ν` is an N, and its small letter a v.
fn as_typed(name: &str) -> Cow<'_, str> {
    if !name.chars().any(is_foreign) {
        return Cow::Borrowed(name);
    }
    let mut typed = String::with_capacity(name.len());
    let mut word = String::new();
    for c in name.nfkc() {
        if c.is_alphanumeric() {
            word.push(c);
        } else {
            typed.push_str(&latinised(&word));
            word.clear();
            typed.push(c);
        }
    }
    typed.push_str(&latinised(&word));
    Cow::Owned(typed)
}

/// The word in Latin letters, if every other letter in it is drawn like one: `аdidas` with a Cyrillic а, `РUМА` with three such
/// letters. A word with letters of its own alphabet stays what it is.
fn latinised(word: &str) -> String {
    if !word.chars().any(is_foreign) {
        return word.to_owned();
    }
    word.chars()
        .map(drawn)
        .collect::<Option<String>>()
        .unwrap_or_else(|| word.to_owned())
}

/// Letters of other alphabets, and of Latin ones with more letters than English has.
fn is_foreign(c: char) -> bool {
    !c.is_ascii() && !is_character(c) && !is_combining_mark(c)
}

/// The letter, or the small Latin letter that it is drawn like: as it is typed, else in the other case, since many a capital looks
/// Latin where its small letter does not (К and к).
fn drawn(c: char) -> Option<char> {
    if !is_foreign(c) {
        return Some(c);
    }
    like_latin(c).or_else(|| {
        let other = if c.is_uppercase() {
            single(c.to_lowercase())
        } else {
            single(c.to_uppercase())
        };
        other.and_then(like_latin)
    })
}

/// The Latin letter or digit that a letter looks like.
fn like_latin(c: char) -> Option<char> {
    let (capitals, letters) = SMALL_CAPITALS;
    if let Some((_, letter)) = capitals.chars().zip(letters.chars()).find(|(capital, _)| *capital == c) {
        return Some(letter);
    }
    let form = String::from(c);
    let like = single(skeleton(&form)).filter(char::is_ascii_alphanumeric)?;
    // TR39 draws every capital I as a small l.
    let is_capital_i = c.is_uppercase() && like == 'l';
    Some(if is_capital_i { 'i' } else { like.to_ascii_lowercase() })
}

/// The one character that there is, if no other follows.
fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    characters.next().filter(|_| characters.next().is_none())
}

/// Accents go; the voicing marks of kana stay, since they make another syllable.
fn is_stripped_mark(c: char) -> bool {
    is_combining_mark(c) && !matches!(c, '\u{3099}' | '\u{309A}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn width_case_accents_and_punctuation_do_not_matter() {
        for name in ["ＡＤＩＤＡＳ", "adidas", "A-D-I-D-A-S", " Ádïdas® ", "adi das"] {
            assert_eq!(normalize(name).form, "adidas", "{name}");
        }
        assert_eq!(normalize("Straße").form, "strasse");
        assert_eq!(normalize("İpek ıŞık").form, "ipekisik");
        assert_eq!(normalize("娃哈哈·AD钙奶").form, "娃哈哈ad钙奶");
    }

    #[test]
    fn the_original_and_the_words_are_kept() {
        let name = normalize("Rust-Buster 2");
        assert_eq!(name.original, "Rust-Buster 2");
        assert_eq!(name.words, ["rust", "buster", "2"]);
    }

    #[test]
    fn the_script_is_that_of_the_letters() {
        assert_eq!(normalize("康师傅").script, Script::Han);
        assert_eq!(normalize("999感冒灵").script, Script::Han);
        assert_eq!(normalize("カルビー").script, Script::Han);
        assert_eq!(normalize("NIKE").script, Script::Latin);
        assert_eq!(normalize("7-11").script, Script::Latin);
        assert_eq!(normalize("V仔").script, Script::Mixed);
        assert_eq!(normalize("Пиво").script, Script::Other);
        assert_eq!(normalize("※！").script, Script::Other);
    }

    #[test]
    fn traditional_forms_and_borrowed_letters_do_not_matter() {
        assert_eq!(normalize("國際康師傅").form, "国际康师傅");
        assert_eq!(normalize("аdidаs").form, "adidas");
        assert_eq!(normalize("αdidas").form, "adidas");
        assert_eq!(normalize("Пиво").form, "пиво");
    }

    #[test]
    fn capitals_of_other_alphabets_are_read_as_they_are_drawn() {
        for (typed, read) in [
            ("РUМА", "puma"),
            ("NІКЕ", "nike"),
            ("ΝΙΚΕ", "nike"),
            ("SАМSUNG 三星", "samsung三星"),
            ("ɴɪᴋᴇ", "nike"),
        ] {
            assert_eq!(normalize(typed).form, read, "{typed}");
        }
        // In either case the same, as any name is.
        assert_eq!(normalize("НЕВА").form, normalize("Нева").form);
        assert_eq!(normalize("Straße ÉLAN İpek").form, "strasseelanipek");
    }

    #[test]
    fn each_character_is_found_where_it_was_typed() {
        let typed =
            |name: &str| -> Vec<String> { places(name).into_iter().map(|place| name[place].to_owned()).collect() };
        assert_eq!(typed("KFC"), ["K", "F", "C"]);
        assert_eq!(typed("A-D 钙"), ["A", "D", "钙"]);
        assert_eq!(typed("ＮＩＫＥ®"), ["Ｎ", "Ｉ", "Ｋ", "Ｅ"]);
        assert_eq!(typed("國際"), ["國", "際"]);
        assert_eq!(typed("Stra\u{DF}e"), ["S", "t", "r", "a", "\u{DF}", "\u{DF}", "e"]);
        assert_eq!(typed("e\u{301}a"), ["e\u{301}", "a"]);
        assert!(typed("!!!").is_empty() && typed("").is_empty());
    }

    #[test]
    fn voiced_kana_stay_apart() {
        assert_ne!(normalize("ガ").form, normalize("カ").form);
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own_normal_form(name in any::<String>()) {
            let once = normalize(&name);
            prop_assert_eq!(&normalize(&once.form).form, &once.form);
        }

        #[test]
        fn places_lie_in_the_name_in_their_order(name in any::<String>()) {
            let places = places(&name);
            prop_assert!(places.is_empty() || places.len() == normalize(&name).form.chars().count());
            prop_assert!(places.iter().all(|place| name.get(place.clone()).is_some()));
            prop_assert!(places.is_sorted_by_key(|place| place.start));
        }
    }
}
