//! Goods and services of marks and names: classes of the Nice Classification, and similar groups (类似群) of the office's table of
//! similar goods and services (类似商品和服务区分表), where a register or a person tells them. The table itself is not carried.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A similar group: four digits, of which the first two are its class, such as `2501`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SimilarGroup(u16);

/// The text is neither a class from 1 to 45 nor a group of four digits that begins with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write classes from 1 to 45 and similar groups of four digits, such as 25, 2501")]
pub struct GoodsError;

impl SimilarGroup {
    /// Its class, 1 to 45.
    pub fn class(self) -> u8 {
        // Two digits of four: below 100.
        u8::try_from(self.0 / 100).unwrap_or_default()
    }
}

impl FromStr for SimilarGroup {
    type Err = GoodsError;

    fn from_str(text: &str) -> Result<Self, GoodsError> {
        let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let code: u16 = text.parse().map_err(|_| GoodsError)?;
        let group = Self(code);
        let known = digits && (1..=45).contains(&group.class()) && !code.is_multiple_of(100);
        known.then_some(group).ok_or(GoodsError)
    }
}

impl fmt::Display for SimilarGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

impl TryFrom<String> for SimilarGroup {
    type Error = GoodsError;

    fn try_from(text: String) -> Result<Self, GoodsError> {
        text.parse()
    }
}

impl From<SimilarGroup> for String {
    fn from(group: SimilarGroup) -> Self {
        group.to_string()
    }
}

/// For what goods and services a mark is registered, or a name is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goods {
    classes: Vec<u8>,
    groups: Vec<SimilarGroup>,
}

impl Goods {
    /// Of these classes and groups; a group brings its class along.
    pub fn new(classes: &[u8], groups: &[SimilarGroup]) -> Self {
        let mut classes: Vec<u8> = classes
            .iter()
            .copied()
            .chain(groups.iter().map(|group| group.class()))
            .collect();
        classes.sort_unstable();
        classes.dedup();
        let mut groups = groups.to_vec();
        groups.sort_unstable();
        groups.dedup();
        Self { classes, groups }
    }

    /// Classes, in order.
    pub fn classes(&self) -> &[u8] {
        &self.classes
    }

    /// Similar groups, in order.
    pub fn groups(&self) -> &[SimilarGroup] {
        &self.groups
    }

    /// Whether nothing is known of them.
    pub fn is_unknown(&self) -> bool {
        self.classes.is_empty()
    }

    /// How near these goods are to others.
    pub fn nearness(&self, other: &Self) -> Nearness {
        if self.is_unknown() || other.is_unknown() {
            return Nearness::Unknown;
        }
        let groups: Vec<SimilarGroup> = self
            .groups
            .iter()
            .copied()
            .filter(|group| other.groups.contains(group))
            .collect();
        if !groups.is_empty() {
            return Nearness::SameGroup(groups);
        }
        let classes: Vec<u8> = self
            .classes
            .iter()
            .copied()
            .filter(|class| other.classes.contains(class))
            .collect();
        if classes.is_empty() {
            Nearness::Apart
        } else {
            Nearness::SameClass(classes)
        }
    }
}

/// Classes and groups as people write them: `25, 2501；35`.
impl FromStr for Goods {
    type Err = GoodsError;

    fn from_str(text: &str) -> Result<Self, GoodsError> {
        let (mut classes, mut groups) = (Vec::new(), Vec::new());
        let parts = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '，' | '；' | '、'));
        for part in parts.filter(|part| !part.is_empty()) {
            if part.len() <= 2 {
                let digits = part.bytes().all(|byte| byte.is_ascii_digit());
                let class = part.parse().ok().filter(|class| digits && (1..=45).contains(class));
                classes.push(class.ok_or(GoodsError)?);
            } else {
                groups.push(part.parse()?);
            }
        }
        Ok(Self::new(&classes, &groups))
    }
}

impl fmt::Display for Goods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alone = |class: &&u8| !self.groups.iter().any(|group| group.class() == **class);
        let classes = self.classes.iter().filter(alone).map(ToString::to_string);
        let all: Vec<String> = classes.chain(self.groups.iter().map(ToString::to_string)).collect();
        f.write_str(&all.join(", "))
    }
}

/// How near goods are to each other by what is known of them. Help for whoever decides: goods of one group are presumed similar,
/// others may be, by function, use, channels and buyers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nearness {
    /// They share similar groups.
    SameGroup(Vec<SimilarGroup>),
    /// They share classes, but no group that is known.
    SameClass(Vec<u8>),
    /// They share neither.
    Apart,
    /// Of one of the two nothing is known.
    Unknown,
}

impl Nearness {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SameGroup(_) => "same_group",
            Self::SameClass(_) => "same_class",
            Self::Apart => "apart",
            Self::Unknown => "unknown",
        }
    }

    /// The groups or, where none is shared, the classes that both have.
    pub fn shared(&self) -> Vec<String> {
        match self {
            Self::SameGroup(groups) => groups.iter().map(ToString::to_string).collect(),
            Self::SameClass(classes) => classes.iter().map(ToString::to_string).collect(),
            Self::Apart | Self::Unknown => Vec::new(),
        }
    }

    /// For a bar beside the aspects: 1 for a group, a half for a class alone, 0 for neither; none where nothing is known. The
    /// steps are this library's; the law knows similar and not similar.
    pub fn score(&self) -> Option<f64> {
        match self {
            Self::SameGroup(_) => Some(1.0),
            Self::SameClass(_) => Some(0.5),
            Self::Apart => Some(0.0),
            Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goods(text: &str) -> Goods {
        text.parse().unwrap()
    }

    #[test]
    fn goods_are_read_as_people_write_them_and_a_group_brings_its_class() {
        let read = goods("35；2501, 0901|25");
        assert_eq!(read.classes(), [9, 25, 35]);
        assert_eq!(read.to_string(), "35, 0901, 2501");
        assert_eq!(goods(&read.to_string()), read);
        assert!(goods(" , ").is_unknown());
    }

    #[test]
    fn what_is_no_class_and_no_group_is_refused() {
        for text in [
            "0",
            "46",
            "250",
            "4601",
            "0001",
            "2500",
            "二十五",
            "+5",
            "+25",
            "25011",
            "+501",
        ] {
            assert_eq!(text.parse::<Goods>(), Err(GoodsError), "{text}");
        }
    }

    #[test]
    fn a_shared_group_is_nearer_than_a_shared_class_and_that_than_none() {
        let nearness = |one: &str, other: &str| goods(one).nearness(&goods(other));
        assert_eq!(
            nearness("2501", "2501, 2507"),
            Nearness::SameGroup(vec!["2501".parse().unwrap()])
        );
        assert_eq!(nearness("2501", "2507"), Nearness::SameClass(vec![25]));
        assert_eq!(nearness("2501", "25"), Nearness::SameClass(vec![25]));
        assert_eq!(nearness("25", "35"), Nearness::Apart);
        assert_eq!(nearness("25", ""), Nearness::Unknown);
        let scores = ["2501", "2507", "35", ""].map(|other| nearness("2501", other).score());
        assert_eq!(scores, [Some(1.0), Some(0.5), Some(0.0), None]);
    }
}
