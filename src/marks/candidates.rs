//! Which names are worth comparing: each name is broken into tokens on several channels, and a query reads the channels
//! that can lead from its writing to a similar name. The channels stay apart, since one sum over all of them would let
//! the common tokens of one drown the rare tokens of another.

use crate::{
    profile::{COMPARED_CHARS, Profile},
    sound::Syllable,
};

/// One way of finding a similar name; each is a field of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Channel {
    /// The whole normal form.
    Exact,
    /// Characters and pairs of characters of a Han name.
    Characters,
    /// Syllables and pairs of syllables of a Han name.
    Pinyin,
    /// The same, with merged sounds folded.
    FuzzyPinyin,
    /// Pairs and triples of letters of a name in letters.
    Letters,
    /// The same, with look-alike letters folded.
    LetterShapes,
    /// Consonants of a name in letters.
    Consonants,
    /// Triples of letters of the pinyin of a Han name.
    SpelledPinyin,
    /// Consonants of the pinyin of a Han name.
    SpelledConsonants,
}

/// Tokens of one channel.
pub(crate) type Tokens = (Channel, Vec<String>);

impl Channel {
    pub(crate) const ALL: [Self; 9] = [
        Self::Exact,
        Self::Characters,
        Self::Pinyin,
        Self::FuzzyPinyin,
        Self::Letters,
        Self::LetterShapes,
        Self::Consonants,
        Self::SpelledPinyin,
        Self::SpelledConsonants,
    ];

    /// Name of the index field.
    pub(crate) fn field_name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Characters => "characters",
            Self::Pinyin => "pinyin",
            Self::FuzzyPinyin => "fuzzy_pinyin",
            Self::Letters => "letters",
            Self::LetterShapes => "letter_shapes",
            Self::Consonants => "consonants",
            Self::SpelledPinyin => "spelled_pinyin",
            Self::SpelledConsonants => "spelled_consonants",
        }
    }
}

/// Tokens under which a name is stored.
pub(crate) fn stored_tokens(name: &Profile) -> Vec<Tokens> {
    if name.is_han() {
        let mut tokens = han_tokens(name);
        tokens.push((Channel::SpelledPinyin, spelled_grams(name)));
        tokens.push((Channel::SpelledConsonants, consonant_grams(name)));
        tokens
    } else {
        letter_tokens(name)
    }
}

/// Tokens that a query looks for: those of its own writing, and its spelling among the names in the other.
pub(crate) fn sought_tokens(query: &Profile) -> Vec<Tokens> {
    if query.is_han() {
        let mut tokens = han_tokens(query);
        let spelled: Vec<char> = query.spellings.first().cloned().unwrap_or_default();
        tokens.push((Channel::Letters, distinct(letter_grams(&spelled))));
        tokens.push((Channel::Consonants, consonant_grams(query)));
        tokens
    } else {
        let mut tokens = letter_tokens(query);
        tokens.push((Channel::SpelledPinyin, spelled_grams(query)));
        tokens.push((Channel::SpelledConsonants, consonant_grams(query)));
        tokens
    }
}

fn exact(name: &Profile) -> Tokens {
    let start: String = name.name.form.chars().take(COMPARED_CHARS).collect();
    (Channel::Exact, vec![start])
}

fn han_tokens(name: &Profile) -> Vec<Tokens> {
    let forms: Vec<Vec<String>> = name.units.iter().map(|unit| vec![unit.form.to_string()]).collect();
    let sounds = |key: fn(Syllable) -> String| -> Vec<Vec<String>> {
        name.units
            .iter()
            .map(|unit| match unit.readings.as_slice() {
                [] => vec![unit.form.to_string()],
                readings => distinct(readings.iter().map(|reading| key(*reading)).collect()),
            })
            .collect()
    };
    vec![
        exact(name),
        (Channel::Characters, unit_grams(&forms)),
        (Channel::Pinyin, unit_grams(&sounds(Syllable::spelled))),
        (Channel::FuzzyPinyin, unit_grams(&sounds(|s| s.fuzzy_key()))),
    ]
}

fn letter_tokens(name: &Profile) -> Vec<Tokens> {
    let shape: Vec<char> = name.shape_key.chars().collect();
    vec![
        exact(name),
        (Channel::Letters, distinct(letter_grams(&name.forms()))),
        (Channel::LetterShapes, distinct(letter_grams(&shape))),
        (Channel::Consonants, consonant_grams(name)),
    ]
}

/// Units, neighbouring pairs and the two ends, over all choices of each unit.
fn unit_grams(units: &[Vec<String>]) -> Vec<String> {
    let mut tokens: Vec<String> = units.iter().flatten().cloned().collect();
    for pair in units.windows(2) {
        for first in &pair[0] {
            tokens.extend(pair[1].iter().map(|second| format!("{first}_{second}")));
        }
    }
    if let (Some(first), Some(last)) = (units.first(), units.last()) {
        tokens.extend(first.iter().map(|unit| format!("^{unit}")));
        tokens.extend(last.iter().map(|unit| format!("{unit}$")));
    }
    distinct(tokens)
}

/// Pairs and triples of letters; the ends of the name count as letters.
fn letter_grams(letters: &[char]) -> Vec<String> {
    let mut tokens = grams(letters, 2);
    tokens.extend(grams(letters, 3));
    tokens
}

fn grams(letters: &[char], size: usize) -> Vec<String> {
    if letters.is_empty() {
        return Vec::new();
    }
    let bounded: Vec<char> = std::iter::once('^')
        .chain(letters.iter().copied())
        .chain(std::iter::once('$'))
        .collect();
    bounded.windows(size).map(|gram| gram.iter().collect()).collect()
}

/// Triples of letters of every spelling.
fn spelled_grams(name: &Profile) -> Vec<String> {
    distinct(name.spellings.iter().flat_map(|spelling| grams(spelling, 3)).collect())
}

/// Pairs and triples of consonants, and all of them as one token.
fn consonant_grams(name: &Profile) -> Vec<String> {
    let consonants: Vec<char> = name.skeleton.chars().collect();
    if consonants.is_empty() {
        return Vec::new();
    }
    let mut tokens = letter_grams(&consonants);
    tokens.push(format!("={}", name.skeleton));
    distinct(tokens)
}

fn distinct(mut tokens: Vec<String>) -> Vec<String> {
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens_of(tokens: &[Tokens], channel: Channel) -> Vec<String> {
        tokens
            .iter()
            .filter(|(of, _)| *of == channel)
            .flat_map(|(_, tokens)| tokens.clone())
            .collect()
    }

    #[test]
    fn a_han_name_is_stored_by_character_and_by_every_sound() {
        let stored = stored_tokens(&Profile::new("百乐"));
        assert_eq!(
            tokens_of(&stored, Channel::Characters),
            ["^百", "乐", "乐$", "百", "百_乐"]
        );
        let pinyin = tokens_of(&stored, Channel::Pinyin);
        assert!(pinyin.contains(&"bai_le".to_owned()) && pinyin.contains(&"bai_yue".to_owned()));
        assert!(tokens_of(&stored, Channel::SpelledPinyin).contains(&"ail".to_owned()));
        assert!(tokens_of(&stored, Channel::Letters).is_empty());
    }

    #[test]
    fn a_query_meets_its_mark_in_the_other_writing() {
        let meets = |query: &str, mark: &str, channel: Channel| {
            let stored = tokens_of(&stored_tokens(&Profile::new(mark)), channel);
            let sought = tokens_of(&sought_tokens(&Profile::new(query)), channel);
            sought.iter().any(|token| stored.contains(token))
        };
        assert!(meets("naike", "耐克", Channel::SpelledPinyin));
        assert!(meets("NIKE", "耐克", Channel::SpelledConsonants));
        assert!(meets("耐克", "NIKE", Channel::Consonants));
        assert!(meets("nlke", "NIKE", Channel::LetterShapes));
        assert!(meets("赖克", "耐克", Channel::FuzzyPinyin));
    }

    proptest! {
        #[test]
        fn no_token_is_empty_or_holds_a_space(name in any::<String>()) {
            let name = Profile::new(&name);
            prop_assume!(!name.is_empty());
            for (_, tokens) in stored_tokens(&name).into_iter().chain(sought_tokens(&name)) {
                for token in tokens {
                    prop_assert!(!token.is_empty() && !token.contains(char::is_whitespace));
                }
            }
        }
    }
}
