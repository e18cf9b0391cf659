//! A label in the portal's two languages, and sums as people read them.

use serde::{Deserialize, Serialize};

/// A text in Chinese and English, written `{ zh: …, en: … }` in the domain pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Simplified Chinese, the first language.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Fen as yuan, thousands apart and with two decimals: 12,000.00.
#[must_use]
pub fn yuan(fen: i64) -> String {
    let (yuan, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let digits = yuan.to_string();
    let mut grouped = String::new();
    if fen < 0 {
        grouped.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}.{rest:02}")
}

/// As [`yuan`], without decimals where there are only noughts: 12,000.
#[must_use]
pub fn short_yuan(fen: i64) -> String {
    let yuan = yuan(fen);
    yuan.strip_suffix(".00").map_or_else(|| yuan.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_have_their_thousands_apart() {
        let long = [0, 9, 99_900, 100_000, 1_200_000, 123_456_789, -123_456].map(yuan);
        let wanted = [
            "0.00",
            "0.09",
            "999.00",
            "1,000.00",
            "12,000.00",
            "1,234,567.89",
            "-1,234.56",
        ];
        assert_eq!(long, wanted);
        assert_eq!([1_200_000, 1_200_050].map(short_yuan), ["12,000", "12,000.50"]);
        assert_eq!(yuan(i64::MIN), "-92,233,720,368,547,758.08");
    }
}
