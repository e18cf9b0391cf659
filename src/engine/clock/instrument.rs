//! Legal instruments as data: when they are in force, what their bare "日" means, and how their periods run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::Date;

use super::{
    law_ref::LawRef,
    period::{Period, PeriodError, Unit},
};
use crate::text::Label;

/// The dates on which an instrument is in force, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InForce {
    /// First day.
    #[serde(with = "super::iso_date")]
    pub from: Date,
    /// Last day; `None` while no end is known.
    #[serde(with = "super::iso_date::option")]
    pub to: Option<Date>,
}

impl InForce {
    /// Whether the instrument is in force on a date.
    #[must_use]
    pub fn contains(&self, date: Date) -> bool {
        self.from <= date && self.to.is_none_or(|to| date <= to)
    }
}

/// How an instrument's bare "日" (day) is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayMeans {
    /// Calendar days; working days are written out as 工作日 where they are meant.
    Calendar,
    /// Working days throughout.
    Working,
    /// Working days for periods of at most so many days (行政强制法 art 69: 10), calendar days above.
    WorkingIfAtMost(u32),
    /// Working days for exactly these amounts (行政处罚法 art 85: 2, 3, 5, 7), calendar days otherwise.
    WorkingValues(Vec<u32>),
}

impl DayMeans {
    /// In what a period of `amount` bare days is counted.
    #[must_use]
    pub fn unit(&self, amount: u32) -> Unit {
        let working = match self {
            Self::Calendar => false,
            Self::Working => true,
            Self::WorkingIfAtMost(most) => amount <= *most,
            Self::WorkingValues(values) => values.contains(&amount),
        };
        if working { Unit::WorkingDays } else { Unit::Days }
    }
}

/// Whether the day on which a period starts is counted. Every instrument in force leaves it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstDay {
    /// Counting begins on the following day.
    Excluded,
}

/// From when periods of hours run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HourStart {
    /// From the moment itself (民法典 art 201).
    FromTheMoment,
    /// From the end of the hour in which the moment lies (民事诉讼法 art 85: the starting hour is not counted).
    StartingHourExcluded,
}

/// On which last days a period ends later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastDay {
    /// A last day on a 法定节假日 moves to the first day after the holiday block, be that day a plain weekend day or not.
    /// A plain Saturday or Sunday stays.
    StatutoryHoliday,
    /// A last day on a 法定休假日 (any day that is not a working day) moves to the next working day.
    RestDay,
    /// The last day never moves.
    None,
}

/// How the periods of an instrument run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counting {
    /// Whether the starting day counts.
    pub first_day: FirstDay,
    /// From when hours run.
    pub hours: HourStart,
    /// On which last days a period ends later.
    pub last_day: LastDay,
    /// Whether time in the post is left out (不包括在途时间): a letter posted in time is in time. It never moves a due date;
    /// screens show it beside the date.
    pub travel_time_excluded: bool,
    /// The article that says so.
    pub basis: LawRef,
}

/// How far the articles (条) of an instrument go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LastArticle {
    /// From 1 to this number.
    Number(u32),
    /// The record was made from excerpts: it knows the articles whose gist it has, and no others.
    Excerpts(Excerpts),
}

/// The word `excerpts` in the place of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Excerpts {
    /// `excerpts`
    Excerpts,
}

/// One law, regulation, order or judicial interpretation, as far as the clocks need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instrument {
    /// Stable key, for example `samr-121`.
    pub key: String,
    /// Name of the instrument.
    pub title: Label,
    /// Who made it.
    pub issuer: Label,
    /// Its number or the dates of its making, as cited.
    pub number: Option<String>,
    /// When it is in force.
    pub in_force: InForce,
    /// Date of the last amendment that the article numbers follow.
    #[serde(with = "super::iso_date::option")]
    pub amended: Option<Date>,
    /// Key of the instrument that took its place.
    pub superseded_by: Option<String>,
    /// How a bare "日" reads.
    pub day_means: DayMeans,
    /// The article that says how a bare "日" reads; `None` where the instrument does not say.
    pub day_basis: Option<LawRef>,
    /// How its periods run, taken from [`Self::counting_from`] where the instrument itself is silent.
    pub counting: Counting,
    /// Key of the instrument whose counting rules apply; `None` where it has its own.
    pub counting_from: Option<String>,
    /// Law text and article from which this record was made.
    pub source: String,
    /// Something in this record was not checked against a published text; [`Self::note`] says what.
    pub unverified: bool,
    /// What a reader has to know about this record.
    pub note: Option<Label>,
    /// Which articles it has; `None` where the record does not say, and any is taken for one. Left out of what the law's
    /// version is made of where it is not said: laws that were kept before it could be said keep their version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_article: Option<LastArticle>,
    /// How many items (项) each paragraph (款) of an article lists, by article number; of an article that is not here nothing is
    /// known. Left out of what the law's version is made of: no deadline follows from it.
    #[serde(skip)]
    pub paragraphs: BTreeMap<String, Vec<u32>>,
    /// The gist of cited articles in plain words, by article number.
    pub articles: BTreeMap<String, Label>,
}

impl Instrument {
    /// The period that this instrument means by `amount` bare "日": `5` is five working days under 行政处罚法.
    ///
    /// # Errors
    /// [`PeriodError::Empty`] when the amount is 0.
    pub fn bare_days(&self, amount: u32) -> Result<Period, PeriodError> {
        Period::new(amount, self.day_means.unit(amount))
    }

    /// Whether the instrument has an article, by its number (`23`, or `10-1` for 第十条之一), as far as this record knows:
    /// up to its last one, those whose gist it has, and those by which it counts. An inserted article (之一) is known by
    /// its gist only. A record that does not say how far its articles go has any.
    #[must_use]
    pub fn has_article(&self, article: &str) -> bool {
        let within = match self.last_article {
            None => true,
            Some(LastArticle::Number(last)) => article.parse().is_ok_and(|number: u32| (1..=last).contains(&number)),
            Some(LastArticle::Excerpts(_)) => false,
        };
        let counts_by = |basis: &LawRef| basis.instrument() == self.key && basis.article() == article;
        within
            || self.articles.contains_key(article)
            || counts_by(&self.counting.basis)
            || self.day_basis.as_ref().is_some_and(counts_by)
    }

    /// What a reference cites below its article and the instrument has not, in words: a paragraph, or an item of one.
    #[must_use]
    pub(super) fn lacking(&self, cited: &LawRef) -> Option<String> {
        let article = cited.article();
        let paragraphs = self.paragraphs.get(article)?;
        let of = format!("article {article} of `{}`", self.key);
        let (paragraph, item) = cited.below();
        let has = |count: usize| match count {
            1 => format!("{of} has one paragraph"),
            count => format!("{of} has {count} paragraphs"),
        };
        if paragraph.is_some_and(|number| number > paragraphs.len()) {
            return Some(has(paragraphs.len()));
        }
        let item = item?;
        if paragraph.is_none() && paragraphs.len() > 1 {
            return Some(format!(
                "{}, and of which item {item} is one is not said",
                has(paragraphs.len())
            ));
        }
        let number = paragraph.unwrap_or(1);
        let items = number.checked_sub(1).and_then(|at| paragraphs.get(at)).copied()?;
        let count = match items {
            0 => "lists no items".to_owned(),
            1 => "lists one item".to_owned(),
            count => format!("lists {count} items"),
        };
        (item > items).then(|| format!("paragraph {number} of {of} {count}"))
    }

    /// Whether a period in days is written in the unit that this instrument's bare "日" would not have. A definition that
    /// says `5 days` under 行政处罚法 is more likely a slip than a choice.
    #[must_use]
    pub fn reads_otherwise(&self, period: Period) -> bool {
        period.unit() == Unit::Days && self.day_means.unit(period.amount()) == Unit::WorkingDays
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use crate::clock::samples::law;

    fn bare(key: &str, amount: u32) -> String {
        law().instrument(key).unwrap().bare_days(amount).unwrap().to_string()
    }

    #[test]
    fn bare_days_read_as_each_law_says() {
        assert_eq!(bare("penalty-law", 5), "5 working_days");
        assert_eq!(bare("penalty-law", 4), "4 days");
        assert_eq!(bare("penalty-law", 15), "15 days");
        assert_eq!(bare("coercion-law", 10), "10 working_days");
        assert_eq!(bare("coercion-law", 30), "30 days");
        assert_eq!(bare("reconsideration-law", 10), "10 working_days");
        assert_eq!(bare("reconsideration-law", 15), "15 days");
        assert_eq!(bare("referral-310", 3), "3 days");
        assert_eq!(bare("samr-121", 60), "60 days");
    }

    #[test]
    fn a_slip_of_unit_is_seen() {
        let penalty = law().instrument("penalty-law").unwrap();
        assert!(penalty.reads_otherwise("5 days".parse().unwrap()));
        assert!(!penalty.reads_otherwise("15 days".parse().unwrap()));
        assert!(!penalty.reads_otherwise("5 working_days".parse().unwrap()));
    }

    #[test]
    fn an_article_is_one_up_to_the_last_or_one_that_the_record_describes() {
        let has = |key: &str, article: &str| law().instrument(key).unwrap().has_article(article);
        assert!(has("samr-121", "1") && has("samr-121", "46"));
        assert!(!has("samr-121", "47") && !has("samr-121", "10-1"));
        // Made from excerpts: the articles that it describes, and the one by which it counts.
        assert!(has("civil-procedure", "205") && has("civil-procedure", "85") && has("criminal-procedure", "105"));
        assert!(!has("civil-procedure", "204") && !has("criminal-procedure", "1"));
    }

    #[test]
    fn a_paragraph_or_item_that_an_article_has_not_is_said() {
        let lacking = |cited: &str| {
            let cited = cited.parse().unwrap();
            law().cited(&cited).unwrap().lacking(&cited)
        };
        for (cited, told) in [
            ("samr-121#15.3", "article 15 of `samr-121` has 2 paragraphs"),
            ("samr-121#16.2(1)", "article 16 of `samr-121` has one paragraph"),
            (
                "samr-121#23(6)",
                "article 23 of `samr-121` has 2 paragraphs, and of which item 6 is one is not said",
            ),
            (
                "samr-121#23.1(9)",
                "paragraph 1 of article 23 of `samr-121` lists 8 items",
            ),
            (
                "samr-121#23.2(1)",
                "paragraph 2 of article 23 of `samr-121` lists no items",
            ),
            (
                "samr-121#16(8)",
                "paragraph 1 of article 16 of `samr-121` lists 7 items",
            ),
            (
                "police-procedure#182.3",
                "article 182 of `police-procedure` has 2 paragraphs",
            ),
        ] {
            assert_eq!(lacking(cited).as_deref(), Some(told), "{cited}");
        }
        for cited in [
            "samr-121#15",
            "samr-121#15.2",
            "samr-121#16(7)",
            "samr-121#16.1(7)",
            "samr-121#23.1(8)",
            // Nothing is known of these.
            "food-safety-law#150.90",
            "civil-code#203.9",
        ] {
            assert_eq!(lacking(cited), None, "{cited}");
        }
    }

    #[test]
    fn both_ends_of_the_time_in_force_are_included() {
        let old = law().instrument("samr-20").unwrap();
        let new = law().instrument("samr-121").unwrap();
        assert!(old.in_force.contains(date!(2026 - 04 - 14)) && !new.in_force.contains(date!(2026 - 04 - 14)));
        assert!(!old.in_force.contains(date!(2026 - 04 - 15)) && new.in_force.contains(date!(2026 - 04 - 15)));
    }
}
