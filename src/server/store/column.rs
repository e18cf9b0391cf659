//! How values stand in the database: the same text and the same integers on both engines.

use std::fmt;
use std::str::FromStr;

use sea_orm::DeriveValueType;
use serde_json::Value;
use time::OffsetDateTime;

/// So many microseconds since 1970-01-01 UTC: a moment as the database keeps it, and as places in lists and seals write it.
#[must_use]
pub fn micros(at: OffsetDateTime) -> i64 {
    Micros::from(at).0
}

/// The moment of so many microseconds since 1970-01-01 UTC; none outside the years that `time` knows.
#[must_use]
pub fn from_micros(micros: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()
}

/// A moment as microseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, DeriveValueType)]
pub struct Micros(pub i64);

impl From<OffsetDateTime> for Micros {
    fn from(at: OffsetDateTime) -> Self {
        // Years -9999..9999 in microseconds are below 4e17, far inside i64.
        Self(i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX))
    }
}

impl From<Micros> for OffsetDateTime {
    fn from(at: Micros) -> Self {
        // Outside the years that `time` knows there is only damage; verification names it, reading shall not panic.
        from_micros(at.0).unwrap_or(Self::UNIX_EPOCH)
    }
}

/// A JSON value as text.
#[derive(Clone, Debug, PartialEq, DeriveValueType)]
#[sea_orm(value_type = "String", column_type = "Text")]
pub struct JsonText(pub Value);

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In one piece: the value's own `Display` goes through the formatter for every brace.
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for JsonText {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text).map(Self)
    }
}

/// A list of names as a JSON array of strings, so that `LIKE '%"name"%'` finds one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveValueType)]
#[sea_orm(value_type = "String", column_type = "Text")]
pub struct Names(pub Vec<String>);

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Value::from(self.0.clone()).fmt(f)
    }
}

impl FromStr for Names {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text).map(Self)
    }
}

/// Turns a stored value into the one that the outside sees, and back.
pub(super) trait Column<Stored>: Sized {
    /// From the database.
    fn load(stored: Stored) -> Self;
    /// To the database.
    fn store(self) -> Stored;
}

impl<T> Column<T> for T {
    fn load(stored: T) -> Self {
        stored
    }

    fn store(self) -> T {
        self
    }
}

macro_rules! columns {
    ($($outer:ty as $stored:ty: $load:expr, $store:expr;)*) => {$(
        impl Column<$stored> for $outer {
            fn load(stored: $stored) -> Self {
                $load(stored)
            }

            fn store(self) -> $stored {
                $store(self)
            }
        }

        impl Column<Option<$stored>> for Option<$outer> {
            fn load(stored: Option<$stored>) -> Self {
                stored.map($load)
            }

            fn store(self) -> Option<$stored> {
                self.map($store)
            }
        }
    )*};
}

columns! {
    OffsetDateTime as Micros: OffsetDateTime::from, Micros::from;
    Value as JsonText: |stored: JsonText| stored.0, JsonText;
    Vec<String> as Names: |stored: Names| stored.0, Names;
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{JsonText, Micros, Names, from_micros, micros};

    #[test]
    fn a_moment_survives_to_the_microsecond() {
        let at = datetime!(2026-04-15 08:00:00.123456 UTC);
        assert_eq!(time::OffsetDateTime::from(Micros::from(at)), at);
        assert_eq!(from_micros(micros(at)), Some(at));
        assert_eq!(from_micros(i64::MAX), None);
    }

    #[test]
    fn a_moment_before_1970_rounds_down() {
        let at = datetime!(1969-12-31 23:59:59.999999999 UTC);
        assert_eq!(Micros::from(at), Micros(-1));
    }

    #[test]
    fn names_are_searchable_text() {
        assert_eq!(Names(vec!["a".into(), "b\"".into()]).to_string(), r#"["a","b\""]"#);
    }

    #[test]
    fn damaged_json_is_an_error_and_not_a_value() {
        assert!("{".parse::<JsonText>().is_err());
    }
}
