//! A length of time as the law states it: seven working days, sixty days, six months.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// In what a [`Period`] is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Hours (小时).
    Hours,
    /// Working days (工作日) by the calendar, make-up days included.
    WorkingDays,
    /// Calendar days (自然日).
    Days,
    /// Months (月), ending on the corresponding day.
    Months,
    /// Years (年), ending on the corresponding day.
    Years,
}

impl Unit {
    /// All units.
    pub const ALL: [Self; 5] = [Self::Hours, Self::WorkingDays, Self::Days, Self::Months, Self::Years];

    /// The unit as it is written in the domain pack and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::WorkingDays => "working_days",
            Self::Days => "days",
            Self::Months => "months",
            Self::Years => "years",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A legal period: an amount of at least one unit, written `7 working_days`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    amount: u32,
    unit: Unit,
}

/// Why a text or a number is not a [`Period`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PeriodError {
    /// A period of nothing has no last day.
    #[error("a period has at least one unit")]
    Empty,
    /// Not of the form `7 working_days`.
    #[error("`{0}` is not a period: write an amount and one of hours, working_days, days, months, years")]
    Malformed(String),
}

impl Period {
    /// A period of `amount` units.
    ///
    /// # Errors
    /// [`PeriodError::Empty`] when the amount is 0.
    pub const fn new(amount: u32, unit: Unit) -> Result<Self, PeriodError> {
        if amount == 0 {
            Err(PeriodError::Empty)
        } else {
            Ok(Self { amount, unit })
        }
    }

    /// How many units, at least 1.
    #[must_use]
    pub const fn amount(self) -> u32 {
        self.amount
    }

    /// In what it is counted.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.unit
    }

    /// This period made longer by another of the same unit; `None` for another unit or an amount beyond `u32`.
    #[must_use]
    pub fn lengthened(self, by: Self) -> Option<Self> {
        let amount = self.amount.checked_add(by.amount)?;
        (self.unit == by.unit).then_some(Self {
            amount,
            unit: self.unit,
        })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.unit)
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || PeriodError::Malformed(text.to_owned());
        let mut words = text.split_whitespace();
        let (Some(amount), Some(unit), None) = (words.next(), words.next(), words.next()) else {
            return Err(malformed());
        };
        let amount = amount.parse().map_err(|_| malformed())?;
        let unit = match unit {
            "hour" | "hours" => Unit::Hours,
            "working_day" | "working_days" => Unit::WorkingDays,
            "day" | "days" => Unit::Days,
            "month" | "months" => Unit::Months,
            "year" | "years" => Unit::Years,
            _ => return Err(malformed()),
        };
        Self::new(amount, unit)
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::samples::cases;

    #[test]
    fn a_period_is_read_as_it_is_written() {
        for text in [
            "7 working_days",
            "24 hours",
            "60 days",
            "6 months",
            "2 years",
            "4294967295 days",
        ] {
            assert_eq!(
                text.parse::<Period>().map(|period| period.to_string()),
                Ok(text.to_owned())
            );
        }
        assert_eq!("1 day".parse(), Period::new(1, Unit::Days));
        let json = serde_json::to_string(&Period::new(7, Unit::WorkingDays).unwrap()).unwrap();
        assert_eq!(json, "\"7 working_days\"");
        assert_eq!(
            serde_json::from_str::<Period>(&json).unwrap(),
            Period::new(7, Unit::WorkingDays).unwrap()
        );
    }

    #[test]
    fn what_is_not_a_period_is_refused() {
        assert_eq!("0 days".parse::<Period>(), Err(PeriodError::Empty));
        for text in [
            "",
            "7",
            "days",
            "-1 days",
            "7 weeks",
            "7 days late",
            "4294967296 days",
            "1.5 days",
        ] {
            assert_eq!(text.parse::<Period>(), Err(PeriodError::Malformed(text.to_owned())));
        }
    }

    #[test]
    fn only_like_is_added_to_like() {
        let period = |text: &str| text.parse::<Period>().unwrap();
        assert_eq!(
            period("15 working_days").lengthened(period("15 working_days")),
            Some(period("30 working_days"))
        );
        assert_eq!(period("90 days").lengthened(period("1 months")), None);
        assert_eq!(period("4294967295 days").lengthened(period("1 days")), None);
    }

    proptest! {
    #![proptest_config(cases(256))]

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Period>();
        }
    }
}
