//! References to an article: `samr-121#15`, `samr-121#23(1)(6)`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An article of an instrument, with paragraphs and items in brackets where they are cited.
///
/// The form is checked here; whether the instrument exists is checked by [`super::law::Law::cited`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LawRef {
    text: String,
    /// Byte position of the `#`.
    hash: usize,
}

/// The text is not of the form `key#article` or `key#article(paragraph)(item)`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a law reference: write key#article, for example samr-121#15 or samr-121#23(1)(6)")]
pub struct MalformedLawRef(pub String);

impl LawRef {
    /// Key of the instrument.
    #[must_use]
    pub fn instrument(&self) -> &str {
        self.text.get(..self.hash).unwrap_or_default()
    }

    /// Article with its paragraphs, for example `23(1)(6)`.
    #[must_use]
    pub fn place(&self) -> &str {
        self.text.get(self.hash + 1..).unwrap_or_default()
    }

    /// Article number alone, for example `23`, or `10-1` for 第十条之一.
    #[must_use]
    pub fn article(&self) -> &str {
        let place = self.place();
        place.split_once('(').map_or(place, |(article, _)| article)
    }

    /// The whole reference as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Whether a text can be the key of an instrument: lower-case words, digits and hyphens, starting with a letter.
pub(super) fn is_key(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Whether a text is an article number: `15`, or `10-1` for 第十条之一.
pub(super) fn is_article(text: &str) -> bool {
    text.splitn(2, '-').all(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= 4 && !text.starts_with('0') && text.chars().all(|c| c.is_ascii_digit())
}

fn is_place(text: &str) -> bool {
    let (article, mut rest) = text.find('(').map_or((text, ""), |open| text.split_at(open));
    while let Some((number, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
        if !is_number(number) {
            return false;
        }
        rest = after;
    }
    rest.is_empty() && is_article(article)
}

impl FromStr for LawRef {
    type Err = MalformedLawRef;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('#') {
            Some((key, place)) if is_key(key) && is_place(place) => Ok(Self {
                text: text.to_owned(),
                hash: key.len(),
            }),
            _ => Err(MalformedLawRef(text.to_owned())),
        }
    }
}

impl fmt::Display for LawRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for LawRef {
    type Error = MalformedLawRef;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<LawRef> for String {
    fn from(law_ref: LawRef) -> Self {
        law_ref.text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::samples::cases;

    #[test]
    fn a_reference_is_taken_apart() {
        let law_ref: LawRef = "samr-121#23(1)(6)".parse().unwrap();
        assert_eq!(
            (law_ref.instrument(), law_ref.article(), law_ref.place()),
            ("samr-121", "23", "23(1)(6)")
        );
        assert_eq!(law_ref.to_string(), "samr-121#23(1)(6)");
        let law_ref: LawRef = "criminal-law#120-1".parse().unwrap();
        assert_eq!((law_ref.article(), law_ref.place()), ("120-1", "120-1"));
    }

    #[test]
    fn what_is_not_a_reference_is_refused() {
        let malformed = [
            "",
            "samr-121",
            "#15",
            "samr-121#",
            "samr-121#x",
            "samr-121#15(",
            "samr-121#15()",
            "samr-121#15(1",
            "samr-121#15)1(",
            "samr-121#15 (1)",
            "Samr#1",
            "samr-#1",
            "samr-121#015",
            "samr-121#15#1",
            "samr-121#15(1)x",
            "samr-121#1-",
            "samr 121#1",
        ];
        for text in malformed {
            assert_eq!(text.parse::<LawRef>(), Err(MalformedLawRef(text.to_owned())), "{text}");
        }
    }

    proptest! {
    #![proptest_config(cases(256))]

        #[test]
        fn no_text_panics_and_what_is_read_is_written_back(text in "[a-z0-9#()-]{0,12}|.*") {
            if let Ok(law_ref) = text.parse::<LawRef>() {
                prop_assert_eq!(law_ref.as_str(), &text);
                prop_assert_eq!(format!("{}#{}", law_ref.instrument(), law_ref.place()), text);
            }
        }
    }
}
