//! Scalars: a day, a moment, and JSON whose shape the procedures decide.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use serde_json::{Map, Value as Json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use zhengming_engine::{
    clock::{CHINA, iso_day},
    remedy::MOST,
};

/// A day in China, as `2026-04-15`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub time::Date);

/// A day in China (Asia/Shanghai) as ISO 8601 writes it: `2026-04-15`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::custom("a date is a string"));
        };
        let date = iso_day(text).map(Self);
        date.ok_or_else(|| InputValueError::custom("a date has the form 2026-04-15"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub OffsetDateTime);

/// A moment with its offset, as RFC 3339 writes it. Answers are in the time of China (+08:00); any offset may come in.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::custom("a moment is a string"));
        };
        let moment = OffsetDateTime::parse(text, &Rfc3339);
        moment
            .map(Self)
            .map_err(|_| InputValueError::custom("a moment has the form 2026-04-15T09:30:00+08:00"))
    }

    fn to_value(&self) -> Value {
        // Beyond year 9999 there is no RFC 3339; stored moments never get there.
        self.0
            .to_offset(CHINA)
            .format(&Rfc3339)
            .map_or(Value::Null, Value::String)
    }
}

/// Any JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnyJson(pub Json);

/// Any JSON value. Forms are JSON Schema (2020-12); answers and recorded values are objects with one member per field.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for AnyJson {
    fn parse(value: Value) -> InputValueResult<Self> {
        value
            .into_json()
            .map(Self)
            .map_err(|_| InputValueError::custom("this is not JSON"))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

impl AnyJson {
    /// The members of an object; `None` for any other JSON.
    #[must_use]
    pub fn into_object(self) -> Option<Map<String, Json>> {
        match self.0 {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }
}

/// A sum of money in fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fen(pub i64);

/// A sum of money in fen, hundredths of a yuan: a whole number from 0 to 1,000,000,000,000, beyond what `Int` holds.
#[Scalar]
impl ScalarType for Fen {
    fn parse(value: Value) -> InputValueResult<Self> {
        let sum = match &value {
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        let inside = sum.filter(|sum| (0..=MOST).contains(sum));
        inside
            .map(Self)
            .ok_or_else(|| InputValueError::custom("a sum is a whole number of fen from 0 to 1000000000000"))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn days_are_read_in_one_form_only() {
        assert_eq!(Date::parse("2026-04-15".into()).ok(), Some(Date(date!(2026 - 04 - 15))));
        for wrong in ["2026-4-15", "2026-02-30", "15.04.2026", "2026-04-15T00:00:00Z"] {
            assert!(Date::parse(wrong.into()).is_err(), "{wrong}");
        }
        assert_eq!(Date(date!(2026 - 04 - 15)).to_value(), Value::from("2026-04-15"));
    }

    #[test]
    fn moments_are_told_in_the_time_of_china() {
        let moment = DateTime::parse("2026-04-15T16:30:00Z".into()).unwrap();
        assert_eq!(moment.0, datetime!(2026-04-15 16:30 UTC));
        assert_eq!(moment.to_value(), Value::from("2026-04-16T00:30:00+08:00"));
        assert!(DateTime::parse("2026-04-15".into()).is_err());
    }

    #[test]
    fn json_passes_through_unchanged() {
        let json = serde_json::json!({ "a": [1, 2.5, "x", null, true] });
        let value = Value::from_json(json.clone()).unwrap();
        assert_eq!(AnyJson::parse(value.clone()).unwrap(), AnyJson(json));
        assert_eq!(AnyJson::parse(value.clone()).unwrap().to_value(), value);
    }
}
