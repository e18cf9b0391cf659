//! References to an article: `samr-121#15`, its second paragraph `samr-121#15.2`, an item of that `samr-121#15.2(1)`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An article (条) of an instrument, with the paragraph (款) after a point and the item (项) in brackets where they are
/// cited; a second bracket is a point of the item (目).
///
/// Which one is meant must be said: "article 23 (2)" is the second paragraph of one article and the second item of another,
/// and a decision that cites the wrong one is open to attack.
///
/// The form is checked here; whether the instrument exists is checked by [`super::law::Law::cited`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LawRef {
    text: String,
    /// Byte position of the `#`.
    hash: usize,
}

/// The text is not of the form `key#article`, `key#article.paragraph` or `key#article.paragraph(item)`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not a law reference: write key#article, for example samr-121#15, samr-121#15.2 for its second paragraph, \
     samr-121#15.2(1) for the first item there"
)]
pub struct MalformedLawRef(pub String);

impl LawRef {
    /// Key of the instrument.
    #[must_use]
    pub fn instrument(&self) -> &str {
        self.text.get(..self.hash).unwrap_or_default()
    }

    /// Article with paragraph and items, for example `23.1(6)`.
    #[must_use]
    pub fn place(&self) -> &str {
        self.text.get(self.hash + 1..).unwrap_or_default()
    }

    /// Article number alone, for example `23`, or `10-1` for 第十条之一.
    #[must_use]
    pub fn article(&self) -> &str {
        article_of(self.place())
    }

    /// Numbers of the paragraph (款) and of the item (项), where they are cited.
    pub(super) fn below(&self) -> (Option<usize>, Option<u32>) {
        let (_, paragraph, mut items) = parts(self.place());
        let paragraph = paragraph.and_then(|number| number.parse().ok());
        let item = items.next().and_then(|number| number.parse().ok());
        (paragraph, item)
    }

    /// The place as a Chinese text cites it: 第二十三条第一款第六项.
    #[must_use]
    pub fn chinese(&self) -> String {
        let (article, paragraph, items) = parts(self.place());
        let (number, inserted) = article.split_once('-').unwrap_or((article, ""));
        let mut text = format!("第{}条", numeral(number));
        if !inserted.is_empty() {
            text.extend(["之", &numeral(inserted)]);
        }
        let below = paragraph.map(|number| (number, "款")).into_iter();
        for (number, name) in below.chain(items.zip(["项", "目"])) {
            text.extend(["第", &numeral(number), name]);
        }
        text
    }

    /// The place as an English text cites it: art. 23 para. 1 (6).
    #[must_use]
    pub fn english(&self) -> String {
        let (article, paragraph, items) = parts(self.place());
        let paragraph = paragraph.map(|number| format!(" para. {number}")).unwrap_or_default();
        let items: String = items.map(|number| format!(" ({number})")).collect();
        format!("art. {article}{paragraph}{items}")
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

fn article_of(place: &str) -> &str {
    place.split_once(['.', '(']).map_or(place, |(article, _)| article)
}

/// Article, paragraph, items of a place.
fn parts(place: &str) -> (&str, Option<&str>, impl Iterator<Item = &str>) {
    let article = article_of(place);
    let (head, items) = place.find('(').map_or((place, ""), |open| place.split_at(open));
    let paragraph = head.get(article.len()..).and_then(|rest| rest.strip_prefix('.'));
    let items = items.split(['(', ')']).filter(|item| !item.is_empty());
    (article, paragraph, items)
}

/// A number of up to four digits as Chinese texts write it: 十, 二十三, 一百零五.
fn numeral(number: &str) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    const UNITS: [&str; 4] = ["", "十", "百", "千"];
    let mut text = String::new();
    let mut gap = false;
    for (at, digit) in number.chars().enumerate() {
        let unit = number.len() - 1 - at;
        let value = digit.to_digit(10).and_then(|value| usize::try_from(value).ok());
        let (Some(value), Some(name)) = (value, UNITS.get(unit)) else {
            return number.to_owned();
        };
        if value == 0 {
            gap = true;
            continue;
        }
        if gap {
            text.push('零');
            gap = false;
        }
        // 十 to 十九 without 一 before it.
        if !(at == 0 && unit == 1 && value == 1) {
            text.push_str(DIGITS.get(value).copied().unwrap_or_default());
        }
        text.push_str(name);
    }
    text
}

fn is_place(text: &str) -> bool {
    let (head, mut rest) = text.find('(').map_or((text, ""), |open| text.split_at(open));
    for _ in 0..2 {
        let Some((number, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) else {
            break;
        };
        if !is_number(number) {
            return false;
        }
        rest = after;
    }
    let (article, paragraph) = head.split_once('.').unwrap_or((head, "1"));
    rest.is_empty() && is_article(article) && is_number(paragraph)
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
        let law_ref: LawRef = "samr-121#23.1(6)".parse().unwrap();
        assert_eq!(
            (law_ref.instrument(), law_ref.article(), law_ref.place()),
            ("samr-121", "23", "23.1(6)")
        );
        assert_eq!(law_ref.to_string(), "samr-121#23.1(6)");
        let law_ref: LawRef = "criminal-law#120-1".parse().unwrap();
        assert_eq!((law_ref.article(), law_ref.place()), ("120-1", "120-1"));
    }

    #[test]
    fn places_are_cited_as_each_language_does() {
        let cited = |place: &str| {
            let law_ref: LawRef = format!("samr-121#{place}").parse().unwrap();
            (law_ref.chinese(), law_ref.english())
        };
        let both = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        assert_eq!(cited("9"), both("第九条", "art. 9"));
        assert_eq!(cited("10"), both("第十条", "art. 10"));
        assert_eq!(cited("12.3"), both("第十二条第三款", "art. 12 para. 3"));
        assert_eq!(cited("21(2)"), both("第二十一条第二项", "art. 21 (2)"));
        assert_eq!(
            cited("110.1(10)(2)"),
            both("第一百一十条第一款第十项第二目", "art. 110 para. 1 (10) (2)")
        );
        assert_eq!(cited("120-1"), both("第一百二十条之一", "art. 120-1"));
        assert_eq!(cited("105"), both("第一百零五条", "art. 105"));
        assert_eq!(cited("1260"), both("第一千二百六十条", "art. 1260"));
        assert_eq!(cited("1005"), both("第一千零五条", "art. 1005"));
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
            "samr-121#15.",
            "samr-121#15.0",
            "samr-121#15.1.2",
            "samr-121#15(1).2",
            "samr-121#15(1)(2)(3)",
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
