//! Why two names are alike, in a form that programs read and the portal translates.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::sound::FuzzyClass;

/// How close a match is. The order is that of concern: `Identical` first.
///
/// A band is an aid to triage, never a legal finding: whether marks are confusingly similar also depends on the goods,
/// the fame of the earlier mark and the public's attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// The same normal form, or an alias's: score 1.
    Identical,
    /// Score of [`Band::HIGH`] and above.
    High,
    /// Score of [`Band::MEDIUM`] and above.
    Medium,
    /// Anything lower that is still reported.
    Low,
}

impl Band {
    /// Least score of the band high.
    pub const HIGH: f64 = 0.8;
    /// Least score of the band medium.
    pub const MEDIUM: f64 = 0.6;

    /// The band of a score between 0 and 1. Only 1 itself is identical.
    pub fn of(score: f64) -> Self {
        if score >= 1.0 {
            Self::Identical
        } else if score >= Self::HIGH {
            Self::High
        } else if score >= Self::MEDIUM {
            Self::Medium
        } else {
            Self::Low
        }
    }

    /// The band's code, as serialised.
    pub fn code(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// One respect in which a name resembles a mark. Written and serialised as a code, with its particulars in brackets:
/// `same_pinyin`, `fuzzy_pinyin(l/n)`, `look_alike_letters(0/o)`, `alias(耐克)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The normal forms are the same.
    Identical,
    /// The comparison was won by this further name of the mark, as registered.
    Alias(String),
    /// Character by character the same syllables.
    SamePinyin,
    /// The same but for sounds that many speakers merge; one reason for each pair of sounds.
    FuzzyPinyin(FuzzyClass),
    /// One is the pinyin of the other.
    PinyinOf,
    /// The whole mark stands in the name.
    ContainsMark,
    /// The whole name stands in the mark.
    ContainedInMark,
    /// The same characters or words in another order.
    Reordered,
    /// The same but for characters or letters repeated, or the whole.
    Doubled,
    /// A character that looks like the mark's stands in its place.
    LookAlike {
        /// The name's character.
        query: char,
        /// The mark's.
        mark: char,
        /// How like they are, in hundredths.
        likeness: u8,
    },
    /// The same characters but for a component that one of them has more: 亻 of 佰 beside 百.
    ComponentAdded(char),
    /// The name writes a character of the mark as the two that it is made of: 女子 for 好.
    Parted(char),
    /// Beyond the mark the name has only words that many names have, such as 烤肉 or 集团.
    GenericTail(String),
    /// The one is how the other sounds when it is carried into the other writing.
    Transliteration,
    /// Letters that look alike stand for each other; one reason for each pair.
    LookAlikeLetters(String),
    /// The same consonants in the same order, such as `nk` of `nike` and `naike`.
    Skeleton(String),
    /// This many characters or letters were inserted, removed, replaced or swapped with their neighbour.
    EditDistance(u32),
}

impl Reason {
    /// The reason's code without particulars, which is the key of its text.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Alias(_) => "alias",
            Self::SamePinyin => "same_pinyin",
            Self::FuzzyPinyin(_) => "fuzzy_pinyin",
            Self::PinyinOf => "pinyin_of",
            Self::ContainsMark => "contains_mark",
            Self::ContainedInMark => "contained_in_mark",
            Self::Reordered => "reordered",
            Self::Doubled => "doubled",
            Self::LookAlike { .. } => "look_alike",
            Self::ComponentAdded(_) => "component_added",
            Self::Parted(_) => "parted",
            Self::GenericTail(_) => "generic_tail",
            Self::Transliteration => "transliteration",
            Self::LookAlikeLetters(_) => "look_alike_letters",
            Self::Skeleton(_) => "skeleton",
            Self::EditDistance(_) => "edit_distance",
        }
    }
}

/// In what two marks can be alike, as the guide of the trademark office has it (形, 音, 义, 整体).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// How they look, 形.
    Form,
    /// How they sound, 音.
    Sound,
    /// What they mean, 义.
    Meaning,
    /// The whole impression, 整体.
    Whole,
}

impl Aspect {
    /// All, in the order in which the guide names them.
    pub const ALL: [Self; 4] = [Self::Form, Self::Sound, Self::Meaning, Self::Whole];

    /// The aspect of a reason as it is written and kept, such as `look_alike(帅~师 .87)`; the whole for a code that no reason has.
    #[must_use]
    pub fn of_written(reason: &str) -> Self {
        let code = reason.split_once('(').map_or(reason, |(code, _)| code);
        match code {
            "look_alike" | "component_added" | "parted" | "look_alike_letters" => Self::Form,
            "same_pinyin" | "fuzzy_pinyin" | "pinyin_of" | "transliteration" | "skeleton" => Self::Sound,
            "alias" => Self::Meaning,
            _ => Self::Whole,
        }
    }
}

impl Reason {
    /// The aspect that the reason belongs to.
    pub fn aspect(&self) -> Aspect {
        match self {
            Self::LookAlike { .. } | Self::ComponentAdded(_) | Self::Parted(_) | Self::LookAlikeLetters(_) => {
                Aspect::Form
            }
            Self::SamePinyin | Self::FuzzyPinyin(_) | Self::PinyinOf | Self::Transliteration | Self::Skeleton(_) => {
                Aspect::Sound
            }
            Self::Alias(_) => Aspect::Meaning,
            Self::Identical
            | Self::ContainsMark
            | Self::ContainedInMark
            | Self::Reordered
            | Self::Doubled
            | Self::GenericTail(_)
            | Self::EditDistance(_) => Aspect::Whole,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code();
        match self {
            Self::LookAlike { query, mark, likeness } => {
                write!(f, "{code}({query}~{mark} .{likeness:02})")
            }
            Self::ComponentAdded(c) | Self::Parted(c) => write!(f, "{code}({c})"),
            Self::Alias(detail)
            | Self::GenericTail(detail)
            | Self::LookAlikeLetters(detail)
            | Self::Skeleton(detail) => {
                write!(f, "{code}({detail})")
            }
            Self::FuzzyPinyin(class) => write!(f, "{code}({class})"),
            Self::EditDistance(count) => write!(f, "{code}({count})"),
            _ => f.write_str(code),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_written_as_codes_with_particulars() {
        let written: Vec<String> = [
            Reason::SamePinyin,
            Reason::FuzzyPinyin(FuzzyClass::LN),
            Reason::EditDistance(1),
            Reason::LookAlikeLetters("0/o".to_owned()),
            Reason::Alias("耐克".to_owned()),
            Reason::LookAlike {
                query: '帅',
                mark: '师',
                likeness: 87,
            },
            Reason::ComponentAdded('亻'),
        ]
        .iter()
        .map(Reason::to_string)
        .collect();
        assert_eq!(
            written,
            [
                "same_pinyin",
                "fuzzy_pinyin(l/n)",
                "edit_distance(1)",
                "look_alike_letters(0/o)",
                "alias(耐克)",
                "look_alike(帅~师 .87)",
                "component_added(亻)"
            ]
        );
        assert_eq!(
            serde_json::to_string(&Reason::FuzzyPinyin(FuzzyClass::ZhZ)).unwrap(),
            r#""fuzzy_pinyin(zh/z)""#
        );
    }

    #[test]
    fn a_written_reason_is_of_the_same_aspect() {
        let detail = || "x".to_owned();
        for reason in [
            Reason::Identical,
            Reason::Alias(detail()),
            Reason::SamePinyin,
            Reason::FuzzyPinyin(FuzzyClass::LN),
            Reason::PinyinOf,
            Reason::ContainsMark,
            Reason::ContainedInMark,
            Reason::Reordered,
            Reason::Doubled,
            Reason::LookAlike {
                query: '帅',
                mark: '师',
                likeness: 87,
            },
            Reason::ComponentAdded('亻'),
            Reason::Parted('好'),
            Reason::GenericTail(detail()),
            Reason::Transliteration,
            Reason::LookAlikeLetters(detail()),
            Reason::Skeleton(detail()),
            Reason::EditDistance(1),
        ] {
            assert_eq!(Aspect::of_written(&reason.to_string()), reason.aspect(), "{reason}");
        }
        assert_eq!(Aspect::of_written("of a later version"), Aspect::Whole);
        assert!(Aspect::ALL.is_sorted());
    }

    #[test]
    fn only_a_full_score_is_identical() {
        assert_eq!(Band::of(1.0), Band::Identical);
        assert_eq!(Band::of(0.999), Band::High);
        assert_eq!(Band::of(0.6), Band::Medium);
        assert_eq!(Band::of(0.0), Band::Low);
        assert_eq!(serde_json::to_string(&Band::High).unwrap(), r#""high""#);
    }
}
